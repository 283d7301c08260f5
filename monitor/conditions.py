"""Conditions x what was found in an item -> where they hold. Pure.

Every condition is one object however many rules use it, and is worked out once per item.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from monitor.match import Found, Place
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
UNKNOWN = Origin()


class Evidence:
    """One item before the rules: what was found in it, where it is from, and what held so far."""

    def __init__(self, found: Found, origin: Origin = UNKNOWN) -> None:
        self.found = found
        self.origin = origin
        self._known: dict[int, Answer] = {}

    def may(self, condition: Condition) -> bool:
        """Can it hold at all? A quick no for what lacks every word it needs."""
        needs = condition.needs
        return needs is None or not self.found.present.isdisjoint(needs)

    def hits(self, condition: Condition) -> Answer:
        """Where the condition holds, or None."""
        key = id(condition)
        if key not in self._known:
            self._known[key] = self._work_out(condition) if self.may(condition) else None
        return self._known[key]

    def holds(self, condition: Condition) -> bool:
        return self.hits(condition) is not None

    def _work_out(self, condition: Condition) -> Answer:
        match condition:
            case Words():
                return self._words(condition)
            case AnyOf():
                return self._any_of(condition)
            case Within():
                return self._within(condition)
            case Near():
                return self._near(condition)
            case AllOf():
                return self._all_of(condition)
            case Unless() | Beside():
                return self._depending(condition)
            case Apart():
                return self._apart(condition)
            case Figure():
                return self._figure(condition)
            case From():
                return self._from(condition)
        raise TypeError(f"no way to judge {type(condition).__name__}")

    # -------------------------------------------------------------- each kind

    def _words(self, condition: Words) -> Answer:
        standing = self.found.present & condition.lookups
        hits = [
            self._hit(place, lookup.written) for lookup in standing for place in self.found.places[lookup]
        ]
        return longest(hits) or None

    def _hit(self, place: Place, term: str) -> Hit:
        field, start, end = place
        return Hit(field, start, end, self.found.texts[field][start:end], term)

    def _figure(self, condition: Figure) -> Answer:
        hits = [self._hit(place, condition.written) for place in self.found.stated(condition.wanted)]
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
        hits = [hit for answer in answers for hit in answer]
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
        return longest([hit for answer in answers for hit in answer])

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
        if not answer or condition.fields >= self.found.texts.keys():
            return answer
        return tuple(hit for hit in answer if hit.field in condition.fields) or None

    def _depending(self, condition: Unless | Beside) -> Answer:
        answer = self.hits(condition.part)
        if answer is None:
            return None
        if isinstance(condition, Beside):
            return answer if self.holds(condition.present) else None
        return None if self.holds(condition.absent) else answer

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


def longest(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """In order of place. Of hits that lie within one another the longest stays: it says the most."""
    if len(hits) < 2:
        return tuple(hits)
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: h.place):
        last = kept[-1] if kept else None
        if last is None or hit.field != last.field or hit.end > last.end:
            kept.append(hit)
    return tuple(kept)


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
