"""How sources and destinations are doing -> the operator is told what changed; the order of it only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from monitor import gathering, watchdog
from monitor.deliver import enqueue
from monitor.live import InForce
from monitor.outbox import Destination
from monitor.storage import Storage
from monitor.subscriber import Subscriber
from monitor.watchdog import Alarm

TERMINAL = Destination("console")


def watch(
    storage: Storage,
    in_force: InForce,
    subscribers: Sequence[Subscriber],
    operator: Destination,
    now: datetime,
) -> None:
    """Look how all are doing, and tell the operator what is to be mended and what is well again."""
    healths = gathering.healths(storage, in_force, now)
    known = storage.alarms.known()
    parked = list(storage.deliveries.parked())
    alarms = [*map(watchdog.parked_delivery, parked), *_digests(storage, subscribers)]
    made = watchdog.look(known, healths, alarms, storage.alarms.last_notice(), now)
    if made.notice is None and list(made.alarms) == known:
        return
    stuck = operator in {delivery.destination for delivery in parked} or _is_refused(
        storage, subscribers, operator
    )
    with storage.write():
        storage.alarms.replace(made.alarms)
        if made.notice is not None:
            enqueue(storage, made.notice, [TERMINAL if stuck else operator], now)


def _digests(storage: Storage, subscribers: Sequence[Subscriber]) -> Iterator[Alarm]:
    """That the mail server takes no digest from us, and which of today's subscribers get none."""
    if refused := storage.digests.refused([one.name for one in subscribers]):
        what = f"the mail server refuses us ({refused.error}); it is tried again every hour"
        yield watchdog.parked("digests by mail", refused.parked or refused.due, what)
    addresses = {one.address for one in subscribers if one.email}
    out = set()
    for one in storage.subscriptions.all():
        if one.open or one.address not in addresses:
            continue
        out.add(one.subscriber)
        if one.parked and not one.gone:
            what = f"{one.email} is refused for good ({one.error}); it gets none"
            remedy = (
                f"correct the address, or have it mended and run: monitor digests resume '{one.subscriber}'"
            )
            yield watchdog.parked(f"digest for {one.subscriber}", one.parked, what, remedy)
    for lost in storage.digests.given_up():
        if lost.subscriber in {name for name, _ in addresses} - out:
            what = f"that of {lost.day} was given up ({lost.error}); the next one tells the same time"
            remedy = (
                f"nothing to do unless it happens again; or run: monitor digests retry '{lost.subscriber}'"
            )
            yield watchdog.parked(f"digest for {lost.subscriber}", lost.when, what, remedy)


def _is_refused(storage: Storage, subscribers: Sequence[Subscriber], operator: Destination) -> bool:
    """Would a notice by mail go by a server, or to an address, that is known to take none?"""
    if operator.channel != "email":
        return False
    shut = (one.email.lower() for one in storage.subscriptions.all() if one.parked)
    names = [one.name for one in subscribers]
    return storage.digests.refused(names) is not None or operator.address.lower() in shut
