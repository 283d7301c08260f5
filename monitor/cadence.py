"""When to look at a source again, and how it is doing. Pure; `now` is an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import HostWaits, MonitorError, Refused
from monitor.links import without_query
from monitor.manners import MAX_WAIT, NO_MOVE, UNSTATED, BackOff, Hints, Move, Stated
from monitor.model import Health, Reading, Source, SourceState, Validators

GONE = 410
ILL = ("failing", "stopped", "waiting", "quiet")
# Access that was denied is rarely granted the next time: four times the usual pause.
DENIED = frozenset({401, 403})
DENIED_TIMES = 4
# So many polls, over so many days, have to agree before a source is asked where it moved to.
MOVE_POLLS = 3
MOVE_DAYS = timedelta(days=3)


def after_success(
    source: Source,
    state: SourceState,
    validators: Validators,
    reading: Reading | None,
    now: datetime,
    stated: Stated = UNSTATED,
) -> SourceState:
    """The state after an answer was filed. `reading` is None where nothing had changed."""
    hints = reading.hints if reading else state.hints
    dates = [e.published for e in reading.entries if e.published] if reading else []
    return replace(
        state,
        validators=validators,
        next_poll=settle(now + source.every, stated.fresh, hints, now),
        last_poll=now,
        last_ok=now,
        newest=max([*dates, *([state.newest] if state.newest else [])], default=None),
        baseline=True,
        failures=0,
        error="",
        hints=hints,
        move=follow(state.move, stated.moved, now),
        gone=False,
    )


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
        # The new address refuses: the one that is written may know better.
        move=NO_MOVE if in_force(state.move) and isinstance(error, Refused) else state.move,
        gone=status == GONE and not in_force(state.move),
    )


def _left_alone(source: Source, state: SourceState, error: HostWaits, now: datetime) -> SourceState:
    if not error.asked:
        return replace(state, next_poll=now + error.wait)
    return replace(state, next_poll=now + max(error.wait, source.every), last_poll=now)


def offline(state: SourceState, now: datetime, wait: timedelta) -> SourceState:
    """The state when nothing at all could be reached: not this source's failure."""
    return replace(state, next_poll=now + wait)


def health(source: Source, state: SourceState, now: datetime, waits: BackOff | None = None) -> Health:
    """How a source is doing, in a word and a sentence. `waits` is why its host is left alone."""
    if source.disabled:
        return Health(source, state, "disabled", source.disabled)
    if state.paused:
        return Health(source, state, "paused", "paused by hand; resume with: monitor sources resume")
    if state.gone:
        remedy = f"give it another address, or try again with: monitor sources resume {source.id}"
        return Health(source, state, "stopped", f"{state.error}, and is polled no more; {remedy}")
    if waits and waits.until > now:
        return Health(source, state, "waiting", f"until {waits.until:%d %b %H:%M} UTC: {waits.reason}")
    if state.failures:
        times = "once" if state.failures == 1 else f"{state.failures} times in a row"
        return Health(source, state, "failing", f"{state.error} ({times})")
    if state.last_ok is None:
        return Health(source, state, "new", "not polled yet")
    last = state.newest
    if last and now - last > source.quiet_after:
        usual = f"usually at most {ago(source.quiet_after)}"
        return Health(source, state, "quiet", f"nothing newer than {ago(now - last)} ({usual})")
    moved = f"moved to {without_query(state.move.to)}, and is asked there" if in_force(state.move) else ""
    return Health(source, state, "ok", moved)


def coverage(healths: list[Health]) -> str:
    """One line: how many sources are in order, and which are not."""
    watched = [h for h in healths if h.status not in ("disabled", "paused")]
    fine = sum(h.status == "ok" for h in watched)
    new = sum(h.status == "new" for h in watched)
    line = f"{fine} of {len(watched)} sources healthy" + (f", {new} not looked at yet" if new else "")
    ill = sorted((h for h in watched if h.status in ILL), key=lambda h: h.source.tier)
    named = [f"{h.source.name} {h.status}" for h in ill[:3]]
    more = [f"{len(ill) - 3} more"] if len(ill) > 3 else []
    return line + ("; " + ", ".join(named + more) if ill else "")


def ago(span: timedelta) -> str:
    """A span in the largest unit that says enough: 5 min, 9 h, 12 days."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 60 * 72 else f"{minutes // 1440} days"
