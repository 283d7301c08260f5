"""The connection that the tables share: sqlite3's own, with rows by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

# How many files `storage/migrations` has: a file with as many is up to date, and what
# brings one up to date need not be loaded, which takes longer than opening the file.
MIGRATIONS = 15

# As a LIMIT: there is none (https://www.sqlite.org/lang_select.html#limitoffset).
ALL = -1

Values = Sequence[object] | Mapping[str, object]


def places(values: Collection[object]) -> str:
    """So many question marks, for a list of values in a statement."""
    return ", ".join("?" * len(values))


class Database:
    """An open SQLite file. `conn` is the connection, for statements that change something."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn

    def execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        return self.conn.execute(sql, values)

    def query(self, sql: str, values: Values = ()) -> Iterator[dict[str, Any]]:
        """The rows, each by the names of its columns."""
        cursor = self.conn.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def is_current(self) -> bool:
        """Whether the file has every migration there is, and none of a later release."""
        try:
            # Whole rows: a count is answered by the index, and a damaged table goes unnoticed.
            return len(self.execute("SELECT * FROM _sqlite_migrations").fetchall()) == MIGRATIONS
        except sqlite3.OperationalError:  # a new file
            return False

    def close(self) -> None:
        self.conn.close()
