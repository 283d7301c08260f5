"""An item and what it states -> the story that it belongs to, filed with the reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from monitor import stories
from monitor.errors import MonitorError
from monitor.fact import Facts
from monitor.model import Item
from monitor.storage import Storage
from monitor.stories import Joined
from monitor.traits import mark, traits


class Placing:
    """Puts items into stories, in the caller's transaction. `field` has the stems of the field's words."""

    def __init__(self, storage: Storage, field: Collection[str], now: datetime) -> None:
        self._stories = storage.stories
        self._storage = storage
        self._field = field
        self._now = now

    def join(self, item: Item, facts: Facts, stage: str, body: str = "") -> str:
        """The story of an item. One that has a story keeps it, whatever an edit made of it."""
        known = self._stories.of(item.id)
        read = traits(
            item.id, item.when, item.lang, item.title, f"{item.text}\n{body}", facts, stage,
            self._field, stories.fingerprint(item.title, item.id),
        )  # fmt: skip
        if known is None:
            names = {mark(fact): fact.label for fact in facts.all}
            joined = stories.place(read, self._stories.neighbours(read), names) or _own(item.id)
            self._stories.join(item.id, joined, self._now)
        self._stories.keep(read)
        return known.story if known else joined.story

    def alone(self, item: Item) -> str:
        """A story of its own, that nothing else joins: what a rule says of numbers, what falls due."""
        known = self._stories.of(item.id)
        if known is None:
            self._stories.join(item.id, _own(item.id), self._now)
        return known.story if known else _own(item.id).story

    # -------------------------------------------------------------- by hand

    def split(self, story: str, items: Sequence[int]) -> str:
        """Take items out of a story; together they are one of their own, and never join that one again.

        Raises MonitorError where they are not in it, or are all of it.
        """
        inside = {member.item for member in self._stories.members(story)}
        strange = [item for item in items if item not in inside]
        if not inside or strange:
            what = f"item {strange[0]} is not in story {story}" if inside else f"no story is '{story}'"
            raise MonitorError(f"{what}: see monitor stories show {story}")
        if not items or inside <= set(items):
            raise MonitorError(f"that would leave nothing of story {story}: leave an item in it")
        apart = Joined(f"{_own(min(items)).story}-apart", 0, f"taken out of {story} by hand")
        for item in items:
            self._stories.part(item, story)
            self._stories.join(item, apart, self._now, hand=True)
        for item in inside - set(items):
            self._stories.part(item, apart.story)
        self._stories.rename(items, apart.story)
        return apart.story

    def merge(self, story: str, other: str) -> str:
        """Make two stories one, under the name of the first. Raises MonitorError where one is unknown."""
        for name in (story, other):
            if not self._stories.members(name):
                raise MonitorError(f"no story is '{name}': see monitor stories")
        if story == other:
            raise MonitorError("a story cannot be merged with itself: name two")
        moved = [member.item for member in self._stories.members(other)]
        for item in moved:
            self._stories.join(item, Joined(story, 0, f"merged with {other} by hand"), self._now, hand=True)
        self._stories.rename(moved, story)
        return story


def _own(item: int) -> Joined:
    return Joined(f"s{item}")
