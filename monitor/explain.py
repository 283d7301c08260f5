"""Why an item fired, or why it did not, in words an analyst understands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor import wording
from monitor.model import Hit, Part, Verdict
from monitor.rule import Group, Watchlist, Words, walk


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one watchlist makes of an item, and what came of it."""

    watchlist: Watchlist
    verdict: Verdict
    outcome: str


def outcome(verdict: Verdict) -> str:
    """What the score alone leads to."""
    if verdict.vetoes:
        return "out: a not group is met"
    if verdict.missing:
        return "silent: a must group is missing"
    if verdict.score >= verdict.alert:
        return "alert"
    if verdict.score >= verdict.digest:
        return "digest only"
    return "silent"


def lines(explanation: Explanation) -> Iterator[str]:
    """The explanation, a line at a time."""
    watchlist, verdict = explanation.watchlist, explanation.verdict
    yield f"{watchlist.title} ({watchlist.id}): {verdict.score} of 100, {explanation.outcome}"
    yield f"  thresholds: alert from {verdict.alert}, digest from {verdict.digest}"
    for part in verdict.parts:
        yield from _part(part, watchlist)
    if verdict.stage:
        yield f"  stage: {wording.stage_name(verdict.stage)}"
    hint = _hint(verdict, watchlist)
    if hint:
        yield f"  {hint}"


def _part(part: Part, watchlist: Watchlist) -> Iterator[str]:
    if part.met:
        words = ", ".join(_words(part.hits))
        sign = "  out" if part.kind == "not" else f"{part.points:+5d}"
        yield f"  {sign}  {part.name}" + (f": {words}" if words else "")
    elif part.kind == "must":
        group = next(g for g in watchlist.must if g.name == part.name)
        yield f"   lacks  {part.name}: none of {_examples(group)}"


def _examples(group: Group) -> str:
    """A few of the words that would have met the group."""
    words = (part for part in walk(group.condition) if isinstance(part, Words))
    shown = sorted({one.written for part in words for one in part.lookups})
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")


def _words(hits: Sequence[Hit]) -> Iterator[str]:
    """The words found and where, each once."""
    shown = {f"“{hit.words}” in the {hit.field}": None for hit in hits}
    yield from list(shown)[:5]


def _hint(verdict: Verdict, watchlist: Watchlist) -> str:
    """What one change would have made of it."""
    earned = sum(part.points for part in verdict.parts if part.met)
    if verdict.vetoes and not verdict.missing:
        names = " and ".join(f"'{p.name}'" for p in verdict.vetoes)
        return f"Without {names} it would score {_clamped(earned)}."
    if len(verdict.missing) == 1 and not verdict.vetoes:
        name = verdict.missing[0].name
        weight = next(g.weight for g in watchlist.must if g.name == name)
        return f"With '{name}' in the title it would score {_clamped(earned + weight)}."
    if not verdict.missing and not verdict.vetoes and verdict.score < verdict.alert:
        return f"{verdict.alert - verdict.score} points short of an alert."
    return ""


def _clamped(points: int) -> int:
    return max(0, min(100, points))


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The same for machines."""
    verdict = explanation.verdict
    return {
        "watchlist": verdict.watchlist,
        "score": verdict.score,
        "outcome": explanation.outcome,
        "alert": verdict.alert,
        "digest": verdict.digest,
        "stage": verdict.stage,
        "parts": [
            {
                "kind": part.kind,
                "name": part.name,
                "points": part.points,
                "met": part.met,
                "hits": [
                    {"field": h.field, "start": h.start, "end": h.end, "words": h.words,
                     "via": list(h.via)}
                    for h in part.hits
                ],
            }
            for part in verdict.parts
        ],
    }  # fmt: skip
