"""A database of the last release, with digests in every state and years in its ledgers: the first digest
tells what none had, and nothing of what was long known."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor import gathering
from monitor.storage.moments import stamp
from monitor.storage.schema import migrations
from tests.fakes import NOON
from tests.mailroom import HOUR, MORNING, Desk, named

DAY = timedelta(days=1)
# Of each subscriber the rows that the last release left, by days before that of MORNING.
LEFT = {
    "Ann": {2: "sent", 1: "sent"},
    "Bob": {2: "sent", 1: "dead"},
    "Cem": {2: "sent", 1: "failed"},
    "Dag": {2: "sent", 1: "pending"},
    "Eve": {2: "dead", 1: "dead"},
    "Fay": {},
}
LEDGER = """\
ledgers:
  deals:
    title: Deals
    watchlists: [magnets]
    key: [company]
    opens: story
    ladder:
      - {id: proposed, stages: [proposed]}
      - {id: approved, stages: [approved]}
"""
# When an item came and when it was published, and whether its source was first looked at then.
ITEMS = (
    ("years ago", NOON - 700 * DAY, NOON - 700 * DAY, False),
    ("of the first look", MORNING - 3 * DAY, NOON - 400 * DAY, True),
    ("of the first look without a date", MORNING - 3 * DAY, None, True),
    ("two days ago", MORNING - 36 * HOUR, MORNING - 36 * HOUR, False),
    ("yesterday", MORNING - 12 * HOUR, MORNING - 12 * HOUR, False),
    ("late", MORNING - 11 * HOUR, MORNING - 50 * HOUR, False),
)


def last_release(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.apply(Database(connection), stop_before="digests")
    for number, (name, came, published, baseline) in enumerate(ITEMS, start=1):
        file(connection, number, name, came, published, baseline=baseline)
    for who, rows in LEFT.items():
        for back, state in rows.items():
            digest(connection, who, back, state)
    connection.close()


def file(
    connection: sqlite3.Connection,
    number: int,
    name: str,
    came: datetime,
    published: datetime | None,
    *,
    baseline: bool,
) -> None:
    key, at = f"s{number}", stamp(published or came)
    connection.execute(
        """INSERT INTO items (id, source, key, alias, link, title, text, lang, first_seen, published)
           VALUES (?, 'one', ?, '', 'https://example.com', ?, '', 'en', ?, ?)""",
        [number, key, f"Rare earth loan {name}", stamp(came), published and stamp(published)],
    )
    connection.execute(
        "INSERT INTO signals VALUES (?, 'magnets', 1, 80, 'approved', ?, ?, ?, '')",
        [number, key, baseline, stamp(came)],
    )
    connection.execute(
        "INSERT INTO members (item, story, joined) VALUES (?, ?, ?)", [number, key, stamp(came)]
    )
    connection.execute(
        "INSERT INTO entries (ledger, key, title, details, story, filed) VALUES ('deals', ?, ?, '{}', ?, ?)",
        [key, f"Row {name}", key, stamp(came)],
    )
    connection.execute(
        """INSERT INTO steps (ledger, key, rung, at, item, source, tier, words, sure)
           VALUES ('deals', ?, 'approved', ?, ?, 'one', 1, 'approved', 1.0)""",
        [key, at, number],
    )


def digest(connection: sqlite3.Connection, who: str, back: int, state: str) -> None:
    until = MORNING - back * DAY
    made = state != "pending"
    connection.execute(
        """INSERT INTO digests (subscriber, day, state, attempts, due, since, until, subject, html, body)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            who, str(until.date()), state, int(made), stamp(until), stamp(until - DAY), stamp(until),
            *(["As it was", "<p>As it was</p>", "As it was"] if made else [""] * 3),
        ],
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    last_release(tmp_path / "monitor.db")
    made = Desk(tmp_path)
    (tmp_path / "watchlists" / "ledgers.yaml").write_text(LEDGER, "utf-8")
    made.storage.close()
    made.restart()
    made.subscribers = named(*LEFT)
    yield made
    made.storage.close()


def told(desk: Desk, who: str) -> list[set[str]]:
    """Which items each mail to a subscriber names."""
    texts = [text for to, _, text in desk.mail if to == f"{who.lower()}@example.com"]
    return [{name for name, *_ in ITEMS if f"loan {name}\n" in text} for text in texts]


def test_the_first_digest_tells_what_none_had_and_no_history(desk: Desk) -> None:
    desk.tick(MORNING)
    assert told(desk, "Ann") == [{"yesterday", "late"}]
    for who in ("Bob", "Cem", "Dag"):
        assert told(desk, who) == [{"two days ago", "yesterday", "late"}], who
    assert told(desk, "Eve") == [{"two days ago", "yesterday", "late"}]
    assert told(desk, "Fay") == [{"yesterday", "late"}], "who is new is told a day"
    assert desk.run(MORNING, MORNING + DAY - HOUR) == []


def test_a_digest_that_was_put_off_goes_out_as_it_was_made(desk: Desk) -> None:
    desk.subscribers = named("Cem")
    assert len(desk.tick(MORNING - HOUR)) == 1
    assert desk.mail[0][2] == "As it was"
    desk.tick(MORNING)
    assert told(desk, "Cem")[1] == {"yesterday", "late"}


def test_rows_of_ledgers_move_by_what_came_since_the_last_digest(desk: Desk) -> None:
    moved = gathering.gather(desk.storage, desk.in_force, MORNING - DAY, MORNING).moved
    assert {one.title for one in moved} == {"Row yesterday", "Row late"}
