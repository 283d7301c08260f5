"""Table `rules`: the last good text of each watchlist file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from monitor.storage.database import Database
from monitor.storage.moments import stamp


class Rules:
    def __init__(self, db: Database) -> None:
        self._db = db

    def last_good(self) -> dict[str, str]:
        return {row["file"]: row["text"] for row in self._db.query("SELECT file, text FROM rules")}

    def keep(self, texts: Mapping[str, str], now: datetime) -> None:
        """Remember these texts as good; files that are gone are forgotten."""
        self._db.conn.execute("DELETE FROM rules")
        self._db.conn.executemany(
            "INSERT INTO rules (file, text, seen) VALUES (?, ?, ?)",
            [(file, text, stamp(now)) for file, text in texts.items()],
        )
