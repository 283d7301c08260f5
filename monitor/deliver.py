"""The outbox at work: claim, send, record. The only caller of the channels.

A delivery is marked `sending` and committed before the channel is asked, and `sent` only after
it accepted. One that was left open, by a lost reply or a killed process, waits until nothing can
be in flight any more, is looked for in the channel, and goes out again only if it is not there.
What was sent is brought up to date when more is known of it; that can be done twice without harm.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.batching import DEFAULT_GATE, Gate, release
from monitor.channels import Channel
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.holding import Hold
from monitor.model import Alert
from monitor.outbox import TERMINAL, Delivery, Destination, Notice, Receipt, State
from monitor.rule import Watchlist
from monitor.storage import Storage

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
# Slack takes about fifty updates a minute (https://docs.slack.dev/apis/web-api/rate-limits, tier 3).
UPDATES = timedelta(seconds=1.3)
UPDATE_LATER = timedelta(minutes=1)
# What could not be brought up to date for so long stays as it is.
UPDATE_FOR = timedelta(days=2)
# How the error of a delivery begins that broke off by a fault of ours: whether it arrived is not known.
INTERNAL = "internal error"


def destinations(watchlist: Watchlist, on: Collection[str], slack_channel: str) -> tuple[Destination, ...]:
    """Where the alerts of a watchlist go, of the channels that are on; the terminal if none is."""
    chosen = [Destination("email", address) for address in watchlist.send.email if "email" in on]
    if "slack" in on:
        named = watchlist.send.slack or ((slack_channel,) if not watchlist.send.email else ())
        chosen += [Destination("slack", channel) for channel in named]
    return tuple(chosen) or (Destination(TERMINAL),)


def reached(
    watchlists: Iterable[Watchlist], on: Collection[str], slack_channel: str
) -> frozenset[Destination]:
    """Where the alerts of these go together."""
    return frozenset(to for one in watchlists for to in destinations(one, on, slack_channel))


def enqueue(
    storage: Storage,
    message: Alert | Notice,
    to: Collection[Destination],
    now: datetime,
    hold: Hold | None = None,
) -> None:
    """File a message and its deliveries. To be called inside the transaction that decided it.

    `hold` says until when it waits, and why; the terminal waits for nothing.
    """
    added = storage.alarms.add(message) if isinstance(message, Notice) else storage.alerts.add(message)
    if not added:
        return
    for destination in to:
        name = hashlib.sha256(f"{message.id}|{destination}".encode()).hexdigest()[:24]
        held = hold if destination.channel != TERMINAL else None
        storage.deliveries.add(name, message, destination, now, held)


@dataclass(frozen=True, slots=True)
class Progress:
    """What one pass did, and when the next delivery may go (None: nothing waits)."""

    sent: int = 0
    failed: int = 0
    next: datetime | None = None


class Deliverer:
    """Sends what is due, one at a time and in order per destination, each at its channel's pace.

    The clock is read again for each attempt and after it: one slow channel must not make the
    pauses of another too short. `updates` is the least time between two messages drawn anew, `later`
    when one that could not be drawn is tried again. Once it is `stopping` nothing more is begun.
    """

    def __init__(
        self,
        storage: Storage,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        gate: Gate = DEFAULT_GATE,
        *,
        updates: timedelta = UPDATES,
        later: timedelta = UPDATE_LATER,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._gate = gate
        self._storage = storage
        self._channels = channels
        self._clock = clock
        self._pause, self._later = updates, later
        self._stopping = stopping
        self._free: dict[Destination, datetime] = {}
        self._updates: dict[str, datetime] = {}

    def run(self) -> Progress:
        """One pass: at most one delivery per destination. Never raises for a channel's sake."""
        release(self._storage, self._clock(), self._gate.zone)
        sent = failed = 0
        waits: list[datetime] = []
        for delivery in self._storage.deliveries.heads():
            channel = self._channels.get(delivery.destination.channel)
            if channel is None or self._stopping():
                continue
            due = self._due(channel, delivery)
            if due > self._clock():
                waits.append(due)
                continue
            done = self._attempt(channel, delivery)
            sent, failed = sent + done, failed + (not done)
            free = self._free[delivery.destination] = self._clock() + channel.pace
            waits.append(free)
        for name, channel in self._channels.items():
            waits += self._update(name, channel) if channel.threads and not self._stopping() else ()
        return Progress(sent, failed, min(waits, default=None))

    def _due(self, channel: Channel, delivery: Delivery) -> datetime:
        """When it may go. A clock that is put back makes nobody wait for the hour to come again."""
        now = self._clock()
        if delivery.attempted and delivery.attempted > now:
            with self._storage.write():
                delivery = self._storage.deliveries.set_back(delivery, now)
        free = self._free.get(delivery.destination, now)
        due = now if delivery.state is State.PENDING else delivery.due
        return max(due, free) if free - now <= channel.pace else due

    # -------------------------------------------------------------- one delivery

    def _attempt(self, channel: Channel, delivery: Delivery) -> bool:
        with self._storage.write():
            if not self._gate.admits(self._storage, delivery, self._clock()):
                return False
            if not self._storage.deliveries.claim(delivery, self._clock(), channel.settle):
                return False
            delivery = self._placed(delivery)
        try:
            found = self._look(channel, delivery)
            if found is None:
                return False
            receipt = found[0] if found else channel.send(delivery)
        except DeliveryFailed as error:
            self._refused(delivery, error)
            return False
        except DeliveryUnknown as error:
            self._unknown(delivery, error, channel.settle)
            return False
        except Exception as error:  # a fault of ours in one message must not stop the others
            log.exception("delivery %s to %s", delivery.id, delivery.destination)
            with self._storage.write():
                self._storage.deliveries.dead(delivery, f"{INTERNAL}: {type(error).__name__}", self._clock())
            return False
        self._sent(delivery, receipt, threads=channel.threads, adopted=bool(found))
        return True

    def _placed(self, delivery: Delivery) -> Delivery:
        """Where an attempt is to stand. One that is in doubt keeps its place: its story may have become
        one with another meanwhile, and what follows may go elsewhere."""
        placed = self._storage.threads.placed(delivery, self._clock())
        if delivery.state is State.SENDING:
            return replace(placed, parent=delivery.parent)
        self._storage.deliveries.aim(placed)
        return placed

    def _sent(self, delivery: Delivery, receipt: Receipt, *, threads: bool, adopted: bool) -> None:
        now = self._clock()
        with self._storage.write():
            self._storage.deliveries.sent(delivery, receipt, now)
            if threads:
                self._storage.threads.opened(delivery, receipt)
                # Written as an answer, it stands by itself now; or more is known than when it was drawn,
                # which of one that an earlier attempt left cannot be told.
                fresh = self._storage.threads.placed(delivery, now).standing
                if receipt.alone or adopted or fresh != delivery.standing:
                    self._storage.threads.put_off(delivery.id, now)
        log.info("sent to %s: %s", delivery.destination, delivery.message.title)
        if receipt.note:
            log.warning("%s: %s", delivery.destination, receipt.note)

    def _look(self, channel: Channel, delivery: Delivery) -> tuple[Receipt, ...] | None:
        """What an earlier attempt left: its receipt, () for nothing, None for "ask again later"."""
        if delivery.state is not State.SENDING:
            return ()
        try:
            receipt = channel.find(delivery)
        except DeliveryFailed as error:
            if error.retryable and error.retry_after:
                self._unknown(delivery, error, error.retry_after)
                return None
            log.warning("%s: cannot look whether it arrived (%s); sending again", delivery.destination, error)
            receipt = None
        if receipt:
            return (receipt,)
        with self._storage.write():
            restarted = self._storage.deliveries.restart(delivery, self._clock(), channel.settle)
        return () if restarted else None

    def _refused(self, delivery: Delivery, error: DeliveryFailed) -> None:
        now = self._clock()
        with self._storage.write():
            if not error.retryable:
                self._storage.deliveries.dead(delivery, str(error), now)
            else:
                pause = error.retry_after or backoff(delivery.attempts)
                parked = (delivery.parked or now) if error.parks else None
                self._storage.deliveries.failed(delivery, str(error), now + pause, parked)
        log.warning("%s: %s%s", delivery.destination, error, "" if error.retryable else "; given up")

    def _unknown(self, delivery: Delivery, error: DeliveryFailed | DeliveryUnknown, wait: timedelta) -> None:
        now = self._clock()
        parks = isinstance(error, DeliveryFailed) and error.parks
        with self._storage.write():
            parked = (delivery.parked or now) if parks else None
            self._storage.deliveries.unknown(delivery, str(error), now + wait, parked)
        log.warning("%s: %s; will look before sending again", delivery.destination, error)

    # -------------------------------------------------------------- what was sent

    def _update(self, name: str, channel: Channel) -> list[datetime]:
        """Bring one message of a channel up to date, if one is due; answers when the next is."""
        now, threads = self._clock(), self._storage.threads
        due = threads.next_stale(name)
        if due is None:
            return []
        free = self._updates.get(name, now)
        due = max(due, free) if free - now <= self._pause else due
        if due > now:
            return [due]
        self._updates[name] = now + self._pause
        with self._storage.write():
            number = threads.take_stale(name, now, channel.settle)
        delivery = self._storage.deliveries.get(number)
        if delivery is None:
            return []
        again = self._updated(channel, threads.placed(delivery, now))
        with self._storage.write():
            if again is None:
                threads.refreshed(number, now + channel.settle)
            else:  # a wait that a channel asks for is for all that is like this
                threads.put_off(number, self._clock() + again)
                threads.pause(name, self._clock() + again)
        return [self._updates[name]]

    def _updated(self, channel: Channel, delivery: Delivery) -> timedelta | None:
        """None where it is done with, for good or for bad; else when to try again."""
        try:
            channel.update(delivery)
        except (DeliveryFailed, DeliveryUnknown) as error:
            log.info("%s: cannot be brought up to date: %s", delivery.destination, error)
            recent = delivery.finished is None or self._clock() - delivery.finished < UPDATE_FOR
            return (error.retry_after or self._later) if error.retryable and recent else None
        except Exception:
            log.exception("message %s to %s", delivery.id, delivery.destination)
        return None


def backoff(attempts: int) -> timedelta:
    """5 s, 10 s, 20 s ... up to a quarter of an hour."""
    factor: int = 2 ** min(attempts, 12)
    return min(FIRST_PAUSE * factor, LONGEST_PAUSE)
