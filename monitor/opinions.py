"""What somebody says of an alert, filed: wherever it is said, its messages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.feedback import Mark, Person
from monitor.storage import Storage


@dataclass(frozen=True, slots=True)
class Given:
    """The opinion that stands, and whether it is the one just given: an alert has one at a time."""

    mark: Mark
    first: bool


def give(storage: Storage, own: Mark, now: datetime) -> Given:
    """File an opinion, in a transaction of its own."""
    with storage.write():
        before = storage.feedback.mark_of(own.alert)
        standing = storage.feedback.mark(own)
        if before is None:
            storage.feedback.touch(now, alert=own.alert)
    return Given(standing, before is None)


def take_back(storage: Storage, alert: str, who: Person, now: datetime) -> Mark | None:
    """Take back the opinion of an alert, in a transaction of its own. Answers what it was, if any."""
    with storage.write():
        mark = storage.feedback.unmark(alert, who, now)
        if mark:
            storage.feedback.touch(now, alert=alert)
    return mark
