"""Conditions x what was found in an item -> where they hold. Pure.

Every condition is one object however many rules use it, and is worked out once per item.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from monitor.match import Found
from monitor.model import Hit, Origin
from monitor.rule import (
    FIELDS,
    AllOf,
    AnyOf,
    Apart,
    Beside,
    Condition,
    Figure,
    From,
    Near,
    Unless,
    Within,
    Words,
)

# Where a condition holds; None where it does not. One about the source holds nowhere in the text.
Answer = tuple[Hit, ...] | None
_UNKNOWN = Origin()


class Evidence:
    """One item before the rules: what was found in it, where it is from, and what held so far."""

    def __init__(self, found: Found, origin: Origin = _UNKNOWN) -> None:
        self.found = found
        self.origin = origin
        self._present = found.present
        self._known: dict[Condition, Answer] = {}

    def hits(self, condition: Condition) -> Answer:
        """Where the condition holds, or None. Most lack every word they need: a quick no."""
        known = self._known
        if condition not in known:
            needs = condition.needs
            may = needs is None or not self._present.isdisjoint(needs)
            known[condition] = _WAYS[type(condition)](self, condition) if may else None
        return known[condition]

    def holds(self, condition: Condition) -> bool:
        return self.hits(condition) is not None

    # -------------------------------------------------------------- each kind

    def _words(self, condition: Words) -> Answer:
        found, fields = self.found.hits, condition.fields
        standing = condition.lookups.intersection(found)
        return longest([hit for one in standing for hit in found[one] if hit.field in fields]) or None

    def _figure(self, condition: Figure) -> Answer:
        hits = [
            Hit(field, start, end, self.found.texts[field][start:end], condition.written)
            for field, start, end in self.found.stated(condition.wanted)
        ]
        return longest(hits) or None

    def _from(self, condition: From) -> Answer:
        origin = self.origin
        asked = (
            (condition.tiers, origin.tier),
            (condition.langs, origin.lang),
            (condition.countries, origin.country),
            (condition.ids, origin.id),
        )
        return () if all(value in wanted for wanted, value in asked if wanted) else None

    def _any_of(self, condition: AnyOf) -> Answer:
        answers = [answer for part in condition.of if (answer := self.hits(part)) is not None]
        if len(answers) < condition.at_least:
            return None
        hits: Sequence[Hit] = _joined(answers)
        if condition.name:
            hits = [hit._replace(via=(condition.name, *hit.via)) for hit in hits]
        return longest(hits)

    def _all_of(self, condition: AllOf) -> Answer:
        answers = []
        for part in condition.of:
            answer = self.hits(part)
            if answer is None:
                return None
            answers.append(answer)
        return longest(_joined(answers))

    def _near(self, condition: Near) -> Answer:
        answers = []
        for part in condition.of:
            answer = self.hits(part)
            if not answer:
                return None
            answers.append(answer)
        joined = _in_order(answers) if condition.in_order else _together(answers)
        near = [hits for hits in joined if self._close(hits[0], hits[-1], condition.within)]
        return longest([hit for hits in near for hit in hits]) or None

    def _close(self, first: Hit, last: Hit, within: int | None) -> bool:
        if within is None:
            return self.found.sentence(first.field, first.start) == self.found.sentence(
                last.field, last.start
            )
        return self.found.words_between(first.field, first.end, last.start) <= within

    def _within(self, condition: Within) -> Answer:
        answer = self.hits(condition.part)
        if not answer:
            return answer
        return tuple([hit for hit in answer if hit.field in condition.fields]) or None

    def _beside(self, condition: Beside) -> Answer:
        return self.hits(condition.part) if self.holds(condition.present) else None

    def _unless(self, condition: Unless) -> Answer:
        answer = self.hits(condition.part)
        return None if answer is None or self.holds(condition.absent) else answer

    def _apart(self, condition: Apart) -> Answer:
        answer, absent = self.hits(condition.part), self.hits(condition.absent)
        if not answer or not absent:
            return answer
        starts = [other.place for other in absent]
        kept = []
        for hit in answer:
            after = bisect_left(starts, hit.place)
            around = absent[max(0, after - 1) : after + 1]  # the nearest on each side
            if not any(self._touches(hit, other, condition.within) for other in around):
                kept.append(hit)
        return tuple(kept) or None

    def _touches(self, hit: Hit, other: Hit, within: int | None) -> bool:
        first, last = sorted((hit, other), key=lambda h: h.place)
        return hit.field == other.field and self._close(first, last, within)


_WAYS: Mapping[type[Condition], Callable[[Evidence, Any], Answer]] = {
    Words: Evidence._words,
    Figure: Evidence._figure,
    From: Evidence._from,
    AnyOf: Evidence._any_of,
    AllOf: Evidence._all_of,
    Near: Evidence._near,
    Within: Evidence._within,
    Unless: Evidence._unless,
    Beside: Evidence._beside,
    Apart: Evidence._apart,
}


def longest(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """In order of place. Of hits that lie within one another the longest stays: it says the most.

    Of several terms for the same words the first by the alphabet does.
    """
    if len(hits) < 2:
        return tuple(hits)
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.place, h.term)):
        last = kept[-1] if kept else None
        if last is None or hit.field != last.field or hit.end > last.end:
            kept.append(hit)
    return tuple(kept)


def _joined(lists: Sequence[Sequence[Hit]]) -> Sequence[Hit]:
    return lists[0] if len(lists) == 1 else list(chain(*lists))


def _together(answers: Sequence[tuple[Hit, ...]]) -> list[tuple[Hit, ...]]:
    """For each hit, with the nearest before it of every other part: one of each, in order of place.

    Words count for one part only: those of two parts do not overlap.
    """
    order = sorted(
        ((hit, part) for part, hits in enumerate(answers) for hit in hits), key=lambda p: p[0].place
    )
    before: list[list[Hit]] = [[] for _ in answers]
    joined = []
    for hit, part in order:
        others = [_last(before[n], hit) for n in range(len(answers)) if n != part]
        if all(others):
            joined.append((*sorted((o for o in others if o), key=lambda h: h.place), hit))
        before[part].append(hit)
    return joined


def _last(earlier: Sequence[Hit], hit: Hit) -> Hit | None:
    """The last of them that ends before the hit begins, in the same field."""
    for other in reversed(earlier):
        if other.field != hit.field:
            return None
        if other.end <= hit.start:
            return other
    return None


def _in_order(answers: Sequence[tuple[Hit, ...]]) -> list[tuple[Hit, ...]]:
    """Chains of one hit per part, each part after the one before, the tightest for each end."""
    chains: list[tuple[Hit, ...]] = [(hit,) for hit in answers[0]]
    for hits in answers[1:]:
        chains = _continued(chains, hits)
    return chains


def _continued(chains: Sequence[tuple[Hit, ...]], hits: Sequence[Hit]) -> list[tuple[Hit, ...]]:
    made = []
    place, best = 0, None
    ordered = sorted(chains, key=lambda chain: (FIELDS.index(chain[-1].field), chain[-1].end))
    for hit in hits:
        while place < len(ordered) and _before(ordered[place][-1], hit):
            if best is None or ordered[place][0].place >= best[0].place:
                best = ordered[place]
            place += 1
        if best is not None and best[-1].field == hit.field:
            made.append((*best, hit))
    return made


def _before(one: Hit, other: Hit) -> bool:
    if one.field != other.field:
        return FIELDS.index(one.field) < FIELDS.index(other.field)
    return one.end <= other.start
