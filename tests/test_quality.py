"""How good the shipped watchlists are: on invented items, on labelled ones, on news of other things.

The floors are for what no rule was written for; they are lower than what the rules reach today.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor import evaluate, watchlists
from monitor import labelled as labels
from monitor.conditions import Evidence
from monitor.evaluate import Result
from monitor.folder import read_directory
from monitor.labelled import Labelled
from monitor.match import Matcher
from monitor.model import Content, Origin
from monitor.score import Judges
from monitor.watchlists import Rulebook
from tests.conftest import ROOT

INVENTED = Path(__file__).parent / "data" / "labelled.jsonl"
ANYWHERE = Origin()
WATCHLISTS = ("asean-accords", "china-countermoves", "exim-dfc", "magnet-plants")


@dataclass(frozen=True)
class Bench:
    """The shipped rules, ready to judge."""

    rulebook: Rulebook
    matcher: Matcher
    judges: Judges

    def alerts(self, title: str, text: str = "", origin: Origin = ANYWHERE) -> list[str]:
        evidence = Evidence(self.matcher.find(Content(title, text)), origin)
        return [w.id for w, verdict in self.judges.verdicts(evidence) if verdict.score >= w.alert]

    def result(self, items: Iterable[Labelled]) -> Result:
        return evaluate.count(evaluate.judge(items, self.rulebook.watchlists, self.matcher))


@pytest.fixture(scope="module")
def bench() -> Bench:
    rulebook, problems = watchlists.build(read_directory(ROOT / "watchlists"))
    assert not problems
    return Bench(rulebook, Matcher(rulebook.watchlists), Judges(rulebook.watchlists))


def labelled(file: Path) -> Iterator[Labelled]:
    with file.open(encoding="utf-8") as lines:
        yield from labels.read(file.name, lines)


# ------------------------------------------------------------------ with the repository alone


def test_invented_items_are_judged_as_an_analyst_would(bench: Bench) -> None:
    result = bench.result(labelled(INVENTED))
    assert result.overall.f1 >= 0.85
    for name in WATCHLISTS:
        assert result.watchlists[name].f1 >= 0.8, name
    assert result.languages["zh"].f1 >= 0.85


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        pytest.param(
            "EXIM issues letter of interest for rare earth magnet plant", "", {"exim-dfc"}, id="letter"
        ),
        pytest.param(
            "美国进出口银行向稀土企业提供贷款意向书",
            "金额最高1.2亿美元，用于分离工厂。",
            {"exim-dfc"},
            id="letter in Chinese",
        ),
        pytest.param(
            "商务部公告2027年第8号 公布对钪相关物项实施出口管制的决定",
            "",
            {"china-countermoves"},
            id="control",
        ),
        pytest.param("商務部：暫停實施稀土出口管制一年", "", {"china-countermoves"}, id="Traditional"),
        pytest.param("India Exim Bank lends to a rare earth miner in Africa", "", set(), id="another's Exim"),
        pytest.param(
            "Dedicated Freight Corridor: DFC approves loan for graphite siding", "", set(), id="railway"
        ),
        pytest.param("Magnet school lottery opens", "Parents may apply for a place.", set(), id="school"),
        pytest.param("Rare earth magnet market to reach $30 billion, CAGR 8%", "", set(), id="market size"),
        pytest.param("", "", set(), id="nothing"),
    ],
)
def test_namesakes_and_kinds_of_text_are_told_apart(
    bench: Bench, title: str, text: str, expected: set[str]
) -> None:
    found = set(bench.alerts(title, text))
    assert expected <= found
    assert found or not expected
    if not expected:
        assert not found


# ------------------------------------------------------------------ on captured data


def test_labelled_items_reach_what_we_promise(bench: Bench, shared: Path) -> None:
    result = bench.result(labelled(shared / "eval" / "dev.jsonl"))
    assert result.overall.f1 >= 0.92
    for name in WATCHLISTS:
        assert result.watchlists[name].f1 >= 0.88, name
    assert result.languages["zh"].f1 >= 0.9


def lines(file: Path) -> Iterator[str]:
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        yield from opened


def headlines(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Title, text and language of news about everything."""
    for name in ("en_rss_2026-01", "en_wire_2026-02", "en_rss_2021-2022"):
        for row in map(json.loads, lines(folder / f"{name}.jsonl.gz")):
            yield row["t"], row.get("x") or "", "en"
    with gzip.open(folder / "ag_news_test.csv.gz") as opened:
        for _, title, text in csv.reader(io.TextIOWrapper(opened, "utf-8")):
            yield title, text, "en"
    for name in ("zh_thucnews_20k", "zh_xinwenlianbo"):
        for line in lines(folder / f"{name}.tsv.gz"):
            yield max(line.rstrip("\n").split("\t"), key=len), "", "zh"


def notices(file: Path) -> Iterator[tuple[str, str, str]]:
    for row in map(json.loads, lines(file)):
        yield row["t"], row.get("a") or "", "en"


def test_news_of_everything_alerts_less_than_once_in_two_thousand(bench: Bench, shared: Path) -> None:
    for items in (
        headlines(shared / "real" / "headlines"),
        notices(shared / "real" / "us" / "federal_register_all_lite.jsonl.gz"),
    ):
        seen, told = 0, []
        for title, text, lang in items:
            seen += 1
            if bench.alerts(title, text, Origin(lang=lang)):
                told.append(title)
        assert seen > 100_000
        assert len(told) * 2000 < seen, told


def test_the_controls_that_the_ministry_announced_are_told(bench: Bench, shared: Path) -> None:
    """Announcements with a number that put goods or names under export control, or take them out."""
    file = shared / "real" / "domain" / "mofcom_export_control_items.jsonl.gz"
    titles = [row["title"] for row in map(json.loads, lines(file))]
    origin = Origin(tier=1, lang="zh", country="CN")
    announced = [
        t
        for t in titles
        if "公告20" in t and any(w in t for w in ("物项", "管控名单", "管制清单", "技术目录"))
    ]
    assert len(announced) >= 15
    silent = [t for t in announced if "china-countermoves" not in bench.alerts(t, "", origin)]
    assert not silent


def test_state_actions_on_rare_earths_are_told(bench: Bench, shared: Path) -> None:
    """American money and Chinese controls that the trade monitors recorded under rare earths."""
    file = shared / "real" / "domain" / "gta_critical_minerals_interventions.json.gz"
    rows = json.loads("".join(lines(file)))["interventions"]
    wanted = [
        (row["title"], row["description"])
        for row in rows
        if "Rare Earths" in row["minerals"]
        and (
            row["title"].startswith("United States")
            or (row["title"].startswith("China") and "subsid" not in row["title"])
        )
    ]
    assert len(wanted) >= 15
    silent = [title for title, text in wanted if not bench.alerts(title, text, Origin(tier=2, lang="en"))]
    assert len(silent) <= len(wanted) // 10, silent
