"""Folding and the way back, cleaning, shortening and telling a language from its script."""

from __future__ import annotations

import time
import unicodedata
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import (
    MAX_MARKS,
    Folded,
    around,
    clean,
    fold,
    fold_by_cluster,
    in_word,
    language,
    plain,
    searchable,
    sentence_ends,
    shorten,
    word_starts,
)

# Characters that fold to none, one or several others, next to any others.
AWKWARD = st.sampled_from(
    (*"ßİﬁ½ﾞㄱㅏ臺薴𠮷Ａ—…ŉﷺ’a ", "e\u0301", "\u0301", "ﾊﾞ", "\u200b", "\u00ad", "\u202e", "\u0345", "\u3000")
)
# Characters that fold one to one, as most text has them, and now and then one that does not.
EVEN = st.sampled_from((*"EXIM loan-", *"’‘—–\u00a0Ａé", *"臺灣稀土磁鐵", *"ЖΣἈᎠꭰ", *"レアđấหา"))
TEXTS = st.one_of(
    st.lists(st.one_of(st.characters(), AWKWARD), max_size=20).map("".join),
    st.lists(EVEN, max_size=30).map("".join),
    st.tuples(st.lists(EVEN, max_size=20), AWKWARD, st.lists(EVEN, max_size=20)).map(
        lambda parts: "".join((*parts[0], parts[1], *parts[2]))
    ),
)


# ------------------------------------------------------------------ folding


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("EXIM Bank", "exim bank", id="case"),
        pytest.param("ＥＸＩＭ　１００", "exim 100", id="full width"),
        pytest.param("ﾚｱｱｰｽ ﾊﾞｯﾁ", "レアアース バッチ", id="half-width kana with its marks"),
        pytest.param("rare-earth", "rare earth", id="hyphen"),
        pytest.param("rare–earth", "rare earth", id="en dash"),
        pytest.param("rare—earth", "rare earth", id="em dash"),
        pytest.param("rare‑earth", "rare earth", id="hyphen that does not break"),
        pytest.param("−5", " 5", id="minus sign"),
        pytest.param("rare\u00a0earth", "rare earth", id="space that does not break"),
        pytest.param("rare\tearth\n", "rare earth ", id="tab and newline"),
        pytest.param("臺灣稀土磁鐵", "台湾稀土磁铁", id="Traditional to Simplified"),
        pytest.param("薴苧", "苎苎", id="a Simplified form that is Traditional of another"),
        pytest.param("Straße", "strasse", id="sharp s"),
        pytest.param("İzmir", "i̇zmir", id="dotted capital I"),
        pytest.param("e\u0301tat", "état", id="combining accent joins its letter"),
        pytest.param("Lynas’s", "lynas's", id="curly apostrophe"),
        pytest.param("mag\u00adnet\u200bs", "magnets", id="soft hyphen and zero width go"),
        pytest.param("ﬁnance", "finance", id="ligature"),
        pytest.param("한국", "한국", id="Hangul stays whole"),
        pytest.param("ㄱㅏ", "가", id="Hangul letters join"),
        pytest.param("", "", id="empty"),
    ],
)
def test_fold_gives_one_form_to_what_reads_the_same(text: str, folded: str) -> None:
    assert fold(text).text == unicodedata.normalize("NFKC", folded)


@pytest.mark.parametrize(
    ("text", "word", "original"),
    [
        pytest.param("EXIM approves", "approves", "approves", id="ASCII"),
        pytest.param("Die Straße ist lang", "strasse", "Straße", id="after and across a sharp s"),
        pytest.param("ßß magnet", "magnet", "magnet", id="after two that grow"),
        pytest.param("İİ Magnet", "magnet", "Magnet", id="after two dotted I"),
        pytest.param("a\u200b\u200b Magnet", "magnet", "Magnet", id="after two that vanish"),
        pytest.param("le prêt d'e\u0301tat", "état", "e\u0301tat", id="accent written apart"),
        pytest.param("新聞：稀土磁鐵", "稀土磁铁", "稀土磁鐵", id="Traditional"),
        pytest.param("ﾚｱｱｰｽとﾊﾞｯﾁ", "バッチ", "ﾊﾞｯﾁ", id="half-width kana"),
        pytest.param("½ ﬁnance", "finance", "ﬁnance", id="ligature after a fraction"),
    ],
)
def test_offsets_lead_back_to_the_original_words(text: str, word: str, original: str) -> None:
    folded = fold(text)
    at = folded.text.index(word)
    start, end = folded.original(at, at + len(word))
    assert text[start:end] == original


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("Lynas’s Rare–Earth\u00a0Loan", "lynas's rare earth loan", id="curly quotes and spaces"),
        pytest.param("Đất Hiếm", "đất hiếm", id="Vietnamese"),
        pytest.param("臺灣的 MAGNET 磁鐵", "台湾的 magnet 磁铁", id="Traditional with Latin"),
        pytest.param("ΟΔΟΣ", "οδοσ", id="Greek without a final form"),
        pytest.param("ᎠᎡ ꭰꭱ", "ᎠᎡ ᎠᎡ", id="Cherokee, which folds to capitals"),
        pytest.param("ＥＸＩＭ１", "exim1", id="full width"),
    ],
)
def test_text_that_folds_one_to_one_keeps_every_offset(text: str, folded: str) -> None:
    made = fold(text)
    assert made.text == folded
    assert [made.original(i, i + 1) for i in range(len(text))] == [(i, i + 1) for i in range(len(text))]


def test_a_hit_inside_a_character_that_grew_maps_to_the_whole_character() -> None:
    folded = fold("xßy")
    assert folded.original(2, 3) == (1, 2)


def test_marks_without_end_on_one_character_are_cut_off() -> None:
    folded = fold("a" + "\u0301\u0327" * 50_000 + "b")
    assert len(folded.text) <= MAX_MARKS + 2
    assert folded.text.endswith("b")


@given(TEXTS)
def test_every_folded_span_lies_in_the_original_and_in_its_order(text: str) -> None:
    folded = fold(text)
    spans = [folded.original(i, i + 1) for i in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    distinct = [span for span, _ in groupby(spans)]
    assert all(one[1] <= other[0] for one, other in pairwise(distinct))


@given(TEXTS)
def test_folding_the_original_of_a_cluster_again_gives_its_folded_piece(text: str) -> None:
    folded = fold(text)
    numbers = range(len(folded.text))
    for (start, end), group in groupby(numbers, key=lambda i: folded.original(i, i + 1)):
        piece = "".join(folded.text[i] for i in group)
        assert fold(text[start:end]).text == piece


def places(folded: Folded) -> list[tuple[int, int]]:
    return [folded.original(i, i + 1) for i in range(len(folded.text))]


@given(TEXTS)
def test_folding_at_once_gives_what_folding_piece_by_piece_gives(text: str) -> None:
    at_once, piece_by_piece = fold(text), fold_by_cluster(text)
    assert at_once.text == piece_by_piece.text
    assert places(at_once) == places(piece_by_piece)


def test_folding_at_once_is_right_for_every_character_of_the_first_plane() -> None:
    for character in map(chr, range(0x10000)):
        text = f"a{character}-B"
        assert fold(text).text == fold_by_cluster(text).text
        assert places(fold(text)) == places(fold_by_cluster(text))


@pytest.mark.parametrize(
    "text", ["Rare-Earth\n61", "“Lynas’s” – mine", "商务部：稀土", "釹鐵硼磁體", "ＬＯＡＮ"]
)
def test_text_that_folds_one_to_one_needs_no_way_back(text: str) -> None:
    assert fold(text).places is None


@given(TEXTS)
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        pytest.param("a", True, id="Latin"),
        pytest.param("7", True, id="digit"),
        pytest.param("ж", True, id="Cyrillic"),
        pytest.param("ế", True, id="Vietnamese"),
        pytest.param("稀", False, id="Han"),
        pytest.param("レ", False, id="kana"),
        pytest.param("희", False, id="Hangul"),
        pytest.param("แ", False, id="Thai"),
        pytest.param("ដ", False, id="Khmer"),
        pytest.param("-", False, id="dash"),
        pytest.param(" ", False, id="space"),
    ],
)
def test_only_scripts_that_write_spaces_have_words_with_edges(character: str, expected: bool) -> None:
    assert in_word(character) is expected


# ------------------------------------------------------------------ words and sentences


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a loan, 5.5 million", 5, id="Latin and digits"),
        pytest.param("  a  ", 1, id="spaces"),
        pytest.param("稀土磁铁", 2, id="two characters to a word"),
        pytest.param("稀土loan磁铁", 3, id="both"),
        pytest.param("", 0, id="none"),
    ],
)
def test_words_are_counted_by_where_they_start(text: str, words: int) -> None:
    assert len(word_starts(text)) == 2 * words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param("First. Second.", ["First.", " Second."], id="two"),
        pytest.param("The U.S. Treasury", ["The U.S. Treasury"], id="initials"),
        pytest.param("By EXIM. The plant", ["By EXIM.", " The plant"], id="capitals"),
        pytest.param("No. 61 of Jan. 5, Corp. A", ["No. 61 of Jan. 5, Corp. A"], id="cut short"),
        pytest.param("1.5 million. and", ["1.5 million. and"], id="a small letter goes on"),
        pytest.param('He said "no." "Yes"', ['He said "no.', '" "Yes"'], id="quotes"),
        pytest.param("One! Two? 三。四", ["One!", " Two?", " 三。", "四"], id="other marks"),
        pytest.param("one\n\ntwo", ["one\n\n", "two"], id="line ends"),
    ],
)
def test_a_sentence_ends_where_a_new_one_begins(text: str, sentences: list[str]) -> None:
    bounds = [0, *sentence_ends(text), len(text)]
    assert [text[a:b] for a, b in pairwise(bounds) if a < b] == sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Rare-Earth  Magnets", "rare earth magnets", id="Latin"),
        pytest.param("稀土", "稀 土", id="Han apart"),
        pytest.param("公司CEO表示", "公 司 ceo 表 示", id="Latin in Chinese"),
        pytest.param("臺灣 2026", "台 湾 2026", id="folded first"),
        pytest.param("", "", id="empty"),
    ],
)
def test_searchable_parts_the_characters_of_scripts_without_spaces(text: str, expected: str) -> None:
    assert searchable(text) == expected


# ------------------------------------------------------------------ cleaning


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(" a \n\t b\r\n", "a b", id="white space"),
        pytest.param("a\x00\x07\x1bb", "ab", id="controls"),
        pytest.param("a\x85b\u2028c", "a b c", id="Unicode line ends"),
        pytest.param("\ufeffa\u200bb", "ab", id="byte order mark and zero width"),
        pytest.param("gpj\u202eexe", "gpjexe", id="directional override"),
        pytest.param("a\u2066b\u2069", "ab", id="directional isolate"),
        pytest.param("稀土　磁铁", "稀土 磁铁", id="ideographic space"),
        pytest.param("a\ud800b", "ab", id="half a surrogate pair"),
    ],
)
def test_clean_leaves_one_line_without_controls(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(st.characters(exclude_categories=[]), max_size=50), st.integers(1, 60))
def test_clean_never_returns_a_control_a_newline_or_too_much(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in cleaned)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("EXIM approves", "EXIM approves", id="no markup"),
        pytest.param("AT&amp;T &#8211; loan&nbsp;signed", "AT&T – loan signed", id="entities alone"),
        pytest.param("<p>AT&amp;T &lt;b&gt;</p>", "AT&T <b>", id="entities in markup"),
        pytest.param("<p>one</p><p>two</p>", "one two", id="paragraphs part words"),
        pytest.param("one<br>two<br/>three", "one two three", id="line breaks part words"),
        pytest.param("<ul><li>a</li><li>b</li></ul>", "a b", id="list entries part words"),
        pytest.param("<table><tr><td>a</td><td>b</td></tr></table>", "a b", id="cells part words"),
        pytest.param("rare <b>ea</b>rth", "rare earth", id="inline tags do not"),
        pytest.param("a<script>alert('x')</script>b", "ab", id="script"),
        pytest.param("<style>p { color: red }</style>a", "a", id="style"),
        pytest.param("a<!-- hidden -->b", "ab", id="comment"),
        pytest.param("<template><p>x</p></template>a", "a", id="template"),
        pytest.param("<p>not closed <b>bold", "not closed bold", id="not closed"),
        pytest.param("1 < 2 and 3 > 2", "1 < 2 and 3 > 2", id="signs that are no tags"),
        pytest.param("<img src=x onerror=alert(1)>", "", id="nothing to read"),
        pytest.param("", "", id="empty"),
    ],
)
def test_plain_keeps_what_a_reader_would_see(markup: str, expected: str) -> None:
    assert plain(markup) == expected


def test_plain_stops_at_its_limit() -> None:
    assert len(plain("<p>" + "word " * 10_000 + "</p>", 100)) <= 100


# ------------------------------------------------------------------ shortening


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("rare earth", 10, "rare earth", id="fits"),
        pytest.param("rare earth magnets", 14, "rare earth…", id="cut at a word"),
        pytest.param("稀土磁铁出口管制", 5, "稀土磁铁…", id="no spaces to cut at"),
        pytest.param("a" + "b" * 50, 10, "a" + "b" * 8 + "…", id="one long word"),
        pytest.param("a bbbbbbbbbbbbb", 10, "a bbbbbbb…", id="a space too far back"),
    ],
)
def test_shorten_cuts_at_a_word_where_there_is_one(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@given(st.text(max_size=60), st.integers(1, 60))
def test_shorten_never_exceeds_the_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith("…")


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (20, "…Export-Import Bank…"),
        (26, "…the Export-Import Bank…"),
        (31, "…the Export-Import Bank said…"),
    ],
)
def test_around_cuts_between_words(width: int, expected: str) -> None:
    text = "A loan from the Export-Import Bank said to be large"
    start = text.index("Export")
    assert around(text, start, start + len("Export-Import Bank"), width) == expected


def test_around_cuts_anywhere_where_no_word_ends() -> None:
    assert around("稀土出口管制公告" * 9, 32, 34, 10) == "…管制公告稀土出口管制…"


def test_around_returns_a_short_text_whole() -> None:
    assert around("EXIM approves", 0, 4, 100) == "EXIM approves"


@pytest.mark.parametrize(
    ("start", "begins", "ends"),
    [
        pytest.param(0, False, True, id="at the beginning"),
        pytest.param(500, True, True, id="in the middle"),
        pytest.param(990, True, False, id="at the end"),
    ],
)
def test_around_shows_the_span_and_marks_what_is_cut(start: int, begins: bool, ends: bool) -> None:
    text = "." * start + "MAGNET" + "." * (1000 - start - 6)
    piece = around(text, start, start + 6, 80)
    assert "MAGNET" in piece
    assert len(piece) <= 82
    assert (piece.startswith("…"), piece.endswith("…")) == (begins, ends)


# ------------------------------------------------------------------ language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("EXIM approves a loan", "en", id="ASCII"),
        pytest.param("Prêt approuvé", "en", id="Latin with accents"),
        pytest.param("商务部公布稀土出口管制", "zh", id="Chinese"),
        pytest.param("公司CEO表示 rare earth 稀土", "zh", id="Chinese with some English"),
        pytest.param("The company 稀土 said that it would build a plant", "en", id="English with a word"),
        pytest.param("経済産業省、重希土類の輸出管理強化へ", "ja", id="Japanese with a little kana"),
        pytest.param("レアアース", "ja", id="kana only"),
        pytest.param("희토류 수출 통제", "ko", id="Korean"),
        pytest.param("แร่หายาก", "th", id="Thai"),
        pytest.param("រ៉ែកម្រ", "km", id="Khmer"),
        pytest.param("редкоземельные металлы", "en", id="a script that several languages share"),
        pytest.param("…—", "en", id="no letters"),
        pytest.param("", "en", id="empty"),
    ],
)
def test_language_is_told_by_the_script_else_by_the_source(text: str, expected: str) -> None:
    assert language(text, "en") == expected


def test_language_of_the_source_stands_where_the_script_tells_nothing() -> None:
    assert language("Đất hiếm", "vi") == "vi"


@pytest.mark.parametrize("markup", ["<ul><li>" * 10_000, "<div>" * 16_000, "<b></i>" * 11_000])
def test_elements_nested_without_end_cost_no_time_and_the_words_stay(markup: str) -> None:
    started = time.process_time()
    assert plain(f"{markup}Rare earth &amp; magnets", 25_000) == "Rare earth & magnets"
    assert time.process_time() - started < 0.2
