"""`monitor explain`, `monitor evidence` and `monitor search`: single items and what was made of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TextIO

import click

from monitor import explain, looks
from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import MonitorError
from monitor.inquiry import Inquiry
from monitor.looks import Look, Sighting
from monitor.model import Item


@click.command("explain")
@click.argument("item", required=False)
@click.option("--text", type=click.File("r"), help="Explain a text instead; - reads standard input.")
@click.option("--watchlist", "only", help="Only this watchlist.")
@output.json_option
@pass_session
def explain_(
    session: Session, item: str | None, text: TextIO | None, only: str | None, *, as_json: bool
) -> None:
    """Why an item fired or did not, on every watchlist, step by step.

    ITEM is a link or the number that 'monitor search' shows. Of a text, the first line is the
    title.

    \b
    Example:
      monitor explain 17
      echo "EXIM issues letter of interest for rare earth magnet plant" | monitor explain --text -
    """
    if (item is None) == (text is None):
        raise click.UsageError("give either an ITEM or --text")
    with session.app() as app:
        asked = _inquiry(app)
        if text is not None:
            title, _, body = text.read(100_000).partition("\n")
            found, made = None, asked.of_text(title, body)
        else:
            found = _find(app, item or "")
            made = asked.of_item(found)
        if only and only not in {e.watchlist.id for e in made}:
            raise MonitorError(f"no watchlist is called '{only}': see monitor watchlists list")
        shown = [e for e in made if only in (None, e.watchlist.id)]
        if as_json:
            for explanation in shown:
                output.print_json(explain.as_json(explanation))
            return
        if found:
            _head(app, found)
        kinds = explain.kinds((e.watchlist for e in shown), shown[0].evidence) if shown else ()
        if kinds:
            echo(f"kind of text: {', '.join(kind.replace('-', ' ') for kind in kinds)}")
        for explanation in sorted(shown, key=lambda e: -e.verdict.score):
            echo("")
            for line in explain.lines(explanation):
                echo(line)


def _inquiry(app: App) -> Inquiry:
    return Inquiry(app.storage, app.in_force, app.clock(), app.zone)


def _find(app: App, wanted: str) -> Item:
    found = _inquiry(app).find(wanted)
    if found is None:
        raise MonitorError(f"no stored item is '{wanted}': find it with monitor search, or use --text -")
    return found


def _head(app: App, item: Item) -> None:
    source = app.in_force.sources.get(item.source)
    name = f"{source.name} (tier {source.tier})" if source else item.source
    echo(f"{item.title}\n{item.link}".rstrip())
    echo(f"item {item.id} · {name} · published {output.when(item.published, app.zone) or 'without a date'}")
    edits = f" · edited {item.revision - 1} times" if item.revision > 1 else ""
    echo(f"first seen {output.when(item.first_seen, app.zone)}{edits}")
    look = app.storage.looks.get(item.id)
    if look is not None:
        echo(_reading(app, look, app.storage.looks.sightings(item.id)))


def _reading(app: App, look: Look | None, seen: Sequence[Sighting]) -> str:
    """How far reading an item's page has come, in a line."""
    said = looks.progress(look, [one.seen for one in seen], lambda moment: output.when(moment, app.zone))
    more = f" (monitor evidence {look.item}{' --diff' if len(seen) > 1 else ''})" if look and seen else ""
    return f"page: {said}{more}"


@click.command()
@click.argument("item")
@click.option("--diff", is_flag=True, help="Show what changed from one version to the next.")
@click.option("--text", is_flag=True, help="Print the text that was seen last.")
@output.json_option
@pass_session
def evidence(session: Session, item: str, *, diff: bool, text: bool, as_json: bool) -> None:
    """What was seen on an item's page: when, where, its SHA-256, and each later version.

    ITEM is a link or the number that 'monitor search' shows. What was seen is never written over.

    \b
    Example:
      monitor evidence 17
      monitor evidence 17 --diff
      monitor evidence https://ustr.gov/release --text
    """
    with session.app() as app:
        found = _find(app, item)
        look, seen = app.storage.looks.get(found.id), app.storage.looks.sightings(found.id)
        if as_json:
            shown = looks.versions(seen) if diff else ((one, ()) for one in seen)
            for sighting, changed in shown:
                output.print_json({**output.jsonable(sighting), "changes": list(changed)})
        elif text and seen:
            echo(seen[-1].text)
        else:
            echo(f"{found.title}\n{found.link}".rstrip())
            echo(_reading(app, look, seen))
            _versions(app, seen)
            if diff:
                _differences(app, seen)


def _versions(app: App, seen: Sequence[Sighting]) -> None:
    rows = [
        (s.number, output.when(s.seen, app.zone), s.kind, f"{s.size:,}", len(s.text), s.sha256) for s in seen
    ]
    if rows:
        output.table(("version", "seen", "kind", "bytes", "characters", "sha-256"), rows)


def _differences(app: App, seen: Sequence[Sighting]) -> None:
    for (old, _), (new, changed) in pairwise(looks.versions(seen)):
        echo(f"\n{output.when(old.seen, app.zone)} -> {output.when(new.seen, app.zone)}")
        for line in changed:
            echo(f"  {line}")


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@output.json_option
@pass_session
def search(session: Session, words: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """Find stored items by their words, in any language, newest first.

    All words must be there; words in quotes stand together. Chinese needs no spaces.

    \b
    Example:
      monitor search rare earth magnets
      monitor search "letter of interest" 稀土
    """
    with session.app() as app:
        # The shell takes the quotes off: an argument with a space in it was quoted.
        asked = (f'"{w}"' if " " in w and '"' not in w else w for w in words)
        found = app.storage.items.search(" ".join(asked), limit)
        if as_json:
            for item in found:
                output.print_json(item)
        elif found:
            rows = [(i.id, output.when(i.when, app.zone), i.source, i.title) for i in found]
            output.table(("item", "published", "source", "title"), rows)
        else:
            echo("Nothing found.")
        sys.exit(0)
