"""Ledgers as values: what is followed, rung by rung, with the evidence for every step.

`ledgerfile.py` reads how they are declared; `ledgers.py` decides what an item does to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from monitor.fact import Kind


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a ladder. `stages` are the stages of watchlists that tell it.

    `number` counts from 0, the first rung first; a rung `aside` (delayed, cancelled) is on no
    such way: it may come from anywhere, and what follows it may be any rung. `ends` where nothing
    is expected to follow.
    """

    id: str
    title: str
    number: int
    stages: frozenset[str]
    aside: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is due: a day, what should have happened by then, and how long before it is told."""

    day: date
    what: str
    ahead: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Seed:
    """An entry that the file gives: its key and name, how it stands, and what is due.

    `progress` and `breach` say in words what would count as either.
    """

    key: str
    title: str
    rung: str
    since: date | None = None
    source: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    deadlines: tuple[Deadline, ...] = ()
    progress: str = ""
    breach: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is followed: from which watchlists, along which ladder, keyed by which facts.

    `silent` is after how long without a step an entry that has not ended is told of.
    """

    id: str
    title: str
    watchlists: tuple[str, ...]
    rungs: tuple[Rung, ...]
    key: tuple[Kind, ...]
    facts: tuple[Kind, ...] = ()
    silent: timedelta | None = None
    seeds: tuple[Seed, ...] = ()

    def rung(self, name: str) -> Rung | None:
        return next((rung for rung in self.rungs if rung.id == name), None)

    def told_by(self, stage: str) -> Rung | None:
        """The rung that a watchlist's stage tells."""
        return next((rung for rung in self.rungs if stage in rung.stages), None)


@dataclass(frozen=True, slots=True)
class Step:
    """Evidence that an entry stood on a rung: who said so, when, in which words.

    `item` is 0 for what the file or a person says. `by` names the person; `undone` is true where a
    person took the step out. `tier` is that of the source, 1 the most primary.
    """

    rung: str
    at: datetime
    item: int
    source: str
    tier: int
    words: str
    sure: float = 1.0
    by: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a ledger with its history, the oldest step first.

    `rung` is where it stands, by the most primary of its evidence; `rival` where the sources that
    disagree have it, empty where they agree. `confirmed` once a tier 1 source said so.
    """

    ledger: str
    key: str
    title: str
    rung: str
    since: datetime
    steps: tuple[Step, ...]
    details: Mapping[str, str] = field(default_factory=dict)
    story: str = ""
    rival: str = ""
    confirmed: bool = False
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What an item did to an entry: `moved` to another rung, `confirmed` by a primary source,
    `reversed` (back, aside or ended), `contradicted`, or `opened`; `was` is the rung before."""

    entry: Entry
    what: str
    was: str = ""
