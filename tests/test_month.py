"""Digests that follow each other tell the story of their days, and do not repeat themselves.

The same holds for the invented week of the demo, and for thirty days of real and labelled items. To read
them: `MONTH=DIR pytest tests/test_month.py` leaves the letters in DIR.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor import demo_feeds, labelled
from monitor.digest import Moved
from monitor.headline import headline
from monitor.letter import BUDGET, weight
from monitor.links import web_link
from monitor.subscriber import Subscriber
from monitor.text import clean
from tests import real_month
from tests.month import DAY, Month, Morning, Page, Press, Report

DESK = Subscriber("desk", "desk@example.com", "07:00", "America/New_York")
CHINA = Subscriber("china", "china@example.com", "08:00", "Asia/Seoul", ("china-countermoves",), threshold=60)


@dataclass(frozen=True)
class Told:
    """What two readers were sent, by reader, and how many days it was."""

    name: str
    days: int
    mornings: dict[str, list[Morning]]

    @property
    def desk(self) -> list[Morning]:
        return self.mornings[DESK.name]


def _told(name: str, month: Month, days: int) -> Told:
    kept = os.environ.get("MONTH")
    for reader, mornings in month.mornings.items() if kept else ():
        folder = Path(kept or "") / name / reader
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(mornings, start=1):
            (folder / f"{number:02}.txt").write_text(one.letter.text, "utf-8")
            (folder / f"{number:02}.html").write_text(one.letter.html, "utf-8")
    month.storage.close()
    return Told(name, days, month.mornings)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demo's week, its feeds as they stand at each hour, with a server that is down for a day."""
    made = demo_feeds.load()
    reports = {
        one.source.id: [
            Report(at, one.source.id, item.title)
            for item in one.items
            for at in (item.at, *([item.edit[0]] if item.edit else []))
        ]
        for one in made.sources
    }
    pages = {one.source.id: _page(one) for one in made.sources}
    down = {"us-exim-news": (made.begins + DAY, made.begins + 2 * DAY)}
    month = Month(
        tmp_path_factory.mktemp("week"),
        Press(reports, pages, down),
        [one.source for one in made.sources],
        (DESK, CHINA),
    )
    month.run(made.begins, 8)
    return _told("week", month, 8)


def _page(source: demo_feeds.DemoSource) -> Page:
    return lambda now: demo_feeds.document(source, now).encode()


@pytest.fixture(scope="module")
def month(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    press, catalogue = real_month.press(shared)
    made = Month(tmp_path_factory.mktemp("month"), press, catalogue.used.values(), (DESK, CHINA))
    made.run(real_month.BEGINS, real_month.DAYS)
    return _told("month", made, real_month.DAYS)


@pytest.fixture(params=["week", "month"])
def told(request: pytest.FixtureRequest) -> Told:
    found: Told = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=[DESK.name, CHINA.name])
def read(request: pytest.FixtureRequest, told: Told) -> list[Morning]:
    """What one reader read, in order."""
    return told.mornings[request.param]


# ------------------------------------------------------------------ the clock


def test_the_labelled_stories_keep_their_order_and_their_distances(shared: Path) -> None:
    """The first item of a story comes when it began, the others so many days later as they did."""
    with (shared / "eval" / "dev.jsonl").open(encoding="utf-8") as lines:
        placed = list(real_month.placed(list(labelled.read("dev.jsonl", lines))))
    stories: dict[str, list[tuple[datetime, date]]] = defaultdict(list)
    for at, item in placed:
        assert real_month.BEGINS <= at < real_month.ENDS
        if item.day:
            stories[item.story or item.id].append((at, item.day))
    begun = [days for _, days in sorted((at, day) for (at, day), *_ in stories.values())]
    assert begun == sorted(begun)
    for items in stories.values():
        assert items == sorted(items)
        began, first = items[0]
        late = [at - began - (day - first) for at, day in items if began + (day - first) < real_month.ENDS]
        assert not late or max(late) < timedelta(hours=8)


# ------------------------------------------------------------------ the days


def test_every_day_has_its_digest(told: Told) -> None:
    for mornings in told.mornings.values():
        assert len(mornings) == told.days
        assert {later.day - one.day for one, later in pairwise(mornings)} == {timedelta(days=1)}
        assert all(later.material.since == one.material.until for one, later in pairwise(mornings))


def test_the_days_have_news(told: Told) -> None:
    """Else the rest says little."""
    digests = [one.digest for one in told.desk]
    assert sum(len(one.stories) for one in digests) >= 2 * told.days
    assert sum(bool(one.moved) for one in digests) >= told.days / 4
    assert sum(one.again[0] for one in digests) >= told.days / 2
    assert sum(bool(story.news) for one in digests for story in one.stories) >= told.days / 4


def test_each_subject_is_another_and_names_the_days_most_important_fact(read: list[Morning]) -> None:
    subjects = Counter(one.letter.subject for one in read if not one.digest.quiet)
    assert max(subjects.values()) == 1
    for one in read:
        first = headline(one.digest)
        fact = first.moved.title if first.moved else first.story.title if first.story else ""
        assert clean(fact, 60).split("…")[0][:40] in one.letter.subject


# ------------------------------------------------------------------ no repetition


def test_no_story_is_told_as_new_twice(read: list[Morning]) -> None:
    """Neither the story, nor another with its headline."""
    told: set[str] = set()
    for one in read:
        for story in one.digest.stories:
            assert (story.id in told) == bool(story.news) or story.steps, story.title
        told |= {story.id for story in one.digest.stories}
    assert max(Counter(story.title for one in read for story in one.digest.stories).values()) == 1


def test_a_story_that_comes_again_says_what_was_not_said_of_it_before(read: list[Morning]) -> None:
    said: Counter[tuple[str, str]] = Counter()
    for one in read:
        said.update((story.id, part) for story in one.digest.stories for part in set(story.news.split("; ")))
    repeated = {part: times for part, times in said.items() if part[1] and times > 1}
    assert repeated == {}


def test_each_step_begins_where_the_last_one_ended(read: list[Morning]) -> None:
    stands: dict[tuple[str, str], str] = {}
    steps = 0
    for one in read:
        for row in one.material.moved:
            name = (row.ledger, row.key)
            assert row.was == stands.get(name, row.was), row
            assert (row.what == "opened") == (not row.was), row
            steps += bool(row.was)
            stands[name] = row.now
    assert steps


def test_nothing_is_told_twice_in_one_mail(read: list[Morning]) -> None:
    for one in read:
        digest = one.digest
        titles = [story.title for story in digest.stories]
        assert len(set(titles)) == len(titles)
        moved = {row.title for row in digest.moved}
        for story in digest.stories:
            assert not [row for row in story.steps if row in story.news]
            assert not (story.steps and story.facts)
            assert not [row for row in moved - set(story.steps) for said in story.opened if row in said]
            assert not story.excerpt or one.letter.text.count(clean(story.excerpt, 600)) == 1


# ------------------------------------------------------------------ nothing lost


def test_every_alert_is_in_one_digest(told: Told) -> None:
    alerts = [alert.id for one in told.desk for alert in one.alerts]
    assert len(alerts) == len(set(alerts)) >= told.days
    for one in told.desk:
        stories = {story.id for story in one.digest.stories}
        lost = [alert.title for alert in one.alerts if alert.story not in stories]
        # What several rules say of one series is one story.
        assert [title for title in lost if title.split(", ")[-1] not in one.letter.text] == []


def test_every_row_that_moved_is_told(read: list[Morning]) -> None:
    """Before the stories, or with the story that opened it."""
    for one in read:
        reader = one.digest.subscriber
        for row in one.material.moved:
            if reader.follows(*row.watchlists):
                assert _shown(row, one), row


def _shown(row: Moved, one: Morning) -> bool:
    rows = [row for first in one.digest.moved for row in (first, *first.also)]
    above = any((shown.ledger, shown.key) == (row.ledger, row.key) for shown in rows)
    with_story = any(
        story.id == row.key or any(row.title in said for said in story.opened) for story in one.digest.stories
    )
    return above != with_story or (above and row.what != "opened")


def test_the_text_has_all_that_there_is(read: list[Morning]) -> None:
    for one in read:
        digest, text = one.digest, one.letter.text
        words = [story.title for story in digest.stories] + [row.title for row in digest.moved]
        words += [series.name for series in digest.trends] + [ill.name for ill in digest.coverage.ill]
        assert [line for line in words if clean(line, 600) not in text] == []
        links = [link for story in digest.stories for _, link in (("", story.link), *story.outlets)]
        assert [link for link in links if web_link(link) not in text] == []


def test_every_letter_is_shown_whole(read: list[Morning]) -> None:
    assert max(weight(one.letter.html) for one in read) < BUDGET


def test_a_reader_gets_no_other_watchlists(told: Told) -> None:
    stories = [
        (section.watchlist, story.score)
        for one in told.mornings[CHINA.name]
        for section in one.digest.sections
        for story in section.stories
    ]
    assert {watchlist for watchlist, _ in stories} == set(CHINA.watchlists)
    assert min(score for _, score in stories) >= CHINA.threshold
