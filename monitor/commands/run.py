"""`monitor run` and `monitor poll`: the daemon, one round of it, and a poll by hand."""

from __future__ import annotations

import sys
import time
from datetime import timedelta

import click

from monitor import daemon
from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.deliver import Progress
from monitor.errors import MonitorError
from monitor.installation import unpack
from monitor.lock import held
from monitor.looks import ReadReport
from monitor.model import Source
from monitor.pipeline import PollReport

# How much of the past is studied in one round.
IN_A_ROUND = 500
# So many digests of one round are told one by one.
NAMED = 10
# How long one round waits for deliveries that cannot go at once: longer than any channel's `settle`.
PATIENCE = timedelta(minutes=1)


@click.command()
@click.option("--once", is_flag=True, help="Do everything that is due once, then exit.")
@pass_session
def run(session: Session, *, once: bool) -> None:
    """Watch the sources and tell what matters, until stopped.

    Needs no settings: alerts go to this terminal and the daily digest to digests/. The first
    look at each source is filed and not told. The desk is served meanwhile, for this machine alone, at
    the address that is printed; 'listen' of [web] changes it, and with "" there is none. One daemon works
    on a database; a second refuses.

    \b
    Example:
      monitor run
      monitor run --once
    """
    with output.errors():
        settings = session.settings()
        made = unpack(settings)
        if made:
            echo(f"Wrote the shipped watchlists to {made}/: edit them at any time.")
        with held(settings.storage.path), session.app() as app:
            with app.storage.write():
                app.storage.sources.release(app.in_force.sources)
                app.storage.deliveries.unpark(app.clock())
                app.storage.digests.unpark(app.clock())
            if app.in_force.problems:
                output.standing(app.in_force.problems)
            if once:
                sys.exit(_round(app))
            output.logs(verbose=session.verbose or sys.stderr.isatty())
            daemon.Daemon(app, echo, output.standing).run()


@click.command()
@click.argument("source", nargs=-1)
@click.option("--no-deliver", is_flag=True, help="File what comes and hold the alerts back.")
@output.json_option
@pass_session
def poll(session: Session, source: tuple[str, ...], *, no_deliver: bool, as_json: bool) -> None:
    """Poll now, whatever the schedule says, and deliver what comes of it.

    Without SOURCE all sources are polled. Names are those of 'monitor sources list'.

    \b
    Example:
      monitor poll ustr mining-com
      monitor poll --no-deliver --json
    """
    with session.app(aside=as_json) as app:
        report = _poll(app, _chosen(app, source) if source else app.in_force.enabled())
        read = _read(app)
        if not no_deliver:
            _drain(app)
        if as_json:
            output.print_json({**output.jsonable(report), "read": read})
        else:
            echo(daemon.sentence(report))
            if read.asked:
                echo(daemon.read_sentence(read))
            for name, error in (report.failed | report.waiting).items():
                click.secho(f"  {name}: {error}", err=True)
        asked_in_vain = source and (report.failed or report.waiting)
        sys.exit(output.FAILURE if report.offline or asked_in_vain else 0)


def _chosen(app: App, names: tuple[str, ...]) -> list[Source]:
    unknown = [name for name in names if name not in app.in_force.sources]
    if unknown:
        raise MonitorError(f"no source is called '{unknown[0]}': see monitor sources list")
    chosen = [app.in_force.sources[name] for name in names]
    for source in chosen:
        if source.disabled:
            raise MonitorError(f"{source.id} is disabled: {source.disabled}")
    return chosen


# ------------------------------------------------------------------ one round


def _round(app: App) -> int:
    report = _poll(app, None)
    read = _read(app)
    app.watch(app.storage)
    app.study(app.storage, IN_A_ROUND)
    app.deadlines(app.storage)
    app.propose(app.storage)
    _drain(app)
    places = _digests(app)
    for place in places[:NAMED]:
        echo(f"Digest: {place}")
    if len(places) > NAMED:
        echo(f"Digests: {len(places) - NAMED} more (monitor digests)")
    if read.asked:
        echo(daemon.read_sentence(read))
    polled = report != PollReport()
    if polled or not read.asked:
        echo(daemon.sentence(report) if polled else "Nothing was due.")
    return output.FAILURE if report.offline else 0


def _poll(app: App, sources: list[Source] | None) -> PollReport:
    with output.progress("Polling", 0) as bar:
        return app.poll(
            app.storage,
            sources,
            started=lambda total: bar.update(bar.task_ids[0], total=total),
            done=lambda _: bar.advance(bar.task_ids[0]),
        )


def _read(app: App) -> ReadReport:
    """Read further until nothing more is due."""
    report = ReadReport()
    with output.progress("Reading", None) as bar:
        while (batch := app.read(app.storage, done=lambda _: bar.advance(bar.task_ids[0]))).asked:
            report.add(batch)
    return report


def _digests(app: App) -> list[str]:
    with output.progress("Digests", None) as bar:
        return app.digests(
            app.storage,
            told=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
        )


def _drain(app: App) -> None:
    """Deliver until nothing is left that can go within the patience of one round."""
    step = app.deliverer(app.storage)
    end = time.monotonic() + PATIENCE.total_seconds()
    while time.monotonic() < end:
        progress = step()
        wait = _wait(app, progress)
        if wait is None:
            return
        time.sleep(wait)


def _wait(app: App, progress: Progress) -> float | None:
    if progress.next is None:
        return None
    seconds = (progress.next - app.clock()).total_seconds()
    return None if seconds > PATIENCE.total_seconds() else max(seconds, 0.0)
