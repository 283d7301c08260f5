"""`monitor alerts` and `monitor deliveries`: what was decided, and what became of it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from monitor import wording
from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import MonitorError
from monitor.outbox import Delivery, Destination, State


@click.group(invoke_without_command=True)
@click.option("--watchlist", default="", help="Only this watchlist.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@output.json_option
@click.pass_context
def alerts(context: click.Context, watchlist: str, limit: int, *, as_json: bool) -> None:
    """The latest alerts, newest first, each with its reason and score.

    \b
    Example:
      monitor alerts --watchlist exim-dfc
      monitor alerts preview --examples --open
    """
    if context.invoked_subcommand:
        return
    session = context.find_object(Session)
    assert session is not None
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


@alerts.command()
@click.option("--examples", is_flag=True, help="One invented message of every kind, not what is stored.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200))
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("preview.html"),
    show_default=True,
    help="Where the page is written.",
)
@click.option("--open", "open_", is_flag=True, help="Show it in the browser.")
@output.json_option
@pass_session
def preview(session: Session, limit: int, path: Path, *, examples: bool, open_: bool, as_json: bool) -> None:
    """See the latest alerts as Slack shows them: in a channel, on a phone, as a notification.

    Below them the Home tab and the form of /signals watch, as they are now. Writes one HTML page that
    needs no network; nothing is sent. --json prints text and blocks of each message instead, as they
    go to Slack.

    \b
    Example:
      monitor alerts preview --limit 5
      monitor alerts preview --examples --open
    """
    pages, talking = import_module("monitor.preview"), import_module("monitor.talking")
    with session.app() as app:
        if examples:
            found = pages.examples(app.clock())
        else:
            found = pages.latest(list(app.storage.alerts.latest(limit)))
        if as_json:
            for one in found:
                output.print_json(one.message)
            return
        if not found:
            echo("No alerts yet: --examples shows invented ones.")
            return
        views = talking.views(app.house())
        try:
            path.write_text(pages.page(found, app.zone, views), "utf-8")
        except OSError as error:
            raise MonitorError(
                f"{path} cannot be written ({error.strerror}): choose another --file"
            ) from None
    echo(f"{len(found)} {'message is' if len(found) == 1 else 'messages are'} drawn in {path}.")
    if open_:
        click.launch(str(path))


@click.group(invoke_without_command=True)
@click.option("--failed", is_flag=True, help="Only those refused, for now or for good.")
@click.option("--dead", is_flag=True, help="Only those given up, until somebody retries them.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@output.json_option
@click.pass_context
def deliveries(context: click.Context, limit: int, *, failed: bool, dead: bool, as_json: bool) -> None:
    """The delivery record: what went where, in what state, and why it failed or is held.

    \b
    Example:
      monitor deliveries --failed
      monitor deliveries --dead
      monitor deliveries retry 3f2a...
    """
    if context.invoked_subcommand:
        return
    session = context.find_object(Session)
    assert session is not None
    with session.app() as app:
        found = list(app.storage.deliveries.latest(limit, failed=failed, dead=dead))
        if as_json:
            for delivery in found:
                output.print_json(delivery)
        elif found:
            rows = [
                (d.id, d.state.value, str(d.destination), d.attempts,
                 output.when(d.finished or d.attempted, app.zone), d.message.title, _remark(d))
                for d in found
            ]  # fmt: skip
            output.table(("id", "state", "to", "tries", "last", "alert", "remark"), rows)
        else:
            echo("Nothing has failed." if failed or dead else "No deliveries yet.")


def _remark(delivery: Delivery) -> str:
    """Why it failed, or what holds or held it."""
    if delivery.state is State.BATCHED:
        return f"told with others; was held: {delivery.held}"
    return delivery.error or delivery.held


@deliveries.command()
@click.argument("delivery", required=False, default="")
@click.option("--all", "everything", is_flag=True, help="All that were given up.")
@click.option("--to", default="", help="With --all: only to this destination, such as slack:#signals.")
@pass_session
def retry(session: Session, delivery: str, to: str, *, everything: bool) -> None:
    """Put a failed delivery back in the queue; a running daemon sends it at once.

    \b
    Example:
      monitor deliveries retry 3f2a...
      monitor deliveries retry --all --to "slack:#signals"
    """
    if bool(delivery) == everything or (to and not everything):
        raise click.UsageError("name one delivery, or give --all, which --to can narrow")
    with session.app() as app:
        if everything:
            _retry_all(app, to)
            return
        with app.storage.write():
            known = app.storage.deliveries.retry(delivery, app.clock())
        if not known:
            raise MonitorError(f"no failed delivery is '{delivery}': see monitor deliveries --failed")
        echo("It goes out again with the next delivery round.")


def _retry_all(app: App, to: str) -> None:
    with app.storage.write():
        many = app.storage.deliveries.retry_dead(app.clock(), Destination.parse(to) if to else None)
    if not many:
        where = f" to {to}" if to else ""
        raise MonitorError(f"nothing{where} was given up: see monitor deliveries --dead")
    goes = "1 delivery goes" if many == 1 else f"{many} deliveries go"
    echo(f"{goes} out again with the next delivery rounds.")
