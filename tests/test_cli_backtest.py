"""The commands that try rules on the past: back-test, and check with data."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.lint import ENOUGH_ITEMS
from monitor.model import Entry
from tests import rules
from tests.desk import OLD, Desk

DRAFT = rules.MAGNETS.replace("[rare earth, magnet, 稀土]", "[rare earth, 稀土]")
ITEMS = [
    {"title": "Magnet plant gets a loan", "date": "2026-02-01", "url": "https://e.test/1", "source": "wire"},
    {"t": "Magnet plant gets a loan", "d": "2026-02-02T08:00:00"},
    {"t": "稀土贷款", "d": "2026-02-03", "x": "批准"},
    {"t": "Magnet show opens in town", "d": "2026-02-03"},
    {"t": "Cat show opens in town", "d": "2026-02-03"},
]


@pytest.fixture
def past(desk: Desk) -> Desk:
    """A desk with three items filed in the last days, and one of long ago."""
    now = datetime.now(UTC)
    filed = [
        ("EXIM approves loan for rare earth magnet plant", now - timedelta(days=2)),
        ("Magnet makers meet in the city hall", now - timedelta(days=1)),
        ("A cat show", now - timedelta(hours=3)),
        ("Rare earth loan of long ago", now - timedelta(days=90)),
    ]
    with desk.storage() as storage, storage.write():
        for number, (title, when) in enumerate(filed):
            entry = Entry(f"k{number}", f"a{number}", f"https://e.test/{number}", title, "", when)
            storage.items.add("wire", entry, "en", when)
    return desk


def file(name: str = "items.jsonl") -> str:
    text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in ITEMS)
    Path(name).write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return name


# ------------------------------------------------------------------ backtest


def test_stored_history_is_told_day_by_day_with_what_fires(past: Desk) -> None:
    said = past.run("backtest", "magnets").stdout.splitlines()
    assert said[0].startswith("3 stored items of the last 30 days, ")
    assert said[2] == "Rare earth magnets (magnets)"
    assert said[3].startswith("  2 alerts, ")
    assert sum(line.endswith("   1 ▇") for line in said) == 2
    first, second = (
        said.index("       Magnet makers meet in the city hall"),
        said.index("       EXIM approves loan for rare earth magnet plant"),
    )
    assert first < second, "the newest first"
    assert said[second - 1].startswith("   88  ")
    assert said[second - 1].endswith(" · approved")
    assert said[second + 1] == "       rare earths or magnets +60, money +20, tier 1 source +8"


def test_days_widen_what_is_looked_at(past: Desk) -> None:
    (head, *fired) = past.json("backtest", "--days", "400")
    assert (head["kind"], head["items"], head["alerts"]) == ("watchlist", 4, 3)
    assert [row["title"] for row in fired][-1] == "Rare earth loan of long ago"
    assert past.run("backtest", "--days", "400").stdout.count("▇") == 3, "by month, with nothing between"


def test_nothing_stored_is_told_with_a_remedy(desk: Desk) -> None:
    said = desk.run("backtest").stdout.splitlines()
    assert said[1] == "nothing to try it on: widen --days, or name a --file"


@pytest.mark.parametrize("name", ["items.jsonl", "items.jsonl.gz"])
def test_a_file_is_gone_through_instead(desk: Desk, name: str) -> None:
    (head, *fired) = desk.json("backtest", "--file", file(name))
    assert {key: head[key] for key in ("items", "alerts", "digest", "copies")} == {
        "items": 5, "alerts": 3, "digest": 0, "copies": 1,
    }  # fmt: skip
    assert head["days"] == {"2026-02-01": 1, "2026-02-03": 2}
    assert [row["score"] for row in fired] == [60, 80, 88], "the newest first; a known source has its tier"


def test_limit_lists_the_newest_and_counts_the_rest(desk: Desk) -> None:
    said = desk.run("backtest", "--file", file(), "--limit", "1").stdout.splitlines()
    assert said[-1] == "  and 2 earlier (--limit shows more)"
    assert sum(line.startswith("       ") for line in said) == 2


def test_a_change_is_compared_item_by_item(desk: Desk) -> None:
    Path("draft.yaml").write_text(DRAFT, "utf-8")
    said = desk.run("backtest", "magnets", "--file", file(), "--against", "draft.yaml").stdout.splitlines()
    assert said[3].startswith("  3 alerts -> 1: 1 stay, lost 2, gained 0, ")
    assert said[4] == "  lost:"
    assert "       Magnet plant gets a loan" in said
    assert "       must 'rare earths or magnets' is not met any more (was by “Magnet”)" in said
    rows = desk.json("backtest", "magnets", "--file", file(), "--against", "draft.yaml")
    assert {key: rows[0][key] for key in ("before", "alerts", "stays", "gained", "lost")} == {
        "before": 3, "alerts": 1, "stays": 1, "gained": 0, "lost": 2,
    }  # fmt: skip
    assert [(row["kind"], row["before"], row["after"]) for row in rows[1:]] == [
        ("lost", 60, 0),
        ("lost", 88, 0),
    ]
    assert len(desk.json("backtest", "--file", file())) == 4, "nothing was put in force"


def test_a_changed_file_may_have_any_name_and_is_known_by_its_id(desk: Desk) -> None:
    Path("draft.yaml").write_text(DRAFT, "utf-8")
    (head, *_) = desk.json("backtest", "--file", file(), "--against", "draft.yaml")
    assert (head["watchlist"], head["before"], head["alerts"]) == ("magnets", 3, 1)
    said = desk.run("backtest", "cats", "--against", "draft.yaml", code=1).stderr
    assert said == "error: draft.yaml is the watchlist 'magnets', not 'cats'\n"


def test_a_folder_of_changed_files_can_be_compared(desk: Desk) -> None:
    rules.write(Path("drafts"))
    Path("drafts/magnets.yaml").write_text(DRAFT, "utf-8")
    (head, *_) = desk.json("backtest", "--file", file(), "--against", "drafts")
    assert (head["before"], head["alerts"]) == (3, 1)


def test_a_changed_concept_is_compared_through_the_watchlists_that_use_it(desk: Desk) -> None:
    concept = "concepts:\n  metal: {terms: {en: [%s]}}\n"
    Path("watchlists/concepts.yaml").write_text(concept % "rare earth, magnet", "utf-8")
    Path("watchlists/magnets.yaml").write_text(
        rules.MAGNETS.replace("[rare earth, magnet, 稀土]", '["@metal"]'), "utf-8"
    )
    Path("new").mkdir()
    Path("new/concepts.yaml").write_text(concept % "rare earth", "utf-8")
    (head, *_) = desk.json("backtest", "--file", file(), "--against", "new/concepts.yaml")
    assert (head["before"], head["alerts"]) == (2, 0)


def test_a_bad_change_is_told_with_its_own_file_and_line(desk: Desk) -> None:
    Path("draft.yaml").write_text(DRAFT.replace("weight: 20", "weight: many"), "utf-8")
    said = desk.run("backtest", "magnets", "--against", "draft.yaml", code=1).stderr
    assert said.startswith("draft.yaml:")


def test_an_unknown_watchlist_is_told_with_those_that_there_are(desk: Desk) -> None:
    said = desk.run("backtest", "cats", code=1).stderr
    assert said == "error: no watchlist is called 'cats': there are magnets\n"


@pytest.mark.parametrize("text", [b"words\n", b"\xff\xfe\n"])
def test_a_file_that_holds_no_items_is_told(desk: Desk, text: bytes) -> None:
    Path("bad.jsonl").write_bytes(text)
    assert desk.run("backtest", "--file", "bad.jsonl", code=1).stderr.count("bad.jsonl") == 1
    Path("bad.jsonl.gz").write_bytes(text)
    assert "cannot be read" in desk.run("backtest", "--file", "bad.jsonl.gz", code=1).stderr


# ------------------------------------------------------------------ check

WEAK = """\
watchlist: weak
title: Weak
must:
  - {name: animal, any: [cat], weight: 20}
"""


def test_check_warns_and_is_content_all_the_same(desk: Desk) -> None:
    Path("watchlists/weak.yaml").write_text(WEAK, "utf-8")
    head, warning, last = desk.run("watchlists", "check").stdout.splitlines()
    assert head == "weak:"
    assert warning == (
        "  warning: can never tell anything: at most 28 points, and the digest takes 35 "
        "(lower 'digest' and 'alert', or raise a weight)"
    )
    assert last == "2 watchlists and 2 sources, no problem found."
    (row,) = desk.json("watchlists", "check")
    assert (row["kind"], row["watchlist"]) == ("warning", "weak")
    desk.run("watchlists", "check", "--strict", code=1)


def test_check_goes_by_the_items_of_a_file_and_groups_what_never_fires(desk: Desk) -> None:
    lines = [json.dumps({"title": "Magnet loan"})] * ENOUGH_ITEMS
    Path("many.jsonl").write_text("\n".join(lines), "utf-8")
    said = desk.run("watchlists", "check", "--file", "many.jsonl").stdout.splitlines()
    assert said[1] == f"  warning: 9 of 11 terms are in none of {ENOUGH_ITEMS:,} items"
    assert said[2] == "      approved, approves, billion, proposal, proposed ... (--all lists them)"
    whole = desk.run("watchlists", "check", "--file", "many.jsonl", "--all").stdout.splitlines()
    assert "      批准" in whole
    assert "      批准" not in said


def test_check_makes_no_database(desk: Desk) -> None:
    desk.run("watchlists", "check")
    assert not (desk.folder / "monitor.db").exists()


def test_check_with_a_problem_says_that_only(desk: Desk) -> None:
    Path("watchlists/weak.yaml").write_text(WEAK + "colour: red\n", "utf-8")
    said = desk.run("watchlists", "check", code=1).stdout
    assert "can never" not in said


# ------------------------------------------------------------------ explain


def test_an_expired_watchlist_is_explained_as_such_with_its_words(desk: Desk) -> None:
    Path("watchlists/magnets.yaml").write_text(rules.MAGNETS + "expires: 2026-01-01\n", "utf-8")
    said = desk.run("explain", "--text", "-", stdin="A magnet loan").stdout.splitlines()
    assert said[1] == (
        "Rare earth magnets (magnets): 80 of 100, not judged: the watchlist expired on 01 Jan 2026"
    )


def test_kinds_of_text_are_named(desk: Desk) -> None:
    Path("watchlists/kinds.yaml").write_text("kinds:\n  job-advert: {any: [vacancy]}\n", "utf-8")
    Path("watchlists/magnets.yaml").write_text(rules.MAGNETS + "kinds: {job-advert: -40}\n", "utf-8")
    said = desk.run("explain", "--text", "-", stdin="A vacancy at a magnet plant").stdout.splitlines()
    assert said[0] == "kind of text: job advert"
    assert "    -40  text: job advert: “vacancy” in the title" in said


def test_what_added_nothing_to_a_story_is_counted_as_little_as_it_was_told(desk: Desk) -> None:
    desk.filled().entries["press"] = [
        ("again", "Loan for a rare earth magnet plant is approved by EXIM"),
        *OLD,
    ]
    desk.run("poll")
    again = next(row for row in desk.json("search", "EXIM") if row["source"] == "press")
    assert "it adds nothing to a story" in desk.run("explain", str(again["id"])).stdout
    tried = next(row for row in desk.json("backtest", "magnets") if row["kind"] == "watchlist")
    # What both feeds had at their first look would have been told, once.
    assert (tried["alerts"], tried["copies"]) == (len(desk.json("alerts")) + 1, 2)
