"""Looks at a source that a page asks for: one at a time for each, in a thread of its own.

A page waits some seconds for what comes of it, and no longer: a server that hangs holds up nobody, and what
is under way goes on and is shown by the next page.
"""

from __future__ import annotations

import itertools
import logging
import sqlite3
import threading
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.errors import MonitorError
from monitor.model import Source, SourceState
from monitor.web.house import House

log = logging.getLogger(__name__)

SECONDS = 20.0
# So many are under way at once; each is a thread.
MOST = 8
BUSY = "it is being looked at already, by the monitor itself or another process: look again in a minute"
FULL = "too many sources are being looked at just now: try again in a minute"


@dataclass(frozen=True, slots=True)
class Check:
    """A look at a source. `ended` is None while it is under way; `new` is how many items were filed;
    `trouble` is what kept it from being looked at, in words."""

    number: int
    source: str
    began: datetime
    ended: datetime | None = None
    new: int = 0
    trouble: str = ""


class Checks:
    """Those under way and the last of each source; in memory, so a restart forgets them."""

    def __init__(self, house: House, seconds: float = SECONDS) -> None:
        self._house, self._seconds = house, seconds
        self._lock = threading.Lock()
        self._last: dict[str, Check] = {}
        self._numbers = itertools.count(1)

    def last(self, source: str) -> Check | None:
        return self._last.get(source)

    def run(self, source: Source) -> Check:
        """Look at a source, and answer what came of it, or after some seconds that it is under way still.

        Where it is under way already nothing is begun. Raises MonitorError where too many are.
        """
        with self._lock:
            known = self._last.get(source.id)
            if known and known.ended is None:
                return known
            if sum(one.ended is None for one in self._last.values()) >= MOST:
                raise MonitorError(FULL)
            check = Check(next(self._numbers), source.id, self._house.clock())
            self._last[source.id] = check
        thread = threading.Thread(target=self._look, args=[source, check], name="check", daemon=True)
        thread.start()
        thread.join(self._seconds)
        return self._last[source.id]

    def _look(self, source: Source, check: Check) -> None:
        try:
            done = self._looked(source, check)
        except (MonitorError, sqlite3.Error) as error:
            done = replace(check, trouble=str(error))
        except Exception as error:  # a fault of ours: the next check has to be possible all the same
            log.exception("check of %s", source.id)
            done = replace(check, trouble=f"internal error: {type(error).__name__}")
        self._last[source.id] = replace(done, ended=self._house.clock())

    def _looked(self, source: Source, check: Check) -> Check:
        with self._house.writing() as storage:
            before = storage.sources.state(source.id)
            self._house.engine.poll(storage, [source])
            after = storage.sources.state(source.id)
            if _untouched(before, after):
                return replace(check, trouble=BUSY)
            polled = after.last_poll and after.last_poll != before.last_poll and not after.failures
            new = storage.items.seen_at(source.id, after.last_poll) if polled and after.last_poll else 0
        return replace(check, new=new)


def _untouched(before: SourceState, after: SourceState) -> bool:
    """Did nobody write down anything of it?"""
    return (before.last_poll, before.next_poll) == (after.last_poll, after.next_poll)
