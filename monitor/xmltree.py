"""XML from strangers -> a tree, within bounds: no document type, hence no entities of their own."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import (
    Element,
    ParseError,
    TreeBuilder,
    XMLParser,
)

from monitor.errors import Unreadable

# A news sitemap of the largest size there is has 50,000 addresses (sitemaps.org, protocol).
MAX_ELEMENTS = 400_000
MAX_DEPTH = 50


class _Bounded(TreeBuilder):
    """Builds a tree, and stops at what none of our documents has."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:  # noqa: ARG002 - expat's own
        raise Unreadable("XML with a document type, which is not read: it can define entities")

    def start(self, tag: Any, attrs: Any) -> Element:
        self._elements += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable(f"XML that nests more than {MAX_DEPTH} elements in each other")
        if self._elements > MAX_ELEMENTS:
            raise Unreadable(f"XML of more than {MAX_ELEMENTS:,} elements")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse(body: bytes) -> Element:
    """The root of a document. Raises Unreadable where it is not well-formed, or out of bounds."""
    parser = XMLParser(target=_Bounded())  # noqa: S314 - see above
    try:
        parser.feed(body)
        root: Element = parser.close()
    except ParseError as error:
        raise Unreadable(f"not well-formed XML: {error}") from None
    except (ValueError, LookupError) as error:  # an encoding that expat does not know
        raise Unreadable(f"XML that cannot be read: {error}") from None
    return root


def name(element: Element) -> str:
    """The name of an element without its namespace, in lower case."""
    return str(element.tag).rpartition("}")[2].lower()
