"""What an item does to a ledger: which entry it is about, and what its step changes. Pure.

Where an entry stands follows from all of its steps in the order of their times, not of their arrival:
an older item that comes late changes nothing that came after it, and an item that is filed again
changes nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.fact import Fact, Facts, Kind
from monitor.ledger import Change, Entry, Ledger, Rung, Seed, Standing, Step, What
from monitor.text import fold

# Sources that say different things within this time disagree; after it, things have moved on.
DISAGREE = timedelta(days=14)
# A step that is less sure is kept as evidence and moves nothing.
SURE = 0.5
HAND = 0  # the tier of a person: more primary than any source
MAX_KEY = 80

# ------------------------------------------------------------------ which entry


def marks(ledger: Ledger, facts: Facts, owners: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """What an entry is known by, of what an item states. A project stands for its owners, too."""
    kinds = {*ledger.key, *ledger.apart}
    found = {
        f"{fact.kind.value}:{fact.value}" for fact in facts.all if fact.kind in kinds and fact.sure >= SURE
    }
    if Kind.COMPANY in kinds:
        for project in facts.values(Kind.PROJECT):
            found |= {f"{Kind.COMPANY.value}:{owner}" for owner in owners.get(project, ())}
    return frozenset(found)


def about(ledger: Ledger, found: frozenset[str], entries: Iterable[Entry]) -> Entry | None:
    """The entry that shares a mark of every kind of the key and contradicts none; of several the one
    that shares most, then the last to move."""
    fitting = [entry for entry in entries if _fits(ledger, found, entry.marks)]
    return max(fitting, key=lambda e: (len(e.marks & found), e.last, e.key), default=None)


def _fits(ledger: Ledger, found: frozenset[str], known: frozenset[str]) -> bool:
    if not all(_of(kind, found) & _of(kind, known) for kind in ledger.key):
        return False
    stated = [(_of(kind, found), _of(kind, known)) for kind in ledger.apart]
    return all(one & other for one, other in stated if one and other)


def _of(kind: Kind, found: frozenset[str]) -> frozenset[str]:
    return frozenset(mark for mark in found if mark.startswith(f"{kind.value}:"))


def key(ledger: Ledger, facts: Facts, story: str) -> str:
    """The key of a new entry: the weightiest fact of each kind; empty where none is to be opened."""
    firsts = [facts.first(kind) for kind in ledger.key]
    if ledger.opens == "facts" and all(firsts):
        return "/".join(_slug(fact.value) for fact in firsts if fact)[:MAX_KEY]
    return story if ledger.opens == "story" else ""


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", fold(name).text).strip("-") or "x"


def title(ledger: Ledger, facts: Facts, headline: str) -> str:
    """What a new entry is called: "Perpetua Resources, Stibnite / EXIM"; else its first headline."""
    named = [facts.first(kind) for kind in ledger.key]
    if ledger.opens != "facts" or not all(named):
        return headline
    labels = [_bare(fact) for fact in named if fact]
    project = facts.first(Kind.PROJECT)
    if project and _bare(project) not in labels:
        labels[0] = f"{labels[0]}, {_bare(project)}"
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


# ------------------------------------------------------------------ where it stands


def standing(ledger: Ledger, steps: Iterable[Step]) -> Standing:
    """Where an entry stands by its steps: up the ladder, aside and on again.

    A lower rung than the highest so far is background, unless a primary source says it soon after
    others said more: then it rules, and theirs is the rival. A rung aside that a less primary source
    tells soon after a more primary one said otherwise is the rival, until somebody as primary agrees.
    """
    now, top = Standing(), -1
    for step in sorted(steps, key=lambda s: (s.at, s.tier, s.item, s.rung)):
        rung = ledger.rung(step.rung)
        if rung is None or step.undone or step.sure < SURE:
            continue
        now, top = _next(now, top, rung, step, ledger)
    return now


def _next(now: Standing, top: int, rung: Rung, step: Step, ledger: Ledger) -> tuple[Standing, int]:
    there = Standing(rung.id, step.at, step.tier, "", step.tier <= 1)
    soon = now.since is not None and step.at - now.since <= DISAGREE
    if step.tier == HAND:
        return there, rung.number if not rung.aside else top
    if rung.id == now.rung:
        return replace(now, tier=min(now.tier, step.tier), confirmed=now.confirmed or step.tier == 1), top
    if rung.aside:
        if soon and now.tier < step.tier and now.tier <= 1:
            return replace(now, rival=rung.id), top
        return there, top
    if rung.number > top:
        return there, rung.number
    if soon and step.tier == 1 and now.tier > 1 and not _aside(ledger, now.rung):
        return replace(there, rival=now.rung), rung.number
    return now, top


def _aside(ledger: Ledger, name: str) -> bool:
    rung = ledger.rung(name)
    return rung is not None and rung.aside


# ------------------------------------------------------------------ what a step changes


def advance(ledger: Ledger, entry: Entry, step: Step) -> tuple[Entry, Change | None]:
    """The entry with one more step, and what that changed; None where nothing is to be told."""
    kept = tuple(s for s in entry.steps if not _same(s, step))
    steps = tuple(sorted((*kept, step), key=lambda s: (s.at, s.tier, s.item, s.rung)))
    after = replace(entry, steps=steps, standing=standing(ledger, steps))
    what = _what(ledger, entry.standing, after.standing)
    return after, Change(after, what, entry.rung) if what else None


def _same(one: Step, other: Step) -> bool:
    """Is it what the same item said before? What a person did is never replaced."""
    return bool(one.item) and one.item == other.item and not one.undone and not one.by


def _what(ledger: Ledger, before: Standing, after: Standing) -> What | None:
    if not before.rung:
        return "opened" if after.rung else None
    if after.rung != before.rung:
        rung = ledger.rung(after.rung)
        if after.rival == before.rung:
            return "contradicted"
        return "reversed" if rung and rung.reverses else "moved"
    if after.rival and after.rival != before.rival:
        return "contradicted"
    if after.confirmed and not before.confirmed:
        return "confirmed"
    return None


def opened(
    ledger: Ledger, name: str, headline: str, facts: Facts, found: frozenset[str], now: datetime
) -> Entry:
    """A new entry, before its first step."""
    return Entry(
        ledger.id, name, title(ledger, facts, headline), Standing(), (), now, found, details(ledger, facts)
    )


def planted(ledger: Ledger, seed: Seed, at: datetime, now: datetime) -> Entry:
    """An entry as the file gives it; `at` is the time of its first step."""
    step = Step(seed.rung, at, 0, seed.source or "ledgers.yaml", 1, seed.title)
    named = frozenset(
        {f"{Kind.DOCUMENT.value}:{seed.details['document']}"} if "document" in seed.details else ()
    )
    return Entry(
        ledger.id, seed.key, seed.title, standing(ledger, [step]), (step,), now, named, dict(seed.details)
    )
