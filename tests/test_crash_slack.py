"""Killed at every effect, and 200 times at random, while Slack misbehaves: nothing is lost or doubled.

300 alerts of 75 stories over six channels of the strict stand-in, some of them to two. Processes deliver
them, each killed in its turn (tests/killed.py); the last one is left to finish. Then the journal of the
stand-in is held against the outbox.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest

from monitor.capping import Limits
from monitor.holding import Hold
from monitor.model import Alert, Reason
from monitor.outbox import Batch, Delivery, Destination, State
from monitor.storage import Storage
from tests.killed import DELAY, NEVER, TIMEOUT, Stage
from tests.outbox import Bench
from tests.standin import ALERTS, GENERAL, PRIVATE, StandInProcess

SEED = 20260302
STORIES, EACH = 75, 4
DAY = timedelta(days=1)
# As monitor.toml may name them: id or name, public or private.
CHANNELS = (GENERAL, "#alerts", PRIVATE, "C0MAGNETS", "#lithium", "#desk")
IDS = {"#alerts": ALERTS, "#lithium": "C0LITHIUM", "#desk": "C0DESK"}
BOT = "U0SIMBOT1"
# The rates are far above those of Slack: what is tested here is what becomes of a refusal, and refusals
# are put in as faults.
CONFIG: dict[str, Any] = {
    "channels": {
        "C0MAGNETS": {"name": "magnets", "members": [BOT]},
        "C0LITHIUM": {"name": "lithium", "members": [BOT]},
        "C0DESK": {"name": "desk", "private": True, "members": [BOT]},
    },
    "limits": {
        "post_per_s": 1000.0,
        "post_burst": 1000,
        "workspace_per_min": 10**6,
        **dict.fromkeys("234", 10**6),
    },
}
POST, UPDATE = "chat.postMessage", "chat.update"
LOOKS = ("conversations.history", "conversations.replies")
# What Slack and the line do to a call, each for some calls in a row.
FAULTS: tuple[dict[str, Any], ...] = (
    {"action": "drop_after"},
    {"action": "drop_after", "mode": "rst"},
    {"action": "drop_before"},
    {"action": "drop_before", "mode": "rst"},
    {"action": "error", "status": 500},
    {"action": "error", "status": 503, "error": "service_down"},
    {"action": "error", "error": "fatal_error"},
    {"action": "garbage"},
    {"action": "truncate"},
    {"action": "delay", "delay": DELAY},
    {"action": "delay_after", "delay": DELAY},
    {"action": "delay_after", "delay": TIMEOUT / 4},
    {"action": "ratelimit", "retry_after": 1, "times": 5},
)
REASONS = (Reason.FIRST, Reason.CONFIRMED, Reason.FACT, Reason.MOVED)


@pytest.fixture
def stage(shared: Path, tmp_path: Path) -> Iterator[Stage]:
    with StandInProcess(shared, tmp_path / "slack.jsonl", CONFIG) as slack:
        made = Stage(tmp_path / "monitor.db", slack)
        file(made.database)
        yield made


def file(database: Path) -> None:
    """Each story opens with its first report; what comes later comes between that of other stories."""
    chance = random.Random(SEED)
    bench = Bench(database)
    turns = [story for story in range(STORIES) for _ in range(EACH)]
    chance.shuffle(turns)
    told = [0] * STORIES
    for number, story in enumerate(turns, start=1):
        first = story % len(CHANNELS)
        to = {CHANNELS[first], CHANNELS[(first + 1) % len(CHANNELS)] if story % 3 == 0 else CHANNELS[first]}
        bench.file(
            number,
            to=tuple(Destination("slack", channel) for channel in sorted(to)),
            reason=REASONS[told[story]],
            thread=f"story-{story}",
            story=f"story-{story}",
        )
        told[story] += 1
        bench.storage.db.execute(
            "INSERT INTO members (item, story, joined) VALUES (?, ?, ?)",
            [number, f"story-{story}", bench.now.isoformat()],
        )
    bench.storage.close()


@pytest.mark.timeout(200)
def test_killed_at_every_effect_and_at_random(stage: Stage) -> None:
    chance = random.Random(SEED)
    for at in range(1, 71):
        misbehave(stage, chance)
        assert stage.end(stage.start(at))
    for _ in range(200):
        misbehave(stage, chance)
        spared = stage.spared()
        assert stage.end(stage.start(chance.randrange(1, 25) if not spared else 150, spared))
    assert not stage.spared(), "killed at every kind of effect"
    assert not stage.end(stage.start())
    judge(stage)


@pytest.mark.timeout(200)
def test_two_at_once_and_both_killed_now_and_then(stage: Stage) -> None:
    """No lock keeps the second one out: the claims of the rows do."""
    chance = random.Random(SEED)
    running = [stage.start(chance.randrange(1, 60)) for _ in range(2)]
    for _ in range(130):
        misbehave(stage, chance)
        wait([process.sentinel for process in running])
        ended = next(process for process in running if not process.is_alive())
        running.remove(ended)
        stage.end(ended)
        running.append(stage.start(chance.randrange(1, 60)))
    for process in [*running, stage.start(), stage.start()]:
        stage.end(process)
    judge(stage)
    assert stage.kills > 100


@pytest.mark.timeout(200)
def test_killed_while_limits_and_hours_hold_alerts_back(stage: Stage) -> None:
    """Two at once, few messages an hour, and some alerts held from the start: each is told once, by
    itself or in a summary."""
    chance = random.Random(SEED)
    stage.limits = Limits(per_hour=12, per_day=NEVER, watchlist_per_day=NEVER)
    hold(stage, chance)
    for _ in range(30):
        running = [stage.start(chance.randrange(1, 150)) for _ in range(2)]
        misbehave(stage, chance)
        for process in running:
            stage.end(process)
        if chance.random() < 0.5:
            stage.hour_passes()
    for _ in range(10):
        stage.end(stage.start())
        stage.hour_passes()
    assert stage.kills > 30
    told_once(stage)


def hold(stage: Stage, chance: random.Random) -> None:
    """A third of the alerts waits for the hour to come."""
    with Storage(stage.database) as storage, storage.write():
        for row in storage.deliveries.latest(NEVER):
            if chance.random() < 0.3:
                storage.batches.hold(row, Hold(datetime.now(UTC) + DAY, "quiet hours"), datetime.now(UTC))


def told_once(stage: Stage) -> None:
    bench = Bench(stage.database)
    rows = list(bench.storage.deliveries.latest(NEVER))
    bench.storage.close()
    assert {row.state for row in rows} == {State.SENT, State.BATCHED}, [(r.id, r.error) for r in rows]
    sent = [row for row in rows if row.state is State.SENT]
    found = stage.slack.audit([row.id for row in sent])
    assert (found["lost"], found["duplicates"], found["unthreaded"]) == ([], {}, [])
    assert (found["ignored_retry_after"], found["sim_defects"], found["posts"]) == (0, 0, len(sent))
    told: Counter[tuple[str, Destination]] = Counter()
    for row in sent:
        alerts = row.message.alerts if isinstance(row.message, Batch) else (row.message,)
        told.update((alert.id, row.destination) for alert in alerts)
    filed = {(row.message.id, row.destination) for row in rows if isinstance(row.message, Alert)}
    assert set(told) == filed
    assert set(told.values()) == {1}
    assert sum(isinstance(row.message, Batch) for row in sent) > 10


def misbehave(stage: Stage, chance: random.Random) -> None:
    """Now and then something goes wrong with some of the next calls, or more is known of a story."""
    if chance.random() < 0.5:
        stage.touch(f"story-{chance.randrange(STORIES)}")
    if chance.random() < 0.4:
        fault = {"times": chance.randrange(1, 3), "skip": chance.randrange(3)} | chance.choice(FAULTS)
        method = chance.choice((POST, POST, POST, UPDATE, *LOOKS))
        # What an update is told of waiting is kept by the process alone: a fresh one knows nothing of it.
        if not (method == UPDATE and fault["action"] == "ratelimit"):
            stage.slack.fault(method=method, **fault)


def judge(stage: Stage) -> None:
    bench = Bench(stage.database)
    rows = bench.rows()
    assert bench.storage.threads.next_stale("slack") is None
    bench.storage.close()
    assert {row.state for row in rows} == {State.SENT}, [(r.id, r.error) for r in rows if r.error]
    found = stage.slack.audit([row.id for row in rows])
    assert (found["lost"], found["duplicates"], found["no_identity"]) == ([], {}, [])
    assert (found["mentions"], found["unthreaded"], found["truncated"]) == ([], [], [])
    assert (found["ignored_retry_after"], found["sim_defects"]) == (0, 0)
    assert found["posts"] == len(rows)
    assert len(found["errors"]) >= 3, "things did go wrong"
    entries = {e["message"]["metadata"]["event_payload"]["key"]: e for e in stage.slack.entries("message")}
    for row in rows:
        assert row.receipt == f"{entries[row.id]['channel']}:{entries[row.id]['ts']}"
        assert entries[row.id]["channel"] == IDS.get(row.destination.address, row.destination.address)
    for destination in {row.destination for row in rows}:
        own = [row for row in rows if row.destination == destination]
        stamps = [entries[row.id]["ts"] for row in own]
        assert stamps == sorted(stamps), f"{destination}: in the order of decision"
        threads(own, entries)
    drawn(stage, rows)


def threads(rows: list[Delivery], entries: dict[str, dict[str, Any]]) -> None:
    """At one destination: the first alert of a story opens its thread, the others reply in it."""
    for of_story in stories(rows):
        first, *later = (entries[row.id]["message"] for row in of_story)
        assert "thread_ts" not in first
        assert {message.get("thread_ts") for message in later} == {first["ts"]}
        aloud = [message.get("subtype") == "thread_broadcast" for message in later]
        assert aloud == [row.aloud for row in of_story[1:]]


def stories(rows: list[Delivery]) -> list[list[Delivery]]:
    return [list(own) for _, own in groupby(sorted(rows, key=story), story)]


def story(row: Delivery) -> str:
    assert isinstance(row.message, Alert)
    return row.message.story


def drawn(stage: Stage, rows: list[Delivery]) -> None:
    """What stood when more became known of its story was drawn anew after that."""
    last = {f"{e['channel']}:{e['ts']}": e["at"] for e in stage.slack.entries("update")}
    checked = 0
    for destination in {row.destination for row in rows}:
        for first, *_ in stories([row for row in rows if row.destination == destination]):
            at = stage.touched.get(story(first))
            if at and first.finished and first.finished < at:
                assert last[first.receipt] > at.timestamp(), first
                checked += 1
    assert checked > 5
