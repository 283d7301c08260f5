"""What a rule can come to whatever the item says: never met, met together, met where."""

from __future__ import annotations

import pytest

from monitor.reach import Reach
from monitor.rule import Condition
from monitor.watchlists import build
from tests.fakes import a_source

SOURCES = (a_source(1, tier=1), a_source(2, tier=2))
FREIGHT = """\
entities:
  dfc:
    name: DFC
    kind: agency
    terms: {en: [=DFC, finance corporation]}
    unless: [freight corridor]
"""


def condition(written: str) -> Condition:
    """The only group of a watchlist whose must is `written`, as YAML in one line."""
    text = f"watchlist: w\ntitle: W\nmust:\n  - {{name: g, {written}}}\n"
    rulebook, problems = build({"w.yaml": text, "entities.yaml": FREIGHT})
    assert not problems
    return rulebook.watchlists[0].must[0].condition


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("any: [loan], not: [loan]", "its 'not' rules out all that would meet it"),
        ("any: [student loan], not: [loan]", "its 'not' rules out all that would meet it"),
        ("any: [稀土永磁], not: [稀土]", "its 'not' rules out all that would meet it"),
        ("all: [loan, plant], not: [plant]", "its 'not' rules out all that would meet it"),
        ("any: [loan], not_near: [loan]", "its 'not' rules out all that would meet it"),
        ("any: [{any: [loan], in: [title]}], in: [link]", "one 'in' stands within another, and they have no"),
        ("any: [{amount: USD 5m, in: [title]}], in: [text]", "one 'in' stands within another"),
        ("near: [{any: [loan], in: [title]}, {any: [plant], in: [text]}]", "is in different fields"),
        ("near: [loan, {from: {tier: [1]}}]", "a source stands nowhere in the text"),
        ("all: [{from: {tier: [1]}}, {from: {tier: [2]}}]", "no source is both tier 1 and tier 2"),
        (
            "any: [{from: {id: [nobody]}}, {from: {id: [no-one]}}, loan], at_least: 2",
            "and only 1 of its parts",
        ),
        (
            "any: [[student loan, loan], [car loan]], not: [loan]",
            "its 'not' rules out all that would meet it",
        ),
        ("from: {id: [nobody]}", "no source of the catalogue is 'nobody'"),
        ("all: [loan, {from: {country: [FR]}}]", "no source of the catalogue is from FR"),
    ],
)
def test_what_no_item_can_meet_is_told_with_the_reason(written: str, why: str) -> None:
    assert why in Reach(sources=SOURCES).why_never(condition(written))


@pytest.mark.parametrize(
    "written",
    [
        "any: [loan, grant], not: [loan]",
        "any: [loan], not: [student loan]",
        'any: [loan], not: ["=LOAN"]',
        'any: ["loan*"], not: [loaned]',
        "any: [than], not: [thanh]",
        "any: [loan], not: [{any: [loan], in: [link]}]",
        'any: ["=DFC"], not: ["@dfc"]',
        "any: [loan], not: [{all: [loan, plant]}]",
        "any: [loan], not: [{near: [loan, plant]}]",
        "amount: at least USD 50m",
        "date: until 2026-11-01",
        "near: [loan, plant]",
        "near: [[loan, grant], plant], not: [grant]",
        "any: [{any: [loan], in: [title, link]}], in: [title]",
        "from: {tier: [1, 2]}",
    ],
)
def test_what_some_item_may_meet_is_left_alone(written: str) -> None:
    assert Reach(sources=SOURCES).why_never(condition(written)) == ""


def test_a_field_that_no_item_has_is_told() -> None:
    reach = Reach(fields=frozenset({"title", "summary"}))
    assert reach.why_never(condition("any: [loan], in: [body]")) == (
        "it looks in the body only, and no item has that"
    )
    assert Reach().why_never(condition("any: [loan], in: [body]")) == ""


@pytest.mark.parametrize(
    ("one", "other", "taken"),
    [
        ("any: [loan]", "any: [loan, grant]", True),
        ("any: [loan, grant]", "any: [loan]", False),
        ("any: [loan], in: [title]", "any: [loan]", True),
        ("any: [loan]", "any: [loan], in: [title]", False),
        ("all: [loan, plant]", "all: [plant, loan]", True),
        ("any: [loan]", "all: [loan, plant]", False),
        ('any: ["=EXIM Bank"]', "any: [exim]", True),
        ('any: ["export bank*"]', "any: [bank]", False),
        ("amount: at least USD 50m", "amount: at least USD 5m", True),
        ("amount: at least USD 5m", "amount: at least USD 50m", False),
        ("from: {tier: [1]}", "from: {tier: [1, 2]}", True),
        ("from: {tier: [1, 2]}", "from: {tier: [1]}", False),
        ("any: [a b, c d], at_least: 2", "any: [c d]", True),
        ("near: [[loan, credit], plant]", "any: [loan, credit]", True),
        ("near: [[loan, credit], plant]", "any: [loan]", False),
        ("all: [loan, plant], in: [title]", "any: [plant], in: [title]", True),
        ("all: [loan, {any: [plant], in: [text]}]", "any: [plant], in: [title]", False),
        ("amount: at least USD 50m, in: [title]", "amount: at least USD 5m", True),
        ("amount: at least USD 50m", "amount: at least USD 5m, in: [title]", False),
    ],
)
def test_what_goes_with_what(one: str, other: str, taken: bool) -> None:
    assert Reach().takes(condition(one), condition(other)) is taken


def test_a_meaning_taken_in_twice_at_every_level_is_worked_out_once() -> None:
    levels = "".join(
        f'  c{n}: {{terms: {{en: [w{n}]}}, also: ["@c{n + 1}", "@c{n + 1}"]}}\n' for n in range(45)
    )
    concepts = f"concepts:\n{levels}  c45: {{terms: {{en: [last]}}}}\n"
    text = 'watchlist: w\ntitle: W\nmust:\n  - {any: ["@c0"], not: [first]}\nnot:\n  - any: ["@c1"]\n'
    rulebook, problems = build({"w.yaml": text, "concepts.yaml": concepts})
    assert not problems
    (watchlist,) = rulebook.watchlists
    assert Reach().why_never(watchlist.must[0].condition) == ""
    assert not Reach().takes(watchlist.must[0].condition, watchlist.exclude[0].condition)
