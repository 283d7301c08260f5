"""What stands in an item -> a verdict of 0 to 100 with the parts that made it.

Points add up: each met must and any group gives its weight (times the share of the field it is
met in, that of the best one), the tier of the source gives or takes a few, each met less group
takes its weight. A missing must or a met not makes it 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import NamedTuple

from monitor.conditions import Evidence, longest
from monitor.match import Found
from monitor.model import Hit, Part, Verdict
from monitor.rule import PROSE, Condition, Lookup, Stage, Watchlist

MAX_HITS = 8
# A sentence that begins within so many words belongs to the lead: only a dateline stands before it.
LEAD = 6
# What makes a score 0: a must that is not met, a not that is.
_FATAL = {"must": False, "not": True}


class _Concern(NamedTuple):
    """A watchlist, its place among all, of what else than its rarest words it needs one each, and
    what must hold, the least common first."""

    number: int
    watchlist: Watchlist
    others: tuple[frozenset[Lookup], ...]
    musts: tuple[Condition, ...]


_NUMBER = itemgetter(0)


class Judges:
    """All watchlists, and which of them an item can concern at all: one look-up per word in it."""

    def __init__(self, watchlists: Iterable[Watchlist]) -> None:
        by_lookup: dict[Lookup, list[_Concern]] = defaultdict(list)
        self._always: list[_Concern] = []
        for number, watchlist in enumerate(watchlists):
            musts = tuple(sorted((g.condition for g in watchlist.must), key=attrgetter("common")))
            needs = [condition.needs for condition in musts if condition.needs is not None]
            if not needs:
                self._always.append(_Concern(number, watchlist, (), musts))
                continue
            rarest, *others = needs
            concern = _Concern(number, watchlist, tuple(others), musts)
            for lookup in rarest:
                by_lookup[lookup].append(concern)
        self._by_lookup = {lookup: tuple(concerned) for lookup, concerned in by_lookup.items()}
        self._concerning = frozenset(by_lookup)

    def verdicts(self, evidence: Evidence) -> Iterator[tuple[Watchlist, Verdict]]:
        """What each watchlist that may score above 0 makes of the item, in order."""
        present, by_lookup = evidence.present, self._by_lookup
        named = {one.number: one for lookup in present & self._concerning for one in by_lookup[lookup]}
        for _, watchlist, others, musts in sorted([*self._always, *named.values()], key=_NUMBER):
            for needs in others:
                if present.isdisjoint(needs):
                    break
            else:
                # Most fail by a must: what the other groups would be worth is not worked out.
                if all(map(evidence.holds, musts)):
                    yield watchlist, evaluate(watchlist, evidence)


def evaluate(watchlist: Watchlist, evidence: Evidence) -> Verdict:
    """Judge one item by one watchlist."""
    parts, total, out = [], 0, False
    for kind, worth, group in watchlist.ruled:
        answer = evidence.hits(group.condition)
        met = answer is not None
        out = out or met is _FATAL.get(kind)
        points = 0 if answer is None else worth
        if answer and group.shared:
            points = round(worth * max([watchlist.weights[hit.field] for hit in answer]))
        total += points
        parts.append(Part(kind, group.name, points, met, longest(answer)[:MAX_HITS] if answer else ()))
    tier = evidence.origin.tier
    if tier is not None:
        parts.append(_tier(tier, watchlist.tiers.get(tier, 0)))
        total += parts[-1].points
    told = _told(watchlist.stages, evidence)
    return Verdict(
        watchlist.id,
        0 if out else max(0, min(100, total)),
        tuple(parts),
        told.stage.id if told else "",
        watchlist.alert,
        watchlist.digest,
        _muted(watchlist, evidence) if watchlist.mutes else watchlist.snooze,
        longest(told.hits) if told else (),
    )


@lru_cache
def _tier(tier: int, points: int) -> Part:
    return Part("tier", f"tier {tier} source", points, met=True)


def leading(alerting: Iterable[tuple[Watchlist, Verdict]]) -> Stage | None:
    """The stage of an item on which several watchlists alert: a particular one before a general one,
    then that of the highest score, then in the order given. None where none tells one."""
    told = ((verdict.score, watchlist.stage(verdict.stage)) for watchlist, verdict in alerting)
    stages = [(not stage.general, score, stage) for score, stage in told if stage]
    return max(stages, key=itemgetter(0, 1))[2] if stages else None


class _Told(NamedTuple):
    """A stage as one sentence tells it; of several that with the least `rank` is believed."""

    stage: Stage
    hits: tuple[Hit, ...]
    rank: tuple[int, ...]


def _told(stages: Iterable[Stage], evidence: Evidence) -> _Told | None:
    """The title is believed before the lead, the lead before the next sentence; in one the furthest rung.

    A general stage (announced) gives way to any other of the title and the lead.
    """
    told = (one for stage in stages for one in _tellings(stage, evidence))
    return min(told, key=attrgetter("rank"), default=None)


def _tellings(stage: Stage, evidence: Evidence) -> Iterator[_Told]:
    """Each sentence that tells the stage. The title counts as one."""
    found = evidence.found
    sentences: dict[tuple[int, int], list[Hit]] = defaultdict(list)
    for hit in evidence.hits(stage.condition) or ():
        if hit.field in PROSE:
            number = 0 if hit.field == "title" else found.sentence(hit.field, hit.start)
            sentences[PROSE.index(hit.field), number].append(hit)
    for place, hits in sentences.items():
        yield _Told(stage, tuple(hits), _rank(stage, place, found))


def _rank(stage: Stage, place: tuple[int, int], found: Found) -> tuple[int, ...]:
    """`place` is the field, as a place in PROSE, and the number of the sentence in it."""
    field, sentence = PROSE[place[0]], place[1]
    lead = "summary" if found.texts.get("summary") else "body"
    if field != "title" and (field != lead or found.words_before(field, sentence) > LEAD):
        return 2, *place, stage.general, -stage.number
    return (1, -stage.number, *place) if stage.general else (0, *place, -stage.number)


def _muted(watchlist: Watchlist, evidence: Evidence) -> datetime | None:
    """Until when the watchlist, or what the item says, is not to be told."""
    ends = [mute.until for mute in watchlist.mutes if evidence.holds(mute.condition)]
    return max([*ends, *([watchlist.snooze] if watchlist.snooze else [])], default=None)
