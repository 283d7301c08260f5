"""Tables `entries`, `steps` and `dues`: the ledgers' rows, the evidence for each, what was told as due."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.ledger import Entry, Ledger, Step
from monitor.ledgers import standing
from monitor.storage.database import Database
from monitor.storage.moments import moment, stamp


@dataclass(frozen=True, slots=True)
class Filed:
    """A step with the link and title of its item, where it has one."""

    step: Step
    title: str
    link: str


class Ledgers:
    def __init__(self, db: Database) -> None:
        self._db = db

    # -------------------------------------------------------------- reading

    def entries(self, ledger: Ledger) -> list[Entry]:
        """Every row of a ledger, by its key."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE ledger = ? AND joined = '' ORDER BY key", [ledger.id]
        )
        return [self._entry(ledger, row) for row in rows]

    def get(self, ledger: Ledger, key: str) -> Entry | None:
        """One row; by the key of one that a person made part of another, that other."""
        for row in self._db.query("SELECT * FROM entries WHERE ledger = ? AND key = ?", [ledger.id, key]):
            return self.get(ledger, row["joined"]) if row["joined"] else self._entry(ledger, row)
        return None

    def of_item(self, ledger: Ledger, item: int) -> Entry | None:
        """The row that an item is evidence for."""
        sql = "SELECT key FROM steps WHERE ledger = ? AND item = ? ORDER BY id LIMIT 1"
        for row in self._db.query(sql, [ledger.id, item]):
            return self.get(ledger, row["key"])
        return None

    def steps(self, entry: Entry) -> list[Filed]:
        """The history of a row with the items behind it, in the order of time."""
        sql = """SELECT s.*, i.title, i.link FROM steps s LEFT JOIN items i ON i.id = s.item
                 WHERE s.ledger = ? AND s.key = ? ORDER BY s.at, s.id"""
        rows = self._db.query(sql, [entry.ledger, entry.key])
        return [Filed(_step(row), row["title"] or "", row["link"] or "") for row in rows]

    def _entry(self, ledger: Ledger, row: dict[str, Any]) -> Entry:
        sql = "SELECT * FROM steps WHERE ledger = ? AND key = ? ORDER BY at, id"
        steps = tuple(map(_step, self._db.query(sql, [ledger.id, row["key"]])))
        return Entry(
            ledger.id, row["key"], row["title"], standing(ledger, steps), steps, moment(row["filed"]),
            frozenset(json.loads(row["marks"])), json.loads(row["details"]), row["story"],
        )  # fmt: skip

    # -------------------------------------------------------------- filing

    def save(self, entry: Entry) -> None:
        """File a row; its steps are filed one by one."""
        self._db.execute(
            """INSERT INTO entries (ledger, key, title, marks, details, story, filed)
               VALUES (?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (ledger, key) DO UPDATE SET title = excluded.title, marks = excluded.marks,
                   details = excluded.details, story = excluded.story""",
            [
                entry.ledger,
                entry.key,
                entry.title,
                json.dumps(sorted(entry.marks), ensure_ascii=False),
                json.dumps(dict(entry.details), ensure_ascii=False),
                entry.story,
                stamp(entry.filed),
            ],
        )

    def add(self, entry: Entry, step: Step) -> None:
        """File evidence. What the same item said before is replaced; where a person undid that, it stays
        undone."""
        if step.item and not step.by:
            sql = "SELECT * FROM steps WHERE ledger = ? AND item = ? AND hand = ''"
            for row in list(self._db.query(sql, [entry.ledger, step.item])):
                if row["undone"]:
                    return
                self._db.execute("DELETE FROM steps WHERE id = ?", [row["id"]])
        self._db.execute(
            """INSERT INTO steps (ledger, key, rung, at, item, source, tier, words, sure, hand, why)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                entry.ledger, entry.key, step.rung, stamp(step.at), step.item, step.source, step.tier,
                step.words, step.sure, step.by, step.why,
            ],
        )  # fmt: skip

    def undo(self, entry: Entry, number: int, by: str, why: str) -> bool:
        """Take a step out of the reckoning; it is kept and shown. False where the row has none of it."""
        sql = """UPDATE steps SET undone = 1, why = ?, hand = ?
                 WHERE id = ? AND ledger = ? AND key = ? AND undone = 0"""
        return bool(self._db.execute(sql, [why, by, number, entry.ledger, entry.key]).rowcount)

    def unite(self, entry: Entry, into: Entry) -> None:
        """Make a row part of another, with its steps; later items of it go there."""
        values = [into.key, entry.ledger, entry.key]
        self._db.execute("UPDATE steps SET key = ? WHERE ledger = ? AND key = ?", values)
        self._db.execute("UPDATE entries SET joined = ? WHERE ledger = ? AND key = ?", values)

    # -------------------------------------------------------------- what falls due

    def told(self, ledger: str) -> set[tuple[str, str]]:
        """(key, event) of what was told as due."""
        rows = self._db.query("SELECT key, event FROM dues WHERE ledger = ?", [ledger])
        return {(row["key"], row["event"]) for row in rows}

    def tell(self, ledger: str, key: str, event: str, now: datetime) -> None:
        self._db.execute("INSERT OR IGNORE INTO dues VALUES (?, ?, ?, ?)", [ledger, key, event, stamp(now)])


def _step(row: dict[str, Any]) -> Step:
    return Step(
        row["rung"], moment(row["at"]), row["item"], row["source"], row["tier"], row["words"], row["sure"],
        row["hand"], row["why"], bool(row["undone"]), row["id"],
    )  # fmt: skip
