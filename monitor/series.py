"""Numbers over time x a rule -> what the rule says of each: it moved, crossed a level, cannot be right.

Pure, and what is said of a day depends on the numbers up to that day alone.

A change compares a number with the last one at least `within` older. It is told when it begins, and
again only after it had gone back below four fifths of the share, or when as much again was added:
when the whole of the new stretch lies after what was told. A level is told when it is crossed, and
again only after the number had been a hundredth of the level on the other side.

A number that is ten times or a tenth of the last good one, or not above zero after one that was, is
taken for a mistake in the source: told as such, and compared with nothing. Where the next two are
like it, that is the new scale.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil

from monitor.model import Point

BACK = 0.8
HYSTERESIS = 0.01
FACTOR = 10.0
CONFIRMED = 3
# How many of the last gaps between numbers teach how often there is one, and which share keeps to it.
GAPS, USUAL = 50, 0.9
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """`share` is 0.05 for 5 %; without `within` the number before is what it is compared with."""

    share: float
    within: timedelta | None
    name: str


@dataclass(frozen=True, slots=True)
class Level:
    """A level, and whether it is told when the number rises above it or falls below it."""

    level: float
    above: bool
    name: str


@dataclass(frozen=True, slots=True)
class Late:
    """Nothing new for this much longer than is usual between two numbers."""

    after: timedelta
    name: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """What every series has beside its rules: a number that cannot be right."""

    name: str = "implausible"


Rule = Change | Level | Late


@dataclass(frozen=True, slots=True)
class Followed:
    """A series: what it is called, its unit, the page to show, its rules, the watchlists that are told."""

    id: str
    name: str
    unit: str = ""
    link: str = ""
    rules: tuple[Rule, ...] = ()
    tell: tuple[str, ...] = ()


# ------------------------------------------------------------------ going through the history


@dataclass(frozen=True, slots=True)
class Step:
    """A number, what it is compared with, what the rule says then, and whether it begins to."""

    point: Point
    base: Point | None
    state: str = ""
    begins: bool = False


def at(point: Point) -> date:
    """For putting numbers in order."""
    return point.at


def steps(rule: Change | Level | Doubt, points: Sequence[Point]) -> list[Step]:
    """Each of the numbers, which are in the order of their days, as the rule has it."""
    if isinstance(rule, Doubt):
        return list(_doubts(points))
    if isinstance(rule, Change):
        return list(_changes(rule, points))
    return list(_crossings(rule, points))


def _sifted(points: Sequence[Point]) -> Iterator[tuple[Point, list[Point], bool]]:
    """Each number, the good ones before it on its scale, and whether it is good itself.

    The list is the walk's own and changes with the next number: read it at once.
    """
    good: list[Point] = []
    doubted: list[Point] = []
    for point in points:
        if not good or _like(point, good[-1]):
            yield point, good, True
            good.append(point)
            doubted = []
            continue
        yield point, good, False
        doubted = [*(d for d in doubted if _like(point, d) and _like(d, point)), point]
        if len(doubted) == CONFIRMED:
            good[:], doubted = doubted, []


def sound(points: Sequence[Point]) -> Sequence[Point]:
    """The good numbers on the newest scale, as far as the last one tells; of numbers in the order of their
    days."""
    good: Sequence[Point] = ()
    for _, good, _ in _sifted(points):  # noqa: B007 - the walk's own list, when the walk is over
        pass
    return good


def _like(point: Point, other: Point) -> bool:
    """Can this number follow the other?"""
    if other.value <= 0:
        return True
    return other.value / FACTOR < point.value < other.value * FACTOR


def doubtful(points: Sequence[Point]) -> bool:
    """Is the last of these numbers, which are in the order of their days, one that cannot be right?"""
    fine = True
    for _, _, fine in _sifted(points):  # noqa: B007 - of the last
        pass
    return not fine


def _doubts(points: Sequence[Point]) -> Iterator[Step]:
    state = ""
    for point, good, fine in _sifted(points):
        begins = not fine and not state
        state = "" if fine else "implausible"
        yield Step(point, good[-1] if good else None, state, begins)


def _changes(rule: Change, points: Sequence[Point]) -> Iterator[Step]:
    state, since = "", date.min
    for point, good, fine in _sifted(points):
        base = _base(good, point.at, rule.within)
        share = change(base, point) if fine else None
        if base is None or share is None:
            yield Step(point, base, state if base else "")
            continue
        way = "up" if share > 0 else "down"
        if abs(share) >= rule.share - _ROUNDING:
            begins = state != way or base.at >= since
            state, since = way, point.at if begins else since
        else:
            begins = False
            state = state if way == state and abs(share) >= rule.share * BACK else ""
        yield Step(point, base, state, begins)


def _base(good: Sequence[Point], day: date, within: timedelta | None) -> Point | None:
    """The last good number at least so much older; without `within` the last one."""
    count = len(good) if within is None else bisect_right(good, day - within, key=at)
    return good[count - 1] if count else None


def change(base: Point | None, point: Point) -> float | None:
    """By what share a number differs from another; None where that says nothing: from zero or below."""
    return (point.value - base.value) / base.value if base and base.value > 0 else None


def _crossings(rule: Level, points: Sequence[Point]) -> Iterator[Step]:
    sign = 1 if rule.above else -1
    slack = abs(rule.level) * HYSTERESIS
    state, first = "", True
    for point, good, fine in _sifted(points):
        if not fine:
            yield Step(point, good[-1], state)
            continue
        over = sign * (point.value - rule.level)
        begins = over > 0 and not state and not first
        if over > 0:
            state = "above" if rule.above else "below"
        elif over < -slack:
            state = ""
        yield Step(point, good[-1] if good else None, state, begins)
        first = False


# ------------------------------------------------------------------ when the next is due


def usual(points: Sequence[Point]) -> timedelta:
    """The gap that nine in ten numbers keep to; with few of them the widest; 0 with one."""
    gaps = sorted(b.at - a.at for a, b in pairwise(points[-GAPS - 1 :]))
    if not gaps:
        return timedelta(0)
    return gaps[min(ceil(len(gaps) * USUAL), len(gaps)) - 1] if len(gaps) >= 5 else gaps[-1]


def late(points: Sequence[Point], rule: Late, now: datetime) -> bool:
    """Has the next number not come in time, counted from when the newest was first seen?"""
    seen = points[-1].seen
    return seen is not None and now - seen > usual(points) + rule.after
