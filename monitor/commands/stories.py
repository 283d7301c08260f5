"""`monitor stories`: which items tell one story, why, and repairs by hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

from monitor.app import App
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import MonitorError
from monitor.placing import Placing
from monitor.storage.stories import Member

DAYS = 14


@click.group(invoke_without_command=True)
@click.option("--days", default=DAYS, show_default=True, type=click.IntRange(1, 3650), help="How far back.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 10_000))
@output.json_option
@click.pass_context
def stories(context: click.Context, days: int, limit: int, *, as_json: bool) -> None:
    """The stories that items joined in the last days, the newest first, each with how many items tell it.

    \b
    Example:
      monitor stories --days 3
    """
    if context.invoked_subcommand:
        return
    session = context.find_object(Session)
    assert session is not None
    with session.app() as app:
        by_story: dict[str, list[Member]] = defaultdict(list)
        for member in app.storage.stories.latest(app.clock() - timedelta(days=days)):
            by_story[member.story].append(member)
        newest = sorted(by_story.values(), key=lambda members: members[-1].joined, reverse=True)[:limit]
        rows = [_row(app, members) for members in newest]
        if as_json:
            for row in rows:
                output.print_json(row)
        elif rows:
            cells = [(r.story, r.items, r.sources, output.when(r.last, app.zone), r.title) for r in rows]
            output.table(("story", "items", "sources", "last", "first told as"), cells)
        else:
            echo(f"No story in the last {days} days. See monitor poll, or --days.")


@dataclass(frozen=True, slots=True)
class Row:
    """A story in a list."""

    story: str
    items: int
    sources: int
    first: datetime
    last: datetime
    title: str


def _row(app: App, members: list[Member]) -> Row:
    items = app.storage.items.get_many([member.item for member in members])
    sources = {item.source for item in items}
    title = items[0].title if items else ""
    return Row(members[0].story, len(members), len(sources), members[0].joined, members[-1].joined, title)


@stories.command()
@click.argument("story")
@output.json_option
@pass_session
def show(session: Session, story: str, *, as_json: bool) -> None:
    """The items of a story in the order in which they came, each with why it joined.

    \b
    Example:
      monitor stories show s17
    """
    with session.app() as app:
        members = app.storage.stories.members(story)
        if not members:
            raise MonitorError(f"no story is '{story}': see monitor stories")
        items = {item.id: item for item in app.storage.items.get_many([m.item for m in members])}
        if as_json:
            for member in members:
                output.print_json(output.jsonable(member) | {"title": items[member.item].title})
            return
        rows = [
            (
                member.item,
                output.when(items[member.item].when, app.zone),
                items[member.item].source,
                items[member.item].title,
                f"joined because {member.because}" if member.because else "came first",
            )
            for member in members
        ]
        output.table(("item", "published", "source", "title", "why"), rows)


@stories.command()
@click.argument("story")
@click.argument("items", nargs=-1, type=int, required=True)
@pass_session
def split(session: Session, story: str, items: tuple[int, ...]) -> None:
    """Take ITEMS out of STORY: they are a story of their own, and never join that one again.

    \b
    Example:
      monitor stories split s17 23 24
    """
    with session.app() as app:
        with app.storage.write():
            apart = _placing(app).split(story, items)
        echo(f"{len(items)} taken out of {story}; they are {apart} now.")


@stories.command()
@click.argument("story")
@click.argument("other")
@pass_session
def merge(session: Session, story: str, other: str) -> None:
    """Make OTHER part of STORY: its items are there now, and what is like either joins it.

    \b
    Example:
      monitor stories merge s17 s40
    """
    with session.app() as app:
        with app.storage.write():
            _placing(app).merge(story, other)
        echo(f"{other} is part of {story} now.")


def _placing(app: App) -> Placing:
    return Placing(app.storage, app.in_force.field_words, app.clock())
