"""What is on its way to somebody: an alert, a notice or a batch, where to, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.feedback import Mark, Proposal, Quiet
from monitor.model import Alert, Reason

# What is told in a thread and to the whole channel again: the rest is for those who follow the story.
ALOUD = (Reason.MOVED, Reason.FACT, Reason.REVERSED, Reason.OVERDUE, Reason.SERIES)


# The channel that prints: nothing is held for it, and it has no limits.
TERMINAL = "console"


class State(StrEnum):
    """The states of a delivery. `sent` is written only after the channel said so.

    `held` waits for the hour at which its readers want to be told, or for room below a cap, and is
    then told with all else that waited: `batched`. `muted` is what its readers asked not to hear of
    before it was told.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"
    HELD = "held"
    BATCHED = "batched"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Destination:
    """A channel and an address in it: `slack:#signals`, `email:desk@example.com`, `console:`."""

    channel: str
    address: str = ""

    def __str__(self) -> str:
        return f"{self.channel}:{self.address}"

    @property
    def called(self) -> str:
        """As readers know it: "#signals", "desk@example.com", "the terminal"."""
        return self.address or ("the terminal" if self.channel == TERMINAL else self.channel)

    @classmethod
    def parse(cls, text: str) -> Destination:
        """Read what `str()` wrote."""
        channel, _, address = text.partition(":")
        return cls(channel, address)


@dataclass(frozen=True, slots=True)
class Told:
    """One alert on an item of a story, to one destination; `tier` is that of the source."""

    item: int
    watchlist: str
    stage: str
    tier: int
    to: Destination


@dataclass(frozen=True, slots=True)
class Notice:
    """What the operator is told: which sources are in trouble, what to do, and which are well again.

    `offer` is the id of a change that the notice proposes; empty: it proposes none.
    """

    id: str
    title: str
    lines: tuple[str, ...]
    created: datetime
    offer: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Alerts told in one message: those that were held until now. `why` says what held them."""

    id: str
    title: str
    why: str
    alerts: tuple[Alert, ...]
    created: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that was held: where to, its id, what held it, and its alerts: several where it
    is a batch."""

    to: Destination
    delivery: str
    why: str
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Unsent:
    """An alert that is not at a destination yet, or never comes there: by itself, or as part of a batch
    that is in this state. `held` is what holds it until `due`, or what muted it; `error` what its last
    attempt met with; `parked` whether that has to be mended by a person."""

    to: Destination
    state: State
    due: datetime
    title: str
    score: int
    watchlists: tuple[str, ...]
    held: str = ""
    error: str = ""
    parked: bool = False


Message = Alert | Notice | Batch


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel answered: where the message is now. `alone` where it was to go into a thread and
    could not, since that is gone: it stands by itself, and what follows can follow it. `note` says in
    words what was not as it should be."""

    place: str
    alone: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of an alert since it was told, for the message that told it.

    `stage` is the newest that its thread has, `outlets` the names of the sources that carry its story,
    `primary` name and link of a primary source among them. `offer` is what a notice proposes.
    """

    stage: str = ""
    outlets: tuple[str, ...] = ()
    primary: tuple[str, str] | None = None
    mark: Mark | None = None
    quiets: tuple[Quiet, ...] = ()
    offer: Proposal | None = None


UNTOUCHED = Standing()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one destination. `parent` is where the message is that opened its
    thread there; empty: it opens one, or belongs to none. `held` says what held it, `parked` since when
    it waits for what a person has to mend."""

    id: str
    message: Message
    destination: Destination
    state: State
    attempts: int
    due: datetime
    error: str = ""
    receipt: str = ""
    attempted: datetime | None = None
    finished: datetime | None = None
    held: str = ""
    parked: datetime | None = None
    parent: str = ""
    standing: Standing = UNTOUCHED

    @property
    def aloud(self) -> bool:
        """Whether a reply in a thread is for the whole channel: it says something new."""
        return isinstance(self.message, Alert) and self.message.reason in ALOUD
