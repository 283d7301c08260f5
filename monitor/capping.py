"""How many messages a channel may get: what it got x limits x now -> room for one more, or until when not.

Only what goes to one destination is counted together, and only alerts and batches: notices to the
operator are outside of all limits, and so is what goes to the terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.holding import Hold

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_BEYOND = "beyond "


@dataclass(frozen=True, slots=True)
class Limits:
    """The most messages to one destination in any hour and in a local day, and the most alerts of one
    watchlist among them in a day. What was held comes in one message beyond `per_hour`."""

    per_hour: int = 30
    per_day: int = 200
    watchlist_per_day: int = 60


@dataclass(frozen=True, slots=True)
class Counts:
    """What a destination was sent: within the hour before now, since its local day began, of that what is
    of the watchlist in question, and when within the hour the last of what had been held was sent."""

    hour: int = 0
    day: int = 0
    watchlist: int = 0
    summary: datetime | None = None


def room(counts: Counts, limits: Limits, now: datetime, zone: str, *, held_before: bool) -> Hold | None:
    """None where one more message may go, else until when it may not.

    What was held before (a batch, or one alert that waited) is the summary of what was too much: within
    an hour one such may go although the hour is full, so that no hour has more than `per_hour` + 1.
    """
    if counts.watchlist >= limits.watchlist_per_day:
        return Hold(tomorrow(now, zone), f"{_BEYOND}{limits.watchlist_per_day} a day of one watchlist")
    if counts.day >= limits.per_day:
        return Hold(tomorrow(now, zone), f"{_BEYOND}{limits.per_day} a day")
    if counts.hour < limits.per_hour:
        return None
    why = f"{_BEYOND}{limits.per_hour} an hour"
    if not held_before:
        return Hold(next_hour(now, zone), why)
    return Hold(counts.summary + HOUR, why) if counts.summary else None


def capped(why: str) -> bool:
    """Whether what holds something, in words, is a limit rather than the hours."""
    return why.startswith(_BEYOND)


def next_hour(now: datetime, zone: str) -> datetime:
    """When the clock there strikes next."""
    local = now.astimezone(ZoneInfo(zone))
    return now + HOUR - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def today(now: datetime, zone: str) -> datetime:
    """When the local day began (UTC)."""
    local = ZoneInfo(zone)
    return datetime.combine(now.astimezone(local).date(), time(), local).astimezone(UTC)


def tomorrow(now: datetime, zone: str) -> datetime:
    """When the next local day begins (UTC)."""
    local = ZoneInfo(zone)
    return datetime.combine(now.astimezone(local).date() + DAY, time(), local).astimezone(UTC)
