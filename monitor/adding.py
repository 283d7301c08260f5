"""An address, or a list of feeds -> entries of the catalogue: what can be read there, and what of it is new.

The step that the command line and the web page share.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from monitor import catalogue, discover, opml, yamledit
from monitor.discover import Proposal
from monitor.edit import Copy, Editor
from monitor.errors import MonitorError, Unreadable
from monitor.fetch import Door, Fetched
from monitor.folder import SOURCES
from monitor.model import Source, Validators
from monitor.opml import Outline
from monitor.request import Document, Request
from monitor.sources import KINDS
from monitor.yamlfile import decode

MAX_OPML = 5_000_000
# What an address can turn out to be; the other kinds are written by hand.
FOUND = ("feed", "sitemap", "listing")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The file as it is, the door to change it by, and what it lists."""

    editor: Editor
    copy: Copy
    sources: tuple[Source, ...]

    @classmethod
    def opened(cls, editor: Editor, catalogued: Path) -> Catalogue:
        """The catalogue that is in force. Raises MonitorError where it is not one of the editor's files."""
        if catalogued.resolve() != (editor.directory / SOURCES).resolve():
            raise MonitorError(f"{catalogued}: is not beside the watchlists (paths.sources): edit it by hand")
        copy = editor.copy(SOURCES)
        listed, _ = catalogue.parse(SOURCES, decode(SOURCES, copy.body or b""))
        return cls(editor, copy, listed)

    @property
    def taken(self) -> set[str]:
        return {source.id for source in self.sources}

    def refuse_known(self, url: str) -> None:
        """Raises MonitorError where a source at this address is listed."""
        if there := discover.Places(self.sources).get(url):
            raise MonitorError(f"{url} is in the catalogue already, as '{there}'")

    def added(self, entries: Sequence[Proposal]) -> bytes:
        """What the file says with these at its end, comments and layout as they are."""
        text = decode(SOURCES, self.copy.body or b"")
        return yamledit.add_entries(text, "sources", [one.keys() for one in entries]).encode()


# ------------------------------------------------------------------ one address


async def find(
    http: Door, url: str, taken: Collection[str], now: datetime, *, listing: bool = False
) -> Proposal:
    """What the address is, or the feed it leads to; with `listing` the page itself, whatever feed it names.

    Raises MonitorError where nothing can be read.
    """
    document = await fetched(http, url)
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
            found = discover.identify(await fetched(http, place), taken, now)
        except MonitorError:
            continue  # what stands there is no feed; the page itself may do
        if found.source.kind == "feed":
            return found
    if page:
        return page
    raise MonitorError(f"{url}: no feed was found, and {failure}")


async def fetched(http: Door, url: str) -> Document:
    """What stands at an address. Raises MonitorError."""
    answer = await http.fetch(Request(url), Validators(), subject=url)
    assert isinstance(answer, Fetched)
    return answer.document


def changed(found: Proposal, asked: Mapping[str, str | int]) -> Proposal:
    """The same with other values. Raises MonitorError where one cannot stand."""
    try:
        return Proposal(discover.named(found.source, **asked), found.entries, found.set_aside)
    except ValueError as error:
        said = str(error).splitlines()
        raise MonitorError(f"this cannot be a source: {' '.join(said[1:3])}") from None


def entered(kind: str, values: Mapping[str, str | int]) -> Proposal:
    """A source as somebody filled in a form. Raises MonitorError that names what cannot stand."""
    if kind not in FOUND:
        raise MonitorError(f"'{kind}' cannot be added here: an address is one of {', '.join(FOUND)}")
    try:
        written = KINDS[kind].written.model_validate({"kind": kind, **values})
    except ValidationError as error:
        first = error.errors()[0]
        name, said = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        raise MonitorError(f"{name}: {said}") from None
    return Proposal(catalogue.source_of(written), ())


# ------------------------------------------------------------------ a list of feeds


def outlines(name: str, body: bytes) -> list[Outline]:
    """The feeds of an OPML file that is called so. Raises MonitorError."""
    if len(body) > MAX_OPML:
        raise MonitorError(f"{name}: is larger than {MAX_OPML:,} bytes: split it")
    try:
        return opml.read(body)
    except Unreadable as error:
        raise MonitorError(f"{name}: {error}") from None


def sorted_out(
    listed: Sequence[Outline], known: Catalogue, tier: int | None = None
) -> tuple[list[Proposal], list[tuple[str, str]]]:
    """The feeds that are new, as entries, and the others with the reason."""
    fresh: list[Proposal] = []
    left_out: list[tuple[str, str]] = []
    taken, places = known.taken, discover.Places(known.sources)
    for outline in listed:
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
