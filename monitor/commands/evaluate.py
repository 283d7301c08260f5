"""`monitor eval`: how good the watchlists are, on labelled items."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import click

from monitor import evaluate, explain
from monitor import watchlists as rules
from monitor.app import files
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.evaluate import Judged, Tally
from monitor.explain import Explanation
from monitor.folder import read_directory
from monitor.match import Matcher
from monitor.rule import Watchlist
from monitor.text import shorten


@click.command("eval")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option(
    "--items", type=click.Path(path_type=Path, dir_okay=False), help="Write what each item got here."
)
@click.option("--errors", is_flag=True, help="List every false alert and every miss, with why.")
@output.json_option
@pass_session
def eval_(session: Session, file: TextIO, items: Path | None, *, errors: bool, as_json: bool) -> None:
    """Precision, recall and F1 of every watchlist on labelled items.

    FILE holds one JSON object a line: id, title, text, and labels, the ids of the watchlists
    that should alert.

    \b
    Example:
      monitor eval labelled.jsonl --errors
    """
    with output.errors():
        directory, _ = files(session.settings())
        rulebook, problems = rules.build(read_directory(directory))
        output.problems(problems)
        matcher = Matcher(rulebook.watchlists)
        judged = list(evaluate.judge(evaluate.read(file.name, file), rulebook.watchlists, matcher))
        result = evaluate.count(judged)
        if items:
            lines = (json.dumps(evaluate.as_json(one), ensure_ascii=False) + "\n" for one in judged)
            items.write_text("".join(lines), "utf-8")
        tallies = {
            **dict(sorted(result.watchlists.items())),
            **{f"language {name}": tally for name, tally in sorted(result.languages.items())},
            "all": result.overall,
        }
        if as_json:
            for name, tally in tallies.items():
                output.print_json({"of": name, "f1": tally.f1} | output.jsonable(tally))
            return
        if errors:
            _errors(judged, rulebook.watchlists, matcher)
        output.table(
            ("of", "precision", "recall", "F1", "right", "false", "missed"),
            [_row(name, tally) for name, tally in tallies.items()],
        )


def _row(name: str, tally: Tally) -> tuple[object, ...]:
    rates = (f"{rate:.3f}" for rate in (tally.precision, tally.recall, tally.f1))
    return (name, *rates, tally.right, tally.false, tally.missed)


def _errors(judged: list[Judged], watchlists: Sequence[Watchlist], matcher: Matcher) -> None:
    """Every false alert and miss, with what made its score and what lacked."""
    for one in judged:
        wrong = dict.fromkeys(one.alerts - one.item.labels, "false ")
        wrong |= dict.fromkeys(one.item.labels - one.alerts, "missed")
        if not wrong:
            continue
        evidence = evaluate.seen(one.item, matcher)
        for word, name in sorted((word, name) for name, word in wrong.items()):
            echo(f"{word} {name}: {shorten(one.item.title, 100)} ({one.item.id})")
            for watchlist, verdict in zip(watchlists, one.verdicts, strict=True):
                if watchlist.id == name:
                    said = Explanation(watchlist, verdict, explain.outcome(verdict), evidence)
                    for line in explain.short(said):
                        echo(f"    {line}")
