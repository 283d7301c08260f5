"""Every source as a row: how it is doing, what is to be done, and what came from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from monitor import gathering, hushed, watchdog
from monitor.digest import Coverage
from monitor.hushed import Hush
from monitor.live import InForce
from monitor.model import Health, Item
from monitor.storage import Storage
from monitor.web.tables import Asked

DAYS = 30
# What can be asked for, and what it means; nothing asked: all that are watched.
STATES = {
    "ill": "ill",
    "well": "well",
    "new": "not looked at yet",
    "muted": "muted",
    "paused": "paused",
    "disabled": "disabled",
    "all": "all, disabled ones too",
}
FILTERS = {
    "state": f"Only these: {', '.join(STATES)}; empty: all that are watched.",
    "tier": "Only sources of this tier, 1 to 4.",
    "lang": "Only sources in this language, ISO 639-1.",
    "kind": "Only sources of this kind, such as feed or listing.",
    "q": "Only sources whose name, id or address holds this.",
}
_ORDER = ("stopped", "failing", "waiting", "odd", "quiet", "unseen", "new", "ok", "paused", "disabled")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source, how it is doing and what came from it."""

    id: Annotated[str, Field(description="Its id in the catalogue.")]
    name: Annotated[str, Field(description="What it is called.")]
    status: Annotated[
        str,
        Field(description="ok, new, quiet, odd, failing, waiting, unseen, stopped, paused or disabled."),
    ]
    ill: Annotated[bool, Field(description="Whether it is not as it should be.")]
    detail: Annotated[str, Field(description="How it is doing, in words.")]
    remedy: Annotated[str, Field(description="What can be done about it; empty where nothing has to be.")]
    muted: Annotated[tuple[str, ...], Field(description="Where it is muted, and until when.")]
    newest: Annotated[str, Field(description="The title of what came from it last.")]
    newest_at: Annotated[datetime | None, Field(description="When that was published, or first seen.")]
    newest_lang: Annotated[str, Field(description="The language of that.")]
    last_ok: Annotated[datetime | None, Field(description="When it last answered as it should.")]
    next_poll: Annotated[datetime | None, Field(description="When it is looked at next.")]
    items: Annotated[int, Field(description=f"How many items came from it in {DAYS} days.")]
    tier: Annotated[int, Field(description="1 primary, 2 wire, 3 trade press, 4 general press.")]
    lang: Annotated[str, Field(description="Its language, ISO 639-1.")]
    kind: Annotated[str, Field(description="What it is read as: feed, listing and so on.")]
    url: Annotated[str, Field(description="Its address.")]


@dataclass(frozen=True, slots=True)
class Roster:
    """The rows that were asked for, of how many, and how all of them are doing."""

    rows: tuple[SourceRow, ...]
    total: int
    coverage: Coverage
    muted: int
    paused: int
    disabled: int


def roster(storage: Storage, in_force: InForce, asked: Asked, now: datetime, zone: str) -> Roster:
    """What was asked for, by the names of FILTERS, the ill first; of these the weightiest."""
    healths = gathering.healths(storage, in_force, now)
    mutes = hushed.hushes(storage.feedback.quiets(now), in_force.watchlists, now)
    kept = sorted((one for one in healths if _fits(one, asked, mutes)), key=_weight)
    newest = storage.items.newest_from(one.source.id for one in kept)
    counts = storage.items.per_source(now - timedelta(days=DAYS))
    rows = tuple(
        row(one, newest.get(one.source.id), counts.get(one.source.id, 0), mutes.get(one.source.id, ()), zone)
        for one in kept
    )
    return Roster(
        rows,
        len(healths),
        Coverage.of(healths),
        sum(one.source.id in mutes for one in healths),
        sum(one.status == "paused" for one in healths),
        sum(one.status == "disabled" for one in healths),
    )


def row(health: Health, newest: Item | None, items: int, mutes: Iterable[Hush], zone: str) -> SourceRow:
    source, state = health.source, health.state
    idle = health.status in ("paused", "disabled", "stopped")
    return SourceRow(
        id=source.id,
        name=source.name,
        status=health.status,
        ill=health.ill,
        detail="" if health.status == "paused" else health.detail,
        remedy=watchdog.remedy(health.trouble, source) if health.ill and health.trouble else "",
        muted=tuple(hushed.said(one, zone) for one in mutes),
        newest=newest.title if newest else "",
        newest_at=newest.when if newest else state.newest,
        newest_lang=newest.lang if newest else source.lang,
        last_ok=state.last_ok,
        next_poll=None if idle else state.next_poll,
        items=items,
        tier=source.tier,
        lang=source.lang,
        kind=source.kind,
        url=source.url,
    )


def _fits(health: Health, asked: Asked, mutes: dict[str, list[Hush]]) -> bool:
    source, words = health.source, asked.get("q", "").casefold().strip()
    wanted = (
        (asked.get("tier"), str(source.tier)),
        (asked.get("lang"), source.lang),
        (asked.get("kind"), source.kind),
    )
    return (
        _of_state(health, asked.get("state", ""), muted=source.id in mutes)
        and all(not value or value == own for value, own in wanted)
        and any(words in text.casefold() for text in (source.id, source.name, source.url))
    )


def _of_state(health: Health, state: str, *, muted: bool) -> bool:
    if state == "ill":
        return health.ill
    if state == "muted":
        return muted
    if state in ("new", "paused", "disabled"):
        return health.status == state
    if state == "well":
        return health.status == "ok"
    return state == "all" or health.status != "disabled"


def _weight(health: Health) -> tuple[bool, int, int, timedelta, str]:
    """The ill first, those of the weightiest tier before, then how they are, the newest trouble before."""
    place = _ORDER.index(health.status) if health.status in _ORDER else 0
    tier = health.source.tier if health.ill else 0
    return not health.ill, tier, place, health.lasted, health.source.id


def choices(in_force: InForce) -> dict[str, Sequence[str]]:
    """What can be chosen from of languages and kinds."""
    known = in_force.sources.values()
    return {
        "langs": sorted({source.lang for source in known}),
        "kinds": sorted({source.kind for source in known}),
    }
