"""A ledger's entries -> those that moved lately: from which rung to which, and what falls due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from monitor import sheet, wording
from monitor.ledger import Entry, Ledger


@dataclass(frozen=True, slots=True)
class Climbed:
    """A row that moved at `at`: `was` and `now` are rungs in words, `was` empty where it was the first.

    `due` is the next day on which something falls due, or, `overdue`, the last that passed in silence.
    """

    entry: Entry
    was: str
    now: str
    at: datetime
    due: date | None = None
    overdue: bool = False


def climbed(ledger: Ledger, entries: Iterable[Entry], now: datetime, since: datetime) -> list[Climbed]:
    """The rows that came onto their rung since then, the last one first."""
    by_key = {entry.key: entry for entry in entries}
    made = [
        Climbed(by_key[row.key], _before(ledger, by_key[row.key]), row.rung, row.since, row.due, row.overdue)
        for row in sheet.rows(ledger, by_key.values(), now)
        if row.since is not None and row.since >= since
    ]
    return sorted(made, key=lambda one: (one.at, one.entry.key), reverse=True)


def _before(ledger: Ledger, entry: Entry) -> str:
    """The rung that it was on before, in words."""
    since = entry.standing.since
    earlier = [
        step.rung
        for step in entry.steps
        if not step.undone and step.rung != entry.rung and since is not None and step.at <= since
    ]
    return ledger.called(earlier[-1]) if earlier else ""


def sentence(one: Climbed) -> str:
    """ "approval → signing, due 3 Dec 2026"."""
    moved = f"{one.was} → {one.now}" if one.was else one.now
    if one.due is None:
        return moved
    return f"{moved}, {'overdue since' if one.overdue else 'due'} {wording.calendar(one.due)}"
