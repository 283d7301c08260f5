"""The operator is told who gets no digest, and when that is mended; by a way that is not broken itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor import watching
from monitor.errors import DeliveryFailed
from monitor.outbox import Destination, Notice
from monitor.subscriber import Subscriber
from monitor.watchdog import GATHER, PAUSE
from tests.fakes import NOON
from tests.mailroom import ANN, HOUR, MORNING, Desk, named

DAY = timedelta(days=1)
OPS = Destination("slack", "#ops")
MAIL = Destination("email", "ops@example.com")


class Watched(Desk):
    """An installation whose operator is told at `operator`."""

    operator = OPS

    def told(self, now: datetime) -> list[tuple[Destination, Notice]]:
        """What the operator is told in the hour from then on."""
        before = {delivery.id for delivery in self.storage.deliveries.heads()}
        for wait in (timedelta(0), GATHER, PAUSE, PAUSE + GATHER):
            watching.watch(self.storage, self.in_force, self.subscribers, self.operator, now + wait)
        found = [one for one in self.storage.deliveries.heads() if one.id not in before]
        with self.storage.write():
            self.storage.db.execute("UPDATE deliveries SET state = 'sent'")
        return [(one.destination, one.message) for one in found if isinstance(one.message, Notice)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    made.file(NOON)
    yield made
    made.storage.close()


def no_such_user() -> DeliveryFailed:
    return DeliveryFailed("answered 550: 5.1.1 no such user", code="RCPT 550")


def refused_us() -> DeliveryFailed:
    return DeliveryFailed("answered 535: does not accept the password", parks=True)


def parked(desk: Watched) -> None:
    desk.fail[ANN.email] = [no_such_user()]
    desk.tick(MORNING)


def test_where_all_get_theirs_nobody_is_told(desk: Watched) -> None:
    desk.tick(MORNING)
    assert desk.told(MORNING) == []


def test_a_parked_address_is_told_once_with_the_remedy(desk: Watched) -> None:
    parked(desk)
    ((to, notice),) = desk.told(MORNING)
    assert (to, notice.title) == (OPS, "1 destination takes nothing")
    (line,) = notice.lines
    assert line == (
        "digest for Ann: ann@example.com is refused for good (answered 550: 5.1.1 no such user); "
        "it gets none. Correct the address, or have it mended and run: monitor digests resume 'Ann'."
    )
    assert desk.told(MORNING + HOUR) == []
    desk.tick(MORNING + DAY)
    assert desk.told(MORNING + DAY) == []


@pytest.mark.parametrize("how", ["resumed", "another address", "no subscriber any more", "left"])
def test_it_is_over_once_that_is_mended(desk: Watched, how: str) -> None:
    parked(desk)
    desk.told(MORNING)
    with desk.storage.write():
        if how == "resumed":
            desk.storage.subscriptions.resume("Ann", MORNING + HOUR)
        elif how == "left":
            desk.storage.subscriptions.leave(
                desk.storage.subscriptions.of("Ann", ANN.email).token, MORNING + HOUR
            )
    if how == "another address":
        desk.subscribers = [replace(ANN, email="ann@example.org")]
    elif how == "no subscriber any more":
        desk.subscribers = named("Bob")
    ((_, notice),) = desk.told(MORNING + 2 * HOUR)
    assert notice.title == "1 well again"
    assert notice.lines[0].startswith("digest for Ann: well again (parked for ")


def test_what_waits_for_who_is_no_subscriber_any_more_is_no_trouble(desk: Watched) -> None:
    desk.subscribers = [ANN, *named("Bob")]
    desk.fail = {ANN.email: [refused_us()], "bob@example.com": [refused_us()]}
    desk.tick(MORNING)
    assert desk.told(MORNING)
    desk.subscribers = named("Bob")
    desk.fail = {}
    desk.tick(MORNING + 2 * HOUR)
    ((_, notice),) = desk.told(MORNING + 3 * HOUR)
    assert notice.title == "1 well again"


def test_a_server_that_refuses_us_is_one_trouble_whoever_waits(desk: Watched) -> None:
    desk.subscribers = named("Ann", "Bob", "Cem")
    desk.fail = {one.email: [refused_us() for _ in range(9)] for one in desk.subscribers}
    desk.run(MORNING, MORNING + HOUR)
    ((to, notice),) = desk.told(MORNING + HOUR)
    assert (to, notice.title) == (OPS, "1 destination takes nothing")
    said = "digests by mail: the mail server refuses us (answered 535: does not accept the password)"
    assert said in notice.lines[0]
    assert "Monitor doctor says what to mend." in notice.lines[0]
    desk.fail = {}
    assert len(desk.tick(MORNING + 3 * HOUR)) == 3
    ((_, notice),) = desk.told(MORNING + 3 * HOUR)
    assert notice.title == "1 well again"
    assert notice.lines[0].startswith("digests by mail: well again")


def test_it_stays_one_trouble_from_one_day_to_the_next(desk: Watched) -> None:
    desk.fail = {ANN.email: [refused_us() for _ in range(99)]}
    desk.run(MORNING, MORNING + HOUR)
    assert len(desk.told(MORNING + HOUR)) == 1
    desk.run(MORNING + DAY, MORNING + DAY + HOUR)
    assert desk.told(MORNING + DAY + HOUR) == []


def test_a_digest_that_was_given_up_is_told(desk: Watched) -> None:
    desk.fail[ANN.email] = [DeliveryFailed("answered 552: too large", code="the mail 552")]
    desk.tick(MORNING)
    ((_, notice),) = desk.told(MORNING)
    assert "digest for Ann: that of 2026-03-03 was given up (answered 552: too large)" in notice.lines[0]
    desk.tick(MORNING + DAY)
    ((_, notice),) = desk.told(MORNING + DAY)
    assert notice.title == "1 well again"


def test_what_passes_by_itself_is_nobodys_business(desk: Watched) -> None:
    desk.fail[ANN.email] = [DeliveryFailed("answered 450", retryable=True)]
    desk.tick(MORNING)
    assert desk.told(MORNING) == []


@pytest.mark.parametrize(
    ("operator", "reader", "error", "to"),
    [
        (MAIL, ANN, refused_us(), watching.TERMINAL),
        (MAIL, ANN, no_such_user(), MAIL),
        (Destination("email", "Ann@Example.com"), ANN, no_such_user(), watching.TERMINAL),
        (OPS, ANN, refused_us(), OPS),
    ],
)
def test_no_notice_goes_the_way_that_is_broken(
    desk: Watched, operator: Destination, reader: Subscriber, error: DeliveryFailed, to: Destination
) -> None:
    desk.operator = operator
    desk.fail[reader.email] = [error]
    desk.tick(MORNING)
    assert [found for found, _ in desk.told(MORNING)] == [to]
