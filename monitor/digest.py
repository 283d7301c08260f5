"""What happened in a span -> the digest of one subscriber. Pure.

`Material` is what happened, the same for all; a digest has what of it one subscriber reads, in the order
of the mail: what moved, the stories, the numbers, what falls due, what is stuck, and how the monitor is.
Which stories are told, and how, is in `monitor.telling`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

from monitor.edition import Edition
from monitor.ledger import What
from monitor.model import Health
from monitor.precision import Week
from monitor.rule import Watchlist
from monitor.subscriber import Subscriber
from monitor.telling import Candidate, Section, Story, Told, beside, tell

# So many sources that are not well are named in a line.
MAX_ILL = 3
# A source that has been ill for so long is named after all others.
LASTING = timedelta(days=7)

# ------------------------------------------------------------------ what happened


@dataclass(frozen=True, slots=True)
class Moved:
    """A row of a ledger that stands elsewhere than at the start of the span. `was`, `now` and `rival` are
    rungs in words, `was` empty where it was opened. `facts` says in words who, how much, where;
    `source`, `tier`, `link` and `item` are of the evidence, `tier` 0 where a person says it and `item` 0
    where no item does. `reverses` where it was set back. `also` are the rows of other ledgers that the same
    item moved for the same thing: the plant of a deal."""

    watchlists: tuple[str, ...]
    ledger: str
    title: str
    key: str
    what: What
    was: str
    now: str
    at: datetime
    source: str
    tier: int
    link: str
    facts: str = ""
    rival: str = ""
    reverses: bool = False
    item: int = 0
    also: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """A series with a new number: the newest, its day in words, what changed over a day, a week and a month
    (shares, 0.05 for 5 %; None where there is nothing fair to compare with), and the last numbers, itself
    at their end.

    `year` is the change over a year, of a series with less than a number a day; `step` that on the number
    before, which is of `against` (a day in words). `was` is what was said of the newest day before it was
    corrected, `doubt` what is newer and cannot be right. `weight` puts those that moved most first.
    """

    watchlists: tuple[str, ...]
    id: str
    name: str
    unit: str
    link: str
    value: str
    when: str
    day: float | None
    week: float | None
    month: float | None
    points: tuple[float, ...]
    year: float | None = None
    step: float | None = None
    against: str = ""
    was: str = ""
    doubt: str = ""

    @property
    def weight(self) -> float:
        return max(abs(share or 0.0) for share in (self.day, self.week, self.month, self.step))


@dataclass(frozen=True, slots=True)
class Ahead:
    """What falls due on a day on some rows of a ledger; `overdue` where the day passed in this span and
    nothing was seen."""

    watchlists: tuple[str, ...]
    day: date
    what: str
    rows: tuple[str, ...]
    link: str = ""
    overdue: bool = False


How = Literal["held", "capped", "muted", "failed", "parked", "dead"]
# What a person has to look at: held and muted is what readers asked for, and what is capped comes later.
GRAVE: frozenset[How] = frozenset({"failed", "parked", "dead"})


@dataclass(frozen=True, slots=True)
class Stuck:
    """Alerts that did not reach a destination as they should: `held` for its hours, or `capped`, the first
    of them until `until`; `muted`; `failed` and tried again, or `parked` until a person mends it, with all
    that waits behind it there; or `dead`: given up."""

    watchlists: tuple[str, ...]
    how: How
    destination: str
    count: int
    why: str
    titles: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ill:
    """A source that is not as it should be: in a list ("silent 9 h"), and in a sentence; `lasting` where
    readers have been told for long."""

    name: str
    tier: int
    brief: str
    detail: str
    lasting: bool = False

    @property
    def said(self) -> str:
        """The sentence, after how long it has been so where it does not say that itself."""
        told = self.brief.partition(" ")[2] or self.brief
        return self.detail if told in self.detail else ": ".join(filter(None, (self.brief, self.detail)))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the watched sources are in order, how many were never looked at, and which are ill."""

    healthy: int
    watched: int
    new: int = 0
    ill: tuple[Ill, ...] = ()

    @classmethod
    def of(cls, healths: Iterable[Health]) -> Coverage:
        """Of sources as they are, without those that a person stopped. Of the ill those that have not been
        so for long come first, of these the weightiest, and of equals the newest."""
        watched = [health for health in healths if health.status not in ("disabled", "paused")]
        ill = sorted((health for health in watched if health.ill), key=_weightiest)
        return cls(
            healthy=sum(health.status == "ok" for health in watched),
            watched=len(watched),
            new=sum(health.status == "new" for health in watched),
            ill=tuple(
                Ill(h.source.name, h.source.tier, h.brief or h.status, h.detail, h.lasted >= LASTING)
                for h in ill
            ),
        )

    @property
    def recent(self) -> tuple[Ill, ...]:
        """The ill without those that have been so for long."""
        return tuple(one for one in self.ill if not one.lasting)

    @property
    def line(self) -> str:
        """As in: "43 of 45 sources healthy, 1 not looked at yet; MOFCOM silent 9 h"."""
        new = f", {self.new} not looked at yet" if self.new else ""
        named = [f"{one.name} {one.brief}" for one in self.ill[:MAX_ILL]]
        named += [f"{len(self.ill) - MAX_ILL} more"] if len(self.ill) > MAX_ILL else []
        ill = f"; {', '.join(named)}" if named else ""
        return f"{self.healthy} of {self.watched} sources healthy{new}{ill}"

    @property
    def blind(self) -> bool:
        """Is it broken rather than quiet: are fewer than half of the sources in order, or none?"""
        return self.healthy * 2 < self.watched - self.new or not self.healthy


def _weightiest(health: Health) -> tuple[bool, int, timedelta, str]:
    return health.lasted >= LASTING, health.source.tier, health.lasted, health.source.id


@dataclass(frozen=True, slots=True)
class Activity:
    """Signals of a watchlist on each of the last days, oldest first."""

    watchlist: str
    title: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How many open rows of a ledger stand on each rung, in words, first rung first; and how many of them
    came there in the span."""

    watchlists: tuple[str, ...]
    title: str
    rungs: tuple[tuple[str, int, int], ...]

    @property
    def fresh(self) -> bool:
        """Does it look other than at the start of the span?"""
        return any(came for _, _, came in self.rungs)


@dataclass(frozen=True, slots=True)
class Material:
    """All that happened in [since, until), and how things stand at its end."""

    since: datetime
    until: datetime
    candidates: tuple[Candidate, ...] = ()
    told: tuple[Told, ...] = ()
    moved: tuple[Moved, ...] = ()
    trends: tuple[Trend, ...] = ()
    ahead: tuple[Ahead, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    coverage: Coverage = Coverage(0, 0)
    weeks: tuple[Week, ...] = ()
    activity: tuple[Activity, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    items: int = 0


# ------------------------------------------------------------------ what one subscriber reads

Part = TypeVar("Part", Moved, Trend, Ahead, Stuck, Pipeline)


@dataclass(frozen=True, slots=True)
class Digest:
    """An edition for one subscriber. `again` counts reports of stories told before with nothing new, and
    those stories; `unmarked` the alerts of this week where nobody marked any; `watchlists` are the id and
    title of those that they read."""

    subscriber: Subscriber
    edition: Edition
    moved: tuple[Moved, ...] = ()
    sections: tuple[Section, ...] = ()
    again: tuple[int, int] = (0, 0)
    trends: tuple[Trend, ...] = ()
    ahead: tuple[Ahead, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    coverage: Coverage = Coverage(0, 0)
    weeks: tuple[Week, ...] = ()
    unmarked: int = 0
    activity: tuple[Activity, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    items: int = 0
    watchlists: tuple[tuple[str, str], ...] = ()

    @property
    def stories(self) -> tuple[Story, ...]:
        return tuple(story for section in self.sections for story in section.stories)

    @property
    def quiet(self) -> bool:
        """Is there nothing to tell?"""
        urgent = any(s.how in GRAVE for s in self.stuck) or any(a.overdue for a in self.ahead)
        return not (self.moved or self.sections or urgent)


def compose(
    subscriber: Subscriber, edition: Edition, material: Material, watchlists: Sequence[Watchlist]
) -> Digest:
    """What of it all this subscriber reads. How things stand is left out where it is as it was: ladders on
    which nothing came; and of weeks of which nothing was marked there is but the number of alerts."""
    titles = {w.id: w.title for w in watchlists if subscriber.follows(w.id)}
    start = edition.since if edition.first else edition.known
    before = tuple(one for one in material.told if start is None or one.when >= start)
    sections, again = tell(subscriber, material.candidates, before, titles)
    moved, sections = _linked(material, sections, subscriber)
    weeks = [one for one in material.weeks if one.watchlist in titles]
    marked = tuple(one for one in weeks if one.precision is not None)
    return Digest(
        subscriber,
        edition,
        moved=moved,
        sections=sections,
        again=again,
        trends=_read(material.trends, subscriber),
        ahead=_read(material.ahead, subscriber),
        stuck=_read(material.stuck, subscriber),
        coverage=material.coverage,
        weeks=marked,
        unmarked=0 if marked else sum(one.told for one in weeks),
        activity=tuple(one for one in material.activity if one.watchlist in titles),
        pipelines=tuple(one for one in _read(material.pipelines, subscriber) if one.fresh),
        items=material.items,
        watchlists=tuple(titles.items()),
    )


def _read(parts: Iterable[Part], subscriber: Subscriber) -> tuple[Part, ...]:
    """Those of the watchlists that they read."""
    return tuple(one for one in parts if subscriber.follows(*one.watchlists))


def _linked(
    material: Material, sections: Sequence[Section], subscriber: Subscriber
) -> tuple[tuple[Moved, ...], tuple[Section, ...]]:
    """What moved, and the stories, with nothing told in full twice: a row that a told story opens stands
    with that story alone, and the story of any other row leaves to it what the row says."""
    moved = _read(material.moved, subscriber)
    story_of = {candidate.item.id: candidate.story for candidate in material.candidates}
    told = {story.id for section in sections for story in section.stories}
    opened: dict[str, list[Moved]] = defaultdict(list)
    steps: dict[str, list[Moved]] = defaultdict(list)
    above = []
    for one in moved:
        story = story_of.get(one.item, "")
        (opened if one.what == "opened" else steps)[story].append(one)
        if one.what != "opened" or story not in told:
            above.append(one)

    def linked(story: Story) -> Story:
        rows: dict[str, list[str]] = defaultdict(list)
        for one in opened[story.id]:
            rows[f"{one.ledger} ({one.now})"] += [] if one.key == story.id else [one.title]
        shown = {one.title: one.now if one.key == story.id else one.title for one in steps[story.id]}
        return beside(story, shown, rows, confirmed=any(one.what == "confirmed" for one in steps[story.id]))

    shown = tuple(replace(section, stories=tuple(map(linked, section.stories))) for section in sections)
    return tuple(_joined(_named(one, sections, subscriber) for one in above)), shown


def _joined(rows: Iterable[Moved]) -> list[Moved]:
    """One row for what one item says of one thing, a deal and its plant: the first, with all facts."""
    found: list[Moved] = []
    for one in rows:
        n = next((n for n, other in enumerate(found) if _same(one, other)), len(found))
        if n == len(found):
            found.append(one)
            continue
        first = found[n]
        facts = dict.fromkeys((*first.facts.split(" · "), *one.facts.split(" · ")))
        found[n] = replace(first, also=(*first.also, one), facts=" · ".join(filter(None, facts)))
    return found


def _same(one: Moved, other: Moved) -> bool:
    """Are they of different ledgers, moved by one item, and named alike: "Mine / EXIM" and "Mine"?"""
    short, long = sorted((one.title.casefold(), other.title.casefold()), key=len)
    return one.item == other.item != 0 and one.ledger != other.ledger and long.startswith(short)


def _named(one: Moved, sections: Iterable[Section], subscriber: Subscriber) -> Moved:
    """A row that has no name but that of its story is called as the story is told today, if that can be
    read."""
    told = (s for section in sections for s in section.stories if s.id == one.key)
    return replace(one, title=next((s.title for s in told if subscriber.speaks(s.lang)), one.title))
