"""Where phrases stand: whole words, substrings, plurals, case, and offsets into the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import Found, Matcher, lookups
from monitor.model import Content
from monitor.rule import Group, Mute, Phrase, Stage, Unless, Watchlist, Words
from monitor.terms import term
from tests.fakes import NOON

WORDS = st.sampled_from(
    (
        *(
            "rare earth",
            "Rare-Earth",
            "magnets",
            "稀土",
            "磁鐵",
            "公司",
            "CEO",
            "EXIM",
            "ßß",
            "İ",
            "ﬁ",
            ".",
            "\n",
        ),
        *(" ", "approves", "é", "e\u0301", "レアアース", "ﾊﾞ", "แร่", "\u200b"),
    )
)
TEXTS = st.lists(WORDS, max_size=15).map("".join)
PHRASES = ["rare earth", "magnet", "稀土", "=CEO", "=EXIM", "approv*", "磁铁", "レアアース", "é", "ss", "fi"]


def a_watchlist(*written: str) -> Watchlist:
    return Watchlist("w", "W", must=(Group("g", Words(frozenset(map(term, written))), 30),))


def words(written: str, text: str) -> list[str]:
    """The words that one phrase finds in a text, as they stand there."""
    found = Matcher([a_watchlist(written)]).find(Content("", text))
    return [text[hit.start : hit.end] for hit in found.standing(term(written))]


def spans(found: Found) -> list[tuple[str, int, int, str]]:
    return [
        (hit.field, hit.start, hit.end, hit.words) for one in found.present for hit in found.standing(one)
    ]


# ------------------------------------------------------------------ words and substrings


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        pytest.param("rare earth", "A Rare Earth plant", ["Rare Earth"], id="case"),
        pytest.param(
            "rare earth", "rare-earth, rare–earth", ["rare-earth", "rare–earth"], id="hyphen is space"
        ),
        pytest.param("rare-earth", "rare earth", ["rare earth"], id="space is hyphen"),
        pytest.param("rare earth", "rare earthy", [], id="word that goes on"),
        pytest.param("earth", "unearth earthquake", [], id="inside a word"),
        pytest.param("earth", "'earth' (earth) earth.", ["earth"] * 3, id="edges that are no letters"),
        pytest.param("MP", "MP's plant", ["MP"], id="possessive"),
        pytest.param("3D", "13D 3D", ["3D"], id="digits are letters of a word"),
        pytest.param("magnet", "ElektroMagnet Magnetstahl", [], id="compounds do not count"),
        pytest.param("đất hiếm", "Đất hiếm Việt Nam", ["Đất hiếm"], id="Vietnamese"),
        pytest.param("état", "l'E\u0301tat", ["E\u0301tat"], id="accent written apart"),
        pytest.param("strasse", "Straße", ["Straße"], id="sharp s"),
        pytest.param("C++", "C++ and C", ["C++"], id="phrase that ends in no letter"),
        pytest.param("loan", "ＬＯＡＮ", ["ＬＯＡＮ"], id="full width"),
        pytest.param("稀土", "重稀土磁铁", ["稀土"], id="Chinese inside"),
        pytest.param("稀土磁铁", "稀土磁鐵出口", ["稀土磁鐵"], id="Traditional text"),
        pytest.param("稀土磁鐵", "稀土磁铁出口", ["稀土磁铁"], id="Traditional term"),
        pytest.param("レアアース", "重レアアースの", ["レアアース"], id="Japanese inside"),
        pytest.param("レアアース", "ﾚｱｱｰｽの", ["ﾚｱｱｰｽ"], id="half-width kana"),
        pytest.param("バッチ", "ﾊﾞｯﾁ処理", ["ﾊﾞｯﾁ"], id="half-width kana with a mark"),
        pytest.param("희토류", "중희토류는", ["희토류"], id="Korean with a particle"),
        pytest.param("แร่หายาก", "เหมืองแร่หายากใน", ["แร่หายาก"], id="Thai inside"),
        pytest.param("រ៉ែកម្រ", "នៃរ៉ែកម្រនៅ", ["រ៉ែកម្រ"], id="Khmer inside"),
        pytest.param("CEO", "公司CEO表示", ["CEO"], id="Latin between Chinese"),
        pytest.param("稀土 loan", "稀土 loans", ["稀土 loans"], id="two scripts in one phrase"),
        pytest.param("rareearth", "rare\u00adearth", ["rare\u00adearth"], id="soft hyphen"),
    ],
)
def test_whole_words_where_the_script_has_words_else_substrings(
    written: str, text: str, expected: list[str]
) -> None:
    assert words(written, text) == expected


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        pytest.param("loan", "loans", ["loans"], id="s"),
        pytest.param("process", "processes", ["processes"], id="es"),
        pytest.param("county", "counties", ["counties"], id="ies"),
        pytest.param("survey", "surveys surveies", ["surveys"], id="no ies after a vowel"),
        pytest.param("rare earth", "rare earths", ["rare earths"], id="last word of several"),
        pytest.param("rare earth", "rares earth", [], id="not the first word"),
        pytest.param("loan", "loaned loaning", [], id="other endings"),
        pytest.param("=REE", "REEs", [], id="not where case is minded"),
        pytest.param("=AGENCY", "AGENCIES", [], id="nor ies there"),
        pytest.param("кредит", "кредитs", [], id="not in other scripts"),
        pytest.param("magneti*", "magnetics", ["magnetics"], id="prefix needs none"),
    ],
)
def test_english_plurals_are_found(written: str, text: str, expected: list[str]) -> None:
    assert words(written, text) == expected


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        pytest.param("=EXIM", "EXIM", ["EXIM"], id="same"),
        pytest.param("=EXIM", "exim Exim", [], id="other case"),
        pytest.param("=EXIM", "EXIM's EXIM-backed", ["EXIM", "EXIM"], id="edges as ever"),
        pytest.param("=EXIM", "EXIMBANK", [], id="word that goes on"),
        pytest.param("=CEO", "公司CEO表示", ["CEO"], id="between Chinese"),
        pytest.param(
            "=JOGMEC", "ＪＯＧＭＥＣは", ["ＪＯＧＭＥＣ"], id="full width, as Japanese papers write"
        ),
        pytest.param("=JOGMEC", "ｊｏｇｍｅｃ", [], id="full width in other case"),
        pytest.param("=Straße", "STRASSE Straße", ["Straße"], id="sharp s"),
        pytest.param("=Dy*", "Dysprosium dysprosium", ["Dysprosium"], id="prefix with case"),
    ],
)
def test_a_phrase_with_an_equals_sign_minds_case(written: str, text: str, expected: list[str]) -> None:
    assert words(written, text) == expected


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        pytest.param(
            "approv*", "approves approved approval", ["approves", "approved", "approval"], id="endings"
        ),
        pytest.param("approv*", "disapproves", [], id="not inside a word"),
        pytest.param("seltene erd*", "Seltenen seltene Erden", ["seltene Erden"], id="last of two words"),
        pytest.param("редкоземельн*", "редкоземельных металлов", ["редкоземельных"], id="Cyrillic"),
        pytest.param("magnet*", "magnet", ["magnet"], id="nothing after it"),
        pytest.param("magnet*", "magnet磁铁", ["magnet"], id="another script after it"),
    ],
)
def test_a_phrase_with_a_star_lets_the_last_word_go_on(written: str, text: str, expected: list[str]) -> None:
    assert words(written, text) == expected


# ------------------------------------------------------------------ places


def test_places_are_told_by_field_in_order() -> None:
    found = Matcher([a_watchlist("loan")]).find(Content("A loan", "Loans: the loan"))
    assert spans(found) == [
        ("title", 2, 6, "loan"),
        ("summary", 0, 5, "Loans"),
        ("summary", 11, 15, "loan"),
    ]


def test_phrases_that_overlap_are_all_found() -> None:
    found = Matcher([a_watchlist("rare earth", "rare earth magnet", "earth", "earth magnet")]).find(
        Content("rare earth magnet")
    )
    assert len(found.present) == 4


def test_only_what_stands_there_is_in_the_answer() -> None:
    matcher = Matcher([a_watchlist("loan", "稀土")])
    assert matcher.find(Content("稀土")).present == {Phrase("稀土")}
    assert matcher.find(Content("")).present == set()


def test_no_watchlists_find_nothing() -> None:
    assert Matcher([]).find(Content("rare earth", "loan")).present == set()


def test_phrases_of_every_group_stage_mute_and_unless_are_looked_for() -> None:
    def only(name: str) -> Words:
        return Words(frozenset({Phrase(name)}))

    def group(name: str) -> tuple[Group, ...]:
        return (Group(name, Unless(only(name), only(f"void {name}")), 10),)

    stages, mutes = (Stage("s", 0, only("e")),), (Mute(only("f"), NOON),)
    watchlist = Watchlist("w", "W", group("a"), group("b"), group("c"), group("d"), stages, mutes=mutes)
    looked_for = {one.text for one in lookups([watchlist])}
    assert looked_for == {"a", "b", "c", "d", "e", "f", "void a", "void b", "void c", "void d"}


@given(TEXTS, TEXTS)
def test_every_place_holds_the_words_that_it_says(title: str, text: str) -> None:
    found = Matcher([a_watchlist(*PHRASES)]).find(Content(title, text))
    fields = {"title": title, "summary": text}
    for field, start, end, standing in spans(found):
        assert 0 <= start < end <= len(fields[field])
        assert fields[field][start:end] == standing


@given(TEXTS)
def test_a_phrase_that_stands_alone_is_found_whatever_follows_on_the_next_line(text: str) -> None:
    found = Matcher([a_watchlist(*PHRASES)]).find(Content("", f"rare earth\n{text}"))
    assert ("summary", 0, 10, "rare earth") in spans(found)


@given(TEXTS, st.permutations(PHRASES))
def test_the_order_of_the_phrases_changes_nothing(text: str, order: list[str]) -> None:
    one, other = (Matcher([a_watchlist(*written)]).find(Content("", text)) for written in (PHRASES, order))
    assert one.places == other.places


@given(TEXTS, st.integers(2, 10))
def test_a_text_ten_times_as_long_gives_ten_times_the_hits_and_no_more(text: str, times: int) -> None:
    """Nothing is found across the joints, and no hit is found twice."""
    matcher = Matcher([a_watchlist(*PHRASES)])
    once = len(spans(matcher.find(Content("", text))))
    assert len(spans(matcher.find(Content("", "\n|\n".join([text] * times))))) == times * once


def test_a_prefix_before_a_word_without_end_shows_a_bounded_piece_of_it() -> None:
    """Each hit shows what follows it, which must not make the work grow with the square."""
    text = "magnet" + "x" * 100_000
    (word,) = words("magnet*", text)
    assert len(word) < 100
