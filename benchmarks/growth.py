"""What an unchanged poll costs with five times the feeds, and with a hundred times the items.

    python -m benchmarks.growth [--rounds 5] [--feeds 2000] [--items 10000]

CPU seconds are of the whole `monitor poll --no-deliver`, from its start to its end, against a
server on this machine with a host for each feed. Both sides take turns; ratios are of medians.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.timed import Cost, adapter, poll, told

TAG = '"as-ever"'
ENTRY = (
    "<item><title>Council report {0}</title><link>https://feed.example/{0}</link><guid>{0}</guid>"
    "<description>A short report.</description><pubDate>Mon, 02 Feb 2026 12:00:00 GMT</pubDate></item>"
)
BODY = f"<rss version='2.0'><channel><title>F</title>{''.join(map(ENTRY.format, range(3)))}</channel></rss>"
SAME = f"HTTP/1.1 304 Not Modified\r\nETag: {TAG}\r\nConnection: close\r\n\r\n".encode()
WHOLE = (
    f"HTTP/1.1 200 OK\r\nETag: {TAG}\r\nContent-Type: application/rss+xml\r\n"
    f"Content-Length: {len(BODY)}\r\nConnection: close\r\n\r\n{BODY}"
).encode()


class Server(asyncio.Protocol):
    """The same feed at every address of this machine; nobody else is answered."""

    def __init__(self) -> None:
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not transport.get_extra_info("peername")[0].startswith("127."):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._asked += data
        if b"\r\n\r\n" in self._asked:
            self._transport.write(SAME if b"if-none-match:" in self._asked.lower() else WHOLE)
            self._transport.close()


def serve(port: multiprocessing.Queue[int]) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Server, "0.0.0.0", 0, backlog=1024)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def installed(folder: Path, feeds: int, port: int) -> Path:
    """An installation that has looked at so many feeds."""
    folder.mkdir()
    urls = (f"http://127.{1 + n // 62500}.{n // 250 % 250}.{1 + n % 250}:{port}/f.xml" for n in range(feeds))
    (folder / "urls.txt").write_text("\n".join(urls), "utf-8")
    adapter("setup", folder)
    poll(folder)
    assert int(adapter("count", folder)) == feeds * 3, "not every feed was read"
    return folder


def fill(folder: Path, items: int) -> None:
    """So many items more, as if filed over the years."""
    row = """INSERT INTO items (source, key, alias, link, title, text, lang, published, first_seen)
             VALUES (?, ?, ?, ?, ?, ?, 'en', ?, ?)"""
    moment = "2026-02-02T12:00:00.000000+00:00"
    text = "A paragraph of a report such as most are, of some length. " * 5
    with sqlite3.connect(folder / "monitor.db") as database:
        database.execute("PRAGMA synchronous = OFF")
        database.executemany(
            row,
            (
                (
                    f"f{n % 2000}",
                    f"k{n}",
                    f"a{n}",
                    f"https://e.example/{n}",
                    f"Report {n}",
                    text,
                    moment,
                    moment,
                )
                for n in range(items)
            ),
        )


def compare(folders: Mapping[str, Path], rounds: int) -> dict[str, Cost]:
    """The median cost of each installation's unchanged poll; they take turns."""
    costs: dict[str, list[Cost]] = {name: [] for name in folders}
    for _ in range(rounds):
        for name, folder in folders.items():
            costs[name].append(poll(folder))
    found = {}
    for name, each in costs.items():
        median = Cost(
            *(statistics.median(getattr(c, key) for c in each) for key in ("cpu", "wall", "megabytes"))
        )
        print(f"        {name:54}{median.cpu:8.2f} s CPU {median.wall:7.2f} s {median.megabytes:6.0f} MB")
        found[name] = median
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--items", type=int, default=10_000)
    arguments = parser.parse_args()
    feeds, items = arguments.feeds, arguments.items
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(port,), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory() as name:
        number, folder = port.get(), Path(name)
        few = installed(folder / "few", feeds, number)
        many = installed(folder / "many", 5 * feeds, number)
        cost = compare({f"{feeds:,} feeds": few, f"{5 * feeds:,} feeds": many}, arguments.rounds)
        less, more = cost.values()
        reached = [
            told("cost of five times the feeds", more.cpu / less.cpu, 5.5),
            told("peak memory", more.megabytes, 200, " MB"),
        ]
        full = installed(folder / "full", feeds, number)
        fill(few, items)
        fill(full, 100 * items)
        cost = compare({f"{items:,} items": few, f"{100 * items:,} items": full}, arguments.rounds)
        less, more = cost.values()
        reached.append(told("cost of a hundred times the items", more.cpu / less.cpu, 1.2))
    server.terminate()
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
