"""`monitor watchlists`: list, check, show."""

from __future__ import annotations

import sys

import click

from monitor import catalogue
from monitor import watchlists as files
from monitor.app import files as places
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import Invalid, MonitorError, Problem
from monitor.rule import Condition, Group, Lookup, Words, walk
from monitor.yamlfile import decode


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


@watchlists.command()
@output.json_option
@pass_session
def check(session: Session, *, as_json: bool) -> None:
    """Check every file; each problem with file, line and remedy. Exits 1 if there is any.

    \b
    Example:
      monitor watchlists check
    """
    with output.errors():
        directory, sources = places(session.settings())
        rulebook, problems = files.build(files.read_directory(directory))
        found = list(problems)
        if not rulebook.watchlists and not problems:
            remedy = "put a watchlist there, or start from the shipped ones"
            found.append(Problem(".", 0, "there is no watchlist in this folder", remedy))
        count = 0
        try:
            listed, more = catalogue.parse(sources.name, decode(sources.name, sources.read_bytes()))
            count = len(listed)
            found.extend(more)
        except Invalid as error:
            found.extend(error.problems)
        for problem in found:
            if as_json:
                output.print_json(problem)
            else:
                click.echo(f"{directory}/{problem}")
        if found:
            click.secho(f"{len(found)} problems.", fg="red", err=True)
            sys.exit(output.FAILURE)
        if not as_json:
            echo(f"{len(rulebook.watchlists)} watchlists and {count} sources, no problem found.")


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
