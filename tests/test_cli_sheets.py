"""`monitor deals` and its kin on a folder with a feed: sheets, histories, corrections by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests import rules
from tests.desk import Desk

LADDER = """
    ladder:
      - {id: proposed, stages: [proposed]}
      - {id: approval, title: board approval, stages: [approved]}
      - {id: signing}
      - {id: cancelled, aside: true, reverses: true, ends: true}
"""
LEDGERS = f"""\
ledgers:
  deals:
    title: Deals
    watchlists: [magnets]
    key: [document]
    opens: story
{LADDER}
    entries:
      promise:
        title: "=1+1 is a promise"
        rung: proposed
        since: 2019-10-26
        source: https://accord.example/text
        details: {{country: MY, items: "@magnets"}}
        due: [{{on: 2020-01-10, what: first report}}]
        progress: "A named project."
        breach: "A quota."
  loans:
    title: Loans
    watchlists: [magnets]
    key: [document]
    opens: never
{LADDER}
"""


@pytest.fixture
def told(desk: Desk) -> Desk:
    """After news of two deals, one of them by two outlets, beside what the file gives."""
    feeds = {name: f"{desk.base}/{name}" for name in desk.entries}
    rules.write(desk.folder / "watchlists", feeds, ledgers=LEDGERS)
    return desk.filled()


def keys(desk: Desk) -> dict[str, str]:
    """The key of each row by its title."""
    return {row["title"]: row["key"] for row in desk.json("deals")}


def steps(desk: Desk, key: str) -> list[dict[str, Any]]:
    (shown,) = desk.json("deals", "show", key)
    return [one["step"] for one in shown["steps"]]


EXIM = "EXIM approves loan for rare earth magnet plant"


def test_the_sheet_says_where_each_row_stands_by_whom_and_what_is_overdue(told: Desk) -> None:
    lines = told.run("deals").stdout.splitlines()
    assert lines[0].split()[:5] == ["deals", "rung", "since", "status", "last"]
    deal = next(line for line in lines if line.startswith("EXIM approves"))
    assert "board approval 2/3" in deal
    assert "confirmed" in deal
    assert "wire, primary source" in deal
    promise = next(line for line in lines if "promise" in line)
    assert "26 Oct 2019" in promise
    assert "accord.example, primary source" in promise
    assert "10 Jan 2020 overdue" in promise


def test_rows_as_json_have_plain_values(told: Desk) -> None:
    promise = next(row for row in told.json("deals") if row["key"] == "promise")
    assert promise["since"] == "2019-10-26T00:00:00+00:00"
    assert (promise["due"], promise["overdue"], promise["open"]) == ("2020-01-10", True, True)
    assert promise["details"] == {"country": "MY", "items": "@magnets"}


def test_an_empty_sheet_says_where_rows_come_from(told: Desk) -> None:
    assert "rows come from what alerts on magnets" in told.run("ledgers", "loans").stdout


def test_a_history_has_the_words_the_source_the_link_and_what_the_file_expects(told: Desk) -> None:
    deal = told.run("deals", "show", keys(told)[EXIM]).stdout
    assert "approves" in deal
    assert "https://example.com/loan" in deal
    promise = told.run("deals", "show", "promise").stdout
    assert "due 10 Jan 2020: first report" in promise
    assert "progress: A named project." in promise
    assert "breach: A quota." in promise
    assert "primary source (the file)" in promise


def test_a_row_is_found_by_words_of_its_title_unless_several_have_them(told: Desk) -> None:
    assert "EXIM approves" in told.run("deals", "show", "exim").stdout
    assert "no row of deals is 'nothing'" in told.run("deals", "show", "nothing", code=1).stderr
    assert "may be" in told.run("deals", "show", "p", code=1).stderr


def test_a_correction_rules_and_is_shown_with_who_and_why(told: Desk) -> None:
    why = ["--why", "the minutes", "--by", "Ann"]
    printed = told.run("deals", "correct", "promise", "--rung", "signing", "--on", "2020-02-03", *why).stdout
    assert printed == "=1+1 is a promise: signing since 3 Feb 2020.\n"
    row = next(row for row in told.json("deals") if row["key"] == "promise")
    assert (row["rung"], row["tier"]) == ("signing", 0)
    shown = told.run("deals", "show", "promise").stdout
    assert "by hand: Ann" in shown
    assert "the minutes" in shown


def test_a_correction_to_a_rung_that_there_is_not_names_those_there_are(told: Desk) -> None:
    refused = told.run("deals", "correct", "promise", "--rung", "signed", "--why", "x", code=1).stderr
    assert "write one of proposed, approval, signing, cancelled" in refused


def test_a_step_that_is_undone_counts_no_more_and_is_shown_with_who_and_why(told: Desk) -> None:
    key = keys(told)[EXIM]
    (step,) = steps(told, key)
    told.run("deals", "undo", key, str(step["number"]), "--why", "another company", "--by", "Ann")
    row = next(row for row in told.json("deals") if row["key"] == key)
    assert row["rung"] == ""
    shown = " ".join(told.run("deals", "show", key).stdout.split())
    assert "approval (undone)" in shown
    assert "undone by Ann: another company" in shown
    again = told.run("deals", "undo", key, str(step["number"]), "--why", "x", code=1).stderr
    assert "has no step" in again


def test_what_was_undone_stays_undone_when_the_item_is_seen_again(told: Desk) -> None:
    key = keys(told)[EXIM]
    told.run("deals", "undo", key, str(steps(told, key)[0]["number"]), "--why", "another company")
    told.entries["wire"] = [("loan", f"{EXIM} today"), *told.entries["wire"]]
    told.run("poll", "--no-deliver")
    assert [step["undone"] for step in steps(told, key)] == [True]


def test_a_row_keeps_the_name_that_a_person_gave_it(told: Desk) -> None:
    key = keys(told)[EXIM]
    told.run("deals", "rename", key, "Acme / EXIM")
    told.entries["press"] = [("cancel", EXIM), *told.entries["press"]]
    told.run("poll", "--no-deliver")
    assert "Acme / EXIM" in keys(told)
    assert EXIM not in keys(told)


def test_two_rows_that_are_one_become_one_with_both_histories(told: Desk) -> None:
    key = keys(told)[EXIM]
    told.run("deals", "join", key, "promise")
    assert EXIM not in keys(told)
    assert [step["rung"] for step in steps(told, "promise")] == ["proposed", "approval"]
    assert "cannot be joined with itself" in told.run("deals", "join", "promise", "promise", code=1).stderr


def test_one_story_has_one_row_however_many_tell_it(told: Desk) -> None:
    told.entries["press"] = [("copy", EXIM), *told.entries["press"]]
    told.run("poll", "--no-deliver")
    assert [row["title"] for row in told.json("deals")].count(EXIM) == 1
    assert len(steps(told, keys(told)[EXIM])) == 2


def test_every_ledger_is_listed_and_is_a_sheet_by_its_name(told: Desk) -> None:
    listed = {row["ledger"]: row for row in told.json("ledgers")}
    assert list(listed) == ["deals", "loans"]
    assert listed["loans"]["rows"] == 0
    assert told.json("ledgers", "deals") == told.json("deals")


def test_a_round_tells_what_falls_due_once(told: Desk) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    due = LEDGERS.replace("on: 2020-01-10", f"on: {today}").replace("what: first report", "what: a report")
    (told.folder / "watchlists" / "ledgers.yaml").write_text(due, "utf-8")
    printed = told.run("run", "--once").stdout
    assert "=1+1 is a promise: a report" in printed
    assert "=1+1 is a promise: a report" not in told.run("run", "--once").stdout
    (alert,) = [alert for alert in told.json("alerts") if alert["reason"] == "overdue"]
    assert (alert["link"], alert["watchlist"]) == ("https://accord.example/text", "magnets")
