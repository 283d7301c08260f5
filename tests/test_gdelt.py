"""GDELT: one question at a time, errors that come as words, a past without pages."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Unreadable
from monitor.request import Span
from monitor.sources.gdelt import KEPT, MAX_ROWS
from tests.fakes import NOON
from tests.kinds import KindWorld, a_kind, ask, asked, only, page, problem, read

ONE = "kind: gdelt\nquery: '(\"rare earth\" OR gallium)'\nevery: 1h"
THREE = "kind: gdelt\nqueries: [gallium, germanium, '\"rare earth\"']\nevery: 1h"


def article(number: int = 1, **changes: str) -> dict[str, str]:
    made = {
        "url": f"https://news.example.com/{number}",
        "url_mobile": "",
        "title": f"Rare earth plant {number} wins a loan",
        "seendate": "20260302T113000Z",
        "socialimage": "",
        "domain": "news.example.com",
        "language": "English",
        "sourcecountry": "United States",
    }
    return made | changes


# ------------------------------------------------------------------ asking


def test_the_question_is_asked_as_it_is_written() -> None:
    found = asked(ask(a_kind(ONE)))
    assert found["query"] == '("rare earth" OR gallium)'
    assert (found["mode"], found["format"], found["sort"]) == ("artlist", "json", "datedesc")
    assert found["maxrecords"] == "250"


def test_it_looks_back_twice_as_far_as_it_is_asked_often() -> None:
    assert asked(ask(a_kind(ONE)))["timespan"] == "120min"


def test_several_questions_are_looked_back_for_all_turns_that_pass() -> None:
    assert asked(ask(a_kind(THREE)))["timespan"] == "360min"


def test_after_a_time_without_answers_it_looks_back_to_the_newest_known() -> None:
    assert asked(ask(a_kind(ONE), newest=NOON - timedelta(days=2)))["timespan"] == "2880min"
    assert asked(ask(a_kind(ONE), newest=NOON - timedelta(days=80)))["timespan"] == "10080min"


def test_a_span_that_is_written_down_holds() -> None:
    newest = NOON - timedelta(days=2)
    assert asked(ask(a_kind(f"{ONE}\ntimespan: 1d"), newest=newest))["timespan"] == "1440min"


def test_no_span_is_shorter_than_the_service_takes() -> None:
    assert asked(ask(a_kind(ONE.replace("1h", "5m"))))["timespan"] == "15min"


def test_questions_take_turns_by_the_clock() -> None:
    source = a_kind(THREE)
    turns = [asked(ask(source, NOON + timedelta(hours=n)))["query"] for n in range(6)]
    assert sorted(turns[:3]) == sorted(["gallium", "germanium", '"rare earth"'])
    assert turns[:3] == turns[3:]
    assert asked(ask(source, NOON + timedelta(minutes=59)))["query"] == turns[0]


def test_languages_and_countries_narrow_the_question() -> None:
    source = a_kind("kind: gdelt\nquery: gallium\nlanguages: [english, chinese]\ncountries: [Malaysia]")
    assert asked(ask(source))["query"] == (
        "gallium (sourcelang:english OR sourcelang:chinese) sourcecountry:malaysia"
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("kind: gdelt", "either 'query' or 'queries'"),
        ("kind: gdelt\nquery: gallium\nqueries: [germanium]", "either 'query' or 'queries'"),
        ("kind: gdelt\nquery: gallium OR germanium", "in brackets"),
        ("kind: gdelt\nquery: (gallium)", "joined by OR only"),
        ("kind: gdelt\nquery: ab", "query"),
        (f"kind: gdelt\nquery: {'x' * 251}", "query"),
        (f"kind: gdelt\nquery: {'x' * 250}\nlanguages: [english]", "250 characters"),
        ("kind: gdelt\nquery: gallium\nlanguages: ['en) OR (x']", "languages"),
    ],
)
def test_a_question_that_would_be_refused_is_told_when_it_is_written(entry: str, message: str) -> None:
    assert message in problem(entry)


def test_or_inside_a_phrase_is_a_word() -> None:
    assert not problem("kind: gdelt\nquery: '\"take it OR leave it\"'")


# ------------------------------------------------------------------ the past


def test_the_past_is_asked_by_stretches_each_question_in_each() -> None:
    source = a_kind(THREE)
    span = Span(NOON - timedelta(hours=10), NOON)
    parts = [page(source, span, number) for number in range(7)]
    assert parts[6] is None
    seen = [asked(part) for part in parts[:6]]
    assert [p["query"] for p in seen] == ["gallium", "germanium", '"rare earth"'] * 2
    assert (seen[0]["startdatetime"], seen[0]["enddatetime"]) == ("20260302020000", "20260302080000")
    assert (seen[3]["startdatetime"], seen[3]["enddatetime"]) == ("20260302080000", "20260302120000")
    assert "timespan" not in seen[0]


def test_no_further_back_than_three_months() -> None:
    part = page(a_kind(ONE), Span(NOON - timedelta(days=400), NOON), 0)
    assert asked(part)["startdatetime"] == f"{NOON - KEPT:%Y%m%d%H%M%S}"
    assert page(a_kind(ONE), Span(NOON - timedelta(days=400), NOON - timedelta(days=200)), 0) is None


@given(hours=st.integers(1, 24 * 60))
def test_the_stretches_cover_the_span_without_a_gap(hours: int) -> None:
    span = Span(NOON - timedelta(hours=hours), NOON)
    at, number = span.since, 0
    while part := page(a_kind(ONE), span, number):
        assert asked(part)["startdatetime"] == f"{at:%Y%m%d%H%M%S}"
        at = datetime.strptime(asked(part)["enddatetime"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        number += 1
    assert at == span.until


# ------------------------------------------------------------------ reading


def test_an_article_is_read() -> None:
    entry = only(read(a_kind(ONE), {"articles": [article()]}))
    assert entry.title == "Rare earth plant 1 wins a loan"
    assert entry.link == "https://news.example.com/1"
    assert entry.text == "news.example.com"
    assert entry.published == datetime(2026, 3, 2, 11, 30, tzinfo=UTC)


def test_an_article_seen_by_two_questions_is_one() -> None:
    first = only(read(a_kind(ONE), {"articles": [article()]}))
    again = only(read(a_kind(ONE), {"articles": [article(seendate="20260302T114500Z")]}))
    assert first.key == again.key


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Rare earths : China ' s curbs , in brief", "Rare earths: China ' s curbs, in brief"),
        ("U . S . and Malaysia sign", "U.S. and Malaysia sign"),
        ("A loan of $1.5 billion", "A loan of $1.5 billion"),
    ],
)
def test_spaces_before_marks_are_taken_out(title: str, expected: str) -> None:
    assert only(read(a_kind(ONE), {"articles": [article(title=title)]})).title == expected


def test_nothing_found_is_an_empty_object() -> None:
    assert read(a_kind(ONE), b"{}").entries == ()


def test_a_full_answer_says_that_there_may_be_more() -> None:
    reading = read(a_kind(ONE), {"articles": [article(n) for n in range(MAX_ROWS)]})
    assert len(reading.entries) == MAX_ROWS
    assert "there may be more" in reading.set_aside[0]


def test_a_control_character_in_a_title_spoils_nothing() -> None:
    body = b'{"articles": [{"url": "https://a.example/1", "title": "Rare\x01 earth\tloan", "seendate": ""}]}'
    assert only(read(a_kind(ONE), body)).title == "Rare earth loan"


@pytest.mark.parametrize(
    ("body", "message", "wait"),
    [
        (b"Please limit requests to one every 5 seconds or contact us", "one question in 5 seconds", True),
        (b"Your query was too short or too long.", "at least one longer word", False),
        (b"The specified phrase is too short.", "longer phrase", False),
        (b"Queries containing OR'd terms must be surrounded by ().", "in brackets", False),
        (b"<html><body>Busy</body></html>", "words came where JSON was expected", False),
        (b"", "empty", False),
        (b'{"articles": [{"url"', "cannot be read", False),
        (b'{"articles": "none"}', "without the list", False),
        (b"[" * 100_000, "cannot be read", False),
        (b"[]", "not an object", False),
    ],
)
def test_words_where_json_was_expected_are_told_with_the_remedy(
    body: bytes, message: str, wait: bool
) -> None:
    with pytest.raises(Unreadable, match=message) as caught:
        read(a_kind(ONE), body)
    assert bool(caught.value.retry_after) == wait
    assert caught.value.subject == "one"


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert len(read(a_kind(ONE), body).entries) <= MAX_ROWS


def test_a_poll_from_end_to_end(tmp_path: Path) -> None:
    with KindWorld(tmp_path, f"{ONE}\nurl: '{{base}}/api/v2/doc/doc'") as world:
        world.answers_json({"articles": [article(1)]})
        assert not world.poll().failed
        world.answers_json({"articles": [article(2), article(1)]})
        assert world.poll().new == 1
        assert [alert.title for alert in world.alerts] == ["Rare earth plant 2 wins a loan"]
        world.answer = (200, {}, b"Please limit requests to one every 5 seconds")
        assert "one question in 5 seconds" in world.refusal()
        assert len(world.titles) == 2
        world.answer = (429, {}, b"Please limit requests to one every 5 seconds")
        assert "429" in (said := world.refusal())
        assert "one question in 5 seconds" in said
