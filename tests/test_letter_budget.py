"""Fault 66: however much there is, the HTML stays whole and within its budget, and the text has all."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest import Digest
from monitor.letter import BUDGET, MAX_TEXT, Letter, Links, weight, write
from tests.letters import RICH, WEB, a_section, a_story, huge
from tests.markup import Read

HUGE = huge()


@pytest.fixture(scope="module")
def letter() -> Letter:
    return write(HUGE, WEB)


def on_the_wire(html: str) -> int:
    """As a channel makes it: the second part of a mail."""
    message = EmailMessage()
    message.set_content("text")
    message.add_alternative(html, subtype="html")
    _, part = message.iter_parts()
    return len(str(part.get_payload()).encode().replace(b"\n", b"\r\n"))


def test_eight_hundred_stories_stay_under_the_budget_on_the_wire(letter: Letter) -> None:
    assert on_the_wire(letter.html) <= weight(letter.html) < BUDGET == 90_000
    assert weight(letter.html) > 0.9 * BUDGET  # its room is used


def test_the_html_is_whole_where_it_was_cut(letter: Letter) -> None:
    page = Read(letter.html)
    assert page.faults == []
    assert page.forbidden == []


def test_the_text_part_is_complete(letter: Letter) -> None:
    for story in HUGE.stories:
        assert f"* {story.title[:60]}" in letter.text
        assert f"{story.link}\n" in letter.text
        for name, link in story.outlets:
            assert f"+ {name} {link}\n" in letter.text
    for moved in HUGE.moved:
        assert f"{moved.link}\n" in letter.text
    for trend in HUGE.trends:
        assert f"* {trend.name}: " in letter.text
    for ill in HUGE.coverage.ill:
        assert f"* {ill.name}: " in letter.text


def test_a_text_that_no_mail_server_would_take_is_cut_at_a_line_and_says_so(letter: Letter) -> None:
    assert len(letter.text.encode()) <= MAX_TEXT
    assert "monitor stories" not in letter.text
    endless = write(replace(HUGE, sections=HUGE.sections * 8))
    assert len(endless.text.encode()) <= MAX_TEXT + 200
    *_, last, end = endless.text.splitlines()[-3:]
    assert end.startswith("This text ends here")
    assert last == ""


def shown(page: Read, prefix: str) -> int:
    return len({link for link in page.links if link.startswith(prefix)})


def test_what_was_left_out_is_counted_and_leads_to_the_archive(letter: Letter) -> None:
    page = Read(letter.html)
    left = len(HUGE.stories) - shown(page, "https://news.example/")
    assert f"and {left} more: the text part of this mail has them all" in page.text
    assert "https://monitor.example/digests/desk/2026-03-02" in page.links
    assert f"and {200 - shown(page, 'https://exim.example/')} more" in page.text


def test_without_the_web_desk_it_is_counted_all_the_same() -> None:
    page = Read(write(HUGE).html)
    left = len(HUGE.stories) - shown(page, "https://news.example/")
    assert f"and {left} more: the text part of this mail has them all" in page.text


def test_every_part_keeps_its_first_rows() -> None:
    """What is least important is cut first, but no part is cut away for more of another."""
    stories = tuple(a_story(n) for n in range(800))
    page = Read(write(replace(RICH, sections=(a_section(*stories),)), WEB).html)
    for words in ("What else moved", "Series", "Due in 14 days", "Coverage", "Precision", "Pipeline by step"):
        assert words in page.text
    assert "first disbursement" in page.text
    assert shown(page, "https://news.example/") > 40


def test_stories_are_cut_from_the_end_and_watchlists_take_turns() -> None:
    sections = tuple(
        a_section(*(a_story(100 * w + n) for n in range(200)), watchlist=f"w{w}", title=f"List {w}")
        for w in (1, 2)
    )
    page = Read(write(replace(RICH, moved=(), sections=sections)).html)
    numbers = [int(link.rsplit("/", 1)[1]) for link in page.links if link.startswith("https://news.example/")]
    first = [n for n in numbers if n < 200]
    second = [n for n in numbers if n >= 200]
    assert first == list(range(100, 100 + len(first)))
    assert second == list(range(200, 200 + len(second)))
    assert abs(len(first) - len(second)) <= 1


def test_a_day_that_fits_is_not_cut() -> None:
    assert "the text part" not in write(RICH, WEB).html


title = st.text("稀 土a<&\"'=\u00e9\U0001f9f2", max_size=60).map(lambda text: text * 20)


@given(st.lists(title, min_size=1, max_size=5), st.integers(0, 900), st.sampled_from([Links(), WEB]))
@settings(max_examples=12, deadline=None)
def test_no_titles_break_the_budget(titles: list[str], count: int, links: Links) -> None:
    stories = (a_story(n, title=titles[n % len(titles)]) for n in range(count))
    digest: Digest = replace(RICH, sections=(a_section(*stories),) if count else ())
    page = write(digest, links).html
    assert weight(page) < BUDGET
    assert Read(page).faults == []
