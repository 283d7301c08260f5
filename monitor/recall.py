"""The items of the last 30 days, and what rules score of them, kept in memory while somebody tries rules.

Bounded: of many items the newest are kept, of many sets of rules those that were asked for last. One process
has one, for every reader.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from monitor.history import Past
from monitor.model import Source
from monitor.rehearsal import Rehearsed
from monitor.storage import Storage
from monitor.trial import DAYS, since, stored
from monitor.vocabulary import Vocabulary

# So many items at most are tried, and so many characters of text; of more, the newest.
MOST_ITEMS, MOST_TEXT = 40_000, 24_000_000
# So many sets of rules are kept, and so many items at most that all of them score: some 200 bytes each.
MOST_RULES, MOST_MARKS = 6, 120_000
# What was read is tried again for so long, so that who writes compares like with like.
FRESH = timedelta(minutes=1)
LASTS = timedelta(minutes=10)
# Seconds of work after which others get their turn, and for how long: without, a thread that waits for the
# network gets the interpreter back only every 5 ms (sys.getswitchinterval).
WORK, REST = 0.004, 0.0005


@dataclass(frozen=True, slots=True)
class Lately:
    """The items of the last 30 days by number, in the order in which they came; of more than can be tried,
    the newest of `of`. `newest` is when the last was seen, None where there is none; `read` when this was."""

    pasts: Mapping[int, Past]
    of: int
    newest: datetime | None
    read: datetime

    @property
    def all(self) -> bool:
        """Are they all there are?"""
        return len(self.pasts) >= self.of

    @property
    def days(self) -> int:
        """Of how many days they are, begun ones counted."""
        moments = [past.when for past in self.pasts.values() if past.when]
        return (max(moments) - min(moments)).days + 1 if moments else 0


class Recall:
    """May be asked from any thread; two that want the same at the same time may both work for it."""

    def __init__(self, most_items: int = MOST_ITEMS, most_text: int = MOST_TEXT) -> None:
        self._most_items, self._most_text = most_items, most_text
        self._alone = Lock()
        self._kept: tuple[Hashable, Lately] | None = None
        # By the rules, and by what their names stand for, which is kept so that its id stays taken.
        self._rules: OrderedDict[tuple[str, int], tuple[Rehearsed, Vocabulary]] = OrderedDict()

    def lately(self, storage: Storage, sources: Mapping[str, Source], now: datetime) -> Lately:
        """The items to try rules on: as of now, or of a minute ago."""
        key = str(storage.path), tuple(sources.values())
        kept = self._kept
        newest = storage.items.newest()
        if kept and kept[0] == key and _fresh(kept[1], newest, now):
            return kept[1]
        read = self._read(storage, sources, newest, now)
        with self._alone:
            self._kept = key, read
            self._rules.clear()
        return read

    def rehearsed(
        self, lately: Lately, rules: str, vocabulary: Vocabulary, make: Callable[[], Rehearsed]
    ) -> Rehearsed:
        """What a set of rules scores of these items; `rules` are the same for those that score alike with a
        vocabulary."""
        key = rules, id(vocabulary)
        with self._alone:
            if key in self._rules and self._is_kept(lately):
                self._rules.move_to_end(key)
                return self._rules[key][0]
        made = make()
        with self._alone:
            if self._is_kept(lately):
                self._rules[key] = made, vocabulary
                while len(self._rules) > 1 and self._full():
                    self._rules.popitem(last=False)
        return made

    def _is_kept(self, lately: Lately) -> bool:
        return self._kept is not None and self._kept[1] is lately

    def _full(self) -> bool:
        marks = sum(len(one.marks) for one, _ in self._rules.values())
        return len(self._rules) > MOST_RULES or marks > MOST_MARKS

    def _read(
        self, storage: Storage, sources: Mapping[str, Source], newest: datetime | None, now: datetime
    ) -> Lately:
        start = since(storage, DAYS, now)
        first = max(start, storage.items.floor_of(self._most_items, start))
        kept: deque[Past] = deque()
        size, passed = 0, storage.items.count(start, first)
        for past in resting(stored(storage, sources, first)):
            if past.when and past.when < start:
                continue
            kept.append(past)
            size += _size(past)
            while len(kept) > self._most_items or size > self._most_text:
                size -= _size(kept.popleft())
                passed += 1
        return Lately({past.id: past for past in kept}, len(kept) + passed, newest, now)


def resting(pasts: Iterable[Past]) -> Iterator[Past]:
    """The same items; between two of them others get their turn, now and again."""
    turn = time.monotonic() + WORK
    for past in pasts:
        yield past
        if time.monotonic() > turn:
            time.sleep(REST)
            turn = time.monotonic() + WORK


def _fresh(kept: Lately, newest: datetime | None, now: datetime) -> bool:
    age = now - kept.read
    if not timedelta(0) <= age < LASTS:
        return False
    return kept.newest == newest or (bool(kept.pasts) and age < FRESH)


def _size(past: Past) -> int:
    return sum(len(text) for text in (past.content.title, past.content.summary, past.content.body))
