"""A subscriber and the clock -> the edition of the digest that is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.subscriber import Subscriber

DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Edition:
    """The digest of a local date: it was due at `due` and tells what happened in [since, until).

    `first` where the subscriber got none before; `why` says as far as known why it is late.
    """

    day: date
    due: datetime
    since: datetime
    until: datetime
    first: bool = False
    why: str = ""

    @property
    def late(self) -> timedelta:
        """By how much it missed its hour."""
        return max(self.until - self.due, timedelta(0))


def due(subscriber: Subscriber, now: datetime) -> tuple[date, datetime]:
    """The newest local date whose digest hour is past, and that hour in UTC.

    A local hour that does not exist that day (spring) counts from when the clock has passed it;
    one that comes twice (autumn) counts the first time. A date that a zone leaves out is none.
    """
    zone = ZoneInfo(subscriber.zone)
    hour = time.fromisoformat(subscriber.digest_at)
    today = now.astimezone(zone).date()
    for back in range(3):
        day = date.fromordinal(today.toordinal() - back)
        moment = datetime.combine(day, hour, zone).astimezone(UTC)
        if moment <= now and _exists(day, zone):
            return day, moment
    return day, moment


def span(subscriber: Subscriber) -> timedelta:
    """How far back the first edition of a subscriber looks."""
    return WEEKLY if subscriber.edition == "weekly" else DAILY


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Samoa had no 30 December 2011: it moved across the date line."""
    noon = datetime.combine(day, time(12), zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day
