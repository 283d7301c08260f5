"""What finding the story of an item costs, beside what is filed already.

    python -m benchmarks.stories [--items 1000] [--near 100000] [--past 10000,100000,1000000]

Invented signals, five of each event, are put into stories as they are when they are polled: by `Placing`,
in one transaction, with facts given. First against many of the same weeks, beside the floor: an
index of near copies, rensa's MinHash with its LSH, in memory, filled with the same items and asked for the
same new ones, which finds copies only and keeps nothing. Then with ever more that lies
beyond the window. Of that past only what items are found by is filed; what nobody reads of it is left out.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from rensa import RMinHash, RMinHashLSH  # type: ignore[import-untyped]

from benchmarks.timed import told
from monitor.fact import Fact, Facts, Kind, Sum
from monitor.model import Item
from monitor.placing import Placing
from monitor.storage import Storage
from monitor.stories import WINDOW, Joined
from monitor.traits import stems, traits

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
# Many times as far away as anything is looked for.
PAST = timedelta(days=400)
OUTLETS = 5
PERMUTATIONS, BANDS, SIMILAR = 128, 32, 0.5
WORDS = (
    "company says market supply project build year new government deal agreement week officials production "
    "rare earth magnet plant loan mine export control critical minerals processing demand price report"
)
PLAIN = WORDS.split()
FIELD = frozenset(stems(WORDS))
ENOUGH_SECONDS, LEVEL = 10.0, 1.3


class Signal(NamedTuple):
    """An invented item with what it states."""

    item: Item
    facts: Facts


def signals(count: int, first: int, seed: int) -> Iterator[Signal]:
    """So many signals of the last three weeks, numbered from `first`, five to an event."""
    chance = random.Random(seed)
    words = [f"w{number:x}" for number in range(20_000)]
    for number in range(first, first + count):
        event = random.Random((first + (number - first) // OUTLETS) * 7 + seed)
        company, project = f"firm-{event.randrange(400)}", f"site-{event.randrange(900)}"
        value = Decimal(event.randrange(1, 2000) * 1_000_000)
        own = event.choices(words, k=12)
        said = [*chance.sample(own, 6), *chance.choices(PLAIN, k=18), *chance.choices(words, k=4)]
        chance.shuffle(said)
        when = NOW - event.random() * WINDOW
        title = " ".join([company, *chance.sample(own, 3), *chance.choices(PLAIN, k=5)])
        item = Item(number, "feed", f"https://e.example/{number}", title, " ".join(said), "en", when, when)
        yield Signal(item, Facts(tuple(_facts(company, project, value)), frozenset(chance.sample(PLAIN, 5))))


def _facts(company: str, project: str, value: Decimal) -> Iterator[Fact]:
    for kind, name in ((Kind.COMPANY, company), (Kind.PROJECT, project), (Kind.COUNTRY, "AU")):
        yield Fact(kind, name, name, "title", 0, 1, name, 0.9)
    yield Fact(Kind.AGENCY, "exim", "EXIM", "title", 0, 1, "EXIM", 0.9)
    yield Fact(Kind.AMOUNT, f"USD {value}", f"${value}", "title", 0, 1, "$", 0.9, Sum(value, "USD"))


# ------------------------------------------------------------------ what is filed before


def filed(storage: Storage, known: Sequence[Signal]) -> None:
    """File signals of the window, each event as the story that it is."""
    with storage.write():
        for number, (item, facts) in enumerate(known):
            _item(storage, item)
            story = f"s{known[number - number % OUTLETS].item.id}"
            storage.stories.join(item.id, Joined(story), item.when)
            storage.stories.keep(
                traits(item.id, item.when, "en", item.title, item.text, facts, "approval", FIELD)
            )


def _item(storage: Storage, item: Item) -> None:
    storage.db.execute(
        """INSERT INTO items (id, source, key, alias, link, title, text, lang, published, first_seen)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [item.id, item.source, item.link, item.link, item.link, item.title, "", "en",
         item.when.isoformat(), item.when.isoformat()],
    )  # fmt: skip


def past(storage: Storage, count: int) -> None:
    """Make the past so many items long: what is filed of the window, as often as it takes, long ago."""
    have, (most,) = 0, storage.db.execute("SELECT max(item) FROM traits").fetchone()
    rows = storage.db.execute("SELECT count(*) FROM traits WHERE at > ?", [(NOW - WINDOW).isoformat()])
    (size,) = rows.fetchone()
    while have < count:
        step, limit = most + 10_000_000 + have, min(size, count - have)
        old = (NOW - PAST - timedelta(days=have // size)).isoformat(timespec="microseconds")
        _older(storage.db.conn, step, old, limit)
        have += limit


def _older(database: sqlite3.Connection, step: int, at: str, limit: int) -> None:
    window = (NOW - WINDOW).isoformat()
    database.execute(
        "CREATE TEMP TABLE chosen AS SELECT item FROM traits WHERE at > ? LIMIT ?", [window, limit]
    )
    database.execute("INSERT INTO traits SELECT item + ?, ?, '{}' FROM chosen", [step, at])
    database.execute(
        """INSERT INTO trait_keys SELECT key, ?, item + ? FROM trait_keys
           WHERE at > ? AND item IN (SELECT item FROM chosen) ORDER BY key, item""",
        [at, step, window],
    )
    database.execute("DROP TABLE chosen")


# ------------------------------------------------------------------ what is measured


def placed(storage: Storage, new: Sequence[Signal]) -> tuple[float, int]:
    """Seconds to find the stories of these, and how many there are; they are taken out again."""
    for item, _ in new:
        _item(storage, item)
    started = time.process_time()
    storage.db.conn.execute("BEGIN IMMEDIATE")
    placing = Placing(storage, FIELD, NOW)
    found = {placing.join(item, facts, "approval") for item, facts in new}
    taken = time.process_time() - started
    storage.db.conn.rollback()
    storage.db.conn.executemany("DELETE FROM items WHERE id = ?", [[item.id] for item, _ in new])
    return taken, len(found)


def floor(known: Sequence[Signal], new: Sequence[Signal]) -> float:
    """Seconds that an index of near copies takes to look up the new ones and take them in."""
    index = RMinHashLSH(SIMILAR, PERMUTATIONS, BANDS)
    for item, _ in known:
        index.insert(item.id, _sketch(item))
    started = time.process_time()
    for item, _ in new:
        sketch = _sketch(item)
        index.query(sketch)
        index.insert(item.id, sketch)
    return time.process_time() - started


def _sketch(item: Item) -> RMinHash:
    words = f"{item.title} {item.text}".split()
    made = RMinHash(PERMUTATIONS, 1)
    made.update([" ".join(words[place : place + 3]) for place in range(len(words) - 2)])
    return made


def near(folder: Path, count: int, new: Sequence[Signal]) -> bool:
    known = list(signals(count, 1, 1))
    with Storage(folder / "near.db") as storage:
        storage.db.execute("PRAGMA synchronous = OFF")
        filed(storage, known)
        taken, found = placed(storage, new)
    least = floor(known, new)
    print(
        f"{len(new):,} new beside {count:,} of the same weeks: {found} stories, {taken:.2f} s CPU;", end=" "
    )
    print(f"near copies in memory {least:.3f} s, {taken / least:.0f} times less")
    return told(
        "an item of so many, as seconds for a thousand", taken / len(new) * 1000, ENOUGH_SECONDS, " s"
    )


def growth(folder: Path, sizes: Sequence[int], new: Sequence[Signal], rounds: int) -> bool:
    """The cost beside a window of ten thousand, with ever more behind it."""
    costs = []
    for size in sizes:
        with Storage(folder / f"past-{size}.db") as storage:
            storage.db.execute("PRAGMA synchronous = OFF")
            storage.db.execute("PRAGMA foreign_keys = OFF")
            filed(storage, list(signals(10_000, 1, 1)))
            with storage.write():
                past(storage, size)
            placed(storage, new[:50])
            costs.append(statistics.median(placed(storage, new)[0] for _ in range(rounds)))
        (folder / f"past-{size}.db").unlink()
        print(f"        {size:12,} beyond the window {costs[-1] / len(new) * 1e3:8.2f} ms an item")
    return told("cost of a past a hundred times as long", costs[-1] / costs[0], LEVEL)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--near", type=int, default=100_000)
    parser.add_argument("--past", default="10000,100000,1000000")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    new = list(signals(arguments.items, 5_000_001, 2))
    with tempfile.TemporaryDirectory() as name:
        reached = [
            near(Path(name), arguments.near, new),
            growth(Path(name), [int(size) for size in arguments.past.split(",")], new, arguments.rounds),
        ]
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
