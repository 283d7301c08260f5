"""What a person changes in a ledger: where a row stands, a step that is none, its name, what is one row.

In the caller's transaction. Each raises MonitorError, with the remedy, where it cannot be done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from monitor.errors import MonitorError
from monitor.keeping import Keeping
from monitor.ledger import Entry, Ledger, Step
from monitor.ledgers import HAND
from monitor.live import InForce
from monitor.storage import Storage

MAX_WORDS = 500
# Somewhere it is the next day already.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signed:
    """Who says so, and why."""

    by: str
    why: str


def ledger_of(in_force: InForce, name: str) -> Ledger:
    """A ledger by its name. Raises MonitorError where there is none."""
    found = in_force.rulebook.ledger(name)
    if found is None:
        there = ", ".join(one.id for one in in_force.rulebook.ledgers) or "none: add ledgers.yaml"
        raise MonitorError(f"no ledger is called '{name}' (there are: {there})")
    return found


def mark(entry: Entry) -> str:
    """What changes when anything is said of a row: who saw it before can tell that it is another now."""
    steps = [(s.rung, s.at.isoformat(), s.item, s.by, s.why, s.undone) for s in entry.steps]
    return sha256(repr((entry.key, entry.title, steps)).encode()).hexdigest()[:16]


class Correcting:
    """Changes by hand of one ledger."""

    def __init__(self, storage: Storage, ledger: Ledger, in_force: InForce, now: datetime) -> None:
        self._storage = storage.ledgers
        self._ledger = ledger
        self._keeping = Keeping(storage, in_force, now)
        self._now = now

    def named(self, name: str) -> Entry:
        """By its key, or the one whose key or title has these words."""
        entries = self._keeping.rows(self._ledger)
        exact = [entry for entry in entries if entry.key == name]
        found = exact or [e for e in entries if name.casefold() in f"{e.key} {e.title}".casefold()]
        if len(found) == 1:
            return found[0]
        if not found:
            raise MonitorError(f"no row of {self._ledger.id} is '{name}': see monitor {self._ledger.id}")
        raise MonitorError(f"'{name}' may be {', '.join(entry.key for entry in found[:5])}: write the key")

    def row(self, key: str) -> Entry:
        """By its key, to be changed."""
        found = self._keeping.filed(self._ledger, key)
        if found is None or found.key != key:
            raise MonitorError(f"there is no row '{key}' any more: choose another")
        return found

    def again(self, entry: Entry) -> Entry:
        """The row as it is filed now."""
        return self._storage.get(self._ledger, entry.key) or entry

    def correct(self, entry: Entry, rung: str, on: date | None, signed: Signed) -> int:
        """Say where a row really stands, since the beginning of a day in UTC, or from now. What sources said
        before no longer counts against it. Answers the number of the step."""
        if self._ledger.rung(rung) is None:
            there = ", ".join(one.id for one in self._ledger.rungs)
            raise MonitorError(f"no rung is '{rung}': write one of {there}")
        if on and on > self._now.date() + _AHEAD:
            raise MonitorError(f"{on} is still to come: write the day since which the row stands there")
        at = datetime.combine(on, time(), UTC) if on else self._now
        words = _written(signed.why, "why")
        step = Step(rung, at, 0, "by hand", HAND, words, by=signed.by, why=words, filed=self._now)
        self._storage.add(entry, step)
        return max(one.number for one in self.again(entry).steps)

    def undo(self, entry: Entry, step: int, signed: Signed) -> None:
        """Take a step out of a row's history. It is kept and shown, and never counts again."""
        why = _written(signed.why, "why")
        if not self._storage.undo(entry, step, signed.by, why, self._now):
            name = self._ledger.id
            raise MonitorError(f"{entry.key} has no step {step} to undo: see monitor {name} show {entry.key}")

    def rename(self, entry: Entry, title: str) -> None:
        """Call a row something else."""
        self._storage.save(replace(entry, title=_written(title, "the new name")))

    def join(self, entry: Entry, into: Entry) -> None:
        """Make a row part of another, with its history and all that comes later."""
        if entry.key == into.key:
            raise MonitorError("a row cannot be joined with itself: name two")
        self._storage.unite(entry, into)


def _written(words: str, what: str) -> str:
    """Raises MonitorError where nothing was written, or a book."""
    words = " ".join(words.split())
    if not words:
        raise MonitorError(f"write {what}: the history says it")
    if len(words) > MAX_WORDS:
        raise MonitorError(f"write {what} in at most {MAX_WORDS} characters")
    return words
