"""Servers that misbehave, and documents and folders to poll: what the tests of fetching share."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Self

from monitor.app import App
from monitor.config import PathSettings, Settings, StorageSettings
from monitor.fetch import Fetched, Fetcher, HttpSettings, NotModified
from monitor.guard import Guard
from monitor.looks import ReadReport
from monitor.model import Alert, Source, Validators
from monitor.pipeline import PollReport
from monitor.request import Request
from monitor.turns import Turns
from tests.fakes import NOON, Answer, Web

HERE = ("127.0.0.1/32",)
Talk = Callable[[socket.socket, threading.Event], None]


class Raw:
    """A TCP server that hands each connection, its request read, to `talk`.

    `talk` gets the connection and an event that is set when the test is over. `connections`
    counts what was accepted.
    """

    def __init__(self, talk: Talk, *, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self._talk, self._tls = talk, tls
        self._over = threading.Event()
        self._listener = socket.create_server((address, 0))
        self._listener.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listener.getsockname()[1]
        self.base = f"{'https' if tls else 'http'}://{address}:{self.port}"

    def _accept(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=[connection])
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            if self._tls is None:
                self._answer(connection)
            else:
                with self._tls.wrap_socket(connection, server_side=True) as wrapped:
                    self._answer(wrapped)

    def _answer(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65536)
            if not piece:
                return
            request += piece
        self._talk(connection, self._over)

    def __enter__(self) -> Raw:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()


def always(status: int = 200, body: bytes = b"body", **headers: str) -> Callable[[str, object], Answer]:
    """What a Web answers whatever it is asked. `Content_Encoding="gzip"` gives that header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda path, asked: (status, named, body)


def head(*lines: str) -> bytes:
    """The status line and headers of a 200 answer, for Raw."""
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode("latin-1")


def says(*pieces: bytes) -> Talk:
    """Sends the pieces and hangs up."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return talk


def drips(head: bytes, piece: bytes, every: float) -> Talk:
    """Sends `head`, then `piece` again and again for as long as anybody listens."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head)
        while not over.wait(every) if every else not over.is_set():
            connection.sendall(piece)

    return talk


def fetch(
    url: str,
    validators: Validators = Validators(),  # noqa: B008 - frozen
    *,
    guard: Guard | None = None,
    trust: ssl.SSLContext | None = None,
    shared: Turns | None = None,
    page: bool = False,
    **settings: object,
) -> Fetched | NotModified:
    """Fetch once, with 127.0.0.1 allowed."""
    checked = HttpSettings.model_validate({"allow_private": HERE, "deadline": 5.0} | settings)

    async def go() -> Fetched | NotModified:
        async with Fetcher(checked, guard=guard, trust=trust, shared=shared) as http:
            return await http.fetch(Request(url, page=page), validators, subject="the-source")

    return asyncio.run(go())


# ------------------------------------------------------------------ documents


@dataclass(frozen=True)
class Post:
    """An entry of an RSS document. An empty guid or date is left out."""

    title: str
    link: str
    guid: str = ""
    text: str = "A short report."
    date: datetime | None = NOON

    @property
    def xml(self) -> str:
        guid = f'<guid isPermaLink="false">{escape(self.guid)}</guid>' if self.guid else ""
        date = f"<pubDate>{format_datetime(self.date)}</pubDate>" if self.date else ""
        return (
            f"<item><title>{escape(self.title)}</title><link>{escape(self.link)}</link>{guid}{date}"
            f"<description>{escape(self.text)}</description></item>"
        )


def post(number: int, title: str = "Rare earth plant {} wins a loan", **changes: object) -> Post:
    """An entry that scores above the alert threshold of WATCHLIST unless another title is given."""
    link = f"https://news.example.com/{number}"
    values: dict[str, object] = {"title": title.format(number), "link": link, "guid": f"guid-{number}"}
    return Post(**(values | changes))  # type: ignore[arg-type]


def rss(*posts: Post) -> bytes:
    items = "".join(p.xml for p in posts)
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>'
    return f"{head}{items}</channel></rss>".encode()


# ------------------------------------------------------------------ a whole installation

WATCHLIST = """
watchlist: magnets
title: Magnet money
must:
  - {name: subject, any: [rare earth, 稀土], weight: 40}
any:
  - {name: money, any: [loan, 贷款], weight: 40}
tiers: {1: 0, 2: 0, 3: 0, 4: 0}
alert: 60
digest: 30
"""


class World:
    """An installation in `folder` whose sources are documents on a local server.

    `answers` holds what the server says by source id: a body, a whole answer, or a function. Each poll is
    an hour after the last.
    """

    def __init__(self, folder: Path, *ids: str, watchlists: Sequence[tuple[str, str]] = ()) -> None:
        self.folder = folder
        self.now = NOON
        self.answers: dict[str, bytes | Answer | Callable[[dict[str, str]], Answer]] = {}
        self.web = Web(self._answer)
        self.directory = folder / "watchlists"
        self.directory.mkdir(exist_ok=True)
        for name, text in watchlists or [("magnets", WATCHLIST)]:
            self.write(name, text)
        self.list_sources(ids or ("one",))
        self.settings = Settings(
            storage=StorageSettings(url=f"sqlite:///{folder / 'monitor.db'}"),
            paths=PathSettings(watchlists=str(self.directory), sources=str(self.directory / "sources.yaml")),
            http=HttpSettings(allow_private=HERE, deadline=5.0),
        )
        self.app = App(self.settings, clock=lambda: self.now, write=lambda _: None)

    def _answer(self, path: str, headers: dict[str, str]) -> Answer:
        answer = self.answers.get(path.strip("/"), (404, {}, b""))
        if isinstance(answer, bytes):
            return 200, {"Content-Type": "application/rss+xml"}, answer
        return answer(headers) if callable(answer) else answer

    def __enter__(self) -> Self:
        self.web.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.app.close()
        self.web.__exit__()

    def write(self, name: str, text: str) -> None:
        (self.directory / f"{name}.yaml").write_text(text, "utf-8")

    def list_sources(self, ids: Iterable[str], path: str = "") -> None:
        """Write the catalogue. Each source is at its own id, or at `path` followed by it."""
        lines = [f"  - {{id: {i}, url: '{self.web.base}/{path}{i}'}}" for i in ids]
        self.write("sources", "\n".join(["sources:", *lines]))

    def restart(self) -> None:
        """The process ends and another one starts on the same files."""
        self.app.close()
        self.app = App(self.settings, clock=lambda: self.now, write=lambda _: None)

    def poll(self, later: timedelta = timedelta(hours=1)) -> PollReport:
        """Every source is polled, due or not."""
        self.now += later
        return self.app.poll(self.app.storage, self.app.in_force.enabled())

    def read(self, later: timedelta = timedelta(0)) -> ReadReport:
        """The pages that are due are read in full."""
        self.now += later
        return self.app.read(self.app.storage)

    def refusal(self, name: str = "one") -> str:
        """What a poll says of a source that it could not read, of its own fault or its host's."""
        report = self.poll()
        return (report.failed | report.waiting)[name]

    def serve(self, *posts: Post, source: str = "one") -> PollReport:
        """The document of a source becomes these entries, and everything is polled."""
        self.answers[source] = rss(*posts)
        return self.poll()

    @property
    def alerts(self) -> list[Alert]:
        """All alerts ever decided, oldest first."""
        return list(self.app.storage.alerts.latest(100_000))[::-1]

    def source(self, name: str = "one") -> Source:
        return self.app.in_force.sources[name]

    def count(self, table: str) -> int:
        return int(self.app.storage.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
