"""The kinds of source. A kind is one module here, with its KIND, and one line in PLACES; the other
modules here read what several kinds, or one large one, are made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from monitor.kind import Kind

PLACES = {
    "feed": "feed",
    "listing": "listing",
    "sitemap": "sitemap",
    "json": "json_list",
    "federal-register": "federal_register",
    "edgar": "edgar",
    "series": "series",
    "gdelt": "gdelt",
    "usaspending": "usaspending",
    "regulations": "regulations",
    "congress": "congress",
    "mailbox": "mailbox",
}


class Kinds(Mapping[str, Kind]):
    """The kinds by name. The module of one is loaded when a source of it is met: starting up is a good
    part of a poll that finds nothing new.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._loaded: dict[str, Kind] = {}

    def __getitem__(self, name: str) -> Kind:
        if name not in self._loaded:
            found = import_module(f"monitor.sources.{self._places[name]}").KIND
            assert isinstance(found, Kind)
            self._loaded[name] = found
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


KINDS = Kinds(PLACES)
