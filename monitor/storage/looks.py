"""Tables `looks` and `sightings`: the pages to read in full, and what was seen on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any

from monitor.looks import Look, Sighting, slot
from monitor.model import Item, Validators
from monitor.storage.database import Database, places
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none


class Looks:
    def __init__(self, db: Database) -> None:
        self._db = db

    # -------------------------------------------------------------- the queue

    def put(self, item: Item, now: datetime, per_hour: int, *, old: bool = False) -> bool:
        """Have an item's page read, in its turn. False where its source's budget is used up.

        One that was put before is looked at again now; at a new address it starts afresh.
        """
        if self._repeat(item, now):
            return True
        sql = "SELECT slot FROM looks WHERE source = ? ORDER BY slot DESC LIMIT 1 OFFSET ?"
        before = self._db.execute(sql, [item.source, per_hour - 1]).fetchone()
        due = slot(now, moment(before[0]) if before else None)
        if due is None:
            return False
        self._db.conn.execute(
            "INSERT INTO looks (item, source, url, slot, due, old) VALUES (?, ?, ?, ?, ?, ?)",
            [item.id, item.source, item.link, stamp(due), stamp(due), old],
        )
        return True

    def _repeat(self, item: Item, now: datetime) -> bool:
        cursor = self._db.conn.execute(
            """UPDATE looks SET due = max(slot, :now), failures = 0,
                   etag = CASE url WHEN :url THEN etag ELSE '' END,
                   last_modified = CASE url WHEN :url THEN last_modified ELSE '' END,
                   body_hash = CASE url WHEN :url THEN body_hash ELSE '' END,
                   url = :url
               WHERE item = :item""",
            {"item": item.id, "url": item.link, "now": stamp(now)},
        )
        return bool(cursor.rowcount)

    def known(self, item: int) -> bool:
        """Was its page ever put into the queue?"""
        return self._db.execute("SELECT 1 FROM looks WHERE item = ?", [item]).fetchone() is not None

    def waiting(self, now: datetime) -> bool:
        """Is anything due? A look that takes no lock."""
        sql = "SELECT 1 FROM looks WHERE due <= :now AND (lease IS NULL OR lease <= :now) LIMIT 1"
        return self._db.execute(sql, {"now": stamp(now)}).fetchone() is not None

    def claim(self, now: datetime, lease: timedelta, limit: int, each: int) -> list[Look]:
        """Take what is due, what was never read first, and no more than `each` of one source.

        Nobody else gets it before the lease is over.
        """
        rows = self._db.query(
            """SELECT * FROM (
                   SELECT *, row_number() OVER (PARTITION BY source ORDER BY looks > 0, due) AS place
                   FROM looks WHERE due <= :now AND (lease IS NULL OR lease <= :now))
               WHERE place <= :each ORDER BY looks > 0, due LIMIT :limit""",
            {"now": stamp(now), "limit": limit, "each": each},
        )
        looks = [_look(row) for row in rows]
        self._db.conn.executemany(
            "UPDATE looks SET lease = ? WHERE item = ?", [(stamp(now + lease), one.item) for one in looks]
        )
        return looks

    def held_until(self, now: datetime) -> datetime | None:
        """When the first claim ends of those that hold now; None where nobody is reading."""
        found = self._db.execute("SELECT min(lease) FROM looks WHERE lease > ?", [stamp(now)]).fetchone()[0]
        return moment(found) if found else None

    def release(self, looks: Iterable[Look]) -> None:
        """Give free what was claimed and not saved."""
        numbers = [(look.item,) for look in looks]
        self._db.conn.executemany("UPDATE looks SET lease = NULL WHERE item = ?", numbers)

    def save(self, look: Look) -> None:
        """Write what a look taught, and give it free."""
        self._db.conn.execute(
            """UPDATE looks SET due = ?, looks = ?, failures = ?, first = ?, asked = ?, etag = ?,
                   last_modified = ?, body_hash = ?, error = ?, lease = NULL WHERE item = ?""",
            [
                stamp_or_none(look.due),
                look.looks,
                look.failures,
                stamp_or_none(look.first),
                stamp_or_none(look.asked),
                *astuple(look.validators),
                look.error[:500],
                look.item,
            ],
        )

    def get(self, item: int) -> Look | None:
        for row in self._db.query("SELECT * FROM looks WHERE item = ?", [item]):
            return _look(row)
        return None

    # -------------------------------------------------------------- the evidence

    def keep(self, sighting: Sighting) -> None:
        """File what was seen. It is never written over."""
        one = sighting
        self._db.conn.execute(
            "INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                one.item,
                one.number,
                one.url,
                stamp(one.seen),
                one.sha256,
                one.size,
                one.kind,
                one.title,
                one.text,
            ],
        )

    def sightings(self, item: int) -> list[Sighting]:
        """What was seen on an item's page, oldest first."""
        rows = self._db.query("SELECT * FROM sightings WHERE item = ? ORDER BY number", [item])
        return [Sighting(**(row | {"seen": moment(row["seen"])})) for row in rows]

    def seen(self, items: Collection[int]) -> dict[int, list[Sighting]]:
        """The same of many items, without the texts: those are long."""
        sql = f"""SELECT item, number, url, seen, sha256, size, kind, title, '' AS text FROM sightings
                  WHERE item IN ({places(items)}) ORDER BY item, number"""  # noqa: S608
        found: dict[int, list[Sighting]] = defaultdict(list)
        for row in self._db.query(sql, [*items]):
            found[row["item"]].append(Sighting(**(row | {"seen": moment(row["seen"])})))
        return found

    def last(self, item: int) -> Sighting | None:
        """What was seen last."""
        sql = "SELECT * FROM sightings WHERE item = ? ORDER BY number DESC LIMIT 1"
        for row in self._db.query(sql, [item]):
            return Sighting(**(row | {"seen": moment(row["seen"])}))
        return None

    def body(self, item: int) -> str:
        """The text that was seen last on an item's page; empty where it was not read."""
        last = self.last(item)
        return last.text if last else ""

    def bodies(self) -> Callable[[int], str]:
        """The same, for asking about many items of which few were read."""
        read = {row[0] for row in self._db.execute("SELECT item FROM sightings WHERE number = 1")}
        return lambda item: self.body(item) if item in read else ""


def _look(row: dict[str, Any]) -> Look:
    return Look(
        item=row["item"],
        source=row["source"],
        url=row["url"],
        due=moment_or_none(row["due"]),
        old=bool(row["old"]),
        looks=row["looks"],
        failures=row["failures"],
        first=moment_or_none(row["first"]),
        asked=moment_or_none(row["asked"]),
        validators=Validators(row["etag"], row["last_modified"], row["body_hash"]),
        error=row["error"],
    )
