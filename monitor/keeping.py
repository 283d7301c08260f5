"""A signal with its facts and story -> the ledgers, brought up to date in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time

from monitor import ledgers
from monitor.conditions import Evidence
from monitor.ledger import Change, Entry, Ledger, Rung, Seed, Step
from monitor.live import InForce
from monitor.model import Signal, Source
from monitor.storage import Storage
from monitor.text import shorten

MAX_WORDS = 240


class Keeping:
    """Keeps the ledgers that are declared. Entries that the file gives are filed when first needed."""

    def __init__(self, storage: Storage, in_force: InForce, now: datetime) -> None:
        self._storage = storage.ledgers
        self._in_force = in_force
        self._now = now

    def file(self, signal: Signal, source: Source, evidence: Evidence) -> tuple[Change, ...]:
        """What a signal changes in the ledgers that its watchlist feeds; nothing below the alert threshold.

        A signal filed again, of the same item or of an edit of it, takes the place of what it said.
        """
        verdict = signal.verdict
        if verdict.score < verdict.alert:
            return ()
        changes = []
        for ledger in self._in_force.rulebook.ledgers:
            rung = ledger.told_by(verdict.stage)
            if verdict.watchlist in ledger.watchlists and rung:
                for entry in self._entries(ledger, signal, evidence):
                    changes += self._step(ledger, entry, rung, signal, source)
        return tuple(changes)

    def _step(
        self, ledger: Ledger, entry: Entry, rung: Rung, signal: Signal, source: Source
    ) -> Iterator[Change]:
        item = signal.item
        words = shorten(" … ".join(hit.words for hit in signal.stage_hits) or item.title, MAX_WORDS)
        step = Step(rung.id, item.when, item.id, source.id, source.tier, words)
        after, change = ledgers.advance(ledger, entry, step)
        after = replace(
            after,
            marks=after.marks | ledgers.marks(ledger, signal.facts, self._in_force.owners),
            details={**ledgers.details(ledger, signal.facts), **after.details},
            story=signal.story,
        )
        self._storage.save(after)
        self._storage.add(after, step)
        if change:
            yield change

    def _entries(self, ledger: Ledger, signal: Signal, evidence: Evidence) -> list[Entry]:
        """The rows that an item is about: those that it was evidence for before, those of the file that
        it speaks of, the one that it shares its key with; else a new one."""
        known = self._storage.of_item(ledger, signal.item.id)
        if known:
            return [known]
        spoken = [self.planted(ledger, s) for s in ledger.seeds if s.terms and evidence.holds(s.terms)]
        if spoken:
            return spoken
        found = ledgers.marks(ledger, signal.facts, self._in_force.owners)
        entry = ledgers.about(ledger, found, self.rows(ledger))
        if entry:
            return [entry]
        name = ledgers.key(ledger, signal.facts, signal.story)
        if not name:
            return []
        kept = self._storage.get(ledger, name)
        headline = signal.item.title
        return [kept or ledgers.opened(ledger, name, headline, signal.facts, found, self._now)]

    # -------------------------------------------------------------- rows of the file

    def rows(self, ledger: Ledger) -> list[Entry]:
        """Every row, those of the file with them."""
        for seed in ledger.seeds:
            self.planted(ledger, seed)
        return self._storage.entries(ledger)

    def planted(self, ledger: Ledger, seed: Seed) -> Entry:
        """The row of a seed, filed where it was not yet. What the file says of it later is shown anew."""
        known = self._storage.get(ledger, seed.key)
        if known:
            return known
        at = datetime.combine(seed.since, time(), UTC)
        entry = ledgers.planted(ledger, seed, at, self._now)
        self._storage.save(entry)
        self._storage.add(entry, entry.steps[0])
        return entry
