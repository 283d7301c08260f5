"""The journey of a poll, order only: ask, read, match, score, decide, file.

Each step is a pure function elsewhere; here things are loaded, handed on and saved. What a poll
learnt of a source (its items, what they scored, what is to be told, its validators) is one
transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor import cadence, documents, items, moves, watchdog
from monitor.errors import HostWaits, MonitorError, Unreachable, Unreadable
from monitor.fetch import Door, NotModified
from monitor.items import Filing
from monitor.judging import Judged, Judging, Routes
from monitor.links import without_query
from monitor.live import InForce
from monitor.manners import UNSTATED, Stated
from monitor.model import Item, Reading, Reason, Source, SourceState, Validators, Verdict
from monitor.request import Asking, Request
from monitor.sources import KINDS
from monitor.storage import Storage
from monitor.text import language

if TYPE_CHECKING:
    from monitor.conditions import Evidence
    from monitor.rule import Watchlist

log = logging.getLogger(__name__)

OFFLINE_WAIT = timedelta(minutes=2)
# Fewer sources than this failing together say nothing about the network.
OFFLINE_FROM = 3
# In seconds: answers without news are filed together, and stopping is looked for, so often; what
# comes within a moment of news is filed with it.
QUIET = 0.5
GATHER = 0.02


@dataclass(slots=True)
class PollReport:
    """What a poll did, added up while it runs."""

    polled: int = 0
    unchanged: int = 0
    new: int = 0
    edited: int = 0
    first_looks: int = 0
    signals: int = 0
    alerts: int = 0
    offline: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    set_aside: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Matched:
    """What is to be filed, what the watchlists make of it and, for an edit, what was filed before.

    `worth`: its page may be; `body` is what was read there.
    """

    filing: Filing
    lang: str
    verdicts: tuple[tuple[Watchlist, Verdict], ...]
    before: Evidence | None = None
    worth: bool = False
    body: str = ""
    reason: Reason = Reason.FIRST


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back from one source. `reading` is None where nothing had changed."""

    source: Source
    state: SourceState
    validators: Validators
    reading: Reading | None
    filings: tuple[_Matched, ...] = ()
    error: MonitorError | None = None
    stated: Stated = UNSTATED


class Poll:
    """One poll of some sources.

    `pace` is the urgency common to all sources (`rhythm.pace`). `done` is called with each source
    as it is finished with. Where it ends early, because `stopping` says so or filing fails, what is
    still open is given up and free to be polled again.
    """

    def __init__(
        self,
        storage: Storage,
        in_force: InForce,
        routes: Routes,
        now: datetime,
        *,
        pace: float | None = None,
        done: Callable[[Source], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._storage = storage
        self._in_force = in_force
        self._routes = routes
        self._now = now
        self._pace = pace
        self._judging = Judging(storage, in_force, routes, now)
        self._done = done
        self._stopping = stopping
        self._arrived: list[_Answer] = []
        self._news = asyncio.Event()
        self._left = 0
        self.report = PollReport()

    async def run(self, http: Door, sources: Sequence[Source]) -> PollReport:
        """Fetch all at once, and file each batch of answers as it comes in."""
        states = self._storage.sources.known([source.id for source in sources])
        tasks = [asyncio.create_task(self._arrive(http, s, states[s.id])) for s in sources]
        failures: list[_Answer] = []
        self._left = len(tasks)
        try:
            while self._left and not self._stopping():
                answers = await self._batch()
                failures += [answer for answer in answers if answer.error]
                self._file_all([answer for answer in answers if not answer.error])
                self._left -= len(answers)
                for answer in answers:
                    self._done(answer.source)
        finally:
            for task in tasks:
                task.cancel()
            if self._left:
                with self._storage.write():
                    self._storage.sources.release(source.id for source in sources)
        if failures:
            self._record(failures, len(sources))
        return self.report

    async def _arrive(self, http: Door, source: Source, state: SourceState) -> None:
        answer = await self._ask(http, source, state)
        self._arrived.append(answer)
        if answer.reading or len(self._arrived) == self._left:
            self._news.set()

    async def _batch(self) -> list[_Answer]:
        """What came in: with news in it at once, else when enough is there to be worth a commit."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), QUIET)
            if len(self._arrived) < self._left:
                await asyncio.sleep(GATHER)
        self._news.clear()
        batch, self._arrived = self._arrived, []
        return batch

    # -------------------------------------------------------------- asking

    async def _ask(self, http: Door, source: Source, state: SourceState) -> _Answer:
        try:
            asking = Asking(self._now, state.newest, self._routes.secret(source.key))
            there = cadence.where(source, state)
            request = KINDS[source.kind].ask(there, asking)
            answer = await http.fetch(request, state.validators, subject=source.id)
            # Only an address that is asked as it is written can move: no secret moves with it.
            plain = request == Request(there.url, page=request.page)
            stated = answer.stated if plain else replace(answer.stated, moved="")
            if isinstance(answer, NotModified):
                return _Answer(
                    source, state, answer.validators, None, tuple(self._moved(source, None)), stated=stated
                )
            reading = await documents.read(http, source, request, answer.document, self._now)
            filings = (*self._matched(source, state, reading), *self._moved(source, reading))
            return _Answer(source, state, answer.validators, reading, filings, stated=stated)
        except MonitorError as error:
            return _Answer(source, state, state.validators, None, error=error)
        except Exception as error:  # one source's surprise must not stop the others
            log.exception("source %s", source.id)
            surprise = Unreadable(f"internal error: {type(error).__name__}", subject=source.id)
            return _Answer(source, state, state.validators, None, error=surprise)

    def _matched(self, source: Source, state: SourceState, reading: Reading) -> tuple[_Matched, ...]:
        """What is new, matched and judged: all of it before any transaction begins."""
        known = self._storage.items.known(source.id, reading.entries)
        if items.unknown(reading.entries, known):
            known |= self._storage.items.by_title(source.id)
        # Feeds put the newest first; what happened first is told first.
        filings = reversed(items.decide(reading.entries, known))
        further = state.baseline and self._routes.per_hour > 0
        return tuple(self._match(filing, source, further=further) for filing in filings)

    def _match(self, filing: Filing, source: Source, *, further: bool) -> _Matched:
        entry, old, body = filing.entry, filing.old, ""
        lang = language(f"{entry.title} {entry.text}", source.lang)
        before = None
        if old is not None:
            body = self._storage.looks.body(old.id)
            before = self._in_force.evidence(old, source, lang, body)
        evidence = self._in_force.evidence(entry, source, lang, body)
        verdicts = tuple(self._in_force.judges.verdicts(evidence))
        worth = further and self._in_force.worth_reading(source, entry.text, evidence)
        return _Matched(filing, lang, verdicts, before, worth, body)

    def _moved(self, source: Source, reading: Reading | None) -> Iterator[_Matched]:
        """What the numbers of a source did that was not filed before, for those it is to be told."""
        followed = KINDS[source.kind].follow(source)
        if not followed:
            return
        known = self._storage.points.known(source.id)
        found = moves.moves(followed, known, reading.points if reading else (), self._now)
        filed = self._storage.items.filed(source.id, moves.keys(found))
        for move in moves.untold(found, filed):
            told = (w for w in self._in_force.watchlists if w.id in move.tell)
            verdicts = tuple((w, move.verdict(w)) for w in told)
            yield _Matched(Filing("new", move.entry), moves.LANG, verdicts, reason=Reason.SERIES)

    # -------------------------------------------------------------- filing

    def _file_all(self, answers: Sequence[_Answer]) -> None:
        if not answers:
            return
        with self._storage.write():
            self._storage.sources.save(*[self._file(answer) for answer in answers])
        for answer in answers:
            self._count(answer)

    def _file(self, answer: _Answer) -> SourceState:
        """File what is new; answers what is known of the source now."""
        source, held = answer.source, 0
        for matched in answer.filings:
            item = self._kept(source, matched)
            if item is not None:
                held += self._judge(source, item, matched, baseline=not answer.state.baseline)
        if answer.reading and answer.reading.points:
            self._storage.points.add(source.id, answer.reading.points, self._now)
        new = [matched.filing.entry for matched in answer.filings if matched.filing.old is None]
        state = cadence.after_success(
            *(source, answer.state, answer.validators, answer.reading, self._now, answer.stated),
            new=new,
            pace=self._pace,
        )
        if cadence.in_force(state.move) and not cadence.in_force(answer.state.move):
            log.warning("source %s moved to %s and is asked there", source.id, without_query(state.move.to))
        if answer.reading is None:
            return watchdog.after_unchanged(state, self._now)
        renumbered = sum(m.filing.kind == "renumbered" for m in answer.filings)
        gaps = KINDS[source.kind].gaps
        return watchdog.after_reading(state, answer.reading, len(new), renumbered, held, self._now, gaps=gaps)

    def _kept(self, source: Source, matched: _Matched) -> Item | None:
        """The item as it is filed now; None where there is nothing to judge in it."""
        filing, entry, lang = matched.filing, matched.filing.entry, matched.lang
        if filing.old is None:
            return self._storage.items.add(source.id, entry, lang, self._now)
        if filing.kind == "renumbered":
            self._storage.items.renumber(filing.old, entry)
            return None
        return self._storage.items.revise(filing.old, entry, lang, self._now)

    def _judge(self, source: Source, item: Item, matched: _Matched, *, baseline: bool) -> int:
        """File what scores; answers how many alerts are held back."""
        judged = self._judging.file(
            source,
            item,
            matched.verdicts,
            before=matched.before,
            baseline=baseline,
            body=matched.body,
            reason=matched.reason,
        )
        self.report.signals += judged.signals
        self.report.alerts += judged.alerts
        if not baseline:
            self._read_further(source, item, matched, judged)
        return judged.held

    def _read_further(self, source: Source, item: Item, matched: _Matched, judged: Judged) -> None:
        """Have the page read that may say more, that was read before, or that is to be kept as evidence."""
        looks, per_hour = self._storage.looks, self._routes.per_hour
        if not per_hour or not item.link or source.read == "none":
            return
        edited = matched.before is not None
        kept = source.tier == 1 and judged.alerts > 0
        if kept or (looks.known(item.id) if edited else matched.worth):
            looks.put(item, self._now, per_hour, old=edited)

    # -------------------------------------------------------------- counting

    def _count(self, answer: _Answer) -> None:
        report = self.report
        report.polled += 1
        report.unchanged += answer.reading is None
        report.first_looks += not answer.state.baseline
        report.new += sum(m.filing.kind == "new" for m in answer.filings)
        report.edited += sum(m.filing.kind == "edited" for m in answer.filings)
        if answer.reading and answer.reading.set_aside:
            report.set_aside[answer.source.id] = answer.reading.set_aside

    def _record(self, failures: Sequence[_Answer], asked: int) -> None:
        """Failures are judged last, together: when all sources are out of reach, we are."""
        lost = [a for a in failures if isinstance(a.error, Unreachable) and a.error.no_network]
        waiting = sum(isinstance(a.error, HostWaits) for a in failures)
        self.report.offline = len(lost) == asked - waiting >= OFFLINE_FROM
        with self._storage.write():
            self._storage.sources.save(*[self._failed(answer) for answer in failures])

    def _failed(self, answer: _Answer) -> SourceState:
        assert answer.error is not None
        if self.report.offline:
            return cadence.offline(answer.state, self._now, OFFLINE_WAIT)
        left_alone = isinstance(answer.error, HostWaits)
        told = self.report.waiting if left_alone else self.report.failed
        told[answer.source.id] = str(answer.error)
        return cadence.after_failure(answer.source, answer.state, answer.error, self._now)
