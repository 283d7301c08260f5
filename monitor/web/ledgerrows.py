"""The ledgers as tables: the ledgers themselves, their rows, and each step of a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from monitor import ladder, sheet
from monitor.correcting import ledger_of
from monitor.errors import MonitorError
from monitor.keeping import Keeping
from monitor.ledger import Entry, Ledger, Step
from monitor.sheet import Row, Wanted
from monitor.storage import Storage
from monitor.storage.ledgers import Filed
from monitor.web.house import House
from monitor.web.tables import Asked, Table

# What a table of rows is narrowed by, and how that reads.
FILTERS = {
    "rung": "Only rows on this rung, or on one that has this in its name.",
    "country": "Only rows with this country, by its code: AU.",
    "status": "confirmed (by a primary source) or reported.",
    "open": "With anything in it only rows that have not ended.",
    "since": "Only rows with news since this day: 2026-03-01.",
    "q": "Only rows with all these words.",
    "sort": "A column, or a kind of detail: due; with a hyphen before it the other way round: -due.",
}
_LEDGER = {"ledger": "Only this ledger, by its id: deals."}
_COLUMNS = ("company", "agency", "project", "product", "capacity", "instrument", "amount", "country", "place")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    ledger: Annotated[str, Field(description="Its id.")]
    title: Annotated[str, Field(description="What it is called.")]
    about: Annotated[str, Field(description="What it follows.")]
    rows: Annotated[int, Field(description="How many rows it has.")]
    open: Annotated[int, Field(description="How many of them have not ended.")]
    overdue: Annotated[int, Field(description="Of how many something was due and nothing was seen.")]
    due: Annotated[date | None, Field(description="The next day on which something falls due.")]
    last: Annotated[datetime | None, Field(description="When the newest evidence is from.")]
    watchlists: Annotated[tuple[str, ...], Field(description="The watchlists that feed it.")]


@dataclass(frozen=True, slots=True)
class EntryRow:
    ledger: Annotated[str, Field(description="The ledger that it is a row of.")]
    key: Annotated[str, Field(description="What it is known by in its ledger.")]
    title: Annotated[str, Field(description="What it is called.")]
    rung: Annotated[str, Field(description="Where it stands.")]
    place: Annotated[str, Field(description="How far up the ladder: 4/9; empty aside of it.")]
    since: Annotated[datetime | None, Field(description="Since when it stands there.")]
    last: Annotated[datetime, Field(description="When its newest evidence is from.")]
    source: Annotated[str, Field(description="Who said that.")]
    tier: Annotated[int, Field(description="Its tier; 1 is a primary source, 0 a person.")]
    status: Annotated[str, Field(description="confirmed by a primary source, or reported.")]
    rival: Annotated[str, Field(description="Where less primary sources have it, if elsewhere.")]
    due: Annotated[date | None, Field(description="When something falls due; the day missed, if overdue.")]
    overdue: Annotated[bool, Field(description="Was something due, and nothing seen?")]
    open: Annotated[bool, Field(description="Has it not ended?")]
    company: Annotated[str, Field(description="The company.")]
    agency: Annotated[str, Field(description="The agency.")]
    project: Annotated[str, Field(description="The project.")]
    product: Annotated[str, Field(description="What is made or barred.")]
    capacity: Annotated[str, Field(description="How much in a year.")]
    instrument: Annotated[str, Field(description="The kind of money.")]
    amount: Annotated[str, Field(description="The money, as stated.")]
    country: Annotated[str, Field(description="The countries, by their codes.")]
    where: Annotated[str, Field(description="The site.")]
    dollars: Annotated[float | None, Field(description="The money in US dollars, if that is known.")]
    other: Annotated[tuple[str, ...], Field(description="Further details, each as kind: words.")]


@dataclass(frozen=True, slots=True)
class StepRow:
    ledger: Annotated[str, Field(description="The ledger.")]
    key: Annotated[str, Field(description="The key of the row in it.")]
    title: Annotated[str, Field(description="What the row is called.")]
    step: Annotated[int, Field(description="The number of the step; 0: the file's, not filed yet.")]
    rung: Annotated[str, Field(description="The rung that it tells.")]
    at: Annotated[datetime, Field(description="Since when.")]
    source: Annotated[str, Field(description="Who says so.")]
    tier: Annotated[int, Field(description="Its tier; 1 is a primary source, 0 a person.")]
    sure: Annotated[float, Field(description="How sure that is, up to 1.")]
    words: Annotated[str, Field(description="In which words.")]
    link: Annotated[str, Field(description="Where it can be read.")]
    item: Annotated[int, Field(description="The item that says so; 0: the file, or a person.")]
    by: Annotated[str, Field(description="The person who put it there or took it out.")]
    why: Annotated[str, Field(description="Why they did.")]
    undone: Annotated[bool, Field(description="Was it taken out? Then it does not count.")]


class Ledgers:
    """What there is of the ledgers, for who only reads."""

    def __init__(self, house: House) -> None:
        self._house = house

    def tables(self) -> tuple[Table, ...]:
        return (
            Table("ledgers", "What is followed from rung to rung.", LedgerRow, self.ledgers),
            Table("entries", "The rows of the ledgers.", EntryRow, self._entries, _LEDGER | FILTERS),
            Table(
                "steps", "The evidence for each row of the ledgers, the newest first.", StepRow, self._steps,
                _LEDGER | {"key": "Only this row, by its key."},
            ),
        )  # fmt: skip

    def ledgers(self, storage: Storage, _: Asked) -> list[LedgerRow]:
        return [ledger_row(one, self.rows(storage, one)) for one in self._house.in_force.rulebook.ledgers]

    def rows(self, storage: Storage, ledger: Ledger) -> list[Row]:
        """The rows of a ledger as a sheet has them."""
        now = self._house.clock()
        return sheet.rows(ledger, Keeping(storage, self._house.in_force, now).seen(ledger), now)

    def _chosen(self, asked: Asked) -> list[Ledger]:
        name = asked.get("ledger", "")
        in_force = self._house.in_force
        return [ledger_of(in_force, name)] if name else list(in_force.rulebook.ledgers)

    def _entries(self, storage: Storage, asked: Asked) -> Iterator[EntryRow]:
        for ledger in self._chosen(asked):
            for row in chosen(ledger, self.rows(storage, ledger), asked):
                yield entry_row(ledger, row)

    def _steps(self, storage: Storage, asked: Asked) -> list[StepRow]:
        found = []
        keeping, key = Keeping(storage, self._house.in_force, self._house.clock()), asked.get("key", "")
        for ledger in self._chosen(asked):
            one = keeping.found(ledger, key) if key else None
            entries = ([one] if one else []) if key else keeping.seen(ledger)
            found += [_step(ledger, entry, step) for entry in entries for step in entry.steps]
        return sorted(found, key=lambda row: (row.at, row.step), reverse=True)


def chosen(ledger: Ledger, rows: Iterable[Row], asked: Asked) -> list[Row]:
    """The rows that are asked for, in the order that is. Raises MonitorError."""
    by, wanted = _sort(ledger, asked.get("sort", "")), _wanted(asked)
    return ladder.ordered(ledger, filter(wanted.takes, rows), by)


def _wanted(asked: Asked) -> Wanted:
    """Which rows are asked for. Raises MonitorError where a day is none."""
    since = asked.get("since", "").strip()
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError:
        raise MonitorError("that is no day to look back to: write it as 2026-03-01") from None
    status = asked.get("status", "")
    if status not in ("", "confirmed", "reported"):
        raise MonitorError("a row is either confirmed or reported: choose one of them")
    open_ = bool(asked.get("open", ""))
    return Wanted(
        asked.get("rung", ""), asked.get("country", "").strip(), day, open_, status, asked.get("q", "")
    )


def _sort(ledger: Ledger, asked: str) -> str:
    known = {*ladder.FIXED, *(kind.value for kind in ledger.facts), *_COLUMNS}
    known |= {kind for seed in ledger.seeds for kind in seed.details}
    if asked.removeprefix("-") not in known | {""}:
        raise MonitorError(f"there is no such column to sort by: choose {', '.join(sorted(known - {''}))}")
    return asked


def history(storage: Storage, entry: Entry) -> list[Filed]:
    """Each step of a row with the title and link of its item, the newest first; of a row of the file that is
    not filed yet those of the file."""
    filed = {one.step.number: one for one in storage.ledgers.steps(entry)}
    steps = [filed.get(step.number) or Filed(step, "", step.link) for step in entry.steps]
    return steps[::-1]


def ledger_row(ledger: Ledger, rows: list[Row]) -> LedgerRow:
    ahead = [row.due for row in rows if row.due and not row.overdue]
    return LedgerRow(
        ledger.id, ledger.title, ledger.about, len(rows), sum(row.open for row in rows),
        sum(row.overdue for row in rows), min(ahead, default=None),
        max((row.last for row in rows), default=None), ledger.watchlists,
    )  # fmt: skip


def entry_row(ledger: Ledger, row: Row) -> EntryRow:
    worth = ladder.dollars(row.detail(ladder.AMOUNT))
    company, agency, project, product, capacity, instrument, amount, country, place = (
        row.detail(kind) for kind in _COLUMNS
    )
    return EntryRow(
        ledger.id, row.key, row.title, row.rung, row.place, row.since, row.last, row.source, row.tier,
        row.status, row.rival, row.due, row.overdue, row.open, company, agency, project, product, capacity,
        instrument, amount, country, place, float(worth) if worth is not None else None,
        tuple(f"{kind}: {words}" for kind, words in row.details if kind not in _COLUMNS),
    )  # fmt: skip


def _step(ledger: Ledger, entry: Entry, step: Step) -> StepRow:
    return StepRow(
        ledger.id, entry.key, entry.title, step.number, ledger.called(step.rung) or step.rung, step.at,
        step.source, step.tier, step.sure, step.words, step.link, step.item, step.by, step.why, step.undone,
    )  # fmt: skip
