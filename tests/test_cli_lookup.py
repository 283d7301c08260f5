"""Looking closer with the commands: why not, exact words in two scripts, how good the rules are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import rules
from tests.desk import NEWS, OLD, Desk

OTHER = """\
watchlist: cats
title: Cats
must:
  - {name: animal, any: [cat], weight: 50}
  - {name: event, any: [show, fair, parade, market, race, contest], weight: 45}
not:
  - {name: sport, any: [race]}
alert: 60
digest: 40
"""


@pytest.fixture
def two(desk: Desk) -> Desk:
    (desk.folder / "watchlists" / "cats.yaml").write_text(OTHER, "utf-8")
    return desk


def explained(desk: Desk, text: str, *options: str) -> list[str]:
    return desk.run("explain", "--text", "-", *options, stdin=text).stdout.splitlines()


# ------------------------------------------------------------------ explain


def test_why_not_names_the_lacking_group_and_what_would_have_made_it_fire(two: Desk) -> None:
    said = explained(two, "A cat sleeps", "--watchlist", "cats")
    assert said[1] == "Cats (cats): 0 of 100, silent: a must group is missing"
    assert "   lacks  event: none of contest, fair, market, parade and 2 more" in said
    assert said[-1] == "  With 'event' in the title it would score 95."
    (found,) = [json.loads(line) for line in explained(two, "A cat sleeps", "--watchlist", "cats", "--json")]
    assert (found["score"], {p["name"]: p["met"] for p in found["parts"]}) == (
        0, {"animal": True, "event": False, "sport": False},
    )  # fmt: skip


def test_what_the_explanation_promises_is_what_happens(two: Desk) -> None:
    assert explained(two, "A cat show", "--watchlist", "cats")[1] == "Cats (cats): 95 of 100, alert"


def test_why_not_names_what_ruled_it_out(two: Desk) -> None:
    said = explained(two, "A cat race", "--watchlist", "cats")
    assert said[1] == "Cats (cats): 0 of 100, out: a not group is met"
    assert "    out  sport: “race” in the title" in said
    assert said[-1] == "  Without 'sport' it would score 95."


def test_why_not_counts_the_points_that_are_short(two: Desk) -> None:
    short = rules.MAGNETS.replace("weight: 60", "weight: 45")
    Path("watchlists/magnets.yaml").write_text(short, "utf-8")
    said = explained(two, "Magnet makers meet", "--watchlist", "magnets")
    assert said[1] == "Rare earth magnets (magnets): 45 of 100, digest only"
    assert said[-1] == (
        "  15 points short of an alert: with 'money' in the title it would score 65; "
        "with an alert threshold of 45 it would fire."
    )


def test_every_watchlist_is_explained_the_nearest_first_unless_one_is_chosen(two: Desk) -> None:
    two.filled()
    (item,) = two.json("search", "EXIM")
    both = two.run("explain", str(item["id"])).stdout
    assert both.index("(magnets): 88 of 100") < both.index("(cats): 0 of 100")
    one = two.run("explain", str(item["id"]), "--watchlist", "cats").stdout
    assert "(cats)" in one
    assert "(magnets)" not in one


def test_an_item_of_a_first_look_says_that_it_was_there_before(desk: Desk) -> None:
    desk.entries["wire"] = NEWS + OLD
    desk.run("poll")
    (item,) = desk.json("search", "EXIM")
    said = desk.run("explain", str(item["id"])).stdout
    assert "no alert: it was already there when the source was looked at for the first time" in said


def test_an_unknown_item_is_told_with_a_remedy(desk: Desk) -> None:
    for wanted in ("7", "9" * 40, "²", "-", "https://example.com/' OR 1=1"):
        said = desk.run("explain", "--", wanted, code=1).stderr
        assert said == (
            f"error: no stored item is '{wanted}': find it with monitor search, or use --text -\n"
        )


# ------------------------------------------------------------------ search


def test_words_in_quotes_stand_together_in_that_order(desk: Desk) -> None:
    desk.entries["wire"] = [("a", "Rare earth loan approved"), ("b", "Earth tremors are rare here")]
    desk.run("poll", "wire")
    assert len(desk.json("search", "rare", "earth")) == 2
    assert [i["title"] for i in desk.json("search", '"rare earth"')] == ["Rare earth loan approved"]
    assert desk.json("search", '"earth rare"') == []
    assert len(desk.json("search", "LOAN")) == 1, "in either case"


@pytest.mark.parametrize("words", ['"', '""', "AND", "NOT", "(", "*", "title:", "a OR", "NEAR(a b)", "😀"])
def test_what_is_no_word_to_look_for_finds_nothing_and_breaks_nothing(desk: Desk, words: str) -> None:
    desk.filled()
    assert desk.run("search", "--", words).stdout == "Nothing found.\n"


def test_two_characters_of_chinese_find_what_holds_them_together(desk: Desk) -> None:
    desk.filled()
    assert [i["title"] for i in desk.json("search", "贷款")] == [NEWS[0][1]]
    assert desk.json("search", "款贷") == []


# ------------------------------------------------------------------ once


def test_a_second_round_with_nothing_due_says_so_and_repeats_nothing(desk: Desk) -> None:
    sources = Path("watchlists/sources.yaml")
    sources.write_text(sources.read_text("utf-8").replace("every: 1s", "every: 1h"), "utf-8")
    desk.filled()
    assert desk.run("run", "--once").stdout.count("▲") == 2, "what a poll held back goes out now"
    assert desk.run("run", "--once").stdout == "Nothing was due.\n"


# ------------------------------------------------------------------ eval

LABELLED = [
    {"id": "1", "title": "EXIM approves loan for magnet plant", "text": "", "labels": ["magnets"]},
    {"id": "2", "title": "Magnet therapy does not work", "text": "", "labels": []},
    {"id": "3", "title": "NdFeB output doubles", "text": None, "labels": ["magnets"]},
    {"id": 4, "title": "商务部批准稀土贷款", "labels": ["magnets"]},
    {"id": "5", "title": "Cat show opens", "text": "", "labels": []},
]


def labelled(*more: str) -> str:
    file = Path("labelled.jsonl")
    lines = [json.dumps(item, ensure_ascii=False) for item in LABELLED]
    file.write_text("\n".join([*lines, "", *more]) + "\n", "utf-8")
    return str(file)


def test_eval_counts_what_is_right_false_and_missed(desk: Desk) -> None:
    found = {row.pop("of"): row for row in desk.json("eval", labelled())}
    assert found["all"] == found["magnets"]
    assert {name: found["all"][name] for name in ("right", "false", "missed")} == {
        "right": 2, "false": 1, "missed": 1,
    }  # fmt: skip
    assert found["all"]["f1"] == pytest.approx(2 / 3)
    assert (found["language zh"]["right"], found["language en"]["right"]) == (1, 1)
    text = desk.run("eval", labelled()).stdout
    assert ["all", "0.667", "0.667", "0.667", "2", "1", "1"] in [line.split() for line in text.splitlines()]
    assert text.splitlines()[-1] == "told first: 3 stories, of 3 there are; spoke again: 0"


def test_eval_tells_every_error_with_what_made_its_score_and_what_lacked(desk: Desk) -> None:
    said = desk.run("eval", labelled(), "--errors").stdout.splitlines()
    assert said[:6] == [
        "false  magnets: Magnet therapy does not work (2)",
        "    60 of 100, alert from 60: alert",
        "        +60  rare earths or magnets: “Magnet” in the title",
        "missed magnets: NdFeB output doubles (3)",
        "    0 of 100, alert from 60: silent: a must group is missing",
        "       lacks  rare earths or magnets: none of magnet, rare earth, 稀土",
    ]
    assert said[6] == "      With 'rare earths or magnets' in the title it would score 60."


def test_eval_writes_what_each_item_got(desk: Desk) -> None:
    desk.run("eval", labelled(), "--items", "out.jsonl")
    got = [json.loads(line) for line in Path("out.jsonl").read_text("utf-8").splitlines()]
    assert [one["id"] for one in got] == ["1", "2", "3", "4", "5"], "each line of the file, in its order"
    assert [one["alerts"] for one in got] == [["magnets"], ["magnets"], [], ["magnets"], []]
    assert got[0]["scores"] == {"magnets": 80}
    assert got[0]["facts"]["stage"] == "approved"
    assert got[4]["story"] not in {one["story"] for one in got[:4]}


@pytest.mark.parametrize("bad", ["{", "[]", "7", "null", '{"id": "6"}', '{"title": "no id"}', "words"])
def test_eval_stops_at_a_line_that_is_no_item_and_names_it(desk: Desk, bad: str) -> None:
    file = labelled(bad)
    result = desk.run("eval", file, "--items", "out.jsonl", code=1)
    assert result.stderr == (
        "labelled.jsonl:7: is not a labelled item (one JSON object a line with id, title, text and labels)\n"
    )
    assert result.stdout == ""
    assert not Path("out.jsonl").exists()


def test_eval_without_its_file_is_wrong_usage(desk: Desk) -> None:
    assert "No such file" in desk.run("eval", "none.jsonl", code=2).stderr
