"""The journey of a poll, order only: ask, read, match, score, decide, file.

Each step is a pure function elsewhere; here things are loaded, handed on and saved. What a poll
learnt of a source (its items, what they scored, what is to be told, its validators) is one
transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor import alerts, cadence, items, stories
from monitor.deliver import destinations, enqueue
from monitor.errors import MonitorError, Unreachable, Unreadable
from monitor.fetch import Fetched, Fetcher, NotModified
from monitor.items import Filing
from monitor.live import InForce
from monitor.model import (
    Asking,
    Document,
    Item,
    Reading,
    Signal,
    Source,
    SourceState,
    Validators,
    Verdict,
)
from monitor.sources import KINDS
from monitor.storage import Storage
from monitor.text import language

if TYPE_CHECKING:
    from monitor.conditions import Evidence
    from monitor.rule import Watchlist

log = logging.getLogger(__name__)

# Longer than any poll can take: an abandoned claim (a killed process) is free again after it.
LEASE = timedelta(minutes=15)
OFFLINE_WAIT = timedelta(minutes=2)
# Fewer sources than this failing together say nothing about the network.
OFFLINE_FROM = 3
# In seconds: answers without news are filed together, and stopping is looked for, so often; what
# comes within a moment of news is filed with it.
QUIET = 0.5
GATHER = 0.02
# How many documents one may lead to: an index names its files, and no more than these are asked.
MAX_MORE = 5


@dataclass(frozen=True, slots=True)
class Routes:
    """What a poll needs of the settings: the channels that are on, Slack's default, the secrets."""

    on: frozenset[str] = frozenset()
    slack_channel: str = "#signals"
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def secret(self, name: str) -> str:
        return self.secrets.get(name, "")


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
    set_aside: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Matched:
    """What is to be filed, what the watchlists make of it and, for an edit, what was filed before."""

    filing: Filing
    lang: str
    verdicts: tuple[tuple[Watchlist, Verdict], ...]
    before: Evidence | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back from one source. `reading` is None where nothing had changed."""

    source: Source
    state: SourceState
    validators: Validators
    reading: Reading | None
    filings: tuple[_Matched, ...] = ()
    error: MonitorError | None = None


class Poll:
    """One poll of some sources.

    `done` is called with each source as it is finished with. Where it ends early, because
    `stopping` says so or filing fails, what is still open is given up and free to be polled again.
    """

    def __init__(
        self,
        storage: Storage,
        in_force: InForce,
        routes: Routes,
        now: datetime,
        *,
        done: Callable[[Source], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._storage = storage
        self._in_force = in_force
        self._routes = routes
        self._now = now
        self._done = done
        self._stopping = stopping
        self._arrived: list[_Answer] = []
        self._news = asyncio.Event()
        self._left = 0
        self.report = PollReport()

    async def run(self, http: Fetcher, sources: Sequence[Source]) -> PollReport:
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

    async def _arrive(self, http: Fetcher, source: Source, state: SourceState) -> None:
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

    async def _ask(self, http: Fetcher, source: Source, state: SourceState) -> _Answer:
        try:
            asking = Asking(self._now, state.newest, self._routes.secret(source.key))
            request = KINDS[source.kind].ask(source, asking)
            answer = await http.fetch(request, state.validators, subject=source.id)
            if isinstance(answer, NotModified):
                return _Answer(source, state, answer.validators, None)
            reading = await self._read(http, source, answer.document)
            return _Answer(source, state, answer.validators, reading, self._matched(source, reading))
        except MonitorError as error:
            return _Answer(source, state, state.validators, None, error=error)
        except Exception as error:  # one source's surprise must not stop the others
            log.exception("source %s", source.id)
            surprise = Unreadable(f"internal error: {type(error).__name__}", subject=source.id)
            return _Answer(source, state, state.validators, None, error=surprise)

    async def _read(self, http: Fetcher, source: Source, document: Document) -> Reading:
        """Read a document, and those that it leads to.

        Parsing goes to a thread: a large document must not eat into the deadlines of the others.
        """
        parse = KINDS[source.kind].read
        reading = await asyncio.to_thread(parse, document, source, self._now)
        for request in reading.more[:MAX_MORE]:
            answer = await http.fetch(request, Validators(), subject=source.id)
            assert isinstance(answer, Fetched)
            further = await asyncio.to_thread(parse, answer.document, source, self._now)
            entries = {entry.key: entry for entry in (*further.entries, *reading.entries)}
            set_aside = (*reading.set_aside, *further.set_aside)
            reading = replace(reading, entries=tuple(entries.values()), set_aside=set_aside)
        return reading

    def _matched(self, source: Source, reading: Reading) -> tuple[_Matched, ...]:
        """What is new, matched and judged: all of it before any transaction begins."""
        known = self._storage.items.known(source.id, reading.entries)
        # Feeds put the newest first; what happened first is told first.
        filings = reversed(items.decide(reading.entries, known))
        return tuple(self._match(filing, source) for filing in filings)

    def _match(self, filing: Filing, source: Source) -> _Matched:
        lang = language(f"{filing.entry.title} {filing.entry.text}", source.lang)
        before = self._in_force.evidence(filing.old, source, lang) if filing.old else None
        evidence = self._in_force.evidence(filing.entry, source, lang)
        return _Matched(filing, lang, tuple(self._in_force.judges.verdicts(evidence)), before)

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
        source = answer.source
        for matched in answer.filings:
            filing, entry, lang = matched.filing, matched.filing.entry, matched.lang
            if filing.old is None:
                item = self._storage.items.add(source.id, entry, lang, self._now)
            else:
                item = self._storage.items.revise(filing.old, entry, lang, self._now)
            if item is not None:
                self._judge(source, item, matched, baseline=not answer.state.baseline)
        return cadence.after_success(source, answer.state, answer.validators, answer.reading, self._now)

    def _judge(self, source: Source, item: Item, matched: _Matched, *, baseline: bool) -> None:
        for watchlist, verdict in matched.verdicts:
            if verdict.score < watchlist.digest or not verdict.score or watchlist.expired(self._now):
                continue
            story = stories.fingerprint(item.title, item.id)
            since = self._now - stories.WINDOW
            seen = self._storage.alerts.seen(item.id, watchlist.id, story, since)
            if matched.before is not None:
                seen = replace(seen, score=self._in_force.score(watchlist, matched.before))
            who = alerts.named(verdict, self._in_force.rulebook.entities)
            signal = Signal(item, verdict, story, baseline, self._now, who)
            self._storage.signals.save(signal)
            self.report.signals += 1
            decision = alerts.decide(signal, watchlist, source, seen, self._now)
            if isinstance(decision, alerts.Silence):
                log.debug("%s: %s", item.title, decision.why)
                continue
            to = destinations(watchlist, self._routes.on, self._routes.slack_channel)
            enqueue(self._storage, decision, to, self._now)
            self.report.alerts += 1

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
        self.report.offline = len(lost) == asked >= OFFLINE_FROM
        with self._storage.write():
            self._storage.sources.save(*[self._failed(answer) for answer in failures])

    def _failed(self, answer: _Answer) -> SourceState:
        assert answer.error is not None
        if self.report.offline:
            return cadence.offline(answer.state, self._now, OFFLINE_WAIT)
        self.report.failed[answer.source.id] = str(answer.error)
        return cadence.after_failure(answer.source, answer.state, answer.error, self._now)
