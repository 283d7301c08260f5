"""`monitor watchlists check`: mistakes in the files, and what the news says of the rules."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import click

from monitor import catalogue, lint
from monitor import watchlists as files
from monitor.commands import output, past
from monitor.commands.session import Session, echo, pass_session
from monitor.config import Settings
from monitor.errors import Invalid, Problem
from monitor.folder import read_directory
from monitor.installation import files as places
from monitor.lint import EXAMPLES, Census, Finding
from monitor.model import Source
from monitor.storage import Storage
from monitor.watchlists import Rulebook
from monitor.yamlfile import decode

# So many warnings of one kind, or terms of one, are shown without --all.
SHOWN = 10


@click.command()
@past.file_option
@past.days_option
@click.option("--all", "whole", is_flag=True, help="List every warning and every term that never fires.")
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@output.json_option
@pass_session
def check(
    session: Session, file: Path | None, days: int | None, *, whole: bool, strict: bool, as_json: bool
) -> None:
    """Check every file; each problem with file, line and remedy. Exits 1 if there is any.

    Warns of what is probably not meant: groups that cannot be met, thresholds that cannot be
    reached, what has expired; and, going by the stored items or those of a file, terms that never
    fire or fire on something else.

    \b
    Example:
      monitor watchlists check
      monitor watchlists check --file headlines.jsonl.gz --all
    """
    with output.errors():
        settings = session.settings()
        directory, _ = places(settings)
        rulebook, sources, problems = _read(settings)
        for problem in problems:
            if as_json:
                output.print_json(problem)
            else:
                click.echo(f"{directory}/{problem}")
        if problems:
            click.secho(f"{len(problems)} problems.", fg="red", err=True)
            sys.exit(output.FAILURE)
        findings = _lint(settings, rulebook, sources, file, days)
        if as_json:
            for finding in findings:
                output.print_json({"kind": "warning"} | output.jsonable(finding))
        else:
            _print(findings, whole=whole)
            echo(f"{len(rulebook.watchlists)} watchlists and {len(sources)} sources, no problem found.")
        if strict and findings:
            sys.exit(output.FAILURE)


def _read(settings: Settings) -> tuple[Rulebook, list[Source], list[Problem]]:
    """The files as they are, and every problem in them."""
    directory, catalogue_file = places(settings)
    rulebook, problems = files.build(read_directory(directory))
    found = list(problems)
    if not rulebook.watchlists and not problems:
        remedy = "put a watchlist there, or start from the shipped ones"
        found.append(Problem(".", 0, "there is no watchlist in this folder", remedy))
    sources: list[Source] = []
    try:
        text = decode(catalogue_file.name, catalogue_file.read_bytes())
        listed, more = catalogue.parse(catalogue_file.name, text)
        sources.extend(listed)
        found.extend(more)
    except Invalid as error:
        found.extend(error.problems)
    return rulebook, sources, found


def _lint(
    settings: Settings, rulebook: Rulebook, sources: list[Source], file: Path | None, days: int | None
) -> list[Finding]:
    """Every warning: from the files, and from items where there are any. Opens no new database."""
    now = datetime.now(UTC)
    by_id = {source.id: source for source in sources}
    census = Census(rulebook.watchlists)
    with ExitStack() as stack:
        if file is not None:
            lot = stack.enter_context(past.in_file(file, by_id, days, now))
        elif settings.storage.path.exists():
            storage = stack.enter_context(Storage(settings.storage.path))
            lot = past.stored(storage, by_id, days, now)
        else:
            lot = past.NOTHING
        for one in lot.through():
            census.add(one)
    return [*lint.static(rulebook.watchlists, sources, now, census.fields), *census.findings()]


def _print(findings: Iterable[Finding], *, whole: bool) -> None:
    """By watchlist, in the order in which things were found."""
    for watchlist, found in groupby(sorted(findings, key=lambda f: f.watchlist), key=lambda f: f.watchlist):
        listed = list(found)
        echo(f"{watchlist}:")
        for finding in listed if whole else listed[:SHOWN]:
            click.secho(f"  warning: {finding}", fg="yellow")
            if len(finding.terms) > 1:
                _terms(finding.terms, whole=whole)
        if len(listed) > SHOWN and not whole:
            echo(f"  and {len(listed) - SHOWN} more warnings (--all lists them)")


def _terms(terms: tuple[str, ...], *, whole: bool) -> None:
    if whole:
        for term in terms:
            echo(f"      {term}")
    else:
        more = " ... (--all lists them)" if len(terms) > EXAMPLES else ""
        echo(f"      {', '.join(terms[:EXAMPLES])}{more}")
