"""Pieces of Block Kit hold their limits and stay what they are, whatever comes in."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import blockkit as kit
from monitor.message import Composed
from monitor.talk import Block
from tests import blocks
from tests.fakes import NOON
from tests.strange import HOSTILE, LINKS

anything = st.text(max_size=400) | st.sampled_from(list(HOSTILE.values()))
limits = st.integers(1, 300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R&D <b>", "R&amp;D &lt;b&gt;"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
        ("a \"b\" 'c' | d", "a \"b\" 'c' | d"),
        ("", ""),
    ],
)
def test_escaping_is_what_slack_asks_for_and_no_more(text: str, expected: str) -> None:
    assert kit.escape(text) == expected
    assert html.unescape(expected) == text


@given(anything, limits)
def test_a_label_is_within_its_limit_after_escaping(text: str, limit: int) -> None:
    made = kit.label(text, limit)
    assert blocks.size(made) <= limit
    assert not set("<>|\n\r\u2028") & set(made)
    assert "&" not in re.sub(r"&(amp|lt|gt);", "", made), "no entity is cut in half"


@given(anything, limits)
def test_words_are_within_their_limit_and_never_nothing(text: str, limit: int) -> None:
    made = kit.words(text, limit)
    assert 0 < blocks.size(made) <= limit


def test_a_label_uses_the_room_it_has() -> None:
    """Escaping is counted as it comes, not as it might come: five characters for each of these."""
    assert kit.label("&" * 3000, 100) == "&amp;" * 19 + "…"


def test_a_label_that_fits_is_whole() -> None:
    assert kit.label("MP Materials & DoD: 110 $/kg floor", 900) == "MP Materials &amp; DoD: 110 $/kg floor"
    assert kit.label("商务部公告2025年第61号", 900) == "商务部公告2025年第61号"


@pytest.mark.parametrize("name", ["spaces", "nothing", "nothing to be seen"])
def test_where_nothing_can_be_seen_something_else_stands(name: str) -> None:
    assert kit.words(HOSTILE[name], 75) == kit.NOTHING
    assert kit.words(HOSTILE[name], 75, "Without a title") == "Without a title"
    assert kit.label(HOSTILE[name], 75, "R&D") == "R&amp;D"


def test_bold_is_not_ended_by_what_stands_in_it() -> None:
    assert kit.bold("a * b", 50) == "*a ∗ b*"
    assert kit.bold("", 50) == ""


@given(anything, limits)
def test_bold_is_within_its_limit(text: str, limit: int) -> None:
    assert blocks.size(kit.bold(text, limit + 2)) <= limit + 2


# ------------------------------------------------------------------ links


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("plain", "<https://example.com/news/1|R&amp;D>"),
        ("query", "<https://example.com/?a=1&amp;b=2&amp;lt=3&amp;amp;c|R&amp;D>"),
        ("raw", "<https://example.com/a%7Cb%3Ec%3Cd%20e|R&amp;D>"),
        ("none", "R&amp;D"),
        ("long", "R&amp;D"),
        ("script", "R&amp;D"),
        ("with-a-password", "R&amp;D"),
        ("newline", "R&amp;D"),
    ],
)
def test_a_link_leads_where_it_says_or_is_none(link: str, expected: str) -> None:
    assert kit.link(LINKS[link], "R&D", 400) == expected
    run = kit.anchor(LINKS[link], "R&D")
    assert ("url" in run) == expected.startswith("<") or link == "long"


@given(anything, st.sampled_from(list(LINKS.values())), limits)
def test_a_link_is_within_its_limit(text: str, link: str, limit: int) -> None:
    made = kit.link(link, text, limit)
    assert blocks.size(made) <= limit
    assert made.count("<") == made.count(">") == made.startswith("<")


def test_a_moment_is_in_the_readers_own_zone() -> None:
    expected = "<!date^1772452800^{date_short_pretty} {time}|2 Mar 2026>"
    assert kit.moment(NOON, "2 Mar 2026") == expected
    assert kit.dated(NOON, "2 Mar 2026") == {
        "type": "date",
        "timestamp": 1772452800,
        "format": "{date_short_pretty} {time}",
        "fallback": "2 Mar 2026",
    }


# ------------------------------------------------------------------ parts together


@given(st.lists(st.text(max_size=20)), limits)
def test_parts_are_joined_whole_as_far_as_they_fit(parts: list[str], limit: int) -> None:
    made = kit.joined(parts, limit, by="|")
    assert kit.size(made) <= limit
    assert "|".join(filter(None, parts)).startswith(made)


def test_spaces_between_runs_are_kept() -> None:
    runs = (kit.run("a "), kit.run(" "), kit.run("b", strong=True))
    assert "".join(run["text"] for run in runs) == "a  b"
    assert [run.get("style") for run in runs] == [None, None, {"bold": True}]


@given(anything)
def test_every_block_is_one_that_slack_takes(text: str) -> None:
    made: list[Block] = [
        kit.section(kit.label(text, kit.SECTION), accessory=kit.button("b", text, value="7"), block_id="one"),
        kit.section(kit.escape("x" * 4000)),
        kit.context(kit.label(text, 900), kit.bold(text, 900)),
        kit.context(),
        kit.actions("row", kit.button("a", text), kit.static_select("m", text, [(text, [(text, "v")])])),
        kit.rich_text(
            kit.paragraph(kit.run(text), kit.BREAK, kit.anchor(text, text)), kit.quote(kit.run(text))
        ),
    ]
    assert blocks.problems(made) == []
    assert blocks.live(Composed(kit.label(text, 500), tuple(made))) <= set()


def test_a_group_without_entries_is_left_out_of_a_menu() -> None:
    menu = kit.static_select("mute", "Mute", [("none", []), ("some", [("a day", "story:1")])])
    assert [group["label"]["text"] for group in menu["option_groups"]] == ["some"]
