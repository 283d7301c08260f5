"""People talk back while lines break, Slack repeats itself and the database is locked: each is
acknowledged in time and answered once. Judged by the strict stand-in, over a real websocket."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.channels.slack_screen import Screen
from monitor.channels.slack_socket import Conversation
from monitor.errors import DeliveryFailed
from monitor.storage import Storage
from monitor.talk import Check, Event, Press, Submission
from monitor.talk import Screen as Shown
from tests.daemon import wait_for
from tests.standin import APP_TOKEN, GENERAL, NO_LIMITS, StandIn

BUTTON = {"type": "button", "action_id": "useful", "text": {"type": "plain_text", "text": "Useful"}}
FIELD = {
    "type": "input",
    "block_id": "name",
    "label": {"type": "plain_text", "text": "Name"},
    "element": {"type": "plain_text_input", "action_id": "text"},
}
MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Watch"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [FIELD],
}
WAIT = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Watch"},
    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "One moment"}}],
}


class Ledger:
    """A desk whose decisions are rows of the database: who was first, in one transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.begun: list[Event] = []
        self.answered: list[Event] = []
        with Storage(path) as storage:
            storage.db.conn.execute("CREATE TABLE IF NOT EXISTS said (what TEXT PRIMARY KEY, who TEXT)")

    def claim(self, key: str) -> bool:
        with Storage(self.path) as storage, storage.write():
            return storage.talks.claim(key, datetime.now(UTC))

    def check(self, submission: Submission) -> Check:
        name = " ".join(submission.values.get("name", ()))
        return Check(view=WAIT) if name else Check(errors={"name": "write a name"})

    def answer(self, event: Event, screen: Shown) -> None:
        self.begun.append(event)
        if isinstance(event, Press):
            what = f"{event.channel}:{event.message}"
            with Storage(self.path) as storage, storage.write():
                sql = "INSERT OR IGNORE INTO said (what, who) VALUES (?, ?)"
                first = storage.db.conn.execute(sql, [what, event.who.name]).rowcount
                (who,) = storage.db.execute("SELECT who FROM said WHERE what = ?", [what]).fetchone()
            screen.reply(event.answer_to, "noted" if first else f"{who} was first")
        self.answered.append(event)

    @property
    def rows(self) -> list[tuple[str, str]]:
        with Storage(self.path) as storage:
            return storage.db.execute("SELECT what, who FROM said").fetchall()


@contextmanager
def heard(slack: StandIn, desk: Ledger, pause: Callable[..., float] = lambda *_, **__: 0.1) -> Iterator[None]:
    """A conversation whose line is open."""
    before = slack.control("state")["connections"]
    settings = slack.settings(app_token=APP_TOKEN)
    with Conversation(settings, desk, desk.claim, pause=pause):
        wait_for(lambda: slack.control("state")["connections"] > before, 5)
        yield


@pytest.fixture
def slack(shared: Path, tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "monitor.db")


def post(slack: StandIn) -> str:
    """A message with a button; answers its ts."""
    client = Screen(slack.settings())._client
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    return str(client.chat_postMessage(channel=GENERAL, text="An alert", blocks=blocks)["ts"])


def said(slack: StandIn) -> list[str]:
    return [entry["message"]["text"] for entry in slack.entries("ephemeral")]


# ------------------------------------------------------------------ 55 to 57, 61


def test_a_click_is_acknowledged_while_the_database_is_locked(slack: StandIn, desk: Ledger) -> None:
    """Fault 57. Locked for ten seconds: acknowledged within three, answered later."""
    ts = post(slack)
    with heard(slack, desk):
        lock = sqlite3.connect(desk.path, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        locked = time.monotonic()
        found = slack.click("useful", channel=GENERAL, ts=ts)
        assert found["acked"]
        assert found["ack_ms"] < 1000
        assert slack.slash("status")["ack_ms"] < 1000
        time.sleep(max(0.0, 10 - (time.monotonic() - locked)))
        assert not any(isinstance(event, Press) for event in desk.answered)
        lock.execute("ROLLBACK")
        lock.close()
        wait_for(lambda: len(desk.answered) == 2, 10)
    assert said(slack) == ["noted"]


def test_two_people_who_press_at_once_change_one_thing(slack: StandIn, desk: Ledger, tmp_path: Path) -> None:
    """Fault 55: with two conversations on one database, and each in a hurry."""
    ts, other = post(slack), Ledger(tmp_path / "monitor.db")
    with heard(slack, desk), heard(slack, other), ThreadPoolExecutor(8) as people:
        users = ["U0ALICE01", "U0BOB0001"] * 4
        found = list(people.map(lambda u: slack.click("useful", channel=GENERAL, ts=ts, user=u), users))
        assert all(one["acked"] for one in found)
        wait_for(lambda: len(said(slack)) == 8, 10)
    ((what, who),) = desk.rows
    assert what == f"{GENERAL}:{ts}"
    assert sorted(said(slack)) == sorted(["noted", *[f"{who} was first"] * 7])


def test_one_click_that_two_conversations_are_told_is_handled_once(
    slack: StandIn, desk: Ledger, tmp_path: Path
) -> None:
    """Fault 55. The same press as two envelopes, as each of two daemons may be told it."""
    other = Ledger(tmp_path / "monitor.db")
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ALICE01", "name": "alice"},
        "actions": [{"action_id": "useful"}],
        "channel": {"id": GENERAL},
        "message": {"ts": "1.1"},
        "trigger_id": "7.8.same",
        "response_url": f"{slack.base}/response/none",
    }
    with heard(slack, desk), heard(slack, other):
        for _ in range(8):
            assert slack.control("push", type="interactive", payload=payload)["acked"]
        wait_for(lambda: desk.rows, 5)
        time.sleep(0.3)
    assert len(desk.begun + other.begun) == 1


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        "text",
        {"type": "block_actions"},
        {"type": "block_actions", "user": {"id": "U0ALICE01"}, "actions": [{"action_id": {}}]},
        {"type": "view_submission", "user": {"id": "U0ALICE01"}, "view": {"state": {"values": [1]}}},
        {"type": "message_action", "user": {"id": "U0ALICE01"}},
        {"type": "event_callback", "event": {"type": "app_home_opened", "user": 7}},
    ],
)
def test_a_payload_that_nobody_expects_is_acknowledged(slack: StandIn, desk: Ledger, payload: object) -> None:
    """Fault 56, as far as the line goes."""
    with heard(slack, desk):
        for kind in ("interactive", "events_api", "slash_commands", "newer_than_us"):
            found = slack.control("push", type=kind, payload=payload)
            assert (found["acked"], found["attempts"]) == (True, 1)
        assert slack.event("app_home_opened", user="U0ALICE01", tab="home")["acked"]
        wait_for(lambda: desk.answered, 5)
    assert len(desk.answered) == 1


def test_an_event_that_is_told_again_is_handled_once(slack: StandIn, desk: Ledger) -> None:
    """Fault 61: redelivered with retry_attempt, over whichever line."""
    inner = {"type": "app_home_opened", "user": "U0ALICE01", "tab": "home"}
    with heard(slack, desk):
        for _ in range(4):
            body = {"type": "event_callback", "event_id": "Ev0SAME", "event": inner}
            assert slack.control("push", type="events_api", payload=body)["acked"]
        assert slack.event("app_home_opened", user="U0ALICE01", tab="home")["acked"]
        wait_for(lambda: len(desk.answered) == 2, 5)
        time.sleep(0.2)
    assert len(desk.answered) == 2


# ------------------------------------------------------------------ 60


def test_refreshed_every_second_nothing_is_lost(slack: StandIn, desk: Ledger) -> None:
    """Fault 60. Slack names a new line each second; every press is acknowledged and answered."""
    stop = threading.Event()

    def refresh() -> None:
        while not stop.is_set():
            slack.disconnect(grace=0.8, count=1)

    refreshing = threading.Thread(target=refresh)
    posts = [post(slack) for _ in range(25)]
    with heard(slack, desk):
        refreshing.start()
        found = []
        for ts in posts:
            found.append((ts, slack.click("useful", channel=GENERAL, ts=ts)))
            time.sleep(0.2)
        stop.set()
        refreshing.join()
        acknowledged = {f"{GENERAL}:{ts}" for ts, one in found if one["acked"]}
        wait_for(lambda: acknowledged <= {what for what, _ in desk.rows}, 10)
    assert len(acknowledged) >= 23, "at most one that Slack gave to a line as it closed it"
    assert len(desk.answered) == len(desk.rows)
    assert len([one for one in slack.entries("socket") if one["event"] == "open"]) >= 5


def test_cut_off_abruptly_events_come_again_and_are_handled_once(slack: StandIn, desk: Ledger) -> None:
    """Fault 60. Cut in the middle of everything, again and again. Slack tells an event four times at
    most, so that one may be lost to it; none is handled twice."""
    stop = threading.Event()

    def cut() -> None:
        while not stop.wait(0.6):
            slack.disconnect(abrupt=True)

    def visit(_: int) -> bool:
        time.sleep(0.1)
        return bool(slack.event("app_home_opened", user="U0ALICE01", tab="home")["acked"])

    cutting = threading.Thread(target=cut)
    with heard(slack, desk):
        cutting.start()
        with ThreadPoolExecutor(4) as people:
            acknowledged = sum(people.map(visit, range(80)))
        stop.set()
        cutting.join()
        wait_for(lambda: len(desk.answered) >= acknowledged, 10)
        time.sleep(0.3)
    assert 78 <= acknowledged <= len(desk.answered) <= 80
    assert len([one for one in slack.entries("socket") if one["event"] == "open"]) >= 5


def test_too_many_lines_are_waited_out(
    shared: Path, tmp_path: Path, desk: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 60. Others hold all that Slack allows; once one of them lets go, people are heard."""
    config = NO_LIMITS | {"socket": {"max_connections": 1}}
    with StandIn(shared, tmp_path / "slack.jsonl", config) as slack:
        with heard(slack, Ledger(tmp_path / "other.db")):
            settings = slack.settings(app_token=APP_TOKEN)
            late = Conversation(settings, desk, desk.claim, pause=lambda *_, **__: 0.3)
            late.start()
            wait_for(lambda: "ten others hold connections" in caplog.text, 5)
        wait_for(lambda: "people are heard again" in caplog.text, 5)
        assert slack.slash("status")["acked"]
        wait_for(lambda: desk.answered, 5)
        late.stop()
    assert [r.exc_info for r in caplog.records if r.name.startswith("monitor")] == [None, None]


def test_a_server_that_is_away_for_a_while_is_found_again(
    slack: StandIn, desk: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 60. One line in the log when it goes, one when it is back, and no work in between."""
    with heard(slack, desk):
        slack.leave()
        used = time.process_time()
        time.sleep(2)
        assert time.process_time() - used < 0.5
        slack.come_back()
        wait_for(lambda: slack.control("state")["connections"], 5)
        assert slack.event("app_home_opened", user="U0ALICE01", tab="home")["acked"]
        wait_for(lambda: desk.answered, 5)
    ours = [record for record in caplog.records if record.name.startswith("monitor")]
    assert [record.exc_info for record in ours] == [None, None]
    assert "no connection" in ours[0].getMessage()
    assert ours[1].getMessage() == "Slack: people are heard again"


def test_a_token_that_is_revoked_and_mended(
    slack: StandIn, desk: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    with heard(slack, desk):
        slack.control("config", tokens={APP_TOKEN: {"status": "revoked"}})
        slack.disconnect(abrupt=True)
        wait_for(lambda: "token_revoked: make an app-level token" in caplog.text, 5)
        slack.control("config", tokens={APP_TOKEN: {"status": "active"}})
        wait_for(lambda: "people are heard again" in caplog.text, 5)
        assert slack.slash("deals")["acked"]
    assert APP_TOKEN not in caplog.text


# ------------------------------------------------------------------ modals and the screen


def test_a_modal_is_opened_checked_and_replaced(slack: StandIn, desk: Ledger) -> None:
    screen = Screen(slack.settings())
    view = screen.open(slack.control("trigger")["trigger_id"], MODAL)
    with heard(slack, desk):
        blank: dict[str, Any] = {"name": {"text": {"type": "plain_text_input", "value": " "}}}
        blank["name"]["text"]["value"] = ""
        found = slack.submit(view, **blank)
        assert found["response"] == {"response_action": "errors", "errors": {"name": "write a name"}}
        named = {"name": {"text": {"type": "plain_text_input", "value": "Magnets"}}}
        found = slack.submit(view, **named)
        assert (found["response"]["response_action"], found["bad_response"]) == ("update", None)
        wait_for(lambda: desk.answered, 5)
    (submission,) = desk.answered
    assert isinstance(submission, Submission)
    assert (submission.view, submission.values) == (view, {"name": ("Magnets",)})
    screen.show(view, WAIT)
    assert "One moment" in str(slack.control("state")["views"][view])


def test_a_trigger_that_is_over_is_told_with_the_remedy(slack: StandIn) -> None:
    screen = Screen(slack.settings())
    trigger = slack.control("trigger")["trigger_id"]
    time.sleep(3.1)
    with pytest.raises(DeliveryFailed, match="that took too long: please try again") as caught:
        screen.open(trigger, MODAL)
    assert caught.value.retryable


def test_the_home_tab_is_drawn_and_answers_are_for_whom_they_are_meant(slack: StandIn) -> None:
    screen = Screen(slack.settings())
    screen.home("U0ALICE01", {"type": "home", "blocks": WAIT["blocks"]})
    assert slack.entries("view")
    with pytest.raises(DeliveryFailed, match="that took too long"):
        screen.reply(f"{slack.base}/response/none", "too late")
