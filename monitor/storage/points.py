"""Table `points`: the numbers of series. What was corrected is kept beside what it was before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from monitor.model import Point
from monitor.storage.database import Database
from monitor.storage.moments import moment, stamp

# The value seen last, with when a value for that day was seen first. SQLite takes the other columns
# from the row that has the maximum (https://www.sqlite.org/lang_select.html#bareagg).
_NEWEST = """SELECT p.series, p.at, p.value, max(p.seen), (
                 SELECT min(f.seen) FROM points f
                 WHERE f.source = p.source AND f.series = p.series AND f.at = p.at)
             FROM points p WHERE p.source = ? GROUP BY p.series, p.at ORDER BY p.series, p.at"""


class Points:
    def __init__(self, db: Database) -> None:
        self._db = db

    def known(self, source: str) -> list[Point]:
        """Every number of a source as it stands now, by series and day."""
        rows = self._db.execute(_NEWEST, [source])
        return [
            Point(series, date.fromisoformat(at), value, moment(first))
            for series, at, value, _, first in rows
        ]

    def add(self, source: str, points: Iterable[Point], now: datetime) -> int:
        """File what is new or has changed; answers how much that was."""
        standing = {(p.series, p.at): p.value for p in self.known(source)}
        changed = [p for p in points if standing.get((p.series, p.at)) != p.value]
        self._db.conn.executemany(
            "INSERT OR REPLACE INTO points (source, series, at, seen, value) VALUES (?, ?, ?, ?, ?)",
            [(source, p.series, p.at.isoformat(), stamp(now), p.value) for p in changed],
        )
        return len(changed)

    def filed(self, since: datetime, until: datetime) -> list[tuple[str, str]]:
        """The source and the series of what was filed in [since, until)."""
        sql = "SELECT DISTINCT source, series FROM points WHERE seen >= ? AND seen < ? ORDER BY 1, 2"
        return self._db.execute(sql, [stamp(since), stamp(until)]).fetchall()

    def lately(self, source: str, series: str, until: datetime, limit: int) -> list[Point]:
        """The last so many values filed before `until`, by day; `seen` is when that value was. Of a number
        that was corrected each value, the first first."""
        sql = """SELECT at, value, seen FROM points WHERE source = ? AND series = ? AND seen < ?
                 ORDER BY at DESC, seen DESC LIMIT ?"""
        rows = self._db.execute(sql, [source, series, stamp(until), limit]).fetchall()
        return [Point(series, date.fromisoformat(at), value, moment(seen)) for at, value, seen in rows[::-1]]

    def series(self) -> list[tuple[str, str]]:
        """The source and the series of all that was ever filed."""
        return self._db.execute("SELECT DISTINCT source, series FROM points ORDER BY 1, 2").fetchall()

    def newest(self, source: str, series: str) -> Iterator[Point]:
        """`history` from its end."""
        sql = "SELECT at, value, seen FROM points WHERE source = ? AND series = ? ORDER BY at DESC, seen DESC"
        for at, value, seen in self._db.execute(sql, [source, series]):
            yield Point(series, date.fromisoformat(at), value, moment(seen))

    def history(self, source: str, series: str) -> Iterator[Point]:
        """Every number ever filed, by day; of one that was corrected each value, the first first."""
        sql = """SELECT at, value, seen FROM points WHERE source = ? AND series = ? ORDER BY at, seen"""
        for at, value, seen in self._db.execute(sql, [source, series]):
            yield Point(series, date.fromisoformat(at), value, moment(seen))
