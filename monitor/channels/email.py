"""E-mail over SMTP, encrypted: alerts as plain messages, and whatever the digest hands over.

A password is never sent in clear, and nothing goes in clear to another machine. SMTP cannot say
after a lost connection whether a message was taken (RFC 1047), so a retry carries the same
Message-ID, which lets the receiving side drop the copy.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor import wording
from monitor.channels.settings import EmailSettings
from monitor.channels.smtp_line import PATIENCE, Line
from monitor.errors import DeliveryFailed
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Message, Notice, Receipt
from monitor.text import clean, shorten

if TYPE_CHECKING:
    from monitor.letter import Mail

# What no text may have in it, but for tabs and ends of lines: controls, and halves of characters.
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PLAIN = bytes(byte for byte in range(127) if byte != ord("="))
_WEB_ADDRESS = re.compile(r"https?://[!#-;=?-~]{1,500}")


class Email:
    """Sends over one server. An alert opens a connection of its own; `many` mails share one.

    `patience` is how long to wait for an answer, in seconds; `wait` sleeps so many.
    """

    name = "email"
    pace = timedelta(0)
    settle = timedelta(minutes=5)  # longer than an attempt of smtp_line
    threads = False

    def __init__(
        self,
        settings: EmailSettings,
        *,
        patience: float = PATIENCE,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = urlsplit(settings.smtp.get_secret_value())
        self._patience, self._sleep = patience, wait
        self._pause = 60 / settings.per_minute if settings.per_minute else 0.0
        self._next = 0.0
        name, address = parseaddr(settings.sender)
        self._from = _address(address, name)

    # -------------------------------------------------------------- alerts

    def send(self, delivery: Delivery) -> Receipt:
        message = self.compose(
            to=delivery.destination.address,
            subject=_subject(delivery.message),
            text=_body(delivery.message),
            number=delivery.id,
            now=delivery.attempted or delivery.due,
        )
        return Receipt(self.post(message))

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def update(self, delivery: Delivery) -> None:
        pass

    # -------------------------------------------------------------- many mails

    @contextmanager
    def many(self) -> Iterator[Callable[[Mail, datetime], str]]:
        """A post for many mails: one connection, opened at the first of them, and `per_minute` kept.

        It answers the Message-ID as receipt. Raises as `Line.send` does.
        """
        with self._line() as line:
            yield partial(self._mail, line)

    def _mail(self, line: Line, mail: Mail, now: datetime) -> str:
        message = self.letter(mail, now)
        if not line.over:
            self._keep_pace()
        return self._hand_over(line, message)

    def _keep_pace(self) -> None:
        early = self._next - time.monotonic()
        if early > 0:
            self._sleep(early)
        self._next = time.monotonic() + self._pause

    # -------------------------------------------------------------- any message

    def letter(self, mail: Mail, now: datetime) -> EmailMessage:
        """A digest as a message of a list: it can be filed, and be left with one click.

        RFC 2919 (List-Id), 2369 (List-Unsubscribe), 8058 (one click, which wants https).
        """
        message = self.compose(
            to=mail.to,
            subject=mail.letter.subject,
            text=mail.letter.text,
            html=mail.letter.html,
            number=mail.number,
            now=now.astimezone(ZoneInfo(mail.zone)),
        )
        message["List-Id"] = f"Signal Monitor digest <digest.{self._from.domain}>"
        by_mail = f"<mailto:{self._from.addr_spec}?subject=unsubscribe>"
        if not _WEB_ADDRESS.fullmatch(mail.leave):
            message["List-Unsubscribe"] = by_mail
            return message
        message["List-Unsubscribe"] = f"<{mail.leave}>, {by_mail}"
        if mail.leave.startswith("https:"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return message

    def compose(
        self, *, to: str, subject: str, text: str, number: str, now: datetime, html: str = ""
    ) -> EmailMessage:
        """A message with safe headers, in ASCII. `number` names it for good: the same on every retry."""
        message = EmailMessage(policy=_POLICY)
        message["From"] = self._from
        message["To"] = _address(to)
        # An encoded word would be decoded here, and what it hides could start a header of its own.
        message["Subject"] = shorten(clean(subject, 1000).replace("=?", "= ?"), 200)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{number}@{self._from.domain}>"
        # No answering machine is to answer: RFC 3834, and what Exchange reads.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(_sendable(text), cte=_encoding(text))
        if html:
            message.add_alternative(_sendable(html), subtype="html", cte=_encoding(html))
        return message

    def post(self, message: EmailMessage) -> str:
        """Hand one message to the server; its Message-ID is the receipt."""
        with self._line() as line:
            return self._hand_over(line, message)

    def check(self) -> list[str]:
        """What is wrong with the server, in words; empty where nothing is."""
        try:
            with self._line() as line:
                line.check()
        except DeliveryFailed as error:
            return [str(error)]
        return []

    def _line(self) -> Line:
        return Line(self._url, patience=self._patience)

    def _hand_over(self, line: Line, message: EmailMessage) -> str:
        line.send(self._from.addr_spec, _recipient(message), message.as_bytes())
        return str(message["Message-ID"])


class _Verbatim(UnstructuredHeader, BaseHeader):
    """A header of addresses in angle brackets, folded between them only: Python would write one that is
    longer than a line as encoded words, which no reader of this header decodes."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}".replace(", ", f",{policy.linesep} ") + policy.linesep


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Verbatim)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def _sendable(text: str) -> str:
    return _UNSENDABLE.sub("", text)


def _encoding(text: str) -> str:
    """The shorter one: quoted-printable adds two to each byte that it escapes, base64 a third to all.

    Both keep lines short, whatever a server's extensions are.
    """
    raw = text.encode("utf-8", "replace")
    escaped = len(raw.translate(None, _PLAIN))
    return "base64" if escaped * 6 > len(raw) else "quoted-printable"


def _recipient(message: EmailMessage) -> str:
    """The one address that a message is for, whatever else its headers may say."""
    return str(message["To"].addresses[0].addr_spec)


def _address(address: str, name: str = "") -> Address:
    try:
        found = Address(display_name=clean(name, 100), addr_spec=clean(address, 320))
        domain = found.domain.encode("idna").decode("ascii")
        return Address(found.display_name, found.username, domain)
    except (ValueError, IndexError, HeaderParseError):
        raise DeliveryFailed(f"'{shorten(address, 80)}' is not an e-mail address") from None


def _subject(message: Message) -> str:
    if isinstance(message, Notice | Batch):
        return f"Signal Monitor: {message.title}"
    return f"{wording.titles(message)}: {message.title}"


def _body(message: Message) -> str:
    if isinstance(message, Notice):
        return "\n".join([message.title, "", *message.lines, ""])
    if isinstance(message, Batch):
        return "\n\n".join([f"{message.title} ({message.why})", *map(_told, message.alerts)]) + "\n"
    return _told(message)


def _told(alert: Alert) -> str:
    return "\n".join(
        [
            wording.reason(alert),
            "",
            alert.title,
            wording.origin(alert),
            alert.link,
            "",
            alert.excerpt,
            "",
            *([f"Facts: {wording.facts(alert)}"] if wording.facts(alert) else []),
            *([f"New: {wording.news(alert)}"] if alert.news else []),
            f"Why: {wording.why(alert)}",
            f"Words: {', '.join(alert.hits)}",
            f"Watchlist: {alert.watchlist_title} ({alert.watchlist})",
            "",
        ]
    )
