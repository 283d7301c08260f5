"""`monitor explain`, `monitor evidence` and `monitor search`: single items and what was made of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TextIO

import click

from monitor import explain, history, looks
from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.conditions import Evidence
from monitor.errors import MonitorError
from monitor.explain import Explanation
from monitor.links import web_link
from monitor.looks import Look, Sighting
from monitor.model import Content, Item
from monitor.score import evaluate
from monitor.text import clean


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
    unread = None
    with session.app() as app:
        if text is not None:
            title, _, body = text.read(100_000).partition("\n")
            found = None
            evidence = Evidence(app.in_force.matcher.find(Content(clean(title), clean(body))))
        else:
            found = _find(app, item or "")
            evidence, unread = _evidence(app, found), _unread(app, found)
        made = list(_explanations(app, evidence, found, unread))
        if only and only not in {e.watchlist.id for e in made}:
            raise MonitorError(f"no watchlist is called '{only}': see monitor watchlists list")
        shown = [e for e in made if only in (None, e.watchlist.id)]
        if as_json:
            for explanation in shown:
                output.print_json(explain.as_json(explanation))
            return
        if found:
            _head(app, found)
        kinds = explain.kinds((e.watchlist for e in shown), evidence)
        if kinds:
            echo(f"kind of text: {', '.join(kind.replace('-', ' ') for kind in kinds)}")
        for explanation in sorted(shown, key=lambda e: -e.verdict.score):
            echo("")
            for line in explain.lines(explanation):
                echo(line)


def _find(app: App, wanted: str) -> Item:
    items = app.storage.items
    found = items.get(int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 16 else None
    if found is None:
        found = next(iter(items.by_link({wanted, web_link(wanted)})), None)
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
    if look is None:
        return "page: not read in full; title and summary did not ask for it"
    if not seen:
        when = f"; next look {output.when(look.due, app.zone)}" if look.due else "; given up"
        return f"page: {look.error}{when}" if look.error else "page: to be read in full"
    changed = f", changed {output.when(seen[-1].seen, app.zone)}" if len(seen) > 1 else ""
    more = f"monitor evidence {look.item}{' --diff' if changed else ''}"
    return f"page: read in full {output.when(seen[0].seen, app.zone)}{changed} ({more})"


def _evidence(app: App, item: Item, *, read: bool = True) -> Evidence:
    """What the rules find in an item, and with `read` in its page."""
    body = app.storage.looks.body if read else lambda _: ""
    (past,) = history.stored([item], app.in_force.sources, body)
    return Evidence(app.in_force.matcher.find(past.content), past.origin)


def _unread(app: App, item: Item) -> Evidence | None:
    """What they find without its page; None where that was not read."""
    return _evidence(app, item, read=False) if app.storage.looks.last(item.id) else None


def _explanations(
    app: App, evidence: Evidence, item: Item | None, unread: Evidence | None
) -> Iterator[Explanation]:
    for watchlist in app.in_force.watchlists:
        verdict = evaluate(watchlist, evidence)
        result = explain.held_back(watchlist, verdict, app.clock())
        if item is not None:
            result = _told(app, item, watchlist.id, scores=bool(verdict.score)) or result
        result = result or explain.outcome(verdict)
        without = evaluate(watchlist, unread) if unread else None
        yield Explanation(watchlist, verdict, result, evidence, without)


def _told(app: App, item: Item, watchlist: str, *, scores: bool) -> str:
    """What really came of a stored item: told when, or silent why."""
    sent = [a for a in app.storage.alerts.of_item(item.id) if a.watchlist == watchlist]
    if sent:
        times = ", ".join(f"{a.reason.value} {output.when(a.created, app.zone)}" for a in sent)
        return f"alert: {times}"
    filed = app.storage.signals.of_item(item.id, watchlist)
    if filed is None or not scores or not filed.silence:
        return ""
    return f"no alert: it {filed.silence}"


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
            for before, sighting in zip([None, *seen], seen, strict=False):
                changed = looks.changes(before.text, sighting.text) if before and diff else ()
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
    for old, new in pairwise(seen):
        echo(f"\n{output.when(old.seen, app.zone)} -> {output.when(new.seen, app.zone)}")
        for line in looks.changes(old.text, new.text):
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
