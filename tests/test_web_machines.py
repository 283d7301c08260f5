"""Tables for machines: every one as JSON and as CSV, as it is described (faults 82, 88)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from starlette.applications import Starlette

from monitor import cells
from monitor.errors import MonitorError
from monitor.storage import Storage
from monitor.storage.edits import Edit
from monitor.web import described
from monitor.web.machines import Machines
from monitor.web.tables import Asked, Table
from tests.outbox import Bench
from tests.webdesk import Desk
from tests.webpages import NOON, PASSWORD, Pages

HOSTILE = '"><script>alert(1)</script>'
FORMULA = '=HYPERLINK("http://evil.test","See here")'


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """A desk with something hostile in every table that can have it."""
    desk = Desk(tmp_path)
    made = desk.pages(subscribers=[{"name": "@ann"}])
    made.keep(subject=FORMULA, subscriber=HOSTILE)
    bench = Bench(made.path)
    bench.file(1, 2, 3, title=FORMULA, who=(HOSTILE,), hits=("@now", "磁体"), source_name="-2")
    bench.storage.close()
    with made.storage() as storage, storage.write():
        for number in range(2):
            storage.edits.add(Edit("magnets.yaml", NOON, FORMULA, "why\r\nso", None, b"%d" % number))
    yield made
    desk.close()


def tables(pages: Pages) -> dict[str, Any]:
    """The description of each table's JSON, by its name."""
    paths = json.loads(pages.get("/api/openapi.json").text)["paths"]
    return {path[1:-5]: one["get"] for path, one in paths.items() if path.endswith(".json")}


def rows(pages: Pages, table: str, query: str = "") -> list[dict[str, Any]]:
    answer = pages.get(f"/api/{table}.json{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def sheet(pages: Pages, table: str, query: str = "") -> list[dict[str, str]]:
    answer = pages.get(f"/api/{table}.csv{query}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


# ------------------------------------------------------------------ all tables there are


def test_every_table_has_the_rows_that_it_describes(pages: Pages) -> None:
    described_ = json.loads(pages.get("/api/openapi.json").text)
    assert described_["openapi"] == "3.1.0"
    filled = 0
    for name, operation in tables(pages).items():
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        whole = schema | {"components": described_["components"]}
        answer = pages.get(f"/api/{name}.json").json()
        jsonschema.validate(answer, whole, format_checker=jsonschema.FormatChecker())
        assert set(schema["required"]) == set(answer)
        filled += bool(answer["rows"])
    assert filled >= 3


def test_every_table_says_the_same_in_both_forms(pages: Pages) -> None:
    for name in tables(pages):
        in_json, in_csv = rows(pages, name), sheet(pages, name)
        assert len(in_json) == len(in_csv), name
        for one, other in zip(in_json, in_csv, strict=True):
            assert list(one) == list(other)
            for column, value in one.items():
                if isinstance(value, int | str) and not isinstance(value, bool):
                    assert other[column].replace("'", "") == str(value).replace("'", ""), (name, column)


def test_every_column_and_filter_is_described(pages: Pages) -> None:
    text = pages.get("/api/").text
    components = json.loads(pages.get("/api/openapi.json").text)["components"]["schemas"]
    for name, operation in tables(pages).items():
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        reference = schema["properties"]["rows"]["items"]["$ref"].rpartition("/")[2]
        for column, one in components[reference]["properties"].items():
            assert one.get("description"), f"{name}.{column} does not say what it is"
            assert f"<code>{column}</code>" in text
        assert all(parameter["description"] for parameter in operation["parameters"])
        assert f'href="{name}.json"' in text
        assert f'href="{name}.csv"' in text
    assert len(pages.get("/api/").content) < 90_000


def test_no_spreadsheet_runs_what_a_feed_said(pages: Pages) -> None:
    seen = [value for name in tables(pages) for row in sheet(pages, name) for value in row.values()]
    assert f"'{FORMULA}" in seen
    assert not [value for value in seen if value[:1] in set("=+@\t\r") or value.startswith("-")]


def test_a_sheet_is_a_file_that_excel_knows_as_utf_8(pages: Pages) -> None:
    answer = pages.get("/api/alerts.csv")
    assert answer.content.startswith(b"\xef\xbb\xbfid,at,")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="alerts-2026-03-02.csv"'
    assert sheet(pages, "alerts")[0]["words"] == "'@now; 磁体"


def test_nothing_of_a_table_runs_in_a_browser(pages: Pages) -> None:
    for form in ("json", "csv"):
        headers = pages.get(f"/api/alerts.{form}").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")


# ------------------------------------------------------------------ a page of rows


def test_the_next_rows_follow_without_a_gap(pages: Pages) -> None:
    whole = [one["id"] for one in rows(pages, "alerts")]
    seen, following = [], "?limit=2"
    while following:
        answer = pages.get(f"/api/alerts.json{following}").json()
        seen += [one["id"] for one in answer["rows"]]
        following = answer["next"]
    assert seen == whole
    assert len(whole) == 3


def test_all_alerts_are_there_however_many(pages: Pages) -> None:
    bench = Bench(pages.path)
    bench.file(*range(4, 1206))
    bench.storage.close()
    found = sheet(pages, "alerts")
    assert len({one["id"] for one in found}) == len(found) == 1205


def test_a_filter_holds_over_the_next_rows(pages: Pages) -> None:
    answer = pages.get("/api/edits.json?watchlist=magnets&limit=1").json()
    assert answer["next"] == "?watchlist=magnets&limit=1&offset=1"
    assert rows(pages, "edits", "?watchlist=other") == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?colour=red", "There is no filter 'colour'"),
        ("?limit=0", "limit is a number from 1 to 1000"),
        ("?limit=1001", "limit is a number from 1 to 1000"),
        ("?limit=ten", "limit is a number from 1 to 1000"),
        ("?limit=", "limit is a number from 1 to 1000"),
        ("?offset=-1", "offset is a number from 0 to 999999999"),
        ("?offset=99999999999999999999", "offset is a number from 0 to 999999999"),
    ],
)
@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_makes_no_sense_is_refused_in_json(pages: Pages, form: str, query: str, says: str) -> None:
    answer = pages.get(f"/api/alerts.{form}{query}")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(says)


def test_what_is_not_there_is_told_with_what_is(pages: Pages) -> None:
    answer = pages.get("/api/cats.json")
    assert (answer.status_code, "alerts" in answer.json()["known"]) == (404, True)
    assert "watchlist" in pages.get("/api/alerts.json?colour=red").json()["known"]


def test_the_rows_are_for_those_who_are_let_in(tmp_path: Path) -> None:
    locked = Pages(tmp_path / "monitor.db", password=PASSWORD)
    for path in ("/api/", "/api/openapi.json", "/api/alerts.json", "/api/alerts.csv"):
        assert locked.get(path).status_code in (303, 401)


# ------------------------------------------------------------------ a table by itself


@dataclass(frozen=True, slots=True)
class Line:
    number: Annotated[int, Field(description="A number.")]
    day: Annotated[date | None, Field(description="A day.")]
    at: Annotated[datetime, Field(description="A moment.")]
    sure: Annotated[bool, Field(description="A truth.")]
    parts: Annotated[tuple[str, ...], Field(description="Some texts.")]


def _lines(_: Storage, asked: Asked) -> Iterator[Line]:
    if asked["colour"] == "none":
        raise MonitorError("'none' is no colour: write red")
    for number in range(2500):
        yield Line(number, None, datetime(2026, 3, 2, 12, tzinfo=UTC), True, ("-1", "b"))


LINES = Table("lines", "Some lines.", Line, _lines, {"colour": "Which."})


@pytest.fixture
def alone(pages: Pages) -> Pages:
    pages.app = Starlette(routes=Machines(pages.house, [LINES]).routes())
    return pages


def test_a_sheet_has_all_rows_of_a_table(alone: Pages) -> None:
    found = sheet(alone, "lines")
    assert [int(one["number"]) for one in found] == list(range(2500))
    assert found[0] == {
        "number": "0", "day": "", "at": "2026-03-02T12:00:00Z", "sure": "true", "parts": "'-1; b",
    }  # fmt: skip
    assert [one["number"] for one in sheet(alone, "lines", "?offset=7&limit=2")] == ["7", "8"]


def test_json_has_a_hundred_rows_unless_more_are_asked_for(alone: Pages) -> None:
    assert len(rows(alone, "lines")) == 100
    assert len(rows(alone, "lines", "?limit=1000")) == 1000
    assert rows(alone, "lines")[0]["at"] == "2026-03-02T12:00:00Z"


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_filter_that_means_nothing_is_told_in_the_words_of_its_table(alone: Pages, form: str) -> None:
    answer = alone.get(f"/api/lines.{form}?colour=none")
    assert (answer.status_code, answer.json()["error"]) == (400, "'none' is no colour: write red")


def test_columns_are_told_in_words() -> None:
    kinds = {one.name: one.kind for one in described.columns(LINES)}
    assert kinds == {
        "number": "whole number", "day": "day or null", "at": "moment", "sure": "true or false",
        "parts": "list of text",
    }  # fmt: skip


# ------------------------------------------------------------------ cells


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("＝1", "'＝1"), ("\t=1", "'\t'=1"),
        ("a;=1", "a;'=1"), ("first\n=1", "first\n'=1"), ("one - two", "one - two"), (-5, -5), ("-5%", "'-5%"),
        (("=1", "=2"), "'=1; '=2"), (None, None), ("", ""), (False, "false"),
    ],
)  # fmt: skip
def test_a_cell_runs_nothing(value: object, expected: object) -> None:
    assert cells.cell(value) == expected


@given(
    st.lists(st.text(alphabet=st.sampled_from("=+-@;,|\"'\t\r\n a中"), max_size=12), min_size=1, max_size=4)
)
def test_whatever_parts_the_cells_none_is_a_formula(texts: list[str]) -> None:
    written = cells.lines([texts])
    for delimiter in ",;\t|":
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter):
            assert not [one for one in row if one[:1] in set("=+-@") and one], (delimiter, written)
