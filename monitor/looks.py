"""When a page is read, and looked at again; what of it is kept. Pure; `now` is an argument."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.errors import MonitorError
from monitor.model import Validators
from monitor.text import sentence_ends

# A look that failed is tried again after these pauses, then given up.
PAUSES = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))
# A page of the first tier that gave a signal is looked at again so long after it was first seen.
AGAIN = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))
# Who answers this will not let a robot read the page, or has none: asking again is no use.
FINAL = frozenset({401, 403, 405, 406, 410, 412, 451, 521})
# What a source's budget puts off for longer than this is not read at all: the queue has an end.
MAX_WAIT = timedelta(days=1)
WINDOW = timedelta(hours=1)
# So many lines of a difference are shown.
MAX_LINES = 200
# Finding them takes the square of this: a text of nothing but line ends has more than any article.
MAX_SENTENCES = 1_500


@dataclass(frozen=True, slots=True)
class Look:
    """An item's page that is to be read, or was. `due` is None where it is not looked at again.

    `old`: the item was filed long before it was worth reading, so that its page is kept and not
    told; `looks` counts those that succeeded, `failures` those that did not, in a row.
    """

    item: int
    source: str
    url: str
    due: datetime | None
    old: bool = False
    looks: int = 0
    failures: int = 0
    first: datetime | None = None
    asked: datetime | None = None
    validators: Validators = Validators()  # noqa: RUF009 - frozen
    error: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen on an item's page: kept as evidence, never changed.

    `sha256` and `size` are those of the body in bytes, as it came; `url` is where it came from in
    the end; `text` is at most article.MAX_TEXT characters.
    """

    item: int
    number: int
    url: str
    seen: datetime
    sha256: str
    size: int
    kind: str
    title: str
    text: str


def slot(now: datetime, before: datetime | None) -> datetime | None:
    """When a page is read for the first time; None where its turn would come too late.

    `before` is the slot of the page as many places ahead as the source's budget for an hour.
    """
    due = max(now, before + WINDOW) if before else now
    return due if due - now <= MAX_WAIT else None


def after_success(look: Look, validators: Validators, now: datetime, *, again: bool) -> Look:
    """The look after the page was read or found unchanged; `again`: it is one to keep an eye on."""
    first = look.first or now
    due = next((first + pause for pause in AGAIN if first + pause > now), None) if again else None
    return replace(
        look,
        due=due,
        looks=look.looks + 1,
        failures=0,
        first=first,
        asked=now,
        validators=validators,
        error="",
    )


def after_failure(look: Look, error: MonitorError, now: datetime) -> Look:
    """The look after a failure: put off, or given up with the reason."""
    number = look.failures
    final = getattr(error, "status", 0) in FINAL or not error.retryable
    due = None
    if number < len(PAUSES) and not final:
        due = now + max(PAUSES[number], error.retry_after or PAUSES[0])
    return replace(look, due=due, failures=number + 1, asked=now, error=str(error))


def offline(look: Look, now: datetime) -> Look:
    """The look when nothing at all could be reached: not this page's failure."""
    return replace(look, due=now + PAUSES[0])


def changes(old: str, new: str) -> Iterator[str]:
    """What differs, sentence by sentence: lines that begin with - went, with + came."""
    before, after = _sentences(old), _sentences(new)
    lines: list[str] = []
    for _, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if before[a:b] != after[c:d]:
            lines += [f"- {line}" for line in before[a:b]] + [f"+ {line}" for line in after[c:d]]
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"... and {len(lines) - MAX_LINES} more lines"


def versions(seen: Sequence[Sighting]) -> Iterator[tuple[Sighting, tuple[str, ...]]]:
    """Each version with what differs from the one before; of the first nothing does."""
    for before, sighting in zip([None, *seen], seen, strict=False):
        yield sighting, tuple(changes(before.text, sighting.text)) if before else ()


def progress(look: Look | None, seen: Sequence[datetime], at: Callable[[datetime], str]) -> str:
    """How far reading an item's page has come, in words; `seen` is when each version was, the first one
    first, and `at` writes a moment."""
    if look is None:
        return "not read in full; title and summary did not ask for it"
    if not seen:
        when = f"; next look {at(look.due)}" if look.due else "; given up"
        return f"{look.error}{when}" if look.error else "to be read in full"
    changed = f", changed {at(seen[-1])}" if len(seen) > 1 else ""
    return f"read in full {at(seen[0])}{changed}"


def _sentences(text: str) -> list[str]:
    ends = [0, *sentence_ends(text), len(text)]
    pieces = (text[start:end].strip() for start, end in pairwise(ends))
    return [piece for piece in pieces if piece][:MAX_SENTENCES]


@dataclass(slots=True)
class ReadReport:
    """What reading further did, added up while it runs. `failed` has the reason by address."""

    asked: int = 0
    unchanged: int = 0
    kept: int = 0
    edited: int = 0
    signals: int = 0
    alerts: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: ReadReport) -> None:
        """Add what another batch did."""
        for name in ("asked", "unchanged", "kept", "edited", "signals", "alerts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failed |= other.failed
