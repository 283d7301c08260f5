"""What an item adds to a story that was told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fact import Fact, Facts, Kind, Sum
from monitor.ledger import Change, Entry, Standing, What
from monitor.model import Hit, Reason, Verdict
from monitor.novelty import Known, additions, changed
from monitor.rule import Stage, Watchlist, Words
from tests.fakes import NOON

LADDER = tuple(
    Stage(name, n, Words()) for n, name in enumerate(("letter-of-interest", "application", "approval"))
)
LOANS = Watchlist("loans", "Loans", must=(), stages=LADDER)


def fact(kind: Kind, value: str, field: str = "title", sure: float = 1.0, **more: Any) -> Fact:
    return Fact(kind, value, value, field, 0, len(value), value, sure, **more)  # type: ignore[arg-type]


def usd(millions: int, field: str = "title", sure: float = 1.0) -> Fact:
    value = Decimal(millions) * 1_000_000
    return fact(Kind.AMOUNT, f"USD {value}", field, sure, sum=Sum(value, "USD", usd=value))


def yuan(millions: int, dollars: int) -> Fact:
    value = Decimal(millions) * 1_000_000
    summed = Sum(value, "CNY", usd=Decimal(dollars) * 1_000_000, rate=Decimal("0.14"), rated=date(2026, 1, 1))
    return fact(Kind.AMOUNT, f"CNY {value}", sum=summed)


def company(name: str, field: str = "title") -> Fact:
    return fact(Kind.COMPANY, name, field)


def day(value: str, field: str = "title") -> Fact:
    return fact(Kind.DATE, value, field)


TOLD = Known((company("astra"), usd(100), day("2027-12")), frozenset({"application"}), tier=3)


def a_verdict(stage: str, field: str = "title") -> Verdict:
    told = (Hit(field, 0, 4, "told", "told"),) if stage else ()  # type: ignore[arg-type]
    return Verdict("loans", 80, (), stage, told=told)


def added(facts: Facts, stage: str = "application", tier: int = 3, *changes: Change) -> list[str]:
    told = additions(facts, a_verdict(stage), tier, LOANS, TOLD, changes or None)
    return [f"{one.reason.value}: {one.words}" for one in told]


@pytest.mark.parametrize(
    ("facts", "stage", "tier", "expected"),
    [
        pytest.param((company("astra"), usd(100)), "application", 3, [], id="a copy"),
        pytest.param((), "", 4, [], id="states nothing"),
        pytest.param((), "letter-of-interest", 3, [], id="a rung below"),
        pytest.param((usd(102),), "application", 3, [], id="rounded"),
        pytest.param((yuan(720, 101),), "application", 3, [], id="the same in yuan"),
        pytest.param((usd(250, "summary"),), "application", 3, [], id="a sum deep in a rewrite"),
        pytest.param((usd(250, sure=0.4),), "application", 3, [], id="a sum that may be another's"),
        pytest.param((company("borealis", "summary"),), "application", 3, [], id="named in passing"),
        pytest.param((day("2027"),), "application", 3, [], id="the year of the same day"),
        pytest.param(
            (usd(250),), "application", 3,
            ["new fact: amount: USD 100000000 → USD 250000000"], id="another sum in the title",
        ),
        pytest.param(
            (company("astra"), company("borealis")), "application", 3,
            ["new fact: company: borealis"], id="another party in the title",
        ),
        pytest.param(
            (day("2028-06"),), "application", 3, ["new fact: date: 2027-12 → 2028-06"], id="another day"
        ),
        pytest.param(
            (), "approval", 3, ["stage moved: application → approval"], id="a rung above"
        ),
        pytest.param(
            (), "application", 1, ["confirmed: a primary source says it"], id="the first primary source"
        ),
        pytest.param(
            (usd(120, "summary"),), "approval", 1,
            [
                "stage moved: application → approval",
                "confirmed: a primary source says it",
                "new fact: amount: USD 100000000 → USD 120000000",
            ],
            id="all at once, the weightiest first",
        ),
    ],
)  # fmt: skip
def test_only_what_is_new_and_prominent_counts(
    facts: tuple[Fact, ...], stage: str, tier: int, expected: list[str]
) -> None:
    assert added(Facts(facts), stage, tier) == expected


def a_change(what: What, *, rung: str = "cancelled", was: str = "approval") -> Change:
    entry = Entry("deals", "astra/exim", "Astra / EXIM", Standing(rung, NOON, rival="signing"), (), NOON)
    return Change(entry, what, was, rung, "signing")


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        pytest.param(a_change("moved", rung="signing"), Reason.MOVED, "approval → signing", id="moved"),
        pytest.param(a_change("reversed"), Reason.REVERSED, "approval → cancelled", id="reversed"),
        pytest.param(a_change("confirmed"), Reason.CONFIRMED, "a primary source says", id="confirmed"),
        pytest.param(a_change("contradicted"), Reason.FACT, "cancelled or signing", id="contradicted"),
    ],
)
def test_a_change_of_a_ledger_is_said_in_words(change: Change, reason: Reason, words: str) -> None:
    (one,) = changed([change])
    assert one.reason is reason
    assert words in one.words
    assert "Astra / EXIM" in one.words


def test_an_entry_that_is_opened_is_no_news_beside_the_report() -> None:
    assert changed([a_change("opened")]) == []


def test_where_a_ledger_follows_the_stage_the_watchlist_does_not_say_it_twice() -> None:
    said = added(Facts(), "approval", 3, a_change("moved", rung="approval", was="application"))
    assert said == ["stage moved: Astra / EXIM: application → approval"]


def test_a_stage_deep_in_the_text_of_a_told_story_is_background() -> None:
    assert additions(Facts(), a_verdict("approval", "summary"), 3, LOANS, TOLD) == []


def test_a_denial_by_a_primary_source_reverses_what_was_told() -> None:
    denied = Facts(meanings=frozenset({"denial"}))
    assert "reversed: corrected or denied" in added(denied, tier=1)
    assert added(denied, tier=3) == []


FACTS = st.lists(
    st.one_of(
        st.integers(1, 900).map(usd),
        st.sampled_from(["astra", "borealis", "cobre"]).map(company),
        st.sampled_from(["2027", "2027-12", "2028-01-15"]).map(day),
    ),
    max_size=6,
).map(lambda facts: Facts(tuple(facts)))


@given(FACTS, st.sampled_from(["", "letter-of-interest", "application", "approval"]), st.integers(1, 4))
def test_what_was_told_once_is_never_new_again(facts: Facts, stage: str, tier: int) -> None:
    known = Known(facts.all, frozenset({stage}), tier)
    assert additions(facts, a_verdict(stage), tier, LOANS, known) == []
