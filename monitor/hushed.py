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
    found: dict[tuple[str, str], list[Hush]] = {}
    for what, one in _holding(quiets, watchlists, now):
        found.setdefault((names.get(one.source, what), one.source), []).append(one)
    made = (
        Silence(what, tuple(dict.fromkeys(one.where for one in told if one.where)), _end(told), source)
        for (what, source), told in found.items()
    )
    return sorted(made, key=lambda one: (one.until, one.what))


def hushes(quiets: Iterable[Quiet], watchlists: Iterable[Watchlist], now: datetime) -> dict[str, list[Hush]]:
    """The mutes that hold by the id of the source, what lasts longest first."""
    found: dict[str, list[Hush]] = {}
    for _, one in _holding(quiets, watchlists, now):
        if one.source:
            found.setdefault(one.source, []).append(one)
    return {source: sorted(mutes, key=lambda one: one.until, reverse=True) for source, mutes in found.items()}


def _holding(
    quiets: Iterable[Quiet], watchlists: Iterable[Watchlist], now: datetime
) -> Iterator[tuple[str, Hush]]:
    """What holds now, with what is muted by it in words; of something that is no source its `source` is
    empty, and of a watchlist that is snoozed `where` too."""
    for quiet in quiets:
        if quiet.holds(now):
            source = quiet.value if quiet.scope is Scope.SOURCE else ""
            where = Destination.parse(quiet.destination).called
            yield quiet.name, Hush(source, where, quiet.until, quiet.who.name, quiet.number)
    for watchlist in watchlists:
        if watchlist.snooze is not None and watchlist.snooze > now:
            yield watchlist.title, Hush("", "", watchlist.snooze)
        for mute in watchlist.mutes:
            for source in sorted(_sources(mute)) or [""] if mute.until > now else ():
                what = source or mute.why or "some of it"
                yield what, Hush(source, watchlist.title, mute.until, watchlist=watchlist.id)


def _end(told: Iterable[Hush]) -> datetime:
    return max(one.until for one in told)


def _sources(mute: Mute) -> frozenset[str]:
    """The sources that a mute silences whatever they say."""
    condition = mute.condition
    alone = isinstance(condition, From) and not (condition.tiers or condition.langs or condition.countries)
    return condition.ids if alone and isinstance(condition, From) else frozenset()


def said(mute: Hush, zone: str) -> str:
    """A mute in words: "in #signals until 9 Mar 2026 12:00 UTC by ann"."""
    by = f" by {mute.who}" if mute.who else ""
    return f"in {mute.where} until {wording.at(mute.until, zone)}{by}"
