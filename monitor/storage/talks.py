"""Table `talks`: what was said to us and is handled, so that it is handled once."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.storage.database import Database
from monitor.storage.moments import stamp

# Slack tells an event again within the hour: https://docs.slack.dev/apis/events-api/#error-handling
KEPT = timedelta(days=1)


class Talks:
    def __init__(self, db: Database) -> None:
        self._db = db

    def claim(self, number: str, now: datetime) -> bool:
        """Take it to be handled. False where it was taken before."""
        self._db.conn.execute("DELETE FROM talks WHERE at < ?", [stamp(now - KEPT)])
        cursor = self._db.conn.execute(
            "INSERT OR IGNORE INTO talks (id, at) VALUES (?, ?)", [number, stamp(now)]
        )
        return bool(cursor.rowcount)
