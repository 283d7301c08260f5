"""A draft tried beside its editor: with and without script, with mistakes, on hostile items, on none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.model import Entry
from monitor.recall import Recall
from monitor.storage import Storage
from monitor.web import trying
from monitor.web.trying import Tried, tried
from tests.fakes import NOON
from tests.webapp import WebApp

HOSTILE = '"><script>alert(1)</script> a magnet'
EDIT, TRY = "/watchlists/magnets/edit", "/watchlists/magnets/try"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[WebApp]:
    made = WebApp(tmp_path / "monitor.db")
    yield made
    made.close()


def file(app: WebApp, *titles: str, link: str = "https://e.example/") -> None:
    with app.storage() as storage, storage.write():
        for number, title in enumerate(titles, 1):
            entry = Entry(f"{title}{number}", f"a{title}{number}", f"{link}{number}", title, "", None)
            storage.items.add("one", entry, "en", NOON - timedelta(hours=number))


def fields(app: WebApp, old: str = "", new: str = "") -> dict[str, str]:
    """The YAML of the editor, with one thing changed."""
    made = {
        key: text for key, text in app.form(f"{EDIT}?view=yaml").items() if key in ("base", "view", "text")
    }
    assert old in made["text"]
    return made | {"text": made["text"].replace(old, new)}


def attempt(app: WebApp, old: str = "", new: str = "", **more: str) -> httpx.Response:
    return app.send(TRY, fields(app, old, new) | more)


def directly(app: WebApp, text: str, name: str = "magnets", about: str = "") -> Tried:
    with Storage(app.path) as storage:
        return tried(storage, app.house.in_force, name, text, NOON, "UTC", about=about)


# ------------------------------------------------------------------ what it says


def test_a_draft_says_what_it_gains_and_why(app: WebApp) -> None:
    file(app, "A magnet plant", "Gallium is dear")
    answer = attempt(app, "[rare earth, magnet, 稀土]", "[rare earth, magnet, gallium]")
    assert answer.status_code == 200
    assert "7.0 alerts a week now, 14.0 after: 1 more, 0 fewer in 1 day." in answer.text
    assert "Gallium is dear" in answer.text
    assert "must &#39;rare earths or magnets&#39; is met by “Gallium”" in answer.text
    assert "Tried on 2 items of 1 day" in answer.text


def test_nothing_is_saved(app: WebApp) -> None:
    before = app.text()
    attempt(app, "alert: 60", "alert: 90")
    assert app.text() == before


def test_the_same_rules_tell_the_same(app: WebApp) -> None:
    file(app, "A magnet plant")
    assert "7.0 alerts a week, now and after: the same ones, 1 in 1 day." in attempt(app).text


def test_the_histogram_says_what_other_thresholds_would_tell(app: WebApp) -> None:
    file(app, "A magnet plant", "A loan for a magnet plant")
    told = attempt(app, "alert: 60", "alert: 80").text
    assert "at 70: 1 alert; at 75: 1 alert; at 80: 1 alert; at 85: 1 alert" in told
    assert 'data-at="60" data-said="at 60: 2 alerts"' in told


def test_a_new_watchlist_says_what_it_would_have_told(app: WebApp) -> None:
    file(app, "A magnet plant")
    text = app.text().replace("watchlist: magnets", "watchlist: mine")
    answer = app.send("/watchlists/mine/try", {"base": "", "view": "yaml", "text": text})
    assert "7.0 alerts a week: 1 in 1 day." in answer.text


def test_an_empty_database_says_so(app: WebApp) -> None:
    answer = attempt(app)
    assert "No items are stored to try it on yet" in answer.text
    assert "<svg" not in answer.text


@pytest.mark.parametrize("link", ["javascript:alert(1)//", "data:text/html,"])
def test_what_items_say_is_shown_as_text(app: WebApp, link: str) -> None:
    file(app, HOSTILE, link=link)
    told = attempt(app, "magnet, ", "").text
    assert "&lt;script&gt;alert(1)" in told
    assert "<script" not in told
    assert f'href="{link}' not in told


def test_an_expired_draft_is_tried_and_told(app: WebApp) -> None:
    file(app, "A magnet plant")
    assert "It expired on 1 Jan 2020" in attempt(app, "alert: 60", "alert: 60\nexpires: 2020-01-01").text


# ------------------------------------------------------------------ what cannot be tried


def test_mistakes_are_told_at_their_line_and_the_last_result_stays(app: WebApp) -> None:
    file(app, "A magnet plant")
    told = attempt(app, "rare earth, ", '"@galium", ').text
    assert "Line 5: &#39;@galium&#39; is not a concept or entity" in told
    assert 'id="tried"' not in told


def test_without_script_mistakes_stand_beside_the_watchlist_as_it_is(app: WebApp) -> None:
    file(app, "A magnet plant")
    told = app.send(EDIT, fields(app, "rare earth, ", '"@galium", ') | {"do": "try"}).text
    assert "is not a concept or entity" in told
    assert "The watchlist as it is:" in told


@pytest.mark.parametrize("text", ["", "[", "watchlist: magnets\n", "a: &a [*a]", "\0", "must: 3"])
def test_whatever_the_text_it_is_answered(app: WebApp, text: str) -> None:
    answer = app.send(TRY, fields(app) | {"text": text})
    assert answer.status_code == 200
    assert "This cannot be tried as it is" in answer.text


@pytest.mark.parametrize("name", ["concepts", "sources"])
def test_what_is_no_watchlist_is_not_tried(app: WebApp, name: str) -> None:
    assert directly(app, "concepts: {}\n", name).on.startswith("What a name stands for is not tried here")


@pytest.mark.parametrize("name", ["..%2Fsecrets", "A%20B", "%22%3E"])
def test_a_name_that_no_file_has_is_no_page(app: WebApp, name: str) -> None:
    assert app.send(f"/watchlists/{name}/try", fields(app)).status_code == 404


def test_only_those_with_a_token_may_try(app: WebApp) -> None:
    assert app.send(TRY, fields(app) | {"token": "0" * 64}).status_code == 403
    assert app.get(TRY).status_code == 405


def test_where_others_try_one_is_told_after_a_while(app: WebApp) -> None:
    taken = threading.BoundedSemaphore(1)
    taken.acquire()
    with Storage(app.path) as storage:
        found = tried(
            storage, app.house.in_force, "magnets", app.text(), NOON, "UTC", turn=trying.Turn(taken, 0.01)
        )
    assert found.busy
    assert found.comparison is None


# ------------------------------------------------------------------ remembering


DRAFTS = ("alert: 70", "alert: 90", "alert: 60", "alert: 70")


def test_what_is_remembered_changes_no_result(app: WebApp) -> None:
    file(app, "A magnet plant", "A loan for a magnet plant", "A billion for rare earths")
    text = app.text()
    for alert in DRAFTS:
        warm = directly(app, text.replace("alert: 60", alert))
        with Storage(app.path) as storage:
            cold = tried(
                storage, app.house.in_force, "magnets", text.replace("alert: 60", alert), NOON, "UTC",
                recall=Recall(),
            )  # fmt: skip
        assert warm == cold


def test_many_may_try_at_once(app: WebApp) -> None:
    file(app, *(f"A magnet plant of the number {number}" for number in range(50)))
    text, found = app.text(), []
    threads = [
        threading.Thread(
            target=lambda n=n: found.append(directly(app, text.replace("weight: 20", f"weight: {n}")))
        )
        for n in range(10, 16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.said for one in found}) == 1
    assert len(found) == 6


# ------------------------------------------------------------------ why not


def test_the_draft_is_asked_about_a_stored_item(app: WebApp) -> None:
    file(app, "Gallium is dear")
    told = directly(app, app.text().replace("rare earth, ", "gallium, "), about="1").told
    assert told is not None
    assert told.item is not None
    assert told.item.title == "Gallium is dear"
    assert told.reasons[0].groups[0].state == "met"
    assert (told.reasons[0].score, told.reasons[0].outcome) == (68, "alert")


def test_a_link_that_is_not_stored_says_what_to_do(app: WebApp) -> None:
    told = attempt(app, about="https://e.example/nowhere").text
    assert "No such item is stored. Paste its title and text instead" in told


def test_a_pasted_text_is_asked_about(app: WebApp) -> None:
    told = attempt(app, about=HOSTILE).text
    assert "of 100 · Rare earth magnets" in told
    assert "<script" not in told


# ------------------------------------------------------------------ without script


def test_without_script_the_back_test_stands_beside_the_editor(app: WebApp) -> None:
    file(app, "A magnet plant", "Gallium is dear")
    changed = fields(app, "[rare earth, magnet, 稀土]", "[rare earth, magnet, gallium]")
    told = app.send(EDIT, changed | {"do": "try", "about": "2"}).text
    assert "1 more, 0 fewer" in told
    assert "By this draft:" in told
    assert 'name="about" rows="2" maxlength="20000">2</textarea>' in told


def test_before_anything_is_tried_the_panel_says_how(app: WebApp) -> None:
    assert "the draft is tried on the items of the last 30 days" in app.get(EDIT).text
