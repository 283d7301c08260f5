"""The digests: which there are, and each as it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor import wording
from monitor.edition import LATE
from monitor.outbox import State
from monitor.storage import Storage
from monitor.storage.archive import Kept
from monitor.storage.subscriptions import Subscription
from monitor.web.house import House
from monitor.web.pages import HEADERS, page, resuming, slashed
from monitor.web.tables import Asked, Table

ROWS = 200
# Digests that are read at once.
_PIECE = 200
# A digest is what hostile feeds say, in markup of ours: nothing of it runs or loads, whatever is in it.
SANDBOX = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_SEALED = HEADERS | {"Content-Security-Policy": SANDBOX}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_STATES = {
    State.PENDING: "waiting",
    State.SENDING: "on its way",
    State.FAILED: "failed, tried again",
    State.DEAD: "given up",
    State.MUTED: "quiet, not sent",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A digest in the list; `path` is empty where nothing was written yet, `troubled` where a person may
    have to look."""

    day: str
    subscriber: str
    subject: str
    path: str
    state: str
    when: str
    note: str
    troubled: bool


@dataclass(frozen=True, slots=True)
class DigestRow:
    """One digest of one subscriber."""

    day: Annotated[date, Field(description="The day it is for.")]
    subscriber: Annotated[str, Field(description="Who gets it.")]
    subject: Annotated[str, Field(description="Its subject; empty until it is written.")]
    state: Annotated[State, Field(description="How far it has come.")]
    since: Annotated[datetime, Field(description="It tells what happened from here on")]
    until: Annotated[datetime, Field(description="up to here.")]
    due: Annotated[datetime | None, Field(description="When it was due, where that was kept.")]
    finished: Annotated[datetime | None, Field(description="When it was sent or last tried.")]
    attempts: Annotated[int, Field(description="How often it was tried.")]
    error: Annotated[str, Field(description="Why it could not be sent.")]


class Archive:
    """The pages below /digests/."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/digests", slashed),
            Route("/digests/", self.list),
            Route("/digests/{subscriber}/{day}.txt", self.text),
            Route("/digests/{subscriber}/{day}", self.html),
        ]

    def tables(self) -> tuple[Table, ...]:
        says = "The digests that were made, the newest day first."
        return (Table("digests", says, DigestRow, _digests, {"subscriber": "Those of one, by name."}),)

    def list(self, request: Request) -> Response:
        """The newest digests, and who gets none any more."""
        asked = request.query_params
        after = asked.get("day", ""), asked.get("after", "")
        with self._house.reading() as storage:
            kept = storage.archive.latest(ROWS + 1, after if _DAY.fullmatch(after[0]) else None)
            out = [one for one in storage.subscriptions.all() if not one.open]
        last = kept[ROWS - 1] if len(kept) > ROWS else None
        shown = {
            "rows": [_row(one, self._house.zone) for one in kept[:ROWS]],
            "out": [_out(one, self._house.zone) for one in out],
            "older": "?" + urlencode({"day": last.day, "after": last.subscriber}) if last else "",
        }
        return page(request, self._house, "digests.html", shown)

    def html(self, request: Request) -> Response:
        """The digest as it was sent, which can do nothing but be read."""
        return HTMLResponse(self._as_sent(request, "html"), headers=_SEALED)

    def text(self, request: Request) -> Response:
        """Its text part."""
        return PlainTextResponse(self._as_sent(request, "body"), headers=_SEALED)

    def _as_sent(self, request: Request, part: Literal["html", "body"]) -> str:
        """What is asked for. Raises 404 where there is none."""
        subscriber, day = _asked(request)
        with self._house.reading() as storage:
            words = _for_all(storage, subscriber, storage.archive.part(part, subscriber, day))
        if not words:
            raise HTTPException(404)
        return words


def _digests(storage: Storage, asked: Asked) -> Iterator[DigestRow]:
    after: tuple[str, str] | None = None
    while found := storage.archive.latest(_PIECE, after, of=asked.get("subscriber", "")):
        yield from map(_digest, found)
        after = found[-1].day.isoformat(), found[-1].subscriber


def _digest(kept: Kept) -> DigestRow:
    return DigestRow(
        day=kept.day,
        subscriber=kept.subscriber,
        subject=kept.subject,
        state=kept.state,
        since=kept.since,
        until=kept.until,
        due=kept.hour,
        finished=kept.finished,
        attempts=kept.attempts,
        error=kept.error,
    )


def address(subscriber: str, day: date) -> str:
    """Where a digest is, seen from the first page."""
    return f"digests/{quote(subscriber, safe='')}/{day}"


def _asked(request: Request) -> tuple[str, date]:
    """Whose digest of which day. Raises 404 where that is no day."""
    day = request.path_params["day"]
    try:
        if _DAY.fullmatch(day):
            return request.path_params["subscriber"], date.fromisoformat(day)
    except ValueError:
        pass
    raise HTTPException(404)


def _for_all(storage: Storage, subscriber: str, words: str) -> str:
    """A digest without the addresses by which its reader unsubscribes: every reader may look at it here."""
    for one in storage.subscriptions.all():
        words = words.replace(one.token, "...") if one.subscriber == subscriber else words
    return words


def _row(kept: Kept, zone: str) -> Row:
    path = address(kept.subscriber, kept.day) if kept.subject else ""
    late = kept.hour is not None and kept.until - kept.hour > LATE
    sent = kept.state is State.SENT
    notes = [f"late, was due {wording.at(kept.hour, zone)}"] if kept.hour and late else []
    notes += [kept.error] if kept.error else []
    notes += [f"next try {wording.at(kept.next, zone)}"] if kept.state is State.FAILED else []
    return Row(
        day=f"{kept.day:%a} {wording.calendar(kept.day)}",
        subscriber=kept.subscriber,
        subject=kept.subject or ("(not written yet)" if kept.state is State.PENDING else "(not written)"),
        path=path,
        state="sent" if sent else _STATES.get(kept.state, kept.state.value),
        when=wording.at(kept.finished, zone) if sent and kept.finished else "",
        note="; ".join(notes),
        troubled=kept.state in (State.FAILED, State.DEAD),
    )


def _out(one: Subscription, zone: str) -> tuple[str, str]:
    """Who gets no digest and why, and the command that changes it."""
    who = f"{one.subscriber} <{one.email}>"
    if one.gone:
        said = f"{who} unsubscribed on {wording.at(one.gone, zone)}."
    else:
        since = f" since {wording.at(one.parked, zone)}" if one.parked else ""
        said = f"{who} is refused by the mail server{since}: {one.error}"
    return said, resuming(one.subscriber)
