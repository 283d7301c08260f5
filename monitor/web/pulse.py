"""How the monitor is, in a few words: a quiet day is told from a broken one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import gathering, hushed, watchdog, wording
from monitor.digest import GRAVE, Coverage, Stuck
from monitor.errors import Trouble
from monitor.hushed import Silence
from monitor.model import Health
from monitor.outbox import Destination
from monitor.storage import Storage
from monitor.stuck import stuck
from monitor.web.house import House
from monitor.wording import many

SPAN = timedelta(hours=24)
# The daemon looks at what is due within seconds: after so long nobody does.
OVERDUE = timedelta(minutes=30)
# So many things that are muted are named.
NAMED = 2
_HOW = {
    "held": "held for",
    "capped": "held back for",
    "muted": "muted for",
    "failed": "not through yet to",
    "parked": "waiting until somebody mends",
    "dead": "given up for",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A sentence of it: how grave it is (`bad`, `warn` or nothing), and the page that says more."""

    words: str
    grave: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What came in the last 24 hours, how the sources are, and which alerts did not get through. `looked` is
    when a source was looked at last, `due` when the first one was to be. `offline` where nothing at all could
    be reached the last time."""

    now: datetime
    stories: int
    items: int
    coverage: Coverage
    stuck: tuple[Stuck, ...] = ()
    looked: datetime | None = None
    due: datetime | None = None
    offline: bool = False
    silences: tuple[Silence, ...] = ()

    @property
    def fresh(self) -> bool:
        """Was nothing ever looked at?"""
        return self.looked is None

    @property
    def stopped(self) -> bool:
        """Does nobody look at the sources any more?"""
        return all(one is not None and self.now - one > OVERDUE for one in (self.looked, self.due))


def pulse(storage: Storage, house: House, now: datetime) -> Pulse:
    """How it is now."""
    healths = gathering.healths(storage, house.in_force, now)
    looked = [one.state.last_poll for one in healths if one.state.last_poll]
    return Pulse(
        now,
        stories=storage.told.count(now - SPAN),
        items=storage.items.polled(now - SPAN, now),
        coverage=Coverage.of(healths),
        stuck=stuck(storage.deliveries.unsent(now - SPAN, now), now),
        looked=max(looked, default=None),
        due=min((due for one in healths if (due := _due(one))), default=None),
        offline=any(one.state.trouble == Trouble.OFFLINE for one in healths if _due(one)),
        silences=tuple(_silences(storage, house, now)),
    )


def _silences(storage: Storage, house: House, now: datetime) -> list[Silence]:
    in_force = house.in_force
    return hushed.silences(storage.feedback.quiets(now), in_force.watchlists, in_force.called, now)


def _due(health: Health) -> datetime | None:
    return None if health.status in ("disabled", "paused", "stopped") else health.state.next_poll


def said(pulse: Pulse, zone: str) -> Iterator[Word]:
    """It in sentences, in the order of reading."""
    coverage = pulse.coverage
    if not coverage.watched:
        yield Word("No source is watched: nothing can come.", "bad", "sources/")
        return
    if pulse.offline:
        yield Word(watchdog.NO_NETWORK, "bad", "sources/")
    elif pulse.fresh:
        yield Word(f"The first look at {many(coverage.watched, 'source')} is under way.", where="sources/")
    if pulse.fresh:
        return
    yield Word(f"{many(pulse.stories, 'story', 'stories')} in 24 hours, of {many(pulse.items, 'item')} read.")
    yield _sources(coverage)
    if pulse.stopped and pulse.looked:
        when = wording.at(pulse.looked, zone)
        yield Word(f"Nothing was looked at since {when}: start monitor run again.", "bad", "sources/")
    if not pulse.stuck:
        yield Word("Nothing is held.")
    for one in pulse.stuck:
        yield _stuck(one, zone)
    if pulse.silences:
        yield _muted(pulse.silences, zone)


def _sources(coverage: Coverage) -> Word:
    new = f", {coverage.new} not looked at yet" if coverage.new else ""
    verb = "is" if coverage.healthy == 1 else "are"
    words = f"{coverage.healthy} of {many(coverage.watched, 'source')} {verb} well{new}."
    if coverage.blind and coverage.new < coverage.watched:
        return Word(f"{words} What is missing here may have happened all the same.", "bad", "sources/")
    recent = any(one.tier == 1 for one in coverage.recent)
    return Word(words, "warn" if recent else "", "sources/")


def _stuck(one: Stuck, zone: str) -> Word:
    until = f" until {wording.at(one.until, zone)}" if one.until else ""
    grave = one.how in GRAVE  # of these the page of deliveries says why, and what to do
    why = f" ({one.why})" if one.why and not grave else ""
    verb = "is" if one.count == 1 else "are"
    to = Destination.parse(one.destination).called
    words = f"{many(one.count, 'alert')} {verb} {_HOW[one.how]} {to}{until}{why}."
    return Word(words, "bad" if grave else "", "deliveries/")


def _muted(silences: Sequence[Silence], zone: str) -> Word:
    """What is muted and until when, what ends first before the others."""
    named = "; ".join(_named(one, zone) for one in silences[:NAMED])
    more = f"; and {len(silences) - NAMED} more" if len(silences) > NAMED else ""
    where = "sources/?state=muted" if any(one.source for one in silences) else ""
    return Word(f"Muted: {named}{more}.", "", where)


def _named(one: Silence, zone: str) -> str:
    where = f" in {one.where[0]}" if len(one.where) == 1 else f" in {len(one.where)} places" * bool(one.where)
    return f"{one.what}{where} until {wording.at(one.until, zone)}"
