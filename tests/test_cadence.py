"""When a source is looked at again, and how it is doing in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.cadence import after_failure, after_success, ago, health, offline
from monitor.digest import Coverage, Ill
from monitor.errors import HostWaits, MonitorError, Refused, Trouble, Unreachable, Unreadable
from monitor.manners import MAX_WAIT, BackOff, Move
from monitor.model import Entry, Health, Reading, Source, SourceState, Validators
from monitor.rhythm import FASTEST, learn
from tests.fakes import NOON, a_source

SOURCE = a_source(1, every=timedelta(minutes=30), quiet_after=timedelta(days=7))
STATE = SourceState("source-1", validators=Validators(etag='"a"'))
DOWN = Unreachable("no answer", subject="source-1")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def entry(published: datetime | None) -> Entry:
    return Entry("key", "alias", "https://example.com/1", "Title", "Text", published)


def state(**changes: object) -> SourceState:
    return SourceState("source-1", **changes)  # type: ignore[arg-type]


# ------------------------------------------------------------------ after an answer


def test_after_an_answer_the_next_look_is_one_interval_later() -> None:
    failing = state(failures=4, error="no answer")
    after = after_success(SOURCE, failing, Validators(etag='"b"'), Reading(()), NOON)
    assert (after.next_poll, after.last_poll, after.last_ok) == (NOON + SOURCE.every, NOON, NOON)
    assert (after.failures, after.error, after.validators.etag) == (0, "", '"b"')
    assert after.baseline


@pytest.mark.parametrize(
    ("before", "dates", "newest"),
    [
        pytest.param(None, [NOON - DAY, NOON - HOUR, None], NOON - HOUR, id="the newest of the document"),
        pytest.param(NOON - HOUR, [NOON - DAY], NOON - HOUR, id="never back"),
        pytest.param(NOON - DAY, [NOON - HOUR], NOON - HOUR, id="forward"),
        pytest.param(NOON - DAY, [None], NOON - DAY, id="no dates in the document"),
        pytest.param(None, [None], None, id="no dates at all"),
    ],
)
def test_the_newest_date_only_moves_forward(
    before: datetime | None, dates: list[datetime | None], newest: datetime | None
) -> None:
    reading = Reading(tuple(entry(date) for date in dates))
    assert after_success(SOURCE, state(newest=before), Validators(), reading, NOON).newest == newest


def test_an_answer_that_nothing_changed_keeps_the_newest_date() -> None:
    before = state(newest=NOON - DAY, baseline=True)
    after = after_success(SOURCE, before, Validators(), None, NOON)
    assert (after.newest, after.last_ok) == (NOON - DAY, NOON)


# ------------------------------------------------------------------ after a failure


@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        pytest.param(0, 30, id="first"),
        pytest.param(1, 60, id="second"),
        pytest.param(2, 120, id="third"),
        pytest.param(5, 960, id="sixth"),
        pytest.param(6, 1440, id="a day at most"),
        pytest.param(5000, 1440, id="after weeks"),
    ],
)
def test_pauses_grow_from_failure_to_failure_up_to_a_day(failures: int, wait: int) -> None:
    after = after_failure(SOURCE, state(failures=failures), DOWN, NOON)
    assert after.next_poll == NOON + timedelta(minutes=wait)
    assert after.failures == failures + 1


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        pytest.param(Refused("429", status=429, retry_after=6 * HOUR), 6 * HOUR, id="longer than ours"),
        pytest.param(
            Refused("503", status=503, retry_after=timedelta(seconds=5)), SOURCE.every, id="shorter than ours"
        ),
        pytest.param(Refused("503", status=503), SOURCE.every, id="not said"),
        pytest.param(Refused("410", status=410), MAX_WAIT, id="gone for good"),
        pytest.param(Refused("410", status=410, retry_after=HOUR), MAX_WAIT, id="gone, and back soon"),
        pytest.param(Refused("404", status=404), SOURCE.every, id="not found"),
        pytest.param(Unreadable("not a feed"), SOURCE.every, id="no feed"),
    ],
)
def test_the_pause_after_a_first_failure(error: MonitorError, wait: timedelta) -> None:
    """Retry-After is honoured where it is longer than our own pause; 410 is asked once a day."""
    assert after_failure(SOURCE, STATE, error, NOON).next_poll == NOON + wait


def test_a_failure_keeps_the_validators_and_what_was_last_fine() -> None:
    before = state(validators=Validators(etag='"a"'), last_ok=NOON - DAY, newest=NOON - DAY, baseline=True)
    after = after_failure(SOURCE, before, DOWN, NOON)
    assert (after.validators, after.last_ok, after.newest) == (Validators(etag='"a"'), NOON - DAY, NOON - DAY)
    assert (after.last_poll, after.error, after.baseline) == (NOON, "no answer", True)


def test_a_failure_before_the_first_answer_makes_no_baseline() -> None:
    assert not after_failure(SOURCE, STATE, DOWN, NOON).baseline


def test_being_offline_is_not_the_failure_of_a_source() -> None:
    before = state(failures=1, error="404", last_poll=NOON - HOUR)
    after = offline(before, NOON, timedelta(minutes=2))
    assert after.next_poll == NOON + timedelta(minutes=2)
    assert (after.failures, after.error, after.last_poll, after.trouble) == (1, "404", NOON - HOUR, "")


def test_a_source_that_was_never_reached_says_that_there_is_no_network() -> None:
    after = offline(STATE, NOON, timedelta(minutes=2))
    assert health(SOURCE, after, NOON).detail == "not reached: no network"
    assert after_failure(SOURCE, after, DOWN, NOON).trouble != Trouble.OFFLINE


# ------------------------------------------------------------------ in words


@pytest.mark.parametrize(
    ("source", "known", "status", "detail"),
    [
        pytest.param(a_source(1, disabled="gone"), state(failures=3), "disabled", "gone", id="disabled"),
        pytest.param(SOURCE, state(paused=True, failures=3), "paused", "sources resume", id="paused"),
        pytest.param(SOURCE, state(failures=1, error="404"), "failing", "404 (once)", id="failed once"),
        pytest.param(
            SOURCE, state(failures=3, error="404"), "failing", "404 (3 times in a row)", id="failing"
        ),
        pytest.param(SOURCE, state(), "new", "not polled yet", id="new"),
        pytest.param(
            SOURCE,
            state(last_ok=NOON, newest=NOON - 12 * DAY),
            "quiet",
            "nothing newer than 12 days (usually at most 7 days)",
            id="quiet",
        ),
        pytest.param(SOURCE, state(last_ok=NOON, newest=NOON - 7 * DAY), "ok", "", id="just not quiet"),
        pytest.param(SOURCE, state(last_ok=NOON), "ok", "", id="no dates to judge by"),
        pytest.param(SOURCE, state(last_ok=NOON, newest=NOON + DAY), "ok", "", id="a clock that runs ahead"),
    ],
)
def test_a_source_is_told_in_a_word_and_a_sentence(
    source: Source, known: SourceState, status: str, detail: str
) -> None:
    found = health(source, known, NOON)
    assert found.status == status
    assert detail in found.detail


@pytest.mark.parametrize(
    ("known", "waits", "status", "detail"),
    [
        pytest.param(
            state(last_ok=NOON),
            BackOff("127.0.0.1:1", NOON + HOUR, 2, "answered 503"),
            "waiting",
            "until 02 Mar 13:00 UTC: answered 503",
            id="its host is left alone",
        ),
        pytest.param(
            state(last_ok=NOON),
            BackOff("127.0.0.1:1", NOON - HOUR, 2, "answered 503"),
            "waiting",
            "until the next look: answered 503",
            id="not asked again yet",
        ),
        pytest.param(
            state(gone=True, failures=1, error="answered 410 Gone", trouble="gone"),
            None,
            "stopped",
            "answered 410 Gone, and is polled no more; give it another address",
            id="gone",
        ),
        pytest.param(
            state(last_ok=NOON, move=Move("https://new.example.com/feed?key=word", NOON, 3)),
            None,
            "ok",
            "moved to https://new.example.com/feed, and is asked there",
            id="moved",
        ),
    ],
)
def test_what_a_host_or_server_said_of_itself_is_told(
    known: SourceState, waits: BackOff | None, status: str, detail: str
) -> None:
    found = health(SOURCE, known, NOON, waits)
    assert found.status == status
    assert found.detail.startswith(detail)
    assert found.ill == (status != "ok")


def test_a_host_that_is_left_alone_is_no_failure_of_its_sources_and_no_source_is_asked_sooner() -> None:
    asked = after_failure(SOURCE, STATE, HostWaits("503", wait=timedelta(minutes=1), asked=True), NOON)
    other = after_failure(SOURCE, STATE, HostWaits("503", wait=timedelta(minutes=1)), NOON)
    assert (asked.failures, asked.next_poll, asked.last_poll) == (0, NOON + SOURCE.every, NOON)
    assert (other.failures, other.next_poll, other.last_poll) == (0, NOON + timedelta(minutes=1), None)


def healths(*statuses: str) -> list[Health]:
    return [
        Health(a_source(n, tier=4 - n % 4), state(), status, "detail") for n, status in enumerate(statuses, 1)
    ]


@pytest.mark.parametrize(
    ("statuses", "line"),
    [
        pytest.param([], "0 of 0 sources healthy", id="none"),
        pytest.param(["ok", "ok"], "2 of 2 sources healthy", id="all"),
        pytest.param(["ok", "disabled", "paused"], "1 of 1 sources healthy", id="not watched, not counted"),
        pytest.param(["ok", "new"], "1 of 2 sources healthy, 1 not looked at yet", id="new"),
        pytest.param(["ok", "failing"], "1 of 2 sources healthy; Source 2 failing", id="one ill"),
        pytest.param(
            ["failing", "quiet", "failing"],
            "0 of 3 sources healthy; Source 3 failing, Source 2 quiet, Source 1 failing",
            id="the weightiest first",
        ),
        pytest.param(
            ["failing"] * 7,
            "0 of 7 sources healthy; Source 3 failing, Source 7 failing, Source 2 failing, 4 more",
            id="many ill",
        ),
    ],
)
def test_coverage_is_one_line(statuses: list[str], line: str) -> None:
    assert Coverage.of(healths(*statuses)).line == line


def test_of_the_ill_those_that_are_not_so_for_long_come_first_then_the_weightiest_then_the_newest() -> None:
    """Nobody wants to hear first every day what has been silent for weeks."""
    ill = [
        Health(a_source(n, tier=tier), state(), "quiet", "detail", f"silent {n} d", lasted=timedelta(days=n))
        for n, tier in ((20, 1), (3, 3), (2, 1), (1, 1), (7, 1))
    ]
    coverage = Coverage.of(ill)
    assert [one.brief for one in coverage.ill] == [f"silent {n} d" for n in (1, 2, 3, 7, 20)]
    assert [one.brief for one in coverage.recent] == [f"silent {n} d" for n in (1, 2, 3)]


def test_silence_lasts_since_it_was_longer_than_is_usual_and_failure_since_it_began() -> None:
    seen = replace(STATE, last_ok=NOON, newest=NOON - SOURCE.quiet_after - timedelta(days=8), last_new=None)
    silent = health(SOURCE, seen, NOON)
    assert (silent.status, silent.lasted) == ("quiet", timedelta(days=8))
    failing = health(SOURCE, replace(STATE, failures=3, failing_since=NOON - timedelta(hours=3)), NOON)
    assert (failing.status, failing.lasted) == ("failing", timedelta(hours=3))


@pytest.mark.parametrize(
    ("every", "due", "away", "status"),
    [
        pytest.param(HOUR, HOUR, 12 * HOUR, "ok", id="a look is late"),
        pytest.param(HOUR, HOUR, 14 * HOUR, "unseen", id="nobody looked"),
        pytest.param(HOUR, 24 * HOUR, 24 * HOUR, "ok", id="as rarely as a server may ask"),
        pytest.param(HOUR, 25 * HOUR, 25 * HOUR, "unseen", id="put off again and again"),
        pytest.param(7 * DAY, 10 * DAY, 10 * DAY, "ok", id="rarely, as is written"),
    ],
)
def test_what_was_not_looked_at_for_long_is_not_known_to_be_well(
    every: timedelta, due: timedelta, away: timedelta, status: str
) -> None:
    """Without the network all looks are put off, and none of them fails."""
    source = replace(SOURCE, every=every, quiet_after=30 * DAY)
    seen = replace(STATE, last_ok=NOON, newest=NOON, next_poll=NOON + due)
    found = health(source, seen, NOON + away)
    assert (found.status, found.trouble, found.ill) == (status, None, status == "unseen")


@pytest.mark.parametrize(
    ("brief", "detail", "said"),
    [
        pytest.param("silent 9 h", "nothing newer than 9 h", "nothing newer than 9 h", id="said once"),
        pytest.param("refused 3 h", "HTTP 403", "refused 3 h: HTTP 403", id="both"),
        pytest.param("failing", "", "failing", id="nothing more"),
    ],
)
def test_a_source_says_of_itself_how_long_and_why_each_once(brief: str, detail: str, said: str) -> None:
    assert Ill("MOFCOM", 1, brief, detail).said == said


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=71, minutes=59), "71 h"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=12, hours=23), "12 days"),
    ],
)
def test_a_span_is_told_in_the_unit_that_says_enough(span: timedelta, words: str) -> None:
    assert ago(span) == words


# ------------------------------------------------------------------ habits


def dated(*moments: datetime) -> list[Entry]:
    return [entry(moment) for moment in moments]


def test_what_is_new_teaches_when_a_source_publishes() -> None:
    new = dated(*(NOON - DAY * n for n in range(1, 11)))
    after = after_success(SOURCE, state(), Validators(), Reading(tuple(new)), NOON, new=new)
    assert after.rhythm is not None
    assert after.rhythm.hours[NOON.hour] == max(after.rhythm.hours)


def test_with_nothing_new_the_habits_stay_as_they_are() -> None:
    known = learn(None, [NOON - HOUR], "UTC", NOON)
    after = after_success(SOURCE, state(rhythm=known), Validators(), None, NOON)
    assert after.rhythm is known


def test_a_date_without_a_time_teaches_when_it_was_seen_and_at_the_first_look_nothing() -> None:
    new = dated(NOON.replace(hour=0))
    first = after_success(SOURCE, state(), Validators(), Reading(tuple(new)), NOON, new=new)
    assert first.rhythm is None
    later = after_success(SOURCE, state(baseline=True), Validators(), Reading(tuple(new)), NOON, new=new)
    assert later.rhythm is not None
    assert later.rhythm.hours[NOON.hour] == pytest.approx(1)


def test_a_source_with_habits_is_looked_at_by_them_once_there_is_a_common_pace() -> None:
    known = learn(None, [NOON - timedelta(minutes=10 * n) for n in range(1, 500)], "UTC", NOON)
    without = after_success(SOURCE, state(rhythm=known), Validators(), None, NOON)
    lively = after_success(SOURCE, state(rhythm=known), Validators(), None, NOON, pace=0.1)
    assert without.next_poll == NOON + SOURCE.every
    assert lively.next_poll == NOON + SOURCE.every / FASTEST
