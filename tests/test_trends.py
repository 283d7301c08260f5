"""What a digest shows of a series: the newest number that can be right, compared with what is fair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import Trend
from monitor.model import Point
from monitor.series import Followed, sound
from monitor.trends import CHART, trend

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)
SINCE = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
BEFORE, WITHIN = SINCE - DAY, SINCE + timedelta(hours=3)
NDPR = Followed("ndpr", "NdPr oxide", "CNY/t", "https://e.test/", tell=("magnets",))


def point(at: date, value: float, seen: datetime = BEFORE) -> Point:
    return Point("ndpr", at, value, seen)


def history(*numbers: tuple[date, float]) -> list[Point]:
    """Numbers by day, of which the newest day came in the span."""
    return [*(point(*one) for one in numbers[:-1]), point(*numbers[-1], WITHIN)]


def days(*values: float, until: date = MONDAY) -> list[Point]:
    """A number a day, the last of which came in the span."""
    first = until - (len(values) - 1) * DAY
    return history(*((first + n * DAY, value) for n, value in enumerate(values)))


def weekdays(count: int, until: date = MONDAY) -> list[date]:
    found = (until - n * DAY for n in range(count * 2))
    return sorted([day for day in found if day.weekday() < 5][:count])


def months(count: int, until: date = date(2026, 2, 1), apart: int = 1) -> list[date]:
    last = until.year * 12 + until.month - 1
    return [date(m // 12, m % 12 + 1, 1) for m in range(last - (count - 1) * apart, last + 1, apart)]


def shown(points: Sequence[Point]) -> Trend:
    found = trend("prices", NDPR, points, SINCE)
    assert found is not None
    return found


def changes(found: Trend) -> tuple[float | None, ...]:
    """Over a day, a week, a month and a year, and on the number before; in thousandths."""
    shares = (found.day, found.week, found.month, found.year, found.step)
    return tuple(round(share * 1000) if share is not None else None for share in shares)


def test_a_series_is_shown_with_its_newest_number_and_those_before_it() -> None:
    found = shown(days(*range(530_000, 530_040)))
    assert (found.id, found.name, found.unit, found.link) == (
        "prices/ndpr", "NdPr oxide", "CNY/t", "https://e.test/",
    )  # fmt: skip
    assert (found.value, found.when, found.against) == ("530,039", "2 Mar 2026", "1 Mar 2026")
    assert found.watchlists == ("magnets",)
    assert found.points == tuple(range(530_040 - CHART, 530_040))
    assert (found.was, found.doubt) == ("", "")


# ------------------------------------------------------------------ whether it is shown


def corrected(*seen: tuple[float, datetime]) -> list[Point]:
    """A number of Sunday, and one of Monday with what it was one after the other."""
    return [point(MONDAY - DAY, 100), *(point(MONDAY, value, when) for value, when in seen)]


@pytest.mark.parametrize(
    ("points", "value", "was"),
    [
        pytest.param([], None, "", id="no number at all"),
        pytest.param([point(MONDAY, 100, WITHIN)], "100", "", id="the first look"),
        pytest.param(corrected((105, BEFORE)), None, "", id="nothing new"),
        pytest.param(corrected((105, WITHIN)), "105", "", id="a new day"),
        pytest.param(corrected((105, BEFORE), (106, WITHIN)), "106", "105", id="the newest is corrected"),
        pytest.param(corrected((105, WITHIN), (106, WITHIN + DAY)), "106", "", id="new and corrected"),
        pytest.param(
            corrected((105, BEFORE), (106, WITHIN), (105, WITHIN + DAY)), None, "", id="and taken back"
        ),
        pytest.param(corrected((105, SINCE)), "105", "", id="at the start of the span"),
        pytest.param(
            [point(MONDAY - DAY, 100, WITHIN), point(MONDAY, 105)], None, "", id="an older day is filled in"
        ),
        pytest.param(
            [point(MONDAY - DAY, 100), point(MONDAY - DAY, 99, WITHIN), point(MONDAY, 105)],
            None,
            "",
            id="an older day is corrected",
        ),
    ],
)
def test_a_series_is_shown_where_its_newest_number_is_new(
    points: list[Point], value: str | None, was: str
) -> None:
    found = trend("prices", NDPR, points, SINCE)
    assert (found.value if found else None, found.was if found else "") == (value, was)


def test_a_number_is_compared_with_others_as_they_were_corrected() -> None:
    points = [point(MONDAY - DAY, 50), point(MONDAY - DAY, 100, WITHIN), point(MONDAY, 105, WITHIN)]
    assert shown(points).day == pytest.approx(0.05)


# ------------------------------------------------------------------ what it is compared with


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param(days(100), (None,) * 5, id="the first"),
        pytest.param(days(100, 105), (50, None, None, None, 50), id="two days"),
        pytest.param(days(50, *[60] * 23, 80, *[90] * 6, 100), (111, 250, 667, None, 111), id="32 days"),
        pytest.param(days(50, *[80] * 27, 100), (250, 250, 1000, None, 250), id="from 2 Feb to 2 Mar"),
        pytest.param(
            history(*((day, 90 + n) for n, day in enumerate(weekdays(6)))),
            (11, 56, None, None, 11),
            id="Monday after Friday",
        ),
        pytest.param(
            history(*((day, 90) for day in weekdays(6, MONDAY - 9 * DAY)), (MONDAY, 99)),
            (None, 100, None, None, 100),
            id="after holidays",
        ),
        pytest.param(
            history(*((MONDAY - n * 7 * DAY, 100 - n) for n in range(6, -1, -1))),
            (None, 10, 42, None, 10),
            id="weekly",
        ),
        pytest.param(
            history(*((day, 100 + n) for n, day in enumerate(months(14)))),
            (None, None, 9, 119, 9),
            id="monthly",
        ),
        pytest.param(
            history(*((day, 100) for day in months(3, date(2025, 12, 1))), (date(2026, 2, 1), 110)),
            (None, None, None, None, 100),
            id="a month is missing",
        ),
        pytest.param(
            history(*((day, 100 + n) for n, day in enumerate(months(5, apart=3)))),
            (None, None, None, 40, 10),
            id="quarterly",
        ),
        pytest.param(
            history((date(2023, 1, 1), 100), (date(2024, 1, 1), 110), (date(2025, 1, 1), 121)),
            (None, None, None, 100, 100),
            id="yearly",
        ),
        pytest.param(
            history(*((MONDAY - n * 2 * DAY, 100 - n) for n in range(5, -1, -1))),
            (None, 42, None, None, 10),
            id="every other day",
        ),
        pytest.param(days(0, 105), (None,) * 5, id="from zero"),
    ],
)
def test_a_number_is_compared_with_one_as_old_as_is_said(
    points: list[Point], expected: tuple[float | None, ...]
) -> None:
    assert changes(shown(points)) == expected


def test_a_week_may_be_a_few_days_longer() -> None:
    assert shown(history((MONDAY - 11 * DAY, 100), (MONDAY, 110))).week == pytest.approx(0.1)
    assert shown(history((MONDAY - 12 * DAY, 100), (MONDAY, 110))).week is None
    assert shown(history((MONDAY - 6 * DAY, 100), (MONDAY, 110))).week is None


def test_a_year_may_be_a_few_days_longer() -> None:
    year = MONDAY.replace(year=2025)
    assert shown(history((year - 10 * DAY, 100), (MONDAY, 110))).year == pytest.approx(0.1)
    assert shown(history((year - 11 * DAY, 100), (MONDAY, 110))).year is None
    assert shown(history((year + DAY, 100), (MONDAY, 110))).year is None


@pytest.mark.parametrize(
    ("newest", "before"),
    [
        pytest.param(date(2026, 3, 31), date(2026, 2, 28), id="the last of a month"),
        pytest.param(date(2026, 1, 15), date(2025, 12, 15), id="over the new year"),
        pytest.param(date(2026, 3, 31), date(2026, 2, 18), id="ten days older"),
    ],
)
def test_a_month_is_one_of_the_calendar(newest: date, before: date) -> None:
    assert shown(history((before, 100), (newest, 110))).month == pytest.approx(0.1)
    assert shown(history((before - 11 * DAY, 100), (newest, 110))).month is None


@pytest.mark.parametrize(
    ("points", "when", "against"),
    [
        pytest.param(days(100, 101), "2 Mar 2026", "1 Mar 2026", id="daily"),
        pytest.param(history(*((day, 100) for day in months(3))), "Feb 2026", "Jan 2026", id="monthly"),
        pytest.param(history((date(2024, 1, 1), 100), (date(2025, 1, 1), 110)), "2025", "2024", id="yearly"),
    ],
)
def test_days_are_written_as_the_series_has_them(points: list[Point], when: str, against: str) -> None:
    assert (shown(points).when, shown(points).against) == (when, against)


# ------------------------------------------------------------------ what cannot be right


def test_a_number_that_cannot_be_right_is_not_the_newest_but_told() -> None:
    found = shown(days(100, 102, 10_500))
    assert (found.value, found.when) == ("102", "1 Mar 2026")
    assert found.day == pytest.approx(0.02)
    assert list(found.points) == [100, 102]
    assert found.doubt == "10,500 on 2 Mar: implausible after 102 on 1 Mar, check the source"


def test_what_followed_a_mistake_is_compared_with_what_was_before_it() -> None:
    found = shown(days(100, 102, 10_500, 105))
    assert (found.value, found.doubt, found.points) == ("105", "", (100, 102, 105))
    assert found.day == pytest.approx(3 / 102)


def test_a_new_scale_that_three_numbers_confirm_is_shown_alone() -> None:
    found = shown(days(100, 102, 10_500, 10_400, 10_608))
    assert (found.value, found.doubt, found.points) == ("10,608", "", (10_500, 10_400, 10_608))
    assert found.day == pytest.approx(0.02)


def test_a_mistake_that_is_corrected_is_shown_as_that() -> None:
    points = [*days(100, 102)[:1], point(MONDAY, 10_500), point(MONDAY, 105, WITHIN)]
    assert (shown(points).value, shown(points).was) == ("105", "10,500")


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40))
def test_what_is_shown_is_good_whatever_comes(values: list[float]) -> None:
    points = days(*values)
    found = shown(points)
    assert found.points == tuple(p.value for p in sound(points)[-CHART:])
    assert bool(found.doubt) == (sound(points)[-1].at != MONDAY)
    assert found.weight >= abs(found.day or 0)


@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=20), st.integers(1, 50))
def test_what_is_older_than_all_comparisons_changes_none(values: list[float], count: int) -> None:
    steady = [value for value in values if values[0] / 10 < value < values[0] * 10]
    longer = days(*[values[0]] * count, *steady)
    recent = [p for p in longer if p.at >= MONDAY - 45 * DAY]
    assert replace(shown(longer), points=()) == replace(shown(recent), points=())
