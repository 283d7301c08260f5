"""Why an item fired, or why it did not, in words an analyst understands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor import change, wording
from monitor.conditions import Evidence
from monitor.difference import differences
from monitor.lacking import begun, found, is_plain, lacking, spelt
from monitor.model import Hit, Part, Verdict
from monitor.rule import AnyOf, Group, Watchlist, walk

MAX_WORDS = 5
KIND = "text/"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one watchlist makes of an item, what came of it, and what was found in the item.

    `unread` is the verdict without the item's page, where that was read.
    """

    watchlist: Watchlist
    verdict: Verdict
    outcome: str
    evidence: Evidence
    unread: Verdict | None = None

    @property
    def parts(self) -> tuple[tuple[Group | None, Part], ...]:
        """Each part with its group, in the order of the file; the tier has none."""
        groups = iter(self.watchlist.groups)
        return tuple((None if part.kind == "tier" else next(groups), part) for part in self.verdict.parts)

    @property
    def change(self) -> str:
        """What one change would have made of it."""
        return change.sentence(self.watchlist, self.verdict, self.evidence)

    @property
    def added(self) -> str:
        """What reading the page did to the score."""
        if self.unread is None or self.unread.score == self.verdict.score:
            return ""
        gap = self.verdict.score - self.unread.score
        why = "; ".join(differences(self.unread, self.verdict))
        return f"the page read in full: {gap:+d} ({self.unread.score} without it): {why}"


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


def held_back(watchlist: Watchlist, verdict: Verdict, now: datetime) -> str:
    """Why it is not told whatever it scores; empty where it may be."""
    if watchlist.expires is not None and watchlist.expired(now):
        return f"not judged: the watchlist expired on {watchlist.expires:%d %b %Y}"
    if verdict.score < verdict.alert or verdict.muted is None or verdict.muted <= now:
        return ""
    what = "snoozed" if verdict.muted == watchlist.snooze else "muted"
    why = next((mute.why for mute in watchlist.mutes if mute.until == verdict.muted and mute.why), "")
    return f"no alert: {what} until {verdict.muted:%d %b %Y %H:%M} UTC" + (f" ({why})" if why else "")


def kinds(watchlists: Iterable[Watchlist], evidence: Evidence) -> tuple[str, ...]:
    """The kinds of text that the rules name and the item is of."""
    seen: set[int] = set()
    parts = (part for w in watchlists for condition in w.conditions for part in walk(condition, seen))
    named = (part for part in parts if isinstance(part, AnyOf) and part.name.startswith(KIND))
    return tuple(sorted({part.name.removeprefix(KIND) for part in named if evidence.holds(part)}))


# ------------------------------------------------------------------ for people


def lines(explanation: Explanation) -> Iterator[str]:
    """The explanation, a line at a time."""
    watchlist, verdict = explanation.watchlist, explanation.verdict
    yield f"{watchlist.title} ({watchlist.id}): {verdict.score} of 100, {explanation.outcome}"
    yield f"  thresholds: alert from {verdict.alert}, digest from {verdict.digest}"
    for group, part in explanation.parts:
        yield from _part(part, group, explanation.evidence)
    yield from _unmet(explanation)
    if verdict.stage:
        yield f"  stage: {wording.stage_name(verdict.stage)}"
    if explanation.added:
        yield f"  {explanation.added}"
    if explanation.change:
        yield f"  {explanation.change}"


def short(explanation: Explanation) -> Iterator[str]:
    """What made the score, what lacked, and what one change would have made of it."""
    verdict = explanation.verdict
    yield f"{verdict.score} of 100, alert from {verdict.alert}: {explanation.outcome}"
    for group, part in explanation.parts:
        if part.points or part.kind in ("must", "not"):
            yield from _part(part, group, explanation.evidence)
    if explanation.change:
        yield f"  {explanation.change}"


def met(explanation: Explanation) -> Iterator[str]:
    """The parts that made the score, each with its points and words."""
    for group, part in explanation.parts:
        if part.met and part.points:
            yield from _part(part, group, explanation.evidence)


def _part(part: Part, group: Group | None, evidence: Evidence) -> Iterator[str]:
    """A group that is met with its words; a must that is not with what lacks."""
    if part.met:
        words = ", ".join(_words(part.hits))
        sign = "  out" if part.kind == "not" else f"{part.points:+5d}"
        yield f"  {sign}  {part.name}" + (f": {words}" if words else "")
    elif part.kind == "must" and group is not None:
        said = list(lacking(group.condition, evidence))
        if is_plain(group.condition) or not said:
            said = [f"none of {spelt(group.condition)}"]
        yield f"   lacks  {part.name}: {said[0]}"
        yield from (f"          {line}" for line in said[1:])


def _unmet(explanation: Explanation) -> Iterator[str]:
    """The other groups that are not met: what would add, with what is there of it, and what would take."""
    takers = []
    for group, part in explanation.parts:
        if part.met or part.kind == "must" or group is None:
            continue
        if part.kind != "any":
            takers.append(part.name)
            continue
        yield f"      -  {part.name}: not met, would add up to {group.weight}"
        if begun(group.condition, explanation.evidence):
            yield from (f"           {line}" for line in lacking(group.condition, explanation.evidence))
    if takers:
        yield f"      -  nothing of what takes points or rules out: {', '.join(takers)}"


def _words(hits: Sequence[Hit]) -> Iterator[str]:
    """The words found and where, each once."""
    yield from list(dict.fromkeys(found(hit) for hit in hits))[:MAX_WORDS]


# ------------------------------------------------------------------ for machines


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The same for machines. `lacking` says in words what an unmet group lacks."""
    verdict = explanation.verdict
    return {
        "watchlist": verdict.watchlist,
        "score": verdict.score,
        "outcome": explanation.outcome,
        "alert": verdict.alert,
        "digest": verdict.digest,
        "unread": explanation.unread.score if explanation.unread else None,
        "stage": verdict.stage,
        "muted": verdict.muted,
        "kinds": kinds([explanation.watchlist], explanation.evidence),
        "change": explanation.change,
        "parts": [_part_as_json(part, group, explanation.evidence) for group, part in explanation.parts],
    }


def _part_as_json(part: Part, group: Group | None, evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "name": part.name,
        "points": part.points,
        "met": part.met,
        "hits": [
            {"field": h.field, "start": h.start, "end": h.end, "words": h.words, "via": list(h.via)}
            for h in part.hits
        ],
        "lacking": list(lacking(group.condition, evidence)) if group and part.kind in ("must", "any") else [],
    }
