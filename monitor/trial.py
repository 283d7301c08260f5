"""Watchlists x what is stored -> what they would have told, and what a change gains and loses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from monitor import history
from monitor.alerts import REPEATS
from monitor.backtest import Backtest
from monitor.history import Past
from monitor.model import Source
from monitor.rule import Watchlist
from monitor.storage import Storage

DAYS = 30


def trial(
    storage: Storage,
    sources: Mapping[str, Source],
    watchlists: Sequence[Watchlist],
    now: datetime,
    *,
    before: Sequence[Watchlist] = (),
    limit: int = 5,
    zone: str = "UTC",
) -> Backtest:
    """Goes over the stored items of the last 30 days, which end with the newest item.

    With `before` it compares; `limit` is how many items are listed.
    """
    tried = Backtest(watchlists, before, limit=limit, zone=zone)
    for past in stored(storage, sources, since(storage, DAYS, now)):
        tried.add(past)
    return tried


def since(storage: Storage, days: int, now: datetime) -> datetime:
    """When the last so many days began. They end with the newest item: where nothing was polled for long,
    the last of it is tried."""
    return min(now, storage.items.newest() or now) - timedelta(days=days)


def stored(storage: Storage, sources: Mapping[str, Source], since: datetime) -> Iterator[Past]:
    """Items filed since then; what was published before was there at a first look, and is left out."""
    told = storage.outcomes.told(since, REPEATS)
    past = history.stored(storage.items.since(since), sources, storage.looks.bodies(), told)
    return (one for one in past if one.when and one.when >= since)
