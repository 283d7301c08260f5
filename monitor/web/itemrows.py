"""Items as they are listed: where from, how they scored, and what came of them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from monitor import wording
from monitor.live import InForce
from monitor.model import Item
from monitor.storage import Storage
from monitor.storage.outcomes import NOTHING, Outcome
from monitor.telling import published


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with what came of it."""

    number: Annotated[int, Field(description="The number of the item.")]
    title: Annotated[str, Field(description="Its title, as its source has it.")]
    link: Annotated[str, Field(description="Its address; empty where it has none.")]
    source: Annotated[str, Field(description="The id of its source.")]
    source_name: Annotated[str, Field(description="What its source is called.")]
    tier: Annotated[int, Field(description="1 primary to 4 general press; 0 where its source is not known.")]
    lang: Annotated[str, Field(description="Its language, ISO 639-1.")]
    published: Annotated[datetime, Field(description="When it was published, or first seen.")]
    first_seen: Annotated[datetime, Field(description="When it was first seen.")]
    text: Annotated[str, Field(description="Its summary.")]
    story: Annotated[str, Field(description="The story that it belongs to; empty: none.")]
    score: Annotated[int, Field(description="Its highest score of 100; 0: no watchlist took it.")]
    watchlist: Annotated[str, Field(description="The id of the watchlist that gave it that.")]
    told: Annotated[datetime | None, Field(description="When an alert of it was decided that went out.")]
    came: Annotated[str, Field(description="What came of it, in words.")]


def rows(storage: Storage, in_force: InForce, items: Sequence[Item], zone: str) -> list[ItemRow]:
    """The items in their order, each with what came of it."""
    outcomes = storage.outcomes.of([item.id for item in items])
    titles = {one.id: one.title for one in in_force.watchlists}
    return [_row(item, outcomes.get(item.id, NOTHING), in_force, titles, zone) for item in items]


def _row(item: Item, outcome: Outcome, in_force: InForce, titles: dict[str, str], zone: str) -> ItemRow:
    source = in_force.sources.get(item.source)
    best = outcome.scored[0] if outcome.scored else None
    return ItemRow(
        number=item.id,
        title=wording.title(item.title, in_force.name_of(item.source)),
        link=item.link,
        source=item.source,
        source_name=in_force.name_of(item.source),
        tier=source.tier if source else 0,
        lang=item.lang,
        published=item.when,
        first_seen=item.first_seen,
        text=item.text,
        story=outcome.story,
        score=best.score if best else 0,
        watchlist=best.watchlist if best else "",
        told=outcome.told,
        came=came(outcome, titles, zone),
    )


def headline(item: Item, in_force: InForce) -> tuple[str, str]:
    """The headline to read, and who published it."""
    title, outlet = published(item.title, item.link, in_force.name_of(item.source))
    return wording.title(title, outlet), outlet


def came(outcome: Outcome, titles: dict[str, str], zone: str) -> str:
    """What came of an item: "told 24 Nov 2026 14:05 UTC for Magnets", "not told: it was there before"."""
    if outcome.told:
        return f"told {wording.at(outcome.told, zone)} for {titles.get(outcome.alert, outcome.alert)}"
    if outcome.waits:
        return "an alert of it waits to be sent"
    if not outcome.scored:
        return "no watchlist took it"
    best = outcome.scored[0]
    name = titles.get(best.watchlist, best.watchlist)
    why = f"it {best.silence}" if best.silence else "it was there before the first look" * best.baseline
    return f"{name} took it; not told: {why}" if why else f"{name} took it; not told"
