"""Test messages from a page: a few a minute, each given up after a while, its result kept to be looked up."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

from monitor import checkup
from monitor.channels import Channel
from monitor.errors import Busy, MonitorError
from monitor.finding import Finding, wrong
from monitor.outbox import Destination
from monitor.web.people import Monotonic

# So many in so many seconds, and how long the page waits for one. A connection to us lasts 60 s at most.
MOST, WITHIN, PATIENCE = 3, 60.0, 20.0
KEPT = 20


class Probe:
    """Sends test messages. `clock` counts seconds; `patience` is how many to wait for the channel."""

    def __init__(self, clock: Monotonic = time.monotonic, patience: float = PATIENCE) -> None:
        self._clock, self._patience = clock, patience
        self._begun: deque[float] = deque(maxlen=MOST)
        self._results: dict[int, Finding] = {}
        self._count = 0
        self._lock = threading.Lock()

    def send(self, channel: Channel, to: Destination, now: datetime) -> int:
        """Send one, and answer the number under which its result is. Raises Busy where that were too many."""
        with self._lock:
            self._refuse_many()
            self._begun.append(self._clock())
            self._count += 1
            number = self._count
        found = _within(self._patience, lambda: _sent(channel, to, now))
        with self._lock:
            kept = list((self._results | {number: found or _unknown(to, self._patience)}).items())[-KEPT:]
            self._results = dict(kept)
        return number

    def result(self, number: int) -> Finding | None:
        """What came of it; None where that is not known any more."""
        return self._results.get(number)

    def _refuse_many(self) -> None:
        if len(self._begun) < MOST:
            return
        wait = self._begun[0] + WITHIN - self._clock()
        if wait > 0:
            raise Busy(
                f"{MOST} test messages were sent within a minute: wait {wait:.0f} s, then send it again"
            )


def _sent(channel: Channel, to: Destination, now: datetime) -> Finding:
    try:
        return checkup.test_message(channel, to, "on the page of settings", now)
    except MonitorError as error:
        return wrong(str(to), f"no test message: {error}")


def _unknown(to: Destination, patience: float) -> Finding:
    why = f"no answer within {patience:.0f} s, or it broke off"
    return wrong(str(to), f"{why}: look whether it arrived; monitor doctor --send says more")


def _within(seconds: float, work: Callable[[], Finding]) -> Finding | None:
    """What the work gives; None where it takes longer or breaks off: then it is left in its own thread."""
    found: list[Finding] = []
    thread = threading.Thread(target=lambda: found.append(work()), name="test message", daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else None
