"""Ledgers as values: what is followed, rung by rung, with the evidence for every step.

`ledgerfile.py` reads how they are declared; `ledgers.py` decides what an item does to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from monitor.fact import Kind
from monitor.rule import Condition


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a ladder. `stages` are the stages of watchlists that tell it.

    `number` counts from 0, the first rung first. A rung `aside` (delayed, suspended) is not on the way
    up: it may come from anywhere. `reverses` where it takes back what was told; `ends` where nothing
    is expected to follow.
    """

    id: str
    title: str
    number: int
    stages: frozenset[str] = frozenset()
    aside: bool = False
    reverses: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is due on a day, and how long before it is told; only while the row is on `rung`, if that is
    given."""

    day: date
    what: str
    ahead: timedelta = timedelta(days=7)
    rung: str = ""


@dataclass(frozen=True, slots=True)
class Stood:
    """Where an entry of the file stood since when, and the address that bears it out."""

    rung: str
    since: date
    source: str = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """An entry that the file gives: its key and name, how it stands since when, and what is due.

    `before` has the rungs that it was on earlier: an item that repeats them is background. `terms` tells
    which items speak of it. `progress` and `breach` say in words what would count.
    """

    key: str
    title: str
    rung: str
    since: date
    source: str = ""
    terms: Condition | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    deadlines: tuple[Deadline, ...] = ()
    progress: str = ""
    breach: str = ""
    before: tuple[Stood, ...] = ()

    @property
    def history(self) -> tuple[Stood, ...]:
        """Every rung that the file has it on, the one where it stands last."""
        return (*self.before, Stood(self.rung, self.since, self.source))

    @property
    def link(self) -> str:
        """An address that bears it out: of where it stands, else of an earlier rung."""
        return next((one.source for one in reversed(self.history) if one.source), "")


Opens = Literal["facts", "story", "never"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is followed: from which watchlists, along which ladder, keyed by which facts.

    An item is about an entry that shares a fact of every kind in `key` with it, and one of the first
    kind in `apart` that both state. Where there is none it opens one by its facts, or one for its story,
    or never. An entry that has not ended and had no step for `silent` is told of.
    """

    id: str
    title: str
    watchlists: tuple[str, ...]
    rungs: tuple[Rung, ...]
    key: tuple[Kind, ...]
    apart: tuple[Kind, ...] = ()
    facts: tuple[Kind, ...] = ()
    opens: Opens = "facts"
    silent: timedelta | None = None
    seeds: tuple[Seed, ...] = ()
    about: str = ""

    def rung(self, name: str) -> Rung | None:
        for rung in self.rungs:  # asked for every step of every row: no generator
            if rung.id == name:
                return rung
        return None

    def called(self, name: str) -> str:
        """A rung in words; empty where there is none."""
        rung = self.rung(name)
        return rung.title if rung else ""

    def told_by(self, stage: str) -> Rung | None:
        """The rung that a watchlist's stage tells."""
        return next((rung for rung in self.rungs if stage in rung.stages), None)

    def seed(self, key: str) -> Seed | None:
        return next((seed for seed in self.seeds if seed.key == key), None)


@dataclass(frozen=True, slots=True)
class Step:
    """Evidence that an entry stood on a rung: who said so, when, in which words.

    `item` is 0 for what the file or a person says; `by` names the person and `why` what for. `tier` is
    that of the source, 1 the most primary; `undone` where a person took the step out. `link` is where it
    can be read.

    `filed` is when it came to be known; None for what was history then, and known since its own time.
    `dropped` is since when it counts no more: a person took it out, or its item says otherwise now.
    """

    rung: str
    at: datetime
    item: int
    source: str
    tier: int
    words: str
    sure: float = 1.0
    by: str = ""
    why: str = ""
    undone: bool = False
    number: int = 0
    filed: datetime | None = None
    dropped: datetime | None = None
    link: str = ""

    @property
    def known(self) -> datetime:
        """When it came to be known: what is history, at its own time."""
        return self.filed or self.at

    @property
    def given(self) -> bool:
        """Is it the file of ledgers that says so?"""
        return not self.item and not self.by


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an entry stands: its rung since when and by which tier, and the rung that other sources have
    it on, empty where they agree."""

    rung: str = ""
    since: datetime | None = None
    tier: int = 9
    rival: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a ledger with its history, in the order of time.

    `marks` are the facts that it is known by, `details` the others in words; `story` is the one that
    opened it, whose thread all that follows goes to. `filed` is when it was first filed. `former` is what
    items said of it before they said otherwise: it counts no more, and was counted then.
    """

    ledger: str
    key: str
    title: str
    standing: Standing
    steps: tuple[Step, ...]
    filed: datetime
    marks: frozenset[str] = frozenset()
    details: Mapping[str, str] = field(default_factory=dict)
    story: str = ""
    former: tuple[Step, ...] = ()

    @property
    def rung(self) -> str:
        return self.standing.rung

    @property
    def rival(self) -> str:
        return self.standing.rival

    @property
    def last(self) -> datetime:
        """When its last evidence is from."""
        return max((step.at for step in self.steps if not step.undone), default=self.filed)

    def refuses(self, item: int) -> bool:
        """Did a person say that the item is no evidence for it?"""
        return any(step.undone and step.item == item for step in self.steps if step.item)

    def awaits(self, deadline: Deadline) -> bool:
        """Does the deadline still hold where it stands?"""
        return not deadline.rung or deadline.rung == self.rung

    def heard(self, deadline: Deadline) -> bool:
        """Was anything seen since the deadline was to be told of?"""
        told = deadline.day - deadline.ahead
        return any(step.at.date() > told for step in self.steps if not step.undone)


What = Literal["opened", "moved", "reversed", "confirmed", "contradicted"]


@dataclass(frozen=True, slots=True)
class Change:
    """What an item did to an entry. `was`, `now` and `rival` are rungs in words: the one before, the one
    that it is on, the one that others have it on; empty where there is none.

    `moved` to another rung, `confirmed` by a primary source, `reversed` (delayed, suspended, ended),
    `contradicted` by a source that says otherwise, or `opened`.
    """

    entry: Entry
    what: What
    was: str = ""
    now: str = ""
    rival: str = ""
