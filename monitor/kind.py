"""What a kind of source is: how it is written, asked and read, and whether its past can be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model import Reading, Source
from monitor.request import Asking, Document, Request, Span
from monitor.series import Followed
from monitor.sourcefile import SourceFile


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


def page_for_people(source: Source, asking: Asking) -> Request:
    """Its address, as a page that robots.txt may keep from us."""
    return Request(source.url, page=True)


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
