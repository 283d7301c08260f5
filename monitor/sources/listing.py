"""A page that lists dated links: agencies, ministries and companies without a feed.

Selectors say where the entries are; without them the dates of the page do. A page without entries
(a programme's own page, the text of an agreement) is watched: what it says is one entry, and an edit
of it a revision.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Annotated, Literal
from urllib.parse import urljoin

from pydantic import AfterValidator, ValidationInfo, field_validator
from pydantic import Field as Key
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor import charset, dates, page
from monitor.entries import MAX_TEXT, Written, reading
from monitor.errors import Unreadable
from monitor.kind import Kind, page_for_people
from monitor.model import Reading, Source
from monitor.pattern import matcher, pattern
from monitor.request import Asking, Document, Request, Span
from monitor.sourcefile import SourceFile
from monitor.sources import rows
from monitor.sources.rows import How, Layout, Row
from monitor.text import plain

# The past of a list ends somewhere; where a site answers every number, here.
MAX_PAGES = 500
# Month first where numbers do not say: 2/3/2026 is 3 February there.
_MONTH_FIRST = frozenset({"US"})
_CHANGED = (
    "no entry found: the layout of the page changed, or a script draws it; "
    "'monitor sources add {url}' shows what can be read and proposes selectors"
)


def _selector(css: str) -> str:
    return page.selector(css) if css else ""


def _encoding(label: str) -> str:
    if label and label.lower() not in charset.LABELS:
        raise ValueError(f"'{label}' is not a known encoding: write one like gb18030 or utf-8")
    return label


def _numbered(address: str) -> str:
    if address and address.count("{n}") != 1:
        raise ValueError("write the number of the page as {n}: ?page={n}")
    return address


Css = Annotated[str, AfterValidator(_selector)]


class ListingFile(SourceFile):
    """A page of dated links. With no key but the address, its dates show the entries."""

    kind: Literal["listing"] = "listing"
    row: Css = Key("", description="One entry of the page, as a CSS selector.")
    title: Css = Key("", description="The title in an entry; the link's words unless said.")
    link: Css = Key("", description="The link in an entry; the first one unless said.")
    text: Css = Key("", description="The summary in an entry; its paragraphs unless said.")
    date: Css = Key("", description="The date in an entry; what reads as one unless said.")
    date_in: Literal["row", "link", "before", "after"] = Key(
        "row",
        description="Where the date is: in the entry, in the link's address, before the entry or after it.",
    )
    date_attribute: str = Key("", description="The attribute of `date` that holds it: datetime.")
    date_form: tuple[str, ...] = Key(
        (), strict=False, description="Forms of the date that are not known, as strptime has them: %d.%m.%y."
    )
    month_first: bool | None = Key(
        None, description="Is 2/3/2026 the 3rd of February? Only in the US unless said."
    )
    without: Css = Key("", description="Parts of the page that are left out: marks, buttons, sizes of files.")
    only: Annotated[str, AfterValidator(pattern)] = Key(
        "", description="Only links that match this (a regular expression in RE2's syntax)."
    )
    encoding: Annotated[str, AfterValidator(_encoding)] = Key(
        "", description="The encoding, where the page tells the wrong one: gb18030, utf-8."
    )
    page: Annotated[str, AfterValidator(_numbered)] = Key(
        "", description="The address of earlier pages, with {n} for the number: ?page={n}."
    )
    first_page: int = Key(0, ge=0, description="The number of the first page.")
    watch: Css = Key("", description="The part of a page without entries that is watched for edits.")

    @field_validator("title", "link", "text", "date", "date_form")
    @classmethod
    def _within_a_row(cls, value: str, info: ValidationInfo) -> str:
        if value and not info.data.get("row"):
            raise ValueError("stands for a part of an entry: say with 'row' what an entry is")
        return value

    @field_validator("watch")
    @classmethod
    def _watched_alone(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("row"):
            raise ValueError("a page has entries or is watched as a whole: take out 'row' or 'watch'")
        return value


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Read a page. See `monitor.kind.Read` for the contract."""
    options = source.options_as(ListingFile)
    try:
        tree = page.parse(document, encoding=options.encoding, lang=source.lang)
        if options.watch:
            return reading([_watched(tree, source, options)], document.url, source, now)
        found = entries(tree, document.url, source, now)
    except Unreadable as error:
        error.subject = source.id
        raise
    if not found and not _is_past(document.url, source, options):
        raise Unreadable(_CHANGED.format(url=source.url), subject=source.id)
    written = [
        Written("", r.link, escape(r.title, quote=False), escape(r.text, quote=False), r.date) for r in found
    ]
    read_ = reading(written, document.url, source, now)
    if found and not any(row.date for row in found):
        undated = f"no date could be read in any of {len(found)} entries"
        return Reading(read_.entries, (*read_.set_aside, undated))
    return read_


def entries(tree: LexborHTMLParser, url: str, source: Source, now: datetime) -> list[Row]:
    """The entries of a page in its order, as the options say or as the page shows them."""
    options = source.options_as(ListingFile)
    if options.without:
        rows.drop(tree, options.without)
    how = how_to_read(tree, url, source)
    if not options.row:
        return rows.by_address(tree, how) if options.date_in == "link" else rows.automatic(tree, how)
    nodes = rows.innermost(tree.css(options.row)[: rows.MAX_ROWS])
    told = [""] * len(nodes)
    if options.date_in in {"before", "after"}:
        told = rows.beside(Layout(tree, how), nodes, after=options.date_in == "after")
    made = (_row(node, date, how, options, now) for node, date in zip(nodes, told, strict=True))
    return [row for row in made if row]


def how_to_read(tree: LexborHTMLParser, url: str, source: Source) -> How:
    """What the reading of rows needs to know of this page and its source."""
    options = source.options_as(ListingFile)
    month_first = options.month_first
    if month_first is None:
        month_first = source.country in _MONTH_FIRST
    return How(page.base(tree, url), matcher(options.only), month_first)


# ------------------------------------------------------------------ an entry by its selectors


def _row(node: LexborNode, date: str, how: How, options: ListingFile, now: datetime) -> Row | None:
    """The entry in a part of the page; None where it has no link that counts."""
    links = _inside(node, options.link or "a[href]")
    addressed = ((page.address(one, how.base), one) for one in links)
    link, anchor = next(((a, one) for a, one in addressed if a and how.wanted(a)), ("", None))
    if anchor is None:
        return None
    if options.title:
        title = page.words(next(iter(_inside(node, options.title)), None), rows.MAX_TITLE)
    else:
        same = (one for one in links if page.address(one, how.base) == link)
        title = max((rows.title_of(one) for one in same), key=len)
    text = " ".join(page.words(part, rows.MAX_TEXT) for part in _inside(node, options.text or "p")[:5])
    if options.date_in == "link":
        date = rows.link_date(link)
    elif options.date_in == "row":
        date = _date(node, anchor, how, options, now) or rows.link_date(link)
    return Row(link, title, text, date, node)


def _inside(node: LexborNode, css: str) -> list[LexborNode]:
    """The parts of an entry that a selector chooses; the entry itself among them."""
    found = node.css(css)
    itself = [node] if node.css_matches(css) and node.tag == "a" else []
    return [*itself, *(one for one in found if one.mem_id != node.mem_id)]


def _date(node: LexborNode, anchor: LexborNode, how: How, options: ListingFile, now: datetime) -> str:
    """The date of an entry as ISO 8601 has it; empty where none can be read."""
    part = next(iter(node.css(options.date)), None) if options.date else node
    if part is None:
        return ""
    if options.date_attribute:
        said = (part.attributes.get(options.date_attribute) or "").strip()[:100]
        return _formed(said, how, options, now) or said
    times = [part] if part.tag == "time" else part.css("time[datetime]")
    if times and (said := rows.time_of(times[0])):
        return said
    title = page.words(anchor, rows.MAX_TITLE)
    text = page.words(part, 4 * rows.MAX_TEXT)
    beside = text.replace(title, " ", 1) if title != text else text
    return _formed(beside, how, options, now) or _formed(text, how, options, now)


def _formed(text: str, how: How, options: ListingFile, now: datetime) -> str:
    for form in options.date_form:
        if moment := dates.in_form(text.strip(), form, now):
            return moment.isoformat()
    found = dates.find(text, month_first=how.month_first)
    return found[0].moment.isoformat() if found else ""


# ------------------------------------------------------------------ a page that is watched


def _watched(tree: LexborHTMLParser, source: Source, options: ListingFile) -> Written:
    """The page as one entry, whose key stays. What is longer than an entry may be ends in the hash of
    the whole, so that an edit of its last sentence is seen too.
    """
    parts = tree.css(options.watch)
    text = plain("\n".join(part.html or "" for part in parts[:100]), page.MAX_CHARACTERS)
    if not text:
        message = (
            f"nothing is at '{options.watch}' any more: the layout of the page changed; "
            "look at the page and give another selector as 'watch'"
        )
        raise Unreadable(message, subject=source.id)
    if len(text) > MAX_TEXT:
        whole = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        end = f" … ({len(text):,} characters in all, {whole})"
        text = text[: MAX_TEXT - len(end)] + end
    return Written(
        f"page:{source.url}", source.url, escape(source.name, quote=False), escape(text, quote=False), ""
    )


# ------------------------------------------------------------------ the past


def past(source: Source, span: Span, number: int, asking: Asking) -> Request | None:
    """One earlier page. See `monitor.sources.Page`."""
    options = source.options_as(ListingFile)
    if not options.page or number >= MAX_PAGES:
        return None
    written = options.page.replace("{n}", str(options.first_page + number))
    return Request(urljoin(source.url, written), page=True)


def _is_past(url: str, source: Source, options: ListingFile) -> bool:
    """Whether this is the address of an earlier page, which may be empty where the past ends."""
    if not options.page:
        return False
    before, after = (re.escape(part) for part in urljoin(source.url, options.page).split("{n}"))
    found = re.fullmatch(f"{before}([0-9]{{1,6}}){after}", url)
    return found is not None and int(found[1]) > options.first_page


def found_in(tree: LexborHTMLParser, url: str, source: Source, now: datetime) -> tuple[Sequence[Row], str]:
    """What a page shows without selectors, and the selector of its entries that reads the same.

    The selector is empty where none of the simple ones does.
    """
    found = entries(tree, url, source, now)
    css = rows.proposal(tree, found) if found else ""
    if css:
        chosen = source.options_as(ListingFile).model_copy(update={"row": css})
        how = how_to_read(tree, url, source)
        again = [_row(node, "", how, chosen, now) for node in tree.css(css)]
        if [r and (r.link, r.title, r.date) for r in again] != [(r.link, r.title, r.date) for r in found]:
            css = ""
    return found, css


KIND = Kind(ListingFile, read, page_for_people, past)
