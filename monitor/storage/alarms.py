"""Tables `alarms` and `notices`: what is wrong with sources, and what the operator was told of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from monitor.outbox import Notice
from monitor.storage.database import Database
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none
from monitor.watchdog import Alarm


class Alarms:
    def __init__(self, db: Database) -> None:
        self._db = db

    def known(self) -> list[Alarm]:
        """Every alarm that lasts, or whose end is not told yet."""
        rows = self._db.query("SELECT * FROM alarms ORDER BY since, source, trouble")
        return [
            Alarm(
                row["source"],
                row["trouble"],
                moment(row["since"]),
                row["text"],
                row["remedy"],
                bool(row["told"]),
                moment_or_none(row["over"]),
            )
            for row in rows
        ]

    def replace(self, alarms: Iterable[Alarm]) -> None:
        """Keep these, and no others."""
        self._db.conn.execute("DELETE FROM alarms")
        self._db.conn.executemany(
            "INSERT INTO alarms VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (a.source, a.trouble, stamp(a.since), a.text, a.remedy, a.told, stamp_or_none(a.over))
                for a in alarms
            ],
        )

    def last_notice(self) -> datetime | None:
        """When the operator was last told of trouble; what proposes a change tells of none."""
        sql = "SELECT max(created) FROM notices WHERE coalesce(json_extract(body, '$.offer'), '') = ''"
        return moment_or_none(self._db.execute(sql).fetchone()[0])

    def add(self, notice: Notice) -> bool:
        """File a notice. False where it was filed before."""
        cursor = self._db.conn.execute(
            "INSERT OR IGNORE INTO notices VALUES (?, ?, ?)",
            [notice.id, stamp(notice.created), encode(notice)],
        )
        return bool(cursor.rowcount)


def encode(notice: Notice) -> str:
    """The notice as JSON."""
    values = {
        "id": notice.id,
        "title": notice.title,
        "lines": notice.lines,
        "created": stamp(notice.created),
        "offer": notice.offer,
    }
    return json.dumps(values, ensure_ascii=False)


def decode(text: str) -> Notice:
    """What `encode` wrote."""
    values = json.loads(text)
    lines, created = tuple(values["lines"]), moment(values["created"])
    return Notice(values["id"], values["title"], lines, created, values.get("offer", ""))
