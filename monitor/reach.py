"""What a condition can come to whatever the item says: where its words may stand, what it takes
with it, and why it can never hold.

Cautious: where it is not sure, a condition may hold, anywhere, and takes nothing with it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from monitor.model import Source
from monitor.rule import (
    FIELDS,
    AllOf,
    AnyOf,
    Apart,
    Beside,
    Condition,
    Field,
    Figure,
    From,
    Lookup,
    Money,
    Near,
    Number,
    Phrase,
    Span,
    Unless,
    Words,
)
from monitor.text import fold, in_word

EVERYWHERE = frozenset(FIELDS)
# A phrase of more characters than this is not taken apart to see what stands in it.
MAX_TAKEN_APART = 40

# What asks for one thing only.
_Single = Lookup | Figure | From


class Reach:
    """Answers about conditions, each worked out once.

    `fields` are those that items have; `sources` the catalogue, where it is known.
    """

    def __init__(
        self, fields: frozenset[Field] = EVERYWHERE, sources: Sequence[Source] | None = None
    ) -> None:
        self._fields = fields
        self._sources = sources
        self._places: dict[Condition, frozenset[Field]] = {}
        self._reasons: dict[Condition, str] = {}
        self._taken: dict[tuple[Condition, Condition], bool] = {}
        self._had: dict[tuple[_Single, frozenset[Field], Condition], bool] = {}
        self._folded: dict[Condition, frozenset[str]] = {}

    # -------------------------------------------------------------- where

    def places(self, condition: Condition) -> frozenset[Field]:
        """The fields in which its words may stand; none where it asks for no words."""
        if condition not in self._places:
            self._places[condition] = self._where(condition)
        return self._places[condition]

    def _where(self, condition: Condition) -> frozenset[Field]:
        match condition:
            case Words() | Figure():
                return condition.fields
            case AnyOf() | AllOf():
                return frozenset[Field]().union(*map(self.places, condition.of))
            case Near():
                return EVERYWHERE.intersection(*map(self.places, condition.of))
            case Unless() | Beside() | Apart():
                return self.places(condition.part)
        return frozenset()

    # -------------------------------------------------------------- never

    def why_never(self, condition: Condition) -> str:
        """Why no item can meet it; empty where one may."""
        if condition not in self._reasons:
            self._reasons[condition] = self._never(condition)
        return self._reasons[condition]

    def _never(self, condition: Condition) -> str:
        match condition:
            case Words() | Figure():
                return self._nowhere(condition.fields)
            case From():
                return self._no_source(condition)
            case AnyOf():
                return self._too_few(condition)
            case AllOf():
                return self._first_reason(condition.of) or _at_odds(condition.of)
            case Near():
                return self._first_reason(condition.of) or self._never_near(condition)
            case Unless() | Apart():
                if self.takes(condition.part, condition.absent):
                    return "its 'not' rules out all that would meet it"
                return self.why_never(condition.part)
            case Beside():
                return self._first_reason(condition.parts)
        return ""

    def _first_reason(self, parts: Iterable[Condition]) -> str:
        return next((reason for part in parts if (reason := self.why_never(part))), "")

    def _too_few(self, condition: AnyOf) -> str:
        reasons = [reason for part in condition.of if (reason := self.why_never(part))]
        left = len(condition.of) - len(reasons)
        if left >= condition.at_least:
            return ""
        if condition.at_least == 1:
            return reasons[0] if reasons else "it lists nothing"
        return f"it asks for {condition.at_least}, and only {left} of its parts can be met"

    def _nowhere(self, fields: frozenset[Field]) -> str:
        if not fields:
            return "one 'in' stands within another, and they have no field in common"
        return "" if fields & self._fields else f"it looks in {listed(fields)} only, and no item has that"

    def _no_source(self, condition: From) -> str:
        if self._sources is None:
            return ""
        for source in self._sources:
            asked = (
                (condition.tiers, source.tier),
                (condition.countries, source.country),
                (condition.ids, source.id),
            )
            if all(value in wanted for wanted, value in asked if wanted):
                return ""
        return f"no source of the catalogue is {described(condition)}"

    def _never_near(self, condition: Near) -> str:
        if any(isinstance(part, From) for part in condition.of):
            return "a source stands nowhere in the text, so nothing is near it"
        return "" if self.places(condition) else "what has to be near each other is in different fields"

    # -------------------------------------------------------------- what goes with what

    def takes(self, one: Condition, other: Condition) -> bool:
        """Does the other hold wherever the one holds?"""
        if (one, other) not in self._taken:
            self._taken[one, other] = one is other or self._goes(one, other)
        return self._taken[one, other]

    def _goes(self, one: Condition, other: Condition) -> bool:
        if isinstance(other, AllOf):
            return all(self.takes(one, part) for part in other.of)
        match one:
            case AnyOf():
                without = sum(not self.takes(part, other) for part in one.of)
                return bool(one.of) and without < one.at_least
            case AllOf() | Near():
                return any(self.takes(part, other) for part in one.of)
            case Unless() | Beside() | Apart():
                return self.takes(one.part, other)
            case Words():
                return bool(one.lookups) and all(self._has(word, one.fields, other) for word in one.lookups)
            case Figure() | From():
                return self._has(one, self.places(one), other)
        return False

    def _has(self, one: _Single, fields: frozenset[Field], other: Condition) -> bool:
        """Does the other hold wherever this one word, figure or source is, which is in these fields?"""
        match other:
            case Words():
                return not isinstance(one, Condition) and fields <= other.fields and self._covered(one, other)
            case Figure():
                return isinstance(one, Figure) and fields <= other.fields and _includes(other, one)
            case From():
                return isinstance(one, From) and _narrower(one, other)
        key = one, fields, other
        if key not in self._had:
            self._had[key] = self._has_all(one, fields, other)
        return self._had[key]

    def _has_all(self, one: _Single, fields: frozenset[Field], other: Condition) -> bool:
        match other:
            case AnyOf():
                return sum(self._has(one, fields, part) for part in other.of) >= other.at_least
            case AllOf() | Beside():
                return all(self._has(one, fields, part) for part in other.parts)
        return False

    def _covered(self, word: Lookup, other: Words) -> bool:
        if word in other.lookups:
            return True
        if not isinstance(word, Phrase):
            return False
        if other not in self._folded:
            plain = (p for p in other.lookups if isinstance(p, Phrase) and not (p.exact or p.prefix))
            self._folded[other] = frozenset(_folded(phrase) for phrase in plain)
        return not self._folded[other].isdisjoint(_within(word))


def _folded(phrase: Phrase) -> str:
    return " ".join(fold(phrase.text).text.split())


def _within(phrase: Phrase) -> set[str]:
    """The phrases that stand in a phrase: runs of its words; of unspaced scripts, of its characters."""
    text = _folded(phrase)
    if len(text) > MAX_TAKEN_APART:
        return {text}
    pieces = re.findall(r"\S+", text)
    if any(in_word(character) for character in text):
        runs = {" ".join(pieces[a:b]) for a, b in combinations(range(len(pieces) + 1), 2)}
        return {run for run in runs if not (phrase.prefix and text.endswith(run))}
    return {text[a:b] for a, b in combinations(range(len(text) + 1), 2)}


def _at_odds(parts: Sequence[Condition]) -> str:
    """Sources that cannot be the same one."""
    asked = [part for part in parts if isinstance(part, From)]
    for one, other in combinations(asked, 2):
        for these, those in _pairs(one, other):
            if these and those and not these & those:
                return f"no source is both {described(one)} and {described(other)}"
    return ""


def _pairs(one: From, other: From) -> Iterable[tuple[frozenset[object], frozenset[object]]]:
    return (
        (frozenset(one.tiers), frozenset(other.tiers)),
        (frozenset(one.langs), frozenset(other.langs)),
        (frozenset(one.countries), frozenset(other.countries)),
        (frozenset(one.ids), frozenset(other.ids)),
    )


def _narrower(one: From, other: From) -> bool:
    return all(not those or (these and these <= those) for these, those in _pairs(one, other))


def _includes(wide: Figure, narrow: Figure) -> bool:
    a, b = wide.wanted, narrow.wanted
    if isinstance(a, Money) and isinstance(b, Money):
        return a.currency == b.currency and a.least <= b.least and b.most <= a.most
    if isinstance(a, Span) and isinstance(b, Span):
        return a.first <= b.first and b.last <= a.last
    if isinstance(a, Number) and isinstance(b, Number):
        return a.number in (0, b.number) and a.year in (0, b.year)
    return False


def described(origin: From) -> str:
    """A kind of source in words: "tier 1 or 2, from CN"."""
    parts = (
        ("tier ", map(str, sorted(origin.tiers))),
        ("in language ", sorted(origin.langs)),
        ("from ", sorted(origin.countries)),
        ("", (f"'{name}'" for name in sorted(origin.ids))),
    )
    said = (label + words for label, values in parts if (words := " or ".join(values)))
    return ", ".join(said) or "any"


def listed(fields: Iterable[Field]) -> str:
    """Fields in words, in their order: "the title or the summary"."""
    there = set(fields)
    return " or ".join(f"the {field}" for field in FIELDS if field in there)
