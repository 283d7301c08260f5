"""What goes over the wire besides bodies: validators, who we are, how long to wait, what errors say."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monitor import __version__
from monitor.errors import MonitorError, Refused, Unreachable
from monitor.fetch import Fetched, NotModified
from monitor.guard import Guard
from monitor.manners import retry_after
from monitor.model import Validators
from tests.fakes import Answer, Web
from tests.webs import Raw, always, fetch, head, says

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def body_of(found: Fetched | NotModified) -> bytes:
    assert isinstance(found, Fetched)
    return found.document.body


# ------------------------------------------------------------------ asking only for what changed


@pytest.mark.parametrize(
    "etag", ['"plain"', 'W/"weak"', "unquoted", '"a,b", "c"', '""', "W/unquoted", "*", '"caf\xe9"']
)
@pytest.mark.parametrize("modified", ["Mon, 02 Mar 2026 12:00:00 GMT", "yesterday", "2026-03-02 12:00", ""])
def test_validators_go_back_byte_for_byte(etag: str, modified: str) -> None:
    """Whatever a server calls its version, however oddly written, is its own to recognise."""
    seen: list[bytes] = []
    lines = [f"ETag: {etag}", "Content-Length: 4"] + ([f"Last-Modified: {modified}"] if modified else [])

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head(*lines) + b"body")

    def echo(path: str, headers: dict[str, str]) -> Answer:
        seen.append(headers.get("if-none-match", "").encode("latin-1"))
        seen.append(headers.get("if-modified-since", "").encode("latin-1"))
        return 304, {}, b""

    with Raw(talk) as first, Web(echo) as second:
        found = fetch(f"{first.base}/")
        again = fetch(f"{second.base}/", found.validators)
    assert seen == [etag.encode("latin-1"), modified.encode("latin-1")]
    assert again == NotModified(found.validators)


def test_nothing_is_asked_conditionally_the_first_time() -> None:
    with Web(always()) as web:
        fetch(f"{web.base}/")
        assert not {"if-none-match", "if-modified-since"} & set(web.asked[0][1])


@pytest.mark.parametrize("known", [Validators(), Validators(body_hash="0" * 64)])
def test_a_304_that_nobody_asked_for_is_an_error(known: Validators) -> None:
    with Web(always(304, b"")) as web, pytest.raises(Refused, match="304") as caught:
        fetch(f"{web.base}/", known)
    assert caught.value.status == 304


def test_the_same_body_counts_as_unchanged_whatever_the_validators_say() -> None:
    with Web(always(200, b"body", ETag='"1"')) as web:
        first = fetch(f"{web.base}/")
    with Web(always(200, b"body", ETag='"2"')) as web:
        second = fetch(f"{web.base}/", first.validators)
    assert isinstance(first, Fetched)
    assert second == NotModified(Validators('"2"', "", first.validators.body_hash))


# ------------------------------------------------------------------ manners


@pytest.mark.parametrize("status", [204, 206, 300, 302, 401, 403, 404, 410, 429, 500, 503])
def test_any_other_status_is_told(status: int) -> None:
    with Web(always(status, b"" if status == 204 else b"sorry")) as web:
        with pytest.raises(Refused, match=f"answered {status}") as caught:
            fetch(f"{web.base}/")
        assert (caught.value.status, caught.value.subject) == (status, "the-source")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 120 ", timedelta(seconds=120)),
        ("0", timedelta(0)),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), timedelta(minutes=5)),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), None),
        (format_datetime(NOW + timedelta(days=3650), usegmt=True), timedelta(days=1)),
        ("315360000", timedelta(days=1)),
        ("9" * 500, timedelta(days=1)),
        ("-5", None),
        ("1.5", None),
        ("abc", None),
        ("", None),
        ("²", None),
        ("Mon, 02 Mar 2026", None),
        ("Mon, 32 Foo 99999 12:00:00 +9999", None),
    ],
)
def test_retry_after_in_all_its_forms(value: str, expected: timedelta | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == expected


def test_retry_after_travels_with_the_error() -> None:
    with Web(always(429, b"", Retry_After="120")) as web, pytest.raises(Refused) as caught:
        fetch(f"{web.base}/")
    assert caught.value.retry_after == timedelta(seconds=120)


@pytest.mark.parametrize("contact", ["", "desk@example.com"])
def test_the_user_agent_names_us_and_whom_to_write_to(contact: str) -> None:
    with Web(always()) as web:
        fetch(f"{web.base}/", contact=contact)
        tail = f" (+{contact})" if contact else ""
        assert web.asked[0][1]["user-agent"] == f"SignalMonitor/{__version__}{tail}"


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with Raw(says(head("Content-Length: 5"), b"proxy")) as proxy, Web(always()) as web:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        assert body_of(fetch(f"{web.base}/")) == b"body"
        assert proxy.connections == 0


def test_a_closed_port_is_an_error_but_no_sign_of_being_offline() -> None:
    with Raw(says()) as server:
        closed = server.base
    with pytest.raises(Unreachable, match="no connection") as caught:
        fetch(f"{closed}/")
    assert not caught.value.no_network


@pytest.mark.parametrize("number", [100, 101, 113])
def test_no_route_and_no_such_name_are_signs_of_being_offline(number: int) -> None:
    def lookup(host: str, port: int) -> list[str]:
        raise OSError(number, "no route")

    with pytest.raises(Unreachable) as caught:
        fetch("http://far.test/", guard=Guard(lookup=lookup))
    assert caught.value.no_network


def test_a_name_too_long_to_look_up_is_an_error_of_ours() -> None:
    with pytest.raises(MonitorError):
        fetch(f"http://{'a' * 300}.test/")
