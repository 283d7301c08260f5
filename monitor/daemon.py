"""The daemon: the jobs on their schedule, the pages beside them, what a person at the terminal is told."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from contextlib import nullcontext

from monitor import watchdog
from monitor.app import App
from monitor.errors import Problem
from monitor.looks import ReadReport
from monitor.pipeline import PollReport
from monitor.storage import Storage
from monitor.wording import many

log = logging.getLogger("monitor.run")

# Seconds between looks. A save of a watchlist is in force within two seconds.
RELOAD, POLL, READ, DELIVER, DIGEST, WATCH = 0.5, 2.0, 1.0, 0.25, 15.0, 30.0
DEADLINES, STUDY, PROPOSE = 300.0, 2.0, 3600.0
# How much of the past is studied at once.
AT_ONCE = 10
POLLS, READS = 8, 3

Say = Callable[[str], None]
Show = Callable[[tuple[Problem, ...]], None]


class Daemon:
    """`say` tells the person at the terminal, `show` shows them the problems of the files; none: those there
    were are gone."""

    def __init__(self, app: App, say: Say, show: Show) -> None:
        self._app = app
        self._say, self._show = say, show
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
        self._say(
            f"Watching {len(app.in_force.enabled())} sources for {len(app.in_force.watchlists)} "
            f"watchlists. Alerts go to {to}. Stop with Ctrl-C."
        )
        with app.pages() or nullcontext() as pages, app.talking() or nullcontext():
            if pages and pages.address:
                self._say(f"The desk: {pages.address}")
            self._schedule.run()
        self._say("Stopped.")

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
        if problems or self._complained:
            self._show(problems)
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
            log.warning(sentence(report) if report.offline else "The network is back.")
        if report.first_looks:
            self._say(sentence(report))
        elif report.new or report.alerts:
            log.info(sentence(report))
        for name, error in (report.failed | report.waiting).items():
            log.info("source %s: %s", name, error)

    def _read(self) -> None:
        """Read what is due. Several may run at once: a host that hangs holds up its own batch alone."""
        with Storage(self._app.settings.storage.path) as storage:
            report = self._app.read(storage, stopping=lambda: self._stopping)
        if report.asked:
            log.info(read_sentence(report))
        for address, error in report.failed.items():
            log.info("page %s: %s", address, error)


# ------------------------------------------------------------------ in words


def sentence(report: PollReport) -> str:
    """What a poll did, in a line."""
    if report.offline:
        return watchdog.NO_NETWORK
    parts = [f"{report.polled} sources answered ({report.unchanged} unchanged)", f"{report.new} new items"]
    if report.edited:
        parts.append(f"{report.edited} edited")
    if report.first_looks:
        parts.append(f"{report.first_looks} looked at for the first time: filed, not told")
    parts.append(many(report.alerts, "alert"))
    if report.failed:
        parts.append(f"{len(report.failed)} failed (monitor sources list)")
    if report.waiting:
        parts.append(f"{len(report.waiting)} wait for their host (monitor sources list)")
    return "; ".join(parts) + "."


def read_sentence(report: ReadReport) -> str:
    """What reading further did, in a line."""
    parts = [f"{many(report.asked, 'page')} read in full"]
    if report.edited:
        parts.append(f"{report.edited} edited")
    if report.failed:
        parts.append(f"{len(report.failed)} not to be had (monitor evidence ITEM says why)")
    return "; ".join([*parts, many(report.alerts, "alert")]) + "."
