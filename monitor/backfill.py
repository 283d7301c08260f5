"""The journey into the past of a source, order only: ask for a part, read, match, score, file.

A part and the place it has reached are one transaction, so that a run that ends between two steps
goes on where it was and files nothing twice. What is filed is scored and never told: it is there
for back-tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import cadence, documents, items
from monitor.errors import HostWaits, MonitorError, Unreadable
from monitor.fetch import Door
from monitor.judging import Judging
from monitor.model import Entry, Reading, Source, Verdict
from monitor.request import Asking, Request, Span
from monitor.rule import Watchlist
from monitor.sources import KINDS
from monitor.storage.backfills import FiledBackfill
from monitor.text import language

# One run asks for no more parts than this: a server may make up pages without end.
MAX_PARTS = 2000
# What was published so shortly before is left to polling, which tells it: a feed out of a cache may
# be behind the pages of its past.
RECENT = timedelta(hours=1)
# A pause that a server asks for is made where it is no longer than this, so often for one part.
PATIENCE, MAX_WAITS = timedelta(minutes=2), 3
# The same command given again goes on with what was broken off, also some days later.
SAME_COMMAND = timedelta(days=7)
# How a server answers to the number of a page that it does not have.
_NO_SUCH_PAGE = (400, 404, 410)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run is: what is filed, the oldest date that it has seen, and the pause it makes."""

    run: FiledBackfill
    reached: datetime | None = None
    wait: timedelta | None = None


Told = Callable[[Place], None]
Pause = Callable[[float], Awaitable[object]]


# ------------------------------------------------------------------ decisions


def has_past(source: Source, now: datetime) -> bool:
    """Can the past of this source be asked for, as it is written?"""
    kind = KINDS.get(source.kind)
    span = Span(now - timedelta(days=30), now)
    return bool(kind and kind.page and kind.page(source, span, 0, Asking(now)))


def goes_on(last: FiledBackfill | None, source: Source, since: datetime) -> bool:
    """Was this very run broken off? Else a new one begins."""
    if last is None or last.finished or last.url != source.url:
        return False
    return timedelta(0) <= since - last.since <= SAME_COMMAND


def within(entries: Iterable[Entry], span: Span) -> list[Entry]:
    """What was published in the span; also what has no date, for it may have been."""
    return [e for e in entries if e.published is None or span.since <= e.published <= span.until]


def is_last(entries: Sequence[Entry], span: Span, seen: set[str]) -> bool:
    """Is this the last part: empty, known from parts before, or older than the span throughout?

    Some servers answer with the same page whatever its number; `seen` holds the keys of parts before.
    """
    if all(entry.key in seen for entry in entries):
        return True
    return all(entry.published is not None and entry.published < span.since for entry in entries)


def past_the_end(error: MonitorError, part: int) -> bool:
    """Is this how a page behind the last one is answered?"""
    return part > 0 and (isinstance(error, Unreadable) or getattr(error, "status", 0) in _NO_SUCH_PAGE)


def asked_pause(error: MonitorError) -> timedelta | None:
    """How long the server asks us to wait, or longer where its host is left alone; None if unsaid."""
    alone = error.wait if isinstance(error, HostWaits) else timedelta(0)
    return None if error.retry_after is None else max(error.retry_after, alone)


def _oldest(reached: datetime | None, entries: Iterable[Entry]) -> datetime | None:
    dates = [entry.published for entry in entries if entry.published]
    return min([*dates, *([reached] if reached else [])], default=None)


# ------------------------------------------------------------------ the journey


@dataclass(frozen=True, slots=True)
class _Matched:
    entry: Entry
    lang: str
    verdicts: tuple[tuple[Watchlist, Verdict], ...]


class Backfill:
    """Reads the past of sources, one part after the other.

    `told` is called before each part, and where a server asks for a pause. `most` is how many parts
    one run asks for; `pause` waits so many seconds.
    """

    def __init__(
        self,
        judging: Judging,
        *,
        told: Told = lambda _: None,
        most: int = MAX_PARTS,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._judging = judging
        self._storage = judging.storage
        self._in_force = judging.in_force
        self._now = judging.now
        self._told = told
        self._most = most
        self._pause = pause

    async def run(self, http: Door, source: Source, since: datetime) -> FiledBackfill:
        """Read from now back to `since`, or go on with what was broken off.

        The source was polled before. Raises MonitorError; what was read by then is filed.
        """
        run = self._opened(source, since)
        gaps, seen, place = KINDS[source.kind].gaps, set[str](), Place(run)
        for _ in range(self._most):
            self._told(place)
            try:
                reading = await self._part(http, source, place)
            except MonitorError as error:
                if gaps or not past_the_end(error, run.part):
                    raise
                return self._file(source, run, [], last=True, ended=str(error))
            if reading is None:
                return self._file(source, run, [], last=True)
            last = not gaps and is_last(reading.entries, run.span, seen)
            seen.update(entry.key for entry in reading.entries)
            run = self._file(source, run, self._matched(source, run, reading), last=last)
            if last:
                return run
            place = Place(run, _oldest(place.reached, reading.entries))
        raise MonitorError(
            f"{self._most:,} parts were read, the most of one run, and the past goes on", subject=source.id
        )

    def _opened(self, source: Source, since: datetime) -> FiledBackfill:
        last = self._storage.backfills.latest(source.id)
        if last is not None and goes_on(last, source, since):
            return last
        with self._storage.write():
            return self._storage.backfills.begin(source, Span(since, self._now - RECENT))

    # -------------------------------------------------------------- asking

    async def _part(self, http: Door, source: Source, place: Place) -> Reading | None:
        """The next part; None after the last."""
        run = place.run
        page = KINDS[source.kind].page
        assert page
        asking = Asking(self._now, secret=self._judging.routes.secret(source.key))
        request = page(source, run.span, run.part, asking)
        for _ in range(MAX_WAITS):
            try:
                return await self._read(http, source, request)
            except MonitorError as error:
                wait = asked_pause(error)
                if wait is None or wait > PATIENCE:
                    raise
            self._told(replace(place, wait=wait))
            await self._pause(wait.total_seconds())
        return await self._read(http, source, request)

    async def _read(self, http: Door, source: Source, request: Request | None) -> Reading | None:
        if request is None:
            return None
        document = await documents.ask(http, source, request)
        return await documents.read(http, source, request, document, self._now)

    # -------------------------------------------------------------- filing

    def _matched(self, source: Source, run: FiledBackfill, reading: Reading) -> list[_Matched]:
        """What is not filed yet, matched. What is filed stays as it is: edits are news, and polling's."""
        entries = within(reading.entries, run.span)
        filings = items.decide(entries, self._storage.items.known(source.id, entries))
        # Lists put the newest first; what happened first is filed first.
        return [self._match(filing.entry, source) for filing in reversed(filings) if filing.kind == "new"]

    def _match(self, entry: Entry, source: Source) -> _Matched:
        lang = language(f"{entry.title} {entry.text}", source.lang)
        evidence = self._in_force.evidence(entry, source, lang)
        return _Matched(entry, lang, tuple(self._in_force.judges.verdicts(evidence)))

    def _file(
        self, source: Source, run: FiledBackfill, found: Iterable[_Matched], *, last: bool, ended: str = ""
    ) -> FiledBackfill:
        """File a part with the place reached, and after the last one what its dates teach."""
        with self._storage.write():
            for matched in found:
                run = self._add(source, run, matched)
            run = replace(run, part=run.part + 1, finished=self._now if last else None, ended=ended)
            self._storage.backfills.save(run)
            if last:
                self._learn(source, run)
        return run

    def _add(self, source: Source, run: FiledBackfill, matched: _Matched) -> FiledBackfill:
        entry = matched.entry
        item = self._storage.items.add(source.id, entry, matched.lang, self._now, backfilled=True)
        if item is None:
            return run
        judged = self._judging.file(source, item, matched.verdicts, baseline=True)
        high = any(v.score >= w.alert and not w.expired(self._now) for w, v in matched.verdicts)
        dates = [moment for moment in (entry.published, run.oldest, run.newest) if moment]
        return replace(
            run,
            filed=run.filed + 1,
            digest=run.digest + (judged.signals > 0),
            alert=run.alert + high,
            oldest=min(dates, default=None),
            newest=max(dates, default=None),
        )

    def _learn(self, source: Source, run: FiledBackfill) -> None:
        state = self._storage.sources.state(source.id)
        published = self._storage.items.published(source.id, run.since)
        learnt = cadence.relearnt(source, state, published, self._now)
        if learnt is not None and learnt != state.rhythm:
            self._storage.sources.learnt(source.id, learnt)
