"""Numbers -> bars: heights for cells of HTML, and a line of block characters for text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"


def heights(numbers: Sequence[float], tall: int, *, floor: float | None = None) -> tuple[int, ...]:
    """A height from 1 to `tall` for each number. `floor` has the height 1; without it the least number has.

    Numbers that are all the same stand half way up, or at the bottom where they are on the floor.
    """
    if not numbers:
        return ()
    # Each is halved, for the distance of two numbers may be more than a number can be.
    halves = [number / 2 for number in numbers]
    least = min(halves) if floor is None else floor / 2
    reach = max(halves) - least
    if reach <= 0:
        return (1 if floor is not None else (tall + 1) // 2,) * len(numbers)
    return tuple(1 + round((tall - 1) * (max(half - least, 0) / reach)) for half in halves)


def line(numbers: Sequence[float], *, floor: float | None = None) -> str:
    """The numbers as a line of text: ▁▂▅█."""
    return "".join(_BLOCKS[height - 1] for height in heights(numbers, len(_BLOCKS), floor=floor))


def thinned(numbers: Sequence[float], most: int) -> tuple[float, ...]:
    """At most so many of the numbers, spread evenly, the last always among them."""
    if len(numbers) <= most:
        return tuple(numbers)
    step = len(numbers) / most
    return tuple(numbers[len(numbers) - 1 - int(step * back)] for back in reversed(range(most)))


def bar(count: int, most: int) -> int:
    """The width of a lying bar in percent, at least 1 where there is anything to show."""
    return max(1, round(100 * count / most)) if count > 0 and most > 0 else 0


def lying(count: int, most: int, wide: int = 20) -> str:
    """A lying bar as text."""
    return "█" * max(1, round(wide * count / most)) if count > 0 and most > 0 else ""
