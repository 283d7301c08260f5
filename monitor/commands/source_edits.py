"""`monitor sources`: add, import, export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO

import click

from monitor import adding, discover, opml
from monitor.adding import Catalogue
from monitor.app import utc_now
from monitor.commands import door, output
from monitor.commands.session import Session, echo, pass_session
from monitor.commands.sources import sources
from monitor.discover import Proposal
from monitor.edit import diff
from monitor.errors import MonitorError
from monitor.fetch import Fetcher, HttpSettings
from monitor.folder import SOURCES
from monitor.installation import files
from monitor.opml import Outline
from monitor.sources.listing import ListingFile

SHOWN = 10


@contextmanager
def _opened(session: Session) -> Iterator[Catalogue]:
    with door.editor(session) as editor:
        yield Catalogue.opened(editor, files(session.settings())[1])


# ------------------------------------------------------------------ add


@click.command()
@click.argument("url")
@click.option("--id", "id_", help="Its id; else made of the address.")
@click.option("--name", help="What it is called; else as it calls itself.")
@click.option("--tier", type=click.IntRange(1, 4), help="1 primary, 2 wire, 3 trade press, 4 general press.")
@click.option("--lang", help="Language, ISO 639-1; else as the page and its letters say.")
@click.option("--zone", help="Time zone of dates without one; else by the ending of the host.")
@click.option("--listing", is_flag=True, help="Read the page itself, whatever feed it names.")
@click.option("--yes", is_flag=True, help="Add it without asking.")
@door.who_option
@door.why_option
@output.json_option
@pass_session
def add(
    session: Session, url: str, id_: str | None, name: str | None, tier: int | None, lang: str | None,
    zone: str | None, who: str, why: str, *, listing: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Add a source: finds the feed of a page, or reads the page itself, shows its items and asks.

    A page that names no feed is read by its dates, and the selector of its entries is proposed. With
    --json nothing is asked: it is added with --yes, and only shown without.

    \b
    Example:
      monitor sources add https://www.exim.gov/news --tier 1
      monitor sources add https://example.com/feed/ --id example --yes
    """
    asked = {"id": id_, "name": name, "tier": tier, "lang": lang, "zone": zone}
    with _opened(session) as known:
        known.refuse_known(url)
        now = utc_now()
        found = asyncio.run(_find(session.settings().http, url, known.taken, now, listing=listing))
        known.refuse_known(found.source.url)
        proposal = adding.changed(found, {key: value for key, value in asked.items() if value is not None})
        body = known.added([proposal])
        if not as_json:
            _show(proposal)
            door.show(diff(SOURCES, known.copy.body, body))
        if not (yes or as_json or click.confirm("Add this?", err=True)):
            raise MonitorError("nothing was added")
        change = known.copy.change(body, who, why or f"adds {proposal.source.id}")
        saved = known.editor.save(change, now) if yes or not as_json else None
        if as_json:
            output.print_json(_row(proposal) | {"edit": saved.id if saved else None})
        elif saved:
            door.tell(saved, as_json=False)


async def _find(
    settings: HttpSettings, url: str, taken: Collection[str], now: datetime, *, listing: bool
) -> Proposal:
    async with Fetcher(settings) as http:
        return await adding.find(http, url, taken, now, listing=listing)


def _show(proposal: Proposal) -> None:
    source, items = proposal.source, proposal.entries
    echo(f"{source.kind}: {source.name} ({source.url}), {len(items)} items\n")
    rows = [(output.when(e.published, source.zone), e.title, e.link) for e in items[:SHOWN]]
    output.table(("date", "title", "link"), rows)
    if len(items) > SHOWN:
        echo(f"and {len(items) - SHOWN} more")
    for said in proposal.set_aside[:3]:
        echo(f"set aside: {said}")
    if source.kind == "listing" and not proposal.source.options_as(ListingFile).row:
        echo("\nThe entries are found by their dates: no simple selector chooses them alone.")
    echo("")


def _row(proposal: Proposal) -> dict[str, object]:
    items = [{"title": e.title, "published": e.published, "link": e.link} for e in proposal.entries]
    return {"source": proposal.keys(), "items": items, "set_aside": proposal.set_aside}


# ------------------------------------------------------------------ OPML


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--check", is_flag=True, help="Try each live, and leave out what does not answer as a feed.")
@click.option("--tier", type=click.IntRange(1, 4), help="The tier of all; else by folder and host.")
@click.option("--yes", is_flag=True, help="Add them without asking.")
@door.who_option
@door.why_option
@output.json_option
@pass_session
def import_(
    session: Session, file: BinaryIO, tier: int | None, who: str, why: str,
    *, check: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Add the feeds of an OPML file (- reads standard input), as other feed readers export them.

    What the catalogue has already is told and left out.

    \b
    Example:
      monitor sources import feeds.opml --check
    """
    with _opened(session) as known:
        fresh, left_out = adding.sorted_out(_outlines(file), known, tier)
        now = utc_now()
        if check:
            fresh, failed = _tried(session.settings().http, fresh, now)
            left_out += failed
        for url, reason in left_out:
            click.echo(f"left out: {url}: {reason}", err=True)
        if not fresh:
            raise MonitorError("there is nothing to add")
        body = known.added(fresh)
        if not as_json:
            door.show(diff(SOURCES, known.copy.body, body))
        if not (yes or as_json or click.confirm(f"Add these {len(fresh)}?", err=True)):
            raise MonitorError("nothing was added")
        if yes or not as_json:
            why = why or f"adds {len(fresh)} sources from {file.name}"
            saved = known.editor.save(known.copy.change(body, who, why), now)
            door.tell(saved, as_json=as_json)
        else:
            for one in fresh:
                output.print_json(one.keys())


def _outlines(file: BinaryIO) -> list[Outline]:
    return adding.outlines(file.name, file.read(adding.MAX_OPML + 1))


def _tried(
    settings: HttpSettings, fresh: Sequence[Proposal], now: datetime
) -> tuple[list[Proposal], list[tuple[str, str]]]:
    with output.progress("Checking", len(fresh)) as bar:
        said = asyncio.run(_try_all(settings, fresh, now, lambda: bar.advance(bar.task_ids[0])))
    good = [one for one, reason in zip(fresh, said, strict=True) if not reason]
    return good, [(one.source.url, reason) for one, reason in zip(fresh, said, strict=True) if reason]


async def _try_all(
    settings: HttpSettings, fresh: Sequence[Proposal], now: datetime, done: Callable[[], None]
) -> list[str]:
    """What stands against each; empty where it answers as a feed."""
    async with Fetcher(settings) as http:

        async def reason(one: Proposal) -> str:
            try:
                found = discover.identify(await adding.fetched(http, one.source.url), (), now)
            except MonitorError as error:
                return str(error)
            else:
                return "" if found.source.kind == "feed" else "is a page, not a feed"
            finally:
                done()

        return list(await asyncio.gather(*(reason(one) for one in fresh)))


@click.command("export")
@click.argument("file", type=click.File("wb", atomic=True), default="-")
@pass_session
def export(session: Session, file: BinaryIO) -> None:
    """Write the feeds that are polled as OPML 2.0, for other feed readers; to stdout without FILE.

    \b
    Example:
      monitor sources export feeds.opml
    """
    with session.app() as app:
        feeds = [source for source in app.in_force.enabled() if source.kind == "feed"]
        file.write(opml.write(feeds, app.clock()))


for command in (add, import_, export):
    sources.add_command(command)
