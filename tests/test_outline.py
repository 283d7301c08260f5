"""What a rule asks, as `watchlists show` says it."""

from __future__ import annotations

import pytest

from monitor.outline import outline
from monitor.rule import Condition, Watchlist
from monitor.watchlists import build

CONCEPTS = """\
concepts:
  metal: {terms: {en: [gallium]}, also: ["@ore"], unless: [nitride]}
  ore: {terms: {en: [bauxite]}, beside: [mine]}
  port: {terms: {en: [Qingdao]}, not_near: [beer], within: 2}
"""


def rule(*written: str) -> Watchlist:
    musts = "".join(f"  - {{{one}}}\n" for one in written)
    texts = {"w.yaml": f"watchlist: w\ntitle: W\nmust:\n{musts}", "concepts.yaml": CONCEPTS}
    rulebook, problems = build(texts)
    assert not problems
    return rulebook.watchlists[0]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('any: ["loan~", =DFC]', ["=DFC, loan~"]),
        ("any: [loan], in: [title]", ["loan (in the title)"]),
        ("all: [loan, plant]", ["all of:", "  loan", "  plant"]),
        ("any: [loan, plant, mine], at_least: 2", ["at least 2 of:", "  loan", "  plant", "  mine"]),
        (
            "near: [[loan, grant], [plant, mine]], within: 1, in_order: true",
            ["within 1 word of each other, in this order:", "  grant, loan", "  mine, plant"],
        ),
        ("near: [loan, plant], within: sentence", ["in one sentence with each other:", "  loan", "  plant"]),
        ("any: [loan, {amount: USD 5m}]", ["any of:", "  loan", "  USD 5m"]),
        ("announcement: 61/2025, in: [text]", ["announcement 61/2025 (in the summary or the body)"]),
        ("from: {tier: [1], lang: [zh]}", ["a source that is tier 1, in language zh"]),
        ("any: [loan], not: [student]", ["loan", "but not where the item has:", "  student"]),
        (
            'any: ["@metal"]',
            [
                "@metal:",
                "  gallium",
                "  @ore:",
                "    bauxite",
                "  only where the item has:",
                "    mine",
                "but not where the item has:",
                "  nitride",
            ],
        ),
        ('any: ["@port"]', ["@port:", "  Qingdao", "but not within 2 words of:", "  beer"]),
    ],
)
def test_a_condition_is_said_in_lines(written: str, said: list[str]) -> None:
    assert list(outline(rule(written).must[0].condition)) == said


def test_a_concept_is_spelt_out_once_for_all_that_is_told_together() -> None:
    first, second, elsewhere = rule('any: ["@port"]', 'any: ["@port"]', 'any: ["@port"], in: [title]').must
    told: set[Condition] = set()
    outline(first.condition, told)
    assert outline(second.condition, told)[0] == "@port, as above"
    assert outline(elsewhere.condition, told)[1] == "  Qingdao (in the title)"
    assert outline(second.condition)[0] == "@port:"


def test_a_meaning_taken_in_twice_at_every_level_is_said_once() -> None:
    levels = "".join(
        f'  c{n}: {{terms: {{en: [w{n}]}}, also: ["@c{n + 1}", "@c{n + 1}"]}}\n' for n in range(45)
    )
    concepts = f"concepts:\n{levels}  c45: {{terms: {{en: [last]}}}}\n"
    text = 'watchlist: w\ntitle: W\nmust:\n  - any: ["@c0"]\n'
    rulebook, problems = build({"w.yaml": text, "concepts.yaml": concepts})
    assert not problems
    assert len(outline(rulebook.watchlists[0].must[0].condition)) < 150
