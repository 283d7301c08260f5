"""Which step the shipped watchlists tell: of headlines as they are written, in the languages we claim."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import evaluate as judging
from monitor import labelled, watchlists
from monitor.conditions import Evidence
from monitor.folder import read_directory
from monitor.labelled import Labelled
from monitor.match import Matcher
from monitor.model import Content
from monitor.score import evaluate, leading
from tests.conftest import ROOT

INVENTED = Path(__file__).parent / "data" / "stages.jsonl"


class Desk:
    """The shipped rules, ready to say where an item stands."""

    def __init__(self) -> None:
        rulebook, problems = watchlists.build(read_directory(ROOT / "watchlists"))
        assert not problems
        self.watchlists = {watchlist.id: watchlist for watchlist in rulebook.watchlists}
        self.matcher = Matcher(rulebook.watchlists)

    def evidence(self, title: str, text: str = "") -> Evidence:
        return Evidence(self.matcher.find(Content(title, text)))

    def says(self, watchlist: str, title: str, text: str = "") -> str:
        """What the watchlist calls the step that an item reports; empty for none."""
        verdict = evaluate(self.watchlists[watchlist], self.evidence(title, text))
        stage = self.watchlists[watchlist].stage(verdict.stage)
        return stage.says if stage else ""


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


# ------------------------------------------------------------------ headlines and leads


def invented() -> Iterator[tuple[str, str, str, str]]:
    with INVENTED.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield row["watchlist"], row["title"], row["text"], row["says"]


@pytest.mark.parametrize(("watchlist", "title", "text", "says"), list(invented()))
def test_an_item_tells_its_step(desk: Desk, watchlist: str, title: str, text: str, says: str) -> None:
    assert desk.says(watchlist, title, text) == says


@pytest.mark.parametrize(
    ("title", "not_yet"),
    [
        ("Perpetua awaits EXIM approval for antimony loan", "approved"),
        ("EXIM could approve loan for Greenland rare earth mine", "approved"),
        ("Arafura expects to sign EXIM loan agreement next year", "signed"),
        ("DFC not expected to take stake in rare earth miner", "equity stake"),
        ("稀土矿商有望获美国进出口银行批准贷款", "approved"),
        ("美国进出口银行尚未批准稀土贷款", "approved"),
    ],
)
def test_a_step_hoped_for_or_denied_is_not_taken(desk: Desk, title: str, not_yet: str) -> None:
    assert desk.says("exim-dfc", title) != not_yet


@pytest.mark.parametrize(
    "text",
    [
        "It holds a letter of interest from EXIM, issued in March 2024, for rare earths.",
        "EXIM gave it a letter of interest last year, the rare earth firm said.",
        "公司此前获美国进出口银行意向函，用于稀土项目。",
    ],
)
def test_a_step_taken_long_ago_is_background(desk: Desk, text: str) -> None:
    assert desk.says("exim-dfc", "Rare earth miner in focus", text) != "letter of interest"


def test_the_words_that_tell_a_step_are_at_hand(desk: Desk) -> None:
    watchlist = desk.watchlists["exim-dfc"]
    found = desk.evidence("EXIM board approves loan for rare earths", "It was applied for last year.")
    assert [hit.words for hit in evaluate(watchlist, found).told] == ["approves"]


# ------------------------------------------------------------------ the ladders


@pytest.mark.parametrize("name", ["asean-accords", "china-countermoves", "exim-dfc", "magnet-plants"])
def test_no_two_stages_of_a_ladder_go_by_one_name(desk: Desk, name: str) -> None:
    said = Counter(stage.says for stage in desk.watchlists[name].stages)
    assert [name for name, count in said.items() if count > 1] == []


# ------------------------------------------------------------------ labelled items

SAME = {"announcement": "announced", "planned": "announced"}


def as_said(words: str) -> str:
    """Without what people write now this way and now that: the plural, and that it was announced."""
    plain = " ".join(word.removesuffix("s") for word in words.casefold().split())
    return SAME.get(plain, plain)


def led(desk: Desk, item: Labelled) -> str:
    found = judging.seen(item, desk.matcher)
    verdicts = [(watchlist, evaluate(watchlist, found)) for watchlist in desk.watchlists.values()]
    stage = leading((w, v) for w, v in verdicts if v.score and v.score >= w.alert)
    return stage.says if stage else ""


def test_labelled_items_stand_where_people_say(desk: Desk, shared: Path) -> None:
    lines = (shared / "eval" / "dev.jsonl").read_text("utf-8").splitlines()
    stated = [item for item in labelled.read("dev.jsonl", lines) if item.labels and item.stated.stage]
    right = [item for item in stated if as_said(led(desk, item)) == as_said(item.stated.stage)]
    assert len(right) >= 0.9 * len(stated)
