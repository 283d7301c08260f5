"""Publication times -> when news is likely -> when to look next. Pure; `now` is an argument.

A source is looked at in proportion to the square root of how much it publishes at that hour of its
week: with a given number of looks, this makes the sum of all delays least, for the delay at a rate
of looks f is 1/2f on average, and the sum over sources of rate/2f under a fixed sum of f is least
where f is proportional to the square root of the rate (Lagrange). No source is looked at less than
its `every` allows by SLOWEST, nor more than by FASTEST.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# How much longer and shorter than `every` the pause between two looks may be.
SLOWEST, FASTEST = 1.5, 6.0
SHORTEST = timedelta(minutes=1)
# What was published longer ago than this counts half.
HALF_LIFE = timedelta(days=28)
# Older dates in a document say nothing about today's habits.
MEMORY = timedelta(days=56)
# Publications that are supposed before any was seen: they keep the hours of a thin record apart
# by no more than it warrants.
HOURS_PRIOR, DAYS_PRIOR = 8.0, 14.0
# Fewer publications than this teach nothing yet.
ENOUGH = 5.0
# For the common pace so many sources speak for all.
SAMPLE = 500

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_DECAY = HALF_LIFE / _HOUR / math.log(2)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Publications by hour of the day and by day of the week (Monday first) in the source's zone.

    All counts fade with HALF_LIFE; `watched` is the faded number of hours that they were counted
    over, up to `until`.
    """

    hours: tuple[float, ...]
    days: tuple[float, ...]
    watched: float
    until: datetime

    @property
    def count(self) -> float:
        return sum(self.days)


def learn(rhythm: Rhythm | None, published: Iterable[datetime], zone: str, now: datetime) -> Rhythm:
    """What is known after these publications. Several within one minute are one.

    With no `rhythm` yet, the time since the earliest of them counts as watched.
    """
    moments = {moment.replace(second=0, microsecond=0) for moment in published}
    moments = {moment for moment in moments if now - MEMORY <= moment <= now}
    if rhythm is None:
        start = min(moments, default=now)
        rhythm = Rhythm((0.0,) * 24, (0.0,) * 7, 0.0, start)
    faded = _faded(rhythm, now)
    hours, days = list(faded.hours), list(faded.days)
    for moment in moments:
        local = moment.astimezone(_zone(zone))
        hours[local.hour] += 1
        days[local.weekday()] += 1
    return replace(faded, hours=tuple(hours), days=tuple(days))


def replay(published: Iterable[datetime], zone: str, now: datetime) -> Rhythm:
    """What looking once a day would have taught since the earliest of these publications.

    To learn them all at once would count those of weeks ago as much as those of today.
    """
    moments = [moment for moment in published if now - MEMORY <= moment <= now]
    start = min(moments, default=now)
    by_day: dict[int, list[datetime]] = {}
    for moment in moments:
        by_day.setdefault((moment - start) // _DAY, []).append(moment)
    known = Rhythm((0.0,) * 24, (0.0,) * 7, 0.0, start)
    for day in range((now - start) // _DAY + 1):
        known = learn(known, by_day.get(day, ()), zone, min(start + (day + 1) * _DAY, now))
    return known


def _faded(rhythm: Rhythm, now: datetime) -> Rhythm:
    share = math.exp(-max((now - rhythm.until) / _HOUR, 0.0) / _DECAY)
    return Rhythm(
        tuple(count * share for count in rhythm.hours),
        tuple(count * share for count in rhythm.days),
        rhythm.watched * share + _DECAY * (1 - share),
        max(now, rhythm.until),
    )


def _shares(rhythm: Rhythm) -> tuple[list[float], list[float]]:
    """How much livelier than the average each hour and each day is; neighbours share their hours."""
    hours, count = rhythm.hours, rhythm.count
    smooth = [hours[n] / 2 + (hours[n - 1] + hours[(n + 1) % 24]) / 4 for n in range(24)]
    by_hour = [(h + HOURS_PRIOR / 24) / (count + HOURS_PRIOR) * 24 for h in smooth]
    by_day = [(d + DAYS_PRIOR / 7) / (count + DAYS_PRIOR) * 7 for d in rhythm.days]
    return by_hour, by_day


def _urgency(rhythm: Rhythm, every: timedelta, now: datetime) -> float:
    """The square root of the publications expected in a pause of `every`, on average."""
    faded = _faded(rhythm, now)
    return math.sqrt((faded.count + 0.5) / (faded.watched + 24) * (every / _HOUR))


def pace(sources: Sequence[tuple[Rhythm, timedelta]], now: datetime) -> float | None:
    """The urgency at which the pause is just `every`, such that all looks together stay as many as
    with fixed pauses. None where nothing has been learnt yet.
    """
    known = [(rhythm, every) for rhythm, every in sources if rhythm.count >= ENOUGH]
    known = known[:: max(len(known) // SAMPLE, 1)]
    if not known:
        return None
    weighed = [(_urgency(rhythm, every, now), _shares(rhythm), _HOUR / every) for rhythm, every in known]
    rows = [(tuple(urgency * math.sqrt(h) for h in hours), looks) for urgency, (hours, _), looks in weighed]
    budget = sum(looks for _, looks in rows)
    low, high = 1e-6, 1e6
    for _ in range(40):
        middle = math.sqrt(low * high)
        asked = sum(sum(_often(u / middle) for u in urgencies) / 24 * looks for urgencies, looks in rows)
        low, high = (middle, high) if asked > budget else (low, middle)
    return math.sqrt(low * high)


def _often(relative: float) -> float:
    """Looks for each that fixed pauses would make, within the bounds."""
    return min(max(relative, 1 / SLOWEST), FASTEST)


def next_look(rhythm: Rhythm, every: timedelta, zone: str, common: float, now: datetime) -> datetime:
    """When to look again: the sooner, the livelier the coming hours usually are."""
    by_hour, by_day = _shares(rhythm)
    urgency = _urgency(rhythm, every, now) / common
    local = now.astimezone(_zone(zone))
    moment, part = now, 0.0
    edge = now + (
        _HOUR - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    )
    while True:
        often = _often(urgency * math.sqrt(by_hour[local.hour] * by_day[local.weekday()]))
        step = every * (1 - part) / often
        if moment + step <= edge:
            break
        part += (edge - moment) / every * often
        moment, edge = edge, edge + _HOUR
        local = moment.astimezone(_zone(zone))
    return max(moment + step, now + min(SHORTEST, every))


def expected(rhythm: Rhythm, zone: str, since: datetime, until: datetime) -> float:
    """How many publications the habits would have between two moments."""
    faded = _faded(rhythm, until)
    hourly = faded.count / max(faded.watched, 24)
    weeks = (until - since) // (_HOUR * 168)
    by_hour, by_day = _shares(faded)
    moment, total = since + weeks * _HOUR * 168, 0.0
    while moment < until:
        local = moment.astimezone(_zone(zone))
        step = min(_HOUR, until - moment)
        total += by_hour[local.hour] * by_day[local.weekday()] * (step / _HOUR)
        moment += step
    return hourly * (total + weeks * 168)


def usual_pause(rhythm: Rhythm | None, zone: str, now: datetime) -> timedelta | None:
    """The mean time between two publications of a week by these habits; None where too little is known."""
    if rhythm is None or rhythm.count < ENOUGH:
        return None
    weekly = expected(rhythm, zone, now - 7 * _DAY, now)
    return 7 * _DAY / weekly if weekly > 0 else None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
