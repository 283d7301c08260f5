"""How to behave towards servers: who may be asked how often, and how long to leave a host alone.

Pure arithmetic and a table; the waiting itself is in `turns.py`. Seconds are floats, `now` is an
argument.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

MAX_WAIT = timedelta(days=1)
FIRST_WAIT = timedelta(minutes=1)
JITTER = 0.25
# "Current guidelines limit users to a total of no more than 10 requests per second"; who goes
# beyond is shut out for ten minutes (https://www.sec.gov/os/accessing-edgar-data).
BLOCKED_WAIT = timedelta(minutes=10)
BLOCK_WORDS = (b"undeclared automated tool", b"request rate threshold exceeded")
WHOLE_HOST = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Rule:
    """How a host is asked: one request every `every` seconds, counted from start to start, and no
    more than `at_once` under way.

    `host` is who is left alone after a refusal, `queue` those requests that go one after the
    other. A `declared` rate holds for all processes on one database; `contact` says that the host
    refuses readers who name none.
    """

    host: str
    queue: str
    every: float = 0.0
    at_once: int = 1
    declared: bool = False
    contact: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a domain and those below it. `together`: they count as one host.

    With `pages`, only pages are meant, and what is no page is asked like anything else.
    """

    domain: str
    every: float
    at_once: int = 1
    together: bool = True
    pages: bool = False
    contact: bool = False


KNOWN = (
    # Eight a second, so that two that were held up on the way do not make eleven.
    Known("sec.gov", every=0.125, at_once=4, contact=True),
    # "Please limit requests to one every 5 seconds": the text of its own refusals.
    Known("gdeltproject.org", every=5.0),
    Known("globenewswire.com", every=10.0, pages=True),
    Known("gov.cn", every=0.4, together=False),
)


def wants_contact(url: str) -> bool:
    """Whether its host answers only readers who name a contact."""
    known = _known(urlsplit(url).hostname or "")
    return known is not None and known.contact


def rule_for(
    place: str, *, page: bool, pause: float, pauses: Mapping[str, float], own: Iterable[str]
) -> Rule:
    """The rule for a host and port, written as in a URL.

    `pauses` are the seconds that the settings give for a domain, and `pause` those for any other;
    hosts in the networks `own` are asked without one.
    """
    name = _name(place)
    for domain, every in pauses.items():
        if _under(name, domain):
            return Rule(host_of(place), domain, every, declared=True)
    known, host = _known(name), host_of(place)
    if known is None or (known.pages and not page):
        return Rule(host, place, 0.0 if _own(name, own) else pause)
    queue = f"{host} pages" if known.pages else host
    return Rule(host, queue, known.every, known.at_once, declared=True, contact=known.contact)


def host_of(place: str) -> str:
    """Who is left alone after a refusal from a host and port: that one, or all that count as one."""
    known = _known(_name(place))
    return known.domain if known and known.together else place


def _known(name: str) -> Known | None:
    return next((known for known in KNOWN if _under(name, known.domain)), None)


def _name(place: str) -> str:
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0].rstrip(".").lower()


def _under(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _own(name: str, networks: Iterable[str]) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)


def slot(free: float, now: float, every: float) -> tuple[float, float]:
    """Whether a request may start now, where the next one may from `free` on.

    Answers the seconds still to wait (0.0: start) and `free` after that. A time far ahead is from a
    clock that was set back since, and counts for nothing.
    """
    wait = free - now
    if 0 < wait <= 2 * every:
        return wait, free
    return 0.0, now + every


# ------------------------------------------------------------------ what is stated


@dataclass(frozen=True, slots=True)
class Stated:
    """What a server states beside a document: how long it is `fresh`, and the address it `moved` to."""

    fresh: timedelta | None = None
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a feed states of how often to look: the `pause` it asks for, the hours (0 to 23) and the
    weekdays (Monday is 0) on which it has nothing, in UTC.
    """

    pause: timedelta | None = None
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """Where a source says it moved to for good, since when, and how many polls in a row said so."""

    to: str = ""
    since: datetime | None = None
    polls: int = 0


UNSTATED, NO_HINTS, NO_MOVE = Stated(), Hints(), Move()


# ------------------------------------------------------------------ leaving a host alone


@dataclass(frozen=True, slots=True)
class BackOff:
    """A host is left alone `until` then, after so many refusals in a row, the last for `reason`."""

    host: str
    until: datetime
    failures: int
    reason: str


def back_off(host: str, failures: int, asked: timedelta | None, *, blocked: bool) -> timedelta:
    """How long to leave a host alone after its `failures`-th refusal in a row, at most a day.

    Twice as long each time, and up to a quarter more, which differs from host to host so that
    not all are tried again at once; never less than the host `asked` for.
    """
    wait = min(FIRST_WAIT * (1 << min(failures - 1, 12)), MAX_WAIT)
    if blocked:
        wait = max(wait, BLOCKED_WAIT)
    digest = hashlib.sha256(f"{host} {failures}".encode()).digest()
    wait *= 1 + JITTER * digest[0] / 255
    return min(max(wait, asked or wait), MAX_WAIT)


def is_block_page(body: bytes) -> bool:
    """Whether a host says that it takes us for a robot that misbehaves."""
    return any(words in body.lower() for words in BLOCK_WORDS)


def asked_to_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server asks to wait (RFC 9110 section 10.2.3), whatever it says; None if unsaid.

    A date counts from the answer's own Date, so that a clock that is wrong there does no harm.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=int(value[:9]))
    until = _date(value)
    if until is None:
        return None
    wait = until - (_date(headers.get("date", "")) or now)
    return wait if wait > timedelta(0) else None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server asks to wait, at most a day."""
    wait = asked_to_wait(headers, now)
    return min(wait, MAX_WAIT) if wait is not None else None


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """For how long an answer is good (RFC 9111 section 4.2.1), from 0 to a day; None if unsaid.

    What cannot be read, and what must not be kept, is good for no time at all.
    """
    control = headers.get("cache-control", "").lower()
    said = dict(_directive(part) for part in control.split(",")) if control else {}
    if "no-cache" in said or "no-store" in said:
        return timedelta(0)
    if "max-age" in said:
        value, age = said["max-age"], headers.get("age", "").strip()
        left = _seconds(value) - _seconds(age)
        return timedelta(seconds=min(max(left, 0), MAX_WAIT.total_seconds()))
    if "expires" not in headers:
        return None
    until = _date(headers["expires"])
    wait = until - (_date(headers.get("date", "")) or now) if until else timedelta(0)
    return min(max(wait, timedelta(0)), MAX_WAIT)


def _directive(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip().strip('"')


def _seconds(value: str) -> int:
    return int(value[:9]) if value.isascii() and value.isdecimal() else 0


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
