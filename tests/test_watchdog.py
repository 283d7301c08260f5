"""What the operator is told of the sources: once, grouped, with what to do, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.cadence import after_failure, after_success, health
from monitor.errors import HostWaits, MonitorError, Refused, Trouble, Unreachable, Unreadable
from monitor.manners import BackOff
from monitor.model import Entry, Reading, SourceState, Validators
from monitor.outbox import Notice
from monitor.rhythm import learn
from monitor.watchdog import (
    GATHER,
    MAX_LINES,
    PATIENCE,
    PAUSE,
    SHOWN,
    Alarm,
    after_reading,
    after_unchanged,
    alarms,
    decide,
)
from tests.fakes import NOON, a_source

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOURCE = a_source(1, every=timedelta(minutes=30), quiet_after=timedelta(days=7))
WELL = SourceState("source-1", last_ok=NOON, newest=NOON, baseline=True, usual=20.0)


def found(state: SourceState, now: datetime) -> list[Trouble]:
    return [Trouble(alarm.trouble) for alarm in alarms([health(SOURCE, state, now)], now)]


def failed(error: MonitorError, times: int) -> SourceState:
    state = WELL
    for _ in range(times):
        state = after_failure(SOURCE, state, error, NOON)
    return state


def entries(count: int) -> Reading:
    return Reading(tuple(Entry(f"k{n}", f"a{n}", "", f"Title {n}", "", None) for n in range(count)))


def read(state: SourceState, count: int, **changes: int) -> SourceState:
    numbers = {"new": 0, "renumbered": 0, "held": 0} | changes
    return after_reading(state, entries(count), now=NOON, gaps=False, **numbers)


# ------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (Unreachable("no answer"), Trouble.UNREACHABLE),
        (Refused("answered 500", status=500), Trouble.REFUSED),
        (Refused("answered 403", status=403), Trouble.BLOCKED),
        (Refused("answered 412", status=412), Trouble.BLOCKED),
        (Refused("answered 521", status=521), Trouble.BLOCKED),
        (Refused("answered 404", status=404), Trouble.GONE),
        (Refused("answered 410", status=410), Trouble.GONE),
        (Refused("bad certificate", trouble=Trouble.CERTIFICATE), Trouble.CERTIFICATE),
        (Unreadable("the layout changed"), Trouble.UNREADABLE),
    ],
)
def test_a_failure_is_an_alarm_once_it_lasts(error: MonitorError, trouble: Trouble) -> None:
    state = failed(error, 2)
    assert found(state, NOON + PATIENCE[trouble] - timedelta(seconds=1)) == []
    assert found(state, NOON + PATIENCE[trouble]) == [trouble]


def test_a_host_that_turns_us_away_is_an_alarm_once_it_lasts() -> None:
    state = after_failure(SOURCE, WELL, HostWaits("answered 429", wait=DAY, status=429, asked=True), NOON)
    waits = BackOff("host", NOON + DAY, 1, "answered 429")

    def told(now: datetime) -> list[str]:
        return [alarm.trouble for alarm in alarms([health(SOURCE, state, now, waits)], now)]

    assert told(NOON + PATIENCE[Trouble.BLOCKED] - timedelta(seconds=1)) == []
    assert told(NOON + PATIENCE[Trouble.BLOCKED]) == [Trouble.BLOCKED]


def test_one_failure_is_no_alarm_however_long_ago() -> None:
    assert found(failed(Unreachable("no answer"), 1), NOON + DAY) == []


def test_an_answer_ends_the_failure() -> None:
    state = after_success(SOURCE, failed(Unreachable("no answer"), 5), Validators(), None, NOON)
    assert (state.failing_since, state.trouble) == (None, "")
    assert found(state, NOON + DAY) == []


def test_every_alarm_says_what_to_do() -> None:
    for trouble in Trouble:
        state = replace(WELL, failures=9, error="wrong", trouble=trouble.value, failing_since=NOON)
        (alarm,) = alarms([health(SOURCE, state, NOON + DAY)], NOON + DAY)
        assert alarm.remedy
        assert "{" not in alarm.remedy


# ------------------------------------------------------------------ silence


def test_a_source_is_silent_when_more_was_due_by_its_habits_than_chance_allows() -> None:
    busy = learn(None, [NOON - timedelta(minutes=30 * n) for n in range(1000)], "UTC", NOON)
    state = replace(WELL, rhythm=busy)
    assert found(state, NOON + 5 * HOUR) == []
    assert found(state, NOON + 9 * HOUR) == [Trouble.SILENT]
    assert "silent 9 h" in health(SOURCE, state, NOON + 9 * HOUR).brief


def test_a_source_that_rests_at_night_is_not_silent_in_the_morning() -> None:
    days = [NOON - DAY * n for n in range(40)]
    office = [day.replace(hour=hour, minute=m) for day in days for hour in range(9, 17) for m in (0, 30)]
    state = replace(WELL, rhythm=learn(None, [m for m in office if m <= NOON], "UTC", NOON))
    evening = NOON.replace(hour=16, minute=30)
    assert found(replace(state, newest=evening), evening + 16 * HOUR) == []


def test_without_habits_what_is_written_counts() -> None:
    assert found(WELL, NOON + SOURCE.quiet_after) == []
    assert found(WELL, NOON + SOURCE.quiet_after + HOUR) == [Trouble.SILENT]


def test_a_feed_that_answers_and_has_been_frozen_for_years_is_silent_from_the_first_look_on() -> None:
    reading = Reading((Entry("k", "a", "", "Old", "", NOON - DAY * 900),))
    first = SourceState("source-1")
    state = after_success(SOURCE, first, Validators(), reading, NOON, new=reading.entries)
    assert found(state, NOON) == [Trouble.SILENT]


def test_a_source_without_dates_is_alive_as_long_as_something_new_comes() -> None:
    state = replace(WELL, newest=None, last_new=NOON)
    assert found(state, NOON + DAY) == []
    assert found(state, NOON + 8 * DAY) == [Trouble.SILENT]


# ------------------------------------------------------------------ odd documents


@pytest.mark.parametrize(
    ("count", "odd"), [(0, Trouble.EMPTY), (3, Trouble.DROP), (12, ""), (20, ""), (40, "")]
)
def test_a_document_is_held_against_the_usual_one(count: int, odd: str) -> None:
    assert read(WELL, count).odd == odd


def test_an_empty_document_is_an_alarm_only_if_it_stays_empty() -> None:
    state = read(WELL, 0)
    assert found(state, NOON) == []
    assert found(state, NOON + HOUR) == [Trouble.EMPTY]
    assert found(read(state, 20), NOON + HOUR) == []


def test_an_empty_document_does_not_become_the_usual_one() -> None:
    state = WELL
    for _ in range(50):
        state = read(state, 0)
    assert state.odd == Trouble.EMPTY
    assert state.odd_since == NOON


def test_small_documents_and_answers_for_a_span_may_be_empty() -> None:
    assert read(replace(WELL, usual=3.0), 0).odd == ""
    assert after_reading(WELL, entries(0), 0, 0, 0, NOON, gaps=True).odd == ""


@pytest.mark.parametrize(
    ("changes", "odd"),
    [
        ({"new": 59}, ""),
        ({"new": 60}, Trouble.FLOOD),
        ({"renumbered": 20}, Trouble.RENUMBERED),
        ({"new": 60, "held": 5}, Trouble.HELD),
    ],
)
def test_what_happened_at_once_is_shown_for_a_day(changes: dict[str, int], odd: str) -> None:
    state = read(WELL, 60, **changes)
    assert state.odd == odd
    if odd:
        assert found(read(state, 60), NOON) == [odd], "the next document does not end it"
        later = after_reading(state, entries(60), 0, 0, 0, NOON + SHOWN, gaps=False)
        assert found(later, NOON + SHOWN) == []


def test_what_happened_is_over_after_a_day_though_no_other_document_comes() -> None:
    state = read(WELL, 60, new=60)
    assert after_unchanged(state, NOON + SHOWN - HOUR) == state
    assert found(after_unchanged(state, NOON + SHOWN), NOON + SHOWN) == []


def test_an_empty_document_that_stays_is_not_over() -> None:
    state = read(WELL, 0)
    assert after_unchanged(state, NOON + SHOWN) == state


def test_the_first_look_is_never_odd() -> None:
    assert read(SourceState("source-1"), 500, new=500).odd == ""


# ------------------------------------------------------------------ telling


def alarm(number: int, since: datetime = NOON, **changes: object) -> Alarm:
    values = {"trouble": "gone", "text": f"Source {number}: gone", "remedy": "look", "since": since}
    return Alarm(f"source-{number}", **(values | changes))  # type: ignore[arg-type]


def test_alarms_that_begin_together_are_one_notice() -> None:
    first = decide([], [alarm(1)], None, NOON)
    assert first.notice is None
    second = decide(first.alarms, [alarm(1), alarm(2, NOON + GATHER / 2)], None, NOON + GATHER)
    assert isinstance(second.notice, Notice)
    assert second.notice.title == "2 sources need a look"
    assert [line.split(".")[0] for line in second.notice.lines] == ["Source 1: gone", "Source 2: gone"]
    assert "Look" in second.notice.lines[0]


def test_an_alarm_is_told_once() -> None:
    told = decide([alarm(1)], [alarm(1)], None, NOON + GATHER)
    assert told.notice is not None
    again = decide(told.alarms, [alarm(1, NOON + HOUR)], NOON, NOON + DAY)
    assert (again.notice, again.alarms) == (None, told.alarms)


def test_notices_keep_apart() -> None:
    known = [alarm(1)]
    assert decide(known, known, NOON + PAUSE / 2, NOON + PAUSE).notice is None
    assert decide(known, known, NOON, NOON + PAUSE).notice is not None


def test_what_was_told_is_told_over_and_what_was_not_is_dropped() -> None:
    told = decide([alarm(1, told=True), alarm(2)], [], None, NOON + HOUR)
    assert [a.source for a in told.alarms] == ["source-1"]
    after = decide(told.alarms, [], None, NOON + HOUR + GATHER)
    assert after.notice is not None
    assert after.notice.title == "1 well again"
    assert after.notice.lines == ("Source 1: well again (gone for 62 min).",)
    assert after.alarms == ()


def test_what_comes_back_before_its_end_was_told_goes_on() -> None:
    over = decide([alarm(1, told=True)], [], None, NOON + HOUR)
    back = decide(over.alarms, [alarm(1, NOON + HOUR)], None, NOON + 2 * HOUR)
    assert back.notice is None
    assert [(a.since, a.told, a.over) for a in back.alarms] == [(NOON, True, None)]


def test_a_notice_stays_short() -> None:
    many = [alarm(n) for n in range(100)]
    made = decide(many, many, None, NOON + GATHER)
    assert made.notice is not None
    assert len(made.notice.lines) == MAX_LINES
    assert made.notice.lines[-1] == "… and 89 more: monitor sources list"
    assert all(a.told for a in made.alarms)
