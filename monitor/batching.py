"""What was held, once it may go: one alert as it is, several in one message. And the gate that holds
what is too much.

held deliveries -> Batch -> outbox. Each step is one transaction: a process killed in it leaves all as it
was, and of two processes the second finds nothing left to do.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import muting
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
        due = list(storage.batches.waiting(now))
        thinned = [_heard(storage, waiting, now, zone) for waiting in due]
        for waiting in filter(None, thinned):
            by_destination[waiting.to].append(waiting)
        for to, held in by_destination.items():
            if len(held) == 1 and held[0] in due:
                storage.batches.free(held[0].delivery)
            else:
                batch = together(held, now, zone)
                storage.batches.add(batch, [one.delivery for one in held])
                storage.deliveries.add(_digest(f"{batch.id}|{to}"), batch, to, now)


def _heard(storage: Storage, waiting: Waiting, now: datetime, zone: str) -> Waiting | None:
    """What waited, less what its readers have muted since; None where nothing is left of it."""
    why = _muted(storage, waiting.alerts, waiting.to, now, zone)
    for alert, said in why.items():
        storage.batches.mute(alert, waiting.to, said, now)
    left = tuple(alert for alert in waiting.alerts if alert.id not in why)
    if left:
        return replace(waiting, alerts=left)
    storage.batches.empty(waiting.delivery, next(iter(why.values())), now)
    return None


def _muted(
    storage: Storage, alerts: Iterable[Alert], to: Destination, now: datetime, zone: str
) -> dict[str, str]:
    """Why those of the alerts are not told that are muted at a destination, by their ids."""
    quiets = storage.feedback.quiets(now, str(to))
    muted = ((alert.id, muting.over(quiets, alert, to, now)) for alert in alerts)
    return {alert: muting.silence(found[0], zone) for alert, found in muted if found}


def together(held: Sequence[Waiting], now: datetime, zone: str) -> Batch:
    """One message of what was held for one destination, in the order in which it was decided. The same
    deliveries always make a batch of the same id."""
    alerts = tuple(alert for one in held for alert in one.alerts)
    since = clock(min(alert.created for alert in alerts), now, zone)
    why = "; ".join(dict.fromkeys(one.why for one in held))
    name = _digest("|".join(one.delivery for one in held))
    many = "1 alert" if len(alerts) == 1 else f"{len(alerts)} alerts"
    return Batch(name, f"{many} since {since}", why, alerts, now)


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
        if self._unheard(storage, delivery, now):
            return False
        before = self._before(storage, delivery)
        if before is not None:
            storage.batches.hold(delivery, before, now)
            return False
        counts = storage.batches.counts(delivery, now - HOUR, today(now, self.zone), now)
        summary = isinstance(delivery.message, Batch) or bool(delivery.held)
        full = room(counts, self.limits, now, self.zone, held_before=summary)
        if full is None:
            return True
        storage.batches.hold(delivery, self._kept(full, delivery, now), now)
        return False

    def _unheard(self, storage: Storage, delivery: Delivery, now: datetime) -> bool:
        """Whether its readers have muted it; a batch of which they have muted some is put together anew."""
        message, to = delivery.message, delivery.destination
        alerts = message.alerts if isinstance(message, Batch) else (message,)
        muted = _muted(storage, (a for a in alerts if isinstance(a, Alert)), to, now, self.zone)
        if muted and isinstance(message, Batch):
            storage.batches.hold(delivery, Hold(now, message.why), now)
        elif muted:
            storage.batches.mute(message.id, to, muted[message.id], now)
        return bool(muted)

    def _before(self, storage: Storage, delivery: Delivery) -> Hold | None:
        """The hold of what came before it in its thread: a story is told in order. What breaks on a primary
        source waits for nothing."""
        message = delivery.message
        if not isinstance(message, Alert) or (message.tier == PRIMARY and self.hours.primary):
            return None
        return storage.batches.before(delivery, message)

    def _kept(self, full: Hold, delivery: Delivery, now: datetime) -> Hold:
        """The hold in words, and no end of it in the quiet hours."""
        primary = isinstance(delivery.message, Alert) and delivery.message.tier == PRIMARY
        end = full.until
        if not (primary and self.hours.primary):
            end = until(self.hours, end) or end
        return Hold(end, f"{full.why}, until {clock(end, now, self.zone)}")


DEFAULT_GATE = Gate()
