"""What did not reach its readers, and why: counted by destination and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.batching import Gate
from monitor.capping import Counts as Sent
from monitor.capping import Limits, capped, room
from monitor.deliver import Deliverer
from monitor.digest import GRAVE, How, Stuck
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.feedback import Person, Quiet, Scope
from monitor.holding import Hold, Hours, hold
from monitor.hours import window
from monitor.outbox import Destination, Notice, State, Unsent
from monitor.storage import Storage
from monitor.stuck import MAX_TITLES, ORDER, stuck
from tests.fakes import NOON
from tests.outbox import A, B, Bench

HOUR = timedelta(hours=1)
UNTIL = NOON + 24 * HOUR
NIGHT = "quiet hours until 07:00 EST"
MUTE = 'is muted in #a until 9 Mar 2026 12:00 UTC by Ann (the source "EXIM newsroom")'


def unsent(state: State, number: int = 1, **changes: object) -> Unsent:
    values: dict[str, object] = {
        "to": A,
        "due": UNTIL + HOUR,
        "title": f"Loan {number}",
        "score": 60,
        "watchlists": ("loans",),
    }
    return Unsent(state=state, **(values | changes))  # type: ignore[arg-type]


def waits(number: int = 1, **changes: object) -> Unsent:
    return unsent(State.PENDING, number, **changes)


def fails(number: int = 1, **changes: object) -> Unsent:
    return unsent(State.FAILED, number, **({"error": "ratelimited"} | changes))


# ------------------------------------------------------------------ what it is called


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(
            unsent(State.HELD, held=NIGHT),
            Stuck(("loans",), "held", "fake:a", 1, NIGHT, ("Loan 1",), UNTIL + HOUR),
            id="held for the hours",
        ),
        pytest.param(
            unsent(State.HELD, held="beyond 30 an hour, until 13:00 UTC"),
            Stuck(
                ("loans",), "capped", "fake:a", 1, "beyond 30 an hour, until 13:00 UTC", ("Loan 1",),
                UNTIL + HOUR,
            ),
            id="beyond a limit",
        ),
        pytest.param(unsent(State.HELD, held=NIGHT, due=UNTIL), None, id="held until now"),
        pytest.param(
            unsent(State.MUTED, held=MUTE),
            Stuck(("loans",), "muted", "fake:a", 1, MUTE.removeprefix("is "), ("Loan 1",)),
            id="muted",
        ),
        pytest.param(
            unsent(State.DEAD, error="channel_not_found", held=NIGHT),
            Stuck(("loans",), "dead", "fake:a", 1, "channel_not_found", ("Loan 1",)),
            id="given up, though it was held before",
        ),
        pytest.param(
            fails(), Stuck(("loans",), "failed", "fake:a", 1, "ratelimited", ("Loan 1",)), id="tried again"
        ),
        pytest.param(
            fails(parked=True, error="invalid_auth"),
            Stuck(("loans",), "parked", "fake:a", 1, "invalid_auth", ("Loan 1",)),
            id="parked",
        ),
        pytest.param(
            unsent(State.SENDING, error="cut off"),
            Stuck(("loans",), "failed", "fake:a", 1, "cut off", ("Loan 1",)),
            id="in doubt",
        ),
        pytest.param(waits(), None, id="on its way"),
        pytest.param(unsent(State.SENDING), None, id="tried for the first time"),
    ],
)  # fmt: skip
def test_what_became_of_an_alert_has_a_name_and_a_reason(one: Unsent, expected: Stuck | None) -> None:
    assert stuck([one], UNTIL) == ((expected,) if expected else ())


def test_what_holds_an_alert_says_itself_whether_it_is_a_limit() -> None:
    hours = hold(Hours("UTC", (window("11:00-13:00"),)), 3, NOON)
    assert hours is not None
    full = [
        room(counts, Limits(), NOON, "UTC", held_before=False)
        for counts in (Sent(hour=30), Sent(day=200), Sent(watchlist=60))
    ]
    assert [capped(one.why) for one in (hours, *filter(None, full))] == [False, True, True, True]


# ------------------------------------------------------------------ counted together


def test_what_waits_behind_one_that_failed_is_stuck_with_it() -> None:
    (found,) = stuck([fails(1), waits(2), waits(3), waits(4, to=B)], UNTIL)
    assert (found.how, found.destination, found.count, found.why) == ("failed", "fake:a", 3, "ratelimited")


def test_alerts_are_counted_by_destination_and_the_gravest_come_first() -> None:
    both = [
        replace(one, to=to)
        for one in (
            unsent(State.MUTED, held=MUTE),
            unsent(State.HELD, held=NIGHT),
            unsent(State.HELD, held="beyond 200 a day, until Tue 3 Mar 00:00 UTC"),
            fails(),
            unsent(State.DEAD, error="refused"),
        )
        for to in (B, A, A)
    ]
    found = stuck([*both, fails(parked=True, to=Destination("email", "x@example.com"))], UNTIL)
    assert [(one.how, one.destination, one.count) for one in found] == [
        ("parked", "email:x@example.com", 1),
        ("dead", "fake:a", 2), ("dead", "fake:b", 1),
        ("failed", "fake:a", 2), ("failed", "fake:b", 1),
        ("capped", "fake:a", 2), ("capped", "fake:b", 1),
        ("held", "fake:a", 2), ("held", "fake:b", 1),
        ("muted", "fake:a", 2), ("muted", "fake:b", 1),
    ]  # fmt: skip


def test_a_few_titles_are_named_the_best_first_and_each_once() -> None:
    (found,) = stuck(
        [
            unsent(State.HELD, 1, held=NIGHT, score=50, watchlists=("plants",)),
            unsent(State.HELD, 2, held=NIGHT, score=90),
            unsent(State.HELD, 2, held=NIGHT, score=90),
            unsent(State.HELD, 3, held=NIGHT, score=70, watchlists=("loans", "grants")),
            unsent(State.HELD, 4, held=NIGHT, score=40, due=UNTIL + 2 * HOUR),
        ],
        UNTIL,
    )
    assert found.titles == ("Loan 2", "Loan 3", "Loan 1")
    assert (found.count, found.watchlists) == (5, ("grants", "loans", "plants"))
    assert found.until == UNTIL + HOUR, "when the first of them goes"


def test_reasons_are_named_the_most_frequent_first_and_the_rest_counted() -> None:
    reasons = ["timed out", "refused", "refused", "no such channel", "x" * 500]
    (found,) = stuck([unsent(State.DEAD, error=one) for one in reasons], UNTIL)
    assert found.why == "refused; timed out; 2 more reasons"
    (long,) = stuck([unsent(State.DEAD, error="x" * 500)], UNTIL)
    assert len(long.why) < 200


_ANY = st.builds(
    unsent,
    st.sampled_from([State.PENDING, State.SENDING, State.FAILED, State.HELD, State.MUTED, State.DEAD]),
    st.integers(1, 5),
    to=st.sampled_from([A, B]),
    held=st.sampled_from(["", NIGHT, "beyond 30 an hour"]),
    error=st.sampled_from(["", "refused", "timed out"]),
    due=st.sampled_from([UNTIL, UNTIL + HOUR]),
    parked=st.booleans(),
)


@given(st.lists(_ANY))
def test_no_alert_is_counted_twice_and_none_but_those_on_their_way_is_left_out(found: list[Unsent]) -> None:
    told = stuck(found, UNTIL)
    ended = [one for one in found if one.state in (State.MUTED, State.DEAD)]
    held = [one for one in found if one.state is State.HELD and one.due > UNTIL]
    trouble = {
        one.to for one in found if one.error and one.state in (State.PENDING, State.SENDING, State.FAILED)
    }
    behind = [one for one in found if one not in ended and one.state is not State.HELD and one.to in trouble]
    assert sum(one.count for one in told) == len(ended) + len(held) + len(behind)
    assert len({(one.how, one.destination) for one in told}) == len(told)
    assert all(1 <= len(one.titles) <= MAX_TITLES for one in told)


def test_what_a_person_has_to_look_at_comes_before_what_comes_later_by_itself() -> None:
    assert {how for how in ORDER if how in GRAVE} == GRAVE
    assert sorted(ORDER[3:]) == sorted(set(ORDER) - GRAVE)


# ------------------------------------------------------------------ from the outbox


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "monitor.db")
    yield made
    made.storage.close()


def found(storage: Storage, since: datetime = NOON, until: datetime = UNTIL) -> list[tuple[How, str, int]]:
    """What is stuck: how, where, how much."""
    told = stuck(storage.deliveries.unsent(since, until), until)
    return [(one.how, one.destination, one.count) for one in told]


def test_what_arrived_is_not_stuck(bench: Bench) -> None:
    bench.file(1, 2, to=(A, B))
    bench.run()
    bench.run()
    assert set(bench.states()) == {"sent"}
    assert found(bench.storage) == []


def test_a_queue_behind_a_failure_is_stuck_until_it_goes(bench: Bench) -> None:
    bench.file(1, 2, 3)
    bench.channel.fail = [DeliveryFailed("ratelimited", retryable=True)]
    bench.run()
    assert found(bench.storage) == [("failed", "fake:a", 3)]
    for _ in range(4):
        bench.run(HOUR)
    assert found(bench.storage) == []


def test_what_waits_for_a_person_is_parked(bench: Bench) -> None:
    bench.file(1, 2)
    bench.channel.fail = [DeliveryFailed("invalid_auth", parks=True)]
    bench.run()
    (one,) = stuck(bench.storage.deliveries.unsent(NOON, UNTIL), UNTIL)
    assert (one.how, one.count) == ("parked", 2)
    assert "invalid_auth" in one.why
    assert one.titles == ("EXIM approves loan 1", "EXIM approves loan 2")


def test_what_may_have_arrived_is_told_as_failed(bench: Bench) -> None:
    bench.file(1)
    bench.channel.fail = [DeliveryUnknown("cut off")]
    bench.run()
    assert found(bench.storage) == [("failed", "fake:a", 1)]


def test_what_was_given_up_or_muted_is_told_in_the_span_in_which_it_was(bench: Bench) -> None:
    bench.file(1, 2)
    bench.channel.fail = [DeliveryFailed("channel_not_found", retryable=False)]
    bench.run(HOUR)
    quiet = Quiet(Scope.WATCHLIST, "exim-dfc", "EXIM", str(A), Person("U1", "Ann"), NOON, UNTIL + 24 * HOUR)
    with bench.storage.write():
        bench.storage.feedback.quiet(quiet)
    bench.run(HOUR)
    assert bench.states() == ["dead", "muted"]
    both = [("dead", "fake:a", 1), ("muted", "fake:a", 1)]
    assert found(bench.storage) == both
    assert found(bench.storage, NOON, NOON + HOUR) == []
    assert found(bench.storage, NOON + HOUR, NOON + 2 * HOUR) == both[:1]
    assert found(bench.storage, UNTIL, UNTIL + 24 * HOUR) == []


def test_what_is_held_is_told_until_it_may_go(bench: Bench) -> None:
    bench.file_held(Hold(UNTIL + HOUR, NIGHT), 1, 2, to=(A, B))
    assert found(bench.storage) == [("held", "fake:a", 2), ("held", "fake:b", 2)]
    assert found(bench.storage, until=UNTIL + HOUR) == []


def test_what_is_beyond_a_limit_is_capped(bench: Bench) -> None:
    gate = Gate(Limits(per_hour=1), Hours("UTC"))
    deliverer = Deliverer(bench.storage, {"fake": bench.channel}, lambda: bench.now, gate)
    bench.now += timedelta(minutes=10)
    bench.file(1, 2, 3)
    for _ in range(3):
        deliverer.run()
    until = bench.now + timedelta(minutes=1)
    assert found(bench.storage, until=until) == [("capped", "fake:a", 2)]


def test_the_alerts_of_a_batch_are_counted_and_not_the_batch(bench: Bench) -> None:
    bench.file_held(Hold(NOON + HOUR, NIGHT), 1, 2, 3)
    bench.channel.fail = [DeliveryFailed("ratelimited", retryable=True)]
    bench.run(2 * HOUR)
    assert bench.states() == ["batched"] * 3 + ["failed"]
    (one,) = stuck(bench.storage.deliveries.unsent(NOON, UNTIL), UNTIL)
    assert (one.how, one.count, len(one.titles)) == ("failed", 3, 3)


def test_notices_are_no_alerts_and_what_was_decided_after_the_span_belongs_to_the_next(bench: Bench) -> None:
    notice = Notice("n1", "Sources in trouble", ("one",), NOON)
    with bench.storage.write():
        bench.storage.alarms.add(notice)
        bench.storage.deliveries.add("d1", notice, A, NOON)
    bench.now = UNTIL
    bench.file_held(Hold(UNTIL + HOUR, NIGHT), 1)
    bench.channel.fail = [DeliveryFailed("ratelimited", retryable=True)]
    bench.run()
    assert bench.states() == ["failed", "held"]
    assert found(bench.storage) == []


def test_all_watchlists_that_would_tell_it_are_concerned(bench: Bench) -> None:
    bench.file_held(Hold(UNTIL + HOUR, NIGHT), 1, also=(("plants", "Magnet plants"),))
    (one,) = stuck(bench.storage.deliveries.unsent(NOON, UNTIL), UNTIL)
    assert one.watchlists == ("exim-dfc", "plants")


# ------------------------------------------------------------------ what it costs


def test_what_was_sent_is_not_walked_through(bench: Bench) -> None:
    bench.file(1)
    asked: list[str] = []
    bench.storage.db.conn.set_trace_callback(asked.append)
    list(bench.storage.deliveries.unsent(NOON, UNTIL))
    bench.storage.db.conn.set_trace_callback(None)
    (sql,) = asked
    plans = [row["detail"] for row in bench.storage.db.query(f"EXPLAIN QUERY PLAN {sql}")]
    scans = {plan for plan in plans if plan.startswith("SCAN")}
    assert scans == {"SCAN deliveries USING INDEX deliveries_open", "SCAN found"}, plans
    for index in ("deliveries_held (due>?)", "deliveries_ended (finished>? AND finished<?)"):
        assert any(index in plan for plan in plans), plans
    assert not any("AUTOMATIC" in plan for plan in plans), plans
