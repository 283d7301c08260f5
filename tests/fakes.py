"""Hand-written fakes at the seams, and small makers of values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from monitor.model import Alert, Item, Reason, Source
from monitor.outbox import Delivery, Receipt

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

Answer = tuple[int, dict[str, str], bytes]
Handle = Callable[[str, dict[str, str]], Answer]


class Web:
    """A real HTTP server on a free port of 127.0.0.1 that answers what `handle` says.

    `handle(path, request_headers)` gives status, headers and body. Content-Length is added unless
    given. A context manager; `asked` keeps (path, request headers) of every request, `posted` the
    bodies of those that had one.
    """

    def __init__(self, handle: Handle) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.posted: list[bytes] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                web.posted.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                self.do_GET()

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                web.asked.append((self.path, headers))
                status, answer, body = handle(self.path, headers)
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | answer).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)

    def __enter__(self) -> Web:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"


class FakeChannel:
    """A channel that remembers. `fail` holds errors to raise, the next one first; an attempt that
    ends unclear may have arrived (`arrives`)."""

    name = "fake"
    threads = True

    def __init__(self, *, pace: timedelta = timedelta(0)) -> None:
        self.pace = pace
        self.settle = timedelta(seconds=15)
        self.arrived: list[str] = []
        self.fail: list[Exception] = []
        self.arrives = False
        self.looked = 0
        self.updated: list[Delivery] = []

    def send(self, delivery: Delivery) -> Receipt:
        if self.fail:
            error = self.fail.pop(0)
            if self.arrives:
                self.arrived.append(delivery.id)
            raise error
        self.arrived.append(delivery.id)
        return Receipt(f"receipt-{len(self.arrived)}")

    def find(self, delivery: Delivery) -> Receipt | None:
        self.looked += 1
        return Receipt("found") if delivery.id in self.arrived else None

    def update(self, delivery: Delivery) -> None:
        self.updated.append(delivery)


def a_source(number: int = 1, **changes: object) -> Source:
    values: dict[str, object] = {
        "id": f"source-{number}",
        "name": f"Source {number}",
        "kind": "feed",
        "url": f"http://127.0.0.1:1/{number}",
        "tier": 3,
        "lang": "en",
    }
    return Source(**(values | changes))  # type: ignore[arg-type]


def an_item(number: int = 1, **changes: object) -> Item:
    values: dict[str, object] = {
        "id": number,
        "source": "source-1",
        "link": f"https://example.com/{number}",
        "title": f"EXIM approves loan {number} for a rare earth magnet plant",
        "text": "The board approved a loan.",
        "lang": "en",
        "published": NOON,
        "first_seen": NOON,
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


def an_alert(number: int = 1, **changes: object) -> Alert:
    values: dict[str, object] = {
        "id": f"alert-{number}",
        "watchlist": "exim-dfc",
        "watchlist_title": "EXIM and DFC financing",
        "reason": Reason.FIRST,
        "score": 82,
        "threshold": 60,
        "stage": "board-approval",
        "title": f"EXIM approves loan {number}",
        "link": f"https://example.com/{number}",
        "source": "source-1",
        "source_name": "Source 1",
        "tier": 1,
        "lang": "en",
        "published": NOON,
        "excerpt": "The board approved a loan.",
        "hits": ("EXIM", "loan"),
        "parts": (("US lender named", 40), ("money or a commitment", 20)),
        "item": number,
        "story": f"story-{number}",
        "created": NOON,
    }
    return Alert(**(values | changes))  # type: ignore[arg-type]
