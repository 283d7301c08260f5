"""What came of items: the story of each, what watchlists scored it, and whether it was told."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from monitor.storage.database import Database, places
from monitor.storage.moments import moment, stamp


@dataclass(frozen=True, slots=True)
class Scored:
    """What a watchlist gave an item, and why that was not told; `baseline`: it was there before
    the first look."""

    watchlist: str
    score: int
    silence: str
    baseline: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an item. `told` is when the first alert of it was decided that went out to anybody, and
    `alert` the watchlist that told it; `waits`: there is one that did not go out yet."""

    story: str = ""
    scored: tuple[Scored, ...] = ()
    told: datetime | None = None
    alert: str = ""
    waits: bool = False


NOTHING = Outcome()


class Outcomes:
    def __init__(self, db: Database) -> None:
        self._db = db

    def told(self, since: datetime, silence: str) -> Callable[[int], tuple[str, bool]]:
        """The story of an item that was filed since then, and whether it was silent for this reason: for
        asking about many items of which few have a story."""
        sql = """SELECT item, story, EXISTS (SELECT 1 FROM signals
                     WHERE signals.item = members.item AND silence = ?)
                 FROM members WHERE item IN (SELECT id FROM items WHERE first_seen >= ?)"""
        known = {
            item: (story, bool(so)) for item, story, so in self._db.execute(sql, [silence, stamp(since)])
        }
        return lambda item: known.get(item, ("", False))

    def of(self, items: Collection[int]) -> dict[int, Outcome]:
        """What came of these items, the highest score of each first."""
        wanted = list(items)
        among = f"item IN ({places(wanted)})"
        stories = dict(
            self._db.execute(f"SELECT item, story FROM members WHERE {among}", wanted).fetchall()  # noqa: S608
        )
        scored: dict[int, list[Scored]] = {}
        sql = f"""SELECT item, watchlist, score, silence, baseline FROM signals WHERE {among}
                  ORDER BY score DESC, watchlist"""  # noqa: S608
        for item, watchlist, score, silence, baseline in self._db.execute(sql, wanted):
            scored.setdefault(item, []).append(Scored(watchlist, score, silence, bool(baseline)))
        told, waits = self._alerts(among, wanted)
        return {
            item: Outcome(
                stories.get(item, ""),
                tuple(scored.get(item, ())),
                told[item][0] if item in told else None,
                told[item][1] if item in told else "",
                item in waits,
            )
            for item in wanted
        }

    def _alerts(self, among: str, wanted: list[int]) -> tuple[dict[int, tuple[datetime, str]], set[int]]:
        """When each was told first and by which watchlist, and what is still to be told."""
        sql = f"""SELECT a.item, a.created, a.watchlist, d.state FROM alerts a
                  JOIN deliveries d ON d.alert = a.id WHERE a.{among} ORDER BY a.created, d.seq"""  # noqa: S608
        told: dict[int, tuple[datetime, str]] = {}
        waits: set[int] = set()
        for item, created, watchlist, state in self._db.execute(sql, wanted):
            if state in ("sent", "batched"):
                told.setdefault(item, (moment(created), watchlist))
            elif state in ("pending", "sending", "failed", "held"):
                waits.add(item)
        return told, waits
