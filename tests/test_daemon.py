"""The daemon as a real process: one per database, told to stop, its files edited while it runs."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from monitor.storage import Storage
from tests import rules
from tests.daemon import Daemon, wait_for
from tests.desk import NEWS, OLD, SETTINGS, Desk
from tests.fakes import Answer, Web

WATCHLIST = Path("watchlists/magnets.yaml")
# Two seconds are promised; a busy machine that runs tests gets twice that.
IN_FORCE = 4


def save(path: Path, text: str) -> None:
    """As a careful editor does: whole or not at all."""
    temporary = path.with_name(path.name + "~")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def first_look(daemon: Daemon) -> None:
    daemon.wait_out("2 looked at for the first time: filed, not told")


def test_it_tells_news_on_the_terminal_and_a_restart_tells_nothing_again(desk: Desk) -> None:
    with Daemon(desk.folder) as daemon:
        first_look(daemon)
        assert (
            "Watching 2 sources for 1 watchlists. Alerts go to this terminal. Stop with Ctrl-C." in daemon.out
        )
        desk.entries["wire"] = NEWS + OLD
        daemon.wait_out("▲", times=2)
        assert daemon.stop() == 0
    with Daemon(desk.folder) as daemon:
        asked = len(desk.asked)
        wait_for(lambda: len(desk.asked) > asked + 4, 20, daemon.said)
        assert daemon.stop() == 0
        assert "▲" not in daemon.out
        assert daemon.err == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_stops_cleanly_within_seconds(desk: Desk, number: signal.Signals) -> None:
    with Daemon(desk.folder) as daemon:
        first_look(daemon)
        start = time.monotonic()
        assert daemon.stop(number) == 0
        assert time.monotonic() - start < 5
        assert daemon.out.endswith("Stopped.\n")
        assert daemon.err == ""
    with desk.storage() as storage:
        assert storage.check() == "ok"


def test_a_server_that_hangs_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    release = threading.Event()

    def hang(path: str, headers: dict[str, str]) -> Answer:
        release.wait(60)
        return 200, {}, b""

    with Web(hang) as web:
        rules.write(tmp_path / "watchlists", {"slow": f"{web.base}/slow"})
        (tmp_path / "monitor.toml").write_text(SETTINGS, "utf-8")
        try:
            with Daemon(tmp_path) as daemon:
                wait_for(lambda: web.asked, 15, daemon.said)
                start = time.monotonic()
                assert daemon.stop() == 0
                assert time.monotonic() - start < 5
                assert "Traceback" not in daemon.err
        finally:
            release.set()
    with Storage(tmp_path / "monitor.db") as storage:
        state = storage.sources.state("slow")
    assert (state.failures, state.last_poll) == (0, None), "a stop is no failure of the source"


# ------------------------------------------------------------------ one per database


def test_a_second_daemon_refuses_and_names_the_first(desk: Desk) -> None:
    with Daemon(desk.folder).ready() as first:
        with Daemon(desk.folder) as second:
            assert second.process.wait(15) == 1
            assert second.err == (
                f"error: another 'monitor run' (process {first.process.pid}) works on monitor.db: "
                "stop it first, or use another database\n"
            )
            assert second.out == ""
        assert first.process.poll() is None
        with Daemon(desk.folder, MONITOR_STORAGE__URL="sqlite:///other.db").ready() as other:
            assert other.stop() == 0
        assert first.stop() == 0


def test_of_several_started_at_once_one_runs(desk: Desk) -> None:
    with ExitStack() as stack:
        daemons = [stack.enter_context(Daemon(desk.folder)) for _ in range(5)]

        def codes() -> list[int]:
            return [code for code in (d.process.poll() for d in daemons) if code is not None]

        wait_for(lambda: len(codes()) == 4, 30)
        assert codes() == [1] * 4
        (left,) = [daemon for daemon in daemons if daemon.process.poll() is None]
        assert left.ready().stop() == 0


def test_a_killed_daemon_holds_no_lock(desk: Desk) -> None:
    with Daemon(desk.folder) as daemon:
        first_look(daemon)
        daemon.kill()
    desk.entries["wire"] = NEWS + OLD
    with Daemon(desk.folder) as daemon:
        daemon.wait_out("▲", times=2)
        assert daemon.stop() == 0


def test_the_other_commands_work_beside_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with Daemon(desk.folder) as daemon:
        first_look(daemon)
        assert len(desk.json("sources", "list")) == 2
        desk.run("sources", "pause", "wire")
        desk.entries["wire"] = NEWS + OLD
        asked = len(desk.asked)
        wait_for(lambda: len(desk.asked) > asked + 2, 20, daemon.said)
        assert "▲" not in daemon.out
        desk.run("sources", "resume", "wire")
        daemon.wait_out("▲", times=2)
        desk.run("backup", "copy.db")
        assert len(desk.json("alerts")) == 2
        assert daemon.stop() == 0
        assert daemon.err == ""


# ------------------------------------------------------------------ files edited while it runs


def test_a_saved_watchlist_is_in_force_within_two_seconds(desk: Desk) -> None:
    with Daemon(desk.folder, "-v") as daemon:
        first_look(daemon)
        save(WATCHLIST, rules.MAGNETS.replace("magnet, 稀土", "magnet, 稀土, cat show"))
        assert daemon.wait_err("files read again: 1 watchlists, 2 sources") < IN_FORCE
        desk.entries["wire"] = NEWS + OLD
        daemon.wait_out("▲", times=3)
        assert "Cat show opens" in daemon.out
        assert daemon.stop() == 0


def test_a_bad_save_is_told_within_two_seconds_and_the_last_good_stays(desk: Desk) -> None:
    with Daemon(desk.folder) as daemon:
        first_look(daemon)
        save(WATCHLIST, rules.MAGNETS.replace("weight: 60", "wieght: 60"))
        assert daemon.wait_err("magnets.yaml:6: unknown key 'wieght' (did you mean 'weight'?)") < IN_FORCE
        daemon.wait_err("What was good before stays in force.")
        save(Path("watchlists/sources.yaml"), "sources: [")
        assert daemon.wait_err("sources.yaml:1: is not valid YAML") < IN_FORCE
        desk.entries["wire"] = NEWS + OLD
        daemon.wait_out("▲", times=2)
        daemon.kill()
    desk.entries["press"] = [("p", "Texas council backs Cobre Metals Corp magnet works with a loan"), *OLD]
    with Daemon(desk.folder) as daemon:
        daemon.wait_out("▲")
        assert "magnets.yaml:6" in daemon.err, "told again at every start"
        said = len(daemon.err)
        save(WATCHLIST, rules.MAGNETS)
        rules.write(desk.folder / "watchlists", {"wire": f"{desk.base}/wire", "third": f"{desk.base}/press"})
        wait_for(lambda: any(path == "/press" for path, _ in desk.asked[-3:]), 15, daemon.said)
        time.sleep(1.5)
        assert "wieght" not in daemon.err[said:], "a mended file is not complained about"
        assert "The files are good again." in daemon.err[said:]
        assert daemon.stop() == 0


def test_a_half_written_file_never_takes_the_rules_away(desk: Desk) -> None:
    """Saved in place, byte by byte: whatever it is read as in between, alerts go on."""
    with Daemon(desk.folder) as daemon:
        first_look(daemon)
        text = rules.MAGNETS.encode()
        with WATCHLIST.open("wb") as file:
            for start in range(0, len(text), 40):
                file.write(text[start : start + 40])
                file.flush()
                os.fsync(file.fileno())
                time.sleep(0.3)
        desk.entries["wire"] = NEWS + OLD
        daemon.wait_out("▲", times=2)
        assert daemon.stop() == 0
