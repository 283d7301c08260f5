"""Numbers over time: columns of a CSV, fields of a JSON answer, or a number in a page.

What a source holds is declared: where the numbers stand, for which day they are, and what is told of
them. What the rules mean is in `monitor.series`.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.errors import Unreadable
from monitor.kind import Kind
from monitor.links import web_link
from monitor.model import Point, Reading, Source
from monitor.numbers import day, days_in, number, today
from monitor.pattern import expression
from monitor.request import Asking, Document, Request
from monitor.series import Followed
from monitor.sources.seriesfile import TODAY, SeriesFile, SeriesPart
from monitor.sources.tables import grids, too_deep
from monitor.text import clean, fold, plain

MAX_ROWS = 200_000
MAX_POINTS = 50_000
MAX_REASONS = 20
MAX_TEXT = 500_000
MAX_LINKS = 5000
# How much of the text around links is looked through: entries may be nested in one another.
MAX_AROUND = 5_000_000

Cell = tuple[object, object]
"""What stands for a number, and what stands for its day: in the publisher's words."""


def ask(source: Source, asking: Asking) -> Request:
    """Its address, with the secret in the header that the entry names."""
    written = source.options_as(SeriesFile)
    header, page = written.key_header, written.format == "page"
    kept = ((header, asking.secret),) if header and asking.secret else ()
    return Request(source.url, headers=kept, page=page)


def follow(source: Source) -> tuple[Followed, ...]:
    """What is followed of the numbers of a source, and who is told."""
    written = source.options_as(SeriesFile)
    return tuple(part.followed(written) for part in written.series)


def read(document: Document, source: Source, now: datetime) -> Reading:
    """Read the numbers, or where an index leads to them. See `monitor.kind.Read` for the contract."""
    written = source.options_as(SeriesFile)
    found = _Found(written, source, now)
    text = _decoded(document, written.encoding)
    _FORMATS[written.format](text, found)
    if not found.points and written.follow:
        more = _link(text, document.url, written)
        if more:
            return Reading((), more=(Request(more, page=written.format == "page"),))
    if not found.points:
        why = found.set_aside[0] if found.set_aside else "it has no rows"
        raise Unreadable(f"no number can be read: {why}", subject=source.id)
    return Reading((), found.reasons, points=found.in_order)


@dataclass(slots=True)
class _Found:
    """What one document gives: each day of a series once, and why something was left out."""

    written: SeriesFile
    source: Source
    now: datetime
    points: dict[tuple[str, date], float] = field(default_factory=dict)
    set_aside: list[str] = field(default_factory=list)

    def take(self, part: SeriesPart, value: object, when: object, place: str) -> None:
        """File a number, or say why not. An empty cell is nothing to speak of."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return
        read = number(value, self.written.number)
        at = when if isinstance(when, date) else day(when, self.source.zone, self.now, self.written.dates)
        if read is None:
            self.leave(part, place, f"'{clean(str(value), 40)}' is not a number as {self.written.number}")
        elif at is None:
            self.leave(part, place, f"'{clean(str(when), 40)}' is not a day that has come")
        elif self.points.setdefault((part.id, at), read) != read:
            self.leave(part, place, f"there is another number for {at}: narrow it down with 'where'")

    def leave(self, part: SeriesPart, place: str, why: str) -> None:
        self.set_aside.append(f"{part.id}, {place}: {why}")

    @property
    def reasons(self) -> tuple[str, ...]:
        rest = len(self.set_aside) - MAX_REASONS
        return (*self.set_aside[:MAX_REASONS], *([f"{rest} more like these"] if rest > 0 else []))

    @property
    def in_order(self) -> tuple[Point, ...]:
        """The numbers by day; of too many the newest."""
        ordered = sorted((at, name, value) for (name, at), value in self.points.items())
        return tuple(Point(name, at, value) for at, name, value in ordered[-MAX_POINTS:])


def _decoded(document: Document, encoding: str) -> str:
    """The text: as the entry says, else UTF-8, else as the document says, else Windows-1252."""
    if encoding:
        return document.body.decode(encoding, "replace")
    try:
        return document.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = document.headers.get("content-type", "") + document.body[:2048].decode("latin-1")
        named = re.search(r"charset\s*=\s*[\"']?([\w-]{2,30})", said, re.IGNORECASE)
        try:
            codec = codecs.lookup(named[1]) if named else None
            return document.body.decode(codec.name if codec else "windows-1252", "replace")
        except (LookupError, ValueError):
            return document.body.decode("windows-1252", "replace")


# ------------------------------------------------------------------ rows: CSV and JSON


def _csv(text: str, found: _Found) -> None:
    head, _, _ = text.partition("\n")
    delimiter = max(",;\t|", key=head.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = {name.strip() for name in rows.fieldnames or ()}
        parts = [part for part in found.written.series if _has_columns(part, columns, found)]
        for place, row in enumerate(rows, start=2):
            if place > MAX_ROWS:
                found.set_aside.append(f"rows after the first {MAX_ROWS}")
                break
            cells = {name.strip(): cell for name, cell in row.items() if isinstance(name, str)}
            for part in parts:
                _row(part, cells, f"row {place}", found)
    except csv.Error as error:
        found.set_aside.append(f"not a table: {error}")


def _has_columns(part: SeriesPart, columns: set[str], found: _Found) -> bool:
    lacking = [name for name in (part.value, *part.day, *part.where) if name not in columns]
    if lacking:
        there = ", ".join(sorted(columns)[:10])
        found.leave(part, "heading", f"there is no column '{lacking[0]}', but {clean(there, 200)}")
    return not lacking


def _json(text: str, found: _Found) -> None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        found.set_aside.append(f"JSON that cannot be read ({type(error).__name__})")
        return
    for part in found.written.series:
        path = part.rows or found.written.rows
        rows = _records(_at(document, path)) if path else _records(document)
        if not rows:
            found.leave(part, "rows", f"nothing at '{path}'" if path else "no list of rows")
        for place, row in enumerate(rows[:MAX_ROWS], start=1):
            _row(part, row, f"row {place}", found)


def _records(rows: object) -> list[Mapping[str, Any]]:
    """Objects; or lists, the first of which holds their names, as the Census Bureau answers."""
    if isinstance(rows, dict):
        return [rows]
    if not isinstance(rows, list) or not rows:
        return []
    if isinstance(rows[0], list) and all(isinstance(name, str) for name in rows[0]):
        return [dict(zip(rows[0], row, strict=False)) for row in rows[1:] if isinstance(row, list)]
    return [row for row in rows if isinstance(row, dict)]


def _row(part: SeriesPart, row: Mapping[str, Any], place: str, found: _Found) -> None:
    if all(str(_at(row, name)).strip() == str(wanted) for name, wanted in part.where.items()):
        when = "-".join(str(_at(row, name)).strip() for name in part.day)
        found.take(part, _at(row, part.value), when, place)


def _at(value: object, path: str) -> Any:
    """What stands under a name, else at a path (https://jmespath.org); None where there is nothing."""
    if isinstance(value, dict) and path in value:
        return value[path]
    try:
        return jmespath.search(path, value)
    except (JMESPathError, RecursionError):
        return None


# ------------------------------------------------------------------ a number in a page


def _page(markup: str, found: _Found) -> None:
    if too_deep(markup):
        raise Unreadable("the page is nested too deeply", subject=found.source.id)
    text = plain(markup, MAX_TEXT)
    tables = list(grids(LexborHTMLParser(markup))) if any(p.row for p in found.written.series) else []
    for part in found.written.series:
        if part.row:
            cells = (table.cell(part.row, part.column) for table in tables)
            value, place = next((cell for cell in cells if cell is not None), None), 0
        else:
            match = expression(part.value).search(text)
            value, place = (match[1], match.start(1)) if match else (None, 0)
        if value is None:
            found.leave(part, "page", "nothing stands where the number should")
        else:
            found.take(part, value, _day_of(part, text, place, found), "page")


def _day_of(part: SeriesPart, text: str, place: int, found: _Found) -> object:
    """Today, what the pattern finds, or the day that is named nearest to the number."""
    zone, now = found.source.zone, found.now
    if part.day == (TODAY,):
        return today(zone, now)
    if part.day:
        match = expression(part.day[0]).search(text)
        return match[1] if match else "no day where the pattern looks"
    named = min(days_in(text, zone, now), key=lambda found: abs(found[0] - place), default=None)
    return named[1] if named else today(zone, now)


def _link(markup: str, base: str, written: SeriesFile) -> str:
    """The link that an index has under the words to follow: in it, or in the row or list entry around it."""
    wanted = fold(written.follow).text
    lines: dict[int, bool] = {}
    links, left = [], MAX_AROUND
    for node in LexborHTMLParser(markup).css("a[href]")[:MAX_LINKS]:
        around = _line(node)
        if around.mem_id not in lines:
            text = around.text(separator=" ")
            left -= len(text)
            lines[around.mem_id] = left > 0 and wanted in fold(clean(text, MAX_TEXT)).text
        if left < 0:
            break
        link = web_link(node.attributes.get("href") or "", base)
        if lines[around.mem_id] and link and link != base:
            links.append(link)
    if not links:
        return ""
    return links[-1] if written.pick == "last" else links[0]


def _line(node: LexborNode) -> LexborNode:
    above = node.parent
    for _ in range(4):
        if above is None:
            break
        if above.tag in ("tr", "li"):
            return above
        above = above.parent
    return node


_FORMATS: Mapping[str, Callable[[str, _Found], None]] = {"csv": _csv, "json": _json, "page": _page}


KIND = Kind(SeriesFile, read, ask, follow=follow)
