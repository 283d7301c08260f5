"""What an item is compared by: marks that are the same in every language, and words of its own.

Each weighs by how much it says of which event is meant. A company or a sum says much, a country
little; a word of the field ("magnet", "loan") or a common one hardly anything, a rare one a lot.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from monitor.fact import Fact, Facts, Kind
from monitor.text import fold

# Of what a fact of each kind adds; of two parties one in common is not yet the same event.
WEIGHTS: Mapping[Kind, float] = {
    Kind.COMPANY: 4.0,
    Kind.PROJECT: 4.0,
    Kind.DOCUMENT: 4.0,
    Kind.AMOUNT: 3.0,
    Kind.CAPACITY: 3.0,
    Kind.PLACE: 2.0,
    Kind.AGENCY: 1.5,
    Kind.COUNTRY: 0.5,
}
MEANING, NUMBER, SHORT_NUMBER = 0.4, 2.0, 1.0
RARE, COMMON, FIELD, PAIR = 1.0, 0.3, 0.2, 0.6
STEM, SHORT = 7, 4
MAX_WORDS, MAX_TEXT = 150, 1500
# It lends, signs or is answered in nearly every story that is followed here.
EVERYWHERE = "US"
# How the mark of a sum begins.
SUM = "amount:"
_PARTIES = (Kind.COMPANY, Kind.PROJECT)
_UNSPACED = re.compile(r"[぀-ヿ一-鿿가-힣฀-๿]")
_NUMBER = re.compile(r"\d[\d.,]*\d")
_ANY_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Traits:
    """An item as it is compared. `marks` and `words` have their weights; `parties` are the companies and
    projects that it names, `countries` those beside the one that nearly all name, `headline` its stems and
    `numbers` those in it; `copy` is the same for all that carry that headline."""

    item: int
    when: datetime | None
    lang: str
    marks: Mapping[str, float]
    words: Mapping[str, float]
    parties: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    headline: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    stage: str = ""
    copy: str = ""


def traits(
    item: int, when: datetime | None, lang: str, title: str, text: str, facts: Facts, stage: str,
    field: Collection[str], copy: str = "",
) -> Traits:  # fmt: skip
    """What an item with these facts is compared by. `field` has the stems of the field's own words."""
    said = f"{title}\n{text[:MAX_TEXT]}"
    parties = frozenset(mark(fact) for fact in facts.all if fact.kind in _PARTIES)
    countries = frozenset(facts.values(Kind.COUNTRY)) - {EVERYWHERE}
    return Traits(
        item, when, lang, _marks(facts, said), _words(said, field), parties, countries,
        frozenset(stems(title)), frozenset(_ANY_NUMBER.findall(title)), stage, copy,
    )  # fmt: skip


def mark(fact: Fact) -> str:
    """The name of a fact among marks. A sum is one by its first two digits: it is rounded or converted."""
    if fact.kind is Kind.AMOUNT and fact.sum:
        return f"{SUM}{fact.sum.currency} {float(fact.sum.value):.2g}"
    return f"{fact.kind.value}:{fact.value}"


def _marks(facts: Facts, said: str) -> dict[str, float]:
    found = {mark(fact): WEIGHTS[fact.kind] * fact.sure for fact in facts.all if fact.kind in WEIGHTS}
    found |= {f"meaning:{name}": MEANING for name in facts.meanings}
    for number in _NUMBER.findall(said):
        if not _YEAR.fullmatch(number):
            found[f"number:{number}"] = NUMBER if len(number) > 2 else SHORT_NUMBER
    return found


def _words(said: str, field: Collection[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for stem in stems(said):
        if len(found) == MAX_WORDS:
            break
        found[stem] = _weight(stem, field)
    return found


def _weight(stem: str, field: Collection[str]) -> float:
    if stem in field:
        return FIELD
    if _UNSPACED.match(stem):
        return PAIR
    return COMMON if len(stem) <= SHORT or stem in common() else RARE


def stems(text: str) -> Iterator[str]:
    """The beginnings of words; of unspaced scripts, and of Korean, each pair of characters."""
    for word in re.findall(r"\w+", fold(text).text):
        if _UNSPACED.search(word):
            yield from (word[place : place + 2] for place in range(len(word) - 1))
        elif len(word) > 2 and not word[0].isdigit():
            yield word[:STEM]


@cache
def common() -> frozenset[str]:
    """The stems that stand in most news of whatever matter, by their frequency in headlines."""
    return frozenset((Path(__file__).parent / "common_words.txt").read_text("utf-8").split())
