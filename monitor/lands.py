"""Which countries an event belongs to: where the project is, and the states that act. Pure.

A country that is only the reason why others act, as China mostly is, does not belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.fact import Fact, Kind
from monitor.model import Hit
from monitor.rule import PROSE, Field
from monitor.said import Said

ACTS, TITLE, LEAD, MENTIONED = 0.9, 0.85, 0.7, 0.55
# American or Chinese firms, shares and markets are no states that act.
_FIRMS = re.compile(
    r"^(?:['’]s)?[\s-](?:firms?|compan(?:y|ies)|processors?|verarbeiter\w*|makers?|stocks?|shares"
    r"|buyers?|dollars?|unternehmen"
    r"|rivals?|competitors?|carmakers?|automakers?|industry|market|strategic\smetals|critical\smaterials"
    r"|antimony)(?!\w)",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"(?:outside|non[- ]|dependen\w+\son|relian\w+\son|rel(?:y|ies)\son|away\sfrom|against|from"
    r"|to\srival|counter\w*|imports\sfrom|abroad\sin"
    r"|außerhalb|sans\sla|fuera\sde|fuori\sdalla|by|like|unlike)\s(?:the\s)?$",
    re.IGNORECASE,
)
# Where people meet or news is written is not yet where something happens.
_CAPITALS = frozenset(
    ("kuala lumpur", "washington", "beijing", "tokyo", "brussels", "berlin", "seoul", "dubai")
)
_MEETS = re.compile(r"(?:in|at|from|to)\s$", re.IGNORECASE)
_BACKDROPS = frozenset(("CN", "RU"))
_ACCORDS = ("reciprocal-trade", "critical-minerals-accord", "accord-words")
_SURE = 0.5


def countries(
    said: Said, agencies: Sequence[Fact], companies: Sequence[Fact], *, chinese: bool
) -> tuple[Fact, ...]:
    """The countries, by code, the surest first."""
    found: dict[str, Fact] = {}
    for code, hit, sure in _each(said, agencies, companies, chinese=chinese):
        if code not in found or found[code].sure < sure:
            found[code] = Fact(Kind.COUNTRY, code, code, hit.field, hit.start, hit.end, hit.words, sure)
    return tuple(sorted(found.values(), key=lambda f: (-f.sure, PROSE.index(f.field), f.start)))


Found = tuple[str, Hit, float]


def _each(
    said: Said, agencies: Sequence[Fact], companies: Sequence[Fact], *, chinese: bool
) -> Iterator[Found]:
    lender = _lender(said, agencies)
    yield from _of_agencies(said, agencies)
    yield from _named(said, chinese=chinese, anywhere=lender)
    yield from _of_sites(said)
    if not chinese:
        yield from _of_companies(said, companies, only_titled=lender)
    if chinese or _accord(said):
        yield from _counterparts(said)
    if chinese:
        yield from (("CN", hit, ACTS) for hit in said.places("china-in-action")[:1])


def _lender(said: Said, agencies: Sequence[Fact]) -> bool:
    first = next((fact for fact in agencies if fact.sure >= _SURE), None)
    entity = said.entities.get(first.value) if first else None
    return entity is not None and any(role.startswith(("lender-us", "purse-")) for role in entity.roles)


def _accord(said: Said) -> bool:
    return any(said.rank(hit) <= 1 for hit in said.places(*_ACCORDS))


def _of_agencies(said: Said, agencies: Sequence[Fact]) -> Iterator[Found]:
    for fact in agencies:
        entity = said.entities.get(fact.value)
        if entity is not None and entity.country and fact.sure >= _SURE:
            yield entity.country, _hit(fact), ACTS


def _named(said: Said, *, chinese: bool, anywhere: bool) -> Iterator[Found]:
    """What the title and the first sentence name; further down only where the others name none,
    or where a lender's projects are listed."""
    backdrop = frozenset(
        (hit.field, said.sentence(hit.field, hit.start)) for hit in said.places("china-as-backdrop")
    )
    further: list[Found] = []
    lead = False
    for (code, _), hits in said.countries.items():
        for hit in hits:
            rank = said.rank(hit)
            if not _counts(said, code, hit, backdrop, chinese=chinese):
                continue
            if rank <= 1:
                lead = True
                yield code, hit, TITLE if rank == 0 else LEAD
            elif code not in _BACKDROPS:
                further.append((code, hit, MENTIONED))
    further.sort(key=lambda one: one[1].place)
    yield from further if anywhere else () if lead else further[:1]


def _counts(
    said: Said, code: str, hit: Hit, backdrop: frozenset[tuple[Field, int]], *, chinese: bool
) -> bool:
    """Is it a country of the event at all?"""
    text = said.text(hit.field)
    venue = hit.words.lower() in _CAPITALS and said.rank(hit) > 0
    if venue and (hit.words.isupper() or _MEETS.search(text[max(0, hit.start - 5) : hit.start])):
        return False
    if _FIRMS.search(text[hit.end : hit.end + 24]):
        return said.rank(hit) == 0 and code not in _BACKDROPS
    if said.shunned(hit):
        return False
    if code not in _BACKDROPS:
        return not _AWAY.search(text[max(0, hit.start - 16) : hit.start]) or said.rank(hit) == 0
    if _AWAY.search(text[max(0, hit.start - 16) : hit.start]):
        return False
    if code == "CN" and not chinese:
        return said.rank(hit) == 0 and (hit.field, said.sentence(hit.field, hit.start)) not in backdrop
    return code == "CN" or said.rank(hit) == 0


def _of_sites(said: Said) -> Iterator[Found]:
    for entity, hits in said.named("plant", "place"):
        # By a description such as "rare earth facility" a site is not placed.
        if (
            entity.country
            and said.rank(hits[0]) <= 2
            and not (hits[0].words.isascii() and hits[0].words.islower())
        ):
            yield entity.country, hits[0], LEAD
    for entity, hits in said.named("body"):
        if entity.country and said.rank(hits[0]) <= 1:
            yield entity.country, hits[0], LEAD


def _of_companies(said: Said, companies: Sequence[Fact], *, only_titled: bool) -> Iterator[Found]:
    """Where the parties are at home; of a lender's borrower only where the title names it."""
    for fact in companies:
        entity = said.entities.get(fact.value)
        if entity is None or not entity.country or fact.sure <= _SURE:
            continue
        if fact.field == "title" or not only_titled:
            yield entity.country, _hit(fact), LEAD


def _counterparts(said: Said) -> Iterator[Found]:
    """Against or with whom: the United States, wherever they are named as a state."""
    for hit in said.countries.get(("US", "name"), ()):
        if not _FIRMS.search(said.text(hit.field)[hit.end : hit.end + 24]):
            yield "US", hit, LEAD
            return


def _hit(fact: Fact) -> Hit:
    return Hit(fact.field, fact.start, fact.end, fact.words, "")
