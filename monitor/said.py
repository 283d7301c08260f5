"""What an item speaks of, by name, and how near its parts stand: the ground on which facts are told apart.

Pure. A `Mention` is a stretch of the text that names something, whatever the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from monitor.match import Found
from monitor.meaning import Concept
from monitor.model import Hit
from monitor.rule import PROSE, Entity, Field

# A window is cut here: what stands beyond belongs to something else.
_CUTS = ";；。！？\n"

# A country that others turn away from, by the words after or straight before it.
_SHUNNED = re.compile(
    r"^(?:['’]s)?\s?(?:의존|벗어나|탈피|대체|의\s?영향|독점|견제|依存|依赖|依賴|垄断|dependen\w+|relian\w+|breakaway|dominan\w+"
    r"|grip|monopoly)",
    re.IGNORECASE,
)
_SHUNNING = ("탈", "脱", "非", "去", "비")


class Window(NamedTuple):
    """A stretch of a field."""

    field: Field
    start: int
    end: int

    def holds(self, hit: Hit) -> bool:
        return hit.field == self.field and self.start <= hit.start and hit.end <= self.end


@dataclass(frozen=True, slots=True)
class Said:
    """One item: its words, and where each concept, entity and country stands in them.

    `meanings` has the names of concepts and entities with their places, the longest of those that lie
    within one another; `countries` has the code and sort (`name`, `place`) of what names a country.
    `aliases` leads from each entity to the first of its name, `shorts` from what people call a company
    for short, folded, to its id.
    """

    found: Found
    meanings: Mapping[str, tuple[Hit, ...]]
    countries: Mapping[tuple[str, str], tuple[Hit, ...]]
    entities: Mapping[str, Entity]
    concepts: Mapping[str, Concept]
    aliases: Mapping[str, str]
    shorts: Mapping[str, str]

    def text(self, field: Field) -> str:
        return self.found.texts.get(field, "")

    def named(self, *kinds: str) -> Iterator[tuple[Entity, tuple[Hit, ...]]]:
        """The entities of these kinds that are named, each under its first name in the file, with
        all places where it is named."""
        merged: dict[str, list[Hit]] = {}
        for name, hits in self.meanings.items():
            entity = self.entities.get(name)
            if entity is not None and entity.kind in kinds:
                merged.setdefault(self.aliases.get(name, name), []).extend(hits)
        for name, places in merged.items():
            yield self.entities[name], tuple(sorted(set(places), key=lambda hit: hit.place))

    def places(self, *names: str) -> tuple[Hit, ...]:
        """Where any of these meanings stands, in order."""
        return tuple(
            sorted({hit for name in names for hit in self.meanings.get(name, ())}, key=lambda h: h.place)
        )

    def sentence(self, field: Field, offset: int) -> int:
        return self.found.sentence(field, offset)

    def rank(self, hit: Hit) -> int:
        """How early it stands: 0 in the title, 1 in the first sentence after it, 2 in the second …"""
        first = next((field for field in PROSE[1:] if self.text(field)), "summary")
        if hit.field == "title":
            return 0
        return 1 + self.sentence(hit.field, hit.start) + (0 if hit.field == first else 20)

    def shunned(self, hit: Hit) -> bool:
        """Is it named as what others turn away from: `中 의존`, `탈중국`, `China's grip`?"""
        text = self.text(hit.field)
        return bool(_SHUNNED.search(text[hit.end : hit.end + 16])) or text.endswith(_SHUNNING, 0, hit.start)

    def around(self, field: Field, start: int, end: int, width: int = 70) -> Window:
        """So many characters on either side, as far as the clause goes."""
        text = self.text(field)
        left, right = max(0, start - width), min(len(text), end + width)
        cut = max((text.rfind(mark, left, start) for mark in _CUTS), default=-1)
        stops = [place for mark in _CUTS if (place := text.find(mark, end, right)) >= 0]
        number = self.sentence(field, start)
        left = max(left, cut + 1)
        while left < start and self.sentence(field, left) != number:
            left += 1
        right = min([right, *stops])
        while right > end and self.sentence(field, right - 1) != number:
            right -= 1
        return Window(field, left, right)
