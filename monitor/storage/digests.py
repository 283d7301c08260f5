"""Table `digests`: one row per subscriber and local date, and the digest as it was sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from monitor.edition import Edition
from monitor.outbox import State
from monitor.storage.database import Database, places
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none

# As the index of what waits is made: only with these words it is used.
_WAITING = "state IN ('pending', 'sending', 'failed')"


@dataclass(frozen=True, slots=True)
class FiledDigest:
    """A digest on its way. The content is frozen when it is first made; until then `html` is empty.

    `hour` is when it was due, `due` when it is to be tried next; while it is `sending`, `due` is when that
    attempt is over for certain. `unclear` counts the attempts of which nobody knows whether the mail was
    taken, `parked` is since when it waits, or why it was given up: a person has to mend something.
    """

    subscriber: str
    day: date
    state: State
    attempts: int
    due: datetime
    hour: datetime
    since: datetime
    until: datetime
    first: bool
    subject: str
    html: str
    text: str
    error: str
    receipt: str
    unclear: int = 0
    parked: datetime | None = None
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The newest digest of a subscriber, where that was given up at `when`, and why."""

    subscriber: str
    day: date
    when: datetime
    error: str


class Digests:
    def __init__(self, db: Database) -> None:
        self._db = db

    # -------------------------------------------------------------- what there was

    def exists(self, subscriber: str, day: date) -> bool:
        sql = "SELECT 1 FROM digests WHERE subscriber = ? AND day = ?"
        return self._db.execute(sql, [subscriber, day.isoformat()]).fetchone() is not None

    def newest(self, subscriber: str, now: datetime) -> date | None:
        """The newest date whose digest was opened; not one of an hour to come, opened by a clock that
        was wrong."""
        sql = "SELECT day FROM digests WHERE subscriber = ? AND hour <= ? ORDER BY day DESC LIMIT 1"
        row = self._db.execute(sql, [subscriber, stamp(now)]).fetchone()
        return date.fromisoformat(row[0]) if row else None

    def told_until(self, subscriber: str, now: datetime) -> datetime | None:
        """Up to when this subscriber was told: by the newest digest that was sent; before there is one,
        since when the first of those was to tell that were not. None where there was none at all."""
        sql = """SELECT coalesce(max(until) FILTER (WHERE state = 'sent'), min(since))
                 FROM digests WHERE subscriber = ? AND until <= ?"""
        return moment_or_none(self._db.execute(sql, [subscriber, stamp(now)]).fetchone()[0])

    def has_got(self, subscriber: str) -> bool:
        """Was any digest sent to this subscriber?"""
        sql = "SELECT 1 FROM digests WHERE subscriber = ? AND state = 'sent' LIMIT 1"
        return self._db.execute(sql, [subscriber]).fetchone() is not None

    def known_since(self, filed: FiledDigest) -> datetime:
        """Since when this subscriber was told everything, with the spans of the digests that were sent and
        of this one: what was before the last gap between them was told to others."""
        sql = """SELECT max(since) FROM (
                     SELECT since, lag(until) OVER (ORDER BY until, day) AS told FROM digests
                     WHERE subscriber = ? AND (state = 'sent' OR day = ?))
                 WHERE told IS NULL OR since > told"""
        return moment(self._db.execute(sql, [filed.subscriber, filed.day.isoformat()]).fetchone()[0])

    def get(self, subscriber: str, day: date) -> FiledDigest | None:
        sql = "SELECT * FROM digests WHERE subscriber = ? AND day = ?"
        return next((_filed(row) for row in self._db.query(sql, [subscriber, day.isoformat()])), None)

    def given_up(self) -> list[GivenUp]:
        """Each subscriber whose newest digest was given up, but not since the address is parked."""
        rows = self._db.query(
            """SELECT subscriber, day, finished, due, error FROM digests d
               WHERE state = 'dead' AND parked IS NULL
               AND NOT EXISTS (SELECT 1 FROM digests WHERE subscriber = d.subscriber AND day > d.day)"""
        )
        return [
            GivenUp(
                row["subscriber"],
                date.fromisoformat(row["day"]),
                moment(row["finished"] or row["due"]),
                row["error"],
            )
            for row in rows
        ]

    # -------------------------------------------------------------- what waits

    def open(self, subscriber: str, made: Edition) -> bool:
        """Make the row for a local date. False where that date has one already."""
        cursor = self._db.conn.execute(
            """INSERT OR IGNORE INTO digests (subscriber, day, state, due, hour, since, until, first)
               VALUES (?, ?, 'pending', ?, ?, ?, ?, ?)""",
            [
                subscriber,
                made.day.isoformat(),
                *map(stamp, (made.until, made.due, made.since, made.until)),
                made.first,
            ],
        )
        return bool(cursor.rowcount)

    def waiting(self, now: datetime) -> list[tuple[str, date]]:
        """Subscriber and date of the digests to be tried now; those that tell the same span together."""
        rows = self._db.query(
            f"""SELECT subscriber, day FROM digests
                WHERE {_WAITING} AND due <= ? ORDER BY since, day, subscriber""",  # noqa: S608 - a constant
            [stamp(now)],
        )
        return [(row["subscriber"], date.fromisoformat(row["day"])) for row in rows]

    def is_under_way(self, subscriber: str, now: datetime) -> bool:
        """Is one being sent to this subscriber, by whatever process?"""
        sql = "SELECT 1 FROM digests WHERE subscriber = ? AND state = 'sending' AND due > ?"
        return self._db.execute(sql, [subscriber, stamp(now)]).fetchone() is not None

    def supersede(self, subscriber: str, day: date, now: datetime) -> None:
        """Give up what was not sent before the digest of `day`: that one tells it."""
        self._db.conn.execute(
            f"""UPDATE digests SET state = 'dead', finished = ?, parked = NULL,
                    error = rtrim('superseded by that of ' || ? || ': ' || error, ': ')
                WHERE subscriber = ? AND day <> ? AND {_WAITING}""",  # noqa: S608 - a constant
            [stamp(now), day.isoformat(), subscriber, day.isoformat()],
        )

    def refused(self, among: Collection[str]) -> FiledDigest | None:
        """The first of these subscribers' that waits for what a person has to mend: the mail server refuses
        us. The plus keeps the search to the index of what waits."""
        rows = self._db.query(
            f"""SELECT * FROM digests WHERE {_WAITING} AND parked IS NOT NULL
                AND +subscriber IN ({places(among)}) ORDER BY parked LIMIT 1""",  # noqa: S608 - constants
            list(among),
        )
        return next(map(_filed, rows), None)

    def is_refused(self, now: datetime) -> bool:
        """Did the mail server refuse us so lately that it is not to be asked yet?"""
        sql = f"SELECT 1 FROM digests WHERE {_WAITING} AND parked IS NOT NULL AND due > ?"  # noqa: S608 - a constant
        return self._db.execute(sql, [stamp(now)]).fetchone() is not None

    def retry(self, filed: FiledDigest, now: datetime) -> bool:
        """Send it with the next round, as if for the first time. False where it was not refused, or is
        being sent."""
        cursor = self._db.conn.execute(
            """UPDATE digests SET state = 'failed', due = ?, unclear = 0, parked = NULL
               WHERE subscriber = ? AND day = ? AND state IN ('failed', 'dead')""",
            [stamp(now), filed.subscriber, filed.day.isoformat()],
        )
        return bool(cursor.rowcount)

    def unpark(self, now: datetime) -> None:
        """Try at once what waits for a person: it may be mended."""
        sql = "UPDATE digests SET due = ? WHERE parked IS NOT NULL AND state = 'failed'"
        self._db.conn.execute(sql, [stamp(now)])

    # -------------------------------------------------------------- one attempt

    def claim(self, filed: FiledDigest, now: datetime, until: datetime) -> bool:
        """Take it for one attempt, nobody else's before `until`. False where it does not wait `now`,
        or another was first."""
        cursor = self._db.conn.execute(
            f"""UPDATE digests SET state = 'sending', attempts = attempts + 1, due = ?
                WHERE subscriber = ? AND day = ? AND attempts = ? AND due <= ? AND {_WAITING}""",  # noqa: S608 - a constant
            [stamp(until), filed.subscriber, filed.day.isoformat(), filed.attempts, stamp(now)],
        )
        return bool(cursor.rowcount)

    def freeze(self, filed: FiledDigest, subject: str, html: str, text: str, until: datetime) -> None:
        """Keep the content, which tells up to `until`, as it goes out, whenever that may be."""
        self._db.conn.execute(
            """UPDATE digests SET subject = ?, html = ?, body = ?, until = ?
               WHERE subscriber = ? AND day = ?""",
            [subject, html, text, stamp(until), filed.subscriber, filed.day.isoformat()],
        )

    def doubt(self, filed: FiledDigest) -> None:
        """The mail is handed over now: until that ends, nobody knows whether it was taken."""
        self._db.conn.execute(
            "UPDATE digests SET unclear = unclear + 1 WHERE subscriber = ? AND day = ?",
            [filed.subscriber, filed.day.isoformat()],
        )

    def save(
        self,
        filed: FiledDigest,
        state: State,
        now: datetime,
        *,
        due: datetime | None = None,
        error: str = "",
        receipt: str = "",
        unclear: int = 0,
        parked: datetime | None = None,
    ) -> None:
        """How the attempt ended."""
        self._db.conn.execute(
            """UPDATE digests SET state = ?, due = ?, finished = ?, error = ?, receipt = ?, unclear = ?,
                   parked = ?
               WHERE subscriber = ? AND day = ?""",
            [
                state.value,
                stamp(due or filed.due),
                stamp(now),
                error[:500],
                receipt,
                unclear,
                stamp_or_none(parked),
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
        hour=moment(row["hour"] or row["until"]),
        since=moment(row["since"]),
        until=moment(row["until"]),
        first=bool(row["first"]),
        subject=row["subject"],
        html=row["html"],
        text=row["body"],
        error=row["error"],
        receipt=row["receipt"],
        unclear=row["unclear"],
        parked=moment_or_none(row["parked"]),
        finished=moment_or_none(row["finished"]),
    )
