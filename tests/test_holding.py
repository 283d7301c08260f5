"""When alerts may go: quiet hours, days, sessions, daylight saving; and how people write that."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.holding import LONGEST, NEVER_HELD, Hold, Hours, Window, hold, possible, until
from monitor.hours import WrittenHours, window
from monitor.markets import MARKETS, session
from monitor.watchlists import build

NEW_YORK, SYDNEY = "America/New_York", "Australia/Sydney"
NIGHT = (window("22:00-07:00"),)
WORKDAYS = frozenset(range(5))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ------------------------------------------------------------------ until when


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        (Hours(), "2026-03-02T03:00", None),
        (Hours("UTC", NIGHT), "2026-03-02T21:59:59", None),
        (Hours("UTC", NIGHT), "2026-03-02T22:00", "2026-03-03T07:00"),
        (Hours("UTC", NIGHT), "2026-03-02T03:00", "2026-03-02T07:00"),
        (Hours("UTC", NIGHT), "2026-03-02T07:00", None),
        (Hours("UTC", (window("12:00-13:00"),)), "2026-03-02T12:30", "2026-03-02T13:00"),
        (Hours("UTC", (window("22:00-24:00"),)), "2026-03-02T23:00", "2026-03-03T00:00"),
        (Hours("UTC", (window("22:00-2:00"), window("01:00-06:30"))), "2026-03-02T23:00", "2026-03-03T06:30"),
        (Hours("UTC", weekdays=WORKDAYS), "2026-03-06T23:59", None),
        (Hours("UTC", weekdays=WORKDAYS), "2026-03-07T00:00", "2026-03-09T00:00"),
        (Hours("UTC", NIGHT, WORKDAYS), "2026-03-06T22:30", "2026-03-09T07:00"),
        (Hours(NEW_YORK, weekdays=WORKDAYS), "2026-03-07T04:59", None),
        (Hours(NEW_YORK, market="NYSE"), "2026-03-02T15:00", None),
        (Hours(NEW_YORK, market="NYSE"), "2026-11-25T22:00", "2026-11-27T14:30"),
        (Hours("Asia/Shanghai", market="SSE"), "2026-09-30T08:00", "2026-10-08T01:30"),
        (Hours("Asia/Shanghai", market="SSE"), "2026-02-14T02:00", "2026-02-24T01:30"),
        # Quiet hours in another zone than the session: Sydney still trades when they are over.
        (Hours(NEW_YORK, (window("19:00-23:00"),), market="ASX"), "2026-06-08T20:00", "2026-06-09T03:00"),
        # Mondays alone, and Shanghai closed on two of them.
        (Hours("Asia/Shanghai", (), frozenset({0}), "SSE"), "2026-02-09T08:00", "2026-03-02T01:30"),
    ],
)  # fmt: skip
def test_until_when_an_alert_waits(hours: Hours, now: str, expected: str | None) -> None:
    assert until(hours, at(now)) == (at(expected) if expected else None)


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "expected"),
    [
        # The night of the change is an hour shorter or longer; seven o'clock is seven o'clock.
        (NEW_YORK, "22:00-07:00", "2026-03-08T04:00", "2026-03-08T11:00"),
        (NEW_YORK, "22:00-07:00", "2026-11-01T04:00", "2026-11-01T12:00"),
        (SYDNEY, "22:00-07:00", "2026-10-03T13:00", "2026-10-03T20:00"),
        # 02:30 is left out: the window ends when the clock jumps over it.
        (NEW_YORK, "22:00-02:30", "2026-03-08T06:00", "2026-03-08T07:00"),
        # 01:30 comes twice: the window ends with the first, and holds again before the second.
        (NEW_YORK, "22:00-01:30", "2026-11-01T05:10", "2026-11-01T05:30"),
        (NEW_YORK, "22:00-01:30", "2026-11-01T06:10", "2026-11-01T06:30"),
        # Samoa had no 30 December 2011.
        ("Pacific/Apia", "22:00-07:00", "2011-12-30T09:00", "2011-12-30T17:00"),
    ],
)
def test_quiet_hours_when_clocks_change(zone: str, quiet: str, now: str, expected: str) -> None:
    assert until(Hours(zone, (window(quiet),)), at(now)) == at(expected)


def test_a_day_whose_midnight_is_left_out_begins_at_one() -> None:
    """In Beirut the clocks go forward at midnight: 29 March 2026 begins at 01:00."""
    hours = Hours("Asia/Beirut", weekdays=frozenset({6}))
    assert until(hours, at("2026-03-28T12:00")) == at("2026-03-28T22:00")


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
WINDOWS = st.builds(Window, TIMES, TIMES).filter(lambda one: one.start != one.end)
# With changes at midnight, at half an hour, over the date line, and none.
ZONES = [
    *(NEW_YORK, SYDNEY, "Asia/Shanghai", "Europe/London", "UTC", "Australia/Lord_Howe", "America/Havana"),
    *("Asia/Beirut", "America/Sao_Paulo", "Pacific/Apia", "America/St_Johns"),
]
HOURS = st.builds(
    Hours,
    st.sampled_from(ZONES),
    st.lists(WINDOWS, max_size=2).map(tuple),
    st.frozensets(st.integers(0, 6)),
    st.sampled_from(["", "", *MARKETS]),
)


def free(hours: Hours, moment: datetime) -> bool:
    """Whether the rules, each read by itself, let an alert go."""
    local = moment.astimezone(ZoneInfo(hours.zone))
    if any(
        (one.start <= local.time() < one.end)
        if one.start < one.end
        else not one.end <= local.time() < one.start
        for one in hours.quiet
    ):
        return False
    if hours.weekdays and local.weekday() not in hours.weekdays:
        return False
    if not hours.market:
        return True
    market = MARKETS[hours.market]
    trades = session(market, moment.astimezone(ZoneInfo(market.zone)).date())
    return trades is not None and trades[0] <= moment < trades[1]


@given(HOURS, st.datetimes(datetime(2007, 1, 1), datetime(2028, 6, 1), timezones=st.just(UTC)))
def test_the_answer_is_the_first_moment_that_is_free(hours: Hours, now: datetime) -> None:
    found = until(hours, now)
    if found is None:
        assert free(hours, now)
        return
    assert now < found <= now + LONGEST
    assert not free(hours, now)
    if found < now + LONGEST:
        assert free(hours, found)
        assert until(hours, found) is None
    steps = (now + n * timedelta(minutes=7) for n in range(int((found - now) / timedelta(minutes=7)) + 1))
    assert not any(free(hours, moment) for moment in steps if moment < found)


def test_hours_that_never_agree_hold_for_thirty_days_and_no_longer() -> None:
    hours = Hours("UTC", weekdays=frozenset({5}), market="NYSE")
    assert not possible(hours, at("2026-03-02T12:00"))
    assert until(hours, at("2026-03-02T12:00")) == at("2026-04-01T12:00")


# ------------------------------------------------------------------ in words


@pytest.mark.parametrize(
    ("hours", "now", "why"),
    [
        (Hours(NEW_YORK, NIGHT), "2026-01-06T04:00", "quiet hours until 07:00 EST"),
        (Hours(NEW_YORK, weekdays=WORKDAYS), "2026-01-10T12:00", "a day off until Mon 12 Jan 00:00 EST"),
        (Hours(NEW_YORK, market="NYSE"), "2026-01-06T04:00", "the NYSE is closed until 09:30 EST"),
        (
            Hours("Asia/Shanghai", market="SSE"),
            "2026-09-30T08:00",
            "the Shanghai exchange is closed until Thu 8 Oct 09:30 CST",
        ),
    ],
)
def test_what_holds_it_is_said_in_words(hours: Hours, now: str, why: str) -> None:
    held = hold(hours, 3, at(now))
    assert held == Hold(until(hours, at(now)) or at(now), why)


@pytest.mark.parametrize(("primary", "tier", "goes"), [(True, 1, True), (True, 2, False), (False, 1, False)])
def test_a_primary_source_goes_through_unless_it_is_not_to(primary: bool, tier: int, goes: bool) -> None:
    hours = Hours(NEW_YORK, NIGHT, primary=primary)
    assert (hold(hours, tier, at("2026-01-06T04:00")) is None) is goes


# ------------------------------------------------------------------ as it is written


@pytest.mark.parametrize(
    ("text", "expected"),
    [("22:00-07:00", "22:00-07:00"), ("7:30 - 9:05", "07:30-09:05"), ("22:00-24:00", "22:00-00:00")],
)
def test_a_window_is_read(text: str, expected: str) -> None:
    assert str(window(text)) == expected


@pytest.mark.parametrize(
    "text", ["", "22-7", "22:00", "25:00-07:00", "22:60-07:00", "22:00-07:00x", "22:00–07:00"]
)
def test_a_window_that_cannot_be_read_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a stretch of the day: write 22:00-07:00"):
        window(text)


@pytest.mark.parametrize("text", ["07:00-07:00", "00:00-24:00"])
def test_a_window_that_ends_where_it_begins_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ends where it begins"):
        window(text)


@pytest.mark.parametrize(
    "keys",
    [
        {"quiet": ["00:00-12:00", "12:00-24:00"]},
        {"quiet": ["09:00-17:00"], "zone": NEW_YORK, "market": "NYSE"},
        {"weekdays": ["sat", "sun"], "market": "SSE"},
    ],
)
def test_hours_that_leave_no_moment_are_refused(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="leave no moment"):
        WrittenHours.model_validate(keys)


MAGNETS = "watchlist: magnets\ntitle: Magnets\nmust:\n  - any: [magnet]\n"


def hours_of(send: str) -> tuple[Hours | None, str]:
    """The hours of a watchlist with this `send`, or what is wrong with it."""
    rulebook, problems = build({"magnets.yaml": MAGNETS + send})
    if problems:
        return None, str(problems[0])
    return rulebook.watchlists[0].send.hold, ""


def test_a_watchlist_that_names_no_hours_leaves_it_to_the_settings() -> None:
    assert hours_of("send: {slack: ['#a']}\n") == (None, "")


def test_a_watchlist_may_say_that_nothing_is_held() -> None:
    assert hours_of("send: {hold: {}}\n") == (NEVER_HELD, "")


def test_a_watchlist_names_its_hours() -> None:
    send = 'send:\n  hold:\n    zone: Asia/Tokyo\n    quiet: ["22:00-07:00", 12:00-13:00]\n'
    send += "    weekdays: [mon, fri]\n    market: TSE\n    primary: false\n"
    quiet = (window("22:00-07:00"), window("12:00-13:00"))
    assert hours_of(send) == (Hours("Asia/Tokyo", quiet, frozenset({0, 4}), "TSE", primary=False), "")


@pytest.mark.parametrize(
    ("hold_", "said"),
    [
        ("quiet: [22-7]", "magnets.yaml:7: quiet"),
        ("zone: Mars", "magnets.yaml:7: zone: 'Mars' is not a time zone"),
        ("market: NSE", "magnets.yaml:7: market"),
        ("weekdays: [Monday]", "magnets.yaml:7: weekdays"),
        ("quite: []", "did you mean 'quiet'"),
    ],
)
def test_a_mistake_in_hours_is_told_where_it_stands(hold_: str, said: str) -> None:
    _, problem = hours_of(f"send:\n  hold:\n    {hold_}\n")
    assert said in problem
