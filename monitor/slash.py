"""`/signals ...`: what is asked in words in Slack, and the answer for the one who asked.

Everything shown is somebody else's text until `blockkit` made it harmless, what was typed too.
"""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import explain, gathering, moved, precision, sheet, wording
from monitor.backtest import Result, alerts
from monitor.blockkit import BLOCKS, bold, context, link, moment, section
from monitor.digest import Coverage
from monitor.errors import MonitorError
from monitor.explain import Explanation
from monitor.feedback import Quiet, Scope
from monitor.inquiry import Inquiry
from monitor.ledger import Ledger
from monitor.model import Item
from monitor.outbox import Destination
from monitor.pieces import fitted, line, sections
from monitor.precision import Week
from monitor.room import Room
from monitor.rule import Watchlist
from monitor.talk import Block, Command
from monitor.text import fold
from monitor.trial import DAYS, trial

FOUND, FIRED, MOVED, ILL, TOLD = 10, 5, 10, 5, 6
LINK = 600
MOVED_WITHIN = timedelta(days=14)
WEEKS = 4
LONGEST = timedelta(days=90)
_SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_USAGE = (
    ("status", "sources, deliveries, what is held and muted"),
    ("deals", "what moved in a ledger lately; also: plants, controls, commitments"),
    ("search WORDS", "stored items, in any language"),
    ("backtest WATCHLIST [WORDS]", "what it would have told in 30 days; of that, what has these words"),
    ("why URL", "what each watchlist made of an item, or of a headline"),
    ("mute", "what is muted here; mute source ID 7d, mute watchlist ID 1d, mute end NUMBER"),
    ("watchlists", "each with its alerts a week and how many were useful"),
    ("watch [NAME]", "change a watchlist, with a preview, or make one"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: `text` for notifications, `blocks` to be seen."""

    text: str
    blocks: tuple[Block, ...] = ()


def answer(room: Room, command: Command) -> Answer:
    """The answer to a command; what is not understood gets the nearest that is."""
    word, _, rest = typed(command.text).partition(" ")
    asked = _ASKED.get(word.lower())
    try:
        if asked is not None:
            return asked(room, command, rest.strip())
        ledger = room.in_force.rulebook.ledger(word.lower())
        return _ledger(room, ledger) if ledger else _help(room, word)
    except MonitorError as error:
        return _answer("That did not work", [line(str(error), 500)])


def tries(command: Command) -> bool:
    """Whether the answer goes over all that is stored."""
    return typed(command.text).partition(" ")[0].lower() == "backtest"


def typed(text: str) -> str:
    """A command as it was typed: Slack escapes three signs, and may put an address in angle brackets."""
    plain = re.sub(r"<(https?://[^|>]*)(?:\|[^>]*)?>", r"\1", text)
    return " ".join(html.unescape(plain).split())


def _answer(title: str, lines: Iterable[str], *below: str) -> Answer:
    blocks = [section(bold(title, 300)), *sections(lines), *([context(*below)] if any(below) else [])]
    return Answer(line(title), tuple(fitted(blocks, BLOCKS)))


def _help(room: Room, word: str) -> Answer:
    known = [usage.partition(" ")[0] for usage, _ in _USAGE] + [
        one.id for one in room.in_force.rulebook.ledgers
    ]
    near = difflib.get_close_matches(word.lower(), known, 1) if word else []
    title = "What /signals answers"
    if word and word.lower() != "help":
        title = f"There is no /signals {word[:40]}" + (f": did you mean /signals {near[0]}?" if near else "")
    return _answer(title, (f"`/signals {usage}` {line(what)}" for usage, what in _USAGE))


# ------------------------------------------------------------------ how it is


def _status(room: Room, _command: Command, _asked: str) -> Answer:
    healths = gathering.healths(room.storage, room.in_force, room.now)
    ill = sorted((one for one in healths if one.ill), key=lambda one: (one.source.tier, one.source.id))
    named = [
        f"• {line(one.source.name, 100)}: {line(f'{one.status}, {one.detail}', 200)}" for one in ill[:ILL]
    ]
    more = [f"• and {len(ill) - ILL} more"] if len(ill) > ILL else []
    lines = [line(Coverage.of(healths).line), *named, *more, _last(room), _outbox(room), *_muted(room)]
    problems = len(room.in_force.problems)
    if problems:
        lines.append(f":warning: {problems} problems in the files: `monitor watchlists check` names them")
    return _answer("Status", lines)


def _last(room: Room) -> str:
    last = next(iter(room.storage.alerts.latest(1)), None)
    if last is None:
        return "No alert yet."
    return f"Last alert {_when(last.created, room)}: {link(last.link, last.title, LINK)}"


def _outbox(room: Room) -> str:
    counts = room.storage.deliveries.counts()
    waiting = sum(counts.get(state, 0) for state in ("pending", "sending", "failed"))
    dead = counts.get("dead", 0)
    remedy = ": `monitor deliveries --dead` says why" if dead else ""
    return f"Deliveries: {waiting} waiting, {counts.get('held', 0)} held, {dead} given up{remedy}."


def _muted(room: Room) -> Iterator[str]:
    found = room.storage.feedback.quiets(room.now)
    yield f"{len(found)} muted" + (": `/signals mute` lists them" if found else ".")
    yield from (f"• {_quiet(one, room)}" for one in found[:ILL])


def _when(at: datetime, room: Room) -> str:
    return moment(at, wording.at(at, room.zone))


# ------------------------------------------------------------------ ledgers


def _ledger(room: Room, ledger: Ledger) -> Answer:
    entries = room.storage.ledgers.entries(ledger)
    found = moved.lately(ledger, entries, room.now, MOVED_WITHIN)
    open_ = sum(row.open for row in sheet.rows(ledger, entries, room.now))
    lines = [
        f"• {link(one.link, one.title, LINK)}: {line(said)} ({_when(one.at, room)})"
        for one, said in found[:MOVED]
    ]
    more = f"and {len(found) - MOVED} more; " if len(found) > MOVED else ""
    nothing = f"Nothing moved in the last {MOVED_WITHIN.days} days."
    return _answer(ledger.title, lines or [nothing], f"{more}{open_} of {len(entries)} rows are open")


# ------------------------------------------------------------------ items


def _search(room: Room, _command: Command, words: str) -> Answer:
    if not words:
        return _answer("Search for what?", ["`/signals search rare earth magnets` or `/signals search 稀土`"])
    found = room.storage.items.search(words, FOUND)
    if not found:
        return _answer(f"Nothing stored has all of: {words[:100]}", [])
    return _answer(f"Newest with: {words[:100]}", (_found(room, item) for item in found))


def _found(room: Room, item: Item) -> str:
    scores = room.storage.signals.scores(item.id)
    scored = ", ".join(f"{name} {score}" for name, score in list(scores.items())[:4])
    rest = line(f"{room.in_force.name_of(item.source)}{f', scored by {scored}' if scored else ''}", 300)
    return f"• {link(item.link, item.title, LINK)} · {_when(item.when, room)} · {rest}"


def _why(room: Room, _command: Command, asked: str) -> Answer:
    if not asked:
        return _answer("Why what?", ["`/signals why https://…`, the number of an item, or a headline"])
    inquiry = Inquiry(room.storage, room.in_force, room.now, room.zone)
    address, _, rest = asked.partition(" ")
    item = inquiry.find(address)
    if item is not None:
        head = f"{link(item.link, item.title, LINK)} · {_when(item.when, room)}"
        return _explained("Why", head, inquiry.of_item(item))
    if re.match(r"https?://", address):
        if not rest:
            hint = "Put its headline behind it, and that is judged: `/signals why https://… HEADLINE`"
            return _answer("No stored item has that address", [hint])
        return _explained("By its headline alone", line(rest), inquiry.of_text(rest))
    return _explained("By its headline alone", line(asked), inquiry.of_text(asked))


def _explained(title: str, head: str, made: Sequence[Explanation]) -> Answer:
    best = sorted(made, key=lambda one: -one.verdict.score)
    said = (text for one in best[:TOLD] for text in _explanation(one))
    more = f"and {len(best) - TOLD} watchlists that score it no higher" if len(best) > TOLD else ""
    return _answer(title, [head, *said], more)


def _explanation(one: Explanation) -> Iterator[str]:
    """The whole score where there is one; else what one change would have made of it."""
    yield bold(one.watchlist.title, 150)
    lines = explain.short(one) if one.verdict.score else (one.outcome, one.change)
    yield from (line(text.strip()) for text in lines if text)


# ------------------------------------------------------------------ watchlists


def _watchlist(room: Room, name: str) -> Watchlist:
    known = {one.id: one for one in room.in_force.watchlists}
    if name.lower() in known:
        return known[name.lower()]
    near = difflib.get_close_matches(name.lower(), known, 1)
    hint = f"did you mean {near[0]}?" if near else "/signals watchlists has them"
    raise MonitorError(f"no watchlist is called '{name[:60]}': {hint}")


def _backtest(room: Room, _command: Command, asked: str) -> Answer:
    name, _, words = asked.partition(" ")
    watchlist = _watchlist(room, name)
    tried = trial(
        room.storage, room.in_force.sources, [watchlist], room.now,
        limit=100_000 if words else FIRED, zone=room.zone,
    )  # fmt: skip
    result, weeks = tried.results[watchlist.id], tried.weeks or 1.0
    told = result.levels["alert"]
    days = max(1, min(DAYS, round(7 * weeks)))  # the store may be younger
    pace = f"{alerts(told)} in {days} {'day' if days == 1 else 'days'}, {told / weeks:.1f} a week"
    pace += f", {result.levels['digest']} in the digest only"
    fired = [one for one in result.fired if _holds(one.title, words)]
    if words:
        pace += f"; {len(fired)} of the alerts have “{line(words, 100)}” in the title"
    lines = [
        f"• {one.score}  {link(one.link, one.title, LINK)}{f' · {_when(one.when, room)}' if one.when else ''}"
        for one in fired[:FIRED]
    ]
    return _answer(watchlist.title, [pace, *lines], f"{tried.items:,} stored items{_aside(result)}")


def _aside(result: Result) -> str:
    copies = result.levels["copy"]
    return f", {copies} of them copies of stories told" if copies else ""


def _holds(title: str, words: str) -> bool:
    return fold(words).text in fold(title).text


def _watchlists(room: Room, _command: Command, _asked: str) -> Answer:
    said = precision.weeks(room.storage.feedback.said(room.now - timedelta(weeks=WEEKS)), room.zone)
    lines = []
    for one in room.in_force.watchlists:
        weeks = [week for week in said if week.watchlist == one.id]
        told = sum(week.told for week in weeks)
        name = f"{bold(one.title, 150)} ({line(one.id, 100)})"
        lines.append(f"• {name}: {told / WEEKS:.1f} alerts a week{_useful(weeks)}")
    return _answer("Watchlists", lines, "To change one: `/signals watch NAME`")


def _useful(weeks: Sequence[Week]) -> str:
    useful, noise = (sum(getattr(week, name) for week in weeks) for name in ("useful", "noise"))
    marked = useful + noise
    return f", {useful} of {marked} marked were useful ({round(100 * useful / marked)} %)" if marked else ""


# ------------------------------------------------------------------ mutes


def _mute(room: Room, command: Command, asked: str) -> Answer:
    words = asked.split()
    if not words:
        lines = [f"• {_quiet(one, room)}" for one in _within_reach(room, command)]
        return _answer("Muted", lines or ["Nothing is."], "To end one: `/signals mute end NUMBER`")
    if len(words) == 2 and words[0].lower() == "end":
        return _unmute(room, command, words[1])
    if len(words) != 3 or words[0].lower() not in ("source", "watchlist"):
        raise MonitorError("write mute source ID 7d, mute watchlist ID 1d, or mute end NUMBER")
    scope, value, name = _muted_what(room, words[0].lower(), words[1])
    quiet = Quiet(scope, value, name, _here(room, command), command.who, room.now, room.now + _span(words[2]))
    with room.storage.write():
        filed = room.storage.feedback.quiet(quiet)
    return _answer("Muted", [_quiet(filed, room)], f"To end it: `/signals mute end {filed.number}`")


def _muted_what(room: Room, scope: str, value: str) -> tuple[Scope, str, str]:
    if scope == "watchlist":
        watchlist = _watchlist(room, value)
        return Scope.WATCHLIST, watchlist.id, watchlist.title
    source = room.in_force.sources.get(value)
    if source is None:
        near = difflib.get_close_matches(value, room.in_force.sources, 1)
        raise MonitorError(
            f"no source is called '{value[:60]}'" + (f": did you mean {near[0]}?" if near else "")
        )
    return Scope.SOURCE, source.id, source.name


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})([hdw])", text.lower(), re.ASCII)
    if not found or not timedelta(0) < int(found[1]) * _SPANS[found[2]] <= LONGEST:
        raise MonitorError(f"'{text[:20]}' is no time to mute for: write 12h, 7d or 2w, up to 90d")
    return int(found[1]) * _SPANS[found[2]]


def _here(room: Room, command: Command) -> str:
    """The destination that this channel is, by what was sent to it."""
    here = room.storage.deliveries.destination_at(command.channel)
    if here is None:
        raise MonitorError("no alert was sent to this channel yet: type it where the alerts are")
    return str(here)


def _within_reach(room: Room, command: Command) -> list[Quiet]:
    """The mutes of this channel, and one's own wherever they hold."""
    here = room.storage.deliveries.destination_at(command.channel)
    return [
        one
        for one in room.storage.feedback.quiets(room.now)
        if one.destination == str(here) or one.who.id == command.who.id
    ]


def _unmute(room: Room, command: Command, number: str) -> Answer:
    ended = None
    if number in {str(one.number) for one in _within_reach(room, command)}:
        with room.storage.write():
            ended = room.storage.feedback.end_quiet(int(number), command.who, room.now)
    if ended is None:
        raise MonitorError(f"no mute in force here is number {number[:20]}: /signals mute lists them")
    return _answer("No longer muted", [line(ended.name)])


def _quiet(quiet: Quiet, room: Room) -> str:
    where = Destination.parse(quiet.destination).address
    what = f"{quiet.number}: {quiet.scope.value} {line(quiet.name, 150)} in {line(where, 100)}"
    return f"{what}, until {_when(quiet.until, room)}, by {line(quiet.who.name, 80)}"


_ASKED: dict[str, Callable[[Room, Command, str], Answer]] = {
    "status": _status,
    "search": _search,
    "backtest": _backtest,
    "why": _why,
    "mute": _mute,
    "watchlists": _watchlists,
}
