"""A name and a password -> who it is. However many ask, few passwords are worked out at once."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.web import passwords
from monitor.web.admission import asker
from monitor.web.people import Monotonic, Person, Role, account, spelt
from monitor.web.sessions import Slowing
from monitor.web.settings import WebSettings

# Passwords that are worked out at once, each of which takes 32 MiB; those that may wait for it; and how many
# that were right are known again.
AT_ONCE, IN_LINE, KNOWN = 2, 20, 64


class TooSoon(Exception):
    """So many seconds have to pass first."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.0f} s")
        self.seconds = max(1, round(seconds + 0.5))


class Credentials:
    """Those of the settings. `clock` counts seconds; `fits` says whether a password is that which is kept."""

    def __init__(
        self, web: WebSettings, clock: Monotonic, fits: Callable[[str, str], bool] = passwords.fits
    ) -> None:
        self._web = web
        self._users = {account(user.name): user for user in web.users}
        self._slowing = Slowing(clock)
        self._fits = fits
        self._pool = ThreadPoolExecutor(AT_ONCE, "passwords")
        self._in_line = 0
        self._secret = secrets.token_bytes(32)
        self._known: dict[bytes, Person] = {}

    async def person(self, name: str, password: str, request: Request) -> Person | None:
        """Who it is; None where the password is not theirs, which takes as long where there is nobody of that
        name. Raises TooSoon where it is guessed at, and 503 where too many ask.

        The password for all is that of nobody who has their own.
        """
        shared = self._web.password.get_secret_value()
        user = self._users.get(account(name))
        slowed = account(name) if user or not shared else ""
        address = self._address(request)
        if (wait := self._slowing.take(address, slowed)) > 0:
            raise TooSoon(wait)
        if not await self._right(password, user.password.get_secret_value() if user else shared):
            return None
        self._slowing.passed(address, slowed)
        return Person(user.name, user.role) if user else Person(spelt(name), Role.EDITOR)

    async def of_machine(self, request: Request) -> Person | None:
        """Who asks by HTTP Basic (RFC 7617): scripts and feed readers send their password each time, which is
        worked out the first time alone. Raises as `person` does."""
        scheme, _, written = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            given = base64.b64decode(written.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        key = hmac.digest(self._secret, given.encode(), "sha256")
        if key not in self._known:
            name, _, password = given.partition(":")
            found = await self.person(name, password, request)
            if found is None:
                return None
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[key] = found
        return self._known[key]

    async def _right(self, given: str, kept: str) -> bool:
        if self._in_line >= IN_LINE:
            raise HTTPException(503, headers={"Retry-After": "5"})
        self._in_line += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._fits, given, kept)
        finally:
            self._in_line -= 1

    def _address(self, request: Request) -> str:
        """From where it comes, as far as that is to be believed."""
        peer = request.client.host if request.client else ""
        if not self._web.proxy_header:
            return peer
        return asker(peer, ",".join(request.headers.getlist(self._web.proxy_header)), self._web.proxies)
