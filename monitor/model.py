"""The values that flow through the product, in the order in which they come about.

Frozen throughout. Times are aware datetimes in UTC. A value's name says its stage:
`Source -> Request -> Document -> Entry -> Item -> Content -> Hit -> Verdict -> Signal -> Alert`,
then `Health`, how a source is doing. Rules are in `rule.py`, deliveries in `outbox.py`, what
servers state of how to be asked in `manners.py`; what a digest holds stands with `digest.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, TypeVar

from monitor.errors import Trouble
from monitor.fact import NO_FACTS, Facts
from monitor.manners import NO_HINTS, NO_MOVE, Hints, Move
from monitor.request import Request
from monitor.rhythm import Rhythm
from monitor.rule import ALERT, DIGEST, FIELDS, Field

# ------------------------------------------------------------------ what is polled

Options = TypeVar("Options")


@dataclass(frozen=True, slots=True)
class Source:
    """One address that is polled. `tier`: 1 primary, 2 wire, 3 trade press, 4 general press.

    `read` says which items are fetched in full; `key` names the secret it is asked with;
    `options` is the entry as its kind defines it.
    """

    id: str
    name: str
    kind: str
    url: str
    tier: int
    lang: str
    zone: str = "UTC"
    country: str = ""
    every: timedelta = timedelta(minutes=30)
    quiet_after: timedelta = timedelta(days=7)
    disabled: str = ""
    note: str = ""
    read: Literal["plausible", "all", "none"] = "plausible"
    key: str = ""
    options: object = field(default=None, compare=False, repr=False)

    def options_as(self, kind: type[Options]) -> Options:
        """The options, as those of a kind: the catalogue has seen to it that they are."""
        assert isinstance(self.options, kind)
        return self.options

    def origin(self, lang: str) -> Origin:
        """Where an item of this source is from; `lang` is the item's own."""
        return Origin(self.id, self.tier, lang, self.country)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "changed since?" with, byte for byte, and a hash of the body."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source from polling it. `baseline` is true once a first look was filed.

    `trouble` is what the last failure means, `usual` the number of entries that its document
    usually has, `odd` what is strange about the last one, `last_new` when something new came after
    the first look, and `held` how many alerts were held back at the last flood. `gone` is true
    where its server said that it is gone for good.
    """

    source: str
    validators: Validators = Validators()
    next_poll: datetime | None = None
    last_poll: datetime | None = None
    last_ok: datetime | None = None
    newest: datetime | None = None
    baseline: bool = False
    failures: int = 0
    error: str = ""
    items: int = 0
    paused: bool = False
    rhythm: Rhythm | None = None
    trouble: str = ""
    failing_since: datetime | None = None
    last_new: datetime | None = None
    usual: float = 0.0
    odd: str = ""
    odd_since: datetime | None = None
    held: int = 0
    hints: Hints = NO_HINTS
    move: Move = NO_MOVE
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a document, cleaned. `key` is its identity in its source, never its date."""

    key: str
    alias: str
    link: str
    title: str
    text: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Point:
    """One number of a series and the day it stands for; of a month or a year that is its first.

    `seen` is when a value for that day was filed first, None where it was not yet.
    """

    series: str
    at: date
    value: float
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A document read: its entries in order, and a sentence for each that had to be set aside.

    `more` is what has to be asked before the reading is whole: the file that an index names.
    `points` are the numbers of a document that holds numbers instead of entries.
    `hints` is what the document states of how often to look.
    """

    entries: tuple[Entry, ...]
    set_aside: tuple[str, ...] = ()
    more: tuple[Request, ...] = ()
    points: tuple[Point, ...] = ()
    hints: Hints = NO_HINTS


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as filed. A changed title, text or link makes a new revision, not a new item.

    `first_seen` is when it was filed; of what was backfilled, when it was published, if that is known.
    """

    id: int
    source: str
    link: str
    title: str
    text: str
    lang: str
    published: datetime | None
    first_seen: datetime
    revision: int = 1

    @property
    def when(self) -> datetime:
        """When it was published, as far as known and plausible."""
        return self.published or self.first_seen


# ------------------------------------------------------------------ what was found

_ORDER = {field: number for number, field in enumerate(FIELDS)}


class Content(NamedTuple):
    """What is read of an item, by field. `source` is the publisher's name."""

    title: str
    summary: str = ""
    body: str = ""
    link: str = ""
    source: str = ""


class Origin(NamedTuple):
    """Where an item is from; `tier` is None where that is not known."""

    id: str = ""
    tier: int | None = None
    lang: str = ""
    country: str = ""


class Hit(NamedTuple):
    """Words found. `start` and `end` are offsets into the field; `words` is what stands there.

    `term` is what the file has; `via` runs from the macro written in the group to the one that
    holds the term.
    """

    field: Field
    start: int
    end: int
    words: str
    term: str
    via: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[int, int, int]:
        """For putting hits in the order of reading, the longest first where several start."""
        return _ORDER[self.field], self.start, -self.end


PartKind = Literal["must", "any", "less", "not", "tier"]


class Part(NamedTuple):
    """One line of a score: a group met or not, its points, and the hits that met it."""

    kind: PartKind
    name: str
    points: int
    met: bool
    hits: tuple[Hit, ...] = ()


class Verdict(NamedTuple):
    """What one watchlist makes of one item. `score` is 0 where a must is missing or a not is met.

    `muted` is until when what the item says is not to be told; `told` are the words that tell the stage.
    """

    watchlist: str
    score: int
    parts: tuple[Part, ...]
    stage: str = ""
    alert: int = ALERT
    digest: int = DIGEST
    muted: datetime | None = None
    told: tuple[Hit, ...] = ()

    @property
    def missing(self) -> tuple[Part, ...]:
        """The must groups that were not met."""
        return tuple(p for p in self.parts if p.kind == "must" and not p.met)

    @property
    def vetoes(self) -> tuple[Part, ...]:
        """The not groups that were met."""
        return tuple(p for p in self.parts if p.kind == "not" and p.met)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """All hits that earned points, in order of place."""
        found = {h for p in self.parts if p.met and p.kind in ("must", "any") for h in p.hits}
        return tuple(sorted(found, key=lambda h: h.place))


class Reason(StrEnum):
    """Why an alert is sent."""

    FIRST = "first report"
    MOVED = "stage moved"
    FACT = "new fact"
    CONFIRMED = "confirmed"
    REVERSED = "reversed"
    OVERDUE = "overdue"
    EDITED = "edited"
    SERIES = "series moved"


@dataclass(frozen=True, slots=True)
class Signal:
    """An item that a watchlist scores at or above its digest threshold.

    `body` is its page's text, `reason` why it would be told, were it not for what is known of the
    item, and `also` has id and title of the other watchlists that would tell it to the same readers.
    `facts` are its own, `shown` those with what others of its story state. `thread` is the story that
    opened the ledger's row it is evidence for, empty where it is for none. `entities` are the ids of those
    in `who`, in its order; `gloss` is as an alert has it.
    """

    item: Item
    verdict: Verdict
    story: str
    baseline: bool
    decided: datetime
    who: tuple[str, ...] = ()
    body: str = ""
    reason: Reason = Reason.FIRST
    facts: Facts = NO_FACTS
    shown: Facts = NO_FACTS
    also: tuple[tuple[str, str], ...] = ()
    thread: str = ""
    entities: tuple[str, ...] = ()
    gloss: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was told before about an item and its story, for one watchlist.

    `score` is that of what an edited item said before, by the rules of today; `source_told` counts
    the alerts of its source within the last hour.
    """

    item_told: bool = False
    story_told: bool = False
    score: int | None = None
    source_told: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """What we decided to tell, frozen as it was when we decided.

    `was` is the stage before, where it moved; `news` says in words what is new against what was told
    of the story; `facts` has the kind and the words of each fact; `also` id and title of the other
    watchlists that would tell it to the same readers; `thread` is the same for all alerts that belong
    together: the story, or the one that opened its row in a ledger. `gloss` has the words of `hits` that
    are not English, each with what it means; `entities` the names in the rules of those in `who`.
    """

    id: str
    watchlist: str
    watchlist_title: str
    reason: Reason
    score: int
    threshold: int
    stage: str
    title: str
    link: str
    source: str
    source_name: str
    tier: int
    lang: str
    published: datetime
    excerpt: str
    hits: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]
    item: int
    story: str
    created: datetime
    who: tuple[str, ...] = ()
    was: str = ""
    news: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    thread: str = ""
    gloss: tuple[tuple[str, str], ...] = ()
    entities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.thread:
            object.__setattr__(self, "thread", self.story)


# ------------------------------------------------------------------ how sources are doing


@dataclass(frozen=True, slots=True)
class Health:
    """One source in words: `ok`, `new`, `quiet`, `odd`, `failing`, `waiting` (its host is left alone),
    `unseen` (it was not looked at for long), `stopped` (it is gone), `paused` or `disabled`.

    `brief` says it in a list ("silent 9 h"); `trouble` is set where a person may have to look; `lasted` is
    for how long it has been so, where that is known: of silence, since it was longer than is usual.
    """

    source: Source
    state: SourceState
    status: str
    detail: str
    brief: str = ""
    trouble: Trouble | None = None
    lasted: timedelta = timedelta(0)

    @property
    def ill(self) -> bool:
        """Not as it should be."""
        return self.status in ("failing", "stopped", "waiting", "quiet", "odd", "unseen")
