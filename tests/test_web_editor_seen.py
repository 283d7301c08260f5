"""The editor in a real browser: written, mended, saved and taken back; the second time by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from monitor.web.serving import Serving
from tests.chromium import chromium
from tests.rules import MAGNETS
from tests.webapp import WebApp


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[WebApp]:
    made = WebApp(tmp_path / "monitor.db")
    yield made
    made.close()


@pytest.fixture(params=[True, False], ids=["with script", "without"])
def page(request: pytest.FixtureRequest, pages: WebApp) -> Iterator[Page]:
    """The list of watchlists, as it is served."""
    with Serving(pages.house, "127.0.0.1", 0) as serving, chromium() as browser:
        window = browser.new_context(java_script_enabled=request.param)
        seen = window.new_page()
        seen.goto(f"{serving.address}watchlists/")
        yield seen
        window.close()


def test_a_watchlist_is_written_mended_saved_and_taken_back(page: Page, pages: WebApp) -> None:
    page.get_by_role("link", name="New watchlist").click()
    page.get_by_label("Name").fill("gallium")
    page.get_by_label("Title").fill("Gallium")
    page.get_by_label("Words that must be there").fill("gallium\n镓")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="As YAML").click()
    area = page.get_by_label("gallium.yaml")
    text = area.input_value()
    area.fill(text.replace("alert:", "alret:"))
    page.get_by_label("Why", exact=True).fill("the new quota")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("did you mean 'alert'?")
    area.fill(text)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text(
        "Saved as edit 1: the new quota. It is in force."
    )
    assert pages.text("gallium") == text
    assert pages.alert("gallium") == 60
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status").first).to_contain_text("Deleted gallium.yaml as edit 2")
    assert pages.alert("gallium") is None


def test_a_watchlist_is_changed_and_taken_back_by_keyboard_alone(page: Page, pages: WebApp) -> None:
    _press(page, "link", "Rare earth magnets")
    _press(page, "link", "Edit")
    _to(page, "textbox", "Tell at once from this score on")
    page.keyboard.press("Control+A")
    page.keyboard.type("many")
    _press(page, "button", "Save")
    expect(page.get_by_role("alert").first).to_contain_text("Write a whole number from 0 to 100")
    _press(page, "link", "Write a whole number from 0 to 100")
    _to(page, "textbox", "Tell at once from this score on")
    page.keyboard.press("Control+A")
    page.keyboard.type("70")
    _press(page, "button", "Save")
    expect(page.get_by_role("status").first).to_contain_text("Saved as edit 1.")
    assert pages.text() == MAGNETS.replace("alert: 60", "alert: 70")
    _press(page, "button", "Take it back")
    expect(page.get_by_role("status").first).to_contain_text("Saved as edit 2")
    assert pages.text() == MAGNETS


def _to(page: Page, role: str, name: str) -> None:
    """Tab until that is in focus."""
    wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    expect(wanted).to_be_attached()
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.locator(":focus").count() and wanted.and_(page.locator(":focus")).count():
            return
    pytest.fail(f"Tab does not lead to {name}")


def _press(page: Page, role: str, name: str) -> None:
    _to(page, role, name)
    page.keyboard.press("Enter")
