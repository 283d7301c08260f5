"""What answering people in Slack takes is put together anew for each answer."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from monitor.app import App
from monitor.config import Settings
from monitor.feedback import Person
from monitor.talking import House
from tests import rules
from tests.daemon import Daemon, wait_for
from tests.fakes import NOON
from tests.standin import APP_TOKEN, NO_LIMITS, TOKEN, StandIn

ALICE, BOB = Person("U0ALICE01", "alice"), Person("U0BOB0001", "bob")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    rules.write(tmp_path / "watchlists", {"wire": "https://example.com/feed"})
    return Settings.model_validate(
        {"slack": {"editors": ["U0ALICE01"]}, "web": {"url": "https://desk.test", "password": "a long one"}}
    )


def house(app: App, directory: str = "watchlists") -> House:
    return House(app.settings, Path(directory), app.live, app.routes, app.clock, app.zone)


def test_a_room_has_the_rules_in_force_and_a_database_of_its_own(settings: Settings) -> None:
    with App(settings, clock=lambda: NOON) as app:
        with house(app).room() as room:
            assert room.storage.path == app.storage.path
            assert room.storage is not app.storage
            assert (room.in_force, room.now, room.web) == (app.in_force, NOON, "https://desk.test")
            assert room.editor.names()
        with pytest.raises(sqlite3.ProgrammingError):
            room.storage.talks.claim("Ev1", NOON)


def test_who_may_edit_is_a_setting(settings: Settings) -> None:
    with App(settings) as app, house(app).room() as room:
        assert (room.may_edit(ALICE), room.may_edit(BOB)) == (True, False)


def test_nobody_edits_what_came_with_the_package(settings: Settings) -> None:
    with App(settings) as app, house(app, "shipped").room() as room:
        assert not room.may_edit(ALICE)


def test_what_slack_tells_twice_is_claimed_once(settings: Settings) -> None:
    with App(settings) as app:
        assert [house(app).claim(number) for number in ("Ev1", "Ev1", "Ev2")] == [True, False, True]


@pytest.mark.parametrize("slack", [{}, {"token": "xoxb-1"}, {"app_token": "xapp-1"}])
def test_nobody_is_heard_without_both_tokens(settings: Settings, slack: dict[str, str]) -> None:
    quiet = settings.model_copy(update={"slack": type(settings.slack).model_validate(slack)})
    loaded = "websockets" in sys.modules
    with App(quiet) as app:
        assert app.talking() is None
    assert ("websockets" in sys.modules) == loaded


def test_the_daemon_hears_people_answers_and_stops(shared: Path, tmp_path: Path) -> None:
    rules.write(tmp_path / "watchlists", {})
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        (tmp_path / "monitor.toml").write_text(
            f'[slack]\ntoken = "{TOKEN}"\napp_token = "{APP_TOKEN}"\napi_url = "{slack.base}/api/"\n', "utf-8"
        )
        with Daemon(tmp_path) as daemon:
            daemon.ready()
            wait_for(lambda: slack.control("state")["connections"], 10, daemon.said)
            assert slack.slash("status")["acked"]
            wait_for(lambda: slack.entries("ephemeral"), 10, daemon.said)
            assert daemon.stop(seconds=5) == 0
        assert "Traceback" not in daemon.err
        wait_for(lambda: not slack.control("state")["connections"], 2)
