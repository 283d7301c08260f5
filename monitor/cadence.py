"""When to look at a source again, and how it is doing. Pure; `now` is an argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor import rhythm
from monitor.errors import MonitorError, Trouble
from monitor.model import Entry, Health, Reading, Source, SourceState, Validators
from monitor.rhythm import Rhythm

MAX_WAIT = timedelta(days=1)
GONE = 410
# A source is silent when, by its habits, so many items should have come and none did, and some time
# has passed: one chance in e^12 if they came independently, which they do not quite.
SILENT_FROM, SILENT_AT_LEAST = 12.0, timedelta(hours=6)


def after_success(
    source: Source,
    state: SourceState,
    validators: Validators,
    reading: Reading | None,
    now: datetime,
    *,
    new: Iterable[Entry] = (),
    pace: float | None = None,
) -> SourceState:
    """The state after an answer was filed. `reading` is None where nothing had changed.

    `new` is what had not been there before, and `pace` the urgency common to all sources.
    """
    new = tuple(new)
    learnt = _learnt(source, state, new, now)
    dates = dated(reading) if reading else []
    return replace(
        state,
        validators=validators,
        next_poll=_next(source, learnt, pace, now),
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


def after_failure(source: Source, state: SourceState, error: MonitorError, now: datetime) -> SourceState:
    """The state after a failure: ever longer pauses up to a day, or what the server asked for.

    Validators stay as they were, so that nothing that was missed is taken for known.
    """
    failures = state.failures + 1
    wait = min(source.every * 2 ** min(failures - 1, 10), MAX_WAIT)
    if error.retry_after:
        wait = max(wait, error.retry_after)
    if getattr(error, "status", 0) == GONE:
        wait = MAX_WAIT
    return replace(
        state,
        next_poll=now + wait,
        last_poll=now,
        failures=failures,
        error=str(error),
        trouble=error.trouble,
        failing_since=state.failing_since or now,
    )


def offline(state: SourceState, now: datetime, wait: timedelta) -> SourceState:
    """The state when nothing at all could be reached: not this source's failure."""
    return replace(state, next_poll=now + wait)


def health(source: Source, state: SourceState, now: datetime) -> Health:
    """How a source is doing, in a word and a sentence."""
    if source.disabled:
        return Health(source, state, "disabled", source.disabled)
    if state.paused:
        return Health(source, state, "paused", "paused by hand; resume with: monitor sources resume")
    if state.failures:
        return _failing(source, state, now)
    if state.last_ok is None:
        return Health(source, state, "new", "not polled yet")
    if state.odd:
        trouble = Trouble(state.odd)
        return Health(source, state, "odd", _ODD[trouble].format(state), trouble.value, trouble)
    return _silent(source, state, now) or Health(source, state, "ok", "")


_ODD = {
    Trouble.EMPTY: "the last document had no entries (usually some {0.usual:.0f})",
    Trouble.DROP: "the last document had far fewer entries than usual (some {0.usual:.0f})",
    Trouble.FLOOD: "far more came at once than ever",
    Trouble.RENUMBERED: "all its identifiers changed at once; the items were known again by their titles",
    Trouble.HELD: "{0.held} alerts were held back after the first of a flood; the digest has them",
}


def _failing(source: Source, state: SourceState, now: datetime) -> Health:
    times = "once" if state.failures == 1 else f"{state.failures} times in a row"
    trouble = Trouble(state.trouble) if state.trouble else Trouble.REFUSED
    since = f" {ago(now - state.failing_since)}" if state.failing_since else ""
    return Health(source, state, "failing", f"{state.error} ({times})", f"{trouble.value}{since}", trouble)


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
    return Health(source, state, "quiet", detail, f"silent {ago(now - last)}", Trouble.SILENT)


def coverage(healths: list[Health]) -> str:
    """One line: how many sources are in order, and which are not."""
    watched = [h for h in healths if h.status not in ("disabled", "paused")]
    ill = sorted((h for h in watched if h.ill), key=lambda h: h.source.tier)
    fine = sum(h.status == "ok" for h in watched)
    new = sum(h.status == "new" for h in watched)
    line = f"{fine} of {len(watched)} sources healthy" + (f", {new} not looked at yet" if new else "")
    named = [f"{h.source.name} {h.brief or h.status}" for h in ill[:3]]
    more = [f"{len(ill) - 3} more"] if len(ill) > 3 else []
    return line + ("; " + ", ".join(named + more) if ill else "")


def ago(span: timedelta) -> str:
    """A span in the largest unit that says enough: 5 min, 9 h, 12 days."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 60 * 72 else f"{minutes // 1440} days"
