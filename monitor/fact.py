"""What a text states, as values: each fact with the words it came from and how sure it is.

`facts.py` reads them; stories are compared by them, ledgers keyed by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from monitor.rule import Field


class Kind(StrEnum):
    """What a fact is about."""

    AGENCY = "agency"
    COMPANY = "company"
    PROJECT = "project"
    COUNTRY = "country"
    PLACE = "place"
    AMOUNT = "amount"
    INSTRUMENT = "instrument"
    CAPACITY = "capacity"
    PRODUCT = "product"
    DATE = "date"
    DOCUMENT = "document"


class Sum(NamedTuple):
    """An amount of money. `usd` is its equivalent at `rate` USD for one of `currency`, as of `rated`.

    `purpose`: loan, guarantee, equity, grant, price floor, or empty where the text does not say.
    """

    value: Decimal
    currency: str
    up_to: bool = False
    purpose: str = ""
    usd: Decimal | None = None
    rate: Decimal | None = None
    rated: date | None = None


class Output(NamedTuple):
    """A capacity in tonnes a year of a product, by its concept; empty where it is not said."""

    tonnes: Decimal
    product: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a text states.

    `value` names it for good: the id of an entity, a country by ISO 3166, `USD 1250000000`, a day as
    2026-11-10 (2026-11 where only the month is stated), `AP089123XX`, `CN 2025-61`; for a company
    that no file lists, its folded name. `label` is for people. `words` stand at `start` to `end` of
    `field`. `sure` is from 0 to 1. The weightiest of a kind comes first among the facts.
    """

    kind: Kind
    value: str
    label: str
    field: Field
    start: int
    end: int
    words: str
    sure: float = 1.0
    sum: Sum | None = None
    output: Output | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one item states, the weightiest of each kind first.

    `meanings` are the concepts that it speaks of, by name, in whatever language.
    """

    all: tuple[Fact, ...] = ()
    meanings: frozenset[str] = frozenset()

    def of(self, kind: Kind) -> Iterator[Fact]:
        """The facts of one kind, the weightiest first."""
        return (fact for fact in self.all if fact.kind is kind)

    def first(self, kind: Kind) -> Fact | None:
        """The weightiest fact of a kind."""
        return next(self.of(kind), None)

    def values(self, kind: Kind) -> tuple[str, ...]:
        """What the facts of one kind name, each once."""
        return tuple(dict.fromkeys(fact.value for fact in self.of(kind)))


NO_FACTS = Facts()
# What only the other items of a story state is shown, and is no news.
OTHERS = 0.5
_OF_THE_STORY = (Kind.AGENCY, Kind.COMPANY, Kind.PROJECT, Kind.AMOUNT)


def filled(facts: Facts, stated: Iterable[Fact]) -> Facts:
    """The facts of an item, with what others of its story state where it says nothing of the kind."""
    own = {fact.kind for fact in facts.all}
    others = {
        (fact.kind, fact.value): replace(fact, sure=OTHERS, field="source")
        for fact in stated
        if fact.kind in _OF_THE_STORY and fact.kind not in own and fact.sure > OTHERS
    }
    return replace(facts, all=(*facts.all, *others.values()))


_SHOWN = (Kind.AGENCY, Kind.COMPANY, Kind.PROJECT, Kind.AMOUNT, Kind.CAPACITY, Kind.COUNTRY, Kind.DATE)
_MANY = {Kind.AMOUNT: 1, Kind.DATE: 1, Kind.CAPACITY: 1}
MAX_LABELS, SHOWN_FROM = 4, 0.5


def labels(facts: Facts) -> tuple[tuple[str, str], ...]:
    """The facts for people, kind by kind: ("company", "Barrick (NYSE:B)"), ("amount", "$1.25bn loan")."""
    found = []
    for kind in _SHOWN:
        told = dict.fromkeys(fact.label for fact in facts.of(kind) if fact.sure >= SHOWN_FROM)
        if told:
            found.append((kind.value, ", ".join(list(told)[: _MANY.get(kind, MAX_LABELS)])))
    return tuple(found)
