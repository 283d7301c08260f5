"""The kinds of source. A kind is one module here, and one line in KINDS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model import Asking, Document, Reading, Request, Source, Span
from monitor.series import Followed
from monitor.seriesfile import SeriesFile
from monitor.sourcefile import SourceFile
from monitor.sources import edgar, feed, json_list, series
from monitor.sources import federal_register as fr


class Ask(Protocol):
    """What to ask a source for its newest entries."""

    def __call__(self, source: Source, asking: Asking) -> Request: ...


class Read(Protocol):
    """A document -> its entries.

    Raises Unreadable where the body is not what the kind promises; one bad entry is set aside
    with its reason and never stops the others.
    """

    def __call__(self, document: Document, source: Source, now: datetime) -> Reading: ...


class Page(Protocol):
    """What to ask for one part of the past, counted from 0; None after the last part."""

    def __call__(self, source: Source, span: Span, number: int, asking: Asking) -> Request | None: ...


def plain(source: Source, asking: Asking) -> Request:
    """Its address, as it is written."""
    return Request(source.url)


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of source is written, asked and read; with `page`, its past too.

    A part of the past without entries is the last one, unless there may be `gaps`. `follow` says
    what is followed of numbers.
    """

    written: type[SourceFile]
    read: Read
    ask: Ask = plain
    page: Page | None = None
    gaps: bool = False
    follow: Callable[[Source], tuple[Followed, ...]] = lambda _: ()


KINDS: Mapping[str, Kind] = {
    "feed": Kind(feed.FeedFile, feed.read, page=feed.page),
    "json": Kind(json_list.JsonFile, json_list.read, json_list.ask, json_list.page),
    "federal-register": Kind(fr.FederalRegisterFile, fr.read, fr.ask, fr.page, gaps=True),
    "edgar": Kind(edgar.EdgarFile, edgar.read, edgar.ask, edgar.page),
    "series": Kind(SeriesFile, series.read, series.ask, follow=series.follow),
}
