"""The program as a user runs it, with the three verbs of a driver for comparing feed readers.

    python benchmarks/adapter.py setup DIR    # settings and catalogue for the addresses in DIR/urls.txt
    python benchmarks/adapter.py poll  DIR    # `monitor poll --no-deliver`, in place of this process
    python benchmarks/adapter.py count DIR    # how many items are stored

The watchlists are those that come with the program; all is matched, scored, filed and indexed.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache")}


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "monitor", "--config", str(folder / "monitor.toml"), *words]


def setup(folder: Path) -> None:
    urls = Path(folder, "urls.txt").read_text("utf-8").split()
    rows = "".join(f"  - {{id: f{n}, url: '{url}'}}\n" for n, url in enumerate(urls))
    (folder / "sources.yaml").write_text(f"sources:\n{rows}" if rows else "sources: []\n", "utf-8")
    (folder / "monitor.toml").write_text(
        f'[storage]\nurl = "sqlite:///{folder}/monitor.db"\n\n'
        f'[paths]\nwatchlists = "{ROOT}/watchlists"\nsources = "{folder}/sources.yaml"\n\n'
        '[http]\nallow_private = ["127.0.0.0/8"]\n',
        "utf-8",
    )
    # The first command on new files reads and keeps them; it is not a poll.
    words = command(folder, "sources", "list", "--json")
    subprocess.run(words, env=environment(folder), check=True, stdout=subprocess.DEVNULL)


def poll(folder: Path) -> None:
    words = command(folder, "poll", "--no-deliver")
    os.execve(words[0], words, environment(folder))


def count(folder: Path) -> None:
    with sqlite3.connect(folder / "monitor.db") as database:
        print(database.execute("SELECT count(*) FROM items").fetchone()[0])


if __name__ == "__main__":
    {"setup": setup, "poll": poll, "count": count}[sys.argv[1]](Path(sys.argv[2]).resolve())
