"""Who may see the pages where one logs in: sessions, and guessing that gets slower.

Both live in memory alone: a restart, and so a new password or another role, ends every session.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from ipaddress import IPv6Address, ip_address
from typing import Any

from monitor.web.people import Monotonic, Person

# A session is 256 bits, as OWASP asks for at least 64 of entropy
# (https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html).
BYTES, DAYS_LOGGED_IN = 32, 7
_LASTS = DAYS_LOGGED_IN * 86400.0
# Attempts that may fail at once: from one address, and on one account from all addresses together. Seconds of
# the longest pause, and until failures are forgotten.
FREE, FREE_OF_ALL, LONGEST, FORGOTTEN = 4, 20, 60.0, 3600.0
MOST = 1000
# A page of ours: no host, nor what browsers take for one.
_PAGE = re.compile(r"/(?!/)[^\\\x00-\x1f\x7f]*")


class Sessions:
    """Those who are logged in, by the hash of what their cookie holds. `clock` counts seconds."""

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._held: dict[str, tuple[float, Person]] = {}
        self._lock = threading.Lock()

    def begin(self, person: Person) -> str:
        """A new session, whatever cookie there was; answers what the cookie holds."""
        token = secrets.token_urlsafe(BYTES)
        with self._lock:
            now = self._clock()
            going_on = [(key, held) for key, held in self._held.items() if held[0] > now]
            self._held = dict(going_on[-MOST + 1 :]) | {_hash(token): (now + _LASTS, person)}
        return token

    def of(self, token: str) -> Person | None:
        """Whose session it is; None where it is none, or has ended."""
        held = self._held.get(_hash(token))
        return held[1] if held and held[0] > self._clock() else None

    def end(self, token: str) -> None:
        with self._lock:
            self._held.pop(_hash(token), None)


class Slowing:
    """Lets nobody guess fast. After some failures an address waits, twice as long each time, up to a minute.

    An account that is guessed at from many addresses is slowed as well, but never shut: each address is told
    how long it waits, a minute at most, and then has its turn whatever the others did meanwhile.
    """

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._addresses: dict[str, tuple[int, float]] = {}
        self._accounts: dict[str, tuple[int, float]] = {}
        self._turns: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def take(self, address: str, account: str) -> float:
        """Begin an attempt, which counts as failed until `passed`; answers how many seconds are to be waited
        first, 0 where it may be made."""
        network, now = _network(address), self._clock()
        with self._lock:
            count, last = _failures(self._addresses, network, now)
            wait = last + _pause(count, FREE) - now
            if wait <= 0:
                wait = self._turn(network, account, now)
            if wait > 0:
                return wait
            _count(self._addresses, network, now)
            _count(self._accounts, account, now)
        return 0.0

    def passed(self, address: str, account: str) -> None:
        with self._lock:
            self._addresses.pop(_network(address), None)
            self._accounts.pop(account, None)

    def _turn(self, network: str, account: str, now: float) -> float:
        """How long this address waits until it may try this account."""
        pause = _pause(_failures(self._accounts, account, now)[0], FREE_OF_ALL)
        if pause == 0:
            return 0.0
        wait = self._turns.setdefault((network, account), now + pause) - now
        if wait <= 0:
            del self._turns[network, account]
        _bound(self._turns)
        return wait


def page_after(wanted: str) -> str:
    """Where to go after logging in: a page of ours, whatever the address said."""
    return wanted if _PAGE.fullmatch(wanted) else "/"


def _failures(counts: dict[str, tuple[int, float]], key: str, now: float) -> tuple[int, float]:
    """How many there were, and when the last was."""
    count, last = counts.get(key, (0, now))
    return (0, now) if now - last > FORGOTTEN else (count, last)


def _count(counts: dict[str, tuple[int, float]], key: str, now: float) -> None:
    count, _ = _failures(counts, key, now)
    counts.pop(key, None)
    counts[key] = count + 1, now
    _bound(counts)


def _bound(kept: dict[Any, Any]) -> None:
    if len(kept) > MOST:
        del kept[next(iter(kept))]


def _pause(failures: int, free: int) -> float:
    return min(2.0 ** (failures - free), LONGEST) if failures > free else 0.0


def _network(address: str) -> str:
    """The address, or of IPv6 the network that one reader has to themselves."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return parsed.exploded[:19] if isinstance(parsed, IPv6Address) else address


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
