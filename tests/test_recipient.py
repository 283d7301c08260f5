"""How a subscriber stands: by mail or to a file, gone or refused, and when the next digest comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import edition, recipient
from monitor.recipient import State
from monitor.storage.subscriptions import Subscription
from monitor.subscriber import EVERY_DAY, Subscriber
from tests.fakes import NOON

ANN = Subscriber("Ann", "ann@example.com", "07:30", "UTC", ("magnets",))
OPEN = Subscription("Ann", "ann@example.com", "token")
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")


def read(subscriber: Subscriber, *kept: Subscription, email: bool = True) -> recipient.Recipient:
    (found,) = recipient.recipients([subscriber], kept, {"magnets"}, NOON, email=email)
    return found


@pytest.mark.parametrize(
    ("subscriber", "email", "state"),
    [(ANN, True, State.MAIL), (ANN, False, State.FILE), (replace(ANN, email=""), True, State.FILE)],
)
def test_without_an_address_or_a_mail_server_it_is_a_file(
    subscriber: Subscriber, email: bool, state: State
) -> None:
    found = read(subscriber, OPEN, email=email)
    assert found.state is state
    assert found.next == datetime(2026, 3, 3, 7, 30, tzinfo=UTC)


def test_who_left_gets_no_next_one() -> None:
    found = read(ANN, replace(OPEN, gone=NOON, parked=NOON))
    assert (found.state, found.since, found.next) == (State.UNSUBSCRIBED, NOON, None)


def test_who_is_refused_gets_no_next_one_and_it_says_why() -> None:
    found = read(ANN, replace(OPEN, parked=NOON, error="550: no such user"))
    assert (found.state, found.since, found.next, found.why) == (
        State.PARKED,
        NOON,
        None,
        "550: no such user",
    )


def test_another_address_or_another_subscriber_left_for_themselves() -> None:
    others = (
        Subscription("Ann", "ann@example.org", "a", gone=NOON),
        Subscription("Bob", "ann@example.com", "b", gone=NOON),
    )
    assert read(ANN, *others).state is State.MAIL


def test_the_case_of_an_address_makes_no_other() -> None:
    assert read(replace(ANN, email="Ann@Example.com"), replace(OPEN, gone=NOON)).state is State.UNSUBSCRIBED


def test_watchlists_that_there_are_not_are_named() -> None:
    assert read(replace(ANN, watchlists=("magnets", "magnts"))).unknown == ("magnts",)
    assert read(replace(ANN, watchlists=("*",))).unknown == ()


@pytest.mark.parametrize(
    ("subscriber", "now", "expected"),
    [
        (ANN, "2026-03-02T07:29", "2026-03-02T07:30"),
        (ANN, "2026-03-02T07:30", "2026-03-03T07:30"),
        (replace(ANN, weekdays=(4,)), "2026-03-02T12:00", "2026-03-06T07:30"),
        (replace(ANN, weekdays=(0, 4), edition="weekly"), "2026-03-02T12:00", "2026-03-09T07:30"),
        (
            replace(ANN, zone="America/New_York"),
            "2026-03-07T13:00",
            "2026-03-08T11:30",
        ),  # an hour is left out
        (replace(ANN, zone="Pacific/Apia"), "2011-12-29T18:00", "2011-12-30T17:30"),  # and a day
    ],
)
def test_when_the_next_one_is_due(subscriber: Subscriber, now: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert edition.following(subscriber, at)[1] == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(
    now=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(ZoneInfo("UTC"))),
    zone=st.sampled_from(ZONES),
    hour=st.times().map(lambda time: f"{time:%H:%M}"),
    days=st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(lambda days: tuple(sorted(days))),
)
def test_what_comes_next_is_the_first_that_is_due_after_now(
    now: datetime, zone: str, hour: str, days: tuple[int, ...]
) -> None:
    subscriber = replace(ANN, zone=zone, digest_at=hour, weekdays=days)
    _, following = edition.following(subscriber, now)
    assert following > now
    assert edition.due(subscriber, following)[1] == following
    _, before = edition.due(subscriber, following - timedelta(microseconds=1))
    assert before <= now, "none is passed over"
