"""A verdict that was no alert -> the smallest single change that would have made it one.

Not reckoned but tried: the item is judged again as if a group were met, or were not. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.conditions import Evidence
from monitor.model import Hit, Part, Verdict
from monitor.reach import Reach
from monitor.rule import PROSE, Field, Group, Watchlist
from monitor.score import evaluate


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that might have been otherwise, and the score with it."""

    what: str
    score: int


def sentence(watchlist: Watchlist, verdict: Verdict, evidence: Evidence) -> str:
    """What one change would have made of it; empty for what scores enough as it is."""
    if verdict.score and verdict.score >= verdict.alert:
        return ""
    barred = _barred(verdict)
    if len(verdict.missing) + len(verdict.vetoes) > 1:
        return f"No single change would make it fire: {barred}."
    tried = list(changes(watchlist, verdict, evidence))
    best = min((c for c in tried if c.score >= watchlist.alert), key=lambda c: c.score, default=None)
    if barred or not verdict.score:
        return _from_nothing(tried, best)
    short = f"{verdict.alert - verdict.score} points short of an alert"
    lowered = f"with an alert threshold of {verdict.score} it would fire"
    return f"{short}: {f'{best.what} it would score {best.score}; ' if best else ''}{lowered}."


def _barred(verdict: Verdict) -> str:
    """What makes it 0, in words; empty where nothing does."""
    lacks, out = ([f"'{p.name}'" for p in parts] for parts in (verdict.missing, verdict.vetoes))
    said = [f"it lacks {_and(lacks)}"] if lacks else []
    return "; ".join([*said, *([f"{_and(out)} rules it out"] if out else [])])


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _from_nothing(tried: list[Change], best: Change | None) -> str:
    most = best or max(tried, key=lambda c: c.score, default=None)
    if most is None:
        return "No single change would make it fire."
    enough = "" if best else ", which is not enough"
    return f"{most.what[0].upper()}{most.what[1:]} it would score {most.score}{enough}."


def changes(watchlist: Watchlist, verdict: Verdict, evidence: Evidence) -> Iterator[Change]:
    """Every single change of the item, tried: the least first where two come to the same."""
    for group, part in _paired(watchlist, verdict):
        for what, supposed in _supposed(group, part, watchlist, evidence):
            score = evaluate(watchlist, supposed).score
            if score > verdict.score:
                yield Change(what, score)


def _paired(watchlist: Watchlist, verdict: Verdict) -> Iterator[tuple[Group, Part]]:
    """Each group with its part of the verdict: they come in one order."""
    parts = (part for part in verdict.parts if part.kind != "tier")
    return zip(watchlist.groups, parts, strict=True)


def _supposed(
    group: Group, part: Part, watchlist: Watchlist, evidence: Evidence
) -> Iterator[tuple[str, Evidence]]:
    """The item with this group met, or not met, or met in the best field it may be met in."""
    if part.kind in ("not", "less"):
        if part.met:
            yield f"without '{group.name}'", evidence.supposing(group.condition, None)
        return
    field = _best_field(group, watchlist)
    if part.met and (field is None or not part.hits or field in {hit.field for hit in part.hits}):
        return
    there = (Hit(field, 0, 0, "", ""),) if field else ()
    place = f" in the {field}" if field else ""
    moved = f" instead of the {part.hits[0].field}" if part.met else ""
    yield f"with '{group.name}'{place}{moved}", evidence.supposing(group.condition, there)


def _best_field(group: Group, watchlist: Watchlist) -> Field | None:
    """Where it counts most; None for a group that no words meet."""
    places = Reach().places(group.condition)
    if not places:
        return None
    return max((f for f in PROSE if f in places), key=lambda f: watchlist.weights[f], default=min(places))
