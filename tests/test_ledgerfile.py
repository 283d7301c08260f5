"""`ledgers.yaml`: read, compiled, and every fault told with its line."""

from __future__ import annotations

import pytest

from monitor import watchlists
from monitor.errors import Problem
from monitor.ledger import Ledger

WATCHLIST = """watchlist: loans
title: Loans
must:
  - any: [loan]
stages:
  - {id: asked, any: [asks for]}
  - {id: granted, any: [grants]}
"""
LEDGERS = """ledgers:
  deals:
    title: Deals
    watchlists: [loans]
    key: [company]
    silent: 30
    ladder:
      - {id: application, stages: [asked]}
      - {id: approval, title: approved, stages: [granted]}
      - {id: cancelled, aside: true, reverses: true, ends: true}
    entries:
      old-deal:
        title: Old deal
        rung: approval
        since: 2025-10-26
        terms: [harbour loan]
        due: [{on: 2026-12-31, what: first draw, ahead: 14, rung: approval}]
        before: [{rung: application, since: 2025-06-02, source: "https://paper.example/1"}]
"""


def built(text: str) -> tuple[tuple[Ledger, ...], tuple[Problem, ...]]:
    rulebook, problems = watchlists.build({"loans.yaml": WATCHLIST, "ledgers.yaml": text})
    return rulebook.ledgers, problems


def test_a_ledger_is_data() -> None:
    (deals,), problems = built(LEDGERS)
    assert problems == ()
    assert [(rung.id, rung.number, rung.title) for rung in deals.rungs] == [
        ("application", 0, "application"),
        ("approval", 1, "approved"),
        ("cancelled", 2, "cancelled"),
    ]
    told = deals.told_by("granted")
    assert told is not None
    assert told.id == "approval"
    assert deals.silent is not None
    assert deals.silent.days == 30
    (seed,) = deals.seeds
    assert [(one.rung, one.since.isoformat()) for one in seed.history] == [
        ("application", "2025-06-02"),
        ("approval", "2025-10-26"),
    ]
    assert seed.link == "https://paper.example/1"
    assert (seed.rung, seed.deadlines[0].what, seed.deadlines[0].ahead.days) == ("approval", "first draw", 14)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("[loans]", "[lones]", 4, "no watchlist is 'lones' (did you mean 'loans'?)"),
        ("[granted]", "[grantd]", 9, "no stage is 'grantd' (did you mean 'granted'?)"),
        ("rung: approval\n", "rung: aproval\n", 14, "no rung is 'aproval' (did you mean 'approval'?)"),
        ("ahead: 14, rung: approval", "ahead: 14, rung: aproval", 17, "no rung is 'aproval'"),
        (
            "[{rung: application",
            "[{rung: aplication",
            18,
            "no rung is 'aplication' (did you mean 'application'?)",
        ),
        ("since: 2025-06-02", "since: June", 18, "'June' is not a date"),
        ("[harbour loan]", '["@harbour"]', 16, "'@harbour' is not a concept or entity"),
        ("on: 2026-12-31", "on: soon", 17, "'soon' is not a date"),
        ("silent: 30", "silnt: 30", 6, "unknown key 'silnt' (did you mean 'silent'?)"),
        ("key: [company]", "key: [firm]", 5, "input should be"),
    ],
)
def test_a_fault_is_told_with_its_line_and_remedy(old: str, new: str, line: int, said: str) -> None:
    _, problems = built(LEDGERS.replace(old, new))
    assert [(p.file, p.line) for p in problems] == [("ledgers.yaml", line)]
    assert said in str(problems[0])


def test_without_the_file_nothing_is_followed() -> None:
    rulebook, problems = watchlists.build({"loans.yaml": WATCHLIST})
    assert (rulebook.ledgers, problems) == ((), ())


def test_a_bad_file_leaves_the_last_good_one_in_force() -> None:
    bad = {"loans.yaml": WATCHLIST, "ledgers.yaml": LEDGERS.replace("ladder", "lader")}
    good = {"loans.yaml": WATCHLIST, "ledgers.yaml": LEDGERS}
    rulebook, problems = watchlists.in_force(bad, good)
    assert [ledger.id for ledger in rulebook.ledgers] == ["deals"]
    assert problems
