"""A ledger's entries -> the rows of a desk's pipeline sheet, open ones first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from urllib.parse import urlsplit

from monitor import wording
from monitor.ledger import Entry, Ledger, Rung, Seed, Step
from monitor.ledgers import HAND

_NAMELESS: Mapping[str, str] = MappingProxyType({})
_PRIMARY = {True: "confirmed", False: "reported"}


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as a sheet has it. `rung` is in words, `place` says how far up the ladder ("4/9", empty
    aside). `source` and `tier` are those of the last evidence, of `last`; `tier` is 0 where a person
    said it. `due` is the next day on which something falls due; the last that passed and nothing was
    seen, where none is ahead: then it is `overdue`."""

    key: str
    title: str
    rung: str
    place: str
    since: datetime | None
    last: datetime
    source: str
    tier: int
    status: str
    rival: str
    due: date | None
    overdue: bool
    open: bool
    details: tuple[tuple[str, str], ...]

    def detail(self, kind: str) -> str:
        return dict(self.details).get(kind, "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are wanted; what is empty asks nothing.

    `rung` is a part of its name, with hyphens or without; `country` and `status` are whole; `words` stand
    anywhere in what the row says. All without case.
    """

    rung: str = ""
    country: str = ""
    since: date | None = None
    open: bool = False
    status: str = ""
    words: str = ""

    def takes(self, row: Row) -> bool:
        countries = row.detail("country").casefold().replace(",", " ").split()
        return (
            _plain(self.rung) in _plain(row.rung)
            and (not self.country or self.country.casefold() in countries)
            and (self.since is None or row.last.date() >= self.since)
            and (row.open or not self.open)
            and self.status.casefold() in ("", row.status)
            and self._says(row)
        )

    def _says(self, row: Row) -> bool:
        said = " ".join((row.key, row.title, row.rung, row.source, *(words for _, words in row.details)))
        return all(word in said.casefold() for word in self.words.casefold().split())


def rows(ledger: Ledger, entries: Iterable[Entry], now: datetime, wanted: Wanted | None = None) -> list[Row]:
    """The rows that are wanted: open before ended, those that moved last first."""
    made = (_row(ledger, entry, now) for entry in entries)
    taken = [row for row in made if wanted is None or wanted.takes(row)]
    return sorted(taken, key=lambda row: (not row.open, -row.last.timestamp(), row.key))


def _row(ledger: Ledger, entry: Entry, now: datetime) -> Row:
    rung, standing = ledger.rung(entry.rung), entry.standing
    rival = ledger.rung(entry.rival)
    due, overdue = _due(ledger.seed(entry.key), entry, now.astimezone(UTC).date())
    source, tier = _evidence(entry)
    return Row(
        entry.key,
        entry.title,
        rung.title if rung else "",
        place(ledger.rungs, rung),
        standing.since,
        entry.last,
        source,
        tier,
        _PRIMARY[standing.confirmed],
        rival.title if rival else "",
        due,
        overdue,
        not (rung and rung.ends),
        tuple(entry.details.items()),
    )


def _plain(name: str) -> str:
    return name.casefold().replace("-", " ")


def _evidence(entry: Entry) -> tuple[str, int]:
    """Who said the last that counts; of several at one time the most primary."""
    last = entry.last
    newest = [step for step in entry.steps if not step.undone and step.at == last]
    best = min(newest, key=lambda step: step.tier, default=None)
    return (best.source, best.tier) if best else ("", 0)


def _due(seed: Seed | None, entry: Entry, today: date) -> tuple[date | None, bool]:
    """What falls due next; where nothing does, the last that passed in silence."""
    deadlines = [deadline for deadline in seed.deadlines if entry.awaits(deadline)] if seed else []
    ahead = min((d.day for d in deadlines if d.day >= today), default=None)
    missed = max((d.day for d in deadlines if d.day < today and not entry.heard(d)), default=None)
    return (ahead, False) if ahead else (missed, missed is not None)


def place(ladder: Sequence[Rung], rung: Rung | None) -> str:
    """How far up: the number of a rung among those that are not aside."""
    up = [one.id for one in ladder if not one.aside]
    return f"{up.index(rung.id) + 1}/{len(up)}" if rung and rung.id in up else ""


def columns(ledger: Ledger, found: Iterable[Row]) -> list[str]:
    """The kinds of detail that any row has: those that the ledger names first, the others after them."""
    present = {kind for row in found for kind, words in row.details if words}
    named = [kind.value for kind in ledger.facts if kind.value in present]
    return [*named, *sorted(present - set(named))]


def by_whom(source: str, tier: int, names: Mapping[str, str] = _NAMELESS) -> str:
    """Who said it, for a cell: "ustr.gov, primary source"; a source by its name where `names` has one by its
    id, the file by its own, a person as such."""
    if tier == HAND:
        return "by hand"
    host = urlsplit(source).hostname
    return f"{names.get(source) or (host or source).removeprefix('www.')}, {wording.TIERS.get(tier, 'press')}"


def says(step: Step, names: Mapping[str, str] = _NAMELESS) -> str:
    """Who says a step, how sure that is, and which person put it there or took it out, and why."""
    said = by_whom(step.source, step.tier, names)
    if step.tier != HAND:
        said += "" if step.item else " (the file)"
        said += "" if step.sure == 1 else f", {step.sure:.0%} sure"
    if not step.by:
        return said
    return f"{said}; undone by {step.by}: {step.why}" if step.undone else f"{said}: {step.by}"
