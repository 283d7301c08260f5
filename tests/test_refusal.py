"""What becomes of a digest that was not sent: later, never, another address, or when a person mended it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.outbox import State
from monitor.refusal import COPIES, FIRST, HOURLY, MOST, ending
from tests.fakes import NOON

MINUTE = timedelta(minutes=1)


def passing(code: str = "", after: timedelta | None = None) -> DeliveryFailed:
    return DeliveryFailed("450: later", retryable=True, retry_after=after, code=code)


def final(message: str, code: str = "") -> DeliveryFailed:
    return DeliveryFailed(message, code=code)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 30), (1, 60), (2, 120), (3, 240), (4, 240), (10_000, 240)]
)
def test_a_passing_refusal_is_tried_again_ever_later(attempts: int, minutes: int) -> None:
    end = ending(passing(), attempts, 0, NOON)
    assert (end.state, end.due) == (State.FAILED, NOON + minutes * MINUTE)
    assert {end.address, end.us, end.unclear} == {False}


@pytest.mark.parametrize(("asked", "waits"), [(5 * MINUTE, FIRST), (7 * MOST, 7 * MOST)])
def test_a_server_may_ask_for_more_patience_but_not_for_less(asked: timedelta, waits: timedelta) -> None:
    assert ending(passing(after=asked), 0, 0, NOON).due == NOON + waits


def test_a_full_disk_passes() -> None:
    end = ending(OSError("No space left on device"), 0, 0, NOON)
    assert (end.state, end.due, end.error) == (State.FAILED, NOON + FIRST, "No space left on device")


@pytest.mark.parametrize(
    ("error", "address"),
    [
        (final("answered 550: 5.1.1 no such user", "RCPT 550"), True),
        (final("answered 550: no such user"), True),
        (final("'x' is not an e-mail address"), True),
        (final("answered 552: mailbox full", "RCPT 552"), True),
        (final("answered 552: too large", "the mail 552"), False),
        (final("answered 554: looks like spam", "DATA 554"), False),
        (final("answered 552: message exceeds the size", "MAIL 552"), False),
        (final("answered 554: 5.7.1 relay access denied", "RCPT 554"), False),
    ],
)
def test_a_final_refusal_parks_the_address_where_that_is_meant(error: DeliveryFailed, address: bool) -> None:
    end = ending(error, 0, 0, NOON)
    assert (end.state, end.due, end.address, end.us) == (State.DEAD, None, address, False)


@pytest.mark.parametrize(
    "error",
    [
        DeliveryFailed("answered 535: does not accept the password", parks=True, code="AUTH 535"),
        DeliveryFailed("the certificate is refused", parks=True, retry_after=timedelta(minutes=10)),
        final("answered 550: sender not allowed", "MAIL 550"),
    ],
)
def test_who_refuses_us_is_asked_again_every_hour(error: DeliveryFailed) -> None:
    end = ending(error, 5, 0, NOON)
    assert (end.state, end.due, end.us, end.address) == (State.FAILED, NOON + HOURLY, True, False)


def test_a_sender_that_is_refused_for_now_passes() -> None:
    assert not ending(passing("MAIL 451"), 0, 0, NOON).us


def test_an_unclear_end_has_one_more_attempt() -> None:
    ends = [ending(DeliveryUnknown("it broke off"), 3, unclear, NOON) for unclear in range(COPIES)]
    assert [(end.state, end.due) for end in ends] == [(State.FAILED, NOON + FIRST), (State.DEAD, None)]
    assert all(end.unclear and end.error == "it may have arrived: it broke off" for end in ends)
