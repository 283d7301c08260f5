"""Polling with everything on, beside the loop most people write, in one run.

    python -m benchmarks.poll [--feeds 200] [--entries 50]

The loop: httpx, feedparser, an insert per entry; no conditional requests kept across runs, no
guard, no matching, no full text. CPU seconds are of the polling process alone, user and system.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import json
import multiprocessing
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser
import httpx

from monitor.app import App
from monitor.config import PathSettings, Settings, StorageSettings
from monitor.fetch import HttpSettings
from monitor.installation import shipped

TOPICS = (
    "Council approves budget for a new library",
    "EXIM issues letter of interest for rare earth magnet plant",
    "Markets close higher as rate worries fade",
    "商务部公布稀土出口管制新规",
    "Storm brings rain to the coast",
)


def document(number: int, entries: int) -> bytes:
    items = "".join(
        f"<item><title>{TOPICS[(number + n) % len(TOPICS)]} {number}-{n}</title>"
        f"<link>https://feed{number}.example/{n}</link><guid>{number}-{n}</guid>"
        f"<description>{'A paragraph with &lt;b&gt;markup&lt;/b&gt; and words. ' * 12}</description>"
        f"<pubDate>Mon, 02 Feb 2026 {n % 24:02}:00:00 GMT</pubDate></item>"
        for n in range(entries)
    )
    return f"<rss version='2.0'><channel><title>Feed {number}</title>{items}</channel></rss>".encode()


def serve(feeds: int, entries: int, port: multiprocessing.Queue[int]) -> None:
    bodies = {f"/{n}": document(n, entries) for n in range(feeds)}
    tags = {path: f'"{hashlib.sha256(body).hexdigest()}"' for path, body in bodies.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            same = self.headers.get("If-None-Match") == tags[self.path]
            body = b"" if same else bodies[self.path]
            self.send_response(304 if same else 200)
            self.send_header("ETag", tags[self.path])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    ThreadingHTTPServer.request_queue_size = 1024
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port.put(server.server_port)
    threading.Event().wait()


def ours(folder: Path, urls: list[str]) -> int:
    """One poll of everything; answers how many items are stored."""
    catalogue = folder / "sources.yaml"
    rows = "".join(f"  - id: f{n}\n    url: {url}\n" for n, url in enumerate(urls))
    catalogue.write_text(f"sources:\n{rows}" if rows else "sources: []\n", "utf-8")
    settings = Settings(
        storage=StorageSettings(url=f"sqlite:///{folder}/ours.db"),
        paths=PathSettings(watchlists=str(shipped()), sources=str(catalogue)),
        http=HttpSettings(allow_private=("127.0.0.0/8",)),
    )
    with App(settings) as app:
        app.poll(app.storage, app.in_force.enabled())
        return int(app.storage.db.execute("SELECT count(*) FROM items").fetchone()[0])


def loop(folder: Path, urls: list[str]) -> int:
    """The loop most people write."""
    database = sqlite3.connect(folder / "loop.db")
    database.execute("CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, title TEXT, text TEXT)")

    async def poll() -> None:
        slots = asyncio.Semaphore(64)
        async with httpx.AsyncClient(trust_env=False) as client:

            async def one(url: str) -> None:
                async with slots:
                    body = (await client.get(url)).content
                for entry in feedparser.parse(io.BytesIO(body)).entries:
                    row = (entry.id, entry.title, entry.summary)
                    database.execute("INSERT OR IGNORE INTO items VALUES (?, ?, ?)", row)
                database.commit()

            await asyncio.gather(*(one(url) for url in urls))

    asyncio.run(poll())
    return int(database.execute("SELECT count(*) FROM items").fetchone()[0])


RUNNERS: dict[str, Callable[[Path, list[str]], int]] = {"ours": ours, "loop": loop}


def measure(runner: str, folder: Path, base: str, feeds: int) -> tuple[float, int]:
    """CPU seconds of one poll in a process of its own, less what starting it costs."""
    command = [sys.executable, "-m", "benchmarks.poll", "--child", runner, "--folder", str(folder)]
    command += ["--base", base, "--feeds"]
    idle = json.loads(subprocess.run([*command, "0"], capture_output=True, check=True).stdout)
    busy = json.loads(subprocess.run([*command, str(feeds)], capture_output=True, check=True).stdout)
    return busy["cpu"] - idle["cpu"], busy["stored"]


def child(arguments: argparse.Namespace) -> None:
    urls = [f"{arguments.base}/{n}" for n in range(arguments.feeds)]
    stored = RUNNERS[arguments.child](arguments.folder, urls)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": usage.ru_utime + usage.ru_stime, "stored": stored}))


def compare(feeds: int, entries: int) -> None:
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(feeds, entries, port), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{port.get()}"
    print(f"{feeds} feeds of {entries} entries; CPU seconds, ours / the loop = ratio")
    with tempfile.TemporaryDirectory() as name:
        for scene in ("cold", "unchanged"):
            (mine, stored), (theirs, kept) = (measure(r, Path(name), base, feeds) for r in RUNNERS)
            print(
                f"{scene:10} {mine:7.2f} / {theirs:7.2f} = {mine / theirs:.2f}   ({stored} and {kept} stored)"
            )
    server.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--entries", type=int, default=50)
    parser.add_argument("--child", choices=RUNNERS)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--base", default="")
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments)
    else:
        compare(arguments.feeds, arguments.entries)


if __name__ == "__main__":
    main()
