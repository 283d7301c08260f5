"""Site maps: the addresses of a site with the times of their last change, and Google's news maps.

https://www.sitemaps.org/protocol.html ; the news schema,
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap, adds title and date
of publication. An index leads to its newest maps.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from pydantic import AfterValidator
from pydantic import Field as Key

from monitor import xmltree
from monitor.entries import Written, reading
from monitor.errors import Unreadable
from monitor.kind import Kind
from monitor.links import web_link
from monitor.model import Reading, Source
from monitor.pattern import matcher, pattern
from monitor.request import Asking, Document, Request, Span
from monitor.sourcefile import SourceFile

MAX_INFLATED = 50_000_000
"""Bytes: the most that the protocol allows."""
NEWEST_MAPS = 2
_GZIP = b"\x1f\x8b"
_EXTENSION = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)


def _monthly(address: str) -> str:
    if address and not ("{year}" in address and "{month}" in address):
        raise ValueError("write year and month as {year} and {month}: https://example.com/{year}-{month}.xml")
    return address


class SitemapFile(SourceFile):
    """A site map or an index of them, packed with gzip or not."""

    kind: Literal["sitemap"] = "sitemap"
    only: Annotated[str, AfterValidator(pattern)] = Key(
        "", description="Only links that match this (a regular expression in RE2's syntax)."
    )
    maps: Annotated[str, AfterValidator(pattern)] = Key(
        "", description="Of an index only the maps whose address matches this (RE2's syntax)."
    )
    page: Annotated[str, AfterValidator(_monthly)] = Key(
        "", description="The address of the map of a month of the past, with {year} and {month} (two digits)."
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """An address of a map: `changed` as it is written."""

    link: str
    changed: str
    title: str = ""
    text: str = ""


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Read a map or an index. See `monitor.kind.Read` for the contract."""
    options = source.options_as(SitemapFile)
    try:
        root = xmltree.parse(_inflated(document.body))
        if xmltree.name(root) == "sitemapindex":
            return Reading((), more=_newest_maps(root, document.url, source))
        if xmltree.name(root) != "urlset":
            raise Unreadable(f"XML, but not a site map: it begins with <{xmltree.name(root)[:40]}>")
    except Unreadable as error:
        error.subject = source.id
        raise
    wanted = matcher(options.only)
    places = [place for place in _places(root) if wanted(place.link)]
    places.sort(key=lambda place: place.changed, reverse=True)
    return reading([_written(place) for place in places], document.url, source, now)


def _inflated(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    try:
        with gzip.open(io.BytesIO(body)) as packed:
            inflated = packed.read(MAX_INFLATED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"packed with gzip, but broken: {error}") from None
    if len(inflated) > MAX_INFLATED:
        raise Unreadable(f"inflates to more than {MAX_INFLATED:,} bytes")
    return inflated


def _newest_maps(root: Element, base: str, source: Source) -> tuple[Request, ...]:
    """The maps that changed last; where the index does not say, those whose names come last."""
    wanted = matcher(source.options_as(SitemapFile).maps)
    maps = [(place.changed, web_link(place.link, base)) for place in _places(root)]
    chosen = sorted({(changed, link) for changed, link in maps if link and wanted(link)}, reverse=True)
    if not chosen:
        raise Unreadable("an index of site maps that names none of those wanted: look at 'maps'")
    return tuple(Request(link) for _, link in chosen[:NEWEST_MAPS])


def _places(root: Element) -> Iterator[_Place]:
    for one in root:
        said = {xmltree.name(part): (part.text or "").strip() for part in one}
        for news in (part for part in one if xmltree.name(part) == "news"):
            said |= {xmltree.name(part): (part.text or "").strip() for part in news}
        if said.get("loc"):
            changed = said.get("publication_date") or said.get("lastmod", "")
            yield _Place(said["loc"], changed, said.get("title", ""), said.get("keywords", ""))


def _written(place: _Place) -> Written:
    title, text = (escape(part, quote=False) for part in (place.title or _title(place.link), place.text))
    return Written(id="", link=place.link, title=title, text=text, date=place.changed)


def _title(link: str) -> str:
    """The words in an address, where a map gives no title: the longest part of its path."""
    parts = [part for part in unquote(urlsplit(link).path).split("/") if part]
    words = re.sub(r"[-_+]+", " ", _EXTENSION.sub("", max(parts, key=len, default="")))
    return words[:1].upper() + words[1:]


def past(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """The map of one month, the newest first. See `monitor.sources.Page`."""
    pages = source.options_as(SitemapFile).page
    year, month = divmod(span.until.year * 12 + span.until.month - 1 - number, 12)
    if not pages or (year, month + 1) < (span.since.year, span.since.month):
        return None
    return Request(pages.replace("{year}", f"{year:04}").replace("{month}", f"{month + 1:02}"))


KIND = Kind(SitemapFile, read, page=past, gaps=True)
