"""A series through a whole installation: polled, filed, told once, in the digest and on the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import mailing
from monitor.cli import main
from monitor.commands.series import spark
from monitor.edition import Edition
from monitor.model import Alert, Point, Reason
from monitor.storage import Storage
from monitor.subscriber import Subscriber
from tests.desk import Desk
from tests.fakes import NOON
from tests.webs import World

DAY = timedelta(days=1)
SOURCES = """\
sources:
  - id: one
    name: Price desk
    kind: series
    url: '{base}/one'
    link: https://prices.example.com/ndpr
    format: csv
    series:
      - {{id: ndpr, name: NdPr oxide, unit: CNY/t, value: NdPr, date: Day}}
      - {{id: dy, name: "=Dy oxide", unit: "=CNY/kg", value: Dy, date: Day, rules: [{{above: 2000}}]}}
    rules:
      - {{change: 5%, within: 1d}}
      - {{change: 15%, within: 30d}}
      - {{late: 3d}}
    tell: [magnets]
"""


class Prices:
    """A growing CSV of two prices, a row a day from 20 February 2026; `days` may be changed by hand."""

    def __init__(self) -> None:
        self.days: dict[date, tuple[float, float]] = {}

    def add(self, ndpr: float, dy: float = 1900) -> Prices:
        self.days[max(self.days, default=date(2026, 2, 19)) + DAY] = (ndpr, dy)
        return self

    @property
    def csv(self) -> bytes:
        rows = (f"{day},{ndpr},{dy}\n" for day, (ndpr, dy) in self.days.items())
        return ("Day,NdPr,Dy\n" + "".join(rows)).encode()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        made.write("sources", SOURCES.format(base=made.web.base))
        made.restart()
        yield made


def serve(world: World, prices: Prices, later: timedelta = DAY) -> list[str]:
    """What the poll of these prices tells."""
    before = len(world.alerts)
    world.answers["one"] = prices.csv
    report = world.poll(later)
    assert not report.failed
    return [alert.title for alert in world.alerts[before:]]


def filled() -> Prices:
    prices = Prices()
    for n in range(10):
        prices.add(530_000 + n * 500)
    return prices


def test_the_first_look_is_silent_and_what_moves_then_is_told_once(world: World) -> None:
    prices = filled()
    assert serve(world, prices) == []
    assert (world.count("points"), world.count("items")) == (20, 0)
    said = ["NdPr oxide 565,000 CNY/t, up 5.7 % in a day (534,500 on 1 Mar)"]
    assert serve(world, prices.add(565_000)) == said
    assert serve(world, prices) == []
    assert serve(world, prices.add(566_000)) == []
    (alert,) = world.alerts
    assert alert.reason is Reason.SERIES
    assert (alert.score, alert.parts) == (100, (("change of 5 % within 1 day", 100),))
    assert alert.link == "https://prices.example.com/ndpr"
    assert alert.watchlist == "magnets"
    assert "2 Mar 2026: 565,000; 1 Mar 2026: 534,500" in alert.excerpt


def test_a_series_that_is_added_later_has_a_first_look_of_its_own(world: World) -> None:
    prices = filled()
    text = SOURCES.format(base=world.web.base)
    world.write("sources", "\n".join(line for line in text.splitlines() if "id: dy" not in line))
    world.restart()
    serve(world, prices)
    world.write("sources", text)
    world.restart()
    assert serve(world, prices.add(530_000, dy=2500)) == []
    assert serve(world, prices.add(530_000, dy=1900)) == []
    assert len(serve(world, prices.add(530_000, dy=2500))) == 1


def test_moves_missed_while_nobody_looked_are_told_in_order(world: World) -> None:
    prices = filled()
    serve(world, prices)
    prices.add(565_000).add(565_000).add(600_000)
    said = serve(world, prices, later=4 * DAY)
    assert len(said) == 2
    waiting = list(world.app.storage.deliveries.latest(10))[::-1]
    assert [alert.hits for alert in (d.message for d in waiting) if isinstance(alert, Alert)] == [
        ("up 5.7 % in a day (534,500 on 1 Mar)",),
        ("up 6.2 % in a day (565,000 on 3 Mar)",),
    ]


def test_a_restart_between_polls_tells_nothing_again(world: World) -> None:
    prices = filled()
    serve(world, prices)
    serve(world, prices.add(565_000))
    world.restart()
    assert serve(world, prices) == []
    assert len(world.alerts) == 1


def test_a_corrected_number_is_kept_as_a_revision_and_a_move_it_undoes_is_said(world: World) -> None:
    prices = filled()
    serve(world, prices)
    serve(world, prices.add(565_000))
    prices.days[date(2026, 3, 2)] = (535_000, 1900)
    (said,) = serve(world, prices)
    assert said == (
        "Correction: NdPr oxide 535,000 CNY/t on 2 Mar 2026, not 565,000; "
        "no longer up 5.7 % in a day (534,500 on 1 Mar)"
    )
    history = [p.value for p in world.app.storage.points.history("one", "ndpr") if p.at == date(2026, 3, 2)]
    assert history == [565_000, 535_000]
    assert serve(world, prices.add(536_000)) == []


def test_a_slip_of_three_digits_is_told_as_implausible(world: World) -> None:
    prices = filled()
    serve(world, prices)
    (said,) = serve(world, prices.add(535_000_000))
    assert said == "NdPr oxide 535,000,000 CNY/t: implausible after 534,500 on 1 Mar, check the source"
    assert serve(world, prices.add(535_500)) == []


def test_what_fails_to_come_is_told_once_although_the_document_is_the_same(world: World) -> None:
    prices = filled()
    serve(world, prices)
    assert serve(world, prices, later=3 * DAY) == []
    assert serve(world, prices, later=3 * DAY) == [
        "NdPr oxide is late: nothing after 1 Mar 2026, usually every day"
    ]
    assert serve(world, prices, later=3 * DAY) == []


def test_a_document_that_lost_its_numbers_is_a_failure_and_takes_nothing_back(world: World) -> None:
    serve(world, filled())
    world.answers["one"] = b"<html>Under maintenance</html>"
    assert "no number can be read" in world.poll().failed["one"]
    assert world.count("points") == 20


def test_a_snoozed_watchlist_files_the_move_and_tells_nobody(world: World) -> None:
    prices = filled()
    serve(world, prices)
    text = (world.directory / "magnets.yaml").read_text("utf-8")
    world.write("magnets", f"{text}snooze: 2026-12-31\n")
    world.restart()
    assert serve(world, prices.add(565_000)) == []
    assert world.count("signals") == 1


def test_the_digest_has_it_with_its_reason(world: World) -> None:
    prices = filled()
    serve(world, prices)
    serve(world, prices.add(565_000))
    desk = Subscriber("desk", "", "07:30", "UTC")
    until = world.now + DAY
    edition = Edition(world.now.date(), until, world.now - DAY, until)
    made = mailing.composed(world.app.storage, world.app.in_force, desk, edition)
    (section,) = made.sections
    (story,) = section.stories
    assert story.title.startswith("NdPr oxide 565,000 CNY/t, up 5.7 %")
    assert (story.score, story.alerted) == (100, True)
    assert story.title.endswith("up 5.7 % in a day (534,500 on 1 Mar)")
    assert (story.words, story.excerpt) == ((), "")  # its numbers are in the digest anyway


def test_an_index_page_and_the_article_behind_it(world: World) -> None:
    world.write(
        "sources",
        f"""\
sources:
  - id: one
    kind: series
    url: '{world.web.base}/one'
    zone: Asia/Shanghai
    format: page
    follow: 稀土价格指数
    series:
      - {{id: index, name: Rare-earth price index, value: '指数为([\\d.]+)'}}
    rules: [{{change: 5%, within: 1d}}]
    tell: [magnets]
""",
    )
    world.restart()
    for day, index in ((1, 261.3), (2, 275.1)):
        world.answers["one"] = f'<ul><li><a href="/a{day}">3月{day}日稀土价格指数</a></li></ul>'.encode()
        world.answers[f"a{day}"] = f"<p>2026年3月{day}日，稀土价格指数为{index}。</p>".encode()
        assert not world.poll(DAY).failed
    (alert,) = world.alerts
    assert alert.title == "Rare-earth price index 275.1, up 5.3 % in a day (261.3 on 1 Mar)"


def test_explain_says_that_it_was_told_although_no_word_of_it_scores(world: World, tmp_path: Path) -> None:
    prices = filled()
    serve(world, prices)
    serve(world, prices.add(565_000))
    settings = [
        f"[storage]\nurl = 'sqlite:///{tmp_path}/monitor.db'",
        f"[paths]\nwatchlists = '{world.directory}'\nsources = '{world.directory}/sources.yaml'",
    ]
    file = tmp_path / "monitor.toml"
    file.write_text("\n".join(settings), "utf-8")
    result = CliRunner().invoke(main, ["--config", str(file), "explain", "1"])
    assert "0 of 100, alert: series moved 4 Mar 2026" in result.stdout


def test_how_new_a_source_is_counts_by_its_newest_number(world: World) -> None:
    serve(world, filled())
    assert world.app.storage.sources.state("one").newest == datetime(2026, 3, 1, tzinfo=UTC)


# ------------------------------------------------------------------ kept


def test_numbers_are_filed_once_and_corrections_beside_them(tmp_path: Path) -> None:
    point = Point("x", date(2026, 3, 1), 1.0)
    with Storage(tmp_path / "monitor.db") as storage:
        assert storage.points.add("s", [point], NOON) == 1
        assert storage.points.add("s", [point], NOON + DAY) == 0
        assert storage.points.add("s", [Point("x", point.at, 2.0)], NOON + DAY) == 1
        assert storage.points.add("other", [point], NOON) == 1
        assert storage.points.known("s") == [Point("x", point.at, 2.0, NOON)]
        assert [(p.value, p.seen) for p in storage.points.history("s", "x")] == [(1, NOON), (2, NOON + DAY)]


# ------------------------------------------------------------------ the command


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The desk with prices beside its feeds, after a first look."""
    prices = filled().csv.decode()
    desk.answers["prices"] = prices.encode()
    text = SOURCES.format(base=desk.base).replace("/one'", "/prices'").replace("[magnets]", "[no-such]")
    (desk.folder / "watchlists" / "sources.yaml").write_text(text, "utf-8")
    desk.run("poll", "--no-deliver")
    return desk


def test_series_are_listed_with_their_changes_and_a_line_of_bars(desk: Desk) -> None:
    said = desk.run("series").stdout
    line = next(line for line in said.splitlines() if line.startswith("one/ndpr"))
    assert "534,500 CNY/t" in line
    assert "1 Mar 2026" in line
    assert "+0.1 %" in line
    assert "▁" in line
    assert "█" in line
    assert "no watchlist is called no-such" in line


def test_a_live_try_counts_the_numbers(desk: Desk) -> None:
    (tried,) = desk.json("sources", "check", "one")
    assert (tried["ok"], tried["items"]) == (True, 20)
    assert tried["newest"].startswith("2026-03-01")


def test_series_for_machines(desk: Desk) -> None:
    (row,) = desk.json("series", "one/ndpr")
    assert (row["series"], row["value"], row["at"]) == ("one/ndpr", 534_500, "2026-03-01")
    assert row["changes"][2] is None


def test_the_history_of_one_as_csv_holds_no_formula(desk: Desk) -> None:
    rows = list(csv.reader(io.StringIO(desk.run("series", "dy", "--csv").stdout)))
    assert rows[0] == ["series", "unit", "at", "value", "seen"]
    assert len(rows) == 11
    assert rows[1][:4] == ["one/dy", "'=CNY/kg", "2026-02-20", "1900.0"]


@pytest.mark.parametrize(("words", "code"), [(("series", "nothing"), 1), (("series", "--csv"), 2)])
def test_wrong_names_and_usage(desk: Desk, words: tuple[str, ...], code: int) -> None:
    desk.run(*words, code=code)


@pytest.mark.parametrize(
    ("values", "bars"), [([], ""), ([5, 5, 5], "▁▁▁"), ([1, 2, 3], "▁▅█"), (list(range(100)), None)]
)
def test_a_line_of_bars(values: list[float], bars: str | None) -> None:
    assert spark(values) == bars if bars is not None else len(spark(values)) == 20
