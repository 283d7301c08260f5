"""The phrases of a text: of which words, in which scripts, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import Matcher
from monitor.model import Content
from monitor.phrases import length, phrases, whole
from monitor.rule import Group, Phrase, Watchlist, Words


def test_a_phrase_has_one_to_four_words_and_begins_and_ends_with_a_telling_one() -> None:
    found = set(phrases("The Magnet School of Art opens"))
    assert found == {
        "magnet", "school", "art", "opens", "magnet school", "school of art", "art opens",
        "magnet school of art", "school of art opens",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "there", "absent"),
    [
        ("School, magnet", "magnet", "school, magnet"),
        ("a magnet. School", "school", "magnet. school"),
        ("2026 school 12", "school", "2026 school"),
        ("rare-earth school", "rare earth school", "rare-earth school"),
        ("China's schools", "china's schools", "s schools"),
        ("磁铁学校招生", "学校招生", "学"),
        ("磁铁的学校", "学校", "的学校"),
        ("磁鐵學校", "磁铁学校", "磁鐵學校"),
        ("Tesla电池", "tesla电池", "tesla 电池"),
        ("Школа магнитов", "школа магнитов", "Школа"),
        ("โรงเรียน", "โรง", "โ"),
        ("विद्यालय खुला", "विद्यालय खुला", "विद"),
    ],
)
def test_phrases_in_any_script(text: str, there: str, absent: str) -> None:
    found = set(phrases(text))
    assert there in found
    assert absent not in found


def test_what_lies_within_a_stretch_of_its_own_is_left_out_but_not_what_goes_beyond() -> None:
    found = set(phrases("Rare earth school", [(0, 10)]))
    assert found == {"school", "earth school", "rare earth school"}


@pytest.mark.parametrize(
    ("phrase", "words"), [("school", 1), ("magnet school", 2), ("学校", 1), ("磁铁学校", 2)]
)
def test_two_characters_count_as_a_word(phrase: str, words: int) -> None:
    assert length(phrase) == words


def test_a_piece_of_a_word_is_no_phrase_where_it_stands_in_that_word_alone() -> None:
    both, one = frozenset("ab"), frozenset("a")
    naming = {"乐队": both, "乐队演": one, "乐队演出": one, "school": both, "schools": both}
    assert whole(naming) == {"乐队": both, "乐队演出": one, "school": both, "schools": both}


@given(st.text(alphabet="ab 学校磁,.'-สิ\u0301éß", max_size=40))
def test_every_phrase_is_found_where_it_was_taken_from(text: str) -> None:
    for phrase in set(phrases(text)):
        condition = Words(frozenset({Phrase(phrase)}))
        watchlist = Watchlist("one", "One", (Group("it", condition, 1),))
        assert Matcher([watchlist]).find(Content(text)).present
