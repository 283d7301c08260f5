"""Which companies are the parties of an item: those in its title and acting sentences first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor import names
from monitor.fact import Fact, Kind
from monitor.model import Hit
from monitor.rule import PROSE, Entity, Field
from monitor.said import Said
from monitor.sums import Stated
from monitor.text import fold

TITLE, LEAD, PARTY, OWNER, VEHICLE, PASSING = 0.95, 0.8, 0.6, 0.5, 0.45, 0.4
_DEALS = ("supply-deal", "offtake", "loan", "grant", "letter-of-interest", "signing", "quota", "equity-stake")
_ASIDE = re.compile(
    r"(?:unlike|such\sas|rivals?|against|competitors?|than|compared\swith|similar\sto|followed|peers?"
    r"|analysts?\s(?:at|from)"
    r"|according\sto|data\sfrom|limiting|alongside|不同于|对手|相比)\s(?:\w+\s)?$"
    r"|^(?:['’]s)?\s(?:analysts?|data|said\sin\sa\snote)",
    re.IGNORECASE,
)
_EARLY = 8
MAX_TEXT = 4000


def companies(said: Said, sums: Sequence[Stated]) -> tuple[Fact, ...]:
    """The companies that are named, listed ones by their id, the likeliest parties first.

    After them the owners of the plants and projects that are named, where they are not.
    """
    acting = _acting(said, sums)
    listed = [_listed(said, entity, hits, acting) for entity, hits in said.named("company")]
    known = {fact.value for fact in listed}
    found = [*listed, *(fact for fact in _unlisted(said, acting) if fact.value not in known)]
    if found and all(fact.sure < OWNER for fact in found):
        best = max(fact.sure for fact in found)
        found = [replace(fact, sure=OWNER) if fact.sure == best else fact for fact in found]
    known = {fact.value for fact in found}
    owners = [fact for fact in _owners(said, alone=not found) if fact.value not in known]
    ranked = sorted(found, key=lambda fact: (-fact.sure, PROSE.index(fact.field), fact.start))
    return (*ranked, *owners)


def label(entity: Entity) -> str:
    """The name, with its first ticker."""
    return f"{entity.name} ({entity.tickers[0]})" if entity.tickers else entity.name


def _listed(said: Said, entity: Entity, hits: Sequence[Hit], acting: frozenset[tuple[Field, int]]) -> Fact:
    sure, hit = max(
        ((_sure(said, hit, acting), hit) for hit in hits), key=lambda pair: (pair[0], -pair[1].place[0])
    )
    owner = said.entities.get(entity.owner)
    if owner is not None and owner.kind == "agency":
        sure = min(sure, VEHICLE)
    return Fact(Kind.COMPANY, entity.id, label(entity), hit.field, hit.start, hit.end, hit.words, sure)


def _acting(said: Said, sums: Sequence[Stated]) -> frozenset[tuple[Field, int]]:
    """The sentences in which money moves or a deal is made."""
    money = ((one.field, one.start) for one in sums if one.points > 0)
    deals = ((hit.field, hit.start) for hit in said.places(*_DEALS))
    return frozenset((field, said.sentence(field, start)) for field, start in (*money, *deals))


def _sure(said: Said, hit: Hit, acting: frozenset[tuple[Field, int]]) -> float:
    """How likely whoever stands there is a party."""
    text = said.text(hit.field)
    before, after = text[max(0, hit.start - 40) : hit.start], text[hit.end : hit.end + 24]
    if _ASIDE.search(before) or _ASIDE.search(after):
        return PASSING
    rank = said.rank(hit)
    if rank <= 1:
        return TITLE if rank == 0 else LEAD
    acts = (hit.field, said.sentence(hit.field, hit.start)) in acting
    return PARTY if rank <= _EARLY and acts else PASSING


def _unlisted(said: Said, acting: frozenset[tuple[Field, int]]) -> Iterator[Fact]:
    taken = [
        hit
        for _, hits in said.named("company", "agency", "ministry", "programme", "plant", "place", "body")
        for hit in hits
    ]
    sites = [hit for _, hits in said.named("plant", "place") for hit in hits]
    listed = [hit for _, hits in said.named("company") for hit in hits]
    countries = [hit for hits in said.countries.values() for hit in hits]
    best: dict[str, Fact] = {}
    people = frozenset(word for field in PROSE for word in names.persons(said.text(field)[:MAX_TEXT]))
    for field in PROSE:
        text = said.text(field)[:MAX_TEXT]
        joined = (
            one
            for hit in listed
            if hit.field == field
            for one in names.beside(field, text, hit.start, hit.end)
        )
        owners = (one for hit in sites if hit.field == field for one in names.owner(field, text, hit.start))
        found = (part for one in names.named(field, text) for part in names.parts(one))
        for name in (*found, *joined, *owners):
            if (
                _overlaps(name, taken)
                or _is_country(name, countries)
                or not people.isdisjoint(name.words.split())
            ):
                continue
            hit = Hit(field, name.start, name.end, name.words, "")
            words = names.short(name.words)
            value = fold(words).text
            symbol = name.ticker.split(":")[-1].lower()
            entity = said.entities.get(said.shorts.get(symbol) or said.shorts.get(value, ""))
            if entity is not None:
                value, title = entity.id, label(entity)
                taken.append(hit)
            else:
                title = f"{words} ({name.ticker})" if name.ticker else words
            sure = round(min(name.sure, _sure(said, hit, acting)), 2)
            fact = Fact(Kind.COMPANY, value, title, field, name.start, name.end, name.words, sure)
            if value not in best or best[value].sure < sure:
                best[value] = fact
    yield from _longest(best)


def _longest(found: dict[str, Fact]) -> Iterator[Fact]:
    """Each by its fullest name: `Noveon` and `Noveon Magnetics` are one."""
    for value, fact in found.items():
        if not any(other != value and other.startswith(f"{value} ") for other in found):
            yield fact


def _overlaps(name: names.Name, hits: Sequence[Hit]) -> bool:
    return any(hit.field == name.field and hit.start < name.end and name.start < hit.end for hit in hits)


def _is_country(name: names.Name, hits: Sequence[Hit]) -> bool:
    """Is the name that of a country or place, with at most a letter or two beside it?"""
    return any(
        hit.field == name.field and hit.start <= name.start + 1 and name.end <= hit.end + 2 for hit in hits
    )


def _owners(said: Said, *, alone: bool) -> Iterator[Fact]:
    """Whose the plants and projects are."""
    for entity, hits in said.named("plant", "place"):
        owner = said.entities.get(said.aliases.get(entity.owner, entity.owner))
        if owner is not None and owner.kind == "company":
            hit = hits[0]
            sure = OWNER if alone and said.rank(hit) <= 1 else PASSING
            yield Fact(Kind.COMPANY, owner.id, label(owner), hit.field, hit.start, hit.end, hit.words, sure)
