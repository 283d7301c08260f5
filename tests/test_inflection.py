"""The simple forms of English words, regular and irregular, and of phrases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.inflection import forms, spelt_out
from tests.language import met


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("lift", "lift lifts lifted lifting", id="regular"),
        pytest.param("approve", "approve approves approved approving", id="e"),
        pytest.param("agree", "agree agrees agreed agreeing", id="ee"),
        pytest.param("supply", "supply supplies supplied supplying", id="y after a consonant"),
        pytest.param("delay", "delay delays delayed delaying", id="y after a vowel"),
        pytest.param("process", "process processes processed processing", id="s"),
        pytest.param("launch", "launch launches launched launching", id="ch"),
        pytest.param("tax", "tax taxes taxed taxing", id="x"),
        pytest.param("plan", "plan plans planned planning", id="one syllable doubles"),
        pytest.param("permit", "permit permits permitted permitting", id="end stress doubles"),
        pytest.param(
            "cancel", "cancel cancels cancelled canceled cancelling canceling", id="l, both spellings"
        ),
        pytest.param("open", "open opens opened opening", id="first stress does not"),
        pytest.param("halt", "halt halts halted halting", id="two consonants do not"),
        pytest.param("mean", "mean means meaned meaning", id="two vowels do not"),
        pytest.param("begin", "begin begins began begun", id="irregular"),
        pytest.param("build", "build builds built building", id="irregular past"),
        pytest.param("withdraw", "withdraw withdraws withdrew withdrawn withdrawing", id="irregular, three"),
        pytest.param("go", "go goes went gone going", id="es after o"),
        pytest.param("embargo", "embargo embargoes embargoed embargoing", id="a noun in o"),
        pytest.param("lie", "lie lies lied lying", id="ie"),
        pytest.param("have", "have has had having", id="has"),
    ],
)
def test_a_word_has_its_simple_forms(word: str, expected: str) -> None:
    assert set(expected.split()) <= set(forms(word))


def test_the_word_itself_comes_first_and_nothing_twice() -> None:
    assert forms("Cut")[0] == "cut"
    assert len(forms("cut")) == len(set(forms("cut")))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("approves plan", True),
        ("approved plans", True),
        ("approving planning", True),
        ("approval plan", False),
        ("disapproves plan", False),
    ],
)
def test_each_marked_word_of_a_phrase_takes_its_forms(text: str, holds: bool) -> None:
    assert (met("{any: [approve~ plan~]}", f"It {text}") is not None) is holds


def test_a_word_without_a_mark_stays_as_it_is() -> None:
    assert spelt_out("rare earth") == ("rare earth",)
    assert {text.split()[0] for text in spelt_out("rare mine~")} == {"rare"}
    assert spelt_out("~ x") == ("~ x",)


@given(st.from_regex("[a-z]{1,12}", fullmatch=True))
def test_forms_are_words_near_the_word(word: str) -> None:
    made = forms(word)
    assert made[0] == word
    assert all(form.isalpha() for form in made)
    assert len(made) <= 12
