"""A digest as mail: what stands in both parts, and that nothing from outside is more than words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest import Coverage, Digest, compose
from monitor.letter import Links, write
from monitor.rule import Watchlist
from tests import letters
from tests.letters import DAYS, EDITION, HOSTILE, RICH, SUBSCRIBER, WEB, a_move, a_section, a_story, a_trend
from tests.markup import Read

EMPTY = replace(letters.QUIET, again=(0, 0), ahead=(), activity=())


def in_order(text: str, *words: str) -> bool:
    """Does each stand behind the one before?"""
    place = 0
    for word in words:
        place = text.find(word, place)
        if place < 0:
            return False
    return True


# ------------------------------------------------------------------ what stands in it


@pytest.mark.parametrize("part", ["html", "text"])
def test_the_parts_come_in_the_order_of_their_weight(part: str) -> None:
    letter = write(RICH, WEB)
    told = Read(letter.html).text.upper() if part == "html" else letter.text.upper()
    heads = ["EXIM–BARRICK", "SYRAH", "LOANS & GRANTS", "MAGNET PLANTS", "SERIES", "DUE IN 14 DAYS"]
    heads += ["HELD, CAPPED, FAILED", "COVERAGE\n" if part == "text" else "COVERAGE", "PRECISION THIS WEEK"]
    assert in_order(told, *heads, "SIGNALS A DAY", "PIPELINE BY STEP", "YOU READ")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(
            ("letter of interest → approval", "$1.25bn loan", "EXIM newsroom", "primary source"), id="move"
        ),
        pytest.param(("Syrah: Vidalia expansion loan", "signed → suspended"), id="set back"),
        pytest.param(("DFC weighs equity stake", "reported", "Reuters", "wire", "81", "03:00"), id="story"),
        pytest.param(("New: the amount is stated for the first time: $465m",), id="news"),
        pytest.param(("also under Heavy rare earths",), id="other watchlists"),
        pytest.param(("出口管制", "export control", "medium and heavy rare earths"), id="gloss"),
        pytest.param(("7 more reports of 3 stories told before: nothing new",), id="again"),
        pytest.param(("NdPr oxide, China", "405.50", "CNY/kg", "+1.2%", "−3.4%", "+12.1%"), id="series"),
        pytest.param(("Wed 4 Mar", "Comment period ends", "USTR section 301: magnets"), id="due"),
        pytest.param(("overdue", "Financial close", "DFC–TechMet: Trident"), id="overdue"),
        pytest.param(("2 alerts held for #deals until 09:00", "outside its hours"), id="held"),
        pytest.param(("1 alert to ops@example.com waits for a person",), id="parked"),
        pytest.param(("43 of 45 sources healthy, MOFCOM announcements silent 9 h",), id="coverage"),
        pytest.param(
            ("6 of 8 marked were useful (75%), 3 not marked", "4 alerts told, none marked"), id="precision"
        ),
        pytest.param(("letter of interest", "14", "+1 new", "first disbursement"), id="pipeline"),
        pytest.param(
            ("Monday, 2 March 2026", "Sun 1 Mar 07:00 to Mon 2 Mar 07:00 EST", "1,321 items read"), id="top"
        ),
        pytest.param(("The next edition comes on Tue 3 Mar at 07:00", "America/New_York"), id="foot"),
        pytest.param(("You read: all watchlists.", "edit subscriber “desk”"), id="how to change it"),
    ],
)
def test_both_parts_say_it(said: tuple[str, ...]) -> None:
    letter = write(RICH, WEB)
    page = Read(letter.html).text.replace("\u00a0", " ")
    for words in said:
        assert words in letter.text
        assert words in page


def test_where_sources_disagree_nothing_is_set_back() -> None:
    row = replace(RICH.moved[0], what="contradicted", reverses=True, rival="signed")
    page = Read(write(replace(RICH, moved=(row,))).html).text
    assert "disputed" in page
    assert "set back" not in page


@pytest.mark.parametrize("place", [0, 1])
def test_a_row_of_another_ledger_stands_with_the_first_at_the_top_and_below(place: int) -> None:
    plant = replace(RICH.moved[0], ledger="Plants", was="planned", now="financed")
    moved = list(RICH.moved)
    moved[place] = replace(moved[place], also=(plant,))
    letter = write(replace(RICH, moved=tuple(moved)))
    for words in (letter.text, Read(letter.html).text):
        assert words.count("Plants: planned → financed") == 1


def test_what_stands_at_the_top_is_not_told_again_below() -> None:
    for digest, title in ((RICH, "EXIM–Barrick, Reko Diq"), (letters.STORY, "EXIM board approves")):
        assert Read(write(digest).html).text.count(title) == 1


def test_charts_are_bars_with_words_for_those_who_cannot_see_them() -> None:
    letter = write(RICH)
    labelled = [a["aria-label"] for _, a in Read(letter.html).tags if a.get("role") == "img"]
    assert "Loans & grants: from 0 to 6 signals a day over 30 days, 4 on the last day" in labelled
    assert "14 on letter of interest" in labelled
    assert len(labelled) == len(RICH.trends) + len(RICH.activity) + len(RICH.pipelines[0].rungs)
    assert "▁" in letter.text
    assert "█" in letter.text


def test_a_week_is_named_where_it_is_not_this_one() -> None:
    old = replace(RICH.weeks[0], first=RICH.weeks[0].first.replace(day=1, month=2))
    assert (
        "in the week from 1 Feb 6 of 8 marked were useful"
        in Read(write(replace(RICH, weeks=(old,))).html).text
    )


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        pytest.param(letters.LATE, "3 h late: due at 04:00, written at 07:00.", id="late"),
        pytest.param(letters.LATE, "Covers 3 days.", id="days"),
        pytest.param(letters.WEEKLY, "Weekly edition", id="weekly"),
        pytest.param(replace(RICH, edition=replace(EDITION, first=True)), "Your first edition.", id="first"),
        pytest.param(letters.BLIND, "Only 11 of 45 sources are healthy.", id="blind"),
        pytest.param(
            replace(RICH, coverage=letters.BLIND.coverage), "may have happened all the same", id="half blind"
        ),
        pytest.param(
            replace(RICH, weeks=(), unmarked=14), "14 alerts this week, none marked yet", id="no marks yet"
        ),
        pytest.param(
            replace(RICH, coverage=Coverage(1, 2, ill=(replace(RICH.coverage.ill[0], lasting=True),))),
            "For a week or more: MOFCOM announcements silent 9 h",
            id="ill for long",
        ),
        pytest.param(letters.QUIET, "Nothing moved, nothing new.", id="quiet"),
        pytest.param(
            letters.QUIET, "412 items were read, none of them news for your watchlists.", id="what was read"
        ),
        pytest.param(
            letters.QUIET, "4 more reports of 2 stories told before", id="quiet, with what was repeated"
        ),
    ],
)
def test_what_an_edition_is_stands_at_its_top(digest: Digest, said: str) -> None:
    letter = write(digest)
    assert said in Read(letter.html).text
    assert said in letter.text


@pytest.mark.parametrize(
    "said",
    [
        "−5.2% against Jan 2026",
        "+12.0% in a year",
        "corrected, was 6,375",
        "doubtful: 63,570 on 1 Mar: implausible",
    ],
)
def test_a_series_without_a_number_a_day_says_what_it_is_compared_with(said: str) -> None:
    letter = write(RICH)
    assert said in letter.text
    assert said in Read(letter.html).text


@pytest.mark.parametrize(
    ("tier", "said"), [(0, "EXIM newsroom · 04:00"), (2, "EXIM newsroom, wire"), (9, "EXIM newsroom, press")]
)
def test_what_a_person_says_has_no_tier_and_an_unknown_one_is_the_press(tier: int, said: str) -> None:
    assert said in write(replace(EMPTY, moved=(a_move(tier=tier),))).text


def test_an_edition_on_time_says_nothing_of_lateness() -> None:
    letter = write(RICH)
    assert "late" not in letter.subject
    assert "due at" not in letter.text


def test_a_quiet_day_is_short() -> None:
    letter = write(letters.QUIET)
    assert len(letter.text.splitlines()) < 40
    assert "SIGNALS A DAY" not in letter.text


def test_the_labels_are_in_the_language_of_the_subscriber_and_titles_in_their_own() -> None:
    page = Read(write(letters.CHINESE, WEB).html)
    languages = {attributes["lang"] for _, attributes in page.tags if "lang" in attributes}
    assert languages == {"zh", "en"}
    assert "其他进展" in page.text
    assert "EXIM board approves" in page.text
    assert "2026年3月2日星期一" in page.text


def test_the_title_of_a_move_is_marked_by_its_script() -> None:
    page = Read(write(replace(EMPTY, moved=(a_move(title="六家稀土集团商定出口最低限价"),))).html)
    assert [attributes.get("lang") for tag, attributes in page.tags if attributes.get("class") == "k"] == [
        "zh"
    ]


def test_a_chinese_title_is_marked_as_such() -> None:
    (title,) = [a for tag, a in Read(write(RICH).html).tags if tag == "a" and a.get("lang") == "zh"]
    assert title["href"] == "https://news.example/5"


# ------------------------------------------------------------------ where it leads


def test_outlets_are_one_link_where_there_is_a_page_that_has_them() -> None:
    page = Read(write(RICH, WEB).html)
    assert "https://monitor.example/stories/story-1" in page.links
    assert "and 6 outlets" in page.text
    assert "Outlet 5" not in page.text


def test_without_the_web_desk_three_outlets_are_named_with_their_links() -> None:
    page = Read(write(RICH).html)
    assert [link for link in page.links if link.startswith("https://outlet.example/")][:3] == [
        f"https://outlet.example/{n}" for n in range(3)
    ]
    assert "Outlet 2 and 3 more outlets" in page.text
    assert not any("monitor.example" in link for link in page.links)


def test_the_text_has_every_outlet_with_its_link() -> None:
    text = write(RICH, WEB).text
    for section in RICH.sections:
        for story in section.stories:
            assert story.title in text
            assert story.link in text
            for name, link in story.outlets:
                assert f"+ {name} {link}" in text


@pytest.mark.parametrize("links", [Links(), WEB], ids=["none", "given"])
def test_the_way_out_is_named_where_there_is_one(links: Links) -> None:
    letter = write(RICH, links)
    assert (WEB.leave in Read(letter.html).links) == bool(links.leave)
    assert (WEB.leave in letter.text) == bool(links.leave)


def test_names_in_addresses_are_encoded() -> None:
    digest = replace(RICH, subscriber=replace(SUBSCRIBER, name="a/../b?c"))
    assert "https://monitor.example/digests/a%2F..%2Fb%3Fc/2026-03-02" in Read(write(digest, WEB).html).links


# ------------------------------------------------------------------ what it must not be


@pytest.mark.parametrize("digest", DAYS.values(), ids=DAYS)
@pytest.mark.parametrize("links", [Links(), WEB], ids=["alone", "with the web desk"])
def test_the_html_is_whole_and_fetches_runs_and_sends_nothing(digest: Digest, links: Links) -> None:
    page = Read(write(digest, links).html)
    assert page.faults == []
    assert page.forbidden == []
    assert all(link.startswith(("https://", "http://")) for link in page.links)


def test_hostile_texts_are_words_in_html_and_one_line_each_in_text() -> None:
    letter = write(letters.HOSTILE_DAY, WEB)
    assert "<script>alert('x')</script> “EXIM” & <b>DFC</b> Bcc: x@example.com evil" in Read(letter.html).text
    assert not any(line.startswith("Bcc:") for line in letter.text.splitlines())
    for part in (letter.subject, letter.html, letter.text):
        assert not any(character in part for character in "\u202e\u2028\x00")
    assert "javascript:" not in letter.text


def test_a_number_that_cannot_be_right_costs_nobody_the_digest() -> None:
    odd = a_trend(points=(0.0, 1.7e308), day=1.7e308, week=-1.0, month=float("inf"), step=1e40, year=1e40)
    letter = write(replace(RICH, trends=(odd,)))
    assert Read(letter.html).faults == []
    assert odd.name in letter.text


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_title_or_name_is_ever_markup(title: str, name: str) -> None:
    story = a_story(2, title=title, source_name=name, stage=name, facts=title, lang=name, link=title)
    digest = replace(
        EMPTY, moved=(a_move(title=title, was=name, now=title, source=name),), sections=(a_section(story),)
    )
    page, plain = (
        Read(write(digest).html),
        Read(write(replace(EMPTY, moved=(a_move(),), sections=(a_section(a_story(2)),))).html),
    )
    assert page.faults == []
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags} | {"span"}


def test_a_mail_program_of_any_kind_can_show_it() -> None:
    """Styles in the tags, layout in tables that are no data, widths as attributes, nothing that floats."""
    html = write(RICH, WEB).html
    page = Read(html)
    tables = [attributes for tag, attributes in page.tags if tag == "table"]
    assert all(attributes.get("role") in ("presentation", "img") for attributes in tables)
    assert any(attributes.get("bgcolor") for attributes in tables)
    for _, attributes in page.tags:
        style = attributes.get("style", "")
        assert not any(word in style for word in ("float", "flex", "grid", "position:", "background-image"))
    assert all(a.get("style") for tag, a in page.tags if tag in ("a", "h1", "h2", "h3"))
    assert "prefers-color-scheme:dark" in html.replace(" ", "")
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.tags


def test_the_line_beside_the_subject_in_an_inbox_says_how_the_sources_are() -> None:
    assert Read(write(RICH).html).text.startswith("43 of 45 sources healthy, MOFCOM announcements silent 9 h")


# ------------------------------------------------------------------ from the composer


def test_the_watchlists_that_a_subscriber_reads_are_named() -> None:
    subscriber = replace(SUBSCRIBER, watchlists=("magnets",))
    watchlists = (Watchlist("loans", "Loans", must=()), Watchlist("magnets", "Magnet plants", must=()))
    material = letters.NOTHING
    assert "You read: Magnet plants." in write(compose(subscriber, EDITION, material, watchlists)).text
    assert HOSTILE not in write(compose(subscriber, EDITION, material, watchlists)).text
