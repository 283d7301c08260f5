"""Regulations.gov, interface 4: rules, proposed rules, notices and what is filed with them.

https://open.gsa.gov/api/regulationsgov/. Asked with a key in a header, 1,000 times an hour; what is
left of them comes back with every answer. At most 250 documents a page and 20 pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field as Key
from pydantic import StringConstraints, model_validator

from monitor.entries import Written, reading
from monitor.kind import Kind
from monitor.links import with_query
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Refusal, Request, Span
from monitor.sourcefile import KeyedAddress, SourceFile, Zone
from monitor.sources.jsonbody import Record, decoded, part, records, word

MAX_ROWS = 250
MAX_PAGES = 20
ZONE = ZoneInfo("America/New_York")
_HOUR = timedelta(hours=1)
Agency = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{2,20}$")]
Docket = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{3,80}$")]


class RegulationsFile(SourceFile):
    """A search. What is left out does not narrow it; at least one of the four has to be there."""

    kind: Literal["regulations"] = "regulations"
    url: KeyedAddress = "https://api.regulations.gov/v4/documents"
    key: str = "regulations_gov"
    zone: Zone = "America/New_York"
    search: Annotated[str, Key(max_length=200, description="Words, or a phrase in quotation marks.")] = ""
    agencies: Annotated[list[Agency], Key(description="Agencies by their letters: BIS, DOD, USTR.")] = []
    dockets: Annotated[list[Docket], Key(description="Dockets by number: BIS-2025-0023.")] = []
    types: Annotated[
        list[Literal["Notice", "Rule", "Proposed Rule", "Supporting & Related Material", "Other"]],
        Key(description="Types of document."),
    ] = []
    by: Annotated[
        Literal["posted", "modified"], Key(description="The newest first, by one of these dates.")
    ] = "posted"

    @model_validator(mode="after")
    def _narrowed(self) -> RegulationsFile:
        if not (self.search or self.agencies or self.dockets or self.types):
            raise ValueError("write at least one of search, agencies, dockets, types")
        return self


# ------------------------------------------------------------------ asking


def ask(source: Source, asking: Asking) -> Request:
    """The newest 250."""
    return _request(source, asking, ())


def page(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """What was posted, or modified, in the span, 250 at a time."""
    if number >= MAX_PAGES:
        return None
    posted = source.options_as(RegulationsFile).by == "posted"
    form = "%Y-%m-%d" if posted else "%Y-%m-%d %H:%M:%S"
    since, until = (moment.astimezone(ZONE).strftime(form) for moment in (span.since, span.until))
    name = "postedDate" if posted else "lastModifiedDate"
    when = ((f"filter[{name}][ge]", since), (f"filter[{name}][le]", until), ("page[number]", str(number + 1)))
    return _request(source, asking, when)


def _request(source: Source, asking: Asking, more: Sequence[tuple[str, str]]) -> Request:
    options = source.options_as(RegulationsFile)
    asked = (
        ("filter[searchTerm]", options.search),
        ("filter[agencyId]", ",".join(options.agencies)),
        ("filter[docketId]", ",".join(options.dockets)),
        ("filter[documentType]", ",".join(options.types)),
        ("sort", "-postedDate" if options.by == "posted" else "-lastModifiedDate"),
        ("page[size]", str(MAX_ROWS)),
        *more,
    )
    return Request(
        with_query(source.url, [(name, value) for name, value in asked if value]),
        headers=(("X-Api-Key", asking.secret), ("Accept", "application/vnd.api+json")),
        refusals=_refusals(source.key),
    )


def _refusals(key: str) -> tuple[Refusal, ...]:
    return (
        Refusal(400, "it does not know one of the filters: look at agencies, dockets and types"),
        Refusal(
            403,
            f"the key is not accepted: set keys.{key} to one from https://open.gsa.gov/api/regulationsgov/",
        ),
        Refusal(429, "the calls of this hour are used up: poll less often, or get a key of your own", _HOUR),
    )


# ------------------------------------------------------------------ reading


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Documents, each with its page on regulations.gov. See `monitor.kind.Read` for the contract."""
    answer = decoded(document, source.id)
    rows = records(answer, "data", source.id)
    found = reading([_document(row) for row in rows], document.url, source, now)
    return replace(found, set_aside=(*found.set_aside, *_limits(document)))


def _limits(document: Document) -> tuple[str, ...]:
    """What the headers say of the key's calls, where hardly any are left."""
    headers = document.headers
    limit, left = headers.get("x-ratelimit-limit", ""), headers.get("x-ratelimit-remaining", "")
    if not (limit.isdecimal() and left.isdecimal()) or int(left[:9]) * 20 > int(limit[:9]):
        return ()
    return (f"only {left[:9]} of {limit[:9]} calls are left in this hour: poll less often",)


def _document(row: Record) -> Written:
    number, about = word(row, "id"), part(row, "attributes")
    register, docket = word(about, "frDocNum"), word(about, "docketId")
    kind, subtype = word(about, "documentType"), word(about, "subtype")
    until = word(about, "commentEndDate")[:10]
    facts = (
        "Withdrawn." if about.get("withdrawn") is True else "",
        f"{kind or 'Document'} of {word(about, 'agencyId') or 'an agency'}"
        + (f", {subtype}" if subtype else "")
        + (f", in docket {docket}" if docket else "")
        + (f", Federal Register {register}" if register else "")
        + ".",
        f"Comments until {until}." if until else "",
        word(about, "highlightedContent"),
    )
    return Written(
        id=number,
        link=f"https://www.regulations.gov/document/{quote(number, safe='')}" if number else "",
        title=word(about, "title"),
        text=" ".join(filter(None, facts)),
        date=word(about, "postedDate"),
    )


KIND = Kind(RegulationsFile, read, ask, page)
