"""Watchlists x what is stored -> what they would have told, and what a change gains and loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from monitor import history
from monitor.backtest import Backtest
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
    since = min(now, storage.items.newest() or now) - timedelta(days=DAYS)
    tried = Backtest(watchlists, before, limit=limit, zone=zone)
    for past in history.stored(storage.items.since(since), sources, storage.looks.bodies()):
        if past.when and past.when >= since:
            tried.add(past)
    return tried
