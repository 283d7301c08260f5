"""`monitor watchlists`: list, check, show."""

from __future__ import annotations

import click

from monitor.commands import output
from monitor.commands.check import check
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import MonitorError
from monitor.rule import Condition, Group, Lookup, Words, walk


@click.group()
def watchlists() -> None:
    """The watchlists: list and change them, check the files, show what a rule comes to.

    \b
    Example:
      monitor watchlists check
    """


@watchlists.command("list")
@output.json_option
@pass_session
def list_(session: Session, *, as_json: bool) -> None:
    """Every watchlist in force, with its thresholds and what it has filed.

    \b
    Example:
      monitor watchlists list
    """
    with session.app() as app:
        counts = app.storage.signals.counts()
        rows = [
            (
                w.id,
                w.title,
                w.alert,
                w.digest,
                len({one for g in w.groups for one in _lookups(g.condition)}),
                counts.get(w.id, 0),
            )
            for w in app.in_force.watchlists
        ]
        names = ("watchlist", "title", "alert", "digest", "terms", "signals")
        if as_json:
            for row in rows:
                output.print_json(dict(zip(names, row, strict=True)))
        else:
            output.table(names, rows)


watchlists.add_command(check)


@watchlists.command()
@click.argument("watchlist")
@output.json_option
@pass_session
def show(session: Session, watchlist: str, *, as_json: bool) -> None:
    """What a watchlist comes to, with every concept and entity spelt out.

    \b
    Example:
      monitor watchlists show exim-dfc
    """
    with session.app() as app:
        found = next((w for w in app.in_force.watchlists if w.id == watchlist), None)
        if found is None:
            known = ", ".join(w.id for w in app.in_force.watchlists)
            raise MonitorError(f"no watchlist is called '{watchlist}': there are {known}")
        if as_json:
            output.print_json(found)
            return
        echo(f"{found.title}\n{found.about}".strip())
        echo(
            f"alert from {found.alert}, digest from {found.digest}, "
            f"words in the summary only count {found.weights['summary']:g}"
        )
        for kind, groups in (
            ("must", found.must),
            ("any", found.any),
            ("less", found.less),
            ("not", found.exclude),
        ):
            for group in groups:
                _show(kind, group)
        for stage in found.stages:
            echo(f"\nstage {stage.number + 1}: {stage.id}\n  {_terms(stage.condition)}")


def _show(kind: str, group: Group) -> None:
    sign = {"must": "+", "any": "+", "less": "-", "not": ""}[kind]
    points = f" ({sign}{group.weight})" if sign else ""
    echo(f"\n{kind}: {group.name}{points}\n  {_terms(group.condition)}")


def _lookups(condition: Condition) -> set[Lookup]:
    return {one for part in walk(condition) if isinstance(part, Words) for one in part.lookups}


def _terms(condition: Condition) -> str:
    return ", ".join(sorted(one.written for one in _lookups(condition)))
