"""A subscriber, what became of their address, the clock -> when the next digest comes, or why none. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor import edition
from monitor.storage.subscriptions import Subscription
from monitor.subscriber import Subscriber


class State(StrEnum):
    """How the digest reaches a subscriber, or why it does not."""

    MAIL = "mail"
    FILE = "file"
    UNSUBSCRIBED = "unsubscribed"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A subscriber as they stand. `next` is when their next digest is due; None where none comes.

    `since` when they unsubscribed, or when their address was refused for good and `why`; `unknown` are
    watchlists that they would read and that there are not.
    """

    subscriber: Subscriber
    state: State
    next: datetime | None
    since: datetime | None = None
    why: str = ""
    unknown: tuple[str, ...] = ()


def recipients(
    subscribers: Iterable[Subscriber],
    subscriptions: Iterable[Subscription],
    watchlists: Collection[str],
    now: datetime,
    *,
    email: bool,
) -> list[Recipient]:
    """How each subscriber stands. `watchlists` are the ids there are, `email` whether mail can be sent."""
    kept = {one.address: one for one in subscriptions}
    return [_read(one, kept.get(one.address), watchlists, now, email=email) for one in subscribers]


def _read(
    subscriber: Subscriber,
    subscription: Subscription | None,
    watchlists: Collection[str],
    now: datetime,
    *,
    email: bool,
) -> Recipient:
    unknown = tuple(name for name in subscriber.watchlists if name != "*" and name not in watchlists)
    if subscription and subscription.gone:
        return Recipient(subscriber, State.UNSUBSCRIBED, None, subscription.gone, unknown=unknown)
    if subscription and subscription.parked:
        parked, why = subscription.parked, subscription.error
        return Recipient(subscriber, State.PARKED, None, parked, why, unknown)
    state = State.MAIL if subscriber.email and email else State.FILE
    return Recipient(subscriber, state, edition.following(subscriber, now)[1], unknown=unknown)
