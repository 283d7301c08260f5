"""When to look at a source again, and how it is doing. Pure; `now` is an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from monitor.errors import MonitorError
from monitor.model import Health, Reading, Source, SourceState, Validators

MAX_WAIT = timedelta(days=1)
GONE = 410


def after_success(
    source: Source,
    state: SourceState,
    validators: Validators,
    reading: Reading | None,
    now: datetime,
) -> SourceState:
    """The state after an answer was filed. `reading` is None where nothing had changed."""
    dates = dated(reading) if reading else []
    return replace(
        state,
        validators=validators,
        next_poll=now + source.every,
        last_poll=now,
        last_ok=now,
        newest=max([*dates, *([state.newest] if state.newest else [])], default=None),
        baseline=True,
        failures=0,
        error="",
    )


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
    return replace(state, next_poll=now + wait, last_poll=now, failures=failures, error=str(error))


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
        times = "once" if state.failures == 1 else f"{state.failures} times in a row"
        return Health(source, state, "failing", f"{state.error} ({times})")
    if state.last_ok is None:
        return Health(source, state, "new", "not polled yet")
    last = state.newest
    if last and now - last > source.quiet_after:
        usual = f"usually at most {ago(source.quiet_after)}"
        return Health(source, state, "quiet", f"nothing newer than {ago(now - last)} ({usual})")
    return Health(source, state, "ok", "")


def coverage(healths: list[Health]) -> str:
    """One line: how many sources are in order, and which are not."""
    watched = [h for h in healths if h.status not in ("disabled", "paused")]
    fine = sum(h.status == "ok" for h in watched)
    new = sum(h.status == "new" for h in watched)
    line = f"{fine} of {len(watched)} sources healthy" + (f", {new} not looked at yet" if new else "")
    ill = sorted((h for h in watched if h.status in ("failing", "quiet")), key=lambda h: h.source.tier)
    named = [f"{h.source.name} {h.status}" for h in ill[:3]]
    more = [f"{len(ill) - 3} more"] if len(ill) > 3 else []
    return line + ("; " + ", ".join(named + more) if ill else "")


def ago(span: timedelta) -> str:
    """A span in the largest unit that says enough: 5 min, 9 h, 12 days."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 60 * 72 else f"{minutes // 1440} days"
