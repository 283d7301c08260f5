"""Sources of numbers: a CSV, a JSON answer and a page, each with what is wrong in it set aside."""

from __future__ import annotations

import gzip
import json
import tarfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor.catalogue import parse
from monitor.errors import Unreadable
from monitor.model import Reading, Source
from monitor.request import Asking, Document
from monitor.sources import KINDS

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def a_source(keys: str, head: str = "") -> Source:
    """A source of series, written as in sources.yaml; `keys` are those below `kind`."""
    text = f"sources:\n  - id: numbers\n    kind: series\n    url: https://e.test/numbers\n{head}{keys}"
    (source,), problems = parse("sources.yaml", text)
    assert problems == ()
    return source


def read(
    source: Source, body: str | bytes, headers: str = "", url: str = "https://e.test/numbers"
) -> Reading:
    raw = body if isinstance(body, bytes) else body.encode()
    return KINDS["series"].read(Document(raw, {"content-type": headers}, url), source, NOW)


def points(reading: Reading) -> list[tuple[str, str, float]]:
    return [(p.series, p.at.isoformat(), p.value) for p in reading.points]


# ------------------------------------------------------------------ CSV

CSV = """\
    format: csv
    series:
      - {id: nd, name: Neodymium, value: Price, date: Date}
"""


def test_a_column_of_a_csv_and_the_column_of_its_days() -> None:
    reading = read(a_source(CSV), 'Date,Price,Note\n2026-11-23,"535,000",x\n2026-11-24,"563,000",y\n')
    assert points(reading) == [("nd", "2026-11-23", 535_000), ("nd", "2026-11-24", 563_000)]
    assert reading.entries == ()
    assert reading.set_aside == ()


@pytest.mark.parametrize(
    ("keys", "body"),
    [
        pytest.param("", "Date;Price\n2026-11-24;1\n", id="semicolons"),
        pytest.param("", "Date\tPrice\r\n2026-11-24\t1\r\n", id="tabs"),
        pytest.param("", "\ufeffDate,Price\n2026-11-24,1\n", id="a byte order mark"),
        pytest.param("", "Date , Price \n2026-11-24, 1 \n", id="spaces"),
        pytest.param("", "Price,Date\n1,2026-11-24\n,2026-11-23\n", id="an empty cell is no fault"),
        pytest.param("    number: '1.234,5'\n", 'Date,Price\n2026-11-24,"1,00"\n', id="decimal comma"),
        pytest.param("    dates: dmy\n", "Date,Price\n24/11/2026,1\n", id="day first"),
    ],
)
def test_ways_to_write_the_same_csv(keys: str, body: str) -> None:
    reading = read(a_source(CSV, keys), body)
    assert points(reading) == [("nd", "2026-11-24", 1)]
    assert reading.set_aside == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("2026-11-23,W", "nd, row 3: 'W' is not a number as 1,234.5"),
        ('2026-11-23,"1,23"', "nd, row 3: '1,23' is not a number as 1,234.5"),
        ("soon,5", "nd, row 3: 'soon' is not a day that has come"),
        ("2027-01-01,5", "nd, row 3: '2027-01-01' is not a day that has come"),
        ("2026-11-24,5", "nd, row 3: there is another number for 2026-11-24: narrow it down with 'where'"),
    ],
)
def test_what_cannot_be_a_number_is_set_aside_with_its_reason(body: str, reason: str) -> None:
    reading = read(a_source(CSV), f"Date,Price\n2026-11-24,1\n{body}\n")
    assert points(reading) == [("nd", "2026-11-24", 1)]
    assert reading.set_aside == (reason,)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "it has no rows|no column"),
        ("Date,Price\n", "it has no rows"),
        ("Date,Value\n2026-11-24,1\n", "there is no column 'Price', but Date, Value"),
        ("Date,Price\n2026-11-24,n/a\n", "'n/a' is not a number"),
        ("<html><body>Just a moment...</body></html>", "there is no column 'Price'"),
    ],
)
def test_a_document_without_numbers_is_unreadable(body: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read(a_source(CSV), body)


def test_rows_are_chosen_by_what_stands_in_their_other_columns() -> None:
    keys = """\
    format: csv
    series:
      - {id: imports, name: Imports, value: Value, date: Year, where: {Kind: Import, Code: 2846}}
"""
    body = "Year,Kind,Code,Value\n2024,Import,2846,7\n2024,Export,2846,9\n2024,Import,2805,11\n"
    assert points(read(a_source(keys), body)) == [("imports", "2024-01-01", 7)]


@pytest.mark.parametrize(
    ("encoding", "keys", "header"),
    [
        ("windows-1252", "", ""),
        ("windows-1252", "    encoding: windows-1252\n", ""),
        ("gb18030", "    encoding: gb18030\n", ""),
        ("gb18030", "", "text/csv; charset=GBK"),
        ("gb18030", "", "text/csv; charset=nonsense"),
        ("utf-8", "", "text/csv; charset=iso-8859-1"),
    ],
)
def test_encodings(encoding: str, keys: str, header: str) -> None:
    note = "Salient—United States" if encoding != "gb18030" else "氧化镨钕"
    body = f"Date,Price,Note\n2026-11-24,1,{note}\n".encode(encoding)
    assert points(read(a_source(CSV, keys), body, header)) == [("nd", "2026-11-24", 1)]


def test_reasons_are_few_however_many_rows_are_bad() -> None:
    rows = "".join(f"2026-11-24,x{n}\n" for n in range(500))
    reading = read(a_source(CSV), f"Date,Price\n2026-11-23,1\n{rows}")
    assert len(reading.set_aside) == 21
    assert reading.set_aside[-1] == "480 more like these"


# ------------------------------------------------------------------ JSON


def test_rows_of_a_json_answer_by_path() -> None:
    keys = """\
    format: json
    rows: metals[0].history
    series:
      - {id: nd, name: Neodymium, unit: USD/kg, value: value, date: date}
"""
    body = {
        "metals": [
            {"history": [{"date": "2026.11.23", "value": 120.4}, {"date": "2026.11.24", "value": None}]}
        ]
    }
    assert points(read(a_source(keys), json.dumps(body))) == [("nd", "2026-11-23", 120.4)]


def test_each_series_may_have_rows_of_its_own_and_a_day_of_several_fields() -> None:
    keys = """\
    format: json
    rows: monthly
    series:
      - {id: exports, name: Exports, value: exports, date: [year, month]}
      - {id: last, name: Last, rows: latest, value: price.usd, date: day}
"""
    body = {
        "monthly": [{"year": 2026, "month": 9, "exports": 12}, {"year": 2026, "month": 10, "exports": 13}],
        "latest": {"price": {"usd": 5}, "day": "2026-11-24"},
    }
    assert points(read(a_source(keys), json.dumps(body))) == [
        ("exports", "2026-09-01", 12),
        ("exports", "2026-10-01", 13),
        ("last", "2026-11-24", 5),
    ]


def test_lists_under_a_list_of_names_as_the_census_bureau_answers() -> None:
    keys = """\
    format: json
    series:
      - {id: magnets, name: Magnets, value: GEN_VAL_MO, date: time}
"""
    body = [["GEN_VAL_MO", "CTY_CODE", "time"], ["1200", "5700", "2026-09"], ["900", "5700", "2026-08"]]
    assert points(read(a_source(keys), json.dumps(body))) == [
        ("magnets", "2026-08-01", 900),
        ("magnets", "2026-09-01", 1200),
    ]


JSON = """\
    format: json
    rows: data
    series:
      - {id: x, name: X, value: v, date: d}
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("{", "JSON that cannot be read", id="cut"),
        pytest.param("[" * 100_000, "JSON that cannot be read", id="nested"),
        pytest.param(
            '{"data": [{"v": ' + "9" * 5000 + ', "d": "2026"}]}', "JSON that cannot be read", id="huge"
        ),
        pytest.param('{"data": []}', "nothing at 'data'", id="empty"),
        pytest.param('{"data": "x"}', "nothing at 'data'", id="a word"),
        pytest.param('{"data": [1, 2]}', "nothing at 'data'", id="numbers"),
        pytest.param('{"data": [{"v": NaN, "d": "2026"}]}', "'nan' is not a number", id="not a number"),
        pytest.param('{"data": [{"v": 1}]}', "'None' is not a day", id="no day"),
        pytest.param('{"data": [{"w": 1, "d": "2026"}]}', "it has no rows", id="another field"),
    ],
)
def test_json_without_numbers_is_unreadable(body: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read(a_source(JSON), body)


# ------------------------------------------------------------------ a page

INDEX = """\
    format: page
    zone: Asia/Shanghai
    series:
      - {id: index, name: Index, value: '稀土价格指数[^\\d]{0,8}(\\d+\\.?\\d*)'}
"""


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("2026年11月23日，稀土价格指数为261.3点。", "2026-11-23"),
        ("11月23日稀土价格指数 261.3", "2026-11-23"),
        ("稀土价格指数：261.3（2026-11-23）", "2026-11-23"),
        ("稀土价格指数为261.3点。", "2026-11-24"),
    ],
)
def test_a_number_in_a_chinese_sentence_and_the_day_near_it(sentence: str, day: str) -> None:
    page = (
        f"<html><title>稀土</title><p>发布 2025年1月1日</p>{'<p>行情平稳。</p>' * 9}<p>{sentence}</p></html>"
    )
    if day == "2026-11-24":
        page = f"<p>{sentence}</p>"
    assert points(read(a_source(INDEX), page)) == [("index", day, 261.3)]


def test_a_page_with_the_number_of_today() -> None:
    keys = """\
    format: page
    zone: Asia/Tokyo
    series:
      - {id: x, name: X, value: 'NdPr oxide ([\\d,]+)', date: today}
"""
    assert points(read(a_source(keys), "<p>Since 2020-01-01</p><b>NdPr oxide</b> 563,000 CNY")) == [
        ("x", "2026-11-24", 563_000)
    ]


TABLE = """
<html><head><title>Exports</title></head><body><p>Updated 18 November 2026</p>
<h2>(13) Goods in Quantity and Value, October 2026</h2><p>Unit: thousand USD</p>
<table>
<tr><td rowspan=2>Goods</td><td rowspan=2>Unit</td><td colspan=2>October</td><td colspan=2>1 to 10</td></tr>
<tr><td>Quantity</td><td>Value</td><td>Quantity</td><td>Value</td></tr>
<tr><td>Steel</td><td>10000T</td><td>978.2</td><td>6,123,000</td><td>9,774</td><td>61,000,000</td></tr>
<tr><td>Rare-earth ore（metals）</td><td>T</td><td>4,343.5</td><td>41,250</td>
<td>52,100</td><td>390,000</td></tr>
<tr><td>Grain</td><td>T</td><td>-</td><td>12</td><td>-</td><td>120</td></tr>
</table></body></html>
"""


def cell(row: str, column: str) -> Source:
    return a_source(f"""\
    format: page
    series:
      - id: x
        name: X
        row: {row}
        column: {column}
        date: 'Quantity and Value,?\\s*([A-Z][a-z]+ \\d{{4}})'
""")


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ("Rare-earth ore", "Quantity", 4343.5),
        ("rare-earth ore (metals)", "October Value", 41_250),
        ("Rare-earth", "1 to 10 Quantity", 52_100),
        ("Rare-earth", "6", 390_000),
        ("Steel", "Value", 6_123_000),
    ],
)
def test_a_cell_by_the_words_of_its_row_and_its_column(row: str, column: str, expected: float) -> None:
    assert points(read(cell(row, column), TABLE)) == [("x", "2026-10-01", expected)]


@pytest.mark.parametrize(
    ("row", "column"), [("Uranium", "Value"), ("Steel", "Price"), ("Steel", "99"), ("Grain", "3")]
)
def test_a_cell_that_is_not_there_or_holds_no_number_makes_the_page_unreadable(row: str, column: str) -> None:
    with pytest.raises(Unreadable, match="no number can be read"):
        read(cell(row, column), TABLE)


def test_a_table_inside_another_that_only_places_it_is_read() -> None:
    page = f"<table><tr><td>Menu</td><td>{TABLE}</td></tr></table>"
    assert points(read(cell("Steel", "Value"), page)) == [("x", "2026-10-01", 6_123_000)]


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>" * 5000 + "Steel",
        "<table>" + "<tr><td colspan=999999 rowspan=999999>Steel" * 3000,
        "<table>" * 2000 + "<tr><td>Steel<td>1",
        "<table><tr><td rowspan=-1 colspan=x>Steel</td></tr></table>",
        "<p>" * 100_000,
        "<ul><li>" * 100_000,
        "<b>" * 100_000,
        "\0\0<table>",
    ],
)
def test_hostile_tables_are_read_in_bounds(page: str) -> None:
    with pytest.raises(Unreadable):
        read(cell("Steel", "Value"), page)


INDEXED = """\
    format: page
    follow: Goods in Quantity and Value
    pick: last
    series:
      - {id: x, name: X, row: Rare-earth, column: Quantity}
"""
LISTING = """
<table><tr><td>(12) Other</td><td><a href="o9.html">Sep</a><a href="o10.html">Oct</a></td></tr>
<tr><td>(13) Goods in Quantity and Value</td><td><a href="a9.html">Sep</a></td>
<td><a href="/t/a10.html">Oct</a></td>
<td>Nov</td></tr></table>
"""


def test_an_index_leads_to_the_newest_table() -> None:
    (request,) = read(a_source(INDEXED), LISTING).more
    assert request.url == "https://e.test/t/a10.html"


def test_what_an_index_leads_to_is_read() -> None:
    assert points(read(a_source(INDEXED), TABLE, url="https://e.test/t/a10.html")) == [
        ("x", "2026-11-18", 4343.5)
    ]


def test_an_index_of_entries_within_entries_is_looked_through_in_bounds() -> None:
    page = "<ul><li><a href=/x>no</a>" * 900 + "x" * 200_000
    began = time.monotonic()
    with pytest.raises(Unreadable, match="nothing stands"):
        read(a_source(INDEXED), page)
    assert time.monotonic() - began < 10


def test_an_index_without_the_link_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read(a_source(INDEXED), "<a href='javascript:alert(1)'>Goods in Quantity and Value</a>")


# ------------------------------------------------------------------ how it is written and asked


def test_the_secret_goes_into_the_header_that_is_named() -> None:
    source = a_source(CSV, "    key_header: Subscription-Key\n")
    asked = KINDS["series"].ask(source, Asking(NOW, secret="s3cret"))
    assert asked.headers == (("Subscription-Key", "s3cret"),)
    assert "s3cret" not in repr(asked)
    assert KINDS["series"].ask(source, Asking(NOW)).headers == ()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("    format: csv\n", "says no series"),
        ("    format: xls\n" + CSV.split("\n", 1)[1], "input should be 'csv', 'json' or 'page'"),
        (CSV + "    rules: [{change: 5%, above: 3}]\n", "a rule says one of: change, above, below, late"),
        (CSV + "    rules: [{}]\n", "a rule says one of"),
        (CSV + "    rules: [{change: 0%}]\n", "a change of 0 % is none"),
        (CSV + "    rules: [{change: 5}]\n", "'5' is not text"),
        (CSV + "    rules: [{change: five}]\n", "pattern"),
        (CSV + "    rules: [{change: 5%, within: 6h}]\n", "at least 1d"),
        (CSV + "    rules: [{above: 5, within: 6d}]\n", "'within' goes with 'change'"),
        (CSV + "    rules: [{late: soon}]\n", "'soon' is not a duration"),
        (CSV + "    rules: [{above: 5}, {above: 5}]\n", "two rules of 'nd' are the same"),
        (CSV + "      - {id: nd, name: Other, value: a, date: b}\n", "two series have the same id"),
        (CSV + "      - {id: pr, name: Other, value: a}\n", "the series 'pr' needs 'value' and 'date'"),
        (CSV + "    link: javascript:alert(1)\n", "is not the address of a page"),
        (CSV + "    encoding: klingon\n", "'klingon' is not an encoding"),
        (JSON.replace("rows: data", "rows: 'data[['"), "is not a path"),
        (INDEX.replace("(\\d+\\.?\\d*)", "\\d+"), "needs one pair of brackets"),
        (INDEX.replace("(\\d", "((\\d"), "missing"),
        (
            "    format: page\n    series: [{id: x, name: X, row: a}]\n",
            "needs a pattern as 'value', or a 'row'",
        ),
    ],
)
def test_what_is_written_wrong_is_told_with_the_remedy(keys: str, message: str) -> None:
    text = f"sources:\n  - id: numbers\n    kind: series\n    url: https://e.test/\n{keys}"
    sources, problems = parse("sources.yaml", text)
    assert sources == ()
    assert message in "\n".join(str(p) for p in problems)


def test_rules_and_readers_of_a_series_are_those_of_its_source_unless_it_has_its_own() -> None:
    keys = """\
    format: csv
    link: https://e.test/page
    series:
      - {id: nd, name: Neodymium, unit: CNY/t, value: Nd, date: Date}
      - {id: dy, name: Dysprosium, value: Dy, date: Date, rules: [{above: 2000, name: dear}], tell: [b]}
    rules:
      - {change: 5%, within: 1d}
      - {late: 3d}
    tell: [a]
"""
    nd, dy = KINDS["series"].follow(a_source(keys))
    assert (nd.name, nd.unit, nd.link, nd.tell) == ("Neodymium", "CNY/t", "https://e.test/page", ("a",))
    assert [rule.name for rule in nd.rules] == ["change of 5 % within 1 day", "late by 3 days"]
    assert ([rule.name for rule in dy.rules], dy.tell) == (["dear"], ("b",))


# ------------------------------------------------------------------ what publishers really send


def test_korean_prices_as_captured(shared: Path) -> None:
    keys = """\
    format: json
    zone: Asia/Seoul
    series:
      - {id: nd, name: Neodymium, unit: USD/kg, rows: 'metals[0].history', value: value, date: date}
      - {id: ce, name: Cerium, unit: USD/kg, rows: 'metals[1].history', value: value, date: date}
"""
    body = gzip.decompress((shared / "real/domain/komis_minor_metal_prices.json.gz").read_bytes())
    reading = read(a_source(keys), body)
    assert reading.set_aside == ()
    assert len(reading.points) == 1039
    assert ("nd", "2026-04-10", 120.42) in points(reading)


def test_chinese_oxide_prices_as_captured(shared: Path) -> None:
    keys = """\
    format: csv
    series:
      - {id: nd, name: Neodymium oxide, value: 氧化钕平均价, date: 日期}
"""
    body = gzip.decompress((shared / "real/domain/cn_rare_earth_oxide_prices_2013_2024.csv.gz").read_bytes())
    reading = read(a_source(keys), body)
    assert (len(reading.points), reading.set_aside) == (2876, ())
    assert points(reading)[-1] == ("nd", "2024-07-05", 36.98)


def test_the_geological_survey_in_windows_1252_as_captured(shared: Path) -> None:
    keys = """\
    format: csv
    series:
      - id: compounds
        name: US imports of rare-earth compounds
        unit: t
        value: Value
        date: Year
        where: {MCS chapter: RARE EARTHS, Section: Salient Statistics—United States, Statistics_detail: 'Imports: Compounds'}
"""  # noqa: E501
    body = gzip.decompress((shared / "real/domain/usgs_mcs2026_commodities.csv.gz").read_bytes())
    reading = read(a_source(keys), body)
    assert reading.set_aside == ()
    assert points(reading)[0] == ("compounds", "2021-01-01", 7730)
    assert len(reading.points) == 5


def test_a_century_of_the_geological_survey_as_captured(shared: Path) -> None:
    keys = """\
    format: csv
    series:
      - {id: production, name: US production, unit: t, value: value, date: year, where: {metric: production, geography_code: USA}}
"""  # noqa: E501
    body = gzip.decompress((shared / "real/domain/usgs_rare_earths_historical.csv.gz").read_bytes())
    reading = read(a_source(keys), body)
    assert points(reading)[0] == ("production", "1900-01-01", 227)
    assert len(reading.points) == 85


def test_the_un_answers_as_captured(shared: Path) -> None:
    keys = """\
    format: json
    rows: data
    series:
      - id: imports
        name: Imports
        value: primaryValue
        date: period
        where: {flowCode: M, partnerCode: 0, partner2Code: 0, motCode: 0, customsCode: C00}
"""
    found: dict[date, float] = {}
    source = a_source(keys)
    with tarfile.open(shared / "real/domain/un_comtrade_china_2846.tar.gz") as archive:
        for member in archive.getmembers():
            if member.name[-9:-5].isdigit():
                answer = archive.extractfile(member)
                assert answer is not None
                reading = read(source, answer.read())
                assert reading.set_aside == ()
                found |= {p.at: p.value for p in reading.points}
    assert len(found) == 32
    assert found[date(2024, 1, 1)] == 1_386_613_152
