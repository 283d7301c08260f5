"""RSS 0.9x to 2.0, RDF and Atom through feedparser, and JSON Feed 1.0 and 1.1.

feedparser is the judge of what a feed means, and `wellformed` says the same of most, faster. But it is
not the judge of dates, which it invents for forms it does not know, nor of links, which it passes on
whatever their scheme.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from xml.parsers import expat

from pydantic import AfterValidator
from pydantic import Field as Key

from monitor.entries import Written, reading
from monitor.errors import Unreadable
from monitor.kind import Kind
from monitor.manners import NO_HINTS, Hints
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Request, Span
from monitor.sourcefile import SourceFile, known_address
from monitor.sources import wellformed
from monitor.text import clean

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Ten years: more is nonsense, and what is waited is capped far below.
_MOST_MINUTES = 10 * 365 * 24 * 60
# XHTML in a feed is a page's, some twenty deep; addresses and styles in attributes are short.
MAX_DEPTH, MAX_ATTRIBUTE = 500, 1_000_000
_ROOT = re.compile(rb"<[A-Za-z_]")
_ASKED = re.compile(rb"<!DOCTYPE\s+(?!html\b)[^>\[]*?\sSYSTEM\s[^>\[]*", re.IGNORECASE)
_STATED = (
    ("ttl", re.compile(rb"<ttl>([^<]*)</ttl>")),
    ("sy_updateperiod", re.compile(rb"<sy:updatePeriod>([^<]*)</")),
    ("sy_updatefrequency", re.compile(rb"<sy:updateFrequency>([^<]*)</")),
)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")


def _page(text: str) -> str:
    """The address of earlier entries, whole or as a query. Raises ValueError."""
    if not text:
        return text
    if "{n}" not in text:
        raise ValueError("the number of the page stands nowhere: write ?paged={n}")
    return text if text.startswith("?") else known_address(text)


class FeedFile(SourceFile):
    """A feed: its address, and that of its earlier entries where it has any."""

    kind: Literal["feed"] = "feed"
    page: Annotated[
        str,
        AfterValidator(_page),
        Key(description="Where earlier entries are: {n} is 2, 3 ... ; '?paged={n}' is put to the address."),
    ] = ""


def page(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """A page of earlier entries. The first is the feed itself, so that these are counted from 2."""
    written = source.options_as(FeedFile).page.replace("{n}", str(number + 2))
    if not written:
        return None
    if not written.startswith("?"):
        return Request(written)
    return Request(source.url + ("&" + written[1:] if urlsplit(source.url).query else written))


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Read a feed of any of the formats. See `monitor.kind.Read` for the contract."""
    entries, hints = _parsed(document, source)
    return replace(reading(entries, document.url, source, now), hints=hints)


def written(document: Document, source: Source) -> list[Written]:
    """What the document says of each of its entries. Raises Unreadable."""
    return _parsed(document, source)[0]


def _parsed(document: Document, source: Source) -> tuple[list[Written], Hints]:
    body = document.body
    if not body.strip():
        raise Unreadable("the body is empty", subject=source.id)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json(body, source), NO_HINTS
    return _xml(body, document.headers, source)


# ------------------------------------------------------------------ XML


def _xml(body: bytes, headers: Mapping[str, str], source: Source) -> tuple[list[Written], Hints]:
    known = {k: headers[k] for k in ("content-type", "content-language") if k in headers}
    body = mended(body)
    quick = wellformed.entries(body, known)
    return by_feedparser(body, known, source) if quick is None else (quick, _hints(_stated(body), body))


def by_feedparser(body: bytes, known: Mapping[str, str], source: Source) -> tuple[list[Written], Hints]:
    """The entries as feedparser reads them, and what the feed states of how often to look."""
    import feedparser  # most feeds do without it, and starting up would pay for it

    if harm := _harm(body):
        raise Unreadable(harm, subject=source.id)
    try:
        # A file object, always: given text or bytes, feedparser opens the file they may name.
        found = feedparser.parse(
            io.BytesIO(body),
            response_headers=known,  # without the address: a guid is to stay as it is written
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        # Whatever a hostile document makes the parser raise is this document's fault alone.
        message = f"cannot be read as a feed ({type(error).__name__})"
        raise Unreadable(message, subject=source.id) from error
    if not found.get("version") and not found.entries:
        raise Unreadable(_not_a_feed(body, found), subject=source.id)
    return [_xml_entry(entry) for entry in found.entries], _hints(found.feed, body)


def _harm(body: bytes) -> str:
    """What no feed needs and attacks on parsers are made of; empty where there is nothing of it."""
    root = _ROOT.search(body)
    prolog = body[: root.start() if root else 0]
    if b"<!ENTITY" in prolog:
        return "declares entities of its own, which no feed needs"
    asked = _ASKED.search(prolog)
    if asked and b"netscape.com" not in asked[0]:  # what RSS 0.91 names is well known, and not asked for
        return "names a document type from elsewhere, which no feed needs"
    try:
        _measured(body)
    except _TooMuch as error:
        return str(error)
    return ""


def _measured(body: bytes) -> None:
    """Raises _TooMuch at elements too deep in one another or attributes too long."""
    open_ = 0

    def start(_: str, attributes: list[str]) -> None:
        nonlocal open_
        open_ += 1
        if open_ > MAX_DEPTH:
            raise _TooMuch(f"elements within one another more than {MAX_DEPTH} deep")
        if any(len(value) > MAX_ATTRIBUTE for value in attributes):
            raise _TooMuch(f"an attribute of more than {MAX_ATTRIBUTE:,} characters")

    def end(_: str) -> None:
        nonlocal open_
        open_ -= 1

    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    # What is not well-formed is measured as far as it is: the lenient way through it keeps no stack.
    with suppress(expat.ExpatError, LookupError, ValueError):
        parser.Parse(body, True)  # noqa: FBT003 - it takes no names


class _TooMuch(Exception):
    """More of something than any feed has."""


def mended(body: bytes) -> bytes:
    """The body without two things that feedparser stumbles over: UTF-16 or UTF-32 known by nothing
    but its byte order mark, and references to no character (half an emoji, cut by the publisher).
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            body = codecs.BOM_UTF8 + body.decode(encoding, "replace").encode("utf-8", "replace")
            break
    return _REFERENCE.sub(lambda found: found[0] if _is_character(found) else b"&#xFFFD;", body)


def _is_character(reference: re.Match[bytes]) -> bool:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    number = int(digits, base) if len(digits) <= 10 else -1
    return 0 < number < 0xD800 or 0xDFFF < number <= 0x10FFFF


def _not_a_feed(body: bytes, found: Any) -> str:
    if re.search(rb"<(!doctype\s+html|html|head|body)\b", body[:4096], re.IGNORECASE):
        return "an HTML page came where a feed was expected"
    reason = found.get("bozo_exception")
    return f"not a feed ({clean(str(reason), 150)})" if reason else "not a feed"


def _xml_entry(entry: Any) -> Written:
    # dict.get: feedparser's own answers for a missing key with a neighbour's value.
    def get(key: str) -> str:
        return str(dict.get(entry, key) or "")

    contents = [str(c.get("value") or "") for c in dict.get(entry, "content") or []]
    texts = [get("summary"), *contents]
    links = dict.get(entry, "links") or []
    link = get("link") or _first_link(links)
    if not links and "://" not in get("id"):
        link = ""  # a guid that says it is a link, and is none
    return Written(
        id=get("id"),
        link=link,
        title=get("title"),
        text=max(texts, key=len),
        date=get("published") or get("updated") or get("created"),
    )


def _first_link(links: Iterable[Any]) -> str:
    """The entry's own page where it says no better: not an enclosure, not a comment feed."""
    for link in links:
        if link.get("rel", "alternate") in ("alternate", "self", "via") and link.get("href"):
            return str(link["href"])
    return ""


# ------------------------------------------------------------------ how often to look


def _hints(channel: Any, body: bytes) -> Hints:
    """What the feed states: `ttl`, `skipHours` and `skipDays` of RSS 2.0, and the syndication module
    (https://web.resource.org/rss/1.0/modules/syndication/): so many updates in a period.

    What makes no sense is as good as unsaid. Of the skipped hours feedparser keeps the last alone.
    """
    minutes = _whole(dict.get(channel, "ttl"))
    period = _PERIODS.get(str(dict.get(channel, "sy_updateperiod", "")).strip().lower())
    often = _whole(dict.get(channel, "sy_updatefrequency", "1"))
    stated = [timedelta(minutes=min(minutes, _MOST_MINUTES))] if minutes else []
    stated += [period / often] if period and often else []
    hours = frozenset(int(hour) % 24 for hour in _skipped(body, b"hour") if len(hour) < 3 and hour.isdigit())
    names = [day.decode("ascii", "ignore").lower() for day in _skipped(body, b"day")]
    days = frozenset(_DAYS.index(name) for name in names if name in _DAYS)
    return Hints(max(stated, default=None), hours, days)


def _stated(body: bytes) -> dict[str, str]:
    """What a well-formed feed says above its entries, by feedparser's names."""
    head = body[: body.find(b"<item")] if b"<item" in body else body
    found = ((name, pattern.search(head)) for name, pattern in _STATED)
    return {name: match[1].decode("ascii", "replace") for name, match in found if match}


def _whole(text: object) -> int:
    """A positive whole number; 0 for anything else."""
    found = str(text or "").strip()
    return int(found[:9]) if found.isascii() and found.isdecimal() else 0


def _skipped(body: bytes, name: bytes) -> list[bytes]:
    """What stands in <skipHours> or <skipDays>; there are at most 24 hours, and 7 days."""
    start = body.find(b"<skip" + name.capitalize() + b"s>")
    block = body[start : start + 2000].partition(b"</skip")[0] if start >= 0 else b""
    return [piece.partition(b"<")[0].strip() for piece in block.split(b"<" + name + b">")[1:25]]


# ------------------------------------------------------------------ JSON Feed


def _json(body: bytes, source: Source) -> list[Written]:
    """https://www.jsonfeed.org/version/1.1/"""
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        message = f"JSON that cannot be read ({type(error).__name__})"
        raise Unreadable(message, subject=source.id) from None
    items = document.get("items") if isinstance(document, dict) else None
    if "jsonfeed.org/version/" not in str(document.get("version", "")) or not isinstance(items, list):
        raise Unreadable("JSON, but not a JSON Feed", subject=source.id)
    return [_json_entry(item) for item in items if isinstance(item, dict)]


def _json_entry(item: Mapping[str, Any]) -> Written:
    def get(*keys: str) -> str:
        found = (item.get(key) for key in keys)
        return next((str(v) for v in found if isinstance(v, (str, int, float)) and v != ""), "")

    return Written(
        id=get("id"),
        link=get("url", "external_url"),
        title=get("title"),
        text=get("content_html", "content_text", "summary"),
        date=get("date_published", "date_modified"),
    )


KIND = Kind(FeedFile, read, page=page)
