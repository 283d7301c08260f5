"""What is filed, and filed again: in one digest, or in a further one for what is new of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import digest, gathering
from monitor.digest import Digest
from monitor.edition import Edition
from monitor.subscriber import Subscriber
from tests.fakes import NOON
from tests.webs import WATCHLIST, World, post

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# The digests of three days that follow each other end at these hours.
ENDS = (NOON + HOUR * 6, NOON + DAY, NOON + 2 * DAY)
RULES = WATCHLIST.replace("tiers:", "  - {name: state, any: [ministry], weight: 15}\ntiers:")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, watchlists=[("magnets", RULES)]) as made:
        made.serve(post(1, title="Old"))
        yield made


def told(world: World, number: int, threshold: int = 0) -> Digest:
    """The digest of one of the days, as one who is no new subscriber reads it."""
    since = ENDS[number - 1] if number else NOON - DAY
    ann = Subscriber("Ann", "ann@example.com", "07:30", "UTC", threshold=threshold)
    material = gathering.gather(world.app.storage, world.app.in_force, since, ENDS[number])
    made = Edition(ENDS[number].date(), ENDS[number], since, ENDS[number])
    return digest.compose(ann, made, material, world.app.in_force.watchlists)


def on_day(world: World, number: int, *posts: object) -> None:
    world.now = ENDS[number] - 3 * HOUR
    world.serve(*posts)  # type: ignore[arg-type]


QUIET = "Rare earth kiln at Port Ansel opens"


def test_an_item_that_scores_more_after_an_edit_is_not_told_as_new_again(world: World) -> None:
    on_day(world, 0, post(2, title=QUIET))
    assert [story.title for story in told(world, 0).stories] == [QUIET]
    on_day(world, 1, post(2, title=QUIET, text="The ministry was there."))
    again = told(world, 1)
    assert again.stories == ()
    assert again.again == (1, 1)


def test_an_item_that_is_worth_an_alert_after_an_edit_is_told_again_with_that(world: World) -> None:
    on_day(world, 0, post(2, title=QUIET))
    on_day(world, 1, post(2, title=QUIET, text="A bank gave the loan."))
    (story,) = told(world, 1).stories
    assert story.news.startswith("Edited")


def test_an_item_that_reaches_a_readers_threshold_after_an_edit_is_told_as_new(world: World) -> None:
    on_day(world, 0, post(2, title=QUIET))
    assert told(world, 0, threshold=50).stories == ()
    on_day(world, 1, post(2, title=QUIET, text="The ministry was there."))
    (story,) = told(world, 1, threshold=50).stories
    assert story.news == ""


def test_an_item_that_is_edited_twice_was_told_for_what_it_scored_each_time(world: World) -> None:
    on_day(world, 0, post(2, title=QUIET))
    world.now = ENDS[1] - 4 * HOUR
    world.serve(post(2, title=QUIET, text="The ministry was there."))
    world.serve(post(2, title=QUIET, text="The ministry was there, in a loan of words."))
    assert told(world, 1).stories[0].news != ""
    assert told(world, 1, threshold=50).stories[0].news == ""


def test_an_alert_on_an_edit_that_scores_no_more_is_in_the_digest_of_its_day(world: World) -> None:
    title = "Rare earth plant at Port Ansel wins a ${} million loan"
    on_day(world, 0, post(2, title=title.format(150)))
    assert len(told(world, 0).stories) == 1
    on_day(world, 1, post(2, title=title.format(250)))
    assert len(list(world.app.storage.alerts.between(ENDS[0], ENDS[1]))) == 1
    (story,) = told(world, 1).stories
    assert "$250m" in story.news
    assert told(world, 2).stories == ()


def test_a_digest_tells_what_was_decided_in_its_span_though_more_came_of_it_since(world: World) -> None:
    on_day(world, 0, post(2, title=QUIET))
    on_day(world, 1, post(2, title=QUIET, text="The ministry was there."))
    (story,) = told(world, 0).stories
    assert story.score == 40


def test_what_was_there_before_is_no_news_because_its_words_change(world: World) -> None:
    world.list_sources(("one", "two"))
    world.restart()
    world.serve(post(7, date=NOON - 400 * DAY), source="two")
    assert told(world, 0).stories == ()
    world.serve(post(7, date=NOON - 400 * DAY, text="A short report, again."), source="two")
    assert told(world, 0).stories == ()
    assert world.now < ENDS[0]


def test_an_alert_is_told_though_its_source_is_taken_out_of_the_catalogue_since(world: World) -> None:
    world.list_sources(("one", "two"))
    world.restart()
    world.serve(post(1, title="Old"), source="two")
    world.serve(post(1, title="Old"), post(2), post(3, title=QUIET), source="two")
    assert len(world.alerts) == 1
    world.list_sources(("one",))
    world.restart()
    (story,) = told(world, 0).stories
    assert (story.title, story.source_name) == (world.alerts[0].title, "two")
