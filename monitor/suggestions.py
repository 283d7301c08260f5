"""What the packs know -> names to write as terms, each with what it stands for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.text import fold
from monitor.vocabulary import Vocabulary
from monitor.wording import many

# What is shown of a meaning: words, each with so many characters at most.
SHOWN, LONGEST = 4, 30
_KINDS = {"kind": "every {}", "role": "whoever is of the role {}"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term as it is written, such as `@gallium`. `kind` is concept, entity or group; `says` is what it
    stands for, `words` all that it is found by, folded."""

    term: str
    kind: str
    says: str
    words: tuple[str, ...]


def suggestions(vocabulary: Vocabulary) -> tuple[Suggestion, ...]:
    """Every name: concepts first, then entities, then groups of entities, in the order of the files."""
    return (*_concepts(vocabulary), *_entities(vocabulary), *_groups(vocabulary))


def _concepts(vocabulary: Vocabulary) -> Iterator[Suggestion]:
    for name, concept in vocabulary.concepts.items():
        yield _meaning(name, "concept", concept.says, vocabulary.spellings(name))


def _entities(vocabulary: Vocabulary) -> Iterator[Suggestion]:
    for name, entity in vocabulary.entities.items():
        found = _meaning(name, entity.kind, entity.name, vocabulary.spellings(name))
        yield Suggestion(found.term, "entity", found.says, (*found.words, *map(_folded, entity.tickers)))


def _groups(vocabulary: Vocabulary) -> Iterator[Suggestion]:
    for name, count in vocabulary.groups().items():
        sort, _, of = name.partition("/")
        what = _KINDS.get(sort, "{}").format(of.replace("-", " "))
        yield Suggestion(f"@{name}", "group", f"{what}: {many(count, 'name')}", (_folded(of),))


def _meaning(name: str, kind: str, called: str, spelt: Mapping[str, Sequence[str]]) -> Suggestion:
    """`gallium: 镓, Ga and more, 14 words in 3 languages`."""
    words = [word for some in spelt.values() for word in some]
    shown = [word for word in _mixed(spelt) if word.casefold() != called.casefold() and len(word) <= LONGEST]
    count = f"{many(len(words), 'word')} in {many(len(spelt), 'language')}" if words else "made of others"
    head = called if kind == "concept" else f"{called}, {kind}"
    said = ", ".join([*shown[:SHOWN], count])
    return Suggestion(f"@{name}", kind, f"{head}: {said}", tuple(map(_folded, (name, called, *words))))


def _mixed(spelt: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The first word of each language, then the second of each, and so on."""
    for place in range(max(map(len, spelt.values()), default=0)):
        yield from (words[place] for words in spelt.values() if place < len(words))


def _folded(text: str) -> str:
    return " ".join(fold(text).text.split())


# ------------------------------------------------------------------ what is being typed


def like(known: Iterable[Suggestion], typed: str, limit: int) -> list[Suggestion]:
    """Those that what is typed may be meant to become, the likeliest first: what is called so, what begins
    so, what has a word that begins so. Words of any language count; without one, nothing is like it."""
    wanted = _folded(typed.lstrip("@"))
    if not wanted:
        return []
    ranked = ((rank, place, one) for place, one in enumerate(known) if (rank := _rank(one, wanted)) < _FAR)
    return [one for *_, one in sorted(ranked, key=lambda ranking: ranking[:2])[:limit]]


_FAR = 4


def _rank(one: Suggestion, wanted: str) -> int:
    """From 0, how far it is from what is wanted."""
    name = one.words[0]
    if wanted in (name, one.term[1:]):
        return 0
    if wanted in one.words:
        return 1
    if any(word.startswith(wanted) for word in (name, one.term[1:])):
        return 2
    inside = f" {wanted}"
    near = any(word.startswith(wanted) or inside in word for word in one.words)
    return 3 if near or (not wanted.isascii() and any(wanted in word for word in one.words)) else _FAR
