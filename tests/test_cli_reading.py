"""Reading further with the commands: a round reads, `explain` says what it added, `evidence` shows it."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.daemon import Daemon, wait_for
from tests.desk import Desk
from tests.fakes import Answer, Web
from tests.pages import page, wall
from tests.webs import post, rss

TITLE = "Ministry publishes its notice of the week"
FIRST = page(TITLE, "Nothing was decided about the loan.")
SECOND = page(TITLE, "The loan for the rare earth plant was approved.")
SETTINGS = '[reading]\nworkers = 1\n[http]\nallow_private = ["127.0.0.0/8"]\n'


class Paper(Desk):
    """A Desk with one source that is read in full, and its page."""

    page = FIRST
    told = False

    def serve(self, path: str, headers: dict[str, str]) -> Answer:
        if path == "/page":
            return 200, {"Content-Type": "text/html; charset=utf-8"}, self.page
        told = post(1, title=TITLE, link=f"{self.base}/page", text="", date=None)
        return 200, {}, rss(*([told] if self.told else []))

    def start(self, base: str) -> None:
        super().start(base)
        (self.folder / "monitor.toml").write_text(SETTINGS, "utf-8")
        (self.folder / "watchlists" / "sources.yaml").write_text(
            f"sources:\n  - {{id: wire, url: '{base}/wire', tier: 1, read: all}}\n", "utf-8"
        )
        rules = self.folder / "watchlists" / "magnets.yaml"
        rules.write_text(rules.read_text("utf-8").replace("alert: 60", "alert: 45"), "utf-8")
        self.run("poll")
        self.told = True

    def due(self) -> None:
        """As if the time had come to look at the source."""
        with self.storage() as storage, storage.write():
            storage.db.execute("UPDATE sources SET next_poll = '2000-01-01T00:00:00.000000+00:00'")

    def later(self) -> None:
        """As if two hours had gone by."""
        with self.storage() as storage, storage.write():
            look = storage.looks.get(1)
            assert look
            assert look.due
            storage.db.execute("UPDATE looks SET due = ?", [(look.due - timedelta(hours=2)).isoformat()])


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paper]:
    monkeypatch.chdir(tmp_path)
    made = Paper(tmp_path)
    with Web(made.serve) as web:
        made.start(web.base)
        yield made


def test_a_poll_reads_what_came_and_tells_what_it_made_of_it(paper: Paper) -> None:
    paper.page = SECOND
    said = paper.run("poll").stdout
    assert f"▲ Rare earth magnets · First report · approved\n  {TITLE}" in said
    assert "1 page read in full; 1 alert." in said
    (alert,) = paper.json("alerts")
    assert "The loan for the rare earth plant was approved." in alert["excerpt"]


def test_a_round_does_so_too(paper: Paper) -> None:
    paper.page = SECOND
    paper.due()
    assert "1 page read in full; 1 alert." in paper.run("run", "--once").stdout
    assert paper.run("run", "--once").stdout.endswith("Nothing was due.\n")


def test_a_machine_gets_what_was_read(paper: Paper) -> None:
    paper.page = SECOND
    (report,) = paper.json("poll")
    assert (report["new"], report["read"]["asked"], report["read"]["alerts"]) == (1, 1, 1)


def test_evidence_shows_what_was_seen_and_explain_what_it_added(paper: Paper) -> None:
    paper.page = SECOND
    paper.run("poll")
    said = paper.run("evidence", "1").stdout
    assert hashlib.sha256(SECOND).hexdigest() in said
    assert f"{len(SECOND):,}" in said
    assert "The loan for the rare earth plant was approved." in paper.run("evidence", "1", "--text").stdout
    explained = paper.run("explain", "1").stdout
    assert "page: read in full" in explained
    assert "“rare earth” in the body" in explained
    assert "the page read in full: +48 (0 without it): must 'rare earths or magnets' is met" in explained
    (found,) = paper.json("explain", "1")
    assert (found["score"], found["unread"]) == (48, 0)


def test_evidence_shows_what_changed(paper: Paper) -> None:
    rules = (paper.folder / "watchlists" / "magnets.yaml").read_text("utf-8")
    rules = rules.replace("[rare earth, magnet", "[Ministry, rare earth")
    (paper.folder / "watchlists" / "magnets.yaml").write_text(rules, "utf-8")
    paper.run("poll")
    paper.page = SECOND
    paper.later()
    assert "1 edited" in paper.run("run", "--once").stdout
    said = paper.run("evidence", "1", "--diff").stdout
    assert "  - Nothing was decided about the loan." in said
    assert "  + The loan for the rare earth plant was approved." in said
    first, second = paper.json("evidence", "1", "--diff")
    assert (first["number"], first["changes"], second["number"]) == (1, [], 2)
    assert "+ The loan for the rare earth plant was approved." in second["changes"]
    assert "monitor evidence 1 --diff" in paper.run("explain", "1").stdout


def test_evidence_says_why_there_is_none(paper: Paper) -> None:
    paper.page = wall("Access Denied", "You have no permission")
    said = paper.run("poll").stdout
    assert "1 page read in full; 1 not to be had (monitor evidence ITEM says why); 0 alerts." in said
    assert "page: a block page came in its place; next look" in paper.run("evidence", "1").stdout
    assert paper.json("evidence", "1") == []


def test_evidence_of_an_item_that_was_not_read(desk: Desk) -> None:
    desk.run("poll")
    assert "page: not read in full" in desk.run("evidence", "1").stdout
    assert "no stored item is '99'" in desk.run("evidence", "99", code=1).stderr


def test_a_backtest_reads_what_was_read(paper: Paper) -> None:
    paper.page = SECOND
    paper.run("poll")
    assert TITLE in paper.run("backtest", "magnets").stdout


# ------------------------------------------------------------------ the daemon


def children(process: int) -> set[int]:
    """The processes below one, as far as the kernel says."""
    found: set[int] = set()
    open_ = [process]
    while open_:
        tasks = Path(f"/proc/{open_.pop()}/task").glob("*/children")
        below = {int(number) for path in tasks for number in path.read_text().split()} - found
        found |= below
        open_ += below
    return found


def alive(processes: set[int]) -> bool:
    return any(Path(f"/proc/{number}").is_dir() for number in processes)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_daemon_reads_and_leaves_no_process_behind(paper: Paper, number: signal.Signals) -> None:
    paper.page = SECOND
    paper.due()
    with Daemon(paper.folder) as daemon:
        daemon.wait_out("▲", 30)
        below = children(daemon.process.pid)
        assert below
        code = daemon.stop(number)
        wait_for(lambda: not alive(below), 10, daemon.said)
        if number == signal.SIGKILL:
            assert code == -number
        else:
            assert (code, daemon.err) == (0, "")
