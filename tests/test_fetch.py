"""Fetching from servers that redirect, lie, drip and bomb: bounded in time and size, and polite."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import Refused, Unreachable
from monitor.fetch import MAX_REDIRECTS, Fetched, Fetcher, HttpSettings, NotModified
from monitor.guard import Guard
from monitor.model import Validators
from monitor.request import Request
from tests.fakes import Answer, Web
from tests.webs import HERE, Raw, always, drips, fetch, head, says

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CODES = (301, 302, 303, 307, 308)


def port(base: str) -> int:
    return int(base.rsplit(":", 1)[1])


def body_of(found: Fetched | NotModified) -> bytes:
    assert isinstance(found, Fetched)
    return found.document.body


# ------------------------------------------------------------------ redirects


@pytest.mark.parametrize("code", CODES)
def test_a_redirect_is_followed_and_the_last_address_is_told(code: int) -> None:
    def handle(path: str, headers: dict[str, str]) -> Answer:
        return (code, {"Location": "/there?a=b"}, b"") if path == "/here" else (200, {}, b"body")

    with Web(handle) as web:
        found = fetch(f"{web.base}/here")
        assert isinstance(found, Fetched)
        assert (found.document.body, found.document.url) == (b"body", f"{web.base}/there?a=b")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "there",
    [
        "http://127.0.0.2:{port}/",
        "//127.0.0.2:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.2]:{port}/",
        "http://user:word@127.0.0.1:{port}/",
        "http://good.test\\@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/feed",
        "data:text/xml,<rss/>",
        "javascript:alert(1)",
        "http://[::1",
    ],
)
def test_a_redirect_to_where_we_would_not_go_ourselves_is_refused(code: int, there: str) -> None:
    with Raw(says(head("Content-Length: 0")), address="127.0.0.2") as inside:
        location = there.format(port=inside.port)
        with Web(always(code, b"", Location=location)) as web:
            with pytest.raises((Refused, Unreachable)) as caught:
                fetch(f"{web.base}/")
            assert "cannot be looked up" not in str(caught.value)
            assert len(web.asked) == 1
        assert inside.connections == 0


@pytest.mark.parametrize("location", ["/same", "/grows"], ids=["loop", "growing"])
def test_a_chain_of_redirects_ends_at_the_limit(location: str) -> None:
    def handle(path: str, headers: dict[str, str]) -> Answer:
        return 302, {"Location": path + "x" if location == "/grows" else location}, b""

    with Web(handle) as web:
        with pytest.raises(Refused, match="redirects"):
            fetch(f"{web.base}/start")
        assert len(web.asked) == MAX_REDIRECTS + 1


def test_as_many_redirects_as_the_limit_are_followed() -> None:
    def handle(path: str, headers: dict[str, str]) -> Answer:
        number = int(path[1:])
        return (302, {"Location": f"/{number - 1}"}, b"") if number else (200, {}, b"end")

    with Web(handle) as web:
        assert body_of(fetch(f"{web.base}/{MAX_REDIRECTS}")) == b"end"
        with pytest.raises(Refused, match="redirects"):
            fetch(f"{web.base}/{MAX_REDIRECTS + 1}")


def test_a_redirect_with_an_endless_body_is_not_read() -> None:
    with Web(always(200, b"end")) as web:
        lines = f"HTTP/1.1 302 Found\r\nLocation: {web.base}/\r\n\r\n".encode()
        with Raw(drips(lines, b"x" * 65536, 0)) as server:
            assert body_of(fetch(f"{server.base}/", deadline=3)) == b"end"


# ------------------------------------------------------------------ TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody else trusts, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs the openssl command to make a certificate")
    return cert, key


def serving(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_a_certificate_that_is_not_valid_is_told_as_such(certificate: tuple[Path, Path]) -> None:
    with (
        Raw(says(head("Content-Length: 0")), tls=serving(certificate)) as server,
        pytest.raises(Refused, match=r"certificate is not valid: self.signed") as caught,
    ):
        fetch(f"{server.base}/")
    assert caught.value.subject == "the-source"


def test_a_certificate_for_another_name_is_refused(certificate: tuple[Path, Path]) -> None:
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    guard = Guard(HERE, lambda host, port: ["127.0.0.1"])
    with (
        Raw(says(head("Content-Length: 0")), tls=serving(certificate)) as server,
        pytest.raises(Refused, match=r"certificate is not valid: .*other\.test"),
    ):
        fetch(f"https://other.test:{server.port}/", guard=guard, trust=trust)


def test_a_redirect_from_https_to_http_is_refused(certificate: tuple[Path, Path]) -> None:
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with Web(always()) as web:
        lines = f"HTTP/1.1 301 Moved\r\nLocation: {web.base}/\r\nContent-Length: 0\r\n\r\n".encode()
        with Raw(says(lines), tls=serving(certificate)) as server:
            with pytest.raises(Refused, match="https to http"):
                fetch(f"{server.base}/", trust=trust)
            with pytest.raises(Refused, match="https to http"):
                fetch(f"{server.base}/", trust=trust, max_bytes=1000)
        assert not web.asked


# ------------------------------------------------------------------ sizes and encodings


def bomb(millions: int) -> bytes:
    """A gzip body of so many million bytes of nothing."""
    pack = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join(pack.compress(bytes(1_000_000)) for _ in range(millions)) + pack.flush()


def test_a_gzip_bomb_is_cut_in_bounded_memory_and_time() -> None:
    with Web(always(200, bomb(300), Content_Encoding="gzip")) as web:
        tracemalloc.start()
        started = time.monotonic()
        with pytest.raises(Refused, match="inflates to more than 20,000,000"):
            fetch(f"{web.base}/")
        took, (_, peak) = time.monotonic() - started, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert took < 5
    assert peak < 50_000_000


def test_many_small_gzip_members_are_capped_together() -> None:
    with (
        Web(always(200, gzip.compress(bytes(900_000)) * 30, Content_Encoding="gzip")) as web,
        pytest.raises(Refused, match="inflates"),
    ):
        fetch(f"{web.base}/")


def test_gzip_of_several_members_and_with_padding_is_read_whole() -> None:
    for tail in (b"", b"\0" * 600):
        packed = gzip.compress(b"first,") + gzip.compress(b"") + gzip.compress(b"second") + tail
        with Web(always(200, packed, Content_Encoding="gzip")) as web:
            assert body_of(fetch(f"{web.base}/")) == b"first,second"


@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "deflate", "gzip, gzip", ", ".join(["gzip"] * 50), "x" * 500, "gzip br"]
)
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with Web(always(200, gzip.compress(b"body"), Content_Encoding=encoding)) as web:
        with pytest.raises(Refused, match="not asked for"):
            fetch(f"{web.base}/")
        assert web.asked[0][1]["accept-encoding"] == "gzip"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity", ""])
def test_an_encoding_that_was_asked_for_is_read(encoding: str) -> None:
    body = gzip.compress(b"body") if "gzip" in encoding.lower() else b"body"
    with Web(always(200, body, Content_Encoding=encoding)) as web:
        assert body_of(fetch(f"{web.base}/")) == b"body"


def test_a_body_that_only_says_it_is_gzip_is_refused() -> None:
    with Web(always(200, b"body", Content_Encoding="gzip")) as web, pytest.raises(Refused, match="gzip"):
        fetch(f"{web.base}/")


def test_a_body_of_fifty_megabytes_is_given_up_after_five() -> None:
    sent = 0

    def talk(connection: socket.socket, over: threading.Event) -> None:
        nonlocal sent
        connection.sendall(head("Content-Length: 50000000"))
        for _ in range(800):
            connection.sendall(b"x" * 62_500)
            sent += 62_500

    with Raw(talk) as server, pytest.raises(Refused, match="larger than 5,000,000"):
        fetch(f"{server.base}/")
    assert sent < 20_000_000


# ------------------------------------------------------------------ time


@pytest.mark.parametrize(
    "talk",
    [
        drips(head(), b"x", 0.05),
        drips(head(), b"x" * 100, 0.001),
        drips(b"", b"", 0.05),
        drips(b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n", 0.05),
        drips(head("Transfer-Encoding: chunked"), b"1\r\nx\r\n", 0.05),
        drips(head("Content-Length: 1000"), b"", 0.05),
    ],
    ids=["one byte at a time", "endless", "silence", "headers without end", "chunks", "stall"],
)
def test_whatever_never_ends_is_cut_at_the_deadline(talk: Callable[..., None]) -> None:
    with Raw(talk) as server:
        started = time.monotonic()
        with pytest.raises(Unreachable, match=r"no complete answer within 0\.6 s"):
            fetch(f"{server.base}/", deadline=0.6)
        assert 0.5 < time.monotonic() - started < 2


@pytest.mark.parametrize(
    "talk",
    [
        says(head("X-Big: " + "x" * 1_000_000)),
        drips(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"y" * 5000 + b"\r\n", 0),
        says(b"HTTP/1.1 2000 OK\r\n\r\n"),
        says(b"SSH-2.0-OpenSSH_9.6\r\n"),
        says(b""),
        says(head("Content-Length: 100"), b"short"),
        says(head("Transfer-Encoding: chunked"), b"5\r\nhello\r\n"),
        says(head("Content-Length: -1"), b""),
        says(head("Content-Encoding: gzip"), gzip.compress(b"body" * 1000)[:-9]),
    ],
    ids=["huge header", "many headers", "status", "not HTTP", "nothing", "short", "chunks", "length", "gzip"],
)
def test_an_answer_that_breaks_off_or_is_none_is_unreachable_and_leaves_nothing(
    talk: Callable[..., None],
) -> None:
    with Raw(talk) as server, pytest.raises(Unreachable) as caught:
        fetch(f"{server.base}/")
    assert caught.value.subject == "the-source"
    assert not caught.value.no_network


def test_a_slow_host_delays_nobody_else() -> None:
    """The slow host runs into its deadline while the other one is fetched three times."""
    guard = Guard(HERE, lambda host, port: ["127.0.0.1"])

    async def go(slow: int, quick: int) -> float:
        async with Fetcher(HttpSettings(allow_private=HERE, deadline=1.5), guard=guard) as http:
            late = asyncio.create_task(http.fetch(Request(f"http://slow.test:{slow}/"), Validators()))
            await asyncio.sleep(0.1)
            started = time.monotonic()
            for _ in range(3):
                await http.fetch(Request(f"http://quick.test:{quick}/"), Validators())
            took = time.monotonic() - started
            with pytest.raises(Unreachable):
                await late
            return took

    with Raw(drips(head(), b"x", 0.05)) as slow, Web(always()) as quick:
        assert asyncio.run(go(slow.port, port(quick.base))) < 1


def test_one_request_at_a_time_per_host_and_several_hosts_at_once() -> None:
    now_open: dict[str, int] = {}
    most: dict[str, int] = {}
    lock, meet = threading.Lock(), threading.Barrier(2, timeout=5)

    def handle(path: str, headers: dict[str, str]) -> Answer:
        host = headers["host"]
        with lock:
            now_open[host] = now_open.get(host, 0) + 1
            most[host] = max(most.get(host, 0), now_open[host])
        meet.wait()  # passes only while both hosts are being asked
        with lock:
            now_open[host] -= 1
        return 200, {}, b"body"

    async def go(number: int) -> None:
        guard = Guard(HERE, lambda host, port: ["127.0.0.1"])
        async with Fetcher(HttpSettings(allow_private=HERE, deadline=20), guard=guard) as http:
            urls = [f"http://{name}.test:{number}/{n}" for n in range(4) for name in "ab"]
            await asyncio.gather(*(http.fetch(Request(url), Validators()) for url in urls))

    with Web(handle) as web:
        asyncio.run(go(port(web.base)))
        assert len(web.asked) == 8
    assert set(most.values()) == {1}
