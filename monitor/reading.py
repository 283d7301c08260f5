"""The journey of reading further, order only: claim, fetch, read, refuse or match, judge, file.

What an item's title made plausible is fetched in full and scored again with the page's text. What was
seen is kept; what it scored, what is to be told and when to look again are filed with it in one
transaction, so that a process that ends between two steps has done all of them or none.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor import looks as queue
from monitor.article import refusal
from monitor.conditions import Evidence
from monitor.errors import MonitorError, Refused, Unreachable, Unreadable
from monitor.fetch import Fetcher, NotModified
from monitor.judging import Judging
from monitor.looks import Look, ReadReport, Sighting
from monitor.model import Item, Source, Validators, Verdict
from monitor.pool import Articles
from monitor.request import Request
from monitor.rule import Watchlist

log = logging.getLogger(__name__)

# Seconds for one look, the wait for a free process included.
DEADLINE = 300.0
# How many pages are looked at together, and how many of one source: a host is asked one by one, and
# a slow one is not to hold up the rest.
BATCH, EACH = 32, 4
# Fewer pages than this failing together say nothing about the network.
OFFLINE_FROM = 3
STOP_CHECK = 0.5
ACCEPT = "text/html,application/xhtml+xml,application/pdf;q=0.9,text/plain;q=0.8,*/*;q=0.5"
# A page that words itself anew at each look must not fill the disk.
MAX_SIGHTINGS = 20


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of a look. `sighting` is None where the page is as it was.

    `risen` holds the verdicts that are higher with the page than what was filed without it;
    `before`, for a page that changed, what stood there.
    """

    look: Look
    validators: Validators = Validators()  # noqa: RUF009 - frozen
    item: Item | None = None
    source: Source | None = None
    sighting: Sighting | None = None
    risen: tuple[tuple[Watchlist, Verdict], ...] = ()
    before: Evidence | None = None
    error: MonitorError | None = None


class Reader:
    """Reads the pages of one batch of claimed looks."""

    def __init__(
        self,
        judging: Judging,
        articles: Articles,
        *,
        done: Callable[[Look], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._judging = judging
        self._storage = judging.storage
        self._in_force = judging.in_force
        self._now = judging.now
        self._articles = articles
        self._done = done
        self._stopping = stopping
        self.report = ReadReport()

    async def run(self, http: Fetcher, looks: Sequence[Look]) -> ReadReport:
        """Look at all at once, and file each as it comes in; what is still open at the end is given free."""
        open_ = {asyncio.create_task(self._see(http, look)) for look in looks}
        filed: set[int] = set()
        failures: list[_Seen] = []
        try:
            while open_ and not self._stopping():
                finished, open_ = await asyncio.wait(
                    open_, timeout=STOP_CHECK, return_when=asyncio.FIRST_COMPLETED
                )
                for seen in (task.result() for task in finished):
                    if seen.error:
                        failures.append(seen)
                    else:
                        self._file(seen)
                        filed.add(seen.look.item)
                    self._done(seen.look)
            filed |= self._record(failures, len(looks))
        finally:
            for task in open_:
                task.cancel()
            with self._storage.write():
                self._storage.looks.release(look for look in looks if look.item not in filed)
        return self.report

    # -------------------------------------------------------------- looking

    async def _see(self, http: Fetcher, look: Look) -> _Seen:
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._look(http, look)
        except MonitorError as error:
            return _Seen(look, error=error)
        except TimeoutError:
            return _Seen(look, error=Unreachable("no process was free to read it in time", subject=look.url))
        except Exception as error:  # one page's surprise must not stop the others
            log.exception("%s", look.url)
            surprise = Unreadable(f"internal error: {type(error).__name__}", subject=look.url)
            return _Seen(look, error=surprise)

    async def _look(self, http: Fetcher, look: Look) -> _Seen:
        item, source = self._storage.items.get(look.item), self._in_force.sources.get(look.source)
        if item is None or source is None or source.disabled:
            raise Unreadable("its source is no longer polled", subject=look.url)
        request = Request(look.url, headers=(("Accept", ACCEPT),), page=True)
        answer = await http.fetch(request, look.validators, subject=look.url)
        if isinstance(answer, NotModified):
            return _Seen(look, answer.validators, item, source)
        document = answer.document
        article = await self._articles.read(document)
        reason = refusal(article, item.title)
        if reason:
            raise Refused(reason, subject=look.url)
        last = self._storage.looks.last(look.item)
        if last is not None and (last.text == article.text or last.number >= MAX_SIGHTINGS):
            return _Seen(look, answer.validators, item, source)
        sha256 = hashlib.sha256(document.body).hexdigest()
        sighting = Sighting(
            item.id, last.number + 1 if last else 1, document.url, self._now, sha256, len(document.body),
            article.kind, article.title, article.text,
        )  # fmt: skip
        before = self._in_force.evidence(item, source, item.lang, last.text) if last else None
        risen = self._risen(item, source, article.text)
        return _Seen(look, answer.validators, item, source, sighting, risen, before)

    def _risen(self, item: Item, source: Source, text: str) -> tuple[tuple[Watchlist, Verdict], ...]:
        """The verdicts that the page lifts above what was filed for the item."""
        evidence = self._in_force.evidence(item, source, item.lang, text)
        verdicts = tuple(self._in_force.judges.verdicts(evidence))
        filed = (self._storage.signals.of_item(item.id, verdict.watchlist) for _, verdict in verdicts)
        scores = [signal.score if signal else 0 for signal in filed]
        return tuple(pair for pair, score in zip(verdicts, scores, strict=True) if pair[1].score > score)

    # -------------------------------------------------------------- filing

    def _file(self, seen: _Seen) -> None:
        """Keep what was seen, and what it comes to, in one transaction."""
        item, source, sighting = seen.item, seen.source, seen.sighting
        assert item is not None
        assert source is not None
        report = self.report
        report.asked += 1
        with self._storage.write():
            if sighting is None:
                report.unchanged += 1
            else:
                self._storage.looks.keep(sighting)
                report.kept += 1
                report.edited += sighting.number > 1
                self._judge(seen, item, source, sighting)
            again = source.tier == 1 and self._storage.signals.any_of(item.id)
            self._storage.looks.save(queue.after_success(seen.look, seen.validators, self._now, again=again))

    def _judge(self, seen: _Seen, item: Item, source: Source, sighting: Sighting) -> None:
        if seen.look.old and sighting.number == 1:
            return  # what stood there all along is no news
        judged = self._judging.file(source, item, seen.risen, before=seen.before, body=sighting.text)
        self.report.signals += judged.signals
        self.report.alerts += judged.alerts

    def _record(self, failures: Sequence[_Seen], asked: int) -> set[int]:
        """Failures are judged last, together: when nothing can be reached, it is not the pages' fault."""
        lost = [f for f in failures if isinstance(f.error, Unreachable) and f.error.no_network]
        offline = len(lost) == asked >= OFFLINE_FROM
        with self._storage.write():
            for seen in failures:
                assert seen.error is not None
                if offline:
                    look = queue.offline(seen.look, self._now)
                else:
                    look = queue.after_failure(seen.look, seen.error, self._now)
                self._storage.looks.save(look)
                self.report.asked += 1
                self.report.failed[seen.look.url] = str(seen.error)
        return {seen.look.item for seen in failures}
