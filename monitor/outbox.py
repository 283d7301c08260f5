"""What is on its way to somebody: an alert or a notice, where to, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model import Alert


class State(StrEnum):
    """The states of a delivery. `sent` is written only after the channel said so."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Destination:
    """A channel and an address in it: `slack:#signals`, `email:desk@example.com`, `console:`."""

    channel: str
    address: str = ""

    def __str__(self) -> str:
        return f"{self.channel}:{self.address}"

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
    """What the operator is told: which sources are in trouble, what to do, and which are well again."""

    id: str
    title: str
    lines: tuple[str, ...]
    created: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert or notice on its way to one destination."""

    id: str
    message: Alert | Notice
    destination: Destination
    state: State
    attempts: int
    due: datetime
    error: str = ""
    receipt: str = ""
    attempted: datetime | None = None
    finished: datetime | None = None
