"""No rule, pattern or text makes matching take more than its share: eight times the text costs about
eight times the work.

Work in Python is counted, line by line. What libraries do is not seen that way: there processor time
is compared, with much room, for a square would take sixty-four times as long.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from monitor import figures
from monitor.conditions import Evidence
from monitor.match import Matcher
from monitor.model import Content
from monitor.rule import Condition, Group, Watchlist
from monitor.text import fold, sentence_ends, word_starts
from tests.language import condition

TIMES, BOUND = 8, 16.0
# Long enough to be measured, in seconds of processor time.
MEASURABLE = 0.001


def lines(work: Callable[[str], object], text: str) -> int:
    """How many lines of Python the work runs through."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work(text)
    finally:
        sys.settrace(before)
    return count


def spent(work: Callable[[str], object], text: str) -> float:
    """Seconds of processor time, the least of three."""
    least = float("inf")
    for _ in range(3):
        start = time.process_time()
        work(text)
        least = min(least, time.process_time() - start)
    return least


def growth(work: Callable[[str], object], piece: str) -> float:
    """How many times longer eight times the text takes, at the best of three tries."""
    least, size = float("inf"), 500
    work(piece)
    for _ in range(3):
        while (once := spent(work, piece * size)) < MEASURABLE and size * len(piece) < 100_000:
            size *= 2
        least = min(least, spent(work, piece * (size * TIMES)) / max(once, MEASURABLE))
        if least < BOUND:
            break
    return least


def judging(asked: Condition) -> Callable[[str], object]:
    watchlist = Watchlist("w", "W", must=(Group("g", asked, 30),))
    matcher = Matcher([watchlist])
    return lambda text: Evidence(matcher.find(Content("", text))).hits(asked)


RULES = {
    "near, both on every word": ("{near: [a1, b1], within: 3}", "a1 b1 "),
    "near, one part at the far end": ("{near: [a1, b1], within: 3}", "a1 "),
    "near, many parts": ("{near: [a1, b1, a1, b1, a1, b1], within: 100}", "a1 b1 "),
    "near in order": ("{near: [a1, b1, a1, b1], within: 100, in_order: true}", "a1 b1 "),
    "near in a sentence": ("{near: [a1, b1], within: sentence}", "a1. B1 "),
    "near with itself": ("{near: [a1, a1], within: 0}", "a1 "),
    "near, words within words": ("{near: [{any: [a, a a, a a a, a a a a]}, a a], within: 9}", "a "),
    "not near, many on both sides": ("{any: [a1], not_near: [b1], within: 1}", "a1 b1 "),
    "not near, none close": ("{any: [a1], not_near: [b1], within: 0}", "a1 x b1 x "),
    "not near, words within words": ("{any: [a, a a], not_near: [a a a, a], within: 100}", "a "),
    "not near in a sentence": ("{any: [a1], not_near: [b1], within: sentence}", "a1. B1. "),
    "phrases that overlap": ("{any: [a, a a, a a a, a a a a a a a a]}", "a "),
    "any of any": ("{all: [{any: [a1, {any: [b1]}]}, {any: [b1]}]}", "a1 b1 "),
    "wildcard on one word": ('{any: ["a*b*c*d"]}', "abc"),
    "wildcard on many words": ('{any: ["a*b*c"]}', "abb "),
    "prefix on one word": ('{any: ["a*"]}', "a"),
    "prefix on many words": ('{any: ["a*"]}', "aaa "),
    "pattern with two stars": ("{regex: '(a*)*b'}", "a"),
    "pattern that looks to the end": ("{regex: 'a.*a.*a.*b'}", "a "),
    "pattern on every character": ("{regex: 'a'}", "a"),
    "pattern that begins with a star": ("{regex: 'b*a'}", "ab"),
    "forms": ("{any: [approve~ plan~]}", "approves plans "),
    "exact": ('{any: ["=EXIM"]}', "EXIM exim "),
    "Chinese": ("{near: [稀土, 磁铁], within: 3}", "稀土磁铁"),
    "amounts": ("{amount: at least USD 5m}", "$6 million "),
    "dates": ("{date: from 2020-01-01}", "10 May 2026 "),
    "announcements": ("{announcement: any}", "公告2025年第61号 "),
}


def test_a_square_would_be_seen() -> None:
    """The two measures tell a square from a line."""

    def square(text: str) -> int:
        return sum(one == other for one in text for other in text)

    assert lines(square, "a" * 20 * TIMES) > 2 * (TIMES + 1) * lines(square, "a" * 20)
    assert spent(square, "a" * 300 * TIMES) > BOUND * spent(square, "a" * 300)


@pytest.mark.parametrize("name", RULES)
def test_judging_takes_lines_in_proportion_to_the_text(name: str) -> None:
    written, piece = RULES[name]
    work = judging(condition(written))
    work(piece)  # what is kept from one text to the next is kept by now
    once = lines(work, piece * 100)
    assert lines(work, piece * 100 * TIMES) <= (TIMES + 1) * once


@pytest.mark.parametrize("name", [name for name, (written, _) in RULES.items() if "near" not in written])
def test_finding_takes_time_in_proportion_to_the_text(name: str) -> None:
    written, piece = RULES[name]
    assert growth(judging(condition(written)), piece) < BOUND


TEXTS = {
    "one digit": "1",
    "digits and commas": "1,",
    "thousands": "1,000,",
    "spaced thousands": "1 000 ",
    "signs": "$",
    "signs and spaces": "$ ",
    "dashes": "$1-",
    "ranges": "$1 to 2 ",
    "spaces": " ",
    "months": "May ",
    "days": "1 May ",
    "years": "2026年",
    "brackets": "[2025] ",
    "lists of numbers": "No. 1, ",
    "Chinese lists": "第1、",
    "numbers": "第1",
    "papers": "notice ",
    "notices without a number": "notice no. ",
    "scales": "million ",
    "capitals": "A. ",
    "stops": ".",
    "stops and quotes": '."',
    "stop and spaces": ". " + " " * 20,
    "line ends": "\n",
    "letters": "a",
    "marks": "e\u0301",
    "a mark on every mark": "\u0301",
    "zero width": "a\u200b",
    "Traditional": "臺灣稀土磁鐵",
    "curly": "Lynas’s ",
    "Cherokee": "ᎠᎡ",
    "sharp s": "ß",
    "no-break": "a\u00a0",
}
READERS: dict[str, Callable[[str], object]] = {
    "amounts": lambda text: list(figures.amounts(text)),
    "days": lambda text: list(figures.days(text)),
    "announcements": lambda text: list(figures.announcements(text)),
    "word_starts": word_starts,
    "sentence_ends": sentence_ends,
    "fold": fold,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", TEXTS)
def test_reading_takes_time_in_proportion_to_the_text(name: str, reader: str) -> None:
    assert growth(READERS[reader], TEXTS[name]) < BOUND
