"""The page of search: what is found, marked and escaped, and that no query is an error."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from monitor.model import Entry
from monitor.storage import Storage
from monitor.web.search import ROWS
from tests.fakes import a_source
from tests.webpages import NOON, Pages

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(
        tmp_path / "m.db",
        sources=(a_source(1, tier=1), a_source(2, tier=3, lang="zh"), a_source(3, name=HOSTILE)),
    )


def file(
    pages: Pages, title: str, text: str = "", source: str = "source-1", lang: str = "en", ago: int = 0
) -> None:
    """File an item that was published so many days ago."""
    when = NOON - timedelta(days=ago)
    with Storage(pages.path) as storage, storage.write():
        entry = Entry(f"{title}-{ago}", "", f"https://example.com/{quote(title)}", title, text, when)
        assert storage.items.add(source, entry, lang, NOON) is not None


def found(pages: Pages, asked: str) -> list[str]:
    """The titles of what is found, in their order."""
    page = pages.get(f"/search?{asked}").text
    titles = re.findall(r'<li><span class="title"[^>]*>(.*?)</span>', page)
    return [html.unescape(re.sub(r"<[^>]+>", "", title)) for title in titles]


def test_what_holds_all_words_is_found_the_newest_first(pages: Pages) -> None:
    file(pages, "Rare earth loan", ago=3)
    file(pages, "Rare weather", ago=1)
    file(pages, "An earth that is rare", ago=2)
    assert found(pages, "q=rare+earth") == ["An earth that is rare", "Rare earth loan"]


def test_the_best_first_if_that_is_asked_for(pages: Pages) -> None:
    file(pages, "A long report of many things", "that names gallium once " + "and others " * 50)
    file(pages, "Gallium gallium", "gallium", ago=9)
    assert found(pages, "q=gallium&sort=best") == ["Gallium gallium", "A long report of many things"]
    assert found(pages, "q=gallium") == ["A long report of many things", "Gallium gallium"]


def test_a_chinese_word_of_two_characters_is_found_and_marked(pages: Pages) -> None:
    file(pages, "中国稀土出口管制", "商务部公告", "source-2", "zh")
    page = pages.get("/search?q=" + quote("稀土")).text
    assert "中国<mark>稀土</mark>出口管制" in page
    assert 'lang="zh"' in page


def test_words_are_marked_in_the_text_and_all_else_is_escaped(pages: Pages) -> None:
    file(pages, f"{HOSTILE} loan", f"{HOSTILE} The loan {HOSTILE}", "source-3")
    page = pages.get("/search?q=loan").text
    assert "<script>alert" not in page
    assert page.count("<mark>loan</mark>") == 2


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("source=source-2", ["稀土 magnet"]),
        ("tier=1", ["A magnet", "An old magnet"]),
        ("tier=1&source=source-2", []),
        ("lang=zh", ["稀土 magnet"]),
        ("since=2026-02-25", ["A magnet", "稀土 magnet"]),
        ("source=nobody", []),
        ("tier=9", []),
        ("since=soon", ["A magnet", "稀土 magnet", "An old magnet"]),
        ("since=9999-12-31&page=x", []),
    ],
)
def test_it_can_be_narrowed(pages: Pages, asked: str, titles: list[str]) -> None:
    file(pages, "A magnet")
    file(pages, "稀土 magnet", "", "source-2", "zh", ago=1)
    file(pages, "An old magnet", ago=30)
    assert found(pages, f"q=magnet&{asked}") == titles


def test_filters_stay_in_the_form(pages: Pages) -> None:
    page = pages.get("/search?q=magnet&tier=3&since=2026-02-25&sort=best&source=source-2").text
    for said in ('value="magnet"', 'value="3" selected>trade press', 'value="2026-02-25"',
                 'value="best" selected', 'value="source-2" selected'):  # fmt: skip
        assert said in page


def test_a_day_that_is_none_is_told(pages: Pages) -> None:
    assert "the day is written like 2026-11-24" in pages.get("/search?q=x&since=31-12").text


def test_more_than_a_page_is_paged(pages: Pages) -> None:
    for number in range(ROWS + 3):
        file(pages, f"Magnet {number}", ago=number)
    first = pages.get("/search?q=magnet&lang=en").text
    assert 'href="?q=magnet&amp;lang=en&amp;page=2"' in first
    assert found(pages, "q=magnet&page=2") == [f"Magnet {ROWS + n}" for n in range(3)]
    assert 'rel="next"' not in pages.get("/search?q=magnet&page=2").text
    assert 'rel="prev"' in pages.get("/search?q=magnet&page=2").text


@pytest.mark.parametrize(
    "query",
    ['"', "*", "NEAR(", "a NEAR/2 b", "title:x", "^x", "-x", "'; DROP TABLE items; --", "{}", "\x00",
     "\ud800", "(" * 5000, "x" * 10_000, "x " * 5000, "稀" * 3000, HOSTILE, "%00%ff"],
)  # fmt: skip
def test_no_query_is_an_error(pages: Pages, query: str) -> None:
    file(pages, "Rare earth loan")
    answer = pages.get("/search?q=" + quote(query, errors="surrogatepass"))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_bytes_that_are_no_text_are_no_error(pages: Pages) -> None:
    assert pages.get("/search?q=%ff%fe&page=-1&tier=%00").status_code == 200


def test_what_is_cut_is_told(pages: Pages) -> None:
    assert "only its first 600 characters" in pages.get("/search?q=" + "x" * 1000).text


def test_without_words_it_says_how_to_ask(pages: Pages) -> None:
    assert "Every word has to be there" in pages.get("/search").text
    assert "There is no word in that" in pages.get("/search?q=*").text


def test_without_a_find_it_says_what_to_change(pages: Pages) -> None:
    page = pages.get("/search?q=nothing&lang=zh").text
    assert "Nothing holds all of these words" in page
    assert 'href="?q=nothing"' in page


def test_only_links_of_the_web_are_links(pages: Pages) -> None:
    with Storage(pages.path) as storage, storage.write():
        storage.items.add("source-1", Entry("k", "", "javascript:alert(1)", "A magnet", "", NOON), "en", NOON)
    page = pages.get("/search?q=magnet").text
    assert "javascript:" not in page
    assert "A <mark>magnet</mark>" in page
