"""What an item scores: how points add up, what voids, which stage, and what can never happen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.conditions import Evidence
from monitor.match import Matcher
from monitor.model import Content, Origin, Verdict
from monitor.rule import (
    PROSE,
    AnyOf,
    Apart,
    Condition,
    Field,
    Figure,
    From,
    Group,
    Near,
    Stage,
    Unless,
    Watchlist,
    Words,
)
from monitor.score import MAX_HITS, Judges, evaluate, leading
from monitor.terms import term


def terms(*written: str, unless: str = "", fields: tuple[Field, ...] = PROSE) -> Condition:
    words = Words(frozenset(map(term, written)), frozenset(fields))
    return Unless(words, terms(unless)) if unless else words


def group(name: str, weight: int, *written: str, fields: tuple[Field, ...] = PROSE) -> Group:
    condition = terms(*(written or (name,)), fields=fields)
    return Group(name, condition, weight, shared="title" in fields)


LOANS = Watchlist(
    "loans",
    "Loans",
    must=(group("lender", 30, "=EXIM", "=DFC"), group("money", 20, "loan", "guarantee")),
    any=(group("rare earth", 15), group("board", 10)),
    less=(group("opinion", 25),),
    exclude=(group("student loan", 0),),
    stages=(
        Stage("proposed", 0, terms("propose", "proposes")),
        Stage("approved", 1, terms("approv*")),
        Stage("signed", 2, terms("signs", "signed")),
    ),
    tiers={1: 8, 2: 4, 3: 0, 4: -4},
)


def evidence(
    watchlists: list[Watchlist], title: str, text: str = "", tier: int | None = None, body: str = ""
) -> Evidence:
    return Evidence(Matcher(watchlists).find(Content(title, text, body)), Origin(tier=tier))


def judge(
    watchlist: Watchlist, title: str, text: str = "", tier: int | None = None, body: str = ""
) -> Verdict:
    return evaluate(watchlist, evidence([watchlist], title, text, tier, body))


# ------------------------------------------------------------------ points


@pytest.mark.parametrize(
    ("title", "text", "tier", "score"),
    [
        pytest.param("EXIM loan", "", None, 50, id="musts in the title count in full"),
        pytest.param("EXIM", "a loan", None, 44, id="a must only in the text counts 0.7"),
        pytest.param("", "EXIM loan", None, 35, id="all in the text"),
        pytest.param("EXIM loan", "EXIM loan", None, 50, id="twice counts once"),
        pytest.param("EXIM and DFC loan", "", None, 50, id="two terms of a group count once"),
        pytest.param("EXIM loan for rare earth", "", None, 65, id="any adds in full"),
        pytest.param("EXIM loan", "rare earth", None, 60, id="any in the text adds 0.7, rounded"),
        pytest.param("EXIM board: rare earth loan", "", None, 75, id="every any adds"),
        pytest.param("Opinion: EXIM loan", "", None, 25, id="less takes in full"),
        pytest.param("EXIM loan", "opinion", None, 32, id="less in the text takes 0.7"),
        pytest.param("EXIM loan", "", 1, 58, id="tier 1 adds"),
        pytest.param("EXIM loan", "", 3, 50, id="tier 3 leaves"),
        pytest.param("EXIM loan", "", 4, 46, id="tier 4 takes"),
        pytest.param("EXIM loan", "", 9, 50, id="a tier that no rule names"),
        pytest.param("EXIM", "", 1, 0, id="a must missing"),
        pytest.param("loan", "rare earth board", 1, 0, id="the other must missing"),
        pytest.param("", "", 1, 0, id="nothing at all"),
        pytest.param("EXIM student loan", "", 1, 0, id="a not met in the title"),
        pytest.param("EXIM loan", "student loans", 1, 0, id="a not met in the text"),
        pytest.param("exim loan", "", None, 0, id="case of a must"),
    ],
)
def test_points_add_up_as_documented(title: str, text: str, tier: int | None, score: int) -> None:
    assert judge(LOANS, title, text, tier).score == score


def test_a_score_never_passes_a_hundred() -> None:
    rich = replace(LOANS, any=tuple(group(word, 90) for word in ("board", "plant")))
    assert judge(rich, "EXIM board loan for a plant").score == 100


def test_a_score_never_falls_below_zero() -> None:
    poor = replace(LOANS, less=(group("opinion", 100),), tiers={4: -100})
    assert judge(poor, "Opinion: EXIM loan", tier=4).score == 0


@pytest.mark.parametrize(
    ("fields", "title", "text", "points"),
    [
        pytest.param(("title",), "rare earth", "", 40, id="title asked, in the title"),
        pytest.param(("title",), "", "rare earth", 0, id="title asked, in the text"),
        pytest.param(("summary",), "", "rare earth", 40, id="text asked counts in full there"),
        pytest.param(("summary",), "rare earth", "", 0, id="text asked, in the title"),
        pytest.param(PROSE, "", "rare earth", 28, id="either asked, in the text"),
        pytest.param(PROSE, "rare earth", "rare earth", 40, id="either asked, in both"),
    ],
)
def test_a_group_looks_in_its_fields_only(
    fields: tuple[Field, ...], title: str, text: str, points: int
) -> None:
    watchlist = Watchlist("w", "W", must=(group("rare earth", 40, fields=fields),))
    assert judge(watchlist, title, text).score == points


def test_a_term_is_void_in_an_item_that_holds_its_unless() -> None:
    must = Group("maker", terms("VAC", unless="vacuum cleaner"), 50)
    watchlist = Watchlist("w", "W", must=(must,))
    assert judge(watchlist, "VAC builds a plant").score == 50
    assert judge(watchlist, "VAC builds a plant", "A vacuum cleaner").score == 0


def test_what_voids_one_term_leaves_the_others_of_the_group() -> None:
    either = AnyOf((terms("VAC", unless="vacuum cleaner"), terms("Vacuumschmelze")))
    must = Group("maker", either, 50)
    watchlist = Watchlist("w", "W", must=(must,))
    verdict = judge(watchlist, "VAC and Vacuumschmelze", "A vacuum cleaner")
    assert verdict.score == 50
    assert [h.words for h in verdict.hits] == ["Vacuumschmelze"]


def test_one_phrase_with_and_without_an_unless_counts_through_the_one_without() -> None:
    must = Group("maker", AnyOf((terms("VAC", unless="vacuum cleaner"), terms("VAC"))), 50)
    assert judge(Watchlist("w", "W", must=(must,)), "VAC", "A vacuum cleaner").score == 50


# ------------------------------------------------------------------ parts


def test_the_parts_tell_every_group_met_or_not() -> None:
    verdict = judge(LOANS, "EXIM loan", "the board", tier=1)
    assert [(p.kind, p.name, p.points, p.met) for p in verdict.parts] == [
        ("must", "lender", 30, True),
        ("must", "money", 20, True),
        ("any", "rare earth", 0, False),
        ("any", "board", 7, True),
        ("less", "opinion", 0, False),
        ("not", "student loan", 0, False),
        ("tier", "tier 1 source", 8, True),
    ]


def test_the_missing_and_the_vetoes_are_named() -> None:
    verdict = judge(LOANS, "A student loan")
    assert [p.name for p in verdict.missing] == ["lender"]
    assert [p.name for p in verdict.vetoes] == ["student loan"]


def test_hits_hold_place_words_phrase_and_way_in_order() -> None:
    zh = AnyOf((terms("稀土"),), name="zh")
    via = Watchlist("w", "W", must=(Group("g", AnyOf((zh,), name="rare-earths"), 30),))
    hits = judge(via, "重稀土", "稀土与稀土").hits
    assert [(h.field, h.start, h.end, h.words) for h in hits] == [
        ("title", 1, 3, "稀土"),
        ("summary", 0, 2, "稀土"),
        ("summary", 3, 5, "稀土"),
    ]
    assert {h.via for h in hits} == {("rare-earths", "zh")}


def test_hits_that_took_points_are_not_among_those_that_earned_them() -> None:
    assert {h.words for h in judge(LOANS, "Opinion: EXIM loan").hits} == {"EXIM", "loan"}


def test_a_part_keeps_a_bounded_number_of_hits() -> None:
    assert len(judge(LOANS, "EXIM loan", "loan " * 500).parts[1].hits) == MAX_HITS


def test_the_thresholds_of_the_watchlist_are_in_the_verdict() -> None:
    verdict = judge(replace(LOANS, alert=70, digest=40), "EXIM loan")
    assert (verdict.watchlist, verdict.alert, verdict.digest) == ("loans", 70, 40)


# ------------------------------------------------------------------ stages


STEPS = replace(
    LOANS,
    stages=(
        Stage("announced", 0, terms("announces", "plans", "EXIM"), general=True),
        Stage("pledged", 1, terms("pledges"), general=True),
        *(replace(stage, number=stage.number + 2) for stage in LOANS.stages),
    ),
)


@pytest.mark.parametrize(
    ("title", "text", "stage"),
    [
        pytest.param("EXIM proposes a loan", "", "proposed", id="one rung"),
        pytest.param("EXIM approves the loan it proposes", "", "approved", id="the furthest of the title"),
        pytest.param("EXIM proposes a loan", "signed last year", "proposed", id="the title before the text"),
        pytest.param("loan", "approved, then signed", "signed", id="else the furthest of the first sentence"),
        pytest.param("loan", "EXIM approves it. It signed another before.", "approved", id="the lead first"),
        pytest.param("loan", "Some ten words that say nothing stand here before it. EXIM signs.", "signed",
                     id="else of the next sentence that tells one"),
        pytest.param("loan", "WASHINGTON. EXIM approves it.", "approved", id="a dateline is no lead"),
        pytest.param("EXIM announces a loan", "It was approved on Monday.", "approved",
                     id="a general one gives way to the lead"),
        pytest.param("EXIM announces a loan", "The bank has the money it needs for that. Another was signed.",
                     "announced", id="but not to the rest"),
        pytest.param("EXIM announces a loan", "The bank pledges $2m.", "pledged", id="furthest general"),
        pytest.param("student news", "", "", id="none told"),
    ],
)  # fmt: skip
def test_the_stage_is_what_the_title_says_else_what_comes_first(title: str, text: str, stage: str) -> None:
    assert judge(STEPS, title, text).stage == stage


def test_without_a_summary_the_body_leads() -> None:
    assert judge(STEPS, "EXIM announces a loan", body="It was approved on Monday.").stage == "approved"


def test_the_words_that_tell_the_stage_are_those_of_the_sentence_that_tells_it() -> None:
    verdict = judge(STEPS, "EXIM approves a loan", "Approved on Monday; approval of another may follow.")
    assert [(hit.field, hit.words) for hit in verdict.told] == [("title", "approves")]


STEP_WORDS = st.lists(st.sampled_from(["EXIM", "loan", "approves", "signs.", "announces", "It"]), max_size=8)


@given(STEP_WORDS.map(" ".join))
def test_a_stage_is_told_by_words_and_by_nothing_else(text: str) -> None:
    verdict = judge(STEPS, text, text)
    assert bool(verdict.stage) == bool(verdict.told)


def test_a_stage_says_its_id_in_words_unless_the_file_says_otherwise() -> None:
    assert Stage("first-draw", 0, terms("draw")).says == "first draw"
    assert Stage("approval", 0, terms("approves"), says="approved").says == "approved"


def verdict_of(watchlist: Watchlist, score: int, stage: str) -> tuple[Watchlist, Verdict]:
    return watchlist, Verdict(watchlist.id, score, (), stage)


@pytest.mark.parametrize(
    ("told", "stage"),
    [
        pytest.param(
            [("a", 90, "announced"), ("b", 60, "approved")], "approved", id="particular before general"
        ),
        pytest.param([("a", 70, "approved"), ("b", 80, "signed")], "signed", id="then the higher score"),
        pytest.param([("a", 70, "signed"), ("b", 70, "approved")], "signed", id="then the first"),
        pytest.param([("a", 90, ""), ("b", 60, "announced")], "announced", id="of those that tell one"),
        pytest.param([("a", 90, "")], None, id="none tells one"),
    ],
)
def test_the_stage_that_leads_where_several_watchlists_alert(
    told: list[tuple[str, int, str]], stage: str | None
) -> None:
    found = leading(verdict_of(replace(STEPS, id=name), score, said) for name, score, said in told)
    assert (found.id if found else None) == stage


# ------------------------------------------------------------------ what can never happen

WORDS = st.sampled_from(
    [
        "EXIM",
        "DFC",
        "loan",
        "guarantee",
        "rare earth",
        "board",
        "opinion",
        "student loan",
        "plant",
        "signed",
        "稀土",
    ]
)
TEXTS = st.lists(st.one_of(WORDS, st.just("公告2025年第61号")), max_size=6).map(" ".join)
TIERS = st.sampled_from([None, 1, 2, 3, 4])


@given(TEXTS, TEXTS, TIERS, st.integers(0, 3), WORDS)
def test_a_synonym_never_lowers_the_score(
    title: str, text: str, tier: int | None, place: int, word: str
) -> None:
    """A term more in a must or an any group can only help."""
    groups = [*LOANS.must, *LOANS.any]
    either = AnyOf((groups[place].condition, group(word, 0).condition))
    groups[place] = replace(groups[place], condition=either)
    richer = replace(LOANS, must=tuple(groups[:2]), any=tuple(groups[2:]))
    assert judge(richer, title, text, tier).score >= judge(LOANS, title, text, tier).score


@given(TEXTS, TEXTS, TIERS, WORDS, st.integers(0, 100))
def test_a_less_or_not_group_never_raises_the_score(
    title: str, text: str, tier: int | None, word: str, weight: int
) -> None:
    plain = judge(LOANS, title, text, tier).score
    less = replace(LOANS, less=(*LOANS.less, group(word, weight)))
    veto = replace(LOANS, exclude=(*LOANS.exclude, group(word, weight)))
    assert judge(less, title, text, tier).score <= plain
    assert judge(veto, title, text, tier).score <= plain


@given(TEXTS, TEXTS, TIERS)
def test_the_parts_always_account_for_the_score(title: str, text: str, tier: int | None) -> None:
    verdict = judge(LOANS, title, text, tier)
    total = sum(p.points for p in verdict.parts)
    out = bool(verdict.missing or verdict.vetoes)
    assert verdict.score == (0 if out else max(0, min(100, total)))


@given(TEXTS, TEXTS)
def test_the_title_is_never_worth_less_than_the_text(title: str, text: str) -> None:
    gentle = replace(LOANS, less=(), exclude=())
    assert judge(gentle, f"{title} {text}").score >= judge(gentle, title, text).score


# ------------------------------------------------------------------ which are judged at all

GROUPS = st.builds(
    group,
    st.sampled_from("abc"),
    st.integers(0, 60),
    WORDS,
    fields=st.sampled_from([PROSE, ("title",), ("summary",)]),
)
UNNAMED = st.one_of(st.integers(1, 4).map(lambda tier: From(frozenset({tier}))), st.builds(Figure))
SOURCED = st.builds(lambda condition: Group("no words", condition, 30), UNNAMED)
GUARDED = st.builds(lambda word, other: Group("guarded", terms(word, unless=other), 40), WORDS, WORDS)
EITHER = st.builds(
    lambda one, other: Group("either", AnyOf((one.condition, other.condition)), 40),
    st.one_of(GROUPS, SOURCED),
    st.one_of(GROUPS, GUARDED),
)
MUSTS = st.lists(st.one_of(GROUPS, SOURCED, GUARDED, EITHER), min_size=1, max_size=3).map(tuple)
WATCHLISTS = st.builds(
    lambda must, rest, out: Watchlist("w", "W", must=must, any=rest, exclude=out, tiers={1: 8, 4: -4}),
    MUSTS,
    st.lists(GROUPS, max_size=2).map(tuple),
    st.lists(GUARDED, max_size=1).map(tuple),
)


@given(st.lists(WATCHLISTS, max_size=4), TEXTS, TEXTS, TIERS)
def test_every_watchlist_that_scores_is_judged_and_as_if_it_were_alone(
    watchlists: list[Watchlist], title: str, text: str, tier: int | None
) -> None:
    named = [replace(one, id=f"w{number}") for number, one in enumerate(watchlists)]
    judged = list(Judges(named).verdicts(evidence(named, title, text, tier)))
    alone = [(one, evaluate(one, evidence([one], title, text, tier))) for one in named]
    assert [(w.id, v) for w, v in judged if v.score] == [(w.id, v) for w, v in alone if v.score]
    assert all(verdict in [v for _, v in alone] for _, verdict in judged)


def test_what_lacks_every_word_of_a_must_is_not_judged() -> None:
    others = [replace(LOANS, id=f"w{n}", must=(group(f"word{n}", 30),)) for n in range(100)]
    judged = list(Judges([*others, LOANS]).verdicts(evidence([*others, LOANS], "EXIM loan word7")))
    assert [watchlist.id for watchlist, _ in judged] == ["w7", "loans"]


@given(TEXTS, TEXTS, st.integers(0, 3), WORDS, WORDS, st.sampled_from([0, 2, None]))
def test_a_synonym_inside_nearness_never_lowers_the_score(
    title: str, text: str, place: int, word: str, other: str, within: int | None
) -> None:
    plain, more = terms(word), terms(word, other)
    scores = []
    for part in (plain, more):
        near = Group("near", Near((part, terms("loan")), within), 30)
        apart = Group("apart", Apart(part, terms("board"), within), 30)
        watchlist = Watchlist(
            "w", "W", must=(Group("m", AnyOf((near.condition, apart.condition)), 10),), any=(near, apart)
        )
        scores.append(judge(watchlist, title, text).score)
    assert scores[0] <= scores[1]


@pytest.mark.parametrize(
    ("content", "points"),
    [
        pytest.param(("rare earth", "", ""), 40, id="title"),
        pytest.param(("", "rare earth", ""), 28, id="summary"),
        pytest.param(("", "", "rare earth"), 20, id="body"),
        pytest.param(("", "rare earth", "rare earth"), 28, id="the best of two"),
    ],
)
def test_each_field_counts_its_share(content: tuple[str, str, str], points: int) -> None:
    watchlist = Watchlist("w", "W", must=(group("rare earth", 40),))
    title, summary, body = content
    assert judge(watchlist, title, summary, body=body).score == points
