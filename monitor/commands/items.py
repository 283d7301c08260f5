"""`monitor explain` and `monitor search`: single items and what was made of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TextIO

import click

from monitor import alerts, explain, history, stories
from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.conditions import Evidence
from monitor.errors import MonitorError
from monitor.explain import Explanation
from monitor.links import web_link
from monitor.model import Content, Item, Seen, Signal
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
    with session.app() as app:
        if text is not None:
            title, _, body = text.read(100_000).partition("\n")
            found = None
            evidence = Evidence(app.in_force.matcher.find(Content(clean(title), clean(body))))
        else:
            found = _find(app, item or "")
            evidence = _evidence(app, found)
        made = list(_explanations(app, evidence, found))
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


def _evidence(app: App, item: Item) -> Evidence:
    (past,) = history.stored([item], app.in_force.sources)
    return Evidence(app.in_force.matcher.find(past.content), past.origin)


def _explanations(app: App, evidence: Evidence, item: Item | None) -> Iterator[Explanation]:
    for watchlist in app.in_force.watchlists:
        verdict = evaluate(watchlist, evidence)
        result = explain.held_back(watchlist, verdict, app.clock())
        if item is not None:
            result = _told(app, item, watchlist.id, scores=bool(verdict.score)) or result
        result = result or explain.outcome(verdict)
        yield Explanation(watchlist, verdict, result, evidence)


def _told(app: App, item: Item, watchlist: str, *, scores: bool) -> str:
    """What really came of a stored item: told when, or silent why."""
    sent = [a for a in app.storage.alerts.of_item(item.id) if a.watchlist == watchlist]
    if sent:
        times = ", ".join(f"{a.reason.value} {output.when(a.created, app.zone)}" for a in sent)
        return f"alert: {times}"
    filed = app.storage.signals.of_item(item.id, watchlist)
    source = app.in_force.sources.get(item.source)
    if filed is None or source is None or not scores:
        return ""
    rule = next(w for w in app.in_force.watchlists if w.id == watchlist)
    verdict = evaluate(rule, _evidence(app, item))
    story = stories.fingerprint(item.title, item.id)
    signal = Signal(item, verdict, story, filed.baseline, filed.decided)
    since = filed.decided - stories.WINDOW
    seen = app.storage.alerts.seen(item.id, watchlist, story, since)
    decision = alerts.decide(signal, rule, source, Seen(story_told=seen.story_told), filed.decided)
    return f"no alert: it {decision.why}" if isinstance(decision, alerts.Silence) else ""


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
