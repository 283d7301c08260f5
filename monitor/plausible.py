"""Is an item worth fetching in full? What a title and a summary make plausible. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.conditions import Evidence
from monitor.model import Source, Verdict
from monitor.rule import Watchlist
from monitor.score import evaluate

# An item whose own text is as long is the article already.
LONG = 1_500
# An item with fewer than this share of the points that an alert takes is not what the watchlist is
# after: of 6,000 general headlines 3 % have as many with one must group missing, 38 % have any.
FLOOR = 0.5


def worth(source: Source, text: str, watchlists: Iterable[Watchlist], evidence: Evidence) -> bool:
    """Should the page be fetched and scored again? `text` is the item's own, `evidence` what it holds.

    For some watchlist that would not tell the item as it is, the page can make up what lacks: the
    score is near, or one must group alone is missing.
    """
    if source.read != "plausible" or len(text) >= LONG:
        return source.read == "all"
    return any(_may_rise(watchlist, evidence) for watchlist in watchlists)


def _may_rise(watchlist: Watchlist, evidence: Evidence) -> bool:
    missing = 0
    for group in watchlist.must:
        missing += not evidence.holds(group.condition)
        if missing > 1:
            return False
    if missing and len(watchlist.must) < 2:
        return False
    verdict = evaluate(watchlist, evidence)
    if verdict.vetoes or verdict.score >= watchlist.alert:
        return False
    earned = sum(part.points for part in verdict.parts)
    return earned >= FLOOR * watchlist.alert and _at_best(watchlist, verdict) >= watchlist.alert


def _at_best(watchlist: Watchlist, verdict: Verdict) -> int:
    """The score if the page met every group that lacks."""
    share = watchlist.weights["body"]
    total = sum(part.points for part in verdict.parts)
    for part, (kind, weight, group) in zip(verdict.parts, watchlist.ruled, strict=False):
        if kind in ("must", "any"):
            total += max(0, round(weight * (share if group.shared else 1)) - part.points)
    return total
