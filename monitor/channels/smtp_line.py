"""A line to the mail server: SMTP over an encrypted connection, one mail after the other.

A password is never sent in clear, and nothing goes in clear to another machine; certificates are
checked. SMTP cannot say after a lost connection whether a mail was taken (RFC 1047): that end has an
error of its own, and every other one says for certain that it was not.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, unquote

from monitor.channels import PARKED
from monitor.channels.smtp_hearing import Hearing, HearingTLS
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.text import clean, shorten

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# RFC 5321 section 4.5.4.1 asks for at least half an hour; an alert is worth a little more haste.
LATER = timedelta(minutes=5)
# Seconds to wait for an answer. That to a whole mail may take longer, as servers look through it:
# RFC 5321 section 4.5.3.2.6 gives them ten minutes, but an attempt must be over before the next one.
PATIENCE, ATTEMPT, GOODBYE = 30.0, 240.0, 5.0
AT_END = 4  # times PATIENCE
MAX_MAILS = 100  # over one connection: servers have limits, and close what goes on for ever
MAX_IN_VAIN = 3
_DOT = re.compile(rb"^\.", re.MULTILINE)


class Line:
    """A connection that is opened when a mail needs it and serves for many; a context manager.

    It is opened anew after MAX_MAILS mails, and where the server hung up before it heard a mail. Where
    it cannot be opened, or MAX_IN_VAIN connections in a row were lost before they took a mail, no
    further one is tried: the other mails fail for the same reason, and no server is shown a wrong
    password once for each.
    """

    def __init__(self, url: SplitResult, *, patience: float = PATIENCE) -> None:
        self._url = url
        self._host = url.hostname or ""
        self._patience = patience
        self._end = 0.0
        self._server: smtplib.SMTP | None = None
        self._asked = self._taken = self._in_vain = 0
        self._over: DeliveryFailed | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    @property
    def over(self) -> bool:
        """Is no further mail tried over it?"""
        return self._over is not None

    def check(self) -> None:
        """Open it. Raises DeliveryFailed where that does not go."""
        self._end = monotonic() + ATTEMPT
        self._opened()

    def send(self, sender: str, to: str, mail: bytes) -> None:
        """Hand one mail over: CRLF lines in ASCII, without the final dot.

        Raises DeliveryFailed where the server has not taken it, and DeliveryUnknown where it may have.
        """
        if self._over:
            raise _again(self._over, to)
        self._end = monotonic() + ATTEMPT
        try:
            self._hand_over(self._begun(sender, to, len(mail)), mail, to)
        except DeliveryUnknown:
            self._lost(DeliveryFailed("the mail server breaks off", retryable=True, retry_after=LATER))
            raise
        except DeliveryFailed as error:
            raise _again(error, to) from None
        except (smtplib.SMTPException, OSError) as error:
            failed = _meaning(error, self._host, to)
            if _gone(error):
                self._lost(failed)
            else:
                self._start_over()
            raise failed from None
        self._taken += 1
        self._in_vain = 0

    # -------------------------------------------------------------- one mail

    def _begun(self, sender: str, to: str, size: int) -> smtplib.SMTP:
        """The connection, ready to hear the mail. One that was there may have been closed meanwhile."""
        if self._asked >= MAX_MAILS:
            self._hang_up()
        used = self._server is not None
        try:
            return self._announce(self._opened(), sender, to, size)
        except (smtplib.SMTPException, OSError) as error:
            if not (used and _gone(error)):
                raise
        self._hang_up()
        return self._announce(self._opened(), sender, to, size)

    def _announce(self, server: smtplib.SMTP, sender: str, to: str, size: int) -> smtplib.SMTP:
        self._asked += 1
        options = [f"size={size}"] if server.has_extn("size") else []
        self._wait(server)
        _expect("MAIL", server.mail(sender, options), 250)
        self._wait(server)
        _expect("RCPT", server.rcpt(to), 250, 251)
        self._wait(server)
        _expect("DATA", server.docmd("DATA"), 354)
        return server

    def _hand_over(self, server: smtplib.SMTP, mail: bytes, to: str) -> None:
        self._wait(server)
        # In one piece: where sending breaks off, the final dot was not sent. RFC 5321 section 4.5.2.
        server.send(_DOT.sub(b"..", mail) + b".\r\n")
        self._wait(server, AT_END)
        try:
            answer = server.getreply()
        except smtplib.SMTPException:
            answer = (0, b"")
        if not (answer[0] == 250 or 400 <= answer[0] < 600):
            raise DeliveryUnknown("the mail server broke off", subject=to)
        _expect("DATA", answer, 250)

    def _start_over(self) -> None:
        """After a refusal: the next mail begins at its beginning."""
        server = self._server
        if server is None:
            return
        try:
            ready = server.rset()[0] == 250
        except (smtplib.SMTPException, OSError):
            ready = False
        if not ready:
            self._hang_up()

    def _lost(self, failed: DeliveryFailed) -> None:
        """The server broke off, or says that it does."""
        if not self._taken:
            self._in_vain += 1
        if self._in_vain >= MAX_IN_VAIN:
            self._over = failed
        self._hang_up()

    # -------------------------------------------------------------- the connection

    def _opened(self) -> smtplib.SMTP:
        if self._server is None:
            try:
                self._server = self._open()
            except DeliveryFailed as error:
                self._over = error
                raise
            except (smtplib.SMTPException, OSError, UnicodeError) as error:
                self._over = _meaning(error, self._host, self._host, opening=True)
                raise self._over from None
            self._asked = self._taken = 0
        return self._server

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = HearingTLS(
                self._host, self._url.port or 465, timeout=self._patience, context=context
            )
        else:
            server = Hearing(self._host, self._url.port or 587, timeout=self._patience)
        try:
            self._greet(server)
            if self._url.scheme == "smtp":
                self._encrypt(server, context)
            if self._url.username:
                self._wait(server)
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _greet(self, server: smtplib.SMTP) -> None:
        self._wait(server)
        _expect("EHLO", server.ehlo(), 250)

    def _encrypt(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        if server.has_extn("starttls"):
            self._wait(server)
            server.starttls(context=context)
            self._greet(server)
        elif self._url.username or self._host not in LOOPBACK:
            message = f"the mail server {self._host} offers no encryption (use smtps:// or another port)"
            raise DeliveryFailed(message, subject=self._host, retry_after=PARKED, parks=True)

    def _wait(self, server: smtplib.SMTP, times: int = 1) -> None:
        """How long the next step may take: as long as is usual, but the attempt has an end."""
        if server.sock is not None:
            left = max(self._end - monotonic(), 1.0)
            server.sock.settimeout(min(times * self._patience, left))

    def _hang_up(self) -> None:
        """What was taken stays taken, however the server takes the goodbye."""
        server, self._server = self._server, None
        self._asked = self._taken = 0
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                if server.sock is not None:
                    server.sock.settimeout(min(GOODBYE, self._patience))
                    server.quit()
            server.close()


class _Answer(smtplib.SMTPResponseException):
    """An answer that is no yes; `step` is what it answers."""

    def __init__(self, step: str, code: int, text: bytes) -> None:
        super().__init__(code, text)
        self.step = step


def _expect(step: str, answer: tuple[int, bytes], *good: int) -> None:
    if answer[0] not in good:
        raise _Answer(step, *answer)


def _gone(error: Exception) -> bool:
    """Has the server hung up, or does it say so? 421 may answer any command (RFC 5321 section 3.8)."""
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code == 421 or not 400 <= error.smtp_code < 600
    return True


def _meaning(error: Exception, host: str, subject: str, *, opening: bool = False) -> DeliveryFailed:
    """What an error says of a mail that was certainly not taken."""
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
        message = f"the mail server does not accept the user or password of email.smtp ({error.smtp_code})"
        return DeliveryFailed(message, subject=subject, retry_after=PARKED, parks=True)
    if isinstance(error, smtplib.SMTPResponseException):
        step = getattr(error, "step", "")
        return refused(error.smtp_code, _words(error.smtp_error), subject, step, opening=opening)
    if isinstance(error, smtplib.SMTPNotSupportedError | UnicodeError):
        message = f"the mail server {host} takes no such user (use another port, or a password in ASCII)"
        return DeliveryFailed(message, subject=subject, retry_after=PARKED, parks=True)
    if isinstance(error, ssl.SSLError):
        message = f"the server's certificate or encryption is refused ({error.reason})"
        return DeliveryFailed(message, subject=subject, retry_after=PARKED, parks=True)
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        message = f"the mail server {host} did not answer in time"
    elif isinstance(error, socket.gaierror):
        message = f"the mail server {host} is not found: is its name in email.smtp right?"
    elif isinstance(error, ConnectionRefusedError):
        message = f"the mail server {host} refuses the connection: is its port in email.smtp right?"
    elif isinstance(error, smtplib.SMTPServerDisconnected):
        message = "the mail server broke off before it took the message"
    else:
        message = f"the mail server {host} cannot be used ({type(error).__name__})"
    return DeliveryFailed(message, subject=subject, retryable=True, retry_after=LATER)


def refused(code: int, text: str, subject: str, step: str = "", *, opening: bool = False) -> DeliveryFailed:
    """4xx passes; of the 5xx, those about us wait for a person, the rest are final for this mail.

    About us are 530 to 538, and all that is said before it was heard whom the mail is from. `code` of
    the error is the step and the answer: "RCPT 550".
    """
    message, word = f"the mail server answered {code}: {text}", f"{step} {code}".strip()
    if not 500 <= code < 600:
        return DeliveryFailed(message, subject=subject, retryable=True, retry_after=LATER, code=word)
    if opening or 530 <= code < 540:
        return DeliveryFailed(message, subject=subject, retry_after=PARKED, parks=True, code=word)
    return DeliveryFailed(message, subject=subject, code=word)


def _again(error: DeliveryFailed, subject: str) -> DeliveryFailed:
    """The same refusal, of another mail."""
    return DeliveryFailed(
        str(error),
        subject=subject,
        retryable=error.retryable,
        retry_after=error.retry_after,
        parks=error.parks,
        code=error.code,
    )


def _words(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return shorten(clean(text, 1000), 200)
