"""Table `threads`: the message that opened a thread at each destination, and what became of its story."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor import muting
from monitor.model import Alert
from monitor.outbox import Delivery, Destination, Notice, Receipt, Standing
from monitor.storage.database import Database
from monitor.storage.feedback import Feedback
from monitor.storage.moments import moment, stamp

# What comes within this time is shown together: a message is not drawn anew for each copy of a story.
GATHER = timedelta(seconds=3)


class Threads:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._feedback = Feedback(db)

    def placed(self, delivery: Delivery, now: datetime) -> Delivery:
        """The delivery with the message that it answers, and with what became of it by now."""
        alert = delivery.message
        if isinstance(alert, Notice) and alert.offer:
            return replace(delivery, standing=Standing(offer=self._feedback.proposal(alert.offer)))
        if not isinstance(alert, Alert):
            return delivery
        parent = self._opening(alert, delivery.destination)
        return replace(
            delivery,
            parent=parent[1] if parent and parent[0] != delivery.id else "",
            standing=self.standing(alert, delivery.destination, now),
        )

    def opened(self, delivery: Delivery, receipt: Receipt) -> None:
        """Note where a sent alert stands: what follows in its thread goes there."""
        alert = delivery.message
        if not isinstance(alert, Alert):
            return
        opening = self._opening(alert, delivery.destination)
        # Without a parent one may have been in doubt since before its thread was opened: that stays.
        if receipt.alone or not (delivery.parent or opening):
            self._set(delivery.destination, alert.thread, delivery.id, receipt.place)
            return
        if opening:  # of another name: two stories have become one
            self._set(delivery.destination, alert.thread, *opening)

    def _set(self, destination: Destination, thread: str, delivery: str, place: str) -> None:
        self._db.conn.execute(
            """INSERT INTO threads (destination, thread, delivery, receipt) VALUES (?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET delivery = excluded.delivery, receipt = excluded.receipt""",
            [str(destination), thread, delivery, place],
        )

    def _opening(self, alert: Alert, destination: Destination) -> tuple[str, str] | None:
        """Delivery and place of the message that opened its thread; else of what was told of its story."""
        sql = "SELECT delivery, receipt FROM threads WHERE destination = ? AND thread = ?"
        found = self._db.execute(sql, [str(destination), alert.thread]).fetchone()
        if found is None:
            # In this order: it costs what its story has, not what the destination has.
            sql = """SELECT t.delivery, t.receipt FROM members own
                     CROSS JOIN members m ON m.story = own.story CROSS JOIN alerts a ON a.item = m.item
                     CROSS JOIN deliveries d ON d.alert = a.id AND d.destination = ?
                     CROSS JOIN threads t ON t.delivery = d.id
                     WHERE own.item = ? ORDER BY d.seq LIMIT 1"""
            found = self._db.execute(sql, [str(destination), alert.item]).fetchone()
        return (found[0], found[1]) if found else None

    # -------------------------------------------------------------- what became of it

    def standing(self, alert: Alert, destination: Destination, now: datetime) -> Standing:
        """What became of an alert since it was told at a destination."""
        return Standing(
            stage=self._stage(alert.thread, alert.watchlist, destination) or alert.stage,
            outlets=self._outlets(alert),
            primary=self._primary(alert.thread, alert.watchlist),
            mark=self._feedback.mark_of(alert.id),
            quiets=muting.over(self._feedback.quiets(now), alert, destination, now),
        )

    def _stage(self, thread: str, watchlist: str, destination: Destination) -> str:
        """The last that its own watchlist told: the rungs of another are of another ladder."""
        sql = """SELECT json_extract(a.body, '$.stage') AS stage FROM alerts a
                 CROSS JOIN deliveries d ON d.alert = a.id
                 WHERE a.thread = ? AND d.destination = ? AND a.watchlist = ? AND stage <> ''
                     AND d.state <> 'muted' ORDER BY d.seq DESC LIMIT 1"""
        found = self._db.execute(sql, [thread, str(destination), watchlist]).fetchone()
        return str(found[0]) if found else ""

    def _outlets(self, alert: Alert) -> tuple[str, ...]:
        sql = """SELECT i.source FROM members own JOIN members m ON m.story = own.story
                 JOIN items i ON i.id = m.item WHERE own.item = ? ORDER BY m.joined, m.item"""
        found = dict.fromkeys(row[0] for row in self._db.execute(sql, [alert.item]))
        return tuple(found) or (alert.source,)

    def _primary(self, thread: str, watchlist: str) -> tuple[str, str] | None:
        sql = """SELECT json_extract(body, '$.source_name'), json_extract(body, '$.link') FROM alerts
                 WHERE thread = ? AND watchlist = ? AND json_extract(body, '$.tier') = 1
                 ORDER BY created LIMIT 1"""
        found = self._db.execute(sql, [thread, watchlist]).fetchone()
        return (str(found[0]), str(found[1])) if found else None

    # -------------------------------------------------------------- bringing messages up to date

    def touch(self, story: str, now: datetime) -> None:
        """Have the messages that opened the threads of a story brought up to date soon."""
        self._db.conn.execute(
            """UPDATE deliveries SET refresh = :at
               WHERE state = 'sent' AND (refresh IS NULL OR refresh > :at) AND id IN (
                   SELECT delivery FROM threads WHERE thread IN (
                       SELECT a.thread FROM members m JOIN alerts a ON a.item = m.item
                       WHERE m.story = :story))""",
            {"at": stamp(now + GATHER), "story": story},
        )

    def take_stale(self, channel: str, now: datetime, lease: timedelta) -> str:
        """The id of a delivery whose message is to be brought up to date; empty: none is. Until the lease
        is over nobody else takes it."""
        sql = """SELECT id, refresh FROM deliveries WHERE refresh <= ? AND state = 'sent'
                 AND substr(destination, 1, ?) = ? ORDER BY refresh LIMIT 1"""
        prefix = f"{channel}:"
        found = self._db.execute(sql, [stamp(now), len(prefix), prefix]).fetchone()
        if found is None:
            return ""
        self.put_off(found[0], now + lease)
        return str(found[0])

    def put_off(self, delivery: str, until: datetime) -> None:
        """Bring a message up to date later."""
        self._db.conn.execute("UPDATE deliveries SET refresh = ? WHERE id = ?", [stamp(until), delivery])

    def refreshed(self, delivery: str, lease: datetime) -> None:
        """The message is up to date, but for what was touched since it was taken with this lease."""
        self._db.conn.execute(
            "UPDATE deliveries SET refresh = NULL WHERE id = ? AND refresh = ?", [delivery, stamp(lease)]
        )

    def next_stale(self, channel: str) -> datetime | None:
        """When a message of a channel is to be brought up to date next."""
        sql = """SELECT min(refresh) FROM deliveries WHERE refresh IS NOT NULL AND state = 'sent'
                 AND substr(destination, 1, ?) = ?"""
        prefix = f"{channel}:"
        found = self._db.execute(sql, [len(prefix), prefix]).fetchone()[0]
        if found is None:
            return None
        pause = self._db.execute("SELECT until FROM pauses WHERE channel = ?", [channel]).fetchone()
        return moment(max(found, pause[0]) if pause else found)

    def pause(self, channel: str, until: datetime) -> None:
        """Bring no message of a channel up to date before then, whoever asks."""
        sql = "INSERT INTO pauses VALUES (?, ?) ON CONFLICT DO UPDATE SET until = excluded.until"
        self._db.conn.execute(sql, [channel, stamp(until)])
