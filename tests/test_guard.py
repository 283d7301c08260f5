"""What may be asked: schemes, disguises of private addresses, names that change their mind."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
import threading
import time
from collections.abc import Iterable

import pytest

from monitor import catalogue
from monitor.errors import MonitorError, Refused
from monitor.fetch import Fetched, Fetcher, HttpSettings
from monitor.guard import Guard, allowed_networks
from monitor.model import Validators
from monitor.request import Request
from tests.fakes import Web
from tests.webs import HERE, Raw, fetch, says

OTHER_SCHEMES = (
    "file:///etc/passwd",
    "FILE:/etc/passwd",
    "file://localhost/etc/passwd",
    "source:file:///etc/passwd",
    "gopher://example.com/1",
    "ftp://example.com/feed.xml",
    "data:text/xml,<rss/>",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "//example.com/feed.xml",
    "/etc/passwd",
    "http:///feed.xml",
    "http:feed.xml",
    "",
)
DISGUISED = (
    "http://good.test\\@127.0.0.1/",
    "http://good.test/\tfeed",
    "http://good.te\nst/",
    "http://good.test/\r\nHost: evil.test",
    " http://good.test/",
    "http://good.test/a b",
    "http://good.test/\x00",
    "http://user@good.test/",
    "http://user:word@good.test/",
    "http://good.test:x/",
    "http://[::1/",
)
# Every spelling of an address on this machine or next to it that a resolver or parser accepts.
LOOPBACK = (
    "127.0.0.1",
    "127.1",
    "127.0.0.2",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "127。0。0。1",
    "１２７.0.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
)
PRIVATE = (
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:a9fe:a9fe::1",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "::10.0.0.1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
)
PUBLIC: tuple[str, ...] = ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101")
# The first releases of Python 3.11 take every 6to4 address for a special one; it is refused there.
if sys.version_info >= (3, 11, 4):
    PUBLIC = (*PUBLIC, "2002:101:101::1")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("url", [*OTHER_SCHEMES, *DISGUISED])
def test_an_odd_url_is_refused_when_it_is_written_and_when_it_is_fetched(url: str) -> None:
    with pytest.raises(Refused):
        Guard().check_url(url)
    with pytest.raises(Refused):
        fetch(url)


@pytest.mark.parametrize("url", [u for u in OTHER_SCHEMES if u])
def test_the_catalogue_does_not_take_another_scheme(url: str) -> None:
    sources, problems = catalogue.parse("sources.yaml", f"sources:\n  - id: a\n    url: '{url}'\n")
    assert not sources
    assert [p.line for p in problems] == [3]


def test_a_name_behind_a_fragment_is_not_the_host() -> None:
    """`http://good.test#@127.0.0.1/` is good.test for the guard and for the connection alike."""
    asked: list[str] = []

    def lookup(host: str, port: int) -> Iterable[str]:
        asked.append(host)
        return ["10.0.0.1"]

    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        fetch("http://good.test#@127.0.0.1/", guard=Guard(lookup=lookup))
    assert asked == ["good.test"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_disguise_of_this_machine_is_connected_to(host: str) -> None:
    with Raw(says(OK)) as server:
        with pytest.raises(Refused):
            fetch(f"http://{host}:{server.port}/", allow_private=())
        time.sleep(0.06)
        assert server.connections == 0


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_special_addresses_are_refused(address: str) -> None:
    with pytest.raises(Refused, match="private or special"):
        Guard().check_address(ipaddress.ip_address(address), 443)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass_on_the_usual_ports_only(address: str) -> None:
    public = ipaddress.ip_address(address)
    for port in (80, 443, 8080, 8443):
        Guard().check_address(public, port)
    for port in (0, 22, 25, 6379, 65535):
        with pytest.raises(Refused, match=f"port {port}"):
            Guard().check_address(public, port)


def test_what_the_settings_allow_is_asked_and_nothing_beside_it() -> None:
    guard = Guard(["10.1.0.0/16", "::1/128"])
    guard.check_address(ipaddress.ip_address("10.1.2.3"), 12345)
    guard.check_address(ipaddress.ip_address("::1"), 12345)
    for other in ("10.2.0.1", "127.0.0.1", "::2"):
        with pytest.raises(Refused):
            guard.check_address(ipaddress.ip_address(other), 80)


def test_a_network_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="/99"):
        allowed_networks(["10.0.0.0/99"])


def test_a_name_that_changes_to_a_private_address_is_caught_at_every_look_up() -> None:
    """DNS rebinding: 127.0.0.1 stands for the public address here, 127.0.0.2 for the private one."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    with Web(lambda path, headers: (200, {}, b"public")) as web, Raw(says(OK), address="127.0.0.2") as inside:
        port = int(web.base.rsplit(":", 1)[1])
        guard = Guard(HERE, lambda host, port: answers.pop(0))
        first = fetch(f"http://rebind.test:{port}/", guard=guard)
        assert isinstance(first, Fetched)
        assert first.document.body == b"public"
        assert len(answers) == 1, "one look-up per connection, and what it gave is what was connected to"
        with pytest.raises(Refused, match=r"127\.0\.0\.2"):
            fetch(f"http://rebind.test:{inside.port}/", guard=guard)
        assert inside.connections == 0


@pytest.mark.parametrize("answer", [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"]])
def test_a_name_with_one_private_address_is_refused_whole(answer: list[str]) -> None:
    with Raw(says(OK)) as server:
        with pytest.raises(Refused, match=r"10\.0\.0\.1"):
            fetch(f"http://both.test:{server.port}/", guard=Guard(HERE, lambda host, port: answer))
        assert server.connections == 0


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with Web(lambda path, headers: (200, {}, b"here")) as web:
        port = int(web.base.rsplit(":", 1)[1])
        guard = Guard(["127.0.0.0/8"], lambda host, port: ["127.0.0.3", "127.0.0.1"])
        found = fetch(f"http://two.test:{port}/", guard=guard)
    assert isinstance(found, Fetched)
    assert found.document.body == b"here"


def test_a_link_local_address_with_a_zone_is_read_and_refused() -> None:
    with pytest.raises(Refused, match="fe80::1"):
        fetch("http://zone.test/", guard=Guard(lookup=lambda host, port: ["fe80::1%eth0"]))


def test_names_that_hang_do_not_hold_up_the_others() -> None:
    """Twenty look-ups that hang: the twenty-first name is looked up and fetched meanwhile."""
    over = threading.Event()

    def lookup(host: str, port: int) -> Iterable[str]:
        if host.startswith("hangs"):
            over.wait(10)
            raise socket.gaierror("no answer")
        return ["127.0.0.1"]

    async def go(port: int) -> float:
        settings = HttpSettings(allow_private=HERE, deadline=5)
        async with Fetcher(settings, guard=Guard(HERE, lookup)) as http:
            hanging = [
                asyncio.create_task(http.fetch(Request(f"http://hangs-{n}.test:{port}/"), Validators()))
                for n in range(20)
            ]
            await asyncio.sleep(0.05)
            started = time.monotonic()
            await http.fetch(Request(f"http://quick.test:{port}/"), Validators())
            took = time.monotonic() - started
            over.set()
            results = await asyncio.gather(*hanging, return_exceptions=True)
            assert all(isinstance(r, MonitorError) and "looked up" in str(r) for r in results)
            return took

    with Web(lambda path, headers: (200, {}, b"quick")) as web:
        assert asyncio.run(go(int(web.base.rsplit(":", 1)[1]))) < 2
