"""Concepts, entities and kinds of text by name, and written conditions -> compiled ones.

Each name is compiled once, so that all rules which use it share one object.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

from monitor.meaning import Concept
from monitor.rule import (
    PROSE,
    AllOf,
    AnyOf,
    Apart,
    Beside,
    Condition,
    Entity,
    Field,
    Figure,
    From,
    Lookup,
    Near,
    Unless,
    Words,
)
from monitor.terms import Unresolved, days, money, number, pattern, term
from monitor.written import (
    ConceptFile,
    ConditionFile,
    EntityFile,
    KindFile,
    MeaningFile,
    Written,
    fields,
)
from monitor.yamlfile import Path

MAX_MACROS = 50
DEFAULT_NEAR, DEFAULT_APART = 10, 5
# Holds nowhere: it stands in for what could not be compiled.
NOTHING = Words()
# What stands in ids of concepts for the order of the file alone.
_ORDERING = re.compile(r"^step-|-(noun|verb|words?|number|in-general)$")
_PROPER = re.compile(r"\b(chinese|us)\b")
PROSE_ONLY = frozenset(PROSE)

Note = Callable[[Path, Unresolved], None]


@dataclass(frozen=True)
class _Meaning:
    """A concept, entity, group of entities or kind of text before it is compiled."""

    terms: tuple[Written, ...] = ()
    written: MeaningFile | KindFile | None = None


@dataclass(frozen=True, eq=False, slots=True)
class _Within(Condition):
    """The part, in these fields: as written, until each of its words is told where to look."""

    part: Condition = field(default_factory=Words)
    fields: frozenset[Field] = PROSE_ONLY


class Vocabulary:
    """Names of meanings: concepts and entities (`@mofcom`), groups of entities (`@role/magnet`,
    `@kind/agency`), kinds of text (`@text/opinion`).
    """

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self.concepts: dict[str, Concept] = {}
        self._meanings: dict[str, _Meaning] = {}
        self._compiled: dict[str, Condition] = {}
        self._placed: dict[tuple[int, frozenset[Field] | None], tuple[Condition, Condition]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._meanings

    def aside(self) -> Vocabulary:
        """The same names, for rules that are only tried: what is made of those, this one does not keep."""
        other = copy(self)
        other._compiled, other._placed = dict(self._compiled), dict(self._placed)
        return other

    def spellings(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """How a concept or entity is written, by language: its plain words, and no others."""
        written = self._meanings[name].written
        terms = written.terms if isinstance(written, MeaningFile) else {}
        plain = {
            lang: tuple(one.strip("=~*") for one in some if isinstance(one, str) and one[:1] != "@")
            for lang, some in terms.items()
        }
        return {lang: words for lang, words in plain.items() if words}

    def groups(self) -> dict[str, int]:
        """The groups of entities by name, and how many each has."""
        return {name: len(one.terms) for name, one in self._meanings.items() if one.written is None}

    def add(self, name: str, written: ConceptFile | EntityFile | KindFile) -> None:
        """Take in a meaning under its name. A group of entities grows with each member."""
        match written:
            case KindFile():
                self._meanings[f"text/{name}"] = _Meaning((), written)
            case ConceptFile():
                self._meanings[name] = _Meaning((*_flat(written.terms), *written.also), written)
                says = _called(name, written.terms.get("en", ()))
                self.concepts[name] = Concept(name, written.states or "", tuple(written.acts), says)
            case EntityFile():
                self._add_entity(name, written)

    def _add_entity(self, name: str, entity: EntityFile) -> None:
        self._meanings[name] = _Meaning(tuple(_flat(entity.terms)), entity)
        self.entities[name] = Entity(
            name,
            entity.name,
            entity.kind,
            entity.country or "",
            tuple(entity.tickers),
            entity.short or "",
            entity.owner or "",
            tuple(entity.roles),
        )
        for group in (f"kind/{entity.kind}", *(f"role/{role}" for role in entity.roles)):
            members = self._meanings.get(group, _Meaning()).terms
            self._meanings[group] = _Meaning((*members, f"@{name}"))

    def meanings(self) -> dict[str, Condition]:
        """Every concept and entity by name, looked for in title, summary and body; no groups.

        What cannot be compiled is left out: it is told where the file is checked.
        """
        found = {}
        for name, meaning in self._meanings.items():
            if isinstance(meaning.written, ConceptFile | EntityFile):
                with contextlib.suppress(Unresolved):
                    found[name] = self.placed(self.macro(name))
        return found

    def phrases(self) -> Iterator[str]:
        """The plain terms of all concepts, as written."""
        for meaning in self._meanings.values():
            if isinstance(meaning.written, ConceptFile):
                yield from (one for one in meaning.terms if isinstance(one, str) and not one.startswith("@"))

    def macro(self, name: str, stack: tuple[str, ...] = ()) -> Condition:
        """What a name stands for. Raises Unresolved."""
        if name in stack:
            raise Unresolved(f"'@{name}' leads back to itself: {' > '.join((*stack, name))}", "cut")
        if len(stack) > MAX_MACROS:
            raise Unresolved(f"'@{name}' stands at the end of {len(stack)} macros", "flatten them")
        if name not in self._meanings:
            raise Unresolved(f"'@{name}' is not a concept or entity", self._nearest(name))
        if name not in self._compiled:
            compiler = Compiler(self, _refuse, (*stack, name))
            self._compiled[name] = self._meaning(name, compiler)
        return self._compiled[name]

    def _meaning(self, name: str, compiler: Compiler) -> Condition:
        meaning = self._meanings[name]
        written = meaning.written
        if isinstance(written, KindFile):
            return AnyOf((compiler.condition(written),), name=name)
        condition: Condition = AnyOf(compiler.parts(meaning.terms), name=name)
        if written is None:
            return condition
        if written.not_near:
            condition = Apart(condition, compiler.any_of(written.not_near), _words(written.within))
        if written.unless:
            condition = Unless(condition, compiler.any_of(written.unless))
        if written.beside:
            condition = Beside(condition, compiler.any_of(written.beside))
        return condition

    def placed(self, condition: Condition, fields: frozenset[Field] | None = None) -> Condition:
        """The same with every word told where to look: in title, summary and body, or where it says.

        What a condition holds inside another that says where, looks where both do. What must be
        absent or present elsewhere in the item is looked for in all of its text.
        """
        key = id(condition), fields
        if key not in self._placed:
            made = self._place(condition, fields)
            self._placed[key] = condition, made  # the first keeps its identity taken
        return self._placed[key][1]

    def _place(self, condition: Condition, fields: frozenset[Field] | None) -> Condition:
        match condition:
            case Words() | Figure():
                return replace(condition, fields=PROSE_ONLY if fields is None else fields)
            case _Within(part=part):
                both = condition.fields if fields is None else fields & condition.fields
                return self.placed(part, both)
            case AnyOf() | AllOf() | Near():
                return replace(condition, of=tuple(self.placed(part, fields) for part in condition.of))
            case Unless():
                absent = self.placed(condition.absent)
                return replace(condition, part=self.placed(condition.part, fields), absent=absent)
            case Beside():
                present = self.placed(condition.present)
                return replace(condition, part=self.placed(condition.part, fields), present=present)
            case Apart():
                absent = self.placed(condition.absent, fields)
                return replace(condition, part=self.placed(condition.part, fields), absent=absent)
        return condition

    def _nearest(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._meanings, 1)
        return f"did you mean '@{near[0]}'?" if near else "add it to concepts.yaml or entities.yaml"


class Compiler:
    """Compiles written conditions; what cannot be is noted with its path, and holds nowhere."""

    def __init__(self, vocabulary: Vocabulary, note: Note, stack: tuple[str, ...] = ()) -> None:
        self._vocabulary = vocabulary
        self._note = note
        self._stack = stack

    def one(self, written: Written, path: Path = ()) -> Condition:
        """A single written term, macro or condition."""
        if isinstance(written, ConditionFile):
            return self.condition(written, path)
        if isinstance(written, list):
            return self.any_of(written, path)
        try:
            if written.startswith("@"):
                return self._vocabulary.macro(written[1:], self._stack)
            return Words(frozenset({term(written)}))
        except Unresolved as error:
            self._note(path, error)
            return NOTHING

    def _plain(self, written: Written) -> Lookup | None:
        """What a written term looks for; of tens of thousands nearly all are plain words."""
        if not isinstance(written, str) or written.startswith("@"):
            return None
        try:
            return term(written)
        except Unresolved:
            return None  # told by `one`

    def each(self, written: Sequence[Written], path: Path = ()) -> tuple[Condition, ...]:
        return tuple(self.one(one, (*path, number)) for number, one in enumerate(written))

    def parts(self, written: Sequence[Written], path: Path = ()) -> tuple[Condition, ...]:
        """Plain words together, each macro and condition on its own."""
        plain: set[Lookup] = set()
        parts: list[Condition] = []
        for place, one in enumerate(written):
            made = self._plain(one) or self.one(one, (*path, place))
            if isinstance(made, Words):
                plain |= made.lookups
            elif isinstance(made, Condition):
                parts.append(made)
            else:
                plain.add(made)
        return (Words(frozenset(plain)), *parts) if plain else tuple(parts)

    def any_of(self, written: Sequence[Written], path: Path = ()) -> Condition:
        """Any of these terms and conditions."""
        parts = self.parts(written, path)
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def condition(self, written: ConditionFile, path: Path = ()) -> Condition:
        """Everything that a written condition asks, together."""
        made = [*self._lists(written, path), *self._figures(written, path)]
        condition = made[0] if len(made) == 1 else AllOf(tuple(made))
        if written.in_ is not None:
            condition = _Within(condition, fields(written.in_))
        if written.not_near:
            alone = written.within is not None and not written.near
            within = _words(written.within) if alone else DEFAULT_APART
            condition = Apart(condition, self.any_of(written.not_near, (*path, "not_near")), within)
        if written.not_:
            condition = Unless(condition, self.any_of(written.not_, (*path, "not")))
        return condition

    def _lists(self, written: ConditionFile, path: Path) -> Iterator[Condition]:
        if written.any is not None and written.at_least > 1:
            yield AnyOf(self.each(written.any, (*path, "any")), written.at_least)
        elif written.any is not None:
            yield self.any_of(written.any, (*path, "any"))
        if written.all is not None:
            yield AllOf(self.each(written.all, (*path, "all")))
        if written.near is not None:
            within = DEFAULT_NEAR if written.within is None else _words(written.within)
            yield Near(self.each(written.near, (*path, "near")), within, written.in_order)

    def _figures(self, written: ConditionFile, path: Path) -> Iterator[Condition]:
        asked: tuple[tuple[str, str | None, Callable[[str], Condition]], ...] = (
            ("regex", written.regex, lambda text: Words(frozenset({pattern(text)}))),
            ("amount", written.amount, lambda text: Figure(money(text), text)),
            ("date", written.date, lambda text: Figure(days(text), text)),
            ("announcement", written.announcement, lambda text: Figure(number(text), f"announcement {text}")),
        )
        for key, text, compiled in asked:
            if text is not None:
                try:
                    yield compiled(text)
                except Unresolved as error:
                    self._note((*path, key), error)
                    yield NOTHING
        if written.from_ is not None:
            asks = written.from_
            yield From(
                frozenset(asks.tier), frozenset(asks.lang), frozenset(asks.country), frozenset(asks.id)
            )


def _refuse(_: Path, error: Unresolved) -> None:
    raise error


def _words(within: int | str | None) -> int | None:
    return None if within is None or within == "sentence" else int(within)


def _called(name: str, english: Sequence[Written]) -> str:
    """A concept's name as people say it: the id in words, without what only orders the file, and spelt as
    its English terms spell it: "NdPr", "China", "impose"."""
    words = _ORDERING.sub("", name).replace("-", " ")
    words = _PROPER.sub(lambda found: found[0].title() if len(found[0]) > 2 else found[0].upper(), words)
    spelt = (one.strip("=~*") for one in english if isinstance(one, str))
    return next((one for one in spelt if one.casefold() == words.casefold()), words)


def _flat(terms: Mapping[str, list[Written]]) -> Iterator[Written]:
    for words in terms.values():
        yield from words
