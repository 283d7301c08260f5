"""Slack breaks off, refuses, slows down or lies: each alert still arrives, once, in order.

Posted to the strict stand-in by the real channel and the real outbox. The clock is moved by hand
but where the stand-in's own limits are at stake.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.channels import PARKED
from monitor.deliver import Deliverer
from monitor.outbox import Destination
from tests.outbox import Bench
from tests.standin import (
    ALERTS,
    ARCHIVED,
    GENERAL,
    HIDDEN,
    NO_LIMITS,
    NOT_IN,
    PRIVATE,
    TOKEN,
    StandIn,
)

TIMEOUT = 0.4
SETTLE = timedelta(seconds=2 * TIMEOUT + 10)
TO = Destination("slack", GENERAL)
OTHER = Destination("slack", ALERTS)


class Rig(Bench):
    """The outbox, the real channel, and the stand-in behind it."""

    def __init__(self, path: Path, standin: StandIn) -> None:
        super().__init__(path)
        self.slack = standin
        self.now = datetime.now(UTC)
        self.deliverer = self.another(slack=standin.channel(TIMEOUT))

    def file(self, *numbers: int, to: tuple[Destination, ...] = (TO,), **changes: object) -> None:
        super().file(*numbers, to=to, **changes)

    def work(self, passes: int = 200) -> None:
        """Run until nothing can go any more, moving the clock to whatever comes next."""
        for _ in range(passes):
            progress = self.run()
            if progress.next is None:
                return
            self.now = max(self.now, progress.next)

    def judge(self, *, errors: dict[str, int] | None = None) -> None:
        """All sent, nothing lost or doubled, in order at every destination."""
        rows = self.rows()
        assert {row.state.value for row in rows} == {"sent"}, [(r.id, r.state, r.error) for r in rows]
        found = self.slack.audit([row.id for row in rows])
        assert (found["lost"], found["duplicates"], found["no_identity"]) == ([], {}, [])
        assert (found["mentions"], found["unthreaded"], found["truncated"]) == ([], [], [])
        assert found["posts"] == len(rows)
        for channel in {row.destination.address for row in rows}:
            assert self.slack.posted(channel) == [r.id for r in rows if r.destination.address == channel]
        for row in rows:
            channel, _, stamp = row.receipt.partition(":")
            (entry,) = [e for e in self.slack.entries("message") if e["ts"] == stamp]
            assert entry["channel"] == channel
            assert entry["message"]["metadata"]["event_payload"]["key"] == row.id
        if errors is not None:
            assert found["errors"] == errors


@pytest.fixture
def config() -> dict[str, Any]:
    return NO_LIMITS


@pytest.fixture
def rig(shared: Path, tmp_path: Path, config: dict[str, Any]) -> Iterator[Rig]:
    with StandIn(shared, tmp_path / "slack.jsonl", config) as standin:
        made = Rig(tmp_path / "monitor.db", standin)
        yield made
        made.storage.close()


CROWD = {f"C0AAA{n:04}": {"name": f"c{n}", "members": []} for n in range(1200)}

# ------------------------------------------------------------------ unclear ends

UNCLEAR: dict[str, dict[str, Any]] = {
    "reply-lost": {"action": "drop_after"},
    "reply-lost-by-reset": {"action": "drop_after", "mode": "rst"},
    "cut-before": {"action": "drop_before"},
    "cut-before-by-reset": {"action": "drop_before", "mode": "rst"},
    "500": {"action": "error", "status": 500},
    "503": {"action": "error", "status": 503, "error": "service_down"},
    "fatal-error": {"action": "error", "error": "fatal_error"},
    "internal-error": {"action": "error", "error": "internal_error"},
    "request-timeout": {"action": "error", "error": "request_timeout"},
    "html-for-json": {"action": "garbage"},
    "json-cut-off": {"action": "truncate"},
    "slow-reply": {"action": "delay_after", "delay": 2 * TIMEOUT},
    "slow-request": {"action": "delay", "delay": 2 * TIMEOUT},
}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("name", UNCLEAR)
def test_an_unclear_end_makes_one_message(rig: Rig, name: str, times: int) -> None:
    rig.file(1, 2, 3, to=(TO, OTHER))
    rig.slack.fault(**(UNCLEAR[name] | {"times": times, "skip": 1, "match": {"channel": GENERAL}}))
    rig.run()
    assert rig.run(timedelta(seconds=2)).failed == 1
    (row,) = [row for row in rig.rows() if row.state.value == "sending"]
    assert row.error
    time.sleep(2 * TIMEOUT if name == "slow-request" else 0)  # until the stand-in has really posted it
    rig.work()
    rig.judge()
    assert len(rig.slack.calls("conversations.history")) >= 1


def test_while_the_look_up_itself_fails_nothing_is_posted(rig: Rig) -> None:
    rig.file(1, 2)
    rig.slack.fault("drop_after")
    for action in ("drop_before", "garbage", "truncate", "error"):
        rig.slack.fault(action, "conversations.history")
    rig.slack.fault("ratelimit", "conversations.history", retry_after=50)
    rig.run()
    for _ in range(5):
        assert rig.run(SETTLE).failed == 1
    assert len(rig.slack.calls("chat.postMessage")) == 1
    assert rig.rows()[0].due == rig.now + timedelta(seconds=50)
    rig.work()
    rig.judge()


def test_the_look_up_reads_every_page_of_the_history(rig: Rig) -> None:
    rig.file(1)
    rig.slack.fault("drop_after")
    rig.run()
    for number in range(450):
        rig.slack.channel()._client.chat_postMessage(channel=GENERAL, text=f"talk {number}")
    rig.work()
    assert [row.state.value for row in rig.rows()] == ["sent"]
    assert len(rig.slack.posted(GENERAL)) == 1
    assert len(rig.slack.calls("conversations.history")) == 3


@pytest.mark.parametrize("config", [NO_LIMITS | {"channels": CROWD}])
def test_a_channel_by_name_is_found_among_many_and_when_private(rig: Rig) -> None:
    """The history takes an id: the name is looked up page by page."""
    private, public = Destination("slack", "#private-member"), Destination("slack", "#general")
    rig.file(1, 2, to=(private, public))
    rig.slack.fault("drop_after", match={"channel": "#private-member"})
    rig.slack.fault("drop_after", match={"channel": "#general"})
    rig.work()
    assert [row.state.value for row in rig.rows()] == ["sent"] * 4
    assert (len(rig.slack.posted(PRIVATE)), len(rig.slack.posted(GENERAL))) == (2, 2)
    assert all(row.receipt.startswith("C0") for row in rig.rows())


def test_without_the_scope_to_look_it_is_posted_again_and_said(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.slack.token(scopes=["chat:write"])
    rig.file(1, 2)
    rig.slack.fault("drop_after")
    with caplog.at_level(logging.WARNING, logger="monitor"):
        rig.work()
    assert [row.state.value for row in rig.rows()] == ["sent", "sent"]
    assert len(rig.slack.posted(GENERAL)) == 3, "one copy, rather than one loss"
    assert "cannot look whether it arrived" in caplog.text
    assert "missing_scope" in caplog.text


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize("seconds", [1, 30, 3600])
def test_a_wait_that_slack_asks_for_is_kept(rig: Rig, seconds: int) -> None:
    rig.file(1, 2, to=(TO, OTHER))
    rig.slack.fault("ratelimit", retry_after=seconds, match={"channel": GENERAL})
    rig.run()
    first = rig.rows()[0]
    assert first.due == rig.now + timedelta(seconds=seconds)
    assert first.error == "Slack: ratelimited"
    rig.run(timedelta(seconds=seconds) - timedelta(milliseconds=1))
    assert len([c for c in rig.slack.calls("chat.postMessage") if c["channel_arg"] == GENERAL]) == 1
    rig.work()
    rig.judge(errors={"ratelimited": 1})


def test_a_storm_of_refusals_keeps_the_order_and_the_others_go_on(rig: Rig) -> None:
    rig.file(*range(1, 21), to=(TO, OTHER))
    rig.slack.fault("ratelimit", retry_after=30, times=50, skip=2, match={"channel": GENERAL})
    for _ in range(40):
        rig.run(timedelta(seconds=1.2))
    assert len(rig.slack.posted(ALERTS)) == 20
    assert len(rig.slack.posted(GENERAL)) == 2
    rig.work()
    rig.judge(errors={"ratelimited": 50})


@pytest.mark.parametrize("config", [{}])
def test_many_alerts_at_once_keep_to_the_rate(rig: Rig) -> None:
    """The stand-in's limits are on, one post a second and channel, and the clock is the real one."""
    deliverer = Deliverer(rig.storage, {"slack": rig.slack.channel()}, lambda: datetime.now(UTC))
    rig.file(*range(1, 21), to=(TO, OTHER))
    rig.slack.fault("ratelimit", retry_after=1, times=2, skip=3)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        progress = deliverer.run()
        if progress.next is None:
            break
        time.sleep(max(0.0, (progress.next - datetime.now(UTC)).total_seconds()))
    rig.judge(errors={"ratelimited": 2})
    assert rig.slack.audit()["ignored_retry_after"] == 0


BAD: dict[str, dict[str, Any]] = {
    "revoked": {"status": "revoked"},
    "inactive": {"status": "inactive"},
    "expired": {"status": "expired"},
    "without-scope": {"scopes": ["channels:read"]},
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_keeps_the_queue_until_it_is_mended(
    rig: Rig, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    rig.file(1, 2, 3, to=(TO, OTHER))
    rig.run()
    good = rig.slack.control("state")["config"]["tokens"][TOKEN]
    rig.slack.token(**BAD[name])
    with caplog.at_level(logging.WARNING, logger="monitor"):
        for _ in range(20):
            rig.run(timedelta(seconds=20))
    states = rig.storage.deliveries.counts()
    assert states == {"sent": 2, "failed": 2, "pending": 2}
    assert all("slack.token" in r.error or "install it again" in r.error for r in rig.rows() if r.error)
    assert len(list(rig.storage.deliveries.parked())) == 2
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 2, "told once per destination and attempt, not twenty times"
    rig.slack.token(status=good["status"], scopes=good["scopes"])
    rig.run(PARKED)
    rig.work()
    rig.judge()


def test_a_token_that_goes_bad_in_doubt_leaves_the_doubt_to_be_settled(rig: Rig) -> None:
    rig.file(1)
    rig.slack.fault("drop_after")
    rig.run()
    rig.slack.token(status="revoked")
    rig.run(SETTLE)
    assert [row.state.value for row in rig.rows()] == ["sending"]
    rig.slack.token(status="active")
    rig.run(PARKED)
    rig.work()
    rig.judge()


@pytest.mark.parametrize(
    ("bad", "error", "remedy"),
    [
        (NOT_IN, "not_in_channel", "invite the app: /invite @Signal Monitor"),
        (ARCHIVED, "is_archived", "unarchive the channel or send elsewhere"),
        (HIDDEN, "channel_not_found", "check the name; invite the app if the channel is private"),
        ("#no-such", "channel_not_found", "check the name; invite the app if the channel is private"),
    ],
)
def test_one_bad_channel_parks_alone(rig: Rig, bad: str, error: str, remedy: str) -> None:
    rig.file(1, 2, to=(Destination("slack", bad), TO))
    for _ in range(5):
        rig.run(timedelta(seconds=2))
    parked = next(iter(rig.rows()))
    assert parked.state.value == "failed"
    assert parked.error == f"Slack: {error}: {remedy}"
    assert parked.due - rig.now > PARKED - timedelta(seconds=30)
    assert len(rig.slack.posted(GENERAL)) == 2
    assert rig.storage.deliveries.counts() == {"failed": 1, "pending": 1, "sent": 2}


def test_a_channel_that_is_mended_gets_what_waited(rig: Rig) -> None:
    rig.file(1, 2, to=(Destination("slack", NOT_IN),))
    rig.run()
    rig.slack.control("config", channels={NOT_IN: {"members": ["U0SIMBOT1"]}})
    rig.run(PARKED)
    rig.work()
    rig.judge()


def test_blocks_that_slack_rejects_are_told_once_as_plain_text(rig: Rig) -> None:
    rig.file(1, 2)
    rig.slack.fault("error", error="invalid_blocks")
    rig.work()
    assert [row.state.value for row in rig.rows()] == ["sent", "sent"]
    assert [row.error for row in rig.rows()] == ["told as plain text: Slack: invalid_blocks", ""]
    first, second = (entry["message"] for entry in rig.slack.entries("message"))
    assert "blocks" not in first
    assert second["blocks"]
    rig.judge(errors={"invalid_blocks": 1})


def test_what_slack_rejects_as_plain_text_too_is_given_up_and_the_next_goes(rig: Rig) -> None:
    rig.file(1, 2)
    rig.slack.fault("error", error="invalid_blocks", times=2)
    rig.work()
    assert [row.state.value for row in rig.rows()] == ["dead", "sent"]


def test_the_client_itself_repeats_nothing(rig: Rig) -> None:
    """Its default of one more try after a lost reply would post twice."""
    rig.file(1)
    rig.slack.fault("drop_after")
    rig.run()
    assert len(rig.slack.calls("chat.postMessage")) == 1
    assert TOKEN not in rig.rows()[0].error
