"""Conditions: what holds in an item and with which words, in English and in Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.conditions import UNKNOWN, Evidence, longest
from monitor.match import Matcher
from monitor.model import Content, Hit, Origin
from monitor.rule import AllOf, AnyOf, Condition, Group, Near, Watchlist, Words
from monitor.terms import term
from tests.language import CONCEPTS, condition, judged, met

# ------------------------------------------------------------------ any, all, at_least, not


@pytest.mark.parametrize(
    ("written", "title", "words"),
    [
        pytest.param("{any: [loan, grant]}", "A grant", ["grant"], id="any, one"),
        pytest.param("{any: [loan, grant]}", "A grant, a loan", ["grant", "loan"], id="any, both"),
        pytest.param("{any: [loan, grant]}", "A gift", None, id="any, none"),
        pytest.param("{any: [贷款, 赠款]}", "提供贷款", ["贷款"], id="any, Chinese"),
        pytest.param("{all: [loan, plant]}", "A loan for a plant", ["loan", "plant"], id="all"),
        pytest.param("{all: [loan, plant]}", "A loan", None, id="all, one lacks"),
        pytest.param("{all: [贷款, 工厂]}", "工厂获得贷款", ["工厂", "贷款"], id="all, Chinese"),
        pytest.param(
            "{all: [[loan, grant], plant]}", "plant grant", ["plant", "grant"], id="all, one a list"
        ),
        pytest.param(
            "{any: [[loan, grant], plant], at_least: 2}", "loan, grant", None, id="a list counts once"
        ),
        pytest.param("{any: [loan], all: [plant, mine]}", "mine, plant", None, id="two keys ask together"),
        pytest.param("{any: [a1, b1, c1], at_least: 2}", "c1 and a1", ["c1", "a1"], id="two of three"),
        pytest.param("{any: [a1, b1, c1], at_least: 2}", "c1, c1", None, id="one of them twice"),
        pytest.param("{any: [稀土, 磁铁, 镓], at_least: 2}", "镓与稀土", ["镓", "稀土"], id="two, Chinese"),
        pytest.param("{any: [loan], not: [student]}", "A loan", ["loan"], id="not, absent"),
        pytest.param("{any: [loan], not: [student]}", "A student loan", None, id="not, present"),
        pytest.param("{any: [贷款], not: [学生]}", "学生贷款", None, id="not, Chinese"),
        pytest.param(
            "{any: [{all: [loan, {any: [plant, mine]}]}, grant]}", "mine loan", ["mine", "loan"], id="nested"
        ),
        pytest.param("{any: [{all: [loan, {any: [plant, mine]}]}, grant]}", "loan", None, id="nested, lacks"),
        pytest.param(
            "{any: [{any: [loan], not: [student]}, grant]}", "student loan, grant", ["grant"], id="not inside"
        ),
    ],
)
def test_lists_hold_by_what_stands_in_the_item(written: str, title: str, words: list[str] | None) -> None:
    assert met(written, title) == words


def test_a_not_counts_anywhere_in_the_text_of_the_item() -> None:
    assert met("{any: [loan], in: [title], not: [student]}", "A loan", "for a student") is None


# ------------------------------------------------------------------ near


@pytest.mark.parametrize(
    ("written", "title", "words"),
    [
        pytest.param(
            "{near: [loan, plant], within: 2}", "loan for a plant", ["loan", "plant"], id="at the limit"
        ),
        pytest.param("{near: [loan, plant], within: 1}", "loan for a plant", None, id="beyond it"),
        pytest.param(
            "{near: [loan, plant], within: 2}", "plant gets a loan", ["plant", "loan"], id="either order"
        ),
        pytest.param("{near: [loan, plant], within: 0}", "plant loan", ["plant", "loan"], id="side by side"),
        pytest.param(
            "{near: [loan, plant]}", "loan" + " x" * 10 + " plant", ["loan", "plant"], id="ten words"
        ),
        pytest.param("{near: [loan, plant]}", "loan" + " x" * 11 + " plant", None, id="eleven words"),
        pytest.param("{near: [loan, loan], within: 3}", "loan", None, id="a word counts for one part"),
        pytest.param(
            "{near: [loan, loan], within: 3}", "loan to loan", ["loan", "loan"], id="two words for two parts"
        ),
        pytest.param("{near: [rare earth, earth]}", "rare earth", None, id="words that share words"),
        pytest.param(
            "{near: [loan, plant, EXIM], within: 4}",
            "EXIM: a loan for one plant",
            ["EXIM", "loan", "plant"],
            id="three",
        ),
        pytest.param(
            "{near: [loan, plant, EXIM], within: 2}", "EXIM: a loan for one plant", None, id="three, too far"
        ),
        pytest.param(
            "{near: [loan, plant], within: 0}",
            "plant x x loan x plant loan",
            ["plant", "loan"],
            id="the near pair only",
        ),
        pytest.param(
            "{near: [暂停, 出口], within: 2}", "暂停实施出口", ["暂停", "出口"], id="Chinese, two to a word"
        ),
        pytest.param(
            "{near: [暂停, 出口], within: 2}", "暂停实施有关产品的出口", None, id="Chinese, too far"
        ),
        pytest.param("{near: [MP, 工厂], within: 2}", "MP 新建 a 工厂", ["MP", "工厂"], id="both scripts"),
        pytest.param(
            "{near: [[loan, grant], [plant, mine]]}",
            "A grant to a mine",
            ["grant", "mine"],
            id="any of a list",
        ),
        pytest.param(
            "{near: [[loan, grant], [plant, mine]]}", "A loan and a grant", None, id="both of one list"
        ),
        pytest.param(
            "{near: [loan, plant], within: 9, in_order: true}",
            "loan for a plant",
            ["loan", "plant"],
            id="order",
        ),
        pytest.param(
            "{near: [loan, plant], within: 9, in_order: true}", "plant gets a loan", None, id="wrong order"
        ),
        pytest.param(
            "{near: [a1, b1, c1], within: 3, in_order: true}",
            "a1 c1 b1 x c1",
            ["a1", "b1", "c1"],
            id="order of three",
        ),
        pytest.param("{near: [a1, b1, c1], within: 9, in_order: true}", "b1 a1 c1", None, id="order broken"),
        pytest.param(
            "{near: [a1, b1], within: 1, in_order: true}",
            "a1 x x a1 b1",
            ["a1", "b1"],
            id="the latest beginning",
        ),
        pytest.param("{near: [取消, 关税], in_order: true}", "关税取消", None, id="order, Chinese"),
        pytest.param(
            "{near: [{any: [loan, grant]}, {near: [new, plant], within: 0}], within: 3}",
            "grant for a new plant",
            ["grant", "new", "plant"],
            id="nested near",
        ),
    ],
)
def test_near_counts_the_words_between_first_and_last(
    written: str, title: str, words: list[str] | None
) -> None:
    assert met(written, title) == words


def test_near_does_not_reach_from_one_field_into_the_next() -> None:
    assert met("{near: [loan, plant]}", "A loan", "A plant") is None


def test_a_swallowed_word_is_still_near() -> None:
    """One spelling more, which takes in another, must not undo what held without it."""
    assert met("{near: [{any: [loan]}, guarantee], within: 0}", "loan guarantee") == ["loan", "guarantee"]
    assert met("{near: [{any: [loan, loan guarantee]}, guarantee], within: 0}", "loan guarantee")
    assert met("{near: [{any: [loan, loan guarantee]}, guarantee], in_order: true}", "loan guarantee")


@pytest.mark.parametrize(
    ("title", "holds"),
    [
        pytest.param("EXIM lends for a plant in Texas", True, id="one sentence"),
        pytest.param("EXIM lends. A plant opens.", False, id="two sentences"),
        pytest.param("EXIM and the U.S. Treasury plan a plant", True, id="an abbreviation ends none"),
        pytest.param("EXIM, by Order No. 61, lends to a plant", True, id="nor does No."),
        pytest.param("EXIM lent 1.5 million to a plant", True, id="nor a decimal point"),
        pytest.param("Approved by EXIM. The plant waits", False, id="capitals at the end of a sentence"),
        pytest.param("EXIM Bank. The plant waits", False, id="a word of four letters"),
        pytest.param("EXIM and Lynas Corp. Ltd plan a plant", True, id="one that is cut short"),
        pytest.param("EXIM lends! Plant opens", False, id="exclamation"),
        pytest.param("EXIM宣布。plant开工", False, id="Chinese full stop"),
        pytest.param("EXIM宣布，plant开工", True, id="Chinese comma"),
    ],
)
def test_near_within_a_sentence(title: str, holds: bool) -> None:
    assert (met("{near: [=EXIM, plant], within: sentence}", title) is not None) is holds


# ------------------------------------------------------------------ not_near


@pytest.mark.parametrize(
    ("written", "title", "words"),
    [
        pytest.param("{any: [DFC], not_near: [freight]}", "DFC signs", ["DFC"], id="nothing near"),
        pytest.param("{any: [DFC], not_near: [freight]}", "DFC freight line", None, id="near"),
        pytest.param("{any: [DFC], not_near: [freight]}", "freight line DFC", None, id="near before it"),
        pytest.param("{any: [DFC], not_near: [freight]}", "DFC x x x x x freight", None, id="five words off"),
        pytest.param(
            "{any: [DFC], not_near: [freight]}", "DFC x x x x x x freight", ["DFC"], id="six words off"
        ),
        pytest.param(
            "{any: [DFC], not_near: [freight], within: 0}", "DFC a freight", ["DFC"], id="own distance"
        ),
        pytest.param(
            "{any: [DFC], not_near: [freight]}",
            "DFC freight, x x x x x x, DFC signs",
            ["DFC"],
            id="the other stays",
        ),
        pytest.param(
            "{any: [DFC], not_near: [line], within: sentence}",
            "DFC signs. A line opens",
            ["DFC"],
            id="other sentence",
        ),
        pytest.param(
            "{any: [DFC], not_near: [line], within: sentence}", "DFC signs with the line", None, id="same one"
        ),
        pytest.param("{any: [磁铁], not_near: [玩具]}", "玩具磁铁", None, id="Chinese, near"),
        pytest.param(
            "{any: [磁铁], not_near: [玩具], within: 1}", "玩具以及各种磁铁", ["磁铁"], id="Chinese, far"
        ),
        pytest.param("{any: [school magnet], not_near: [school]}", "school magnet", None, id="inside it"),
        pytest.param(
            "{near: [a1, b1], within: 3, not_near: [x]}", "a1 x b1", None, id="near keeps its own distance"
        ),
    ],
)
def test_not_near_drops_the_words_that_stand_beside_another(
    written: str, title: str, words: list[str] | None
) -> None:
    assert met(written, title) == words


def test_not_near_in_another_field_does_not_count() -> None:
    assert met("{any: [DFC], not_near: [freight]}", "DFC", "freight") == ["DFC"]


# ------------------------------------------------------------------ in


@pytest.mark.parametrize(
    ("written", "content", "words"),
    [
        pytest.param("{any: [loan]}", Content("", "", "a loan"), ["loan"], id="body is text"),
        pytest.param("{any: [loan]}", Content("", link="https://x.com/loan"), None, id="a link is not"),
        pytest.param("{any: [loan]}", Content("", source="Loan News"), None, id="nor is the publisher"),
        pytest.param(
            "{any: [loan], in: [link]}", Content("", link="https://x.com/loan"), ["loan"], id="link"
        ),
        pytest.param("{any: [loan], in: [source]}", Content("", source="Loan News"), ["Loan"], id="source"),
        pytest.param(
            "{any: [loan], in: [title]}", Content("", "loan"), None, id="title asked, in the summary"
        ),
        pytest.param(
            "{any: [loan], in: [text]}", Content("", "loan", "loan"), ["loan", "loan"], id="text is both"
        ),
        pytest.param("{any: [loan], in: [text]}", Content("loan"), None, id="text is not the title"),
        pytest.param(
            "{all: [loan, plant], in: [title]}", Content("loan", "plant"), None, id="all in the title"
        ),
        pytest.param(
            "{all: [loan, plant], in: [title]}", Content("plant loan"), ["plant", "loan"], id="all of it"
        ),
        pytest.param(
            "{any: [loan, plant], at_least: 2, in: [title]}",
            Content("loan", "plant"),
            None,
            id="two in the title",
        ),
        pytest.param(
            "{all: [loan, plant]}",
            Content("loan", link="https://x.com/plant"),
            None,
            id="a link helps no list",
        ),
        pytest.param(
            "{all: [loan, {any: [plant], in: [link]}]}",
            Content("loan", link="https://x.com/plant"),
            ["loan", "plant"],
            id="unless asked inside",
        ),
        pytest.param(
            "{all: [loan, {any: [plant], in: [link]}]}",
            Content("", link="https://x.com/plant-loan"),
            None,
            id="what is asked inside is for that part",
        ),
        pytest.param(
            "{any: [{any: [loan], in: [text]}], in: [title]}", Content("loan", "loan"), None, id="both"
        ),
        pytest.param(
            "{amount: at least USD 5m, in: [title]}", Content("", "$6 million"), None, id="a figure too"
        ),
        pytest.param("{regex: 'l..n', in: [title]}", Content("", "loan"), None, id="a pattern too"),
    ],
)
def test_words_are_looked_for_where_the_condition_says(
    written: str, content: Content, words: list[str] | None
) -> None:
    # another rule asks for every field, so that all of them are there to be found in
    everywhere = condition("{any: [anything], in: [title, summary, body, link, source]}")
    asked = condition(written)
    watchlist = Watchlist("w", "W", must=(Group("a", asked, 1), Group("b", everywhere, 1)))
    hits = Evidence(Matcher([watchlist]).find(content)).hits(asked)
    assert (None if hits is None else [hit.words for hit in hits]) == words


@pytest.mark.parametrize("guard", ["unless: [x1]", "not_near: [x1]"])
def test_what_must_be_absent_is_looked_for_in_the_text_only(guard: str) -> None:
    concepts = f"{CONCEPTS}  c:\n    terms: {{en: [loan]}}\n    {guard}\n"
    asked = condition('{any: ["@c"]}', concepts=concepts)
    other = condition("{any: [x1], in: [link]}")
    watchlist = Watchlist("w", "W", must=(Group("a", asked, 1), Group("b", other, 1)))
    found = Matcher([watchlist]).find(Content("loan", link="https://x.com/x1"))
    assert Evidence(found).holds(asked)


# ------------------------------------------------------------------ from


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        pytest.param("{tier: [1, 2]}", True, id="tier"),
        pytest.param("{tier: [3]}", False, id="other tier"),
        pytest.param("{lang: [zh]}", True, id="language"),
        pytest.param("{country: [US]}", False, id="country"),
        pytest.param("{id: [mofcom]}", True, id="id"),
        pytest.param("{tier: [1], lang: [zh], country: [CN]}", True, id="all that is named"),
        pytest.param("{tier: [1], lang: [en]}", False, id="all but one"),
    ],
)
def test_from_asks_where_an_item_is_from(written: str, holds: bool) -> None:
    origin = Origin("mofcom", 1, "zh", "CN")
    answer = judged(condition(f"{{from: {written}}}"), Content("x"), origin)
    assert (answer is not None) is holds
    with_words = judged(condition(f"{{any: [loan], from: {written}}}"), Content("A loan"), origin)
    assert with_words == (["loan"] if holds else None)


def test_from_holds_nowhere_when_nothing_is_known_of_the_source() -> None:
    assert judged(condition("{from: {tier: [1]}}"), Content("x"), UNKNOWN) is None


def test_a_source_or_words_in_the_title() -> None:
    asked = condition("{any: [loan, {from: {tier: [1]}}], in: [title]}")
    assert judged(asked, Content("", "loan"), Origin(tier=1)) == []
    assert judged(asked, Content("", "loan"), Origin(tier=2)) is None


# ------------------------------------------------------------------ patterns and figures


@pytest.mark.parametrize(
    ("written", "title", "words"),
    [
        pytest.param(
            r"{regex: 'Ex-?Im\b'}", "the Ex-Im bank, exim", ["Ex-Im", "exim"], id="case does not matter"
        ),
        pytest.param(r"{regex: '(?-i)MP\b'}", "mp MP", ["MP"], id="unless it says so"),
        pytest.param(r"{regex: '第\d+号'}", "公告第61号", ["第61号"], id="Chinese"),
        pytest.param(r"{regex: 'zzz'}", "zz", None, id="not there"),
        pytest.param("{amount: at least USD 50m}", "a loan of $60 million", ["$60 million"], id="amount"),
        pytest.param("{amount: at least USD 50m}", "a loan of $40 million", None, id="too little"),
        pytest.param("{amount: at least USD 50m}", "a loan of €60 million", None, id="another currency"),
        pytest.param(
            "{amount: at least USD 50m}", "获得5000万美元贷款", ["5000万美元"], id="amount, Chinese"
        ),
        pytest.param("{amount: at most EUR 1bn}", "2 Mrd. Euro", None, id="too much"),
        pytest.param("{date: 2026-11-10}", "until November 10, 2026", ["November 10, 2026"], id="date"),
        pytest.param("{date: 2026-11}", "自2026年11月10日起", ["2026年11月10日"], id="date, Chinese"),
        pytest.param("{date: from 2026-11-10}", "in October 2026", None, id="too early"),
        pytest.param(
            "{announcement: 61/2025}", "公告2025年第61号", ["2025年第61号"], id="announcement, Chinese"
        ),
        pytest.param("{announcement: 61/2025}", "Announcement No. 62 of 2025", None, id="other announcement"),
        pytest.param("{announcement: any}", "Notice No. 3", ["Notice No. 3"], id="any announcement"),
        pytest.param(
            "{near: [loan, {amount: at least USD 50m}], within: 2}",
            "loan of $60 million",
            ["loan", "$60 million"],
            id="a figure near words",
        ),
        pytest.param(
            "{near: [loan, {regex: 'f.nal'}], within: 2}",
            "loan final, x x x final",
            ["loan", "final"],
            id="a pattern near words",
        ),
    ],
)
def test_patterns_and_figures_are_conditions_like_any_other(
    written: str, title: str, words: list[str] | None
) -> None:
    assert met(written, title) == words


# ------------------------------------------------------------------ hits


def test_of_words_within_words_the_longest_is_shown() -> None:
    assert met("{any: [rare earth, rare earth magnet, magnet]}", "rare earth magnet") == ["rare earth magnet"]


def test_a_condition_that_no_rule_knows_is_refused() -> None:
    with pytest.raises(TypeError, match="no way to judge"):
        Evidence(Matcher([]).find(Content("x"))).hits(Condition())


TERMS = ("loan", "plant", "loan plant", "EXIM", "a", "a a", "a a a", "稀土", "土磁")
TEXTS = st.lists(st.sampled_from(("loan", "plant", "EXIM", "a", "稀土磁", ".", "x")), max_size=14).map(
    " ".join
)
PLAIN = st.sets(st.sampled_from(TERMS), min_size=1, max_size=3).map(
    lambda chosen: Words(frozenset(map(term, chosen)))
)


def _built(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    within = st.sampled_from((0, 1, 3, None))
    return st.one_of(
        st.builds(AnyOf, several),
        st.builds(AllOf, several),
        st.builds(Near, several, within, st.booleans()),
    )


POSITIVE = st.recursive(PLAIN, _built, max_leaves=6)


def evidence(conditions: list[Condition], text: str) -> Evidence:
    groups = tuple(Group(str(number), one, 1) for number, one in enumerate(conditions))
    return Evidence(Matcher([Watchlist("w", "W", must=groups)]).find(Content("", text)))


@given(st.lists(POSITIVE, min_size=1, max_size=4), TEXTS, st.randoms())
def test_the_order_of_asking_changes_no_answer(
    conditions: list[Condition], text: str, random: object
) -> None:
    once = evidence(conditions, text)
    forward = [once.hits(one) for one in conditions]
    again = [once.hits(one) for one in conditions]
    other = evidence(conditions, text)
    backward = [other.hits(one) for one in reversed(conditions)]
    alone = [evidence([one], text).hits(one) for one in conditions]
    assert forward == again == backward[::-1] == alone


def more(condition: Condition, spelling: Words) -> Condition:
    """The same condition with one spelling more in each list of words."""
    match condition:
        case Words():
            return Words(condition.lookups | spelling.lookups)
        case AnyOf():
            return AnyOf(tuple(more(part, spelling) for part in condition.of))
        case AllOf():
            return AllOf(tuple(more(part, spelling) for part in condition.of))
        case Near():
            parts = tuple(more(part, spelling) for part in condition.of)
            return Near(parts, condition.within, condition.in_order)
    raise AssertionError(condition)


@given(POSITIVE, TEXTS, PLAIN)
def test_a_synonym_undoes_nothing_that_held(condition: Condition, text: str, spelling: Words) -> None:
    richer = more(condition, spelling)
    asked = evidence([condition, richer], text)
    assert asked.holds(richer) or not asked.holds(condition)


@given(TEXTS, st.lists(PLAIN, min_size=2, max_size=3), st.sampled_from((0, 1, 3, 6)))
def test_near_is_what_trying_every_pair_finds(text: str, parts: list[Words], within: int) -> None:
    """Of two parts: a pair in which one ends before the other begins, near enough."""
    one, other = parts[:2]
    asked = evidence([one, other, near := Near((one, other), within)], text)
    pairs = [
        (first, last)
        for a in asked.hits(one) or ()
        for b in asked.hits(other) or ()
        for first, last in (sorted((a, b), key=lambda hit: hit.place),)
        if first.end <= last.start
    ]
    between = [asked.found.words_between("summary", first.end, last.start) for first, last in pairs]
    assert asked.holds(near) == any(words <= within for words in between)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), max_size=12))
def test_the_longest_hits_cover_all_and_none_lies_in_another(spans: list[tuple[int, int]]) -> None:
    hits = [Hit("title", start, start + size, "x" * size, "x") for start, size in spans]
    kept = longest(hits)
    assert all(any(k.start <= h.start and h.end <= k.end for k in kept) for h in hits)
    assert not any(a is not b and a.start <= b.start and b.end <= a.end for a in kept for b in kept)
