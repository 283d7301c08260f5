"""What is filed -> the material of a digest: what happened in a span, and how things stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from monitor import cadence
from monitor.digest import (
    Activity,
    Ahead,
    Candidate,
    Coverage,
    Ill,
    Material,
    Moved,
    Pipeline,
    Stuck,
    Told,
    Trend,
)
from monitor.edition import DAILY
from monitor.live import InForce
from monitor.manners import BackOff, host_of
from monitor.model import Alert, Health, Item, Source
from monitor.precision import Week
from monitor.storage import Storage


def gather(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> Material:
    """All that happened in [since, until), as it is filed."""
    found = tuple(_candidates(storage, in_force, since, until))
    return Material(
        since,
        until,
        candidates=found,
        told=_told(storage, found, since),
        moved=_moved(storage, in_force, since, until),
        trends=_trends(storage, in_force, since, until),
        ahead=_ahead(storage, in_force, since, until),
        stuck=_stuck(storage, since, until),
        coverage=_coverage(healths(storage, in_force, until)),
        weeks=_weeks(storage, until),
        activity=_activity(storage, in_force, until),
        pipelines=_pipelines(storage, in_force, since, until),
        items=storage.items.polled(since, until),
    )


# ------------------------------------------------------------------ stories


def _candidates(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> Iterator[Candidate]:
    """What scored in the span. Of a source's first look, only what was published in the span.

    What was backfilled is no news, whatever its date.
    """
    alerts = _alerts(storage, since, until)
    for signal in storage.signals.between(since, until):
        item = storage.items.get(signal.item)
        source = in_force.sources.get(item.source) if item else None
        if item is None or source is None:
            continue
        if signal.baseline and not (item.published and item.published >= since):
            continue
        yield Candidate(
            watchlist=signal.watchlist,
            score=signal.score,
            stage=signal.stage,
            story=signal.story,
            item=item,
            source=source,
            words=storage.signals.words(signal.item, signal.watchlist),
            alert=alerts.get((item.id, signal.watchlist)),
            facts="",
            series=_series(storage, source, item),
        )


def _series(storage: Storage, source: Source, item: Item) -> str:
    """The series of which a rule says it: its items are known by the series and the rule."""
    return f"{source.id}/{storage.items.key(item.id).split('|')[0]}" if source.kind == "series" else ""


def _alerts(storage: Storage, since: datetime, until: datetime) -> dict[tuple[int, str], Alert]:
    """The alerts of the span by item and watchlist: that which told it, and those named with it."""
    found: dict[tuple[int, str], Alert] = {}
    for alert in storage.alerts.between(since, until):
        for watchlist in (alert.watchlist, *(name for name, _ in alert.also)):
            found[alert.item, watchlist] = alert
    return found


def _told(storage: Storage, found: tuple[Candidate, ...], since: datetime) -> tuple[Told, ...]:
    """What the stories of the span scored before it."""
    return tuple(
        Told(signal.watchlist, story, signal.score, signal.stage)
        for story in sorted({candidate.story for candidate in found})
        for signal in storage.signals.of_story(story, since)
        if not signal.baseline or _fresh(storage.items.get(signal.item), signal.decided)
    )


def _fresh(item: Item | None, decided: datetime) -> bool:
    """Was it news when its source was first looked at?"""
    return item is not None and item.published is not None and item.published >= decided - DAILY


# ------------------------------------------------------------------ ledgers


def _moved(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> tuple[Moved, ...]:
    return ()


def _ahead(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> tuple[Ahead, ...]:
    return ()


def _pipelines(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> tuple[Pipeline, ...]:
    return ()


# ------------------------------------------------------------------ numbers


def _trends(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> tuple[Trend, ...]:
    return ()


def _activity(storage: Storage, in_force: InForce, until: datetime) -> tuple[Activity, ...]:
    return ()


# ------------------------------------------------------------------ how the monitor is


def _stuck(storage: Storage, since: datetime, until: datetime) -> tuple[Stuck, ...]:
    return ()


def _weeks(storage: Storage, until: datetime) -> tuple[Week, ...]:
    return ()


def _coverage(found: list[Health]) -> Coverage:
    watched = [health for health in found if health.status not in ("disabled", "paused")]
    ill = sorted((h for h in watched if h.ill), key=lambda h: (h.source.tier, h.source.id))
    return Coverage(
        healthy=sum(health.status == "ok" for health in watched),
        watched=len(watched),
        new=sum(health.status == "new" for health in watched),
        ill=tuple(Ill(h.source.name, h.source.tier, h.brief or h.status, h.detail) for h in ill),
    )


def healths(storage: Storage, in_force: InForce, now: datetime, *, counted: bool = False) -> list[Health]:
    """How every source of the catalogue is doing; with the number of its items where they are `counted`,
    which takes long.
    """
    states = storage.sources.states() if counted else storage.sources.known(list(in_force.sources))
    waits = {one.host: one for one in storage.hosts.left_alone()}

    def wait(source: Source) -> BackOff | None:
        return waits.get(host_of(urlsplit(cadence.where(source, states[source.id]).url).netloc))

    return [
        cadence.health(source, states[source.id], now, wait(source) if waits else None)
        for source in in_force.sources.values()
        if source.id in states
    ]
