"""The command line: `monitor COMMAND`. Exit codes: 0 success, 1 a reported failure, 2 wrong usage."""

from __future__ import annotations

from pathlib import Path

import click

from monitor import __version__
from monitor.commands import (
    alerts,
    backfill,
    backtest,
    demo,
    digest,
    doctor,
    evaluate,
    items,
    output,
    run,
    series,
    sources,
    watchlist_edits,
    watchlists,
)
from monitor.commands.session import Session


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file; otherwise MONITOR_CONFIG or ./monitor.toml, if there is one.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log what is done, to stderr.")
@click.version_option(__version__, prog_name="monitor")
@click.pass_context
def main(context: click.Context, config: Path | None, *, verbose: bool) -> None:
    """Signal Monitor: watches news and government sources for rare-earth and critical-minerals
    investors, and tells them once, with the reason, the stage and the source.

    \b
    Start here:
      monitor demo             see it work on an invented week, no network needed
      monitor run              watch the real sources; alerts come to this terminal
      monitor watchlists list  what is watched for
      monitor explain 17       why an item fired, or did not
    """
    output.logs(verbose=verbose)
    context.obj = Session(config, verbose)


for command in (
    run.run,
    run.poll,
    demo.demo,
    sources.sources,
    series.series_,
    watchlists.watchlists,
    items.explain_,
    items.evidence,
    items.search,
    alerts.alerts,
    alerts.deliveries,
    digest.digest,
    evaluate.eval_,
    backtest.backtest,
    backfill.backfill,
    doctor.doctor,
    doctor.backup,
):
    main.add_command(command)

for command in watchlist_edits.COMMANDS:
    watchlists.watchlists.add_command(command)
