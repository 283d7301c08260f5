"""RSS 0.9x to 2.0, RDF and Atom through feedparser, and JSON Feed 1.0 and 1.1.

feedparser is the judge of what a feed means, but not of dates, which it invents for forms it
does not know, and not of links, which it passes on whatever their scheme.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import feedparser
from pydantic import AfterValidator
from pydantic import Field as Key

from monitor.entries import Written, reading
from monitor.errors import Unreadable
from monitor.model import Asking, Document, Reading, Request, Source, Span
from monitor.sourcefile import SourceFile, known_address
from monitor.text import clean

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
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
    """Read a feed of any of the formats. See `monitor.sources.Read` for the contract."""
    return reading(written(document, source), document.url, source, now)


def written(document: Document, source: Source) -> list[Written]:
    """What the document says of each of its entries. Raises Unreadable."""
    body = document.body
    if not body.strip():
        raise Unreadable("the body is empty", subject=source.id)
    is_json = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    return _json(body, source) if is_json else _xml(body, document.headers, source)


# ------------------------------------------------------------------ XML


def _xml(body: bytes, headers: Mapping[str, str], source: Source) -> list[Written]:
    known = {k: headers[k] for k in ("content-type", "content-language") if k in headers}
    try:
        # A file object, always: given text or bytes, feedparser opens the file they may name.
        found = feedparser.parse(
            io.BytesIO(_mended(body)),
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
    return [_xml_entry(entry) for entry in found.entries]


def _mended(body: bytes) -> bytes:
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
