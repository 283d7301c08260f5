"""Alerts -> a feed as RFC 4287 (Atom) has it. Pure.

What makes its ids never changes: a reader would show all that it had shown again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from monitor import wording
from monitor.links import web_link
from monitor.model import Alert

ATOM = "http://www.w3.org/2005/Atom"
_OURS = UUID("6d0f2f6e-6f0b-4a53-9d0e-3d7c8b1f2a64")
# What XML 1.0 has no characters for (https://www.w3.org/TR/xml/#charsets).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A feed has to say when it was changed, and one without entries never was.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed is of; `name` is for its id. `url` is the address of the pages as readers reach them, empty
    where none is set: then nothing leads there."""

    name: str
    title: str
    url: str = ""
    path: str = ""


def feed(about: Feed, alerts: Sequence[Alert]) -> bytes:
    """The feed; the newest alert comes first."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(root, "id", _id(f"feed {about.name}"))
    _add(root, "title", about.title)
    _add(root, "updated", _moment(max((alert.created for alert in alerts), default=_NEVER)))
    _add(_add(root, "author"), "name", "Signal Monitor")
    if about.url:
        _add(root, "link", rel="self", type="application/atom+xml", href=f"{about.url}/{about.path}.atom")
        _add(root, "link", rel="alternate", type="text/html", href=f"{about.url}/{_page(about)}")
    for alert in alerts:
        _entry(root, about, alert)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _page(about: Feed) -> str:
    """The page that shows the same."""
    return "" if about.path == "today" else about.path


def _entry(root: ET.Element, about: Feed, alert: Alert) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", _id(f"alert {alert.id}"))
    _add(entry, "title", alert.title or "(without a title)")
    _add(entry, "updated", _moment(alert.created))
    _add(entry, "published", _moment(alert.published))
    for rel, href in _links(about, alert):
        _add(entry, "link", rel=rel, type="text/html", href=href)
    _add(_add(entry, "author"), "name", alert.source_name or alert.source)
    _add(entry, "category", term=alert.watchlist, label=alert.watchlist_title)
    _add(entry, "summary", f"{wording.reason(alert)}. {wording.why(alert)}", type="text")
    _add(entry, "content", "\n".join(_lines(alert)), type="text")


def _links(about: Feed, alert: Alert) -> Iterator[tuple[str, str]]:
    """The outlet's page, and what we know of the story: of one type, one alternate is allowed."""
    outlet = web_link(alert.link)
    if outlet:
        yield "alternate", outlet
    if about.url:
        yield "related" if outlet else "alternate", f"{about.url}/stories/{quote(alert.story, safe='')}"


def _lines(alert: Alert) -> Iterator[str]:
    yield f"{wording.titles(alert)} · {wording.reason(alert)}"
    yield wording.origin(alert)
    if facts := wording.facts(alert):
        yield f"Facts: {facts}"
    if news := wording.news(alert):
        yield f"New: {news}"
    yield f"Why: {wording.why(alert)}"
    yield f"Words: {', '.join(alert.hits)}"
    if alert.excerpt:
        yield alert.excerpt


def _id(name: str) -> str:
    return uuid5(_OURS, name).urn


def _moment(moment: datetime) -> str:
    """As RFC 3339 has it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    """A new element below another one, without what XML cannot hold."""
    child = ET.SubElement(parent, name, {key: _NO_XML.sub("", one) for key, one in attributes.items()})
    child.text = _NO_XML.sub("", text)
    return child
