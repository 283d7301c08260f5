"""Table `digests` for readers: what there is, and each digest as it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from monitor.outbox import State
from monitor.storage.database import Database
from monitor.storage.moments import moment, moment_or_none


@dataclass(frozen=True, slots=True)
class Kept:
    """A digest in a list, without what it says. `hour` is when it was due, None where that was not kept;
    `until` when it was made, `finished` when it was sent or last tried, `next` when it is tried again."""

    subscriber: str
    day: date
    state: State
    subject: str
    hour: datetime | None
    until: datetime
    finished: datetime | None
    next: datetime
    error: str


class Archive:
    def __init__(self, db: Database) -> None:
        self._db = db

    def latest(self, limit: int, after: tuple[str, str] | None = None) -> list[Kept]:
        """The newest day first, its subscribers by name; from behind a day and subscriber on."""
        day, subscriber = after or ("9999", "")
        rows = self._db.query(
            """SELECT subscriber, day, state, subject, hour, until, finished, due, error FROM digests
               WHERE day <= :day AND (day < :day OR subscriber > :subscriber)
               ORDER BY day DESC, subscriber LIMIT :limit""",
            {"day": day, "subscriber": subscriber, "limit": limit},
        )
        return [_kept(row) for row in rows]

    def html(self, subscriber: str, day: date) -> str:
        """As it was sent; empty where there is none."""
        return self._column("html", subscriber, day)

    def text(self, subscriber: str, day: date) -> str:
        """The text part, as it was sent; empty where there is none."""
        return self._column("body", subscriber, day)

    def _column(self, name: str, subscriber: str, day: date) -> str:
        sql = f"SELECT {name} FROM digests WHERE subscriber = ? AND day = ?"  # noqa: S608 - one of two words
        row = self._db.execute(sql, [subscriber, day.isoformat()]).fetchone()
        return str(row[0]) if row else ""


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(
        subscriber=row["subscriber"],
        day=date.fromisoformat(row["day"]),
        state=State(row["state"]),
        subject=row["subject"],
        hour=moment(row["hour"]) if row["hour"] else None,
        until=moment(row["until"]),
        finished=moment_or_none(row["finished"]),
        next=moment(row["due"]),
        error=row["error"],
    )
