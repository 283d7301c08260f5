"""A ledger's entries as the rows of a sheet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from monitor import sheet
from monitor.fact import Kind
from monitor.ledger import Deadline, Entry, Ledger, Rung, Seed, Step
from monitor.ledgers import standing
from monitor.sheet import Row, Wanted

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LADDER = (
    Rung("interest", "letter of interest", 0),
    Rung("approval", "approval", 1),
    Rung("signing", "signing", 2),
    Rung("delayed", "delayed", 3, aside=True),
    Rung("repaid", "repaid", 4, ends=True),
)
PROMISE = Seed(
    "promise",
    "The promise",
    "interest",
    date(2025, 10, 26),
    deadlines=(Deadline(date(2026, 2, 20), "first report"), Deadline(date(2026, 5, 1), "second report")),
)
LEDGER = Ledger("deals", "Deals", ("magnets",), LADDER, (Kind.COMPANY,), facts=(Kind.AMOUNT, Kind.COUNTRY))


def a_step(rung: str = "approval", days: int = 1, tier: int = 3, **changes: Any) -> Step:
    """Evidence of so many days ago."""
    values: dict[str, Any] = {"item": 1, "source": "mining.example", "words": "approves"} | changes
    return Step(rung, NOW - days * DAY, tier=tier, **values)


def an_entry(*steps: Step, key: str = "acme", ledger: Ledger = LEDGER, **details: str) -> Entry:
    return Entry(
        ledger.id, key, f"Row of {key}", standing(ledger, steps), steps, NOW - 90 * DAY, details=details
    )


def row(*steps: Step, **changes: Any) -> Row:
    ledger = changes.pop("ledger", LEDGER)
    (made,) = sheet.rows(ledger, [an_entry(*steps, ledger=ledger, **changes)], NOW)
    return made


@pytest.mark.parametrize(
    ("rung", "words", "place"),
    [
        ("interest", "letter of interest", "1/4"),
        ("approval", "approval", "2/4"),
        ("repaid", "repaid", "4/4"),
        ("delayed", "delayed", ""),
    ],
)
def test_a_rung_is_in_words_with_how_far_up_the_ladder_it_is(rung: str, words: str, place: str) -> None:
    made = row(a_step(rung))
    assert (made.rung, made.place) == (words, place)


def test_the_last_evidence_is_named_by_the_most_primary_who_gave_it() -> None:
    made = row(a_step(days=9, source="a"), a_step(tier=4, source="b"), a_step(tier=1, source="c"))
    assert (made.last, made.source, made.tier) == (NOW - DAY, "c", 1)


def test_what_was_undone_is_no_evidence() -> None:
    made = row(a_step("interest", 9, source="a"), a_step("signing", source="b", undone=True))
    assert (made.rung, made.last, made.source) == ("letter of interest", NOW - 9 * DAY, "a")


def test_a_row_is_confirmed_by_a_primary_source_and_has_the_rung_of_those_who_disagree() -> None:
    made = row(a_step("signing", 3), a_step("approval", 1, tier=1))
    assert (made.rung, made.status, made.rival) == ("approval", "confirmed", "signing")
    assert row(a_step("signing", 3)).status == "reported"


@pytest.mark.parametrize(
    ("today", "seen", "due", "overdue"),
    [
        (date(2026, 2, 1), None, date(2026, 2, 20), False),
        (date(2026, 2, 20), None, date(2026, 2, 20), False),
        (date(2026, 3, 2), None, date(2026, 5, 1), False),
        (date(2026, 5, 2), None, date(2026, 5, 1), True),
        (date(2026, 5, 2), date(2026, 4, 28), None, False),
    ],
)
def test_what_is_due_next_or_passed_in_silence(
    today: date, seen: date | None, due: date | None, overdue: bool
) -> None:
    followed = Ledger("deals", "Deals", (), LADDER, (Kind.COMPANY,), seeds=(PROMISE,))
    steps = [Step("interest", datetime(2025, 10, 26, tzinfo=UTC), 0, "", 1, "")]
    if seen:
        steps.append(Step("interest", datetime(seen.year, seen.month, seen.day, 9, tzinfo=UTC), 7, "", 3, ""))
    entry = an_entry(*steps, key="promise", ledger=followed)
    (made,) = sheet.rows(followed, [entry], datetime(today.year, today.month, today.day, tzinfo=UTC))
    assert (made.due, made.overdue) == (due, overdue)


def test_open_rows_come_first_and_among_them_what_moved_last() -> None:
    entries = [
        an_entry(a_step("repaid", 1), key="ended"),
        an_entry(a_step("approval", 5), key="old"),
        an_entry(a_step("approval", 2), key="new"),
    ]
    assert [one.key for one in sheet.rows(LEDGER, entries, NOW)] == ["new", "old", "ended"]


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (Wanted(), ["au", "us", "ended"]),
        (Wanted(rung="Letter-of-Interest"), ["au"]),
        (Wanted(rung="approval"), ["us"]),
        (Wanted(country="us"), ["us", "ended"]),
        (Wanted(country="u"), []),
        (Wanted(since=date(2026, 2, 27)), ["au", "us"]),
        (Wanted(since=date(2026, 3, 1)), ["au"]),
        (Wanted(open=True), ["au", "us"]),
        (Wanted(rung="repaid", open=True), []),
    ],
)
def test_only_the_rows_that_are_wanted(wanted: Wanted, keys: list[str]) -> None:
    entries = [
        an_entry(a_step("repaid", 30), key="ended", country="GB, US"),
        an_entry(a_step("approval", 2), key="us", country="US"),
        an_entry(a_step("interest", 1), key="au", country="AU"),
    ]
    assert [one.key for one in sheet.rows(LEDGER, entries, NOW, wanted)] == keys


def test_the_columns_are_those_that_any_row_has_the_ledgers_own_first() -> None:
    entries = [an_entry(a_step(), country="US", owner="Ministry"), an_entry(a_step(), key="b", amount="$5m")]
    assert sheet.columns(LEDGER, sheet.rows(LEDGER, entries, NOW)) == ["amount", "country", "owner"]


def test_a_row_of_which_every_step_was_undone_still_has_its_place_in_the_sheet() -> None:
    made = row(a_step(undone=True))
    assert (made.rung, made.place, made.since, made.source, made.open) == ("", "", None, "", True)
