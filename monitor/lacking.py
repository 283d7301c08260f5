"""A condition x an item in which it does not hold -> what holds of it and what is lacking, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitor.conditions import Answer, Evidence
from monitor.model import Hit
from monitor.reach import described, listed
from monitor.rule import (
    FIELDS,
    PROSE,
    AllOf,
    AnyOf,
    Apart,
    Beside,
    Condition,
    Figure,
    From,
    Near,
    Unless,
    Words,
    walk,
)

MAX_DEPTH = 4
MAX_SHOWN = 4
MAX_EXAMPLE = 24


def lacking(condition: Condition, evidence: Evidence, depth: int = 0) -> Iterator[str]:
    """Lines on why it does not hold, indented by depth; nothing where it does."""
    if depth > MAX_DEPTH or evidence.holds(condition):
        return
    indent = "  " * depth
    match condition:
        case AllOf() | Near():
            yield from _together(condition, evidence, depth)
        case AnyOf() if condition.at_least > 1:
            there = sum(evidence.holds(part) for part in condition.of)
            yield f"{indent}{there} of the {condition.at_least} it takes:"
            yield from _parts(condition.of, evidence, depth + 1)
        case AnyOf():
            yield from _nearest(condition, evidence, depth)
        case Unless() | Beside() | Apart() if evidence.holds(condition.part):
            yield indent + _undone(condition, evidence)
        case Unless() | Beside() | Apart():
            yield from lacking(condition.part, evidence, depth)
        case Words() | Figure() if hits := _elsewhere(condition, evidence):
            yield f"{indent}it looks in {listed(condition.fields)} only, and there is {_shown(hits)}"
        case _:
            yield f"{indent}{_none(condition)}"


def _together(condition: AllOf | Near, evidence: Evidence, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(condition, Near) and all(evidence.hits(part) for part in condition.of):
        how = ", in this order" if condition.in_order else ""
        words = ", ".join(_shown(evidence.hits(part)) for part in condition.of)
        yield f"{indent}all there, but not {_closeness(condition)}{how}: {words}"
        return
    yield f"{indent}not all of it is there:"
    yield from _parts(condition.of, evidence, depth + 1)


def _closeness(condition: Near) -> str:
    if condition.within is None:
        return "in one sentence"
    return f"within {condition.within} word" + ("" if condition.within == 1 else "s")


def _parts(parts: tuple[Condition, ...], evidence: Evidence, depth: int) -> Iterator[str]:
    """What holds with its words, and what does not with why."""
    indent = "  " * depth
    for part in parts:
        answer = evidence.hits(part)
        if answer is not None:
            yield f"{indent}holds: {_shown(answer) or spelt(part)}"
            continue
        said = list(lacking(part, evidence))
        yield f"{indent}lacks: {said[0] if said else _none(part)}"
        yield from (f"{indent}  {line}" for line in said[1:])


def _nearest(condition: AnyOf, evidence: Evidence, depth: int) -> Iterator[str]:
    """Of alternatives those of which something is there; else a few of the words."""
    close = [part for part in condition.of if begun(part, evidence)]
    for part in close[:MAX_SHOWN]:
        yield from lacking(part, evidence, depth)
    if not close:
        yield "  " * depth + _none(condition)


def begun(condition: Condition, evidence: Evidence) -> bool:
    """Is anything there of a condition that does not hold itself, be it where it does not look?"""
    seen = {condition}
    open_ = [condition]
    while open_:
        one = open_.pop()
        if evidence.holds(one) or _elsewhere(one, evidence):
            return True
        asked = one.parts[:1] if isinstance(one, Unless | Beside | Apart) else one.parts
        open_ += set(asked) - seen
        seen.update(asked)
    return False


def _elsewhere(condition: Condition, evidence: Evidence) -> Answer:
    """Where words or a figure stand that look in other fields."""
    if not isinstance(condition, Words | Figure):
        return None
    return evidence.hits(replace(condition, fields=frozenset(FIELDS)))


def _undone(condition: Unless | Beside | Apart, evidence: Evidence) -> str:
    there = _shown(evidence.hits(condition.part)) or spelt(condition.part)
    match condition:
        case Unless():
            barring = _shown(evidence.hits(condition.absent)) or "what rules it out"
            return f"{there} is there, but so is {barring}"
        case Beside():
            return f"{there} is there, but nothing of what it has to be beside: {spelt(condition.present)}"
        case Apart():
            near = _shown(evidence.hits(condition.absent))
            return f"{there} is there, but too near to {near}"


def _none(condition: Condition) -> str:
    match condition:
        case Figure():
            return f"no figure that is '{condition.written}'"
        case From():
            return f"the source is not {described(condition)}"
    return f"none of {spelt(condition)}"


def _shown(answer: Answer) -> str:
    return ", ".join(dict.fromkeys(found(hit) for hit in (answer or ())[:MAX_SHOWN]))


def found(hit: Hit) -> str:
    """Words and where they stand: “rare earth” in the title."""
    return f"“{hit.words}” in the {hit.field}"


def spelt(condition: Condition) -> str:
    """A few of the words that a condition looks for, or its name."""
    words = {one.written for part in walk(condition) if isinstance(part, Words) for one in part.lookups}
    figures = {part.written for part in walk(condition) if isinstance(part, Figure)}
    origins = {described(part) for part in walk(condition) if isinstance(part, From)}
    shown = [*sorted(words, key=_telling), *sorted(figures), *sorted(origins)]
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")


def _telling(word: str) -> tuple[bool, bool, str]:
    """As examples short English words come first."""
    return not word.isascii(), len(word) > MAX_EXAMPLE, word


def is_plain(condition: Condition) -> bool:
    """Is it words and no more, wherever text is read?"""
    return all(
        (isinstance(part, Words) and part.fields == frozenset(PROSE))
        or (isinstance(part, AnyOf) and part.at_least == 1)
        for part in walk(condition)
    )
