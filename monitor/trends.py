"""The history of a series -> what a digest shows of it: the newest number, how it moved, a chart. Pure.

A number is compared with one that is as old as is said, and little older: of a monthly series nothing is
said over a day or a week, of a yearly one nothing over a month. What cannot be right is compared with
nothing, and stands in no chart.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from monitor.digest import Trend
from monitor.model import Point
from monitor.moves import label, on, value, words
from monitor.series import GAPS, Doubt, Followed, at, change, sound

# The numbers of a chart, and how many rows of the history are enough for all that is said here: what is
# said of a year is for series that have less than a number a day.
CHART, HISTORY = 30, 200
# How much older than a day, a week, a month what a number is compared with may be: over a long weekend,
# over holidays, and of weekly numbers.
_WEEKEND, _WEEK_SLACK, _MONTH_SLACK = (timedelta(days=n) for n in (3, 4, 10))
_WEEK = timedelta(days=7)


def trend(source: str, series: Followed, history: Iterable[Point], since: datetime) -> Trend | None:
    """The series with its newest number; None where its newest day was known at `since`, with this number.

    `history` is as `Points.lately` gives it: each value by day, of one that was corrected the first first,
    and `seen` is when that value was.
    """
    history = list(history)
    standing = _by_day(history)
    before = {p.at: p for p in _by_day(p for p in history if p.seen and p.seen < since)}
    if not standing or _same(before.get(standing[-1].at), standing[-1]):
        return None
    numbers = sound(standing)
    newest, last = numbers[-1], before.get(numbers[-1].at)
    older = numbers[-2] if len(numbers) > 1 else None
    return Trend(
        watchlists=series.tell,
        id=f"{source}/{series.id}",
        name=series.name,
        unit=series.unit,
        link=series.link,
        value=value(newest.value),
        when=label(newest.at, standing),
        day=change(_day_before(numbers, standing), newest),
        week=change(_between(numbers, newest.at - _WEEK, _WEEK_SLACK), newest),
        month=change(_between(numbers, _months_before(newest.at, 1), _MONTH_SLACK), newest),
        points=tuple(point.value for point in numbers[-CHART:]),
        year=change(_between(numbers, _months_before(newest.at, 12), _MONTH_SLACK), newest),
        step=change(older, newest),
        against=label(older.at, standing) if older else "",
        was=value(last.value) if last and not _same(last, newest) else "",
        doubt=_doubt(standing, newest),
    )


def _by_day(history: Iterable[Point]) -> list[Point]:
    """Of each day the value that was seen last."""
    return sorted({point.at: point for point in history}.values(), key=at)


def _same(one: Point | None, other: Point) -> bool:
    return one is not None and one.value == other.value


def _doubt(standing: Sequence[Point], newest: Point) -> str:
    """The last number in words where it is taken for a mistake: "5,350,000 on 3 Mar: implausible ..."."""
    last = standing[-1]
    if last.at == newest.at:
        return ""
    when = on(last.at, standing, newest.at)
    return f"{value(last.value)} {when}{words(Doubt(), last, newest, standing)}"


# ------------------------------------------------------------------ what is compared with what


def _day_before(numbers: Sequence[Point], standing: Sequence[Point]) -> Point | None:
    """The number of the day before, or of the trading day before that, where every day has one: mistakes
    count for that."""
    gaps = [(b.at - a.at).days for a, b in pairwise(standing[-GAPS - 1 :])]
    if len(numbers) < 2 or median(gaps) > 1:
        return None
    return _between(numbers, numbers[-1].at - timedelta(days=1), _WEEKEND)


def _between(numbers: Sequence[Point], day: date, slack: timedelta) -> Point | None:
    """The last number up to a day, and not more than `slack` before it."""
    count = bisect_right(numbers, day, key=at)
    return numbers[count - 1] if count and numbers[count - 1].at >= day - slack else None


def _months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last that month has."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
