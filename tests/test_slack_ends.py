"""Slack at its slowest: told to stop while it answers, and history that may be read once a minute."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from monitor.outbox import Delivery, Destination, State
from monitor.storage.moments import stamp
from tests.daemon import Daemon, wait_for
from tests.outbox import Bench
from tests.standin import ALERTS, GENERAL, NO_LIMITS, PRIVATE, TOKEN, StandIn, StandInProcess

G, A, P = (Destination("slack", channel) for channel in (GENERAL, ALERTS, PRIVATE))
MINUTE = timedelta(minutes=1)
# Slack takes 10 s to answer, which is also how long we wait for it.
SLOW = 10


class Desk(Bench):
    """An outbox on the real clock's date, whose channel is the stand-in."""

    def __init__(self, path: Path, slack: StandIn) -> None:
        super().__init__(path)
        self.slack = slack
        self.now = datetime.now(UTC)
        self.channel_to_slack = slack.channel(timeout=0.4)
        self.deliverer = self.another(slack=self.channel_to_slack)

    def a_minute_later(self) -> None:
        """For us, and for the limits of the stand-in, which go by a clock of their own."""
        self.slack.rested()
        self.run(MINUTE)

    def of(self, to: Destination) -> list[Delivery]:
        return [row for row in self.rows() if row.destination == to]

    def judge(self) -> None:
        rows = self.rows()
        assert [row.state for row in rows] == [State.SENT] * len(rows), [row.error for row in rows]
        found = self.slack.audit([row.id for row in rows])
        assert (found["lost"], found["duplicates"]) == ([], {})
        for channel in {row.destination.address for row in rows}:
            assert self.slack.posted(channel) == [
                row.id for row in rows if row.destination.address == channel
            ]


# ------------------------------------------------------------------ told to stop


def test_told_to_stop_during_a_slow_answer(shared: Path, tmp_path: Path) -> None:
    """It waits for the answer that is under way and asks for no other; the rest goes after a restart."""
    with StandInProcess(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        (tmp_path / "watchlists").mkdir()
        (tmp_path / "watchlists" / "sources.yaml").write_text("sources: []\n", "utf-8")
        (tmp_path / "monitor.toml").write_text(
            f'[slack]\ntoken = "{TOKEN}"\napi_url = "{slack.base}/api/"\nchannel = "{GENERAL}"\n', "utf-8"
        )
        desk = Desk(tmp_path / "monitor.db", slack)
        desk.file(1, 2, to=(G, A, P))
        slack.fault("delay_after", delay=SLOW)
        with Daemon(tmp_path) as daemon:
            wait_for(lambda: slack.entries("message"), 20, daemon.said)
            asked = time.monotonic()
            assert daemon.stop(signal.SIGTERM, 60) == 0
            took = time.monotonic() - asked
        assert took < SLOW + 3
        assert len(slack.entries("message")) == 1
        with desk.storage.write():  # half a minute later nothing is under way any more
            desk.storage.db.execute("UPDATE deliveries SET lease = ?", [stamp(datetime.now(UTC))])
        with Daemon(tmp_path) as daemon:
            wait_for(lambda: set(desk.states()) == {"sent"}, 60, daemon.said)
            assert daemon.stop() == 0
        desk.judge()
        desk.storage.close()


# ------------------------------------------------------------------ history once a minute

# For apps that are sold outside Slack's marketplace: one call a minute, 15 messages at most
# (https://docs.slack.dev/apis/web-api/rate-limits).
ONCE_A_MINUTE: dict[str, Any] = {
    "limits": {
        "post_per_s": 1000.0,
        "post_burst": 1000,
        "workspace_per_min": 10**6,
        "history_non_marketplace": True,
    }
}


@pytest.fixture
def desk(shared: Path, tmp_path: Path) -> Iterator[Desk]:
    with StandIn(shared, tmp_path / "slack.jsonl", ONCE_A_MINUTE) as slack:
        made = Desk(tmp_path / "monitor.db", slack)
        yield made
        made.storage.close()


def test_where_history_is_read_once_a_minute_only_looking_slows_down(desk: Desk) -> None:
    desk.file(1, 2, 3, to=(G, A, P))
    for channel in (GENERAL, ALERTS):
        desk.slack.fault("drop_after", match={"channel": channel})
    desk.run()
    desk.run(desk.channel_to_slack.settle)
    for _ in range(5):
        desk.run(timedelta(seconds=2))
    assert [row.state for row in desk.of(G)] == [State.SENT] * 3
    assert [row.state for row in desk.of(P)] == [State.SENT] * 3
    assert [row.state for row in desk.of(A)] == [State.SENDING, State.PENDING, State.PENDING]
    assert len(desk.slack.calls("conversations.history")) == 2, "told to wait, it asks no more"
    for _ in range(3):
        desk.a_minute_later()
    desk.judge()
    assert [call["status"] for call in desk.slack.calls("conversations.history")] == [200, 429, 200]


def test_a_look_up_of_many_pages_goes_on_where_it_had_to_stop(desk: Desk) -> None:
    """Page by page and minute by minute, or it would never come to an end."""
    client = WebClient(TOKEN, base_url=f"{desk.slack.base}/api/")
    for number in range(40):
        client.chat_postMessage(channel=GENERAL, text=f"talk {number}")
    desk.file(1, 2, to=(G, P))
    desk.slack.fault("drop_before", match={"channel": GENERAL})
    desk.run()
    desk.run(desk.channel_to_slack.settle)
    for _ in range(6):
        desk.a_minute_later()
    desk.judge()
    assert sum(call["ok"] for call in desk.slack.calls("conversations.history")) == 3
