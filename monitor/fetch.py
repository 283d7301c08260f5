"""The only door to the network for polling: conditional, bounded in time and size, guarded.

httpx has no limit on the size of a body, inflates without bound, and its time-outs are per read;
so bodies are read raw, inflated here with a cap, and the whole exchange has one deadline. Waiting
for a turn at a host counts for nothing, and takes nobody's place.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import socket
import ssl
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Protocol

import httpx
from pydantic import AfterValidator, Field

from monitor import __version__, robots
from monitor.errors import HostWaits, MonitorError, Refused, Trouble, Unreachable
from monitor.exchange import Exchanges
from monitor.guard import Guard, allowed_networks
from monitor.gunzip import Gunzip
from monitor.manners import (
    MAX_WAIT,
    UNSTATED,
    WHOLE_HOST,
    Rule,
    Stated,
    asked_to_wait,
    fresh_for,
    is_block_page,
    retry_after,
)
from monitor.model import Validators
from monitor.request import Document, Request
from monitor.section import Section
from monitor.turns import Book, Turns, utc_now

MAX_REDIRECTS = 5
# httpx logs every address in full, and a key may stand in one.
logging.getLogger("httpx").addFilter(lambda _: False)
MAX_CONNECT = 10.0
# Of a refusal's own page no more is read, and no longer.
MAX_REFUSAL = 64_000
REFUSAL_PATIENCE = 2.0
PERMANENT = frozenset({301, 308})
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class HttpSettings(Section):
    """`[http]`. `contact` goes into the User-Agent, as the SEC asks of robots.

    `pause` is the seconds between two requests to one host, and `hosts` has those for a domain
    and all below it. Hosts written as an address in `allow_private` are asked without a pause.
    """

    contact: str = ""
    allow_private: Annotated[tuple[str, ...], AfterValidator(allowed_networks)] = ()
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 64
    deadline: Annotated[float, Field(gt=0, le=600)] = 30.0
    max_bytes: Annotated[int, Field(ge=1000)] = 5_000_000
    max_inflated: Annotated[int, Field(ge=1000)] = 20_000_000
    pause: Annotated[float, Field(ge=0, le=60)] = 0.2
    hosts: dict[str, Annotated[float, Field(ge=0, le=3600)]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, and what to ask with the next time."""

    document: Document
    validators: Validators
    stated: Stated = UNSTATED


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server, or the body's hash, says that nothing changed."""

    validators: Validators
    stated: Stated = UNSTATED


@dataclass(frozen=True, slots=True)
class _Redirect:
    """Where to ask instead, and whether that is for good."""

    request: Request
    permanent: bool


_Answer = Fetched | NotModified | _Redirect


def turns(
    settings: HttpSettings,
    *,
    clock: Callable[[], datetime] = utc_now,
    open_book: Callable[[], Book] | None = None,
) -> Turns:
    """The turns that all fetchers of a process are to share, by these settings."""
    pauses, own = settings.hosts, settings.allow_private
    return Turns(pause=settings.pause, pauses=pauses, own=own, clock=clock, open_book=open_book)


class Door(Protocol):
    """A way out to the servers that are polled."""

    async def fetch(
        self, request: Request, validators: Validators, *, subject: str = ""
    ) -> Fetched | NotModified:
        """Ask, if it changed. Raises Unreachable or Refused, with `subject` on it."""


class Fetcher:
    """Fetches over one pool of connections, each host in its turn.

    `guard` and `trust` (the certificates to trust) are those of the settings unless given; `shared`
    are the turns that the whole process shares, else this fetcher's own.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        guard: Guard | None = None,
        trust: ssl.SSLContext | None = None,
        shared: Turns | None = None,
    ) -> None:
        self._settings = settings
        self._guard = guard or Guard(settings.allow_private)
        self._turns = shared or turns(settings)
        self._robots_asked: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
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
        """Ask, if it changed. Raises HostWaits, Unreachable or Refused, with `subject` on it."""
        try:
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
        left, moved, permanent = self._settings.deadline, "", True
        for _ in range(MAX_REDIRECTS + 1):
            parsed = self._guard.check_url(asked.url)
            if asked.page:
                await self._permitted(asked.url, parsed)
            answer, took = await self._turn(asked, parsed, validators, left)
            left -= took
            if not isinstance(answer, _Redirect):
                return replace(answer, stated=replace(answer.stated, moved=moved)) if moved else answer
            asked, permanent = answer.request, permanent and answer.permanent
            moved = asked.url if permanent else ""
        raise Refused(f"more than {MAX_REDIRECTS} redirects")

    async def _turn(
        self, asked: Request, parsed: httpx.URL, validators: Validators, left: float
    ) -> tuple[_Answer, float]:
        """One exchange, when it is its turn, and the seconds that it took."""
        queue, clock = self._turns.queue(parsed.netloc, page=asked.page), asyncio.get_running_loop().time
        await queue.enter()
        try:
            while True:
                self._admit(queue.rule)
                async with self._slots:
                    wait = await queue.start()
                    if not wait:
                        started = clock()
                        async with asyncio.timeout(left):
                            answer = await self._exchange(asked, parsed, validators, queue.rule)
                        return answer, clock() - started
                await asyncio.sleep(wait)
        finally:
            queue.leave()

    def _admit(self, rule: Rule) -> None:
        self._turns.check(rule)
        if rule.contact and not self._settings.contact:
            raise Refused(f"{rule.host} answers only readers who name a contact: set http.contact")

    async def _exchange(
        self, asked: Request, parsed: httpx.URL, validators: Validators, rule: Rule
    ) -> _Answer:
        response = await self._exchanges.handle_async_request(self._request(asked, parsed, validators))
        try:
            if response.has_redirect_location:
                await self._turns.answered(rule)
                status = response.status_code
                there = _redirected(asked, parsed, self._next(parsed, response), status)
                return _Redirect(there, permanent=status in PERMANENT)
            return await self._take(response, asked, validators, rule)
        finally:
            await response.aclose()

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

    async def _take(
        self, response: httpx.Response, asked: Request, sent: Validators, rule: Rule
    ) -> Fetched | NotModified:
        status = response.status_code
        if status not in (200, 304):
            raise await self._refusal(response, asked, rule)
        await self._turns.answered(rule)
        stated = Stated(fresh_for(response.headers, self._turns.clock()))
        if status == 304:
            if not (sent.etag or sent.last_modified):
                raise Refused("answered 304 although nothing was asked conditionally", status=304)
            return NotModified(sent, stated)
        body = await self._body(response)
        fresh = Validators(
            etag=_raw(response, b"etag"),
            last_modified=_raw(response, b"last-modified"),
            body_hash=hashlib.sha256(body).hexdigest(),
        )
        if fresh.body_hash == sent.body_hash:
            return NotModified(fresh, stated)
        return Fetched(Document(body, dict(response.headers), asked.url), fresh, stated)

    async def _refusal(self, response: httpx.Response, request: Request, rule: Rule) -> Refused:
        """What another status means: for this address, or for all of the host."""
        status, now = response.status_code, self._turns.clock()
        known = request.refusal(status)
        said = f"answered {status} {response.reason_phrase}" + (f": {known.says}" if known.says else "")
        if status == 403 and not known.says and not self._settings.contact:
            said += ": it may want http.contact to be set"
        wait = retry_after(response.headers, now) or known.wait
        asked = asked_to_wait(response.headers, now)
        blocked = status in (403, *WHOLE_HOST) and is_block_page(await self._start(response, MAX_REFUSAL))
        if not (blocked or status in WHOLE_HOST):
            await self._turns.answered(rule)
            return Refused(said, status=status, retry_after=wait)
        if blocked:
            said += ", a page that says we ask too much or do not say who we are"
        if asked and asked > MAX_WAIT:
            said += f", asked to wait {asked.days} days, of which we take {MAX_WAIT.days}"
        found = await self._turns.refused(rule, wait, said, blocked=blocked)
        message = f"{said}; {rule.host} is left alone until {found.until:%d %b %H:%M} UTC"
        return HostWaits(message, wait=found.until - now, status=status, retry_after=wait, asked=True)

    async def _start(self, response: httpx.Response, most: int) -> bytes:
        """The start of a body, as far as it can be read at all."""
        try:
            async with asyncio.timeout(REFUSAL_PATIENCE):
                return (await self._body(response, most))[:most]
        except (MonitorError, TimeoutError, httpx.HTTPError):
            return b""

    async def _permitted(self, url: str, parsed: httpx.URL) -> None:
        """Raises Refused, with the rule, where robots.txt keeps the page from robots."""
        place = robots.address(url)
        async with self._robots_asked[place]:
            found = await self._turns.robots(place)
            if found is None:
                found = await self._turns.keep_robots(place, await self._robots(place))
        if found.delay:
            self._turns.queue(parsed.netloc, page=True).slow_down(found.delay)
        if rule := found.forbids(url):
            raise Refused(f"its robots.txt keeps robots from this page ({rule})")

    async def _robots(self, place: str) -> str:
        """A robots.txt. RFC 9309 section 2.3.1: none is no rule; one that is out of order is a no."""
        try:
            answer = await self._follow(Request(place), Validators())
        except HostWaits:
            raise
        except Refused as error:
            if 200 < error.status < 500:
                return ""
            raise Refused(f"its robots.txt cannot be read, so its pages wait: {error}") from None
        assert isinstance(answer, Fetched)
        return answer.document.body[: robots.MAX_BYTES].decode("utf-8", "replace")

    async def _body(self, response: httpx.Response, enough: int = 0) -> bytes:
        """The body, whole; with `enough`, no more than its first bytes, that many at least."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise Refused(f"sent the encoding '{encoding[:40]}', which was not asked for")
        inflate = Gunzip(self._settings.max_inflated) if "gzip" in encoding else None
        body, raw = bytearray(), 0
        async for chunk in response.aiter_raw():
            raw += len(chunk)
            if raw > self._settings.max_bytes:
                raise Refused(f"the body is larger than {self._settings.max_bytes:,} bytes")
            if inflate:
                inflate.feed(chunk, body)
            else:
                body += chunk
            if enough and len(body) >= enough:
                return bytes(body)
        if inflate and not inflate.whole:
            raise Unreachable("the compressed body was cut off")
        return bytes(body)


def _redirected(asked: Request, here: httpx.URL, there: httpx.URL, status: int) -> Request:
    """What to ask where a redirect leads: no secret goes to another origin (RFC 9110 section 15.4).

    A POST stays one where the status says so (307 and 308), and becomes a GET elsewhere.
    """
    same = (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)
    if asked.method == "POST" and status in (307, 308):
        if not same:
            raise Refused("redirects a POST to another server")
        return replace(asked, url=str(there))
    kept = asked.headers if same else ()
    return Request(str(there), headers=kept, refusals=asked.refusals, page=asked.page)


def _conditions(validators: Validators) -> dict[bytes, bytes]:
    """RFC 9110 section 13: the validators, sent back byte for byte."""
    asked = {b"If-None-Match": validators.etag, b"If-Modified-Since": validators.last_modified}
    return {name: value.encode("latin-1", "replace") for name, value in asked.items() if value}


def _raw(response: httpx.Response, name: bytes) -> str:
    """A header as its bytes are, whatever they may mean: Latin-1 takes each as one character."""
    return next((v.decode("latin-1") for k, v in response.headers.raw if k.lower() == name), "")


def _translate(error: Exception, subject: str) -> MonitorError:
    """What httpx, the TLS layer and the operating system say, as one of our errors."""
    causes = list(_chain(error))
    if any(isinstance(cause, MonitorError) for cause in causes):
        own = next(cause for cause in causes if isinstance(cause, MonitorError))
        own.subject = subject
        return own
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            message = f"its certificate is not valid: {cause.verify_message}"
            return Refused(message, subject=subject, trouble=Trouble.CERTIFICATE)
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
