"""A document of a source, and those that it leads to, read as one."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from monitor.fetch import Fetched, NotModified
from monitor.model import Document, Reading, Request, Source, Validators
from monitor.sources import KINDS

# In a header, an XML declaration or a meta element, which stand at the beginning.
_CHARSET = re.compile(r"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_BEGINNING = 2048
# How many documents one may lead to: an index names its files, and no more than these are asked.
MAX_MORE = 5


class Fetches(Protocol):
    """Asks a server, as `Fetcher` does."""

    async def fetch(
        self, request: Request, validators: Validators, *, subject: str = ""
    ) -> Fetched | NotModified: ...


async def ask(http: Fetches, source: Source, request: Request) -> Document:
    """What a server answers to somebody who knows nothing yet. Raises MonitorError."""
    answer = await http.fetch(request, Validators(), subject=source.id)
    assert isinstance(answer, Fetched)
    return answer.document


async def read(http: Fetches, source: Source, document: Document, now: datetime) -> Reading:
    """Read a document, and those that it leads to. Raises MonitorError.

    Parsing goes to a thread: a large document must not eat into the deadlines of the others.
    """
    parse = KINDS[source.kind].read
    reading = await asyncio.to_thread(parse, document, source, now)
    for request in reading.more[:MAX_MORE]:
        further = await asyncio.to_thread(parse, await ask(http, source, request), source, now)
        entries = {entry.key: entry for entry in (*further.entries, *reading.entries)}
        reading = replace(
            reading,
            entries=tuple(entries.values()),
            set_aside=(*reading.set_aside, *further.set_aside),
            points=(*reading.points, *further.points),
        )
    return reading


def declared(document: Document) -> str:
    """The encoding that an answer says it has, in its header or else in itself; empty where in neither."""
    start = document.body[:_BEGINNING].decode("latin-1")
    in_itself = start if start.lstrip("\xef\xbb\xbf \t\r\n").startswith("<") else ""
    found = _CHARSET.search(document.headers.get("content-type", "")) or _CHARSET.search(in_itself)
    return found[1].lower() if found else ""
