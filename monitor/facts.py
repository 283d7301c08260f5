"""What an item states, read once: money, agency, parties, countries, capacity, dates, documents.

Pure after construction; the rules that tell one from another stand with their nouns: `sums.py`,
`agencies.py`, `companies.py`, `lands.py`, `quantities.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from monitor import quantities, rates
from monitor.agencies import agencies, china_acts
from monitor.companies import companies
from monitor.conditions import UNKNOWN, Evidence, longest
from monitor.countries import conditions
from monitor.fact import Fact, Facts, Kind, Output, Sum
from monitor.lands import countries
from monitor.match import Matcher
from monitor.model import Content, Hit, Origin
from monitor.names import called
from monitor.rates import Rates
from monitor.rule import PROSE, Condition, Field
from monitor.said import Said
from monitor.sums import Stated, stated
from monitor.watchlists import Rulebook

# Facts are read from so much of a title and a body; what an item is about stands before.
MAX_TITLE, MAX_BODY = 1000, 6000
_MOST = 12
# How sure an amount is to be the item's own, by the points at least that bind it.
_BOUND = ((4, 0.9), (2, 0.75), (0, 0.55))
LOOSE, BESIDE = 0.4, 0.3


# Aggregators put the publisher's name behind the headline: it is no part of what is stated.
_PUBLISHER = re.compile(r"(?<=\S{3})\s[-–—|]\s[^-–—|]{2,40}$")


class Reader:
    """Reads facts with the words of a rulebook. Build once per rulebook; `read` from any thread."""

    def __init__(self, rulebook: Rulebook, table: Rates | None = None) -> None:
        self._vocabulary = rulebook.vocabulary
        self._rates = rates.shipped() if table is None else table.over(rates.shipped())

    @cached_property
    def _meanings(self) -> dict[str, Condition]:
        return self._vocabulary.meanings()

    @cached_property
    def _countries(self) -> dict[tuple[str, str], Condition]:
        return dict(conditions())

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher((), [*self._meanings.values(), *self._countries.values()])

    @cached_property
    def _aliases(self) -> dict[str, str]:
        """Entities of one name and kind are one, under the first id in the file."""
        first: dict[tuple[str, str], str] = {}
        return {
            entity.id: first.setdefault((entity.name, entity.kind), entity.id)
            for entity in self._vocabulary.entities.values()
        }

    @cached_property
    def _shorts(self) -> dict[str, str]:
        """What companies are called for short, where it means one of them alone."""
        found: dict[str, set[str]] = {}
        for entity in self._vocabulary.entities.values():
            if entity.kind == "company":
                symbols = (ticker.split(":")[-1].lower() for ticker in entity.tickers)
                for short in (*called(entity.name), *symbols):
                    found.setdefault(short, set()).add(self._aliases[entity.id])
        return {short: next(iter(ids)) for short, ids in found.items() if len(ids) == 1 and len(short) > 2}

    def read(self, content: Content, origin: Origin = UNKNOWN, day: date | None = None) -> Facts:
        """All that an item states. `day` is when it was published, for the rate of exchange."""
        title = _PUBLISHER.sub("", content.title)
        content = Content(
            title[:MAX_TITLE], content.summary[:MAX_BODY], content.body[:MAX_BODY], content.link
        )
        evidence = Evidence(self._matcher.find(content), origin)
        said = self._said(evidence)
        chinese = china_acts(said)
        sums = stated(said)
        who = agencies(said, chinese=chinese)
        parties = companies(said, sums)
        where = countries(said, who, parties, chinese=chinese)
        every = (
            *who,
            *parties,
            *_projects(said),
            *where,
            *(_amount(said, one, number, self._rates, day) for number, one in enumerate(sums[:_MOST])),
            *_stating(said, "instrument", Kind.INSTRUMENT),
            *_capacities(said),
            *_stating(said, "product", Kind.PRODUCT),
            *_dates(said),
            *_documents(said, content.link, chinese=chinese),
            *_places(said),
        )
        return Facts(every, frozenset(name for name in said.meanings if name in said.concepts))

    def _said(self, evidence: Evidence) -> Said:
        def standing(condition: Condition) -> tuple[Hit, ...]:
            hits = evidence.hits(condition)
            return longest(hits) if hits else ()

        return Said(
            evidence.found,
            {name: hits for name, condition in self._meanings.items() if (hits := standing(condition))},
            {
                key: hits
                for key, condition in self._countries.items()
                if (hits := _spelt(standing(condition), evidence.origin.lang))
            },
            self._vocabulary.entities,
            self._vocabulary.concepts,
            self._aliases,
            self._shorts,
        )


def _spelt(hits: tuple[Hit, ...], lang: str) -> tuple[Hit, ...]:
    """Without the countries that are one Chinese character: so they are written in Korean headlines "
    "only."""
    return hits if lang == "ko" else tuple(hit for hit in hits if hit.end - hit.start > 1)


def _fact(kind: Kind, value: str, label: str, hit: Hit, sure: float = 1.0) -> Fact:
    return Fact(kind, value, label, hit.field, hit.start, hit.end, hit.words, sure)


def _projects(said: Said) -> Iterator[Fact]:
    for entity, hits in said.named("plant", "place"):
        yield _fact(Kind.PROJECT, entity.id, entity.name, hits[0], 0.9 if said.rank(hits[0]) <= 1 else 0.6)


def _stating(said: Said, states: str, kind: Kind) -> Iterator[Fact]:
    """The concepts that are values of a kind, in order of place."""
    found = [
        (said.rank(hits[0]), hits[0].start, name, hits[0])
        for name, hits in said.meanings.items()
        if name in said.concepts and said.concepts[name].states == states
    ]
    for rank, _, name, hit in sorted(found):
        yield _fact(kind, name, name.replace("-", " "), hit, 0.9 if rank == 0 else 0.7 if rank == 1 else 0.5)


def _amount(said: Said, one: Stated, number: int, table: Rates, day: date | None) -> Fact:
    """The first is the item's own, as sure as it is bound; the others are told of beside it."""
    sum_ = table.converted(one.sum, day)
    sure = next((sure for least, sure in _BOUND if one.points >= least), LOOSE) if number == 0 else BESIDE
    words = said.text(one.field)[one.start : one.end]
    value = f"{sum_.currency} {sum_.value.normalize():f}"
    return Fact(Kind.AMOUNT, value, money(sum_), one.field, one.start, one.end, words, sure, sum_)


def _capacities(said: Said) -> Iterator[Fact]:
    # The files have the general before the special: where both stand on one word the special is meant.
    products = [
        (-number, name, hit)
        for number, (name, concept) in enumerate(said.concepts.items())
        if concept.states == "product"
        for hit in said.meanings.get(name, ())
    ]
    for field in PROSE:
        text = said.text(field)
        for one in quantities.capacities(text):
            near = said.around(field, one.start, one.end, 50)
            beside = [
                (abs(hit.start - one.end), hit.start - hit.end, number, name)
                for number, name, hit in products
                if near.holds(hit)
            ]
            product = min(beside)[-1] if beside else ""
            label = f"{one.tonnes.normalize():,f} t/y" + (f" {product.replace('-', ' ')}" if product else "")
            output = Output(one.tonnes, product)
            value = f"{one.tonnes.normalize():f}"
            words = text[one.start : one.end]
            yield Fact(Kind.CAPACITY, value, label, field, one.start, one.end, words, 0.8, None, output)


def _dates(said: Said) -> Iterator[Fact]:
    for field in PROSE:
        text = said.text(field)
        for one in quantities.plans(text):
            words = text[one.start : one.end]
            yield Fact(Kind.DATE, one.value, one.value, field, one.start, one.end, words, 0.8)


def _documents(said: Said, link: str, *, chinese: bool) -> Iterator[Fact]:
    fields: Sequence[tuple[Field, str]] = [*((field, said.text(field)) for field in PROSE), ("link", link)]
    seen: set[str] = set()
    for field, text in fields:
        for one in quantities.papers(text, chinese=chinese and field != "link"):
            if one.value not in seen:
                seen.add(one.value)
                words = text[one.start : one.end]
                yield Fact(Kind.DOCUMENT, one.value, one.value, field, one.start, one.end, words, 0.95)


def _places(said: Said) -> Iterator[Fact]:
    found = sorted(
        (hit.place, code, hit)
        for (code, sort), hits in said.countries.items()
        if sort == "place"
        for hit in hits
    )
    seen: set[str] = set()
    for _, code, hit in found:
        if hit.words not in seen:
            seen.add(hit.words)
            yield _fact(Kind.PLACE, hit.words, f"{hit.words}, {code}", hit, 0.7)


# ------------------------------------------------------------------ for people

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "AUD": "A$", "CAD": "C$"}
_SCALES = ((Decimal(10) ** 12, "tn"), (Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(1000), "k"))


def figure(value: Decimal) -> str:
    """1250000000 is `1.25bn`."""
    for scale, name in _SCALES:
        if value >= scale:
            return f"{(value / scale).quantize(Decimal('0.01')).normalize():f}{name}"
    return f"{value.normalize():f}"


def money(sum_: Sum) -> str:
    """`up to $1.25bn loan`; `A$180m ($119.8m at 0.6655, 2024-01)`."""
    sign = _SIGNS.get(sum_.currency, f"{sum_.currency} ")
    text = f"{sign}{figure(sum_.value)}"
    if sum_.usd is not None and sum_.rate is not None and sum_.rated is not None:
        text += f" (${figure(sum_.usd)} at {sum_.rate.normalize():f}, {sum_.rated:%Y-%m})"
    return ("up to " if sum_.up_to else "") + text + (f" {sum_.purpose}" if sum_.purpose else "")
