"""`monitor demo`: see it work, with no network and no settings."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import click
from pydantic import ValidationError

from monitor import demo as week
from monitor.app import App
from monitor.commands import output
from monitor.commands.session import echo
from monitor.daemon import Daemon
from monitor.web.settings import WebSettings


def _place(_: click.Context, __: click.Parameter, listen: str) -> str:
    """A place where the desk may be served without a password, which a demo has none of."""
    try:
        return WebSettings(listen=listen).listen
    except ValidationError as error:
        raise click.BadParameter(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("monitor-demo"),
    show_default=True,
    help="Where the demo keeps its database, watchlists and digests.",
)
@click.option("--stay", is_flag=True, help="Afterwards keep the desk open, while news goes on coming.")
@click.option(
    "--listen",
    default=WebSettings().listen,
    show_default=True,
    callback=_place,
    help="Where the desk is served with --stay, host:port.",
)
@click.option(
    "--hour",
    type=click.FloatRange(1, 3600),
    default=week.HOUR,
    show_default=True,
    help="How many seconds an hour of the demo takes with --stay.",
)
def demo(out: Path, *, stay: bool, listen: str, hour: float) -> None:
    """Run an invented week of news through the real pipeline, in under a minute.

    Some forty sources are served from a local port over real HTTP; alerts come to this
    terminal as the week goes by, and each morning's digest is written as an HTML file.
    Afterwards the folder can be explored with all the other commands. With --stay the desk opens in
    the browser's reach, and the news goes on until Ctrl-C.

    \b
    Example:
      monitor demo --stay
      monitor demo
      cd monitor-demo && monitor search 稀土 && monitor alerts
    """
    with output.errors(), ExitStack() as shown:
        bar = shown.enter_context(output.progress("The week", week.steps()))
        day = ""

        def tick(now: datetime) -> None:
            nonlocal day
            if f"{now:%A}" != day:
                day = f"{now:%A}"
                bar.update(bar.task_ids[0], description=day)
            bar.advance(bar.task_ids[0])

        def open_desk(app: App, report: week.DemoReport) -> None:
            shown.close()
            _summary(report, out)
            echo(f"\nThe demo stays open and its news goes on: an hour of it takes {hour:g} seconds.")
            Daemon(app, echo, output.standing).run()

        write = output.above(bar)
        report = week.run(
            out, write, colour=sys.stdout.isatty(), tick=tick, listen=listen if stay else "",
            stay=open_desk if stay else None, hour=hour,
        )  # fmt: skip
    if not stay:
        _summary(report, out)


def _summary(report: week.DemoReport, out: Path) -> None:
    told = ", ".join(f"{name} {count}" for name, count in sorted(report.alerts.items()))
    echo(f"{report.items} items from {report.sources} sources; {sum(report.alerts.values())} alerts: {told}.")
    echo(f"{report.copies} copies of stories already told stayed silent.")
    for health in report.ill:
        echo(f"Source {health.source.id} is {health.status}: {health.detail}.")
    echo(f"\nDigests of {len(report.digests)} mornings are in {out / 'digests'}; the fullest: {report.best}")
    echo(f"Explore: cd {out} && monitor alerts; monitor search 稀土; monitor explain 225")
