"""When to look at a source again, and how it is doing. Pure; `now` is an argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor import rhythm
from monitor.errors import HostWaits, MonitorError, Refused, Trouble
from monitor.links import without_query
from monitor.manners import MAX_WAIT, NO_MOVE, UNSTATED, BackOff, Hints, Move, Stated
from monitor.model import Entry, Health, Reading, Source, SourceState, Validators
from monitor.rhythm import Rhythm

GONE = 410
# Access that was denied is rarely granted the next time: four times the usual pause.
DENIED = frozenset({401, 403})
DENIED_TIMES = 4
# So many polls, over so many days, have to agree before a source is asked where it moved to.
MOVE_POLLS = 3
MOVE_DAYS = timedelta(days=3)
# Longer than a poll, or a reading of pages, can take: what a killed process had claimed is free after it.
LEASE = timedelta(minutes=15)
# A source is silent when, by its habits, so many items should have come and none did, and some time
# has passed: one chance in e^12 if they came independently, which they do not quite.
SILENT_FROM, SILENT_AT_LEAST = 12.0, timedelta(hours=6)
# A look that is overdue by more says that nobody looked.
UNSEEN = timedelta(hours=12)


def after_success(
    source: Source,
    state: SourceState,
    validators: Validators,
    reading: Reading | None,
    now: datetime,
    stated: Stated = UNSTATED,
    *,
    new: Iterable[Entry] = (),
    pace: float | None = None,
) -> SourceState:
    """The state after an answer was filed. `reading` is None where nothing had changed.

    `new` is what had not been there before, and `pace` the urgency common to all sources.
    """
    new, hints = tuple(new), reading.hints if reading else state.hints
    learnt = _learnt(source, state, new, now)
    dates = dated(reading) if reading else []
    return replace(
        state,
        validators=validators,
        next_poll=settle(_next(source, learnt, pace, now), stated.fresh, hints, now),
        last_poll=now,
        last_ok=now,
        newest=max([*dates, *([state.newest] if state.newest else [])], default=None),
        baseline=True,
        failures=0,
        error="",
        trouble="",
        failing_since=None,
        last_new=now if new and state.baseline else state.last_new,
        rhythm=learnt,
        hints=hints,
        move=follow(state.move, stated.moved, now),
        gone=False,
    )


def _learnt(source: Source, state: SourceState, new: Iterable[Entry], now: datetime) -> Rhythm | None:
    """The source's habits, with what is new. A day without a time teaches when it was seen."""
    moments = [_published(entry, source.zone, now, first=not state.baseline) for entry in new]
    known = [moment for moment in moments if moment is not None]
    return rhythm.learn(state.rhythm, known, source.zone, now) if known else state.rhythm


def relearnt(
    source: Source, state: SourceState, published: Iterable[datetime], now: datetime
) -> Rhythm | None:
    """The source's habits by all that is filed of it, after its past was read.

    What is known already stays where it rests on more, as where days are given without a time.
    """
    timed = [moment for moment in published if moment.astimezone(ZoneInfo(source.zone)).time() != time()]
    learnt = rhythm.replay(timed, source.zone, now)
    return learnt if learnt.count > (state.rhythm.count if state.rhythm else 0.0) else state.rhythm


def _published(entry: Entry, zone: str, now: datetime, *, first: bool) -> datetime | None:
    published = entry.published
    if published is not None and published.astimezone(ZoneInfo(zone)).time() != time():
        return min(published, now)
    return None if first else now


def _next(source: Source, learnt: Rhythm | None, pace: float | None, now: datetime) -> datetime:
    if learnt is None or pace is None or learnt.count < rhythm.ENOUGH:
        return now + source.every
    return rhythm.next_look(learnt, source.every, source.zone, pace, now)


def dated(reading: Reading) -> list[datetime]:
    """When what a document holds was published; of numbers the days that they stand for."""
    published = [e.published for e in reading.entries if e.published]
    return published + [datetime.combine(p.at, time(), UTC) for p in reading.points]


def settle(own: datetime, fresh: timedelta | None, hints: Hints, now: datetime) -> datetime:
    """When to look again: at our `own` time, or later where the answer or the feed asks for it.

    What they ask for counts up to a day from now. Hours and days without news are of UTC
    (https://www.rssboard.org/skip-hours-days).
    """
    latest = now + MAX_WAIT
    then = max(own, min(now + max(fresh or timedelta(0), hints.pause or timedelta(0)), latest))
    while then < latest and (then.hour in hints.hours or then.weekday() in hints.days):
        then = then.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return max(own, min(then, latest))


def after_failure(source: Source, state: SourceState, error: MonitorError, now: datetime) -> SourceState:
    """The state after a failure: ever longer pauses up to a day, or what the server asked for.

    Validators stay as they were, so that nothing that was missed is taken for known; but for a
    server that answers 304 unasked, which is asked for everything. What is gone is asked no more.
    A host that is left alone is no fault of its sources.
    """
    if isinstance(error, HostWaits):
        return _left_alone(source, state, error, now)
    status = getattr(error, "status", 0)
    failures = state.failures + 1
    every = source.every * (DENIED_TIMES if status in DENIED else 1)
    wait = min(every * 2 ** min(failures - 1, 10), MAX_WAIT)
    if error.retry_after:
        wait = max(wait, error.retry_after)
    return replace(
        state,
        validators=Validators() if status == 304 else state.validators,
        next_poll=now + (MAX_WAIT if status == GONE else wait),
        last_poll=now,
        failures=failures,
        error=str(error),
        trouble=error.trouble,
        failing_since=state.failing_since or now,
        # The new address refuses: the one that is written may know better.
        move=NO_MOVE if in_force(state.move) and isinstance(error, Refused) else state.move,
        gone=status == GONE and not in_force(state.move),
    )


def _left_alone(source: Source, state: SourceState, error: HostWaits, now: datetime) -> SourceState:
    state = replace(state, trouble=error.trouble, failing_since=state.failing_since or now)
    if not error.asked:
        return replace(state, next_poll=now + error.wait)
    return replace(state, next_poll=now + max(error.wait, source.every), last_poll=now)


def offline(state: SourceState, now: datetime, wait: timedelta) -> SourceState:
    """The state when nothing at all could be reached: not this source's failure.

    What is wrong with it anyway stays; else it says why nothing came.
    """
    trouble = state.trouble or ("" if state.failures else Trouble.OFFLINE)
    return replace(state, next_poll=now + wait, trouble=trouble)


def health(source: Source, state: SourceState, now: datetime, waits: BackOff | None = None) -> Health:
    """How a source is doing, in a word and a sentence. `waits` is why its host is left alone."""
    if source.disabled:
        return Health(source, state, "disabled", source.disabled)
    if state.paused:
        return Health(source, state, "paused", "paused by hand; resume with: monitor sources resume")
    if state.gone:
        return _stopped(source, state, now)
    if waits:
        return _waiting(source, state, now, waits)
    if state.failures:
        return _failing(source, state, now)
    if state.last_ok is None:
        offline = state.trouble == Trouble.OFFLINE
        return Health(source, state, "new", "not reached: no network" if offline else "not polled yet")
    if state.odd:
        trouble = Trouble(state.odd)
        return Health(source, state, "odd", _ODD[trouble].format(state), trouble.value, trouble)
    moved = f"moved to {without_query(state.move.to)}, and is asked there" if in_force(state.move) else ""
    return _silent(source, state, now) or _unseen(source, state, now) or Health(source, state, "ok", moved)


_ODD = {
    Trouble.EMPTY: "the last document had no entries (usually some {0.usual:.0f})",
    Trouble.DROP: "the last document had far fewer entries than usual (some {0.usual:.0f})",
    Trouble.FLOOD: "far more came at once than ever",
    Trouble.RENUMBERED: "all its identifiers changed at once; the items were known again by their titles",
    Trouble.HELD: "{0.held} alerts were held back after the first of a flood; the digest has them",
}


def _stopped(source: Source, state: SourceState, now: datetime) -> Health:
    remedy = f"give it another address, or try again with: monitor sources resume {source.id}"
    detail = f"{state.error}, and is polled no more; {remedy}"
    lasted = now - (state.failing_since or now)
    return Health(source, state, "stopped", detail, f"gone {ago(lasted)}", Trouble.GONE, lasted)


def _waiting(source: Source, state: SourceState, now: datetime, waits: BackOff) -> Health:
    when = f"until {waits.until:%d %b %H:%M} UTC" if waits.until > now else "until the next look"
    trouble = Trouble(state.trouble) if state.trouble else Trouble.REFUSED
    lasted = now - (state.failing_since or now)
    detail = f"{when}: {waits.reason}"
    return Health(source, state, "waiting", detail, f"waiting {ago(lasted)}", trouble, lasted)


def _failing(source: Source, state: SourceState, now: datetime) -> Health:
    times = "once" if state.failures == 1 else f"{state.failures} times in a row"
    trouble = Trouble(state.trouble) if state.trouble else Trouble.REFUSED
    lasted = now - (state.failing_since or now)
    brief = f"{trouble.value} {ago(lasted)}" if state.failing_since else trouble.value
    return Health(source, state, "failing", f"{state.error} ({times})", brief, trouble, lasted)


def _unseen(source: Source, state: SourceState, now: datetime) -> Health | None:
    """Well when it was last looked at, and that was too long ago: nobody knows."""
    last = state.last_ok or now
    longest = max(MAX_WAIT + LEASE, source.every * rhythm.SLOWEST)
    if now - last <= longest and now - max(last, state.next_poll or last) <= UNSEEN:
        return None
    detail = f"not looked at for {ago(now - last)}: the monitor did not run, or had no network"
    return Health(source, state, "unseen", detail, f"not looked at for {ago(now - last)}", lasted=now - last)


def _silent(source: Source, state: SourceState, now: datetime) -> Health | None:
    """Nothing new for longer than the source's own habits, or `quiet_after`, allow."""
    last = max((m for m in (state.newest, state.last_new) if m), default=None)
    if last is None or now <= last:
        return None
    expected = rhythm.expected(state.rhythm, source.zone, last, now) if state.rhythm else 0.0
    unlike = now - last >= SILENT_AT_LEAST and expected >= SILENT_FROM
    if now - last <= source.quiet_after and not unlike:
        return None
    usual = (
        f"by its habits {expected:.0f} items were due"
        if unlike
        else f"usually at most {ago(source.quiet_after)}"
    )
    detail = f"nothing newer than {ago(now - last)} ({usual})"
    usually = min(SILENT_AT_LEAST, source.quiet_after) if unlike else source.quiet_after
    lasted = now - last - usually
    return Health(source, state, "quiet", detail, f"silent {ago(now - last)}", Trouble.SILENT, lasted)


def ago(span: timedelta) -> str:
    """A span in the largest unit that says enough: 5 min, 9 h, 12 days."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 60 * 72 else f"{minutes // 1440} days"


# ------------------------------------------------------------------ moving


def follow(move: Move, to: str, now: datetime) -> Move:
    """What is known of a move after an answer that a lasting redirect to `to` led to, or none.

    Once the move is in force the new address is what is asked, and says no more of it; a
    redirect from there is a reason to begin anew at the address that is written.
    """
    if in_force(move):
        return NO_MOVE if to else move
    if not to:
        return NO_MOVE
    if to != move.to or move.since is None:
        return Move(to, now, 1)
    polls = move.polls + 1
    agreed = polls >= MOVE_POLLS and now - move.since >= MOVE_DAYS
    return replace(move, polls=polls if agreed else min(polls, MOVE_POLLS - 1))


def in_force(move: Move) -> bool:
    """Whether a source is asked where it moved to."""
    return move.polls >= MOVE_POLLS


def where(source: Source, state: SourceState) -> Source:
    """The source as it is to be asked: at its own address, or where it moved to."""
    return replace(source, url=state.move.to) if in_force(state.move) else source
