"""Conditions x what was found in an item -> where they hold. Pure.

Every condition is one object however many rules use it, and is worked out once per item.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

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
    Lookup,
    Near,
    Several,
    Unless,
    Words,
)

# Where a condition holds; None where it does not. One about the source holds nowhere in the text.
Answer = tuple[Hit, ...] | None
UNKNOWN = Origin()
# Stands for an answer that is not worked out yet; compared by identity.
_UNASKED: Answer = (Hit("title", 0, 0, "", ""),)


class Evidence:
    """One item before the rules: what was found in it, where it is from, and what held so far."""

    def __init__(self, found: Found, origin: Origin = UNKNOWN) -> None:
        self.found = found
        self.origin = origin
        self.present = frozenset(found.places)  # two sets are compared at the cost of the smaller
        self._known: dict[Condition, Answer] = {}
        self._held: dict[Condition, bool] = {}

    def hits(self, condition: Condition) -> Answer:
        """Where the condition holds, or None. Most lack every word they need: a quick no."""
        known = self._known.get(condition, _UNASKED)
        if known is _UNASKED:
            needs = condition.needs
            may = needs is None or not self.present.isdisjoint(needs)
            known = _WAYS.get(type(condition), _refuse)(self, condition) if may else None
            self._known[condition] = known
        return known

    def holds(self, condition: Condition) -> bool:
        """Whether it holds, at less cost than where: the first part that holds ends the search."""
        known = self._known.get(condition, _UNASKED)
        if known is not _UNASKED:
            return known is not None
        held = self._held.get(condition)
        if held is None:
            needs, way = condition.needs, _QUICK.get(type(condition))
            if needs is not None and self.present.isdisjoint(needs):
                held = False
            else:
                held = way(self, condition) if way else self.hits(condition) is not None
            self._held[condition] = held
        return held

    def supposing(self, condition: Condition, answer: Answer) -> Evidence:
        """The same item, as if the condition held there, or nowhere."""
        supposed = Evidence(self.found, self.origin)
        supposed._known[condition] = answer
        return supposed

    # -------------------------------------------------------------- whether, for the common kinds

    def _words_hold(self, condition: Words) -> bool:
        places, fields = self.found.places, condition.fields
        return any(
            any(field in fields for field, _, _ in (places[one] or self._places(one)))
            for one in self.present & condition.lookups
        )

    def _places(self, lookup: Lookup) -> list[Place]:
        """Those of a pattern are looked for when somebody asks."""
        return [(hit.field, hit.start, hit.end) for hit in self.found.standing(lookup)]

    def _any_holds(self, condition: AnyOf) -> bool:
        holding = (1 for part in condition.possible(self.present) if self.holds(part))
        return sum(islice(holding, condition.at_least)) == condition.at_least

    def _all_hold(self, condition: AllOf) -> bool:
        return not self._lacks(condition) and all(map(self.holds, condition.of))

    # -------------------------------------------------------------- where, for each kind

    def _words(self, condition: Words) -> Answer:
        standing, fields = self.found.standing, condition.fields
        there = self.present & condition.lookups
        return _ordered([hit for one in there for hit in standing(one) if hit.field in fields]) or None

    def _figure(self, condition: Figure) -> Answer:
        hits = [
            Hit(field, start, end, self.found.texts[field][start:end], condition.written)
            for field, start, end in self.found.stated(condition.wanted)
            if field in condition.fields
        ]
        return _ordered(hits) or None

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
        may = condition.possible(self.present)
        answers = [answer for part in may if (answer := self.hits(part)) is not None]
        if len(answers) < condition.at_least:
            return None
        hits: Sequence[Hit] = _joined(answers)
        if condition.name:
            hits = [hit._replace(via=(condition.name, *hit.via)) for hit in hits]
        return _ordered(hits)

    def _lacks(self, condition: Several) -> bool:
        """Is there a part of which no word is there? Then the others need not be worked out."""
        present = self.present
        return any(part.needs is not None and present.isdisjoint(part.needs) for part in condition.of)

    def _all_of(self, condition: AllOf) -> Answer:
        if self._lacks(condition):
            return None
        answers = []
        for part in condition.of:
            answer = self.hits(part)
            if answer is None:
                return None
            answers.append(answer)
        return _ordered(_joined(answers))

    def _near(self, condition: Near) -> Answer:
        if self._lacks(condition):
            return None
        answers = []
        for part in condition.of:
            answer = self.hits(part)
            if not answer:
                return None
            answers.append(answer)
        joined = _in_order(answers) if condition.in_order else _together(answers)
        near = [hits for hits in joined if self._close(hits[0], hits[-1], condition.within)]
        return _ordered([hit for hits in near for hit in hits]) or None

    def _close(self, first: Hit, last: Hit, within: int | None) -> bool:
        """Is it near enough from the end of one to the start of the other?"""
        field = first.field
        if within is None:
            return self.found.sentence(field, first.end - 1) >= self.found.sentence(field, last.start)
        return self.found.words_between(field, first.end, last.start) <= within

    def _unless(self, condition: Unless) -> Answer:
        answer = self.hits(condition.part)
        return None if answer is None or self.holds(condition.absent) else answer

    def _beside(self, condition: Beside) -> Answer:
        answer = self.hits(condition.part)
        return answer if answer is not None and self.holds(condition.present) else None

    def _apart(self, condition: Apart) -> Answer:
        answer, absent = self.hits(condition.part), self.hits(condition.absent)
        if not answer or not absent:
            return answer
        around = _around(answer, longest(absent))
        kept = [
            hit
            for hit, before, after in around
            if not (before and self._close(before, hit, condition.within))
            and not (after and self._close(hit, after, condition.within))
        ]
        return tuple(kept) or None


def _refuse(_: Evidence, condition: Condition) -> Answer:
    raise TypeError(f"no way to judge {type(condition).__name__}")


_WAYS: Mapping[type[Condition], Callable[[Evidence, Any], Answer]] = {
    Words: Evidence._words,
    Figure: Evidence._figure,
    From: Evidence._from,
    AnyOf: Evidence._any_of,
    AllOf: Evidence._all_of,
    Near: Evidence._near,
    Unless: Evidence._unless,
    Beside: Evidence._beside,
    Apart: Evidence._apart,
}


_QUICK: Mapping[type[Condition], Callable[[Evidence, Any], bool]] = {
    Words: Evidence._words_hold,
    AnyOf: Evidence._any_holds,
    AllOf: Evidence._all_hold,
}


def _joined(lists: Sequence[Sequence[Hit]]) -> Sequence[Hit]:
    return lists[0] if len(lists) == 1 else list(chain(*lists))


def _ordered(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """In order of place, each once.

    Words within other words stay: whoever asks what is near needs them all, else one more
    spelling, which swallows another, could undo what held without it.
    """
    if len(hits) < 2:
        return tuple(hits)
    kept: dict[tuple[int, int, int], Hit] = {}
    for hit in sorted(hits, key=lambda h: (h.place, h.term)):
        kept.setdefault(hit.place, hit)
    return tuple(kept.values())


def _end(hit: Hit) -> tuple[int, int]:
    return FIELDS.index(hit.field), hit.end


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


def _around(hits: Sequence[Hit], others: Sequence[Hit]) -> Iterator[tuple[Hit, Hit | None, Hit | None]]:
    """Each hit with the nearest of the others that starts no later, and the nearest that starts later.

    The others do not lie within one another, so that the nearest by its start is the nearest.
    """
    starts = [(FIELDS.index(other.field), other.start) for other in others]
    for hit in hits:
        number = bisect_right(starts, (FIELDS.index(hit.field), hit.start))
        before = others[number - 1] if number else None
        after = others[number] if number < len(others) else None
        yield (
            hit,
            before if before and before.field == hit.field else None,
            after if after and after.field == hit.field else None,
        )


def _together(answers: Sequence[tuple[Hit, ...]]) -> Iterator[tuple[Hit, ...]]:
    """Each hit after the nearest of every other part that ends before it; the first to end leads."""
    every = [(hit, part) for part, hits in enumerate(answers) for hit in hits]
    ended = sorted(every, key=lambda p: _end(p[0]))
    latest: list[Hit | None] = [None] * len(answers)
    place = 0
    for hit, part in sorted(every, key=lambda p: p[0].place):
        while _before(ended[place][0], hit):
            latest[ended[place][1]] = ended[place][0]
            place += 1
        others = [other for n, other in enumerate(latest) if n != part]
        known = [other for other in others if other is not None and other.field == hit.field]
        if len(known) == len(others):
            yield (*sorted(known, key=_end), hit)


def _in_order(answers: Sequence[tuple[Hit, ...]]) -> list[tuple[Hit, ...]]:
    """Chains of one hit per part, each after the one before: for each last hit the latest first."""
    chains: list[tuple[Hit, ...]] = [(hit,) for hit in answers[0]]
    for hits in answers[1:]:
        chains = _continued(chains, hits)
    return chains


def _continued(chains: Sequence[tuple[Hit, ...]], hits: Sequence[Hit]) -> list[tuple[Hit, ...]]:
    made = []
    place, best = 0, None
    ordered = sorted(chains, key=lambda chain: _end(chain[-1]))
    for hit in hits:
        while place < len(ordered) and _before(ordered[place][-1], hit):
            if best is None or _end(ordered[place][0]) >= _end(best[0]):
                best = ordered[place]
            place += 1
        if best is not None and best[-1].field == hit.field:
            made.append((*best, hit))
    return made


def _before(one: Hit, other: Hit) -> bool:
    if one.field != other.field:
        return FIELDS.index(one.field) < FIELDS.index(other.field)
    return one.end <= other.start
