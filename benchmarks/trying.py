"""What it costs to try a draft of a watchlist beside its editor, with 100,000 items stored.

    python -m benchmarks.trying [--items 100000]

Invented items of the last 30 days, of which three in twenty speak in the words of the concepts, are tried
with a dear watchlist (exim-dfc as shipped, a group changed) and a cheap one (gallium). The floor is to read
the rows of the items that are tried out of the database, in the same run. Held to bars: the first try and one
with other rules, in seconds and as a ratio to the floor; another threshold alone; what is kept in memory.
Beside a try a thread wakes every two milliseconds, as one does that waits for the network: how late it is, is
what polling feels.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.timed import told
from monitor import folder
from monitor.live import InForce
from monitor.recall import MOST_ITEMS, Recall
from monitor.storage import Storage
from monitor.storage.moments import stamp
from monitor.web.trying import Tried, tried

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ON_TOPIC, WAKES = 0.15, 0.002
SHIPPED = Path(__file__).parent.parent / "watchlists"
CHEAP = """\
watchlist: gallium
title: Gallium
must: [{name: gallium, any: ["@gallium"], weight: 50}]
any: [{name: controls, any: [quota, licence, ban], weight: 20}]
"""
FIRST_SECONDS, NEXT_SECONDS, THRESHOLD_SECONDS, LATE_MS, MEGABYTES = 8.0, 5.0, 0.6, 12.0, 80.0
# Beside reading the rows: all rules are compiled, and the watchlist as it is and the draft are tried.
DEAR_RATIO, CHEAP_RATIO = 60.0, 12.0


def items(count: int, phrases: list[str]) -> Iterator[tuple[object, ...]]:
    """Rows of items, the oldest first."""
    chance = random.Random(5)
    words = [f"{chance.choice('bdfgklmnprst')}{chance.choice('aeiou')}{number:x}" for number in range(8_000)]
    for number in range(1, count + 1):
        said = chance.choices(words, k=45)
        if chance.random() < ON_TOPIC:
            for phrase in chance.sample(phrases, 7):
                said.insert(chance.randrange(len(said)), phrase)
        at = stamp(NOW - timedelta(days=30) * (1 - number / count))
        link = f"https://e.example/{number}"
        yield number, "feed", link, link, link, " ".join(said[:9]), " ".join(said[9:]), "en", at, at


def fill(storage: Storage, count: int, phrases: list[str]) -> None:
    storage.db.execute("PRAGMA synchronous = OFF")
    sql = """INSERT INTO items (id, source, key, alias, link, title, text, lang, published, first_seen)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
    with storage.write():
        storage.db.conn.executemany(sql, items(count, phrases))


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def floor(storage: Storage) -> float:
    """Seconds to read the rows that are tried."""
    since = storage.items.floor_of(MOST_ITEMS, NOW - timedelta(days=31))
    return statistics.median(timed(lambda: sum(1 for _ in storage.items.since(since))) for _ in range(3))


def lateness(work: Callable[[], object]) -> list[float]:
    """How late a thread wakes while there is work, in milliseconds, in order."""
    late: list[float] = []
    done = threading.Event()

    def wake() -> None:
        while not done.is_set():
            started = time.perf_counter()
            time.sleep(WAKES)
            late.append((time.perf_counter() - started - WAKES) * 1000)

    thread = threading.Thread(target=wake)
    thread.start()
    work()
    done.set()
    thread.join()
    return sorted(late)


class Desk:
    """Tries drafts on a database. `recall` is emptied by making another one."""

    def __init__(self, storage: Storage, in_force: InForce) -> None:
        self._storage, self._in_force = storage, in_force
        self.recall = Recall()

    def tried(self, name: str, text: str) -> Tried:
        found = tried(self._storage, self._in_force, name, text, NOW, "UTC", recall=self.recall)
        assert found.comparison is not None, found
        return found


def costs(desk: Desk, name: str, drafts: tuple[str, str, str], least: float, ratio: float) -> bool:
    """The first try, one with other rules, and one with another threshold."""
    first, other, threshold = (timed(lambda text=text: desk.tried(name, text)) for text in drafts)  # type: ignore[misc]
    print(f"{name}: {desk.tried(name, drafts[0]).on}")
    return all((
        told("first try", first, FIRST_SECONDS, " s"),
        told("first try, beside reading the rows", first / least, ratio),
        told("with other rules", other, NEXT_SECONDS, " s"),
        told("with another threshold", threshold, THRESHOLD_SECONDS, " s"),
    ))  # fmt: skip


def memory(storage: Storage, in_force: InForce, text: str) -> bool:
    """What stays in memory after tries."""
    tracemalloc.start()
    desk = Desk(storage, in_force)
    for points in range(20, 28):
        desk.tried("gallium", text.replace("weight: 20", f"weight: {points}"))
    kept = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    return told("kept in memory after eight tries", kept, MEGABYTES, " MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--items", type=int, default=100_000)
    arguments = parser.parse_args()
    in_force = InForce(folder.read_directory(SHIPPED), {})
    dear = in_force.rulebook.texts["exim-dfc.yaml"]
    dearer = dear.replace("weight: 22", "weight: 24"), dear.replace("weight: 22", "weight: 26")
    cheaper = CHEAP, CHEAP.replace("quota", "quota, export")
    with tempfile.TemporaryDirectory() as name, Storage(Path(name) / "items.db") as storage:
        fill(storage, arguments.items, sorted(in_force.rulebook.vocabulary.phrases()))
        least = floor(storage)
        print(f"{arguments.items:,} items of 30 days; to read the rows that are tried takes {least:.2f} s")
        moved = dearer[1].replace("alert: 6", "alert: 5"), cheaper[1] + "alert: 55\n"
        reached = [
            costs(Desk(storage, in_force), "exim-dfc", (*dearer, moved[0]), least, DEAR_RATIO),
            costs(Desk(storage, in_force), "gallium", (*cheaper, moved[1]), least, CHEAP_RATIO),
        ]
        idle, busy = (
            lateness(work)
            for work in (lambda: time.sleep(2), lambda: Desk(storage, in_force).tried("exim-dfc", dearer[0]))
        )
        usual = idle[len(idle) * 19 // 20]
        print(f"a thread that waits, 19 in 20 late by at most: {usual:.2f} ms while nothing is tried")
        reached.append(told("the same in a try", busy[len(busy) * 19 // 20], LATE_MS, " ms"))
        reached.append(memory(storage, in_force, CHEAP))
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
