"""E-mail over SMTP, encrypted: alerts as plain messages, and whatever the digest hands over.

A password is never sent in clear, and nothing goes in clear to another machine. SMTP cannot say
after a lost connection whether a message was taken (RFC 1047), so a retry carries the same
Message-ID, which lets the receiving side drop the copy.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from monitor import wording
from monitor.channels import PARKED
from monitor.channels.settings import EmailSettings
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Message, Notice, Receipt
from monitor.text import clean, shorten

TIMEOUT_SECONDS = 30
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# RFC 5321 section 4.5.4.1 asks for at least half an hour; an alert is worth a little more haste.
LATER = timedelta(minutes=5)


class Email:
    """Sends over one server. Each message opens its own connection."""

    name = "email"
    pace = timedelta(0)
    settle = timedelta(minutes=5)  # each step of a slow dialogue has a time-out of its own
    threads = False

    def __init__(self, settings: EmailSettings) -> None:
        self._url = urlsplit(settings.smtp.get_secret_value())
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

    # -------------------------------------------------------------- any message

    def compose(
        self, *, to: str, subject: str, text: str, number: str, now: datetime, html: str = ""
    ) -> EmailMessage:
        """A message with safe headers. `number` names it for good: the same on every retry."""
        message = EmailMessage()
        message["From"] = self._from
        message["To"] = _address(to)
        # An encoded word would be decoded here, and what it hides could start a header of its own.
        message["Subject"] = shorten(clean(subject, 1000).replace("=?", "= ?"), 200)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{number}@{self._from.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        return message

    def post(self, message: EmailMessage) -> str:
        """Hand a message to the server; its Message-ID is the receipt."""
        subject = str(message["To"])
        began = False
        try:
            with self._connection() as server:
                began = True
                server.send_message(message, to_addrs=[_recipient(message)])
        except smtplib.SMTPAuthenticationError as error:
            raise _refused(error.smtp_code, "does not accept the user or password", subject) from None
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refused(code, _words(text), subject) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, _words(error.smtp_error), subject) from None
        except ssl.SSLError as error:
            message_ = f"the server's certificate or encryption is refused ({error.reason})"
            raise DeliveryFailed(message_, subject=subject, retry_after=PARKED, parks=True) from None
        except smtplib.SMTPServerDisconnected:
            if began:
                raise DeliveryUnknown("the mail server broke off", subject=subject) from None
            message_ = "the mail server broke off before it took the message"
            raise DeliveryFailed(message_, subject=subject, retryable=True, retry_after=LATER) from None
        except (smtplib.SMTPException, OSError, MessageError) as error:
            message_ = f"the mail server cannot be used ({type(error).__name__})"
            raise DeliveryFailed(message_, subject=subject, retryable=True, retry_after=LATER) from None
        return str(message["Message-ID"])

    def check(self) -> list[str]:
        """What is wrong with the server, in words; empty where nothing is."""
        try:
            with self._connection() as server:
                server.noop()
        except DeliveryFailed as error:
            return [str(error)]
        except smtplib.SMTPAuthenticationError:
            return ["the mail server does not accept the user or password of email.smtp"]
        except (smtplib.SMTPException, OSError) as error:
            return [f"the mail server {self._url.hostname} cannot be used ({type(error).__name__})"]
        return []

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        host = self._url.hostname or ""
        context = ssl.create_default_context()
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, self._url.port or 465, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(host, self._url.port or 587, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo()
            if self._url.scheme == "smtp":
                self._encrypt(server, host, context)
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            yield server
        finally:
            # What was accepted stays accepted, however the server takes the goodbye.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _encrypt(self, server: smtplib.SMTP, host: str, context: ssl.SSLContext) -> None:
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif self._url.username or host not in LOOPBACK:
            raise DeliveryFailed(
                f"the mail server {host} offers no encryption (use smtps:// or another port)",
                subject=host,
                retry_after=PARKED,
                parks=True,
            )


def _recipient(message: EmailMessage) -> str:
    """The one address that a message is for, whatever else its headers may say."""
    return str(message["To"].addresses[0].addr_spec)


def _address(address: str, name: str = "") -> Address:
    try:
        return Address(display_name=clean(name, 100), addr_spec=clean(address, 320))
    except (ValueError, IndexError, HeaderParseError):
        raise DeliveryFailed(f"'{shorten(address, 80)}' is not an e-mail address") from None


def _words(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return shorten(clean(text, 1000), 200)


def _refused(code: int, text: str, subject: str) -> DeliveryFailed:
    """4xx passes; of the 5xx, those about us (530 to 538) wait for a person, the rest are final."""
    message = f"the mail server answered {code}: {text}"
    if 400 <= code < 500:
        return DeliveryFailed(message, subject=subject, retryable=True, retry_after=LATER)
    if 530 <= code < 540:
        return DeliveryFailed(message, subject=subject, retry_after=PARKED, parks=True)
    return DeliveryFailed(message, subject=subject)


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
