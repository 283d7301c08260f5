"""The shipped ledgers on a quarter of trade news and six years of the Federal Register.

`real_ledgers.md` says what a reading of the rows, line by line, found right and wrong. To print them:
`REAL_LEDGERS=DIR pytest tests/test_real_ledgers.py` leaves a database in DIR that `monitor` can read.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor import sheet
from monitor.app import App
from monitor.config import PathSettings, Settings, StorageSettings
from monitor.keeping import Keeping
from monitor.labelled import Labelled
from monitor.ledger import Entry, Ledger
from monitor.replay import Replay
from monitor.sheet import Row

WATCHLISTS = Path(__file__).parent.parent / "watchlists"
NEWS = "domain/rare_earth_news_2026q1_en_ko.json.gz"
REGISTER = "us/federal_register_relevant.jsonl.gz"
AFTER = datetime(2026, 4, 14, tzinfo=UTC)
EXIM = re.compile(r"\bAP\d{6}X[A-Z]\b")


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        if path.name.endswith(".json.gz"):
            yield from json.load(file)
        else:
            yield from (json.loads(line) for line in file if line.strip())


def _news(shared: Path) -> list[Labelled]:
    found = {row["url"]: row for row in _read(shared / "real" / NEWS)}
    return [_item(url, row["title"], "", row["date"], row["source_lang"]) for url, row in found.items()]


def _register(shared: Path) -> list[Labelled]:
    found = {row["u"]: row for row in _read(shared / "real" / REGISTER)}
    return [_item(url, row["t"], row.get("a") or "", row["d"], "en") for url, row in found.items()]


def _item(url: str, title: str, text: str, day: str, lang: str) -> Labelled:
    return Labelled(url, title, text, lang, frozenset(), url, date.fromisoformat(day))


@dataclass(frozen=True)
class Sheets:
    """The ledgers after a replay, their entries and rows, and how many items there are."""

    ledgers: dict[str, Ledger]
    entries: dict[str, list[Entry]]
    rows: dict[str, list[Row]]

    def came(self, ledger: str) -> list[Entry]:
        """The rows that items opened or moved: those for which more speaks than the file."""
        return [entry for entry in self.entries[ledger] if any(step.item for step in entry.steps)]


@pytest.fixture(scope="module")
def sheets(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Sheets:
    kept = os.environ.get("REAL_LEDGERS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("ledgers")
    settings = Settings(
        storage=StorageSettings(url=f"sqlite:///{folder / 'monitor.db'}"),
        paths=PathSettings(watchlists=str(WATCHLISTS), sources=str(WATCHLISTS / "sources.yaml")),
    )
    with App(settings, clock=lambda: AFTER, write=lambda _: None) as app:
        items = [*_news(shared), *_register(shared)]
        assert sum(1 for _ in Replay(app.storage, app.in_force).run(items)) == len(items)
        ledgers = {ledger.id: ledger for ledger in app.in_force.rulebook.ledgers}
        with app.storage.write():
            keeping = Keeping(app.storage, app.in_force, AFTER)
            entries = {name: keeping.rows(ledger) for name, ledger in ledgers.items()}
    return Sheets(ledgers, entries, {n: sheet.rows(ledgers[n], found, AFTER) for n, found in entries.items()})


def test_the_news_of_a_quarter_opens_rows_in_every_ledger_that_items_may_open(sheets: Sheets) -> None:
    opened = {name: sheets.came(name) for name, ledger in sheets.ledgers.items() if ledger.opens != "never"}
    assert all(opened.values()), {name: len(found) for name, found in opened.items()}


def test_a_row_stands_on_a_rung_that_one_of_its_steps_tells(sheets: Sheets) -> None:
    for entries in sheets.entries.values():
        for entry in entries:
            assert entry.rung in {step.rung for step in entry.steps}, entry.key


def test_a_row_is_confirmed_only_by_a_primary_source(sheets: Sheets) -> None:
    for entries in sheets.entries.values():
        for entry in entries:
            primary = any(step.tier <= 1 and step.rung == entry.rung for step in entry.steps)
            assert primary or not entry.standing.confirmed, entry.key


def test_an_item_speaks_once_in_a_row(sheets: Sheets) -> None:
    for entries in sheets.entries.values():
        for entry in entries:
            items = [step.item for step in entry.steps if step.item]
            assert len(items) == len(set(items)), entry.key


def test_of_the_exim_notices_none_is_taken_for_more_than_an_application(sheets: Sheets) -> None:
    """They say that an application for a final commitment has come in; the board decides later."""
    for entry in sheets.came("deals"):
        for step in entry.steps:
            assert not EXIM.search(step.words) or step.rung == "application", (entry.key, step.words)


def test_no_two_rows_have_one_title(sheets: Sheets) -> None:
    for name, rows in sheets.rows.items():
        titles = [row.title.casefold() for row in rows]
        assert {title for title in titles if titles.count(title) > 1} == set(), name
