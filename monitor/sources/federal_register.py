"""The Federal Register: what is published, and what is filed for public inspection a working day ahead.

https://www.federalregister.gov/developers/documentation/api/v1. The key of a document is its
number, which stays the same from inspection to publication and stands in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Key

from monitor import dates
from monitor.entries import Written, reading
from monitor.errors import Unreadable
from monitor.kind import Kind
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Request, Span
from monitor.section import known_zone
from monitor.sourcefile import SourceFile
from monitor.sources import jsonbody
from monitor.text import fold

ZONE = ZoneInfo("America/New_York")
NEWEST = 100
# The most that a page may hold. The whole Register has fewer documents in a week than that, so that
# a week is always whole; `count` stops at 10,000 and says nothing beyond.
PER_PAGE = 1000
WINDOW = timedelta(days=7)
FIELDS = (
    *("title", "type", "action", "abstract", "agencies", "document_number", "docket_ids"),
    *("publication_date", "comments_close_on", "effective_on", "dates", "html_url", "pdf_url"),
)


class FederalRegisterFile(SourceFile):
    """Documents of some agencies, with some words, of some types; all of them where nothing is named.

    Public inspection takes no conditions, so that there agencies and words are looked for here.
    """

    kind: Literal["federal-register"] = "federal-register"
    zone: Annotated[str, AfterValidator(known_zone)] = "America/New_York"
    inspection: Annotated[bool, Key(description="Whether it is the list for public inspection.")] = False
    agencies: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]],
        Key(description="Agencies, as in their addresses: industry-and-security-bureau."),
    ] = []
    words: Annotated[
        list[Annotated[str, StringConstraints(pattern=r'^[^"|]+$')]],
        Key(description="Words or phrases, one of which has to be in it."),
    ] = []
    types: Annotated[
        list[Literal["RULE", "PRORULE", "NOTICE", "PRESDOCU"]], Key(description="Types of document.")
    ] = []


# ------------------------------------------------------------------ how it is asked


def ask(source: Source, asking: Asking) -> Request:
    """The newest documents, or what is on inspection now."""
    options = source.options_as(FederalRegisterFile)
    return Request(source.url) if options.inspection else _request(source, NEWEST)


def page(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """A week of the past, the latest first; None after the last, and for public inspection."""
    first, last = (moment.astimezone(ZONE).date() for moment in (span.since, span.until))
    until = last - number * WINDOW
    if source.options_as(FederalRegisterFile).inspection or until < first:
        return None
    since = max(first, until - WINDOW + timedelta(days=1))
    return _request(
        source,
        PER_PAGE,
        ("conditions[publication_date][gte]", since.isoformat()),
        ("conditions[publication_date][lte]", until.isoformat()),
    )


def _request(source: Source, count: int, *more: tuple[str, str]) -> Request:
    options = source.options_as(FederalRegisterFile)
    asked = [("conditions[agencies][]", slug) for slug in options.agencies]
    asked += [("conditions[type][]", name) for name in options.types]
    if options.words:
        asked.append(("conditions[term]", " | ".join(f'"{words}"' for words in options.words)))
    asked += [*more, ("order", "newest"), ("per_page", str(count))]
    asked += [("fields[]", name) for name in FIELDS]
    joint = "&" if urlsplit(source.url).query else "?"
    return Request(f"{source.url}{joint}{urlencode(asked)}")


# ------------------------------------------------------------------ how it is read


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Its documents. See `monitor.kind.Read`. An answer of nothing has `count` 0 and no results."""
    options = source.options_as(FederalRegisterFile)
    found = jsonbody.parse(document, source.id)
    results = jsonbody.within(found, "results")
    if not isinstance(results, list):
        if jsonbody.within(found, "count") == 0:
            return Reading(())
        said = jsonbody.text(jsonbody.within(found, "message")) or jsonbody.text(
            jsonbody.within(found, "errors")
        )
        raise Unreadable(f"no documents in the answer{said and f': {said[:200]}'}", subject=source.id)
    documents = list(jsonbody.mappings(results))
    if options.inspection:
        documents = [one for one in documents if _wanted(one, options)]
    return reading([_written(one) for one in documents], document.url, source, now)


def _wanted(found: Mapping[str, Any], options: FederalRegisterFile) -> bool:
    """What the conditions of a search would say of a document on inspection."""
    slugs = {jsonbody.text(agency.get("slug")) for agency in jsonbody.mappings(found.get("agencies"))}
    if options.agencies and not slugs & set(options.agencies):
        return False
    if options.types and jsonbody.text(found.get("type")) not in {_TYPES[name] for name in options.types}:
        return False
    there = fold(" ".join((jsonbody.text(found.get("title")), *_said(found)))).text
    return not options.words or any(fold(words).text in there for words in options.words)


_TYPES = {
    "RULE": "Rule",
    "PRORULE": "Proposed Rule",
    "NOTICE": "Notice",
    "PRESDOCU": "Presidential Document",
}


def _written(found: Mapping[str, Any]) -> Written:
    return Written(
        id=jsonbody.text(found.get("document_number")),
        link=jsonbody.text(found.get("html_url")) or jsonbody.text(found.get("pdf_url")),
        title=jsonbody.text(found.get("title")),
        text="\n".join(_said(found)),
        date=jsonbody.text(found.get("filed_at")) or jsonbody.text(found.get("publication_date")),
    )


def _said(found: Mapping[str, Any]) -> Iterator[str]:
    """What a document says of itself, in sentences."""

    def get(*names: str) -> str:
        return next(filter(None, (jsonbody.text(found.get(name)) for name in names)), "")

    subjects = [get(f"subject_{number}") for number in (1, 2, 3)]
    agencies = dict.fromkeys(
        jsonbody.text(agency.get("name")) or jsonbody.text(agency.get("raw_name"))
        for agency in jsonbody.mappings(found.get("agencies"))
    )
    sentences = {
        "{}.": get("abstract"),
        "Subject: {}.": "; ".join(filter(None, [get("toc_subject"), get("toc_doc"), *subjects])),
        "Type: {}.": get("type"),
        "Action: {}.": get("action"),
        "Agencies: {}.": "; ".join(filter(None, agencies)),
        "Federal Register document number {}.": get("document_number"),
        "Docket: {}.": get("docket_ids", "docket_numbers"),
        "On public inspection, to be published on {}.": (
            dates.in_words(get("publication_date")) if "filed_at" in found else ""
        ),
        "Comments close on {}.": dates.in_words(get("comments_close_on")),
        "Effective on {}.": dates.in_words(get("effective_on")),
        "Dates: {}": get("dates"),
        "PDF: {}": get("pdf_url"),
    }
    for form, words in sentences.items():
        if words:
            yield form.replace("{}", words.rstrip(".") if form.endswith(".") else words)


KIND = Kind(FederalRegisterFile, read, ask, page, gaps=True)
