"""How long an alert takes from the moment it is filed until Slack has accepted its message.

    python -m benchmarks.latency [--alerts 40] [--channels 4] [--shared ../shared]

A real daemon and the strict stand-in for Slack, each a process of its own. Alerts are filed from outside,
one after the other at odd times, each to a channel that is idle. Of each: how long it lay until the daemon
took it up, and how long from then until it was accepted. The floor, in the same run, is the same message
posted to the same stand-in by slack_sdk and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from slack_sdk import WebClient

from benchmarks.timed import told
from monitor.channels.slack import Slack
from monitor.deliver import enqueue
from monitor.message import compose
from monitor.model import Alert, Reason
from monitor.outbox import Delivery, Destination, State
from monitor.storage import Storage

SHARED = Path(__file__).parent.parent.parent / "shared"
TOKEN = "xoxb-sim-bot"  # the stand-in's own
BOT = "U0SIMBOT1"
MEDIAN, MOST = 1.0, 2.0


@dataclass(frozen=True)
class Wait:
    """Seconds from filed to taken up, and from taken up to accepted."""

    lay: float
    sent: float

    @property
    def whole(self) -> float:
        return self.lay + self.sent


@contextmanager
def running(command: Sequence[str], folder: Path, errors: Path, ready: str) -> Iterator[str]:
    """A process that has said what shows it to be ready; answers that line. Stopped at the end."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    own["PYTHONUNBUFFERED"] = "1"
    with errors.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, env=own, stdout=subprocess.PIPE, stderr=err, text=True
        )
        assert process.stdout is not None
        try:
            yield next(line for line in process.stdout if ready in line)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


@contextmanager
def stand_in(shared: Path, folder: Path, channels: int) -> Iterator[str]:
    """The address of a stand-in with so many channels, with Slack's limits."""
    named = {f"C0DESK{number}": {"name": f"desk-{number}", "members": [BOT]} for number in range(channels)}
    (folder / "slack.json").write_text(json.dumps({"channels": named}), "utf-8")
    command = [
        *("-m", "slack_sim", "--port", "0", "--state", str(folder / "slack.jsonl")),
        *("--config", str(folder / "slack.json")),
    ]
    with running(command, shared, folder / "slack.err", "control") as line:
        yield str(json.loads(line)["control"]).removesuffix("/_sim/")


def accepted(folder: Path) -> dict[str, float]:
    """When the stand-in accepted each message, by the id of its delivery."""
    entries = [json.loads(line) for line in (folder / "slack.jsonl").read_text("utf-8").splitlines()]
    return {
        entry["message"]["metadata"]["event_payload"]["key"]: entry["at"]
        for entry in entries
        if entry["op"] == "message"
    }


def an_alert(number: int) -> Alert:
    now = datetime.now(UTC)
    return Alert(
        id=f"alert-{number}",
        watchlist="exim-dfc",
        watchlist_title="EXIM and DFC financing",
        reason=Reason.FIRST,
        score=82,
        threshold=60,
        stage="board-approval",
        title=f"EXIM approves loan {number} for a rare earth magnet plant",
        link=f"https://example.com/{number}",
        source="source-1",
        source_name="Source 1",
        tier=1,
        lang="en",
        published=now,
        excerpt="The board approved a loan for a plant that makes magnets.",
        hits=("EXIM", "loan"),
        parts=(("US lender named", 40), ("money or a commitment", 20)),
        item=number,
        story=f"story-{number}",
        created=now,
    )


def file(storage: Storage, number: int, to: Destination) -> float:
    """File an alert as a poll does; answers when that was done."""
    with storage.write():
        storage.db.execute(
            """INSERT INTO items (id, source, key, alias, link, title, text, lang, first_seen)
               VALUES (?, 'source-1', ?, '', ?, ?, '', 'en', ?)""",
            [number, str(number), f"https://example.com/{number}", "EXIM", datetime.now(UTC).isoformat()],
        )
        enqueue(storage, an_alert(number), [to], datetime.now(UTC))
    return time.time()


def alerts(folder: Path, base: str, count: int, channels: int) -> list[Wait]:
    (folder / "watchlists").mkdir()
    (folder / "watchlists" / "sources.yaml").write_text("sources: []\n", "utf-8")
    (folder / "monitor.toml").write_text(
        f'[slack]\ntoken = "{TOKEN}"\napi_url = "{base}/api/"\nchannel = "C0DESK0"\n', "utf-8"
    )
    chance = random.Random(1)
    filed = []
    daemon = running(["-m", "monitor", "run"], folder, folder / "monitor.err", "Watching ")
    with daemon, Storage(folder / "monitor.db") as storage:
        for number in range(1, count + 1):
            # An idle channel is one to which nothing was posted within its pace.
            time.sleep(chance.uniform(1.0, 1.5) * Slack.pace.total_seconds() / channels + 0.05)
            filed.append(file(storage, number, Destination("slack", f"C0DESK{number % channels}")))
        end = time.monotonic() + 30
        while storage.deliveries.counts() != {"sent": count}:
            if time.monotonic() > end:
                raise SystemExit(f"not all are sent: {storage.deliveries.counts()}")
            time.sleep(0.1)
        rows = list(storage.deliveries.latest(count))[::-1]
    at = accepted(folder)
    taken = [row.attempted.timestamp() for row in rows if row.attempted]
    return [Wait(took - done, at[row.id] - took) for row, done, took in zip(rows, filed, taken, strict=True)]


def floor(folder: Path, base: str, count: int, channels: int) -> list[float]:
    """Seconds from the call of chat.postMessage to its acceptance, for a message as long as an alert's."""
    client = WebClient(TOKEN, base_url=f"{base}/api/")
    asked = {}
    for number in range(count):
        alert, to = an_alert(number), Destination("slack", f"C0DESK{number % channels}")
        composed = compose(Delivery(f"bare-{number}", alert, to, State.PENDING, 0, alert.created))
        time.sleep(Slack.pace.total_seconds() / channels)
        asked[f"bare-{number}"] = time.time()
        client.chat_postMessage(
            channel=to.address,
            text=composed.text,
            blocks=[dict(block) for block in composed.blocks],
            metadata={"event_type": "bare", "event_payload": {"key": f"bare-{number}"}},
        )
    at = accepted(folder)
    return [at[key] - when for key, when in asked.items()]


def high(figures: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(figures, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--alerts", type=int, default=40)
    parser.add_argument("--channels", type=int, default=4)
    parser.add_argument("--shared", type=Path, default=SHARED)
    arguments = parser.parse_args()
    count, channels = arguments.alerts, arguments.channels
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with stand_in(arguments.shared.resolve(), folder, channels) as base:
            bare = floor(folder, base, count, channels)
            waits = alerts(folder, base, count, channels)
    whole, least = [wait.whole for wait in waits], statistics.median(bare)
    print(f"{count} alerts to {channels} idle channels; a bare chat.postMessage is accepted after")
    print(f"{least * 1e3:.1f} ms (median; 95 %: {high(bare) * 1e3:.1f}). Median and 95 % of an alert, in ms:")
    for words, figures in (
        ("lay until it was taken up", [wait.lay for wait in waits]),
        ("from then until it was accepted", [wait.sent for wait in waits]),
        ("in all", whole),
    ):
        middle = statistics.median(figures)
        print(
            f"  {words:40}{middle * 1e3:8.1f}{high(figures) * 1e3:8.1f}   {middle / least:6.1f} of the floor"
        )
    reached = [
        told("median from filed to accepted", statistics.median(whole), MEDIAN, " s"),
        told("95 % from filed to accepted", high(whole), MOST, " s"),
    ]
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
