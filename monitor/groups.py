"""Groups that are put into a watchlist, or taken out of it, by the fields of a form. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from monitor import yamledit
from monitor.form import MAX_TERM, lines, unfit
from monitor.text import clean
from monitor.vocabulary import Vocabulary
from monitor.yamledit import Uneditable

Section = Literal["must", "any", "less", "not"]
SECTIONS: tuple[Section, ...] = ("must", "any", "less", "not")
_PARTS = ("name", "terms", "points")
# The fields of the groups to be added, one for each section: must.name, must.terms, must.points.
KEYS = tuple(f"{section}.{part}" for section in SECTIONS for part in _PARTS)


@dataclass(frozen=True, slots=True)
class Added:
    """A group as it was entered: any of `terms` will do. `points` is as typed; empty for the usual ones."""

    section: Section
    name: str
    terms: tuple[str, ...]
    points: str


def added(entered: Mapping[str, str]) -> tuple[Added, ...]:
    """The groups that were entered; a section where nothing was entered has none."""
    found = (
        Added(section, clean(entered.get(f"{section}.name", "")), lines(entered.get(f"{section}.terms", "")),
              entered.get(f"{section}.points", "").strip())
        for section in SECTIONS
    )  # fmt: skip
    return tuple(one for one in found if one.name or one.terms or one.points)


def mistakes(groups: tuple[Added, ...], vocabulary: Vocabulary) -> dict[str, str]:
    """What is wrong with them, by the key of the field."""
    found = {}
    for one in groups:
        if not 0 < len(one.name) <= MAX_TERM:
            found[f"{one.section}.name"] = f"Write what to call it, in at most {MAX_TERM} characters"
        if wrong := unfit(one.terms, vocabulary):
            found[f"{one.section}.terms"] = wrong
        if one.points and not (re.fullmatch(r"\d{1,3}", one.points, re.ASCII) and int(one.points) <= 100):
            found[f"{one.section}.points"] = "Write a whole number from 0 to 100"
    return found


def grown(text: str, groups: tuple[Added, ...]) -> str:
    """The file with these groups, each at the end of its section. Raises Uneditable."""
    for one in groups:
        weight = int(one.points) if one.points and one.section != "not" else None
        text = yamledit.add_group(text, one.section, one.name, one.terms, weight=weight)
    return text


def without(text: str, group: str) -> str:
    """The file without a group, named as `must.1`. Raises Uneditable."""
    section, _, number = group.partition(".")
    if section not in SECTIONS or not re.fullmatch(r"\d{1,4}", number, re.ASCII):
        raise Uneditable("that is no group of this watchlist")
    return yamledit.remove_entry(text, (section, int(number)))
