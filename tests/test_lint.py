"""What check warns of: rules that cannot do what they say, and what the news says of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from monitor import lint
from monitor.folder import read_directory
from monitor.history import Past, read
from monitor.lint import ENOUGH_ITEMS, Census, Finding
from monitor.model import Content, Source
from monitor.rule import Watchlist
from monitor.watchlists import build
from tests.conftest import ROOT
from tests.fakes import a_source

PRESS = (a_source(1, tier=3),)
HEAD = "watchlist: w\ntitle: W\n"


def rule(body: str, **meanings: str) -> Watchlist:
    texts = {f"{name}.yaml": text for name, text in meanings.items()}
    rulebook, problems = build({"w.yaml": HEAD + body, **texts})
    assert not problems
    return rulebook.watchlists[0]


def static(body: str, now: datetime, sources: tuple[Source, ...] = PRESS) -> list[str]:
    return [str(finding) for finding in lint.static([rule(body)], sources, now)]


# ------------------------------------------------------------------ without data


def test_a_must_that_cannot_be_met_means_that_nothing_fires(now: datetime) -> None:
    (said,) = static("must:\n  - {name: who, from: {id: [nobody]}, weight: 90}\n", now)
    assert said == (
        "'who': this must group can never be met: no source of the catalogue is 'nobody' "
        "(so this watchlist never fires; change the group)"
    )


def test_a_must_that_a_not_group_rules_out_is_told(now: datetime) -> None:
    must = "must:\n  - {name: loan, any: [student loan, car loan], weight: 90}\n"
    body = must + "not:\n  - {name: n, any: [loan]}\n"
    (said,) = static(body, now)
    assert "this must group counts for nothing: the not group 'n' rules out all that meets it" in said
    assert static(body.replace("[loan]", "[student loan]"), now) == []


@pytest.mark.parametrize("kind", ["any", "less", "not"])
def test_other_groups_that_cannot_be_met_are_told(kind: str, now: datetime) -> None:
    body = f"must:\n  - {{any: [loan], weight: 90}}\n{kind}:\n  - {{name: g, from: {{id: [nobody]}}}}\n"
    (said,) = static(body, now)
    assert said.startswith(f"'g': this {kind} group can never be met: no source of the catalogue is 'nobody'")


def test_a_stage_that_cannot_be_told_is_told(now: datetime) -> None:
    body = "must:\n  - {any: [loan], weight: 90}\nstages:\n  - {id: signed, any: [signed], not: [signed]}\n"
    (said,) = static(body, now)
    assert said.startswith("stage 'signed' can never be told")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "must:\n  - {any: [loan], weight: 59}\n",
            "can never alert: at most 59 points, and an alert takes 60",
        ),
        ("must:\n  - {any: [loan], weight: 20}\n", "can never tell anything: at most 20 points"),
        ("must:\n  - {any: [loan], weight: 60, in: [text]}\n", ""),
        ("must:\n  - {any: [loan], weight: 50}\n  - {any: [x], in: [link], weight: 10}\n", ""),
        (
            "must:\n  - {any: [loan], weight: 60}\nweights: {title: 0.5, summary: 0.5, link: 1}\n",
            "at most 30 points",
        ),
        ("must:\n  - {any: [loan], weight: 50}\nany:\n  - {any: [x], weight: 10}\n", ""),
        ("must:\n  - {any: [loan], weight: 55}\ntiers: {3: 5}\n", ""),
        ("must:\n  - {any: [loan], weight: 55}\ntiers: {1: 5}\n", "at most 55"),
        (
            "must:\n  - {any: [loan], weight: 60}\nalert: 61\nweights: {title: 0.5, summary: 1}\n",
            "at most 60",
        ),
    ],
)
def test_a_threshold_out_of_reach_is_told(body: str, said: str, now: datetime) -> None:
    assert [said in one for one in static(body, now)] == ([True] if said else [])


def test_what_has_ended_is_told_and_what_has_not_is_left_alone(now: datetime) -> None:
    body = "must:\n  - {any: [loan], weight: 90}\n"
    ended = "expires: 2026-01-01\nmute:\n  - {any: [x], until: 2026-02-01, why: the case}\n"
    assert static(body + ended, now) == [
        "expired on 2026-01-01: it is no longer judged (move 'expires' or take the file away)",
        "a mute (the case) ended on 2026-02-01 (take it out, or move 'until')",
    ]
    assert static(body + ended.replace("2026", "2027"), now) == []
    assert static(body + "snooze: 2027-01-01\n", now) == [
        "is snoozed until 2027-01-01 00:00 UTC (take 'snooze' out to be told again)"
    ]


def test_the_shipped_watchlists_can_do_what_they_say(now: datetime) -> None:
    rulebook, _ = build(read_directory(ROOT / "watchlists"))
    tiers = tuple(a_source(tier, tier=tier) for tier in (1, 2, 3, 4))
    assert list(lint.static(rulebook.watchlists, tiers, now)) == []


# ------------------------------------------------------------------ with data

MP = """\
entities:
  mp:
    name: MP Materials
    kind: company
    terms: {en: [=MP, MP Materials]}
"""
PLANTS = 'must:\n  - {name: who, any: ["@mp"], weight: 40}\n  - {name: what, any: [plant], weight: 30}\n'


def census(watchlist: Watchlist, *titles: str, fill: int = 0) -> list[Finding]:
    counted = Census([watchlist])
    for number, title in enumerate((*titles, *["Nothing to see"] * fill)):
        counted.add(Past(number, None, Content(title)))
    return list(counted.findings())


def test_a_spelling_that_mostly_means_something_else_is_told() -> None:
    titles = ["MP speaks in parliament"] * 60 + ["MP Materials opens a plant"] * 4 + ["MP opens a plant"] * 2
    (found,) = census(rule(PLANTS, entities=MP), *titles)
    assert (
        str(found) == "'who': '=MP' is ambiguous: 62 hits, 2 in signals (say what it is beside, or not near)"
    )


def test_the_words_of_a_longer_spelling_are_not_its_own_hits() -> None:
    assert census(rule(PLANTS, entities=MP), *["MP Materials opens a plant"] * 99) == []


def test_a_general_word_beside_others_as_general_is_left_alone() -> None:
    body = "must:\n  - {any: [loan, plant], weight: 30}\n  - {any: [gallium], weight: 40}\n"
    titles = [f"A {word} in town" for word in ("loan", "plant") for _ in range(200)]
    assert census(rule(body), *titles, "A loan for gallium", "A plant for gallium") == []


def test_a_few_hits_are_no_noise() -> None:
    titles = ["MP speaks in parliament"] * 20 + ["MP Materials opens a plant"] * 4
    assert census(rule(PLANTS, entities=MP), *titles) == []


def test_terms_that_never_fire_are_told_together_once_there_are_items_enough() -> None:
    watchlist = rule("must:\n  - {any: [loan, grant, 贷款], weight: 90}\n")
    assert census(watchlist, "A loan", fill=ENOUGH_ITEMS - 2) == []
    (found,) = census(watchlist, "A loan", fill=ENOUGH_ITEMS - 1)
    assert found.message == f"2 of 3 terms are in none of {ENOUGH_ITEMS:,} items"
    assert found.terms == ("grant", "贷款")


def test_a_must_of_which_nothing_is_in_the_news_is_told_by_name() -> None:
    found = census(rule("must:\n  - {name: metal, any: [gallium, 镓], weight: 90}\n"), fill=ENOUGH_ITEMS)
    assert f"'metal': none of its 2 terms is in any of {ENOUGH_ITEMS:,} items" in str(found[0])


def test_fields_count_as_missing_only_where_many_items_lack_them() -> None:
    counted = Census([rule("must:\n  - {any: [loan], weight: 90}\n")])
    counted.add(Past(1, None, Content("A loan", "in the text")))
    assert "body" in counted.fields
    for number in range(ENOUGH_ITEMS):
        counted.add(Past(number, None, Content("A loan")))
    assert counted.fields == {"title", "summary"}


def test_real_news_says_little_against_the_shipped_watchlists(shared: Path, now: datetime) -> None:
    rulebook, _ = build(read_directory(ROOT / "watchlists"))
    counted = Census(rulebook.watchlists)
    with (shared / "eval" / "dev.jsonl").open(encoding="utf-8") as lines:
        for past in read("dev.jsonl", lines, {}, now):
            counted.add(past)
    assert counted.items > 200
    assert len(list(counted.findings())) < 20
