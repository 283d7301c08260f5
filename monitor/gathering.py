"""What is filed -> the material of a digest: what happened in a span, and how things stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from itertools import groupby
from operator import itemgetter
from urllib.parse import urlsplit

from monitor import cadence, due, moved, precision, rungs, trends, wording
from monitor.digest import (
    Activity,
    Ahead,
    Coverage,
    Material,
    Moved,
    Pipeline,
    Trend,
)
from monitor.edition import DAILY
from monitor.fact import Fact, filled, labels
from monitor.keeping import FRESH, Keeping
from monitor.ledger import Entry, Ledger
from monitor.live import InForce
from monitor.manners import BackOff, host_of
from monitor.model import Alert, Health, Item, Source, SourceState
from monitor.precision import Week
from monitor.sources import KINDS
from monitor.storage import Storage
from monitor.storage.signals import FiledSignal
from monitor.stuck import stuck
from monitor.telling import Candidate, Told

# For how many days there is how much each watchlist found.
ACTIVE_DAYS = 30

Rows = Sequence[tuple[Ledger, Sequence[Entry]]]


def gather(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> Material:
    """All that happened in [since, until), as it is filed."""
    rows = _rows(storage, in_force, until)
    return replace(
        reported(storage, in_force, since, until),
        moved=_moved(in_force, rows, since, until),
        trends=_trends(storage, in_force, since, until),
        ahead=_ahead(rows, since, until),
        stuck=stuck(storage.deliveries.unsent(since, until), until),
        coverage=Coverage.of(healths(storage, in_force, until)),
        weeks=_weeks(storage, until),
        activity=_activity(storage, in_force, until),
        pipelines=_pipelines(rows, since, until),
        items=storage.items.polled(since, until),
    )


def reported(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> Material:
    """Of it only what the stories are made of."""
    found = tuple(_candidates(storage, in_force, since, until))
    return Material(since, until, candidates=found, told=_told(storage, found, since))


def settled(storage: Storage, now: datetime) -> datetime:
    """Up to when all that was decided is filed. What a poll under way finds bears a time after its claim."""
    held = [until for book in (storage.sources, storage.looks) if (until := book.held_until(now))]
    return min([now, *(until - cadence.LEASE for until in held)])


# ------------------------------------------------------------------ stories


def _candidates(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> Iterator[Candidate]:
    """What scored or was alerted in the span. Of a source's first look, only what was published in the span.

    What was backfilled is no news, whatever its date.
    """
    alerts = _alerts(storage, since, until)
    stated = _Stated(storage)
    for signal in _signals(storage, alerts, since, until):
        item = storage.items.get(signal.item)
        if item is None or item.source == due.SOURCE:  # what falls due is told as that
            continue
        alert = alerts.get((item.id, signal.watchlist))
        source = in_force.sources.get(item.source) or (_gone(alert) if alert else None)
        if source is None:
            continue
        if signal.baseline and alert is None and not (item.published and item.published >= since):
            continue
        yield Candidate(
            watchlist=signal.watchlist,
            score=signal.score,
            stage=signal.stage,
            story=signal.story,
            item=item,
            source=source,
            words=storage.signals.words(signal.item, signal.watchlist),
            alert=alert,
            facts=wording.facts(alert) if alert else stated.words(item.id, signal.story),
            series=_series(storage, source, item),
        )


def _signals(
    storage: Storage, alerts: Collection[tuple[int, str]], since: datetime, until: datetime
) -> Iterator[FiledSignal]:
    """What was decided in the span, then what was alerted in it for an edit by which it scores no more."""
    missing = dict.fromkeys(alerts)
    for signal in storage.signals.between(since, until):
        missing.pop((signal.item, signal.watchlist), None)
        yield signal
    yield from filter(None, (storage.signals.of_item(item, watchlist) for item, watchlist in missing))


def _gone(alert: Alert) -> Source:
    """The source of an alert, where it was taken out of the catalogue since."""
    return Source(alert.source, alert.source_name, "", "", alert.tier, alert.lang)


def _series(storage: Storage, source: Source, item: Item) -> str:
    """The series of which a rule says it: its items are known by the series and the rule."""
    return f"{source.id}/{storage.items.key(item.id).split('|')[0]}" if source.kind == "series" else ""


class _Stated:
    """The facts of items in words, with those of their stories; a story is read once."""

    def __init__(self, storage: Storage) -> None:
        self._facts = storage.facts
        self._stories: dict[str, tuple[Fact, ...]] = {}

    def words(self, item: int, story: str) -> str:
        """What an alert on the item would say."""
        if story not in self._stories:
            named = {(fact.kind, fact.value): fact for fact in self._facts.of_story(story)}
            self._stories[story] = tuple(named.values())
        return wording.stated(labels(filled(self._facts.of_item(item), self._stories[story])))


def _alerts(storage: Storage, since: datetime, until: datetime) -> dict[tuple[int, str], Alert]:
    """The alerts of the span by item and watchlist: that which told it, and those named with it."""
    found: dict[tuple[int, str], Alert] = {}
    for alert in storage.alerts.between(since, until):
        for watchlist in (alert.watchlist, *(name for name, _ in alert.also)):
            found[alert.item, watchlist] = alert
    return found


def _told(storage: Storage, found: tuple[Candidate, ...], since: datetime) -> tuple[Told, ...]:
    """What the stories of the span scored before it."""
    return tuple(
        Told(signal.watchlist, story, signal.score, signal.stage, signal.decided)
        for story in sorted({candidate.story for candidate in found})
        for signal in storage.signals.of_story(story, since)
        if not signal.baseline or _fresh(storage.items.get(signal.item), signal.decided)
    )


def _fresh(item: Item | None, decided: datetime) -> bool:
    """Was it news when its source was first looked at?"""
    return item is not None and item.published is not None and item.published >= decided - FRESH


# ------------------------------------------------------------------ ledgers


def _rows(storage: Storage, in_force: InForce, now: datetime) -> Rows:
    """Every ledger with its rows, also those of the file that are not filed yet; nothing is written."""
    keeping = Keeping(storage, in_force, now)
    return tuple((ledger, keeping.seen(ledger)) for ledger in in_force.rulebook.ledgers)


def _moved(in_force: InForce, rows: Rows, since: datetime, until: datetime) -> tuple[Moved, ...]:
    """What moved in all ledgers, with the sources by their names."""
    found = (one for ledger, entries in rows for one in moved.moved(ledger, entries, since, until))
    named = (replace(one, source=_name(in_force, one.source)) for one in found)
    return tuple(sorted(named, key=moved.rank))


def _name(in_force: InForce, source: str) -> str:
    """What a source is called; as it is, where the catalogue has it no more."""
    known = in_force.sources.get(source)
    return known.name if known else source


def _ahead(rows: Rows, since: datetime, until: datetime) -> tuple[Ahead, ...]:
    found = (one for ledger, entries in rows for one in due.ahead(ledger, entries, since, until))
    return tuple(sorted(found, key=lambda one: (not one.overdue, one.day)))


def _pipelines(rows: Rows, since: datetime, until: datetime) -> tuple[Pipeline, ...]:
    found = (rungs.pipeline(ledger, entries, since, until) for ledger, entries in rows)
    return tuple(filter(None, found))


# ------------------------------------------------------------------ numbers


def _trends(storage: Storage, in_force: InForce, since: datetime, until: datetime) -> tuple[Trend, ...]:
    """The series with a new number, those that moved most first."""
    found = []
    for name, filed in groupby(storage.points.filed(since, until), key=itemgetter(0)):
        ids = {series for _, series in filed}
        source = in_force.sources.get(name)
        for series in KINDS[source.kind].follow(source) if source else ():
            if series.id in ids:
                history = storage.points.lately(name, series.id, until, trends.HISTORY)
                found.append(trends.trend(name, series, history, since))
    return tuple(sorted(filter(None, found), key=lambda trend: (-trend.weight, trend.id)))


def _activity(storage: Storage, in_force: InForce, until: datetime) -> tuple[Activity, ...]:
    """Days of 24 hours, the last of which ends at `until`; a watchlist without any signal too."""
    counts = {w.id: [0] * ACTIVE_DAYS for w in in_force.watchlists}
    for watchlist, day, count in storage.signals.by_day(until - ACTIVE_DAYS * DAILY, until):
        if watchlist in counts:
            counts[watchlist][min(day, ACTIVE_DAYS - 1)] += count
    return tuple(Activity(w.id, w.title, tuple(counts[w.id])) for w in in_force.watchlists)


# ------------------------------------------------------------------ how the monitor is


def _weeks(storage: Storage, until: datetime) -> tuple[Week, ...]:
    """What was thought of this week's alerts, and of last week's where nobody has said it of these."""
    today = until.astimezone(UTC)
    start = datetime.combine(precision.monday(today) - precision.WEEK, time(), UTC)
    said = (one for one in storage.feedback.said(start) if one.told < until)
    return precision.standing(precision.weeks(said), today.date())


def healths(storage: Storage, in_force: InForce, now: datetime, *, counted: bool = False) -> list[Health]:
    """How every source of the catalogue is doing; with the number of its items where they are `counted`,
    which takes long.
    """
    states = storage.sources.states() if counted else storage.sources.known(list(in_force.sources))
    waits = {one.host: one for one in storage.hosts.left_alone()}
    known = (source for source in in_force.sources.values() if source.id in states)
    return [_health(source, states[source.id], waits, now) for source in known]


def health(storage: Storage, source: Source, now: datetime) -> Health:
    """How one source is doing; its items are not counted."""
    waits = {one.host: one for one in storage.hosts.left_alone()}
    return _health(source, storage.sources.state(source.id), waits, now)


def _health(source: Source, state: SourceState, waits: Mapping[str, BackOff], now: datetime) -> Health:
    host = host_of(urlsplit(cadence.where(source, state).url).netloc) if waits else ""
    return cadence.health(source, state, now, waits.get(host))
