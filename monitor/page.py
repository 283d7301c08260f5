"""A web page as a tree, within bounds; and what is asked of one wherever pages are read.

The parser's time grows with the square of the nesting, so that a few hundred kilobytes of
unclosed elements would hold it up for minutes: what is nested deeper than any page that people
read is refused before it is parsed.
"""

from __future__ import annotations

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor import charset
from monitor.errors import Unreadable
from monitor.links import web_link
from monitor.model import Document
from monitor.text import plain

MAX_CHARACTERS = 5_000_000
# Opening and closing ones; the largest front pages have some 20,000. Whatever tricks hide the
# nesting from the count below, so many are parsed within seconds.
MAX_TAGS = 40_000
# Browsers stop at 512.
MAX_NESTING = 500

_TAG = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][a-zA-Z0-9]*))")
# Never closed, or closed by the next of its kind, or drawn: these do not pile up.
_FLAT = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
        "optgroup", "html", "head", "body", "path", "circle", "rect", "use", "line", "polygon",
        "polyline", "ellipse", "stop",
    }
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z_-][\w-]*", re.ASCII)
_SKIPPED = {"": re.compile("-->"), "script": re.compile("</script", re.IGNORECASE)}


def parse(document: Document, *, encoding: str = "", lang: str = "") -> LexborHTMLParser:
    """The tree of a page. Raises Unreadable where it is none, or made to do harm.

    What stands beyond MAX_CHARACTERS and MAX_TAGS is not read.
    """
    text = charset.decode(
        document.body, document.headers.get("content-type", ""), forced=encoding, lang=lang
    )[:MAX_CHARACTERS]
    if not text.strip():
        raise Unreadable("the body is empty")
    if "<" not in text[:1000]:
        raise Unreadable("no web page: it holds no markup")
    return tree(text[: _bounds(text)])


def tree(text: str) -> LexborHTMLParser:
    """The tree of a text that is known to be harmless."""
    return LexborHTMLParser(text.replace("\x00", ""))


def _bounds(text: str) -> int:
    """Where to stop reading. Raises Unreadable where elements are nested too deeply."""
    open_: Counter[str] = Counter()
    at = depth = tags = 0
    while found := _TAG.search(text, at):
        at, tags = found.end(), tags + 1
        if tags > MAX_TAGS:
            return found.start()
        name = (found[3] or "").lower()
        if name in _SKIPPED and not found[2]:
            end = _SKIPPED[name].search(text, at)
            at = end.end() if end else len(text)
        elif name not in _FLAT and not (found[2] and not open_[name]):
            step = -1 if found[2] else 1
            open_[name] += step
            depth += step
            if depth > MAX_NESTING:
                raise Unreadable(f"the page nests more than {MAX_NESTING} elements in each other")
    return len(text)


def selector(css: str) -> str:
    """A CSS selector that the parser knows. Raises ValueError."""
    try:
        tree("<p>").css(css)
    except (SelectolaxError, ValueError):
        raise ValueError(
            f"'{css}' is not a CSS selector: write one like div.news-item or td:nth-child(2)"
        ) from None
    return css


def is_simple_name(name: str) -> bool:
    """Whether a class or an id can stand in a selector as it is."""
    return bool(_NAME.fullmatch(name))


def words(node: LexborNode | None, limit: int) -> str:
    """What a reader sees of a part of a page."""
    return plain((node.html or "")[: 4 * limit], limit) if node else ""


def address(node: LexborNode, base: str) -> str:
    """Where a link leads: an absolute http or https address; empty where it is none."""
    href = node.attributes.get("href") or ""
    return "" if href.strip().startswith("#") else web_link(href, base)


def base(page: LexborHTMLParser, url: str) -> str:
    """What relative links of the page start from: its address, or what its `base` says."""
    node = page.css_first("base[href]")
    return (address(node, url) if node else "") or url
