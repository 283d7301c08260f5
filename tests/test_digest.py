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
    Coverage,
    Digest,
    Material,
    Moved,
    Pipeline,
    Stuck,
    Trend,
    compose,
)
from monitor.edition import Edition
from monitor.model import Alert, Reason
from monitor.precision import Week
from monitor.rule import Watchlist
from monitor.stuck import ORDER
from monitor.subscriber import Subscriber
from monitor.telling import Candidate, Story, Told
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


# ------------------------------------------------------------------ told so that it can be read


def in_tongue(number: int, lang: str, **changes: Any) -> Candidate:
    return a_candidate(number, story="same", item=an_item(number, lang=lang), **changes)


@pytest.mark.parametrize(
    ("other", "language", "leads"),
    [
        pytest.param(in_tongue(2, "en"), "en", 2, id="english"),
        pytest.param(in_tongue(2, "en"), "de", 2, id="english is read by all"),
        pytest.param(in_tongue(2, "de"), "de", 2, id="the reader's own"),
        pytest.param(in_tongue(2, "de"), "en", 1, id="another"),
        pytest.param(in_tongue(2, "en", score=60), "en", 2, id="about as weighty"),
        pytest.param(in_tongue(2, "en", score=59), "en", 1, id="much less weighty"),
    ],
)
def test_a_story_is_told_by_an_item_that_can_be_read(other: Candidate, language: str, leads: int) -> None:
    alert = an_alert(item=1, facts=(("agency", "EXIM"),), gloss=(("贷款", "loan"),))
    best = in_tongue(1, "zh", score=90, alert=alert)
    story = only(made(best, other, to=replace(EVERYTHING, language=language)))
    assert (story.source_name, story.link) == (f"Source {leads}", f"https://example.com/{leads}")
    assert (story.score, story.alerted, story.facts) == (90, True, "EXIM")
    assert dict(story.outlets).keys() == {f"Source {3 - leads}"}
    assert bool(story.gloss) == (leads == 1)


def test_a_primary_source_tells_it_in_whatever_language() -> None:
    best = in_tongue(1, "zh", score=90, source=a_source(1, tier=1))
    assert only(made(best, in_tongue(2, "en"))).source_name == "Source 1"


def test_a_story_stands_on_the_stage_that_its_last_alert_says() -> None:
    first = alert_of(Reason.FIRST, stage="announced")
    moved = alert_of(Reason.MOVED, stage="signing", created=first.created + timedelta(hours=1))
    found = in_tongue(1, "en", score=90, alert=first), in_tongue(2, "en", alert=replace(moved, id="moved"))
    assert only(made(*found)).stage == "signing"


def test_words_that_are_part_of_others_are_left_out() -> None:
    words = ("DoD", "Awards", "awards $", "$3", "$35 million", "Million", "DoD")
    assert only(made(a_candidate(1, words=words))).words == ("DoD", "awards $", "$35 million")


def test_what_rules_say_of_one_series_is_one_story() -> None:
    """Its last number is the title, and what else was said stands below."""
    said = (
        "Nd 9 USD/kg, up 5 % in 7 days",
        "Nd 9 USD/kg, up 15 % in 30 days",
        "Ce 2 USD/kg, up 6 % in a day",
    )
    names = ("prices/nd", "prices/nd", "prices/ce")
    found = [
        a_candidate(number, item=an_item(number, title=title), series=name, source=a_source(9))
        for number, (title, name) in enumerate(zip(said, names, strict=True), start=1)
    ]
    told = {story.title: story.facts for story in made(*found).stories}
    assert told == {said[1]: "up 5 % in 7 days", said[2]: ""}


# ------------------------------------------------------------------ told before


BEFORE = Told("loans", "story-1", 60, "board-approval", NOON - timedelta(days=2))


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


@pytest.mark.parametrize(("stage", "news"), [("talks", "First alert · talks"), ("", "First alert")])
def test_what_was_told_before_is_no_first_report(stage: str, news: str) -> None:
    """It was in a digest without an alert, and is worth one now."""
    alert = alert_of(Reason.FIRST, stage=stage)
    assert only(made(a_candidate(1, alert=alert), told=(BEFORE,))).news == news


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
    "pipelines": ("pipelines", lambda w: Pipeline((w,), w, (("approval", 1, 1),))),
}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_that_of_their_watchlists(part: str) -> None:
    name, make = PARTS[part]
    everything: dict[str, Any] = {name: (make("loans"), make("magnets"))}
    assert getattr(made(to=MAGNETS, **everything), name) == (make("magnets"),)
    assert getattr(made(**everything), name) == everything[name]


def test_how_things_stand_is_left_out_where_nothing_changed() -> None:
    """A ladder on which nothing came, and a week of which nobody marked anything."""
    stood = Pipeline(("loans",), "Deals", (("announced", 3, 0), ("approval", 1, 0)))
    digest = made(pipelines=(stood,), weeks=(Week("loans", DAY, 0, 0, 7),))
    assert (digest.pipelines, digest.weeks, digest.unmarked) == ((), (), 7)


def test_alerts_are_counted_as_unmarked_where_nobody_marked_any_and_only_those_that_are_read() -> None:
    nobody = tuple(Week(watchlist, DAY, 0, 0, 7) for watchlist in ("loans", "magnets"))
    assert made(weeks=nobody).unmarked == 14
    assert made(to=MAGNETS, weeks=nobody).unmarked == 7
    assert made(weeks=(Week("loans", DAY, 1, 0, 6), nobody[1])).unmarked == 0


# ------------------------------------------------------------------ what moved, and its story


def a_row(**changes: Any) -> Moved:
    values: dict[str, Any] = {
        "watchlists": ("loans",),
        "ledger": "Deals",
        "title": "Mine / EXIM",
        "key": "mine/exim",
        "what": "moved",
        "was": "letter of interest",
        "now": "approval",
        "at": NOON,
        "source": "EXIM",
        "tier": 1,
        "link": "https://example.com/1",
        "item": 1,
    }
    return Moved(**(values | changes))


OPENED = a_row(what="opened", was="")


def test_a_row_that_a_told_story_opens_stands_with_that_story() -> None:
    other = replace(OPENED, title="Mill / EXIM", key="mill/exim")
    digest = made(a_candidate(1), moved=(OPENED, other))
    assert digest.moved == ()
    assert only(digest).opened == ("Deals (approval): Mine / EXIM, Mill / EXIM",)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param(OPENED, (replace(BEFORE, stage=""),), id="its story is not told again"),
        pytest.param(replace(OPENED, item=0), (), id="no item opened it"),
        pytest.param(replace(OPENED, item=2), (), id="another item did"),
    ],
)
def test_a_row_that_no_told_story_opens_stands_by_itself(row: Moved, told: tuple[Told, ...]) -> None:
    assert made(a_candidate(1), moved=(row,), told=told).moved == (row,)


def test_a_deal_and_its_plant_that_one_item_moved_are_one_row_with_the_facts_of_both() -> None:
    deal = a_row(facts="$94m · United States")
    plant = a_row(ledger="Plants", title="Mine", key="mine", facts="1,000 t/y · $94m")
    (row,) = made(moved=(deal, plant)).moved
    assert (row.title, row.also, row.facts) == ("Mine / EXIM", (plant,), "$94m · United States · 1,000 t/y")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"item": 2}, id="another item moved it"),
        pytest.param({"ledger": "Deals"}, id="of the same ledger"),
        pytest.param({"title": "Mill"}, id="another thing"),
    ],
)
def test_other_rows_stand_by_themselves(change: dict[str, Any]) -> None:
    plant = a_row(ledger="Plants", title="Mine", key="mine")
    assert len(made(moved=(a_row(), replace(plant, **change))).moved) == 2
    by_hand = (a_row(item=0), replace(plant, item=0))
    assert len(made(moved=by_hand).moved) == 2


def test_what_google_news_passes_on_bears_the_name_of_its_publisher() -> None:
    """Each outlet counts, though one feed has them all."""
    found = [
        a_candidate(n, story="same", score=90 - n, source=a_source(1),
                    item=an_item(n, title=f"Magnets - plant opens - {name}", link=f"https://{host}/{n}"))
        for n, name, host in ((1, "Charged", "news.google.com"), (2, "Reuters", "news.google.com"),
                              (3, "Own", "example.com"))
    ]  # fmt: skip
    story = only(made(*found))
    assert (story.title, story.source_name) == ("Magnets - plant opens", "Charged")
    assert [name for name, _ in story.outlets] == ["Reuters", "Source 1"]


def test_the_story_of_a_step_leaves_to_it_what_the_step_says() -> None:
    news = ("Mine / EXIM: letter of interest → approval", "amount: $120m → $150m")
    alert = alert_of(Reason.MOVED, news=news, facts=(("agency", "EXIM"),))
    digest = made(a_candidate(1, alert=alert), moved=(a_row(),), told=(BEFORE,))
    assert digest.moved == (a_row(),)
    story = only(digest)
    assert (story.steps, story.news, story.facts) == (("Mine / EXIM",), "amount: $120m → $150m", "")


def test_a_row_that_is_confirmed_leaves_no_word_of_it_to_the_story() -> None:
    alert = alert_of(Reason.CONFIRMED, news=("a primary source says it", "agency: EXIM"))
    confirmed = a_row(what="confirmed", was="approval")
    assert only(made(a_candidate(1, alert=alert), moved=(confirmed,), told=(BEFORE,))).news == "agency: EXIM"


@pytest.mark.parametrize(("lang", "title"), [("en", "A new title"), ("zh", "The first title")])
def test_a_row_named_by_its_story_is_called_as_the_story_is_told_today(lang: str, title: str) -> None:
    row = a_row(key="story-1", title="The first title")
    item = an_item(1, title="A new title", lang=lang)
    digest = made(a_candidate(1, item=item, source=a_source(1, tier=1)), moved=(row,))
    assert [one.title for one in digest.moved] == [title]
    assert only(digest).steps == ("approval",)


def test_a_story_that_opens_a_row_of_its_own_name_does_not_name_it() -> None:
    digest = made(a_candidate(1), moved=(replace(OPENED, key="story-1"),))
    assert (digest.moved, only(digest).opened) == ((), ())


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
        pytest.param(Coverage(0, 45, new=45), True, id="nothing looked at yet"),
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
    known = tuple(Told("loans", name, 100, "", NOON - timedelta(days=2)) for name in sorted(before))
    digest = made(*found, told=known, to=replace(EVERYTHING, threshold=threshold))
    read = {c.story for c in found if c.score >= threshold}
    told = [story.id for story in digest.stories]
    assert len(told) == len(set(told))
    assert set(told) <= read
    assert len(read) == len(told) + digest.again[1]
    assert all(bool(story.news) == (story.id in before) for story in digest.stories)
