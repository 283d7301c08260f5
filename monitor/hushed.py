"""The mutes of people and of watchlists -> which sources are not told of, where, and until when. Pure.

A source is muted at a destination by a person (`Quiet`), or in a watchlist by its file (`mute`). What it
says is filed all the same, and stands in the digest.
"""

from __future__ import annotations

from collections.abc import Iterable
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


def hushes(quiets: Iterable[Quiet], watchlists: Iterable[Watchlist], now: datetime) -> dict[str, list[Hush]]:
    """The mutes that hold by the id of the source, what lasts longest first."""
    found: dict[str, list[Hush]] = {}
    for one in (*_by_people(quiets, now), *_by_files(watchlists, now)):
        found.setdefault(one.source, []).append(one)
    return {source: sorted(mutes, key=lambda one: one.until, reverse=True) for source, mutes in found.items()}


def _by_people(quiets: Iterable[Quiet], now: datetime) -> Iterable[Hush]:
    for quiet in quiets:
        if quiet.scope is Scope.SOURCE and quiet.holds(now):
            where = place(Destination.parse(quiet.destination))
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


def place(to: Destination) -> str:
    """A destination as readers know it: "#signals", "desk@example.com", "the terminal"."""
    return to.address or ("the terminal" if to.channel == "console" else to.channel)


def said(mute: Hush, zone: str) -> str:
    """A mute in words: "in #signals until 9 Mar 2026 12:00 UTC by ann"."""
    by = f" by {mute.who}" if mute.who else ""
    return f"in {mute.where} until {wording.at(mute.until, zone)}{by}"
