"""Table `deliveries`: the outbox. A row is claimed, sent, and only then marked sent."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor.holding import Hold
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Destination, Message, Notice, Receipt, State, Unsent
from monitor.storage.alarms import decode as decode_notice
from monitor.storage.alerts import decode
from monitor.storage.batches import TOLD
from monitor.storage.batches import decoded as decode_batch
from monitor.storage.database import Database, places
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none

_JOINED = f"""SELECT d.*, a.body, n.body AS notice_body, b.id AS batch_id, b.title AS batch_title,
                 b.why AS batch_why, b.created AS batch_created, {TOLD} AS told
             FROM deliveries d LEFT JOIN alerts a ON a.id = d.alert LEFT JOIN notices n ON n.id = d.notice
             LEFT JOIN batches b ON d.batch IS NOT NULL AND b.id = ifnull(d.told_in, d.batch) """  # noqa: S608
_HEADS = """WHERE d.seq IN (
                SELECT min(seq) FROM deliveries
                WHERE state IN ('pending', 'sending', 'failed') GROUP BY destination)
            ORDER BY d.seq"""
# Each part is answered by an index of its own. The alerts of a batch are the deliveries told in it.
_UNSENT = """WITH found AS (
        SELECT seq FROM deliveries WHERE state IN ('pending', 'sending', 'failed')
        UNION ALL SELECT seq FROM deliveries WHERE state = 'held' AND due > :until
        UNION ALL SELECT seq FROM deliveries
            WHERE state IN ('muted', 'dead') AND finished >= :since AND finished < :until)
    SELECT d.destination, d.state, d.due, d.held, d.error, d.parked, a.watchlist, a.score,
        json_extract(a.body, '$.title') AS title, json_extract(a.body, '$.also') AS also
    FROM found CROSS JOIN deliveries d ON d.seq = found.seq
    LEFT JOIN deliveries b ON b.told_in = d.batch
    JOIN alerts a ON a.id = ifnull(d.alert, b.alert)
    WHERE a.created < :until ORDER BY d.seq, b.seq"""


class Deliveries:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self,
        number: str,
        message: Message,
        destination: Destination,
        now: datetime,
        held: Hold | None = None,
    ) -> None:
        """File a delivery that may go now, or once it is no longer held."""
        kind = {Alert: "alert", Notice: "notice", Batch: "batch"}[type(message)]
        self._db.conn.execute(
            f"""INSERT OR IGNORE INTO deliveries (id, {kind}, destination, state, due, held)
                VALUES (?, ?, ?, ?, ?, ?)""",  # noqa: S608 - one of three words
            [
                number,
                message.id,
                str(destination),
                (State.HELD if held else State.PENDING).value,
                stamp(held.until if held else now),
                held.why if held else "",
            ],
        )

    def heads(self) -> list[Delivery]:
        """The first unfinished delivery of each destination: the only one that may go next."""
        return [_delivery(row) for row in self._db.query(_JOINED + _HEADS)]

    def claim(self, delivery: Delivery, now: datetime, lease: timedelta) -> bool:
        """Take a delivery for one attempt. False where another process was first.

        One whose attempt was left open is taken once its lease is over.
        """
        cursor = self._db.conn.execute(
            """UPDATE deliveries SET state = 'sending', attempts = attempts + 1,
                   attempted = CASE state WHEN 'sending' THEN attempted ELSE :now END, lease = :lease
               WHERE id = :id AND attempts = :attempts
                 AND (state = 'pending' OR (state = 'failed' AND due <= :now)
                      OR (state = 'sending' AND lease <= :now))""",
            {
                "id": delivery.id,
                "attempts": delivery.attempts,
                "now": stamp(now),
                "lease": stamp(now + lease),
            },
        )
        return bool(cursor.rowcount)

    def aim(self, delivery: Delivery) -> None:
        """Note where an attempt is to stand: in doubt, that is where it is looked for."""
        self._db.conn.execute("UPDATE deliveries SET under = ? WHERE id = ?", [delivery.parent, delivery.id])

    def restart(self, delivery: Delivery, now: datetime, lease: timedelta) -> bool:
        """Note that a fresh attempt starts now, after a look-up found nothing.

        False where the look-up took so long that another process claimed the delivery meanwhile.
        """
        cursor = self._db.conn.execute(
            "UPDATE deliveries SET attempted = ?, lease = ? WHERE id = ? AND attempts = ?",
            [stamp(now), stamp(now + lease), delivery.id, delivery.attempts + 1],
        )
        return bool(cursor.rowcount)

    def set_back(self, delivery: Delivery, now: datetime) -> Delivery:
        """Of one that was attempted in what is the future since the clock was put back: it waits as long
        from now on as it was to wait from then on."""
        if delivery.attempted is None or delivery.attempted <= now:
            return delivery
        due = now + (delivery.due - delivery.attempted)
        waits = "lease" if delivery.state is State.SENDING else "due"
        self._db.conn.execute(
            f"UPDATE deliveries SET attempted = ?, {waits} = ? WHERE id = ? AND state = ? AND attempts = ?",  # noqa: S608
            [stamp(now), stamp(due), delivery.id, delivery.state.value, delivery.attempts],
        )
        return replace(delivery, attempted=now, due=due)

    def sent(self, delivery: Delivery, receipt: Receipt, now: datetime) -> None:
        self._db.conn.execute(
            """UPDATE deliveries SET state = 'sent', error = ?, receipt = ?, finished = ?, lease = NULL,
                   parked = NULL WHERE id = ?""",
            [receipt.note[:500], receipt.place, stamp(now), delivery.id],
        )

    def dead(self, delivery: Delivery, error: str, now: datetime) -> None:
        values = [error[:500], stamp(now)]
        self._ended(delivery, "state = 'dead', error = ?, finished = ?, lease = NULL, parked = NULL", values)

    def failed(self, delivery: Delivery, error: str, due: datetime, parked: datetime | None = None) -> None:
        """Refused for now: try again at `due`. `parked`: since now a person has to mend something."""
        values = [error[:500], stamp(due), stamp_or_none(parked)]
        self._ended(delivery, "state = 'failed', error = ?, due = ?, lease = NULL, parked = ?", values)

    def unknown(
        self, delivery: Delivery, error: str, until: datetime, parked: datetime | None = None
    ) -> None:
        """It may have arrived: leave it `sending`, to be looked up after `until`."""
        values = [error[:500], stamp(until), stamp_or_none(parked)]
        self._ended(delivery, "error = ?, lease = ?, parked = ?", values)

    def _ended(self, delivery: Delivery, changes: str, values: Sequence[str | None]) -> None:
        """Note how the attempt ended that began with the delivery as it is here. What comes late of one
        that another process has taken over since counts for nothing."""
        self._db.conn.execute(
            f"UPDATE deliveries SET {changes} WHERE id = ? AND state = 'sending' AND attempts = ?",  # noqa: S608
            [*values, delivery.id, delivery.attempts + 1],
        )

    def parked(self) -> Iterator[Delivery]:
        """The first delivery of each destination that waits for what a person has to mend."""
        return (delivery for delivery in self.heads() if delivery.parked)

    def unpark(self, now: datetime) -> None:
        """Try at once what waits for a person: it may be mended. What is in doubt keeps its time."""
        sql = "UPDATE deliveries SET due = ? WHERE parked IS NOT NULL AND state = 'failed'"
        self._db.conn.execute(sql, [stamp(now)])

    def retry(self, number: str, now: datetime) -> bool:
        """Put a failed or dead delivery back in the queue. False where there is none such."""
        cursor = self._db.conn.execute(
            """UPDATE deliveries SET state = 'pending', due = ?, error = '', finished = NULL
               WHERE id = ? AND state IN ('failed', 'dead')""",
            [stamp(now), number],
        )
        return bool(cursor.rowcount)

    def retry_dead(self, now: datetime, to: Destination | None = None) -> int:
        """Put all that were given up back in the queue, or those to one destination; answers how many."""
        cursor = self._db.conn.execute(
            """UPDATE deliveries SET state = 'pending', due = ?, error = '', finished = NULL
               WHERE state = 'dead' AND destination = ifnull(?, destination)""",
            [stamp(now), str(to) if to else None],
        )
        return cursor.rowcount

    def get(self, number: str) -> Delivery | None:
        """A delivery by its id."""
        return next((_delivery(row) for row in self._db.query(_JOINED + "WHERE d.id = ?", [number])), None)

    def latest(self, limit: int, *, failed: bool = False, dead: bool = False) -> Iterator[Delivery]:
        """The newest deliveries first; with `failed`, those refused for now or for good; with `dead`,
        those given up."""
        sql = (
            _JOINED
            + """WHERE (NOT ? OR d.state IN ('failed', 'dead')) AND (NOT ? OR d.state = 'dead')
                           ORDER BY d.seq DESC LIMIT ?"""
        )
        for row in self._db.query(sql, [failed, dead, limit]):
            yield _delivery(row)

    def filed(
        self, limit: int, states: Collection[State] = (), to: str = "", watchlist: str = "", skip: int = 0
    ) -> Iterator[Delivery]:
        """The newest deliveries first: those in one of these states, to one destination (as `str()` writes
        it), of the alerts of one watchlist; each as far as it is given."""
        sql = f"""{_JOINED} WHERE (? OR d.state IN ({places(states)}))
                  AND (? = '' OR d.destination = ?) AND (? = '' OR a.watchlist = ?)
                  ORDER BY d.seq DESC LIMIT ? OFFSET ?"""
        names = [state.value for state in states]
        values = [not names, *names, to, to, watchlist, watchlist, limit, skip]
        yield from map(_delivery, self._db.query(sql, values))

    def by_destination(self) -> dict[Destination, tuple[dict[State, int], datetime | None]]:
        """Of each destination how many are in which state, and when something arrived there last."""
        found: dict[Destination, tuple[dict[State, int], datetime | None]] = {}
        sql = """SELECT destination, state, count(*), max(CASE state WHEN 'sent' THEN finished END)
                 FROM deliveries GROUP BY destination, state ORDER BY destination"""
        for name, state, many, last in self._db.execute(sql).fetchall():
            to = Destination.parse(name)
            counts, before = found.get(to, ({}, None))
            found[to] = counts | {State(state): many}, moment_or_none(last) or before
        return found

    def destination_at(self, channel: str) -> Destination | None:
        """The destination that was last reached in a channel, by its id; None where none was."""
        sql = """SELECT destination FROM deliveries WHERE receipt <> '' AND receipt >= ? AND receipt < ?
                 ORDER BY seq DESC LIMIT 1"""
        # A receipt is "channel:ts", and ";" follows ":".
        row = self._db.execute(sql, [f"{channel}:", f"{channel};"]).fetchone()
        return Destination.parse(row[0]) if row else None

    def unsent(self, since: datetime, until: datetime) -> Iterator[Unsent]:
        """The alerts decided before `until` that wait, are held beyond it or are tried again, and those
        that were muted or given up in [since, until); in the order in which they were filed."""
        for row in self._db.query(_UNSENT, {"since": stamp(since), "until": stamp(until)}):
            yield Unsent(
                Destination.parse(row["destination"]),
                State(row["state"]),
                moment(row["due"]),
                row["title"],
                row["score"],
                (row["watchlist"], *(name for name, _ in json.loads(row["also"] or "[]"))),
                row["held"],
                row["error"],
                row["parked"] is not None,
            )

    def counts(self) -> dict[str, int]:
        """How many are in each state."""
        rows = self._db.query("SELECT state, count(*) AS n FROM deliveries GROUP BY state")
        return {row["state"]: row["n"] for row in rows}


def _message(row: dict[str, Any]) -> Message:
    if row["batch"]:
        return decode_batch(row)
    return decode(row["body"]) if row["body"] else decode_notice(row["notice_body"])


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(
        id=row["id"],
        message=_message(row),
        destination=Destination.parse(row["destination"]),
        state=State(row["state"]),
        attempts=row["attempts"],
        due=moment(row["lease"] if row["state"] == "sending" and row["lease"] else row["due"]),
        error=row["error"],
        receipt=row["receipt"],
        attempted=moment_or_none(row["attempted"]),
        finished=moment_or_none(row["finished"]),
        held=row["held"],
        parked=moment_or_none(row["parked"]),
        parent=row["under"],
    )
