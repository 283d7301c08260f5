"""What people say to alerts: useful or noise, and what they do not want to hear of for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a channel knows them: an id that stays, and a name for reading."""

    id: str
    name: str


class Opinion(StrEnum):
    """What an alert was worth."""

    USEFUL = "useful"
    NOISE = "noise"


class Scope(StrEnum):
    """What is not to be told of for a while."""

    ENTITY = "entity"
    SOURCE = "source"
    WATCHLIST = "watchlist"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Mark:
    """An opinion of an alert. An alert has one at a time: who wants another takes this one back.

    `undone` is when it was taken back, by the one of that name.
    """

    alert: str
    opinion: Opinion
    who: Person
    at: datetime
    undone: datetime | None = None
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An alert that was told for a watchlist, when, and what was said of it; `opinion` is None where nobody
    said anything. One that was told for several is as many of these."""

    alert: str
    watchlist: str
    told: datetime
    opinion: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """A mute: nothing of `value` is told at a destination (as `str()` writes it) until then.

    `value` is an entity's name in the rules, or the id of a source, a watchlist or a thread; `name`
    says it to a reader. `number` is 0 before it is filed; `ended` is set where it was taken back.
    """

    scope: Scope
    value: str
    name: str
    destination: str
    who: Person
    at: datetime
    until: datetime
    number: int = 0
    ended: datetime | None = None
    ended_by: str = ""

    def holds(self, now: datetime) -> bool:
        return self.ended is None and now < self.until


class Fate(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of a watchlist that what people said speaks for; it is made only where somebody accepts.

    `says` puts it as a question with its figures. It is either a not group named `group` that looks for
    `words`, or, where `source` is set, a mute of that source until `until`. `examples` are titles that
    would not have been told.
    """

    id: str
    watchlist: str
    says: str
    created: datetime
    group: str = ""
    words: tuple[str, ...] = ()
    source: str = ""
    until: datetime | None = None
    examples: tuple[str, ...] = ()
    fate: Fate = Fate.OPEN
    who: str = ""
    at: datetime | None = None
