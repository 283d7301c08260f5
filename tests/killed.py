"""Processes that deliver to Slack and are killed at a chosen effect; the stage on which they run.

An effect is an SQL statement about to be run (COMMIT among them), a request about to be sent, one that is
under way, and a reply that has just come in. Between any two of them lies no other, so that a process
killed before each in turn was killed everywhere. Each process notes its effects in a file before they
happen: the last one noted is where it was killed.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import re
import signal
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPResponse
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from urllib.request import BaseHandler, Request

from monitor.batching import Gate
from monitor.capping import Limits
from monitor.channels.settings import SlackSettings
from monitor.channels.slack import Slack
from monitor.deliver import Deliverer
from monitor.outbox import State
from monitor.storage import Storage
from monitor.storage.moments import stamp
from tests.standin import TOKEN, StandInProcess

TIMEOUT = 0.2
# The longest that the faults of a run may hold a request up.
DELAY = 0.35
# A request whose sender was killed can still be on its way when it is looked for. So nothing is looked
# for before the time-out and the longest delay are over, with room for a busy machine. Together it is also
# longer than the shortest Retry-After, one second: what a killed process was told of it dies with it.
MARGIN = DELAY + 0.6
PACE = timedelta(milliseconds=10)
# How long after it was sent a request is cut short.
UNDER_WAY = 0.003
NEVER = 10**9
UNLIMITED = Limits(per_hour=NEVER, per_day=NEVER, watchlist_per_day=NEVER)

_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+\b|\bNULL\b")
_LISTS = re.compile(r"\?(?:, \?)+")


@dataclass(frozen=True)
class Life:
    """What one process is to do: deliver, until the effect number `at` or the first of one of `kinds`."""

    number: int
    database: Path
    base: str
    notes: Path
    at: int = NEVER
    kinds: frozenset[str] = frozenset()
    limits: Limits = UNLIMITED


class Effects(BaseHandler):
    """Notes each effect of this process, and ends it at the one that was chosen.

    As a handler of urllib it sees each request and each reply, whoever sends them.
    """

    def __init__(self, life: Life) -> None:
        self._life = life
        self._count = 0
        self._notes = os.open(life.notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def happen(self, name: str) -> None:
        if self._chosen(name):
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, sql: str) -> None:
        self.happen(_LISTS.sub("?", _VALUES.sub("?", " ".join(sql.split()))))

    def http_request(self, request: Request) -> Request:
        method = request.selector.rpartition("/")[2]
        self.happen(f"request {method}")
        if self._chosen(f"under way {method}"):
            after = random.Random(self._life.number).uniform(0, UNDER_WAY)
            threading.Timer(after, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return request

    def http_response(self, request: Request, reply: HTTPResponse) -> HTTPResponse:
        self.happen(f"reply {request.selector.rpartition('/')[2]}")
        return reply

    def _chosen(self, name: str) -> bool:
        self._count += 1
        os.write(self._notes, f"{self._life.number}\t{name}\n".encode())
        return self._count == self._life.at or name in self._life.kinds


def live(life: Life) -> None:
    """Deliver until nothing is left, or until killed."""
    logging.getLogger("monitor").setLevel(logging.ERROR)  # what goes wrong here is meant to
    effects = Effects(life)
    urllib.request.install_opener(urllib.request.build_opener(effects))
    settings = SlackSettings.model_validate({"token": TOKEN, "api_url": f"{life.base}/api"})
    channel = Slack(settings, timeout=TIMEOUT, margin=MARGIN)
    channel.pace = PACE
    with Storage(life.database) as storage:
        storage.db.conn.set_trace_callback(effects.statement)
        deliverer = Deliverer(
            storage,
            {"slack": channel},
            lambda: datetime.now(UTC),
            Gate(life.limits),
            updates=PACE,
            later=channel.settle,
        )
        while (next_at := deliverer.run().next) is not None:
            time.sleep(max(0.0, (next_at - datetime.now(UTC)).total_seconds()))


@dataclass
class Stage:
    """One database, one Slack, and the processes that come and go between them."""

    database: Path
    slack: StandInProcess
    limits: Limits = UNLIMITED
    lives: int = 0
    kills: int = 0
    ends: dict[int, int] = field(default_factory=dict)
    touched: dict[str, datetime] = field(default_factory=dict)

    @property
    def notes(self) -> Path:
        return self.database.with_suffix(".effects")

    def start(self, at: int = NEVER, kinds: frozenset[str] = frozenset()) -> ForkServerProcess:
        """A process, forked from one that has imported everything."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pytest", "tests.killed"])
        self.lives += 1
        life = Life(self.lives, self.database, self.slack.base, self.notes, at, kinds, self.limits)
        process = context.Process(target=live, args=(life,), name=str(self.lives))
        process.start()
        return process

    def end(self, process: ForkServerProcess) -> bool:
        """Wait for its end. True where it was killed, False where it had finished."""
        process.join(60)
        assert process.exitcode in {0, -signal.SIGKILL}, f"ended with {process.exitcode}"
        self.ends[int(process.name)] = process.exitcode
        killed = process.exitcode != 0
        self.kills += killed
        return killed

    def touch(self, story: str) -> None:
        """More is known of a story from now on, as a poll would file it."""
        with Storage(self.database) as storage, storage.write():
            self.touched[story] = datetime.now(UTC)
            storage.threads.touch(story, self.touched[story])

    def hour_passes(self) -> None:
        """What was sent was sent an hour earlier, and the hour has come that what is held waits for.
        To be called while no process works."""
        now = datetime.now(UTC)
        with Storage(self.database) as storage, storage.write():
            for row in list(storage.deliveries.latest(NEVER)):
                if row.state is State.HELD:
                    storage.db.execute("UPDATE deliveries SET due = ? WHERE id = ?", [stamp(now), row.id])
                elif row.attempted and row.state is not State.SENDING:
                    earlier = stamp(row.attempted - timedelta(hours=1))
                    storage.db.execute("UPDATE deliveries SET attempted = ? WHERE id = ?", [earlier, row.id])

    def effects(self) -> Iterator[tuple[int, str]]:
        """(number of the process, effect), as noted."""
        for line in self.notes.read_text("utf-8").splitlines() if self.notes.exists() else ():
            number, _, name = line.partition("\t")
            yield int(number), name

    def killed_at(self) -> Counter[str]:
        """The kinds of effects at which processes were killed, and how often."""
        last = dict(self.effects())
        return Counter(name for number, name in last.items() if self.ends.get(number) == -signal.SIGKILL)

    def spared(self) -> frozenset[str]:
        """The kinds of effects that happened and at which no process was killed yet."""
        return frozenset(name for _, name in self.effects()) - set(self.killed_at())
