"""The outbox cut off at every statement and every word with the channel: each alert arrives once.

Life after life works on one database until it is cut off; what was not committed is gone with it. The
channel lives on and remembers what arrived. Some of its answers are refusals, or never come.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.deliver import Deliverer
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.model import Reason
from monitor.outbox import Delivery, Receipt, State
from monitor.storage import Storage
from tests.fakes import NOON
from tests.outbox import A, B, Bench

NEVER = 10**9


class CutOff(BaseException):
    """Nothing of ours catches it, as nothing catches SIGKILL."""


class Fuse:
    """Burns down with each effect. Once it has blown, nothing more happens in this life."""

    def __init__(self, effects: int) -> None:
        self.left = effects

    def effect(self) -> None:
        if self.left <= 0:
            raise CutOff
        self.left -= 1


class Cut:
    """A connection in a life: each statement and each commit is an effect."""

    def __init__(self, conn: sqlite3.Connection, fuse: Fuse) -> None:
        self._conn, self._fuse = conn, fuse

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        self._fuse.effect()
        return self._conn.execute(sql, values)

    def commit(self) -> None:
        self._fuse.effect()
        self._conn.commit()

    def rollback(self) -> None:
        """A life that was cut off rolls nothing back: its connection is closed."""


class Far:
    """The other end. It answers at once, but where `answers` say otherwise for the next question:
    "busy" for now, "lost" though it arrived, "deaf" as nothing did."""

    def __init__(self, answers: list[str]) -> None:
        self.answers = answers
        self.arrived: list[Delivery] = []
        self.drawn: list[str] = []

    def place(self, number: str) -> str:
        """Where a delivery stands; empty: it did not arrive."""
        places = {delivery.id: f"far:{place}" for place, delivery in enumerate(self.arrived)}
        return places.get(number, "")

    def ask(self, delivery: Delivery) -> Receipt:
        answer = self.answers.pop(0) if self.answers else ""
        if answer == "busy":
            raise DeliveryFailed("busy", retryable=True, retry_after=timedelta(seconds=1))
        if answer != "deaf":
            self.arrived.append(delivery)
        if answer:
            raise DeliveryUnknown("no answer")
        return Receipt(self.place(delivery.id))


class Wire:
    """The way there in a life: to ask and to be answered are an effect each."""

    name = "fake"
    pace = timedelta(0)
    settle = timedelta(seconds=15)
    threads = True

    def __init__(self, far: Far, fuse: Fuse) -> None:
        self._far, self._fuse = far, fuse

    def send(self, delivery: Delivery) -> Receipt:
        self._fuse.effect()
        receipt = self._far.ask(delivery)
        self._fuse.effect()
        return receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        self._fuse.effect()
        place = self._far.place(delivery.id)
        self._fuse.effect()
        return Receipt(place) if place else None

    def update(self, delivery: Delivery) -> None:
        self._fuse.effect()
        self._far.drawn.append(delivery.id)
        self._fuse.effect()


class Outbox:
    """A database that outlives the processes that work on it, and the other end."""

    def __init__(self, filed: Path, folder: Path, answers: list[str]) -> None:
        self.path = Path(shutil.copy(filed, folder / "monitor.db"))
        self.far = Far(answers)
        self.now = NOON

    def live(self, effects: int = NEVER) -> bool:
        """Deliver until nothing is left, or until the life is cut off: True where it was."""
        fuse = Fuse(effects)
        storage = Storage(self.path)
        conn = storage.db.conn
        storage.db.conn = cast("sqlite3.Connection", Cut(conn, fuse))
        deliverer = Deliverer(storage, {"fake": Wire(self.far, fuse)}, lambda: self.now)
        try:
            while (due := deliverer.run().next) is not None:
                self.now = max(self.now, due)
        except CutOff:
            return True
        finally:
            conn.close()
        return False

    def judge(self) -> None:
        """Each once, in order, with its receipt, in the thread that the first of its story opened."""
        with Storage(self.path) as storage:
            rows = list(storage.deliveries.latest(100))[::-1]
            assert storage.threads.next_stale("fake") is None
        assert [row.state for row in rows] == [State.SENT] * len(rows)
        assert [row.receipt for row in rows] == [self.far.place(row.id) for row in rows]
        for to in (A, B):
            first, *later = (row for row in rows if row.destination == to)
            arrived = [delivery for delivery in self.far.arrived if delivery.destination == to]
            assert [d.id for d in arrived] == [first.id, *(row.id for row in later)]
            assert [d.parent for d in arrived] == ["", *(first.receipt for _ in later)]
        assert rows[0].id in self.far.drawn


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three alerts of one story, to two destinations, and the first of them in need of another drawing."""
    bench = Bench(tmp_path_factory.mktemp("outbox") / "filed.db")
    for number, reason in enumerate((Reason.FIRST, Reason.CONFIRMED, Reason.FACT), start=1):
        bench.file(number, to=(A, B), reason=reason, thread="story-1", story="story-1")
    with bench.storage.write():
        bench.storage.threads.put_off(bench.rows()[0].id, NOON)
    bench.storage.close()
    return bench.path


def test_cut_off_at_each_effect_in_turn(filed: Path, tmp_path: Path) -> None:
    for effects in itertools.count():
        outbox = Outbox(filed, tmp_path, ["lost", "busy", "", "deaf"])
        was_cut = outbox.live(effects)
        outbox.live()
        outbox.judge()
        if not was_cut:
            break
    assert effects > 100


@settings(max_examples=60, deadline=None)
@given(
    lives=st.lists(st.integers(0, 40), max_size=12),
    answers=st.lists(st.sampled_from(["", "busy", "lost", "deaf"]), max_size=8),
)
def test_cut_off_again_and_again(filed: Path, lives: list[int], answers: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(filed, Path(folder), answers)
        for effects in lives:
            outbox.live(effects)
        outbox.live()
        outbox.judge()
