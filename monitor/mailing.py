"""The journey of a digest, order only: due, composed, frozen, sent or written, recorded."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from monitor import cadence, digest
from monitor.digest import Candidate, Digest, Rendered
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.live import InForce
from monitor.manners import BackOff, host_of
from monitor.model import Health, Source, Subscriber
from monitor.outbox import State
from monitor.storage import Storage
from monitor.storage.digests import FiledDigest

log = logging.getLogger(__name__)

# Longer than a mail server may take, so that no second process sends the same digest meanwhile.
LEASE = timedelta(minutes=5)
FIRST_SPAN = timedelta(days=1)


class Post(Protocol):
    """Sends a digest by e-mail; answers a receipt, raises as channels do."""

    def __call__(self, to: str, rendered: Rendered, number: str, now: datetime) -> str: ...


def compose(
    storage: Storage,
    in_force: InForce,
    subscriber: Subscriber,
    day: date,
    since: datetime,
    until: datetime,
) -> Digest:
    """The digest of [since, until) for a subscriber, from what is filed."""
    counts = storage.deliveries.counts()
    return digest.compose(
        subscriber,
        day,
        since,
        until,
        candidates(storage, in_force, since, until),
        in_force.watchlists,
        healths(storage, in_force, until),
        undelivered=counts.get("failed", 0) + counts.get("dead", 0),
        items=storage.items.polled(since, until),
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


def candidates(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> Iterator[Candidate]:
    """What scored in the span. Of a source's first look, only what was published in the span.

    What was backfilled is no news, whatever its date.
    """
    told = storage.alerts.items_told(since, until)
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
            alerted=(item.id, signal.watchlist) in told,
        )


def send_due(
    storage: Storage,
    in_force: InForce,
    subscribers: Sequence[Subscriber],
    now: datetime,
    post: Post | None,
    directory: Path,
) -> list[str]:
    """Send what is due, once per subscriber and local date. Answers the receipts."""
    by_name = {subscriber.name: subscriber for subscriber in subscribers}
    _open(storage, subscribers, now)
    receipts = []
    for filed in storage.digests.waiting(now):
        subscriber = by_name.get(filed.subscriber)
        if subscriber is None:
            continue
        with storage.write():
            if not storage.digests.claim(filed, now + LEASE):
                continue
        receipt = _send(storage, in_force, subscriber, filed, now, post, directory)
        receipts += [receipt] if receipt else []
    return receipts


def _open(storage: Storage, subscribers: Sequence[Subscriber], now: datetime) -> None:
    began = storage.items.began()
    for subscriber in subscribers:
        day, moment = digest.due(subscriber, now)
        if began is None or began > moment:
            continue  # nothing was read before that hour: the first digest is the next one
        if storage.digests.exists(subscriber.name, day):
            continue
        since = storage.digests.last_until(subscriber.name) or moment - FIRST_SPAN
        with storage.write():
            storage.digests.open(subscriber.name, day, min(since, now), now)


def _send(
    storage: Storage,
    in_force: InForce,
    subscriber: Subscriber,
    filed: FiledDigest,
    now: datetime,
    post: Post | None,
    directory: Path,
) -> str:
    rendered = Rendered(filed.subject, filed.html, filed.text)
    if not filed.html:
        made = compose(storage, in_force, subscriber, filed.day, filed.since, filed.until)
        rendered = digest.render(made)
        with storage.write():
            storage.digests.freeze(filed, rendered.subject, rendered.html, rendered.text)
    try:
        if subscriber.email and post:
            number = f"digest.{filed.day}.{_slug(subscriber.name)}"
            receipt = post(subscriber.email, rendered, number, now)
        else:
            receipt = str(write(directory, filed.day, subscriber.name, rendered))
    except (DeliveryFailed, DeliveryUnknown, OSError) as error:
        _failed(storage, filed, error, now)
        return ""
    with storage.write():
        storage.digests.save(filed, State.SENT, now, receipt=receipt)
    log.info("digest of %s for %s: %s", filed.day, subscriber.name, receipt)
    return receipt


def _failed(storage: Storage, filed: FiledDigest, error: Exception, now: datetime) -> None:
    final = isinstance(error, DeliveryFailed) and not error.retryable
    pause = getattr(error, "retry_after", None) or timedelta(minutes=30)
    with storage.write():
        state = State.DEAD if final else State.FAILED
        storage.digests.save(filed, state, now, due=now + pause, error=str(error))
    log.warning("digest of %s for %s: %s", filed.day, filed.subscriber, error)


def write(directory: Path, day: date, name: str, rendered: Rendered) -> Path:
    """Write a digest as an HTML file, whole or not at all; answers its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{day}-{_slug(name)}.html"
    temporary = path.with_suffix(".tmp")
    temporary.write_text(rendered.html, "utf-8")
    return temporary.replace(path)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "digest"
