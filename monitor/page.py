"""A web page as a tree, within bounds; and what is asked of one wherever pages are read."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor import charset
from monitor.errors import Unreadable
from monitor.links import web_link
from monitor.nesting import MAX_NESTING, readable
from monitor.request import Document
from monitor.text import plain

MAX_CHARACTERS = 5_000_000
_NAME = re.compile(r"[A-Za-z_-][\w-]*", re.ASCII)


def parse(document: Document, *, encoding: str = "", lang: str = "") -> LexborHTMLParser:
    """The tree of a page. Raises Unreadable where it is none, or made to do harm.

    What stands beyond MAX_CHARACTERS and nesting.MAX_TAGS is not read.
    """
    text = charset.decode(
        document.body, document.headers.get("content-type", ""), forced=encoding, lang=lang
    )[:MAX_CHARACTERS]
    if not text.strip():
        raise Unreadable("the body is empty")
    if "<" not in text[:1000]:
        raise Unreadable("no web page: it holds no markup")
    end = readable(text)
    if end < 0:
        raise Unreadable(f"the page nests more than {MAX_NESTING} elements in each other")
    return tree(text[:end])


def tree(text: str) -> LexborHTMLParser:
    """The tree of a text that is known to be harmless."""
    return LexborHTMLParser(text.replace("\x00", ""))


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
