"""A mailbox that press lists write to: each message becomes an entry.

Messages are RFC 5322 and MIME, read by the standard library. Who writes in `From` is not proven: the
mailbox should be one that nobody else writes to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from html import escape, unescape
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Key

from monitor.entries import Written, reading
from monitor.errors import Refused, Unreadable
from monitor.guard import Guard
from monitor.kind import Kind
from monitor.links import true_link, web_link
from monitor.mailbag import unpack
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Request
from monitor.sourcefile import SourceFile
from monitor.text import clean, fold

MAX_HEADER = 2000
MAX_PARTS = 50
MAX_LINKS = 200
_BOUNDARY = re.compile(rb"boundary\s*=|message/(?:rfc822|partial|external-body)", re.IGNORECASE)
_HREF = re.compile(r"""<a\s[^<>]{0,1000}?href\s*=\s*["']?(https?:[^"'\s>]{1,2000})""", re.IGNORECASE)
_BARE = re.compile(r"https?://[^\s<>\"'\[\]()]{1,2000}", re.IGNORECASE)
# What stands in every message of a list: the list's own business, other places, pictures.
_IDLE = re.compile(
    r"unsubscribe|opt-?out|preferences|/subscribers?/|/privacy|forward-?to|\.(?:png|jpe?g|gif|svg|ico)$"
    r"|^https?://(?:[\w-]+\.)?(?:facebook|twitter|x|linkedin|instagram|youtube|flickr|threads)\.(?:com|net)/",
    re.IGNORECASE,
)


def _imaps(text: str) -> str:
    try:
        folder(Guard().check_url(text, ("imaps",)).path)
    except Refused as error:
        raise ValueError(f"{error}: write imaps://mail.example.com/INBOX") from None
    return text


def folder(path: str) -> str:
    """The mailbox that the path of an address, decoded, names; INBOX where it names none.

    Raises Refused for one that cannot stand in a command.
    """
    name = path.strip("/") or "INBOX"
    if not re.fullmatch(r"[\x20-\x7e]{1,200}", name):
        raise Refused("the name of the mailbox has to be plain letters")
    return name


Listed = Annotated[str, StringConstraints(min_length=2, max_length=200)]


class MailboxFile(SourceFile):
    """A mailbox over IMAP with TLS. Without `from` and `subject` all messages are read."""

    kind: Literal["mailbox"] = "mailbox"
    url: Annotated[str, AfterValidator(_imaps), Key(description="imaps://mail.example.com/INBOX")]
    key: str = "mailbox"
    user: Annotated[
        str,
        StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$"),
        Key(description="Who signs in; the password stands under [keys] in the settings."),
    ]
    senders: Annotated[
        list[Listed], Key(alias="from", description="Whose messages are read: an address or a domain.")
    ] = []
    subject: Annotated[list[Listed], Key(description="One of these stands in the subject.")] = []


def ask(source: Source, asking: Asking) -> Request:
    """What came since the last look, by the door for mail."""
    options = source.options_as(MailboxFile)
    return Request(source.url, headers=(("user", options.user), ("password", asking.secret)))


# ------------------------------------------------------------------ reading


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Messages from the senders and about the subjects asked for. See `monitor.kind.Read`."""
    wanted: list[Written] = []
    set_aside: list[str] = []
    options = source.options_as(MailboxFile)
    for number, raw in enumerate(unpack(document.body, source.id), start=1):
        try:
            message = _parsed(raw)
            if _is_wanted(message, options):
                wanted.append(written(message, raw))
        except Exception as error:  # noqa: BLE001 - one message's surprise is that message's alone
            set_aside.append(f"message {number}: {type(error).__name__}: {clean(str(error), 100)}")
    try:
        found = reading(wanted, "", source, now)
    except Unreadable as error:  # and these are done with: they must not stand before those to come
        return Reading((), (*set_aside, str(error)))
    return Reading(found.entries, (*set_aside, *found.set_aside))


class _Bounded(EmailPolicy):
    """Reads the start of a header only: the time that it takes grows with the square of the length."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[:MAX_HEADER])


_POLICY = _Bounded()


def _parsed(raw: bytes) -> EmailMessage:
    if len(_BOUNDARY.findall(raw)) > MAX_PARTS:
        raise MessageError(f"more than {MAX_PARTS} parts in parts")
    message = message_from_bytes(raw, policy=_POLICY)
    assert isinstance(message, EmailMessage)
    return message


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, "")).strip()


def _is_wanted(message: EmailMessage, options: MailboxFile) -> bool:
    sender = parseaddr(_header(message, "from"))[1].lower()
    named = [one.lower() for one in options.senders]
    from_them = any(sender == one or _is_at(sender, one.removeprefix("@")) for one in named)
    about = fold(_header(message, "subject")).text
    on_it = any(fold(one).text in about for one in options.subject)
    return (from_them or not named) and (on_it or not options.subject)


def _is_at(sender: str, domain: str) -> bool:
    return "@" not in domain and sender.endswith((f"@{domain}", f".{domain}"))


def written(message: EmailMessage, raw: bytes) -> Written:
    """A message as an entry: known by its Message-ID, linked to the first page it is about."""
    plain, marked_up = _body(message, "plain"), _body(message, "html")
    links = [*_links(_BARE, plain), *_links(_HREF, marked_up)]
    archive = next(iter(_BARE.findall(_header(message, "list-archive"))), "")
    return Written(
        id=_header(message, "message-id") or hashlib.sha256(raw).hexdigest()[:32],
        link=next((link for link in links if _is_about(link)), archive),
        title=escape(_header(message, "subject")),
        text=escape(plain) or marked_up,
        date=_header(message, "date"),
    )


def _body(message: EmailMessage, kind: Literal["plain", "html"]) -> str:
    part = message.get_body((kind,))
    if part is None or part.get_content_maintype() != "text":
        return ""
    try:
        return str(part.get_content()).strip()
    except (LookupError, UnicodeError):  # a character set that nobody knows
        content = part.get_payload(decode=True)
        return content.decode("utf-8", "replace").strip() if isinstance(content, bytes) else ""


def _links(form: re.Pattern[str], text: str) -> Iterator[str]:
    for number, found in enumerate(form.finditer(text)):
        if number >= MAX_LINKS:
            break
        link = found[found.lastindex or 0].rstrip(".,;:!?")
        yield true_link(web_link(unescape(link)))


def _is_about(link: str) -> bool:
    """A page, not the front of a site."""
    parts = urlsplit(link)
    return bool(parts.path.strip("/") or parts.query) and not _IDLE.search(link)


KIND = Kind(MailboxFile, read, ask)
