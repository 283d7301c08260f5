"""Which agency acts in an item: the lender, the ministry that issues, those that sign. Pure.

One that is named comes before one that is implied by what is spoken of: an export control of China
is the Ministry of Commerce's, though the text may say `Beijing`. What implies whom stands in the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.fact import Fact, Kind
from monitor.model import Hit
from monitor.rule import Entity
from monitor.said import Said

# How much the role of an agency says that it is the one that acts.
_WEIGHTS = {
    "lender-us": 6.0,
    "purse-defense": 5.0,
    "purse-energy": 5.0,
    "lender-allied": 4.0,
    "state-investor": 4.0,
    "accord-us": 3.0,
    "accord": 3.0,
    "purse-other": 2.0,
    "regulator-cn": 0.5,
}
_PLAIN = 1.0
# Of other bodies, such as a government or an association, only these act as an agency does.
_BODIES = frozenset(("lender-allied", "regulator-cn"))
_KINDS = ("agency", "ministry", "programme", "body", "company")
NAMED, IMPLIED, PASSING = 0.9, 0.6, 0.4
PARTNER = 4.0
# An accord is signed with another state, which the text names.
SIGNS = "white-house"
# A Pentagon-backed plant is one where the Pentagon acted before.
_BACKED = ("-backed", "-funded", "-supported", "-financed")
# What stands no later than in the first sentence is what the item is about.
LEADS = 1


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An agency with the place that names or implies it."""

    entity: Entity
    hit: Hit
    weight: float
    rank: int
    sure: float


def china_acts(said: Said) -> bool:
    """Is a Chinese measure what the item is about, not the backdrop of what others do?"""
    china = [said.rank(hit) for hit in said.places("china-in-action") if not said.shunned(hit)]
    measure = [said.rank(hit) for hit in said.places("chinese-measure")]
    if not china or not measure or min(china) > LEADS or min(measure) > LEADS:
        return False
    if min(china) == 0:
        return True
    lenders = (hit for entity, hits in said.named("agency") if "lender-us" in entity.roles for hit in hits)
    moves = (*said.places("chinese-move"), *said.places("chinese-instruments"), *said.places("quota"))
    return any(said.rank(hit) <= LEADS for hit in moves) and not any(said.rank(hit) == 0 for hit in lenders)


def agencies(said: Said, *, chinese: bool) -> tuple[Fact, ...]:
    """The agencies, the one that acts first. Those that issue together are all as sure as the first."""
    named = sorted(_named(said, chinese=chinese), key=lambda one: (-one.weight, one.rank, one.hit.place))
    implied = list(_implied(said, named, chinese=chinese))
    if chinese:
        issuers = _issuers(said)
        named.sort(key=lambda one: one.entity.id not in issuers)
        first = [one for one in named if one.entity.id in issuers]
        rest = [one for one in named if one.entity.id not in issuers]
        partners = [
            one for one in rest if one.weight >= PARTNER and one.rank <= LEADS and one.entity.country != "CN"
        ]
        if not first:
            # One that is named, such as the State Council, comes before those that are implied.
            first = [one for one in rest if one.entity.country == "CN" and one.rank <= LEADS]
            rest = [one for one in rest if one not in first]
        led = not partners or any(one.rank == 0 for one in (*first, *implied))
        ordered = [*first, *implied, *rest] if led else [*partners, *first, *implied, *rest]
    else:
        ordered = [*named, *implied]
    return tuple(_facts(ordered, chinese=chinese))


def _facts(ordered: list[_Candidate], *, chinese: bool) -> Iterator[Fact]:
    seen: set[str] = set()
    for one in ordered:
        if one.entity.id in seen:
            continue
        together = chinese and one.entity.country == "CN" and one.rank <= LEADS
        sure = one.sure if not seen or together else min(one.sure, PASSING)
        seen.add(one.entity.id)
        yield _fact(one.entity, one.hit, sure)


def _fact(entity: Entity, hit: Hit, sure: float) -> Fact:
    label = entity.short or entity.name
    return Fact(Kind.AGENCY, entity.id, label, hit.field, hit.start, hit.end, hit.words, sure)


def _issuers(said: Said) -> frozenset[str]:
    """The agencies that any concept names as the one that acts."""
    return frozenset(name for concept in said.concepts.values() for name in concept.acts)


def _named(said: Said, *, chinese: bool) -> Iterator[_Candidate]:
    found = [(entity, hits[0]) for entity, hits in said.named(*_KINDS)]
    names = {entity.id for entity, _ in found}
    owners = {entity.owner for entity, _ in found if entity.kind == "agency" and entity.owner}
    for entity, hit in found:
        acting = _acting(said, entity)
        if acting is None or (acting.id != entity.id and acting.id in names):
            continue
        weight = _weight(acting, chinese=chinese) - (1.0 if entity.kind == "programme" else 0.0)
        if acting.id in owners:
            weight -= 4.0
        rank = said.rank(hit)
        weight += 4.0 if rank == 0 else 2.0 if rank == LEADS else 0.0
        sure = IMPLIED if acting.id != entity.id or rank > 4 else NAMED
        if said.text(hit.field).startswith(_BACKED, hit.end):
            sure = PASSING
        yield _Candidate(acting, hit, weight, rank, sure)


def _acting(said: Said, entity: Entity) -> Entity | None:
    """The agency that stands behind a named thing: itself, or whose programme or vehicle it is."""
    owner = said.entities.get(entity.owner) if entity.owner else None
    match entity.kind:
        case "agency" | "ministry":
            return entity
        case "programme":
            return owner
        case "company":
            behind = owner if owner is not None and owner.kind == "agency" else None
            return entity if "state-investor" in entity.roles else behind
    return entity if not _BODIES.isdisjoint(entity.roles) else None


def _weight(entity: Entity, *, chinese: bool) -> float:
    if chinese and entity.country == "CN":
        return 8.0
    weight = max([_WEIGHTS.get(role, _PLAIN) for role in entity.roles], default=_PLAIN)
    if entity.kind == "agency" and weight > _PLAIN:
        return weight + 0.5  # the one that signs rather than the ministry that announces it
    return weight / 2 if entity.kind == "body" else weight


def _implied(said: Said, named: list[_Candidate], *, chinese: bool) -> Iterator[_Candidate]:
    """Those of whom a concept says that they act: China's where China does, others where nobody with
    money or a ministry is named."""
    taken = any(one.weight >= 3.0 for one in named)
    common = Counter(name for concept in said.concepts.values() for name in concept.acts)
    # Much is the Ministry of Commerce's: what says another is more particular, as a quota is.
    spoken = sorted(
        (said.rank(hits[0]), common[concept.acts[0]], hits[0].start, number, name, hits[0])
        for name, concept in said.concepts.items()
        if (hits := said.meanings.get(name, ()))
        for number, name in enumerate(concept.acts)
    )
    for rank, _, _, _, name, hit in spoken:
        entity = said.entities.get(name)
        if entity is None or rank > LEADS + 1:
            continue
        if name == SIGNS and not _abroad(said, entity):
            continue
        if (entity.country == "CN") if chinese else (entity.country != "CN" and not taken):
            yield _Candidate(entity, hit, 0.0, rank, IMPLIED)


def _abroad(said: Said, entity: Entity) -> bool:
    """Is another state named in the title or the first sentence, and its own anywhere?"""
    named = {code: hits for (code, sort), hits in said.countries.items() if sort == "name"}
    others = (hit for code, hits in named.items() if code != entity.country for hit in hits)
    own = entity.country in named or bool(said.places("united-states"))
    return own and any(said.rank(hit) <= LEADS for hit in others)
