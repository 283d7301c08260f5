"""A digest -> its most important fact, its subject, and what is to be said of the edition itself. Pure.

What moved from rung to rung comes before any story, and a story before a row that was only opened,
confirmed or contradicted. What was alerted comes before what was not (so the digest has them in order).
Blindness is the news only where there is no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from monitor import edition
from monitor.digest import GRAVE, Ahead, Digest, Moved
from monitor.labels import Labels
from monitor.telling import Section, Story
from monitor.text import clean, shorten

MAX_SUBJECT = 150
_ABOUT = 60
_DAY = timedelta(days=1)

Kind = Literal["moved", "story", "overdue", "stuck", "blind", "quiet"]


@dataclass(frozen=True, slots=True)
class Headline:
    """The most important fact: the move, the story with its watchlist, or the day that it is about."""

    kind: Kind
    moved: Moved | None = None
    story: Story | None = None
    section: Section | None = None
    ahead: Ahead | None = None


def headline(digest: Digest) -> Headline:
    """What stands big at the top."""
    if digest.moved and digest.moved[0].what in ("moved", "reversed"):
        return Headline("moved", moved=digest.moved[0])
    if digest.sections:
        section = digest.sections[0]
        return Headline("story", story=section.stories[0], section=section)
    if digest.moved:
        return Headline("moved", moved=digest.moved[0])
    if digest.coverage.blind:
        return Headline("blind")
    overdue = next((one for one in digest.ahead if one.overdue), None)
    if overdue:
        return Headline("overdue", ahead=overdue)
    return Headline("stuck" if grave(digest) else "quiet")


def grave(digest: Digest) -> int:
    """How many alerts did not get through, and will not by themselves."""
    return sum(one.count for one in digest.stuck if one.how in GRAVE)


def step(moved: Moved, say: Labels) -> str:
    """What happened to a row of a ledger: "letter of interest → approval"."""
    if moved.what == "contradicted" and moved.rival:
        return f"{moved.now}; {say('moved.rival', rival=moved.rival)}"
    if moved.was and moved.was != moved.now:
        return f"{moved.was} → {moved.now}"
    if moved.what in ("confirmed", "reversed"):
        return say("comma").join((moved.now, say(f"moved.{moved.what}")))
    return moved.now


def subject(digest: Digest, say: Labels) -> str:
    """The news in one line of at most MAX_SUBJECT characters, whatever the titles are."""
    news, rest = _news(digest, headline(digest), say)
    notes = say("comma").join(_notes(digest, say))
    after = f" ({notes})" if notes else ""
    before = f"{say('subject.week', day=say.day(digest.edition.day))}: " if _weekly(digest) else ""
    whole = say("subject.with", news="", rest=rest) if rest else ""
    room = MAX_SUBJECT - len(before) - len(whole) - len(after)
    told = shorten(clean(news, 1000), room)
    return before + (say("subject.with", news=told, rest=rest) if rest else told) + after


def _news(digest: Digest, first: Headline, say: Labels) -> tuple[str, str]:
    """The fact in words, and how much more there is."""
    stories, moves = len(digest.stories), len(digest.moved) - 1
    if first.moved:
        more = (say("subject.moves", count=moves) if moves else "", _stories(stories, say))
        return f"{first.moved.title}: {step(first.moved, say)}", say("comma").join(filter(None, more))
    if first.story:
        more = (say("subject.steps", count=moves + 1) if moves >= 0 else "", _more(stories - 1, say))
        return _told(first.story, digest), say("comma").join(filter(None, more))
    if first.ahead:
        row = f"{first.ahead.rows[0]}: " if first.ahead.rows else ""
        return say("subject.overdue", what=row + first.ahead.what), ""
    if first.kind == "stuck":
        return say("subject.stuck", count=grave(digest)), ""
    coverage = digest.coverage
    return say(f"subject.{first.kind}", healthy=coverage.healthy, watched=coverage.watched), ""


def _told(story: Story, digest: Digest) -> str:
    """Its title; of one that the reader may not be able to read what it is about before it: "offtake · Lynas
    Rare Earths (ASX:LYC) · Japan: ..."."""
    about = " · ".join(filter(None, (story.stage, shorten(story.facts, _ABOUT))))
    return story.title if digest.subscriber.speaks(story.lang) or not about else f"{about}: {story.title}"


def _more(count: int, say: Labels) -> str:
    return say("subject.more", count=count) if count else ""


def _stories(count: int, say: Labels) -> str:
    return say("subject.stories", count=count) if count else ""


def _notes(digest: Digest, say: Labels) -> Iterator[str]:
    if days(digest):
        yield say("subject.days", count=days(digest))
    if digest.edition.late:
        yield say("subject.late", duration=say.duration(digest.edition.late))


def days(digest: Digest) -> int:
    """How many days it tells, where those are not the usual; else 0."""
    usual = 7 if _weekly(digest) else 1
    told = round((digest.edition.until - digest.edition.since) / _DAY)
    return told if told > usual else 0


def _weekly(digest: Digest) -> bool:
    return digest.subscriber.edition == "weekly"


def following(digest: Digest) -> date:
    """The day of the next edition."""
    hour = edition.hour_of(digest.subscriber, digest.edition.day)
    return edition.following(digest.subscriber, hour)[0]
