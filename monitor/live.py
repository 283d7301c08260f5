"""What is in force right now: the rulebook with its matcher, and the catalogue.

Files are read again when they change. One that is bad is told and changes nothing: its last
good text, which the database keeps across restarts, stays in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from monitor import catalogue, folder
from monitor.errors import Invalid, Problem
from monitor.folder import SOURCES
from monitor.model import Content, Entry, Item, Source, Verdict
from monitor.storage import Storage
from monitor.yamlfile import decode

if TYPE_CHECKING:
    from monitor.conditions import Evidence
    from monitor.fact import Facts
    from monitor.facts import Reader
    from monitor.ledger import Ledger, Seed
    from monitor.ledgers import Named
    from monitor.match import Matcher
    from monitor.rule import Stage, Watchlist
    from monitor.score import Judges
    from monitor.watchlists import Rulebook


class InForce:
    """One consistent set of rules and sources. Nothing changes in it.

    Rules are compiled, and what they are compiled with is loaded, when they are first needed: most
    polls find nothing new, and would spend half their time on it.
    """

    def __init__(
        self,
        texts: Mapping[str, str | Invalid],
        last_good: Mapping[str, str],
        sources: Sequence[Source] = (),
        problems: tuple[Problem, ...] = (),
    ) -> None:
        self._texts, self._last_good = texts, last_good
        self._problems = problems
        self.sources: Mapping[str, Source] = {source.id: source for source in sources}

    @property
    def called(self) -> Mapping[str, str]:
        """The sources by id -> their names."""
        return {name: source.name for name, source in self.sources.items()}

    def name_of(self, source: str) -> str:
        """What a source is called; its id where it is watched no more."""
        return self.sources[source].name if source in self.sources else source

    @cached_property
    def _rules(self) -> tuple[Rulebook, tuple[Problem, ...]]:
        from monitor import watchlists

        return watchlists.in_force(self._texts, self._last_good)

    @property
    def rulebook(self) -> Rulebook:
        return self._rules[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the watchlists and with the catalogue."""
        return (*self._rules[1], *self._problems)

    @property
    def watchlists(self) -> tuple[Watchlist, ...]:
        return self.rulebook.watchlists

    @cached_property
    def matcher(self) -> Matcher:
        from monitor.match import Matcher

        return Matcher(self.watchlists)

    @cached_property
    def judges(self) -> Judges:
        from monitor.score import Judges

        return Judges(self.watchlists)

    def evidence(self, read: Entry | Item, source: Source, lang: str, body: str = "") -> Evidence:
        """What the rules find in an entry or item of a source, and in its page as far as it was read."""
        from monitor.conditions import Evidence

        content = Content(read.title, read.text, body, link=read.link, source=source.name)
        return Evidence(self.matcher.find(content), source.origin(lang))

    @cached_property
    def _reader(self) -> Reader:
        from monitor.facts import Reader

        return Reader(self.rulebook)

    def facts(self, item: Item, source: Source, body: str = "") -> Facts:
        """What an item states, and its page as far as it was read."""
        content = Content(item.title, item.text, body, link=item.link, source=source.name)
        return self._reader.read(content, source.origin(item.lang), item.when.date())

    @cached_property
    def field_words(self) -> frozenset[str]:
        """The stems of the words that concepts are made of: which event is meant, they hardly say."""
        from monitor.traits import stems

        return frozenset(stem for text in self.rulebook.vocabulary.phrases() for stem in stems(text))

    @cached_property
    def named(self) -> Named:
        """What each entity is called, and whose it is."""
        from monitor.ledgers import Named

        entities = self.rulebook.entities.values()
        owners = {one.id: one.owner for one in entities if one.owner}
        return Named({one.id: one.name for one in entities}, owners)

    @cached_property
    def _seeds(self) -> Matcher:
        from monitor.match import Matcher

        seeds = (seed for ledger in self.rulebook.ledgers for seed in ledger.seeds)
        return Matcher((), [seed.terms for seed in seeds if seed.terms])

    def spoken_of(self, ledger: Ledger, item: Item, source: Source, body: str = "") -> list[Seed]:
        """The entries that the file gives a ledger and that an item speaks of."""
        from monitor.conditions import Evidence

        content = Content(item.title, item.text, body, link=item.link, source=source.name)
        evidence = Evidence(self._seeds.find(content), source.origin(item.lang))
        return [seed for seed in ledger.seeds if seed.terms and evidence.holds(seed.terms)]

    def leading(self, scored: Sequence[tuple[Watchlist, Verdict]]) -> Stage | None:
        """The stage of an item, by the watchlists that would tell it; else by those that list it."""
        from monitor.score import leading

        return leading([one for one in scored if one[1].score >= one[0].alert] or scored)

    def score(self, watchlist: Watchlist, evidence: Evidence) -> int:
        """What a watchlist gives an item."""
        from monitor.score import evaluate

        return evaluate(watchlist, evidence).score

    def worth_reading(self, source: Source, text: str, evidence: Evidence) -> bool:
        """Whether the item's page may say enough more (`plausible.worth`)."""
        from monitor import plausible

        return plausible.worth(source, text, self.watchlists, evidence)

    def enabled(self) -> list[Source]:
        """The sources that are polled."""
        return [source for source in self.sources.values() if not source.disabled]


class Live:
    """Holds what is in force and replaces it, whole, when a file changes."""

    def __init__(
        self, directory: Path, sources: Path, storage: Storage, now: datetime, keys: Iterable[str] = ()
    ) -> None:
        self._directory = directory
        self._sources = sources
        self._keys = frozenset(keys)
        self._alone = Lock()
        self._seen = self._signature()
        self.now = self._load(storage, now)

    def refresh(self, storage: Storage, now: datetime) -> bool:
        """Read the files again if any changed. True where they had."""
        with self._alone:  # who reads later must not be overtaken by who read earlier
            signature = self._signature()
            if signature == self._seen:
                return False
            self._seen = signature
            self.now = self._load(storage, now)
            return True

    def move(self, directory: Path, sources: Path) -> None:
        """From the next refresh on the files are there."""
        with self._alone:
            self._directory, self._sources = directory, sources

    def _signature(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in sorted({*self._directory.glob("*.yaml"), self._sources}):
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(found)

    def _load(self, storage: Storage, now: datetime) -> InForce:
        last_good = storage.rules.last_good()
        rules = {name: text for name, text in last_good.items() if name != SOURCES}
        texts = folder.read_directory(self._directory)
        sources, text, problems = self._catalogue(last_good.get(SOURCES, ""))
        read = InForce(texts, rules, sources, problems)
        # Files that are, letter for letter, the last good ones need no look to be taken for good.
        good = {**(rules if texts == rules else read.rulebook.texts), SOURCES: text}
        strange = storage.sources.strange(sources)
        if strange or good != last_good:
            with storage.write():
                storage.sources.sync(strange, now)
                storage.rules.keep(good, now)
        return read

    def _catalogue(self, last_good: str) -> tuple[tuple[Source, ...], str, tuple[Problem, ...]]:
        name = self._sources.name
        try:
            text = decode(name, self._sources.read_bytes())
            sources, problems = catalogue.parse(name, text, self._keys)
        except Invalid as error:
            problems = error.problems
        except OSError as error:
            problems = (Problem(str(self._sources), 0, f"cannot be read: {error.strerror}"),)
        else:
            return sources, text, problems
        sources, _ = catalogue.parse(name, last_good, self._keys) if last_good else ((), ())
        return sources, last_good, problems
