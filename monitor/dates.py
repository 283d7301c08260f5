"""Dates as publishers write them -> UTC, or nothing where they cannot be right.

A date is never the identity of an entry, so an unreadable one costs only its place in the order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.months import MONTHS

# Nothing that feeds are read for is older than feeds; a publisher's clock may run ahead a little.
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=36)
# Thailand counts from the death of the Buddha: 2569 is 2026.
THAI = 543
# Japan counts by reigns; Reiwa 1 was 2019.
REIWA = 2018

_NAMES = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_YEAR = r"(?<!\d)(?P<y>(?:19|20|25)\d\d)"
_CLOCK = (
    r"(?:(?:\s*[,|]\s*|[T\s]*)(?:at\s+|um\s+|à\s+|lúc\s+|เวลา\s*)?(?P<h>\d{1,2})[:时時시](?P<mi>\d{1,2})[分분]?"
    r"(?:[:](?P<s>\d{1,2}))?(?!\d)(?:\s*(?P<half>[ap])\.?m\b\.?)?)?"
)
_FORMS = tuple(
    re.compile(form + _CLOCK, re.IGNORECASE)
    for form in (
        # 2026年9月1日, 2026-09-01, 2026. 9. 1., 2026년 9월 1일
        _YEAR + r"\s*[-年년/.]\s*(?P<m>\d{1,2})\s*[-月월/.]\s*(?P<d>\d{1,2})(?!\d)(?:\s*[日일]|\.(?=\s|$))?",
        # 24 November 2026, 24-Nov-2026, 24. Dezember 2026, 24 de noviembre de 2026, 24 พ.ย. 2569
        (
            r"(?<![\d.])(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s-]*(?:of\s+|de\s+|เดือน\s*)?"
            rf"(?<![^\W\d_])(?P<name>{_NAMES})(?![^\W\d_])[\s.,-]*(?:del?\s+|พ\.?ศ\.?\s*)?{_YEAR}(?!\d)"
        ),
        # November 24, 2026
        rf"(?<!\w)(?P<name>{_NAMES})(?![^\W\d_])\.?\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s,]+{_YEAR}(?!\d)",
        # ngày 24 tháng 11 năm 2026
        rf"(?<!\d)(?P<d>\d{{1,2}})\s+tháng\s+(?P<m>\d{{1,2}})(?:\s+năm|,)?\s+{_YEAR}(?!\d)",
        # 令和8年11月24日
        r"令和\s*(?P<reiwa>\d{1,2}|元)年\s*(?P<m>\d{1,2})月\s*(?P<d>\d{1,2})日",
        # 24/11/2026 or 11/24/2026
        r"(?<![\d/.-])(?P<a>\d{1,2})\s?[/.-]\s?(?P<b>\d{1,2})\s?[/.-]\s?(?P<y>(?:19|20|25)\d\d)(?!\d|\.\w)",
    )
)
_USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|UTC|\+0000)"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEEDED = re.compile(r"\d{4}|令和")
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９", "01234567890123456789")
_IN_LINK = re.compile(r"(?<!\d)(20\d\d)(?:([-/_])(\d\d?)\2(\d\d?)|[-/_]?(\d\d)(\d\d))(?!\d)")
_MONTH_IN_LINK = re.compile(r"(?<!\d)(20\d\d)[-/_]?(0[1-9]|1[0-2])(?=[/_-]|$)")


class Found(NamedTuple):
    """A date in a text, from `start` to `end`; its moment as it is written there, without a zone."""

    start: int
    end: int
    moment: datetime


def parse(text: str, zone: str, now: datetime) -> datetime | None:
    """The moment that `text` names, in UTC. `zone` (IANA) is for dates that carry none.

    None where it cannot be read, does not exist (31 February), or is implausible against `now`.
    """
    text = text.strip()[:100]
    if not text:
        return None
    read = _usual(text) or _epoch(text) or _iso(text) or _whole(text) or _mail(text, zone) or _first(text)
    if read is None:
        return None
    try:
        read = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))
        moment = read.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if EARLIEST <= moment <= now + AHEAD else None


def in_words(text: str) -> str:
    """2026-05-04 as 4 May 2026; anything else as it stands."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%B} {day.year}"


def find(text: str, *, month_first: bool | None = None) -> list[Found]:
    """Every date in a text, in order, with the time of day where that follows at once.

    `month_first` says how to read 2/3/2026, which is no date where that is not known; 24/11/2026 is
    read the only way there is.
    """
    if not _NEEDED.search(text):
        return []
    found = sorted(_found(text.translate(_DIGITS), month_first=month_first))
    return [one for number, one in enumerate(found) if not number or one.start >= found[number - 1].end]


def in_form(text: str, form: str, now: datetime) -> datetime | None:
    """A date in a form of strptime; without a year in the form, the latest that is not ahead of `now`."""
    try:
        if any(code in form for code in ("%Y", "%y", "%G", "%c", "%x")):
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is laid on later
        latest = now.replace(tzinfo=None) + AHEAD
        read = datetime.strptime(f"2000 {text}", f"%Y {form}")  # noqa: DTZ007 - as above
        years = range(latest.year, latest.year - 9, -1)
        # 29 February waits for its year.
        return next(d for y in years if (d := _in(read, y)) and d <= latest)
    except (ValueError, StopIteration):
        return None


def _in(moment: datetime, year: int) -> datetime | None:
    try:
        return moment.replace(year=year)
    except ValueError:
        return None


def in_link(link: str) -> datetime | None:
    """The day that an address names: /2026/11/24/, 2026-11-24 or 20261124."""
    for match in _IN_LINK.finditer(link):
        year, _, month, day, *packed = match.groups()
        moment = _moment(year, month or packed[0], day or packed[1])
        if moment:
            return moment
    return None


def month_in_link(link: str) -> datetime | None:
    """The first of the month that an address names: /202611/ or /2026/11/."""
    found = _MONTH_IN_LINK.search(link)
    return _moment(found[1], found[2], 1) if found else None


def _found(text: str, *, month_first: bool | None) -> Iterator[Found]:
    for form in _FORMS:
        for match in form.finditer(text):
            moment = _read(match.groupdict(), month_first=month_first)
            if moment:
                yield Found(match.start(), match.end(), moment)


def _read(part: dict[str, str | None], *, month_first: bool | None) -> datetime | None:
    year: str | int | None = part.get("y")
    if reiwa := part.get("reiwa"):
        year = REIWA + (1 if reiwa == "元" else int(reiwa))
    month, day = part.get("m"), part.get("d")
    if first := part.get("a"):
        second = part["b"] or ""
        if month_first is None and first != second and int(first) <= 12 and int(second) <= 12:
            return None
        swapped = int(second) > 12 or (bool(month_first) and int(first) <= 12)
        month, day = (first, second) if swapped else (second, first)
    if name := part.get("name"):
        month = str(MONTHS[name.lower()])
    hour = int(part["h"] or 0)
    if half := part["half"]:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    return _moment(year, month, day, hour, part["mi"] or 0, part["s"] or 0)


def _moment(*parts: str | int | None) -> datetime | None:
    year, *rest = (int(part or 0) for part in parts)
    try:
        # The zone is the source's, and laid on by the caller.
        return datetime(year - THAI if year > 2400 else year, *rest)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _usual(text: str) -> datetime | None:
    """RFC 5322 in the form that nearly all feeds have; any other is for the long way."""
    found = _USUAL.fullmatch(text)
    if found is None:
        return None
    day, name, year, hour, minute, second = found.groups()
    try:
        on = date(int(year), _MONTHS.index(name) + 1, int(day))
        return datetime.combine(on, time(int(hour), int(minute), int(second)), UTC)
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    """RFC 3339 and the rest of ISO 8601."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _mail(text: str, zone: str) -> datetime | None:
    """RFC 5322. CST is China's time to a Chinese source, not that of the central United States."""
    if "/" in zone and zone.startswith("Asia/"):
        text = re.sub(r"\bCST\b", "", text).strip()
    text = re.sub(r"([+-]\d\d):(\d\d)$", r"\1\2", text)
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970."""
    if not re.fullmatch(r"\d{10}|\d{13}", text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _whole(text: str) -> datetime | None:
    """A date that is all of the text: November 24, 2026 3:00 PM."""
    for form in _FORMS:
        match = form.fullmatch(text)
        if match:
            return _read(match.groupdict(), month_first=None)
    return None


def _first(text: str) -> datetime | None:
    """A date among other words: 发布时间：2025年9月1日 10:00. Digits after it could be part of it."""
    found = find(text)
    return found[0].moment if found and not re.search(r"\d", text[found[0].end :]) else None
