"""What was held, once it may go: one alert as it is, several in one message. And the gate that holds
what is too much.

held deliveries -> Batch -> outbox. Each step is one transaction: a process killed in it leaves all as it
was, and of two processes the second finds nothing left to do.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.capping import HOUR, Limits, room, today
from monitor.holding import NEVER_HELD, PRIMARY, Hold, Hours, clock, until
from monitor.model import Alert
from monitor.outbox import TERMINAL, Batch, Delivery, Destination, Notice, State, Waiting
from monitor.storage import Storage


def release(storage: Storage, now: datetime, zone: str = "UTC") -> None:
    """File what was held and may go by now, for each destination in one message. `zone`: for reading."""
    if not storage.batches.due(now):
        return
    with storage.write():
        by_destination: defaultdict[Destination, list[Waiting]] = defaultdict(list)
        for waiting in storage.batches.waiting(now):
            by_destination[waiting.to].append(waiting)
        for to, held in by_destination.items():
            if len(held) == 1:
                storage.batches.free(held[0].delivery)
            else:
                batch = together(held, now, zone)
                storage.batches.add(batch, [one.delivery for one in held])
                storage.deliveries.add(_digest(f"{batch.id}|{to}"), batch, to, now)


def together(held: Sequence[Waiting], now: datetime, zone: str) -> Batch:
    """One message of what was held for one destination, in the order in which it was decided. The same
    deliveries always make a batch of the same id."""
    alerts = tuple(alert for one in held for alert in one.alerts)
    since = clock(min(alert.created for alert in alerts), now, zone)
    why = "; ".join(dict.fromkeys(one.why for one in held))
    name = _digest("|".join(one.delivery for one in held))
    return Batch(name, f"{len(alerts)} alerts since {since}", why, alerts, now)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:24]


_DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class Gate:
    """Holds what is beyond the limits, until the hours allow it again."""

    limits: Limits = _DEFAULTS
    hours: Hours = NEVER_HELD

    @property
    def zone(self) -> str:
        return self.hours.zone or "UTC"

    def admits(self, storage: Storage, delivery: Delivery, now: datetime) -> bool:
        """Whether a delivery may be attempted; if not, it is held. To be called in the transaction that
        claims it, so that two processes see what the other has begun.

        One whose attempt was left open is no new message: nothing else went there since.
        """
        unlimited = isinstance(delivery.message, Notice) or delivery.destination.channel == TERMINAL
        if unlimited or delivery.state is State.SENDING:
            return True
        counts = storage.batches.counts(delivery, now - HOUR, today(now, self.zone), now)
        summary = isinstance(delivery.message, Batch) or bool(delivery.held)
        full = room(counts, self.limits, now, self.zone, held_before=summary)
        if full is None:
            return True
        storage.batches.hold(delivery, self._kept(full, delivery, now), now)
        return False

    def _kept(self, full: Hold, delivery: Delivery, now: datetime) -> Hold:
        """The hold in words, and no end of it in the quiet hours."""
        primary = isinstance(delivery.message, Alert) and delivery.message.tier == PRIMARY
        end = full.until
        if not (primary and self.hours.primary):
            end = until(self.hours, end) or end
        return Hold(end, f"{full.why}, until {clock(end, now, self.zone)}")


DEFAULT_GATE = Gate()
