"""`monitor precision`: how many alerts were worth it, and what the marks propose to change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from monitor import precision, proposing
from monitor.commands import door, output
from monitor.commands.session import Session, echo, pass_session
from monitor.feedback import Fate, Person, Proposal
from monitor.precision import Week

WEEKS = 8


@click.group("precision", invoke_without_command=True)
@click.option("--weeks", default=WEEKS, show_default=True, type=click.IntRange(1, 520), help="How far back.")
@output.json_option
@click.pass_context
def precision_(context: click.Context, weeks: int, *, as_json: bool) -> None:
    """How many of the alerts told were marked as useful or noise, per watchlist and week, the newest first.

    Precision is the share that was useful, of those that somebody marked in Slack.

    \b
    Example:
      monitor precision --weeks 4
      monitor precision proposals
    """
    if context.invoked_subcommand:
        return
    session = context.find_object(Session)
    assert session is not None
    with session.app() as app:
        now = app.clock()
        said = app.storage.feedback.said(now - timedelta(weeks=weeks + 1))
        first = precision.monday(now, app.zone) - timedelta(weeks=weeks - 1)
        found = [week for week in precision.weeks(said, app.zone) if week.first >= first]
        if as_json:
            for week in found:
                output.print_json(_week_as_json(week))
        elif found:
            columns = ("week", "watchlist", "told", "useful", "noise", "not marked", "precision")
            output.table(columns, map(_week_as_row, found))
        else:
            echo("Nothing was told in those weeks. See monitor alerts.")


def _week_as_row(week: Week) -> tuple[object, ...]:
    share = "" if week.precision is None else f"{round(100 * week.precision)} %"
    return week.name, week.watchlist, week.told, week.useful, week.noise, week.unmarked, share


def _week_as_json(week: Week) -> dict[str, Any]:
    return {
        "watchlist": week.watchlist,
        "week": week.name,
        "first": week.first,
        "told": week.told,
        "useful": week.useful,
        "noise": week.noise,
        "unmarked": week.unmarked,
        "precision": week.precision,
        "says": precision.sentence(week),
    }


# ------------------------------------------------------------------ proposals


@precision_.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Those that were accepted or dismissed as well.")
@output.json_option
@click.pass_context
def proposals(context: click.Context, *, everything: bool, as_json: bool) -> None:
    """What the marks of the last 60 days speak for changing in a watchlist. Nothing is changed unasked.

    \b
    Example:
      monitor precision proposals
      monitor precision proposals accept 3f2a91c07d5e6b88
    """
    if context.invoked_subcommand:
        return
    session = context.find_object(Session)
    assert session is not None
    with session.app() as app:
        app.propose(app.storage)
        found = app.storage.feedback.proposals() if everything else app.storage.feedback.open_proposals()
        if as_json:
            for proposal in found:
                output.print_json(proposal)
        elif found:
            output.table(("id", "watchlist", "proposal", "state"), map(_proposal_as_row, found))
        else:
            echo("No proposal is open: the marks speak for no change.")


def _proposal_as_row(proposal: Proposal) -> tuple[object, ...]:
    state = proposal.fate.value + (f" by {proposal.who}" if proposal.who else "")
    return proposal.id, proposal.watchlist, proposal.says, state


@proposals.command()
@click.argument("proposal")
@door.who_option
@output.json_option
@pass_session
def accept(session: Session, proposal: str, who: str, *, as_json: bool) -> None:
    """Make the change that PROPOSAL proposes; it can be taken back as any edit can.

    \b
    Example:
      monitor precision proposals accept 3f2a91c07d5e6b88
    """
    with session.app() as app, door.editor(session) as editor:
        made = proposing.accept(app.storage, editor, proposal, Person(who, who), "", app.clock())
        if made is not None:
            door.tell(made, as_json=as_json)
        elif not as_json:
            echo("Noted: the watchlist says so already.")


@proposals.command()
@click.argument("proposal")
@door.who_option
@output.json_option
@pass_session
def dismiss(session: Session, proposal: str, who: str, *, as_json: bool) -> None:
    """Say no to PROPOSAL: it is not made again.

    \b
    Example:
      monitor precision proposals dismiss 3f2a91c07d5e6b88
    """
    with session.app() as app:
        closed = proposing.dismiss(app.storage, proposal, Person(who, who), app.clock())
        if as_json:
            output.print_json(app.storage.feedback.proposal(closed.id))
        else:
            echo(f"{Fate.DISMISSED.value.capitalize()}: it is not proposed again.")
