"""Numbers -> drawings: bars, lines over days, lines as small as a word; what they show, in words too. Pure.

A drawing has its own units, of which a browser makes pixels. Whatever the numbers are, it stays within its
box and of a bounded size: numbers that are none (nan, infinite) are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import isfinite

WIDE, HIGH = 640, 150
LINE_HIGH = 200
SPARK_WIDE, SPARK_HIGH = 120, 24
# More bars, or points of a line, than can be told apart are not drawn.
MOST_BARS, MOST_POINTS = 400, 600
MOST_LABELS = 5
# Around what is drawn: for the words of the two ends on the left and of the last number on the right, for
# the days below, for those of marks above.
_LEFT, _RIGHT, _BELOW, _ABOVE = 92, 92, 26, 24
_GAP, _DOT = 0.2, 2.5

Number = float | int


@dataclass(frozen=True, slots=True)
class Rect:
    """A bar. `said` is what it stands for. `second` ones are those of what is compared."""

    x: float
    y: float
    width: float
    height: float
    said: str
    second: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line: an axis, or a mark that stands across."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point. `strong` ones are told apart by more than their colour."""

    x: float
    y: float
    said: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """`anchor` is start, middle or end."""

    x: float
    y: float
    words: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to be seen at a place: of bars counted from the left end of the first (2.0 is the left end of
    the third), of a line a number of its scale."""

    at: Number
    words: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """`title` names it, `said` says what one sees. `paths` are of SVG
    (https://www.w3.org/TR/SVG2/paths.html). `heads` and `numbers` are the same as a table."""

    title: str
    said: str
    width: int
    height: int
    rects: tuple[Rect, ...] = ()
    paths: tuple[str, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    dots: tuple[Dot, ...] = ()
    texts: tuple[Text, ...] = ()
    names: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    numbers: tuple[tuple[str, ...], ...] = ()

    @property
    def empty(self) -> bool:
        """Is there nothing to be seen?"""
        return not (self.rects or self.paths or self.dots)


def plainly(number: Number) -> str:
    """A number for reading: 563,000, 21,336.3, 0.00125."""
    if abs(number) >= 1e15:
        return f"{number:.3g}"
    text = f"{number:,.1f}" if abs(number) >= 1000 else f"{number:.5g}"
    return text.removesuffix(".0")


# ------------------------------------------------------------------ scales


@dataclass(frozen=True, slots=True)
class _Scale:
    """Numbers from `low` to `high` -> places from `start` to `end`; outside of them the nearer end."""

    low: float
    high: float
    start: float
    end: float

    def at(self, number: Number) -> float:
        # Halved, for the distance of two numbers may be more than a number can be.
        reach = self.high / 2 - self.low / 2
        share = (float(number) / 2 - self.low / 2) / reach if reach > 0 else 0.5
        return _rounded(self.start + (self.end - self.start) * min(max(share, 0.0), 1.0))


def _spanned(numbers: Sequence[Number], start: float, end: float) -> _Scale:
    """The scale that these numbers just fill."""
    return _Scale(float(min(numbers)), float(max(numbers)), start, end)


def _rounded(place: float) -> float:
    return round(place, 1) + 0.0


def _number(value: Number) -> float | None:
    """The number; None where it is none, or too great for one."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


# ------------------------------------------------------------------ bars


def bars(
    values: Sequence[Number],
    *,
    title: str,
    said: str,
    labels: Sequence[str] = (),
    second: Sequence[Number] = (),
    names: tuple[str, ...] = (),
    marks: Sequence[Mark] = (),
    head: str = "",
) -> Drawing:
    """A bar for each value, up from nought or down. Of more than MOST_BARS the first so many.

    `second` stands beside, value by value; `names` are what the two are called. `head` is what the labels
    are, for the table.
    """
    firsts = [_number(value) for value in values[:MOST_BARS]]
    seconds = [_number(value) for value in second[: len(firsts)]]
    called = [labels[place] if place < len(labels) else "" for place in range(len(firsts))]
    upright, across = _scales([n for n in (*firsts, *seconds) if n is not None], len(firsts))
    halves = (0.5, 1.0) if seconds else (0.0, 1.0)
    rects = [
        _bar(across, upright, place, (0.0, halves[0] or 1.0), number, said_)
        for place, number, said_ in _named(firsts, called, names[:1])
    ]
    rects += [
        _bar(across, upright, place, halves, number, said_, second=True)
        for place, number, said_ in _named(seconds, called, names[1:2])
    ]
    nought, standing = upright.at(0), [one for one in marks if _number(one.at) is not None]
    strokes = [Stroke(across.start, nought, across.end, nought, "axis")]
    strokes += [Stroke(x, upright.end, x, upright.start, "mark") for x in (across.at(m.at) for m in standing)]
    texts = _words_of_bars(upright, across, called, standing)
    columns = (firsts, seconds) if seconds else (firsts,)
    rows = zip(called, *(map(_said, column) for column in columns), strict=False)
    return Drawing(
        title, said, WIDE, HIGH, tuple(rects), (), tuple(strokes), (),
        tuple(texts), names, (head, *(names or ("value",))), tuple(rows),
    )  # fmt: skip


def _scales(numbers: Sequence[float], count: int) -> tuple[_Scale, _Scale]:
    """Of the values, nought among them, and of the places."""
    top, bottom = max(numbers, default=0.0), min(numbers, default=0.0)
    upright = _Scale(min(bottom, 0.0), max(top, 0.0) or float(bottom >= 0), HIGH - _BELOW, _ABOVE)
    return upright, _Scale(0, max(count, 1), _LEFT, WIDE - _DOT)


def _named(
    numbers: Sequence[float | None], labels: Sequence[str], name: Sequence[str]
) -> Iterator[tuple[int, float, str]]:
    """The place of each number, and it in words: "2 Nov, before: 5"."""
    for place, number in enumerate(numbers):
        if number is not None:
            what = ", ".join(filter(None, (labels[place], *name)))
            yield place, number, f"{what}: {plainly(number)}" if what else plainly(number)


def _said(number: float | None) -> str:
    return "none" if number is None else plainly(number)


def _bar(
    across: _Scale, upright: _Scale, place: int, part: tuple[float, float], number: float, said: str,
    *, second: bool = False,
) -> Rect:  # fmt: skip
    """One bar, in a part of its place; never lower than can be seen, where it is not nought."""
    left = across.at(place + max(part[0], _GAP / 2))
    right = across.at(place + min(part[1], 1 - _GAP / 2))
    nought, end = upright.at(0), upright.at(number)
    if number and abs(nought - end) < 1:
        end = nought - 1 if number > 0 else nought + 1
    low, tall = min(nought, end), _rounded(abs(nought - end))
    return Rect(left, low, _rounded(right - left), tall, said, second)


def _words_of_bars(
    upright: _Scale, across: _Scale, labels: Sequence[str], marks: Sequence[Mark]
) -> Iterator[Text]:
    """The two ends of the scale, the words of marks, each on the side with more room, and some labels."""
    if labels:
        yield Text(_LEFT - 8, upright.end + 5, plainly(upright.high), "end")
        yield Text(_LEFT - 8, upright.start + 5, plainly(upright.low), "end")
    middle = (across.start + across.end) / 2
    for mark in marks:
        x = across.at(mark.at)
        yield Text(x, 14, mark.words, "start" if x < middle else "end")
    last = len(labels) - 1
    places = sorted({round(last * n / (MOST_LABELS - 1)) for n in range(MOST_LABELS)}) if labels else []
    for place in places:
        anchor = "middle" if 0 < place < last or not last else "start" if place == 0 else "end"
        x = across.at(place + {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor])
        if labels[place]:
            yield Text(x, HIGH - 8, labels[place], anchor)


# ------------------------------------------------------------------ lines


def line(
    points: Sequence[tuple[date, Number]],
    *,
    title: str,
    said: str,
    gap: int = 0,
    marks: Sequence[Mark] = (),
    dots: Collection[date] = (),
    name: str = "value",
    say: Callable[[Number], str] = plainly,
    day: Callable[[date], str] = str,
) -> Drawing:
    """A line from day to day, with the least, the greatest and the last number beside it.

    It is broken where more than `gap` days lie between two numbers (0: never). `marks` lie across at numbers
    of the scale, within it; at `dots`, days of points, something happened. Of many points the least, the
    greatest and the last of each stretch are drawn.
    """
    known = [(at, number) for at, value in sorted(points, key=_at) if (number := _number(value)) is not None]
    if not known:
        return Drawing(title, said, WIDE, LINE_HIGH)
    lying = [one for one in marks if _number(one.at) is not None]
    upright = _spanned(
        [*(number for _, number in known), *(float(one.at) for one in lying)], LINE_HIGH - 40, 30
    )
    across = _spanned([known[0][0].toordinal(), known[-1][0].toordinal()], _LEFT, WIDE - _RIGHT)

    def dot(at: date, number: float, *, strong: bool = False) -> Dot:
        said = f"{day(at)}: {say(number)}"
        return Dot(across.at(at.toordinal()), upright.at(number), said, strong)

    stretches = _broken(_thinned(known), gap)
    found = [dot(*one[0]) for one in stretches if len(one) == 1] + [dot(*known[-1])]
    found += [dot(at, number, strong=True) for at, number in known if at in dots][-MOST_POINTS:]
    strokes = [Stroke(across.start, LINE_HIGH - 26, across.end, LINE_HIGH - 26, "axis")]
    strokes += [Stroke(across.start, y, across.end, y, "mark") for y in (upright.at(m.at) for m in lying)]
    return Drawing(
        title, said, WIDE, LINE_HIGH, (),
        tuple(_path(one, across, upright) for one in stretches if len(one) > 1), tuple(strokes), tuple(found),
        (
            *(*_words_of_line(known, upright, across, say), *_marked(lying, upright, across)),
            *_days(known, across, day),
        ),
        (name,), ("day", name), tuple((day(at), say(number)) for at, number in known[::-1][:MOST_POINTS]),
    )  # fmt: skip


def _at(point: tuple[date, Number]) -> date:
    return point[0]


def _thinned(points: Sequence[tuple[date, float]]) -> list[tuple[date, float]]:
    """At most so many points that each can be seen: of each stretch the least, the greatest, the last."""
    if len(points) <= MOST_POINTS:
        return list(points)
    stretches = MOST_POINTS // 4
    kept = {0, len(points) - 1}
    for number in range(stretches):
        first, after = number * len(points) // stretches, (number + 1) * len(points) // stretches
        places = range(first, after)
        kept |= {min(places, key=lambda p: points[p][1]), max(places, key=lambda p: points[p][1]), after - 1}
    return [points[place] for place in sorted(kept)]


def _broken(points: Sequence[tuple[date, float]], gap: int) -> list[Sequence[tuple[date, float]]]:
    """The stretches between gaps."""
    breaks = [n + 1 for n, (a, b) in enumerate(pairwise(points)) if gap and (b[0] - a[0]).days > gap]
    return [points[start:end] for start, end in pairwise((0, *breaks, len(points)))]


def _path(points: Sequence[tuple[date, float]], across: _Scale, upright: _Scale) -> str:
    return "M" + "L".join(f"{across.at(at.toordinal()):g} {upright.at(number):g}" for at, number in points)


def _words_of_line(
    points: Sequence[tuple[date, float]], upright: _Scale, across: _Scale, say: Callable[[Number], str]
) -> Iterator[Text]:
    """The greatest and the least number on the left, where there is room for both, and the last on the
    right."""
    numbers = [number for _, number in points]
    least, greatest = min(numbers), max(numbers)
    yield Text(_LEFT - 8, upright.at(greatest) + 5, say(greatest), "end")
    if upright.at(least) - upright.at(greatest) >= _BELOW:
        yield Text(_LEFT - 8, upright.at(least) + 5, say(least), "end")
    if len(numbers) > 1:
        yield Text(across.end + 8, upright.at(numbers[-1]) + 5, say(numbers[-1]))


def _marked(marks: Sequence[Mark], upright: _Scale, across: _Scale) -> Iterator[Text]:
    for mark in marks:
        yield Text(across.start + 6, upright.at(mark.at) - 6, mark.words)


def _days(points: Sequence[tuple[date, float]], across: _Scale, day: Callable[[date], str]) -> Iterator[Text]:
    first, last = points[0][0], points[-1][0]
    yield Text(across.at(first.toordinal()), LINE_HIGH - 8, day(first), "start" if last > first else "middle")
    if last > first:
        yield Text(across.end, LINE_HIGH - 8, day(last), "end")


def spark(values: Sequence[Number], *, title: str, said: str) -> Drawing:
    """The last numbers as a line as high as a word, with a dot at the last one."""
    numbers = [number for value in values[-MOST_BARS:] if (number := _number(value)) is not None]
    if not numbers:
        return Drawing(title, said, SPARK_WIDE, SPARK_HIGH)
    edge = _DOT + 1
    upright = _spanned(numbers, SPARK_HIGH - edge, edge)
    across = _Scale(0, len(numbers) - 1, edge, SPARK_WIDE - edge)
    placed = [(across.at(place), upright.at(number)) for place, number in enumerate(numbers)]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in placed)
    return Drawing(
        title, said, SPARK_WIDE, SPARK_HIGH,
        paths=(path,) if len(placed) > 1 else (), dots=(Dot(*placed[-1], ""),),
    )  # fmt: skip
