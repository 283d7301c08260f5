"""Table `digests` for readers: what there is, and each digest as it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from monitor.outbox import State
from monitor.storage.database import Database
from monitor.storage.moments import moment, moment_or_none


@dataclass(frozen=True, slots=True)
class Kept:
    """A digest in a list, without what it says, which is large. `hour` is when it was due, None where that
    was not kept; it tells [since, until), and was made at `until`; `finished` is when it was sent or last
    tried, `next` when it is tried again."""

    subscriber: str
    day: date
    state: State
    subject: str
    attempts: int
    hour: datetime | None
    since: datetime
    until: datetime
    finished: datetime | None
    next: datetime
    error: str
    receipt: str


class Archive:
    def __init__(self, db: Database) -> None:
        self._db = db

    def latest(
        self, limit: int, after: tuple[str, str] | None = None, *, of: str = "", failed: bool = False
    ) -> list[Kept]:
        """The newest day first, its subscribers by name; from behind a day and subscriber on. All, those
        `of` a subscriber, or those refused, for now or for good."""
        day, subscriber = after or ("9999", "")
        rows = self._db.query(
            """SELECT subscriber, day, state, subject, attempts, hour, since, until, finished, due, error,
                   receipt
               FROM digests
               WHERE day <= :day AND (day < :day OR subscriber > :subscriber)
               AND (:of = '' OR subscriber = :of) AND (NOT :failed OR state IN ('failed', 'dead'))
               ORDER BY day DESC, subscriber LIMIT :limit""",
            {"day": day, "subscriber": subscriber, "of": of, "failed": failed, "limit": limit},
        )
        return [_kept(row) for row in rows]

    def part(self, part: Literal["html", "body"], subscriber: str, day: date) -> str:
        """The HTML or the text of a digest as it was sent; empty where there is none."""
        sql = f"SELECT {part} FROM digests WHERE subscriber = ? AND day = ?"  # noqa: S608 - one of two words
        row = self._db.execute(sql, [subscriber, day.isoformat()]).fetchone()
        return str(row[0]) if row else ""


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(
        subscriber=row["subscriber"],
        day=date.fromisoformat(row["day"]),
        state=State(row["state"]),
        subject=row["subject"],
        attempts=row["attempts"],
        hour=moment(row["hour"]) if row["hour"] else None,
        since=moment(row["since"]),
        until=moment(row["until"]),
        finished=moment_or_none(row["finished"]),
        next=moment(row["due"]),
        error=row["error"],
        receipt=row["receipt"],
    )
