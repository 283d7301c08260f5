"""What a newcomer does at the desk after `make demo`: once with the mouse, once with the keyboard alone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.chromium import chromium
from tests.daemon import wait_for

# Seconds: an hour of the demo's news takes so many, and news of gallium comes about every one.
HOUR, STARTS, COMES, PATIENT = 8, 120, 120, 20
MOST_TABS = 150


class DemoDesk:
    """`monitor demo --stay` as a process of its own, with what it says kept in a file."""

    def __init__(self, folder: Path) -> None:
        self._out = folder / "demo.out"
        command = [
            "demo",
            "--out",
            str(folder / "demo"),
            "--stay",
            "--listen",
            "127.0.0.1:0",
            "--hour",
            f"{HOUR}",
        ]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "monitor", *command], cwd=folder, env=inherited,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._out.read_text("utf-8")

    def address(self) -> str:
        """Where the desk is; waits until it is open."""
        wait_for(lambda: "The desk: " in self.said, STARTS, lambda: self.said[-2000:])
        return self.said.partition("The desk: ")[2].split()[0]

    def stop(self) -> int:
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(15)
        finally:
            self._process.kill()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process = DemoDesk(tmp_path_factory.mktemp("newcomer"))
    try:
        yield process.address()
    finally:
        code = process.stop()
    assert code == 0, process.said[-2000:]


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENT * 1000)
        expect.set_options(timeout=PATIENT * 1000)
        yield page


class Mouse:
    """Somebody with a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, text: str) -> None:
        target.fill(text)


class Keys(Mouse):
    """Somebody with a keyboard and no mouse."""

    def press(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self._reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def _reach(self, target: Locator) -> None:
        """Tab until it has the focus."""
        target.wait_for()
        for _ in range(MOST_TABS):
            if target.evaluate("(one) => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{target} is not reached by the keyboard")


@pytest.mark.parametrize(("hand", "name"), [(Mouse, "gallium"), (Keys, "gallium-keys")])
def test_what_a_newcomer_does(desk: str, page: Page, hand: type[Mouse], name: str) -> None:
    by, title = hand(page), f"All of {name}"
    page.goto(desk)
    why_did_the_top_one_fire(page, by)
    write_a_watchlist(page, by, name, title)
    number = save(page, by)
    by.press(page.get_by_role("link", name="Today"))
    # The next one that matches comes by itself.
    expect(page.locator("article.story", has_text=title).first).to_be_visible(timeout=COMES * 1000)
    assert page.url == desk
    mute_a_source(page, by)
    take_back(page, by, number, title)


def why_did_the_top_one_fire(page: Page, by: Mouse) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    top = page.locator("article.story").first
    by.press(top.locator("summary"))
    told = re.compile(r"Score \d+ of 100; an alert takes \d+: .+ \+\d+")
    expect(top.locator("details")).to_contain_text(told)
    expect(top.locator("details")).to_be_visible()


def write_a_watchlist(page: Page, by: Mouse, name: str, title: str) -> None:
    """What it would have told is seen while it is written, before it is saved."""
    by.press(page.get_by_role("link", name="Watchlists"))
    by.press(page.get_by_role("link", name="New watchlist"))
    by.write(page.get_by_label("Name"), name)
    by.write(page.get_by_label("Title"), title)
    by.write(page.get_by_label("Words that must be there"), "gallium\n镓")
    by.press(page.get_by_role("button", name="Go on"))
    trial = page.get_by_role("complementary")
    expect(trial).to_contain_text("alerts a week")
    by.press(page.get_by_role("button", name="Take out something happened"))
    expect(trial).to_contain_text("0.0 alerts a week")
    by.write(page.get_by_label("Tell at once from this score on"), "40")
    expect(trial).to_contain_text(re.compile(r"[1-9]\d*\.\d alerts a week"))
    expect(trial).to_contain_text("DFC and Altyn Steppe Metals Sign $300 Million Loan Agreement")


def save(page: Page, by: Mouse) -> str:
    """Answers the number of the edit."""
    by.write(page.get_by_label("Why", exact=True), "we hold gallium")
    by.press(page.get_by_role("button", name="Save", exact=True))
    said = page.get_by_role("status").filter(has_text="Saved as edit")
    expect(said).to_contain_text("It is in force")
    found = re.search(r"edit (\d+)", said.inner_text())
    assert found
    return found[1]


def mute_a_source(page: Page, by: Mouse) -> None:
    """One that only disturbs; and hear it again."""
    by.press(page.get_by_role("link", name="Sources", exact=True))
    by.press(page.get_by_role("link", name="Harbor Times (demo)"))
    by.press(page.get_by_role("button", name="Mute", exact=True))
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"muted in the terminal until \d+ \w+ \d{4}"))
    by.press(page.get_by_role("button", name="Unmute"))
    expect(page.get_by_role("button", name="Unmute")).to_have_count(0)


def take_back(page: Page, by: Mouse, number: str, title: str) -> None:
    """There was no such file before: there is none after."""
    by.press(page.get_by_role("link", name="Watchlists"))
    by.press(page.get_by_role("link", name=title))
    by.press(page.get_by_role("link", name="History"))
    by.press(page.get_by_role("link", name=f"edit {number}"))
    by.press(page.get_by_role("button", name="Take it back"))
    expect(page.get_by_role("main")).to_contain_text(f"takes back edit {number}")
    by.press(page.get_by_role("link", name="Watchlists"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Watchlists")
    expect(page.get_by_role("link", name=title)).to_have_count(0)
