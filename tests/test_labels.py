"""The labelled sets are what their README says: nothing here judges a rule."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Reason
from tests.conftest import ROOT

DATA = Path(__file__).parent / "data"
FACTS = {"agency", "amount_usd", "companies", "countries", "stage"}
NO_FACTS: dict[str, Any] = {
    "agency": None,
    "amount_usd": None,
    "companies": [],
    "countries": [],
    "stage": None,
}
HEADLINES = Path("real") / "domain" / "rare_earth_news_2026q1_en_ko.json.gz"


@pytest.fixture(scope="module")
def items() -> list[dict[str, Any]]:
    with (DATA / "stories.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_items_are_told_apart_by_their_ids(items: list[dict[str, Any]]) -> None:
    assert Counter(item["id"] for item in items).most_common(1)[0][1] == 1


def test_labels_are_shipped_watchlists(items: list[dict[str, Any]]) -> None:
    shipped = {file.stem for file in (ROOT / "watchlists").glob("*.yaml")}
    used = {label for item in items for label in item["labels"]}
    assert used == {"asean-accords", "china-countermoves", "exim-dfc", "magnet-plants"}
    assert used <= shipped


def test_what_no_watchlist_wants_states_no_facts(items: list[dict[str, Any]]) -> None:
    assert all(item["facts"] == NO_FACTS for item in items if not item["labels"])


def test_what_a_watchlist_wants_has_a_stage_and_a_country(items: list[dict[str, Any]]) -> None:
    facts = [item["facts"] for item in items if item["labels"]]
    assert all(set(fact) == FACTS and fact["stage"] and fact["countries"] for fact in facts)


def test_unwanted_events_are_marked_as_such(items: list[dict[str, Any]]) -> None:
    wanted = {item["story"] for item in items if item["labels"]}
    stray = {item["story"] for item in items if item["story"] and item["story"] not in wanted}
    assert stray
    assert all(story.startswith("neg-") for story in stray)


def test_one_deal_alerts_in_the_order_of_its_life() -> None:
    deal = json.loads((DATA / "one_deal.json").read_text("utf-8"))["items"]
    times = [datetime.fromisoformat(item["at"]) for item in deal]
    told: Mapping[str, list[str]] = {
        thread: [
            item["expect"]["reason"]
            for item in deal
            if item["expect"]["reason"] and item["expect"]["thread"] == thread
        ]
        for thread in ("quillan-ridge", "osier-creek")
    }
    assert times == sorted(times)
    assert told["osier-creek"] == [Reason.FIRST]
    assert told["quillan-ridge"] == [
        Reason.FIRST,
        Reason.CONFIRMED,
        Reason.MOVED,
        Reason.FACT,
        Reason.REVERSED,
    ]


def test_every_headline_has_a_story(shared: Path) -> None:
    labelled = json.loads((DATA / "real_headline_stories.json").read_text("utf-8"))["stories"]
    with gzip.open(shared / HEADLINES, "rt", encoding="utf-8") as opened:
        headlines = [f"{row['title']}\n{row['url']}" for row in json.load(opened)]
    assert {hashlib.sha256(one.encode()).hexdigest()[:16] for one in headlines} == set(labelled)
