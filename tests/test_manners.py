"""Who may be asked how often, how long a host is left alone, and what servers state: arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from monitor.manners import (
    BLOCKED_WAIT,
    FIRST_WAIT,
    MAX_WAIT,
    Rule,
    asked_to_wait,
    back_off,
    fresh_for,
    host_of,
    is_block_page,
    rule_for,
    slot,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def rule(place: str, *, page: bool = False, **pauses: float) -> Rule:
    return rule_for(
        place,
        page=page,
        pause=0.2,
        pauses={name.replace("_", "."): every for name, every in pauses.items()},
        own=("127.0.0.0/8", "fd00::/8"),
    )


def date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


# ------------------------------------------------------------------ the rules


@pytest.mark.parametrize(
    "place", ["sec.gov", "www.sec.gov", "data.sec.gov", "efts.sec.gov", "WWW.SEC.GOV:443"]
)
def test_all_of_the_sec_is_one_host_with_at_most_ten_requests_a_second(place: str) -> None:
    found = rule(place)
    assert (found.host, found.queue, found.contact, found.declared) == ("sec.gov", "sec.gov", True, True)
    assert 1 / found.every < 10


@pytest.mark.parametrize("place", ["notsec.gov", "sec.gov.example.com", "sec.gov.cn", "example.com"])
def test_a_name_that_only_looks_like_it_is_another_host(place: str) -> None:
    assert rule(place).host == place
    assert not rule(place).contact


def test_gdelt_is_asked_once_in_five_seconds() -> None:
    found = rule("api.gdeltproject.org")
    assert (found.every, found.at_once, found.declared) == (5.0, 1, True)


def test_only_the_pages_of_globenewswire_are_ten_seconds_apart() -> None:
    feed, page = rule("www.globenewswire.com"), rule("www.globenewswire.com", page=True)
    assert (feed.every, feed.declared) == (0.2, False)
    assert (page.every, page.declared) == (10.0, True)
    assert feed.host == page.host == "globenewswire.com"
    assert feed.queue != page.queue


def test_each_chinese_government_host_goes_by_itself() -> None:
    one, other = rule("www.mofcom.gov.cn"), rule("www.ndrc.gov.cn")
    assert one.every == other.every == 0.4
    assert one.host != other.host
    assert one.queue != other.queue


@pytest.mark.parametrize(
    ("place", "every"),
    [
        ("example.com", 0.2),
        ("127.0.0.1:8080", 0.0),
        ("[fd00::1]:8080", 0.0),
        ("10.0.0.1", 0.2),
        ("127.0.0.1.example.com", 0.2),
    ],
)
def test_ordinary_hosts_have_a_small_pause_and_our_own_have_none(place: str, every: float) -> None:
    assert rule(place) == Rule(place, place, every)


def test_the_settings_give_a_pause_for_a_domain_and_all_below_it() -> None:
    one, other = rule("feeds.example.com", example_com=2.5), rule("www.example.com", example_com=2.5)
    assert (one.every, one.declared) == (2.5, True)
    assert one.queue == other.queue == "example.com"
    assert one.host != other.host
    assert rule("example.org", example_com=2.5).every == 0.2


def test_a_back_off_is_found_by_the_host_it_is_kept_under() -> None:
    for place in ("www.sec.gov", "www.mofcom.gov.cn", "example.com:8080"):
        assert host_of(place) == rule(place).host


# ------------------------------------------------------------------ slots


@pytest.mark.parametrize(
    ("free", "now", "expected"),
    [
        pytest.param(0.0, 100.0, (0.0, 105.0), id="long free"),
        pytest.param(100.0, 100.0, (0.0, 105.0), id="just free"),
        pytest.param(103.0, 100.0, (3.0, 103.0), id="taken"),
        pytest.param(3700.0, 100.0, (0.0, 105.0), id="a clock that was set back"),
    ],
)
def test_a_slot_is_free_or_says_how_long_it_is_taken(
    free: float, now: float, expected: tuple[float, float]
) -> None:
    assert slot(free, now, 5.0) == expected


def test_five_hundred_requests_to_the_sec_are_never_more_than_ten_in_a_second() -> None:
    every, now, free = rule("www.sec.gov").every, 1_770_000_000.0, 0.0
    starts: list[float] = []
    while len(starts) < 500:
        wait, free = slot(free, now, every)
        starts += [] if wait else [now]
        now += wait or 0.001
    assert max(sum(begin <= start < begin + 1 for start in starts) for begin in starts) <= 10


# ------------------------------------------------------------------ leaving a host alone


def test_a_host_is_left_alone_ever_longer_up_to_a_day() -> None:
    waits = [back_off("example.com", n, None, blocked=False) for n in range(1, 40)]
    assert FIRST_WAIT <= waits[0] <= FIRST_WAIT * 1.25
    for shorter, longer in pairwise(waits[:9]):
        assert 1.5 < longer / shorter < 2.6
    assert max(waits) == MAX_WAIT


def test_hosts_that_refuse_together_are_not_tried_again_together() -> None:
    waits = {back_off(f"host-{n}.example.com", 1, None, blocked=False) for n in range(50)}
    assert len(waits) > 25
    assert back_off("a.test", 1, None, blocked=False) == back_off("a.test", 1, None, blocked=False)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        (timedelta(hours=2), timedelta(hours=2), timedelta(hours=2)),
        (timedelta(seconds=1), FIRST_WAIT, FIRST_WAIT * 1.25),
        (timedelta(0), FIRST_WAIT, FIRST_WAIT * 1.25),
        (10 * 365 * DAY, MAX_WAIT, MAX_WAIT),
    ],
)
def test_what_a_host_asks_for_is_the_least(asked: timedelta, least: timedelta, most: timedelta) -> None:
    assert least <= back_off("example.com", 1, asked, blocked=False) <= most


def test_after_a_block_page_a_host_is_left_alone_for_ten_minutes_at_least() -> None:
    assert back_off("sec.gov", 1, None, blocked=True) >= BLOCKED_WAIT


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<h1>Your Request Originates from an Undeclared Automated Tool</h1>", True),
        (b"<title>SEC.gov | Request Rate Threshold Exceeded</title>", True),
        (b"<h1>Forbidden</h1>", False),
        (b"", False),
    ],
)
def test_a_block_page_is_known_by_its_words(body: bytes, expected: bool) -> None:
    assert is_block_page(body) == expected


def test_a_date_to_wait_for_counts_from_the_servers_own_clock() -> None:
    behind = NOW - timedelta(days=200)
    headers = {"date": date(behind), "retry-after": date(behind + timedelta(minutes=5))}
    assert asked_to_wait(headers, NOW) == timedelta(minutes=5)
    assert asked_to_wait(headers | {"date": "nonsense"}, NOW) is None


# ------------------------------------------------------------------ for how long an answer is good


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"cache-control": "public"}, None),
        ({"cache-control": "public, max-age=900"}, timedelta(minutes=15)),
        ({"cache-control": 'Max-Age="900"'}, timedelta(minutes=15)),
        ({"cache-control": "max-age=900", "age": "300"}, timedelta(minutes=10)),
        ({"cache-control": "max-age=900", "age": "1000"}, timedelta(0)),
        ({"cache-control": "max-age=-1"}, timedelta(0)),
        ({"cache-control": "max-age=abc"}, timedelta(0)),
        ({"cache-control": "max-age=" + "9" * 400}, DAY),
        ({"cache-control": "no-cache, max-age=900"}, timedelta(0)),
        ({"cache-control": "no-store"}, timedelta(0)),
        ({"expires": date(NOW + timedelta(hours=1))}, timedelta(hours=1)),
        ({"expires": date(NOW + timedelta(days=900))}, DAY),
        ({"expires": date(NOW - timedelta(days=900))}, timedelta(0)),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": date(NOW + DAY), "cache-control": "max-age=60"}, timedelta(minutes=1)),
        (
            {"expires": date(NOW - DAY + timedelta(hours=1)), "date": date(NOW - DAY)},
            timedelta(hours=1),
        ),
    ],
)
def test_for_how_long_an_answer_is_good(headers: dict[str, str], expected: timedelta | None) -> None:
    assert fresh_for(headers, NOW) == expected
