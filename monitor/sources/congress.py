"""Congress.gov, interface 3: bills with their latest action, and the meetings of committees.

https://github.com/LibraryOfCongress/api.congress.gov. Asked with a key in a header, 5,000 times an
hour. It cannot search: what changed is read whole, and the watchlists choose. The list of meetings
says nothing of them, so that each has to be asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field as Key

from monitor.entries import Written, reading
from monitor.kind import Kind
from monitor.links import with_query
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Refusal, Request, Span
from monitor.sourcefile import KeyedAddress, SourceFile, Zone
from monitor.sources.jsonbody import Record, decoded, part, records, word

MAX_ROWS = 250
MAX_PAGES = 200
# Of the meetings that changed, the newest that are asked for at a time.
MAX_MEETINGS = 5
BACK = timedelta(days=1)
_HOUR = timedelta(hours=1)
_PLACES: Mapping[str, tuple[str, str]] = {
    "HR": ("H.R.", "house-bill"),
    "S": ("S.", "senate-bill"),
    "HJRES": ("H.J.Res.", "house-joint-resolution"),
    "SJRES": ("S.J.Res.", "senate-joint-resolution"),
    "HCONRES": ("H.Con.Res.", "house-concurrent-resolution"),
    "SCONRES": ("S.Con.Res.", "senate-concurrent-resolution"),
    "HRES": ("H.Res.", "house-resolution"),
    "SRES": ("S.Res.", "senate-resolution"),
}
_SITE = "https://www.congress.gov"


class CongressFile(SourceFile):
    """What changed in Congress since the last look but one."""

    kind: Literal["congress"] = "congress"
    url: KeyedAddress = "https://api.congress.gov/v3"
    key: str = "congress_gov"
    zone: Zone = "America/New_York"
    what: Annotated[
        Literal["bills", "meetings"], Key(description="Bills, or hearings and meetings of committees.")
    ] = "bills"
    congress: Annotated[
        int | None, Key(ge=90, le=300, description="One Congress by its number; all if left out.")
    ] = None


# ------------------------------------------------------------------ asking


def ask(source: Source, asking: Asking) -> Request:
    """What changed in the last day, or twice the time between two looks, the newest first."""
    since = asking.now - max(2 * source.every, BACK)
    return _request(source, asking, ("fromDateTime", _moment(since)))


def page(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """What changed in the span, 250 at a time."""
    if number >= MAX_PAGES:
        return None
    when = (("fromDateTime", _moment(span.since)), ("toDateTime", _moment(span.until)))
    return _request(source, asking, *when, ("offset", str(number * MAX_ROWS)))


def _request(source: Source, asking: Asking, *more: tuple[str, str]) -> Request:
    options = source.options_as(CongressFile)
    what = "bill" if options.what == "bills" else "committee-meeting"
    which = f"/{options.congress}" if options.congress else ""
    sort = [("sort", "updateDate desc")] if options.what == "bills" else []
    asked = [("format", "json"), ("limit", str(MAX_ROWS)), *sort, *more]
    address = with_query(f"{source.url.rstrip('/')}/{what}{which}", asked)
    return Request(address, headers=(("X-Api-Key", asking.secret),), refusals=_refusals(source.key))


def _refusals(key: str) -> tuple[Refusal, ...]:
    return (
        Refusal(
            403, f"the key is not accepted: set keys.{key} to one from https://api.congress.gov/sign-up/"
        ),
        Refusal(429, "the calls of this hour are used up: poll less often, or get a key of your own", _HOUR),
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


# ------------------------------------------------------------------ reading


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Bills, or a list that leads to meetings, or one of these. See `monitor.kind.Read`."""
    answer = decoded(document, source.id)
    if source.options_as(CongressFile).what == "bills":
        bills = records(answer, "bills", source.id)
        return reading([_bill(bill) for bill in bills], document.url, source, now)
    if "committeeMeeting" in answer:
        meeting = _meeting(part(answer, "committeeMeeting"))
        return reading([meeting], document.url, source, now)
    return _to_ask(records(answer, "committeeMeetings", source.id), source)


def _bill(bill: Record) -> Written:
    congress, number = word(bill, "congress"), word(bill, "number")
    short, place = _PLACES.get(word(bill, "type").upper(), ("", ""))
    action = part(bill, "latestAction")
    done, day = word(action, "text"), word(action, "actionDate")
    known = place and congress.isdecimal() and number.isdecimal()
    return Written(
        id=f"{congress}-{word(bill, 'type').lower()}-{number}" if number else "",
        link=f"{_SITE}/bill/{ordinal(int(congress))}-congress/{place}/{number}" if known else "",
        title=f"{word(bill, 'title')} ({short} {number})" if known else word(bill, "title"),
        text=f"Latest action{f', {day}' if day else ''}: {done}" if done else "",
        date=day or word(bill, "updateDate"),
    )


def _to_ask(rows: Sequence[Record], source: Source) -> Reading:
    newest = sorted(rows, key=lambda row: word(row, "updateDate"), reverse=True)
    addresses = [a for a in (word(row, "url") for row in newest) if _same_place(a, source.url)]
    missed = len(rows) - len(addresses[:MAX_MEETINGS])
    told = (f"{missed} meetings that changed earlier: poll more often",) if missed else ()
    # What changed first is asked for first, so that it is told first.
    more = tuple(Request(address) for address in reversed(addresses[:MAX_MEETINGS]))
    return Reading((), told, more)


def _same_place(address: str, known: str) -> bool:
    try:
        there, here = urlsplit(address), urlsplit(known)
    except ValueError:
        return False
    return (there.scheme, there.netloc) == (here.scheme, here.netloc)


def _meeting(meeting: Record) -> Written:
    event, congress, chamber = (word(meeting, name) for name in ("eventId", "congress", "chamber"))
    committees = _names(meeting, "committees", "name")
    witnesses = _names(meeting, "witnesses", "name", "position", "organization")
    held, status = word(meeting, "date")[:10], word(meeting, "meetingStatus")
    facts = (
        f"{word(meeting, 'type') or 'Meeting'} of {', '.join(committees) or chamber}",
        f" on {held}" if held else "",
        f" ({status.lower()})" if status else "",
        f". Witnesses: {'; '.join(witnesses)}" if witnesses else "",
    )
    known = congress.isdecimal() and event.isalnum() and chamber in ("House", "Senate")
    where = f"{ordinal(int(congress))}-congress/{chamber.lower()}-event/{event}" if known else ""
    return Written(
        id=f"{congress}-{chamber.lower()}-{event}" if event else "",
        link=f"{_SITE}/event/{where}" if known else "",
        title=word(meeting, "title"),
        text=f"{''.join(facts)}.",
        date=word(meeting, "updateDate"),
    )


def _names(meeting: Record, name: str, *keys: str) -> list[str]:
    found: Any = meeting.get(name)
    people = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [", ".join(filter(None, (word(one, key) for key in keys))) for one in people[:50]]


def ordinal(number: int) -> str:
    """119 -> 119th, as the addresses of Congress.gov have it."""
    tens, ones = number % 100, number % 10
    ending = {1: "st", 2: "nd", 3: "rd"}.get(ones, "th") if tens not in (11, 12, 13) else "th"
    return f"{number}{ending}"


KIND = Kind(CongressFile, read, ask, page)
