"""`monitor alerts` and `monitor deliveries`: what was decided, and what became of it."""

from __future__ import annotations

import click

from monitor import wording
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import MonitorError


@click.command()
@click.option("--watchlist", default="", help="Only this watchlist.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@output.json_option
@pass_session
def alerts(session: Session, watchlist: str, limit: int, *, as_json: bool) -> None:
    """The latest alerts, newest first, each with its reason and score.

    \b
    Example:
      monitor alerts --watchlist exim-dfc
    """
    with session.app() as app:
        found = list(app.storage.alerts.latest(limit, watchlist))
        if as_json:
            for alert in found:
                output.print_json(alert)
        elif found:
            rows = [
                (
                    output.when(a.created, app.zone),
                    a.watchlist,
                    a.score,
                    wording.reason(a),
                    a.source_name,
                    a.title,
                )
                for a in found
            ]
            output.table(("told", "watchlist", "score", "reason", "source", "title"), rows)
        else:
            echo("No alerts yet.")


@click.group(invoke_without_command=True)
@click.option("--failed", is_flag=True, help="Only those refused, for now or for good.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@output.json_option
@click.pass_context
def deliveries(context: click.Context, limit: int, *, failed: bool, as_json: bool) -> None:
    """The delivery record: what went where, in what state, and why it failed.

    \b
    Example:
      monitor deliveries --failed
      monitor deliveries retry 3f2a...
    """
    if context.invoked_subcommand:
        return
    session = context.find_object(Session)
    assert session is not None
    with session.app() as app:
        found = list(app.storage.deliveries.latest(limit, failed=failed))
        if as_json:
            for delivery in found:
                output.print_json(delivery)
        elif found:
            rows = [
                (d.id, d.state.value, str(d.destination), d.attempts,
                 output.when(d.finished or d.attempted, app.zone), d.message.title, d.error)
                for d in found
            ]  # fmt: skip
            output.table(("id", "state", "to", "tries", "last", "alert", "error"), rows)
        else:
            echo("Nothing has failed." if failed else "No deliveries yet.")


@deliveries.command()
@click.argument("delivery")
@pass_session
def retry(session: Session, delivery: str) -> None:
    """Put a failed delivery back in the queue; a running daemon sends it at once.

    \b
    Example:
      monitor deliveries retry 3f2a...
    """
    with session.app() as app:
        with app.storage.write():
            known = app.storage.deliveries.retry(delivery, app.clock())
        if not known:
            raise MonitorError(f"no failed delivery is '{delivery}': see monitor deliveries --failed")
        echo("It goes out again with the next delivery round.")
