"""The whole working of an alert, for who asks why it was told: score, words, story. Plain text."""

from __future__ import annotations

from collections.abc import Iterator

from monitor import explain, wording
from monitor.explain import Explanation
from monitor.inquiry import Inquiry
from monitor.model import Alert
from monitor.room import Room
from monitor.score import evaluate
from monitor.text import shorten

# In characters: within a section of a message, whose limit is 3,000 after escaping
# (https://docs.slack.dev/reference/block-kit/blocks/section-block).
LIMIT = 2500
_LINE, _OUTLETS = 200, 8


def text(room: Room, alert: Alert) -> str:
    """Why an alert was told, a line for each step. What was decided is given as it was decided then."""
    lines = [shorten(line, _LINE) for line in _lines(room, alert)]
    return shorten("\n".join(lines), LIMIT)


def _lines(room: Room, alert: Alert) -> Iterator[str]:
    yield alert.title
    yield f"{wording.reason(alert)} · {wording.origin(alert, room.zone)}"
    if alert.news:
        yield f"New: {wording.news(alert)}"
    yield f"Told for {wording.titles(alert)}, {wording.at(alert.created, room.zone)}"
    yield from _score(room, alert)
    if alert.hits:
        yield f"Words: {', '.join(alert.hits)}"
    if stated := wording.facts(alert):
        yield f"It states: {stated}"
    yield from _story(room, alert)


def _score(room: Room, alert: Alert) -> Iterator[str]:
    """Every part of the score; with the words of each where the rules still give the same."""
    yield f"Score {alert.score} of 100, alert from {alert.threshold}:"
    explanation = _explained(room, alert)
    if explanation and explanation.verdict.score == alert.score:
        yield from explain.met(explanation)
        return
    yield from (f"  {points:+5d}  {name}" for name, points in alert.parts)
    if explanation:
        yield f"By the rules and the text of now it scores {explanation.verdict.score}."


def _explained(room: Room, alert: Alert) -> Explanation | None:
    """What its watchlist makes of the item now; None where either is gone."""
    item = room.storage.items.get(alert.item)
    watchlist = room.in_force.rulebook.watchlist(alert.watchlist)
    if item is None or watchlist is None:
        return None
    evidence = Inquiry(room.storage, room.in_force, room.now).evidence(item)
    return Explanation(watchlist, evaluate(watchlist, evidence), "", evidence)


def _story(room: Room, alert: Alert) -> Iterator[str]:
    """Why the item is in its story, and who else tells it."""
    own = room.storage.stories.of(alert.item)
    if own is None:
        return
    members = room.storage.stories.members(own.story)
    items = room.storage.items.get_many([m.item for m in members if m.item != alert.item])
    joined = f"it joined because {own.because}" if own.because else "it came first"
    yield f"Story {own.story}: {joined}"
    others = list(dict.fromkeys(room.in_force.name_of(item.source) for item in items))
    if others:
        more = f" and {len(others) - _OUTLETS} more" if len(others) > _OUTLETS else ""
        yield f"Also told by: {', '.join(others[:_OUTLETS])}{more}"
