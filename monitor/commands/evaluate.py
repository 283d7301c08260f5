"""`monitor eval`: how good the watchlists are, on labelled items."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import click

from monitor import catalogue, evaluate, explain
from monitor import watchlists as rules
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.evaluate import Judged, Result, Tally
from monitor.explain import Explanation
from monitor.folder import read_directory
from monitor.installation import files
from monitor.labelled import Labelled, read
from monitor.live import InForce
from monitor.match import Matcher
from monitor.replay import Replay
from monitor.rule import Watchlist
from monitor.storage import Storage
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
    """How good the watchlists, stories and facts are, on labelled items.

    FILE holds one JSON object a line: id, title, text, and labels, the ids of the watchlists
    that should alert; date, story and facts (agency, amount_usd, companies, countries, stage) where
    they are known. The items are judged, told and filed like polled ones, into an empty history.

    \b
    Example:
      monitor eval labelled.jsonl --errors
    """
    with output.errors():
        in_force = _in_force(session)
        labelled = list(read(file.name, file))
        judged = list(_judge(in_force, labelled))
        result = evaluate.count(judged)
        if items:
            by_id = {one.item.id: one for one in judged}
            lines = (
                json.dumps(evaluate.as_json(by_id[one.id]), ensure_ascii=False) + "\n" for one in labelled
            )
            items.write_text("".join(lines), "utf-8")
        if as_json:
            _print_json(result)
            return
        if errors:
            _errors(judged, in_force.watchlists, in_force.matcher)
        output.table(
            ("of", "precision", "recall", "F1", "right", "false", "missed"),
            [_row(name, tally) for name, tally in _tallies(result).items()],
        )
        for line in _sentences(result):
            echo(line)


def _in_force(session: Session) -> InForce:
    """The rules as they stand in the files, and the catalogue, whose primary sources are known again."""
    directory, sources = files(session.settings())
    texts = read_directory(directory)
    _, problems = rules.build(texts)
    output.problems(problems)
    known, _ = catalogue.parse(sources.name, sources.read_text("utf-8"), ())
    return InForce(texts, {}, known)


def _judge(in_force: InForce, items: Sequence[Labelled]) -> Iterator[Judged]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Storage(Path(folder) / "eval.db") as storage,
        output.progress("judging items", len(items)) as bar,
    ):
        for judged in Replay(storage, in_force).run(items):
            yield judged
            bar.advance(bar.task_ids[0])


def _tallies(result: Result) -> dict[str, Tally]:
    return {
        **dict(sorted(result.watchlists.items())),
        **{f"language {name}": tally for name, tally in sorted(result.languages.items())},
        "all": result.overall,
    }


def _sentences(result: Result) -> Iterator[str]:
    """Stories, facts and what was told, a line each."""
    if result.stories:
        one = result.stories
        yield (
            f"stories: B-cubed F1 {one.f1:.3f} (precision {one.precision:.3f}, recall {one.recall:.3f}) "
            f"on {one.items} items"
        )
    stated = [f"{name} {share.rate:.3f} of {share.of}" for name, share in result.facts.items() if share.of]
    if stated:
        yield f"facts right: {', '.join(stated)}"
    if result.told:
        told = result.told
        yield f"told first: {told.first} stories, of {told.stories} there are; spoke again: {told.again}"


def _print_json(result: Result) -> None:
    for name, tally in _tallies(result).items():
        output.print_json({"of": name, "f1": tally.f1} | output.jsonable(tally))
    if result.stories:
        output.print_json({"of": "stories", "f1": result.stories.f1} | output.jsonable(result.stories))
    for name, share in result.facts.items():
        output.print_json({"of": f"fact {name}", "rate": share.rate} | output.jsonable(share))
    if result.told:
        output.print_json({"of": "told"} | output.jsonable(result.told))


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
