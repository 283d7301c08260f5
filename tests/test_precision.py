"""Marks -> precision by watchlist and week: each alert once, whatever order they come in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feedback import Opinion, Said
from monitor.precision import Week, monday, sentence, standing, weeks
from tests.fakes import NOON

USEFUL, NOISE = Opinion.USEFUL, Opinion.NOISE
MONDAY = date(2026, 3, 2)
WEEK = timedelta(weeks=1)


def told(alert: str, opinion: Opinion | None = None, watchlist: str = "loans", weeks_ago: int = 0) -> Said:
    return Said(alert, watchlist, NOON - weeks_ago * WEEK, opinion)


def test_alerts_are_counted_by_watchlist_and_week_the_newest_first() -> None:
    said = [
        told("a", USEFUL), told("b", USEFUL), told("c", NOISE), told("d"),
        told("e", NOISE, "plants"), told("f", weeks_ago=1),
    ]  # fmt: skip
    assert weeks(said) == (
        Week("loans", MONDAY, useful=2, noise=1, unmarked=1),
        Week("plants", MONDAY, useful=0, noise=1, unmarked=0),
        Week("loans", MONDAY - WEEK, useful=0, noise=0, unmarked=1),
    )


@pytest.mark.parametrize(
    ("week", "share", "words"),
    [
        (Week("loans", MONDAY, 3, 1, 6), 0.75,
         "loans, 2026-W10: 3 of 4 marked were useful (75 %), 6 not marked"),
        (Week("loans", MONDAY, 1, 0, 0), 1.0, "loans, 2026-W10: 1 of 1 marked were useful (100 %)"),
        (Week("loans", MONDAY, 0, 2, 0), 0.0, "loans, 2026-W10: 0 of 2 marked were useful (0 %)"),
        (Week("loans", MONDAY, 0, 0, 5), None, "loans, 2026-W10: 5 told, none marked"),
    ],
)  # fmt: skip
def test_precision_is_the_share_of_what_was_marked(week: Week, share: float | None, words: str) -> None:
    assert (week.precision, sentence(week)) == (share, words)


@pytest.mark.parametrize(
    ("moment", "zone", "first", "name"),
    [
        (datetime(2026, 1, 1, 12, tzinfo=UTC), "UTC", date(2025, 12, 29), "2026-W01"),
        (datetime(2027, 1, 3, 23, 59, tzinfo=UTC), "UTC", date(2026, 12, 28), "2026-W53"),
        (datetime(2027, 1, 3, 23, 59, tzinfo=UTC), "Asia/Shanghai", date(2027, 1, 4), "2027-W01"),
        (datetime(2026, 3, 2, 1, tzinfo=UTC), "America/New_York", date(2026, 2, 23), "2026-W09"),
    ],
)
def test_a_week_is_that_of_iso_8601_where_the_reader_is(
    moment: datetime, zone: str, first: date, name: str
) -> None:
    assert monday(moment, zone) == first
    assert weeks([Said("a", "loans", moment)], zone)[0].name == name


def week(
    weeks_ago: int, useful: int = 0, noise: int = 0, unmarked: int = 0, watchlist: str = "loans"
) -> Week:
    return Week(watchlist, MONDAY - weeks_ago * WEEK, useful, noise, unmarked)


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        pytest.param([], [], id="nothing told"),
        pytest.param([week(0, 3, 1), week(1, 2)], [week(0, 3, 1)], id="this week is marked"),
        pytest.param([week(0, 0, 1), week(1, 2)], [week(0, 0, 1)], id="though all of it was noise"),
        pytest.param(
            [week(0, unmarked=4), week(1, 2)], [week(0, unmarked=4), week(1, 2)], id="not marked yet"
        ),
        pytest.param([week(1, 2, unmarked=1)], [week(1, 2, unmarked=1)], id="nothing told this week"),
        pytest.param([week(1, unmarked=9)], [], id="last week was not marked either"),
        pytest.param([week(2, 5), week(0, unmarked=1)], [week(0, unmarked=1)], id="longer ago"),
        pytest.param(
            [week(0, 1, watchlist="plants"), week(1, 1, watchlist="plants"), week(1, 2)],
            [week(1, 2), week(0, 1, watchlist="plants")],
            id="each watchlist by itself",
        ),
    ],
)
def test_last_week_stands_in_for_one_that_nobody_has_marked(found: list[Week], shown: list[Week]) -> None:
    for today in (MONDAY, MONDAY + timedelta(days=6)):
        assert standing(found, today) == tuple(shown)


_SAID = st.builds(
    told,
    st.sampled_from("abcdefgh"),
    st.sampled_from([None, USEFUL, NOISE]),
    st.just("loans"),
    st.just(0),
)


@given(st.lists(_SAID))
def test_an_alert_counts_once_however_often_it_is_given(said: list[Said]) -> None:
    counted = weeks([*said, *said])
    assert sum(week.told for week in counted) == len({one.alert for one in said})
    assert counted == weeks(said)


@given(st.lists(_SAID, unique_by=lambda one: one.alert), st.randoms())
def test_the_order_of_alerts_changes_nothing(said: list[Said], random: object) -> None:
    mixed = list(said)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert weeks(mixed) == weeks(said)
