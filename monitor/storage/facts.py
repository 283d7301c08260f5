"""Table `facts`: what items state, by item, the weightiest of each kind first."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from monitor.fact import Fact, Facts, Kind, Output, Sum
from monitor.storage.database import Database, places


class StatedFacts:
    def __init__(self, db: Database) -> None:
        self._db = db

    def save(self, item: int, facts: Facts) -> None:
        """File what an item states; what an earlier revision did is replaced."""
        self._db.conn.execute("DELETE FROM facts WHERE item = ?", [item])
        self._db.conn.executemany(
            "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [item, place, fact.kind.value, fact.value, fact.label, fact.field, fact.start, fact.end,
                 fact.words, fact.sure, _encode(fact)]
                for place, fact in enumerate(facts.all)
            ],
        )  # fmt: skip

    def of_item(self, item: int) -> Facts:
        """What an item states, without its concepts."""
        rows = self._db.query("SELECT * FROM facts WHERE item = ? ORDER BY place", [item])
        return Facts(tuple(map(_fact, rows)))

    def of_items(self, items: Collection[int]) -> dict[int, Facts]:
        """The same of many items, for those that state anything."""
        sql = f"SELECT * FROM facts WHERE item IN ({places(items)}) ORDER BY item, place"  # noqa: S608
        stated: dict[int, list[Fact]] = defaultdict(list)
        for row in self._db.query(sql, [*items]):
            stated[row["item"]].append(_fact(row))
        return {item: Facts(tuple(facts)) for item, facts in stated.items()}

    def of_story(self, story: str) -> Iterator[Fact]:
        """What the items of a story state, the first item's facts first."""
        sql = """SELECT f.* FROM facts f JOIN members m ON m.item = f.item
                 WHERE m.story = ? ORDER BY f.item, f.place"""
        yield from map(_fact, self._db.query(sql, [story]))


def _encode(fact: Fact) -> str:
    """The parts of a sum or an output as JSON; empty where there are none."""
    parts = fact.sum or fact.output
    return json.dumps(parts, default=str) if parts else ""


def _fact(row: dict[str, Any]) -> Fact:
    kind, parts = Kind(row["kind"]), json.loads(row["parts"]) if row["parts"] else None
    return Fact(
        kind,
        row["value"],
        row["label"],
        row["field"],
        row["start"],
        row["end"],
        row["words"],
        row["sure"],
        sum=_sum(parts) if parts and kind is Kind.AMOUNT else None,
        output=Output(Decimal(parts[0]), parts[1]) if parts and kind is Kind.CAPACITY else None,
    )


def _sum(parts: list[Any]) -> Sum:
    value, currency, up_to, purpose, usd, rate, rated = parts
    return Sum(
        Decimal(value),
        currency,
        up_to,
        purpose,
        Decimal(usd) if usd is not None else None,
        Decimal(rate) if rate is not None else None,
        date.fromisoformat(rated) if rated else None,
    )
