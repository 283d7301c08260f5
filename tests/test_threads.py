"""One story is one thread at each destination, and what opened it is brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.deliver import UPDATE_FOR, UPDATES
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.model import Alert, Reason
from monitor.outbox import Delivery, Receipt
from monitor.storage.threads import GATHER
from tests.fakes import NOON, FakeChannel
from tests.outbox import A, B, Bench

SECOND = timedelta(seconds=1)


class Thread(FakeChannel):
    """Remembers where each message was to stand; what is put under `gone` stands alone."""

    def __init__(self) -> None:
        super().__init__()
        self.parents: dict[str, str] = {}
        self.gone: set[str] = set()
        self.broken: list[Exception] = []

    def send(self, delivery: Delivery) -> Receipt:
        self.parents[delivery.message.id] = delivery.parent
        receipt = super().send(delivery)
        return Receipt(receipt.place, alone=delivery.parent in self.gone)

    def update(self, delivery: Delivery) -> None:
        if self.broken:
            raise self.broken.pop(0)
        super().update(delivery)


@pytest.fixture
def channel() -> Thread:
    return Thread()


@pytest.fixture
def bench(tmp_path: Path, channel: Thread) -> Iterator[Bench]:
    made = Bench(tmp_path / "monitor.db")
    made.channel = channel
    made.deliverer = made.another()
    yield made
    made.storage.close()


def join(bench: Bench, story: str, *items: int) -> None:
    """Put items into a story."""
    with bench.storage.write():
        for number in items:
            bench.storage.db.conn.execute(
                """INSERT INTO members VALUES (?, ?, 0, '', ?, 0)
                   ON CONFLICT (item) DO UPDATE SET story = excluded.story""",
                [number, story, bench.now.isoformat()],
            )


def touch(bench: Bench, story: str) -> None:
    with bench.storage.write():
        bench.storage.threads.touch(story, bench.now)


def test_what_follows_in_a_story_stands_under_what_opened_it(bench: Bench, channel: Thread) -> None:
    bench.file(1, 2, 3, thread="s1")
    for _ in range(3):
        bench.run()
    assert channel.parents == {"alert-1": "", "alert-2": "receipt-1", "alert-3": "receipt-1"}


def test_each_destination_has_threads_of_its_own(bench: Bench, channel: Thread) -> None:
    bench.file(1, to=(A,), thread="s1")
    bench.run()
    bench.file(2, to=(A, B), thread="s1")
    bench.run()
    assert [row.receipt for row in bench.rows()] == ["receipt-1", "receipt-2", "receipt-3"]
    bench.file(3, to=(B,), thread="s1")
    bench.run()
    assert channel.parents["alert-3"] == "receipt-3", "what came to B first is what opened it there"


def test_two_stories_that_became_one_go_on_in_the_thread_that_was_first(
    bench: Bench, channel: Thread
) -> None:
    bench.file(1, thread="s1")
    bench.run()
    join(bench, "s1", 1)
    bench.file(2, thread="s2")
    join(bench, "s1", 2)
    bench.run()
    bench.file(3, thread="s2")
    bench.run()
    assert channel.parents == {"alert-1": "", "alert-2": "receipt-1", "alert-3": "receipt-1"}


def test_a_reply_whose_parent_is_gone_is_what_the_next_ones_follow(bench: Bench, channel: Thread) -> None:
    bench.file(1, 2, 3, thread="s1")
    bench.run()
    channel.gone = {"receipt-1"}
    bench.run()
    bench.run(UPDATES)
    assert channel.parents["alert-3"] == "receipt-2"
    (drawn,) = channel.updated
    assert (drawn.message.id, drawn.parent) == ("alert-2", "")


@pytest.mark.parametrize(
    ("reason", "aloud"),
    [(Reason.FIRST, False), (Reason.CONFIRMED, False), (Reason.EDITED, False)]
    + [(reason, True) for reason in (Reason.MOVED, Reason.FACT, Reason.REVERSED, Reason.OVERDUE)],
)
def test_the_whole_channel_is_told_again_only_for_what_is_new(
    bench: Bench, reason: Reason, aloud: bool
) -> None:
    bench.file(1, reason=reason)
    assert bench.rows()[0].aloud is aloud


# ------------------------------------------------------------------ bringing up to date


def test_what_opened_a_thread_is_drawn_anew_once_for_all_that_came_together(
    bench: Bench, channel: Thread
) -> None:
    bench.file(1, thread="s1", stage="letter-of-interest")
    join(bench, "s1", 1)
    bench.run()
    bench.file(2, thread="s1", stage="approval", tier=1, source_name="EXIM")
    join(bench, "s1", 2)
    touch(bench, "s1")
    touch(bench, "s1")
    bench.run()
    assert channel.updated == []
    bench.run(GATHER)
    bench.run(GATHER)
    (drawn,) = channel.updated
    assert drawn.message.id == "alert-1"
    assert drawn.receipt == "receipt-1"
    assert drawn.standing.stage == "approval"
    assert drawn.standing.primary == ("Source 1", "https://example.com/1")


def test_what_another_watchlist_tells_in_a_thread_is_neither_its_rung_nor_its_confirmation(
    bench: Bench,
) -> None:
    bench.file(1, thread="s1", stage="letter-of-interest", tier=2)
    bench.file(2, thread="s1", stage="announced", tier=1, watchlist="magnet-plants")
    opened = bench.rows()[0].message
    assert isinstance(opened, Alert)
    standing = bench.storage.threads.standing(opened, A, bench.now)
    assert (standing.stage, standing.primary) == ("letter-of-interest", None)


def test_outlets_are_the_sources_that_carry_the_story(bench: Bench, channel: Thread) -> None:
    bench.file(1, 2, 3, thread="s1")
    with bench.storage.write():
        bench.storage.db.conn.execute("UPDATE items SET source = 'two' WHERE id = 3")
    join(bench, "s1", 1, 2, 3)
    bench.run()
    touch(bench, "s1")
    bench.run(GATHER)
    assert channel.updated[0].standing.outlets == ("source-1", "two")


def test_what_is_touched_while_it_is_drawn_is_drawn_again(bench: Bench, channel: Thread) -> None:
    class Meanwhile(Thread):
        def update(self, delivery: Delivery) -> None:
            if not self.updated:
                touch(bench, "s1")
            super().update(delivery)

    busy = Meanwhile()
    bench.file(1, thread="s1")
    join(bench, "s1", 1)
    bench.run()
    touch(bench, "s1")
    deliverer = bench.another(fake=busy)
    for _ in range(4):
        bench.now += GATHER
        deliverer.run()
    assert len(busy.updated) == 2


def test_what_is_touched_while_it_is_sent_is_drawn_again(bench: Bench, channel: Thread) -> None:
    """It is not sent yet when its story grows, nor was what it shows drawn after that."""
    bench.file(1, 2, thread="s1")
    join(bench, "s1", 1)

    class Slow(Thread):
        def send(self, delivery: Delivery) -> Receipt:
            join(bench, "s1", 2)
            touch(bench, "s1")
            return super().send(delivery)

    bench.storage.db.conn.execute("UPDATE items SET source = 'source-2' WHERE id = 2")
    bench.channel = Slow()
    bench.deliverer = bench.another()
    bench.run()
    bench.run(GATHER)
    assert [delivery.standing.outlets for delivery in bench.channel.updated] == [("source-1", "source-2")]


def test_a_killed_update_is_made_up_for(bench: Bench, channel: Thread) -> None:
    bench.file(1, thread="s1")
    join(bench, "s1", 1)
    bench.run()
    touch(bench, "s1")
    bench.now += GATHER
    with bench.storage.write():
        assert bench.storage.threads.take_stale("fake", bench.now, channel.settle)
    bench.run(GATHER)
    assert channel.updated == []
    bench.run(channel.settle)
    assert len(channel.updated) == 1


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (DeliveryFailed("message_not_found"), False),
        (DeliveryFailed("ratelimited", retryable=True, retry_after=timedelta(minutes=5)), True),
        (DeliveryUnknown("no answer"), True),
        (ValueError("a fault of ours"), False),
    ],
    ids=["gone", "ratelimited", "unclear", "ours"],
)
def test_an_update_that_fails_is_repeated_only_where_that_can_help(
    bench: Bench, channel: Thread, error: Exception, again: bool
) -> None:
    channel.broken = [error]
    bench.file(1, thread="s1")
    join(bench, "s1", 1)
    bench.run()
    touch(bench, "s1")
    bench.run(GATHER)
    bench.run(timedelta(minutes=6))
    assert (len(channel.updated) == 1) is again
    assert bench.states() == ["sent"], "whatever becomes of an update, the message was told"
    assert len(channel.arrived) == 1


def test_an_update_is_not_tried_for_ever(bench: Bench, channel: Thread) -> None:
    channel.broken = [DeliveryUnknown("no answer")] * 2
    bench.file(1, thread="s1")
    join(bench, "s1", 1)
    bench.run()
    touch(bench, "s1")
    bench.run(GATHER)
    bench.run(UPDATE_FOR)
    bench.run(UPDATE_FOR)
    assert channel.updated == []


def test_updates_keep_to_a_pace_and_hold_up_no_alert(bench: Bench, channel: Thread) -> None:
    bench.file(1, thread="s1")
    bench.file(2, thread="s2", to=(B,))
    join(bench, "s1", 1)
    join(bench, "s2", 2)
    bench.run()
    touch(bench, "s1")
    touch(bench, "s2")
    bench.now += GATHER
    bench.file(3, thread="s3")
    progress = bench.run()
    assert (progress.sent, len(channel.updated)) == (1, 1)
    assert bench.run().sent == 0
    assert len(channel.updated) == 1
    bench.run(UPDATES)
    assert len(channel.updated) == 2
    assert bench.now < NOON + timedelta(minutes=1)


def test_a_wait_that_is_asked_for_holds_for_all_updates_and_over_a_restart(
    bench: Bench, channel: Thread
) -> None:
    wait = timedelta(minutes=5)
    channel.broken = [DeliveryFailed("ratelimited", retryable=True, retry_after=wait)]
    bench.file(1, thread="s1")
    bench.file(2, thread="s2", to=(B,))
    join(bench, "s1", 1)
    join(bench, "s2", 2)
    bench.run()
    touch(bench, "s1")
    touch(bench, "s2")
    bench.run(GATHER)
    assert channel.broken == [], "the first was refused"
    restarted = bench.another()
    bench.now += wait - SECOND
    restarted.run()
    assert channel.updated == []
    for _ in range(2):
        bench.now += 2 * SECOND
        restarted.run()
    assert len(channel.updated) == 2


def test_one_that_arrived_before_a_crash_is_drawn_as_things_are_now(bench: Bench, channel: Thread) -> None:
    bench.file(1, thread="s1")
    channel.fail, channel.arrives = [DeliveryUnknown("cut off")], True
    bench.run()
    bench.run(channel.settle)
    bench.run(UPDATES)
    assert [drawn.message.id for drawn in channel.updated] == ["alert-1"]
    assert len(channel.arrived) == 1


# ------------------------------------------------------------------ what it costs


def test_what_a_story_costs_does_not_grow_with_all_that_was_told(bench: Bench) -> None:
    """Each step is asked of an index: none walks through what other stories left."""
    bench.file(1, thread="s1")
    join(bench, "s1", 1)
    (delivery,) = bench.rows()
    asked: list[str] = []
    bench.storage.db.conn.set_trace_callback(asked.append)
    bench.storage.threads.touch("s1", NOON)
    bench.storage.threads.placed(delivery, NOON)
    bench.storage.threads.next_stale("fake")
    bench.storage.threads.take_stale("fake", NOON, SECOND)
    bench.storage.deliveries.heads()
    bench.storage.batches.due(NOON)
    bench.storage.db.conn.set_trace_callback(None)
    plans = [row["detail"] for sql in asked for row in bench.storage.db.query(f"EXPLAIN QUERY PLAN {sql}")]
    assert len(plans) > 20
    small = {"SCAN quiets", "SCAN (subquery-1)", "SCAN deliveries USING INDEX deliveries_open"}
    assert {plan for plan in plans if plan.startswith("SCAN")} <= small
    assert not [plan for plan in plans if "(destination=?)" in plan], "not all threads of a destination"
