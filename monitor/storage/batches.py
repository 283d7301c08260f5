"""Table `batches`, and what is held in `deliveries`: alerts that wait, and are then told in one message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.capping import Counts
from monitor.holding import Hold
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Destination, Waiting
from monitor.storage.alerts import decode
from monitor.storage.database import Database
from monitor.storage.moments import moment, moment_or_none, stamp

# The alerts of a delivery's batch, a line each, in the order in which they were decided. One that was
# itself told in a later batch stands for that.
TOLD = """(SELECT group_concat(body, char(10)) FROM (
    SELECT held.body FROM deliveries b JOIN alerts held ON held.id = b.alert
    WHERE d.batch IS NOT NULL AND b.told_in = ifnull(d.told_in, d.batch) ORDER BY b.seq))"""
# A clock that ran far ahead, and was put right, must not close a channel.
_AHEAD = timedelta(days=1)


def alerts(told: str | None) -> tuple[Alert, ...]:
    """The alerts that TOLD gave; none where all of them were muted."""
    return tuple(decode(line) for line in told.split("\n")) if told else ()


class Batches:
    def __init__(self, db: Database) -> None:
        self._db = db

    def due(self, now: datetime) -> bool:
        """Whether anything that was held may go by now."""
        sql = "SELECT 1 FROM deliveries WHERE state = 'held' AND due <= ? LIMIT 1"
        return self._db.execute(sql, [stamp(now)]).fetchone() is not None

    def waiting(self, now: datetime) -> Iterator[Waiting]:
        """What was held and may go by now, in the order in which it was filed."""
        sql = f"""SELECT d.id, d.destination, d.held, a.body, {TOLD} AS told
                  FROM deliveries d LEFT JOIN alerts a ON a.id = d.alert
                  WHERE d.state = 'held' AND d.due <= ? ORDER BY d.seq"""  # noqa: S608
        for row in self._db.query(sql, [stamp(now)]):
            told = alerts(row["body"] or row["told"])
            yield Waiting(Destination.parse(row["destination"]), row["id"], row["held"], told)

    def free(self, number: str) -> None:
        """One that waited alone goes out as it is."""
        sql = "UPDATE deliveries SET state = 'pending' WHERE id = ? AND state = 'held'"
        self._db.conn.execute(sql, [number])

    def add(self, batch: Batch, held: Sequence[str]) -> None:
        """File a batch, and the deliveries that it tells as told in it; of a batch among them, too, what
        that was to tell."""
        self._db.conn.execute(
            "INSERT INTO batches (id, created, title, why) VALUES (?, ?, ?, ?)",
            [batch.id, stamp(batch.created), batch.title, batch.why],
        )
        for one in held:
            self._db.conn.execute(
                """UPDATE deliveries SET told_in = :new
                   WHERE told_in = (SELECT batch FROM deliveries WHERE id = :held)""",
                {"new": batch.id, "held": one},
            )
            self._db.conn.execute(
                "UPDATE deliveries SET state = 'batched', told_in = ?, finished = ? WHERE id = ?",
                [batch.id, stamp(batch.created), one],
            )

    def hold(self, delivery: Delivery, hold: Hold, now: datetime) -> bool:
        """Hold what was about to go. False where another process was first."""
        cursor = self._db.conn.execute(
            """UPDATE deliveries SET state = 'held', due = ?, held = ?, error = ''
               WHERE id = ? AND attempts = ? AND (state = 'pending' OR (state = 'failed' AND due <= ?))""",
            [stamp(hold.until), hold.why, delivery.id, delivery.attempts, stamp(now)],
        )
        return bool(cursor.rowcount)

    def mute(self, alert: str, to: Destination, why: str, now: datetime) -> None:
        """Tell an alert to no one at a destination, where it waits or is in a batch that does."""
        self._db.conn.execute(
            """UPDATE deliveries SET state = 'muted', held = ?, told_in = NULL, error = '', parked = NULL,
                   finished = ?
               WHERE alert = ? AND destination = ? AND state IN ('pending', 'failed', 'held', 'batched')""",
            [why, stamp(now), alert, str(to)],
        )

    def empty(self, number: str, why: str, now: datetime) -> None:
        """A held batch of which nothing is left to tell."""
        self._db.conn.execute(
            "UPDATE deliveries SET state = 'muted', held = ?, finished = ? WHERE id = ? AND state = 'held'",
            [why, stamp(now), number],
        )

    def before(self, delivery: Delivery, alert: Alert) -> Hold | None:
        """What holds an earlier alert of the same thread and watchlist, by itself or in a batch."""
        sql = """SELECT coalesce(b.due, d.due) AS due, coalesce(b.held, d.held) AS why
                 FROM alerts a CROSS JOIN deliveries d ON d.alert = a.id AND d.destination = :to
                 LEFT JOIN deliveries b ON b.batch = d.told_in AND b.destination = :to AND b.state = 'held'
                 WHERE a.thread = :thread AND a.watchlist = :watchlist AND 'held' IN (d.state, b.state)
                   AND d.seq < (SELECT seq FROM deliveries WHERE id = :id)
                 ORDER BY 1 DESC LIMIT 1"""
        values = {
            "to": str(delivery.destination),
            "thread": alert.thread,
            "watchlist": alert.watchlist,
            "id": delivery.id,
        }
        return next((Hold(moment(row["due"]), row["why"]) for row in self._db.query(sql, values)), None)

    def counts(self, delivery: Delivery, hour: datetime, day: datetime, now: datetime) -> Counts:
        """What else its destination was sent since `hour` (itself excluded), and since `day`: alerts and
        batches, whatever came of the attempt."""
        sql = """SELECT count(*) FILTER (WHERE attempted > :hour) AS hour,
                     count(*) FILTER (WHERE attempted >= :day) AS day,
                     count(*) FILTER (WHERE attempted >= :day AND a.watchlist = :watchlist) AS watchlist,
                     max(attempted) FILTER (
                         WHERE attempted > :hour AND (batch IS NOT NULL OR held != '')) AS summary
                 FROM deliveries d LEFT JOIN alerts a ON a.id = d.alert
                 WHERE destination = :to AND attempted >= min(:hour, :day) AND attempted <= :ahead
                   AND notice IS NULL AND d.id != :id AND state IN ('sending', 'sent', 'failed', 'dead')"""
        message = delivery.message
        values = {
            "id": delivery.id,
            "to": str(delivery.destination),
            "watchlist": message.watchlist if isinstance(message, Alert) else None,
            "hour": stamp(hour),
            "day": stamp(day),
            "ahead": stamp(now + _AHEAD),
        }
        (row,) = self._db.query(sql, values)
        return Counts(row["hour"], row["day"], row["watchlist"], moment_or_none(row["summary"]))

    def in_force(self) -> Iterator[tuple[Destination, str, int, datetime]]:
        """What is held: where to, why, how much of it, and when the first of it goes."""
        sql = """SELECT destination, held, count(*) AS n, min(due) AS due FROM deliveries
                 WHERE state = 'held' GROUP BY destination, held ORDER BY due, destination"""
        for row in self._db.query(sql):
            yield Destination.parse(row["destination"]), row["held"], row["n"], moment(row["due"])


def decoded(row: dict[str, Any]) -> Batch:
    """The batch of a row of `deliveries` joined with `batches` (as batch_id, batch_title, batch_why,
    batch_created) and TOLD (as told)."""
    return Batch(
        row["batch_id"],
        row["batch_title"],
        row["batch_why"],
        alerts(row["told"]),
        moment(row["batch_created"]),
    )
