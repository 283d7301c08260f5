"""Numbers as drawings: within their box, true to the numbers, and in words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.drawing import (
    MOST_BARS,
    MOST_LABELS,
    MOST_POINTS,
    Drawing,
    Mark,
    bars,
    line,
    plainly,
    spark,
)

DAY = date(2026, 3, 2)
numbers = st.one_of(st.floats(), st.integers(), st.just(10**400))
lists = st.lists(numbers, max_size=60)
days = st.dates(date(1900, 1, 1), date(2200, 1, 1))


def drawn(values: list[float | int], marks: list[float]) -> list[Drawing]:
    told = [Mark(at, "threshold") for at in marks]
    points = [(DAY + timedelta(days=n), value) for n, value in enumerate(values)]
    return [
        bars(values, title="t", said="s", labels=["x"] * len(values), marks=told),
        bars(values, title="t", said="s", second=values[::-1], names=("now", "after")),
        line(points, title="t", said="s", marks=told, gap=1, dots={DAY}),
        spark(values, title="t", said="s"),
    ]


def places(drawing: Drawing) -> list[tuple[float, float]]:
    """Every point that the drawing has."""
    found = [(r.x, r.y) for r in drawing.rects]
    found += [(r.x + r.width, r.y + r.height) for r in drawing.rects]
    found += [(s.x1, s.y1) for s in drawing.strokes] + [(s.x2, s.y2) for s in drawing.strokes]
    found += [(d.x, d.y) for d in drawing.dots] + [(t.x, t.y) for t in drawing.texts]
    for path in drawing.paths:
        steps = [step.split() for step in re.split("[ML]", path) if step]
        found += [(float(x), float(y)) for x, y in steps]
    return found


@given(lists, st.lists(st.floats(), max_size=3))
def test_all_of_a_drawing_is_in_its_box(values: list[float | int], marks: list[float]) -> None:
    for drawing in drawn(values, marks):
        for x, y in places(drawing):  # what is no number is in no box
            assert -1 <= x <= drawing.width + 1
            assert -1 <= y <= drawing.height + 1
        assert all(rect.width >= 0 and rect.height >= 0 for rect in drawing.rects)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_a_greater_number_never_ends_lower(values: list[float]) -> None:
    drawing = bars(values, title="t", said="s")
    (axis,) = drawing.strokes
    ends = sorted(
        (value, rect.y if value > 0 else rect.y + rect.height)
        for value, rect in zip(values, drawing.rects, strict=True)
    )
    assert all(above[1] >= below[1] for above, below in pairwise(ends))
    assert all((rect.height > 0) == (value != 0) for value, rect in zip(values, drawing.rects, strict=True))
    assert all(rect.y <= axis.y1 <= rect.y + rect.height + 0.01 for rect in drawing.rects)  # of tenths


@given(st.lists(st.tuples(days, st.floats(allow_nan=False, allow_infinity=False)), min_size=2, max_size=40))
def test_a_line_runs_from_left_to_right(points: list[tuple[date, float]]) -> None:
    unique = list(dict(points).items())
    for path in line(unique, title="t", said="s").paths:
        xs = [float(step.split()[0]) for step in path.lstrip("M").split("L")]
        assert xs == sorted(xs)


@pytest.mark.parametrize("values", [[], [float("nan")], [float("inf"), float("-inf")]])
def test_where_there_is_no_number_there_is_nothing_to_see(values: list[float]) -> None:
    assert all(drawing.empty for drawing in drawn(list(values), []))


def test_a_bar_says_what_it_stands_for_and_the_table_has_all() -> None:
    drawing = bars(
        [5, float("nan"), 1200], title="Alerts", said="s", labels=["2 Mar", "9 Mar", "16 Mar"],
        second=[7, 0, 3], names=("now", "after"), head="week",
    )  # fmt: skip
    assert [rect.said for rect in drawing.rects] == [
        "2 Mar, now: 5", "16 Mar, now: 1,200", "2 Mar, after: 7", "9 Mar, after: 0", "16 Mar, after: 3",
    ]  # fmt: skip
    assert drawing.heads == ("week", "now", "after")
    assert drawing.numbers == (("2 Mar", "5", "7"), ("9 Mar", "none", "0"), ("16 Mar", "1,200", "3"))


def test_bars_beside_each_other_do_not_overlap() -> None:
    drawing = bars([5, 6, 7], title="t", said="s", second=[1, 2, 3], names=("now", "after"))
    spans = sorted((rect.x, rect.x + rect.width) for rect in drawing.rects)
    assert len(spans) == 6
    assert all(one[1] <= after[0] for one, after in pairwise(spans))


def test_a_mark_stands_between_the_bars_that_it_tells_apart() -> None:
    drawing = bars([1, 2, 3, 4], title="t", said="s", marks=[Mark(2, "alert from 50")])
    mark = next(stroke for stroke in drawing.strokes if stroke.kind == "mark")
    assert mark.x1 == mark.x2
    assert [rect.x > mark.x1 for rect in drawing.rects] == [False, False, True, True]
    assert "alert from 50" in [text.words for text in drawing.texts]


def test_of_many_labels_a_few_are_written() -> None:
    labels = [f"day {n}" for n in range(100)]
    drawing = bars([1] * 100, title="t", said="s", labels=labels)
    written = [text.words for text in drawing.texts if text.words.startswith("day")]
    assert len(written) == MOST_LABELS
    assert (written[0], written[-1]) == ("day 0", "day 99")


def test_a_line_is_broken_where_days_are_missing() -> None:
    points = [(DAY + timedelta(days=n), float(n)) for n in (0, 1, 2, 10, 20, 21)]
    whole, broken = (line(points, title="t", said="s", gap=gap) for gap in (0, 3))
    assert len(whole.paths) == 1
    assert [path.count("L") for path in broken.paths] == [2, 1]
    assert [dot.said for dot in broken.dots] == ["2026-03-12: 10", "2026-03-23: 21"]


def test_a_line_names_its_greatest_its_least_and_its_last_number() -> None:
    points = [(DAY, 5.0), (DAY + timedelta(days=1), 50.0), (DAY + timedelta(days=2), 30.0)]
    drawing = line(points, title="t", said="s", marks=[Mark(40, "alert below 40")])
    words = {text.words: text for text in drawing.texts}
    assert {"50", "5", "30", "alert below 40", "2026-03-02", "2026-03-04"} == set(words)
    assert words["50"].y < words["alert below 40"].y < words["30"].y < words["5"].y


def test_what_happened_is_a_dot_of_its_own() -> None:
    points = [(DAY + timedelta(days=n), float(n)) for n in range(4)]
    drawing = line(points, title="t", said="s", dots={DAY + timedelta(days=1)})
    assert [dot.said for dot in drawing.dots if dot.strong] == ["2026-03-03: 1"]


def test_a_long_line_keeps_its_peaks() -> None:
    points = [(DAY + timedelta(days=n), 1.0) for n in range(20_000)]
    points[7_777] = (points[7_777][0], 99.0)
    drawing = line(points, title="t", said="s")
    assert sum(path.count("L") for path in drawing.paths) < MOST_POINTS
    assert len(drawing.numbers) <= MOST_POINTS
    ends = [float(step.split()[1]) for path in drawing.paths for step in re.split("[ML]", path) if step]
    assert min(ends) == 30


def test_more_bars_than_can_be_told_apart_are_not_drawn() -> None:
    assert len(bars([1] * 1_000_000, title="t", said="s").rects) == MOST_BARS


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (563000, "563,000"), (21336.29, "21,336.3"), (0.00125, "0.00125"), (0, "0"), (-5, "-5"),
        (1e300, "1e+300"), (3.10, "3.1"),
    ],
)  # fmt: skip
def test_a_number_is_written_for_reading(number: float, words: str) -> None:
    assert plainly(number) == words
