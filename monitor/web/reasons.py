"""What watchlists make of an item or a text -> rows for a page, group by group. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor import wording
from monitor.explain import MAX_WORDS, Explanation
from monitor.inquiry import Answer
from monitor.lacking import begun, found, is_plain, lacking, spelt
from monitor.model import Item, Part
from monitor.rule import Group

MAX_LINES = 6
_HARMLESS = "not met, which is as well"


@dataclass(frozen=True, slots=True)
class Reason:
    """A group of a watchlist. `state` is what became of it, in words; `tone` is good, bad, or neither.
    `words` are what met it, `lacks` what is not there, a line each."""

    name: str
    state: str
    tone: str
    points: str
    words: str
    lacks: tuple[str, ...]

    @property
    def harmless(self) -> bool:
        """Whether it is one that would have taken points or ruled it out, and did not."""
        return self.state == _HARMLESS


@dataclass(frozen=True, slots=True)
class Reasons:
    """What one watchlist makes of it: the score against the thresholds, what came of it, the smallest change
    that would have made an alert of it, and what reading the page added."""

    watchlist: str
    title: str
    score: int
    alert: int
    digest: int
    outcome: str
    change: str
    added: str
    stage: str
    groups: tuple[Reason, ...]

    @property
    def tone(self) -> str:
        """Good is only what was told; what scored enough and was not told is a warning."""
        if not self.fires:
            return ""
        return "warn" if self.outcome.startswith("no") else "good"

    @property
    def fires(self) -> bool:
        return self.score > 0 and self.score >= self.alert


@dataclass(frozen=True, slots=True)
class Told:
    """The answer for a page: the item that was asked about, if it is one, and what watchlists make of it, the
    highest score first. `missing` where an item was asked for that is not stored."""

    item: Item | None
    missing: bool
    reasons: tuple[Reasons, ...]


def told(answer: Answer, watchlist: str = "") -> Told:
    """All watchlists, or one."""
    chosen = [one for one in answer.explanations if watchlist in ("", one.watchlist.id)]
    ordered = sorted(map(_reasons, chosen), key=lambda one: -one.score)
    return Told(answer.item, answer.stored and answer.item is None, tuple(ordered))


def _reasons(one: Explanation) -> Reasons:
    verdict = one.verdict
    return Reasons(
        one.watchlist.id,
        one.watchlist.title,
        verdict.score,
        verdict.alert,
        verdict.digest,
        one.outcome,
        one.change,
        one.added,
        wording.stage_name(verdict.stage),
        tuple(_groups(one)),
    )


def _groups(one: Explanation) -> Iterator[Reason]:
    for group, part in one.parts:
        if part.met:
            words = ", ".join(list(dict.fromkeys(map(found, part.hits)))[:MAX_WORDS])
            state, tone = ("rules it out", "bad") if part.kind == "not" else ("met", _tone(part))
            yield Reason(part.name, state, tone, f"{part.points:+d}", words, ())
        elif group is not None:
            yield _unmet(one, group, part)


def _tone(part: Part) -> str:
    return "good" if part.points > 0 else "bad" if part.points < 0 else ""


def _unmet(one: Explanation, group: Group, part: Part) -> Reason:
    if part.kind == "must":
        lines = [] if is_plain(group.condition) else list(lacking(group.condition, one.evidence))
        return Reason(part.name, "missing: it must", "bad", "0", "", _few(lines) or _none(group))
    if part.kind == "any":
        lines = list(lacking(group.condition, one.evidence)) if begun(group.condition, one.evidence) else []
        return Reason(part.name, "not met", "", f"up to {group.weight:+d}", "", _few(lines))
    return Reason(part.name, _HARMLESS, "", "0", "", ())


def _few(lines: list[str]) -> tuple[str, ...]:
    """The first lines; of alternatives there may be many."""
    return tuple(lines) if len(lines) <= MAX_LINES else (*lines[:MAX_LINES], "and more that is not there")


def _none(group: Group) -> tuple[str, ...]:
    return (f"none of {spelt(group.condition)}",)
