"""The most important fact of a digest, and the subject that says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest import Digest, Moved
from monitor.headline import MAX_SUBJECT, days, following, headline, step, subject
from monitor.labels import labels
from tests import letters
from tests.fakes import NOON
from tests.letters import DAY, EDITION, SUBSCRIBER, a_move, a_section, a_story

EN = labels("en")
DEAL = a_move(title="EXIM–Barrick")
OPENED = replace(DEAL, was="", what="opened")
EMPTY = replace(letters.QUIET, again=(0, 0), ahead=())


def stories(count: int) -> Digest:
    return replace(EMPTY, sections=(a_section(*(a_story(n, title=f"Title {n}") for n in range(count))),))


def foreign(**changes: Any) -> Digest:
    story = a_story(1, title="双日が権益を獲得", lang="ja", **changes)
    return replace(EMPTY, sections=(a_section(story),))


@pytest.mark.parametrize(
    ("digest", "expected"),
    [
        pytest.param(letters.RICH, "moved", id="what moved before any story"),
        pytest.param(letters.STORY, "story", id="the first story where nothing moved"),
        pytest.param(replace(stories(1), moved=(OPENED,)), "story", id="a story before a row that is new"),
        pytest.param(
            replace(EMPTY, moved=(OPENED,)), "moved", id="a row that is new where there is no story"
        ),
        pytest.param(replace(letters.BLIND, sections=letters.STORIES), "story", id="news though blind"),
        pytest.param(replace(EMPTY, ahead=letters.RICH.ahead), "overdue", id="a day that passed"),
        pytest.param(replace(EMPTY, stuck=letters.RICH.stuck), "stuck", id="alerts that wait"),
        pytest.param(replace(letters.BLIND, stuck=letters.RICH.stuck), "blind", id="blind"),
        pytest.param(letters.QUIET, "quiet", id="quiet, though a day is ahead"),
    ],
)
def test_the_most_important_fact_comes_first(digest: Digest, expected: str) -> None:
    assert headline(digest).kind == expected


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        (DEAL, "letter of interest → approval"),
        (replace(DEAL, was="", what="opened"), "approval"),
        (replace(DEAL, was="approval", what="confirmed"), "approval, confirmed"),
        (replace(DEAL, what="contradicted", rival="talks"), "approval; others say: talks"),
        (replace(DEAL, now="suspended", what="reversed"), "letter of interest → suspended"),
    ],
)
def test_a_step_is_said_from_where_to_where(moved: Moved, expected: str) -> None:
    assert step(moved, EN) == expected


@pytest.mark.parametrize(
    ("digest", "expected"),
    [
        pytest.param(
            replace(stories(11), moved=(DEAL,)),
            "EXIM–Barrick: letter of interest → approval, and 11 stories",
            id="a move",
        ),
        pytest.param(
            replace(stories(1), moved=(DEAL, DEAL)),
            "EXIM–Barrick: letter of interest → approval, 1 more move, and 1 story",
            id="moves",
        ),
        pytest.param(
            replace(stories(2), moved=(OPENED,)),
            "Title 0, 1 move, and 1 more story",
            id="a row that is new",
        ),
        pytest.param(stories(1), "Title 0", id="one story"),
        pytest.param(
            foreign(stage="offtake", facts="Lynas (ASX:LYC) · Japan"),
            "offtake · Lynas (ASX:LYC) · Japan: 双日が権益を獲得",
            id="a title that they may not be able to read",
        ),
        pytest.param(foreign(stage="", facts=""), "双日が権益を獲得", id="of which nothing else is known"),
        pytest.param(
            replace(foreign(stage="offtake"), subscriber=replace(SUBSCRIBER, language="ja")),
            "双日が権益を獲得",
            id="in their language",
        ),
        pytest.param(stories(3), "Title 0, and 2 more stories", id="stories"),
        pytest.param(letters.QUIET, "Quiet: nothing moved; 43 of 45 sources healthy", id="quiet"),
        pytest.param(letters.BLIND, "Blind: only 11 of 45 sources healthy", id="blind"),
        pytest.param(
            replace(EMPTY, ahead=letters.RICH.ahead),
            "Passed unseen: DFC–TechMet: Trident: Financial close",
            id="overdue",
        ),
        pytest.param(
            replace(EMPTY, stuck=letters.RICH.stuck), "1 alert did not get through", id="did not get through"
        ),
        pytest.param(
            replace(letters.QUIET, edition=letters.LATE.edition),
            "Quiet: nothing moved; 43 of 45 sources healthy (3 days, 3 h late)",
            id="late, and several days",
        ),
        pytest.param(
            replace(letters.WEEKLY, moved=(), sections=stories(1).sections),
            "Week to 2 Mar: Title 0",
            id="weekly",
        ),
        pytest.param(
            replace(letters.QUIET, subscriber=letters.CHINESE.subscriber),
            "平静：无进展；45 个来源中 43 个正常",
            id="Chinese",
        ),
    ],
)
def test_the_subject_says_the_news(digest: Digest, expected: str) -> None:
    assert subject(digest, labels(digest.subscriber.language)) == expected


@given(st.text(max_size=400), st.text(max_size=200))
def test_the_subject_is_one_line_within_its_length_whatever_a_title_is(title: str, rung: str) -> None:
    for digest in (
        replace(letters.LATE, moved=(a_move(title=title, now=rung),)),
        replace(letters.LATE, moved=(), sections=(a_section(a_story(title=title)),)),
        replace(EMPTY, ahead=(replace(letters.RICH.ahead[0], what=title, rows=(rung,)),)),
    ):
        said = subject(digest, EN)
        assert len(said) <= MAX_SUBJECT
        assert len(said.splitlines()) <= 1
        assert not any(character in said for character in "\r\n\x00\u2028\u2029\u202e")


def test_a_few_minutes_are_not_late() -> None:
    punctual = replace(EMPTY, edition=replace(EDITION, due=NOON - timedelta(minutes=14)))
    assert "late" not in subject(punctual, EN)


def test_what_is_held_as_readers_asked_is_no_news() -> None:
    held = replace(EMPTY, stuck=tuple(one for one in letters.RICH.stuck if one.how == "held"))
    assert headline(held).kind == "quiet"


@pytest.mark.parametrize(
    ("edition", "told", "expected"),
    [
        ("daily", timedelta(days=1), 0),
        ("daily", timedelta(hours=23), 0),
        ("daily", timedelta(hours=25), 0),
        ("daily", timedelta(days=3), 3),
        ("weekly", timedelta(days=7), 0),
        ("weekly", timedelta(days=14), 14),
    ],
)
def test_days_are_said_where_there_are_more_than_usual(edition: str, told: timedelta, expected: int) -> None:
    subscriber = replace(SUBSCRIBER, edition=edition)  # type: ignore[arg-type]
    digest = replace(EMPTY, subscriber=subscriber, edition=replace(EDITION, since=NOON - told))
    assert days(digest) == expected


@pytest.mark.parametrize(
    ("edition", "weekdays", "expected"),
    [
        ("daily", (0, 1, 2, 3, 4, 5, 6), 1),
        ("daily", (0, 3), 3),
        ("daily", (0,), 7),
        ("weekly", (0, 3), 7),
        ("weekly", (3, 5), 3),
    ],
)
def test_the_next_edition_is_named(edition: str, weekdays: tuple[int, ...], expected: int) -> None:
    subscriber = replace(SUBSCRIBER, edition=edition, weekdays=weekdays)  # type: ignore[arg-type]
    assert following(replace(EMPTY, subscriber=subscriber)) == date.fromordinal(DAY.toordinal() + expected)
