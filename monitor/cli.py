"""The command line: `monitor COMMAND`. Exit codes: 0 success, 1 a reported failure, 2 wrong usage."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from monitor import __version__
from monitor.commands import output
from monitor.commands.session import Session

# Where each command is: a module of `monitor.commands`, and its name in there.
PLACES = {
    "run": "run.run",
    "poll": "run.poll",
    "demo": "demo.demo",
    "sources": "source_edits.sources",
    "series": "series.series_",
    "watchlists": "watchlist_edits.watchlists",
    "explain": "items.explain_",
    "evidence": "items.evidence",
    "search": "items.search",
    "alerts": "alerts.alerts",
    "deliveries": "alerts.deliveries",
    "precision": "precision.precision_",
    "stories": "stories.stories",
    "ledgers": "ledgers.ledgers_",
    "deals": "ledgers.deals",
    "plants": "ledgers.plants",
    "controls": "ledgers.controls",
    "commitments": "ledgers.commitments",
    "digest": "digest.digest",
    "digests": "digests.digests",
    "eval": "evaluate.eval_",
    "backtest": "backtest.backtest",
    "backfill": "backfill.backfill",
    "doctor": "doctor.doctor",
    "backup": "doctor.backup",
    "web": "web.web",
}


class Commands(click.Group):
    """Loads a command when it is asked for: together they take longer to load than a poll to run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        return sorted(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in PLACES:
            return None
        module, name = PLACES[cmd_name].split(".")
        command = getattr(import_module(f"monitor.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
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
