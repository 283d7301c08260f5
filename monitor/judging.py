"""What the watchlists make of one item -> signals filed, and what is to be told in the outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import alerts, stories
from monitor.deliver import destinations, enqueue
from monitor.live import InForce
from monitor.model import Item, Reason, Signal, Source, Verdict
from monitor.storage import Storage

if TYPE_CHECKING:
    from monitor.conditions import Evidence
    from monitor.rule import Watchlist

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Routes:
    """What a journey needs of the settings: the channels that are on, Slack's default, the secrets.

    `per_hour` is how many pages of one source are read in full; 0: none.
    """

    on: frozenset[str] = frozenset()
    slack_channel: str = "#signals"
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    per_hour: int = 0

    def secret(self, name: str) -> str:
        return self.secrets.get(name, "")


@dataclass(frozen=True, slots=True)
class Judged:
    """How many signals were filed, how many of them are told, and how many held back in a flood."""

    signals: int = 0
    alerts: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Judging:
    """Files what the watchlists make of items, by the rules of now, in the caller's transaction."""

    storage: Storage
    in_force: InForce
    routes: Routes
    now: datetime

    def file(
        self,
        source: Source,
        item: Item,
        verdicts: Iterable[tuple[Watchlist, Verdict]],
        *,
        before: Evidence | None = None,
        baseline: bool = False,
        body: str = "",
        reason: Reason = Reason.FIRST,
    ) -> Judged:
        """File what scores. `before` holds what stood there before an edit, `body` the page as read."""
        signals = told = held = 0
        for watchlist, verdict in verdicts:
            if verdict.score < watchlist.digest or not verdict.score or watchlist.expired(self.now):
                continue
            story = stories.fingerprint(item.title, item.id)
            seen = self.storage.alerts.seen(item.id, watchlist.id, story, self.now - stories.WINDOW)
            if verdict.score >= watchlist.alert:
                recent = self.storage.alerts.told(source.id, self.now - alerts.FLOOD)
                seen = replace(seen, source_told=recent)
            if before is not None:
                seen = replace(seen, score=self.in_force.score(watchlist, before))
            who = alerts.named(verdict, self.in_force.rulebook.entities)
            signal = Signal(item, verdict, story, baseline, self.now, who, body, reason)
            self.storage.signals.save(signal)
            signals += 1
            decision = alerts.decide(signal, watchlist, source, seen, self.now)
            if isinstance(decision, alerts.Silence):
                log.debug("%s: %s", item.title, decision.why)
                held += decision.held
                continue
            to = destinations(watchlist, self.routes.on, self.routes.slack_channel)
            enqueue(self.storage, decision, to, self.now)
            told += 1
        return Judged(signals, told, held)
