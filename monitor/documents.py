"""A document of a source, and those that it leads to, read as one."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from monitor.fetch import Door, Fetched
from monitor.model import Reading, Source, Validators
from monitor.request import Document, Request
from monitor.sources import KINDS

# In a header, an XML declaration or a meta element, which stand at the beginning.
_CHARSET = re.compile(r"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_BEGINNING = 2048
# How many documents one may lead to: an index names its files, and no more than these are asked.
MAX_MORE = 5
# As many threads as are of use: Python runs one at a time, and each further one that waits for its
# turn asks for it two hundred times a second.
_READERS = ThreadPoolExecutor(2, "read")


async def ask(http: Door, source: Source, request: Request) -> Document:
    """What a server answers to somebody who knows nothing yet. Raises MonitorError."""
    answer = await http.fetch(request, Validators(), subject=source.id)
    assert isinstance(answer, Fetched)
    return answer.document


async def read(http: Door, source: Source, asked: Request, document: Document, now: datetime) -> Reading:
    """Read a document, and those that it leads to; on the same server they are asked with the headers
    of the first. Raises MonitorError.

    Parsing goes to a thread: a large document must not eat into the deadlines of the others.
    """
    reading = await _parsed(source, document, now)
    for request in reading.more[:MAX_MORE]:
        further = await _parsed(source, await ask(http, source, like(request, asked)), now)
        entries = {entry.key: entry for entry in (*further.entries, *reading.entries)}
        reading = replace(
            reading,
            entries=tuple(entries.values()),
            set_aside=(*reading.set_aside, *further.set_aside),
            points=(*reading.points, *further.points),
        )
    return reading


async def _parsed(source: Source, document: Document, now: datetime) -> Reading:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_READERS, KINDS[source.kind].read, document, source, now)


def declared(document: Document) -> str:
    """The encoding that an answer says it has, in its header or else in itself; empty where in neither."""
    start = document.body[:_BEGINNING].decode("latin-1")
    in_itself = start if start.lstrip("\xef\xbb\xbf \t\r\n").startswith("<") else ""
    found = _CHARSET.search(document.headers.get("content-type", "")) or _CHARSET.search(in_itself)
    return found[1].lower() if found else ""


def like(request: Request, first: Request) -> Request:
    """A further request with the headers of the first, which may hold a secret: to that server only."""
    there, here = urlsplit(request.url), urlsplit(first.url)
    if request.headers or (there.scheme, there.netloc) != (here.scheme, here.netloc):
        return request
    return replace(request, headers=first.headers, refusals=first.refusals)
