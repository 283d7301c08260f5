"""Why an item fired or did not: what lacks of a nested group, and the one change that would do."""

from __future__ import annotations

from datetime import datetime

import pytest

from monitor import change, explain
from monitor.conditions import Evidence
from monitor.explain import Explanation
from monitor.lacking import lacking
from monitor.match import Matcher
from monitor.model import Content, Origin
from monitor.rule import Watchlist
from monitor.score import evaluate
from monitor.watchlists import build

HEAD = "watchlist: w\ntitle: W\n"
MEANINGS = {
    "entities.yaml": """\
entities:
  dfc:
    name: DFC
    kind: agency
    terms: {en: [=DFC]}
    unless: [freight corridor]
  mp:
    name: MP Materials
    kind: company
    terms: {en: [=MP]}
    beside: [magnet]
  moon:
    name: Moon
    kind: company
    terms: {en: [Moon]}
    not_near: [landing]
""",
    "kinds.yaml": """\
kinds:
  opinion: {any: [opinion]}
  job-advert: {any: [vacancy]}
""",
}


def rule(body: str) -> Watchlist:
    rulebook, problems = build({"w.yaml": HEAD + body, **MEANINGS})
    assert not problems
    return rulebook.watchlists[0]


def seen(watchlist: Watchlist, title: str, text: str = "", tier: int | None = None) -> Evidence:
    return Evidence(Matcher([watchlist]).find(Content(title, text)), Origin(tier=tier))


def lacks(written: str, title: str, text: str = "") -> list[str]:
    watchlist = rule(f"must:\n  - {{{written}}}\n")
    return list(lacking(watchlist.must[0].condition, seen(watchlist, title, text)))


def sentence(body: str, title: str, text: str = "") -> str:
    watchlist = rule(body)
    evidence = seen(watchlist, title, text)
    return change.sentence(watchlist, evaluate(watchlist, evidence), evidence)


def explanation(body: str, title: str, text: str = "", outcome: str = "so") -> Explanation:
    watchlist = rule(body)
    evidence = seen(watchlist, title, text)
    return Explanation(watchlist, evaluate(watchlist, evidence), outcome, evidence)


# ------------------------------------------------------------------ what lacks


@pytest.mark.parametrize(
    ("written", "title", "said"),
    [
        ("any: [loan, grant]", "A gift", ["none of grant, loan"]),
        ("any: [loan, grant]", "A loan", []),
        (
            "all: [loan, plant]",
            "A loan",
            ["not all of it is there:", "  holds: “loan” in the title", "  lacks: none of plant"],
        ),
        ("near: [loan, plant], within: 2", "A loan to build a big plant",
         ["all there, but not within 2 words: “loan” in the title, “plant” in the title"]),
        ("near: [loan, plant], in_order: true", "A plant, a loan",
         ["all there, but not within 10 words, in this order: “loan” in the title, “plant” in the title"]),
        ("near: [loan, plant], within: sentence", "The loan came. The plant did not.",
         ["all there, but not in one sentence: “loan” in the title, “plant” in the title"]),
        ("any: [loan, grant, gift], at_least: 2", "A loan",
         ["1 of the 2 it takes:", "  holds: “loan” in the title", "  lacks: none of grant",
          "  lacks: none of gift"]),
        ("any: [loan], not: [student]", "A student loan",
         ["“loan” in the title is there, but so is “student” in the title"]),
        ("any: [loan], in: [text]", "A loan",
         ["it looks in the summary or the body only, and there is “loan” in the title"]),
        ("all: [loan, plant], in: [text]", "A loan for a plant",
         ["not all of it is there:",
          "  lacks: it looks in the summary or the body only, and there is “loan” in the title",
          "  lacks: it looks in the summary or the body only, and there is “plant” in the title"]),
        ("amount: at least USD 5m, in: [text]", "A loan of $6 million",
         ["it looks in the summary or the body only, and there is “$6 million” in the title"]),
        ("near: [[loan, grant], [plant, mine]]", "A grant for a school",
         ["not all of it is there:", "  holds: “grant” in the title", "  lacks: none of mine, plant"]),
        ('any: ["@dfc", loan]', "DFC on the freight corridor",
         ["“DFC” in the title is there, but so is “freight corridor” in the title"]),
        ('any: ["@mp"]', "MP opens a school",
         ["“MP” in the title is there, but nothing of what it has to be beside: magnet"]),
        ('any: ["@moon"]', "Moon landing",
         ["“Moon” in the title is there, but too near to “landing” in the title"]),
        ("amount: at least USD 50m", "A loan of $5 million", ["no figure that is 'at least USD 50m'"]),
        ("from: {tier: [1, 2]}", "A loan", ["the source is not tier 1 or 2"]),
        (
            "all: [loan, {near: [plant, magnet], within: 1}]",
            "A loan for a plant that makes a magnet",
            [
                "not all of it is there:",
                "  holds: “loan” in the title",
                "  lacks: all there, but not within 1 word: “plant” in the title, “magnet” in the title",
            ],
        ),
    ],
)  # fmt: skip
def test_what_lacks_of_a_group_is_told_part_by_part(written: str, title: str, said: list[str]) -> None:
    assert lacks(written, title) == said


def test_a_meaning_taken_in_twice_at_every_level_is_gone_through_once() -> None:
    levels = "".join(
        f'  c{n}: {{terms: {{en: [w{n}]}}, also: ["@c{n + 1}", "@c{n + 1}"]}}\n' for n in range(45)
    )
    concepts = f"concepts:\n{levels}  c45: {{terms: {{en: [last]}}}}\n"
    text = f'{HEAD}must:\n  - {{name: g, all: ["@c0", loan]}}\n'
    rulebook, problems = build({"w.yaml": text, "concepts.yaml": concepts})
    assert not problems
    (watchlist,) = rulebook.watchlists
    said = list(lacking(watchlist.must[0].condition, seen(watchlist, "A loan")))
    assert said[1:] == ["  lacks: none of last, w0, w1, w10 and 42 more", "  holds: “loan” in the title"]


# ------------------------------------------------------------------ one change

TWO = """\
must:
  - {name: lender, any: [EXIM], weight: 40}
any:
  - {name: money, any: [loan], weight: 25}
  - {name: metal, any: [gallium], weight: 20}
less:
  - {name: opinion, any: [opinion], weight: 30}
not:
  - {name: students, any: [student]}
"""


@pytest.mark.parametrize(
    ("title", "text", "said"),
    [
        pytest.param("EXIM loan", "", "", id="it fires as it is"),
        pytest.param("A loan", "", "With 'lender' in the title it would score 65.", id="a must"),
        pytest.param("Gallium", "", "With 'lender' in the title it would score 60.", id="just enough"),
        pytest.param(
            "A cat", "", "With 'lender' in the title it would score 40, which is not enough.", id="too little"
        ),
        pytest.param("Student loan: EXIM", "", "Without 'students' it would score 65.", id="a not group"),
        pytest.param(
            "A student cat", "",
            "No single change would make it fire: it lacks 'lender'; 'students' rules it out.",
            id="two things",
        ),
        pytest.param(
            "EXIM", "",
            "20 points short of an alert: with 'metal' in the title it would score 60; "
            "with an alert threshold of 40 it would fire.",
            id="the smaller of two that would do",
        ),
        pytest.param(
            "EXIM", "a loan",
            "2 points short of an alert: with 'money' in the title instead of the summary it would score 65; "
            "with an alert threshold of 58 it would fire.",
            id="words in the title that stand in the text",
        ),
        pytest.param(
            "Opinion: EXIM loan and gallium", "",
            "5 points short of an alert: without 'opinion' it would score 85; "
            "with an alert threshold of 55 it would fire.",
            id="a less group",
        ),
        pytest.param(
            "Opinion: EXIM", "",
            "50 points short of an alert: with an alert threshold of 10 it would fire.",
            id="only the threshold",
        ),
    ],
)  # fmt: skip
def test_the_smallest_change_that_would_make_it_fire(title: str, text: str, said: str) -> None:
    assert sentence(TWO, title, text) == said


def test_a_group_on_the_source_has_no_place_in_the_text() -> None:
    official = "  - {name: official, from: {tier: [1]}, weight: 20}\n"
    body = f"must:\n  - {{any: [loan], weight: 50}}\n{official}"
    assert sentence(body, "A loan") == "With 'official' it would score 70."


def test_a_group_that_looks_in_the_text_only_is_met_there() -> None:
    what = "  - {name: what, any: [loan], in: [text], weight: 30}\n"
    body = f"must:\n  - {{name: who, any: [EXIM], weight: 40}}\n{what}"
    assert sentence(body, "EXIM loan") == "With 'what' in the summary it would score 70."


def test_what_the_sentence_promises_is_what_the_rules_then_say() -> None:
    watchlist = rule(TWO)
    assert evaluate(watchlist, seen(watchlist, "EXIM gallium")).score == 60
    assert evaluate(watchlist, seen(watchlist, "EXIM loan")).score == 65


# ------------------------------------------------------------------ all of it


def test_every_group_is_told_met_or_not() -> None:
    said = list(explain.lines(explanation(TWO, "EXIM on gallium", "a student opinion")))
    assert said == [
        "W (w): 0 of 100, so",
        "  thresholds: alert from 60, digest from 35",
        "    +40  lender: “EXIM” in the title",
        "    +20  metal: “gallium” in the title",
        "    -21  opinion: “opinion” in the summary",
        "    out  students: “student” in the summary",
        "      -  money: not met, would add up to 25",
        "  Without 'students' it would score 39, which is not enough.",
    ]


def test_of_an_any_group_what_is_there_is_told() -> None:
    body = "must:\n  - {any: [loan], weight: 60}\nany:\n  - {name: both, all: [plant, magnet], weight: 9}\n"
    said = list(explain.lines(explanation(body, "A loan for a plant")))
    assert said[-4:] == [
        "      -  both: not met, would add up to 9",
        "           not all of it is there:",
        "             holds: “plant” in the title",
        "             lacks: none of magnet",
    ]
    assert "magnet" not in "".join(explain.lines(explanation(body, "A loan")))


def test_the_short_form_leaves_out_what_did_nothing() -> None:
    said = list(explain.short(explanation(TWO, "EXIM on a loan", outcome="alert")))
    assert said == [
        "65 of 100, alert from 60: alert",
        "    +40  lender: “EXIM” in the title",
        "    +25  money: “loan” in the title",
    ]


def test_the_kinds_of_text_that_rules_use_are_named() -> None:
    watchlist = rule("must:\n  - {any: [loan], weight: 60}\nkinds: {opinion: -20, job-advert: -50}\n")
    assert explain.kinds([watchlist], seen(watchlist, "Opinion: a vacancy")) == ("job-advert", "opinion")
    assert explain.kinds([watchlist], seen(watchlist, "A loan")) == ()


BODY = "must:\n  - {any: [loan], weight: 70}\n"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("snooze: 2026-12-01\n", "no alert: snoozed until 01 Dec 2026 00:00 UTC"),
        (
            "mute:\n  - {any: [loan], until: 2026-12-01, why: known}\n",
            "no alert: muted until 01 Dec 2026 00:00 UTC (known)",
        ),
        ("mute:\n  - {any: [grant], until: 2026-12-01}\n", ""),
        ("snooze: 2026-02-01\n", ""),
        ("expires: 2026-02-01\n", "not judged: the watchlist expired on 01 Feb 2026"),
        ("expires: 2026-12-01\n", ""),
    ],
)
def test_what_holds_back_an_alert_is_told(more: str, why: str, now: datetime) -> None:
    watchlist = rule(BODY + more)
    verdict = evaluate(watchlist, seen(watchlist, "A loan"))
    assert explain.held_back(watchlist, verdict, now) == why


def test_a_mute_says_nothing_of_what_would_not_alert(now: datetime) -> None:
    watchlist = rule(BODY + "snooze: 2026-12-01\n")
    verdict = evaluate(watchlist, seen(watchlist, "A gift"))
    assert explain.held_back(watchlist, verdict, now) == ""


def test_machines_get_the_change_and_what_lacks() -> None:
    said = explain.as_json(explanation(TWO, "A loan"))
    assert said["change"] == "With 'lender' in the title it would score 65."
    assert {part["name"]: part["lacking"] for part in said["parts"]} == {
        "lender": ["none of EXIM"],
        "money": [],
        "metal": ["none of gallium"],
        "opinion": [],
        "students": [],
    }
