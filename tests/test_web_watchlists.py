"""The watchlists, listed and looked at: what each told, what was useful, what is wrong with its file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.feedback import Opinion
from monitor.web.watchlists import WatchlistRow, Watchlists
from tests.presses import Club
from tests.rules import MAGNETS
from tests.webapp import WebApp, said
from tests.webpages import NOON

ALRET = MAGNETS.replace("alert: 60", "alret: 60")


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Club]:
    made = Club(tmp_path)
    with made.storage:
        yield made


@pytest.fixture
def pages(club: Club) -> Iterator[WebApp]:
    """The pages of the same folder and database."""
    made = WebApp(club.path)
    yield made
    made.close()


def row(pages: WebApp, name: str = "magnets") -> WatchlistRow:
    with pages.house.reading() as storage:
        table = Watchlists(pages.house).tables()[0]
        found: WatchlistRow = next(one for one in table.rows(storage, {}) if one.name == name)
        return found


def test_a_row_counts_what_was_told_and_the_share_that_was_useful(club: Club, pages: WebApp) -> None:
    club.mark(club.tell(1), Opinion.USEFUL)
    club.mark(club.tell(2), Opinion.NOISE)
    club.tell(3)
    club.tell(4, created=NOON - timedelta(days=8))
    club.tell(5, created=NOON - timedelta(days=31))
    found = row(pages)
    assert (found.told_7, found.told_30) == (3, 4)
    assert (found.precision, found.marked) == (0.5, 2)
    shown = said(pages.get("/watchlists/"))
    assert "Rare earth magnets 3" in shown
    assert "50 % of 2" in shown


def test_where_nobody_marked_anything_no_share_is_claimed(pages: WebApp) -> None:
    assert row(pages).precision is None
    assert "none marked" in said(pages.get("/watchlists/"))


def test_a_row_says_who_edited_it_last_and_by_hand_counts(pages: WebApp) -> None:
    assert (row(pages).edited, row(pages).edited_by) == (None, "")
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 70"))
    assert (row(pages).edited, row(pages).edited_by) == (NOON, "bob")
    pages.by_hand("magnets", MAGNETS)
    assert row(pages).edited_by == "by hand"


def test_a_bad_file_comes_first_with_its_line_and_its_last_good_text_in_force(pages: WebApp) -> None:
    pages.by_hand("busy", MAGNETS.replace("watchlist: magnets", "watchlist: busy"))
    pages.by_hand("magnets", ALRET)
    pages.real.reload(pages.real.storage)
    shown = said(pages.get("/watchlists/"))
    assert "last good text in force magnets.yaml:16" in shown
    assert row(pages).in_force
    page = said(pages.get("/watchlists/magnets"))
    assert "did you mean 'alert'?" in page
    assert "16 alret: 60" in page
    assert "What is in force is its last good text." in page


def test_a_file_that_was_never_good_is_listed_and_can_be_edited(pages: WebApp) -> None:
    pages.by_hand("tin", ALRET)
    pages.real.reload(pages.real.storage)
    assert (row(pages, "tin").in_force, row(pages, "tin").alert) == (False, None)
    assert "not in force" in said(pages.get("/watchlists/"))
    assert pages.get("/watchlists/tin/edit").status_code == 200


def test_a_watchlist_whose_file_is_gone_says_so(pages: WebApp) -> None:
    (pages.folder / "magnets.yaml").unlink()
    assert "There is no file magnets.yaml any more" in said(pages.get("/watchlists/magnets"))
    pages.real.reload(pages.real.storage)
    assert pages.get("/watchlists/magnets").status_code == 404


def test_without_a_watchlist_the_page_says_what_to_do(pages: WebApp) -> None:
    (pages.folder / "magnets.yaml").unlink()
    pages.real.reload(pages.real.storage)
    assert "There is no watchlist yet, so nothing is told. Write the first one" in said(
        pages.get("/watchlists/")
    )
