"""The rows of a sheet -> columns, a rung each, with what the money on it comes to; or in any order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from monitor import figures
from monitor.ledger import Ledger
from monitor.sheet import Row

DOLLARS = "USD"
# What a sheet can be sorted by, beside the kinds of detail: "-due" is the latest first.
FIXED = ("title", "rung", "since", "last", "status", "source", "due")
AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Column:
    """The rows on a rung in the order in which they came. `dollars` is what those come to whose amount is
    stated in US dollars or was converted, of `counted` rows; `others` state one in another currency alone."""

    rung: str
    title: str
    rows: tuple[Row, ...]
    dollars: Decimal
    counted: int
    others: int
    aside: bool = False
    ends: bool = False


def columns(ledger: Ledger, rows: Iterable[Row]) -> list[Column]:
    """One for each rung, in the order of the ladder; those aside or ending after them, if anybody is there;
    at last a column without a name for rows on no rung."""
    rows = list(rows)
    ordered = sorted(ledger.rungs, key=lambda rung: (rung.aside or rung.ends, rung.number))
    made = []
    for rung in ordered:
        there = [row for row in rows if row.rung == rung.title]
        if there or not (rung.aside or rung.ends):
            made.append(_column(rung.id, rung.title, there, aside=rung.aside, ends=rung.ends))
    nowhere = [row for row in rows if not row.rung]
    return [*made, *([_column("", "", nowhere)] if nowhere else [])]


def _column(name: str, title: str, rows: list[Row], *, aside: bool = False, ends: bool = False) -> Column:
    stated = [words for row in rows if (words := row.detail(AMOUNT))]
    worth = [found for words in stated if (found := dollars(words)) is not None]
    others = len(stated) - len(worth)
    return Column(name, title, tuple(rows), sum(worth, Decimal(0)), len(worth), others, aside, ends)


def dollars(words: str) -> Decimal | None:
    """The US dollars of an amount as a row states it, its equivalent where it is in another currency:
    "$1.25bn loan", "A$180m ($119.8m at 0.6655, 2024-01)"; None where it has none."""
    found = sorted(figures.amounts(words), key=lambda one: one.start)
    return next((one.value for one in found if one.currency == DOLLARS), None)


def ordered(ledger: Ledger, rows: Iterable[Row], by: str = "") -> list[Row]:
    """The rows by a column, those without a value last, whichever way; of equal ones in the order in which
    they came. Without a column: what is overdue, what falls due next, the rest as they came."""
    rows = list(rows)
    name, down = by.removeprefix("-"), by.startswith("-")
    if not name:
        return sorted(rows, key=lambda row: (not row.overdue, row.due is None, row.due or date.max))
    key = _key(ledger, name)
    known = [row for row in rows if key(row) is not None]
    return [*sorted(known, key=key, reverse=down), *(row for row in rows if key(row) is None)]


def _key(ledger: Ledger, name: str) -> Callable[[Row], Any]:
    """What of a row is compared; None where it has nothing."""
    if name == "rung":
        numbers = {rung.title: rung.number for rung in ledger.rungs}
        return lambda row: numbers.get(row.rung)
    if name == AMOUNT:
        return lambda row: dollars(row.detail(AMOUNT))
    if name in FIXED:
        return lambda row: _folded(getattr(row, name))
    return lambda row: _folded(row.detail(name))


def _folded(value: str | date | datetime | None) -> str | date | datetime | None:
    return (value.casefold() or None) if isinstance(value, str) else value
