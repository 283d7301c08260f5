"""Tables `alerts` and `facets`: what we decided to tell, each frozen as it was decided, and what it can be
picked by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from monitor.model import Alert, Reason
from monitor.outbox import Destination, Told
from monitor.storage.database import Database
from monitor.storage.moments import moment, stamp


class Alerts:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, alert: Alert) -> bool:
        """File an alert. False where it was filed before: the same decision is told once."""
        cursor = self._db.conn.execute(
            """INSERT OR IGNORE INTO alerts (id, item, watchlist, story, reason, score, created, body, thread)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                alert.id,
                alert.item,
                alert.watchlist,
                alert.story,
                alert.reason.value,
                alert.score,
                stamp(alert.created),
                encode(alert),
                alert.thread,
            ],
        )
        if cursor.rowcount:
            self._db.conn.executemany(
                "INSERT OR IGNORE INTO facets VALUES (?, ?, ?, ?)",
                [[kind, value, stamp(alert.created), alert.id] for kind, value in facets(alert)],
            )
        return bool(cursor.rowcount)

    def told(self, source: str, since: datetime) -> int:
        """How many alerts were decided of a source since then."""
        sql = """SELECT count(*) FROM alerts a JOIN items i ON i.id = a.item
                 WHERE a.created >= ? AND i.source = ?"""
        return int(self._db.execute(sql, [stamp(since), source]).fetchone()[0])

    def of_story(self, story: str) -> Iterator[Told]:
        """What was told of the items of a story, and to whom."""
        sql = """SELECT a.item, a.watchlist, json_extract(a.body, '$.stage') AS stage,
                        json_extract(a.body, '$.tier') AS tier, d.destination
                 FROM members m JOIN alerts a ON a.item = m.item JOIN deliveries d ON d.alert = a.id
                 WHERE m.story = ? AND d.state <> 'muted' ORDER BY d.seq"""
        for row in self._db.query(sql, [story]):
            to = Destination.parse(row["destination"])
            yield Told(row["item"], row["watchlist"], row["stage"], row["tier"], to)

    def latest(self, limit: int, watchlist: str = "") -> Iterator[Alert]:
        """The newest alerts, newest first."""
        sql = """SELECT body FROM alerts WHERE (? = '' OR watchlist = ?)
                 ORDER BY created DESC, id LIMIT ?"""
        for row in self._db.query(sql, [watchlist, watchlist, limit]):
            yield decode(row["body"])

    def between(self, since: datetime, until: datetime) -> Iterator[Alert]:
        """The alerts decided in [since, until), in that order."""
        sql = "SELECT body FROM alerts WHERE created >= ? AND created < ? ORDER BY created, id"
        for row in self._db.query(sql, [stamp(since), stamp(until)]):
            yield decode(row["body"])

    def of_series(self, source: str, series: str, limit: int) -> list[tuple[str, Alert]]:
        """What was told of a series, the newest first, each with the key of the move that it tells."""
        # The key of a move begins with its series and a bar, after which comes a brace.
        sql = """SELECT i.key, a.body FROM items i JOIN alerts a ON a.item = i.id
                 WHERE i.source = ? AND i.key >= ? AND i.key < ? ORDER BY a.created DESC, a.id LIMIT ?"""
        rows = self._db.query(sql, [source, f"{series}|", f"{series}}}", limit])
        return [(row["key"], decode(row["body"])) for row in rows]

    def of_item(self, item: int) -> Iterator[Alert]:
        for row in self._db.query("SELECT body FROM alerts WHERE item = ?", [item]):
            yield decode(row["body"])


def facets(alert: Alert) -> Iterator[tuple[str, str]]:
    """What an alert can be picked by, each with its kind."""
    yield "watchlist", alert.watchlist
    yield from (("watchlist", watchlist) for watchlist, _ in alert.also)
    yield "tier", str(alert.tier)
    yield "lang", alert.lang
    yield from (("entity", entity) for entity in alert.entities)


def encode(alert: Alert) -> str:
    """The alert as JSON."""
    values: dict[str, Any] = asdict(alert)
    values |= {name: stamp(values[name]) for name in ("published", "created")}
    return json.dumps(values, ensure_ascii=False)


def decode(text: str) -> Alert:
    """What `encode` wrote."""
    values = json.loads(text)
    values |= {name: moment(values[name]) for name in ("published", "created")}
    values["reason"] = Reason(values["reason"])
    values |= {name: tuple(values.get(name, ())) for name in ("hits", "who", "news", "entities")}
    values |= {name: tuple(map(tuple, values.get(name, ()))) for name in ("parts", "facts", "also", "gloss")}
    return Alert(**values)
