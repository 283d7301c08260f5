"""What stands in an item -> a verdict of 0 to 100 with the parts that made it.

Points add up: each met must and any group gives its weight (times the share of the field it is
met in, that of the best one), the tier of the source gives or takes a few, each met less group
takes its weight. A missing must or a met not makes it 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

from monitor.conditions import Evidence
from monitor.model import Hit, Part, Verdict
from monitor.rule import PROSE, Field, Lookup, Stage, Watchlist

MAX_HITS = 8


# The place of a watchlist among all, and what else than its rarest words it needs.
_Concern = tuple[int, Watchlist, tuple[frozenset[Lookup], ...]]
_NUMBER = itemgetter(0)


class Judges:
    """All watchlists, and which of them an item can concern at all: one look-up per word in it."""

    def __init__(self, watchlists: Iterable[Watchlist]) -> None:
        self._by_lookup: dict[Lookup, list[_Concern]] = defaultdict(list)
        self._always: list[_Concern] = []
        for number, watchlist in enumerate(watchlists):
            needs = [g.condition.needs for g in watchlist.must if g.condition.needs is not None]
            if not needs:
                self._always.append((number, watchlist, ()))
                continue
            rarest, *others = sorted(needs, key=len)
            concern = number, watchlist, tuple(others)
            for lookup in rarest:
                self._by_lookup[lookup].append(concern)

    def concerned(self, evidence: Evidence) -> Iterator[Watchlist]:
        """The watchlists whose score may be above 0, in order."""
        present = evidence.found.present
        found = [concern for lookup in present if lookup in self._by_lookup for concern in self._by_lookup[lookup]]
        last = -1
        for number, watchlist, others in sorted(self._always + found, key=_NUMBER):
            if number != last and not any(map(present.isdisjoint, others)):
                last = number
                yield watchlist

    def verdicts(self, evidence: Evidence) -> Iterator[tuple[Watchlist, Verdict]]:
        """What each of them makes of the item."""
        for watchlist in self.concerned(evidence):
            yield watchlist, evaluate(watchlist, evidence)


def evaluate(watchlist: Watchlist, evidence: Evidence) -> Verdict:
    """Judge one item by one watchlist."""
    parts, total, out = [], 0, False
    for kind, worth, group in watchlist.ruled:
        answer = evidence.hits(group.condition)
        if answer is None:
            part = Part(kind, group.name, 0, False)
            out = out or kind == "must"
        else:
            points = round(worth * _share(answer, watchlist.weights)) if group.shared else worth
            part = Part(kind, group.name, points, True, answer[:MAX_HITS])
            out = out or kind == "not"
            total += points
        parts.append(part)
    tier = evidence.origin.tier
    if tier is not None:
        part = _tier(tier, watchlist.tiers.get(tier, 0))
        parts.append(part)
        total += part.points
    return Verdict(
        watchlist.id,
        0 if out or total < 0 else min(100, total),
        tuple(parts),
        _stage(watchlist.stages, evidence) if watchlist.stages else "",
        watchlist.alert,
        watchlist.digest,
        _muted(watchlist, evidence) if watchlist.mutes else watchlist.snooze,
    )


@lru_cache
def _tier(tier: int, points: int) -> Part:
    return Part("tier", f"tier {tier} source", points, True)


def _share(answer: Sequence[Hit], weights: Mapping[Field, float]) -> float:
    """The share of the best field; all of it where no words did it."""
    return max([weights[hit.field] for hit in answer], default=1.0)


def _stage(stages: Sequence[Stage], evidence: Evidence) -> str:
    """The furthest rung that the title tells, else the summary, else the body."""
    told = [(stage, {h.field for h in evidence.hits(stage.condition) or ()}) for stage in stages]
    for field in PROSE:
        rungs = [stage for stage, fields in told if field in fields]
        if rungs:
            return max(rungs, key=lambda s: s.number).id
    return ""


def _muted(watchlist: Watchlist, evidence: Evidence) -> datetime | None:
    """Until when the watchlist, or what the item says, is not to be told."""
    ends = [mute.until for mute in watchlist.mutes if evidence.holds(mute.condition)]
    return max([*ends, *([watchlist.snooze] if watchlist.snooze else [])], default=None)
