"""A stand-in for every host of the catalogue: one local server, under all of their names."""

from __future__ import annotations

import hashlib
import ipaddress
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Self

import httpx
from ruamel.yaml import YAML

from monitor.guard import Guard
from monitor.request import Request
from monitor.sources import KINDS
from tests.fakes import Answer
from tests.papers import Paper
from tests.webs import HERE

MOVED = "moved."


@dataclass(frozen=True)
class Asked:
    """A request as it came in. `host` has the port; `headers` are in lower case.

    `untrusted` is the address of a server whose certificate nobody trusts.
    """

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    untrusted: str = ""

    @property
    def key(self) -> str:
        return _key(self.method, self.host.removeprefix(MOVED), self.path, self.body)


Fault = Callable[[Answer, Asked], Answer]


def _key(method: str, host: str, path: str, body: bytes) -> str:
    return f"{method} {host}{path} {body.decode('utf-8', 'replace')}"


class Hosts:
    """Answers for whatever host is asked, by what was `put` for a request. A context manager.

    One port stands for https and another for http, for a host may say different things on each.
    `faults`, by the name that an answer was put under, make something else of it. `strays` are
    requests for which nothing was put.
    """

    def __init__(self, untrusted: str = "") -> None:
        self._untrusted = untrusted
        self.faults: dict[str, Fault] = {}
        self.strays: list[str] = []
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._servers = {"https": _Server(self._answer), "http": _Server(self._answer)}

    def __enter__(self) -> Self:
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    # -------------------------------------------------------------- addresses

    @property
    def guard(self) -> Guard:
        """All names lead here; addresses lead where they say."""
        return Guard(HERE, lambda host, port: [host if _is_address(host) else "127.0.0.1"])

    def address(self, url: str) -> str:
        """The same host and path, on our port."""
        parts = httpx.URL(url)
        return str(parts.copy_with(scheme="http", port=self._servers[parts.scheme].server_port))

    def catalogue(self, file: Path) -> str:
        """The catalogue with the addresses of all web sources led here, those of the kinds among them."""
        yaml = YAML(typ="safe")
        written = yaml.load(file.read_text("utf-8"))
        for entry in written["sources"]:
            kind = KINDS.get(entry.get("kind", "feed"))
            url = entry.get("url") or (kind.written.model_fields["url"].default if kind else "")
            if url.startswith("http"):
                entry["url"] = self.address(url)
        out = StringIO()
        yaml.dump(written, out)
        return out.getvalue()

    # -------------------------------------------------------------- answers

    def put(self, name: str, request: Request, paper: Paper) -> None:
        """What is answered to a request, and to those that the paper leads to."""
        url = httpx.URL(request.url)
        path = url.raw_path.decode("ascii")
        key = _key(request.method, url.netloc.decode("ascii"), path, request.body)
        known, _ = self._answers.get(key, (name, None))
        assert known == name, f"{known} and {name} ask for the same: {key}"
        self._put(key, name, paper.body, paper.type)
        for address, body in paper.further.items():
            further = httpx.URL(address)
            path = further.raw_path.decode("ascii")
            self._put(_key("GET", further.netloc.decode("ascii"), path, b""), f"{name}+", body, paper.type)

    def _put(self, key: str, name: str, body: bytes, kind: str) -> None:
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        self._answers[key] = (name, (200, {"Content-Type": kind, "ETag": tag}, body))

    def forget(self) -> None:
        """Nothing is put any more."""
        self._answers.clear()

    def _answer(self, asked: Asked) -> Answer:
        if asked.key not in self._answers:
            if asked.path != "/robots.txt":
                self.strays.append(asked.key)
            return 404, {}, b""
        name, good = self._answers[asked.key]
        fault = None if asked.host.startswith(MOVED) else self.faults.get(name)
        if fault is not None:
            return fault(good, replace(asked, untrusted=self._untrusted))
        return good


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Server(ThreadingHTTPServer):
    """Hands each request to `answer`. A whole catalogue comes in at once, so the queue is long."""

    request_queue_size = 512
    daemon_threads = True

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                status, said, sent = answer(Asked(self.command, headers["host"], self.path, headers, body))
                self.send_response(status)
                for name, value in _lines(said, sent):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error here."""


def _lines(said: Mapping[str, str], sent: bytes) -> Iterable[tuple[str, str]]:
    return ({"Content-Length": str(len(sent))} | dict(said)).items()
