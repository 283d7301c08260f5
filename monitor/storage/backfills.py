"""Table `backfills`: how far the past of each source was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.model import Source
from monitor.request import Span
from monitor.storage.database import Database
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none


@dataclass(frozen=True, slots=True)
class FiledBackfill:
    """A reading of a source's past: its span, the next part, and what was filed so far.

    `digest` and `alert` count the items that reach these thresholds of a watchlist; `oldest` and
    `newest` are of what was filed. `ended` says why, where the past ended before the span did.
    """

    id: int
    source: str
    url: str
    since: datetime
    until: datetime
    part: int = 0
    filed: int = 0
    digest: int = 0
    alert: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    finished: datetime | None = None
    ended: str = ""

    @property
    def span(self) -> Span:
        return Span(self.since, self.until)


class Backfills:
    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, source: Source, span: Span) -> FiledBackfill:
        """A new one, of which nothing is read yet."""
        cursor = self._db.conn.execute(
            "INSERT INTO backfills (source, url, since, until) VALUES (?, ?, ?, ?)",
            [source.id, source.url, stamp(span.since), stamp(span.until)],
        )
        return FiledBackfill(int(cursor.lastrowid or 0), source.id, source.url, span.since, span.until)

    def save(self, one: FiledBackfill) -> None:
        """Write the place that was reached, and what was filed up to there."""
        self._db.conn.execute(
            """UPDATE backfills SET part = ?, filed = ?, digest = ?, alert = ?, oldest = ?, newest = ?,
                   finished = ?, ended = ? WHERE id = ?""",
            [
                one.part,
                one.filed,
                one.digest,
                one.alert,
                stamp_or_none(one.oldest),
                stamp_or_none(one.newest),
                stamp_or_none(one.finished),
                one.ended[:500],
                one.id,
            ],
        )

    def latest(self, source: str) -> FiledBackfill | None:
        """The one that was begun last."""
        return next(iter(self.of(source)), None)

    def of(self, source: str) -> list[FiledBackfill]:
        """All of a source, the last one first."""
        rows = self._db.query("SELECT * FROM backfills WHERE source = ? ORDER BY id DESC", [source])
        return [_filed(row) for row in rows]


def _filed(row: dict[str, Any]) -> FiledBackfill:
    return FiledBackfill(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        since=moment(row["since"]),
        until=moment(row["until"]),
        part=row["part"],
        filed=row["filed"],
        digest=row["digest"],
        alert=row["alert"],
        oldest=moment_or_none(row["oldest"]),
        newest=moment_or_none(row["newest"]),
        finished=moment_or_none(row["finished"]),
        ended=row["ended"],
    )
