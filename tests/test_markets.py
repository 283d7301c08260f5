"""Sessions of stock exchanges: hours, holidays, daylight saving, and China's working weekends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.markets import LONGEST_CLOSURE, MARKETS, opening, session

DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("market", "day", "expected"),
    [
        ("NYSE", "2026-01-06", "14:30-21:00"),
        ("NYSE", "2026-07-06", "13:30-20:00"),
        ("NYSE", "2026-11-27", "14:30-21:00"),  # a half day, taken as whole
        ("ASX", "2026-01-06", "23:00-05:00"),
        ("ASX", "2026-07-06", "00:00-06:00"),
        ("SSE", "2026-01-06", "01:30-07:00"),  # over lunch
        ("HKEX", "2026-01-06", "01:30-08:00"),
        ("TSE", "2026-01-06", "00:00-06:30"),
        ("LSE", "2026-07-06", "07:00-15:30"),
    ],
)
def test_a_session_in_utc(market: str, day: str, expected: str) -> None:
    found = session(MARKETS[market], date.fromisoformat(day))
    assert found is not None
    assert "-".join(f"{moment:%H:%M}" for moment in found) == expected


@pytest.mark.parametrize(
    ("market", "first", "last"),
    [
        ("NYSE", "2026-04-03", "2026-04-05"),  # Good Friday
        ("NYSE", "2026-07-03", "2026-07-05"),  # Independence Day falls on a Saturday
        ("NYSE", "2026-11-26", "2026-11-26"),  # Thanksgiving
        ("NYSE", "2025-01-09", "2025-01-09"),  # in mourning for a president
        ("ASX", "2026-01-26", "2026-01-26"),
        ("ASX", "2026-12-25", "2026-12-28"),
        ("SSE", "2024-10-01", "2024-10-07"),  # Golden Week
        ("SSE", "2025-10-01", "2025-10-08"),
        ("SSE", "2026-10-01", "2026-10-07"),
        ("SSE", "2024-02-09", "2024-02-18"),  # Lunar New Year
        ("SSE", "2025-01-28", "2025-02-04"),
        ("SSE", "2026-02-16", "2026-02-23"),
        ("HKEX", "2026-02-17", "2026-02-19"),
        ("LSE", "2026-12-25", "2026-12-28"),
        ("TSE", "2026-12-31", "2027-01-03"),
    ],
)
def test_an_exchange_is_closed_for_all_of_a_holiday_and_open_around_it(
    market: str, first: str, last: str
) -> None:
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    closed = [day + n * DAY for n in range((end - day).days + 1)]
    assert [session(MARKETS[market], one) for one in closed] == [None] * len(closed)
    before = next(day - n * DAY for n in range(1, 5) if (day - n * DAY).weekday() < 5)
    after = next(end + n * DAY for n in range(1, 5) if (end + n * DAY).weekday() < 5)
    assert session(MARKETS[market], before), before
    assert session(MARKETS[market], after), after


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-10-10"])
def test_a_weekend_on_which_china_works_is_no_day_of_trading(day: str) -> None:
    assert session(MARKETS["SSE"], date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    ("market", "now", "expected"),
    [
        ("NYSE", "2026-03-03T15:00", "2026-03-03T15:00"),
        ("NYSE", "2026-03-03T14:29:59", "2026-03-03T14:30"),
        ("NYSE", "2026-03-03T21:00", "2026-03-04T14:30"),
        ("NYSE", "2026-03-06T21:30", "2026-03-09T13:30"),  # the clocks changed on the weekend
        ("NYSE", "2026-11-25T21:00", "2026-11-27T14:30"),
        ("SSE", "2026-09-30T07:00", "2026-10-08T01:30"),
        ("SSE", "2026-02-13T07:00", "2026-02-24T01:30"),
        ("ASX", "2026-12-24T05:30", "2026-12-28T23:00"),
    ],
)
def test_when_an_exchange_opens(market: str, now: str, expected: str) -> None:
    assert opening(MARKETS[market], at(now)) == at(expected)


@given(
    st.sampled_from(sorted(MARKETS)),
    st.datetimes(datetime(2023, 1, 1), datetime(2028, 12, 1), timezones=st.just(UTC)),
)
def test_it_is_open_at_its_opening_and_not_just_before(name: str, now: datetime) -> None:
    market = MARKETS[name]
    found = opening(market, now)
    assert now <= found < now + LONGEST_CLOSURE
    open_ = session(market, found.astimezone(ZoneInfo(market.zone)).date())
    assert open_ is not None
    assert open_[0] <= found < open_[1]
    assert found in (now, open_[0]), "it had been open already"
    assert opening(market, found) == found
