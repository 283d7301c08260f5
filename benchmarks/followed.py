"""What a desk has followed for years, for a benchmark: long ledgers, series, edits of files."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor import board
from monitor.ledger import Ledger
from monitor.live import InForce
from monitor.model import Point
from monitor.storage import Storage
from monitor.storage.edits import Edit
from monitor.storage.moments import stamp

ROWS, STEPS, NUMBERS, EDITS = 1_000, 8, 2_500, 300
_DETAILS = '{{"company": "Company {0}", "agency": "EXIM", "amount": "${0}m loan", "country": "US, AU"}}'


def fill(storage: Storage, in_force: InForce, now: datetime) -> None:
    """Rows of every ledger, numbers of every series, edits of every file."""
    with storage.write():
        for ledger in in_force.rulebook.ledgers:
            _rows(storage, ledger, now)
        for source, one in board.followed(in_force.enabled()):
            points = [
                Point(one.id, now.date() - timedelta(days=number), 100 + number % 7)
                for number in range(NUMBERS, 0, -1)
            ]
            storage.points.add(source.id, points, now - timedelta(hours=1))
        for number in range(EDITS):
            at = now - timedelta(hours=EDITS - number)
            for edit in _edits(in_force, number, at):
                storage.edits.add(edit)


def _rows(storage: Storage, ledger: Ledger, now: datetime) -> None:
    chance = random.Random(ledger.id)
    rungs = [rung.id for rung in ledger.rungs]
    rows, steps = [], []
    for number in range(ROWS):
        key, begun = f"row-{number}", now - timedelta(days=chance.randrange(40, 400))
        rows.append((ledger.id, key, f"Company {number} / EXIM", _DETAILS.format(number), stamp(begun)))
        for place in range(STEPS):
            at = stamp(begun + timedelta(days=place * 4))
            rung = rungs[min(place // 2, len(rungs) - 1)]
            item = number * STEPS + place + 1
            steps.append(
                (ledger.id, key, rung, at, item, "source", 1 + place % 3, "The board approved it.", at)
            )
    conn = storage.db.conn
    conn.executemany(
        "INSERT INTO entries (ledger, key, title, details, story, filed) VALUES (?, ?, ?, ?, '', ?)", rows
    )
    conn.executemany(
        """INSERT INTO steps (ledger, key, rung, at, item, source, tier, words, sure, hand, why, filed)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, '', '', ?)""",
        steps,
    )


def _edits(in_force: InForce, number: int, at: datetime) -> Iterator[Edit]:
    """An edit of one file; the last leave each as it is."""
    files = sorted(in_force.rulebook.texts)
    file = files[number % len(files)]
    text = in_force.rulebook.texts[file]
    before, after = (f"{text}# {one}\n" for one in (number, number + 1))
    body = text if number >= EDITS - len(files) else after
    yield Edit(file, at, "ann", "a change", before.encode(), body.encode())
