"""The editor in a real browser: written, mended, saved and taken back; the second time by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
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


@pytest.mark.parametrize("page", [True], indirect=True, ids=["with script"])
def test_what_is_refused_is_told_to_everybody(page: Page, pages: WebApp) -> None:
    base = page.url
    for path, button in (("magnets/edit", "Save"), ("magnets/edit?view=yaml", "Save"), ("new", "Go on")):
        page.goto(base + path)
        entry = page.locator("textarea[name=text], input[name='f.alert'], input[name=name]").first
        entry.fill("alret: [")
        if path == "new":
            page.get_by_label("Title").fill("\u200b")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator("[role=alert], .mistake").first).to_be_visible()
        assert _violations(page) == []
    page.goto(base + "magnets/edit")
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 80"))
    page.locator("input[name='f.digest']").fill("30")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("was changed by bob")
    assert _violations(page) == []


def _violations(page: Page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(rules) => axe.run(rules)", {"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]})
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


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
