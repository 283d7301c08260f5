"""What of all that happened one subscriber reads: each story once, and again only with news."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import (
    Activity,
    Ahead,
    Candidate,
    Coverage,
    Digest,
    Material,
    Moved,
    Pipeline,
    Story,
    Stuck,
    Told,
    Trend,
    compose,
)
from monitor.edition import Edition
from monitor.model import Alert, Reason
from monitor.precision import Week
from monitor.rule import Watchlist
from monitor.stuck import ORDER
from monitor.subscriber import Subscriber
from tests.fakes import NOON, a_source, an_alert, an_item

DAY = date(2026, 3, 2)
EDITION = Edition(DAY, NOON, NOON - timedelta(days=1), NOON)
WATCHLISTS = (Watchlist("loans", "Loans & grants", must=()), Watchlist("magnets", "Magnets", must=()))
EVERYTHING = Subscriber("desk", "desk@example.com", "07:00", "America/New_York")
MAGNETS = replace(EVERYTHING, watchlists=("magnets",))


def a_candidate(number: int = 1, **changes: Any) -> Candidate:
    values: dict[str, Any] = {
        "watchlist": "loans",
        "score": 60,
        "stage": "board-approval",
        "story": f"story-{number}",
        "item": an_item(number),
        "source": a_source(number),
        "words": ("EXIM", "loan"),
    }
    return Candidate(**(values | changes))


def made(*candidates: Candidate, to: Subscriber = EVERYTHING, first: bool = False, **more: Any) -> Digest:
    material = Material(EDITION.since, EDITION.until, candidates=candidates, **more)
    return compose(to, replace(EDITION, first=first), material, WATCHLISTS)


def only(digest: Digest) -> Story:
    (story,) = digest.stories
    return story


def titles(digest: Digest) -> list[tuple[str, list[str]]]:
    return [(section.watchlist, [story.id for story in section.stories]) for section in digest.sections]


# ------------------------------------------------------------------ one story


def test_stories_stand_under_their_watchlist_best_first_then_the_newest() -> None:
    digest = made(
        a_candidate(1, score=50),
        a_candidate(2, score=90),
        a_candidate(3, score=50, item=an_item(3, published=NOON + timedelta(hours=1))),
        a_candidate(4, watchlist="magnets", score=95),
    )
    assert titles(digest) == [("magnets", ["story-4"]), ("loans", ["story-2", "story-3", "story-1"])]


def test_what_was_alerted_comes_before_what_was_not() -> None:
    digest = made(a_candidate(1, score=90), a_candidate(2, score=60, alert=an_alert(item=2)))
    assert titles(digest) == [("loans", ["story-2", "story-1"])]


def test_one_story_is_shown_once_with_every_outlet() -> None:
    story = only(made(*(a_candidate(n, story="same", score=50 + n) for n in (1, 2, 3))))
    assert (story.title, story.source_name) == (an_item(3).title, "Source 3")
    assert dict(story.outlets) == {"Source 1": "https://example.com/1", "Source 2": "https://example.com/2"}


@pytest.mark.parametrize(
    ("other", "best"),
    [
        pytest.param(a_candidate(2, story="same", alert=an_alert(item=2)), "Source 2", id="alerted"),
        pytest.param(a_candidate(2, story="same", score=70), "Source 2", id="score"),
        pytest.param(a_candidate(2, story="same", source=a_source(2, tier=1)), "Source 2", id="tier"),
        pytest.param(
            a_candidate(2, story="same", item=an_item(2, first_seen=NOON - timedelta(hours=1))),
            "Source 2",
            id="first",
        ),
        pytest.param(a_candidate(2, story="same"), "Source 1", id="nothing"),
    ],
)
def test_a_story_is_told_by_its_best_item(other: Candidate, best: str) -> None:
    """What was alerted decides, then the score, then the tier of the source, then who had it first."""
    digests = made(a_candidate(1, story="same"), other), made(other, a_candidate(1, story="same"))
    assert [only(digest).source_name for digest in digests] == [best, best]


def test_one_story_on_two_watchlists_stands_under_the_one_where_it_scores_most() -> None:
    digest = made(a_candidate(1, story="same"), a_candidate(1, story="same", watchlist="magnets", score=80))
    assert titles(digest) == [("magnets", ["same"])]
    assert only(digest).also == ("Loans & grants",)


def test_two_items_of_one_source_are_no_other_outlet() -> None:
    again = a_candidate(2, story="same", source=a_source(1))
    assert only(made(a_candidate(1, story="same"), again)).outlets == ()


def test_a_story_that_was_alerted_has_the_facts_of_its_alert() -> None:
    alert = an_alert(item=1, facts=(("agency", "EXIM"), ("amount", "$120m")), gloss=(("贷款", "loan"),))
    story = only(made(a_candidate(1, alert=alert, facts="of the item")))
    assert (story.facts, story.gloss, story.alerted) == ("EXIM · $120m", (("贷款", "loan"),), True)
    assert only(made(a_candidate(1, facts="of the item"))).facts == "of the item"


# ------------------------------------------------------------------ told before


BEFORE = Told("loans", "story-1", 60, "board-approval")


def test_more_reports_of_a_story_told_before_are_counted_and_not_told() -> None:
    more = a_candidate(1), a_candidate(7, story="story-1"), a_candidate(7, story="story-1", score=50)
    digest = made(*more, a_candidate(2), told=(BEFORE,))
    assert titles(digest) == [("loans", ["story-2"])]
    assert digest.again == (2, 1)


def alert_of(reason: Reason, **more: Any) -> Alert:
    return an_alert(item=1, reason=reason, **more)


def test_a_story_told_before_comes_again_with_what_an_alert_says_is_new() -> None:
    moved = alert_of(Reason.MOVED, was="letter-of-interest", stage="approval", news=("approval of $120m",))
    digest = made(a_candidate(1, alert=moved), told=(BEFORE,))
    assert only(digest).news == "approval of $120m"
    assert digest.again == (0, 0)


def test_an_alert_without_news_of_its_own_says_why_it_was_sent() -> None:
    confirmed = alert_of(Reason.CONFIRMED, stage="approval")
    assert only(made(a_candidate(1, alert=confirmed), told=(BEFORE,))).news == "Confirmed · approval"


def test_a_story_told_for_the_first_time_has_no_news_beside_it() -> None:
    assert only(made(a_candidate(1, alert=alert_of(Reason.FIRST, news=("x",))))).news == ""


def test_what_the_reader_was_not_told_before_is_told() -> None:
    """Of another watchlist, below their threshold, or before they subscribed."""
    assert made(a_candidate(1), told=(replace(BEFORE, watchlist="other"),)).stories
    demanding = replace(EVERYTHING, threshold=65)
    assert made(a_candidate(1, score=70), told=(BEFORE,), to=demanding).stories
    assert made(a_candidate(1), told=(BEFORE,), first=True).stories


# ------------------------------------------------------------------ one subscriber


def test_a_subscriber_gets_the_watchlists_that_they_asked_for() -> None:
    candidates = [a_candidate(1), a_candidate(2, watchlist="magnets"), a_candidate(3, watchlist="gone")]
    assert titles(made(*candidates, to=MAGNETS)) == [("magnets", ["story-2"])]
    assert titles(made(*candidates)) == [("loans", ["story-1"]), ("magnets", ["story-2"])]


def test_a_subscriber_gets_what_scores_as_they_asked_for() -> None:
    demanding = replace(EVERYTHING, threshold=65)
    digest = made(a_candidate(1, score=64), a_candidate(2, score=65), to=demanding)
    assert titles(digest) == [("loans", ["story-2"])]


PARTS: dict[str, tuple[str, Any]] = {
    "moved": ("moved", lambda w: Moved((w,), "Deals", w, w, "moved", "a", "b", NOON, "EXIM", 1, "")),
    "trends": ("trends", lambda w: Trend((w,), w, w, "", "", "1", "today", None, None, None, ())),
    "ahead": ("ahead", lambda w: Ahead((w,), DAY, "due", (w,))),
    "stuck": ("stuck", lambda w: Stuck((w,), "held", "slack:#x", 1, "quiet hours")),
    "weeks": ("weeks", lambda w: Week(w, DAY, 1, 0, 0)),
    "activity": ("activity", lambda w: Activity(w, w, (1, 2))),
    "pipelines": ("pipelines", lambda w: Pipeline((w,), w, (("approval", 1, 0),))),
}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_that_of_their_watchlists(part: str) -> None:
    name, make = PARTS[part]
    everything: dict[str, Any] = {name: (make("loans"), make("magnets"))}
    assert getattr(made(to=MAGNETS, **everything), name) == (make("magnets"),)
    assert getattr(made(**everything), name) == everything[name]


# ------------------------------------------------------------------ quiet, or broken


@pytest.mark.parametrize(
    ("what", "quiet"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"trends": (PARTS["trends"][1]("loans"),)}, True, id="numbers alone"),
        pytest.param({"ahead": (PARTS["ahead"][1]("loans"),)}, True, id="what falls due later"),
        pytest.param(
            {"ahead": (replace(PARTS["ahead"][1]("loans"), overdue=True),)},
            False,
            id="what passed in silence",
        ),
        pytest.param({"moved": (PARTS["moved"][1]("loans"),)}, False, id="a step"),
        *(
            pytest.param(
                {"stuck": (replace(PARTS["stuck"][1]("loans"), how=how),)},
                how in ("held", "capped", "muted"),
                id=how,
            )
            for how in ORDER
        ),
    ],
)
def test_a_day_is_quiet_where_there_is_nothing_to_tell(what: dict[str, Any], quiet: bool) -> None:
    assert made(**what).quiet is quiet


def test_a_story_breaks_the_quiet_and_more_of_the_same_does_not() -> None:
    assert not made(a_candidate(1)).quiet
    assert made(a_candidate(1), told=(BEFORE,)).quiet


@pytest.mark.parametrize(
    ("coverage", "blind"),
    [
        pytest.param(Coverage(43, 45), False, id="healthy"),
        pytest.param(Coverage(22, 45), True, id="most are ill"),
        pytest.param(Coverage(1, 45, new=43), False, id="just begun"),
        pytest.param(Coverage(0, 45, new=45), False, id="nothing looked at yet"),
        pytest.param(Coverage(0, 0), True, id="nothing is watched"),
    ],
)
def test_a_monitor_that_sees_less_than_half_is_blind(coverage: Coverage, blind: bool) -> None:
    assert coverage.blind is blind


# ------------------------------------------------------------------ whatever comes


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    alerts = st.sampled_from([None, *(alert_of(reason) for reason in Reason)])
    return [
        a_candidate(
            draw(st.integers(1, 6)),
            watchlist=draw(st.sampled_from(["loans", "magnets"])),
            story=f"story-{draw(st.integers(1, 4))}",
            score=draw(st.integers(1, 100)),
            alert=draw(alerts),
        )
        for _ in range(draw(st.integers(0, 12)))
    ]


@given(candidates(), st.sets(st.sampled_from(["story-1", "story-2"])), st.integers(0, 100))
def test_each_story_is_told_once_or_counted(
    found: list[Candidate], before: Iterable[str], threshold: int
) -> None:
    """None is lost, none is told twice, and one told before is told with its news or not at all."""
    known = tuple(Told("loans", name, 100, "") for name in sorted(before))
    digest = made(*found, told=known, to=replace(EVERYTHING, threshold=threshold))
    read = {c.story for c in found if c.score >= threshold}
    told = [story.id for story in digest.stories]
    assert len(told) == len(set(told))
    assert set(told) <= read
    assert len(read) == len(told) + digest.again[1]
    assert all(bool(story.news) == (story.id in before) for story in digest.stories)
