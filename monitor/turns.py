"""Waiting one's turn at a host: shared by all sources and threads of the process and, where a rate
is declared, by every process on the same database.

Each thread that polls has its own event loop, so no asyncio lock can be shared: whoever has to
wait leaves a future of its own loop, and whoever goes wakes the next. A mutex is held for the few
instructions that take, and never while anything is awaited.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from monitor.errors import HostWaits
from monitor.manners import BackOff, Rule, back_off, rule_for, slot
from monitor.robots import Robots

Found = TypeVar("Found")

# Whoever would have to wait longer than this in a queue comes back later instead.
PATIENCE = timedelta(minutes=5)
ROBOTS_KEPT = timedelta(days=1)


class Hosts(Protocol):
    """What all processes know of hosts; see `storage.hosts`."""

    def free(self, queue: str) -> float: ...
    def book(self, queue: str, free: float) -> None: ...
    def keep(self, found: BackOff) -> None: ...
    def forget(self, host: str) -> None: ...
    def robots(self, place: str, since: datetime) -> tuple[datetime, str] | None: ...
    def keep_robots(self, place: str, text: str, now: datetime) -> None: ...


class Book(Protocol):
    """The database, as far as it is needed here."""

    @property
    def hosts(self) -> Hosts: ...
    def write(self) -> AbstractContextManager[None]: ...


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


class Queue:
    """Those who want to ask one host. `enter`, `start` until it answers 0.0, and `leave`."""

    def __init__(self, rule: Rule, take: Callable[[Rule], float] | None) -> None:
        self.rule = rule
        self._take = take
        self._mutex = threading.Lock()
        self._under_way = 0
        self._free = 0.0
        self._every = rule.every
        self._waiting: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    def slow_down(self, every: float) -> None:
        """Leave at least so many seconds between two requests from now on."""
        self._every = max(self.rule.every, every)

    async def enter(self) -> None:
        """Wait until it is one's turn. Raises HostWaits where that would take too long."""
        with self._mutex:
            if self._under_way < self.rule.at_once:
                self._under_way += 1
                return
            expected = timedelta(seconds=len(self._waiting) * self._every)
            if expected > PATIENCE:
                raise HostWaits(f"too many requests are waiting for {self.rule.host}", wait=expected)
            loop = asyncio.get_running_loop()
            mine = (loop, loop.create_future())
            self._waiting.append(mine)
        try:
            await mine[1]
        except asyncio.CancelledError:
            if not self._gave_up(mine):
                self.leave()  # the turn was on its way here: it goes to the next
            raise

    def leave(self) -> None:
        """Let the next one ask."""
        with self._mutex:
            while self._waiting:
                loop, turn = self._waiting.popleft()
                try:
                    loop.call_soon_threadsafe(_wake, turn)
                except RuntimeError:  # that loop has ended, and nobody is waiting in it
                    continue
                return
            self._under_way -= 1

    async def start(self) -> float:
        """0.0, and the request that starts now is counted; else the seconds to wait first."""
        with self._mutex:
            wait, free = slot(self._free, time.monotonic(), self._every)
            if wait or self._take is None:
                self._free = free
                return wait
        wait = await asyncio.to_thread(self._take, self.rule)
        if not wait:
            with self._mutex:
                self._free = time.monotonic() + self._every
        return wait

    def _gave_up(self, mine: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]) -> bool:
        with self._mutex:
            try:
                self._waiting.remove(mine)
            except ValueError:
                return False
            return True


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


class Turns:
    """The queues of a process, which hosts are left alone, and what their robots.txt said.

    `pauses`, `pause` and `own` as in `manners.rule_for`; `open_book` opens the database the first
    time it is needed. Without it, everything holds for this process alone.
    """

    def __init__(
        self,
        *,
        pause: float = 0.0,
        pauses: Mapping[str, float] | None = None,
        own: Sequence[str] = (),
        clock: Callable[[], datetime] = utc_now,
        open_book: Callable[[], Book] | None = None,
    ) -> None:
        self.clock = clock
        self._pause, self._pauses, self._own = pause, pauses or {}, own
        self._open, self._opened = open_book, None if open_book is None else threading.Lock()
        self._book: Book | None = None
        self._mutex = threading.Lock()
        self._places: dict[tuple[bytes, bool], Queue] = {}
        self._queues: dict[str, Queue] = {}
        self._left_alone: Mapping[str, BackOff] = {}
        self._robots: dict[str, tuple[datetime, Robots]] = {}

    # -------------------------------------------------------------- whose turn it is

    def queue(self, place: bytes, *, page: bool) -> Queue:
        """The queue for a host and port, as a URL has them."""
        found = self._places.get((place, page))
        return found or self._new(place, page=page)

    def rule(self, place: str, *, page: bool = False) -> Rule:
        """How a host is asked."""
        return rule_for(place, page=page, pause=self._pause, pauses=self._pauses, own=self._own)

    def _new(self, place: bytes, *, page: bool) -> Queue:
        rule = self.rule(place.decode("ascii", "replace"), page=page)
        shared = self._take if rule.declared and self._open else None
        with self._mutex:
            queue = self._queues.setdefault(rule.queue, Queue(rule, shared))
            self._places[place, page] = queue
        return queue

    def _take(self, rule: Rule) -> float:
        def take(book: Book) -> float:
            wait, free = slot(book.hosts.free(rule.queue), time.time(), rule.every)
            if not wait:
                book.hosts.book(rule.queue, free)
            return wait

        return self._with_book(take) or 0.0

    # -------------------------------------------------------------- who is left alone

    def recall(self, found: Sequence[BackOff]) -> None:
        """What all processes know of the hosts that are left alone."""
        self._left_alone = {one.host: one for one in found}

    def check(self, rule: Rule) -> None:
        """Raises HostWaits while the host is left alone."""
        found = self._left_alone.get(rule.host)
        if found and found.until > (now := self.clock()):
            message = f"{found.host} is left alone until {found.until:%d %b %H:%M} UTC: {found.reason}"
            raise HostWaits(message, wait=found.until - now)

    async def refused(self, rule: Rule, asked: timedelta | None, reason: str, *, blocked: bool) -> BackOff:
        """The host has had enough of us: all its sources leave it alone for a while."""
        known = self._left_alone.get(rule.host)
        failures = known.failures + 1 if known else 1
        until = self.clock() + back_off(rule.host, failures, asked, blocked=blocked)
        found = BackOff(rule.host, until, failures, reason)
        await asyncio.to_thread(self._with_book, lambda book: book.hosts.keep(found))
        with self._mutex:
            self._left_alone = {**self._left_alone, rule.host: found}
        return found

    async def answered(self, rule: Rule) -> None:
        """The host is in order."""
        if rule.host in self._left_alone:
            await asyncio.to_thread(self._with_book, lambda book: book.hosts.forget(rule.host))
            with self._mutex:
                self._left_alone = {h: one for h, one in self._left_alone.items() if h != rule.host}

    # -------------------------------------------------------------- what their robots.txt said

    async def robots(self, place: str) -> Robots | None:
        """A robots.txt, by its address, as far as it was read within a day."""
        since = self.clock() - ROBOTS_KEPT
        known = self._robots.get(place)
        if known and known[0] > since:
            return known[1]
        kept = await asyncio.to_thread(self._with_book, lambda book: book.hosts.robots(place, since))
        if kept is None:
            return None
        self._robots[place] = (kept[0], Robots.read(kept[1]))
        return self._robots[place][1]

    async def keep_robots(self, place: str, text: str) -> Robots:
        """Remember a robots.txt for a day. An empty text allows everything."""
        now, read = self.clock(), Robots.read(text)
        await asyncio.to_thread(self._with_book, lambda book: book.hosts.keep_robots(place, text, now))
        self._robots = {p: kept for p, kept in self._robots.items() if kept[0] > now - ROBOTS_KEPT}
        self._robots[place] = (now, read)
        return read

    def _with_book(self, do: Callable[[Book], Found]) -> Found | None:
        """Do something in one transaction; nothing where there is no database."""
        if self._open is None or self._opened is None:
            return None
        with self._opened:
            self._book = self._book or self._open()
            with self._book.write():
                return do(self._book)
