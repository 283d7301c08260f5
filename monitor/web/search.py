"""Search: stored items by their words, in any language, and what came of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import searching
from monitor.errors import MonitorError
from monitor.model import Item
from monitor.searching import MOST_CHARACTERS, Phrase, Piece
from monitor.storage import Storage
from monitor.storage.items import Within
from monitor.web import itemrows, roster
from monitor.web.addresses import Paging, address, beginning
from monitor.web.house import House
from monitor.web.itemrows import ItemRow
from monitor.web.pages import page
from monitor.web.tables import Asked, Table

ROWS, WIDTH = 20, 280
NARROWED = {
    "q": "The words that have to be there; those in quotes stand together.",
    "source": "Only items of the source with this id.",
    "tier": "Only items of sources of this tier, 1 to 4.",
    "lang": "Only items in this language, ISO 639-1.",
    "since": "Only items published on this day or later, such as 2026-11-24.",
    "sort": "best: those that are most about the words first; else the newest.",
}
FILTERS = (*NARROWED, "page")


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found, with the words marked in its title and around the first of them in its text."""

    row: ItemRow
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]


class Search:
    """The page /search."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/search", self.page)]

    def tables(self) -> tuple[Table, ...]:
        says = "Stored items, or those that hold words, with what came of them."
        return (Table("items", says, ItemRow, self._numbers, NARROWED, self._rows),)

    def _numbers(self, storage: Storage, asked: Asked) -> Iterator[int]:
        """Raises MonitorError where a filter makes no sense."""
        words, only = (
            asked.get("q", ""),
            self._within(asked, _since(asked.get("since", ""), self._house.zone)),
        )
        if words.strip() and not searching.phrases(words):
            raise MonitorError("there is no word in q that could be looked for")
        return storage.items.numbers(words, only, best=asked.get("sort") == "best")

    def _rows(self, storage: Storage, numbers: Sequence[int]) -> list[ItemRow]:
        items = storage.items.get_many(numbers)
        return itemrows.rows(storage, self._house.in_force, items, self._house.zone)

    def page(self, request: Request) -> Response:
        """What holds the words; what can be asked where none were given."""
        house = self._house
        asked = {name: request.query_params.get(name, "") for name in FILTERS}
        problem, since = "", None
        try:
            since = _since(asked["since"], house.zone)
        except MonitorError as error:
            problem = str(error)
        phrases = searching.phrases(asked["q"])
        with house.reading() as storage:
            items = self._found(storage, asked, since) if phrases else []
            rows = itemrows.rows(storage, house.in_force, items[:ROWS], house.zone)
        shown = {
            "asked": asked | {"q": asked["q"][:MOST_CHARACTERS]},
            "cut": len(asked["q"]) > MOST_CHARACTERS,
            "words": bool(phrases),
            "hits": [_hit(row, phrases) for row in rows],
            "problem": problem,
            "sources": sorted((one.name, one.id) for one in house.in_force.sources.values()),
            "chosen": roster.choices(house.in_force),
            "narrowed": any(asked[name] for name in ("source", "tier", "lang", "since")),
            "wider": address({"q": asked["q"], "sort": asked["sort"]}),
        } | Paging(asked, ROWS).links(len(items))
        return page(request, house, "search.html", shown)

    def _found(self, storage: Storage, asked: Asked, since: datetime | None) -> Sequence[Item]:
        """A page of what is asked for, and one more where there are more."""
        only = self._within(asked, since)
        skip, best = Paging(asked, ROWS).skip, asked.get("sort") == "best"
        return storage.items.search(asked.get("q", ""), ROWS + 1, only, best=best, skip=skip)

    def _within(self, asked: Asked, since: datetime | None) -> Within:
        return Within(self._sources(asked), _one(asked.get("lang", "")), since)

    def _sources(self, asked: Asked) -> frozenset[str] | None:
        source, tier = asked.get("source", ""), asked.get("tier", "")
        if not tier:
            return _one(source)
        of_tier = (one.id for one in self._house.in_force.sources.values() if str(one.tier) == tier)
        return frozenset(name for name in of_tier if source in ("", name))


def _one(value: str) -> frozenset[str] | None:
    return frozenset({value}) if value else None


def _since(text: str, zone: str) -> datetime | None:
    """The beginning of a day; None where none is given. Raises MonitorError."""
    return beginning(text, zone) if text else None


def _hit(row: ItemRow, phrases: Sequence[Phrase]) -> Hit:
    text = searching.snippet(row.text, phrases, WIDTH) if row.text else ()
    return Hit(row, searching.marked(row.title[:1000], phrases), text)
