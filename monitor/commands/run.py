"""`monitor run` and `monitor poll`: the daemon, one round of it, and a poll by hand."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

import click

from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.deliver import Progress
from monitor.errors import MonitorError, Problem
from monitor.installation import unpack
from monitor.lock import held
from monitor.looks import ReadReport
from monitor.model import Source
from monitor.pipeline import PollReport
from monitor.storage import Storage

log = logging.getLogger("monitor.run")

# Seconds between looks. A save of a watchlist is in force within two seconds.
RELOAD, POLL, READ, DELIVER, DIGEST, WATCH = 0.5, 2.0, 1.0, 0.25, 15.0, 30.0
DEADLINES, STUDY, PROPOSE = 300.0, 2.0, 3600.0
# How much of the past is studied at once, and in one round.
AT_ONCE, IN_A_ROUND = 10, 500
POLLS, READS = 8, 3
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
    look at each source is filed and not told. One daemon works on a database; a second refuses.

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
            _complain(app.in_force.problems)
            if once:
                sys.exit(_round(app))
            output.logs(verbose=session.verbose or sys.stderr.isatty())
            _Daemon(app).run()


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
            echo(_sentence(report))
            if read.asked:
                echo(_read_sentence(read))
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
        echo(_read_sentence(read))
    polled = report != PollReport()
    if polled or not read.asked:
        echo(_sentence(report) if polled else "Nothing was due.")
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


def _sentence(report: PollReport) -> str:
    """What a poll did, in a line."""
    if report.offline:
        return (
            "No network: none of the sources could be reached. Nothing is lost; "
            "they are tried again every two minutes."
        )
    parts = [f"{report.polled} sources answered ({report.unchanged} unchanged)", f"{report.new} new items"]
    if report.edited:
        parts.append(f"{report.edited} edited")
    if report.first_looks:
        parts.append(f"{report.first_looks} looked at for the first time: filed, not told")
    parts.append(f"{report.alerts} alert{'' if report.alerts == 1 else 's'}")
    if report.failed:
        parts.append(f"{len(report.failed)} failed (monitor sources list)")
    if report.waiting:
        parts.append(f"{len(report.waiting)} wait for their host (monitor sources list)")
    return "; ".join(parts) + "."


def _read_sentence(report: ReadReport) -> str:
    """What reading further did, in a line."""
    parts = [f"{report.asked} page{'' if report.asked == 1 else 's'} read in full"]
    if report.edited:
        parts.append(f"{report.edited} edited")
    if report.failed:
        parts.append(f"{len(report.failed)} not to be had (monitor evidence ITEM says why)")
    return "; ".join([*parts, f"{report.alerts} alert{'' if report.alerts == 1 else 's'}"]) + "."


def _complain(problems: tuple[Problem, ...]) -> None:
    output.problems(problems)
    if problems:
        click.secho("What was good before stays in force.", fg="red", err=True)


# ------------------------------------------------------------------ the daemon


class _Daemon:
    """The jobs on their schedule, and what a person at the terminal is told."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._offline = False
        self._stopping = False
        self._complained = bool(app.in_force.problems)
        from monitor.schedule import Schedule, Tick

        self._schedule = Schedule(
            {
                "reload": Tick(RELOAD, self._with_storage(self._reload)),
                "poll": Tick(POLL, self._poll, at_once=POLLS),
                "read": Tick(READ, self._read, at_once=READS),
                **{
                    f"deliver {name}": Tick(
                        DELIVER, app.deliverer(app.open_storage(), name, stopping=lambda: self._stopping)
                    )
                    for name in app.channels
                },
                "watch": Tick(WATCH, self._with_storage(app.watch)),
                "study": Tick(STUDY, self._with_storage(self._study)),
                "deadlines": Tick(DEADLINES, self._with_storage(app.deadlines)),
                "propose": Tick(PROPOSE, self._with_storage(app.propose)),
                "digest": Tick(DIGEST, self._with_storage(self._digests)),
            }
        )

    def _with_storage(self, job: Callable[[Storage], object]) -> Callable[[], object]:
        storage = self._app.open_storage()
        return lambda: job(storage)

    def run(self) -> None:
        app = self._app
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        to = ", ".join(sorted(app.routes.on)) or "this terminal"
        echo(
            f"Watching {len(app.in_force.enabled())} sources for {len(app.in_force.watchlists)} "
            f"watchlists. Alerts go to {to}. Stop with Ctrl-C."
        )
        with app.pages() or nullcontext() as pages, app.talking() or nullcontext():
            if pages and pages.address:
                echo(f"Digests: {pages.address}")
            self._schedule.run()
        echo("Stopped.")

    def _study(self, storage: Storage) -> None:
        self._app.study(storage, AT_ONCE)

    def _digests(self, storage: Storage) -> None:
        self._app.digests(storage, stopping=lambda: self._stopping)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        self._schedule.stop()

    def _reload(self, storage: Storage) -> None:
        problems = self._app.reload(storage)
        if problems is None:
            return
        _complain(problems)
        if self._complained and not problems:
            click.secho("The files are good again.", fg="green", err=True)
        self._complained = bool(problems)
        in_force = self._app.in_force
        rules, sources = len(in_force.watchlists), len(in_force.enabled())
        log.info("files read again: %d watchlists, %d sources", rules, sources)

    def _poll(self) -> None:
        """Poll what is due. Several may run at once: a host that hangs holds up its own alone."""
        with Storage(self._app.settings.storage.path) as storage:
            report = self._app.poll(storage, stopping=lambda: self._stopping)
        if report.offline != self._offline and (report.polled or report.offline):
            self._offline = report.offline
            log.warning(_sentence(report) if report.offline else "The network is back.")
        if report.first_looks:
            echo(_sentence(report))
        elif report.new or report.alerts:
            log.info(_sentence(report))
        for name, error in (report.failed | report.waiting).items():
            log.info("source %s: %s", name, error)

    def _read(self) -> None:
        """Read what is due. Several may run at once: a host that hangs holds up its own batch alone."""
        with Storage(self._app.settings.storage.path) as storage:
            report = self._app.read(storage, stopping=lambda: self._stopping)
        if report.asked:
            log.info(_read_sentence(report))
        for address, error in report.failed.items():
            log.info("page %s: %s", address, error)
