"""A rule as compiled: what has to stand in an item, how much it counts, and where it goes.

A rule is a tree of conditions. Each is one object however many rules use it, so that what it
finds in an item is worked out once. Conditions are compared by identity; all else is frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from monitor.holding import Hours

Field = Literal["title", "summary", "body", "link", "source"]
FIELDS: tuple[Field, ...] = ("title", "summary", "body", "link", "source")
# Where a group looks unless it says otherwise; a link and a publisher's name are no text.
PROSE: tuple[Field, ...] = ("title", "summary", "body")
WEIGHTS: Mapping[Field, float] = {"title": 1.0, "summary": 0.7, "body": 0.5, "link": 0.5, "source": 0.5}
ALERT, DIGEST = 60, 35

# ------------------------------------------------------------------ what is looked for


class Phrase(NamedTuple):
    """Words to find. `exact`: case matters; `prefix`: the last word may go on.

    A word of the text that ends in ~ is found in all its simple English forms.
    """

    text: str
    exact: bool = False
    prefix: bool = False

    @property
    def written(self) -> str:
        """As a file has it."""
        return ("=" if self.exact else "") + self.text + ("*" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression for a linear-time engine. `folded`: for text without case and width."""

    text: str
    folded: bool = False
    written: str = ""


Lookup = Phrase | Pattern


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of this currency (ISO 4217) between two bounds, both included."""

    currency: str
    least: Decimal
    most: Decimal = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days, both included, each as year, month, day; day 0 stands for a whole month."""

    first: tuple[int, int, int]
    last: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Number:
    """The number of an official announcement; year 0 and number 0 stand for any."""

    number: int = 0
    year: int = 0


# ------------------------------------------------------------------ conditions


Needs = frozenset[Lookup] | None
# From so many parts on, those to look at are found by their words.
MANY = 6


def _likely(one: Lookup) -> float:
    """How likely a word is to stand in a text: a guess, from how long it is.

    Patterns are for what has many forms, such as figures, and common.
    """
    if isinstance(one, Pattern):
        return 1.0
    text = one.text
    return 0.25 ** (len(text) if text.isascii() else 3 * len(text))


@dataclass(frozen=True, eq=False, slots=True)
class Condition:
    """What has to hold in an item. `parts` are the conditions it is made of.

    One of what it `needs` has to stand in an item for it to hold; None: nothing has to. `common` is
    how likely that is, as a guess.
    """

    needs: Needs = field(init=False, repr=False)
    common: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        needs, common = self._needs()
        object.__setattr__(self, "needs", needs)
        object.__setattr__(self, "common", common)

    def _needs(self) -> tuple[Needs, float]:
        """What it needs, and how common that is."""
        return None, 1.0

    @property
    def parts(self) -> tuple[Condition, ...]:
        return ()


@dataclass(frozen=True, eq=False, slots=True)
class Words(Condition):
    """Any of these phrases and patterns, in these fields."""

    lookups: frozenset[Lookup] = frozenset()
    fields: frozenset[Field] = frozenset(FIELDS)

    def _needs(self) -> tuple[Needs, float]:
        return self.lookups, sum(map(_likely, self.lookups))


@dataclass(frozen=True, eq=False, slots=True)
class Figure(Condition):
    """An amount, a date or an announcement number that the text states."""

    wanted: Money | Span | Number = Number()
    written: str = ""
    fields: frozenset[Field] = frozenset(FIELDS)


@dataclass(frozen=True, eq=False, slots=True)
class From(Condition):
    """The source is one of these; an empty set asks nothing."""

    tiers: frozenset[int] = frozenset()
    langs: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class Several(Condition):
    """Made of conditions; of what each needs, the least common has to stand there."""

    of: tuple[Condition, ...] = ()

    def _needs(self) -> tuple[Needs, float]:
        known = [part for part in self.of if part.needs is not None]
        rarest = min(known, key=lambda part: part.common, default=None)
        return (rarest.needs, rarest.common) if rarest else (None, 1.0)

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.of


@dataclass(frozen=True, eq=False, slots=True)
class AllOf(Several):
    """Every part."""


@dataclass(frozen=True, eq=False, slots=True)
class AnyOf(Several):
    """At least so many of the parts. `name` is the concept or entity that it spells out."""

    at_least: int = 1
    name: str = ""
    _places: dict[Lookup, list[int]] = field(default_factory=dict, init=False, repr=False)

    def possible(self, present: frozenset[Lookup]) -> list[Condition]:
        """The parts that may hold where these words stand; of hundreds mostly none or a few."""
        if self.needs is None or len(self.of) < MANY:
            return [p for p in self.of if p.needs is None or not present.isdisjoint(p.needs)]
        if not self._places:
            for number, part in enumerate(self.of):
                for word in part.needs or ():
                    self._places.setdefault(word, []).append(number)
        places = self._places
        numbers = {number for word in present & self.needs for number in places[word]}
        return [self.of[number] for number in sorted(numbers)]

    def _needs(self) -> tuple[Needs, float]:
        if len(self.of) == 1:
            return self.of[0].needs, self.of[0].common
        known = [part.needs for part in self.of if part.needs is not None]
        if len(known) < len(self.of):
            return None, 1.0
        return frozenset().union(*known), sum(part.common for part in self.of)


@dataclass(frozen=True, eq=False, slots=True)
class Near(Several):
    """Every part, no more than `within` words from first to last; None: in one sentence."""

    within: int | None = 10
    in_order: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Limited(Condition):
    """A part that another condition limits."""

    part: Condition = field(default_factory=Words)

    def _needs(self) -> tuple[Needs, float]:
        return self.part.needs, self.part.common


@dataclass(frozen=True, eq=False, slots=True)
class Unless(Limited):
    """The part, but not where `absent` holds anywhere in the item."""

    absent: Condition = field(default_factory=Words)

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.part, self.absent


@dataclass(frozen=True, eq=False, slots=True)
class Beside(Limited):
    """The part, but only where `present` holds somewhere in the item."""

    present: Condition = field(default_factory=Words)

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.part, self.present


@dataclass(frozen=True, eq=False, slots=True)
class Apart(Limited):
    """The part, but none of its words that stand within so many words of `absent`."""

    absent: Condition = field(default_factory=Words)
    within: int | None = 5

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.part, self.absent


def walk(condition: Condition, seen: set[int] | None = None) -> Iterator[Condition]:
    """The condition and everything in it, each object once; those in `seen` are passed over."""
    seen = set() if seen is None else seen
    open_ = [condition]
    while open_:
        one = open_.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            open_ += one.parts


# ------------------------------------------------------------------ a watchlist


Ruling = Literal["must", "any", "less", "not"]


@dataclass(frozen=True, slots=True)
class Group:
    """A condition with a name and the points it is worth.

    `shared`: only a share of them where it is met in a lesser field.
    """

    name: str
    condition: Condition
    weight: int
    shared: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """A rung of a ladder, with what tells it. `number` counts from 0, first rung first.

    `says` is what people call it: the id in words unless the file says otherwise. A `general` one
    gives way to any other that the title or the first sentence tells.
    """

    id: str
    number: int
    condition: Condition
    says: str = ""
    general: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "says", self.says or self.id.replace("-", " "))


@dataclass(frozen=True, slots=True)
class Mute:
    """What is not told until a moment, though it scores."""

    condition: Condition
    until: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """Where a watchlist's alerts go, and when: empty, or without `hold`, as the settings say."""

    slack: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    hold: Hours | None = None


@dataclass(frozen=True, slots=True)
class Watchlist:
    """What must, may and must not be there, how it scores, and where it goes.

    `weights` is the share of a group's points by the field it is met in. From `expires` on it
    is no longer judged; until `snooze` it tells nothing. `ruled` has every group with its kind and
    the points that it is worth, below 0 where it takes some.
    """

    id: str
    title: str
    must: tuple[Group, ...]
    any: tuple[Group, ...] = ()
    less: tuple[Group, ...] = ()
    exclude: tuple[Group, ...] = ()
    stages: tuple[Stage, ...] = ()
    tiers: Mapping[int, int] = field(default_factory=dict)
    weights: Mapping[Field, float] = field(default_factory=lambda: WEIGHTS)
    alert: int = ALERT
    digest: int = DIGEST
    send: Send = Send()
    about: str = ""
    owner: str = ""
    expires: datetime | None = None
    snooze: datetime | None = None
    mutes: tuple[Mute, ...] = ()
    ruled: tuple[tuple[Ruling, int, Group], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kinds: tuple[tuple[Ruling, int, tuple[Group, ...]], ...] = (
            ("must", 1, self.must),
            ("any", 1, self.any),
            ("less", -1, self.less),
            ("not", 0, self.exclude),
        )
        ruled = ((kind, sign * group.weight, group) for kind, sign, groups in kinds for group in groups)
        object.__setattr__(self, "ruled", tuple(ruled))

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every group, in the order in which they are written."""
        return tuple(group for _, _, group in self.ruled)

    def stage(self, name: str) -> Stage | None:
        """The stage of this id."""
        return next((stage for stage in self.stages if stage.id == name), None)

    def expired(self, now: datetime) -> bool:
        """Is it past its end, and no longer judged?"""
        return self.expires is not None and self.expires <= now

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition that an item may be asked about."""
        owners: tuple[Group | Stage | Mute, ...] = (*self.groups, *self.stages, *self.mutes)
        return tuple(owner.condition for owner in owners)


@dataclass(frozen=True, slots=True)
class Entity:
    """A company, agency, ministry, programme, plant or place, for naming it in alerts.

    `owner` is whose it is, by id: of a plant the company, of an office or programme the agency.
    """

    id: str
    name: str
    kind: str
    country: str = ""
    tickers: tuple[str, ...] = ()
    short: str = ""
    owner: str = ""
    roles: tuple[str, ...] = ()
