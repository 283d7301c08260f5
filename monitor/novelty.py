"""What an item adds to a story that its readers were told of: a rung, a sum, a day, a party, a primary
source; or that it takes something back. Pure.

A fact or a stage counts as new only where it is prominent: the title states it, or a primary source
does. What is deep in the text of a rewrite is mostly background.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from monitor.fact import Fact, Facts, Kind
from monitor.ledger import Change
from monitor.model import Reason, Verdict
from monitor.rule import Watchlist
from monitor.wording import stage_name

SURE = 0.7
# Sums that are closer than this are one sum, rounded or converted by another rate.
SAME_SUM = Decimal("0.05")
# Concepts that say that what was reported is not so.
RETRACTIONS = frozenset({"retraction", "denial"})
_PARTIES = (Kind.AGENCY, Kind.COMPANY)
_REASONS = {
    "reversed": Reason.REVERSED,
    "moved": Reason.MOVED,
    "confirmed": Reason.CONFIRMED,
    "contradicted": Reason.FACT,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the readers of a story know: all facts of its items, the stages by which one watchlist told
    it, and the tier of the most primary source that was told."""

    facts: tuple[Fact, ...] = ()
    stages: frozenset[str] = frozenset()
    tier: int | None = None

    def of(self, kind: Kind) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind is kind]


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Addition:
    """One thing that is new, in words; `was` is the stage before, where that moved."""

    reason: Reason
    words: str
    was: str = ""


def changed(changes: Iterable[Change]) -> list[Addition]:
    """What an item did to ledgers, the weightiest first. An entry that was opened is no news by itself."""
    told = [
        Addition(_REASONS[change.what], _words(change), change.was)
        for change in changes
        if change.what in _REASONS
    ]
    return sorted(told, key=_weight)


def additions(
    facts: Facts,
    verdict: Verdict,
    tier: int,
    watchlist: Watchlist,
    known: Known,
    changes: Sequence[Change] | None = None,
) -> list[Addition]:
    """Everything that an item adds to what is known of its story, the weightiest first.

    Where no ledger follows the watchlist (`changes` is None) its own stages are the ladder.
    """
    plain = tier == 1 or any(hit.field == "title" for hit in verdict.told)
    told = [one for one in changed(changes or ()) if plain or one.reason is Reason.CONFIRMED]
    if changes is None and plain:
        told += _further(verdict.stage, watchlist, known)
    if facts.meanings & RETRACTIONS and not any(one.reason is Reason.REVERSED for one in told):
        told += [Addition(Reason.REVERSED, "corrected or denied")] if tier == 1 else []
    if tier == 1 and (known.tier or 1) > 1:
        told.append(Addition(Reason.CONFIRMED, "a primary source says it"))
    prominent = [fact for fact in facts.all if fact.sure >= SURE and (fact.field == "title" or tier == 1)]
    told += _sums(prominent, known)
    told += _parties(prominent, known)
    told += _days(prominent, known)
    return sorted(told, key=_weight)


def _weight(addition: Addition) -> int:
    order = (Reason.REVERSED, Reason.MOVED, Reason.CONFIRMED, Reason.FACT)
    return order.index(addition.reason)


def _words(change: Change) -> str:
    title = change.entry.title
    if change.what == "contradicted":
        return f"sources disagree on “{title}”: {change.now} or {change.rival}"
    if change.what == "confirmed":
        return f"{title}: a primary source says {change.now}"
    return f"{title}: {change.was} → {change.now}"


def _further(stage: str, watchlist: Watchlist, known: Known) -> Iterator[Addition]:
    """The stage, where it is beyond all that were told, on the watchlist's own ladder."""
    numbers = {one.id: one.number for one in watchlist.stages}
    told = [numbers[name] for name in known.stages if name in numbers]
    if stage in numbers and told and numbers[stage] > max(told):
        was = next(one.id for one in watchlist.stages if one.number == max(told))
        yield Addition(Reason.MOVED, f"{stage_name(was)} → {stage_name(stage)}", was)


# ------------------------------------------------------------------ facts


def _sums(facts: Sequence[Fact], known: Known) -> Iterator[Addition]:
    """A sum unlike every one that was stated; the first of the item, which is its own."""
    own = next((fact for fact in facts if fact.kind is Kind.AMOUNT), None)
    if own is None or own.sum is None:
        return
    before = [fact for fact in known.of(Kind.AMOUNT) if fact.sum]
    if any(_same_sum(own, fact) for fact in before):
        return
    words = f"amount: {before[0].label} → {own.label}" if before else f"amount: {own.label}"
    yield Addition(Reason.FACT, words)


def _same_sum(one: Fact, other: Fact) -> bool:
    assert one.sum
    assert other.sum
    if one.sum.currency == other.sum.currency:
        return _close(one.sum.value, other.sum.value)
    return one.sum.usd is None or other.sum.usd is None or _close(one.sum.usd, other.sum.usd)


def _close(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= SAME_SUM * max(one, other)


def _parties(facts: Sequence[Fact], known: Known) -> Iterator[Addition]:
    """A party in the title that no item of the story named; where none was named, it is no new one."""
    for kind in _PARTIES:
        names = {fact.value for fact in known.of(kind)}
        new = dict.fromkeys(
            f.label for f in facts if f.kind is kind and f.field == "title" and f.value not in names
        )
        if new and names:
            yield Addition(Reason.FACT, f"{kind.value}: {', '.join(new)}")


def _days(facts: Sequence[Fact], known: Known) -> Iterator[Addition]:
    """A planned day other than the one that was stated; a first one, too, where a title states it."""
    own = next((fact for fact in facts if fact.kind is Kind.DATE), None)
    before = known.of(Kind.DATE)
    if own is None or not before or any(_same_day(own.value, fact.value) for fact in before):
        return
    yield Addition(Reason.FACT, f"date: {before[0].label} → {own.label}")


def _same_day(one: str, other: str) -> bool:
    """One may be the month or the year of the other."""
    return one.startswith(other) or other.startswith(one)
