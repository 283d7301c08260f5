"""The rows of a sheet by rung, and in any order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import ladder
from monitor.fact import Kind
from monitor.ledger import Ledger, Rung
from monitor.sheet import Row

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LADDER = (
    Rung("asked", "asked", 0),
    Rung("delayed", "delayed", 1, aside=True),
    Rung("approved", "board approval", 2),
    Rung("repaid", "repaid", 3, ends=True),
)
LEDGER = Ledger("loans", "Loans", ("magnets",), LADDER, (Kind.COMPANY,), facts=(Kind.AMOUNT,))


def a_row(
    key: str, rung: str = "asked", *, due: date | None = None, overdue: bool = False, days: int = 0,
    **details: str,
) -> Row:  # fmt: skip
    last = NOW - timedelta(days=days)
    told = tuple(details.items())
    return Row(key, key, rung, "1/3", last, last, "wire", 2, "reported", "", due, overdue, True, told)


def keys(rows: list[Row]) -> list[str]:
    return [row.key for row in rows]


# ------------------------------------------------------------------ in an order


def test_what_is_overdue_comes_first_then_what_falls_due_then_the_rest_as_it_was() -> None:
    rows = [
        a_row("quiet"), a_row("soon", due=date(2026, 3, 9)), a_row("newest"),
        a_row("missed", due=date(2026, 3, 1), overdue=True), a_row("later", due=date(2026, 9, 1)),
        a_row("long missed", due=date(2025, 12, 1), overdue=True),
    ]  # fmt: skip
    wanted = ["long missed", "missed", "soon", "later", "quiet", "newest"]
    assert keys(ladder.ordered(LEDGER, rows)) == wanted


ROWS = [
    a_row("b", "board approval", days=2, amount="$90m", country="us"),
    a_row("a", "asked", days=3, amount="A$180m ($119.8m at 0.6655, 2024-01)", country="AU"),
    a_row("C", "delayed", days=1, due=date(2026, 4, 1)),
    a_row("d", "repaid", days=0, amount="$1.1bn loan"),
]


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("title", "abCd"), ("-title", "dCba"), ("rung", "aCbd"), ("-rung", "dbCa"), ("last", "abCd"),
        ("-since", "dCba"), ("due", "Cbad"), ("amount", "badC"), ("-amount", "dabC"), ("country", "abCd"),
        ("-country", "baCd"),
    ],
)  # fmt: skip
def test_rows_are_sorted_by_a_column_those_without_a_value_last(by: str, wanted: str) -> None:
    assert keys(ladder.ordered(LEDGER, ROWS, by)) == list(wanted)


@given(st.sampled_from([*ladder.FIXED, "amount", "country", "nothing"]), st.booleans())
def test_what_is_equal_stays_in_the_order_in_which_it_came(column: str, down: bool) -> None:
    alike = [a_row("x", amount="$5m"), a_row("x", amount="$5m loan"), a_row("x", amount="$5m grant")]
    for rows in permutations(alike):
        found = ladder.ordered(LEDGER, rows, ("-" if down else "") + column)
        assert [row.details for row in found] == [row.details for row in rows]


# ------------------------------------------------------------------ by rung


def test_each_rung_is_a_column_in_the_order_of_the_ladder_those_aside_where_anybody_is() -> None:
    columns = ladder.columns(LEDGER, [a_row("a"), a_row("b", "delayed")])
    assert [(one.rung, keys(list(one.rows))) for one in columns] == [
        ("asked", ["a"]), ("approved", []), ("delayed", ["b"]),
    ]  # fmt: skip
    assert [one.aside for one in columns] == [False, False, True]


def test_who_is_on_no_rung_has_a_column_of_their_own() -> None:
    assert ladder.columns(LEDGER, [a_row("a", "")])[-1].title == ""


def test_the_money_of_a_rung_is_summed_in_dollars_and_the_rest_is_counted() -> None:
    rows = [
        a_row("a", amount="up to $1.1bn loan"),
        a_row("b", amount="MYR 1.9bn ($485.64m at 0.255602, 2026-02)"),
        a_row("c", amount="KRW 240bn"),
        a_row("d"),
    ]  # fmt: skip
    column = ladder.columns(LEDGER, rows)[0]
    assert (column.dollars, column.counted, column.others) == (Decimal("1585640000.00"), 2, 1)


@given(st.text(max_size=60))
def test_any_words_are_an_amount_or_none(words: str) -> None:
    found = ladder.dollars(words)
    assert found is None or found >= 0
