"""What is in force right now: the rulebook with its matcher, and the catalogue.

Files are read again when they change. One that is bad is told and changes nothing: its last
good text, which the database keeps across restarts, stays in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import catalogue, watchlists
from monitor.conditions import Evidence
from monitor.errors import Invalid, Problem
from monitor.match import Matcher
from monitor.model import Content, Entry, Item, Source
from monitor.rule import Watchlist
from monitor.score import Judges
from monitor.storage import Storage
from monitor.watchlists import Rulebook
from monitor.yamlfile import decode

CATALOGUE = "sources.yaml"


@dataclass(frozen=True, slots=True)
class InForce:
    """One consistent set of rules and sources."""

    rulebook: Rulebook
    matcher: Matcher
    judges: Judges
    sources: Mapping[str, Source]
    problems: tuple[Problem, ...]

    def evidence(self, read: Entry | Item, source: Source, lang: str, body: str = "") -> Evidence:
        """What the rules find in an entry or item of a source, and in its page as far as it was read."""
        content = Content(read.title, read.text, body, link=read.link, source=source.name)
        return Evidence(self.matcher.find(content), source.origin(lang))

    @property
    def watchlists(self) -> tuple[Watchlist, ...]:
        return self.rulebook.watchlists

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
        self._seen = self._signature()
        self.now = self._load(storage, now)

    def refresh(self, storage: Storage, now: datetime) -> bool:
        """Read the files again if any changed. True where they had."""
        signature = self._signature()
        if signature == self._seen:
            return False
        self._seen = signature
        self.now = self._load(storage, now)
        return True

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
        rules = {name: text for name, text in last_good.items() if name != CATALOGUE}
        texts = watchlists.read_directory(self._directory)
        rulebook, problems = watchlists.in_force(texts, rules)
        sources, text, more = self._catalogue(last_good.get(CATALOGUE, ""))
        good = {**rulebook.texts, CATALOGUE: text}
        with storage.write():
            storage.sources.sync(sources, now)
            if good != last_good:
                storage.rules.keep(good, now)
        by_id = {source.id: source for source in sources}
        judged = rulebook.watchlists
        return InForce(rulebook, Matcher(judged), Judges(judged), by_id, (*problems, *more))

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
