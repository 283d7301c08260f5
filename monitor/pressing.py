"""A button pressed under a message -> what it changes in our records, and what the presser is told.

Which message is meant is looked up by where it stands. Of what the press carries only the choice is
read, and held against our own records: what is forged, stale or unknown changes nothing. Whatever is
said twice, by two people or to two processes, is said once, and the second is told who was first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from monitor import muting, opinions, proposing, working
from monitor.errors import Conflict, Invalid, MonitorError
from monitor.feedback import Fate, Mark, Opinion, Quiet
from monitor.model import Alert
from monitor.outbox import Notice
from monitor.room import Room
from monitor.storage.feedback import Shown
from monitor.talk import Press
from monitor.wording import at

UNKNOWN = "This message is not in our records (yet): if it is new, press again in a minute."
STRANGE = "This button is of another release of Signal Monitor: nothing was changed."
Answer = Callable[[Room, Press, Shown], str]


def press(room: Room, press: Press) -> str:
    """Do what a press asks for, in one short transaction, and answer what the presser is told.

    The answer is plain text of at most `working.LIMIT` characters, with nothing escaped: who shows it
    has to. Raises sqlite3.Error where the database cannot be written for long.
    """
    shown = room.storage.feedback.shown_at(f"{press.channel}:{press.message}") if press.message else None
    if shown is None:
        return UNKNOWN
    known = _OF_ALERTS if isinstance(shown.message, Alert) else _OF_OFFERS
    return known.get(press.action, _strange)(room, press, shown)


def lift(room: Room, press: Press) -> str:
    """Take back a mute where no message shows it, as in a list of one's own: only by who made it."""
    quiet = _numbered(room, press.value)
    if quiet is None or quiet.who.id != press.who.id:
        return STRANGE
    with room.storage.write():
        return _lifted(room, press, quiet)


def _strange(_room: Room, _press: Press, _shown: Shown) -> str:
    return STRANGE


# ------------------------------------------------------------------ useful, noise, undo


def _useful(room: Room, press: Press, shown: Shown) -> str:
    return _mark(room, press, shown, Opinion.USEFUL)


def _noise(room: Room, press: Press, shown: Shown) -> str:
    return _mark(room, press, shown, Opinion.NOISE)


def _mark(room: Room, press: Press, shown: Shown, opinion: Opinion) -> str:
    given = opinions.give(room.storage, Mark(shown.message.id, opinion, press.who, room.now), room.now)
    if given.first:
        return f"Noted as {opinion.value}. Undo takes it back."
    standing = given.mark
    who = "You" if standing.who.id == press.who.id else standing.who.name
    change = "" if standing.opinion is opinion else "; to say otherwise, undo that first"
    return f"{who} marked this as {standing.opinion.value} already, {at(standing.at, room.zone)}{change}."


def _undo(room: Room, press: Press, shown: Shown) -> str:
    alert = shown.message.id
    if mark := opinions.take_back(room.storage, alert, press.who, room.now):
        whose = "your" if mark.who.id == press.who.id else f"{mark.who.name}'s"
        return f"Taken back: {whose} mark as {mark.opinion.value}. It can be marked anew."
    last = room.storage.feedback.last_mark(alert)
    if last is None or last.undone is None:
        return "Nobody has marked this: there is nothing to take back."
    return f"{last.undone_by} took the mark back already, {at(last.undone, room.zone)}."


# ------------------------------------------------------------------ mute, unmute


def _mute(room: Room, press: Press, shown: Shown) -> str:
    assert isinstance(shown.message, Alert)
    entities = room.in_force.rulebook.entities
    own = muting.chosen(press.chosen, shown.message, shown.destination, entities, press.who, room.now)
    if own is None:
        return STRANGE
    with room.storage.write():
        standing = room.storage.feedback.quiet(own)
        new = replace(standing, number=0) == own
        if new:
            room.storage.feedback.touch(room.now, delivery=shown.delivery)
    where, until = shown.destination.address, at(standing.until, room.zone)
    if new:
        filed = "It is filed all the same, for the digest and the ledgers"
        return f"Muted in {where} until {until}: {muting.what(standing)}. {filed}; Unmute takes it back."
    who = "You" if standing.who.id == press.who.id else standing.who.name
    when = at(standing.at, room.zone)
    return f"{who} muted {muting.what(standing)} in {where} already, {when}, until {until}."


def _unmute(room: Room, press: Press, shown: Shown) -> str:
    assert isinstance(shown.message, Alert)
    quiet = _numbered(room, press.value)
    theirs = quiet is not None and quiet.destination == str(shown.destination)
    if quiet is None or not theirs or not muting.speaks_of(quiet, shown.message):
        return STRANGE
    with room.storage.write():
        room.storage.feedback.touch(room.now, delivery=shown.delivery)
        return _lifted(room, press, quiet)


def _numbered(room: Room, value: str) -> Quiet | None:
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0
    return room.storage.feedback.quiet_of(number)


def _lifted(room: Room, press: Press, quiet: Quiet) -> str:
    """To be called inside a transaction."""
    if room.storage.feedback.end_quiet(quiet.number, press.who, room.now):
        return f"Told again from now on: {muting.what(quiet)}."
    last = room.storage.feedback.quiet_of(quiet.number) or quiet
    if last.ended is None or not last.ended_by:
        return f"That mute was over on {at(quiet.until, room.zone)}."
    return f"{last.ended_by} took that mute back already, {at(last.ended, room.zone)}."


def _why(room: Room, press: Press, shown: Shown) -> str:  # noqa: ARG001 - one of several alike
    assert isinstance(shown.message, Alert)
    return working.text(room, shown.message)


# ------------------------------------------------------------------ accept, dismiss


def _accept(room: Room, press: Press, shown: Shown) -> str:
    if not room.may_edit(press.who):
        return _refusal(press)
    try:
        number = _offer(shown)
        edit = proposing.accept(room.storage, room.editor, number, press.who, "in Slack", room.now)
    except Invalid as error:
        return f"Not changed: with it the file would have a mistake: {error.problems[0]}."
    except Conflict as error:
        return f"Not changed: {error}. Press again to make the change from how it is now."
    except MonitorError as error:
        return f"Not changed: {error}."
    if edit is None:
        return "Noted: the watchlist says so already."
    return f"Changed {edit.file}. To take it back: monitor watchlists revert {edit.id}"


def _dismiss(room: Room, press: Press, shown: Shown) -> str:
    """For editors only, as accepting is: what is dismissed is never proposed again."""
    if not room.may_edit(press.who):
        return _refusal(press)
    try:
        proposing.dismiss(room.storage, _offer(shown), press.who, room.now)
    except MonitorError as error:
        return f"Not changed: {error}."
    return f"{Fate.DISMISSED.value.capitalize()}: it is not proposed again."


def _refusal(press: Press) -> str:
    return (
        f'Only editors may change watchlists. To become one, have "{press.who.id}" added to '
        "slack.editors in the settings."
    )


def _offer(shown: Shown) -> str:
    assert isinstance(shown.message, Notice)
    return shown.message.offer


_OF_ALERTS: Mapping[str, Answer] = {
    "useful": _useful,
    "noise": _noise,
    "undo": _undo,
    "mute": _mute,
    "unmute": _unmute,
    "why": _why,
}
_OF_OFFERS: Mapping[str, Answer] = {"accept": _accept, "dismiss": _dismiss}
