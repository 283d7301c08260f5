"""A source that is not to be told of for a while: everywhere, by a mute of a person at each destination, or
in one watchlist, by an edit of its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor import muting, wording, yamledit
from monitor.deliver import reached
from monitor.errors import MonitorError
from monitor.feedback import Quiet, Scope
from monitor.model import Source
from monitor.outbox import TERMINAL, Destination
from monitor.storage import Storage
from monitor.storage.edits import Edit
from monitor.web.addresses import beginning
from monitor.web.house import House
from monitor.web.visitor import Visitor
from monitor.yamlfile import decode

# Nobody has so far a day in mind, and a forgotten mute is a source that is not heard.
LONGEST = timedelta(days=366)


def until(days: str, day: str, now: datetime, zone: str) -> datetime:
    """The end that was chosen: the beginning of a day, else one of the usual spans. Raises MonitorError."""
    if day:
        end = beginning(day, zone)
    elif days in map(str, muting.DAYS):
        end = now + timedelta(days=int(days))
    else:
        raise MonitorError("say for how long")
    if not now < end <= now + LONGEST:
        raise MonitorError(f"choose a day after today, and before {wording.day(now + LONGEST, zone)}")
    return end


def everywhere(
    house: House, storage: Storage, source: Source, end: datetime, me: Visitor, now: datetime
) -> list[Quiet]:
    """Mute it at every destination that watchlists tell. Raises MonitorError where there is none."""
    places = _destinations(house)
    if not places:
        raise MonitorError("no watchlist tells anybody anything yet")
    with storage.write():
        return [
            storage.feedback.quiet(Quiet(Scope.SOURCE, source.id, source.name, str(to), me.person, now, end))
            for to in places
        ]


def _destinations(house: House) -> list[Destination]:
    on, channel = frozenset(house.engine.channels) - {TERMINAL}, house.settings.slack.channel
    return sorted(reached(house.in_force.watchlists, on, channel), key=str)


def end(storage: Storage, source: Source, me: Visitor, now: datetime) -> None:
    """Take back what people muted of it, wherever."""
    with storage.write():
        for quiet in storage.feedback.quiets(now):
            if quiet.scope is Scope.SOURCE and quiet.value == source.id:
                storage.feedback.end_quiet(quiet.number, me.person, now)


def in_watchlist(
    house: House, storage: Storage, source: Source, name: str, end: datetime, me: Visitor, now: datetime
) -> Edit:
    """Mute it in a watchlist, from the day of `end` on told again. Raises MonitorError where the file cannot
    be changed."""
    if name not in {one.id for one in house.in_force.watchlists}:
        raise MonitorError("there is no such watchlist")
    editor = house.editor(storage)
    copy = editor.copy(name)
    # A watchlist has days, which begin at midnight UTC: nothing is told sooner than was asked for.
    day = (end - timedelta(microseconds=1)).astimezone(UTC).date() + timedelta(days=1)
    why = f"muted by {me.called}"
    body = yamledit.add_mute(decode(copy.file, copy.body or b""), source.id, day, why).encode()
    said = f"mutes {source.name} until {wording.calendar(day)}"
    edit = editor.save(copy.change(body, me.signed, said), now)
    house.engine.reload(storage)
    return edit
