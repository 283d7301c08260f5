"""Table `edits`: every change of a watchlist file, with what it said before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from monitor.storage.database import Database
from monitor.storage.moments import moment, stamp


def digest(body: bytes | None) -> str:
    """SHA-256 of a file's bytes in hexadecimal; empty where there is no file."""
    return "" if body is None else hashlib.sha256(body).hexdigest()


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file. The bytes are kept, not the text, so that bringing them back is exact.

    `before` is None where the file was new, `after` where it was deleted. `id` is 0 until filed.
    """

    file: str
    at: datetime
    who: str
    why: str
    before: bytes | None
    after: bytes | None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Touched:
    """When a file was edited last and by whom; `id` is the edit's number, `after_hash` what the file said
    then."""

    file: str
    at: datetime
    who: str
    id: int
    after_hash: str


class Edits:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, edit: Edit) -> int:
        """File an edit. Answers its number."""
        cursor = self._db.conn.execute(
            """INSERT INTO edits (file, at, who, why, before, after, before_hash, after_hash)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                edit.file,
                stamp(edit.at),
                edit.who,
                edit.why,
                edit.before,
                edit.after,
                digest(edit.before),
                digest(edit.after),
            ],
        )
        return int(cursor.lastrowid or 0)

    def get(self, number: int) -> Edit | None:
        return self._first("SELECT * FROM edits WHERE id = ?", number)

    def last(self, file: str) -> Edit | None:
        """The newest edit of a file."""
        return self._first("SELECT * FROM edits WHERE file = ? ORDER BY id DESC LIMIT 1", file)

    def later(self, edit: Edit) -> list[Edit]:
        """The edits of the same file after this one, oldest first."""
        sql = "SELECT * FROM edits WHERE file = ? AND id > ? ORDER BY id"
        return [_edit(row) for row in self._db.query(sql, [edit.file, edit.id])]

    def text(self, file: str, hashed: str) -> bytes | None:
        """What a file said when it had this digest; None where that is not known."""
        sql = """SELECT CASE before_hash WHEN ?2 THEN before ELSE after END FROM edits
                 WHERE file = ?1 AND ?2 IN (before_hash, after_hash) LIMIT 1"""
        found = self._db.execute(sql, [file, hashed]).fetchone()
        return None if found is None else found[0]

    def latest(self, limit: int, file: str = "") -> list[Edit]:
        """The newest edits, of one file or of all, newest first."""
        return list(islice(self.all(file), limit))

    def all(self, file: str = "") -> Iterator[Edit]:
        """Every edit, of one file or of all, newest first, one at a time."""
        sql = "SELECT * FROM edits WHERE (? = '' OR file = ?) ORDER BY id DESC"
        return map(_edit, self._db.query(sql, [file, file]))

    def touched(self) -> list[Touched]:
        """The last edit of each file, without its texts."""
        sql = "SELECT file, at, who, max(id) AS id, after_hash FROM edits GROUP BY file"
        return [
            Touched(row["file"], moment(row["at"]), row["who"], row["id"], row["after_hash"])
            for row in self._db.query(sql)
        ]

    def files(self) -> list[str]:
        """Every file that has a history."""
        return [row["file"] for row in self._db.query("SELECT DISTINCT file FROM edits ORDER BY file")]

    def _first(self, sql: str, value: object) -> Edit | None:
        return next((_edit(row) for row in self._db.query(sql, [value])), None)


def _edit(row: dict[str, Any]) -> Edit:
    return Edit(
        file=row["file"],
        at=moment(row["at"]),
        who=row["who"],
        why=row["why"],
        before=row["before"],
        after=row["after"],
        id=row["id"],
    )
