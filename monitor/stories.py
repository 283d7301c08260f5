"""Which items tell the same story: one event, across outlets and languages. Pure.

Two items are alike by what they share of all that they are compared by (`traits.py`). An item joins
the story that it is most like, from LIKE on; it is measured against the best of the story's items
and against all of them, so that a story does not drift from event to event. Neither what items came
between nor in which order changes how like two of them are; where an item could join either of two
stories, those that came before decide.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.text import fold, searchable
from monitor.traits import SUM, Traits

LIKE = 0.18
# A story runs for three weeks; only what is nearly a copy joins it later.
WINDOW, LATE = timedelta(days=21), timedelta(days=120)
COPY = 0.7
# Of two texts under one headline so much has to be the same: "Notice of application" is no headline.
COPIED = 0.5
# At the end of the window two items are half as alike as on one day.
FADE = 0.5
# What both sides share is set against this much more that they do not, so that two short headlines
# with little in either are not alike.
DOUBT_OF_MARKS, DOUBT_OF_WORDS = 16.0, 6.0
# In another language only marks can be compared, and less surely.
TRANSLATED = 0.85
# Both name companies or projects, and none is the same; or other countries; or
# both state sums, and none is the same; or one is on another rung.
OTHER_PARTIES, OTHER_COUNTRIES, OTHER_SUMS, OTHER_RUNG = 0.35, 0.4, 0.7, 0.9
# Two notices of one form, with other numbers: the quota of another year, another announcement.
FORM, OTHER_NUMBERS = 0.8, 0.3
BEST, ALL = 0.4, 0.6
MAX_NAMED = 4
_OUTLET = re.compile(r"\s+[-–—|]\s+[^-–—|]{2,40}$")
_ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two items are, from 0 to 1, how alike in their words alone, and the marks they share."""

    value: float
    words: float = 0.0
    shared: tuple[str, ...] = ()


NONE = Likeness(0.0)


@dataclass(frozen=True, slots=True)
class Joined:
    """The story that an item belongs to, the item that it is most like (0: it is the first), and why."""

    story: str
    item: int = 0
    because: str = ""
    likeness: float = 1.0


def alike(one: Traits, other: Traits) -> Likeness:
    """How alike two items are: the same whichever is asked first."""
    words = _overlap(one.words, other.words, DOUBT_OF_WORDS) if one.lang == other.lang else 0.0
    marks = _overlap(one.marks, other.marks, DOUBT_OF_MARKS)
    value = (marks + words) / 2 if one.lang == other.lang else marks * TRANSLATED
    gap = abs(one.when - other.when) if one.when and other.when else timedelta(0)
    if gap > LATE or (gap > WINDOW and max(words, _common(one.words, other.words)) < COPY):
        return NONE
    value *= 1 - FADE * min(gap / WINDOW, 1.0)
    if one.parties and other.parties and not one.parties & other.parties:
        value *= OTHER_PARTIES
    if one.countries and other.countries and not one.countries & other.countries:
        value *= OTHER_COUNTRIES
    if _other_sums(one, other):
        value *= OTHER_SUMS
    if _one_form(one, other):
        value *= OTHER_NUMBERS
    if one.stage and other.stage and one.stage != other.stage and words < COPY:
        value *= OTHER_RUNG
    if one.copy and one.copy == other.copy and _common(one.words, other.words) >= COPIED:
        value = max(value, COPY)
    shared = sorted(one.marks.keys() & other.marks.keys(), key=lambda m: (-one.marks[m], m))
    return Likeness(value, words, tuple(shared))


def _other_sums(one: Traits, other: Traits) -> bool:
    """Do both state sums, and none is the same?"""
    ours, theirs = ({mark for mark in side.marks if mark.startswith(SUM)} for side in (one, other))
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def _one_form(one: Traits, other: Traits) -> bool:
    """Are they one form filled in twice: headlines of the same words with other numbers?"""
    if not one.numbers or not other.numbers or one.numbers & other.numbers:
        return False
    return _common(one.headline, other.headline) >= FORM


def _common(one: Collection[str], other: Collection[str]) -> float:
    """The share of words that both have, whatever they say."""
    every = {*one, *other}
    return len({*one} & {*other}) / len(every) if every else 1.0


def _overlap(one: Mapping[str, float], other: Mapping[str, float], doubt: float) -> float:
    """The share of the weights that both have (Dice's coefficient), with `doubt` added to what they have
    not."""
    shared = sum(min(one[name], other[name]) for name in one.keys() & other.keys())
    return 2 * shared / (sum(one.values()) + sum(other.values()) + doubt)


def place(
    item: Traits, stories: Mapping[str, Sequence[Traits]], names: Mapping[str, str] | None = None
) -> Joined | None:
    """The story among these that an item joins, or None: it tells one of its own.

    `stories` has the items of each; `names` what marks are called in words.
    """
    found: list[tuple[float, str, Traits, Likeness]] = []
    for story in sorted(stories):
        likenesses = [(alike(item, other), other) for other in stories[story]]
        if likenesses:
            best, other = max(likenesses, key=lambda pair: (pair[0].value, -pair[1].item))
            mean = sum(likeness.value for likeness, _ in likenesses) / len(likenesses)
            found.append((BEST * best.value + ALL * mean, story, other, best))
    if not found:
        return None
    value, story, other, best = max(found, key=lambda one: one[0])
    if value < LIKE:
        return None
    return Joined(story, other.item, because(best, names or {}), round(value, 3))


def because(likeness: Likeness, names: Mapping[str, str]) -> str:
    """Why two items are one story, in words."""
    if likeness.words >= COPY:
        return "it is nearly word for word the same"
    telling = [mark for mark in likeness.shared if not mark.startswith("meaning:")]
    chosen = (telling or list(likeness.shared))[:MAX_NAMED]
    if not chosen:
        return "it uses the same rare words"
    said = ", ".join(names.get(mark) or mark.partition(":")[2].replace("-", " ") for mark in chosen)
    return f"both name {said}" if telling else f"both speak of {said}"


# ------------------------------------------------------------------ copies of one headline


def fingerprint(title: str, item: int) -> str:
    """The same for all copies of a headline, without the outlet's name that aggregators and wires append;
    one of its own for `item` where it says too little."""
    bare = _OUTLET.sub("", title) if len(_words(_OUTLET.sub("", title))) >= _ENOUGH else title
    words = _words(bare)
    if len(words) < _ENOUGH:
        return f"item-{item}"
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def _words(title: str) -> list[str]:
    return re.findall(r"\w+", searchable(fold(title).text))
