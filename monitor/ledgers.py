"""What an item does to a ledger: which entry it is about, and what its step changes. Pure.

Where an entry stands follows from all of its steps in the order of their times, not of their arrival:
an older item that comes late changes nothing that came after it, and an item that is filed again
changes nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from monitor.fact import Fact, Facts, Kind
from monitor.ledger import Change, Entry, Ledger, Rung, Seed, Standing, Step, What
from monitor.text import fold

# Sources that say different things within this time disagree; after it, things have moved on.
DISAGREE = timedelta(days=14)
# A step that is less sure is kept as evidence and moves nothing.
SURE = 0.5
# What comes so long after the last step of a row, or after its end, is no longer about it.
QUIET, ENDED = timedelta(days=730), timedelta(days=90)
HAND = 0  # the tier of a person: more primary than any source
# For so long after a person overruled a rung, no source counts that says it again and is no more primary
# than who said it: copies of a wrong report go on coming.
HELD = timedelta(days=90)
MAX_KEY = 80
FIGURES = frozenset({Kind.AMOUNT, Kind.INSTRUMENT, Kind.CAPACITY, Kind.DATE})
# An item that names so many companies tells of each of them.
MANY = 4

# ------------------------------------------------------------------ which entry


@dataclass(frozen=True, slots=True)
class Named:
    """Who is who, by entity id: what it is called, and whose it is (a plant a company's, an office an
    agency's)."""

    names: Mapping[str, str]
    owners: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an item may be about: its `key` facts, one of each kind, and all facts it could be known by."""

    key: tuple[Fact, ...]
    marks: frozenset[str]


def subjects(ledger: Ledger, facts: Facts, named: Named) -> list[Subject]:
    """What an item is about: mostly one thing; of many companies in one item each is one.

    A project stands for the company whose it is, an office for its agency.
    """
    if len(facts.values(Kind.COMPANY)) >= MANY and Kind.COMPANY in ledger.key:
        each = (replace(facts, all=(c, *_without(facts, Kind.COMPANY))) for c in facts.of(Kind.COMPANY))
        return [_subject(ledger, one, named) for one in each]
    return [_subject(ledger, facts, named)]


def _without(facts: Facts, *kinds: Kind) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts.all if fact.kind not in kinds and fact.kind is not Kind.PROJECT)


def _subject(ledger: Ledger, facts: Facts, named: Named) -> Subject:
    kinds = {*ledger.key, *ledger.apart}
    sure = [fact for fact in facts.all if fact.sure >= SURE]
    owned = [_owner(fact, named) for fact in sure if fact.kind is Kind.PROJECT and fact.value in named.owners]
    known = [*owned, *sure] if Kind.COMPANY in kinds else sure
    firsts = (next((fact for fact in known if fact.kind is kind), None) for kind in ledger.key)
    marks = {_mark(fact) for fact in known if fact.kind in kinds}
    marks |= {
        f"{f.kind.value}:{named.owners[f.value]}"
        for f in known
        if f.value in named.owners and f.kind in ledger.key
    }
    return Subject(tuple(fact for fact in firsts if fact), frozenset(marks))


def _owner(project: Fact, named: Named) -> Fact:
    owner = named.owners[project.value]
    return replace(project, kind=Kind.COMPANY, value=owner, label=named.names.get(owner, owner))


def _mark(fact: Fact) -> str:
    return f"{fact.kind.value}:{fact.value.casefold()}"


def about(ledger: Ledger, subject: Subject, entries: Iterable[Entry], at: datetime) -> Entry | None:
    """The entry that is known by one of the subject's marks of every kind of the key, is at no other site
    and is not long over; of several the one that shares most, then the last to move.

    Of the kinds that tell sites apart, the first that both state decides.
    """
    fitting = [e for e in entries if _fits(ledger, subject.marks, e.marks) and not _over(ledger, e, at)]
    return max(fitting, key=lambda e: (len(e.marks & subject.marks), e.last, e.key), default=None)


def _over(ledger: Ledger, entry: Entry, at: datetime) -> bool:
    """Had it long been quiet, or had it ended, by then? What comes now is another deal or plant."""
    rung = ledger.rung(entry.rung)
    return at - entry.last > (ENDED if rung and rung.ends else QUIET)


def _fits(ledger: Ledger, found: frozenset[str], known: frozenset[str]) -> bool:
    if not all(_of(kind, found) & _of(kind, known) for kind in ledger.key):
        return False
    for kind in ledger.apart:
        one, other = _of(kind, found), _of(kind, known)
        if one & other or _differ(one, other):
            return bool(one & other)
    return True


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Do they name different things? A name in another script may be the same: 텍사스 and Texas."""
    return any(a.isascii() == b.isascii() for a in one for b in other)


def _of(kind: Kind, found: frozenset[str]) -> frozenset[str]:
    return frozenset(mark for mark in found if mark.startswith(f"{kind.value}:"))


def known_by(ledger: Ledger, subject: Subject, named: Named) -> frozenset[str]:
    """What an entry comes to be known by: the key of what opened it, and where it is."""
    own = {_mark(fact) for fact in subject.key}
    own |= {f"{f.kind.value}:{named.owners[f.value]}" for f in subject.key if f.value in named.owners}
    return frozenset(own).union(*(_of(kind, subject.marks) for kind in ledger.apart))


def key(ledger: Ledger, subject: Subject, story: str) -> str:
    """The key of a new entry: the weightiest fact of each kind, and the site; empty where none is to be
    opened."""
    if ledger.opens == "facts" and len(subject.key) == len(ledger.key):
        sites = sorted(
            mark.partition(":")[2] for kind in ledger.apart[:1] for mark in _of(kind, subject.marks)
        )
        return "/".join(_slug(name) for name in (*(f.value for f in subject.key), *sites[:1]))[:MAX_KEY]
    return story if ledger.opens == "story" else ""


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", fold(name).text).strip("-") or "x"


def concerning(facts: Facts, marks: frozenset[str], named: Named) -> Facts:
    """The facts that concern a row which is known by these marks: no project of another company, and of an
    item that tells of many companies no figures, which are for all of them together."""
    owners = {mark.partition(":")[2] for mark in _of(Kind.COMPANY, marks)}
    many = len(facts.values(Kind.COMPANY)) >= MANY

    def concerns(fact: Fact) -> bool:
        if fact.kind is Kind.PROJECT and owners:
            return named.owners.get(fact.value, "") in owners or (not many and fact.value not in named.owners)
        return not (many and fact.kind in FIGURES)

    return replace(facts, all=tuple(filter(concerns, facts.all)))


def title(ledger: Ledger, subject: Subject, facts: Facts, headline: str) -> str:
    """What a new entry is called: "Perpetua Resources, Stibnite / EXIM"; else its first headline."""
    if ledger.opens != "facts" or len(subject.key) < len(ledger.key):
        return headline
    labels = [_bare(fact) for fact in subject.key]
    site = facts.first(Kind.PROJECT) or (facts.first(Kind.PLACE) if Kind.PLACE in ledger.apart else None)
    if site and _bare(site) not in labels:
        labels[0] = f"{labels[0]}, {_bare(site)}"
    return " / ".join(labels)


def _bare(fact: Fact) -> str:
    """A label without tickers."""
    return fact.label.split(" (")[0]


def details(ledger: Ledger, facts: Facts) -> dict[str, str]:
    """The facts that a row shows, by kind, in words."""
    found = {}
    for kind in ledger.facts:
        labels = list(dict.fromkeys(fact.label for fact in facts.of(kind) if fact.sure >= SURE))
        if labels:
            found[kind.value] = ", ".join(labels if kind is Kind.COUNTRY else labels[:1])
    return found


def shown(ledger: Ledger, entry: Entry, step: Step, facts: Facts) -> dict[str, str]:
    """The details of a row with one more step: those that it lacked, and the figures that the newest and
    most primary evidence for where it stands gives anew."""
    stated = details(ledger, facts)
    found = {**stated, **entry.details}
    if step.rung != entry.rung or any(_outdoes(other, step) for other in entry.steps if not other.undone):
        return found
    return found | {kind: words for kind, words in stated.items() if kind in FIGURES}


def _outdoes(other: Step, step: Step) -> bool:
    return other.at > step.at or (other.rung == step.rung and other.tier < step.tier)


# ------------------------------------------------------------------ where it stands


def standing(ledger: Ledger, steps: Iterable[Step]) -> Standing:
    """Where an entry stands by its steps: up the ladder, aside and on again.

    What a person undid or put right is not brought back by its copies (`HELD`). A lower rung than the
    highest so far is background, unless a primary source says it soon after others said more: then it
    rules, and theirs is the rival. A rung aside that a less primary source tells soon before or after
    a primary one said otherwise is the rival, until somebody as primary agrees.
    """
    now, top = Standing(), -1
    overruled: dict[str, tuple[datetime, int]] = {}
    for step in sorted(steps, key=_in_time):
        rung = ledger.rung(step.rung)
        if step.undone and step.item:
            overruled[step.rung] = _both(overruled.get(step.rung), (step.at, step.tier))
        if rung is None or step.undone or step.sure < SURE or _copies(step, overruled.get(rung.id)):
            continue
        if step.tier == HAND:
            overruled.pop(rung.id, None)
            if now.rung != rung.id and now.tier > HAND:
                overruled[now.rung] = step.at, now.tier
        now, top = _next(now, top, rung, step, ledger)
    return now


def stood(ledger: Ledger, entry: Entry, moment: datetime) -> Standing:
    """Where an entry stood by what was known before a moment.

    Evidence counts from when it came to be known until it was taken out or its item said otherwise. A row
    of the file stands at least where the file has it first, whatever the moment.
    """
    given = min((step.at for step in entry.steps if step.given), default=None)
    known = (
        step
        for step in (*entry.steps, *entry.former)
        if step.known < moment or (step.given and step.at == given)
    )
    return standing(ledger, filter(None, (_then(step, moment) for step in known)))


def _then(step: Step, moment: datetime) -> Step | None:
    """A step as it was before a moment; None where its item said otherwise by then."""
    if step.dropped is None:
        return step
    if step.dropped >= moment:
        return replace(step, undone=False)
    return step if step.undone else None


def _in_time(step: Step) -> tuple[datetime, int, int, str]:
    return step.at, step.tier, step.item, step.rung


def _both(one: tuple[datetime, int] | None, other: tuple[datetime, int]) -> tuple[datetime, int]:
    """The later time and the more primary tier of two that were overruled."""
    return (max(one[0], other[0]), min(one[1], other[1])) if one else other


def _copies(step: Step, overruled: tuple[datetime, int] | None) -> bool:
    """Does it only say again what a person overruled?"""
    return overruled is not None and step.tier >= overruled[1] and step.at - overruled[0] <= HELD


def _next(now: Standing, top: int, rung: Rung, step: Step, ledger: Ledger) -> tuple[Standing, int]:
    there = Standing(rung.id, step.at, step.tier, "", step.tier <= 1)
    soon = now.since is not None and step.at - now.since <= DISAGREE
    if step.tier == HAND:
        return there, rung.number if not rung.aside else top
    if rung.id == now.rung:
        return _borne_out(now, step), top
    if rung.aside:
        if soon and now.tier < step.tier and now.tier <= 1:
            return replace(now, rival=rung.id), top
        return there, top
    if rung.number > top:
        return there, rung.number
    disputed = soon and step.tier == 1 and now.tier > 1
    if disputed and (rung.number == top or not _aside(ledger, now.rung)):
        return replace(there, rival=now.rung), rung.number
    return now, top


def _borne_out(now: Standing, step: Step) -> Standing:
    """The same rung with one more step that tells it; most change nothing."""
    confirmed = now.confirmed or step.tier == 1
    if step.tier >= now.tier and confirmed == now.confirmed:
        return now
    return replace(now, tier=min(now.tier, step.tier), confirmed=confirmed)


def _aside(ledger: Ledger, name: str) -> bool:
    rung = ledger.rung(name)
    return rung is not None and rung.aside


# ------------------------------------------------------------------ what a step changes


def advance(ledger: Ledger, entry: Entry, step: Step) -> tuple[Entry, Change | None]:
    """The entry with one more step, and what that changed; None where nothing is to be told."""
    if entry.refuses(step.item):
        return entry, None
    kept = tuple(s for s in entry.steps if not _same(s, step))
    steps = tuple(sorted((*kept, step), key=_in_time))
    after = replace(entry, steps=steps, standing=standing(ledger, steps))
    what = difference(ledger, entry.standing, after.standing)
    words = (ledger.called(name) for name in (entry.rung, after.rung, after.rival))
    return after, Change(after, what, *words) if what else None


def _same(one: Step, other: Step) -> bool:
    """Is it what the same item said before?"""
    return bool(one.item) and one.item == other.item


def difference(ledger: Ledger, before: Standing, after: Standing) -> What | None:
    """What happened to an entry that stood there and stands here; None where nothing is to be told. One
    that stands nowhere any more is reversed."""
    if not before.rung:
        return "opened" if after.rung else None
    if after.rung != before.rung:
        rung = ledger.rung(after.rung)
        if after.rival == before.rung:
            return "contradicted"
        return "reversed" if rung is None or rung.reverses else "moved"
    if after.rival and after.rival != before.rival:
        return "contradicted"
    if after.confirmed and not before.confirmed:
        return "confirmed"
    return None


def opened(ledger: Ledger, name: str, headline: str, subject: Subject, facts: Facts, now: datetime) -> Entry:
    """A new entry, before its first step."""
    called = title(ledger, subject, facts, headline)
    return Entry(ledger.id, name, called, Standing(), (), now)


def planted(ledger: Ledger, seed: Seed, now: datetime) -> Entry:
    """An entry as the file gives it; each of its steps at the beginning of its day, in UTC."""
    steps = tuple(
        Step(
            one.rung,
            datetime.combine(one.since, time(), UTC),
            0,
            one.source or "ledgers.yaml",
            1,
            seed.title,
        )
        for one in seed.history
    )
    return Entry(
        ledger.id, seed.key, seed.title, standing(ledger, steps), steps, now, details=dict(seed.details)
    )


def begun(seed: Seed, at: datetime) -> bool:
    """Can what was published then speak of it? East of UTC its first day begins the day before."""
    return at.astimezone(UTC).date() >= min(one.since for one in seed.history) - timedelta(days=1)


def replanted(ledger: Ledger, known: Entry, given: Entry) -> Entry:
    """An entry that was filed before, as the file has it now: its steps, its details, and its name unless
    a person gave it another. What a person undid stays undone."""
    known = replace(known, details={**known.details, **given.details})
    undone = {(step.rung, step.at) for step in known.steps if step.undone and not step.item}
    own = [step for step in known.steps if step.given]
    fresh = [step for step in given.steps if (step.rung, step.at) not in undone]
    if set(map(_said, own)) == set(map(_said, fresh)):
        return known
    steps = tuple(sorted((*(s for s in known.steps if s not in own), *fresh), key=_in_time))
    renamed = bool(own) and all(step.words != known.title for step in own)
    called = known.title if renamed else given.title
    return replace(known, title=called, steps=steps, standing=standing(ledger, steps))


def _said(step: Step) -> tuple[object, ...]:
    return step.rung, step.at, step.source, step.words
