"""The first page in a real browser: what is new comes by itself, and the keys go through it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.web.serving import Serving
from tests.chromium import chromium
from tests.fakes import a_source
from tests.newsroom import polled, told
from tests.webpages import Pages

HOUR = timedelta(hours=1)
# Milliseconds: the page asks every four seconds, on a machine that may be busy.
SOON = 30_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    made = Pages(tmp_path / "monitor.db", sources=(a_source(1, name="EXIM newsroom"),))
    polled(made)
    for number in (1, 2, 3):
        told(made, number, ago=number * HOUR, title=f"Story {number}", lang="zh" if number == 3 else "en")
    return made


@pytest.fixture
def page(pages: Pages, browser: Browser) -> Iterator[Page]:
    with Serving(pages.house, "127.0.0.1", 0, lasts=300) as serving, browser.new_page() as found:
        found.goto(serving.address)
        yield found


def focused(page: Page) -> str:
    """The words of what has the focus."""
    return str(page.evaluate("document.activeElement.textContent"))


def comes_to(page: Page, words: str) -> None:
    """The focus does, before long."""
    for _ in range(100):
        if focused(page) == words:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the focus is on {focused(page)!r}")


def test_a_new_story_comes_by_itself_and_nothing_else_is_disturbed(pages: Pages, page: Page) -> None:
    page.locator("#s2 summary").click()
    page.locator("#s2 a.title").focus()
    page.evaluate("window.same = true")
    told(pages, 4, ago=timedelta(0), title="A fourth story")
    expect(page.locator("#live")).to_have_text("1 new", timeout=SOON)
    expect(page.locator("article").first).to_contain_text("A fourth story")
    assert page.locator("article.fresh").count() == 1
    assert page.locator("#s2 details").get_attribute("open") is not None
    assert focused(page) == "Story 2"
    assert page.evaluate("window.same") is True, "the page was loaded anew"


def test_a_story_that_goes_on_moves_up_and_keeps_the_focus(pages: Pages, page: Page) -> None:
    page.locator("#s3 a.title").focus()
    told(pages, 4, "s3", timedelta(0), title="Story 3 goes on", lang="zh")
    expect(page.locator("article").first).to_contain_text("Story 3 goes on", timeout=SOON)
    assert page.locator("article").count() == 3
    assert focused(page) == "Story 3 goes on"


def test_a_filter_holds_for_what_comes_too(pages: Pages, page: Page) -> None:
    page.goto(page.url + "?lang=zh")
    told(pages, 4, ago=timedelta(0), title="In English")
    told(pages, 5, ago=timedelta(0), title="In Chinese", lang="zh")
    expect(page.locator("article").first).to_contain_text("In Chinese", timeout=SOON)
    assert page.locator("article").count() == 2


def test_a_monitor_that_cannot_be_reached_is_said(pages: Pages, browser: Browser) -> None:
    with browser.new_page() as page:
        with Serving(pages.house, "127.0.0.1", 0) as serving:
            page.goto(serving.address)
        expect(page.locator("#live")).to_contain_text("Not connected since", timeout=SOON)
        assert page.locator("article").count() == 3


def test_the_keys_go_through_the_list_open_a_story_and_come_back(page: Page) -> None:
    expect(page.locator("article")).to_have_count(3)
    for key, title in (
        ("j", "Story 1"),
        ("j", "Story 2"),
        ("j", "Story 3"),
        ("j", "Story 3"),
        ("k", "Story 2"),
    ):
        page.keyboard.press(key)
        assert focused(page) == title
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text("Story 2")
    page.keyboard.press("u")
    expect(page.locator("h1")).to_have_text("Today")
    comes_to(page, "Story 2")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Story 2")


def test_one_comes_back_to_the_list_as_it_was_filtered(page: Page) -> None:
    page.goto(page.url + "?lang=en")
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text("Story 1")
    page.keyboard.press("u")
    expect(page.locator("h1")).to_have_text("Today")
    assert "?lang=en#s1" in page.url


def test_letters_are_letters_in_a_field_with_a_modifier_and_where_they_are_switched_off(page: Page) -> None:
    page.locator("#lang, #tier, select").first.focus()
    page.keyboard.press("j")
    assert page.locator("article :focus").count() == 0
    page.locator("h1").click()
    page.keyboard.press("Control+j")
    assert page.locator("article :focus").count() == 0
    page.locator("details.keys summary").click()
    page.locator("#keys-on").uncheck()
    page.locator("h1").click()
    page.keyboard.press("j")
    assert page.locator("article :focus").count() == 0
    page.reload()
    assert not page.locator("#keys-on").is_checked()


def test_a_question_mark_lists_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("next, previous in the list")


def test_without_script_there_is_a_link_to_look_again(pages: Pages, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    with Serving(pages.house, "127.0.0.1", 0, lasts=300) as serving, context:
        page = context.new_page()
        page.goto(serving.address)
        told(pages, 4, ago=timedelta(0), title="A fourth story")
        page.get_by_text("Look again").click()
        expect(page.locator("article").first).to_contain_text("A fourth story")
        page.locator("article summary").first.click()
        expect(page.locator("article").first).to_contain_text("an alert takes 60")
