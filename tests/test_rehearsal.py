"""A watchlist rehearsed on the items of some days: what is gained and lost, at any threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.backtest import Backtest
from monitor.history import Past
from monitor.model import Content, Origin
from monitor.rehearsal import STEPS, Comparison, compared, rehearsed
from monitor.rule import Watchlist
from monitor.watchlists import build
from tests import rules
from tests.fakes import NOON

LOANS = rules.LENDERS.replace("alert: 60", "tiers: {1: 0, 2: 0, 3: 0, 4: 0}\nalert: 60")
OTHERS = (
    LOANS.replace("[loan, grant]", "[loan, pledge]"),
    LOANS.replace("alert: 60", "alert: 40"),
    LOANS.replace("[EXIM, DFC]", "[EXIM, loan]"),
    LOANS.replace("must:\n  - {name: lender, any: [EXIM, DFC], weight: 40}",
                  "must:\n  - {name: press, from: {tier: [4]}, weight: 60}"),
)  # fmt: skip
WORDS = ("EXIM", "DFC", "loan", "grant", "pledge", "opinion", "student", "quarry", "mine", "magnet")
titles = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
told = st.sampled_from([("", False), ("s1", False), ("s1", True), ("s2", True)])
pasts = st.lists(st.tuples(titles, st.integers(0, 900), st.sampled_from([1, 4]), told), max_size=25).map(
    lambda some: [
        replace(past(n + 1, title, hours=h, tier=tier), story=told[0], repeats=told[1])
        for n, (title, h, tier, told) in enumerate(some)
    ]
)
drafts = st.sampled_from([LOANS, *OTHERS])


def rule(text: str = LOANS) -> Watchlist:
    rulebook, problems = build({"loans.yaml": text})
    assert not problems
    return rulebook.watchlists[0]


def past(number: int, title: str, *, hours: float = 0, tier: int | None = None) -> Past:
    return Past(number, NOON + timedelta(hours=hours), Content(title), Origin(tier=tier))


def run(items: Sequence[Past], before: str = LOANS, after: str = LOANS, limit: int = 20) -> Comparison:
    was, is_ = (rehearsed(rule(text), items) for text in (before, after))
    return compared({one.id: one for one in items}, was, is_, limit)


# ------------------------------------------------------------------ what holds for all


@given(pasts, drafts, drafts)
def test_now_and_gained_less_lost_is_after(items: list[Past], before: str, after: str) -> None:
    found = run(items, before, after)
    assert found.before + found.gains - found.losses == found.after
    assert found.stays + found.gains == found.after
    assert sum(day.before for day in found.days) == found.before
    assert sum(day.after for day in found.days) == found.after


@given(pasts, drafts, drafts)
def test_it_comes_to_what_the_command_says(items: list[Past], before: str, after: str) -> None:
    found = run(items, before, after)
    trial = Backtest([rule(after)], [rule(before)])
    for one in items:
        trial.add(one)
    result = trial.results["loans"]
    assert (found.before, found.after) == (result.before, result.levels["alert"])
    assert {(one.item, one.why) for one in found.gained} == {(one.item, one.why) for one in result.gained}
    assert {(one.item, one.why) for one in found.lost} == {(one.item, one.why) for one in result.lost}


@given(pasts, st.sampled_from(STEPS))
def test_each_threshold_is_counted_as_it_would_be_with_it(items: list[Past], threshold: int) -> None:
    scored = rehearsed(rule(), items)
    with_it = replace(scored, watchlist=replace(scored.watchlist, alert=threshold, digest=min(threshold, 40)))
    found = compared({one.id: one for one in items}, None, with_it)
    assert dict(found.thresholds)[threshold] == found.after


@given(pasts)
def test_every_item_that_scores_stands_in_the_histogram(items: list[Past]) -> None:
    scored = rehearsed(rule(), items)
    found = compared({one.id: one for one in items}, None, scored)
    assert sum(found.scores) == len(scored.marks)


# ------------------------------------------------------------------ single cases

STORY = [
    replace(past(1, "EXIM approves a loan for a magnet plant"), story="s1"),
    replace(past(2, "A loan of EXIM: what the plant says", hours=1), story="s1", repeats=True),
    replace(past(3, "EXIM pays the first part of its loan", hours=2), story="s1"),
]


def test_what_added_nothing_to_a_story_is_not_counted_and_what_did_is() -> None:
    found = run(STORY)
    assert (found.before, found.after, dict(found.thresholds)[60]) == (2, 2, 2)


def test_what_added_nothing_is_told_where_the_draft_did_not_tell_its_story_before() -> None:
    found = run(STORY, after=LOANS.replace("not:", "not:\n  - {name: plants, any: [magnet]}"))
    assert ([one.item for one in found.lost], [one.item for one in found.gained]) == ([1], [2])


GAINED = LOANS.replace("[loan, grant]", "[loan, grant, pledge]")


def test_what_is_gained_has_its_scores_and_the_group_that_made_it() -> None:
    (one,) = run([past(1, "EXIM makes a pledge")], after=GAINED).gained
    assert (one.item, one.before, one.after) == (1, 40, 65)
    assert one.why == "'money' +0 -> +25 by “pledge”"


def test_what_is_lost_says_so_too() -> None:
    (one,) = run([past(1, "EXIM makes a pledge")], before=GAINED, after=LOANS).lost
    assert (one.before, one.after, one.why) == (65, 40, "'money' +25 -> +0 (was by “pledge”)")


def test_an_entry_of_the_digest_that_is_told_at_once_is_a_gain_and_no_loss() -> None:
    found = run([past(1, "EXIM makes a pledge")], after=GAINED)
    assert (found.gains, found.digest_gains, found.digest_losses) == (1, 0, 0)


def test_entries_of_the_digest_come_and_go() -> None:
    lower, raised = LOANS.replace("digest: 40", "digest: 30"), LOANS.replace("digest: 40", "digest: 50")
    opinion = [past(1, "EXIM in our opinion needs a loan")]
    assert run(opinion, LOANS, lower).digest_gains == 1
    assert run([past(1, "EXIM names a chairman")], LOANS, raised).digest_losses == 1


def test_the_newest_are_listed_and_all_are_counted() -> None:
    items = [past(n, f"EXIM pledges the sum number {n} to us: a pledge", hours=n) for n in range(1, 31)]
    found = run(items, after=GAINED, limit=20)
    assert found.gains == 30
    assert [one.item for one in found.gained] == list(range(30, 10, -1))


def test_a_new_watchlist_gains_all() -> None:
    items = [past(1, "EXIM approves a loan")]
    found = compared({1: items[0]}, None, rehearsed(rule(), items))
    assert found.new
    assert [one.why for one in found.gained] == ["the watchlist is new"]


def test_what_is_snoozed_is_tried_all_the_same() -> None:
    snoozed = rule(LOANS + "snooze: 2030-01-01\n")
    items = [past(1, "EXIM approves a loan")]
    assert compared({1: items[0]}, None, rehearsed(snoozed, items)).after == 1


def test_without_items_nothing_is_told_and_nothing_breaks() -> None:
    found = run([])
    assert (found.after, found.days, found.pace) == (0, (), (0.0, 0.0))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_days_are_those_of_the_reader(zone: str) -> None:
    late = Past(1, NOON.replace(hour=23), Content("EXIM approves a loan"))
    found = compared({1: late}, None, rehearsed(rule(), [late]), zone=zone)
    assert [day.day.day for day in found.days] == [NOON.day + (zone == "Asia/Shanghai")]
