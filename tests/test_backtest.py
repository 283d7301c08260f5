"""Going over history: what fires, what counts once, what a change gains and loses and why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from monitor.backtest import Backtest, summary
from monitor.history import Past
from monitor.model import Content, Origin
from monitor.rule import Watchlist
from monitor.watchlists import build
from tests import rules
from tests.fakes import NOON

LOANS = rules.LENDERS


def rule(text: str = LOANS) -> Watchlist:
    rulebook, problems = build({"loans.yaml": text})
    assert not problems
    return rulebook.watchlists[0]


def past(number: int, title: str, *, hours: float = 0, text: str = "", tier: int | None = None) -> Past:
    return Past(number, NOON + timedelta(hours=hours), Content(title, text), Origin(tier=tier))


def run(*items: Past, before: str = "", after: str = LOANS, limit: int = 20) -> Backtest:
    trial = Backtest([rule(after)], [rule(before)] if before else [], limit=limit)
    for item in items:
        trial.add(item)
    return trial


# ------------------------------------------------------------------ what fires


def test_alerts_and_what_reaches_the_digest_only_are_counted_by_day() -> None:
    trial = run(
        past(1, "EXIM approves a loan"),
        past(2, "EXIM names a chairman", hours=1),
        past(3, "DFC gives a grant", hours=24),
        past(4, "A loan from somebody", hours=25),
    )
    result = trial.results["loans"]
    assert (result.levels["alert"], result.levels["digest"], trial.items) == (2, 1, 4)
    first, second = date(2026, 3, 2), date(2026, 3, 3)
    assert {day: dict(counts) for day, counts in result.days.items()} == {
        first: {"alert": 1, "digest": 1},
        second: {"alert": 1},
    }


def test_a_day_is_that_of_the_readers_zone() -> None:
    trial = Backtest([rule()], zone="Asia/Tokyo")
    trial.add(past(1, "EXIM approves a loan", hours=6))
    assert list(trial.results["loans"].days) == [date(2026, 3, 3)]


def test_what_fires_is_listed_the_newest_first_with_what_made_its_score() -> None:
    trial = run(past(1, "EXIM approves a loan", tier=1), past(2, "DFC gives a grant", hours=1))
    newest, oldest = trial.results["loans"].fired
    assert (newest.item, oldest.item) == (2, 1)
    assert (oldest.score, oldest.parts) == (73, (("lender", 40), ("money", 25), ("tier 1 source", 8)))


def test_of_many_only_the_newest_are_kept_and_all_are_counted() -> None:
    items = [past(n, f"EXIM approves loan number {n} today", hours=-n) for n in range(30)]
    fired = run(*items, limit=3).results["loans"].fired
    assert fired.count == 30
    assert [one.item for one in fired] == [0, 1, 2]


@pytest.mark.parametrize(
    ("hours", "alerts", "copies"),
    [
        pytest.param(500, 1, 1, id="within three weeks"),
        pytest.param(505, 2, 0, id="later it is another event"),
    ],
)
def test_copies_of_a_story_count_once(hours: float, alerts: int, copies: int) -> None:
    title = "EXIM approves a loan for a magnet plant"
    trial = run(past(1, f"{title} - Reuters"), past(2, title, hours=hours))
    levels = trial.results["loans"].levels
    assert (levels["alert"], levels["copy"]) == (alerts, copies)


def test_a_copy_in_the_digest_does_not_hide_the_alert() -> None:
    trial = run(past(1, "EXIM is to move on magnets"), past(2, "EXIM is to move on magnets", text="A loan."))
    assert trial.results["loans"].levels["alert"] == 0, "58 points are no alert"
    title = "EXIM is to move on magnets"
    trial = run(past(1, title), past(2, title, tier=1), past(3, title, text="A loan.", tier=1))
    assert trial.results["loans"].levels == {"digest": 1, "copy": 1, "alert": 1}


def test_what_is_muted_is_counted_apart() -> None:
    levels = run(past(1, "EXIM approves a loan for a quarry")).results["loans"].levels
    assert levels == {"muted": 1}


def test_a_snoozed_watchlist_is_tried_all_the_same() -> None:
    trial = run(past(1, "EXIM approves a loan"), after=LOANS + "snooze: 2030-01-01\n")
    assert trial.results["loans"].levels["alert"] == 1


def test_items_without_a_date_are_judged_and_give_no_pace() -> None:
    trial = run(Past(1, None, Content("EXIM approves a loan")))
    assert trial.results["loans"].levels["alert"] == 1
    assert (trial.weeks, trial.results["loans"].days) == (0.0, {})


# ------------------------------------------------------------------ what a change does


@pytest.mark.parametrize(
    ("old", "new", "title", "scores", "why"),
    [
        (
            "EXIM, DFC",
            "EXIM",
            "DFC gives a loan",
            (65, 0),
            "must 'lender' is not met any more (was by “DFC”)",
        ),
        ("loan, grant", "loan", "DFC gives a grant", (65, 40), "'money' +25 -> +0 (was by “grant”)"),
        ("weight: 25", "weight: 15", "DFC gives a grant", (65, 55), "'money' +25 -> +15 by “grant”"),
        ("[student]", "[grant]", "DFC gives a grant", (65, 0), "ruled out by 'students' by “grant”"),
        ("[opinion]", "[gives]", "DFC gives a grant", (65, 35), "'opinion' +0 -> -30 by “gives”"),
        ("name: money", "name: sums", "DFC gives a grant", None, ""),
        ("alert: 60", "alert: 80", "DFC gives a grant", (65, 65), "alert from 80 instead of 60"),
        ("[quarry]", "[grant]", "DFC gives a grant", (65, 65), "now it is muted"),
    ],
)
def test_what_is_lost_is_told_with_scores_and_the_group_that_lost_it(
    old: str, new: str, title: str, scores: tuple[int, int] | None, why: str
) -> None:
    result = run(past(1, title), before=LOANS, after=LOANS.replace(old, new)).results["loans"]
    lost = [((one.before, one.after), one.why) for one in result.lost]
    assert lost == ([(scores, why)] if scores else [])
    assert result.gained.count == 0


@pytest.mark.parametrize(
    ("old", "new", "title", "scores", "why"),
    [
        (
            "EXIM, DFC",
            "EXIM, DFC, JOGMEC",
            "JOGMEC gives a loan",
            (0, 65),
            "must 'lender' is met by “JOGMEC”",
        ),
        (
            "[student]",
            "[pupil]",
            "DFC gives a student grant",
            (0, 65),
            "no longer ruled out by 'students' (was by “student”)",
        ),
        (
            "[opinion]",
            "[column]",
            "Opinion: EXIM and its loan",
            (35, 65),
            "'opinion' -30 -> +0 (was by “Opinion”)",
        ),
        ("alert: 60", "alert: 40", "DFC names a chairman", (40, 40), "alert from 40 instead of 60"),
    ],
)
def test_what_is_gained_is_told_with_scores_and_the_group_that_made_it(
    old: str, new: str, title: str, scores: tuple[int, int], why: str
) -> None:
    result = run(past(1, title), before=LOANS, after=LOANS.replace(old, new)).results["loans"]
    assert [((one.before, one.after), one.why) for one in result.gained] == [(scores, why)]
    assert result.lost.count == 0


def test_what_stays_is_counted_and_not_listed() -> None:
    items = [past(1, "EXIM approves a loan"), past(2, "DFC gives a loan", hours=1)]
    result = run(*items, before=LOANS, after=LOANS.replace("EXIM, DFC", "EXIM")).results["loans"]
    assert (result.before, result.stays, result.lost.count, result.levels["alert"]) == (2, 1, 1, 1)


def test_where_a_copy_takes_over_both_are_told_with_that_reason() -> None:
    title = "EXIM approves a loan for a magnet plant"
    copies = past(1, title, text="Opinion."), past(2, title, hours=1)
    before = LOANS.replace("weight: 30", "weight: 0")
    result = run(*copies, before=before, after=LOANS).results["loans"]
    assert [one.why for one in result.lost] == ["'opinion' +0 -> -21 by “Opinion”"]
    assert [one.why for one in result.gained] == ["before another copy of its story is told"]


# ------------------------------------------------------------------ in a line

TWO = (past(1, "EXIM approves a loan"), past(2, "DFC gives a loan", hours=1))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (LOANS, LOANS, "last 30 days: 2 alerts -> 2 (the same ones)"),
        (LOANS, LOANS.replace("EXIM, DFC", "EXIM"), "last 30 days: 2 alerts -> 1 (lost 1, gained 0)"),
        (LOANS.replace("EXIM, DFC", "EXIM"), LOANS, "last 30 days: 1 alert -> 2 (lost 0, gained 1)"),
        ("", LOANS, "last 30 days: 2 alerts"),
        (LOANS, "", "last 30 days: 2 alerts -> 0 (lost 2, gained 0)"),
    ],
)
def test_a_change_in_a_line(before: str, after: str, said: str) -> None:
    assert summary(rule(before) if before else None, rule(after) if after else None, TWO) == said


def test_a_change_without_items_to_try_it_on() -> None:
    assert summary(rule(), rule(), (), days=7) == "last 7 days: no stored items to try it on"
