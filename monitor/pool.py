"""A fetched document -> the article in it, read by a few processes of their own.

They are started when the first page comes, and closed with the app. A page that hangs the parser,
or takes its process down, costs that page alone.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
import sys
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from multiprocessing.context import BaseContext
from threading import Lock
from typing import Protocol

from pebble import ProcessExpired, ProcessPool

from monitor.article import Article
from monitor.errors import Unreachable, Unreadable
from monitor.request import Document
from monitor.section import ReadingSettings

# A process reads so many pages before a fresh one takes its place: what leaks in it goes with it.
PAGES_EACH = 200
# The address space that a process may take, in bytes.
MEMORY = 1_000_000_000


class Extract(Protocol):
    """A body and its content type -> the article. Raises ValueError, in words."""

    def __call__(self, body: bytes, content_type: str) -> Article: ...


class Articles:
    """The processes that read. `read` may be awaited in any thread's loop; `close` ends them.

    `extract` must be a function of a module, for a process can be told no other.
    """

    def __init__(self, settings: ReadingSettings, extract: Extract | None = None) -> None:
        self._settings = settings
        self._extract = extract or _extract
        self._pool: ProcessPool | None = None
        self._lock = Lock()

    async def read(self, document: Document) -> Article:
        """The article.

        Raises Unreadable where there is none, it took too long or broke its process, and Unreachable
        where no process could be had: that is not the page's fault.
        """
        arguments = [document.body, document.headers.get("content-type", "")]
        deadline = self._settings.deadline
        try:
            future = self._started().schedule(self._extract, args=arguments, timeout=deadline)
        except (OSError, RuntimeError) as error:
            raise Unreachable(f"no process could be started to read it ({type(error).__name__})") from error
        try:
            return await asyncio.wrap_future(future)
        except Late:
            raise Unreadable(f"could not be read within {deadline:g} s") from None
        except ProcessExpired:
            raise Unreadable("broke the process that read it") from None
        except ValueError as error:
            raise Unreadable(str(error)[:200]) from None
        except Exception as error:
            # Whatever a hostile document makes a parser raise is this document's fault alone.
            raise Unreadable(f"cannot be read ({type(error).__name__})") from error

    def _started(self) -> ProcessPool:
        with self._lock:
            if self._pool is None or not self._pool.active:
                self._pool = ProcessPool(self._settings.workers, PAGES_EACH, _prepare, context=_processes())
            return self._pool

    def close(self) -> None:
        """End the processes; what they were reading is given up."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()


def _processes() -> BaseContext:
    """Forked from a clean process where that can be had: a fork of this one might copy a held lock."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["monitor.extract"])
        return context
    return multiprocessing.get_context("spawn")


def _extract(body: bytes, content_type: str) -> Article:
    from monitor import extract  # noqa: PLC0415 - slow to import, and not wanted where no page is read

    return extract.article(body, content_type)


def _prepare() -> None:
    """In a new process: ends at once when told to, says nothing, and takes no more than its memory."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.disable()
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - where there is one

        with suppress(ValueError, OSError):  # a lower limit is in force already
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
