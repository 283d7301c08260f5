"""Table `sources`: what polling has taught about each source, and who is polling it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.model import Source, SourceState, Validators
from monitor.storage.database import Database
from monitor.storage.moments import moment_or_none, stamp, stamp_or_none

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
                   error = '', newest = NULL
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
            sql = f"SELECT *, 0 AS items FROM sources WHERE id IN ({_marks(part)})"  # noqa: S608
            states |= {row["id"]: _state(row) for row in self._db.query(sql, part)}
        return states

    def state(self, source: str) -> SourceState:
        return self.known([source])[source]

    def due(self, now: datetime) -> set[str]:
        """The sources whose time has come: a look that takes no lock."""
        sql = "SELECT id FROM sources WHERE next_poll <= ? AND paused = 0"
        return {row[0] for row in self._db.execute(sql, [stamp(now)])}

    def claim(self, ids: Iterable[str], now: datetime, lease: timedelta, *, due: bool) -> list[str]:
        """Take those of `ids` that nobody else is polling; with `due`, only those whose time came."""
        taken: list[str] = []
        for part in _batched(ids):
            cursor = self._db.conn.execute(
                f"""UPDATE sources SET lease = ?
                    WHERE id IN ({_marks(part)}) AND (lease IS NULL OR lease <= ?)
                      AND (NOT ? OR (paused = 0 AND next_poll <= ?)) RETURNING id""",  # noqa: S608
                [stamp(now + lease), *part, stamp(now), due, stamp(now)],
            )
            taken.extend(row[0] for row in cursor)
        return taken

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
                   lease = NULL
               WHERE id = ?""",
            map(_row, states),
        )

    def pause(self, source: str, *, paused: bool) -> bool:
        """Stop or resume polling. False where the source is not known."""
        cursor = self._db.conn.execute("UPDATE sources SET paused = ? WHERE id = ?", [paused, source])
        return bool(cursor.rowcount)


def _batched(ids: Iterable[str]) -> Iterator[list[str]]:
    """So many at a time as one statement takes."""
    wanted = list(ids)
    return (wanted[start : start + _BATCH] for start in range(0, len(wanted), _BATCH))


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


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
    )
