"""`monitor backfill`: the past of sources, filed for back-tests and never told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from monitor.app import App
from monitor.backfill import RECENT, Place, goes_on, has_past
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import MonitorError
from monitor.model import Source
from monitor.storage.backfills import FiledBackfill
from monitor.wording import many

DAY = timedelta(days=1)
MAX_NAMED = 8


@dataclass(frozen=True, slots=True)
class Past:
    """A source that has a past, and what was read of it, the last time first."""

    source: str
    kind: str
    backfills: tuple[FiledBackfill, ...]


@click.command()
@click.argument("source", nargs=-1)
@click.option("--days", type=click.IntRange(1, 36_500), help="How far back, in days.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="How far back, as a date.")
@output.json_option
@pass_session
def backfill(
    session: Session, source: tuple[str, ...], days: int | None, since: datetime | None, *, as_json: bool
) -> None:
    """Read the past of SOURCE, so that back-tests have history.

    What is found is filed and scored, and never told. A run that was stopped goes on where it was
    when the same command is given again. Without SOURCE: which sources have a past, and what was
    read of it. Each is polled first; alerts on what is new go out as ever, with 'monitor run'.

    \b
    Example:
      monitor backfill fr-exim whitehouse-actions --days 90
      monitor backfill fr-bis --since 2025-10-01
      monitor backfill
    """
    if bool(source) != (days is not None or since is not None):
        raise click.UsageError("say of which sources, and how far back: SOURCE --days N, or --since DATE")
    if days is not None and since is not None:
        raise click.UsageError("--days and --since exclude each other")
    with session.app(aside=as_json) as app:
        if not source:
            _list(app, as_json=as_json)
            return
        start = _start(app, days, since)
        chosen = [_chosen(app, name) for name in dict.fromkeys(source)]
        done = [_backfill(app, one, start, as_json=as_json) for one in chosen]
        sys.exit(0 if all(done) else output.FAILURE)


def _start(app: App, days: int | None, since: datetime | None) -> datetime:
    now = app.clock()
    if days is not None:
        return now - days * DAY
    assert since
    start = datetime.combine(since.date(), time(), ZoneInfo(app.zone)).astimezone(UTC)
    if start >= now - RECENT:
        raise click.UsageError("--since lies in the future")
    return start


def _chosen(app: App, name: str) -> Source:
    source = app.in_force.sources.get(name)
    if source is None:
        raise MonitorError(f"no source is called '{name}': see monitor sources list")
    if source.disabled:
        raise MonitorError(f"{source.id} is disabled: {source.disabled}")
    if not has_past(source, app.clock()):
        named = [one.id for one in _with_past(app)]
        more = ", ..." if len(named) > MAX_NAMED else ""
        have = f"those that have: {', '.join(named[:MAX_NAMED])}{more} (monitor backfill lists all)"
        raise MonitorError(
            f"{source.id} has no past that can be asked for; {have if named else 'no source has'}"
        )
    return source


def _with_past(app: App) -> list[Source]:
    return [source for source in app.in_force.enabled() if has_past(source, app.clock())]


# ------------------------------------------------------------------ one source


def _backfill(app: App, source: Source, since: datetime, *, as_json: bool) -> bool:
    """Read one source's past and say what came of it. False where it failed; the others go on."""
    last = app.storage.backfills.latest(source.id)
    if last and last.part and goes_on(last, source, since):
        click.echo(f"{source.id}: goes on at part {last.part + 1}", err=True)
    try:
        found = _with_bar(app, source, since)
    except MonitorError as error:
        click.secho(f"error: {source.id}: {error}", fg="red", err=True)
        click.echo(f"{_place(app, source)}: the same command goes on from there.", err=True)
        return False
    except KeyboardInterrupt:
        click.echo(f"Stopped. {_place(app, source)}: the same command goes on from there.", err=True)
        sys.exit(output.FAILURE)
    if as_json:
        output.print_json(found)
    else:
        for line in _lines(found, app.zone):
            echo(line)
    return True


def _with_bar(app: App, source: Source, since: datetime) -> FiledBackfill:
    """The bar is in days of the past."""
    with output.progress(source.id, None) as bar:

        def told(place: Place) -> None:
            run, wait = place.run, place.wait
            days, reached = (run.until - run.since) // DAY, (run.until - (place.reached or run.until)) // DAY
            pause = f", waiting {wait.total_seconds():.0f} s as it asks" if wait else ""
            label = f"{source.id}: part {run.part + 1}, {run.filed:,} filed{pause}"
            bar.update(bar.task_ids[0], description=label, total=days, completed=reached)

        return app.backfill(app.storage, source, since, told=told)


def _place(app: App, source: Source) -> str:
    last = app.storage.backfills.latest(source.id)
    parts, filed = (last.part, last.filed) if last and not last.finished else (0, 0)
    return f"{many(parts, 'part')} and {many(filed, 'item')} of it are filed"


def _lines(found: FiledBackfill, zone: str) -> Iterator[str]:
    dates = ""
    if found.oldest and found.newest:
        dates = f", of {output.when(found.oldest, zone)} to {output.when(found.newest, zone)}"
    yield f"{found.source}: {many(found.filed, 'item')} filed{dates}"
    yield f"  {found.digest:,} score enough for a digest, {found.alert:,} of them for an alert; none is told"
    if found.ended:
        yield f"  its past ends after {many(found.part - 1, 'part')}: {found.ended}"


# ------------------------------------------------------------------ what there is


def _list(app: App, *, as_json: bool) -> None:
    found = [
        Past(source.id, source.kind, tuple(app.storage.backfills.of(source.id))) for source in _with_past(app)
    ]
    if as_json:
        for past in found:
            output.print_json(past)
        return
    if not found:
        echo("No source has a past that can be asked for.")
        return
    columns = ("source", "kind", "read from", "to", "items", "digest", "alert", "")
    output.table(columns, (row for past in found for row in _rows(past, app.zone)))


def _rows(past: Past, zone: str) -> Iterator[tuple[object, ...]]:
    if not past.backfills:
        yield past.source, past.kind, "", "", "", "", "", ""
    for one in past.backfills:
        state = one.ended if one.finished else f"stopped after {many(one.part, 'part')}"
        span = output.when(one.since, zone), output.when(one.until, zone)
        yield past.source, past.kind, *span, one.filed, one.digest, one.alert, state
