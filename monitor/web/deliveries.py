"""What was sent where: the state of every delivery in words, how a destination stands, and trying again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import wording
from monitor.cadence import ago
from monitor.deliver import INTERNAL
from monitor.errors import MonitorError
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Destination, State
from monitor.storage import Storage
from monitor.storage.database import ALL
from monitor.web.addresses import Paging, address
from monitor.web.house import House
from monitor.web.pages import onward, page, slashed
from monitor.web.tables import Asked, Table
from monitor.web.visitor import sent

ROWS = 50
# What was told within this time is not called late.
PROMPT = timedelta(minutes=1)
# The states that can be asked for, by their names in addresses.
STATES: Mapping[str, tuple[str, tuple[State, ...]]] = {
    "waiting": ("waiting", (State.PENDING, State.SENDING)),
    "held": ("held", (State.HELD,)),
    "failed": ("failed, tried again", (State.FAILED,)),
    "dead": ("given up", (State.DEAD,)),
    "sent": ("sent", (State.SENT, State.BATCHED)),
    "muted": ("muted", (State.MUTED,)),
}
FILTERS = {
    "state": f"Only those in this state: {', '.join(STATES)}.",
    "to": "Only those to this destination, such as slack:#signals.",
    "watchlist": "Only alerts of the watchlist with this id.",
}
_OPEN = (State.PENDING, State.SENDING, State.FAILED)
_CLASSES = {State.SENT: "good", State.BATCHED: "good", State.FAILED: "warn", State.DEAD: "bad"}


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One message on its way to one destination."""

    id: Annotated[str, Field(description="The id of the delivery.")]
    state: Annotated[str, Field(description="pending, sending, sent, failed, dead, held, batched or muted.")]
    said: Annotated[str, Field(description="The state in words.")]
    to: Annotated[str, Field(description="Where to, such as slack:#signals.")]
    title: Annotated[str, Field(description="What it says.")]
    lang: Annotated[str, Field(description="The language of that.")]
    story: Annotated[str, Field(description="The story that it tells; empty: none, or several.")]
    watchlist: Annotated[str, Field(description="The id of the watchlist that tells it; empty: none.")]
    decided: Annotated[datetime, Field(description="When it was decided that it is told.")]
    finished: Annotated[datetime | None, Field(description="When it was sent, given up or muted.")]
    late: Annotated[float, Field(description="Seconds from one to the other, where it was sent; else 0.")]
    attempts: Annotated[int, Field(description="How often it was tried.")]
    why: Annotated[str, Field(description="What it failed with, or what holds, held or muted it.")]
    may_have_arrived: Annotated[bool, Field(description="Whether it may have arrived, though not noted.")]


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """How a destination stands."""

    to: Annotated[str, Field(description="The destination, such as slack:#signals.")]
    last: Annotated[datetime | None, Field(description="When something arrived there last.")]
    waiting: Annotated[int, Field(description="How many wait to be sent, those tried again among them.")]
    held: Annotated[int, Field(description="How many are held.")]
    dead: Annotated[int, Field(description="How many were given up.")]
    failing: Annotated[bool, Field(description="Whether what is next could not be sent so far.")]
    parked: Annotated[datetime | None, Field(description="Since when a person has to mend something.")]
    why: Annotated[str, Field(description="What the last attempt met with; empty where all is well.")]
    since: Annotated[datetime | None, Field(description="Since when what is next waits; None: nothing.")]
    again: Annotated[datetime | None, Field(description="When it is tried next; None: nothing waits.")]


class Deliveries:
    """The pages below /deliveries/."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/deliveries", slashed),
            Route("/deliveries/", self.all),
            Route("/deliveries/retry", self.retry_all, methods=["POST"]),
            Route("/deliveries/{id}/retry", self.retry, methods=["POST"]),
        ]

    def tables(self) -> tuple[Table, ...]:
        says = "What was sent where, or waits to be, the newest first."
        standing = "How each destination stands, those with trouble first."
        return (
            Table("deliveries", says, DeliveryRow, _all, FILTERS, self._rows),
            Table("destinations", standing, DestinationRow, lambda storage, _: destinations(storage)),
        )

    def _rows(self, _: Storage, found: Iterable[Delivery]) -> list[DeliveryRow]:
        now = self._house.clock()
        return [row(one, now, self._house.zone) for one in found]

    def _filed(self, storage: Storage, asked: Asked) -> list[DeliveryRow]:
        """A page of what is asked for, and one more where there are more."""
        return self._rows(storage, _filed(storage, asked, ROWS + 1, Paging(asked, ROWS).skip))

    def all(self, request: Request, problem: str = "", status: int = 200) -> Response:
        """Every destination, and the newest deliveries."""
        house, query = self._house, request.query_params
        asked = {name: query.get(name, "") for name in (*FILTERS, "page")}
        with house.reading() as storage:
            standing, rows = destinations(storage), self._filed(storage, asked)
            again = storage.deliveries.get(query.get("again", ""))
        now = house.clock()
        shown = {
            "rows": rows[:ROWS],
            "destinations": standing,
            "places": {one.to: Destination.parse(one.to).called for one in standing},
            "again_of": row(again, now, house.zone) if again else None,
            "asked": asked,
            "states": {key: words for key, (words, _) in STATES.items()},
            "watchlists": [(one.id, one.title) for one in house.in_force.watchlists],
            "classes": {state.value: _CLASSES.get(state, "") for state in State},
            "problem": problem,
            "ago": lambda moment: ago(now - moment),
            "span": lambda seconds: ago(timedelta(seconds=seconds)),
            "prompt": PROMPT.total_seconds(),
        } | Paging(asked, ROWS).links(len(rows))
        return page(request, house, "deliveries.html", shown, status=status)

    def retry(self, request: Request) -> Response:
        """Put one that failed or was given up back in the queue.

        One that may have arrived goes out a second time only to who says that this is meant.
        """
        number, now = request.path_params["id"], self._house.clock()
        with self._house.writing() as storage:
            delivery = storage.deliveries.get(number)
            if delivery is None:
                raise HTTPException(404)
            if may_have_arrived(delivery) and not sent(request).get("twice"):
                return self.all(request, "It may have arrived: say that it may be told twice.", 409)
            with storage.write():
                done = storage.deliveries.retry(number, now)
        if not done:
            return self.all(request, "Only what failed or was given up is tried again.", 409)
        return onward(request, f"deliveries/?again={number}")

    def retry_all(self, request: Request) -> Response:
        """Put all that were given up back in the queue, to one destination, but for what may have arrived."""
        to, now = sent(request).get("to"), self._house.clock()
        with self._house.writing() as storage, storage.write():
            dead = list(storage.deliveries.filed(1000, (State.DEAD,), to))
            safe = [one for one in dead if not may_have_arrived(one)] if to else []
            for one in safe:
                storage.deliveries.retry(one.id, now)
        if not safe:
            return self.all(request, "Nothing there was given up that can safely be sent again.", 409)
        return onward(request, "deliveries/" + address({"to": to}))


def _filed(storage: Storage, asked: Asked, limit: int, skip: int = 0) -> Iterator[Delivery]:
    """What is asked for. A state that there is not asks for nothing."""
    _, states = STATES.get(asked.get("state", ""), ("", ()))
    return storage.deliveries.filed(limit, states, asked.get("to", ""), asked.get("watchlist", ""), skip)


def _all(storage: Storage, asked: Asked) -> Iterator[Delivery]:
    """All of them. Raises MonitorError where there is no such state."""
    if asked.get("state", "") not in ("", *STATES):
        raise MonitorError(f"there is no such state: write {', '.join(STATES)}")
    return _filed(storage, asked, ALL)


# ------------------------------------------------------------------ rows


def row(delivery: Delivery, now: datetime, zone: str) -> DeliveryRow:
    message, state = delivery.message, delivery.state
    alert = message if isinstance(message, Alert) else None
    done = state in (State.SENT, State.BATCHED)
    late = (delivery.finished - message.created).total_seconds() if done and delivery.finished else 0.0
    return DeliveryRow(
        id=delivery.id,
        state=state.value,
        said=said(delivery, now, zone),
        to=str(delivery.destination),
        title=message.title,
        lang=alert.lang if alert else "en",
        story=alert.story if alert else "",
        watchlist=alert.watchlist if alert else "",
        decided=message.created,
        finished=delivery.finished,
        late=max(late, 0.0),
        attempts=delivery.attempts,
        why=why(delivery),
        may_have_arrived=may_have_arrived(delivery),
    )


def said(delivery: Delivery, now: datetime, zone: str) -> str:
    """The state in words: "held until 9 Mar 2026 07:00 UTC", "failed, next try 12:05"."""
    when = wording.at(delivery.due, zone)
    soon = "with the next round" if delivery.due <= now else when
    if delivery.state is State.SENDING:
        return f"in doubt, looked for {soon}" if delivery.error else "on its way"
    return {
        State.PENDING: "waiting",
        State.SENT: "sent",
        State.FAILED: f"failed, next try {soon}",
        State.DEAD: "given up",
        State.HELD: f"held until {when}",
        State.BATCHED: "told together with others",
        State.MUTED: "muted",
    }[delivery.state]


def why(delivery: Delivery) -> str:
    """What it failed with, or what holds, held or muted it."""
    if isinstance(delivery.message, Batch) and not delivery.error:
        return delivery.held or delivery.message.why
    return delivery.error or delivery.held


def may_have_arrived(delivery: Delivery) -> bool:
    """Did its last attempt end in a way that does not tell whether it was taken?"""
    broke = delivery.state is State.DEAD and delivery.error.startswith(INTERNAL)
    return broke or (delivery.state is State.SENDING and bool(delivery.error))


def destinations(storage: Storage) -> list[DestinationRow]:
    """How each stands, those with trouble first."""
    heads = {one.destination: one for one in storage.deliveries.heads()}
    found = _destinations(storage, heads)
    return sorted(found, key=lambda one: (not one.parked, not one.failing, not one.dead, one.to))


def _destinations(storage: Storage, heads: Mapping[Destination, Delivery]) -> Iterator[DestinationRow]:
    for to, (counts, last) in storage.deliveries.by_destination().items():
        head = heads.get(to)
        yield DestinationRow(
            to=str(to),
            last=last,
            waiting=sum(counts.get(state, 0) for state in _OPEN),
            held=counts.get(State.HELD, 0),
            dead=counts.get(State.DEAD, 0),
            failing=bool(head and head.error),
            parked=head.parked if head else None,
            why=head.error if head else "",
            since=head.message.created if head else None,
            again=head.due if head else None,
        )
