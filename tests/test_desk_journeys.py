"""The desk of a real daemon in a browser: others change the same file, it is killed, it has no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import rules
from tests.chromium import chromium
from tests.daemon import Daemon
from tests.desk import Desk
from tests.rules import MAGNETS

FREE = "127.0.0.1:0"
EDIT = "watchlists/magnets/edit"


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    with chromium() as program, program.new_context() as context:
        context.set_default_timeout(15_000)
        yield context


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    with browser.new_page() as made:
        yield made


def open_desk(folder: Path, listen: str = FREE) -> Daemon:
    return Daemon(folder, MONITOR_WEB__LISTEN=listen)


def address(daemon: Daemon) -> str:
    daemon.wait_out("The desk: ")
    return daemon.out.partition("The desk: ")[2].split()[0]


def file(desk: Desk) -> Path:
    return desk.folder / "watchlists" / "magnets.yaml"


def enter(page: Page, field: str, text: str) -> None:
    page.locator(f"[name='{field}']").fill(text)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def expect_saved(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Saved as edit")).to_contain_text("It is in force")


def last_edits(desk: Desk) -> list[tuple[str, str]]:
    """Who and why, the newest first, as the command line has it."""
    return [(row["who"], row["why"]) for row in desk.json("watchlists", "history", "magnets")]


def test_two_who_edit_at_once_both_have_their_change_saved(
    desk: Desk, browser: BrowserContext, page: Page
) -> None:
    with open_desk(desk.folder) as daemon, browser.new_page() as other:
        for one in (page, other):
            one.goto(address(daemon) + EDIT)
        enter(other, "f.digest", "30")
        enter(other, "why", "theirs")
        save(other)
        expect_saved(other)
        enter(page, "f.alert", "70")
        enter(page, "why", "mine")
        save(page)
        expect(page.get_by_role("alert").first).to_contain_text("Nothing was overwritten")
        assert file(desk).read_text("utf-8") == MAGNETS.replace("digest: 40", "digest: 30")
        save(page)
        expect_saved(page)
    both = MAGNETS.replace("digest: 40", "digest: 30").replace("alert: 60", "alert: 70")
    assert file(desk).read_text("utf-8") == both
    assert [why for _, why in last_edits(desk)] == ["mine", "theirs"]


def test_a_bad_file_saved_by_hand_meanwhile_is_told_and_what_was_entered_mends_it(
    desk: Desk, page: Page
) -> None:
    with open_desk(desk.folder) as daemon:
        page.goto(address(daemon) + EDIT)
        file(desk).write_text("watchlist: [", "utf-8")
        daemon.wait_err("magnets.yaml")
        enter(page, "f.alert", "70")
        save(page)
        expect(page.get_by_role("alert").first).to_contain_text("magnets.yaml was changed by hand")
        assert file(desk).read_text("utf-8") == "watchlist: ["
        save(page)
        expect_saved(page)
    assert file(desk).read_text("utf-8") == MAGNETS.replace("alert: 60", "alert: 70")


def test_a_file_deleted_by_hand_meanwhile_is_told_and_made_anew(desk: Desk, page: Page) -> None:
    with open_desk(desk.folder) as daemon:
        page.goto(address(daemon) + EDIT)
        file(desk).unlink()
        enter(page, "f.alert", "70")
        save(page)
        expect(page.get_by_role("alert").first).to_contain_text("magnets.yaml was deleted")
        assert not file(desk).exists()
        save(page)
        expect_saved(page)
    assert file(desk).read_text("utf-8") == MAGNETS.replace("alert: 60", "alert: 70")


def test_a_daemon_that_is_killed_in_mid_edit_loses_nothing(desk: Desk, page: Page) -> None:
    with open_desk(desk.folder) as daemon:
        where = address(daemon)
        page.goto(where + EDIT)
        enter(page, "f.alert", "70")
        enter(page, "why", "before it was killed")
        daemon.kill()
    with open_desk(desk.folder, where.split("/")[2]) as daemon:
        assert address(daemon) == where
        save(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("That page is too old")
        assert file(desk).read_text("utf-8") == MAGNETS
        page.get_by_role("button", name="Go on").click()
        expect_saved(page)
    assert file(desk).read_text("utf-8") == MAGNETS.replace("alert: 60", "alert: 70")
    assert last_edits(desk)[0][1] == "before it was killed"


def test_who_presses_save_while_it_is_down_is_told_and_presses_again(desk: Desk, page: Page) -> None:
    with open_desk(desk.folder) as daemon:
        where = address(daemon)
        page.goto(where + EDIT)
        enter(page, "f.alert", "70")
        daemon.kill()
    save(page)
    expect(page.get_by_role("alert").first).to_contain_text("cannot be reached")
    expect(page.locator("[name='f.alert']")).to_have_value("70")
    with open_desk(desk.folder, where.split("/")[2]) as daemon:
        address(daemon)
        save(page)
        page.get_by_role("button", name="Go on").click()
        expect_saved(page)
    assert file(desk).read_text("utf-8") == MAGNETS.replace("alert: 60", "alert: 70")


def test_without_a_network_it_says_so_and_an_edit_is_in_force_all_the_same(
    tmp_path: Path, page: Page
) -> None:
    """No source's name can be looked up (RFC 2606)."""
    rules.write(tmp_path / "watchlists", {f"s{n}": f"https://s{n}.invalid/feed" for n in range(4)})
    with open_desk(tmp_path) as daemon:
        where = address(daemon)
        daemon.wait_err("No network", 60)
        page.goto(where)
        expect(page.locator("#pulse")).to_contain_text("No network: none of the sources could be reached.")
        page.goto(where + EDIT)
        enter(page, "f.alert", "71")
        save(page)
        expect_saved(page)
        page.goto(f"{where}watchlists/")
        expect(page.get_by_role("row", name="Rare earth magnets")).to_contain_text("71")
        assert "Traceback" not in daemon.err
