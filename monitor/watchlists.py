"""The files in `watchlists/` -> a rulebook of watchlists, every name resolved.

`concepts.yaml` and `entities.yaml` give names to meanings, `kinds.yaml` to kinds of text; each other
file is one watchlist. A bad file never takes the others with it: `in_force()` keeps its last good text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from monitor.errors import Invalid, Problem
from monitor.folder import CONCEPTS, ENTITIES, KINDS, LEDGERS, NAMES, SHARED
from monitor.ledger import Ledger
from monitor.ledgerfile import LedgersFile, compiled
from monitor.rule import Condition, Entity, Field, Group, Mute, Send, Stage, Watchlist
from monitor.terms import Unresolved
from monitor.vocabulary import NOTHING, Compiler, Vocabulary
from monitor.written import (
    ConceptsFile,
    EntitiesFile,
    GroupFile,
    KindsFile,
    MuteFile,
    SendFile,
    StageFile,
    WatchlistFile,
    Written,
)
from monitor.yamlfile import Document, Model, read
from monitor.yamlfile import Path as Place

DEFAULT_TIERS = {1: 8, 2: 4, 3: 0, 4: -4}
# The points of a group that names none.
USUAL = {"must": 30, "any": 10, "less": 30}
# What was built last is kept: what is in force, and what is tried or saved beside it. To compile all names
# takes most of a build, and an edit seldom touches them.
KEPT = 3

_Texts = tuple[tuple[str, str | Invalid], ...]

# ------------------------------------------------------------------ the rulebook


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All that is in force: the watchlists, what they call things, and the file texts they came from."""

    watchlists: tuple[Watchlist, ...]
    vocabulary: Vocabulary
    texts: Mapping[str, str]
    ledgers: tuple[Ledger, ...] = ()

    @property
    def entities(self) -> Mapping[str, Entity]:
        return self.vocabulary.entities

    def watchlist(self, name: str) -> Watchlist | None:
        """A watchlist by its id."""
        return next((one for one in self.watchlists if one.id == name), None)

    def ledger(self, name: str) -> Ledger | None:
        """A ledger by its id."""
        return next((one for one in self.ledgers if one.id == name), None)


def build(texts: Mapping[str, str | Invalid]) -> tuple[Rulebook, tuple[Problem, ...]]:
    """Everything that can be used, and every problem in what cannot. The same texts in the same order may
    give the same objects."""
    return _built(tuple(texts.items()))


@lru_cache(KEPT)
def _built(given: _Texts) -> tuple[Rulebook, tuple[Problem, ...]]:
    texts = dict(given)
    compiled, found = _vocabulary(tuple((file, texts[file]) for file in NAMES if file in texts))
    vocabulary, problems = compiled.aside(), list(found)
    watchlists: dict[str, Watchlist] = {}
    for file, text in given:
        if file in SHARED:
            continue
        made = _watchlist(file, text, vocabulary, problems)
        if made and made.id in watchlists:
            problems.append(Problem(file, 1, f"the watchlist '{made.id}' exists already", "rename"))
        elif made:
            watchlists[made.id] = made
    ledgers = _ledgers(texts, watchlists.values(), vocabulary, problems)
    good = {file: text for file, text in texts.items() if isinstance(text, str)}
    rulebook = Rulebook(tuple(watchlists.values()), vocabulary, good, ledgers)
    return rulebook, tuple(sorted(set(problems)))


def alone(
    file: str, text: str | Invalid, vocabulary: Vocabulary
) -> tuple[Watchlist | None, tuple[Problem, ...]]:
    """One watchlist that is tried, and what is wrong with it; nothing of it stays with the vocabulary."""
    problems: list[Problem] = []
    made = _watchlist(file, text, vocabulary.aside(), problems)
    return made, tuple(sorted(set(problems)))


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


def _read(file: str, text: str | Invalid, model: type[Model]) -> Document[Model]:
    if isinstance(text, Invalid):
        raise text
    return read(file, text, model)


# ------------------------------------------------------------------ meanings


@lru_cache(KEPT)
def _vocabulary(given: _Texts) -> tuple[Vocabulary, tuple[Problem, ...]]:
    """Every name of the three files, each expanded once, so that a fault is told where it stands. Use it
    `aside`, as it is kept."""
    vocabulary = Vocabulary()
    texts, problems = dict(given), list[Problem]()
    named: list[tuple[Document[Any], str, str, str]] = []
    for file, model, key in (
        (CONCEPTS, ConceptsFile, "concepts"),
        (ENTITIES, EntitiesFile, "entities"),
        (KINDS, KindsFile, "kinds"),
    ):
        if file not in texts:
            continue
        try:
            document: Document[Any] = _read(file, texts[file], model)
        except Invalid as error:
            problems.extend(error.problems)
            continue
        for name, meaning in getattr(document.value, key).items():
            if key == "entities" and name in vocabulary:
                message = f"'{name}' is the name of a concept too"
                problems.append(document.problem((key, name), message, "rename one"))
            vocabulary.add(name, meaning)
            named.append((document, key, name, f"text/{name}" if key == "kinds" else name))
    problems.extend(_strangers(named, vocabulary))
    for document, key, name, macro in named:
        try:
            vocabulary.macro(macro)
        except Unresolved as error:
            problems.append(document.problem((key, name), error.message, error.remedy))
    return vocabulary, tuple(problems)


def _strangers(
    named: Iterable[tuple[Document[Any], str, str, str]], vocabulary: Vocabulary
) -> Iterator[Problem]:
    """Owners that are no entities."""
    for document, key, name, _ in named:
        owner = document.value.entities[name].owner if key == "entities" else None
        if owner and owner not in vocabulary.entities:
            near = difflib.get_close_matches(owner, vocabulary.entities, 1)
            remedy = f"did you mean '{near[0]}'?" if near else "add it to entities.yaml"
            yield document.problem((key, name, "owner"), f"no entity is '{owner}'", remedy)


# ------------------------------------------------------------------ ledgers


def _ledgers(
    texts: Mapping[str, str | Invalid],
    watchlists: Iterable[Watchlist],
    vocabulary: Vocabulary,
    problems: list[Problem],
) -> tuple[Ledger, ...]:
    """What is followed; nothing where the file is bad, and its last good text then stays in force."""
    if LEDGERS not in texts:
        return ()
    try:
        document = _read(LEDGERS, texts[LEDGERS], LedgersFile)
    except Invalid as error:
        problems.extend(error.problems)
        return ()
    rules = _Rules(document, vocabulary, problems)
    ledgers, found = compiled(document, watchlists, rules.terms)
    problems.extend(found)
    return ledgers


# ------------------------------------------------------------------ a watchlist


def _watchlist(
    file: str, text: str | Invalid, vocabulary: Vocabulary, problems: list[Problem]
) -> Watchlist | None:
    before = len(problems)
    try:
        document = _read(file, text, WatchlistFile)
    except Invalid as error:
        problems.extend(error.problems)
        return None
    value = document.value
    if file != f"{value.watchlist}.yaml":
        remedy = f"name the file '{value.watchlist}.yaml' or change the id"
        problems.append(document.problem(("watchlist",), "the id is not the file's name", remedy))
    if value.digest > value.alert:
        message = "the digest threshold is above the alert threshold"
        problems.append(document.problem(("digest",), message, "lower 'digest' or raise 'alert'"))
    rules = _Rules(document, vocabulary, problems)
    made = Watchlist(
        id=value.watchlist,
        title=value.title,
        about=value.about,
        owner=value.owner,
        expires=value.expires,
        snooze=value.snooze,
        must=rules.groups("must", value.must, USUAL["must"]),
        any=(*rules.groups("any", value.any, USUAL["any"]), *rules.kinds(value.kinds, sign=1)),
        less=(*rules.groups("less", value.less, USUAL["less"]), *rules.kinds(value.kinds, sign=-1)),
        exclude=rules.groups("not", value.not_, 0),
        stages=rules.stages(value.stages),
        mutes=rules.mutes(value.mute),
        tiers=DEFAULT_TIERS | value.tiers,
        weights=cast("Mapping[Field, float]", value.weights.model_dump()),
        alert=value.alert,
        digest=value.digest,
        send=_send(value.send),
    )
    return made if len(problems) == before else None


def _send(written: SendFile) -> Send:
    hold = written.hold.hours() if written.hold else None
    return Send(tuple(written.slack), tuple(written.email), hold)


class _Rules:
    """The groups, stages and mutes of one file, compiled; what cannot be is noted."""

    def __init__(self, document: Document[Any], vocabulary: Vocabulary, problems: list[Problem]) -> None:
        self._document = document
        self._vocabulary = vocabulary
        self._problems = problems
        self._compiler = Compiler(vocabulary, self._note)

    def _note(self, path: Place, error: Unresolved) -> None:
        self._problems.append(self._document.problem(path, error.message, error.remedy))

    def _condition(self, written: GroupFile | StageFile | MuteFile, path: Place) -> Condition:
        return self._vocabulary.placed(self._compiler.condition(written, path))

    def terms(self, written: Sequence[Written], path: Place) -> Condition:
        """Any of these terms."""
        return self._vocabulary.placed(self._compiler.any_of(written, path))

    def groups(self, key: str, written: Sequence[GroupFile], weight: int) -> tuple[Group, ...]:
        return tuple(
            Group(
                name=group.name or _examples(group),
                condition=self._condition(group, (key, number)),
                weight=weight if group.weight is None else group.weight,
                shared=group.in_ is None or "title" in group.in_,
            )
            for number, group in enumerate(written)
        )

    def kinds(self, written: Mapping[str, int], sign: int) -> tuple[Group, ...]:
        """The kinds of text that add points (sign 1), or those that take them off (-1)."""
        return tuple(
            Group(f"text: {name.replace('-', ' ')}", self._kind(name), abs(points))
            for name, points in written.items()
            if points * sign > 0
        )

    def _kind(self, name: str) -> Condition:
        try:
            return self._vocabulary.placed(self._vocabulary.macro(f"text/{name}"))
        except Unresolved:
            remedy = "write a kind that kinds.yaml names"
            self._note(("kinds", name), Unresolved(f"'{name}' is not a kind of text", remedy))
            return NOTHING

    def stages(self, written: Sequence[StageFile]) -> tuple[Stage, ...]:
        return tuple(
            Stage(
                stage.id,
                number,
                self._condition(stage, ("stages", number)),
                stage.says or "",
                stage.general,
            )
            for number, stage in enumerate(written)
        )

    def mutes(self, written: Sequence[MuteFile]) -> tuple[Mute, ...]:
        return tuple(
            Mute(self._condition(mute, ("mute", number)), mute.until, mute.why)
            for number, mute in enumerate(written)
        )


def _examples(group: GroupFile) -> str:
    """A name for a group that has none: its first words."""
    listed: Sequence[Written] = group.any or group.all or group.near or ()
    written = (one for some in listed for one in (some if isinstance(some, list) else [some]))
    words = [one.lstrip("@=") for one in written if isinstance(one, str)]
    return ", ".join(words[:3])[:60] or "unnamed"
