"""What publication times teach: when to look, with no more looks than before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rhythm import (
    FASTEST,
    MEMORY,
    SHORTEST,
    SLOWEST,
    Rhythm,
    learn,
    next_look,
    pace,
    replay,
    usual_pause,
)
from tests.fakes import NOON

HALF_HOUR, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def workdays(hour: int, weeks: int = 4, zone_hours: int = 0) -> list[datetime]:
    """Publications at an hour of every working day before MONDAY."""
    days = [MONDAY - DAY * n for n in range(1, weeks * 7 + 1)]
    return [day + HOUR * (hour - zone_hours) for day in days if day.weekday() < 5]


def looks(rhythm: Rhythm, common: float, start: datetime, end: datetime, every: timedelta) -> list[datetime]:
    found, now = [], start
    while now < end:
        now = next_look(rhythm, every, "UTC", common, now)
        found.append(now)
    return found


def test_each_publication_is_counted_by_hour_and_day_in_the_zone_of_the_source() -> None:
    rhythm = learn(None, [datetime(2026, 3, 1, 23, 30, tzinfo=UTC)], "Asia/Shanghai", NOON)
    assert rhythm.hours[7] == pytest.approx(1, abs=0.05)
    assert rhythm.days[0] == pytest.approx(1, abs=0.05)
    assert rhythm.count == pytest.approx(1, abs=0.05)


def test_a_release_of_many_items_within_a_minute_is_one_publication() -> None:
    moment = NOON - HOUR
    rhythm = learn(None, [moment + timedelta(seconds=n) for n in range(50)], "UTC", NOON)
    assert rhythm.count == pytest.approx(1, abs=0.05)


def test_what_is_old_or_in_the_future_teaches_nothing() -> None:
    assert learn(None, [NOON - DAY * 400, NOON + HOUR], "UTC", NOON).count == 0


def test_habits_fade_by_half_in_four_weeks() -> None:
    before = learn(None, [NOON], "UTC", NOON)
    after = learn(before, [], "UTC", NOON + DAY * 28)
    assert after.count == pytest.approx(before.count / 2)


def test_the_watched_time_begins_with_the_oldest_publication() -> None:
    assert learn(None, [NOON - DAY], "UTC", NOON).watched == pytest.approx(24, rel=0.05)


def test_a_source_is_looked_at_most_in_the_hours_in_which_it_publishes() -> None:
    rhythm = learn(None, workdays(14), "UTC", MONDAY)
    common = pace([(rhythm, HALF_HOUR)], MONDAY)
    assert common is not None
    week = looks(rhythm, common, MONDAY, MONDAY + DAY * 7, HALF_HOUR)
    by_hour = [sum(look.hour == hour and look.weekday() < 5 for look in week) for hour in range(24)]
    assert max(by_hour) == by_hour[14]
    assert by_hour[14] > 2 * by_hour[3]
    weekend = sum(look.weekday() >= 5 for look in week)
    assert weekend < 2 * sum(look.weekday() == 1 for look in week)


def test_all_looks_together_stay_as_many_as_with_fixed_pauses() -> None:
    busy = learn(None, [MONDAY - timedelta(minutes=20 * n) for n in range(1, 2000)], "UTC", MONDAY)
    calm = learn(None, workdays(14), "UTC", MONDAY)
    sources = [(busy, HALF_HOUR), *[(calm, HALF_HOUR)] * 5]
    common = pace(sources, MONDAY)
    assert common is not None
    made = sum(len(looks(r, common, MONDAY, MONDAY + DAY * 7, every)) for r, every in sources)
    assert made == pytest.approx(6 * 7 * 48, rel=0.1)
    assert len(looks(busy, common, MONDAY, MONDAY + DAY, HALF_HOUR)) > 2 * len(
        looks(calm, common, MONDAY, MONDAY + DAY, HALF_HOUR)
    )


def test_nothing_learnt_is_no_pace() -> None:
    assert pace([], NOON) is None
    assert pace([(learn(None, [NOON], "UTC", NOON), HOUR)], NOON) is None


def test_a_past_learnt_at_once_counts_as_if_it_had_been_watched_day_by_day() -> None:
    """Ten a day over six weeks are ten a day: those of weeks ago count for less, as the hours do."""
    published = [MONDAY - n * DAY - minute * timedelta(minutes=7) for n in range(42) for minute in range(10)]
    rhythm = replay(published, "UTC", MONDAY)
    assert rhythm.count / (rhythm.watched / 24) == pytest.approx(10, rel=0.05)
    day_by_day = None
    for n in range(41, -1, -1):
        day = [moment for moment in published if MONDAY - (n + 1) * DAY < moment <= MONDAY - n * DAY]
        day_by_day = learn(day_by_day, day, "UTC", MONDAY - n * DAY)
    assert day_by_day is not None
    assert rhythm.count == pytest.approx(day_by_day.count, rel=0.05)


def test_nothing_published_teaches_nothing() -> None:
    assert replay([], "UTC", MONDAY).count == 0
    assert replay([MONDAY - MEMORY - DAY, MONDAY + DAY], "UTC", MONDAY).count == 0


moments = st.lists(st.integers(0, 60 * 24 * 50).map(lambda m: MONDAY - timedelta(minutes=m)), max_size=60)


@given(moments, st.floats(1e-3, 1e3), st.integers(0, 10_000), st.integers(1, 1440))
def test_the_pause_stays_within_its_bounds(
    published: list[datetime], common: float, minutes: int, every_minutes: int
) -> None:
    every, now = timedelta(minutes=every_minutes), MONDAY + timedelta(minutes=minutes)
    rhythm = learn(None, published, "America/New_York", MONDAY)
    wait = next_look(rhythm, every, "America/New_York", common, now) - now
    slack = timedelta(milliseconds=1)
    assert max(every / FASTEST, min(SHORTEST, every)) - slack <= wait <= every * SLOWEST + slack


@given(moments, moments)
def test_learning_in_two_steps_is_learning_in_one(first: list[datetime], second: list[datetime]) -> None:
    """As far as the counts go: when they were told apart does not matter."""
    together = learn(None, {*first, *second}, "UTC", MONDAY)
    apart = learn(learn(None, first, "UTC", MONDAY), set(second) - set(first), "UTC", MONDAY)
    assert together.hours == pytest.approx(apart.hours)
    assert together.days == pytest.approx(apart.days)


def test_the_usual_pause_is_that_of_a_week() -> None:
    daily = replay([NOON - n * timedelta(days=1) for n in range(40)], "UTC", NOON)
    usual = usual_pause(daily, "UTC", NOON)
    assert usual is not None
    assert timedelta(hours=20) < usual < timedelta(hours=28)


def test_of_few_publications_no_pause_is_usual() -> None:
    assert usual_pause(None, "UTC", NOON) is None
    assert usual_pause(replay([NOON - timedelta(days=1)], "UTC", NOON), "UTC", NOON) is None
