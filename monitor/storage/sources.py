"""Table `sources`: what polling has taught about each source, and who is polling it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.manners import NO_HINTS, Hints, Move
from monitor.model import Source, SourceState, Validators
from monitor.rhythm import Rhythm
from monitor.storage.database import Database, places
from monitor.storage.moments import moment, moment_or_none, stamp, stamp_or_none

_BATCH = 500


class Sources:
    def __init__(self, db: Database) -> None:
        self._db = db

    def strange(self, catalogue: Iterable[Source]) -> list[Source]:
        """Those of the catalogue that are not known, or under another address: a look without a lock."""
        known = dict(self._db.conn.execute("SELECT id, url FROM sources"))
        return [source for source in catalogue if known.get(source.id) != source.url]

    def sync(self, catalogue: Iterable[Source], now: datetime) -> None:
        """Know every source of the catalogue; one whose address changed starts afresh."""
        self._db.conn.executemany(
            """INSERT INTO sources (id, url, next_poll) VALUES (?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET url = excluded.url, next_poll = excluded.next_poll,
                   etag = '', last_modified = '', body_hash = '', baseline = 0, failures = 0,
                   error = '', newest = NULL, rhythm = '', trouble = '', failing_since = NULL,
                   last_new = NULL, usual = 0, odd = '', odd_since = NULL, held = 0, hints = '',
                   moved_to = '', moved_since = NULL, moved_polls = 0, gone = 0
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

    def known(self, ids: Sequence[str]) -> dict[str, SourceState]:
        """The states of these sources, their items not counted; a new one for a source not known."""
        states = {source: SourceState(source) for source in ids}
        for part in _batched(ids):
            sql = f"SELECT *, 0 AS items FROM sources WHERE id IN ({places(part)})"  # noqa: S608
            states |= {row["id"]: _state(row) for row in self._db.query(sql, part)}
        return states

    def state(self, source: str) -> SourceState:
        return self.known([source])[source]

    def due(self, now: datetime) -> set[str]:
        """The sources whose time has come: a look that takes no lock."""
        sql = "SELECT id FROM sources WHERE next_poll <= ? AND paused = 0 AND gone = 0"
        return {row[0] for row in self._db.execute(sql, [stamp(now)])}

    def claim(self, ids: Iterable[str], now: datetime, lease: timedelta, *, due: bool) -> list[str]:
        """Take those of `ids` that nobody else is polling; with `due`, only those whose time came."""
        taken: list[str] = []
        for part in _batched(ids):
            cursor = self._db.conn.execute(
                f"""UPDATE sources SET lease = ?
                    WHERE id IN ({places(part)}) AND (lease IS NULL OR lease <= ?)
                      AND (NOT ? OR (paused = 0 AND gone = 0 AND next_poll <= ?)) RETURNING id""",  # noqa: S608
                [stamp(now + lease), *part, stamp(now), due, stamp(now)],
            )
            taken.extend(row[0] for row in cursor)
        return taken

    def held_until(self, now: datetime) -> datetime | None:
        """When the first claim ends of those that hold now; None where nobody is polling."""
        found = self._db.execute("SELECT min(lease) FROM sources WHERE lease > ?", [stamp(now)]).fetchone()[0]
        return moment(found) if found else None

    def release(self, ids: Iterable[str]) -> None:
        """Give sources free that were claimed and not saved."""
        self._db.conn.executemany(
            "UPDATE sources SET lease = NULL WHERE id = ? AND lease IS NOT NULL", [(s,) for s in ids]
        )

    def save(self, *states: SourceState) -> None:
        """Write what a poll taught of each source, and give it free."""
        self._db.conn.executemany(
            """UPDATE sources SET etag = ?, last_modified = ?, body_hash = ?, next_poll = ?,
                   last_poll = ?, last_ok = ?, newest = ?, baseline = ?, failures = ?, error = ?,
                   hints = ?, moved_to = ?, moved_since = ?, moved_polls = ?, gone = ?, rhythm = ?,
                   trouble = ?, failing_since = ?, last_new = ?, usual = ?, odd = ?, odd_since = ?,
                   held = ?, lease = NULL
               WHERE id = ?""",
            map(_row, states),
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
        """Stop or resume polling, of one that is gone too: it is due at once. False where the source
        is not known.
        """
        cursor = self._db.conn.execute(
            """UPDATE sources SET paused = :paused, gone = gone AND :paused, next_poll =
                   CASE WHEN gone AND NOT :paused THEN coalesce(last_poll, next_poll) ELSE next_poll END
               WHERE id = :id""",
            {"paused": paused, "id": source},
        )
        return bool(cursor.rowcount)


def _batched(ids: Iterable[str]) -> Iterator[list[str]]:
    """So many at a time as one statement takes."""
    wanted = list(ids)
    return (wanted[start : start + _BATCH] for start in range(0, len(wanted), _BATCH))


def _row(state: SourceState) -> tuple[object, ...]:
    return (
        state.validators.etag,
        state.validators.last_modified,
        state.validators.body_hash,
        stamp_or_none(state.next_poll),
        stamp_or_none(state.last_poll),
        stamp_or_none(state.last_ok),
        stamp_or_none(state.newest),
        state.baseline,
        state.failures,
        state.error[:500],
        _hints_written(state.hints),
        state.move.to,
        stamp_or_none(state.move.since),
        state.move.polls,
        state.gone,
        _written(state.rhythm),
        state.trouble,
        stamp_or_none(state.failing_since),
        stamp_or_none(state.last_new),
        round(state.usual, 2),
        state.odd,
        stamp_or_none(state.odd_since),
        state.held,
        state.source,
    )


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
        hints=_hints(row["hints"]),
        move=Move(row["moved_to"], moment_or_none(row["moved_since"]), row["moved_polls"]),
        gone=bool(row["gone"]),
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


def _hints_written(hints: Hints) -> str:
    if hints == NO_HINTS:
        return ""
    pause = hints.pause.total_seconds() if hints.pause else None
    return json.dumps({"pause": pause, "hours": sorted(hints.hours), "days": sorted(hints.days)})


def _hints(text: str) -> Hints:
    if not text:
        return NO_HINTS
    found = json.loads(text)
    pause = timedelta(seconds=found["pause"]) if found["pause"] else None
    return Hints(pause, frozenset(found["hours"]), frozenset(found["days"]))
