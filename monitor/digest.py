"""What happened in a span -> the digest of one subscriber. Pure.

`Material` is what happened, the same for all; a digest has what of it one subscriber reads, in the order
of the mail: what moved, the stories, the numbers, what falls due, what is stuck, and how the monitor is.
A story is told once, under the watchlist where it scores most, and again only when there is news of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from monitor import wording
from monitor.edition import Edition
from monitor.ledger import What
from monitor.model import Alert, Health, Item, Source
from monitor.precision import Week
from monitor.rule import Watchlist
from monitor.subscriber import Subscriber
from monitor.text import shorten

EXCERPT, MAX_WORDS, MAX_ILL = 280, 6, 3

# ------------------------------------------------------------------ what happened


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signal that may go into a digest, with what is shown of it; `alert` where it was told."""

    watchlist: str
    score: int
    stage: str
    story: str
    item: Item
    source: Source
    words: tuple[str, ...]
    alert: Alert | None = None
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a story scored for a watchlist before the span, and on which stage it was then."""

    watchlist: str
    story: str
    score: int
    stage: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A row of a ledger that stands elsewhere than at the start of the span. `was`, `now` and `rival` are
    rungs in words, `was` empty where it was opened. `facts` says in words who, how much, where;
    `source`, `tier` and `link` are of the evidence, `tier` 0 where a person says it. `reverses` where it
    was set back."""

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
    """A source that is not as it should be: in a list ("silent 9 h"), and in a sentence."""

    name: str
    tier: int
    brief: str
    detail: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the watched sources are in order, how many were never looked at, and which are ill."""

    healthy: int
    watched: int
    new: int = 0
    ill: tuple[Ill, ...] = ()

    @classmethod
    def of(cls, healths: Iterable[Health]) -> Coverage:
        """Of sources as they are, the weightiest of the ill first; without those that a person stopped."""
        watched = [health for health in healths if health.status not in ("disabled", "paused")]
        ill = sorted((h for h in watched if h.ill), key=lambda h: (h.source.tier, h.source.id))
        return cls(
            healthy=sum(health.status == "ok" for health in watched),
            watched=len(watched),
            new=sum(health.status == "new" for health in watched),
            ill=tuple(Ill(h.source.name, h.source.tier, h.brief or h.status, h.detail) for h in ill),
        )

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
        """Is it broken rather than quiet: are fewer than half of the sources in order?"""
        return self.healthy * 2 < self.watched - self.new or not self.watched


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


@dataclass(frozen=True, slots=True)
class Story:
    """One story of the span: its best item and the outlets that carried it, as (name, link).

    `news` says what is new of a story that was told before; empty where it is told for the first time.
    `also` are the titles of the other watchlists that it is on; `gloss` has its words that are not English
    with what they mean.
    """

    id: str
    title: str
    link: str
    source_name: str
    tier: int
    when: datetime
    score: int
    stage: str
    excerpt: str
    words: tuple[str, ...]
    outlets: tuple[tuple[str, str], ...]
    alerted: bool
    facts: str = ""
    news: str = ""
    also: tuple[str, ...] = ()
    gloss: tuple[tuple[str, str], ...] = ()
    lang: str = "en"


@dataclass(frozen=True, slots=True)
class Section:
    """A watchlist and its stories, best first."""

    watchlist: str
    title: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """An edition for one subscriber. `again` counts reports of stories told before with nothing new, and
    those stories; `watchlists` are the id and title of those that they read."""

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
    """What of it all this subscriber reads."""
    titles = {w.id: w.title for w in watchlists if subscriber.follows(w.id)}
    told, again = _told(subscriber, edition, material, titles)
    return Digest(
        subscriber,
        edition,
        moved=tuple(one for one in material.moved if subscriber.follows(*one.watchlists)),
        sections=_sections(told, titles),
        again=again,
        trends=tuple(one for one in material.trends if subscriber.follows(*one.watchlists)),
        ahead=tuple(one for one in material.ahead if subscriber.follows(*one.watchlists)),
        stuck=tuple(one for one in material.stuck if subscriber.follows(*one.watchlists)),
        coverage=material.coverage,
        weeks=tuple(one for one in material.weeks if one.watchlist in titles),
        activity=tuple(one for one in material.activity if one.watchlist in titles),
        pipelines=tuple(one for one in material.pipelines if subscriber.follows(*one.watchlists)),
        items=material.items,
        watchlists=tuple(titles.items()),
    )


# ------------------------------------------------------------------ stories


def _told(
    subscriber: Subscriber, edition: Edition, material: Material, titles: Mapping[str, str]
) -> tuple[list[tuple[str, Story]], tuple[int, int]]:
    """The stories to tell, each with its watchlist, and how much was only more of what was told before."""

    def reads(one: Candidate | Told) -> bool:
        return one.watchlist in titles and one.score >= subscriber.threshold

    before = set() if edition.first else {one.story for one in filter(reads, material.told)}
    stories: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in filter(reads, material.candidates):
        stories[candidate.story].append(candidate)
    told, more = [], []
    for name, candidates in stories.items():
        news = _news(candidates) if name in before else ""
        if name in before and not news:
            more.append(len({candidate.item.id for candidate in candidates}))
        else:
            told.append(_story(name, candidates, news, titles))
    return told, (sum(more), len(more))


def _news(candidates: Iterable[Candidate]) -> str:
    """What alerts say is new of a story; empty where none was sent: then it is more of the same."""
    alerts = {c.alert.id: c.alert for c in candidates if c.alert}
    said = (wording.news(alert) or wording.reason(alert) for alert in alerts.values())
    return "; ".join(dict.fromkeys(said))


def _story(
    name: str, candidates: Sequence[Candidate], news: str, titles: Mapping[str, str]
) -> tuple[str, Story]:
    """The story by its best item, and the watchlist that it stands under."""
    best = min(candidates, key=_rank)
    others = {c.source.name: c.item.link for c in candidates if c.source.id != best.source.id}
    also = {c.watchlist: titles[c.watchlist] for c in candidates if c.watchlist != best.watchlist}
    alert = best.alert
    story = Story(
        id=name,
        title=best.item.title,
        link=best.item.link,
        source_name=best.source.name,
        tier=best.source.tier,
        when=best.item.when,
        score=best.score,
        stage=wording.stage_name(best.stage),
        excerpt=shorten(best.item.text, EXCERPT),
        words=best.words[:MAX_WORDS],
        outlets=tuple(others.items()),
        alerted=any(c.alert for c in candidates),
        facts=wording.facts(alert) if alert else best.facts,
        news=news,
        also=tuple(also.values()),
        gloss=alert.gloss if alert else (),
        lang=best.item.lang,
    )
    return best.watchlist, story


def _rank(one: Candidate) -> tuple[bool, int, int, datetime, int, str]:
    """What was alerted, then the score, then the tier of the source, then who had it first."""
    return one.alert is None, -one.score, one.source.tier, one.item.first_seen, one.item.id, one.watchlist


def _sections(told: Iterable[tuple[str, Story]], titles: Mapping[str, str]) -> tuple[Section, ...]:
    """The watchlist with the weightiest story first."""
    under: dict[str, list[Story]] = defaultdict(list)
    for watchlist, story in told:
        under[watchlist].append(story)
    made = (Section(w, titles[w], tuple(sorted(stories, key=_weight))) for w, stories in under.items())
    return tuple(sorted(made, key=lambda section: (_weight(section.stories[0]), section.watchlist)))


def _weight(story: Story) -> tuple[bool, int, float, str]:
    return not story.alerted, -story.score, -story.when.timestamp(), story.title
