"""What stands in an item -> a verdict of 0 to 100 with the parts that made it.

Points add up: each met must and any group gives its weight (times the share of the field it is
met in, that of the best one), the tier of the source gives or takes a few, each met less group
takes its weight. A missing must or a met not makes it 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from monitor.conditions import Answer, Evidence, longest
from monitor.model import Part, PartKind, Verdict
from monitor.rule import PROSE, Group, Lookup, Stage, Watchlist

MAX_HITS = 8
_SIGN = {"must": 1, "any": 1, "less": -1, "not": 0}


class Judges:
    """All watchlists, and which of them an item can concern at all: one look-up per word in it."""

    def __init__(self, watchlists: Iterable[Watchlist]) -> None:
        self._watchlists = tuple(watchlists)
        self._by_lookup: dict[Lookup, list[int]] = defaultdict(list)
        self._always: list[int] = []
        for number, watchlist in enumerate(self._watchlists):
            needs = [g.condition.needs for g in watchlist.must if g.condition.needs is not None]
            if not needs:
                self._always.append(number)
                continue
            for lookup in min(needs, key=len):
                self._by_lookup[lookup].append(number)

    def concerned(self, evidence: Evidence) -> Iterator[Watchlist]:
        """The watchlists whose score may be above 0, in order."""
        present = evidence.found.present
        if not present and not self._always:
            return
        numbers = {n for lookup in present for n in self._by_lookup.get(lookup, ())}
        for number in sorted(numbers.union(self._always)):
            watchlist = self._watchlists[number]
            if all(evidence.may(group.condition) for group in watchlist.must):
                yield watchlist

    def verdicts(self, evidence: Evidence) -> Iterator[tuple[Watchlist, Verdict]]:
        """What each of them makes of the item."""
        for watchlist in self.concerned(evidence):
            yield watchlist, evaluate(watchlist, evidence)


def evaluate(watchlist: Watchlist, evidence: Evidence) -> Verdict:
    """Judge one item by one watchlist."""
    parts = [
        *(_part("must", group, watchlist, evidence) for group in watchlist.must),
        *(_part("any", group, watchlist, evidence) for group in watchlist.any),
        *(_part("less", group, watchlist, evidence) for group in watchlist.less),
        *(_part("not", group, watchlist, evidence) for group in watchlist.exclude),
    ]
    tier = evidence.origin.tier
    if tier is not None:
        parts.append(Part("tier", f"tier {tier} source", watchlist.tiers.get(tier, 0), met=True))
    out = any((p.kind == "must" and not p.met) or (p.kind == "not" and p.met) for p in parts)
    total = sum(part.points for part in parts if part.met)
    return Verdict(
        watchlist=watchlist.id,
        score=0 if out else max(0, min(100, total)),
        parts=tuple(parts),
        stage=_stage(watchlist.stages, evidence),
        alert=watchlist.alert,
        digest=watchlist.digest,
        muted=_muted(watchlist, evidence),
    )


def _part(kind: PartKind, group: Group, watchlist: Watchlist, evidence: Evidence) -> Part:
    answer = evidence.hits(group.condition)
    if answer is None:
        return Part(kind, group.name, 0, met=False)
    share = _share(answer, watchlist) if group.shared else 1.0
    points = round(_SIGN[kind] * group.weight * share)
    return Part(kind, group.name, points, met=True, hits=longest(answer)[:MAX_HITS])


def _share(answer: Answer, watchlist: Watchlist) -> float:
    """The share of the best field; all of it where no words did it."""
    return max((watchlist.weights[field] for field in {hit.field for hit in answer or ()}), default=1.0)


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
