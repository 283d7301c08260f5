"""What was told, row by row: made for the first page, and for JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from monitor import wording
from monitor.links import web_link
from monitor.model import Alert, Source
from monitor.storage import Storage
from monitor.storage.told import Carried, Newest, Place
from monitor.telling import published
from monitor.web.house import House

# So many of the outlets that carry a story are named.
NAMED = 12


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story as its newest alert tells it, or one alert."""

    story: Annotated[str, Field(description="The story; its page is /stories/ and this.")]
    title: Annotated[str, Field(description="The headline, as it was published.")]
    link: Annotated[str, Field(description="Where it was published; empty where that is no web address.")]
    outlet: Annotated[str, Field(description="Who published it.")]
    others: Annotated[tuple[str, ...], Field(description="Who else tells the story, the first 12.")]
    outlets: Annotated[int, Field(description="How many outlets tell the story.")]
    tier: Annotated[int, Field(description="1 primary source, 2 wire, 3 trade press, 4 press.")]
    lang: Annotated[str, Field(description="The language of the headline, as in ISO 639-1.")]
    reason: Annotated[str, Field(description="Why it was told.")]
    stage: Annotated[str, Field(description="How far it has come, as its watchlist calls it; may be empty.")]
    score: Annotated[int, Field(description="Its score, of 100.")]
    threshold: Annotated[int, Field(description="The score that an alert takes.")]
    watchlists: Annotated[tuple[str, ...], Field(description="The titles of the watchlists that tell it.")]
    told: Annotated[datetime, Field(description="When it was decided to tell it.")]
    published: Annotated[datetime, Field(description="When it was published, as far as that is known.")]
    news: Annotated[str, Field(description="What is new against what was told before; may be empty.")]
    facts: Annotated[str, Field(description="Who, how much, where.")]
    words: Annotated[tuple[str, ...], Field(description="The words that it scored on.")]
    points: Annotated[tuple[str, ...], Field(description="The parts of the score, the weightiest first.")]
    gloss: Annotated[tuple[str, ...], Field(description="What words mean that are not English.")]
    sent: Annotated[str, Field(description="What became of the alert, where it did not go out.")]
    item: Annotated[int, Field(description="The number of the item.")]
    alert: Annotated[str, Field(description="The id of the alert.")]
    place: Annotated[str, Field(description="Where a list goes on after this row: the filter `after`.")]


def rows(storage: Storage, house: House, found: Sequence[Newest]) -> tuple[StoryRow, ...]:
    """The rows of these, in their order."""
    carried = storage.told.carried({one.story for one in found})
    beside = storage.told.beside({one.alert.item for one in found})
    states = storage.told.states(one.alert.id for one in found)
    sources = house.in_force.sources
    return tuple(
        _row(
            one,
            carried.get(one.story, ()),
            beside.get(one.alert.item, ()),
            states.get(one.alert.id, ()),
            sources,
        )
        for one in found
    )


def written(place: Place) -> str:
    """A place of a list as it stands in an address."""
    return f"{place.created.isoformat()}~{place.alert}"


def _row(
    newest: Newest,
    carried: Iterable[Carried],
    beside: Iterable[Alert],
    states: Iterable[str],
    sources: Mapping[str, Source],
) -> StoryRow:
    alert = newest.alert
    title, outlet = published(alert.title, alert.link, alert.source_name)
    others = _others(carried, alert, outlet, sources)
    return StoryRow(
        story=newest.story,
        title=wording.title(title, outlet),
        link=web_link(alert.link),
        outlet=outlet,
        others=others[:NAMED],
        outlets=len(others) + 1,
        tier=alert.tier,
        lang=alert.lang,
        reason=wording.reason(alert),
        stage=wording.stage_name(alert.stage),
        score=alert.score,
        threshold=alert.threshold,
        watchlists=_watchlists([alert, *beside]),
        told=alert.created,
        published=alert.published,
        news=wording.new(alert),
        facts=wording.facts(alert),
        words=alert.hits,
        points=tuple(f"{name} {points:+d}" for name, points in alert.parts),
        gloss=tuple(f"{word}: {meaning}" for word, meaning in alert.gloss),
        sent=fate(states),
        item=alert.item,
        alert=alert.id,
        place=written(newest.place),
    )


def _others(
    carried: Iterable[Carried], alert: Alert, outlet: str, sources: Mapping[str, Source]
) -> tuple[str, ...]:
    """Who else tells it, in the order in which they came; whose alert it is, is called as it was then."""
    names = {name: source.name for name, source in sources.items()} | {alert.source: alert.source_name}
    said = (published(one.title, one.link, names.get(one.source, one.source))[1] for one in carried)
    return tuple(name for name in dict.fromkeys(said) if name != outlet)


def _watchlists(alerts: Iterable[Alert]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for alert in alerts:
        for name, title in ((alert.watchlist, alert.watchlist_title), *alert.also):
            found.setdefault(name, title)
    return tuple(found.values())


def fate(states: Iterable[str]) -> str:
    """What became of an alert by the states of its deliveries; empty where somebody has it, or nobody was to
    get it."""
    known = {*states}
    if not known or known & {"sent", "batched"}:
        return ""
    for state, words in (
        ("held", "held"),
        ("failed", "not sent yet: tried again"),
        ("pending", "not sent yet"),
        ("sending", "not sent yet"),
        ("dead", "could not be sent"),
    ):
        if state in known:
            return words
    return "muted: not sent"
