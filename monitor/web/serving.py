"""The pages served from a thread of the daemon, until it stops.

The socket is opened here, so that an address that cannot be had is told in words and the daemon goes on.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
import time
from types import TracebackType
from typing import ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor.web.admission import Names
from monitor.web.house import House
from monitor.web.pages import compile_all
from monitor.web.site import application

log = logging.getLogger(__name__)

# A page that is under way when the daemon stops gets so long; a thread that hangs is left behind.
GRACE_SECONDS, STARTS_SECONDS = 1, 5.0
# Connections at once that are answered, and those that may be open besides and have not asked to the end, of
# which the oldest gives way to a new one; seconds for the head of the first question, and for an answer; the
# bytes of a head.
MOST, WAITING, FIRST, LASTS, HEAD = 100, 50, 10.0, 60.0, 16_384


class Serving:
    """A context manager. `address` is where a browser on this machine finds the pages; empty where they
    cannot be had. Who does not ask within `first` seconds is cut off, and an answer takes `lasts` at most."""

    def __init__(
        self, house: House, host: str, port: int, *, first: float = FIRST, lasts: float = LASTS
    ) -> None:
        self._house = house
        self._host, self._port, self._within = host, port, (first, lasts)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.address = ""

    def __enter__(self) -> Serving:
        try:
            listener = _listener(self._host, self._port)
        except OSError as error:
            log.warning("web: %s", _why(self._host, self._port, error))
            return self
        port: int = listener.getsockname()[1]
        names = Names(self._host, port, self._house.settings.web.url, self._house.locked)
        server = self._server = uvicorn.Server(_config(application(self._house, names), *self._within))
        if not self._house.settings.web.has_editor:
            log.warning(
                'web: nobody may change anything there: give one of the users of [web] role = "editor"'
            )
        self._thread = threading.Thread(target=server.run, args=[[listener]], name="web", daemon=True)
        self._thread.start()
        threading.Thread(target=self._ready, name="web ready", daemon=True).start()
        end = time.monotonic() + STARTS_SECONDS
        while not server.started and self._thread.is_alive() and time.monotonic() < end:
            time.sleep(0.005)
        self.address = names.address
        return self

    def _ready(self) -> None:
        """What takes longest at a first visit is done before somebody comes, beside the first polls."""
        compile_all()
        _ = self._house.in_force.watchlists

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server and self._thread:
            logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # whom it cuts off is no news now
            self._server.should_exit = True
            self._thread.join(GRACE_SECONDS + 1)


def _config(app: ASGIApp, first: float, lasts: float) -> uvicorn.Config:
    """Bounded, silent about who asks for what (addresses hold tokens), and trusting no proxy's word."""
    # What strangers send that is no HTTP is no news; what fails in a page is.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    return uvicorn.Config(
        app,
        http=_brief(first, lasts),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST,
        h11_max_incomplete_event_size=HEAD,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _brief(first_seconds: float, last_seconds: float) -> type[H11Protocol]:
    """Connections of one server, with these limits."""

    class Ours(_Brief):
        first, lasts = first_seconds, last_seconds
        waiting: ClassVar[dict[H11Protocol, None]] = {}

    return Ours


class _Brief(H11Protocol):
    """HTTP by h11, which bounds the head of a request. Whoever sends nothing, or reads nothing, holds a
    connection for so long and no longer, as there is not room for many. Those who have not asked to the end
    are `waiting`, the oldest first, and keep nobody else out."""

    first: float
    lasts: float
    waiting: ClassVar[dict[H11Protocol, None]]
    _cut: asyncio.TimerHandle
    _began = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._cut = self.loop.call_later(self.first, transport.abort)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cut.cancel()
        self.waiting.pop(self, None)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self not in self.waiting or not self.cycle or self.cycle.response_complete:
            return
        if not self._began:
            self._began = True
            self._restart()
        if not self.cycle.more_body:
            del self.waiting[self]

    def on_response_complete(self) -> None:
        self._wait()
        self._restart()  # what was sent may still be on its way
        super().on_response_complete()

    def _wait(self) -> None:
        self.waiting[self], self._began = None, False
        if len(self.waiting) > WAITING:
            oldest = next(iter(self.waiting))
            del self.waiting[oldest]
            oldest.transport.abort()

    def _restart(self) -> None:
        self._cut.cancel()
        self._cut = self.loop.call_later(self.lasts, self.transport.abort)


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    return socket.create_server(address[:2], family=family)


def _why(host: str, port: int, error: OSError) -> str:
    """Why there are no pages, and the remedy."""
    reasons = {
        errno.EADDRINUSE: "is taken by another program",
        errno.EACCES: "is not for ordinary users: take a port above 1023",
        errno.EADDRNOTAVAIL: "is no address of this machine",
    }
    why = reasons.get(error.errno or 0, f"cannot be listened on ({error.strerror or error})")
    return f'{host}:{port} {why}. There are no pages until listen of [web] names another, or is "".'
