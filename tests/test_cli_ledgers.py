"""`monitor ledgers` and its kin, `monitor stories`: as a person runs them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from monitor.app import App
from monitor.config import load
from tests.desk import NEWS, OLD, Desk
from tests.fakes import NOON

LEDGERS = """ledgers:
  loans:
    title: Loans
    watchlists: [magnets]
    key: [agency]
    opens: story
    silent: 30
    ladder:
      - {id: asked, stages: [proposed]}
      - {id: approved, title: board approval, stages: [approved]}
      - {id: cancelled, aside: true, reverses: true, ends: true}
    entries:
      port-ansel:
        title: "=Port Ansel loan"
        rung: asked
        since: 2026-01-05
        source: https://example.com/ansel
        terms: [Port Ansel]
        details: {country: AU, amount: "$50m loan"}
        due: [{on: 2026-03-05, what: board votes}]
        progress: "The board approves."
"""


@pytest.fixture
def kept(desk: Desk) -> Desk:
    Path("watchlists/ledgers.yaml").write_text(LEDGERS, "utf-8")
    desk.run("poll")
    desk.entries["wire"] = [NEWS[1], *OLD]
    desk.run("poll", "--no-deliver")
    return desk


def test_a_ledger_is_a_sheet_with_what_was_seeded_and_what_news_opened(kept: Desk) -> None:
    rows = kept.json("ledgers", "loans")
    assert [(row["title"], row["rung"], row["place"]) for row in rows] == [
        ("EXIM approves loan for rare earth magnet plant", "board approval", "2/2"),
        ("=Port Ansel loan", "asked", "1/2"),
    ]
    text = kept.run("ledgers", "loans").stdout
    assert "board approval" in text
    assert "$50m loan" in text
    (one,) = kept.json("ledgers")
    assert (one["ledger"], one["rows"], one["open"]) == ("loans", 2, 2)


def test_rows_are_chosen_by_rung_country_and_day(kept: Desk) -> None:
    assert [r["key"] for r in kept.json("ledgers", "loans", "--country", "au")] == ["port-ansel"]
    assert [r["rung"] for r in kept.json("ledgers", "loans", "--stage", "approval")] == ["board approval"]
    assert len(kept.json("ledgers", "loans", "--since", "2026-01-06")) == 1
    assert "Nothing yet" in kept.run("ledgers", "loans", "--country", "ZZ").stdout


def test_csv_has_every_detail_and_no_formula(kept: Desk) -> None:
    rows = list(csv.DictReader(io.StringIO(kept.run("ledgers", "loans", "--csv").stdout)))
    ansel = next(row for row in rows if row["key"] == "port-ansel")
    assert ansel["title"] == "'=Port Ansel loan"
    assert (ansel["country"], ansel["amount"], ansel["since"][:10]) == ("AU", "$50m loan", "2026-01-05")


def test_a_row_shows_its_history_with_words_and_link(kept: Desk) -> None:
    text = kept.run("ledgers", "loans", "show", "magnet plant").stdout
    assert "approves" in text
    assert "wire, primary source" in text
    ansel = kept.run("ledgers", "loans", "show", "port-ansel").stdout
    assert "due 5 Mar 2026: board votes" in ansel
    assert "progress: The board approves." in ansel
    (as_json,) = kept.json("ledgers", "loans", "show", "port-ansel")
    assert [one["step"]["rung"] for one in as_json["steps"]] == ["asked"]


def test_a_correction_by_hand_is_remembered_whatever_comes(kept: Desk) -> None:
    words = ("ledgers", "loans")
    kept.run(*words, "correct", "port-ansel", "--rung", "approved", "--on", "2026-02-01", "--why", "minutes")
    kept.entries["press"] = [
        ("ask", "Port Ansel proposal for a rare earth magnet loan"),
        *kept.entries["press"],
    ]
    kept.run("poll", "--no-deliver")
    (row,) = [r for r in kept.json(*words) if r["key"] == "port-ansel"]
    assert (row["rung"], row["status"]) == ("board approval", "confirmed")
    (shown,) = kept.json(*words, "show", "port-ansel")
    assert [(s["step"]["by"] != "", s["step"]["why"]) for s in shown["steps"]][1] == (True, "minutes")


def test_a_step_that_was_undone_never_counts_again(kept: Desk) -> None:
    words = ("ledgers", "loans")
    (shown,) = kept.json(*words, "show", "magnet plant")
    number = shown["steps"][0]["step"]["number"]
    assert (
        "no step left" in kept.run(*words, "undo", "magnet plant", str(number), "--why", "other bank").stdout
    )
    kept.entries["wire"] = [
        ("loan", "EXIM approves a loan for rare earth magnet plant"),
        *kept.entries["wire"][:1],
    ]
    kept.run("poll", "--no-deliver")
    assert [r["rung"] for r in kept.json(*words) if r["key"] != "port-ansel"] == [""]
    again = kept.run(*words, "undo", "magnet plant", str(number), "--why", "x", code=1)
    assert "has no step" in again.stderr


def test_rows_can_be_renamed_and_joined(kept: Desk) -> None:
    words = ("ledgers", "loans")
    kept.run(*words, "rename", "port-ansel", "Port Ansel")
    kept.run(*words, "join", "magnet plant", "port-ansel")
    (row,) = kept.json(*words)
    assert (row["title"], row["rung"]) == ("Port Ansel", "board approval")
    assert (
        "cannot be joined with itself" in kept.run(*words, "join", "port-ansel", "port-ansel", code=1).stderr
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ledgers", "nonsense"), "no ledger is called 'nonsense' (there are: loans)"),
        (("ledgers", "loans", "show", "nonsense"), "no row of loans is 'nonsense'"),
        (("ledgers", "loans", "show", "a"), "may be"),
        (
            ("ledgers", "loans", "correct", "port-ansel", "--rung", "won", "--why", "x"),
            "write one of asked, app",
        ),
        (("deals",), "no ledger is called 'deals'"),
    ],
)
def test_what_there_is_none_of_is_said_with_a_remedy(kept: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in kept.run(*words, code=1).stderr


# ------------------------------------------------------------------ what falls due


def test_what_falls_due_is_told_once_whoever_looks(kept: Desk) -> None:
    settings = load(Path("monitor.toml"), {})
    with App(settings, clock=lambda: NOON) as app, App(settings, clock=lambda: NOON) as other:
        assert app.deadlines(app.storage) == 1
        assert other.deadlines(other.storage) == 0
        assert app.deadlines(app.storage) == 0
    (alert,) = [a for a in kept.json("alerts") if a["reason"] == "overdue"]
    assert alert["title"] == "=Port Ansel loan: board votes in 3 days (5 March 2026)"
    assert alert["watchlist"] == "magnets"


# ------------------------------------------------------------------ stories


def test_copies_are_one_story_that_says_why(kept: Desk) -> None:
    kept.entries["press"] = [
        ("copy", "EXIM approves loan for rare earth magnet plant - Press"),
        *kept.entries["press"],
    ]
    kept.run("poll", "--no-deliver")
    (story,) = [row for row in kept.json("stories") if row["items"] == 2 and row["title"] == NEWS[1][1]]
    assert story["sources"] == 2
    shown = kept.json("stories", "show", story["story"])
    assert [bool(member["because"]) for member in shown] == [False, True]
    assert "joined because" in kept.run("stories", "show", story["story"]).stdout


def test_what_was_split_by_hand_stays_apart_and_what_was_merged_together(kept: Desk) -> None:
    kept.entries["press"] = [
        ("copy", "EXIM approves loan for rare earth magnet plant - Press"),
        *kept.entries["press"],
    ]
    kept.run("poll", "--no-deliver")
    (story,) = [row["story"] for row in kept.json("stories") if row["title"] == NEWS[1][1]]
    second = json.loads(kept.run("stories", "show", story, "--json").stdout.splitlines()[1])["item"]
    apart = kept.run("stories", "split", story, str(second)).stdout.split()[-2]
    assert [row["items"] for row in kept.json("stories") if row["story"] in (story, apart)] == [1, 1]
    kept.run("stories", "merge", story, apart)
    assert [row["items"] for row in kept.json("stories") if row["story"] == story] == [2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nonsense"), "no story is 'nonsense'"),
        (("split", "nonsense", "1"), "no story is 'nonsense'"),
        (("merge", "nonsense", "other"), "no story is 'nonsense'"),
    ],
)
def test_a_story_there_is_none_of(kept: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in kept.run("stories", *words, code=1).stderr
