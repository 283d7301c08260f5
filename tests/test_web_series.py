"""The series on the desk: how each stands, its chart, and what was told of it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from monitor import catalogue, moves
from monitor.model import Point, Reason, Source
from monitor.storage import Storage
from tests.fakes import an_alert
from tests.rules import MAGNETS
from tests.webpages import NOON, Pages

HOSTILE = '"><script>alert(1)</script>'
SOURCES = f"""\
sources:
  - id: one
    name: Price desk
    kind: series
    url: https://prices.example.com/one
    link: https://prices.example.com/ndpr
    format: csv
    series:
      - {{id: ndpr, name: NdPr oxide, unit: CNY/t, value: NdPr, date: Day, rules: [{{above: 560000}}]}}
      - {{id: dy, name: 'Dy {HOSTILE}', unit: CNY/kg, value: Dy, date: Day}}
    rules:
      - {{change: 5%, within: 1d}}
    tell: [magnets]
"""
# The newest of them is of the day before NOON.
VALUES = [530_000.0 + 500 * n for n in range(40)]


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """Two series, of which one has numbers."""
    made = Pages(tmp_path / "monitor.db", sources=sources(), rules={"magnets.yaml": MAGNETS})
    file(made, VALUES)
    return made


def sources(text: str = SOURCES) -> tuple[Source, ...]:
    found, problems = catalogue.parse("sources.yaml", text)
    assert problems == ()
    return found


def days(count: int) -> list[date]:
    return [(NOON - timedelta(days=count - n)).date() for n in range(count)]


def file(pages: Pages, values: list[float]) -> None:
    """File each on the evening of its day."""
    with pages.storage() as storage, storage.write():
        for day, value in zip(days(len(values)), values, strict=True):
            seen = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
            storage.points.add("one", [Point("ndpr", day, value)], seen)


def tell(storage: Storage, day: date, state: str = "up", watchlist: str = "magnets") -> str:
    """File what was told of a move; answers its story."""
    move = moves.Move(
        f"ndpr|change of 5 %|{day}|{state}", "change of 5 %", "NdPr oxide moved", "moved", "", "", (), day
    )
    item = storage.items.add("one", move.entry, "en", NOON)
    number = item.id if item else storage.items.known("one", [move.entry])[move.key].id
    alert = an_alert(
        number, id=f"{move.key}{watchlist}", item=number, title=f"NdPr oxide moved {state}",
        reason=Reason.SERIES, story=f"s{number}", watchlist=watchlist,
    )  # fmt: skip
    storage.alerts.add(alert)
    return f"s{number}"


def shown(answer: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


# ------------------------------------------------------------------ the board


def test_the_board_says_how_each_series_stands(pages: Pages) -> None:
    text = shown(pages.get("/series/"))
    assert "NdPr oxide Price desk 549,500 CNY/t 1 Mar 2026 +0.1 % +0.6 % +2.8 %" in text
    assert "fresh above 560,000" in text
    assert "no number yet it is read at the next poll" in text


def test_a_late_series_comes_first_and_says_so(pages: Pages) -> None:
    assert pages.get("/series/").text.index("Dy &#34") < pages.get("/series/").text.index("NdPr")
    with pages.storage() as storage, storage.write():
        storage.db.execute("DELETE FROM points WHERE at > '2026-02-20'")
    text = shown(pages.get("/series/"))
    assert "late the next number has not come in time" in text
    assert text.index("NdPr") < text.index("Dy")


def test_a_number_that_cannot_be_right_is_told(pages: Pages) -> None:
    file(pages, [*VALUES[1:], 5.0])
    assert "implausible look at the source" in shown(pages.get("/series/"))


def test_the_board_says_whether_the_watch_fired(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        story = tell(storage, days(1)[0])
    text = pages.get("/series/").text
    assert f'href="../stories/{story}">NdPr oxide moved up</a>' in text


def test_where_no_series_is_followed_the_page_says_how(tmp_path: Path) -> None:
    assert "Add a source of kind series" in shown(Pages(tmp_path / "monitor.db").get("/series/"))


def test_fault_82_a_hostile_name_is_text(pages: Pages) -> None:
    for path in ("/series/", "/series/one/dy"):
        answer = pages.get(path)
        assert answer.status_code == 200
        assert "alert(1)" in answer.text
        assert "<script>" not in answer.text


# ------------------------------------------------------------------ one series


def test_a_series_has_its_chart_its_values_and_what_was_told(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        for watchlist in ("magnets", "others"):
            story = tell(storage, days(40)[20], watchlist=watchlist)
    answer = pages.get("/series/one/ndpr")
    text = shown(answer)
    assert "40 numbers from 21 Jan 2026 to 1 Mar 2026, between 530,000 and 549,500; last 549,500" in text
    assert "above 560,000" in text
    assert "Told to Rare earth magnets" in text
    assert answer.text.count(f'href="../../stories/{story}"') == 1
    assert answer.text.count('class="dot strong"') == 1
    assert "1 Mar 2026 549,500" in text
    assert 'href="https://prices.example.com/ndpr"' in answer.text


def test_a_chart_is_broken_where_days_are_missing(pages: Pages) -> None:
    assert pages.get("/series/one/ndpr").text.count('<path class="line"') == 1
    with pages.storage() as storage, storage.write():
        storage.db.execute("DELETE FROM points WHERE at BETWEEN '2026-02-03' AND '2026-02-08'")
    assert pages.get("/series/one/ndpr").text.count('<path class="line"') == 2


def test_a_level_far_off_does_not_flatten_the_line(pages: Pages) -> None:
    levelled = sources(SOURCES.replace("above: 560000", "above: 5600000"))
    far = Pages(pages.path, sources=levelled, rules={"magnets.yaml": MAGNETS})
    assert 'class="mark"' in pages.get("/series/one/ndpr").text
    assert 'class="mark"' not in far.get("/series/one/ndpr").text


def test_a_series_without_numbers_says_when_there_will_be_some(pages: Pages) -> None:
    assert "No number yet: it is read at the next poll" in shown(pages.get("/series/one/dy"))


@pytest.mark.parametrize("path", ["/series/one/no-such", "/series/no-such/ndpr"])
def test_what_there_is_not_is_not_found(pages: Pages, path: str) -> None:
    assert pages.get(path).status_code == 404


def test_to_look_changes_nothing(pages: Pages) -> None:
    before = pages.path.read_bytes()
    for path in ("/series/", "/series/one/ndpr", "/series/one/dy"):
        pages.get(path)
    assert pages.path.read_bytes() == before


# ------------------------------------------------------------------ for machines


def test_the_tables_have_what_the_pages_show(pages: Pages) -> None:
    ndpr, dy = pages.get("/api/series.json").json()["rows"]
    assert (ndpr["value"], ndpr["day"], ndpr["state"]) == (549_500, "2026-03-01", "ok")
    assert ndpr["change_30"] == pytest.approx(549_500 / 534_500 - 1)
    assert (dy["value"], dy["change_1"]) == (None, None)
    points = pages.get("/api/points.json?source=one&series=ndpr").json()["rows"]
    assert [(one["day"], one["value"]) for one in points[:2]] == [
        ("2026-03-01", 549_500), ("2026-02-28", 549_000),
    ]  # fmt: skip


def test_a_number_that_was_corrected_stands_once_for_each_value_it_had(pages: Pages) -> None:
    with pages.storage() as storage, storage.write():
        storage.points.add("one", [Point("ndpr", days(1)[0], 548_000.0)], NOON)
    points = pages.get("/api/points.json?series=ndpr").json()["rows"]
    assert [one["value"] for one in points[:2]] == [548_000, 549_500]
    assert "1 Mar 2026 548,000" in shown(pages.get("/series/one/ndpr"))


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("ndpr|change of 5 % within 1 day|2026-03-01|up", date(2026, 3, 1)),
        ("ndpr|above 5|2026-03-01|above|corrected", date(2026, 3, 1)),
        ("ndpr|above 5|2026-13-01|above", None),
        ("https://example.com/2026-03-01", None),
        ("", None),
    ],
)
def test_the_day_of_a_move_is_in_its_key(key: str, day: date | None) -> None:
    assert moves.day_of(key) == day
