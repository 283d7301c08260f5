"""Which headlines are one story."""

from __future__ import annotations

import pytest

from monitor.stories import fingerprint

HEADLINE = "EXIM approves loan for rare earth plant"
CHINESE = "商务部公布稀土出口管制措施"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(HEADLINE, HEADLINE, id="the same"),
        pytest.param(HEADLINE, f"{HEADLINE} - Reuters", id="outlet after a hyphen"),
        pytest.param(HEADLINE, f"{HEADLINE} | Mining.com", id="outlet after a bar"),
        pytest.param(HEADLINE, f"{HEADLINE} – The Wall Street Journal", id="outlet after a dash"),
        pytest.param(f"{HEADLINE} - Reuters", f"{HEADLINE} - Yahoo Finance", id="two outlets"),
        pytest.param(HEADLINE, HEADLINE.upper(), id="case"),
        pytest.param(HEADLINE, HEADLINE.replace("rare earth", "rare-earth"), id="hyphen"),
        pytest.param(HEADLINE, f"“{HEADLINE}!”", id="punctuation"),
        pytest.param(HEADLINE, HEADLINE.replace(" ", "  "), id="white space"),
        pytest.param(CHINESE, f"{CHINESE} - 新华网", id="Chinese with its outlet"),
        pytest.param(CHINESE, "商務部公佈稀土出口管制措施", id="Traditional"),
        pytest.param("MP　２０２６ rare earth plan", "MP 2026 rare earth plan", id="full width"),
    ],
)
def test_copies_of_one_headline_are_one_story(one: str, other: str) -> None:
    assert fingerprint(one, 1) == fingerprint(other, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(HEADLINE, HEADLINE.replace("approves", "rejects"), id="another verb"),
        pytest.param(HEADLINE, f"{HEADLINE} in Texas", id="more words"),
        pytest.param(CHINESE, "商务部公布镓锗出口管制措施", id="another Chinese headline"),
        pytest.param("Market update - Reuters", "Market update - Reuters", id="too short"),
        pytest.param("稀土磁", "稀土磁", id="too short in Chinese"),
        pytest.param("", "", id="empty"),
        pytest.param("…—|", "…—|", id="no words"),
        pytest.param("Press release", "Press release", id="two words"),
        pytest.param(
            "MP Materials - Apple deal for magnets",
            "MP Materials - quarterly results call",
            id="dash in a headline",
        ),
    ],
)
def test_other_headlines_and_those_that_say_too_little_are_stories_of_their_own(one: str, other: str) -> None:
    assert fingerprint(one, 1) != fingerprint(other, 2)


def test_a_short_headline_of_one_item_is_always_the_same_story() -> None:
    assert fingerprint("Press release", 7) == fingerprint("Something else", 7)


def test_a_story_does_not_depend_on_the_item_where_the_headline_says_enough() -> None:
    assert len({fingerprint(HEADLINE, item) for item in range(10)}) == 1
