"""Threads in Slack: where replies stand, what happens when the parent is gone, and how messages are kept
up to date. Posted to the strict stand-in by the real channel and the real outbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.deliver import UPDATES
from monitor.model import Reason
from monitor.storage.threads import GATHER
from tests.standin import ALERTS, NO_LIMITS, StandIn
from tests.test_slack_faults import OTHER, TIMEOUT, TO, UNCLEAR, Rig


@pytest.fixture
def rig(shared: Path, tmp_path: Path) -> Iterator[Rig]:
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as standin:
        made = Rig(tmp_path / "monitor.db", standin)
        yield made
        made.storage.close()


def posted(rig: Rig) -> dict[str, dict[str, Any]]:
    """What stands in Slack by the id of its alert."""
    names = {row.id: row.message.id for row in rig.rows()}
    entries = [entry["message"] for entry in rig.slack.entries("message")]
    return {names[m["metadata"]["event_payload"]["key"]]: m for m in entries}


def delete(rig: Rig, number: str) -> None:
    """Delete the message of an alert, as a person in the channel would."""
    (row,) = [row for row in rig.rows() if row.message.id == number]
    rig.slack.delete(row.receipt)


def join(rig: Rig, *items: int) -> None:
    with rig.storage.write():
        for number in items:
            rig.storage.db.conn.execute(
                "INSERT INTO members VALUES (?, 's1', 0, '', ?, 0)", [number, rig.now.isoformat()]
            )
        rig.storage.threads.touch("s1", rig.now)


def test_what_follows_replies_and_only_what_is_new_is_for_the_channel(rig: Rig) -> None:
    rig.file(1, thread="s1")
    rig.file(2, thread="s1", reason=Reason.CONFIRMED)
    rig.file(3, thread="s1", reason=Reason.MOVED, was="letter-of-interest")
    rig.work()
    rig.judge(errors={})
    found = posted(rig)
    opening = found["alert-1"]["ts"]
    assert found["alert-1"].get("thread_ts", opening) == opening
    assert found["alert-2"]["thread_ts"] == found["alert-3"]["thread_ts"] == opening
    assert found["alert-2"].get("subtype") != "thread_broadcast"
    assert found["alert-3"]["subtype"] == "thread_broadcast"


@pytest.mark.parametrize("aloud", [False, True])
@pytest.mark.parametrize("name", [n for n in UNCLEAR if n != "slow-request"])
def test_an_unclear_end_of_a_reply_makes_one_message_in_the_thread(rig: Rig, name: str, aloud: bool) -> None:
    rig.file(1, thread="s1", to=(TO, OTHER))
    rig.work()
    rig.slack.fault(**(UNCLEAR[name] | {"match": {"channel": ALERTS}}))
    rig.file(2, thread="s1", to=(TO, OTHER), reason=Reason.MOVED if aloud else Reason.CONFIRMED)
    rig.work()
    rig.judge()
    assert len(rig.slack.calls("conversations.replies")) >= 1
    assert len({m.get("thread_ts") for m in posted(rig).values()}) == 2


def test_a_reply_in_doubt_is_looked_for_where_it_was_to_stand(rig: Rig) -> None:
    """Its story became one with another meanwhile, and what follows now goes into another thread."""
    rig.file(1, thread="s1")
    rig.file(2, thread="s2")
    rig.work()
    rig.file(3, thread="s3", reason=Reason.CONFIRMED)
    for item, story in ((1, "s1"), (2, "s2"), (3, "s2")):
        rig.storage.db.execute("INSERT INTO members VALUES (?, ?, 0, '', ?, 0)", [item, story, "2026"])
    rig.slack.fault("drop_after")
    rig.run(timedelta(seconds=2))
    rig.storage.db.execute("UPDATE members SET story = 's1'")
    rig.work()
    rig.judge()
    assert posted(rig)["alert-3"]["thread_ts"] == posted(rig)["alert-2"]["ts"]


def test_fault_53_a_reply_to_what_was_deleted_is_noticed_and_opens_the_thread_anew(rig: Rig) -> None:
    rig.file(1, thread="s1")
    rig.work()
    delete(rig, "alert-1")
    rig.file(2, 3, thread="s1", reason=Reason.CONFIRMED)
    rig.work()
    rig.run(UPDATES)
    assert [row.state.value for row in rig.rows()] == ["sent"] * 3
    found = posted(rig)
    assert "thread_ts" not in found["alert-2"]
    assert found["alert-3"]["thread_ts"] == found["alert-2"]["ts"]
    assert [e["ts"] for e in rig.slack.entries("update")] == [found["alert-2"]["ts"]], "drawn as an opening"


def test_fault_53_in_doubt_too_the_lone_reply_is_found_and_known_for_what_it_is(rig: Rig) -> None:
    rig.file(1, thread="s1")
    rig.work()
    delete(rig, "alert-1")
    rig.slack.fault("drop_after")
    rig.file(2, 3, thread="s1")
    rig.work()
    found = posted(rig)
    assert len(rig.slack.entries("message")) == 3
    assert found["alert-3"]["thread_ts"] == found["alert-2"]["ts"]


def test_fault_54_a_deleted_message_is_not_updated_nor_posted_again(rig: Rig) -> None:
    rig.file(1, thread="s1")
    rig.work()
    delete(rig, "alert-1")
    join(rig, 1)
    for _ in range(5):
        rig.run(timedelta(minutes=10))
    assert len(rig.slack.entries("message")) == 1
    assert len(rig.slack.calls("chat.update")) == 1


def test_the_opening_shows_the_newest_stage_and_stays_one_message(rig: Rig) -> None:
    rig.file(1, thread="s1", stage="letter-of-interest", tier=3)
    rig.work()
    rig.file(2, thread="s1", stage="approval", reason=Reason.MOVED, was="letter-of-interest", tier=3)
    join(rig, 1, 2)
    rig.work()
    rig.run(GATHER)
    (update,) = rig.slack.entries("update")
    found = posted(rig)
    assert update["ts"] == found["alert-1"]["ts"]
    assert "approval" in str(update["message"]["blocks"])
    assert rig.slack.audit()["posts"] == 2


@pytest.mark.parametrize(
    "fault", [{"action": "ratelimit", "retry_after": 30}, {"action": "drop_after"}, {"action": "garbage"}]
)
def test_an_update_that_fails_for_now_is_made_up_for(rig: Rig, fault: dict[str, Any]) -> None:
    rig.file(1, thread="s1")
    rig.work()
    rig.slack.fault(method="chat.update", **fault)
    join(rig, 1)
    for _ in range(3):
        rig.run(timedelta(minutes=2))
    assert len(rig.slack.calls("chat.update")) == 2
    assert rig.slack.audit()["posts"] == 1


def test_an_update_that_slack_finds_ill_formed_becomes_plain_text(rig: Rig) -> None:
    rig.file(1, thread="s1")
    rig.work()
    rig.slack.fault("error", "chat.update", error="invalid_blocks")
    join(rig, 1)
    rig.run(GATHER)
    (update,) = rig.slack.entries("update")
    assert update["message"]["text"]
    assert not update["message"].get("blocks")


def test_a_slow_stand_in_is_given_its_time(rig: Rig) -> None:
    """The settling wait covers what each step of a call may take."""
    settle = rig.slack.channel(TIMEOUT).settle
    assert settle > timedelta(seconds=2 * TIMEOUT)
