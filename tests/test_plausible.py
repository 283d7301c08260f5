"""What is worth fetching in full, and when a page is looked at again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor import watchlists
from monitor.conditions import Evidence
from monitor.errors import MonitorError, Refused, Unreachable, Unreadable
from monitor.looks import AGAIN, MAX_WAIT, PAUSES, Look, after_failure, after_success, changes, offline, slot
from monitor.match import Matcher
from monitor.model import Content, Validators
from monitor.plausible import LONG, worth
from tests.fakes import NOON, a_source

RULES = """
watchlist: w
title: W
must:
  - {name: subject, any: [rare earth], weight: 40}
  - {name: money, any: [loan], weight: 30}
any:
  - {name: plant, any: [plant], weight: 20}
  - {name: size, any: [million], weight: 20}
not:
  - {name: sport, any: [race]}
weights: {title: 1, summary: 0.5, body: 0.5}
alert: 60
"""
BARE = RULES.replace("weight: 20", "weight: 5").replace("weight: 30", "weight: 20")
ONE = """
watchlist: w
title: W
must:
  - {name: subject, any: [rare earth], weight: 40}
any:
  - {name: plant, any: [plant], weight: 40}
alert: 60
"""
HOUR = timedelta(hours=1)


def is_worth(title: str, text: str = "", rules: str = RULES, read: str = "plausible") -> bool:
    rulebook, problems = watchlists.build({"w.yaml": rules})
    assert not problems
    evidence = Evidence(Matcher(rulebook.watchlists).find(Content(title, text)))
    return worth(a_source(read=read), text, rulebook.watchlists, evidence)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("A rare earth plant opens", True, id="one must group lacks"),
        pytest.param("A loan for a plant", True, id="the other one lacks"),
        pytest.param("A plant opens, worth a million", False, id="both lack"),
        pytest.param("A loan for a rare earth plant", False, id="told already"),
        pytest.param("A rare earth race", False, id="ruled out"),
        pytest.param("A loan of a million", True, id="just enough at best: 30 + 20 + 20 + 10"),
    ],
)
def test_an_item_is_worth_it_where_its_page_can_make_up_what_lacks(title: str, expected: bool) -> None:
    assert is_worth(title) is expected


def test_it_is_not_where_even_the_best_page_would_not_do() -> None:
    assert is_worth("A rare earth")  # 40, and of the page 15 + 10 + 10
    assert not is_worth("A rare earth", rules=BARE)  # 40, and of the page 10 + 2 + 2


def test_it_is_not_where_it_has_but_a_few_points() -> None:
    assert is_worth("A loan")  # 30 of 60
    rules = RULES.replace("[plant], weight: 20", "[plant], weight: 40")
    assert is_worth("Opening for a million", "A loan", rules=rules)  # 20 + 15
    assert not is_worth("Opening", "A loan of a million", rules=rules)  # 15 + 10, and of the page 40


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        pytest.param("A rare earth", "", True, id="near the threshold"),
        pytest.param("A plant", "", False, id="its one must group lacks"),
        pytest.param("Opening", "rare earth", False, id="far below it"),
    ],
)
def test_with_one_must_group_the_score_decides(title: str, text: str, expected: bool) -> None:
    assert is_worth(title, text, ONE.replace("alert: 60", "weights: {summary: 0.5}\nalert: 60")) is expected


@pytest.mark.parametrize(("read", "expected"), [("all", True), ("none", False)])
def test_a_source_may_have_it_otherwise(read: str, expected: bool) -> None:
    assert is_worth("Contracts for today" if read == "all" else "A loan for a plant", read=read) is expected


def test_an_item_that_is_the_article_already_is_not_fetched() -> None:
    title = "A rare earth plant opens"
    assert is_worth(title, "x" * (LONG - 1))
    assert not is_worth(title, "x" * LONG)


# ------------------------------------------------------------------ when


LOOK = Look(1, "source-1", "https://example.com/1", NOON)


def test_a_budget_gives_each_page_its_hour_and_an_end() -> None:
    assert slot(NOON, None) == NOON
    assert slot(NOON, NOON - 2 * HOUR) == NOON
    assert slot(NOON, NOON - HOUR / 2) == NOON + HOUR / 2
    assert slot(NOON, NOON + MAX_WAIT - HOUR) == NOON + MAX_WAIT
    assert slot(NOON, NOON + MAX_WAIT) is None


def test_a_page_to_keep_an_eye_on_is_looked_at_ever_more_rarely() -> None:
    look, due = LOOK, []
    while look.due:
        look = after_success(look, Validators(), look.due, again=True)
        due.append(look.due)
    assert due == [*(NOON + pause for pause in AGAIN), None]


def test_any_other_is_read_once() -> None:
    assert after_success(LOOK, Validators(), NOON, again=False).due is None


@pytest.mark.parametrize(
    ("error", "failures", "wait"),
    [
        (Unreachable("no connection"), 0, PAUSES[0]),
        (Refused("answered 503", status=503), 2, PAUSES[2]),
        (Refused("answered 429", status=429, retry_after=HOUR), 0, HOUR),
        (Refused("answered 503", status=503), 4, None),
        (Refused("answered 403", status=403), 0, None),
        (Unreadable("could not be read within 10 s"), 0, None),
    ],
)
def test_a_failure_is_tried_again_for_a_while(
    error: MonitorError, failures: int, wait: timedelta | None
) -> None:
    look = after_failure(Look(1, "s", "u", NOON, failures=failures), error, NOON)
    assert look.due == (NOON + wait if wait else None)
    assert (look.failures, look.error) == (failures + 1, str(error))


def test_without_a_network_no_page_is_at_fault() -> None:
    look = offline(LOOK, NOON)
    assert (look.failures, look.due) == (0, NOON + PAUSES[0])


def test_a_difference_names_the_sentences_that_went_and_came() -> None:
    old = "The loan is 100 million. It was approved on Monday.\nThe end."
    new = "The loan is 415 million. It was approved on Monday.\nIt is signed.\nThe end."
    assert list(changes(old, new)) == [
        "- The loan is 100 million.",
        "+ The loan is 415 million.",
        "+ It is signed.",
    ]
    assert list(changes(old, old)) == []


def test_a_difference_has_an_end() -> None:
    lines = list(changes("\n".join(f"a{n}" for n in range(9000)), "\n".join(f"b{n}" for n in range(9000))))
    assert (len(lines), lines[-1]) == (201, "... and 2800 more lines")
