"""What lies ahead in a ledger, and what passed in silence, for a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import Ahead
from monitor.due import ahead
from monitor.fact import Kind
from monitor.ledger import Deadline, Entry, Ledger, Rung, Seed, Step
from monitor.ledgers import standing
from tests.fakes import NOON

# NOON is that of 2 March 2026.
DAY = timedelta(days=1)
RUNGS = (Rung("promised", "promised", 0), Rung("kept", "kept", 1, ends=True))


def a_seed(key: str, *due: Deadline, source: str = "") -> Seed:
    return Seed(key, key.title(), "promised", date(2025, 10, 26), source, deadlines=due)


def a_ledger(*seeds: Seed) -> Ledger:
    return Ledger("promises", "Promises", ("accords",), RUNGS, (Kind.COUNTRY,), opens="never", seeds=seeds)


def entry(key: str = "accord", *steps: Step, filed: datetime = NOON - 90 * DAY, **more: Any) -> Entry:
    first = Step("promised", NOON - 120 * DAY, 0, "", 1, "")
    return Entry(
        "promises", key, key.title(), standing(a_ledger(), (first, *steps)), (first, *steps), filed, **more
    )  # fmt: skip


def report(month: int, day: int, what: str = "report", **more: Any) -> Deadline:
    return Deadline(date(2026, month, day), what, **more)


def found(
    deadline: Deadline, row: Entry | None = None, *, since: float = -1, until: float = 0
) -> list[Ahead]:
    ledger = a_ledger(a_seed("accord", deadline, source="https://accord.example"))
    return ahead(ledger, [row or entry()], NOON + since * DAY, NOON + until * DAY)


def heard(month: int, day: int, rung: str = "promised") -> Entry:
    """A row of which something was heard that day."""
    at = datetime.combine(date(2026, month, day), time(9), UTC)
    return entry("accord", Step(rung, at, 7, "s3", 3, ""))


@pytest.mark.parametrize(
    ("deadline", "shown"),
    [
        pytest.param(report(3, 2), [False], id="today"),
        pytest.param(report(3, 16), [False], id="in 14 days"),
        pytest.param(report(3, 17), [], id="in 15 days"),
        pytest.param(report(3, 1), [True], id="yesterday"),
        pytest.param(report(2, 28), [], id="the day before was told yesterday"),
        pytest.param(report(3, 10, rung="promised"), [False], id="on the rung that it is for"),
        pytest.param(report(3, 10, rung="kept"), [], id="on another rung"),
    ],
)
def test_what_falls_due_within_a_fortnight_and_what_passed_is_told(
    deadline: Deadline, shown: list[bool]
) -> None:
    assert [one.overdue for one in found(deadline)] == shown


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        pytest.param(-1, -0.5, [], id="until midnight"),
        pytest.param(-1, -0.4, [True], id="until after midnight"),
        pytest.param(-0.5, 0, [True], id="since midnight"),
        pytest.param(-0.4, 0, [], id="since after midnight"),
    ],
)
def test_a_day_has_passed_when_it_is_over(since: float, until: float, shown: list[bool]) -> None:
    made = found(report(3, 1), since=since, until=until)
    assert [one.overdue for one in made if one.overdue] == shown


def test_what_was_heard_of_is_not_overdue() -> None:
    assert found(report(3, 1), heard(2, 27)) == []
    assert [one.overdue for one in found(report(3, 1), heard(2, 1))] == [True]


def test_nothing_is_due_of_what_has_ended() -> None:
    assert found(report(3, 10), heard(2, 1, rung="kept")) == []


def test_what_passed_before_the_row_was_followed_is_history() -> None:
    assert found(report(3, 1), entry(filed=NOON)) == []


def test_it_says_what_and_where_to_read_it() -> None:
    (one,) = found(report(3, 10))
    assert one == Ahead(
        ("accords",), date(2026, 3, 10), "report", ("Accord",), "https://accord.example", overdue=False
    )


def test_rows_on_which_the_same_falls_due_are_told_together() -> None:
    ledger = a_ledger(
        a_seed("one", report(3, 10)), a_seed("two", report(3, 10)), a_seed("three", report(3, 10, "plan"))
    )
    made = ahead(ledger, [entry("one"), entry("two"), entry("three")], NOON - DAY, NOON)
    assert [(one.what, one.rows) for one in made] == [("plan", ("Three",)), ("report", ("One", "Two"))]


def test_one_that_was_heard_of_is_not_told_with_those_that_were_not() -> None:
    ledger = a_ledger(a_seed("accord", report(3, 1)), a_seed("two", report(3, 1)))
    made = ahead(ledger, [heard(3, 1), entry("two")], NOON - DAY, NOON)
    assert [one.rows for one in made] == [("Two",)]


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        pytest.param(entry(), ["no step for 120 days"], id="silent since noon"),
        pytest.param(entry(filed=NOON + DAY), [], id="silent when it was first followed"),
        pytest.param(heard(3, 1), [], id="heard of since"),
        pytest.param(heard(2, 1, rung="kept"), [], id="ended"),
    ],
)
def test_a_row_that_has_been_silent_too_long_passed_once(row: Entry, shown: list[str]) -> None:
    ledger = replace(a_ledger(), silent=120 * DAY)
    ends = [NOON + n * DAY / 2 for n in range(-3, 4)]
    made = [one for since, until in pairwise(ends) for one in ahead(ledger, [row], since, until)]
    assert [one.what for one in made] == shown
    assert all(one.overdue and one.day == NOON.date() and one.rows == ("Accord",) for one in made)


def test_what_is_overdue_stands_first_and_then_the_next_day() -> None:
    ledger = a_ledger(a_seed("accord", report(3, 12), report(3, 5), report(3, 1)))
    made = ahead(ledger, [entry()], NOON - DAY, NOON)
    assert [one.day.day for one in made] == [1, 5, 12]


def test_a_row_that_the_file_does_not_give_has_nothing_due() -> None:
    assert ahead(a_ledger(), [entry()], NOON - DAY, NOON) == []


@given(st.integers(-60, 60), st.lists(st.integers(-130, 130), min_size=2, max_size=9, unique=True))
def test_what_passed_in_silence_is_told_once_over_spans_that_follow_each_other(
    day: int, halves: list[int]
) -> None:
    deadline = replace(report(3, 2), day=NOON.date() + day * DAY)
    moments = [half / 2 for half in sorted(halves)]
    told = [
        one
        for since, until in pairwise(moments)
        for one in found(deadline, since=since, until=until)
        if one.overdue
    ]
    over = datetime.combine(deadline.day + DAY, time(), UTC)
    within = NOON + moments[0] * DAY <= over < NOON + moments[-1] * DAY
    assert len(told) == within
