"""Why, or why not: of a stored item, of a link, of a pasted text; and the names for terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from monitor.model import Entry
from monitor.storage.moments import stamp
from tests.fakes import NOON
from tests.webapp import WebApp, said
from tests.webpages import Pages

HOSTILE = '"><script>alert(1)</script> a magnet'
LINK = "https://e.example/magnet"
GALLIUM = "concepts:\n  gallium:\n    terms: {en: [gallium, gallane], zh: [镓]}\n"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[WebApp]:
    other = (
        "watchlist: gallium\ntitle: Gallium quotas\nmust:\n"
        '  - {name: gallium, any: ["@gallium"], weight: 60}\n  - {name: a quota, any: [quota], weight: 20}\n'
    )
    made = WebApp(tmp_path / "monitor.db", more={"concepts": GALLIUM, "gallium": other})
    with made.storage() as storage, storage.write():
        for number, title in enumerate(("A magnet plant", "A loan", HOSTILE), 1):
            entry = Entry(f"k{number}", f"a{number}", LINK + "x" * (number - 1), title, "", None)
            storage.items.add("one", entry, "en", NOON)
    yield made
    made.close()


def ask(app: WebApp, **asked: str) -> str:
    answer = app.get(f"/why?{urlencode(asked)}")
    assert answer.status_code == 200
    return said(answer)


@pytest.mark.parametrize("asked", [{"item": "1"}, {"text": "1"}, {"text": LINK}, {"item": LINK, "text": " "}])
def test_a_stored_item_is_found_by_number_and_by_link(app: WebApp, asked: dict[str, str]) -> None:
    told = ask(app, **asked)
    assert "A magnet plant Item 1 · 2 Mar 2026 12:00 UTC" in told
    assert "rare earths or magnets “magnet” in the title met +60" in told


def test_what_lacks_and_the_smallest_change_are_told(app: WebApp) -> None:
    told = ask(app, item="2", watchlist="magnets")
    assert "0 of 100 · Rare earth magnets silent: a must group is missing" in told
    assert "With 'rare earths or magnets' in the title it would score 88." in told
    assert "none of magnet, rare earth, 稀土" in told


def test_the_watchlist_that_scores_it_highest_comes_first(app: WebApp) -> None:
    told = ask(app, text="Quota for gallium")
    assert told.index("of 100 · Gallium quotas") < told.index("of 100 · Rare earth magnets")


def test_one_watchlist_may_be_chosen(app: WebApp) -> None:
    assert "of 100 · Gallium quotas" not in ask(app, item="1", watchlist="magnets")


def test_the_first_line_of_a_pasted_text_is_its_title(app: WebApp) -> None:
    told = ask(app, text="Quota news\nIt is about gallium.")
    assert "“Quota” in the title" in told
    assert "“gallium” in the summary" in told


@pytest.mark.parametrize("wanted", ["https://e.example/nowhere", "999", "9" * 400])
def test_what_is_not_stored_says_that_its_text_can_be_pasted(app: WebApp, wanted: str) -> None:
    assert "No such item is stored. Paste its title and text instead" in ask(app, text=wanted)


@pytest.mark.parametrize("asked", [{"text": HOSTILE}, {"item": "3"}, {"text": "x", "watchlist": HOSTILE}])
def test_hostile_words_are_shown_as_text(app: WebApp, asked: dict[str, str]) -> None:
    assert "<script>alert" not in app.get(f"/why?{urlencode(asked)}").text


def test_without_a_question_it_says_what_can_be_asked(app: WebApp) -> None:
    assert "A link, an item's number, or a text with its title in the first line" in ask(app)


def test_without_a_watchlist_it_says_to_write_one(tmp_path: Path) -> None:
    assert "There is no watchlist to ask. Write one." in said(
        Pages(tmp_path / "monitor.db").get("/why?text=x")
    )


# ------------------------------------------------------------------ names for terms


def test_names_are_found_by_words_of_any_language(app: WebApp) -> None:
    assert "@gallium gallium: 镓, gallane, 3 words in 2 languages" in said(app.get(f"/terms?q={quote('镓')}"))


def test_the_list_alone_is_for_the_script(app: WebApp) -> None:
    part = app.get("/terms?part=1&q=gal").text
    assert part.startswith('<li role="option" data-term="@gallium"')
    assert "<html" not in part


def test_a_word_that_no_name_has_says_what_to_do(app: WebApp) -> None:
    assert "Write the word itself as a term" in said(app.get(f"/terms?q={quote(HOSTILE)}"))


def test_without_names_it_says_where_they_stand(tmp_path: Path) -> None:
    assert "they stand in concepts.yaml and entities.yaml" in said(
        Pages(tmp_path / "monitor.db").get("/terms")
    )


def test_what_scores_enough_and_was_not_told_is_no_good_news(app: WebApp) -> None:
    with app.storage() as storage, storage.write():
        storage.db.execute(
            "INSERT INTO signals (item, watchlist, revision, score, stage, story, baseline, decided, silence)"
            " VALUES (1, 'magnets', '', 60, '', '', 1, ?, 'was there before')",
            [stamp(NOON)],
        )
    page = app.get("/why?item=1&watchlist=magnets").text
    assert '<span class="chip warn">no alert: it was there before</span>' in page
    assert '<span class="chip good">alert</span>' in app.get("/why?text=A+magnet&watchlist=magnets").text


def test_an_item_that_was_asked_about_stays_and_another_can_be_asked_about(app: WebApp) -> None:
    page = app.get("/why?item=1&watchlist=magnets").text
    assert '<input type="hidden" name="item" value="1">' in page
    assert re.search(r"<textarea[^>]*></textarea>", page)
    assert "About item 1; or another one: a link" in page
    assert "A loan" in ask(app, item="1", text="2")
