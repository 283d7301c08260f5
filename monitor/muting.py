"""A menu's choice -> a mute; the mutes that hold and an alert -> whether it is told. Pure.

A mute holds at one destination. What it keeps from being told is filed all the same: it stands in the
digest and the ledgers. A story that is snoozed stays silent to the end, whatever happens in it, a
reversal too: who asks for quiet until Friday has Friday in mind, and the digest has what came meanwhile.
Since nothing of it counts as told, what comes first after the end says what has moved since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from monitor import wording
from monitor.feedback import Person, Quiet, Scope
from monitor.model import Alert
from monitor.outbox import Destination
from monitor.rule import Entity
from monitor.text import shorten

# For how many days the menu of a message offers to be quiet.
DAYS = (1, 7, 30)
_TITLE = 60


def chosen(
    choice: str,
    alert: Alert,
    to: Destination,
    entities: Mapping[str, Entity],
    who: Person,
    now: datetime,
) -> Quiet | None:
    """The mute that an entry of the menu stands for: `entity:0:7`, `source:1`, `watchlist:30`, `story:7`.

    The last number counts days; that of an entity is its place among those of the alert. None for
    anything else: an entry of another release, or a forged one.
    """
    scope, *numbers = choice.split(":")
    days = next((days for days in DAYS if numbers[-1:] == [str(days)]), None)
    found = _values(alert, entities).get(":".join((scope, *numbers[:-1])))
    if days is None or found is None:
        return None
    return Quiet(Scope(scope), *found, str(to), who, now, now + timedelta(days=days))


def _values(alert: Alert, entities: Mapping[str, Entity]) -> dict[str, tuple[str, str]]:
    """What can be muted from an alert: value and name of each, by how the menu begins."""
    named = {
        f"{Scope.ENTITY}:{number}": (name, entities[name].name if name in entities else name)
        for number, name in enumerate(alert.entities)
    }
    return named | {
        Scope.SOURCE: (alert.source, alert.source_name),
        Scope.WATCHLIST: (alert.watchlist, alert.watchlist_title),
        Scope.STORY: (alert.thread, shorten(alert.title, _TITLE)),
    }


def speaks_of(quiet: Quiet, alert: Alert) -> bool:
    """Is the alert about what the mute names, wherever it goes?"""
    about: Mapping[Scope, Collection[str]] = {
        Scope.ENTITY: alert.entities,
        Scope.SOURCE: (alert.source,),
        Scope.WATCHLIST: (alert.watchlist,),
        Scope.STORY: (alert.thread, alert.story),
    }
    return bool(quiet.value) and quiet.value in about[quiet.scope]


def over(quiets: Iterable[Quiet], alert: Alert, to: Destination, now: datetime) -> tuple[Quiet, ...]:
    """The mutes that keep an alert from being told at a destination, the one that lasts longest first."""
    holding = (q for q in quiets if q.destination == str(to) and q.holds(now) and speaks_of(q, alert))
    return tuple(sorted(holding, key=lambda q: (q.until, q.number), reverse=True))


def silence(quiet: Quiet, zone: str = "UTC") -> str:
    """Why an alert is not told: "is muted in #signals until 9 Mar 2026 12:00 UTC by alice (the source
    EXIM newsroom)"."""
    where = Destination.parse(quiet.destination)
    until = wording.at(quiet.until, zone)
    return f"is muted in {where.address or where.channel} until {until} by {quiet.who.name} ({what(quiet)})"


def what(quiet: Quiet) -> str:
    """What is muted, in words: "the source EXIM newsroom"."""
    if quiet.scope is Scope.ENTITY:
        return quiet.name
    return f'the {quiet.scope.value} "{quiet.name}"'
