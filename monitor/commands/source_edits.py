"""`monitor sources`: add, import, export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import click

from monitor import catalogue, discover, opml, yamledit
from monitor.app import utc_now
from monitor.commands import door, output
from monitor.commands.session import Session, echo, pass_session
from monitor.commands.sources import sources
from monitor.discover import Proposal
from monitor.edit import Copy, Editor, diff
from monitor.errors import MonitorError, Unreadable
from monitor.fetch import Fetched, Fetcher, HttpSettings
from monitor.folder import SOURCES
from monitor.installation import files
from monitor.model import Source, Validators
from monitor.opml import Outline
from monitor.request import Document, Request
from monitor.sources.listing import ListingFile
from monitor.yamlfile import decode

MAX_OPML = 5_000_000
SHOWN = 10


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """The file as it is, the door to change it by, and what it lists."""

    editor: Editor
    copy: Copy
    sources: tuple[Source, ...]

    @property
    def taken(self) -> set[str]:
        return {source.id for source in self.sources}

    def added(self, entries: Sequence[Proposal]) -> bytes:
        """What the file says with these at its end, comments and layout as they are."""
        text = decode(SOURCES, self.copy.body or b"")
        return yamledit.add_entries(text, "sources", [one.keys() for one in entries]).encode()


@contextmanager
def _opened(session: Session) -> Iterator[_Catalogue]:
    with door.editor(session) as editor:
        _, catalogued = files(session.settings())
        if catalogued.resolve() != (editor.directory / SOURCES).resolve():
            raise MonitorError(f"{catalogued}: is not beside the watchlists (paths.sources): edit it by hand")
        copy = editor.copy(SOURCES)
        listed, _ = catalogue.parse(SOURCES, decode(SOURCES, copy.body or b""))
        yield _Catalogue(editor, copy, listed)


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
        _refuse_known(url, known.sources)
        now = utc_now()
        found = asyncio.run(_find(session.settings().http, url, known.taken, now, listing=listing))
        _refuse_known(found.source.url, known.sources)
        proposal = _changed(found, {key: value for key, value in asked.items() if value is not None})
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


def _changed(found: Proposal, asked: dict[str, str | int]) -> Proposal:
    try:
        return Proposal(discover.named(found.source, **asked), found.entries, found.set_aside)
    except ValueError as error:
        said = str(error).splitlines()
        raise MonitorError(f"this cannot be a source: {' '.join(said[1:3])}") from None


def _refuse_known(url: str, sources: Collection[Source]) -> None:
    if there := discover.Places(sources).get(url):
        raise MonitorError(f"{url} is in the catalogue already, as '{there}'")


async def _find(
    settings: HttpSettings, url: str, taken: Collection[str], now: datetime, *, listing: bool
) -> Proposal:
    """What the address is, or the feed it leads to. Raises MonitorError where nothing can be read."""
    async with Fetcher(settings) as http:
        document = await _fetch(http, url)
        page: Proposal | None = None
        failure: Unreadable | None = None
        try:
            page = discover.identify(document, taken, now)
        except Unreadable as error:
            failure = error
        if page and (listing or page.source.kind != "listing"):
            return page
        feeds = discover.feeds_of(document)
        for place in () if listing else feeds or discover.usual_places(document.url):
            try:
                found = discover.identify(await _fetch(http, place), taken, now)
            except MonitorError:
                continue  # what stands there is no feed; the page itself may do
            if found.source.kind == "feed":
                return found
    if page:
        return page
    raise MonitorError(f"{url}: no feed was found, and {failure}")


async def _fetch(http: Fetcher, url: str) -> Document:
    answer = await http.fetch(Request(url), Validators(), subject=url)
    assert isinstance(answer, Fetched)
    return answer.document


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
        fresh, left_out = _sorted_out(_outlines(file), known, tier)
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
    body = file.read(MAX_OPML + 1)
    if len(body) > MAX_OPML:
        raise MonitorError(f"{file.name}: is larger than {MAX_OPML:,} bytes: split it")
    try:
        return opml.read(body)
    except Unreadable as error:
        raise MonitorError(f"{file.name}: {error}") from None


def _sorted_out(
    outlines: Sequence[Outline], known: _Catalogue, tier: int | None
) -> tuple[list[Proposal], list[tuple[str, str]]]:
    """The feeds that are new, as entries, and the others with the reason."""
    fresh: list[Proposal] = []
    left_out: list[tuple[str, str]] = []
    taken, places = known.taken, discover.Places(known.sources)
    for outline in outlines:
        if there := places.get(outline.url):
            left_out.append((outline.url, f"is there already, as '{there}'"))
            continue
        try:
            source = discover.from_outline(outline, taken, tier)
        except ValueError as error:
            left_out.append((outline.url, str(error).splitlines()[-1].strip()))
            continue
        places.add(source)
        taken.add(source.id)
        fresh.append(Proposal(source, ()))
    return fresh, left_out


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
                found = discover.identify(await _fetch(http, one.source.url), (), now)
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
