"""One request and its answer over a connection of its own, to an address that the guard has passed.

httpx's own pool costs several times what the exchange does, and offers no place to check an address
before it is connected to; so httpx keeps its requests and answers, and the bytes go through here.
A poll asks most hosts once, so no connection is kept. Parsing is llhttp's (by httptools), strict.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any, cast

import httptools
import httpx

from monitor.guard import Guard

# Before the body: enough for any honest server's headers, too little to be a burden.
MAX_HEAD = 64 * 1024
# A body that comes faster than it is taken waits in the network from here on.
_AHEAD = 256 * 1024
_PORTS = {"http": 80, "https": 443}


class Exchanges(httpx.AsyncBaseTransport):
    """A transport for httpx. Names are looked up and checked by `guard`; servers are
    verified by `trust`.

    Raises Refused for an address that may not be asked, OSError where a name is not known, and
    httpx's own errors for the rest. `trust` is the usual certificates where it is None; `connect`
    is the seconds that one address has to answer.
    """

    def __init__(self, guard: Guard, trust: ssl.SSLContext | None, connect: float) -> None:
        self._guard = guard
        self._trust = trust
        self._connect = connect

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = await self._connected(request.url)
        try:
            exchange.say(_head(request) + await request.aread())
            status, reason, headers = await exchange.head()
        except BaseException:
            exchange.abandon()
            raise
        return httpx.Response(
            status,
            headers=headers,
            stream=_Body(exchange),
            extensions={"reason_phrase": reason},
            request=request,
        )

    async def _connected(self, url: httpx.URL) -> _Exchange:
        port = url.port or _PORTS[url.scheme]
        name = url.raw_host.decode("ascii")
        secure: dict[str, Any] = {}
        if url.scheme == "https":
            secure = {"ssl": self._trust or _trust(), "server_hostname": name}
        loop = asyncio.get_running_loop()
        last: OSError | None = None
        for address in await self._guard.resolve(name, port):
            try:
                async with asyncio.timeout(self._connect):
                    made = await loop.create_connection(_Exchange, str(address), port, **secure)
            except TimeoutError as error:
                last = error
            except OSError as error:
                last = error
            else:
                return made[1]
        if isinstance(last, TimeoutError):
            raise httpx.ConnectTimeout("no connection in time") from last
        raise httpx.ConnectError(str(last or "no address")) from last


def _head(request: httpx.Request) -> bytes:
    """The request line and headers, their values byte for byte."""
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise httpx.LocalProtocolError("a line break in a header")
    return b"\r\n".join([*lines, b"", b""])


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The certificates to trust: loading them takes longer than a poll, so they are shared."""
    return httpx.create_ssl_context(trust_env=False)


class _Exchange(asyncio.Protocol):
    """The connection: feeds what comes to the parser, which calls the `on_` methods."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._error: httpx.HTTPError | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._status, self._reason = 0, b""
        self._begun = self._whole = False
        self._chunks: deque[bytes] = deque()
        self._size = 0

    # -------------------------------------------------------------- for the asker

    def say(self, request: bytes) -> None:
        assert self._transport
        self._transport.write(request)

    async def head(self) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        """Status, its words, headers."""
        while not self._begun:
            await self._more()
        return self._status, self._reason, self._headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises where it breaks off."""
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._size -= len(chunk)
                yield chunk
            if self._whole:
                return
            await self._more()

    async def _more(self) -> None:
        if self._error:
            raise self._error
        assert self._transport
        self._transport.resume_reading()
        self._waiting = self._loop.create_future()
        await self._waiting

    def abandon(self) -> None:
        """Hang up, without a word: what is still to come is not read."""
        if self._transport:
            self._transport.abort()

    # -------------------------------------------------------------- for the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._whole or self._error:
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._whole:
                self._fail(httpx.RemoteProtocolError(f"not HTTP: {error}"))
        if not self._begun:
            self._size += len(data)
            if self._size > MAX_HEAD:
                self._fail(httpx.RemoteProtocolError("the headers are too large"))
        elif self._size > _AHEAD and self._transport and not self._whole:
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        if self._whole or self._error:
            return
        named = {name.lower() for name, _ in self._headers}
        if error is None and self._begun and not named & {b"content-length", b"transfer-encoding"}:
            self._whole = True  # such a body ends with its connection (RFC 9112 section 6.3)
        else:
            self._fail(httpx.ReadError("the connection broke off"))
        self._wake()

    def _fail(self, error: httpx.HTTPError) -> None:
        self._error = error
        self.abandon()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    # -------------------------------------------------------------- for the parser

    # One answer is read: not those before it that only give notice (below 200), nor what a server
    # sends after its body, be it trailers or another answer.

    def on_message_begin(self) -> None:
        if not self._begun:
            self._headers, self._reason = [], b""

    def on_status(self, reason: bytes) -> None:
        if not self._begun:
            self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._begun:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200 and not self._begun:
            self._begun, self._status, self._size = True, status, 0

    def on_body(self, data: bytes) -> None:
        if not self._whole:
            self._chunks.append(data)
            self._size += len(data)

    def on_message_complete(self) -> None:
        if self._begun:
            self._whole = True
            self.abandon()


class _Body(httpx.AsyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._exchange.chunks():
            yield chunk

    async def aclose(self) -> None:
        self._exchange.abandon()
