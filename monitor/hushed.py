"""The mutes of people and of watchlists -> what is not told of, where, and until when. Pure.

A source is muted at a destination by a person (`Quiet`), or in a watchlist by its file (`mute`). What it
says is filed all the same, and stands in the digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor import wording
from monitor.feedback import Quiet, Scope
from monitor.outbox import Destination
from monitor.rule import From, Mute, Watchlist


@dataclass(frozen=True, slots=True)
class Hush:
    """A source that is muted somewhere: at a destination, by the mute of this `number`, or in a `watchlist`.
    `who` is empty where its file does not say."""

    source: str
    where: str
    until: datetime
    who: str = ""
    number: int = 0
    watchlist: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """Something that is not told of until then, whatever it is: a source, a topic, a story, a watchlist.
    `where` is empty where a watchlist is snoozed; `source` where it is no source."""

    what: str
    where: tuple[str, ...]
    until: datetime
    source: str = ""


def silences(
    quiets: Iterable[Quiet], watchlists: Iterable[Watchlist], names: Mapping[str, str], now: datetime
) -> list[Silence]:
    """All that is muted just now, each thing once, what ends first before the others. `names` are those of
    the sources."""
    found: dict[tuple[str, str], list[tuple[str, datetime]]] = {}
    for what, source, where, until in (*_said(quiets), *_written(watchlists, names)):
        if until > now:
            found.setdefault((what, source), []).append((where, until))
    made = (
        Silence(
            what, tuple(dict.fromkeys(where for where, _ in told if where)), max(u for _, u in told), source
        )
        for (what, source), told in found.items()
    )
    return sorted(made, key=lambda one: (one.until, one.what))


def _said(quiets: Iterable[Quiet]) -> Iterator[tuple[str, str, str, datetime]]:
    """What people muted, as (what, source, where, until)."""
    for one in quiets:
        if one.ended is None:
            source = one.value if one.scope is Scope.SOURCE else ""
            yield one.name, source, Destination.parse(one.destination).called, one.until


def _written(
    watchlists: Iterable[Watchlist], names: Mapping[str, str]
) -> Iterator[tuple[str, str, str, datetime]]:
    """The same of what the files of watchlists mute."""
    for watchlist in watchlists:
        if watchlist.snooze is not None:
            yield watchlist.title, "", "", watchlist.snooze
        for mute in watchlist.mutes:
            for source in sorted(_sources(mute)):
                yield names.get(source, source), source, watchlist.title, mute.until
            if not _sources(mute):
                yield mute.why or "some of it", "", watchlist.title, mute.until


def hushes(quiets: Iterable[Quiet], watchlists: Iterable[Watchlist], now: datetime) -> dict[str, list[Hush]]:
    """The mutes that hold by the id of the source, what lasts longest first."""
    found: dict[str, list[Hush]] = {}
    for one in (*_by_people(quiets, now), *_by_files(watchlists, now)):
        found.setdefault(one.source, []).append(one)
    return {source: sorted(mutes, key=lambda one: one.until, reverse=True) for source, mutes in found.items()}


def _by_people(quiets: Iterable[Quiet], now: datetime) -> Iterable[Hush]:
    for quiet in quiets:
        if quiet.scope is Scope.SOURCE and quiet.holds(now):
            where = Destination.parse(quiet.destination).called
            yield Hush(quiet.value, where, quiet.until, quiet.who.name, quiet.number)


def _by_files(watchlists: Iterable[Watchlist], now: datetime) -> Iterable[Hush]:
    for watchlist in watchlists:
        for mute in watchlist.mutes:
            for source in _sources(mute) if mute.until > now else ():
                yield Hush(source, watchlist.title, mute.until, watchlist=watchlist.id)


def _sources(mute: Mute) -> frozenset[str]:
    """The sources that a mute silences whatever they say."""
    condition = mute.condition
    alone = isinstance(condition, From) and not (condition.tiers or condition.langs or condition.countries)
    return condition.ids if alone and isinstance(condition, From) else frozenset()


def said(mute: Hush, zone: str) -> str:
    """A mute in words: "in #signals until 9 Mar 2026 12:00 UTC by ann"."""
    by = f" by {mute.who}" if mute.who else ""
    return f"in {mute.where} until {wording.at(mute.until, zone)}{by}"
