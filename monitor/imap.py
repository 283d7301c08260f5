"""The door to a mailbox: IMAP4rev1 (RFC 3501) over TLS, for reading only.

The mailbox is opened with EXAMINE and messages are taken with BODY.PEEK, so that none is marked as
read, moved or deleted. What was seen last is kept as `uidvalidity:uid`. Time and bytes are bounded
as they are for the web, and the connection goes to an address that the guard has checked.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import socket
import ssl
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from monitor.errors import MonitorError, Refused, Unreachable
from monitor.fetch import Fetched, HttpSettings, NotModified
from monitor.guard import MAIL_PORT, Guard
from monitor.mailbag import pack
from monitor.model import Validators
from monitor.request import Document, Request
from monitor.sources.mailbox import folder

SCHEME = "imaps"
MAX_MESSAGES = 20
# Of a message its first part only: texts come first, and attachments are not read.
MAX_MESSAGE = 200_000
_UID = re.compile(rb"UID (\d{1,10})")


class Mailboxes:
    """Reads mailboxes, one at a time per server. `guard` and `trust` are as for `Fetcher`."""

    def __init__(
        self, settings: HttpSettings, *, guard: Guard | None = None, trust: ssl.SSLContext | None = None
    ) -> None:
        self._settings = settings
        self._guard = guard or Guard(settings.allow_private, ports=frozenset({MAIL_PORT}))
        self._trust = trust
        self._servers: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def fetch(
        self, request: Request, validators: Validators, *, subject: str = ""
    ) -> Fetched | NotModified:
        """The messages since those seen last, the oldest first, or at first the newest.

        Raises Unreachable or Refused, with `subject` on it. What the server says is not repeated:
        it may hold what it was told.
        """
        try:
            place = self._guard.check_url(request.url, (SCHEME,))
            async with self._servers[place.host], asyncio.timeout(self._settings.deadline):
                addresses = await self._guard.resolve(place.host, place.port or MAIL_PORT)
                visit = _Visit(
                    host=place.host,
                    port=place.port or MAIL_PORT,
                    addresses=[str(address) for address in addresses],
                    folder=folder(place.path),
                    request=request,
                    seen=validators.etag,
                    trust=self._trust or ssl.create_default_context(),
                    settings=self._settings,
                )
                return await _make(visit)
        except MonitorError as error:
            error.subject = subject
            raise
        except TimeoutError:
            message = f"no complete answer within {self._settings.deadline:g} s"
            raise Unreachable(message, subject=subject) from None
        except (OSError, UnicodeError):
            message = "its name cannot be looked up"
            raise Unreachable(message, subject=subject, no_network=True) from None


async def _make(visit: _Visit) -> Fetched | NotModified:
    """In a thread; where time is up, the line is cut, which ends the thread."""
    try:
        return await asyncio.to_thread(visit.make)
    except asyncio.CancelledError:
        visit.hang_up()
        raise


@dataclass(slots=True)
class _Visit:
    """One look into one mailbox."""

    host: str
    port: int
    addresses: Sequence[str]
    folder: str
    request: Request = field(repr=False)
    seen: str
    trust: ssl.SSLContext
    settings: HttpSettings
    line: socket.socket | None = None
    over: bool = False

    def hang_up(self) -> None:
        """Cut the line, from another thread."""
        self.over = True
        if self.line:
            with suppress(OSError):
                # The plain socket's own: that of TLS would wait for the other side.
                socket.socket.shutdown(self.line, socket.SHUT_RDWR)

    def make(self) -> Fetched | NotModified:
        try:
            server = self._connect()
            try:
                return self._look(server)
            finally:
                with suppress(imaplib.IMAP4.error, OSError, MonitorError):
                    server.logout()
                with suppress(OSError):  # closed by it already, unless it broke off
                    server.shutdown()
        except MonitorError:
            raise
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"its certificate is not valid: {error.verify_message}") from None
        except (OSError, imaplib.IMAP4.abort) as error:
            raise Unreachable(f"the exchange broke off ({type(error).__name__})") from None
        except Exception as error:  # noqa: BLE001 - whatever a hostile server makes the library raise
            raise Refused(f"its answers are not IMAP ({type(error).__name__})") from None

    def _connect(self) -> _Server:
        for address in self.addresses:
            try:
                return _Server(self, address)
            except ssl.SSLError:
                raise
            except OSError:
                if self.over:
                    break
        raise Unreachable("no connection", no_network=True)

    # -------------------------------------------------------------- the dialogue

    def _look(self, server: _Server) -> Fetched | NotModified:
        self._sign_in(server)
        said, counted = server.select(f'"{_quoted(self.folder)}"', readonly=True)
        if said != "OK":
            raise Refused(f"has no mailbox called '{self.folder}'")
        validity = _number(server.response("UIDVALIDITY")[1])
        known, _, last = self.seen.partition(":")
        goes_on = known == str(validity) and last.isdecimal()
        uids = self._since(server, int(last)) if goes_on else self._newest(server, _number(counted))
        newest = int(last) if goes_on else 0
        messages: list[bytes] = []
        for uid in uids:
            if server.room < 2 * self._largest:
                break
            messages.extend(self._message(server, uid))
            newest = uid
        validators = Validators(etag=f"{validity}:{newest}")
        if not messages:
            return NotModified(validators)
        return Fetched(Document(pack(messages), {}, self.request.url), validators)

    @property
    def _largest(self) -> int:
        return min(MAX_MESSAGE, self.settings.max_bytes // 4)

    def _sign_in(self, server: _Server) -> None:
        headers = dict(self.request.headers)
        user, password = headers.get("user", ""), headers.get("password", "")
        try:
            if "AUTH=PLAIN" in server.capabilities:  # RFC 4616: any character may be in it
                server.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            else:
                server.login(f'"{_quoted(user)}"', password)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, UnicodeError):
            remedy = "set keys.mailbox; many providers want a password for applications"
            raise Refused(f"does not accept the user or password: {remedy}", status=401) from None

    def _newest(self, server: _Server, count: int) -> Sequence[int]:
        if not count:
            return ()
        said, found = server.fetch(f"{max(1, count - MAX_MESSAGES + 1)}:*", "(UID)")
        _agreed(said)
        lines = (line for line in found if isinstance(line, bytes))
        return sorted({int(uid[1]) for line in lines if (uid := _UID.search(line))})[-MAX_MESSAGES:]

    def _since(self, server: _Server, last: int) -> Sequence[int]:
        said, found = server.uid("SEARCH", f"UID {last + 1}:*")
        _agreed(said)
        numbers = {int(text) for text in (found[0] or b"").split() if text.isdigit()}
        return sorted(uid for uid in numbers if uid > last)[:MAX_MESSAGES]

    def _message(self, server: _Server, uid: int) -> list[bytes]:
        """One message, or none where it was deleted meanwhile."""
        said, found = server.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{self._largest}>)")
        _agreed(said)
        return [part[1] for part in found if isinstance(part, tuple)][:1]


class _Server(imaplib.IMAP4_SSL):
    """A connection to a checked address, which gives `room` bytes and no more."""

    def __init__(self, visit: _Visit, address: str) -> None:
        self.room = visit.settings.max_bytes
        self._visit = visit
        self._address = address
        timeout = visit.settings.deadline
        super().__init__(visit.host, visit.port, ssl_context=visit.trust, timeout=timeout)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = socket.create_connection((self._address, self.port), timeout)
        line = self._visit.trust.wrap_socket(
            plain, server_hostname=self._visit.host, do_handshake_on_connect=False
        )
        self._visit.line = line
        try:
            if self._visit.over:
                raise ConnectionAbortedError
            line.do_handshake()
        except BaseException:
            line.close()
            raise
        return line

    def read(self, size: int) -> bytes:
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise Refused("the server sends more than a look into a mailbox may take (http.max_bytes)")


def _agreed(said: str) -> None:
    if said != "OK":  # passed over, what is there would be lost
        raise Unreachable("the mail server could not do it: it may the next time")


def _quoted(text: str) -> str:
    """For a quoted string (RFC 3501 section 4.3)."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _number(found: Sequence[object]) -> int:
    first = found[0] if found else None
    return int(first) if isinstance(first, bytes) and first.isdigit() else 0
