"""Lists of feeds as other readers have them: OPML 2.0, http://opml.org/spec2.opml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from monitor import xmltree
from monitor.errors import Unreadable
from monitor.links import web_link
from monitor.model import Source
from monitor.text import clean

MAX_OUTLINES = 10_000
TIERS = {"Primary sources": 1, "Wires and filings": 2, "Trade press": 3, "General press": 4}
"""The folders of the lists that we write, and the tier of what is in them."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed of such a list. `folder` is the text of the outlines around it, outermost first."""

    url: str
    name: str
    lang: str = ""
    folder: tuple[str, ...] = ()


def read(body: bytes) -> list[Outline]:
    """The feeds of a file, in its order. Raises Unreadable where it is no OPML, or out of bounds.

    Outlines without an address that can be asked are folders, or left out.
    """
    root = xmltree.parse(body)
    if xmltree.name(root) != "opml":
        raise Unreadable(f"XML, but not OPML: it begins with <{xmltree.name(root)[:40]}>")
    found = list(_below(root, ()))
    if len(found) > MAX_OUTLINES:
        raise Unreadable(f"names more than {MAX_OUTLINES:,} feeds: split it")
    return found


def _below(element: Element, folder: tuple[str, ...]) -> Iterator[Outline]:
    for child in element:
        said = {name.lower(): clean(value, 500) for name, value in child.attrib.items()}
        text = said.get("text") or said.get("title", "")
        url = web_link(said.get("xmlurl", ""))
        if url and xmltree.name(child) == "outline":
            yield Outline(url, text, said.get("language", ""), (*folder, *_category(said)))
        inner = (*folder, text) if text and xmltree.name(child) == "outline" and not url else folder
        yield from _below(child, inner)


def _category(said: dict[str, str]) -> tuple[str, ...]:
    """`/US/Trade,/Press` -> US, Trade: the first of the categories."""
    return tuple(part for part in said.get("category", "").split(",")[0].split("/") if part)


def write(sources: Iterable[Source], now: datetime) -> bytes:
    """The feeds among the sources as a file, in folders by tier."""
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = "Signal Monitor"
    SubElement(head, "dateCreated").text = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
    body = SubElement(root, "body")
    listed = list(sources)
    for folder, tier in TIERS.items():
        inside = [source for source in listed if source.tier == tier]
        around = SubElement(body, "outline", text=folder) if inside else body
        for one in inside:
            SubElement(around, "outline", type="rss", text=one.name, xmlUrl=one.url, language=one.lang)
    indent(root)
    made: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"
