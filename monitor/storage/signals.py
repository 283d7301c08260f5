"""Tables `signals` and `hits`: what scored, and the words it scored on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.model import Signal
from monitor.storage.database import Database, places
from monitor.storage.moments import moment, stamp

# The signals as they are, and as they were until an edit scored higher.
_EVER = """SELECT item, watchlist, score, stage, story, baseline, decided, silence FROM signals
           UNION ALL
           SELECT o.item, o.watchlist, o.score, o.stage, s.story, o.baseline, o.decided, s.silence
           FROM outscored o JOIN signals s ON s.item = o.item AND s.watchlist = o.watchlist"""


@dataclass(frozen=True, slots=True)
class FiledSignal:
    """A signal as filed; the item it belongs to is read by its number."""

    item: int
    watchlist: str
    score: int
    stage: str
    story: str
    baseline: bool
    decided: datetime
    silence: str = ""


class Signals:
    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, signal: Signal, silence: str = "") -> None:
        """File a signal, with why it is not told where it is not; a later revision of the item takes the
        place of the earlier one.

        It counts as decided anew only where it scores higher: a reworded item is not news again, and what
        was there before a first look stays that. What it scored until then is kept.
        """
        item, verdict = signal.item, signal.verdict
        self._db.conn.execute(
            """INSERT OR IGNORE INTO outscored
               SELECT item, watchlist, score, stage, baseline, decided FROM signals
               WHERE item = ? AND watchlist = ? AND score < ?""",
            [item.id, verdict.watchlist, verdict.score],
        )
        self._db.conn.execute(
            """INSERT INTO signals
               (item, watchlist, revision, score, stage, story, baseline, decided, silence)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (item, watchlist) DO UPDATE SET
                   decided = CASE WHEN excluded.score > score THEN excluded.decided ELSE decided END,
                   baseline = CASE WHEN excluded.score > score THEN excluded.baseline ELSE baseline END,
                   revision = excluded.revision, score = excluded.score, stage = excluded.stage,
                   story = excluded.story, silence = excluded.silence""",
            [
                item.id,
                verdict.watchlist,
                item.revision,
                verdict.score,
                verdict.stage,
                signal.story,
                signal.baseline,
                stamp(signal.decided),
                silence,
            ],
        )
        self._db.conn.execute(
            "DELETE FROM hits WHERE item = ? AND watchlist = ?", [item.id, verdict.watchlist]
        )
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO hits VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [item.id, verdict.watchlist, h.field, h.start, h.end, h.words, h.term,
                 "/".join(h.via)]
                for h in verdict.hits
            ],
        )  # fmt: skip

    def between(self, since: datetime, until: datetime) -> Iterator[FiledSignal]:
        """Signals decided in [since, until), best first, with what they scored then; without those of what
        was backfilled, as it was then."""
        sql = f"""SELECT *, max(score) FROM ({_EVER}) WHERE decided >= ? AND decided < ? AND NOT (
                      baseline AND (SELECT backfilled FROM items WHERE id = item))
                  GROUP BY item, watchlist ORDER BY score DESC, decided, item"""  # noqa: S608 - a constant
        rows = self._db.query(sql, [stamp(since), stamp(until)])
        for row in rows:
            yield _filed(row)

    def by_day(self, start: datetime, until: datetime) -> Iterator[tuple[str, int, int]]:
        """How many signals of each watchlist were decided in [start, until), by how many whole days after
        `start`; without those of a first look. To the second."""
        sql = """SELECT watchlist, (strftime('%s', decided) - strftime('%s', ?)) / 86400 AS day, count(*)
                 FROM signals WHERE NOT baseline AND decided >= ? AND decided < ?
                 GROUP BY watchlist, day ORDER BY watchlist, day"""
        yield from self._db.execute(sql, [stamp(start), stamp(start), stamp(until)])

    def of_item(self, item: int, watchlist: str) -> FiledSignal | None:
        sql = "SELECT * FROM signals WHERE item = ? AND watchlist = ?"
        for row in self._db.query(sql, [item, watchlist]):
            return _filed(row)
        return None

    def of_story(self, story: str, until: datetime) -> Iterator[FiledSignal]:
        """The signals of a story decided before then, in that order; of one that scored less before it was
        edited, each."""
        sql = f"""SELECT s.* FROM members m JOIN ({_EVER}) s ON s.item = m.item
                  WHERE m.story = ? AND s.decided < ? ORDER BY s.decided, s.item"""  # noqa: S608 - a constant
        yield from map(_filed, self._db.query(sql, [story, stamp(until)]))

    def scores(self, item: int) -> dict[str, int]:
        """What each watchlist that filed a signal on the item gave it, the highest first."""
        sql = "SELECT watchlist, score FROM signals WHERE item = ? ORDER BY score DESC, watchlist"
        return {row["watchlist"]: row["score"] for row in self._db.query(sql, [item])}

    def best(self, limit: int) -> list[FiledSignal]:
        """The signals that score most, and of equals the newest."""
        sql = "SELECT * FROM signals ORDER BY score DESC, decided DESC, item DESC LIMIT ?"
        return [_filed(row) for row in self._db.query(sql, [limit])]

    def of_items(self, items: Collection[int]) -> dict[int, list[FiledSignal]]:
        """The signals on each of these items, the highest score first."""
        sql = f"""SELECT * FROM signals WHERE item IN ({places(items)})
                  ORDER BY score DESC, watchlist"""  # noqa: S608
        found: dict[int, list[FiledSignal]] = defaultdict(list)
        for row in self._db.query(sql, [*items]):
            found[row["item"]].append(_filed(row))
        return found

    def unstudied(self, limit: int) -> list[int]:
        """Items with signals that belong to no story yet, the newest first."""
        sql = """SELECT DISTINCT s.item FROM signals s WHERE s.baseline
                 AND NOT EXISTS (SELECT 1 FROM members m WHERE m.item = s.item)
                 ORDER BY s.item DESC LIMIT ?"""
        return [row["item"] for row in self._db.query(sql, [limit])]

    def any_of(self, item: int) -> bool:
        """Did any watchlist file a signal on this item?"""
        sql = "SELECT 1 FROM signals WHERE item = ? LIMIT 1"
        return self._db.execute(sql, [item]).fetchone() is not None

    def words(self, item: int, watchlist: str) -> tuple[str, ...]:
        """The words that a signal scored on, as they stand, each once."""
        sql = """SELECT words FROM hits WHERE item = ? AND watchlist = ?
                 ORDER BY field <> 'title', start"""
        rows = self._db.query(sql, [item, watchlist])
        return tuple({row["words"].casefold(): row["words"] for row in rows}.values())

    def words_of(self, items: Collection[int]) -> dict[tuple[int, str], tuple[str, ...]]:
        """The same of many items, by item and watchlist."""
        sql = f"""SELECT item, watchlist, words FROM hits WHERE item IN ({places(items)})
                  ORDER BY item, watchlist, field <> 'title', start"""  # noqa: S608
        found: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
        for row in self._db.query(sql, [*items]):
            found[row["item"], row["watchlist"]][row["words"].casefold()] = row["words"]
        return {key: tuple(words.values()) for key, words in found.items()}

    def counts(self) -> dict[str, int]:
        """Signals filed, per watchlist."""
        sql = "SELECT watchlist, count(*) AS n FROM signals GROUP BY watchlist"
        return {row["watchlist"]: row["n"] for row in self._db.query(sql)}


def _filed(row: dict[str, Any]) -> FiledSignal:
    return FiledSignal(
        row["item"],
        row["watchlist"],
        row["score"],
        row["stage"],
        row["story"],
        bool(row["baseline"]),
        moment(row["decided"]),
        row["silence"],
    )
