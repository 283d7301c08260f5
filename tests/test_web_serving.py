"""The web pages as the daemon serves them: a real server, and a real browser where there is one."""

from __future__ import annotations

import contextlib
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from monitor.live import InForce
from monitor.web.house import Engine
from monitor.web.serving import MOST, WAITING, Serving
from monitor.web.settings import WebUser
from tests.daemon import Daemon
from tests.desk import NEWS, OLD, Desk
from tests.fakes import Answer, Web
from tests.webpages import ONE_CLICK, PASSWORD, Pages, steady

# A page of another site asks for a WebSocket.
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: %h\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Origin: http://evil.test\r\n\r\n"
)
FREE = {"MONITOR_WEB__LISTEN": "127.0.0.1:0"}


def address(daemon: Daemon) -> str:
    daemon.wait_out("The desk: http")
    return daemon.out.partition("The desk: ")[2].split()[0]


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "monitor.db")


@pytest.fixture
def served(pages: Pages) -> Iterator[str]:
    with Serving(pages.house, "127.0.0.1", 0) as serving:
        yield serving.address


@dataclass(frozen=True)
class Listening:
    """An engine that says when its rules are asked for."""

    own: Engine
    asked: threading.Event

    @property
    def in_force(self) -> InForce:
        self.asked.set()
        return self.own.in_force


def test_the_rules_are_read_before_anybody_comes(pages: Pages) -> None:
    asked = threading.Event()
    engine = cast("Engine", Listening(pages.engine, asked))
    with Serving(replace(pages.house, engine=engine), "127.0.0.1", 0):
        assert asked.wait(10)


def raw(base: str, request: bytes) -> bytes:
    """What is answered to these very bytes."""
    port = urlsplit(base).port
    assert port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(request)
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    return answer


# ------------------------------------------------------------------ the daemon


def test_the_daemon_serves_the_pages_and_a_reader_leaves(desk: Desk) -> None:
    with desk.storage() as storage, storage.write():
        token = storage.subscriptions.of("Ann", "ann@example.com").token
    with Daemon(desk.folder, "--verbose", **FREE).ready() as daemon:
        base = address(daemon)
        assert base.startswith("http://127.0.0.1:")
        assert "Digests" in httpx.get(base).text
        assert httpx.get(f"{base}unsubscribe/{token}").status_code == 200
        left = httpx.post(f"{base}unsubscribe/{token}", data=ONE_CLICK)
        assert (left.status_code, "You are unsubscribed" in left.text) == (200, True)
        daemon.wait_out("Ann <ann@example.com> unsubscribed from the digest")
        assert daemon.stop() == 0
        assert daemon.out.count("The desk: ") == 1
        assert token not in daemon.out + daemon.err
        assert "INFO Ann <ann@example.com> unsubscribed from the digest" in daemon.err
    with desk.storage() as storage:
        (one,) = storage.subscriptions.all()
    assert one.gone


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_seconds_whatever_readers_have_open(desk: Desk, number: signal.Signals) -> None:
    with Daemon(desk.folder, **FREE).ready() as daemon:
        base = urlsplit(address(daemon))
        assert base.port
        with httpx.Client() as idle, socket.create_connection(("127.0.0.1", base.port)) as half:
            assert idle.get(base.geturl()).status_code == 200
            half.sendall(
                b"POST /unsubscribe/x HTTP/1.1\r\nHost: %s\r\nContent-Length: 9\r\n\r\n"
                % base.netloc.encode()
            )
            start = time.monotonic()
            assert daemon.stop(number) == 0
            assert time.monotonic() - start < 5
        assert daemon.out.endswith("Stopped.\n")
        assert daemon.err == ""


def test_a_port_in_use_is_told_in_a_line_and_the_daemon_goes_on(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with Daemon(desk.folder, MONITOR_WEB__LISTEN=place).ready() as daemon:
            daemon.wait_out("2 looked at for the first time")
            desk.entries["wire"] = NEWS + OLD
            daemon.wait_out("▲", times=2)
            assert daemon.stop() == 0
            (line,) = daemon.err.splitlines()
            assert line.endswith(
                f"WARNING web: {place} is taken by another program. "
                'There are no pages until listen of [web] names another, or is "".'
            )
            assert "The desk: " not in daemon.out


def test_with_no_place_to_listen_there_are_no_pages(desk: Desk) -> None:
    with Daemon(desk.folder, MONITOR_WEB__LISTEN="").ready() as daemon:
        daemon.wait_out("2 looked at for the first time")
        assert daemon.stop() == 0
        assert "The desk: " not in daemon.out


def test_another_address_without_a_password_does_not_start(desk: Desk) -> None:
    with Daemon(desk.folder, MONITOR_WEB__LISTEN="0.0.0.0:0") as daemon:
        assert daemon.process.wait(15) == 1
        assert "0.0.0.0:0 is to be reached from elsewhere: set password too" in daemon.err
        assert daemon.out == ""


# ------------------------------------------------------------------ the server


@pytest.mark.parametrize(
    "path",
    [
        "/digests/../../monitor.db",
        "/digests/..%2f..%2fmonitor.db/2026-03-02",
        "//digests//",
        "/digests/Ann/../../../etc/passwd",
        "http://evil.test/digests/",
        "/unsubscribe/../digests/",
    ],
)
def test_a_path_leads_to_no_file(served: str, pages: Pages, path: str) -> None:
    host = urlsplit(served).netloc
    answer = raw(served, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"SQLite" not in answer


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: %h\r\nHost: evil.test\r\nConnection: close\r\n\r\n", b"4"),
        (b"GET / HTTP/1.0\r\n\r\n", b"421"),
        (b"GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n", b"421"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"HEAD / HTTP/1.1\r\nHost: %h\r\nConnection: close\r\n\r\n", b"200"),
        (UPGRADE, b"200"),
    ],
    ids=["no host", "two hosts", "old without host", "strange host", "tls", "head", "websocket"],
)
def test_what_is_no_plain_question_is_refused(
    served: str, head: bytes, status: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = raw(served, head.replace(b"%h", urlsplit(served).netloc.encode()))
    assert answer.startswith(b"HTTP/1.1 " + status)
    if head.startswith(b"HEAD"):
        assert answer.endswith(b"\r\n\r\n")
    assert caplog.text == ""


def test_a_head_that_never_ends_is_cut_off(served: str) -> None:
    port = urlsplit(served).port
    assert port
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line, contextlib.suppress(OSError):
        line.sendall(b"GET / HTTP/1.1\r\n")
        for number in range(1000):
            line.sendall(b"X: " + b"x" * 65_536 + b"\r\n")
            sent = number
    assert sent < 100


@pytest.mark.parametrize("path", ["/unsubscribe/none", "/login"])
def test_who_hangs_up_within_a_form_changes_nothing_and_is_no_news(
    tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    pages = Pages(tmp_path / "monitor.db", password=PASSWORD)
    with Serving(pages.house, "127.0.0.1", 0) as serving:
        place = urlsplit(serving.address)
        assert place.port
        head = f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 9\r\n\r\n"
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", place.port)) as line:
                line.sendall(head.encode())
                time.sleep(0.1)
        assert httpx.get(f"{serving.address}login").status_code == 200
    assert caplog.text == ""


def test_who_sends_nothing_holds_no_connection_for_long(pages: Pages) -> None:
    with Serving(pages.house, "127.0.0.1", 0, first=0.3) as serving:
        place = urlsplit(serving.address)
        assert place.port
        with socket.create_connection(("127.0.0.1", place.port), timeout=5) as line:
            line.sendall(b"GET / HTTP/1.1\r\n")
            start = time.monotonic()
            with contextlib.suppress(ConnectionResetError):
                assert line.recv(1) == b""
            assert 0.2 < time.monotonic() - start < 4


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        b"POST /unsubscribe/x HTTP/1.1\r\nHost: %h\r\nContent-Length: 9\r\n\r\nabc",
        b"POST /unsubscribe/x HTTP/1.1\r\nHost: %h\r\nContent-Length: 9\r\n\r\n",
    ],
    ids=["nothing", "a line", "half a form", "a head"],
)
def test_who_does_not_ask_to_the_end_keeps_nobody_out(served: str, begun: bytes) -> None:
    """The oldest of those gives way."""
    place = urlsplit(served)
    assert place.port
    with contextlib.ExitStack() as kept:
        lines = [
            kept.enter_context(socket.create_connection(("127.0.0.1", place.port))) for _ in range(2 * MOST)
        ]
        poll, end = select.poll(), time.monotonic() + 5
        for line in lines:
            with contextlib.suppress(OSError):
                line.sendall(begun.replace(b"%h", place.netloc.encode()))
            poll.register(line, select.POLLIN)
        while len(cut := poll.poll(50)) < len(lines) - WAITING and time.monotonic() < end:
            pass
        assert {number for number, _ in cut} == {line.fileno() for line in lines[:-WAITING]}
        assert httpx.get(served).status_code == 200


def test_a_connection_that_is_used_is_not_cut_off(pages: Pages) -> None:
    """What lasts a while is counted from each question anew."""
    with Serving(pages.house, "127.0.0.1", 0, first=0.5, lasts=0.5) as serving:
        place = urlsplit(serving.address)
        assert place.port
        asked = f"GET /digests/ HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", place.port), timeout=5) as line:
            for _ in range(6):
                line.sendall(asked)
                assert line.recv(65_536).startswith(b"HTTP/1.1 200 ")
                time.sleep(0.2)


def test_an_answer_that_nobody_reads_is_not_kept_for_ever(pages: Pages) -> None:
    pages.keep(html="x" * 20_000_000)
    with Serving(pages.house, "127.0.0.1", 0, lasts=0.3) as serving:
        place = urlsplit(serving.address)
        assert place.port
        with socket.create_connection(("127.0.0.1", place.port), timeout=5) as line:
            asked = f"GET /digests/Ann/2026-03-02 HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n"
            line.sendall(asked.encode())
            time.sleep(1)
            read = 0
            with contextlib.suppress(ConnectionResetError):
                while piece := line.recv(1_000_000):
                    read += len(piece)
            assert read < 20_000_000


def test_a_desk_on_which_nobody_may_change_anything_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    users = (WebUser(name="ann", password=SecretStr(PASSWORD)),)
    with Serving(Pages(tmp_path / "monitor.db", users=users).house, "127.0.0.1", 0):
        pass
    assert 'role = "editor"' in caplog.text


@pytest.mark.parametrize(
    "head",
    [b"".join(b"x%d:\r\n" % number for number in range(8000)), b'Cookie: a="' + b"\\" * 15_000 + b'"\r\n'],
    ids=["many headers", "a cookie of backslashes"],
)
def test_no_head_holds_up_the_others(tmp_path: Path, head: bytes) -> None:
    with Serving(Pages(tmp_path / "monitor.db", password=PASSWORD).house, "127.0.0.1", 0) as serving:
        host = urlsplit(serving.address).netloc.encode()
        request = b"GET / HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n" + head + b"\r\n"
        costs = []
        for _ in range(5):  # what else the process does meanwhile can only add to one
            began = time.process_time()
            answer = raw(serving.address, request)
            costs.append(time.process_time() - began)
            assert answer.startswith((b"HTTP/1.1 303 ", b"HTTP/1.1 400 "))
    assert min(costs) < 0.2


def test_many_clicks_at_once_unsubscribe_once(served: str, pages: Pages) -> None:
    place = f"{served}unsubscribe/{pages.token()}"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: httpx.post(place, data=ONE_CLICK), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert {steady(answer)[1] for answer in answers} == {steady(answers[0])[1]}
    assert len(pages.notices()) == 1


def test_a_fault_of_ours_is_a_page_and_a_line_in_the_log(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    pages.keep(state="no such state")
    with Serving(pages.house, "127.0.0.1", 0) as serving:
        answer = httpx.get(f"{serving.address}digests/")
    assert (answer.status_code, "That went wrong" in answer.text) == (500, True)
    assert "no such state" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "no such state" in caplog.text


def test_many_readers_at_once_are_answered(served: str, pages: Pages) -> None:
    pages.keep()
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: httpx.get(f"{served}digests/").status_code, range(64)))
    assert set(found) == {200}


# ------------------------------------------------------------------ a browser

# Each asks the other server for something, by itself.
HOSTILE = """<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="refresh" content="0;url=CANARY/refresh">
<style>@import url(CANARY/import); @font-face {{ font-family: f; src: url(CANARY/font) }}
p {{ font-family: f; background: url(CANARY/background) }}</style>
<link rel="stylesheet" href="CANARY/sheet"><link rel="prefetch" href="CANARY/prefetch">
<script src="CANARY/script"></script></head><body onload="fetch('CANARY/onload')">
<p>Dysprosium</p><img src="CANARY/image" onerror="fetch('CANARY/onerror')">
<iframe src="CANARY/frame"></iframe>
<object data="CANARY/object"></object><video src="CANARY/video" autoplay></video>
<form id="f" action="CANARY/form"></form><script>document.title = "ran"; fetch("CANARY/fetch");
document.getElementById("f").submit()</script></body></html>"""


def browse(url: str, folder: Path) -> str:
    """The page as Chromium has it after a while."""
    chromium = shutil.which("chromium") or pytest.skip("needs Chromium")
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}"),
        *("--virtual-time-budget=3000", "--dump-dom", url),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_in_a_browser_nothing_of_a_hostile_digest_runs_or_loads(
    pages: Pages, served: str, tmp_path: Path
) -> None:
    def serve(path: str, headers: dict[str, str]) -> Answer:
        return 200, {"Content-Type": "text/html"}, html.encode() if path == "/page" else b""

    with Web(serve) as canary:
        html = HOSTILE.replace("CANARY", canary.base)
        pages.keep(html=html)
        browse(f"{canary.base}/page", tmp_path / "one")
        assert len({path for path, _ in canary.asked} - {"/page", "/favicon.ico"}) > 3, (
            "without our headers it does"
        )
        canary.asked.clear()
        found = browse(f"{served}digests/Ann/2026-03-02", tmp_path / "two")
        assert canary.asked == []
    assert "Dysprosium" in found
    assert "<title>ran" not in found


def test_in_a_browser_the_pages_have_their_style(pages: Pages, served: str, tmp_path: Path) -> None:
    """The nonce of the policy is that of the page, or style and script would be refused."""
    chromium = shutil.which("chromium") or pytest.skip("needs Chromium")
    pages.keep()
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'one'}"),
        *("--enable-logging=stderr", f"--screenshot={tmp_path / 'page.png'}", f"{served}digests/"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert (tmp_path / "page.png").stat().st_size > 5000
    assert "Content Security Policy" not in done.stderr
