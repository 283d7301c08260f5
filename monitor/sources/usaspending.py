"""USAspending: what federal agencies award, to whom and how much; no key.

https://github.com/fedspendingtransparency/usaspending-api, contract of spending_by_award. The types of
one search have to be of one group, and loans have names of their own for amount and date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Field as Key
from pydantic import StringConstraints

from monitor.entries import Written, reading
from monitor.kind import Kind
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Refusal, Request, Span
from monitor.sourcefile import SourceFile, WebAddress, Zone
from monitor.sources.jsonbody import Record, decoded, records, word

MAX_ROWS = 100
MAX_PAGES = 100
# Agencies report within a month as a rule, the Department of War after three.
BACK = timedelta(days=30)
_CODES: Mapping[str, tuple[str, ...]] = {
    "contracts": ("A", "B", "C", "D"),
    "grants": ("02", "03", "04", "05"),
    "loans": ("07", "08"),
    "payments": ("06", "10"),
    "other": ("09", "11"),
}
_ONE = {"contracts": "contract", "grants": "grant", "loans": "loan", "payments": "payment", "other": "award"}
_CHANGED = "Last Modified Date"
_FIELDS = ("Award ID", "Recipient Name", "Description", "Awarding Agency", "Awarding Sub Agency", _CHANGED)
_UNKNOWN = "it does not take one of the keywords or agencies: an agency needs its full name"
_REFUSALS = (Refusal(400, _UNKNOWN), Refusal(422, _UNKNOWN))
_UNITS = ((1e9, "billion"), (1e6, "million"))
Phrase = Annotated[str, StringConstraints(min_length=3, max_length=200)]


class UsaspendingFile(SourceFile):
    """A search for awards of one group that hold one of the keywords."""

    kind: Literal["usaspending"] = "usaspending"
    url: WebAddress = "https://api.usaspending.gov/api/v2/search/spending_by_award/"
    zone: Zone = "America/New_York"
    keywords: Annotated[list[Phrase], Key(min_length=1, max_length=50, description="One of these is in it.")]
    awards: Annotated[
        Literal["contracts", "grants", "loans", "payments", "other"], Key(description="The group of awards.")
    ] = "contracts"
    agencies: Annotated[list[Phrase], Key(description="Awarding agencies, by their full names.")] = []


def ask(source: Source, asking: Asking) -> Request:
    """What was written or changed in the last 30 days, newest first."""
    return _request(source, Span(asking.now - BACK, asking.now), 0)


def page(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """The awards written or changed in the span, a hundred at a time."""
    return _request(source, span, number) if number < MAX_PAGES else None


def _request(source: Source, span: Span, number: int) -> Request:
    options = source.options_as(UsaspendingFile)
    filters: dict[str, object] = {
        "keywords": options.keywords,
        "award_type_codes": _CODES[options.awards],
        "time_period": [
            {
                "start_date": f"{span.since:%Y-%m-%d}",
                "end_date": f"{span.until:%Y-%m-%d}",
                "date_type": "last_modified_date",
            }
        ],
    }
    if options.agencies:
        named = ({"type": "awarding", "tier": "toptier", "name": name} for name in options.agencies)
        filters["agencies"] = list(named)
    money = ("Loan Value", "Issued Date") if options.awards == "loans" else ("Award Amount", "Start Date")
    body = {
        "filters": filters,
        "fields": [*_FIELDS, *money],
        "sort": _CHANGED,
        "order": "desc",
        "limit": MAX_ROWS,
        "page": number + 1,
    }
    headers = (("Content-Type", "application/json"), ("Accept", "application/json"))
    return Request(source.url, "POST", headers, json.dumps(body).encode(), _REFUSALS)


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Awards, as of when USAspending wrote them down. See `monitor.kind.Read` for the contract."""
    kind = _ONE[source.options_as(UsaspendingFile).awards]
    rows = records(decoded(document, source.id), "results", source.id)
    return reading([_award(row, kind) for row in rows], document.url, source, now)


def _award(row: Record, kind: str) -> Written:
    number = word(row, "generated_internal_id")
    to, agency = word(row, "Recipient Name"), word(row, "Awarding Agency")
    office, what = word(row, "Awarding Sub Agency"), word(row, "Description")
    amount = in_words(row.get("Loan Value", row.get("Award Amount")))
    begins = word(row, "Issued Date", "Start Date")[:10]
    facts = (
        f"{to or 'A recipient not named'} was awarded a {kind}" + (f" of {amount}" if amount else ""),
        f"by {agency}" + (f" ({office})" if office not in ("", agency) else "") if agency else "",
        f"from {begins}" if begins else "",
    )
    return Written(
        id=number or word(row, "Award ID"),
        link=f"https://www.usaspending.gov/award/{quote(number, safe='')}" if number else "",
        title=f"{agency or 'Federal'} {kind} to {to}" + (f": {amount}" if amount else "") if to else what,
        text=f"{' '.join(filter(None, facts))}. {what}",
        date=word(row, _CHANGED),
    )


def in_words(amount: object) -> str:
    """An amount of dollars as it is written in news: USD 58.5 million; empty where it is none."""
    if not isinstance(amount, int | float) or isinstance(amount, bool) or not abs(amount) < 1e15:
        return ""
    for size, unit in _UNITS:
        if abs(amount) >= size:
            return f"USD {amount / size:.2f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"USD {amount:,.0f}"


KIND = Kind(UsaspendingFile, read, ask, page)
