"""The bytes of an exchange: what is an answer, where it ends, and what may go out."""

from __future__ import annotations

import asyncio
import socket
import threading

import httpx
import pytest

from monitor.errors import Unreachable
from monitor.exchange import MAX_HEAD, Exchanges
from monitor.fetch import Fetched
from monitor.guard import Guard
from tests.fakes import Web
from tests.webs import HERE, Raw, always, fetch, head, says


def body(*pieces: bytes) -> bytes:
    with Raw(says(*pieces)) as server:
        found = fetch(f"{server.base}/")
    assert isinstance(found, Fetched)
    return found.document.body


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    assert body(head("Content-Type: text/plain"), b"one ", b"two") == b"one two"


def test_chunks_are_put_together_and_what_follows_the_last_is_not_read() -> None:
    chunks = b"3\r\none\r\n4\r\n two\r\n0\r\nX-Trailer: y\r\n\r\n"
    another = b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nmore"
    with Raw(says(head("Transfer-Encoding: chunked") + chunks + another)) as server:
        found = fetch(f"{server.base}/")
    assert isinstance(found, Fetched)
    assert found.document.body == b"one two"
    assert "x-trailer" not in found.document.headers


@pytest.mark.parametrize("early", ["100 Continue", "103 Early Hints"])
def test_an_early_answer_is_passed_over(early: str) -> None:
    hint = f"HTTP/1.1 {early}\r\nLink: </style.css>\r\n\r\n".encode()
    assert body(hint + head("Content-Length: 4") + b"body") == b"body"


def test_a_length_that_is_said_twice_and_differs_is_no_answer() -> None:
    with pytest.raises(Unreachable, match="broke off"):
        body(head("Content-Length: 4", "Content-Length: 5") + b"body!")


def test_headers_that_never_end_are_given_up_early() -> None:
    sent = 0

    def talk(connection: socket.socket, over: threading.Event) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while sent < 100 * MAX_HEAD:
            connection.sendall(b"X-More: " + b"y" * 4000 + b"\r\n")
            sent += 4000

    with Raw(talk) as server, pytest.raises(Unreachable, match="broke off"):
        fetch(f"{server.base}/")
    assert sent < 100 * MAX_HEAD


def test_a_body_that_nobody_takes_is_not_read_ahead_without_bound() -> None:
    """Memory stays bounded where the network is quicker than what is done with it."""
    sent = 0
    waited = threading.Event()

    def talk(connection: socket.socket, over: threading.Event) -> None:
        nonlocal sent
        connection.sendall(head())
        connection.settimeout(0.5)
        try:
            while sent < 200_000_000:
                sent += connection.send(b"x" * 65536)
        except TimeoutError:
            waited.set()

    async def go(url: str) -> None:
        exchanges = Exchanges(Guard(HERE), None, 5)
        response = await exchanges.handle_async_request(httpx.Request("GET", url))
        await asyncio.to_thread(waited.wait, 10)
        await response.aclose()

    with Raw(talk) as server:
        asyncio.run(go(f"{server.base}/"))
    assert waited.is_set()
    assert sent < 50_000_000


def test_a_header_cannot_smuggle_another_line() -> None:
    async def go(url: str) -> None:
        request = httpx.Request("GET", url, headers={b"X-One": b"a\r\nX-Two: b"})
        await Exchanges(Guard(HERE), None, 5).handle_async_request(request)

    with Web(always()) as web:
        with pytest.raises(httpx.LocalProtocolError):
            asyncio.run(go(f"{web.base}/"))
        assert not web.asked
