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
from monitor.model import Group, Term
from monitor.yamlfile import decode


@click.group()
def watchlists() -> None:
    """The watchlists: list them, check the files, show what a rule comes to.

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
            (w.id, w.title, w.alert, w.digest, sum(len(g.terms) for g in w.groups), counts.get(w.id, 0))
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
            f"words in the text only count {found.text_factor:g}"
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
            echo(f"\nstage {stage.number + 1}: {stage.id}\n  {_terms(stage.terms)}")


def _show(kind: str, group: Group) -> None:
    sign = {"must": "+", "any": "+", "less": "-", "not": ""}[kind]
    points = f" ({sign}{group.weight})" if sign else ""
    where = "" if len(group.fields) > 1 else f", in the {group.fields[0]} only"
    echo(f"\n{kind}: {group.name}{points}{where}\n  {_terms(group.terms)}")


def _terms(terms: tuple[Term, ...]) -> str:
    return ", ".join(
        ("=" if t.phrase.exact else "") + t.phrase.text + ("*" if t.phrase.prefix else "") for t in terms
    )
