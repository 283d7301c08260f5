"""Two at one watchlist, a file changed or gone meanwhile, a restart in mid-edit: all are told, none lose."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules import MAGNETS
from tests.webapp import WebApp, entered, said

EDIT = "/watchlists/magnets/edit"
THEIRS = MAGNETS.replace("alert: 60", "alert: 80").replace("贷款]", "贷款, grant]")


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[WebApp]:
    made = WebApp(tmp_path / "monitor.db")
    yield made
    made.close()


def test_the_second_of_two_tabs_is_told_and_has_both_changes_in_the_form(pages: WebApp) -> None:
    first, second = pages.form(EDIT), pages.form(EDIT)
    mine = {"f.digest": "30", "f.any.0.any": "loan\nbillion\n贷款\nequity", "why": "mine", "do": "save"}
    pages.send(
        EDIT,
        first | {"f.alert": "80", "f.any.0.any": "loan\nbillion\n贷款\ngrant", "why": "theirs", "do": "save"},
    )
    answer = pages.send(EDIT, second | mine)
    assert answer.status_code == 409
    assert "magnets.yaml was changed by ann on the web page, 2 Mar 2026 12:00 UTC (theirs)" in said(answer)
    assert "<ins>alert: 80</ins>" in answer.text
    assert pages.text() == THEIRS
    shown = entered(answer)
    assert (shown["f.alert"], shown["f.digest"], shown["why"]) == ("80", "30", "mine")
    assert shown["f.any.0.any"] == "loan\nbillion\n贷款\ngrant\nequity"
    assert pages.send(EDIT, shown | {"do": "save"}).status_code == 303
    assert pages.text() == THEIRS.replace("digest: 40", "digest: 30").replace("grant]", "grant, equity]")


def test_the_second_of_two_tabs_is_told_and_has_their_own_text_in_yaml(pages: WebApp) -> None:
    first, second = pages.form(EDIT), pages.form(f"{EDIT}?view=yaml")
    mine = MAGNETS.replace("digest: 40", "digest: 30")
    pages.send(EDIT, first | {"f.alert": "80", "do": "save"})
    answer = pages.send(EDIT, second | {"text": mine, "do": "save"})
    assert answer.status_code == 409
    assert "<ins>alert: 80</ins>" in answer.text
    shown = entered(answer)
    assert shown["text"] == mine
    assert pages.text() == MAGNETS.replace("alert: 60", "alert: 80")
    assert pages.send(EDIT, shown | {"do": "save"}).status_code == 303  # after they have seen it
    assert pages.text() == mine


def test_groups_that_each_added_and_took_out_meet(pages: WebApp) -> None:
    base = MAGNETS.replace("stages:", "less:\n  - name: old\n    any: [old]\n    weight: 5\nstages:")
    pages.by_hand("magnets", base)
    mine = pages.form(EDIT) | {"add.not.name": "games", "add.not.terms": "game"}
    mine = entered(pages.send(EDIT, mine | {"drop": "less.0"}))
    theirs = base.replace("any:\n  - name: money", "any:\n  - name: first\n    any: [first]\n  - name: money")
    pages.save("magnets", theirs)
    answer = pages.send(EDIT, mine | {"do": "save"})
    assert answer.status_code == 409
    shown = entered(answer)
    assert [shown.get(key) for key in ("f.any.0.any", "f.not.0.any", "f.less.0.any")] == [
        "first",
        "game",
        None,
    ]


def test_a_group_that_they_changed_and_i_took_out_is_kept_and_told(pages: WebApp) -> None:
    mine = entered(pages.send(EDIT, pages.form(EDIT) | {"drop": "any.0"}))
    pages.save("magnets", THEIRS)
    answer = pages.send(EDIT, mine | {"do": "save"})
    assert "money: you took it out, they changed it" in said(answer)
    assert "grant" in entered(answer)["f.any.0.any"]


def test_who_only_tries_hears_of_the_other_too(pages: WebApp) -> None:
    mine = pages.form(EDIT) | {"f.digest": "30", "do": "try"}
    pages.save("magnets", THEIRS)
    answer = pages.send(EDIT, mine)
    assert "changed by somebody else after you began" in said(answer)
    assert entered(answer)["f.digest"] == "30"


def test_a_file_that_was_never_edited_here_and_is_changed_by_hand_meanwhile_is_not_overwritten(
    pages: WebApp,
) -> None:
    mine = pages.form(EDIT) | {"f.digest": "30", "do": "save"}
    pages.by_hand("magnets", THEIRS)
    answer = pages.send(EDIT, mine)
    assert answer.status_code == 409
    assert "by hand" in said(answer)
    assert "<ins>alert: 80</ins>" in answer.text
    assert (entered(answer)["f.alert"], entered(answer)["f.digest"]) == ("80", "30")
    assert pages.text() == THEIRS


def test_where_nobody_knows_what_it_said_their_number_stands_and_mine_is_told(pages: WebApp) -> None:
    mine = pages.form(EDIT) | {"add.not.name": "games", "add.not.terms": "game", "f.alert": "70"}
    mine = entered(pages.send(EDIT, mine | {"do": "try"}))
    pages.by_hand("magnets", THEIRS)
    pages.real.reload(pages.real.storage)
    shown = pages.send(EDIT, mine | {"do": "save"})
    assert "Tell at once from this score on: 70" in said(shown)
    assert (entered(shown)["f.alert"], entered(shown)["f.not.0.any"]) == ("80", "game")


def test_a_bad_file_saved_by_hand_meanwhile_is_told_and_mine_mends_it(pages: WebApp) -> None:
    mine = pages.form(EDIT) | {"f.digest": "30", "do": "save"}
    pages.by_hand("magnets", "watchlist: [")
    pages.real.reload(pages.real.storage)
    assert pages.alert() == 60  # its last good text
    assert "last good text" in said(pages.get("/watchlists/"))
    assert "magnets.yaml:1" in said(pages.get("/watchlists/magnets"))
    answer = pages.send(EDIT, mine)
    assert answer.status_code == 409
    assert pages.text() == "watchlist: ["
    assert "digest: 30" in entered(answer)["text"]
    assert pages.send(EDIT, entered(answer) | {"do": "save"}).status_code == 303
    assert "digest: 30" in pages.text()


def test_a_file_deleted_by_hand_meanwhile_is_told_and_can_be_made_anew(pages: WebApp) -> None:
    mine = pages.form(EDIT) | {"f.digest": "30", "do": "save"}
    (pages.folder / "magnets.yaml").unlink()
    answer = pages.send(EDIT, mine)
    assert answer.status_code == 409
    assert "magnets.yaml was deleted" in said(answer)
    assert not (pages.folder / "magnets.yaml").exists()
    assert pages.send(EDIT, entered(answer) | {"do": "save"}).status_code == 303
    assert pages.text() == MAGNETS.replace("digest: 40", "digest: 30")


def test_what_was_entered_before_a_restart_is_saved_after_it(pages: WebApp) -> None:
    mine = pages.form(EDIT) | {"f.digest": "30", "why": "before the restart", "do": "save"}
    token = re.search(r'name="token" value="(\w+)"', pages.get(EDIT).text)
    assert token
    pages.restart()
    answer = pages.send(EDIT, mine | {"token": token[1]})
    assert answer.status_code == 403
    assert pages.text() == MAGNETS
    inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', answer.text)
    again = {name: html.unescape(value) for name, value in inputs}
    where = re.search(r'<form[^>]*action="([^"]*)"', answer.text)
    assert where, answer.text
    path = "/" + html.unescape(where[1]).replace("../", "").removeprefix("./")
    assert pages.post(path, again).status_code == 303
    assert pages.text() == MAGNETS.replace("digest: 40", "digest: 30")
    assert pages.edits()[0].why == "before the restart"


def test_a_busy_database_loses_nothing_that_was_entered(pages: WebApp) -> None:
    pages.close()
    pages.patience = 0.05
    pages.start()
    mine = pages.form(EDIT) | {"f.digest": "30", "do": "save"}
    holder = sqlite3.connect(pages.path)
    holder.execute("BEGIN IMMEDIATE")
    answer = pages.send(EDIT, mine)
    holder.close()
    assert answer.status_code == 503
    assert "The database is busy. Nothing was saved" in said(answer)
    assert entered(answer)["f.digest"] == "30"
    assert pages.text() == MAGNETS
    assert pages.send(EDIT, entered(answer) | {"do": "save"}).status_code == 303


def test_where_the_whole_folder_is_gone_nothing_that_was_entered_is_lost(pages: WebApp) -> None:
    mine = pages.form(EDIT) | {"f.digest": "30", "do": "save"}
    gone = pages.folder.rename(pages.folder.with_name("elsewhere"))
    answer = pages.send(EDIT, mine)
    assert answer.status_code == 409
    assert "there is no such folder" in said(answer)
    assert entered(answer)["f.digest"] == "30"
    gone.rename(pages.folder)
    assert pages.send(EDIT, entered(answer) | {"do": "save"}).status_code == 303
    assert pages.text() == MAGNETS.replace("digest: 40", "digest: 30")
