"""When alerts may go out: quiet hours, days of the week and market sessions x now -> until when to wait.

All rules have to agree: nothing goes in a quiet window, on a day that is not named, or while the market
is closed. Pure; times of day are wall-clock time in the zone, whatever daylight saving makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.markets import MARKETS, opening

# Where hours leave no moment open, what is held goes after that: late, but it goes.
LONGEST = timedelta(days=30)
PRIMARY = 1
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From one time of day to another, the end excluded; over midnight where the end is the earlier."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def holds(self, at: time) -> bool:
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True)
class Hours:
    """When alerts may go. Without quiet windows, weekdays and market they always may.

    `quiet` and `weekdays` (0 is Monday; none: every day) are in local time of `zone`; empty: that of the
    settings. `market` is a key of MARKETS: alerts go while it trades. With `primary`, an alert on a
    primary source (tier 1) goes at once, whatever the rest says.
    """

    zone: str = ""
    quiet: tuple[Window, ...] = ()
    weekdays: frozenset[int] = frozenset()
    market: str = ""
    primary: bool = True

    def within(self, zone: str) -> Hours:
        """With that zone, where they name none."""
        return self if self.zone else replace(self, zone=zone)


NEVER_HELD = Hours()


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when something waits, and why, in words."""

    until: datetime
    why: str


def hold(hours: Hours, tier: int, now: datetime) -> Hold | None:
    """What holds an alert that is ready now, on a source of this tier; None where it may go."""
    if hours.primary and tier == PRIMARY:
        return None
    moment = until(hours, now)
    if moment is None:
        return None
    why = next(why for why, free in _blocks(hours, now) if free > now)
    return Hold(moment, f"{why} until {clock(moment, now, hours.zone)}")


def until(hours: Hours, now: datetime) -> datetime | None:
    """The first moment after now at which an alert may go; None: it may go now."""
    moment = now
    while moment - now < LONGEST:
        later = max((free for _, free in _blocks(hours, moment)), default=moment)
        if later == moment:
            return None if moment == now else moment
        moment = later
    return now + LONGEST


def possible(hours: Hours, now: datetime) -> bool:
    """Whether there is a moment within LONGEST of now at which an alert may go."""
    return until(hours, now) != now + LONGEST


def clock(moment: datetime, now: datetime, zone: str) -> str:
    """A moment that is near, for reading: "07:00 EST"; with its day from a day's distance on."""
    local = moment.astimezone(ZoneInfo(zone or "UTC"))
    near = abs(moment - now) < _DAY
    return f"{local:%H:%M %Z}" if near else f"{local:%a} {local.day} {local:%b %H:%M %Z}"


def _blocks(hours: Hours, moment: datetime) -> Iterator[tuple[str, datetime]]:
    """Each rule in words, and the first moment from this on to which it has no objection."""
    zone = ZoneInfo(hours.zone or "UTC")
    for window in hours.quiet:
        yield "quiet hours", _past(window, zone, moment)
    if hours.weekdays:
        yield "a day off", _on(hours.weekdays, zone, moment)
    if hours.market:
        market = MARKETS[hours.market]
        yield f"{market.name} is closed", opening(market, moment)


def _past(window: Window, zone: ZoneInfo, moment: datetime) -> datetime:
    """The moment itself outside of the window, else when the window ends."""
    local = moment.astimezone(zone)
    if not window.holds(local.time()):
        return moment
    over_midnight = window.start > window.end and local.time() >= window.start
    day = local.date() + _DAY if over_midnight else local.date()
    return next(end for end in _moments(day, window.end, zone) if end > moment)


def _on(weekdays: frozenset[int], zone: ZoneInfo, moment: datetime) -> datetime:
    """The moment itself on one of these days, else the beginning of the next one."""
    day = moment.astimezone(zone).date()
    if day.weekday() in weekdays:
        return moment
    ahead = next(n for n in range(1, 8) if (day + n * _DAY).weekday() in weekdays)
    return next(start for start in _moments(day + ahead * _DAY, time(), zone) if start > moment)


def _moments(day: date, at: time, zone: ZoneInfo) -> Iterator[datetime]:
    """When a clock shows that time on that day: one moment, in autumn perhaps two. A time that is left
    out in spring counts from when the clock has passed it."""
    first, second = (datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        yield first
        yield second
        return
    # The clock jumps over it, somewhere between the two.
    before, wanted = second, datetime.combine(day, at)
    while before.astimezone(zone).replace(tzinfo=None) < wanted:
        before += _MINUTE
    yield before
