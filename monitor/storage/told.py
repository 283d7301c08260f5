"""Table `facets`, and the stories as they were told last: what the first page of the desk is made of.

A story stands where its newest alert stands, of those that fit what was asked for. Every query walks an
index from its newest end and stops at its limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model import Alert
from monitor.storage.alerts import decode
from monitor.storage.database import Database, places
from monitor.storage.moments import stamp


class Facet(StrEnum):
    """What alerts can be picked by."""

    ENTITY = "entity"
    WATCHLIST = "watchlist"
    LANG = "lang"
    TIER = "tier"


# By the facet, with what it is to be: empty for all.
Picked = Mapping[Facet, str]
# So many values of a facet can be chosen from, those that were told of last.
CHOICES = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: after the alert of that moment and id."""

    created: datetime
    alert: str


@dataclass(frozen=True, slots=True)
class Newest:
    """A story by the newest of its alerts, under the name that it has now."""

    story: str
    alert: Alert

    @property
    def place(self) -> Place:
        return Place(self.alert.created, self.alert.id)


@dataclass(frozen=True, slots=True)
class Carried:
    """An item of a story as far as it says who carries it."""

    story: str
    source: str
    title: str
    link: str


_VALUES = """
WITH RECURSIVE found (value) AS (
    SELECT min(value) FROM facets WHERE kind = :kind
    UNION ALL
    SELECT (SELECT min(f.value) FROM facets f WHERE f.kind = :kind AND f.value > found.value)
    FROM found WHERE found.value IS NOT NULL)
SELECT value, (SELECT max(created) FROM facets f WHERE f.kind = :kind AND f.value = found.value) AS newest
FROM found WHERE value IS NOT NULL ORDER BY newest DESC, value LIMIT :most"""


class ToldStories:
    def __init__(self, db: Database) -> None:
        self._db = db

    def newest(self, picked: Picked, after: Place | None, limit: int) -> list[Newest]:
        """The stories with an alert that fits, by the newest of those, newest first."""
        sql, values = statement(picked, after, limit)
        return [Newest(row["story"], decode(row["body"])) for row in self._db.query(sql, values)]

    def weightiest(self, since: datetime, limit: int) -> list[Newest]:
        """Of the stories told since then those that scored most, and of equals the newest: each by its
        best alert."""
        sql = """SELECT coalesce(m.story, a.story) AS story, a.id, max(a.score) AS best
                 FROM alerts a LEFT JOIN members m ON m.item = a.item WHERE a.created >= ?
                 GROUP BY 1 ORDER BY best DESC, a.created DESC, a.id LIMIT ?"""
        best = {row["id"]: row["story"] for row in self._db.query(sql, [stamp(since), limit])}
        bodies = f"SELECT id, body FROM alerts WHERE id IN ({places(best)})"  # noqa: S608
        found = {row["id"]: decode(row["body"]) for row in self._db.query(bodies, [*best])}
        return [Newest(story, found[alert]) for alert, story in best.items()]

    def count(self, since: datetime) -> int:
        """How many stories were told since then."""
        sql = """SELECT count(DISTINCT coalesce(m.story, a.story)) FROM alerts a
                 LEFT JOIN members m ON m.item = a.item WHERE a.created >= ?"""
        return int(self._db.execute(sql, [stamp(since)]).fetchone()[0])

    def number(self) -> int:
        """Another number whenever an alert is filed, and at no great cost."""
        return int(self._db.execute("SELECT max(rowid) FROM alerts").fetchone()[0] or 0)

    def values(self, facet: Facet, most: int = CHOICES) -> list[str]:
        """What there is to choose from, what was told of last first."""
        rows = self._db.query(_VALUES, {"kind": facet.value, "most": most})
        return [row["value"] for row in rows]

    def carried(self, stories: Collection[str]) -> dict[str, list[Carried]]:
        """The items of these stories in the order in which they joined."""
        sql = f"""SELECT m.story, i.source, i.title, i.link FROM members m JOIN items i ON i.id = m.item
                  WHERE m.story IN ({places(stories)}) ORDER BY m.joined, m.item"""  # noqa: S608
        found: dict[str, list[Carried]] = defaultdict(list)
        for row in self._db.query(sql, [*stories]):
            found[row["story"]].append(Carried(**row))
        return found

    def beside(self, items: Collection[int]) -> dict[int, list[Alert]]:
        """Every alert on these items, the newest first."""
        sql = f"""SELECT item, body FROM alerts WHERE item IN ({places(items)})
                  ORDER BY created DESC, id DESC"""  # noqa: S608
        found: dict[int, list[Alert]] = defaultdict(list)
        for row in self._db.query(sql, [*items]):
            found[row["item"]].append(decode(row["body"]))
        return found

    def states(self, alerts: Iterable[str]) -> dict[str, set[str]]:
        """What became of alerts, by their ids: the states of their deliveries."""
        wanted = list(alerts)
        sql = f"SELECT alert, state FROM deliveries WHERE alert IN ({places(wanted)})"  # noqa: S608
        found: dict[str, set[str]] = defaultdict(set)
        for row in self._db.query(sql, wanted):
            found[row["alert"]].add(row["state"])
        return found


def statement(picked: Picked, after: Place | None, limit: int) -> tuple[str, dict[str, object]]:
    """The query for the newest alert that fits of each story, and its values. It walks what is rarest of what
    is asked for, as far as that can be told beforehand: an entity, a watchlist, a language, a tier."""
    chosen = [facet for facet in Facet if picked.get(facet)]
    values: dict[str, object] = {facet.value: picked[facet] for facet in chosen} | {"limit": limit}
    walked = "a.created, a.id"
    source, where = "alerts a", ["1"]
    if chosen:
        first, walked = chosen.pop(0), "d.created, d.alert"
        source = "facets d CROSS JOIN alerts a ON a.id = d.alert"
        where = [f"d.kind = '{first.value}' AND d.value = :{first.value}"]
    every = [facet for facet in Facet if picked.get(facet)]
    where += [_has(facet, "a") for facet in chosen]
    if after:
        values |= {"created": stamp(after.created), "alert": after.alert}
        where.append(f"({walked}) < (:created, :alert)")
    newer = ["n.story = m.story", "(b.created, b.id) > (a.created, a.id)", *(_has(f, "b") for f in every)]
    where.append(
        "NOT EXISTS (SELECT 1 FROM members n CROSS JOIN alerts b INDEXED BY alerts_of_item "  # noqa: S608
        f"ON b.item = n.item WHERE {' AND '.join(newer)})"
    )
    order = ", ".join(f"{name} DESC" for name in walked.split(", "))
    sql = f"""SELECT coalesce(m.story, a.story) AS story, a.body FROM {source}
              LEFT JOIN members m ON m.item = a.item
              WHERE {" AND ".join(where)} ORDER BY {order} LIMIT :limit"""  # noqa: S608 - constants
    return sql, values


def _has(facet: Facet, alert: str) -> str:
    """Whether an alert is of what is asked for."""
    return (
        f"EXISTS (SELECT 1 FROM facets f WHERE f.kind = '{facet.value}' AND f.value = :{facet.value} "  # noqa: S608
        f"AND f.created = {alert}.created AND f.alert = {alert}.id)"
    )
