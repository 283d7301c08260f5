"""The first page: the stories, newest first, each with why it was told and why it scored."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor import labels, wording
from monitor.errors import MonitorError
from monitor.storage import Storage
from monitor.storage.told import Facet, Newest, Picked, Place
from monitor.web.house import House
from monitor.web.itemrows import headline
from monitor.web.pages import HEADERS, page
from monitor.web.pulse import SPAN, pulse, said
from monitor.web.storyrows import StoryRow, rows, written
from monitor.web.tables import PIECE, Asked, Table

STORIES, TOP, HISTORY = 25, 3, 20
# A filter's value is a name of ours: nothing longer is looked for.
LONGEST = 200
# The filters of the page, in their order.
_SHOWN = (Facet.WATCHLIST, Facet.TIER, Facet.LANG, Facet.ENTITY)
_PLACE = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|\+00:00))~([\w.-]{1,64})", re.ASCII)
FILTERS = {
    "watchlist": "The name of a watchlist that tells it.",
    "tier": "1 primary source, 2 wire, 3 trade press, 4 press.",
    "lang": "The language of the item that was told, as in ISO 639-1.",
    "entity": "The name in the rules of a company, agency or project that made it fire.",
    "after": "Go on after this place of a list, as its last row has it.",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a filter can have, and what it is called."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    """The stories of one day, newest first."""

    words: str
    stories: tuple[StoryRow, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a watchlist finds in what was there before anything could be news."""

    item: int
    title: str
    link: str
    outlet: str
    lang: str
    score: int
    watchlist: str
    published: datetime


class Today:
    """The first page, and what it asks for while it is looked at."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/", self.page), Route("/today/number", self.number)]

    def tables(self) -> tuple[Table, ...]:
        """The stories, as the page has them."""
        says = "The stories, by the newest of their alerts."
        return (Table("stories", says, StoryRow, _stories, FILTERS, self._rows),)

    def page(self, request: Request) -> Response:
        """The stories; with `part=list` what of the page changes with them."""
        asked = {name: request.query_params.get(name, "")[:LONGEST] for name in FILTERS}
        picked, after, now = _picked(asked), place(asked["after"]), self._house.clock()
        with self._house.reading() as storage:
            number = storage.told.number()
            found = storage.told.newest(picked, after, STORIES + 1)
            more = _address(picked, found[STORIES - 1].place) if len(found) > STORIES else ""
            stories = rows(storage, self._house, found[:STORIES])
            first = not picked and not after
            shown: dict[str, object] = {
                "days": list(_days(stories, now, self._house.zone)),
                "top": self._top(storage, now) if first else (),
                "history": sorted(self._history(storage), key=_best) if first and not stories else (),
                "pulse": (how := pulse(storage, self._house, now)),
                "state": tuple(said(how, self._house.zone)),
                "picked": picked,
                "looked_for": bool(self._house.in_force.rulebook.watchlists),
                "number": number,
                "live": after is None,
                "more": more,
                "here_again": _address(picked),
                "choices": self._choices(storage, picked),
                "now": now,
                "clock": lambda told: f"{told.astimezone(ZoneInfo(self._house.zone)):%H:%M}",
                "day_or_hour": lambda known: wording.when(known, self._house.zone),
            }
        part = request.query_params.get("part") == "list"
        return page(request, self._house, "today_part.html" if part else "today.html", shown)

    def number(self, _request: Request) -> Response:
        """Another number whenever there is something new."""
        with self._house.reading() as storage:
            return PlainTextResponse(str(storage.told.number()), headers=HEADERS)

    def _top(self, storage: Storage, now: datetime) -> tuple[StoryRow, ...]:
        """What a digest of the last day would have above all, where there is more than that."""
        if storage.told.count(now - SPAN) <= TOP * 2:
            return ()
        return rows(storage, self._house, storage.told.weightiest(now - SPAN, TOP))

    def _history(self, storage: Storage) -> Iterator[Found]:
        """Before anything is told: what scores most of what was there at the first look."""
        titles = {one.id: one.title for one in self._house.in_force.rulebook.watchlists}
        signals = [one for one in storage.signals.best(HISTORY) if one.watchlist in titles]
        items = {one.id: one for one in storage.items.get_many({one.item for one in signals})}
        for signal in {one.item: one for one in reversed(signals)}.values():
            item = items[signal.item]
            title, outlet = headline(item, self._house.in_force)
            yield Found(
                item.id,
                title,
                item.link,
                outlet,
                item.lang,
                signal.score,
                titles[signal.watchlist],
                item.when,
            )

    def _choices(self, storage: Storage, picked: Picked) -> Mapping[str, Sequence[Choice]]:
        """What each filter can be set to: what there is, and what it is set to."""
        rules = self._house.in_force.rulebook
        titles = {one.id: one.title for one in rules.watchlists}
        names = {one: entity.name for one, entity in rules.entities.items()}

        def words(facet: Facet, value: str) -> str:
            if facet is Facet.TIER:
                tier = int(value) if value.isdecimal() and value.isascii() and len(value) == 1 else 0
                return wording.TIERS.get(tier, value)
            if facet is Facet.LANG:
                return labels.language_name(value)
            return (titles if facet is Facet.WATCHLIST else names).get(value, value)

        def choices(facet: Facet) -> list[Choice]:
            values = dict.fromkeys([*storage.told.values(facet), *filter(None, [picked.get(facet, "")])])
            made = _told_apart([Choice(value, words(facet, value)) for value in values])
            return sorted(made, key=lambda one: one.value if facet is Facet.TIER else one.words.casefold())

        return {facet.value: choices(facet) for facet in _SHOWN}

    def _rows(self, storage: Storage, found: Sequence[Newest]) -> tuple[StoryRow, ...]:
        return rows(storage, self._house, found)


def _stories(storage: Storage, asked: Asked) -> Iterator[Newest]:
    """All that are asked for. Raises MonitorError where `after` is no place of a list."""
    picked, after = _picked(asked), place(asked.get("after", ""))
    if asked.get("after") and after is None:
        raise MonitorError("after is the place of a row, as the row has it")
    while found := storage.told.newest(picked, after, PIECE):
        yield from found
        after = found[-1].place


def _told_apart(choices: Sequence[Choice]) -> list[Choice]:
    """Of those that are called the same each with its name in the rules."""
    count = Counter(one.words for one in choices)
    return [
        replace(one, words=f"{one.words} ({one.value})") if count[one.words] > 1 else one for one in choices
    ]


def _best(found: Found) -> tuple[int, int]:
    return -found.score, -found.item


def place(text: str) -> Place | None:
    """A place of a list as an address has it; None where it is none."""
    found = _PLACE.fullmatch(text)
    try:
        return Place(datetime.fromisoformat(found[1]), found[2]) if found else None
    except ValueError:  # no such day
        return None


def _picked(asked: Asked) -> Picked:
    return {facet: value for facet in Facet if (value := asked.get(facet.value, "").strip())}


def _address(picked: Picked, after: Place | None = None) -> str:
    """What stands after the address of the first page: its filters, and where the list goes on."""
    values = {facet.value: picked[facet] for facet in _SHOWN if picked.get(facet)}
    values |= {"after": written(after)} if after else {}
    return f"?{urlencode(values)}" if values else ""


def _days(stories: Sequence[StoryRow], now: datetime, zone: str) -> Iterator[Day]:
    """The stories by the reader's days."""
    local = ZoneInfo(zone)
    today = now.astimezone(local).date()
    for day, told in groupby(stories, lambda one: one.told.astimezone(local).date()):
        known = {today: "Today", today - timedelta(days=1): "Yesterday"}
        yield Day(known.get(day, f"{day:%A} {wording.calendar(day)}"), tuple(told))
