"""The panel beside the editor in a real browser: tried while somebody writes, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from monitor.model import Entry
from monitor.web.serving import Serving
from tests.chromium import chromium
from tests.fakes import NOON
from tests.webapp import WebApp

GALLIUM = "concepts:\n  gallium:\n    terms: {en: [gallium], zh: [镓]}\n"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The editor of a watchlist, served over three items."""
    app = WebApp(tmp_path_factory.mktemp("desk") / "monitor.db", more={"concepts": GALLIUM})
    with app.storage() as storage, storage.write():
        for number, title in enumerate(("A magnet plant", "Gallium is dear", "A loan for a magnet plant")):
            entry = Entry(f"k{number}", f"a{number}", f"https://e.example/{number}", title, "", None)
            storage.items.add("one", entry, "en", NOON)
    with Serving(app.house, "127.0.0.1", 0) as serving, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{serving.address}watchlists/magnets/edit")
        yield page
    app.close()


def test_a_draft_is_tried_while_it_is_written_and_a_mistake_leaves_the_last_result(editor: Page) -> None:
    said = editor.locator("#tried .said")
    expect(said).to_have_text("14.0 alerts a week, now and after: the same ones, 2 in 1 day.")
    terms = editor.locator("textarea[name='f.must.0.any']")
    terms.focus()
    editor.keyboard.press("Control+End")
    editor.keyboard.type("\n镓")
    expect(editor.get_by_role("option")).to_have_count(1)
    editor.keyboard.press("ArrowDown")
    assert terms.get_attribute("aria-activedescendant") == editor.get_by_role("option").get_attribute("id")
    editor.keyboard.press("Enter")
    expect(terms).to_have_value("rare earth\nmagnet\n稀土\n@gallium")
    expect(said).to_have_text("14.0 alerts a week now, 21.0 after: 1 more, 0 fewer in 1 day.")
    editor.keyboard.type("x")
    expect(editor.locator("#mistaken")).to_contain_text("'@galliumx' is not a concept or entity")
    expect(said).to_have_text("14.0 alerts a week now, 21.0 after: 1 more, 0 fewer in 1 day.")
    editor.keyboard.press("Backspace")
    expect(editor.locator("#mistaken [role=alert]")).to_have_count(0)


def test_the_slider_stands_by_its_number_below_the_scores_and_moves_the_threshold(editor: Page) -> None:
    slider = editor.locator("#slide-alert")
    expect(editor.locator("[data-scores] svg")).to_be_visible()
    slider.focus()
    for _ in range(10):
        editor.keyboard.press("ArrowRight")
    expect(editor.locator("[name='f.alert']")).to_have_value("70")
    expect(editor.locator("output[for=slide-alert]")).to_have_text("at 70: 1 alert")
    expect(editor.locator("#tried .said")).to_contain_text("7.0 after")


def test_save_is_in_sight_wherever_one_is_in_the_form(editor: Page) -> None:
    editor.set_viewport_size({"width": 1000, "height": 400})
    for name in ("f.title", "f.must.0.any", "f.digest"):
        editor.locator(f"[name='{name}']").focus()
        expect(editor.get_by_role("button", name="Save")).to_be_in_viewport(ratio=1)
