"""Items of the past: what lines of a file become, and stored items read in pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import history
from monitor.errors import Invalid
from monitor.history import Past
from monitor.model import Content, Entry, Origin
from monitor.storage import Storage
from monitor.storage import items as pages
from tests.fakes import NOON, a_source, an_item

WIRE = a_source(1, id="wire", name="The Wire", tier=2, country="US")


def one(now: datetime, **written: object) -> Past:
    (past,) = history.read("f.jsonl", [json.dumps(written)], {"wire": WIRE}, now)
    return past


@pytest.mark.parametrize(
    "written",
    [
        {"title": "Loan", "text": "It <b>pays</b>.", "date": "2026-02-01", "url": "https://e.test/1"},
        {"t": "Loan", "x": "It <b>pays</b>.", "d": "2026-02-01T00:00:00", "u": "https://e.test/1"},
        {"title": "Loan", "summary": "It pays.", "published": "1 Feb 2026", "link": "https://e.test/1"},
    ],
)
def test_the_names_that_files_use_come_to_the_same(written: dict[str, str], now: datetime) -> None:
    past = one(now, **written)
    assert past.content == Content("Loan", "It pays.", link="https://e.test/1")
    assert past.when == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_source_of_the_catalogue_gives_its_name_and_tier(now: datetime) -> None:
    past = one(now, title="Loan", source="wire")
    assert (past.content.source, past.origin) == ("The Wire", Origin("wire", 2, "en", "US"))


def test_another_source_is_known_by_its_name_only(now: datetime) -> None:
    past = one(now, title="稀土", source="elsewhere")
    assert past.origin == Origin("elsewhere", None, "zh")
    assert one(now, title="Terres rares", lang="fr").origin.lang == "fr"


def test_an_item_without_a_date_has_none(now: datetime) -> None:
    assert one(now, title="Loan").when is None
    assert one(now, title="Loan", date="soon").when is None


@pytest.mark.parametrize("bad", ["{", "[]", "7", "null", "{}", '{"title": ""}', '{"title": " "}', "words"])
def test_a_line_that_is_no_item_is_named(bad: str, now: datetime) -> None:
    lines = ['{"title": "Loan"}', "", bad]
    with pytest.raises(Invalid) as error:
        list(history.read("f.jsonl", lines, {}, now))
    (problem,) = error.value.problems
    assert (problem.file, problem.line, problem.message) == ("f.jsonl", 3, "is not an item")


def test_a_stored_item_is_read_as_the_pipeline_reads_it() -> None:
    item = an_item(7, source="wire", lang="en")
    (known,) = history.stored([item], {"wire": WIRE})
    assert known == Past(
        7, item.when, Content(item.title, item.text, link=item.link, source="The Wire"), WIRE.origin("en")
    )
    (gone,) = history.stored([item], {})
    assert gone.origin == Origin("wire", None, "en")


# ------------------------------------------------------------------ out of the database


def test_stored_items_come_in_the_order_of_filing_over_many_pages(tmp_path: Path) -> None:
    total = 2 * pages._PAGE + 3
    with Storage(tmp_path / "monitor.db") as storage:
        with storage.write():
            for number in range(total):
                entry = Entry(f"k{number}", f"a{number}", "", f"Title {number}", "", None)
                # Most come in the same moment, as at a first look.
                storage.items.add("wire", entry, "en", NOON + timedelta(hours=number > total - 3))
        found = list(storage.items.since(NOON))
        assert [item.title for item in found] == [f"Title {number}" for number in range(total)]
        assert [item.id for item in storage.items.since(NOON + timedelta(minutes=1))] == [total - 1, total]


def test_between_pages_another_may_write(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with Storage(path) as storage, Storage(path) as other:
        with storage.write():
            for number in range(pages._PAGE + 1):
                entry = Entry(f"k{number}", f"a{number}", "", "Title", "", None)
                storage.items.add("wire", entry, "en", NOON)
        reading = storage.items.since(NOON)
        next(reading)
        other.db.execute("PRAGMA busy_timeout = 0")
        with other.write():
            other.items.add("wire", Entry("late", "late", "", "Late", "", None), "en", NOON)
        assert [item.title for item in reading][-1] == "Late"
