"""A few threads with a queue of their own, for work that must hold up nobody: bounded, and left behind
where it does not end in time.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class Crew(Generic[T]):
    """Does `work` on what is put before it, `size` at once while `waiting` wait. A piece of work that
    raises is logged and costs itself alone.

    The threads end with the process, whatever they wait for: work has to bear being broken off.
    """

    def __init__(self, name: str, work: Callable[[T], None], *, size: int, waiting: int) -> None:
        self._name = name
        self._work = work
        # What is under way is the first of its line; the queue names the lines that somebody has to take.
        self._lines: dict[str, deque[T]] = {}
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._lock = Lock()
        self._room = BoundedSemaphore(waiting)
        self._closed, self._left = Event(), Event()
        self._threads = [Thread(target=self._run, name=name, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def put(self, task: T, line: str = "") -> bool:
        """Have it done, after whatever was put in the same line before. False where too much waits
        already, or the crew is gone."""
        if self._closed.is_set() or not self._room.acquire(blocking=False):
            return False
        with self._lock:
            tasks = self._lines.setdefault(line, deque())
            tasks.append(task)
            if len(tasks) == 1:
                self._queue.put(line)
        return True

    def close(self, seconds: float) -> bool:
        """Finish what was put, but wait no longer than this. False where some of it is left undone."""
        end = time.monotonic() + seconds
        self._closed.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._left.set()
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while (line := self._queue.get()) is not None:
            tasks = self._lines[line]
            while tasks and not self._left.is_set():
                self._room.release()
                self._do(tasks[0])
                with self._lock:
                    tasks.popleft()
                    if not tasks:
                        del self._lines[line]

    def _do(self, task: T) -> None:
        try:
            self._work(task)
        except Exception:
            log.exception("%s: a piece of work failed", self._name)
