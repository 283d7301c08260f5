"""What is typed into a search box: what the index is asked, and where it stands in a text."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.searching import MOST_CHARACTERS, MOST_PHRASES, marked, phrases, query, snippet
from monitor.text import searchable


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("rare earth", '"rare" AND "earth"'),
        ('"rare earth" loan', '"rare earth" AND "loan"'),
        ("Rare-Earth", '"rare earth"'),
        ("稀土", '"稀 土"'),
        ("loan loan", '"loan"'),
        ('"', ""),
        ("*", ""),
        ("NEAR(", '"near"'),
        ("a OR b) --", '"a" AND "or" AND "b"'),
        ('x"y', '"x y"'),
        ("", ""),
    ],
)
def test_whatever_is_typed_is_words(typed: str, asked: str) -> None:
    assert query(phrases(typed)) == asked


def test_what_is_very_long_is_cut() -> None:
    assert len(phrases(" ".join(f"word{n}" for n in range(10_000)))) == MOST_PHRASES
    (phrase,) = phrases("x" * 10_000)
    assert len(phrase[0]) == MOST_CHARACTERS


@given(st.text(max_size=300))
def test_the_index_takes_whatever_is_typed(typed: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5 (a, content='', tokenize='unicode61')")
    asked = query(phrases(typed))
    if asked:
        db.execute("SELECT rowid FROM t WHERE t MATCH ?", [asked]).fetchall()
    db.close()


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("A rare-earth loan", "rare earth", "A [rare]-[earth] loan"),
        ("A rare-earth loan", '"rare earth"', "A [rare-earth] loan"),
        ("中国稀土出口管制", "稀土", "中国[稀土]出口管制"),
        ("中國稀土", "中国", "[中國]稀土"),
        ("Café Lynas", "cafe", "[Café] Lynas"),
        ("Ｌｙｎａｓ wins", "lynas", "[Ｌｙｎａｓ] wins"),
        ("pearls and ear", "ear", "pearls and [ear]"),
        ("magnets", "magnet", "magnets"),
        ("<b>loan</b>", "loan", "<b>[loan]</b>"),
        ("nothing", "loan", "nothing"),
        ("", "loan", ""),
    ],
)
def test_what_is_found_is_marked_where_it_stands(text: str, typed: str, shown: str) -> None:
    pieces = marked(text, phrases(typed))
    assert "".join(f"[{one.text}]" if one.found else one.text for one in pieces) == shown


@given(st.text(max_size=200), st.text(max_size=40))
def test_the_pieces_are_the_text(text: str, typed: str) -> None:
    assert "".join(one.text for one in marked(text, phrases(typed))) == text


@given(st.text(alphabet="ab é稀土-_ 1", max_size=40), st.text(alphabet="ab é稀土1", min_size=1, max_size=4))
def test_a_word_that_the_index_finds_is_marked(text: str, word: str) -> None:
    asked = phrases(word)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5 (a, content='', tokenize='unicode61')")
    db.execute("INSERT INTO t (rowid, a) VALUES (1, ?)", [searchable(text)])
    hit = bool(asked) and db.execute("SELECT 1 FROM t WHERE t MATCH ?", [query(asked)]).fetchone() is not None
    db.close()
    assert not hit or any(one.found for one in marked(text, asked))


def test_a_snippet_stands_around_the_first_place() -> None:
    text = "Weather. " * 60 + "The loan was approved. " + "Football. " * 60
    shown = snippet(text, phrases("loan"), 120)
    said = "".join(one.text for one in shown)
    assert [one.text for one in shown if one.found] == ["loan"]
    assert len(said) < 130
    assert said.startswith("…")
    assert said.endswith("…")
