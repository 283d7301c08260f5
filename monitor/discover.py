"""What an address turns out to be: a feed, a page that names its feeds, a list of dated links.

Only decisions: what was fetched goes in, what can be read of it or has to be asked next comes out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from monitor import charset, opml, page
from monitor.errors import MonitorError, Unreadable
from monitor.links import canonical, web_link
from monitor.model import Entry, Source
from monitor.opml import Outline
from monitor.request import Document
from monitor.sourcefile import SourceFile
from monitor.sources import KINDS, listing
from monitor.sources.feed import FeedFile
from monitor.sources.listing import ListingFile
from monitor.sources.sitemap import SitemapFile
from monitor.text import clean, language, plain

MAX_NAMED = 3
"""Feeds of a page that are tried, and the usual places where it names none."""
_USUAL = ("feed/", "rss.xml", "feed.xml")
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "text/xml"})
_HEAD = 8192
_TITLE = re.compile(r'<title[^>]*>(.*?)</title>|"title"\s*:\s*"([^"]*)"', re.DOTALL | re.IGNORECASE)
_COMMENTS = re.compile(r"comment|kommentar|commentaire", re.IGNORECASE)
# Where a publisher sits, by the end of its host's name: country and time zone of the capital or of
# the main exchange.
_PLACES = {
    "gov": ("US", "America/New_York"), "mil": ("US", "America/New_York"), "cn": ("CN", "Asia/Shanghai"),
    "jp": ("JP", "Asia/Tokyo"), "kr": ("KR", "Asia/Seoul"), "au": ("AU", "Australia/Sydney"),
    "ca": ("CA", "America/Toronto"), "uk": ("GB", "Europe/London"), "eu": ("EU", "Europe/Brussels"),
    "de": ("DE", "Europe/Berlin"), "fr": ("FR", "Europe/Paris"), "in": ("IN", "Asia/Kolkata"),
    "my": ("MY", "Asia/Kuala_Lumpur"), "th": ("TH", "Asia/Bangkok"), "vn": ("VN", "Asia/Ho_Chi_Minh"),
    "kh": ("KH", "Asia/Phnom_Penh"), "id": ("ID", "Asia/Jakarta"), "tw": ("TW", "Asia/Taipei"),
    "br": ("BR", "America/Sao_Paulo"), "kz": ("KZ", "Asia/Almaty"), "uz": ("UZ", "Asia/Tashkent"),
}  # fmt: skip
_STATE = re.compile(r"(^|\.)(gov|mil|go|gob|gouv|govt)(\.[a-z]{2})?$|(^|\.)europa\.eu$")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A source that can be read, as an entry of the catalogue, and what it reads now."""

    source: Source
    entries: tuple[Entry, ...]
    set_aside: tuple[str, ...] = ()

    def keys(self) -> dict[str, str | int]:
        """The entry as the file has it, without what goes without saying."""
        written = self.source.options_as(SourceFile)
        said = written.model_dump(mode="json", exclude_unset=True)
        head = ("id", "name", "kind", "url", "tier", "lang", "zone")
        return {key: getattr(written, key) for key in head} | {
            key: value for key, value in said.items() if key not in head and value != ""
        }


def named(source: Source, **changes: str | int) -> Source:
    """A source with other values, in its options too. Raises ValueError where one cannot stand."""
    options = source.options_as(SourceFile)
    checked = type(options).model_validate({**options.model_dump(exclude_unset=True), **changes})
    taken = {key: getattr(checked, key) for key in changes if hasattr(source, key)}
    return replace(source, **taken, options=checked)


def guessed(url: str, title: str, sample: str, taken: Collection[str]) -> Source:
    """An entry for an address, with what its host's name and its text give away."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    country, zone = _PLACES.get(host.rpartition(".")[2], ("", "UTC"))
    chosen: dict[str, str | int] = {
        "id": _id(url, host, taken),
        "url": url,
        "name": clean(title, 80) or host,
        "tier": 1 if _STATE.search(host) else 3,
        "lang": language(sample, "en"),
        "zone": zone,
        "country": country,
    }
    written = FeedFile.model_validate(chosen)
    return Source(
        id=written.id, name=written.name, kind="feed", url=url, tier=written.tier, lang=written.lang,
        zone=zone, country=country, options=written,
    )  # fmt: skip


def _id(url: str, host: str, taken: Collection[str]) -> str:
    """The host without its ending, and the first of its path that says something; never one taken."""
    parts = [part for part in urlsplit(url).path.lower().split("/") if part]
    telling = next((p for p in parts if not re.search(r"feed|rss|index|\.|^en$|^news$", p)), "")
    labels = [
        label for label in host.split(".")[:-1] if label not in {"com", "co", "gov", "go", "org", "net"}
    ]
    made = re.sub(r"[^a-z0-9]+", "-", "-".join([*labels, telling]).lower()).strip("-")[:40] or "source"
    numbers = (f"{made}-{n}" for n in range(2, len(taken) + 3))
    return made if made not in taken else next(one for one in numbers if one not in taken)


# ------------------------------------------------------------------ what a document is


def identify(document: Document, taken: Collection[str], now: datetime) -> Proposal:
    """The source that a document is, with what it reads: a feed, a site map or a list of links.

    Raises Unreadable, in the words of the kind that it looks like.
    """
    head = document.body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    base = guessed(document.url, "", "", taken)
    if b"<urlset" in head or b"<sitemapindex" in head:
        return _read(base, SitemapFile, "sitemap", document, now)
    if head.startswith(b"{") or re.search(rb"<(rss|feed|rdf:rdf)[\s>]", head):
        read = _read(base, FeedFile, "feed", document, now)
        return _described(read, feed_title(document))
    return _list(document, base, now)


def _read(base: Source, file: type[SourceFile], kind: str, document: Document, now: datetime) -> Proposal:
    options = file.model_validate(
        {**base.options_as(SourceFile).model_dump(exclude={"kind"}, exclude_unset=True)}
    )
    source = replace(base, kind=kind, options=options)
    reading = KINDS[kind].read(document, source, now)
    if not reading.entries and not reading.more:
        raise Unreadable("it can be read, and has no entry", subject=source.id)
    return Proposal(source, reading.entries, reading.set_aside)


def _list(document: Document, base: Source, now: datetime) -> Proposal:
    options = ListingFile.model_validate(
        base.options_as(SourceFile).model_dump(exclude={"kind"}, exclude_unset=True)
    )
    source = replace(base, kind="listing", options=options)
    tree = page.parse(document)
    title = page.words(tree.css_first("title"), 80)
    sample = page.words(tree.body, 2000)
    source = named(source, name=title or source.name, lang=language(sample, _said_language(tree)))
    _, css = listing.found_in(tree, document.url, source, now)
    if css:
        source = named(source, row=css)
    reading = listing.read(document, source, now)
    return Proposal(source, reading.entries, reading.set_aside)


def _described(proposal: Proposal, title: str) -> Proposal:
    sample = " ".join(f"{entry.title} {entry.text}" for entry in proposal.entries[:5])
    source = named(proposal.source, lang=language(sample, proposal.source.lang))
    return replace(proposal, source=named(source, name=title) if title else source)


def feed_title(document: Document) -> str:
    """What a feed is called; empty where its beginning does not say."""
    text = charset.decode(document.body[:_HEAD], document.headers.get("content-type", ""))
    found = _TITLE.search(re.split(r"<(?:item|entry)\b", text, maxsplit=1)[0])
    if not found:
        return ""
    said = found[1] if found[1] is not None else found[2].replace("\\/", "/")
    return plain(re.sub(r"<!\[CDATA\[|\]\]>", "", said), 80)


def _said_language(tree: LexborHTMLParser) -> str:
    root = tree.css_first("html[lang]")
    code = (root.attributes.get("lang") or "")[:2].lower() if root else ""
    return code if re.fullmatch("[a-z]{2}", code) else "en"


# ------------------------------------------------------------------ what a page leads to


def feeds_of(document: Document) -> tuple[str, ...]:
    """The feeds that a page names, those of comments last and at most MAX_NAMED; none of what is no page."""
    try:
        tree = page.parse(document)
    except MonitorError:
        return ()
    start = page.base(tree, document.url)
    said: dict[str, str] = {}
    for link in tree.css("link[rel~=alternate][href], a[type][href]")[:200]:
        if (link.attributes.get("type") or "").split(";")[0].strip().lower() in _FEED_TYPES:
            address = web_link(link.attributes.get("href") or "", start)
            said.setdefault(address, f"{link.attributes.get('title') or ''} {address}")
    said.pop("", None)
    ordered = sorted(said, key=lambda address: bool(_COMMENTS.search(said[address])))
    return tuple(ordered[:MAX_NAMED])


def usual_places(url: str) -> tuple[str, ...]:
    """Where a feed stands when a page does not name it: below the page, and at the root of the site."""
    below = re.split(r"[?#]", url, maxsplit=1)[0].rstrip("/") + "/"
    places = (urljoin(below, _USUAL[0]), *(urljoin(url, f"/{name}") for name in _USUAL[1:]))
    return tuple(dict.fromkeys(place for place in places if place != url))


class Places:
    """Addresses that are taken, whatever their scheme, www or closing slash."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._ids: dict[str, str] = {}
        for source in sources:
            self.add(source)

    def add(self, source: Source) -> None:
        self._ids.setdefault(canonical(source.url), source.id)

    def get(self, url: str) -> str:
        """The id of the source at this address; empty where there is none."""
        return self._ids.get(canonical(url), "")


def from_outline(outline: Outline, taken: Collection[str], tier: int | None = None) -> Source:
    """A feed of another reader's list as a source. Raises ValueError where it cannot be one."""
    source = guessed(outline.url, outline.name, outline.name, taken)
    tier = tier or next((opml.TIERS[name] for name in outline.folder if name in opml.TIERS), source.tier)
    others = [name for name in outline.folder if name not in opml.TIERS]
    lang = outline.lang[:2].lower()
    changes: dict[str, str | int] = {"tier": tier}
    changes |= {"lang": lang} if re.fullmatch("[a-z]{2}", lang) else {}
    changes |= {"note": f"In the list it came from: {' / '.join(others)}."} if others else {}
    return named(source, **changes)
