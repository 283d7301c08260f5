"""The outbox at work: order, pace, refusals, unclear ends, and what a crash leaves behind."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.deliver import Deliverer, Progress, backoff, destinations
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.outbox import Delivery, Destination, Receipt, State
from monitor.rule import Send, Watchlist
from monitor.storage import Storage
from tests.fakes import NOON, FakeChannel
from tests.outbox import A, B, Bench

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Killed(BaseException):
    """What SIGKILL looks like from inside: nothing of ours catches it."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "monitor.db")
    yield made
    made.storage.close()


def later(seconds: float, text: str = "busy") -> DeliveryFailed:
    return DeliveryFailed(text, retryable=True, retry_after=timedelta(seconds=seconds))


# ------------------------------------------------------------------ filing


def test_an_alert_filed_twice_is_delivered_once_per_destination(bench: Bench) -> None:
    bench.file(1, to=(A, B))
    bench.file(1, to=(A, B))
    assert [row.destination for row in bench.rows()] == [A, B]
    assert len({row.id for row in bench.rows()}) == 2


@pytest.mark.parametrize(
    ("send", "on", "expected"),
    [
        (Send(), set(), ["console:"]),
        (Send(), {"slack"}, ["slack:#signals"]),
        (Send(), {"email"}, ["console:"]),
        (Send(slack=("#a", "#b")), {"slack"}, ["slack:#a", "slack:#b"]),
        (Send(slack=("#a",)), set(), ["console:"]),
        (Send(slack=("#a",)), {"email"}, ["console:"]),
        (Send(email=("d@e.com",)), {"email"}, ["email:d@e.com"]),
        (Send(email=("d@e.com",)), {"slack", "email"}, ["email:d@e.com"]),
        (Send(email=("d@e.com",)), {"slack"}, ["console:"]),
        (Send(slack=("#a",), email=("d@e.com",)), {"slack", "email"}, ["email:d@e.com", "slack:#a"]),
        (Send(slack=("#a",), email=("d@e.com",)), {"slack"}, ["slack:#a"]),
    ],
)
def test_where_a_watchlist_goes(send: Send, on: set[str], expected: list[str]) -> None:
    watchlist = Watchlist("w", "W", (), send=send)
    assert [str(d) for d in destinations(watchlist, on, "#signals")] == expected


# ------------------------------------------------------------------ order and pace


def test_alerts_arrive_in_the_order_in_which_they_were_decided(bench: Bench) -> None:
    bench.file(3, 1, 2)
    while bench.run().sent:
        pass
    assert bench.alerts_arrived() == ["alert-3", "alert-1", "alert-2"]
    assert bench.states() == ["sent"] * 3
    assert [row.receipt for row in bench.rows()] == ["receipt-1", "receipt-2", "receipt-3"]


def test_one_pass_sends_one_per_destination_and_says_when_to_come_back(bench: Bench) -> None:
    bench.channel.pace = SECOND
    bench.file(1, 2, to=(A, B))
    assert bench.run() == Progress(sent=2, failed=0, next=NOON + SECOND)
    assert bench.run(SECOND * 0.9) == Progress(next=NOON + SECOND)
    assert bench.run(SECOND * 0.1).sent == 2
    assert bench.run(SECOND) == Progress()


def test_the_pace_counts_from_the_end_of_a_send(bench: Bench) -> None:
    class Slow(FakeChannel):
        def send(self, delivery: Delivery) -> Receipt:
            bench.now += 3 * SECOND
            return super().send(delivery)

    slow = Slow(pace=SECOND)
    bench.file(1, 2)
    deliverer = bench.another(fake=slow)
    assert deliverer.run() == Progress(sent=1, next=NOON + 4 * SECOND)
    assert deliverer.run().sent == 0


def test_what_goes_to_a_channel_that_is_off_waits_for_it(bench: Bench) -> None:
    bench.file(1, to=(Destination("slack", "#x"), A))
    assert bench.run().sent == 1
    assert bench.states() == ["pending", "sent"]
    assert bench.another(slack=bench.channel).run().sent == 1


# ------------------------------------------------------------------ refusals


def test_a_passing_refusal_waits_as_told_and_keeps_the_order(bench: Bench) -> None:
    bench.file(1, 2)
    bench.channel.fail = [later(30)]
    assert bench.run().failed == 1
    first, second = bench.rows()
    assert (first.state, first.due, first.error) == (State.FAILED, NOON + timedelta(seconds=30), "busy")
    assert second.state is State.PENDING
    assert bench.run(timedelta(seconds=29.9)) == Progress(next=NOON + timedelta(seconds=30))
    assert bench.channel.arrived == []
    bench.run(timedelta(seconds=0.1))
    bench.run()
    assert bench.alerts_arrived() == ["alert-1", "alert-2"]
    assert bench.rows()[0].attempts == 2


def test_a_wait_is_counted_from_the_refusal_not_from_the_start_of_the_attempt(bench: Bench) -> None:
    class Slow(FakeChannel):
        def send(self, delivery: Delivery) -> Receipt:
            bench.now += 9 * SECOND
            return super().send(delivery)

    slow = Slow()
    slow.fail = [later(30)]
    bench.file(1)
    bench.another(fake=slow).run()
    assert bench.rows()[0].due == NOON + timedelta(seconds=39)


def test_refusals_without_a_time_are_tried_ever_more_rarely(bench: Bench) -> None:
    bench.file(1)
    waits = []
    for _ in range(12):
        bench.channel.fail = [DeliveryFailed("busy", retryable=True)]
        bench.run()
        due = bench.rows()[0].due
        waits.append((due - bench.now).total_seconds())
        bench.now = due
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    assert backoff(10_000) == timedelta(minutes=15)


def test_a_final_refusal_is_given_up_and_the_next_one_goes(bench: Bench) -> None:
    bench.file(1, 2)
    bench.channel.fail = [DeliveryFailed("no such channel")]
    assert bench.run().failed == 1
    assert bench.run().sent == 1
    assert bench.states() == ["dead", "sent"]
    assert bench.rows()[0].error == "no such channel"
    assert bench.rows()[0].finished == NOON
    assert bench.run() == Progress()


def test_trouble_at_one_destination_leaves_the_other_alone(bench: Bench) -> None:
    class Picky(FakeChannel):
        def send(self, delivery: Delivery) -> Receipt:
            if delivery.destination == A:
                raise later(3600)
            return super().send(delivery)

    picky = Picky()
    bench.channel = picky
    bench.deliverer = bench.another()
    bench.file(1, 2, 3, to=(A, B))
    for _ in range(3):
        bench.run()
    assert bench.alerts_arrived() == ["alert-1", "alert-2", "alert-3"]
    assert bench.storage.deliveries.counts() == {"failed": 1, "pending": 2, "sent": 3}


def test_a_dead_one_that_is_retried_goes_out_once_more(bench: Bench) -> None:
    bench.file(1, 2)
    bench.channel.fail = [DeliveryFailed("no such channel")]
    bench.run()
    bench.run()
    dead = bench.rows()[0]
    with bench.storage.write():
        assert bench.storage.deliveries.retry(dead.id, bench.now)
        assert not bench.storage.deliveries.retry("unknown", bench.now)
        assert not bench.storage.deliveries.retry(bench.rows()[1].id, bench.now), "it was sent already"
    assert bench.run().sent == 1
    assert bench.alerts_arrived() == ["alert-2", "alert-1"]
    assert bench.rows()[0].error == ""


def test_a_fault_of_ours_in_one_message_stops_no_other(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.file(1, 2)
    bench.channel.fail = [KeyError("blocks")]
    with caplog.at_level(logging.ERROR):
        bench.run()
    assert bench.run().sent == 1
    assert bench.states() == ["dead", "sent"]
    assert bench.rows()[0].error == "internal error: KeyError"
    assert "KeyError" in caplog.text


# ------------------------------------------------------------------ unclear ends


def unclear(bench: Bench, *, arrives: bool) -> None:
    bench.file(1, 2)
    bench.channel.fail = [DeliveryUnknown("no clear answer")]
    bench.channel.arrives = arrives
    bench.run()
    assert bench.states() == ["sending", "pending"]


def test_nothing_is_asked_before_the_attempt_has_settled(bench: Bench) -> None:
    unclear(bench, arrives=True)
    settled = NOON + bench.channel.settle
    assert bench.rows()[0].due == settled
    assert bench.run(bench.channel.settle - SECOND) == Progress(next=settled)
    assert bench.channel.looked == 0


def test_one_that_arrived_after_all_is_adopted_not_sent_again(bench: Bench) -> None:
    unclear(bench, arrives=True)
    bench.run(bench.channel.settle)
    assert (bench.channel.looked, len(bench.channel.arrived)) == (1, 1)
    assert bench.rows()[0].receipt == "found"
    bench.run()
    assert bench.alerts_arrived() == ["alert-1", "alert-2"]


def test_one_that_did_not_arrive_is_sent_again(bench: Bench) -> None:
    unclear(bench, arrives=False)
    bench.run(bench.channel.settle)
    assert bench.channel.looked == 1
    assert bench.states() == ["sent", "pending"]
    assert bench.alerts_arrived() == ["alert-1"]
    assert bench.rows()[0].attempted == NOON + bench.channel.settle, "the look-up of a later end starts here"


def test_unclear_ends_in_a_row_make_one_message(bench: Bench) -> None:
    bench.file(1)
    bench.channel.fail = [DeliveryUnknown("lost") for _ in range(5)]
    for _ in range(5):
        bench.run(bench.channel.settle)
    bench.channel.arrives = True
    bench.channel.fail = [DeliveryUnknown("lost")]
    bench.run(bench.channel.settle)
    bench.run(bench.channel.settle)
    assert len(bench.channel.arrived) == 1
    assert bench.states() == ["sent"]


class CannotLook(FakeChannel):
    """A channel whose look-up fails as it is told to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error

    def find(self, delivery: Delivery) -> Receipt | None:
        self.looked += 1
        if self.error:
            raise self.error
        return super().find(delivery)


def test_where_looking_is_not_allowed_it_is_sent_again(bench: Bench) -> None:
    bench.channel = CannotLook(DeliveryFailed("Slack: missing_scope"))
    bench.deliverer = bench.another()
    unclear(bench, arrives=True)
    bench.run(bench.channel.settle)
    assert bench.states() == ["sent", "pending"]
    assert bench.alerts_arrived() == ["alert-1", "alert-1"], "a copy is better than a loss"


def test_a_look_up_that_must_wait_waits_and_sends_nothing(bench: Bench) -> None:
    channel = CannotLook(later(60))
    bench.channel = channel
    bench.deliverer = bench.another()
    unclear(bench, arrives=True)
    bench.run(channel.settle)
    assert bench.states() == ["sending", "pending"]
    assert bench.rows()[0].due == bench.now + timedelta(seconds=60)
    channel.error = None
    bench.run(timedelta(seconds=60))
    assert bench.alerts_arrived() == ["alert-1"]
    assert bench.states() == ["sent", "pending"]


def test_a_look_up_with_an_unclear_end_is_repeated(bench: Bench) -> None:
    channel = CannotLook(DeliveryUnknown("no answer"))
    bench.channel = channel
    bench.deliverer = bench.another()
    unclear(bench, arrives=True)
    bench.run(channel.settle)
    assert bench.states() == ["sending", "pending"]
    channel.error = None
    bench.run(channel.settle)
    assert bench.alerts_arrived() == ["alert-1"]


# ------------------------------------------------------------------ crashes and company


@pytest.mark.parametrize("accepted", [True, False])
def test_a_crash_in_the_middle_leaves_it_open_and_one_message(bench: Bench, accepted: bool) -> None:
    class Dying(FakeChannel):
        def send(self, delivery: Delivery) -> Receipt:
            if accepted:
                bench.channel.arrived.append(delivery.id)
            raise Killed

    bench.file(1)
    with pytest.raises(Killed):
        bench.another(fake=Dying()).run()
    with Storage(bench.path) as other:
        (row,) = other.deliveries.latest(10)
    assert row.state is State.SENDING, "never sent before the channel accepted"
    assert bench.run(bench.channel.settle - SECOND).sent == 0
    assert bench.run(SECOND).sent == 1
    assert bench.alerts_arrived() == ["alert-1"]


def test_a_channel_that_accepted_while_the_database_failed_makes_no_second_message(bench: Bench) -> None:
    """The answer could not be recorded: the message is looked for, not posted again."""

    class Sabotage(FakeChannel):
        def send(self, delivery: Delivery) -> Receipt:
            receipt = bench.channel.send(delivery)
            bench.storage.db.conn.execute("PRAGMA query_only = ON")
            return receipt

    bench.file(1)
    with pytest.raises(sqlite3.OperationalError):
        bench.another(fake=Sabotage()).run()
    bench.storage.db.conn.execute("PRAGMA query_only = OFF")
    assert bench.states() == ["sending"]
    assert bench.run(bench.channel.settle).sent == 1
    assert bench.alerts_arrived() == ["alert-1"]
    assert bench.rows()[0].receipt == "found"


def test_two_deliverers_on_one_database_send_each_once(bench: Bench) -> None:
    bench.file(1, 2, 3, 4)
    with Storage(bench.path) as other:
        second = Deliverer(other, {"fake": bench.channel}, lambda: bench.now)

        class Meeting(FakeChannel):
            """While the first is sending, the second has its turn."""

            def send(self, delivery: Delivery) -> Receipt:
                assert second.run().sent == 0, "it is being sent, and those behind it wait"
                return bench.channel.send(delivery)

        first = bench.another(fake=Meeting())
        while first.run().sent + second.run().sent:
            pass
    assert bench.alerts_arrived() == ["alert-1", "alert-2", "alert-3", "alert-4"]


def test_a_look_up_overtaken_by_another_process_sends_nothing(bench: Bench) -> None:
    unclear(bench, arrives=False)

    class Endless(FakeChannel):
        def find(self, delivery: Delivery) -> Receipt | None:
            bench.now += 10 * self.settle
            with Storage(bench.path) as other:
                assert Deliverer(other, {"fake": bench.channel}, lambda: bench.now).run().sent == 1
            return None

    endless = Endless()
    bench.now += bench.channel.settle
    bench.another(fake=endless).run()
    assert endless.arrived == []
    assert bench.alerts_arrived() == ["alert-1"]


def test_a_clock_that_jumps_back_repeats_nothing(bench: Bench) -> None:
    bench.file(1, 2)
    bench.run()
    bench.now = NOON - timedelta(hours=2)
    for _ in range(3):
        bench.run()
    bench.now = NOON + timedelta(days=1)
    bench.run()
    assert bench.alerts_arrived() == ["alert-1", "alert-2"]


@pytest.mark.parametrize(
    "error",
    [None, DeliveryFailed("busy", retryable=True, retry_after=HOUR / 60), DeliveryUnknown("cut off")],
    ids=["sent", "refused", "unclear"],
)
def test_a_clock_that_is_put_back_holds_nothing_up(bench: Bench, error: Exception | None) -> None:
    """What waited a minute waits a minute, by the clock as it is now."""
    bench.channel.pace = timedelta(seconds=1)
    bench.channel.fail = [error] if error else []
    bench.file(1, 2)
    bench.run()
    bench.file(3)
    bench.now -= HOUR
    bench.run()
    for _ in range(3):
        bench.run(timedelta(minutes=1))
    assert bench.alerts_arrived() == ["alert-1", "alert-2", "alert-3"]


@pytest.mark.parametrize(
    "answer",
    [
        DeliveryFailed("busy", retryable=True),
        DeliveryFailed("no such channel"),
        DeliveryUnknown("cut off"),
        ValueError("a fault of ours"),
    ],
    ids=["later", "never", "unclear", "ours"],
)
def test_a_late_answer_to_an_attempt_that_another_process_took_over_counts_for_nothing(
    bench: Bench, answer: Exception
) -> None:
    class Endless(FakeChannel):
        def send(self, delivery: Delivery) -> Receipt:
            bench.now += 2 * self.settle
            with Storage(bench.path) as other:
                assert Deliverer(other, {"fake": bench.channel}, lambda: bench.now).run().sent == 1
            raise answer

    bench.file(1)
    bench.another(fake=Endless()).run()
    bench.run(HOUR)
    assert bench.alerts_arrived() == ["alert-1"]
    (row,) = bench.rows()
    assert (row.state, row.error, row.receipt) == (State.SENT, "", "receipt-1")
