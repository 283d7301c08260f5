"""A compiled condition -> what it asks, in lines that a person reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.reach import described, listed
from monitor.rule import (
    PROSE,
    AllOf,
    AnyOf,
    Apart,
    Beside,
    Condition,
    Field,
    Figure,
    From,
    Near,
    Unless,
    Words,
)


def outline(condition: Condition, told: set[Condition] | None = None) -> tuple[str, ...]:
    """What a condition asks, indented by depth. A concept or entity in `told` is not spelt out again."""
    return tuple(_lines(condition, set() if told is None else told))


def _lines(condition: Condition, told: set[Condition]) -> Iterator[str]:
    match condition:
        case Words():
            yield ", ".join(sorted(one.written for one in condition.lookups)) + _where(condition.fields)
        case Figure():
            yield condition.written + _where(condition.fields)
        case From():
            yield f"a source that is {described(condition)}"
        case AnyOf():
            yield from _any_of(condition, told)
        case AllOf():
            yield from _listed("all of:", condition.of, told)
        case Near():
            order = ", in this order" if condition.in_order else ""
            yield from _listed(f"{_distance(condition.within)} each other{order}:", condition.of, told)
        case Unless():
            yield from _lines(condition.part, told)
            yield from _listed("but not where the item has:", [condition.absent], told)
        case Beside():
            yield from _lines(condition.part, told)
            yield from _listed("only where the item has:", [condition.present], told)
        case Apart():
            yield from _lines(condition.part, told)
            yield from _listed(f"but not {_distance(condition.within)}:", [condition.absent], told)


def _any_of(condition: AnyOf, told: set[Condition]) -> Iterator[str]:
    if condition in told:
        yield f"@{condition.name}, as above"
    elif condition.name:
        told.add(condition)
        yield from _listed(f"@{condition.name}:", condition.of, told)
    elif condition.at_least > 1:
        yield from _listed(f"at least {condition.at_least} of:", condition.of, told)
    else:
        yield from _listed("any of:", condition.of, told)


def _listed(head: str, parts: Iterable[Condition], told: set[Condition]) -> Iterator[str]:
    yield head
    yield from (f"  {line}" for part in parts for line in _lines(part, told))


def _distance(within: int | None) -> str:
    if within is None:
        return "in one sentence with"
    return f"within {within} word{'' if within == 1 else 's'} of"


def _where(fields: frozenset[Field]) -> str:
    """Where it looks, if not wherever text is read."""
    return "" if fields == frozenset(PROSE) else f" (in {listed(fields) or 'no field'})"
