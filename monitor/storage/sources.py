"""Table `sources`: what polling has taught about each source, and who is polling it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from monitor.model import Source, SourceState, Validators
from monitor.rhythm import Rhythm
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none


class Sources:
    def __init__(self, db: Database) -> None:
        self._db = db

    def sync(self, catalogue: Iterable[Source], now: datetime) -> None:
        """Know every source of the catalogue; one whose address changed starts afresh."""
        self._db.conn.executemany(
            """INSERT INTO sources (id, url, next_poll) VALUES (?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET url = excluded.url, next_poll = excluded.next_poll,
                   etag = '', last_modified = '', body_hash = '', baseline = 0, failures = 0,
                   error = '', newest = NULL, rhythm = '', trouble = '', failing_since = NULL,
                   last_new = NULL, usual = 0, odd = '', odd_since = NULL, held = 0
               WHERE url <> excluded.url""",
            [(source.id, source.url, stamp(now)) for source in catalogue],
        )

    def states(self) -> dict[str, SourceState]:
        """Every known source's state, with the count of its items."""
        rows = self._db.query(
            """SELECT s.*, (SELECT count(*) FROM items i WHERE i.source = s.id) AS items
               FROM sources s"""
        )
        return {row["id"]: _state(row) for row in rows}

    def state(self, source: str) -> SourceState:
        for row in self._db.query("SELECT *, 0 AS items FROM sources WHERE id = ?", [source]):
            return _state(row)
        return SourceState(source)

    def due(self, now: datetime) -> set[str]:
        """The sources whose time has come: a look that takes no lock."""
        sql = "SELECT id FROM sources WHERE next_poll <= ? AND paused = 0"
        return {row[0] for row in self._db.execute(sql, [stamp(now)])}

    def claim(self, ids: Iterable[str], now: datetime, lease: timedelta, *, due: bool) -> list[str]:
        """Take those of `ids` that nobody else is polling; with `due`, only those whose time came."""
        taken = []
        for source in ids:
            cursor = self._db.conn.execute(
                """UPDATE sources SET lease = :until
                   WHERE id = :id AND (lease IS NULL OR lease <= :now)
                     AND (NOT :due OR (paused = 0 AND next_poll <= :now))""",
                {"id": source, "now": stamp(now), "until": stamp(now + lease), "due": due},
            )
            if cursor.rowcount:
                taken.append(source)
        return taken

    def release(self, ids: Iterable[str]) -> None:
        """Give sources free that were claimed and not saved."""
        self._db.conn.executemany(
            "UPDATE sources SET lease = NULL WHERE id = ? AND lease IS NOT NULL", [(s,) for s in ids]
        )

    def save(self, state: SourceState) -> None:
        """Write what a poll taught, and give the source free."""
        self._db.conn.execute(
            """UPDATE sources SET etag = :etag, last_modified = :last_modified,
                   body_hash = :body_hash, next_poll = :next_poll, last_poll = :last_poll,
                   last_ok = :last_ok, newest = :newest, baseline = :baseline,
                   failures = :failures, error = :error, rhythm = :rhythm, trouble = :trouble,
                   failing_since = :failing_since, last_new = :last_new, usual = :usual, odd = :odd,
                   odd_since = :odd_since, held = :held, lease = NULL
               WHERE id = :id""",
            {
                "id": state.source,
                "etag": state.validators.etag,
                "last_modified": state.validators.last_modified,
                "body_hash": state.validators.body_hash,
                "next_poll": stamp_or_none(state.next_poll),
                "last_poll": stamp_or_none(state.last_poll),
                "last_ok": stamp_or_none(state.last_ok),
                "newest": stamp_or_none(state.newest),
                "baseline": state.baseline,
                "failures": state.failures,
                "error": state.error[:500],
                "rhythm": _written(state.rhythm),
                "trouble": state.trouble,
                "failing_since": stamp_or_none(state.failing_since),
                "last_new": stamp_or_none(state.last_new),
                "usual": round(state.usual, 2),
                "odd": state.odd,
                "odd_since": stamp_or_none(state.odd_since),
                "held": state.held,
            },
        )

    def pace(self, now: datetime, kept: timedelta) -> tuple[float | None, bool]:
        """The common pace, and whether it was decided less than `kept` ago."""
        row = self._db.execute("SELECT value, decided FROM pace").fetchone()
        return (row[0], moment(row[1]) > now - kept) if row else (None, False)

    def set_pace(self, value: float | None, now: datetime) -> None:
        self._db.conn.execute("INSERT OR REPLACE INTO pace VALUES (1, ?, ?)", [value, stamp(now)])

    def rhythms(self) -> dict[str, Rhythm]:
        """What was learnt, by source; those of which nothing is known are left out."""
        rows = self._db.execute("SELECT id, rhythm FROM sources WHERE rhythm <> ''")
        return {row[0]: found for row in rows if (found := _rhythm(row[1]))}

    def learnt(self, source: str, rhythm: Rhythm) -> None:
        """Put these habits in the place of what was known of a source's."""
        self._db.conn.execute("UPDATE sources SET rhythm = ? WHERE id = ?", [_written(rhythm), source])

    def pause(self, source: str, *, paused: bool) -> bool:
        """Stop or resume polling. False where the source is not known."""
        cursor = self._db.conn.execute("UPDATE sources SET paused = ? WHERE id = ?", [paused, source])
        return bool(cursor.rowcount)


def _state(row: dict[str, Any]) -> SourceState:
    return SourceState(
        source=row["id"],
        validators=Validators(row["etag"], row["last_modified"], row["body_hash"]),
        next_poll=moment_or_none(row["next_poll"]),
        last_poll=moment_or_none(row["last_poll"]),
        last_ok=moment_or_none(row["last_ok"]),
        newest=moment_or_none(row["newest"]),
        baseline=bool(row["baseline"]),
        failures=row["failures"],
        error=row["error"],
        items=row["items"],
        paused=bool(row["paused"]),
        rhythm=_rhythm(row["rhythm"]),
        trouble=row["trouble"],
        failing_since=moment_or_none(row["failing_since"]),
        last_new=moment_or_none(row["last_new"]),
        usual=row["usual"],
        odd=row["odd"],
        odd_since=moment_or_none(row["odd_since"]),
        held=row["held"],
    )


def _written(rhythm: Rhythm | None) -> str:
    if rhythm is None:
        return ""
    counts = [[round(n, 3) for n in rhythm.hours], [round(n, 3) for n in rhythm.days]]
    return json.dumps([*counts, round(rhythm.watched, 3), stamp(rhythm.until)])


def _rhythm(text: str) -> Rhythm | None:
    if not text:
        return None
    hours, days, watched, until = json.loads(text)
    return Rhythm(tuple(hours), tuple(days), watched, moment(until))
