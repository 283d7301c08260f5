"""What new numbers do to a series -> what is told of it, in words, each move once.

Pure. The whole history is gone through before and after, so that the order in which numbers came in
changes nothing; told is what begins at or after the newest day that was known.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from itertools import pairwise
from statistics import median

from monitor.model import Entry, Hit, Part, Point, Verdict
from monitor.rule import Watchlist
from monitor.series import GAPS, Change, Doubt, Followed, Late, Level, Step, at, change, late, steps, usual

# How many numbers the text of a move gives.
LAST = 6
# The language of what is told here.
LANG = "en"
_Said = Change | Level | Doubt
_DAY = re.compile(r"\|(\d{4}-\d\d-\d\d)\|[a-z]*(?:\|corrected)?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Move:
    """Something to tell. `words` is the part of the title that says it.

    `undoes` is the key of a move that a corrected number takes back: to be told only if that was.
    """

    key: str
    rule: str
    title: str
    words: str
    text: str
    link: str
    tell: tuple[str, ...]
    at: date
    undoes: str = ""

    @property
    def entry(self) -> Entry:
        alias = sha256(self.key.encode()).hexdigest()[:32]
        return Entry(self.key, alias, self.link, self.title, self.text, None)

    def verdict(self, watchlist: Watchlist) -> Verdict:
        """What it is to a watchlist that is told of it: all there is, under the name of the rule."""
        start = max(self.title.find(self.words), 0)
        hit = Hit("title", start, start + len(self.words), self.words, self.rule)
        part = Part("must", self.rule, 100, met=True, hits=(hit,))
        return Verdict(watchlist.id, 100, (part,), "", watchlist.alert, watchlist.digest, watchlist.snooze)


def moves(
    followed: Iterable[Followed], known: Iterable[Point], new: Iterable[Point], now: datetime
) -> list[Move]:
    """What new numbers do, and what has failed to come, beside the numbers known before; by day.

    A series of which nothing was known is looked at for the first time: nothing is told.
    """
    known, new = list(known), list(new)
    told: list[Move] = []
    for series in followed:
        before = {p.at: p for p in known if p.series == series.id}
        if not before:
            continue
        after = before | {
            p.at: replace(p, seen=before[p.at].seen if p.at in before else now)
            for p in new
            if p.series == series.id
        }
        told += _told(series, sorted(before.values(), key=at), sorted(after.values(), key=at), now)
    return sorted(told, key=lambda move: move.at)


def _told(series: Followed, before: Sequence[Point], after: Sequence[Point], now: datetime) -> Iterator[Move]:
    for rule in (*series.rules, Doubt()):
        if isinstance(rule, Late):
            if late(after, rule, now):
                yield _late(series, rule, after)
        elif after != before:
            yield from _begun_and_undone(series, rule, before, after)


def _begun_and_undone(
    series: Followed, rule: _Said, before: Sequence[Point], after: Sequence[Point]
) -> Iterator[Move]:
    past, present = steps(rule, before), steps(rule, after)
    newest = past[-1]
    for step in present:
        last = step.point.at == newest.point.at
        if step.begins and (step.point.at > newest.point.at or (last and step.state != newest.state)):
            yield _moved(series, rule, step, after)
    now = {step.point.at: step.state for step in present}
    for step in past:
        if step.begins and now[step.point.at] != step.state:
            yield _undone(series, rule, step, before, after)


def keys(found: Iterable[Move]) -> set[str]:
    """What to look up of moves among what was filed."""
    return {key for move in found for key in (move.key, move.undoes) if key}


def day_of(key: str) -> date | None:
    """The day of the numbers that a move is of, by its key; None of a key that is none."""
    found = _DAY.search(key)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def untold(found: Iterable[Move], filed: Collection[str]) -> list[Move]:
    """Those that were not filed before; of corrections those of a move that was."""
    return [m for m in found if m.key not in filed and (not m.undoes or m.undoes in filed)]


# ------------------------------------------------------------------ in words


def _moved(series: Followed, rule: _Said, step: Step, points: Sequence[Point]) -> Move:
    said = words(rule, step.point, step.base, points)
    key = f"{series.id}|{rule.name}|{step.point.at}|{step.state}"
    return _move(
        series, rule.name, key, f"{_stands(series, step.point, points)}{said}", said, points, step.point
    )


def words(rule: _Said, point: Point, base: Point | None, points: Sequence[Point]) -> str:
    """What a rule says of a number: ", up 5.2 % in a day (535,000 on 23 Nov)"."""
    before = f" ({value(base.value)} {on(base.at, points, point.at)})" if base else ""
    if isinstance(rule, Doubt):
        then = f" after {value(base.value)} {on(base.at, points, point.at)}" if base else ""
        return f": implausible{then}, check the source"
    if isinstance(rule, Level):
        return f", {'above' if rule.above else 'below'} {value(rule.level)}{before}"
    share = change(base, point)
    if base is None or share is None:
        return ""
    way = "up" if share > 0 else "down"
    return f", {way} {percent(abs(share))} {span(base.at, point.at, points)}{before}"


def _undone(
    series: Followed, rule: _Said, step: Step, before: Sequence[Point], after: Sequence[Point]
) -> Move:
    """The last corrected number up to the day of the move is the one that takes it back."""
    old = {p.at: p for p in before if p.at <= step.point.at}
    corrected = [
        p for p in after if p.at <= step.point.at and (p.at not in old or old[p.at].value != p.value)
    ]
    point = corrected[-1]
    said = words(rule, step.point, step.base, before).lstrip(",: ")
    no_longer = f"no longer {said}"
    first = f", not {value(old[point.at].value)}" if point.at in old else ""
    key = f"{series.id}|{rule.name}|{step.point.at}|{step.state}"
    title = f"Correction: {_stands(series, point, after, always=True)}{first}; {no_longer}"
    move = _move(series, rule.name, f"{key}|corrected", title, no_longer, after, point)
    return replace(move, undoes=key)


def _late(series: Followed, rule: Late, points: Sequence[Point]) -> Move:
    newest = points[-1]
    often = usual(points).days
    gap = "every day" if often == 1 else f"at most {often} days apart"
    said = f"nothing {on(newest.at, points, date.min, since=True)}"
    title = f"{series.name} is late: {said}" + (f", usually {gap}" if often else "")
    key = f"{series.id}|{rule.name}|{newest.at}|late"
    return _move(series, rule.name, key, title, said, points, newest)


def _move(
    series: Followed, rule: str, key: str, title: str, said: str, points: Sequence[Point], until: Point
) -> Move:
    last = [p for p in points if p.at <= until.at][-LAST:]
    numbers = "; ".join(f"{label(p.at, points)}: {value(p.value)}" for p in reversed(last))
    text = f"{series.name}{f' in {series.unit}' if series.unit else ''}: {numbers}. Rule: {rule}."
    return Move(key, rule, title, said.lstrip(",: "), text, series.link, series.tell, until.at)


def _stands(series: Followed, point: Point, points: Sequence[Point], *, always: bool = False) -> str:
    """The series and its number; of a month or a year, or where it is asked for, with when."""
    unit = f" {series.unit}" if series.unit else ""
    when = f" {on(point.at, points, date.min)}" if always or _pace(points) != "day" else ""
    return f"{series.name} {value(point.value)}{unit}{when}"


def value(number: float) -> str:
    """563,000 and 21,336.29; below a thousand five digits that count."""
    text = f"{number:,.2f}" if abs(number) >= 1000 else f"{number:.5g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def percent(share: float) -> str:
    return f"{share * 100:.{1 if share < 1 else 0}f} %"


def _pace(points: Sequence[Point]) -> str:
    """Whether there is a number for a day, a month or a year, by how far apart they are."""
    gaps = [(b.at - a.at).days for a, b in pairwise(points)]
    apart = median(gaps) if gaps else 1
    if apart < 27 or any(p.at.day != 1 for p in points[-GAPS:]):
        return "day"
    return "year" if apart > 300 and all(p.at.month == 1 for p in points[-GAPS:]) else "month"


def label(day: date, points: Sequence[Point]) -> str:
    """A day as such a series has it: 24 Nov 2026, Nov 2026, 2026."""
    return labels([day], points)[0]


def labels(days: Iterable[date], points: Sequence[Point]) -> list[str]:
    """The same of many days."""
    pace = _pace(points)
    return [
        {"year": f"{day:%Y}", "month": f"{day:%b %Y}", "day": f"{day.day} {day:%b %Y}"}[pace] for day in days
    ]


def on(day: date, points: Sequence[Point], beside: date, *, since: bool = False) -> str:
    """As in: on 23 Nov, in Oct 2026, in 2025; the year of a day only where it is not that of `beside`."""
    pace = _pace(points)
    text = f"{day.day} {day:%b}" if pace == "day" and day.year == beside.year else label(day, points)
    return f"{'after' if since else 'on' if pace == 'day' else 'in'} {text}"


def span(since: date, until: date, points: Sequence[Point]) -> str:
    """As in: in a day, in 3 days, in 2 months."""
    pace = _pace(points)
    months = (until.year - since.year) * 12 + until.month - since.month
    count = {"day": (until - since).days, "month": months, "year": until.year - since.year}[pace]
    return f"in a {pace}" if count == 1 else f"in {count} {pace}s"
