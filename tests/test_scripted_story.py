"""One deal from rumour to cancellation, told by trade press, a Chinese paper, the company and the agency.

The names are invented; the rules, stages and ledgers are the shipped ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.folder import read_directory
from monitor.judging import Judging, Routes
from monitor.live import InForce
from monitor.model import Alert, Entry, Item, Source
from monitor.storage import Storage
from tests.conftest import ROOT

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
HALDEN = "Halden Rare Metals"


@dataclass(frozen=True)
class Told:
    """An item, and the reason for which it has to be told; empty where it has to stay silent."""

    hours: int
    source: str
    tier: int
    title: str
    text: str
    reason: str = ""
    news: str = ""
    lang: str = "en"


STORY = (
    Told(
        0, "mining-wire", 3,
        "EXIM said to weigh $120 million loan for Orrin Lake rare earth separation plant",
        f"People close to the talks say the US Export-Import Bank is considering a letter of interest for "
        f"{HALDEN}' separation plant at Orrin Lake, Ontario.",
        reason="first report",
    ),
    Told(
        2, "metals-daily", 3,
        "EXIM said to weigh $120 million loan for Orrin Lake rare earth separation plant - Metals Daily",
        f"People close to the talks say EXIM is considering a letter of interest for {HALDEN}.",
    ),
    Told(
        8, "cn-metals", 3, f"美国进出口银行拟向{HALDEN}稀土分离厂提供1.2亿美元贷款",
        f"据报道，美国进出口银行考虑为{HALDEN}位于安大略省Orrin Lake的稀土分离厂提供1.2亿美元贷款意向书。",
        lang="zh",
    ),
    Told(
        26, "halden", 1, f"{HALDEN} receives letter of interest from EXIM for up to $120 million",
        f"{HALDEN} has received a non-binding letter of interest from the Export-Import Bank of the United "
        "States for a loan of up to $120 million for its rare earth separation plant at Orrin Lake, Ontario.",
        reason="confirmed", news="a primary source says letter of interest",
    ),
    Told(
        28, "newswire", 2, f"{HALDEN} Receives EXIM Letter of Interest for Up to $120 Million",
        f"{HALDEN} has received a non-binding letter of interest from EXIM for up to $120 million for the "
        "Orrin Lake separation plant.",
    ),
    Told(
        24 * 40, "federal-register", 1, "Application for final commitment for a long-term loan: AP088123XX",
        "The Export-Import Bank of the United States has received an application for a loan of $120 million "
        f"for rare earth separation equipment of {HALDEN} at Orrin Lake.",
        reason="stage moved", news="letter of interest → application",
    ),
    Told(
        24 * 41, "halden", 1, f"Correction: {HALDEN}' application to EXIM is for $150 million",
        f"{HALDEN} corrects its release: the application to EXIM for the Orrin Lake rare earth separation "
        "plant is for a loan of $150 million, not $120 million.",
        reason="reversed", news="amount: $120m loan → $150m loan",
    ),
    Told(
        24 * 41 + 3, "mining-wire", 3, f"{HALDEN} corrects size of EXIM loan application to $150 million",
        f"{HALDEN} says that it asks EXIM for $150 million for the Orrin Lake rare earth plant.",
    ),
    Told(
        24 * 100, "halden", 1, f"{HALDEN} withdraws EXIM application, cancels Orrin Lake plant",
        f"{HALDEN} has cancelled the Orrin Lake rare earth separation plant and withdrawn its application "
        "for a loan of EXIM.",
        reason="reversed", news="application → cancelled",
    ),
    Told(
        24 * 100 + 3, "mining-wire", 3, f"{HALDEN} cancels Orrin Lake separation plant and EXIM loan",
        f"{HALDEN} dropped the Orrin Lake rare earth separation plant and its application for an EXIM loan.",
    ),
)  # fmt: skip


class Desk:
    """The shipped rules on an empty database."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.in_force = InForce(read_directory(ROOT / "watchlists"), {})
        assert not self.in_force.problems

    def file(self, number: int, told: Told) -> tuple[Alert, ...]:
        now = BEGIN + timedelta(hours=told.hours)
        link = f"https://{told.source}.example/{number}"
        source = Source(told.source, told.source, "feed", link, told.tier, told.lang)
        with self.storage.write():
            item = self.storage.items.add(
                source.id, Entry(link, link, link, told.title, told.text, now), told.lang, now
            )
            assert item is not None
            return self.judge(item, source, now)

    def judge(self, item: Item, source: Source, now: datetime) -> tuple[Alert, ...]:
        evidence = self.in_force.evidence(item, source, item.lang)
        verdicts = self.in_force.judges.verdicts(evidence)
        return Judging(self.storage, self.in_force, Routes(), now).file(source, item, verdicts).told


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Storage(Path(tmp_path_factory.mktemp("story")) / "story.db") as storage:
        yield Desk(storage)


@pytest.fixture(scope="module")
def alerts(desk: Desk) -> list[tuple[Alert, ...]]:
    return [desk.file(number, told) for number, told in enumerate(STORY)]


def test_exactly_the_right_alerts_in_order(alerts: list[tuple[Alert, ...]]) -> None:
    assert [", ".join(a.reason.value for a in told) for told in alerts] == [told.reason for told in STORY]


def test_each_alert_says_what_is_new(alerts: list[tuple[Alert, ...]]) -> None:
    for told, made in zip(STORY, alerts, strict=True):
        for alert in made:
            assert told.news in "; ".join(alert.news)


def test_all_of_it_is_one_thread(alerts: list[tuple[Alert, ...]]) -> None:
    assert len({alert.thread for made in alerts for alert in made}) == 1


def test_the_ledger_has_one_row_with_the_evidence_for_every_step(
    desk: Desk, alerts: list[tuple[Alert, ...]]
) -> None:
    assert alerts
    deals = next(ledger for ledger in desk.in_force.rulebook.ledgers if ledger.id == "deals")
    (row,) = desk.storage.ledgers.entries(deals)
    assert (row.title, row.rung, row.standing.confirmed) == (f"{HALDEN} / EXIM", "cancelled", True)
    rungs = [step.rung for step in row.steps]
    assert [rung for rung in dict.fromkeys(rungs) if rung != "announced"] == [
        "interest",
        "application",
        "cancelled",
    ]
    assert row.details["document"] == "AP088123XX"


def test_replaying_all_of_it_changes_nothing(desk: Desk, alerts: list[tuple[Alert, ...]]) -> None:
    tables = ("members", "facts", "steps", "entries", "alerts", "deliveries")
    before = {name: desk.storage.db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    with desk.storage.write():
        for number, told in enumerate(STORY):
            item = desk.storage.items.get(number + 1)
            assert item is not None
            source = Source(told.source, told.source, "feed", item.link, told.tier, told.lang)
            assert desk.judge(item, source, BEGIN + timedelta(days=200)) == ()
    after = {name: desk.storage.db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    assert {name: len(rows) for name, rows in after.items()} == {n: len(r) for n, r in before.items()}
    assert after["alerts"] == before["alerts"]
    assert len(alerts) == len(STORY)
