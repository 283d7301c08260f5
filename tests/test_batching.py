"""What was held, once it may go: order, one message for several, kills in the middle, and company."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.batching import release, together
from monitor.deliver import enqueue
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.feedback import Person, Quiet, Scope
from monitor.holding import Hold
from monitor.outbox import Batch, Destination, Notice, State, Waiting
from monitor.storage import Storage
from tests.conftest import ROOT
from tests.fakes import NOON, an_alert
from tests.outbox import A, B, Bench

HOUR = timedelta(hours=1)
NIGHT = Hold(NOON + HOUR, "quiet hours until 13:00 UTC")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "monitor.db")
    yield made
    made.storage.close()


def batch_of(bench: Bench, to: Destination = A) -> Batch:
    """The one batch to a destination."""
    (found,) = [
        row.message for row in bench.rows() if isinstance(row.message, Batch) and row.destination == to
    ]
    return found


def names(batch: Batch) -> list[str]:
    return [alert.id for alert in batch.alerts]


# ------------------------------------------------------------------ filing


def test_what_is_held_is_filed_with_its_hour_and_what_holds_it(bench: Bench) -> None:
    bench.file_held(NIGHT, 1)
    (row,) = bench.rows()
    assert (row.state, row.due, row.held) == (State.HELD, NIGHT.until, NIGHT.why)
    assert bench.run(HOUR - timedelta(seconds=1)).sent == 0
    assert bench.states() == ["held"]


def test_the_terminal_is_never_held(bench: Bench) -> None:
    bench.file_held(NIGHT, 1, to=(Destination("console"), A))
    assert bench.states() == ["pending", "held"]


def test_what_is_not_held_passes_what_is(bench: Bench) -> None:
    bench.file_held(NIGHT, 1)
    bench.file(2)
    bench.run()
    assert bench.alerts_arrived() == ["alert-2"]


# ------------------------------------------------------------------ release


def test_one_that_waited_alone_goes_as_it_is(bench: Bench) -> None:
    bench.file_held(NIGHT, 1)
    assert bench.run(HOUR).sent == 1
    assert bench.alerts_arrived() == ["alert-1"]
    assert bench.states() == ["sent"]


def test_several_go_as_one_message_in_the_order_in_which_they_were_decided(bench: Bench) -> None:
    for number in (3, 1, 2):
        bench.file_held(NIGHT, number)
        bench.now += timedelta(minutes=10)
    assert bench.run(HOUR).sent == 1
    assert bench.run() == bench.run(), "nothing is left"
    batch = batch_of(bench)
    assert names(batch) == ["alert-3", "alert-1", "alert-2"]
    assert batch.title == "3 alerts since 12:00 UTC"
    assert batch.why == NIGHT.why
    assert bench.states() == ["batched", "batched", "batched", "sent"]
    assert len(bench.channel.arrived) == 1


def test_each_destination_gets_what_was_held_for_it(bench: Bench) -> None:
    bench.file_held(NIGHT, 1, 2, to=(A, B))
    bench.file_held(NIGHT, 3, to=(B,))
    bench.now += HOUR
    bench.run()
    assert names(batch_of(bench, A)) == ["alert-1", "alert-2"]
    assert names(batch_of(bench, B)) == ["alert-1", "alert-2", "alert-3"]


def test_what_is_held_for_longer_waits_on(bench: Bench) -> None:
    later = Hold(NOON + 2 * HOUR, "the NYSE is closed until 14:00 UTC")
    bench.file_held(later, 1)
    bench.file_held(NIGHT, 2, 3)
    bench.run(HOUR)
    assert names(batch_of(bench)) == ["alert-2", "alert-3"]
    bench.run(HOUR)
    assert bench.alerts_arrived()[1:] == ["alert-1"]


def test_all_that_held_them_is_said(bench: Bench) -> None:
    bench.file_held(NIGHT, 1, 2)
    bench.file_held(Hold(NOON, "a day off until 12:00 UTC"), 3)
    bench.run(HOUR)
    assert batch_of(bench).why == "quiet hours until 13:00 UTC; a day off until 12:00 UTC"


def test_a_batch_goes_behind_what_was_pending_before_it(bench: Bench) -> None:
    bench.file_held(NIGHT, 1, 2)
    bench.channel.fail = [DeliveryFailed("busy", retryable=True, retry_after=2 * HOUR)]
    bench.file(3)
    bench.run()
    bench.run(HOUR)
    assert bench.states() == ["batched", "batched", "failed", "pending"]
    bench.run(HOUR)
    bench.run()
    assert bench.alerts_arrived() == ["alert-3", batch_of(bench).id]


def test_a_batch_with_an_unclear_end_is_looked_for_and_not_sent_again(bench: Bench) -> None:
    bench.file_held(NIGHT, 1, 2)
    bench.channel.fail, bench.channel.arrives = [DeliveryUnknown("no clear answer")], True
    bench.run(HOUR)
    bench.run(bench.channel.settle)
    assert len(bench.channel.arrived) == 1
    assert bench.states() == ["batched", "batched", "sent"]


def test_a_batch_that_is_held_itself_takes_in_what_comes_after_it(bench: Bench) -> None:
    """Whole, in order, and as one message: no batch in a batch."""
    bench.file_held(NIGHT, 1, 2)
    release(bench.storage, NIGHT.until)
    (head,) = bench.storage.deliveries.heads()
    with bench.storage.write():
        again = Hold(NOON + 2 * HOUR, "beyond 30 an hour")
        assert bench.storage.batches.hold(head, again, NIGHT.until)
    bench.file_held(Hold(NOON + 2 * HOUR, "beyond 30 an hour"), 3)
    assert bench.run(2 * HOUR).sent == 1
    assert bench.states() == ["batched", "batched", "batched", "batched", "sent"]
    told = bench.rows()[-1].message
    assert isinstance(told, Batch)
    assert names(told) == ["alert-1", "alert-2", "alert-3"]
    assert told.title == "3 alerts since 12:00 UTC"


def test_a_notice_is_never_held(bench: Bench) -> None:
    with bench.storage.write():
        enqueue(bench.storage, Notice("n", "A source fails", (), NOON), [A], NOON)
    bench.file_held(NIGHT, 1)
    assert bench.run().sent == 1
    assert bench.states() == ["sent", "held"]


def test_the_same_deliveries_make_the_same_batch() -> None:
    held = [Waiting(A, f"d{n}", NIGHT.why, (an_alert(n),)) for n in (1, 2)]
    first = together(held, NOON + HOUR, "America/New_York")
    assert first == together(held, NOON + HOUR, "America/New_York")
    assert first.title == "2 alerts since 07:00 EST"
    assert together(held, NOON + 26 * HOUR, "UTC").title == "2 alerts since Mon 2 Mar 12:00 UTC"
    assert together(held[:1], NOON, "UTC").id != first.id


def test_with_nothing_due_nothing_is_written(bench: Bench) -> None:
    bench.file_held(NIGHT, 1, 2)
    bench.storage.db.conn.execute("PRAGMA query_only = ON")
    release(bench.storage, NOON)
    bench.storage.db.conn.execute("PRAGMA query_only = OFF")
    assert bench.states() == ["held", "held"]


def test_whether_anything_is_due_is_asked_of_an_index(bench: Bench) -> None:
    seen: list[str] = []
    bench.storage.db.conn.set_trace_callback(seen.append)
    bench.storage.batches.due(NOON)
    bench.storage.db.conn.set_trace_callback(None)
    (plan,) = bench.storage.db.query(f"EXPLAIN QUERY PLAN {seen[0]}")
    assert "INDEX deliveries_held" in plan["detail"]


# ------------------------------------------------------------------ what is muted meanwhile


def mute(bench: Bench, source: str, *, days: int = 7) -> Quiet:
    who, until = Person("U1", "alice"), bench.now + timedelta(days=days)
    with bench.storage.write():
        return bench.storage.feedback.quiet(
            Quiet(Scope.SOURCE, source, "Paper", str(A), who, bench.now, until)
        )


def waiting_too(bench: Bench) -> None:
    """Two alerts of one source wait for their hour and one of another does."""
    bench.file_held(NIGHT, 1, 2, source="loud")
    bench.file_held(NIGHT, 3)


def test_what_is_muted_while_it_is_held_is_not_told(bench: Bench) -> None:
    waiting_too(bench)
    mute(bench, "loud")
    assert bench.run(HOUR).sent == 1
    assert bench.alerts_arrived() == ["alert-3"], "alone, it goes as it is"
    assert bench.states() == ["muted", "muted", "sent"]
    assert bench.rows()[0].held == 'is muted in a until 9 Mar 2026 12:00 UTC by alice (the source "Paper")'


def test_a_mute_holds_at_its_destination_and_while_it_lasts(bench: Bench) -> None:
    bench.file_held(NIGHT, 1, 2, to=(A, B), source="loud")
    quiet = mute(bench, "loud")
    with bench.storage.write():
        bench.storage.feedback.end_quiet(quiet.number, quiet.who, bench.now)
    bench.run(HOUR)
    assert bench.states() == ["batched"] * 4 + ["sent"] * 2
    bench.file(3, to=(A, B), source="loud")
    mute(bench, "loud")
    bench.run()
    assert bench.states()[6:] == ["muted", "sent"]


def test_what_is_muted_while_it_waits_in_the_queue_is_not_told(bench: Bench) -> None:
    bench.channel.fail = [DeliveryFailed("busy", retryable=True, retry_after=HOUR)]
    bench.file(1, 2, source="loud")
    bench.file(3)
    bench.run()
    mute(bench, "loud")
    for _ in range(3):
        bench.run(HOUR)
    assert bench.alerts_arrived() == ["alert-3"]
    assert bench.states() == ["muted", "muted", "sent"]


def test_what_may_have_been_told_is_brought_to_its_end_whatever_is_muted(bench: Bench) -> None:
    bench.channel.fail, bench.channel.arrives = [DeliveryUnknown("cut off")], True
    bench.file(1, source="loud")
    bench.run()
    mute(bench, "loud")
    bench.run(bench.channel.settle)
    assert bench.states() == ["sent"]


def test_a_batch_that_waits_is_told_without_what_is_muted(bench: Bench) -> None:
    waiting_too(bench)
    bench.file_held(NIGHT, 4)
    bench.channel.fail = [DeliveryFailed("busy", retryable=True, retry_after=HOUR)]
    bench.run(HOUR)
    mute(bench, "loud")
    bench.run(HOUR)
    bench.run()
    assert bench.states() == ["muted", "muted", "batched", "batched", "batched", "sent"]
    told = bench.rows()[-1].message
    assert isinstance(told, Batch)
    assert (names(told), told.title) == (["alert-3", "alert-4"], "2 alerts since 12:00 UTC")


def test_of_a_batch_that_is_muted_whole_nothing_is_told(bench: Bench) -> None:
    bench.file_held(NIGHT, 1, 2, source="loud")
    bench.channel.fail = [DeliveryFailed("busy", retryable=True, retry_after=HOUR)]
    bench.run(HOUR)
    mute(bench, "loud")
    bench.run(HOUR)
    assert bench.run().next is None
    assert bench.channel.arrived == []
    assert bench.states() == ["muted"] * 3
    assert "by alice" in bench.rows()[-1].held


def test_what_was_muted_counts_as_told_to_nobody(bench: Bench) -> None:
    bench.file(1, 2, source="loud", story="s1", thread="s1")
    sql = "INSERT INTO members VALUES (?, 's1', 0, '', '', 0)"
    bench.storage.db.conn.executemany(sql, [[1], [2]])
    bench.run()
    mute(bench, "loud")
    bench.run()
    assert [told.item for told in bench.storage.alerts.of_story("s1")] == [1]


# ------------------------------------------------------------------ kills and company

KILLED = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from monitor.batching import release
from monitor.storage import Storage
from tests.fakes import NOON

storage, left = Storage(Path(sys.argv[1])), int(sys.argv[2])
def statement(_):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
storage.db.conn.set_trace_callback(statement)
release(storage, NOON + timedelta(hours=1))
"""


def test_a_kill_at_any_statement_loses_nothing_and_doubles_nothing(bench: Bench) -> None:
    """The first statements change nothing for good; once all is committed, all of it is."""
    bench.file_held(NIGHT, 1, 2, 3, to=(A, B))
    for statements in range(1, 60):
        command = [sys.executable, "-c", KILLED, str(bench.path), str(statements)]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if not done.returncode:
            break
        assert done.returncode == -signal.SIGKILL
        assert bench.states() == ["held"] * 6
    assert statements > 10, "it was killed in the middle"
    assert bench.states() == ["batched"] * 6 + ["pending"] * 2
    for to in (A, B):
        assert names(batch_of(bench, to)) == ["alert-1", "alert-2", "alert-3"]


def test_two_processes_at_once_make_one_batch(bench: Bench) -> None:
    bench.file_held(NIGHT, *range(1, 40))
    together_ = threading.Barrier(4)

    def work() -> None:
        with Storage(bench.path) as storage:
            together_.wait()
            release(storage, NIGHT.until)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.states() == ["batched"] * 39 + ["pending"]
    assert len(batch_of(bench).alerts) == 39
