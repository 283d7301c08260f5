"""The only door to the network for polling: conditional, bounded in time and size, guarded.

httpx has no limit on the size of a body, inflates without bound, and its time-outs are per read;
so bodies are read raw, inflated here with a cap, and the whole exchange has one deadline.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import socket
import ssl
import zlib
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated

import httpx
from pydantic import AfterValidator, Field

from monitor import __version__
from monitor.errors import MonitorError, Refused, Unreachable
from monitor.exchange import Exchanges
from monitor.guard import Guard, allowed_networks
from monitor.model import Document, Request, Validators
from monitor.section import Section

MAX_REDIRECTS = 5
MAX_RETRY_AFTER = timedelta(days=1)
MAX_CONNECT = 10.0
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class HttpSettings(Section):
    """`[http]`. `contact` goes into the User-Agent, as the SEC asks of robots."""

    contact: str = ""
    allow_private: Annotated[tuple[str, ...], AfterValidator(allowed_networks)] = ()
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 64
    deadline: Annotated[float, Field(gt=0, le=600)] = 30.0
    max_bytes: Annotated[int, Field(ge=1000)] = 5_000_000
    max_inflated: Annotated[int, Field(ge=1000)] = 20_000_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, and what to ask with the next time."""

    document: Document
    validators: Validators


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server, or the body's hash, says that nothing changed."""

    validators: Validators


class Fetcher:
    """Fetches over one pool of connections, one request at a time per host.

    `guard` and `trust` (the certificates to trust) are those of the settings unless given.
    """

    def __init__(
        self, settings: HttpSettings, *, guard: Guard | None = None, trust: ssl.SSLContext | None = None
    ) -> None:
        self._settings = settings
        self._guard = guard or Guard(settings.allow_private)
        self._hosts: defaultdict[bytes, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._slots = asyncio.Semaphore(settings.concurrency)
        contact = f" (+{settings.contact})" if settings.contact else ""
        self._headers = {
            b"User-Agent": f"SignalMonitor/{__version__}{contact}".encode(),
            b"Accept": ACCEPT.encode(),
            b"Accept-Encoding": b"gzip",
            b"Connection": b"close",
        }
        # Without httpx's client above it: redirects, cookies and time limits are ours, and it
        # costs as much as the exchange itself.
        self._exchanges = Exchanges(self._guard, trust, min(MAX_CONNECT, settings.deadline))

    async def __aenter__(self) -> Fetcher:
        # Names are looked up in threads, and documents read. The loop has a handful by itself: as
        # many names that hang would hold up all others until these, too, run out of time.
        threads = ThreadPoolExecutor(self._settings.concurrency + 4, "poll")
        asyncio.get_running_loop().set_default_executor(threads)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exchanges.aclose()

    async def fetch(
        self, request: Request, validators: Validators, *, subject: str = ""
    ) -> Fetched | NotModified:
        """Ask, if it changed. Raises Unreachable or Refused, with `subject` on it."""
        try:
            host = self._guard.check_url(request.url).netloc
            async with self._hosts[host], self._slots:
                async with asyncio.timeout(self._settings.deadline):
                    return await self._follow(request, validators)
        except MonitorError as error:
            error.subject = subject
            raise
        except TimeoutError:
            message = f"no complete answer within {self._settings.deadline:g} s"
            raise Unreachable(message, subject=subject) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise _translate(error, subject) from error

    async def _follow(self, asked: Request, validators: Validators) -> Fetched | NotModified:
        for _ in range(MAX_REDIRECTS + 1):
            parsed = self._guard.check_url(asked.url)
            response = await self._exchanges.handle_async_request(self._request(asked, parsed, validators))
            try:
                if not response.has_redirect_location:
                    return await self._take(response, asked.url, validators)
                asked = _redirected(asked, parsed, self._next(parsed, response), response.status_code)
            finally:
                await response.aclose()
        raise Refused(f"more than {MAX_REDIRECTS} redirects")

    def _request(self, asked: Request, parsed: httpx.URL, validators: Validators) -> httpx.Request:
        headers = self._headers | {name.title().encode(): value.encode() for name, value in asked.headers}
        if asked.method == "GET":
            headers |= _conditions(validators)
        return httpx.Request(asked.method, parsed, headers=headers, content=asked.body or None)

    def _next(self, here: httpx.URL, response: httpx.Response) -> httpx.URL:
        try:
            there = here.join(response.headers["location"])
        except httpx.InvalidURL:
            raise Refused("redirects to an address that cannot be read") from None
        if here.scheme == "https" and there.scheme == "http":
            raise Refused("redirects from https to http")
        return there

    async def _take(self, response: httpx.Response, url: str, sent: Validators) -> Fetched | NotModified:
        status = response.status_code
        if status == 304:
            if not (sent.etag or sent.last_modified):
                raise Refused("answered 304 although nothing was asked conditionally", status=304)
            return NotModified(sent)
        if status != 200:
            wait = retry_after(response.headers, datetime.now(UTC))
            raise Refused(f"answered {status} {response.reason_phrase}", status=status, retry_after=wait)
        body = await self._body(response)
        fresh = Validators(
            etag=_raw(response, b"etag"),
            last_modified=_raw(response, b"last-modified"),
            body_hash=hashlib.sha256(body).hexdigest(),
        )
        if fresh.body_hash == sent.body_hash:
            return NotModified(fresh)
        return Fetched(Document(body, dict(response.headers), url), fresh)

    async def _body(self, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise Refused(f"sent the encoding '{encoding[:40]}', which was not asked for")
        inflate = _Gunzip(self._settings.max_inflated) if "gzip" in encoding else None
        body, raw = bytearray(), 0
        async for chunk in response.aiter_raw():
            raw += len(chunk)
            if raw > self._settings.max_bytes:
                raise Refused(f"the body is larger than {self._settings.max_bytes:,} bytes")
            if inflate:
                inflate.feed(chunk, body)
            else:
                body += chunk
        if inflate and not inflate.whole:
            raise Unreachable("the compressed body was cut off")
        return bytes(body)


class _Gunzip:
    """Inflates gzip of one or several members (RFC 1952 section 2.2), up to `limit` bytes in all."""

    def __init__(self, limit: int) -> None:
        self._limit = self._room = limit
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def whole(self) -> bool:
        return self._member.eof

    def feed(self, chunk: bytes, body: bytearray) -> None:
        """Put what is in the chunk at the end of the body."""
        while chunk:
            if self._member.eof:
                if chunk[0] != 0x1F:
                    break  # padding after the last member
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                piece = self._member.decompress(chunk, self._room + 1)
            except zlib.error:
                raise Refused("the body is not the gzip it says it is") from None
            self._room -= len(piece)
            if self._room < 0:
                raise Refused(f"the body inflates to more than {self._limit:,} bytes")
            body += piece
            chunk = self._member.unused_data


def _redirected(asked: Request, here: httpx.URL, there: httpx.URL, status: int) -> Request:
    """What to ask where a redirect leads: no secret goes to another origin (RFC 9110 section 15.4).

    A POST stays one where the status says so (307 and 308), and becomes a GET elsewhere.
    """
    same = (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)
    if asked.method == "POST" and status in (307, 308):
        if not same:
            raise Refused("redirects a POST to another server")
        return replace(asked, url=str(there))
    return Request(str(there), headers=asked.headers if same else ())


def _conditions(validators: Validators) -> dict[bytes, bytes]:
    """RFC 9110 section 13: the validators, sent back byte for byte."""
    asked = {b"If-None-Match": validators.etag, b"If-Modified-Since": validators.last_modified}
    return {name: value.encode("latin-1", "replace") for name, value in asked.items() if value}


def _raw(response: httpx.Response, name: bytes) -> str:
    """A header as its bytes are, whatever they may mean: Latin-1 takes each as one character."""
    return next((v.decode("latin-1") for k, v in response.headers.raw if k.lower() == name), "")


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server asks to wait (RFC 9110 section 10.2.3), at most a day; None if unsaid."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return min(timedelta(seconds=int(value[:9])), MAX_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(value) - now
    except (ValueError, TypeError, IndexError):
        return None
    return min(wait, MAX_RETRY_AFTER) if wait > timedelta(0) else None


def _translate(error: Exception, subject: str) -> MonitorError:
    """What httpx, the TLS layer and the operating system say, as one of our errors."""
    causes = list(_chain(error))
    if any(isinstance(cause, MonitorError) for cause in causes):
        own = next(cause for cause in causes if isinstance(cause, MonitorError))
        own.subject = subject
        return own
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Refused(f"its certificate is not valid: {cause.verify_message}", subject=subject)
        if isinstance(cause, socket.gaierror):
            return Unreachable("its name cannot be looked up", subject=subject, no_network=True)
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    lost = bool(numbers & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
    if isinstance(error, httpx.ConnectTimeout):
        return Unreachable("no connection in time", subject=subject, no_network=True)
    if isinstance(error, httpx.ConnectError | OSError):
        return Unreachable("no connection", subject=subject, no_network=lost)
    return Unreachable(f"the exchange broke off ({type(error).__name__})", subject=subject)


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        if isinstance(error, BaseExceptionGroup):
            found.extend(error.exceptions)
        error = error.__cause__ or error.__context__
    return found
