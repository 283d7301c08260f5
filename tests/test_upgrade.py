"""A database of the last release, with deliveries in every state, goes on where it was."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor.channels import Channel
from monitor.deliver import Deliverer, enqueue
from monitor.outbox import Delivery, Destination, Notice, Receipt, State
from monitor.storage import Storage
from monitor.storage.alarms import encode as encode_notice
from monitor.storage.alerts import encode
from monitor.storage.moments import stamp
from monitor.storage.schema import migrations
from tests.fakes import NOON, FakeChannel, an_alert

SIGNALS, MAIL = Destination("slack", "#signals"), Destination("email", "desk@example.com")
OPENED, OPEN = NOON - timedelta(minutes=5), NOON - timedelta(seconds=1)
# What the last release did not write into an alert.
LATER = ("entities", "gloss")
# state, story, thread, to, receipt: of the alerts 1, 2, 3 and so on, in this order.
ROWS = (
    ("sent", "s1", "", SIGNALS, "C1:1.0"),
    ("sent", "s1", "", MAIL, "<1@example.com>"),
    ("sent", "s1", "", SIGNALS, "C1:2.0"),
    ("sent", "s2", "t2", SIGNALS, "C1:3.0"),
    ("dead", "s3", "", SIGNALS, ""),
    ("sending", "s1", "", SIGNALS, ""),
    ("failed", "s2", "t2", SIGNALS, ""),
    ("pending", "s3", "", SIGNALS, ""),
)


def last_release(path: Path) -> None:
    """A file as the last release left it: its tables, and a row in each state."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.apply(Database(connection), stop_before="slack")
    notice = Notice("n1", "A source fails", ("Look at it.",), NOON)
    connection.execute("INSERT INTO notices VALUES ('n1', ?, ?)", [stamp(NOON), encode_notice(notice)])
    for number, (state, story, thread, to, receipt) in enumerate(ROWS, start=1):
        alert = an_alert(number, story=story, thread=thread)
        body = {name: value for name, value in json.loads(encode(alert)).items() if name not in LATER}
        connection.execute(
            """INSERT INTO items (id, source, key, alias, link, title, text, lang, first_seen)
               VALUES (?, 'source-1', ?, '', 'https://example.com', 'A title', '', 'en', ?)""",
            [number, str(number), stamp(NOON)],
        )
        connection.execute(
            "INSERT INTO alerts VALUES (?, ?, ?, ?, 'first', 82, ?, ?)",
            [alert.id, number, alert.watchlist, story, stamp(NOON), json.dumps(body)],
        )
        file(connection, f"d{number}", "alert", alert.id, to, state, receipt)
    file(connection, "d9", "notice", "n1", SIGNALS, "pending", "")
    connection.close()


def file(
    connection: sqlite3.Connection, name: str, kind: str, of: str, to: Destination, state: str, receipt: str
) -> None:
    begun = state != "pending"
    connection.execute(
        f"""INSERT INTO deliveries (id, {kind}, destination, state, attempts, due, lease, attempted,
                finished, error, receipt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            name, of, str(to), state, int(begun), stamp(OPENED), stamp(OPEN) if state == "sending" else None,
            stamp(OPENED) if begun else None, stamp(OPENED) if state in ("sent", "dead") else None,
            "no such channel" if state == "dead" else "", receipt,
        ],
    )  # fmt: skip


class Slack(FakeChannel):
    """Remembers below which message each was to stand; the one in doubt had arrived."""

    name = "slack"

    def __init__(self) -> None:
        super().__init__()
        self.arrived = ["d6"]
        self.parents: dict[str, str] = {}

    def send(self, delivery: Delivery) -> Receipt:
        self.parents[delivery.id] = delivery.parent
        return super().send(delivery)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    last_release(tmp_path / "monitor.db")
    with Storage(tmp_path / "monitor.db") as made:
        yield made


def deliver(storage: Storage, slack: Slack) -> None:
    channels: dict[str, Channel] = {"slack": slack}
    deliverer = Deliverer(storage, channels, lambda: NOON)
    while deliverer.run().sent:
        pass


def test_every_row_is_there_as_it_was(storage: Storage) -> None:
    rows = sorted(storage.deliveries.latest(100), key=lambda row: row.id)
    assert [row.state.value for row in rows] == [state for state, *_ in ROWS] + ["pending"]
    assert [row.receipt for row in rows[:-1]] == [receipt for *_, receipt in ROWS]
    assert [row.message.id for row in rows] == [f"alert-{n}" for n in range(1, 9)] + ["n1"]
    assert rows[5].attempted == OPENED
    assert (rows[5].due, rows[4].error) == (OPEN, "no such channel")
    assert storage.check() == "ok"
    assert list(storage.db.query("PRAGMA foreign_key_check")) == []


def test_what_was_open_is_brought_to_its_end_once_and_in_order(storage: Storage) -> None:
    slack = Slack()
    deliver(storage, slack)
    assert slack.arrived == ["d6", "d7", "d8", "d9"]
    assert storage.deliveries.counts() == {"sent": 8, "dead": 1}
    adopted = storage.deliveries.get("d6")
    assert adopted is not None
    assert (adopted.state, adopted.receipt) == (State.SENT, "found")


def test_stories_go_on_below_what_was_told_of_them_first(storage: Storage) -> None:
    slack = Slack()
    deliver(storage, slack)
    assert slack.parents == {"d7": "C1:3.0", "d8": "", "d9": ""}
    with storage.write():
        enqueue(storage, an_alert(1, id="next", story="s1", thread="s1"), [SIGNALS], NOON)
    deliver(storage, slack)
    assert [parent for name, parent in slack.parents.items() if name not in ("d7", "d8", "d9")] == ["C1:1.0"]


def test_what_was_given_up_can_be_sent_again(storage: Storage) -> None:
    slack = Slack()
    with storage.write():
        assert storage.deliveries.retry_dead(NOON) == 1
    deliver(storage, slack)
    assert slack.arrived == ["d6", "d5", "d7", "d8", "d9"]
    assert storage.deliveries.counts() == {"sent": 9}
