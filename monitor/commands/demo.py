"""`monitor demo`: see it work, with no network and no settings."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from monitor import demo as week
from monitor.commands import output
from monitor.commands.session import echo


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("monitor-demo"),
    show_default=True,
    help="Where the demo keeps its database, watchlists and digests.",
)
def demo(out: Path) -> None:
    """Run an invented week of news through the real pipeline, in under a minute.

    Some forty sources are served from a local port over real HTTP; alerts come to this
    terminal as the week goes by, and each morning's digest is written as an HTML file.
    Afterwards the folder can be explored with all the other commands.

    \b
    Example:
      monitor demo
      cd monitor-demo && monitor search 稀土 && monitor alerts
    """
    with output.errors(), output.progress("The week", week.steps()) as bar:
        day = ""

        def tick(now: datetime) -> None:
            nonlocal day
            if f"{now:%A}" != day:
                day = f"{now:%A}"
                bar.update(bar.task_ids[0], description=day)
            bar.advance(bar.task_ids[0])

        report = week.run(out, output.above(bar), colour=sys.stdout.isatty(), tick=tick)
    _summary(report, out)


def _summary(report: week.DemoReport, out: Path) -> None:
    told = ", ".join(f"{name} {count}" for name, count in sorted(report.alerts.items()))
    echo(f"{report.items} items from {report.sources} sources; {sum(report.alerts.values())} alerts: {told}.")
    echo(f"{report.copies} copies of stories already told stayed silent.")
    for health in report.ill:
        echo(f"Source {health.source.id} is {health.status}: {health.detail}.")
    echo(f"\nDigests of {len(report.digests)} mornings are in {out / 'digests'}; the fullest: {report.best}")
    echo(f"Explore: cd {out} && monitor alerts; monitor search 稀土; monitor explain 225")
