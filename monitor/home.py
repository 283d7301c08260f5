"""The Home tab: today's stories, what moved, how the sources are, one's own mutes, and what is proposed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor import digest, gathering, moved, precision, pressing, proposing, wording
from monitor.blockkit import actions, bold, button, context, divider, header, link, moment, section
from monitor.digest import Coverage
from monitor.edition import Edition
from monitor.errors import MonitorError
from monitor.feedback import Person, Quiet
from monitor.outbox import Destination
from monitor.pieces import VIEW_BLOCKS, fitted, line, sections
from monitor.room import Room
from monitor.subscriber import Subscriber
from monitor.talk import Block, Press, View
from monitor.telling import Story

REFRESH, UNMUTE, ACCEPT, DISMISS = "home_refresh", "unmute", "accept", "dismiss"
ACTIONS = frozenset({REFRESH, UNMUTE, ACCEPT, DISMISS})
STORIES, MOVED, ILL, MUTES, OFFERS, WEEKS = 15, 10, 10, 20, 8, 12
MOVED_WITHIN = timedelta(days=7)
LINK = 600


def view(room: Room, who: Person, told: str = "") -> dict[str, Any]:
    """Somebody's Home tab; `told` is what came of what they pressed."""
    blocks = [
        *([section(line(told, 500))] if told else []),
        *_head(room),
        *_stories(room),
        *_moved(room),
        *_sources(room),
        *_mutes(room, who),
        *_offers(room),
        *_precision(room),
    ]
    return {"type": "home", "blocks": fitted(blocks, VIEW_BLOCKS)}


def failed(told: str) -> dict[str, Any]:
    """The Home tab where it could not be drawn."""
    return {"type": "home", "blocks": [section(line(told, 500)), actions("home", button(REFRESH, "Refresh"))]}


def instead(of: View) -> dict[str, Any]:
    """The Home tab with what a window would have said that is not there any more."""
    said = [block for block in of["blocks"] if block["type"] in ("section", "context", "rich_text")]
    head = section("*Your window was closed. It would have said:*")
    return {
        "type": "home",
        "blocks": [*fitted([head, *said], VIEW_BLOCKS - 1), actions("home", button(REFRESH, "Refresh"))],
    }


def pressed(room: Room, press: Press) -> str:
    """Do what a button of the Home tab asks for; what came of it, in a sentence, empty for nothing."""
    if press.action == UNMUTE:
        return pressing.lift(room, press)
    if press.action == REFRESH:
        return ""
    if not room.may_edit(press.who):
        return (
            f"Only editors answer what is proposed. To become one, have {press.who.id} added to "
            "slack.editors in the settings."
        )
    try:
        if press.action == DISMISS:
            proposing.dismiss(room.storage, press.value, press.who, room.now)
            return "Dismissed: it is not proposed again."
        edit = proposing.accept(room.storage, room.editor, press.value, press.who, "in Slack", room.now)
    except MonitorError as error:
        return f"Not changed: {error}"
    if edit is None:
        return "Noted: the watchlist says so already."
    return f"Changed {edit.file}. To take it back: monitor watchlists revert {edit.id}"


def _head(room: Room) -> Iterator[Block]:
    yield actions("home", button(REFRESH, "Refresh"))
    yield context(f"As of {moment(room.now, wording.at(room.now, room.zone))}")


# ------------------------------------------------------------------ what happened


def _stories(room: Room) -> Iterator[Block]:
    yield header("Today's stories")
    day = room.now.astimezone(ZoneInfo(room.zone)).date()
    since = datetime.combine(day, time(), ZoneInfo(room.zone)).astimezone(UTC)
    reader = Subscriber("home", "", "00:00", room.zone)
    edition = Edition(day, room.now, since, room.now, first=True)
    material = gathering.reported(room.storage, room.in_force, since, room.now)
    made = digest.compose(reader, edition, material, room.in_force.watchlists)
    best = sorted(made.stories, key=lambda story: (not story.alerted, -story.score))
    yield from sections(map(_story, best[:STORIES])) if best else iter([section("None so far.")])
    if len(best) > STORIES:
        yield context(f"and {len(best) - STORIES} more in the digest")


def _story(story: Story) -> str:
    names = [story.source_name, *(name for name, _ in story.outlets)]
    outlets = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    stage = f" · {line(story.stage, 80)}" if story.stage else ""
    return f"• {link(story.link, story.title, LINK)}{stage} · {line(outlets, 120)}"


def _moved(room: Room) -> Iterator[Block]:
    found = [
        one
        for ledger in room.in_force.rulebook.ledgers
        for one in moved.lately(ledger, room.storage.ledgers.entries(ledger), room.now, MOVED_WITHIN)
    ]
    lines = [
        f"• {bold(one.title, 150)} ({line(one.ledger, 80)}): {line(said)}"
        for one, said in sorted(found, key=lambda pair: moved.rank(pair[0]))
    ]
    yield header("Moved in 7 days")
    yield from sections(lines[:MOVED] or ["Nothing."])
    if len(lines) > MOVED:
        yield context(f"and {len(lines) - MOVED} more: `/signals deals` and the other ledgers")


def _sources(room: Room) -> Iterator[Block]:
    healths = gathering.healths(room.storage, room.in_force, room.now)
    ill = [one for one in healths if one.ill]
    yield header("Sources")
    lines = [line(Coverage.of(healths).line)]
    lines += [f"• {line(one.source.name, 100)}: {line(one.detail, 200)}" for one in ill[:ILL]]
    yield from sections(lines)


# ------------------------------------------------------------------ what people do


def _mutes(room: Room, who: Person) -> Iterator[Block]:
    own = room.storage.feedback.quiets_by(who, room.now)
    yield header("Your mutes")
    if not own:
        yield section("None.")
    for quiet in own[:MUTES]:
        yield section(_quiet(quiet, room), accessory=button(UNMUTE, "Unmute", value=str(quiet.number)))
    if len(own) > MUTES:
        yield context(f"and {len(own) - MUTES} more: `/signals mute`")


def _quiet(quiet: Quiet, room: Room) -> str:
    until = moment(quiet.until, wording.at(quiet.until, room.zone))
    where = Destination.parse(quiet.destination).address
    return f"{quiet.scope.value} {line(quiet.name, 150)} in {line(where, 100)} until {until}"


def _offers(room: Room) -> Iterator[Block]:
    found = room.storage.feedback.open_proposals()
    if found:
        yield header("Proposed changes")
    for one in found[:OFFERS]:
        yield section(line(one.says, 1000))
        accept = button(ACCEPT, "Accept", value=one.id, style="primary")
        yield actions(f"offer:{one.id}", accept, button(DISMISS, "Dismiss", value=one.id))


def _precision(room: Room) -> Iterator[Block]:
    first = precision.monday(room.now, room.zone)
    said = room.storage.feedback.said(room.now - timedelta(days=8))
    titles = {one.id: one.title for one in room.in_force.watchlists}
    week = [
        f"• {line(titles.get(one.watchlist, one.watchlist), 150)}: {line(precision.opinion(one))}"
        for one in precision.weeks(said, room.zone)
        if one.first == first
    ]
    yield divider()
    yield header("Alerts this week")
    yield from sections(week[:WEEKS] or ["No alert yet."])
