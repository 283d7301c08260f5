"""Numbers, and the days they stand for, as publishers write them -> values, or nothing where unclear.

A number is read whole or not at all: of "56.3 万" or "1,23" nobody can say for sure what is meant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal
from unicodedata import normalize
from zoneinfo import ZoneInfo

from monitor import dates

Style = Literal["1,234.5", "1.234,5", "1 234,5"]
Order = Literal["ymd", "dmy", "mdy"]

EARLIEST = 1800
AHEAD = timedelta(days=1)

_MARKS: dict[Style, tuple[str, str]] = {"1,234.5": (",", "."), "1.234,5": (".", ","), "1 234,5": (" ", ",")}
_CURRENCY = "$¥€£₩"
_PLAIN = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,3})?")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
_MONTH = r"(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-年/.]\s*(\d{1,2})(?:\s*[-月/.]\s*(\d{1,2})\s*日?|\s*月)?(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_WORDED = (
    (re.compile(rf"{_MONTH}\s+(\d{{1,2}}),?\s+(\d{{4}})\b", re.IGNORECASE), (3, 1, 2)),
    (re.compile(rf"\b(\d{{1,2}})[\s-]{_MONTH}[\s,-]+(\d{{4}})\b", re.IGNORECASE), (3, 2, 1)),
    (re.compile(rf"{_MONTH}[\s,-]+(\d{{4}})\b", re.IGNORECASE), (2, 1, 0)),
)
_NO_YEAR = re.compile(r"(?<![\d年])(\d{1,2})\s*月\s*(\d{1,2})\s*日")


def number(written: object, style: Style = "1,234.5") -> float | None:
    """The number that a cell or a JSON value holds, or None where it holds no finite one.

    A sign, separators of thousands where they belong, and a currency sign before it may stand there;
    a unit may not, for it may be a factor.
    """
    if isinstance(written, bool) or written is None:
        return None
    if isinstance(written, (int, float)):
        value = float(written) if abs(written) < 1e300 else math.inf
        return value if math.isfinite(value) else None
    text = normalize("NFKC", str(written)[:60]).replace("−", "-").strip()
    text = re.sub(rf"^([+-]?)\s*[{_CURRENCY}]\s*", r"\1", text)
    thousands, point = _MARKS[style]
    groups = re.fullmatch(rf"([+-]?\d{{1,3}}(?:[{thousands}]\d{{3}})+)({re.escape(point)}\d+)?", text)
    if groups:
        text = groups[1].replace(thousands, "") + (groups[2] or "")
    elif thousands in text:
        return None
    text = text.replace(point, ".")
    return float(text) if _PLAIN.fullmatch(text) and math.isfinite(float(text)) else None


def day(written: object, zone: str, now: datetime, order: Order = "ymd") -> date | None:
    """The day that a number stands for: of a month or a year its first. None where that is unclear,
    does not exist, or has not come yet.

    2026-11-24, 20261124, 2026.11.24, 2026年11月24日, 24 November 2026, November 2026, 2026-11,
    202611, 2026, and with `order` 24/11/2026. A time of day counts in `zone`.
    """
    text = str(written).strip()[:60]
    read = _compact(text) or _spelt(text, order)
    if read is None:
        moment = dates.parse(text, zone, now)
        read = moment.astimezone(ZoneInfo(zone)).date() if moment else None
    return read if read and read.year >= EARLIEST and read <= _latest(zone, now) else None


def today(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def days_in(text: str, zone: str, now: datetime) -> Iterator[tuple[int, date]]:
    """Where in a text a day is named, and which; of a month and day without a year the last such."""
    taken: set[int] = set()  # the month and year inside a day that was read already
    for form, places in ((_YEAR_FIRST, (1, 2, 3)), *_WORDED):
        for found in form.finditer(text):
            read = _date(*(found[place] if place else None for place in places))
            if read and read <= _latest(zone, now) and found.start() not in taken:
                taken.update(range(*found.span()))
                yield found.start(), read
    for found in _NO_YEAR.finditer(text):
        this = _date(str(today(zone, now).year), found[1], found[2])
        if this and this > _latest(zone, now):
            this = _date(str(this.year - 1), found[1], found[2])
        if this:
            yield found.start(), this


def _latest(zone: str, now: datetime) -> date:
    return today(zone, now) + AHEAD


def _compact(text: str) -> date | None:
    """Digits alone: a year, a year and month, or a day."""
    if not re.fullmatch(r"\d{4}(\d\d){0,2}", text):
        return None
    return _date(text[:4], text[4:6] or None, text[6:] or None)


def _spelt(text: str, order: Order) -> date | None:
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _date(found[1], found[2], found[3])
    found = _YEAR_LAST.fullmatch(text)
    if found:
        first, second = (found[1], found[2]) if order == "dmy" else (found[2], found[1])
        return _date(found[3], second, first) if order != "ymd" else None
    for form, places in _WORDED:
        found = form.fullmatch(text)
        if found:
            return _date(*(found[place] if place else None for place in places))
    return None


def _date(year: str | None, month: str | None, day_: str | None) -> date | None:
    try:
        number_ = _MONTHS[month[:3].lower()] if month and month[0].isalpha() else int(month or 1)
        return date(int(year or 0), number_, int(day_ or 1))
    except (ValueError, KeyError):
        return None
