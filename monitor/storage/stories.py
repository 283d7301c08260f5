"""Tables `members`, `partings`, `traits` and `trait_keys`: which items tell one story, and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.storage.database import Database, places
from monitor.storage.moments import moment, stamp
from monitor.stories import LATE, Joined
from monitor.traits import RARE, Traits

# So many of an item's words are kept to find it by, so many items are looked at for each of its keys,
# and so many of those that share most with it; whatever came before, an item costs no more than that.
WORD_KEYS, PER_KEY, LIKELY = 24, 60, 40
# Of one story at most so many items are compared with: the first ones, which say what it is.
PER_STORY = 30
# An item without a date is looked for among all.
_LONG_AGO, _FAR_AHEAD = "0000", "9999"
# Apart, so that neither walks through what lies beyond the window: those near in time, those without a date.
_SHARING = """
SELECT item FROM (SELECT item FROM trait_keys WHERE key = ? AND at BETWEEN ? AND ?
                  ORDER BY at DESC, item DESC LIMIT ?)
UNION ALL
SELECT item FROM (SELECT item FROM trait_keys WHERE key = ? AND at = '' ORDER BY item DESC LIMIT ?)"""


@dataclass(frozen=True, slots=True)
class Member:
    """An item of a story: which item it is like, why, since when, and whether a person put it there."""

    item: int
    story: str
    like: int
    because: str
    joined: datetime
    hand: bool


class Stories:
    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, item: int) -> Member | None:
        """The story that an item belongs to."""
        for row in self._db.query("SELECT * FROM members WHERE item = ?", [item]):
            return _member(row)
        return None

    def members(self, story: str) -> list[Member]:
        """The items of a story in the order in which they joined."""
        rows = self._db.query("SELECT * FROM members WHERE story = ? ORDER BY joined, item", [story])
        return list(map(_member, rows))

    def outlets(self, story: str) -> int:
        """How many sources have items of a story."""
        sql = """SELECT count(DISTINCT i.source) FROM members m JOIN items i ON i.id = m.item
                 WHERE m.story = ?"""
        return int(self._db.execute(sql, [story]).fetchone()[0])

    def latest(self, since: datetime) -> Iterator[Member]:
        """Every member of the stories that an item joined since then, story by story."""
        sql = """SELECT * FROM members WHERE story IN (SELECT story FROM members WHERE joined >= ?)
                 ORDER BY story, joined, item"""
        yield from map(_member, self._db.query(sql, [stamp(since)]))

    def join(self, item: int, joined: Joined, now: datetime, *, hand: bool = False) -> None:
        """Put an item into a story; what a person put elsewhere stays there."""
        self._db.execute(
            """INSERT INTO members (item, story, like, because, joined, hand) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (item) DO UPDATE SET story = excluded.story, like = excluded.like,
                   because = excluded.because, hand = excluded.hand WHERE excluded.hand OR NOT hand""",
            [item, joined.story, joined.item, joined.because, stamp(now), hand],
        )

    def part(self, item: int, story: str) -> None:
        """An item never joins that story again."""
        self._db.execute("INSERT OR IGNORE INTO partings VALUES (?, ?)", [item, story])

    def rename(self, items: Iterable[int], story: str) -> None:
        """What was filed of these items is of that story now."""
        for item in items:
            self._db.execute("UPDATE signals SET story = ? WHERE item = ?", [story, item])

    # -------------------------------------------------------------- comparing

    def keep(self, traits: Traits) -> None:
        """File what an item is compared by; what an earlier revision was is replaced."""
        self._forget(traits.item)
        at = stamp(traits.when) if traits.when else None
        self._db.execute("INSERT INTO traits VALUES (?, ?, ?)", [traits.item, at, _encode(traits)])
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO trait_keys VALUES (?, ?, ?)",
            [[key, at or "", traits.item] for key in _keys(traits)],
        )

    def _forget(self, item: int) -> None:
        for traits in self._load([item]):
            at = stamp(traits.when) if traits.when else ""
            self._db.conn.executemany(
                "DELETE FROM trait_keys WHERE key = ? AND at = ? AND item = ?",
                [[key, at, item] for key in _keys(traits)],
            )
        self._db.execute("DELETE FROM traits WHERE item = ?", [item])

    def neighbours(self, traits: Traits) -> dict[str, list[Traits]]:
        """The stories that an item may belong to, each with its items; never one that it was parted from."""
        likely = [item for item, _ in self._sharing(traits).most_common(LIKELY)]
        if not likely:
            return {}
        sql = f"""SELECT DISTINCT story FROM members WHERE item IN ({places(likely)})
                  AND story NOT IN (SELECT story FROM partings WHERE item = ?)"""  # noqa: S608
        stories = [row["story"] for row in self._db.query(sql, [*likely, traits.item])]
        return {story: self._of_story(story, traits.item) for story in stories}

    def _sharing(self, traits: Traits) -> Counter[int]:
        """How much of what says most each item near in time has in common with this one."""
        first, last = _LONG_AGO, _FAR_AHEAD
        if traits.when:
            first, last = stamp(traits.when - LATE), stamp(traits.when + LATE + timedelta(seconds=1))
        found: Counter[int] = Counter()
        for key, weight in _keys(traits).items():
            rows = self._db.execute(_SHARING, [key, first, last, PER_KEY, key, PER_KEY])
            for (item,) in rows:
                found[item] += weight
        del found[traits.item]
        return found

    def _of_story(self, story: str, but: int) -> list[Traits]:
        sql = "SELECT item FROM members WHERE story = ? AND item <> ? ORDER BY joined, item LIMIT ?"
        return list(self._load([row["item"] for row in self._db.query(sql, [story, but, PER_STORY])]))

    def _load(self, items: Collection[int]) -> Iterator[Traits]:
        sql = f"SELECT * FROM traits WHERE item IN ({places(items)}) ORDER BY item"  # noqa: S608
        yield from map(_traits, self._db.query(sql, [*items]))


def _keys(traits: Traits) -> dict[str, int]:
    """What an item is found by, with how much each says: its telling marks, its stage, its headline, and
    the rarest of its words."""
    keys = {f"m {mark}": round(weight * 10) for mark, weight in traits.marks.items() if weight >= RARE}
    if traits.stage:
        keys[f"s {traits.stage}"] = 5
    if traits.copy:
        keys[f"c {traits.copy}"] = 100
    rare = sorted(traits.words, key=lambda word: (-traits.words[word], word))[:WORD_KEYS]
    return keys | {f"w {word}": round(traits.words[word] * 10) for word in rare}


def _encode(traits: Traits) -> str:
    body = {
        "lang": traits.lang,
        "marks": dict(traits.marks),
        "words": dict(traits.words),
        "parties": sorted(traits.parties),
        "countries": sorted(traits.countries),
        "headline": sorted(traits.headline),
        "numbers": sorted(traits.numbers),
        "stage": traits.stage,
        "copy": traits.copy,
    }
    return json.dumps(body, ensure_ascii=False)


def _traits(row: dict[str, Any]) -> Traits:
    body = json.loads(row["body"])
    when = moment(row["at"]) if row["at"] else None
    return Traits(
        row["item"], when, body["lang"], body["marks"], body["words"], frozenset(body["parties"]),
        frozenset(body["countries"]), frozenset(body["headline"]), frozenset(body["numbers"]),
        body["stage"], body["copy"],
    )  # fmt: skip


def _member(row: dict[str, Any]) -> Member:
    return Member(
        row["item"], row["story"], row["like"], row["because"], moment(row["joined"]), bool(row["hand"])
    )
