"""The daemon left alone on a server with faults: does its memory stay flat, and is anything lost?

    python -m benchmarks.soak [--minutes 60] [--feeds 300] [--server ../shared/bench/feedserver.py]

One feed in twenty answers 500, one is slow, one is not well-formed; fresh entries, some of which
fire, are published all the time. At the end every entry of every feed that answers must be filed
once, and every alert delivered.
"""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVER = Path(__file__).parent.parent.parent / "shared" / "bench" / "feedserver.py"
PORT = 8931
ENTRIES = 20
PHRASE = "EXIM approves a loan for a rare earth magnet plant"
# How much the last third of the run may need above the middle third.
GROWTH = 1.10
# The feeds that the server makes answer 500 or break (number modulo 20).
BROKEN = {3, 14}
SAMPLE, BUMP = 15.0, 30.0


@dataclass
class Soak:
    """One run: where it is kept, what was published, and what the daemon needed."""

    folder: Path
    feeds: int
    published: Counter[int] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=60) as answer:
            body = answer.read()
        return json.loads(body) if body[:1] in b"{[" else body.decode()

    def prepare(self) -> None:
        urls = self.ask(f"/list?n={self.feeds}").split()
        rows = "".join(f"  - id: feed-{n}\n    url: {url}\n    every: 60s\n" for n, url in enumerate(urls))
        (self.folder / "sources.yaml").write_text(f"sources:\n{rows}", "utf-8")
        watchlists = Path(__file__).parent.parent / "watchlists"
        (self.folder / "monitor.toml").write_text(
            f'[paths]\nwatchlists = "{watchlists}"\nsources = "sources.yaml"\n'
            '[http]\nallow_private = ["127.0.0.0/8"]\n',
            "utf-8",
        )

    def bump(self) -> None:
        told = self.ask(f"/bump?n=1&frac=0.03&phrase={PHRASE.replace(' ', '%20')}")
        self.published.update(told["feeds"])

    def measure(self, started: float, pid: int) -> None:
        self.memory.append((time.monotonic() - started, _resident(pid)))

    def filed(self) -> Counter[int]:
        database = sqlite3.connect(self.folder / "monitor.db")
        rows = database.execute("SELECT source, count(*) FROM items GROUP BY source").fetchall()
        database.close()
        return Counter({int(source.removeprefix("feed-")): count for source, count in rows})

    def lost(self) -> dict[int, int]:
        """By feed, how many entries are missing (or too many, below 0)."""
        filed = self.filed()
        wanted = {n: ENTRIES + self.published[n] for n in range(self.feeds) if n % 20 not in BROKEN}
        return {n: count - filed[n] for n, count in wanted.items() if count != filed[n]}

    def deliveries(self) -> dict[str, int]:
        database = sqlite3.connect(self.folder / "monitor.db")
        found = dict(database.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall())
        database.close()
        return found


def _resident(pid: int) -> float:
    """Megabytes of the process and all below it."""
    tree, total = [pid], 0.0
    for one in tree:
        tree += [int(c) for c in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) / 1024
    return total


def run(soak: Soak, minutes: float) -> None:
    with (soak.folder / "out").open("wb") as out, (soak.folder / "err").open("wb") as err:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run"], cwd=soak.folder, stdout=out, stderr=err
        )
        try:
            _watch(soak, daemon, minutes * 60)
        finally:
            daemon.send_signal(signal.SIGTERM)
            print(f"the daemon ended with {daemon.wait(120)}")


def _watch(soak: Soak, daemon: subprocess.Popen[bytes], seconds: float) -> None:
    started = last = time.monotonic()
    # The first look has to be over before anything counts as news, and the last has to come after
    # everything was published.
    quiet = min(180.0, seconds / 3)
    while (passed := time.monotonic() - started) < seconds:
        time.sleep(SAMPLE)
        if daemon.poll() is not None:
            raise SystemExit(f"the daemon ended by itself: {(soak.folder / 'err').read_text()[-2000:]}")
        soak.measure(started, daemon.pid)
        if quiet < passed < seconds - quiet and time.monotonic() - last >= BUMP:
            soak.bump()
            last = time.monotonic()


def report(soak: Soak) -> bool:
    third = len(soak.memory) // 3
    middle = max(size for _, size in soak.memory[third : 2 * third])
    end = max(size for _, size in soak.memory[2 * third :])
    flat = end <= middle * GROWTH
    lost = soak.lost()
    deliveries = soak.deliveries()
    open_ = sum(count for state, count in deliveries.items() if state != "sent")
    print(f"memory, MB: {soak.memory[third][1]:.0f} after a third, {middle:.0f} most in the middle third, "
          f"{end:.0f} most in the last: {'PASS' if flat else 'FAIL'}")  # fmt: skip
    print(f"published while running: {soak.published.total()}; filed: {soak.filed().total()}; "
          f"feeds with a difference: {lost or 'none'}: {'FAIL' if lost else 'PASS'}")  # fmt: skip
    print(f"deliveries: {deliveries}; not sent: {open_}: {'FAIL' if open_ or not deliveries else 'PASS'}")
    return flat and not lost and not open_ and bool(deliveries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--server", type=Path, default=SERVER)
    arguments = parser.parse_args()
    if not arguments.server.is_file():
        parser.error(f"{arguments.server}: there is no feed server")
    command = [sys.executable, str(arguments.server), "--feeds", str(arguments.feeds), "--hosts", "100",
               "--entries", str(ENTRIES), "--ports", f"{PORT},{PORT + 1}", "--faults"]  # fmt: skip
    with tempfile.TemporaryDirectory() as name, subprocess.Popen(command) as server:
        try:
            soak = Soak(Path(name), arguments.feeds)
            _ready(soak)
            soak.prepare()
            run(soak, arguments.minutes)
            passed = report(soak)
        finally:
            server.terminate()
    raise SystemExit(0 if passed else 1)


def _ready(soak: Soak) -> None:
    for _ in range(120):
        try:
            soak.ask("/stats")
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the feed server does not answer")


if __name__ == "__main__":
    main()
