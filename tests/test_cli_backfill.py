"""`monitor backfill`: what it prints, how it fails, and how it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests import rules
from tests.conftest import ROOT
from tests.daemon import wait_for
from tests.desk import OLD, Desk

CATALOGUE = """\
sources:
  - {{id: wire, url: {base}/wire, page: '?paged={{n}}'}}
  - {{id: press, url: {base}/press}}
  - {{id: off, url: {base}/off, page: '?paged={{n}}', disabled: gone}}
"""


def page(number: int, days: float, title: str = "Magnet plant {} gets a loan") -> bytes:
    date = format_datetime(datetime.now(UTC) - timedelta(days=days))
    return rules.rss((f"guid-{number}", title.format(number)), date=date)


@pytest.fixture
def wire(desk: Desk) -> Desk:
    """A feed with two more pages of the past, and one without."""
    Path("watchlists/sources.yaml").write_text(CATALOGUE.format(base=desk.base), "utf-8")
    desk.answers["wire?paged=2"] = page(2, 3)
    desk.answers["wire?paged=3"] = page(3, 6, "Magnet makers meet, {} of them")
    desk.answers["wire?paged=4"] = page(4, 90)
    return desk


def test_it_says_what_was_filed_and_how_it_scores(wire: Desk) -> None:
    lines = wire.run("backfill", "wire", "--days", "30").stdout.splitlines()
    assert lines[0].startswith("wire: 2 items filed, of ")
    assert lines[1] == "  2 score enough for a digest, 2 of them for an alert; none is told"
    assert wire.run("alerts").stdout == "No alerts yet.\n"


def test_back_tests_read_it(wire: Desk) -> None:
    before, *_ = wire.json("backtest", "magnets")
    wire.run("backfill", "wire", "--days", "30")
    after, *_ = wire.json("backtest", "magnets")
    assert (before["alerts"], after["alerts"]) == (0, 3), "one came with the poll"


def test_for_machines_it_is_a_line_a_source(wire: Desk) -> None:
    (found,) = wire.json("backfill", "wire", "--days", "30")
    assert (found["source"], found["filed"], found["alert"]) == ("wire", 2, 2)
    assert found["finished"]


def test_a_past_that_is_shorter_is_told_with_the_reason(wire: Desk) -> None:
    wire.answers["wire?paged=3"] = b"<html>Not found</html>"
    text = wire.run("backfill", "wire", "--since", "2020-01-01").stdout
    assert "wire: 1 item filed" in text
    assert "its past ends after 1 part: an HTML page came where a feed was expected" in text


def test_without_a_source_it_lists_what_has_a_past(wire: Desk) -> None:
    assert [(p["source"], p["kind"], p["backfills"]) for p in wire.json("backfill")] == [("wire", "feed", [])]
    wire.run("backfill", "wire", "--days", "30")
    (past,) = wire.json("backfill")
    assert [one["filed"] for one in past["backfills"]] == [2]
    assert "press" not in wire.run("backfill").stdout


def test_without_any_past_it_says_so(desk: Desk) -> None:
    assert desk.run("backfill").stdout == "No source has a past that can be asked for.\n"
    assert "; no source has" in desk.run("backfill", "wire", "--days", "3", code=1).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("press", "--days", "3"), "press has no past that can be asked for; those that have: wire"),
        (("nonsense", "--days", "3"), "no source is called 'nonsense': see monitor sources list"),
        (("off", "--days", "3"), "off is disabled: gone"),
    ],
)
def test_what_cannot_be_asked_is_told(wire: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in wire.run("backfill", *words, code=1).stderr


@pytest.mark.parametrize(
    "words",
    [
        ("wire",),
        ("--days", "3"),
        ("wire", "--days", "0"),
        ("wire", "--days", "3", "--since", "2026-01-01"),
        ("wire", "--since", "2999-01-01"),
        ("wire", "--since", "yesterday"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(wire: Desk, words: tuple[str, ...]) -> None:
    assert "Error" in wire.run("backfill", *words, code=2).stderr


def test_one_that_fails_can_go_on_and_does_not_stop_the_others(wire: Desk) -> None:
    text = CATALOGUE.format(base=wire.base).replace("/press}", "/press, page: '?paged={n}'}")
    Path("watchlists/sources.yaml").write_text(text, "utf-8")
    wire.broken = {"wire?paged=3"}
    wire.answers |= {"press?paged=2": page(9, 4), "press?paged=3": page(10, 99)}
    result = wire.run("backfill", "wire", "press", "--days", "30", code=1)
    assert "error: wire: answered 500 Internal Server Error" in result.stderr
    assert "1 part and 1 item of it are filed: the same command goes on from there." in result.stderr
    assert "press: 1 item filed" in result.stdout
    wire.broken = set()
    again = wire.run("backfill", "wire", "--days", "30")
    assert again.stderr == "wire: goes on at part 2\n"
    assert again.stdout.startswith("wire: 2 items filed")


def test_stopped_by_hand_it_goes_on(wire: Desk) -> None:
    """Ctrl-C while the second page is waited for."""
    asked, answer = threading.Event(), threading.Event()

    class Slow(dict[str, bytes]):
        def __getitem__(self, name: str) -> bytes:
            if name == "wire?paged=3" and not answer.is_set():
                asked.set()
                answer.wait(20)
            return super().__getitem__(name)

    wire.answers = Slow(wire.answers)
    # A process that was started in the background has Ctrl-C ignored, and so do all that it starts.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from monitor.__main__ import main; main()"
    command = [sys.executable, "-c", code, "backfill", "wire", "--days", "30"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for(asked.is_set, 30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    answer.set()
    assert (process.returncode, out) == (1, "")
    assert err == "Stopped. 1 part and 1 item of it are filed: the same command goes on from there.\n"
    assert wire.run("backfill", "wire", "--days", "30").stdout.startswith("wire: 2 items filed")


def test_the_answer_is_whole_json_even_where_alerts_are_due(wire: Desk) -> None:
    wire.run("poll")
    wire.entries["wire"] = [("new", "Magnet plant 77 gets a loan"), *OLD]
    result = wire.run("backfill", "wire", "--days", "30", "--json")
    assert [json.loads(line)["source"] for line in result.stdout.splitlines()] == ["wire"]
    assert wire.run("poll", "press").stdout.count("▲") == 1, "what was new is told as ever"
