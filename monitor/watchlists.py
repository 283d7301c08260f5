"""The files in `watchlists/` -> a rulebook of watchlists, every macro resolved.

`concepts.yaml` and `entities.yaml` give names to meanings; each other file is one watchlist.
What a file may hold is stated by the classes below and described in `docs/watchlists.md`.
A bad file never takes the others with it: `in_force()` keeps the last good text of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Key

from monitor.errors import Invalid, Problem
from monitor.model import FIELDS, Entity, Field, Group, Phrase, Send, Stage, Term, Watchlist
from monitor.yamlfile import Document, Strict, decode, read

CONCEPTS, ENTITIES, SOURCES = "concepts.yaml", "entities.yaml", "sources.yaml"
MAX_MACROS = 50
DEFAULT_TIERS = {1: 8, 2: 4, 3: 0, 4: -4}

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Lang = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Points = Annotated[int, Key(ge=0, le=100)]
EntityKind = Literal["company", "agency", "ministry", "programme", "plant", "place", "body"]

# ------------------------------------------------------------------ what the files may hold


class ConceptFile(Strict):
    """A meaning: its spellings by language, what else it takes in, and what rules it out."""

    about: str = ""
    terms: dict[Lang, list[Words]] = {}
    also: list[Words] = []
    unless: list[Words] = []
    source: list[Words] = []


class EntityFile(Strict):
    """A named thing: how it is spelt, what tells it from its namesakes, and where its facts are from."""

    name: Words
    kind: EntityKind
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    tickers: list[Words] = []
    roles: list[Id] = []
    about: str = ""
    terms: dict[Lang, list[Words]] = {}
    unless: list[Words] = []
    source: list[Words] = []


class ConceptsFile(Strict):
    concepts: dict[Id, ConceptFile]


class EntitiesFile(Strict):
    entities: dict[Id, EntityFile]


class GroupFile(Strict):
    """Terms of which one has to be there, the fields to look in, and the points it is worth."""

    name: Words
    any: Annotated[list[Words], Key(min_length=1)]
    in_: Annotated[list[Field] | None, Key(alias="in", min_length=1)] = None
    weight: Points | None = None


class StageFile(Strict):
    id: Id
    any: Annotated[list[Words], Key(min_length=1)]


def _slack(text: str) -> str:
    if not re.fullmatch(r"#[^\s#]+|[CGD][A-Z0-9]{6,}", text):
        raise ValueError(f"'{text}' is not a Slack channel: write \"#name\" in quotes, or its id")
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError(f"'{text}' is not an e-mail address: write name@example.com")
    return text


class SendFile(Strict):
    slack: list[Annotated[str, AfterValidator(_slack)]] = []
    email: list[Annotated[str, AfterValidator(_email)]] = []


class WatchlistFile(Strict):
    """One watchlist."""

    watchlist: Id
    title: Words
    about: str = ""
    must: Annotated[list[GroupFile], Key(min_length=1)]
    any: list[GroupFile] = []
    less: list[GroupFile] = []
    not_: Annotated[list[GroupFile], Key(alias="not")] = []
    stages: list[StageFile] = []
    tiers: dict[Annotated[int, Key(ge=1, le=4)], Annotated[int, Key(ge=-100, le=100)]] = {}
    text_factor: Annotated[float, Key(ge=0, le=1, strict=False)] = 0.7
    alert: Points = 60
    digest: Points = 35
    send: SendFile = SendFile()


# ------------------------------------------------------------------ the rulebook


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All that is in force: the watchlists, the entities by id, and the file texts they came from."""

    watchlists: tuple[Watchlist, ...]
    entities: Mapping[str, Entity]
    texts: Mapping[str, str]


def read_directory(directory: Path) -> dict[str, str | Invalid]:
    """The text of each watchlist file, or why it could not be read. The catalogue is not one."""
    found: dict[str, str | Invalid] = {}
    for path in sorted(directory.glob("*.yaml")):
        if path.name == SOURCES or path.name.startswith("."):
            continue
        try:
            found[path.name] = decode(path.name, path.read_bytes())
        except Invalid as error:
            found[path.name] = error
        except OSError as error:
            problem = Problem(path.name, 0, f"cannot be read: {error.strerror}")
            found[path.name] = Invalid((problem,))
    return found


def build(texts: Mapping[str, str | Invalid]) -> tuple[Rulebook, tuple[Problem, ...]]:
    """Everything that can be used, and every problem in what cannot."""
    problems: list[Problem] = []
    vocabulary = _Vocabulary(texts, problems)
    watchlists: dict[str, Watchlist] = {}
    for file, text in texts.items():
        if file in (CONCEPTS, ENTITIES):
            continue
        made = _watchlist(file, text, vocabulary, problems)
        if made and made.id in watchlists:
            problems.append(Problem(file, 1, f"the watchlist '{made.id}' exists already", "rename"))
        elif made:
            watchlists[made.id] = made
    good = {file: text for file, text in texts.items() if isinstance(text, str)}
    rulebook = Rulebook(tuple(watchlists.values()), vocabulary.entities, good)
    return rulebook, tuple(sorted(set(problems)))


def in_force(
    texts: Mapping[str, str | Invalid], last_good: Mapping[str, str]
) -> tuple[Rulebook, tuple[Problem, ...]]:
    """What applies: each file as it is now, or its last good text where it is bad now.

    A file that is gone is gone. Where a mend of single files is not enough (a concept that a
    watchlist needs has disappeared), all files fall back together.
    """
    rulebook, problems = build(texts)
    if not problems:
        return rulebook, ()
    bad = {p.file for p in problems}
    mended = {f: t for f, t in texts.items() if f not in bad}
    mended |= {f: last_good[f] for f in bad if f in last_good}
    rulebook, remaining = build(mended)
    if remaining and last_good:
        rulebook, _ = build(dict(last_good))
    return rulebook, problems


def _read(file: str, text: str | Invalid, model: type[Strict]) -> Document[Strict]:
    if isinstance(text, Invalid):
        raise text
    return read(file, text, model)


def _watchlist(
    file: str, text: str | Invalid, vocabulary: _Vocabulary, problems: list[Problem]
) -> Watchlist | None:
    before = len(problems)
    try:
        document = _read(file, text, WatchlistFile)
    except Invalid as error:
        problems.extend(error.problems)
        return None
    value = document.value
    assert isinstance(value, WatchlistFile)
    if file != f"{value.watchlist}.yaml":
        remedy = f"name the file '{value.watchlist}.yaml' or change the id"
        problems.append(document.problem(("watchlist",), "the id is not the file's name", remedy))
    if value.digest > value.alert:
        message = "the digest threshold is above the alert threshold"
        problems.append(document.problem(("digest",), message, "lower 'digest' or raise 'alert'"))
    resolve = _Resolver(document, vocabulary, problems)
    made = Watchlist(
        id=value.watchlist,
        title=value.title,
        about=value.about,
        must=resolve.groups("must", value.must, 30),
        any=resolve.groups("any", value.any, 10),
        less=resolve.groups("less", value.less, 30),
        exclude=resolve.groups("not", value.not_, 0),
        stages=resolve.stages(value.stages),
        tiers=DEFAULT_TIERS | value.tiers,
        text_factor=value.text_factor,
        alert=value.alert,
        digest=value.digest,
        send=Send(tuple(value.send.slack), tuple(value.send.email)),
    )
    return made if len(problems) == before else None


@dataclass(frozen=True)
class _Resolver:
    """Turns the written groups of one file into terms, noting what cannot be resolved."""

    document: Document[Strict]
    vocabulary: _Vocabulary
    problems: list[Problem]

    def groups(self, key: str, written: list[GroupFile], weight: int) -> tuple[Group, ...]:
        return tuple(
            Group(
                name=group.name,
                terms=self.terms((key, index, "any"), group.any),
                weight=weight if group.weight is None else group.weight,
                fields=FIELDS if group.in_ is None else tuple(group.in_),
            )
            for index, group in enumerate(written)
        )

    def stages(self, written: list[StageFile]) -> tuple[Stage, ...]:
        return tuple(
            Stage(stage.id, number, self.terms(("stages", number, "any"), stage.any))
            for number, stage in enumerate(written)
        )

    def terms(self, path: tuple[int | str, ...], written: list[str]) -> tuple[Term, ...]:
        found: dict[tuple[Phrase, tuple[Phrase, ...]], Term] = {}
        for index, words in enumerate(written):
            try:
                for term in self.vocabulary.expand(words):
                    found.setdefault((term.phrase, term.unless), term)
            except ValueError as error:
                message, remedy = error.args
                self.problems.append(self.document.problem((*path, index), message, remedy))
        return tuple(found.values())


# ------------------------------------------------------------------ concepts and entities


def phrase(words: str) -> Phrase:
    """Read one written phrase: `=EXIM` minds case, `magneti*` lets the last word go on."""
    exact, prefix = words.startswith("="), words.endswith("*")
    text = words[1 if exact else 0 : -1 if prefix else None].strip()
    if not re.search(r"\w", text) or "*" in text:
        raise ValueError(f"'{words}' has no letters to look for, or a * inside", "write words")
    return Phrase(text, exact, prefix)


@dataclass(frozen=True)
class _Meaning:
    """A concept or entity before its macros are resolved."""

    written: tuple[str, ...]
    unless: tuple[str, ...]


class _Vocabulary:
    """Concepts, entities and the groups of entities (`@role/magnet`, `@kind/agency`) by name."""

    def __init__(self, texts: Mapping[str, str | Invalid], problems: list[Problem]) -> None:
        self.entities: dict[str, Entity] = {}
        self._meanings: dict[str, _Meaning] = {}
        self._expanded: dict[str, tuple[Term, ...]] = {}
        documents = [
            self._load(file, texts[file], model, problems)
            for file, model in ((CONCEPTS, ConceptsFile), (ENTITIES, EntitiesFile))
            if file in texts
        ]
        for document in documents:
            if document:
                problems.extend(self._check(document))

    def _load(
        self, file: str, text: str | Invalid, model: type[Strict], problems: list[Problem]
    ) -> Document[Strict] | None:
        try:
            document = _read(file, text, model)
        except Invalid as error:
            problems.extend(error.problems)
            return None
        value = document.value
        if isinstance(value, ConceptsFile):
            for name, concept in value.concepts.items():
                self._meanings[name] = _Meaning((*_flat(concept.terms), *concept.also), tuple(concept.unless))
        elif isinstance(value, EntitiesFile):
            for name, entity in value.entities.items():
                if name in self._meanings:
                    message = f"'{name}' is the name of a concept too"
                    problems.append(document.problem(("entities", name), message, "rename one"))
                self._add(name, entity)
        return document

    def _add(self, name: str, entity: EntityFile) -> None:
        self._meanings[name] = _Meaning(tuple(_flat(entity.terms)), tuple(entity.unless))
        self.entities[name] = Entity(
            name, entity.name, entity.kind, entity.country or "", tuple(entity.tickers)
        )
        for group in (f"kind/{entity.kind}", *(f"role/{role}" for role in entity.roles)):
            members = self._meanings.get(group, _Meaning((), ())).written
            self._meanings[group] = _Meaning((*members, f"@{name}"), ())

    def _check(self, document: Document[Strict]) -> Iterator[Problem]:
        """Expand everything once, so that a fault is told where it stands."""
        value = document.value
        root = "concepts" if isinstance(value, ConceptsFile) else "entities"
        for name in getattr(value, root):
            try:
                self.expand(f"@{name}")
            except ValueError as error:
                message, remedy = error.args
                yield document.problem((root, name), message, remedy)

    def expand(self, written: str, path: tuple[str, ...] = ()) -> tuple[Term, ...]:
        """The terms that one written term stands for. Raises ValueError(message, remedy)."""
        if not written.startswith("@"):
            return (Term(phrase(written)),)
        name = written[1:]
        if name in path:
            raise ValueError(f"'@{name}' leads back to itself: {' > '.join((*path, name))}", "cut")
        if len(path) > MAX_MACROS:
            raise ValueError(f"'@{name}' stands at the end of {len(path)} macros", "flatten them")
        if name not in self._meanings:
            raise ValueError(f"'@{name}' is not a concept or entity", self._nearest(name))
        if name not in self._expanded:
            self._expanded[name] = self._terms(name, path)
        return self._expanded[name]

    def _terms(self, name: str, path: tuple[str, ...]) -> tuple[Term, ...]:
        meaning = self._meanings[name]
        unless = tuple(t.phrase for w in meaning.unless for t in self.expand(w, (*path, name)))
        found: dict[tuple[Phrase, tuple[Phrase, ...]], Term] = {}
        for written in meaning.written:
            for term in self.expand(written, (*path, name)):
                void = tuple(dict.fromkeys((*term.unless, *unless)))
                found.setdefault((term.phrase, void), Term(term.phrase, (name, *term.via), void))
        return tuple(found.values())

    def _nearest(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._meanings, 1)
        return f"did you mean '@{near[0]}'?" if near else f"add it to {CONCEPTS} or {ENTITIES}"


def _flat(terms: Mapping[str, list[str]]) -> Iterator[str]:
    for words in terms.values():
        yield from words
