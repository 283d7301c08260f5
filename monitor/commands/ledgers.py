"""`monitor deals`, `plants`, `controls`, `commitments`, and `monitor ledgers`: what is followed from rung
to rung, and corrections by hand."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import datetime
from typing import Any

import click

from monitor import sheet, wording
from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo
from monitor.correcting import Correcting, Signed, ledger_of
from monitor.keeping import Keeping
from monitor.ledger import Entry, Ledger
from monitor.machine import login_name
from monitor.sheet import Row, Wanted
from monitor.storage.ledgers import Filed
from monitor.text import shorten

why_option = click.option("--why", required=True, help="Why, for the history.")
by_option = click.option("--by", default="", help="Who says so [your login].")
MAX_CELL = 60
FIXED = (
    "key", "title", "rung", "place", "since", "last", "source", "tier", "status", "rival", "due", "overdue",
    "open",
)  # fmt: skip
SHOWN = ("agency", "amount", "product", "country", "owner", "items")


def _entries(app: App, ledger: Ledger) -> list[Entry]:
    with app.storage.write():
        return Keeping(app.storage, app.in_force, app.clock()).rows(ledger)


def _correcting(app: App, name: str) -> Correcting:
    return Correcting(app.storage, ledger_of(app.in_force, name), app.in_force, app.clock())


# ------------------------------------------------------------------ the sheet


def of(name: str, help_: str) -> click.Group:
    """The command group of one ledger."""

    @click.group(name, invoke_without_command=True, help=help_)
    @click.option("--stage", default="", help="Only rows on this rung, such as approval.")
    @click.option("--country", default="", help="Only rows with this country, such as AU.")
    @click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only rows with news since that day.")
    @click.option("--open", "open_", is_flag=True, help="Without what has ended.")
    @click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
    @click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
    @output.json_option
    @click.pass_context
    def group(
        context: click.Context, stage: str, country: str, since: datetime | None, limit: int,
        *, open_: bool, as_csv: bool, as_json: bool,
    ) -> None:  # fmt: skip
        context.meta["ledger"] = name
        if context.invoked_subcommand:
            return
        session = context.find_object(Session)
        assert session is not None
        wanted = Wanted(stage, country, since.date() if since else None, open_)
        with session.app() as app:
            ledger = ledger_of(app.in_force, name)
            found = sheet.rows(ledger, _entries(app, ledger), app.clock(), wanted)[:limit]
            _print(ledger, found, app.zone, as_csv=as_csv, as_json=as_json)

    for command in (show, correct, undo, rename, join):
        own = copy(command)
        own.help = (command.help or "").replace("LEDGER", name)
        group.add_command(own)
    return group


def _print(ledger: Ledger, found: list[Row], zone: str, *, as_csv: bool, as_json: bool) -> None:
    kinds = sheet.columns(ledger, found)
    if as_json:
        for row in found:
            output.print_json(output.jsonable(row) | {"details": dict(row.details)})
    elif as_csv:
        cells = ([*(getattr(row, name) for name in FIXED), *map(row.detail, kinds)] for row in found)
        output.print_csv((*FIXED, *kinds), cells)
    elif found:
        shown = [kind for kind in SHOWN if kind in kinds]
        heads = (ledger.id, "rung", "since", "status", "last", "by", "due", *shown)
        output.table(heads, [_cells(row, shown, zone) for row in found])
    else:
        fed = ", ".join(ledger.watchlists)
        echo(f"Nothing yet: rows come from what alerts on {fed}. See monitor poll, or loosen the filters.")


def _cells(row: Row, shown: list[str], zone: str) -> tuple[str, ...]:
    return (
        shorten(row.title, MAX_CELL),
        f"{row.rung} {row.place}".strip() + (f" (or {row.rival})" if row.rival else ""),
        wording.day(row.since, zone) if row.since else "",
        row.status,
        wording.day(row.last, zone),
        sheet.by_whom(row.source, row.tier),
        f"{wording.calendar(row.due)}{' overdue' if row.overdue else ''}" if row.due else "",
        *(shorten(row.detail(kind), MAX_CELL) for kind in shown),
    )


# ------------------------------------------------------------------ one row

_with_ledger: Callable[..., Any] = click.pass_context


@click.command()
@click.argument("entry")
@output.json_option
@_with_ledger
def show(context: click.Context, entry: str, *, as_json: bool) -> None:
    """The history of a row: each step with its words, source and link.

    ENTRY is its key, or words of its title.

    \b
    Example:
      monitor LEDGER show perpetua
    """
    with _session(context).app() as app:
        ledger = ledger_of(app.in_force, context.meta["ledger"])
        with app.storage.write():
            found = _correcting(app, ledger.id).named(entry)
        steps = app.storage.ledgers.steps(found)
        if as_json:
            output.print_json(output.jsonable(found) | {"steps": output.jsonable(steps)})
            return
        _show(app, ledger, found, steps)


def _show(app: App, ledger: Ledger, entry: Entry, steps: list[Filed]) -> None:
    (row,) = sheet.rows(ledger, [entry], app.clock())
    echo(f"{entry.title} ({entry.key}): {row.rung} {row.place}, {row.status}".rstrip())
    if row.rival:
        echo(f"  less primary sources say: {row.rival}")
    for kind, words in row.details:
        echo(f"  {kind}: {words}")
    seed = ledger.seed(entry.key)
    if seed:
        for deadline in seed.deadlines:
            echo(f"  due {wording.calendar(deadline.day)}: {deadline.what}")
        for label, words in (("progress", seed.progress), ("breach", seed.breach), ("source", seed.link)):
            if words:
                echo(f"  {label}: {words}")
    rows = [
        (
            one.step.number,
            wording.day(one.step.at, app.zone),
            one.step.rung + (" (undone)" if one.step.undone else ""),
            sheet.says(one.step),
            one.step.words or one.title,
            one.link,
        )
        for one in steps
    ]
    output.table(("step", "day", "rung", "says", "words", "link"), rows)


def _session(context: click.Context) -> Session:
    session = context.find_object(Session)
    assert session is not None
    return session


# ------------------------------------------------------------------ corrections


@click.command()
@click.argument("entry")
@click.option("--rung", required=True, help="The rung that it really is on.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Since that day [today].")
@why_option
@by_option
@_with_ledger
def correct(context: click.Context, entry: str, rung: str, on: datetime | None, why: str, by: str) -> None:
    """Say where a row really stands. What sources said before that day no longer counts against it.

    \b
    Example:
      monitor LEDGER correct perpetua/exim --rung approval --on 2026-05-02 --why "board minutes"
    """
    with _session(context).app() as app, app.storage.write():
        hand = _correcting(app, context.meta["ledger"])
        found = hand.named(entry)
        hand.correct(found, rung, on.date() if on else None, Signed(by or login_name(), why))
        now = hand.again(found)
        since = f" since {wording.day(now.standing.since, app.zone)}" if now.standing.since else ""
        echo(f"{now.title}: {now.rung}{since}.")


@click.command()
@click.argument("entry")
@click.argument("step", type=int)
@why_option
@by_option
@_with_ledger
def undo(context: click.Context, entry: str, step: int, why: str, by: str) -> None:
    """Take a step out of a row's history. It is kept and shown, and never counts again.

    STEP is the number that 'show' gives it.

    \b
    Example:
      monitor LEDGER undo perpetua/exim 17 --why "another company"
    """
    with _session(context).app() as app, app.storage.write():
        hand = _correcting(app, context.meta["ledger"])
        found = hand.named(entry)
        hand.undo(found, step, Signed(by or login_name(), why))
        echo(f"{found.title}: {hand.again(found).rung or 'no step left'}.")


@click.command()
@click.argument("entry")
@click.argument("title")
@_with_ledger
def rename(context: click.Context, entry: str, title: str) -> None:
    """Call a row something else.

    \b
    Example:
      monitor LEDGER rename perpetua/exim "Perpetua, Stibnite / EXIM"
    """
    with _session(context).app() as app, app.storage.write():
        hand = _correcting(app, context.meta["ledger"])
        found = hand.named(entry)
        hand.rename(found, title)
        echo(f"{found.key} is called {title} now.")


@click.command()
@click.argument("entry")
@click.argument("into")
@_with_ledger
def join(context: click.Context, entry: str, into: str) -> None:
    """Make a row part of another: ENTRY goes INTO it, with its history and all that comes later.

    \b
    Example:
      monitor LEDGER join perpetua/us-government perpetua/exim
    """
    with _session(context).app() as app, app.storage.write():
        hand = _correcting(app, context.meta["ledger"])
        found, other = hand.named(entry), hand.named(into)
        hand.join(found, other)
        echo(f"{found.title} is part of {other.title} now.")


# ------------------------------------------------------------------ the groups

deals = of(
    "deals",
    """Loans, guarantees, grants and stakes of US agencies, each on its rung: letter of interest,
    application, approval, signing, first draw.

    \b
    Example:
      monitor deals --open --country AU
    """,
)
plants = of(
    "plants",
    """Magnet, metal and separation plants, each on its rung: announced, financed, groundbreaking,
    commissioning, first production.

    \b
    Example:
      monitor plants --country US
    """,
)
controls = of(
    "controls",
    """Chinese measures on minerals and magnets: announced, in force, suspended until when, lifted.

    \b
    Example:
      monitor controls --stage suspended
    """,
)
commitments = of(
    "commitments",
    """What the accords of October 2025 promised, what would be progress, and what a breach.

    \b
    Example:
      monitor commitments --csv
    """,
)


class _Declared(click.Group):
    """A subcommand for each ledger, whoever declared it."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        return of(cmd_name, f"The ledger '{cmd_name}'.")


@click.group("ledgers", cls=_Declared, invoke_without_command=True)
@output.json_option
@click.pass_context
def ledgers_(context: click.Context, *, as_json: bool) -> None:
    """Every ledger that ledgers.yaml declares, with how many rows it has; each by its name is a sheet.

    \b
    Example:
      monitor ledgers
      monitor ledgers deals show perpetua
    """
    if context.invoked_subcommand:
        return
    with _session(context).app() as app:
        rows = []
        for ledger in app.in_force.rulebook.ledgers:
            found = sheet.rows(ledger, _entries(app, ledger), app.clock())
            last = max((row.last for row in found), default=None)
            rows.append((ledger, len(found), sum(row.open for row in found), last))
        if as_json:
            for ledger, count, open_, last in rows:
                output.print_json(
                    {"ledger": ledger.id, "title": ledger.title, "rows": count, "open": open_, "last": last}
                )
            return
        cells = [
            (one.id, one.title, count, open_, output.when(last, app.zone), ", ".join(one.watchlists))
            for one, count, open_, last in rows
        ]
        output.table(("ledger", "title", "rows", "open", "last", "fed by"), cells)
