"""Which edition is due: one for each wanted local date that exists, whatever the zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import edition
from monitor.edition import LATE, Edition
from monitor.subscriber import Subscriber

HOUR = timedelta(hours=1)
MON, FRI = 0, 4

# Each with a moment near which its clocks do something strange.
STRANGE = (
    ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),  # 02:00 to 03:00 is left out
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),  # 01:00 to 02:00 comes twice
    ("Australia/Lord_Howe", datetime(2026, 4, 5, tzinfo=UTC)),  # half an hour comes twice
    ("America/Sao_Paulo", datetime(2018, 11, 4, tzinfo=UTC)),  # midnight is left out
    ("America/Havana", datetime(2026, 11, 1, tzinfo=UTC)),  # midnight comes twice
    ("America/Scoresbysund", datetime(2024, 3, 31, tzinfo=UTC)),  # changes before and after midnight
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),  # a day is left out, a Friday
    ("Pacific/Kwajalein", datetime(1993, 8, 21, tzinfo=UTC)),  # a day is left out, a Saturday
    ("America/Juneau", datetime(1867, 10, 18, 12, tzinfo=UTC)),  # a day comes twice
    ("Asia/Shanghai", datetime(2026, 3, 2, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(1986, 1, 1, tzinfo=UTC)),  # a quarter of an hour is left out
)


def subscriber(hour: str, zone: str = "UTC", *weekdays: int, weekly: bool = False) -> Subscriber:
    made = Subscriber("Ann", "", hour, zone, weekdays=weekdays or (0, 1, 2, 3, 4, 5, 6))
    return replace(made, edition="weekly") if weekly else made


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ------------------------------------------------------------------ any clock


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(STRANGE),
    st.times(),
    st.sets(st.integers(0, 6), min_size=1),
    st.booleans(),
    st.lists(st.integers(1, 7 * 60), min_size=20, max_size=60),
)
def test_one_for_each_wanted_date_that_exists(
    strange: tuple[str, datetime], hour: object, days: set[int], weekly: bool, steps: list[int]
) -> None:
    """Looked at every now and then, with breaks of up to seven hours."""
    zone, around = strange
    ann = subscriber(f"{hour:%H:%M}", zone, *sorted(days), weekly=weekly)
    start = around - timedelta(days=4)
    end = start + sum(steps, start=0) * timedelta(minutes=1) + timedelta(days=4)
    found, now = {edition.due(ann, start)[0]: start}, start
    for step in [*steps, *[60] * 96]:
        now += timedelta(minutes=step)
        day, moment = edition.due(ann, now)
        assert moment <= now
        found.setdefault(day, now)
    assert list(found) == sorted(found), "never one of an earlier date"
    wanted = edition.weekdays(ann)
    there = [day for day in _local_dates(zone, start, end) if day.weekday() in wanted]
    assert set(there) >= set(found) - {min(found)}
    assert [day for day in there if min(found) < day < max(found)] == list(found)[1:-1]


def _local_dates(zone: str, start: datetime, end: datetime) -> list[date]:
    """The dates that a clock on the wall shows meanwhile: walked, not reckoned."""
    place, dates, moment = ZoneInfo(zone), set(), start
    while moment <= end:
        dates.add(moment.astimezone(place).date())
        moment += timedelta(minutes=15)
    return sorted(dates)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(STRANGE), st.times(), st.integers(-200, 200), st.integers(0, 500))
def test_it_never_goes_back_to_an_earlier_date(
    strange: tuple[str, datetime], hour: object, hours: int, later: int
) -> None:
    zone, around = strange
    ann = subscriber(f"{hour:%H:%M}", zone)
    now = around + hours * HOUR
    assert edition.due(ann, now) <= edition.due(ann, now + later * timedelta(minutes=7))


@pytest.mark.parametrize(("zone", "around"), STRANGE)
def test_the_hour_is_the_one_on_the_wall_where_the_wall_shows_it(zone: str, around: datetime) -> None:
    for minutes in range(0, 24 * 60, 15):
        ann = subscriber(f"{minutes // 60:02}:{minutes % 60:02}", zone)
        day, moment = edition.due(ann, around + timedelta(days=2))
        local = moment.astimezone(ZoneInfo(zone))
        assert (local.date(), f"{local:%H:%M}") == (day, ann.digest_at)


# ------------------------------------------------------------------ cases


@pytest.mark.parametrize(
    ("zone", "hour", "now", "day", "moment"),
    [
        ("America/New_York", "02:30", "2026-03-08T07:29", "2026-03-07", "2026-03-07T07:30"),
        ("America/New_York", "02:30", "2026-03-08T07:30", "2026-03-08", "2026-03-08T07:30"),  # 03:30 there
        ("America/New_York", "01:30", "2026-11-01T05:30", "2026-11-01", "2026-11-01T05:30"),
        ("America/New_York", "01:30", "2026-11-01T06:30", "2026-11-01", "2026-11-01T05:30"),  # again 01:30
        ("America/Havana", "00:30", "2026-11-01T05:30", "2026-11-01", "2026-11-01T04:30"),
        ("Pacific/Apia", "08:00", "2011-12-30T17:59", "2011-12-29", "2011-12-29T18:00"),
        ("Pacific/Apia", "08:00", "2011-12-30T18:00", "2011-12-31", "2011-12-30T18:00"),
    ],
)  # fmt: skip
def test_clocks_that_are_put_forward_and_back(zone: str, hour: str, now: str, day: str, moment: str) -> None:
    assert edition.due(subscriber(hour, zone), at(now)) == (date.fromisoformat(day), at(moment))


@pytest.mark.parametrize(
    ("weekdays", "weekly", "now", "day"),
    [
        ((0, 1, 2, 3, 4), False, "2026-03-06T08:00", "2026-03-06"),  # a Friday
        ((0, 1, 2, 3, 4), False, "2026-03-08T20:00", "2026-03-06"),
        ((0, 1, 2, 3, 4), False, "2026-03-09T07:00", "2026-03-06"),
        ((0, 1, 2, 3, 4), False, "2026-03-09T07:30", "2026-03-09"),
        ((6,), False, "2026-03-07T23:59", "2026-03-01"),
        ((), True, "2026-03-08T23:59", "2026-03-02"),
        ((), True, "2026-03-09T07:30", "2026-03-09"),
        ((3,), True, "2026-03-04T23:59", "2026-02-26"),
    ],
)
def test_only_on_the_weekdays(weekdays: tuple[int, ...], weekly: bool, now: str, day: str) -> None:
    ann = subscriber("07:30", "UTC", *weekdays, weekly=weekly)
    assert edition.due(ann, at(now))[0] == date.fromisoformat(day)


def test_a_weekly_edition_whose_day_is_left_out_is_that_of_the_week_before() -> None:
    ann = subscriber("08:00", "Pacific/Apia", FRI, weekly=True)
    assert edition.due(ann, at("2012-01-05T00:00"))[0] == date(2011, 12, 23)
    assert edition.due(ann, at("2012-01-06T00:00"))[0] == date(2012, 1, 6)


@pytest.mark.parametrize(
    ("weekdays", "weekly", "hour", "since"),
    [
        ((), False, "2026-03-09T07:30", "2026-03-08T07:30"),
        ((0, 4), False, "2026-03-09T07:30", "2026-03-06T07:30"),
        ((), True, "2026-03-09T07:30", "2026-03-02T07:30"),
    ],
)
def test_the_first_one_tells_since_there_would_have_been_one(
    weekdays: tuple[int, ...], weekly: bool, hour: str, since: str
) -> None:
    assert edition.before(subscriber("07:30", "UTC", *weekdays, weekly=weekly), at(hour)) == at(since)


def test_the_day_on_which_clocks_are_put_back_is_longer() -> None:
    ann = subscriber("07:30", "Europe/Berlin")
    hours = [edition.due(ann, at(f"2026-10-{day}T12:00"))[1] for day in (24, 25, 26)]
    assert [later - earlier for earlier, later in pairwise(hours)] == [25 * HOUR, 24 * HOUR]


@pytest.mark.parametrize(
    ("missed", "late"), [(timedelta(0), timedelta(0)), (LATE, timedelta(0)), (3 * HOUR, 3 * HOUR)]
)
def test_some_minutes_are_not_late(missed: timedelta, late: timedelta) -> None:
    hour = at("2026-03-09T07:30")
    assert Edition(hour.date(), hour, hour - HOUR, hour + missed).late == late


def test_a_first_edition_is_never_late() -> None:
    """Who subscribes at noon gets it at once."""
    hour = at("2026-03-09T07:30")
    assert not Edition(hour.date(), hour, hour - HOUR, hour + 5 * HOUR, first=True).late
