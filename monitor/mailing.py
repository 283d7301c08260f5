"""The journey of a digest, order only: opened, composed, frozen, sent or written, recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from monitor import digest, edition, gathering, letter, refusal
from monitor.digest import Digest, Material
from monitor.edition import Edition
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.letter import NOWHERE, Letter, Links, Mail
from monitor.live import InForce
from monitor.outbox import State
from monitor.storage import Storage
from monitor.storage.digests import FiledDigest
from monitor.storage.subscriptions import Subscription
from monitor.subscriber import Subscriber

log = logging.getLogger(__name__)

# Longer than a mail server may take, and the pause before it where it keeps a pace of one a minute, so that
# no second process sends the same digest meanwhile.
LEASE = timedelta(minutes=6)
# A long round says how far it is, after so many.
A_LINE = 100

# Sends a digest by e-mail; answers a receipt, raises as channels do.
Post = Callable[[Mail, datetime], str]
Clock = Callable[[], datetime]
Told = Callable[[int, int], None]


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
    *,
    links: Links = NOWHERE,
    clock: Clock | None = None,
    told: Told = lambda _done, _total: None,
    stopping: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Send what is due at `now`, once per subscriber and local date. Answers the receipts.

    `post` None: e-mail is off, and every digest is a file in `directory`. `links` says where readers get to,
    and at which address they unsubscribe. With many subscribers a round is long: `clock` says how late it is
    meanwhile, `told` is called with how many are done and how many there are, and once it is `stopping` no
    further one is begun.
    """
    by_name = {subscriber.name: subscriber for subscriber in subscribers}
    _open(storage, subscribers, now)
    waiting = [(by_name[name], day) for name, day in storage.digests.waiting(now) if name in by_name]
    sending = _Round(storage, in_force, post, directory, links, now, clock or (lambda: now))
    receipts = []
    for done, (subscriber, day) in enumerate(waiting, start=1):
        if stopping():
            break
        if receipt := sending.send(subscriber, day):
            receipts.append(receipt)
        told(done, len(waiting))
        if done % A_LINE == 0:
            log.info("digests: %d of %d, %d sent", done, len(waiting), len(receipts))
    return receipts


# ------------------------------------------------------------------ what is due


def _open(storage: Storage, subscribers: Sequence[Subscriber], now: datetime) -> None:
    """Make the rows of what is due now; what was not sent until then is told by these."""
    wanted = list(_wanted(storage, subscribers, now))
    if not wanted:
        return
    with storage.write():
        for subscriber, day, hour, back in wanted:
            if _is_next(storage, subscriber, day, now):
                storage.digests.supersede(subscriber.name, day, now)
                storage.digests.open(subscriber.name, _edition(storage, subscriber, day, hour, back, now))


def _wanted(
    storage: Storage, subscribers: Sequence[Subscriber], now: datetime
) -> Iterator[tuple[Subscriber, date, datetime, datetime | None]]:
    """Who may get one now: its date, its hour, and since when the reader is back who had left."""
    began = storage.items.began()
    known = {one.address: one for one in storage.subscriptions.all()}
    for subscriber in subscribers:
        day, hour = edition.due(subscriber, now)
        if began is None or began > hour:
            continue  # nothing was read before that hour: the first digest is the next one
        if storage.digests.exists(subscriber.name, day):
            continue
        subscription = known.get(subscriber.address)
        if subscription is None or subscription.open:
            yield subscriber, day, hour, subscription.back if subscription else None


def _is_next(storage: Storage, subscriber: Subscriber, day: date, now: datetime) -> bool:
    """Whoever moves west has no day twice, and while one is being sent, nobody knows what they were told."""
    newest = storage.digests.newest(subscriber.name, now)
    return (newest is None or newest < day) and not storage.digests.is_under_way(subscriber.name, now)


def _edition(
    storage: Storage, subscriber: Subscriber, day: date, hour: datetime, back: datetime | None, now: datetime
) -> Edition:
    """It tells all since the end of the last that arrived; to who came `back` since, as to who is new, and
    all since then."""
    since = storage.digests.told_until(subscriber.name, now)
    if since is None:
        since = edition.before(subscriber, hour)
    elif back and back > since:
        since = max(since, min(edition.before(subscriber, hour), back))
    since = max(since, hour - edition.FURTHEST)
    return Edition(day, hour, since, now, first=not storage.digests.has_got(subscriber.name))


# ------------------------------------------------------------------ one round


class _Round:
    """Sends one after the other; keeps no letter, and of the material only that of the newest span."""

    def __init__(
        self,
        storage: Storage,
        in_force: InForce,
        post: Post | None,
        directory: Path,
        links: Links,
        now: datetime,
        clock: Clock,
    ) -> None:
        self._storage, self._in_force, self._now, self._clock = storage, in_force, now, clock
        self._post, self._directory, self._to = post, directory, links
        self._material: Material | None = None
        self._refused = storage.digests.is_refused(now)

    def send(self, subscriber: Subscriber, day: date) -> str:
        """One attempt; answers the receipt, empty where nothing was sent."""
        if self._refused and self._by_mail(subscriber):
            return ""
        filed = self._storage.digests.get(subscriber.name, day)
        if filed is None:
            return ""
        subscription = None
        with self._storage.write():
            if not self._storage.digests.claim(filed, self._now, self._clock() + LEASE):
                return ""
            if subscriber.email:
                subscription = self._storage.subscriptions.of(subscriber.name, subscriber.email)
        if why := _futile(filed, subscription):
            return self._give_up(filed, why)
        links = self._to.of(subscription.token if subscription else "")
        rendered = self._letter(subscriber, filed, links)
        return self._handed_over(subscriber, filed, rendered, links) if rendered else ""

    def _by_mail(self, subscriber: Subscriber) -> bool:
        return bool(subscriber.email and self._post)

    def _give_up(self, filed: FiledDigest, why: str) -> str:
        with self._storage.write():
            self._storage.digests.save(filed, State.DEAD, self._clock(), error=why, unclear=filed.unclear)
        log.warning("digest of %s for %s: given up: %s", filed.day, filed.subscriber, why)
        return ""

    # -------------------------------------------------------------- what is said

    def _letter(self, subscriber: Subscriber, filed: FiledDigest, links: Links) -> Letter | None:
        """As it was frozen, or made and frozen now. None where it is not to go out."""
        if filed.html:
            with self._storage.write():
                self._doubt(subscriber, filed)
            return Letter(filed.subject, filed.html, filed.text)
        until = max(self._until(filed), filed.since)
        known = self._storage.digests.known_since(filed)
        made = Edition(filed.day, filed.hour, filed.since, until, filed.first, known)
        try:
            told = digest.compose(
                subscriber, made, self._gathered(filed.since, until), self._in_force.watchlists
            )
            unwanted = told.quiet and not (subscriber.on_quiet_days or told.coverage.blind)
            rendered = None if unwanted else letter.write(told, links)
        except Exception as error:  # what is wrong with one must not cost the others theirs
            log.exception("digest of %s for %s cannot be made", filed.day, subscriber.name)
            self._failed(subscriber, filed, error)
            return None
        with self._storage.write():
            if rendered is None:
                self._storage.digests.freeze(filed, "", "", "", until)
                self._storage.digests.save(filed, State.MUTED, self._clock())
            else:
                self._storage.digests.freeze(filed, rendered.subject, rendered.html, rendered.text, until)
                self._doubt(subscriber, filed)
        return rendered

    def _doubt(self, subscriber: Subscriber, filed: FiledDigest) -> None:
        """What a mail server took it may have taken even where this process ends before that is noted."""
        if self._by_mail(subscriber):
            self._storage.digests.doubt(filed)

    def _until(self, filed: FiledDigest) -> datetime:
        """All that is filed; of one that is asked for again after others, what it was to tell."""
        newest = self._storage.digests.newest(filed.subscriber, self._now)
        if newest and newest > filed.day:
            return filed.until
        return gathering.settled(self._storage, self._now)

    def _gathered(self, since: datetime, until: datetime) -> Material:
        material = self._material
        if material is None or (material.since, material.until) != (since, until):
            self._material = None  # there is room for one
            material = self._material = gathering.gather(self._storage, self._in_force, since, until)
        return material

    # -------------------------------------------------------------- how it goes out

    def _handed_over(self, subscriber: Subscriber, filed: FiledDigest, rendered: Letter, links: Links) -> str:
        try:
            receipt = self._out(subscriber, filed, rendered, links)
        except (DeliveryFailed, DeliveryUnknown, OSError) as error:
            self._failed(subscriber, filed, error)
            return ""
        with self._storage.write():
            self._storage.digests.save(filed, State.SENT, self._clock(), receipt=receipt)
        log.info("digest of %s for %s: %s", filed.day, subscriber.name, receipt)
        return receipt

    def _out(self, subscriber: Subscriber, filed: FiledDigest, rendered: Letter, links: Links) -> str:
        """Hand it over."""
        if not (subscriber.email and self._post):
            return str(write(self._directory, filed.day, subscriber.slug, rendered))
        number = f"digest.{filed.day}.{subscriber.number}"
        mail = Mail(subscriber.email, rendered, number, subscriber.zone, links.one_click)
        return self._post(mail, self._clock())

    def _failed(self, subscriber: Subscriber, filed: FiledDigest, error: Exception) -> None:
        now = self._clock()
        end = refusal.ending(error, filed.attempts, filed.unclear, now)
        self._refused = self._refused or end.us
        with self._storage.write():
            self._storage.digests.save(
                filed,
                end.state,
                now,
                due=end.due,
                error=end.error,
                unclear=filed.unclear + end.unclear,
                parked=(filed.parked or now) if end.us or end.address else None,
            )
            if end.address and subscriber.email:
                self._storage.subscriptions.park(subscriber.name, subscriber.email, end.error, now)
        log.warning("digest of %s for %s: %s", filed.day, filed.subscriber, end.error)


def _futile(filed: FiledDigest, subscription: Subscription | None) -> str:
    """Why there is to be no attempt; empty where there is one."""
    if subscription and subscription.gone:
        return "the reader unsubscribed"
    if subscription and subscription.parked:
        return subscription.error
    if filed.state is State.SENDING and filed.unclear >= refusal.COPIES:
        return refusal.maybe("the attempt was cut short")
    return ""


def write(directory: Path, day: date, name: str, rendered: Letter) -> Path:
    """Write a digest as an HTML file, whole or not at all; answers its path. `name` is a part of its own."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{day}-{name}.html"
    temporary = path.with_suffix(".tmp")
    temporary.write_text(rendered.html, "utf-8")
    return temporary.replace(path)
