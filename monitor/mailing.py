"""The journey of a digest, order only: due, composed, frozen, sent or written, recorded."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from monitor import digest, edition, gathering, letter
from monitor.digest import Digest
from monitor.edition import Edition
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.letter import Letter, Mail
from monitor.live import InForce
from monitor.outbox import State
from monitor.storage import Storage
from monitor.storage.digests import FiledDigest
from monitor.subscriber import Subscriber

log = logging.getLogger(__name__)

# Longer than a mail server may take, so that no second process sends the same digest meanwhile.
LEASE = timedelta(minutes=5)


class Post(Protocol):
    """Sends a digest by e-mail; answers a receipt, raises as channels do."""

    def __call__(self, mail: Mail, now: datetime) -> str: ...


def composed(storage: Storage, in_force: InForce, subscriber: Subscriber, made: Edition) -> Digest:
    """What this subscriber reads in an edition."""
    material = gathering.gather(storage, in_force, made.since, made.until)
    return digest.compose(subscriber, made, material, in_force.watchlists)


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
        day, moment = edition.due(subscriber, now)
        if began is None or began > moment:
            continue  # nothing was read before that hour: the first digest is the next one
        if storage.digests.exists(subscriber.name, day):
            continue
        since = storage.digests.last_until(subscriber.name) or moment - edition.span(subscriber)
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
    rendered = Letter(filed.subject, filed.html, filed.text)
    if not filed.html:
        made = Edition(filed.day, filed.until, filed.since, filed.until)
        rendered = letter.write(composed(storage, in_force, subscriber, made))
        with storage.write():
            storage.digests.freeze(filed, rendered.subject, rendered.html, rendered.text)
    try:
        if subscriber.email and post:
            number = f"digest.{filed.day}.{_slug(subscriber.name)}"
            receipt = post(Mail(subscriber.email, rendered, number, subscriber.zone), now)
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


def write(directory: Path, day: date, name: str, rendered: Letter) -> Path:
    """Write a digest as an HTML file, whole or not at all; answers its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{day}-{_slug(name)}.html"
    temporary = path.with_suffix(".tmp")
    temporary.write_text(rendered.html, "utf-8")
    return temporary.replace(path)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "digest"
