"""Tables `entries`, `steps` and `dues`: the ledgers' rows, the evidence for each, what was told as due."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.ledger import Entry, Ledger, Step
from monitor.ledgers import standing
from monitor.storage.database import Database, places
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none

# What `_step` reads, in its order: rows as they come, for there are many.
_STEP = """s.rung, s.at, s.item, s.source, s.tier, s.words, s.sure, s.hand, s.why, s.undone, s.id, s.filed,
           s.dropped, i.link"""
_FROM = "FROM steps s LEFT JOIN items i ON i.id = s.item"


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
        rows = list(
            self._db.query("SELECT * FROM entries WHERE ledger = ? AND joined = '' ORDER BY key", [ledger.id])
        )
        steps: dict[str, list[Step]] = defaultdict(list)
        sql = f"SELECT s.key, {_STEP} {_FROM} WHERE s.ledger = ? ORDER BY s.at, s.id"
        for key, *row in self._db.execute(sql, [ledger.id]):
            steps[key].append(_step(row))
        marks: dict[str, set[str]] = defaultdict(set)
        for row in self._db.query("SELECT key, mark FROM entry_marks WHERE ledger = ?", [ledger.id]):
            marks[row["key"]].add(row["mark"])
        return [_entry(ledger, row, steps[row["key"]], marks[row["key"]]) for row in rows]

    def names(self, ledger: Ledger) -> dict[str, str]:
        """What every row of a ledger is called, by its key; empty of one that is part of another."""
        sql = "SELECT key, title, joined FROM entries WHERE ledger = ?"
        rows = self._db.query(sql, [ledger.id])
        return {row["key"]: "" if row["joined"] else row["title"] for row in rows}

    def sharing(self, ledger: Ledger, marks: Collection[str]) -> list[Entry]:
        """The rows that are known by one of these facts of every kind in the ledger's key."""
        wanted = [mark for mark in marks if mark.partition(":")[0] in ledger.key]
        sql = f"""SELECT key FROM entry_marks WHERE ledger = ? AND mark IN ({places(wanted)}) GROUP BY key
                  HAVING count(DISTINCT substr(mark, 1, instr(mark, ':'))) = ? ORDER BY key"""  # noqa: S608
        keys = [row["key"] for row in self._db.query(sql, [ledger.id, *wanted, len(set(ledger.key))])]
        found = {entry.key: entry for key in keys if (entry := self.get(ledger, key))}
        return list(found.values())

    def get(self, ledger: Ledger, key: str) -> Entry | None:
        """One row; by the key of one that a person made part of another, that other."""
        for row in self._db.query("SELECT * FROM entries WHERE ledger = ? AND key = ?", [ledger.id, key]):
            return self.get(ledger, row["joined"]) if row["joined"] else self._entry(ledger, row)
        return None

    def of_item(self, ledger: Ledger, item: int) -> list[Entry]:
        """The rows that an item is evidence for."""
        sql = "SELECT DISTINCT key FROM steps WHERE ledger = ? AND item = ? ORDER BY key"
        keys = [row["key"] for row in self._db.query(sql, [ledger.id, item])]
        return [entry for key in keys if (entry := self.get(ledger, key))]

    def of_story(self, ledger: Ledger, story: str) -> list[Entry]:
        """The rows that items of a story are evidence for."""
        sql = """SELECT DISTINCT s.key FROM steps s JOIN members m ON m.item = s.item
                 WHERE s.ledger = ? AND m.story = ? AND s.item > 0 AND s.undone = 0 ORDER BY s.key"""
        keys = [row["key"] for row in self._db.query(sql, [ledger.id, story])]
        return [entry for key in keys if (entry := self.get(ledger, key))]

    def steps(self, entry: Entry) -> list[Filed]:
        """The history of a row with the items behind it, in the order of time."""
        sql = f"""SELECT i.title, {_STEP} {_FROM} WHERE s.ledger = ? AND s.key = ?
                  AND (s.undone OR s.dropped = '') ORDER BY s.at, s.id"""
        found = self._db.execute(sql, [entry.ledger, entry.key])
        steps = ((title, _step(row)) for title, *row in found)
        return [Filed(step, title or "", step.link) for title, step in steps]

    def _entry(self, ledger: Ledger, row: dict[str, Any]) -> Entry:
        values = [ledger.id, row["key"]]
        sql = f"SELECT {_STEP} {_FROM} WHERE s.ledger = ? AND s.key = ? ORDER BY s.at, s.id"
        steps = self._db.execute(sql, values)
        marks = self._db.query("SELECT mark FROM entry_marks WHERE ledger = ? AND key = ?", values)
        return _entry(ledger, row, map(_step, steps), (mark["mark"] for mark in marks))

    # -------------------------------------------------------------- filing

    def save(self, entry: Entry) -> None:
        """File a row; its steps are filed one by one."""
        self._db.execute(
            """INSERT INTO entries (ledger, key, title, details, story, filed) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (ledger, key) DO UPDATE SET title = excluded.title,
                   details = excluded.details, story = excluded.story""",
            [
                entry.ledger,
                entry.key,
                entry.title,
                json.dumps(dict(entry.details), ensure_ascii=False),
                entry.story,
                stamp(entry.filed),
            ],
        )
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO entry_marks VALUES (?, ?, ?)",
            [[entry.ledger, mark, entry.key] for mark in sorted(entry.marks)],
        )

    def add(self, entry: Entry, step: Step) -> None:
        """File evidence. It takes the place of what the same item said before; where a person undid that,
        it stays undone. What is only said again was known since it was first said."""
        filed = stamp_or_none(step.filed) or ""
        if step.item and not step.by:
            sql = "SELECT * FROM steps WHERE ledger = ? AND key = ? AND item = ? AND (undone OR dropped = '')"
            for row in list(self._db.query(sql, [entry.ledger, entry.key, step.item])):
                if row["undone"]:
                    return
                if filed and row["rung"] != step.rung:
                    self._db.execute("UPDATE steps SET dropped = ? WHERE id = ?", [filed, row["id"]])
                else:
                    filed = row["filed"]
                    self._db.execute("DELETE FROM steps WHERE id = ?", [row["id"]])
        self._db.execute(
            """INSERT INTO steps (ledger, key, rung, at, item, source, tier, words, sure, hand, why, filed)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                entry.ledger, entry.key, step.rung, stamp(step.at), step.item, step.source, step.tier,
                step.words, step.sure, step.by, step.why, filed,
            ],
        )  # fmt: skip

    def plant(self, entry: Entry) -> None:
        """File a row as the file of ledgers has it: of the steps that are the file's, those it has now."""
        self.save(entry)
        own = [step for step in entry.steps if step.given]
        kept = [step.number for step in own if step.number]
        self._db.execute(
            f"""DELETE FROM steps WHERE ledger = ? AND key = ? AND item = 0 AND hand = ''
                AND id NOT IN ({places(kept)})""",  # noqa: S608
            [entry.ledger, entry.key, *kept],
        )
        for step in own:
            if not step.number:
                self.add(entry, step)

    def undo(self, entry: Entry, number: int, by: str, why: str, now: datetime) -> bool:
        """Take a step out of the reckoning; it is kept and shown. False where the row has none of it."""
        sql = """UPDATE steps SET undone = 1, why = ?, hand = ?, dropped = ?
                 WHERE id = ? AND ledger = ? AND key = ? AND undone = 0 AND dropped = ''"""
        return bool(self._db.execute(sql, [why, by, stamp(now), number, entry.ledger, entry.key]).rowcount)

    def unite(self, entry: Entry, into: Entry) -> None:
        """Make a row part of another, with its steps; later items of it go there."""
        values = [into.key, entry.ledger, entry.key]
        self._db.execute("UPDATE steps SET key = ? WHERE ledger = ? AND key = ?", values)
        self._db.execute("UPDATE entries SET joined = ? WHERE ledger = ? AND key = ?", values)
        self._db.execute("UPDATE OR REPLACE entry_marks SET key = ? WHERE ledger = ? AND key = ?", values)

    # -------------------------------------------------------------- what falls due

    def told(self, ledger: str) -> set[tuple[str, str]]:
        """(key, event) of what was told as due."""
        rows = self._db.query("SELECT key, event FROM dues WHERE ledger = ?", [ledger])
        return {(row["key"], row["event"]) for row in rows}

    def tell(self, ledger: str, key: str, event: str, now: datetime) -> None:
        self._db.execute("INSERT OR IGNORE INTO dues VALUES (?, ?, ?, ?)", [ledger, key, event, stamp(now)])


def _entry(ledger: Ledger, row: dict[str, Any], steps: Iterable[Step], marks: Iterable[str]) -> Entry:
    said = tuple(steps)
    history = tuple(step for step in said if step.undone or not step.dropped)
    former = tuple(step for step in said if step.dropped and not step.undone)
    return Entry(
        ledger.id, row["key"], row["title"], standing(ledger, history), history, moment(row["filed"]),
        frozenset(marks), json.loads(row["details"]), row["story"], former,
    )  # fmt: skip


def _step(row: Sequence[Any]) -> Step:
    rung, at, item, source, tier, words, sure, hand, why, undone, number, filed, dropped, link = row
    return Step(
        rung, moment(at), item, source, tier, words, sure, hand, why, bool(undone), number,
        moment_or_none(filed), moment_or_none(dropped), link or "",
    )  # fmt: skip
