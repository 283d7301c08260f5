"""Numbers as bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.charts import bar, heights, line, lying, thinned

numbers = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=60)


@pytest.mark.parametrize(
    ("values", "floor", "expected"),
    [
        pytest.param((), None, "", id="none"),
        pytest.param((5,), None, "▄", id="one"),
        pytest.param((3, 3, 3), None, "▄▄▄", id="all the same"),
        pytest.param((0, 1, 2, 3, 4, 5, 6, 7), None, "▁▂▃▄▅▆▇█", id="each height"),
        pytest.param((100, 101), None, "▁█", id="between the least and the most"),
        pytest.param((100, 101), 0, "██", id="from zero"),
        pytest.param((0, 0), 0, "▁▁", id="nothing"),
        pytest.param((-1, 0, 1), None, "▁▅█", id="below zero"),
        pytest.param((-1.7e308, 1.7e308), None, "▁█", id="as far apart as can be"),
    ],
)
def test_numbers_are_a_line_of_blocks(values: tuple[float, ...], floor: float | None, expected: str) -> None:
    assert line(values, floor=floor) == expected


@given(numbers, st.integers(1, 40))
def test_every_number_has_a_height_and_a_greater_number_no_lesser_one(values: list[float], tall: int) -> None:
    found = heights(values, tall)
    assert len(found) == len(values)
    assert all(1 <= height <= tall for height in found)
    in_order = [height for _, height in sorted(zip(values, found, strict=True))]
    assert in_order == sorted(in_order)


@given(numbers, st.integers(1, 40))
def test_thinning_keeps_the_order_and_the_last(values: list[float], most: int) -> None:
    kept = thinned(values, most)
    assert len(kept) == min(len(values), most)
    assert kept[-1:] == tuple(values[-1:])
    left = iter(values)
    assert all(number in left for number in kept)


@pytest.mark.parametrize(
    ("count", "most", "width", "text"),
    [(0, 9, 0, ""), (9, 9, 100, "█" * 20), (1, 900, 1, "█"), (3, 9, 33, "█" * 7), (0, 0, 0, "")],
)
def test_a_lying_bar_shows_whatever_there_is(count: int, most: int, width: int, text: str) -> None:
    assert (bar(count, most), lying(count, most)) == (width, text)
