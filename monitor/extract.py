"""A body as it came -> its kind, title and text. Runs in a process of its own, never in the daemon's.

Parsers of other people's pages and files take memory, hang and crash; here that costs one page.
PDF is read by a parser in Python alone, so that a hostile file can corrupt no memory.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

import pypdf
import trafilatura
from selectolax.lexbor import LexborHTMLParser

from monitor.article import BEGINNING, MAX_TEXT, Article
from monitor.text import clean, plain

# A page is cut to this before it is parsed, in characters; what it shows is looked for in all of it.
MAX_MARKUP = 2_000_000
MAX_PAGES = 40
MAX_TITLE = 300
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What servers call the smaller sets, and what is in fact sent (https://encoding.spec.whatwg.org/).
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "windows-1252", "ascii": "windows-1252"}
_MARKUP = re.compile(r"<\s*(!doctype|html|head|body|div|p|article|table|meta|title|h1)\b", re.IGNORECASE)


def article(body: bytes, content_type: str = "") -> Article:
    """What is there to read. The kind goes by the bytes; the content type only names a charset.

    Raises ValueError, in words, where it is neither page, PDF nor text.
    """
    if b"%PDF-" in body[:1024]:
        return _pdf(body)
    if b"\0" in body[:4096] and not body.startswith(tuple(mark for mark, _ in _MARKS)):
        raise ValueError("is neither a page, a PDF nor text")
    written = decoded(body[:MAX_MARKUP], content_type)
    return _page(written) if _MARKUP.search(written[:20_000]) else _article("text", "", written, written)


def decoded(body: bytes, content_type: str) -> str:
    """Bytes -> text: by the mark, the header or the page's own word, whichever is first to fit."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    names = list(_charsets(body, content_type))
    for name in names:
        try:
            # The last character may have been cut off.
            return codecs.getincrementaldecoder(name)().decode(body)
        except (UnicodeError, LookupError):
            continue
    return body.decode("utf-8", "replace")


def _charsets(body: bytes, content_type: str) -> Iterator[str]:
    for place in (content_type.encode(), body[:4096]):
        found = _CHARSET.search(place)
        if found:
            name = found[1].decode("ascii", "replace").lower()
            yield _WIDER.get(name, name)
    yield from ("utf-8", "gb18030")


def _page(markup: str) -> Article:
    tree = LexborHTMLParser(markup)
    found = trafilatura.extract(markup, fast=True, include_comments=False, include_tables=True)
    return _article("page", _title(tree), found or "", plain(markup, MAX_MARKUP // 4))


def _title(tree: LexborHTMLParser) -> str:
    told = tree.css_first("meta[property='og:title']")
    named = tree.css_first("title")
    og = str(told.attributes.get("content") or "") if told else ""
    return og or (named.text() if named else "")


def _pdf(body: bytes) -> Article:
    reader = pypdf.PdfReader(io.BytesIO(body))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("is a PDF under a password")
    pieces: list[str] = []
    for page in reader.pages[:MAX_PAGES]:
        pieces.append(page.extract_text())
        if sum(map(len, pieces)) > MAX_TEXT:
            break
    text = "\n".join(pieces)
    return _article("pdf", str((reader.metadata and reader.metadata.title) or ""), text, text)


def _article(kind: str, title: str, text: str, visible: str) -> Article:
    lines = (clean(line) for line in text[: 4 * MAX_TEXT].splitlines())
    kept = "\n".join(line for line in lines if line)[:MAX_TEXT]
    return Article(kind, clean(title, MAX_TITLE), kept, visible[:BEGINNING], len(visible))
