"""Tables `hosts`, `turns` and `robots`: what all processes know of how hosts want to be asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.manners import BackOff
from monitor.storage.database import Database
from monitor.storage.moments import moment, stamp

ROBOTS_KEPT = timedelta(days=7)


class Hosts:
    def __init__(self, db: Database) -> None:
        self._db = db

    def left_alone(self) -> list[BackOff]:
        """The hosts whose last answer was a refusal, those whose time is over among them."""
        rows = self._db.execute("SELECT host, until, failures, reason FROM hosts")
        return [BackOff(host, moment(until), failures, reason) for host, until, failures, reason in rows]

    def keep(self, found: BackOff) -> None:
        self._db.conn.execute(
            "INSERT OR REPLACE INTO hosts (host, until, failures, reason) VALUES (?, ?, ?, ?)",
            [found.host, stamp(found.until), found.failures, found.reason[:500]],
        )

    def forget(self, host: str) -> None:
        self._db.conn.execute("DELETE FROM hosts WHERE host = ?", [host])

    def free(self, queue: str) -> float:
        """From when on the next request may start, in seconds since 1970."""
        row = self._db.execute("SELECT free FROM turns WHERE queue = ?", [queue]).fetchone()
        return float(row[0]) if row else 0.0

    def book(self, queue: str, free: float) -> None:
        self._db.conn.execute("INSERT OR REPLACE INTO turns (queue, free) VALUES (?, ?)", [queue, free])

    def robots(self, place: str, since: datetime) -> tuple[datetime, str] | None:
        """When a robots.txt was read, and what it said; None where that is longer ago than `since`."""
        sql = "SELECT read, text FROM robots WHERE address = ? AND read > ?"
        row = self._db.execute(sql, [place, stamp(since)]).fetchone()
        return (moment(row[0]), row[1]) if row else None

    def keep_robots(self, place: str, text: str, now: datetime) -> None:
        self._db.conn.execute("DELETE FROM robots WHERE read < ?", [stamp(now - ROBOTS_KEPT)])
        self._db.conn.execute(
            "INSERT OR REPLACE INTO robots (address, read, text) VALUES (?, ?, ?)", [place, stamp(now), text]
        )
