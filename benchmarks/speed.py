"""A poll of 2,000 feeds beside what a reader would pick instead, in one run.

    python -m benchmarks.speed [--peers reader,async_fast] [--runs 3] [--feeds 2000]
                               [--scenes cold,unchanged,changed] [--latency 100]
                               [--bench ../shared/bench]

Needs the folder of peers, its feed server and the environments that its `setup_env.sh` makes
under $BENCH_TMP. Each peer polls in a process of its own, all take turns, and each ratio is the
median over the runs. CPU is user and system of the whole process, start-up, matching, scoring and
filing included. "changed": one feed in a hundred has a new entry.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.timed import ADAPTER, told

ROOT = Path(__file__).resolve().parents[1]
SERVER = "http://127.0.0.1:8801"
SCENES = {"cold": "cold", "unchanged": "warm304", "changed": "warm1"}


class Bar(NamedTuple):
    """At most so much of what a peer takes."""

    scene: str
    measure: str
    latency: float
    peer: str
    most: float


BARS = (
    Bar("cold", "cpu", 0, "reader", 0.45),
    Bar("unchanged", "cpu", 0, "reader", 0.3),
    Bar("changed", "cpu", 0, "reader", 0.35),
    Bar("unchanged", "wall", 100, "reader", 0.5),
    Bar("changed", "wall", 100, "reader", 0.5),
    Bar("unchanged", "cpu", 0, "newsraft", 1.0),
)

Row = dict[str, Any]
Key = tuple[str, str, float]  # peer, scene, latency


def environments() -> Path:
    return Path(os.environ.get("BENCH_TMP", f"{tempfile.gettempdir()}/monitor-bench"))


@contextmanager
def server(bench: Path, feeds: int) -> Iterator[None]:
    """The feed server, ready. One that runs already is used, and left running."""
    if _answers():
        yield
        return
    python = environments() / "v-srv" / "bin" / "python"
    command = [str(python), "feedserver.py", "--feeds", str(feeds), "--entries", "50"]
    process = subprocess.Popen(command, cwd=bench, stdout=subprocess.DEVNULL)
    try:
        while not _answers():
            if process.poll() is not None:
                raise SystemExit("the feed server did not start")
            time.sleep(0.5)
        yield
    finally:
        process.terminate()
        process.wait()


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"{SERVER}/stats", timeout=5):
            return True
    except OSError:
        return False


def run(bench: Path, peers: Sequence[str], feeds: int, runs: int, scenes: str, latency: str) -> list[Row]:
    """Let all take turns; answers a row per poll."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as out:
        command = [str(environments() / "v-base" / "bin" / "python"), "-B", "bench.py"]
        command += ["--peers", ",".join(["product", *peers]), "--n", str(feeds), "--runs", str(runs)]
        command += ["--scen", scenes, "--latency", latency, "--out", out.name]
        product = os.environ | {"BENCH_PRODUCT": f"{sys.executable} {ADAPTER}"}
        subprocess.run(command, cwd=bench, env=product, check=True)
        return [json.loads(line) for line in Path(out.name).read_text("utf-8").splitlines()]


def report(rows: Sequence[Row], scenes: Sequence[str]) -> bool:
    """Print what each took, and each bar. True where all are reached."""
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["peer"], row["scen"], row["lat"]].append(row)
    print(f"\n{'':14}{'scene':12}{'latency':>8}{'CPU s':>9}{'wall s':>9}{'MB':>7}   stored")
    for (peer, scene, latency), each in found.items():
        cpu, wall, memory = (statistics.median(row[key] for row in each) for key in ("cpu", "wall", "rss"))
        named = next(name for name, theirs in SCENES.items() if theirs == scene)
        stored = f"{each[-1]['stored']} of {each[-1]['expected']}"
        print(f"{peer:14}{named:12}{latency:6.0f}ms{cpu:9.2f}{wall:9.2f}{memory:7.0f}   {stored}")
    reached = []
    for bar in (bar for bar in BARS if bar.scene in scenes):
        ours, theirs = (found.get((who, SCENES[bar.scene], bar.latency)) for who in ("product", bar.peer))
        if ours and theirs:
            ratios = [a[bar.measure] / b[bar.measure] for a, b in zip(ours, theirs, strict=False)]
            what = f"{bar.scene}: {bar.measure} beside {bar.peer}'s"
            what += f" at {bar.latency:.0f} ms a request" if bar.latency else ""
            reached.append(told(what, statistics.median(ratios), bar.most))
    return all(reached)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peers", default="reader,async_fast")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--latency", type=float, default=100, help="milliseconds; 0 leaves it out")
    parser.add_argument("--bench", type=Path, default=ROOT.parent / "shared" / "bench")
    arguments = parser.parse_args()
    if not (arguments.bench / "bench.py").is_file():
        raise SystemExit(f"{arguments.bench}: the peers are not there (--bench)")
    scenes = arguments.scenes.split(",")
    # A store is filled before it is polled again, so every run begins with a cold poll.
    theirs = ",".join(SCENES[scene] for scene in SCENES if scene in {"cold", *scenes})
    latency = f"0,{arguments.latency:g}" if arguments.latency else "0"
    with server(arguments.bench, arguments.feeds):
        rows = run(
            arguments.bench, arguments.peers.split(","), arguments.feeds, arguments.runs, theirs, latency
        )
    sys.exit(not report(rows, scenes))


if __name__ == "__main__":
    main()
