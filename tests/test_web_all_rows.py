"""Every row of every table for machines, by `limit` and `next`, and as one file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from monitor.model import Point
from monitor.storage import Storage
from monitor.storage.edits import Edit
from tests import rules
from tests.outbox import Bench
from tests.webdesk import Desk
from tests.webpages import DAY, NOON, Pages

MANY = 1005
DAYS = 130
SOME = 4
LEDGERS = """ledgers:
  loans:
    title: Loans
    watchlists: [magnets]
    key: [agency]
    opens: story
    ladder: [{id: asked}]
    entries:
"""
SERIES = """\
  - {id: later, kind: not-read-yet, url: "http://127.0.0.1:1/later", disabled: no kind reads it}
  - id: prices
    name: Price desk
    kind: series
    url: http://127.0.0.1:1/prices
    format: csv
    series:
"""
# What a row of each table is known by.
KEYS = {
    "alerts": ("id",),
    "deliveries": ("id",),
    "destinations": ("to",),
    "digests": ("subscriber", "day"),
    "edits": ("edit",),
    "entries": ("key",),
    "items": ("number",),
    "ledgers": ("ledger",),
    "points": ("source", "series", "day"),
    "series": ("series",),
    "sources": ("id",),
    "steps": ("key",),
    "stories": ("story",),
    "subscribers": ("name",),
    "watchlists": ("name",),
}
# And the same in the database,
FILED = {
    "alerts": "SELECT id FROM alerts",
    "deliveries": "SELECT id FROM deliveries",
    "destinations": "SELECT DISTINCT destination FROM deliveries",
    "digests": "SELECT subscriber, day FROM digests",
    "edits": "SELECT id FROM edits",
    "items": "SELECT id FROM items",
    "points": "SELECT source, series, at FROM points",
    "stories": "SELECT DISTINCT story FROM alerts",
}
# or in the files.
WRITTEN = {
    "entries": [f"row-{number}" for number in range(DAYS)],
    "ledgers": ["loans"],
    "series": [f"metal-{number}" for number in range(SOME)],
    "sources": ["wire", "prices", "later"],
    "steps": [f"row-{number}" for number in range(DAYS)],
    "subscribers": [f"reader-{number}" for number in range(SOME)],
    "watchlists": ["magnets", *(f"more-{number}" for number in range(SOME))],
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A desk with more rows in its tables than any page of it shows."""
    desk = Desk(tmp_path_factory.mktemp("rows"))
    entries = "".join(
        f"      row-{number}: {{title: Row {number}, rung: asked, since: 2026-01-05, source: 'https://example.com/'}}\n"
        for number in range(DAYS)
    )
    more = {f"more-{number}": rules.MAGNETS.replace("magnets", f"more-{number}") for number in range(SOME)}
    rules.write(desk.files, {"wire": "http://127.0.0.1:1/wire"}, ledgers=LEDGERS + entries, **more)
    with (desk.files / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(SERIES)
        for number in range(SOME):
            file.write(f"      - {{id: metal-{number}, name: Metal, unit: USD, value: V, date: D}}\n")
    made = desk.pages(subscribers=[{"name": f"reader-{number}"} for number in range(SOME)])
    assert not made.house.in_force.problems
    bench = Bench(made.path)
    bench.file(*range(1, MANY + 1))
    bench.storage.close()
    for back in range(DAYS):
        made.keep(day=DAY - timedelta(days=back))
    with made.storage() as storage, storage.write():
        _fill(storage)
    yield made
    desk.close()


def _fill(storage: Storage) -> None:
    for number in range(DAYS):
        storage.edits.add(Edit("old.yaml", NOON, "ann", "", b"%d" % number, None))
    storage.db.execute("INSERT INTO items_search (rowid, title, text) SELECT id, title, '' FROM items")
    days = [DAY - timedelta(days=back) for back in range(DAYS)]
    for source, series in (("prices", "metal-1"), ("gone", "not-followed")):
        storage.points.add(source, [Point(series, day, 1.5) for day in days], NOON)


def known(pages: Pages, table: str) -> list[tuple[str, ...]]:
    """What the rows of a table are known by, in the database or in the files."""
    if table in WRITTEN:
        return sorted((name,) for name in WRITTEN[table])
    with pages.storage() as storage:
        return sorted(tuple(map(str, row)) for row in storage.db.execute(FILED[table]))


def names(rows: list[dict[str, Any]], table: str) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row[column]) for column in KEYS[table]) for row in rows)


def walked(pages: Pages, table: str, limit: int) -> list[dict[str, Any]]:
    found, following = [], f"?limit={limit}"
    while following:
        answer = pages.get(f"/api/{table}.json{following}")
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["rows"]) <= limit
        found += answer.json()["rows"]
        following = answer.json()["next"]
    return found


@pytest.mark.parametrize("table", KEYS)
def test_next_leads_to_every_row_once(pages: Pages, table: str) -> None:
    expected = known(pages, table)
    assert expected
    limit = max(len(expected) // 3, 1)
    assert names(walked(pages, table, limit), table) == expected


@pytest.mark.parametrize("table", KEYS)
def test_a_sheet_holds_every_row_once(pages: Pages, table: str) -> None:
    answer = pages.get(f"/api/{table}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert names(rows, table) == known(pages, table)


def test_every_table_is_looked_at_here(pages: Pages) -> None:
    paths = json.loads(pages.get("/api/openapi.json").text)["paths"]
    assert {path[1:-5] for path in paths if path.endswith(".json")} == set(KEYS)


def test_an_alert_says_what_its_score_is_made_of(pages: Pages) -> None:
    row = pages.get("/api/alerts.json?limit=1").json()["rows"][0]
    assert (row["score"], row["threshold"], row["reason"]) == (82, 60, "first report")
    assert row["parts"] == ["US lender named +40", "money or a commitment +20"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("items.json?q=%2A", "no word in q"),
        ("deliveries.json?state=lost", "no such state: write waiting"),
        ("sources.json?state=lost", "no such state: write ill"),
        ("stories.json?after=here", "after is the place of a row"),
    ],
)
def test_a_filter_that_asks_for_nothing_is_told_and_answers_no_rows(
    pages: Pages, asked: str, says: str
) -> None:
    answer = pages.get(f"/api/{asked}")
    assert answer.status_code == 400
    assert says in answer.json()["error"]


def test_items_are_narrowed_by_words_over_all_pages(pages: Pages) -> None:
    first = pages.get("/api/items.json?limit=400&q=EXIM").json()
    assert len(first["rows"]) == 400
    assert first["next"] == "?q=EXIM&limit=400&offset=400"
    answer = pages.get("/api/items.csv?q=EXIM")
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len({row["number"] for row in found}) == len(found) == MANY
