"""A signal with its facts and story -> the ledgers, brought up to date in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor import ledgers
from monitor.ledger import Change, Entry, Ledger, Rung, Seed, Step
from monitor.ledgers import Subject
from monitor.live import InForce
from monitor.model import Signal, Source
from monitor.storage import Storage
from monitor.text import shorten

MAX_WORDS = 240
MAX_NAMESAKES = 100
# What was published so shortly before its source was first looked at is news all the same.
FRESH = timedelta(days=1)
# Since when that is known which was there before and bears no date.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a signal did to the ledgers, and the story that opened the row it is evidence for."""

    changes: tuple[Change, ...] = ()
    thread: str = ""


NOTHING = Kept()


def learnt(signal: Signal, now: datetime) -> datetime | None:
    """When what a signal says comes to be known: as it is filed; None where it is history, and known since
    its own time.

    History is what its source had before it was first looked at, and what was backfilled, unless it was
    published within a day before. What a source that is polled brings is news, whatever its date.
    """
    published = signal.item.published
    if not signal.baseline or (published and now - published <= FRESH):
        return now
    return None if published else LONG_AGO


class Keeping:
    """Keeps the ledgers that are declared. Entries that the file gives are filed when first needed."""

    def __init__(self, storage: Storage, in_force: InForce, now: datetime) -> None:
        self._storage = storage.ledgers
        self._in_force = in_force
        self._now = now
        self._sown: set[str] = set()

    def file(self, signal: Signal, source: Source) -> Kept:
        """What a signal changes in the ledgers that its watchlist feeds; nothing below the alert threshold.

        A signal filed again, of the same item or of an edit of it, takes the place of what it said.
        """
        verdict = signal.verdict
        if verdict.score < verdict.alert:
            return NOTHING
        rows: list[Entry] = []
        changes: list[Change] = []
        for ledger in self._in_force.rulebook.ledgers:
            rung = ledger.told_by(verdict.stage)
            if verdict.watchlist in ledger.watchlists and rung:
                for entry in self._entries(ledger, signal, source):
                    if entry.refuses(signal.item.id):
                        continue
                    after, change = self._step(ledger, entry, rung, signal, source)
                    rows.append(after)
                    changes += [change] if change else []
        return Kept(tuple(changes), next((row.story for row in rows if row.story), ""))

    def _step(
        self, ledger: Ledger, entry: Entry, rung: Rung, signal: Signal, source: Source
    ) -> tuple[Entry, Change | None]:
        item = signal.item
        words = shorten(" … ".join(hit.words for hit in signal.verdict.told) or item.title, MAX_WORDS)
        filed = learnt(signal, self._now)
        step = Step(rung.id, item.when, item.id, source.id, source.tier, words, filed=filed, link=item.link)
        after, change = ledgers.advance(ledger, entry, step)
        facts = ledgers.concerning(signal.facts, after.marks, self._in_force.named)
        details = ledgers.shown(ledger, after, step, facts)
        after = replace(after, details=details, story=after.story or signal.story)
        self._storage.save(after)
        self._storage.add(after, step)
        return after, change

    def _entries(self, ledger: Ledger, signal: Signal, source: Source) -> Iterator[Entry]:
        """The rows that an item is about: those that it was evidence for before, else those of the file
        that it speaks of, else those that share a key with it; else new ones."""
        known = self._storage.of_item(ledger, signal.item.id)
        spoken = [] if known else self._in_force.spoken_of(ledger, signal.item, source, signal.body)
        spoken = [seed for seed in spoken if ledgers.begun(seed, signal.item.when)]
        yield from known
        yield from (self.planted(ledger, seed) for seed in spoken)
        if known or spoken:
            return
        for subject in ledgers.subjects(ledger, signal.facts, self._in_force.named):
            for entry in self._of_subject(ledger, subject, signal):
                yield replace(entry, marks=entry.marks | self._marks(ledger, subject, entry))

    def _of_subject(self, ledger: Ledger, subject: Subject, signal: Signal) -> list[Entry]:
        """The row that shares a key, else those that the story tells of, else a new one."""
        at = signal.item.when
        sharing = self._storage.sharing(ledger, subject.marks)
        entry = ledgers.about(ledger, subject, sharing, at)
        found = [entry] if entry else self._told_by_story(ledger, subject, signal.story)
        name = "" if found else ledgers.key(ledger, subject, signal.story)
        if name and (name := self._free(ledger, name, at)):
            facts = ledgers.concerning(signal.facts, subject.marks, self._in_force.named)
            return [ledgers.opened(ledger, name, signal.item.title, subject, facts, self._now)]
        return found

    def _told_by_story(self, ledger: Ledger, subject: Subject, story: str) -> list[Entry]:
        """The rows that other items of a story are evidence for; where the item states what it would be
        known by, only one that nothing is known of."""
        rows = self._storage.of_story(ledger, story) if ledger.opens == "story" else []
        return [row for row in rows if not subject.key or not (row.marks or ledger.seed(row.key))]

    def _free(self, ledger: Ledger, name: str, at: datetime) -> str:
        """The key of a new row: with its year, where another bears the name; then with a number."""
        year = f"{name}/{at.year}"
        names = (name, year, *(f"{year}-{number}" for number in range(2, MAX_NAMESAKES)))
        return next((one for one in names if self._storage.get(ledger, one) is None), "")

    def _marks(self, ledger: Ledger, subject: Subject, entry: Entry) -> frozenset[str]:
        """What a row comes to be known by: the key from the first item that states it, and where it is."""
        if ledger.seed(entry.key):
            return frozenset()
        own = ledgers.known_by(ledger, subject, self._in_force.named)
        known = {mark.partition(":")[0] for mark in entry.marks} - set(ledger.apart)
        return frozenset(mark for mark in own if mark.partition(":")[0] not in known)

    # -------------------------------------------------------------- rows of the file

    def rows(self, ledger: Ledger) -> list[Entry]:
        """Every row, those of the file with them."""
        self._sow(ledger)
        return self._storage.entries(ledger)

    def _sow(self, ledger: Ledger) -> None:
        if ledger.id not in self._sown:
            for seed in ledger.seeds:
                self.planted(ledger, seed)
            self._sown.add(ledger.id)

    def planted(self, ledger: Ledger, seed: Seed) -> Entry:
        """The row of a seed, as the file has it now."""
        known = self._storage.get(ledger, seed.key)
        entry = self._given(ledger, seed, known)
        if entry != known:
            self._storage.plant(entry)
        return entry

    def seen(self, ledger: Ledger) -> list[Entry]:
        """The same as `rows`, for who only reads: nothing is filed."""
        found = {entry.key: entry for entry in self._storage.entries(ledger)}
        for seed in ledger.seeds:
            known = found.get(seed.key) or self._storage.get(ledger, seed.key)
            entry = self._given(ledger, seed, known)
            if entry is not known:
                found[entry.key] = entry
        return [found[key] for key in sorted(found)]

    def found(self, ledger: Ledger, key: str) -> Entry | None:
        """One row for who only reads; by the key of one that is part of another now, that other."""
        known, seed = self._storage.get(ledger, key), ledger.seed(key)
        return self._given(ledger, seed, known) if seed else known

    def filed(self, ledger: Ledger, key: str) -> Entry | None:
        """The same, to be changed: a row of the file is filed first."""
        seed = ledger.seed(key)
        return self.planted(ledger, seed) if seed else self._storage.get(ledger, key)

    def _given(self, ledger: Ledger, seed: Seed, known: Entry | None) -> Entry:
        if known and known.key != seed.key:
            return known  # a person made it part of another
        given = ledgers.planted(ledger, seed, self._now)
        return ledgers.replanted(ledger, known, given) if known else given
