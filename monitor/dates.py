"""Dates as publishers write them -> UTC, or nothing where they cannot be right.

A date is never the identity of an entry, so an unreadable one costs only its place in the order.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

# Nothing that feeds are read for is older than feeds; a publisher's clock may run ahead a little.
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=36)

_NUMERIC = re.compile(
    r"(\d{4})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})[:时時](\d{1,2})(?:[:分](\d{1,2}))?)?"
)
_DAY = re.compile(r"[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]{2,8} \d{4}")
_DAYS = ("%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d %b %Y")
_CLOCKS = ("", " %H:%M", " %I:%M %p", " %H:%M:%S")


def parse(text: str, zone: str, now: datetime) -> datetime | None:
    """The moment that `text` names, in UTC. `zone` (IANA) is for dates that carry none.

    None where it cannot be read, does not exist (31 February), or is implausible against `now`.
    """
    text = text.strip()[:100]
    if not text:
        return None
    read = _epoch(text) or _iso(text) or _worded(text) or _mail(text, zone) or _numeric(text)
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


def _numeric(text: str) -> datetime | None:
    """2025年9月1日 10:00, 2025/09/01, 2025.9.1."""
    found = _NUMERIC.search(text)
    if not found:
        return None
    try:
        # The zone is the source's, and laid on by the caller.
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _worded(text: str) -> datetime | None:
    """November 24, 2026 3:00 PM and its kin."""
    if not _DAY.match(text):
        return None
    for form in (day + clock for day in _DAYS for clock in _CLOCKS):
        try:
            return datetime.strptime(text.replace(".", "", 1), form)  # noqa: DTZ007 - as above
        except ValueError:
            continue
    return None
