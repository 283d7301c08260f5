"""Table `digests`: one row per subscriber and local date, and the digest as it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from monitor.outbox import State
from monitor.storage.database import Database
from monitor.storage.moments import moment, moment_or_none, stamp


@dataclass(frozen=True, slots=True)
class FiledDigest:
    """A digest on its way. The content is frozen when it is first made."""

    subscriber: str
    day: date
    state: State
    attempts: int
    due: datetime
    since: datetime
    until: datetime
    subject: str
    html: str
    text: str
    error: str
    receipt: str
    hour: datetime
    finished: datetime | None = None


class Digests:
    def __init__(self, db: Database) -> None:
        self._db = db

    def last_until(self, subscriber: str) -> datetime | None:
        """Up to when the newest digest of this subscriber told."""
        sql = "SELECT max(until) FROM digests WHERE subscriber = ?"
        found = self._db.execute(sql, [subscriber]).fetchone()[0]
        return moment(found) if found else None

    def exists(self, subscriber: str, day: date) -> bool:
        sql = "SELECT 1 FROM digests WHERE subscriber = ? AND day = ?"
        return self._db.execute(sql, [subscriber, day.isoformat()]).fetchone() is not None

    def open(self, subscriber: str, day: date, since: datetime, until: datetime) -> bool:
        """Make the row for a local date. False where that date has one already."""
        cursor = self._db.conn.execute(
            """INSERT OR IGNORE INTO digests (subscriber, day, state, due, since, until)
               VALUES (?, ?, 'pending', ?, ?, ?)""",
            [subscriber, day.isoformat(), stamp(until), stamp(since), stamp(until)],
        )
        return bool(cursor.rowcount)

    def freeze(self, filed: FiledDigest, subject: str, html: str, text: str) -> None:
        self._db.conn.execute(
            "UPDATE digests SET subject = ?, html = ?, body = ? WHERE subscriber = ? AND day = ?",
            [subject, html, text, filed.subscriber, filed.day.isoformat()],
        )

    def waiting(self, now: datetime) -> list[FiledDigest]:
        """Digests to be sent now, oldest first."""
        rows = self._db.query(
            "SELECT * FROM digests WHERE state IN ('pending', 'failed') AND due <= ? ORDER BY day",
            [stamp(now)],
        )
        return [_filed(row) for row in rows]

    def latest(self, limit: int, *, subscriber: str = "", failed: bool = False) -> list[FiledDigest]:
        """The newest digests first: all, those of a subscriber, or those refused, for now or for good."""
        rows = self._db.query(
            """SELECT * FROM digests
               WHERE (? = '' OR subscriber = ?) AND (NOT ? OR state IN ('failed', 'dead'))
               ORDER BY day DESC, subscriber LIMIT ?""",
            [subscriber, subscriber, failed, limit],
        )
        return [_filed(row) for row in rows]

    def get(self, subscriber: str, day: date) -> FiledDigest | None:
        sql = "SELECT * FROM digests WHERE subscriber = ? AND day = ?"
        return next((_filed(row) for row in self._db.query(sql, [subscriber, day.isoformat()])), None)

    def retry(self, filed: FiledDigest, now: datetime) -> bool:
        """Send it with the next round. False where it was not refused, or goes out already."""
        cursor = self._db.conn.execute(
            """UPDATE digests SET state = 'failed', due = ?
               WHERE subscriber = ? AND day = ? AND state IN ('failed', 'dead')""",
            [stamp(now), filed.subscriber, filed.day.isoformat()],
        )
        return bool(cursor.rowcount)

    def claim(self, filed: FiledDigest, until: datetime) -> bool:
        """Take it for one attempt, nobody else's before `until`. False where another was first."""
        cursor = self._db.conn.execute(
            """UPDATE digests SET attempts = attempts + 1, due = ?
               WHERE subscriber = ? AND day = ? AND attempts = ? AND state IN ('pending', 'failed')""",
            [stamp(until), filed.subscriber, filed.day.isoformat(), filed.attempts],
        )
        return bool(cursor.rowcount)

    def save(
        self, filed: FiledDigest, state: State, now: datetime, *, due: datetime | None = None,
        error: str = "", receipt: str = "",
    ) -> None:  # fmt: skip
        self._db.conn.execute(
            """UPDATE digests SET state = ?, due = ?, finished = ?, error = ?, receipt = ?
               WHERE subscriber = ? AND day = ?""",
            [
                state.value,
                stamp(due or filed.due),
                stamp(now),
                error[:500],
                receipt,
                filed.subscriber,
                filed.day.isoformat(),
            ],
        )


def _filed(row: dict[str, Any]) -> FiledDigest:
    return FiledDigest(
        subscriber=row["subscriber"],
        day=date.fromisoformat(row["day"]),
        state=State(row["state"]),
        attempts=row["attempts"],
        due=moment(row["due"]),
        since=moment(row["since"]),
        until=moment(row["until"]),
        subject=row["subject"],
        html=row["html"],
        text=row["body"],
        error=row["error"],
        receipt=row["receipt"],
        hour=moment(row["hour"] or row["until"]),
        finished=moment_or_none(row["finished"]),
    )
