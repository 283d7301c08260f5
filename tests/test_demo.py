"""The demo does what the README promises, and its week is a week of good and bad manners."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.demo import run
from monitor.demo_feeds import DemoServer, document, load
from monitor.errors import MonitorError
from monitor.request import Document
from monitor.sources import feed
from tests.conftest import Demo

WATCHLISTS = {"exim-dfc", "magnet-plants", "china-countermoves", "asean-accords"}


def rows(demo: Demo, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(demo.folder / "monitor.db")) as database:
        return database.execute(sql, values).fetchall()


def test_each_watchlist_alerts_with_its_reason(demo: Demo) -> None:
    told = Counter(row[0] for row in rows(demo, "SELECT watchlist FROM alerts"))
    assert set(told) == WATCHLISTS
    assert demo.printed.count("▲") == sum(told.values())
    assert demo.printed.count("Why: score") == sum(told.values())


def test_it_takes_less_than_a_minute(demo: Demo) -> None:
    assert demo.seconds < 60


def test_what_was_there_at_the_first_look_is_filed_and_never_told(demo: Demo) -> None:
    assert rows(demo, "SELECT 1 FROM signals WHERE baseline = 1")
    assert not rows(
        demo,
        "SELECT 1 FROM alerts a JOIN signals s ON s.item = a.item AND s.watchlist = a.watchlist"
        " WHERE s.baseline = 1",
    )


def test_a_wire_story_is_told_once_however_many_outlets_carry_it(demo: Demo) -> None:
    found = rows(
        demo,
        "SELECT count(*), count(DISTINCT m.story), min(m.story) FROM items i JOIN members m ON m.item = i.id"
        " WHERE i.title LIKE 'U.S. EXIM board approves $1.15 billion%'",
    )
    assert found[0][:2] == (10, 1)
    told = (
        "SELECT a.reason FROM alerts a JOIN members m ON m.item = a.item WHERE m.story = ? ORDER BY a.created"
    )
    reasons = [row[0] for row in rows(demo, told, found[0][2])]
    assert reasons.count("first report") + reasons.count("stage moved") == 1
    assert len(reasons) <= 3


def test_hostile_headlines_stay_text(demo: Demo) -> None:
    for page in (demo.folder / "digests").glob("*.html"):
        text = page.read_text("utf-8")
        assert "<img" not in text
        assert "<script" not in text
        assert "javascript:" not in text
        assert "\u202e" not in text
    links = {row[0] for row in rows(demo, "SELECT link FROM items")}
    assert all(link == "" or re.match(r"https?://", link) for link in links)


def test_sources_that_died_are_named(demo: Demo) -> None:
    for source in ("plains-gazette is failing", "id-kabar is failing", "northern-tribune is quiet"):
        assert source in demo.printed


def test_every_delivery_was_sent_once(demo: Demo) -> None:
    assert rows(demo, "SELECT state, max(attempts) FROM deliveries GROUP BY state") == [("sent", 1)]


def test_a_digest_is_written_each_morning_and_the_last_line_names_one(demo: Demo) -> None:
    written = sorted((demo.folder / "digests").glob("*.html"))
    assert len(written) >= 7
    named = re.search(r"the fullest: (\S+\.html)", demo.printed)
    assert named
    text = Path(named[1]).read_text("utf-8")
    assert "sources healthy" in text
    assert "Also in 9" in text or len(text) > 5000


def test_a_folder_of_somebody_else_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(MonitorError, match="not from an earlier demo"):
        run(tmp_path, print, colour=False, tick=lambda _: None)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_every_source_of_the_week_is_a_feed_that_can_be_read() -> None:
    week = load()
    end = max(item.at for source in week.sources for item in source.items)
    formats = Counter(source.format for source in week.sources)
    assert min(formats[name] for name in ("rss", "rdf", "atom", "json")) >= 4
    for source in week.sources:
        body = document(source, end).encode()
        reading = feed.read(Document(body, {}, "https://demo.example/"), source.source, end)
        assert len(reading.entries) == min(len(source.items), 30)
        assert not reading.set_aside


def test_the_server_answers_a_validator_with_304() -> None:
    week = load()
    with DemoServer(week, lambda: week.begins) as server:
        url = server.sources[0].url
        with httpx.Client(trust_env=False) as client:
            first = client.get(url)
            again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize("place", ["0.0.0.0:8765", "nowhere"])
def test_a_desk_without_a_password_is_not_served_elsewhere(tmp_path: Path, place: str) -> None:
    """Refused in words before anything is done (fault 87)."""
    asked = ["demo", "--out", str(tmp_path / "demo"), "--stay", "--listen", place]
    result = CliRunner().invoke(main, asked)
    assert (result.exit_code, "127.0.0.1" in result.output) == (2, True)
    assert not (tmp_path / "demo").exists()
