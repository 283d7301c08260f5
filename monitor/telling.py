"""The signals of a span -> the stories that one subscriber is told. Pure.

A story is told once, under the watchlist where it scores most, and again only when there is news of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from monitor import wording
from monitor.model import Alert, Item, Reason, Source
from monitor.subscriber import Subscriber
from monitor.text import shorten

EXCERPT, MAX_WORDS = 280, 6
# By so much less may an item score by which a story is told, where it is easier to read.
NEAR = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signal that may go into a digest, with what is shown of it; `alert` where it was told. `series` is
    the series of which a rule says it (`Trend.id`)."""

    watchlist: str
    score: int
    stage: str
    story: str
    item: Item
    source: Source
    words: tuple[str, ...]
    alert: Alert | None = None
    facts: str = ""
    series: str = ""

    @property
    def title(self) -> str:
        return self._published[0]

    @property
    def outlet(self) -> str:
        return self._published[1]

    @property
    def _published(self) -> tuple[str, str]:
        return published(self.item.title, self.item.link, self.source.name)


def published(title: str, link: str, source: str) -> tuple[str, str]:
    """The headline and who published it. The feeds of Google News end each title with the publisher."""
    headline, dash, publisher = title.rpartition(" - ")
    if dash and headline and urlsplit(link).hostname == "news.google.com":
        return headline, publisher
    return title, source


@dataclass(frozen=True, slots=True)
class Told:
    """What a story scored for a watchlist before the span, when, and on which stage it was then."""

    watchlist: str
    story: str
    score: int
    stage: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """One story of the span: its best item and the outlets that carried it, as (name, link).

    `news` says what is new of a story that was told before; empty where it is told for the first time.
    `also` are the titles of the other watchlists that it is on; `gloss` has its words that are not English
    with what they mean. `steps` are the rows of ledgers that it moved, which the digest tells before the
    stories; `opened` says which it opened.
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
    steps: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A watchlist and its stories, best first."""

    watchlist: str
    title: str
    stories: tuple[Story, ...]


# ------------------------------------------------------------------ which, and how


def tell(
    subscriber: Subscriber, candidates: Iterable[Candidate], before: Iterable[Told], titles: Mapping[str, str]
) -> tuple[tuple[Section, ...], tuple[int, int]]:
    """The stories to tell, by watchlist; how many reports only said more of stories told `before`, and of
    how many stories. `titles` are those of the watchlists that the subscriber reads."""

    def reads(one: Candidate | Told) -> bool:
        return one.watchlist in titles and one.score >= subscriber.threshold

    known = {one.story for one in filter(reads, before)}
    stories: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in filter(reads, candidates):
        stories[candidate.series or candidate.story].append(candidate)
    told, more = [], []
    for name, found in stories.items():
        news = _news(found) if name in known else ""
        if name in known and not news:
            more.append(len({candidate.item.id for candidate in found}))
        else:
            told.append(_story(found, news, titles, subscriber))
    return _sections(told, titles), (sum(more), len(more))


def _news(candidates: Iterable[Candidate]) -> str:
    """What alerts say is new of a story; empty where none was sent: then it is more of the same."""
    alerts = {c.alert.id: c.alert for c in candidates if c.alert}
    return "; ".join(dict.fromkeys(wording.news(alert) or _why(alert) for alert in alerts.values()))


def _why(alert: Alert) -> str:
    """Why it was sent. What was told before may be worth an alert now; it is no first report."""
    if alert.reason is not Reason.FIRST:
        return wording.reason(alert)
    return f"First alert · {wording.stage_name(alert.stage)}" if alert.stage else "First alert"


def _story(
    candidates: Sequence[Candidate], news: str, titles: Mapping[str, str], subscriber: Subscriber
) -> tuple[str, Story]:
    """The story by its best item, and the watchlist that it stands under. Of a series nothing is shown but
    what is said of it: its numbers are in the digest anyway."""
    best = min(candidates, key=_rank)
    lead = _lead(candidates, best, subscriber)
    others = {c.outlet: c.item.link for c in candidates if c.outlet != lead.outlet}
    also = {c.watchlist: titles[c.watchlist] for c in candidates if c.watchlist != best.watchlist}
    last = max((c.alert for c in candidates if c.alert), key=lambda alert: alert.created, default=None)
    story = Story(
        id=lead.story,
        title=lead.title,
        link=lead.item.link,
        source_name=lead.outlet,
        tier=lead.source.tier,
        when=lead.item.when,
        score=best.score,
        stage=wording.stage_name(last.stage if last else best.stage),
        excerpt="" if lead.series else shorten(lead.item.text, EXCERPT),
        words=() if lead.series else _telling(lead.words),
        outlets=tuple(others.items()),
        alerted=last is not None,
        facts=_facts(candidates, lead, last) or best.facts,
        news=news,
        also=tuple(also.values()),
        gloss=lead.alert.gloss if lead.alert else (),
        lang=lead.item.lang,
    )
    return best.watchlist, story


def _lead(candidates: Sequence[Candidate], best: Candidate, subscriber: Subscriber) -> Candidate:
    """The item that a story is told by: a primary source's or one that can be read, if it is about as
    weighty as the best; of a series what is said last."""

    def odd(one: Candidate) -> bool:
        foreign = one.source.tier > 1 and not subscriber.speaks(one.item.lang)
        return foreign or one.score + NEAR < best.score

    if best.series:
        return max(candidates, key=lambda one: one.item.id)
    return min(candidates, key=lambda one: (odd(one), _rank(one)))


def _facts(candidates: Iterable[Candidate], lead: Candidate, last: Alert | None) -> str:
    """Who, how much, where, as the last alert has it; of a series what else is said of it."""
    if not lead.series:
        return wording.facts(last) if last else ""
    stands = lead.item.title.split(", ")[0] + ", "
    said = (c.item.title.removeprefix(stands) for c in candidates if c.item.id != lead.item.id)
    return "; ".join(dict.fromkeys(said))


def _telling(words: Sequence[str]) -> tuple[str, ...]:
    """The first words, without those that are part of another."""
    folded = {word.casefold(): word for word in words}
    whole = (word for f, word in folded.items() if not any(f != o and f in o for o in folded))
    return tuple(whole)[:MAX_WORDS]


def beside(
    story: Story, steps: Mapping[str, str], opened: Mapping[str, Sequence[str]], *, confirmed: bool
) -> Story:
    """The story beside the rows that it moved, by title with how they are called here, and those that it
    opened, by ledger and rung. It leaves out what is said of a row that moved, or was `confirmed`."""
    if not steps and not opened:
        return story
    above = (*steps, wording.PRIMARY) if confirmed else tuple(steps)
    news = (part for part in story.news.split("; ") if not any(said in part for said in above))
    return replace(
        story,
        news="; ".join(news),
        facts="" if steps else story.facts,
        steps=tuple(steps.values()),
        opened=tuple(f"{where}: {', '.join(rows)}" for where, rows in opened.items() if rows),
    )


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
