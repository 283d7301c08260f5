"""When a digest is due, what stands in it, and how it reads as text and HTML."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.digest import Candidate, Digest, compose, due
from monitor.model import Health, SourceState, Subscriber
from monitor.rule import Watchlist
from tests.fakes import NOON, a_source, an_item

DAY = date(2026, 3, 2)
NY = "America/New_York"
WATCHLISTS = (Watchlist("loans", "Loans & grants", must=()), Watchlist("magnets", "Magnets", must=()))


def a_subscriber(at: str = "07:00", zone: str = NY, *watchlists: str) -> Subscriber:
    return Subscriber("desk", "desk@example.com", at, zone, watchlists or ("*",))


def a_candidate(number: int = 1, **changes: object) -> Candidate:
    values: dict[str, object] = {
        "watchlist": "loans",
        "score": 60,
        "stage": "board-approval",
        "story": f"story-{number}",
        "item": an_item(number),
        "source": a_source(number),
        "words": ("EXIM", "loan"),
        "alerted": False,
    }
    return Candidate(**(values | changes))  # type: ignore[arg-type]


def made(*candidates: Candidate, healths: tuple[Health, ...] = (), **more: int) -> Digest:
    since = NOON - timedelta(days=1)
    return compose(a_subscriber(), DAY, since, NOON, candidates, WATCHLISTS, list(healths), **more)


def ill(number: int, status: str, tier: int = 3) -> Health:
    source = a_source(number, tier=tier)
    return Health(source, SourceState(source.id), status, "refused <now>")


# ------------------------------------------------------------------ when


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "now", "day", "moment"),
    [
        pytest.param("07:00", NY, "03-02T12:00", "03-02", "03-02T12:00", id="on time"),
        pytest.param("07:00", NY, "03-02T11:59", "03-01", "03-01T12:00", id="before"),
        pytest.param("07:00", NY, "03-03T04:59", "03-02", "03-02T12:00", id="evening"),
        pytest.param("07:00", NY, "07-02T11:00", "07-02", "07-02T11:00", id="summer"),
        pytest.param("07:00", "Asia/Shanghai", "03-01T23:00", "03-02", "03-01T23:00", id="China"),
        pytest.param("00:00", "UTC", "03-02T00:00", "03-02", "03-02T00:00", id="midnight"),
        pytest.param("23:59", "Pacific/Kiritimati", "03-02T09:58", "03-01", "03-01T09:59", id="+14"),
        pytest.param("01:30", NY, "11-01T05:29", "10-31", "10-31T05:30", id="autumn, before"),
        pytest.param("01:30", NY, "11-01T05:30", "11-01", "11-01T05:30", id="autumn, first"),
        pytest.param("01:30", NY, "11-01T06:30", "11-01", "11-01T05:30", id="autumn, again"),
        pytest.param("01:30", NY, "11-02T06:30", "11-02", "11-02T06:30", id="day after"),
        pytest.param("02:30", NY, "03-08T06:59", "03-07", "03-07T07:30", id="spring, before"),
        pytest.param("02:30", NY, "03-08T07:29", "03-07", "03-07T07:30", id="spring, gap"),
        pytest.param("02:30", NY, "03-08T07:30", "03-08", "03-08T07:30", id="spring, past"),
        pytest.param("02:30", NY, "03-09T06:30", "03-09", "03-09T06:30", id="day after that"),
    ],
)
def test_the_digest_that_is_due_is_that_of_the_newest_hour_past(
    at: str, zone: str, now: str, day: str, moment: str
) -> None:
    assert due(a_subscriber(at, zone), utc(now)) == (date.fromisoformat(f"2026-{day}"), utc(moment))


@pytest.mark.parametrize("at", ["00:00", "01:30", "02:00", "02:30", "23:45"])
@pytest.mark.parametrize("start", ["03-05T00:00", "10-29T00:00"], ids=["spring", "autumn"])
@pytest.mark.parametrize("zone", [NY, "Europe/London", "Australia/Lord_Howe"])
def test_around_a_change_of_clocks_every_day_comes_once_and_in_order(at: str, start: str, zone: str) -> None:
    subscriber = a_subscriber(at, zone)
    told: list[date] = []
    for quarter in range(6 * 96):
        now = utc(start) + timedelta(minutes=15 * quarter)
        day, moment = due(subscriber, now)
        assert moment <= now
        if not told or told[-1] != day:
            told.append(day)
    first = told[0].toordinal()
    assert [day.toordinal() for day in told] == list(range(first, first + len(told)))
    assert len(told) in (6, 7)


# ------------------------------------------------------------------ what


def test_stories_stand_under_their_watchlist_best_first() -> None:
    digest = made(
        a_candidate(1, score=50),
        a_candidate(2, score=90),
        a_candidate(3, score=50, item=an_item(3, published=NOON + timedelta(hours=1))),
        a_candidate(4, watchlist="magnets", score=95),
    )
    shown = [(s.watchlist, [story.link[-1] for story in s.stories]) for s in digest.sections]
    assert shown == [("magnets", ["4"]), ("loans", ["2", "3", "1"])]


def test_one_story_is_shown_once_with_every_outlet() -> None:
    (section,) = made(*(a_candidate(n, story="same", score=50 + n) for n in (1, 2, 3))).sections
    (story,) = section.stories
    assert (story.title, story.source_name) == (an_item(3).title, "Source 3")
    assert dict(story.outlets) == {"Source 1": "https://example.com/1", "Source 2": "https://example.com/2"}


@pytest.mark.parametrize(
    ("other", "best"),
    [
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
    """The score decides, then the tier of the source, then who had it first."""
    digests = made(a_candidate(1, story="same"), other), made(other, a_candidate(1, story="same"))
    assert [d.sections[0].stories[0].source_name for d in digests] == [best, best]


def test_one_story_on_two_watchlists_stands_under_both() -> None:
    digest = made(a_candidate(1, story="same"), a_candidate(1, story="same", watchlist="magnets"))
    assert [len(s.stories) for s in digest.sections] == [1, 1]


def test_a_story_is_alerted_when_any_of_its_items_was() -> None:
    digest = made(a_candidate(1, story="same", score=90), a_candidate(2, story="same", alerted=True))
    assert digest.sections[0].stories[0].alerted


def test_two_items_of_one_source_are_no_other_outlet() -> None:
    again = a_candidate(2, story="same", source=a_source(1))
    assert made(a_candidate(1, story="same"), again).sections[0].stories[0].outlets == ()


def test_a_subscriber_gets_the_watchlists_that_they_asked_for() -> None:
    candidates = [a_candidate(1), a_candidate(2, watchlist="magnets"), a_candidate(3, watchlist="gone")]
    magnets = a_subscriber("07:00", "UTC", "magnets")
    digest = compose(magnets, DAY, NOON, NOON, candidates, WATCHLISTS, [])
    assert [s.watchlist for s in digest.sections] == ["magnets"]


def test_sources_to_look_at_are_named_the_weightiest_first() -> None:
    sick = (ill(1, "failing"), ill(2, "quiet", tier=1), ill(3, "ok"), ill(4, "paused"), ill(5, "disabled"))
    digest = made(healths=sick)
    assert digest.trouble == ("Source 2: quiet, refused <now>", "Source 1: failing, refused <now>")
    assert digest.coverage.startswith("1 of 3 sources healthy")
