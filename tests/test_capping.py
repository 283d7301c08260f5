"""How many messages a channel gets: what there is room for, and that nothing exceeds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.batching import Gate, release
from monitor.capping import Counts, Limits, next_hour, room, today, tomorrow
from monitor.deliver import Deliverer, enqueue
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.holding import Hold, Hours
from monitor.hours import window
from monitor.outbox import Batch, Delivery, Destination, Notice, Receipt, State
from monitor.storage import Storage
from tests.fakes import NOON, FakeChannel
from tests.outbox import A, B, Bench

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMITS = Limits(per_hour=3, per_day=8, watchlist_per_day=5)
HALF_PAST = NOON + 30 * MINUTE


class Timed(FakeChannel):
    """Remembers when what arrived, and where."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.told: list[tuple[datetime, Delivery]] = []

    def send(self, delivery: Delivery) -> Receipt:
        before = len(self.arrived)
        try:
            return super().send(delivery)
        finally:
            if len(self.arrived) > before:
                self.told.append((self.bench.now, delivery))


class Capped(Bench):
    """A bench whose deliverer has low limits."""

    def __init__(self, path: Path, limits: Limits = LIMITS, hours: Hours | None = None) -> None:
        super().__init__(path)
        self.gate = Gate(limits, hours or Hours("UTC"))
        self.channel = self.timed = Timed(self)
        self.deliverer = self.gated(self.storage)

    def gated(self, storage: Storage) -> Deliverer:
        channels = {"fake": self.channel, "console": self.channel}
        return Deliverer(storage, channels, lambda: self.now, self.gate)

    def drain(self) -> None:
        """Deliver all that can go now."""
        for _ in range(500):
            if (following := self.run().next) is None or following > self.now:
                return
        raise AssertionError("it never ends")

    def messages(self) -> list[str]:
        """What arrived: the id of an alert or notice, or how many a batch tells."""
        return [
            f"batch of {len(d.message.alerts)}" if isinstance(d.message, Batch) else d.message.id
            for _, d in self.timed.told
        ]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Capped]:
    made = Capped(tmp_path / "monitor.db")
    yield made
    made.storage.close()


# ------------------------------------------------------------------ the decision


@pytest.mark.parametrize(
    ("counts", "held_before", "expected"),
    [
        (Counts(), False, None),
        (Counts(hour=2, day=7, watchlist=4), False, None),
        (Counts(hour=3, day=3), False, Hold(NOON + HOUR, "beyond 3 an hour")),
        (Counts(hour=9, day=3), False, Hold(NOON + HOUR, "beyond 3 an hour")),
        (Counts(day=8), False, Hold(NOON + 12 * HOUR, "beyond 8 a day")),
        (Counts(hour=3, day=8), False, Hold(NOON + 12 * HOUR, "beyond 8 a day")),
        (Counts(watchlist=5), False, Hold(NOON + 12 * HOUR, "beyond 5 a day of one watchlist")),
        (Counts(hour=3), True, None),
        (Counts(hour=3, summary=NOON), True, Hold(NOON + HOUR, "beyond 3 an hour")),
        (Counts(hour=2, summary=NOON), True, None),
        (Counts(day=8), True, Hold(NOON + 12 * HOUR, "beyond 8 a day")),
    ],
)
def test_what_there_is_room_for(counts: Counts, held_before: bool, expected: Hold | None) -> None:
    assert room(counts, LIMITS, HALF_PAST, "UTC", held_before=held_before) == expected


@pytest.mark.parametrize(
    ("zone", "hour", "began", "ends"),
    [
        ("UTC", "2026-03-08T13:00", "2026-03-08T00:00", "2026-03-09T00:00"),
        ("America/New_York", "2026-03-08T13:00", "2026-03-08T05:00", "2026-03-09T04:00"),  # 23 hours
        ("Asia/Kolkata", "2026-03-08T12:30", "2026-03-07T18:30", "2026-03-08T18:30"),
    ],
)
def test_hours_and_days_are_those_of_the_clock_there(zone: str, hour: str, began: str, ends: str) -> None:
    now = datetime(2026, 3, 8, 12, 10, 7, 5, tzinfo=UTC)
    found = next_hour(now, zone), today(now, zone), tomorrow(now, zone)
    assert [f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in found] == [
        f"{text}:00" for text in (hour, began, ends)
    ]


# ------------------------------------------------------------------ the gate


def test_what_is_beyond_an_hour_is_told_in_one_summary_at_the_next(bench: Capped) -> None:
    bench.file(*range(1, 8))
    bench.drain()
    assert bench.messages() == ["alert-1", "alert-2", "alert-3"]
    assert bench.states() == ["sent"] * 3 + ["held"] * 4
    assert {row.held for row in bench.rows()[3:]} == {"beyond 3 an hour, until 13:00 UTC"}
    bench.run(HOUR - MINUTE)
    assert len(bench.messages()) == 3
    bench.run(MINUTE)
    assert bench.messages()[3:] == ["batch of 4"]
    assert bench.states() == ["sent"] * 3 + ["batched"] * 4 + ["sent"]


def test_other_destinations_have_their_own_limits(bench: Capped) -> None:
    bench.file(1, 2, 3, 4, to=(A,))
    bench.file(5, 6, to=(B,))
    bench.drain()
    assert sorted(bench.messages()) == ["alert-1", "alert-2", "alert-3", "alert-5", "alert-6"]


def test_notices_and_the_terminal_have_none(bench: Capped) -> None:
    bench.file(*range(1, 10), to=(Destination("console"),))
    bench.file(10, 11, 12)
    with bench.storage.write():
        for number in range(5):
            enqueue(bench.storage, Notice(f"notice-{number}", "A source fails", (), NOON), [A], NOON)
    bench.drain()
    assert bench.states() == ["sent"] * 17


def test_beyond_a_day_it_waits_for_the_next(bench: Capped) -> None:
    number = 0
    for _ in range(4):
        bench.file(*range(number + 1, number + 4), watchlist=f"w{number}")
        bench.drain()
        number, bench.now = number + 3, bench.now + 61 * MINUTE
    assert len(bench.messages()) == 8
    assert [row.held for row in bench.rows() if row.state is State.HELD] == [
        "beyond 8 a day, until 00:00 UTC"
    ] * 4
    bench.now = NOON + 12 * HOUR
    bench.run()
    assert bench.messages()[8:] == ["batch of 4"]


def test_beyond_its_day_a_watchlist_waits_and_others_go_on(tmp_path: Path) -> None:
    bench = Capped(tmp_path / "one.db", Limits(per_hour=100, per_day=100, watchlist_per_day=2))
    bench.file(1, 2, 3, 4, watchlist="loud")
    bench.file(5, watchlist="calm")
    bench.drain()
    assert bench.messages() == ["alert-1", "alert-2", "alert-5"]
    bench.run(12 * HOUR)
    assert bench.messages()[3:] == ["batch of 2"]
    bench.storage.close()


def test_the_summary_waits_for_the_end_of_quiet_hours(tmp_path: Path) -> None:
    hours = Hours("UTC", (window("13:00-15:00"),))
    bench = Capped(tmp_path / "one.db", LIMITS, hours)
    bench.file(*range(1, 6), tier=3)
    bench.file(6, tier=1)
    bench.drain()
    assert [f"{row.due:%H:%M}" for row in bench.rows() if row.state is State.HELD] == [
        "15:00",
        "15:00",
        "13:00",
    ]
    bench.storage.close()


def test_an_attempt_in_doubt_is_no_new_message(bench: Capped) -> None:
    """It is looked for, and sent again where it did not arrive, however full the hour is."""
    bench.file(1, 2, 3)
    bench.run()
    bench.run()
    bench.channel.fail = [DeliveryUnknown("no clear answer")]
    bench.run()
    assert bench.states() == ["sent", "sent", "sending"]
    bench.run(bench.channel.settle)
    assert bench.states() == ["sent"] * 3


def test_a_refusal_that_is_tried_again_counts_once(bench: Capped) -> None:
    bench.file(1, 2)
    bench.drain()
    bench.file(3)
    bench.channel.fail = [DeliveryFailed("busy", retryable=True, retry_after=MINUTE)] * 5
    for _ in range(6):
        bench.run(MINUTE)
    bench.drain()
    assert bench.states() == ["sent"] * 3


def test_a_second_process_sees_what_the_first_has_begun(bench: Capped) -> None:
    bench.file(1, 2)
    bench.drain()
    bench.file(3, 4)
    with Storage(bench.path) as other:
        second = bench.gated(other)

        class Meeting(Timed):
            def send(self, delivery: Delivery) -> Receipt:
                second.run()
                return bench.timed.send(delivery)

        first = Deliverer(bench.storage, {"fake": Meeting(bench)}, lambda: bench.now, bench.gate)
        for _ in range(4):
            first.run()
            second.run()
    assert bench.messages() == ["alert-1", "alert-2", "alert-3"]
    assert bench.states() == ["sent"] * 3 + ["held"]


def told(bench: Capped) -> list[str]:
    """The alerts that arrived, by themselves or in a batch."""
    messages = [delivery.message for _, delivery in bench.timed.told]
    return [a.id for m in messages for a in (m.alerts if isinstance(m, Batch) else (m,))]


def test_a_story_is_told_in_order_though_there_is_room_again(bench: Capped) -> None:
    """What is held until the hour strikes is not overtaken by what comes when the first of the last
    hour's no longer counts, but by other stories and by a primary source."""
    bench.file(1, 2, 3)
    bench.drain()
    bench.now += 50 * MINUTE
    bench.file(4, thread="s1", tier=3)
    bench.drain()
    bench.now = NOON + 65 * MINUTE
    with bench.storage.write():
        bench.storage.db.conn.execute("UPDATE deliveries SET due = ? WHERE state = 'held'",
                                      [(NOON + 2 * HOUR).isoformat(timespec="microseconds")])  # fmt: skip
    bench.file(5, thread="s1", tier=3)
    bench.file(6, thread="s2", tier=3)
    bench.file(7, thread="s1", tier=3, watchlist="another")
    bench.drain()
    assert told(bench)[3:] == ["alert-6", "alert-7"]
    assert [(row.state, row.held) for row in bench.rows()[3:5]] == [
        (State.HELD, "beyond 3 an hour, until 13:00 UTC")
    ] * 2
    bench.now = NOON + 2 * HOUR
    bench.drain()
    assert told(bench)[5:] == ["alert-4", "alert-5"]
    assert bench.messages()[5:] == ["batch of 2"]


def test_nor_is_a_story_overtaken_whose_first_alert_waits_in_a_batch(bench: Capped) -> None:
    bench.file_held(Hold(NOON, "quiet hours"), 1, 2, thread="s1", tier=3)
    release(bench.storage, NOON)
    (batch,) = bench.storage.deliveries.heads()
    with bench.storage.write():
        bench.storage.batches.hold(batch, Hold(NOON + HOUR, "beyond 3 an hour"), NOON)
    bench.file(3, thread="s1", tier=3)
    bench.file(4, thread="s1", tier=1)
    bench.drain()
    assert told(bench) == ["alert-4"]
    bench.now += HOUR
    bench.drain()
    assert told(bench)[1:] == ["alert-1", "alert-2", "alert-3"]


def test_a_clock_that_was_far_ahead_closes_no_channel(bench: Capped) -> None:
    bench.now = NOON + 400 * DAY
    bench.file(1, 2, 3)
    bench.drain()
    bench.now, bench.deliverer = NOON, bench.gated(bench.storage)
    bench.file(4)
    bench.drain()
    assert bench.states() == ["sent"] * 4


# ------------------------------------------------------------------ whatever comes

STEPS = st.lists(
    st.tuples(
        st.integers(0, 70),  # minutes that pass
        st.integers(0, 9),  # alerts filed
        st.sampled_from([(A,), (B,), (A, B)]),
        st.sampled_from(["", "busy", "lost", "unclear"]),
        st.booleans(),  # held for a while from the start
    ),
    max_size=14,
)


def filed_and_run(bench: Capped, steps: list[tuple[int, int, tuple[Destination, ...], str, bool]]) -> int:
    """Do as the steps say, then let two days pass; answers how many alerts were filed, counted by
    destination."""
    number = expected = 0
    for minutes, many, to, fault, held in steps:
        bench.now += minutes * MINUTE
        hold = Hold(bench.now + 20 * MINUTE, "quiet hours") if held else None
        bench.file_held(hold, *range(number + 1, number + many + 1), to=to, watchlist=f"w{number % 2}")
        number, expected = number + many, expected + many * len(to)
        if fault == "busy":
            bench.channel.fail, bench.channel.arrives = [DeliveryFailed("busy", retryable=True)], False
        elif fault:
            bench.channel.fail, bench.channel.arrives = [DeliveryUnknown("lost")], fault == "unclear"
        bench.drain()
    for _ in range(50 * 6):
        bench.now += 10 * MINUTE
        bench.drain()
    return expected


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_no_hour_has_more_than_the_limit_and_one_summary_and_all_is_told_once(
    steps: list[tuple[int, int, tuple[Destination, ...], str, bool]],
) -> None:
    bench = Capped(Path(":memory:"), Limits(per_hour=3, per_day=1000, watchlist_per_day=1000))
    expected = filed_and_run(bench, steps)
    times: defaultdict[Destination, list[datetime]] = defaultdict(list)
    told: list[tuple[Destination, str]] = []
    for when, delivery in bench.timed.told:
        times[delivery.destination].append(when)
        alerts = delivery.message.alerts if isinstance(delivery.message, Batch) else (delivery.message,)
        told += [(delivery.destination, alert.id) for alert in alerts]
    for sent in times.values():
        for start in sent:
            assert sum(start <= when < start + HOUR for when in sent) <= 3 + 1
    assert len(told) == len(set(told)) == expected
    assert set(bench.storage.deliveries.counts()) <= {"sent", "batched"}
    bench.storage.close()
