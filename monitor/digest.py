"""A day of signals -> a digest, and a digest -> subject, HTML and plain text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import css_inline
import jinja2

from monitor import wording
from monitor.cadence import coverage
from monitor.model import Health, Item, Source, Subscriber
from monitor.rule import Watchlist
from monitor.text import shorten

MAX_STORIES = 25


@dataclass(frozen=True, slots=True)
class DigestStory:
    """One story of the day: its best item and the outlets that carried it."""

    title: str
    link: str
    source_name: str
    tier: int
    when: datetime
    score: int
    stage: str
    excerpt: str
    why: str
    outlets: tuple[tuple[str, str], ...]
    alerted: bool


@dataclass(frozen=True, slots=True)
class DigestSection:
    """A watchlist and its stories, best first."""

    watchlist: str
    title: str
    stories: tuple[DigestStory, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """A day for one subscriber, in their zone."""

    subscriber: Subscriber
    day: date
    since: datetime
    until: datetime
    sections: tuple[DigestSection, ...]
    coverage: str
    trouble: tuple[str, ...]
    undelivered: int
    items: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signal that may go into a digest, with what is shown of it."""

    watchlist: str
    score: int
    stage: str
    story: str
    item: Item
    source: Source
    words: tuple[str, ...]
    alerted: bool


def due(subscriber: Subscriber, now: datetime) -> tuple[date, datetime]:
    """The newest local date whose digest hour is past, and that hour in UTC.

    A local hour that does not exist that day (spring) counts from when the clock has passed it;
    one that comes twice (autumn) counts the first time. A date that a zone leaves out is none.
    """
    zone = ZoneInfo(subscriber.zone)
    hour = time.fromisoformat(subscriber.digest_at)
    today = now.astimezone(zone).date()
    for back in range(3):
        day = date.fromordinal(today.toordinal() - back)
        moment = datetime.combine(day, hour, zone).astimezone(UTC)
        if moment <= now and _exists(day, zone):
            return day, moment
    return day, moment


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Samoa had no 30 December 2011: it moved across the date line."""
    noon = datetime.combine(day, time(12), zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day


def compose(
    subscriber: Subscriber,
    day: date,
    since: datetime,
    until: datetime,
    candidates: Iterable[Candidate],
    watchlists: Sequence[Watchlist],
    healths: list[Health],
    *,
    undelivered: int = 0,
    items: int = 0,
) -> Digest:
    """Stories by watchlist, best first in both; each with its best item and every outlet."""
    stories: dict[str, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for candidate in candidates:
        stories[candidate.watchlist][candidate.story].append(candidate)
    wanted = [w for w in watchlists if {"*", w.id} & set(subscriber.watchlists)]
    sections = [
        DigestSection(w.id, w.title, tuple(_ranked(stories[w.id].values())))
        for w in wanted
        if w.id in stories
    ]
    sections.sort(key=lambda section: -section.stories[0].score)
    trouble = tuple(
        f"{h.source.name}: {h.status}, {h.detail}"
        for h in sorted(healths, key=lambda h: (h.source.tier, h.source.id))
        if h.ill
    )
    return Digest(
        subscriber, day, since, until, tuple(sections), coverage(healths), trouble,
        undelivered, items,
    )  # fmt: skip


def _ranked(stories: Iterable[list[Candidate]]) -> list[DigestStory]:
    told = (_story(candidates) for candidates in stories)
    return sorted(told, key=lambda s: (-s.score, -s.when.timestamp(), s.title))


def _story(candidates: list[Candidate]) -> DigestStory:
    best = min(candidates, key=lambda c: (-c.score, c.source.tier, c.item.first_seen, c.item.id))
    others = {c.source.name: c.item.link for c in candidates if c.source.id != best.source.id}
    return DigestStory(
        title=best.item.title,
        link=best.item.link,
        source_name=best.source.name,
        tier=best.source.tier,
        when=best.item.when,
        score=best.score,
        stage=wording.stage_name(best.stage),
        excerpt=shorten(best.item.text, 280),
        why=", ".join(best.words[:6]),
        outlets=tuple(others.items()),
        alerted=any(c.alerted for c in candidates),
    )


# ------------------------------------------------------------------ rendering


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    html: str
    text: str


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor", "templates"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["at"] = wording.at
    environment.globals["tiers"] = wording.TIERS
    return environment


def subject(digest: Digest) -> str:
    """The day's most important news, or that there was none."""
    stories = [story for section in digest.sections for story in section.stories]
    if not stories:
        return f"Quiet day, {digest.day:%d %b}: {digest.coverage}"
    top = max(stories, key=lambda s: (s.alerted, s.score))
    more = f" (+{len(stories) - 1} more)" if len(stories) > 1 else ""
    return shorten(top.title, 120) + more


def render(digest: Digest) -> Rendered:
    """The digest as mail: subject, HTML with styles inlined, and a text complete in itself."""
    shown = {"digest": digest, "limit": MAX_STORIES, "subject": subject(digest)}
    page = _templates().get_template("digest.html").render(shown)
    text = _templates().get_template("digest.txt").render(shown)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
    return Rendered(subject(digest), inliner.inline(page), text)
