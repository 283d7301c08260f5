"""A subscriber and the clock -> the edition of the digest that is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.subscriber import Subscriber

DAILY = timedelta(days=1)
# Nobody reads in one mail of more, however long they could not be reached.
FURTHEST = timedelta(days=31)
# What comes within this time of its hour is punctual: the clock is looked at now and then only, and a mail
# server takes its time with many.
LATE = timedelta(minutes=15)
# The nearest date with an hour past, or to come, is found within so many days on the other side of today and
# on its own: a zone may be a day ahead of itself (midnight comes twice), and leave out the one weekday that
# is wanted.
_AHEAD, _FAR = 1, 15


@dataclass(frozen=True, slots=True)
class Edition:
    """The digest of a local date: it was due at `due` and tells what happened in [since, until).

    `first` where the subscriber got none before. `known` is since when they were told everything, in one
    edition after the other; None where that is always.
    """

    day: date
    due: datetime
    since: datetime
    until: datetime
    first: bool = False
    known: datetime | None = None

    @property
    def late(self) -> timedelta:
        """By how much it missed its hour; zero where it is punctual, or the first: nobody waited."""
        missed = self.until - self.due
        return missed if missed > LATE and not self.first else timedelta(0)


def due(subscriber: Subscriber, now: datetime) -> tuple[date, datetime]:
    """The newest local date of the subscriber's weekdays whose digest hour is past, and that hour in UTC.

    A local hour that does not exist that day (spring) counts from when the clock has passed it;
    one that comes twice (autumn) counts the first time. A date that a zone leaves out is none.
    """
    newest_first = range(_AHEAD, -_FAR, -1)
    return next((day, hour) for day, hour in _hours(subscriber, now, newest_first) if hour <= now)


def following(subscriber: Subscriber, now: datetime) -> tuple[date, datetime]:
    """The first local date of the subscriber's weekdays whose digest hour is to come, with it in UTC."""
    oldest_first = range(-_AHEAD, _FAR)
    return next((day, hour) for day, hour in _hours(subscriber, now, oldest_first) if hour > now)


def before(subscriber: Subscriber, hour: datetime) -> datetime:
    """The hour of the edition before that of `hour`: since then the first one of a subscriber tells."""
    return due(subscriber, hour - timedelta(microseconds=1))[1]


def hour_of(subscriber: Subscriber, day: date) -> datetime:
    """The subscriber's hour on a local date, in UTC."""
    hour = time.fromisoformat(subscriber.digest_at)
    return datetime.combine(day, hour, ZoneInfo(subscriber.zone)).astimezone(UTC)


def weekdays(subscriber: Subscriber) -> tuple[int, ...]:
    """The days on which there is an edition, 0 for Monday; of a weekly one the first."""
    return subscriber.weekdays[:1] if subscriber.edition == "weekly" else subscriber.weekdays


def _hours(subscriber: Subscriber, now: datetime, days: Iterable[int]) -> Iterator[tuple[date, datetime]]:
    """Of the dates so many days from today those on which there is an edition, and the hour of each."""
    zone = ZoneInfo(subscriber.zone)
    today = now.astimezone(zone).date()
    for away in days:
        day = today + timedelta(days=away)
        if day.weekday() in weekdays(subscriber) and _exists(day, zone):
            yield day, hour_of(subscriber, day)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Samoa had no 30 December 2011: it moved across the date line."""
    noon = datetime.combine(day, time(12), zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day
