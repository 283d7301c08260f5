"""Who may see the pages where a password is set: sessions, and guessing that gets slower.

Both live in memory alone: a restart, and so a new password, ends every session.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

# A session is 256 bits, as OWASP asks for at least 64 of entropy
# (https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html).
BYTES, DAYS_LOGGED_IN = 32, 7
_LASTS = DAYS_LOGGED_IN * 86400.0
FREE, LONGEST, FORGOTTEN = 4, 60.0, 3600.0
MOST = 1000
# A page of ours: no host, nor what browsers take for one.
_PAGE = re.compile(r"/(?!/)[^\\\x00-\x1f\x7f]*")

Monotonic = Callable[[], float]


class Sessions:
    """Those who are logged in, by the hash of what their cookie holds. `clock` counts seconds."""

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()

    def begin(self) -> str:
        """A new session, whatever cookie there was; answers what the cookie holds."""
        token = secrets.token_urlsafe(BYTES)
        with self._lock:
            now = self._clock()
            going_on = [(key, end) for key, end in self._ends.items() if end > now]
            self._ends = dict(going_on[-MOST + 1 :]) | {_hash(token): now + _LASTS}
        return token

    def knows(self, token: str) -> bool:
        return self._ends.get(_hash(token), 0.0) > self._clock()

    def end(self, token: str) -> None:
        with self._lock:
            self._ends.pop(_hash(token), None)


class Slowing:
    """Lets nobody guess fast: after some failures an address waits, twice as long each time, up to a minute.

    The address is that of the connection: what a request says of itself counts for nothing. Behind a proxy
    all readers have one.
    """

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._failed: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def take(self, address: str) -> float:
        """Begin an attempt, which counts as failed until `passed`; answers how many seconds are to be waited
        first, 0 where it may be made."""
        key, now = _network(address), self._clock()
        with self._lock:
            count, last = self._failed.get(key, (0, now))
            count = 0 if now - last > FORGOTTEN else count
            wait = last + _pause(count) - now
            if wait > 0:
                return wait
            self._failed.pop(key, None)
            self._failed[key] = count + 1, now
            if len(self._failed) > MOST:
                del self._failed[next(iter(self._failed))]
        return 0.0

    def passed(self, address: str) -> None:
        with self._lock:
            self._failed.pop(_network(address), None)


def is_right(given: str, password: str) -> bool:
    """Compared in the same time whatever was given, and however long."""
    return secrets.compare_digest(
        hashlib.sha256(given.encode()).digest(), hashlib.sha256(password.encode()).digest()
    )


def page_after(wanted: str) -> str:
    """Where to go after logging in: a page of ours, whatever the address said."""
    return wanted if _PAGE.fullmatch(wanted) else "/"


def _pause(failures: int) -> float:
    return min(2.0 ** (failures - FREE), LONGEST) if failures > FREE else 0.0


def _network(address: str) -> str:
    """The address, or of IPv6 the network that one reader has to themselves."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return parsed.exploded[:19] if isinstance(parsed, IPv6Address) else address


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
