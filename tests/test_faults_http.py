"""What servers do wrong, as they do it, and what becomes of it: the faults of feeds and of HTTP."""

from __future__ import annotations

import asyncio
import gzip
import socket
import sqlite3
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor import catalogue, gathering
from monitor.errors import HostWaits, MonitorError, Refused, Unreachable
from monitor.fetch import Fetched, Fetcher, HttpSettings, turns
from monitor.guard import Guard
from monitor.manners import FIRST_WAIT, MAX_WAIT
from monitor.model import Health, SourceState, Validators
from monitor.request import Request
from monitor.storage import Storage
from monitor.turns import Turns
from tests.fakes import NOON, Answer, Web
from tests.webs import HERE, Raw, World, always, drips, fetch, head, post, rss, says

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REDIRECTS = (301, 302, 303, 307, 308)
BLOCKED = b"<html><h1>Your Request Originates from an Undeclared Automated Tool</h1></html>"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


def state(world: World, source: str = "one") -> SourceState:
    return world.app.storage.sources.states()[source]


def health(world: World, source: str = "one") -> Health:
    found = gathering.healths(world.app.storage, world.app.in_force, world.now)
    return next(h for h in found if h.source.id == source)


def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def port(base: str) -> int:
    return int(base.rsplit(":", 1)[1])


# ------------------------------------------------------------------ what may be asked


def test_fault_01_a_body_that_is_the_path_of_a_file_is_text(world: World) -> None:
    secret = world.folder / "secret.xml"
    secret.write_bytes(rss(post(1, "What the file says")))
    world.answers["one"] = str(secret).encode()
    assert set(world.poll().failed) == {"one"}
    assert world.count("items") == 0
    assert "What the file says" not in health(world).detail


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "source:file:///etc/passwd",
        "FILE:/etc/passwd",
        "gopher://news.test/1",
        "data:text/xml,<rss/>",
    ],
)
def test_fault_02_other_schemes_are_refused_when_written_and_when_fetched(url: str) -> None:
    sources, problems = catalogue.parse("sources.yaml", f"sources:\n  - id: a\n    url: '{url}'\n")
    assert (len(sources), [p.line for p in problems]) == (0, [3])
    with pytest.raises(Refused, match="only http and https"):
        fetch(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "0.0.0.0", "[::1]", "169.254.169.254", "10.0.0.1", "100.64.0.1", "2130706433"),
        *("0x7f.1", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
    ],
)
def test_fault_03_private_addresses_in_any_disguise_are_not_connected_to(host: str) -> None:
    with Raw(says(head("Content-Length: 0"))) as server:
        with pytest.raises(Refused, match="private or special"):
            fetch(f"http://{host}:{server.port}/", allow_private=())
        time.sleep(0.06)
        assert server.connections == 0


def test_fault_04_the_address_that_was_checked_is_the_one_connected_to() -> None:
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    with Web(always()) as web, Raw(says(head()), address="127.0.0.2") as inside:
        guard = Guard(HERE, lambda host, port: answers.pop(0))
        assert isinstance(fetch(f"http://rebind.test:{port(web.base)}/", guard=guard), Fetched)
        assert len(answers) == 1
        with pytest.raises(Refused, match=r"127\.0\.0\.2"):
            fetch(f"http://rebind.test:{inside.port}/", guard=guard)
        assert inside.connections == 0


def test_fault_05_a_name_with_a_public_and_a_private_address_is_refused() -> None:
    with Raw(says(head())) as server:
        guard = Guard(HERE, lambda host, port: ["127.0.0.1", "10.0.0.1"])
        with pytest.raises(Refused, match=r"10\.0\.0\.1"):
            fetch(f"http://both.test:{server.port}/", guard=guard)
        assert server.connections == 0


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize(
    "there", ["http://127.0.0.2/", "file:///etc/passwd", "http://user:hidden@news.test/"]
)
def test_fault_06_a_redirect_to_where_nobody_may_go_is_refused_at_that_hop(status: int, there: str) -> None:
    with Web(always(status, b"", Location=there)) as web:
        with pytest.raises(Refused) as caught:
            fetch(f"{web.base}/")
        assert len(web.asked) == 1
        assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://good.test/\\@127.0.0.1/",
        "http://good.test\\@127.0.0.1/",
        "http://good.test/\ta",
        "http://good.te\nst/",
    ],
)
def test_fault_07_an_address_that_parsers_read_differently_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="space, backslash or control"):
        fetch(url)


def test_fault_07_one_parser_decides_whose_address_it_is() -> None:
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["10.0.0.1"]

    with pytest.raises(Refused):
        fetch("http://good.test#@127.0.0.1/", guard=Guard(lookup=lookup))
    assert asked == ["good.test"]


@pytest.mark.parametrize(
    "next_place",
    [
        pytest.param(lambda n: "/one", id="to itself"),
        pytest.param(lambda n: f"/{n}", id="a chain"),
        pytest.param(lambda n: "/one?" + "q" * n, id="growing"),
    ],
)
def test_fault_08_redirects_without_end_stop_and_the_source_backs_off(
    world: World, next_place: Callable[[int], str]
) -> None:
    with Web(lambda path, headers: (302, {"Location": next_place(len(web.asked))}, b"")) as web:
        world.write("sources", f"sources:\n  - {{id: one, url: '{web.base}/one'}}\n")
        world.restart()
        assert "more than 5 redirects" in world.poll().failed["one"]
        assert len(web.asked) == 6
        first = state(world).next_poll
        world.poll()
        second = state(world).next_poll
    assert first is not None
    assert second is not None
    assert second - world.now == 2 * (first - (world.now - HOUR))


# ------------------------------------------------------------------ bodies


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", ", ".join(["gzip"] * 50)])
def test_fault_09_bombs_are_refused_in_bounded_memory_and_time(encoding: str) -> None:
    body = gzip.compress(bytes(100_000_000), 9)
    with Web(always(200, body, Content_Encoding=encoding)) as web:
        tracemalloc.start()
        started = time.monotonic()
        with pytest.raises(Refused, match=r"inflates|not asked for"):
            fetch(f"{web.base}/")
        took, (_, peak) = time.monotonic() - started, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert took < 5
    assert peak < 50_000_000


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(drips(head(), b"x" * 100, 0.001), id="endless"),
        pytest.param(drips(head(), b"x", 0.05), id="one byte at a time"),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n", 0.05), id="headers"),
        pytest.param(says(head("X-Big: " + "x" * 1_000_000)), id="a huge header"),
        pytest.param(drips(b"", b"", 0.05), id="silence"),
    ],
)
def test_fault_10_what_never_ends_is_cut_and_others_are_on_time(
    tmp_path: Path, talk: Callable[..., None]
) -> None:
    done: dict[str, float] = {}
    with Raw(talk) as endless, World(tmp_path) as world:
        world.answers["good"] = rss(post(1))
        urls = {"good": f"{world.web.base}/good", "bad": f"{endless.base}/"}
        world.write(
            "sources", "sources:\n" + "".join(f"  - {{id: {i}, url: '{u}'}}\n" for i, u in urls.items())
        )
        world.settings = world.settings.model_copy(
            update={"http": HttpSettings(allow_private=HERE, deadline=1.0)}
        )
        world.restart()
        started = time.monotonic()
        world.app.poll(
            world.app.storage,
            world.app.in_force.enabled(),
            done=lambda source: done.update({source.id: time.monotonic() - started}),
        )
        assert state(world, "bad").failures == 1
        assert state(world, "good").failures == 0
    assert done["good"] < 0.8
    assert done["bad"] < 3


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(head("Content-Length: 5000", 'ETag: "2"') + b"<rss/>", id="too short"),
        pytest.param(head("Transfer-Encoding: chunked", 'ETag: "2"') + b"fff\r\n<rss", id="cut"),
        pytest.param(
            head("Content-Encoding: gzip", 'ETag: "2"') + gzip.compress(rss(post(2)))[:-9],
            id="cut in the gzip",
        ),
    ],
)
def test_fault_11_a_body_that_is_not_whole_is_not_filed(world: World, answer: bytes) -> None:
    world.answers["one"] = (200, {"ETag": '"1"'}, rss(post(1)))
    world.poll()
    with Raw(says(answer)) as broken, pytest.raises(Unreachable):
        fetch(f"{broken.base}/")
    world.answers["one"] = (200, {"ETag": '"2"', "Content-Length": "100000"}, rss(post(2)))
    assert set(world.poll().failed) == {"one"}
    assert world.count("items") == 1
    assert state(world).validators.etag == '"1"'


def test_fault_11_what_comes_after_the_stated_length_is_no_part_of_the_body() -> None:
    with Raw(says(head("Content-Length: 4") + b"body and more")) as server:
        found = fetch(f"{server.base}/")
    assert isinstance(found, Fetched)
    assert found.document.body == b"body"


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><body><form action='/login'>Sign in</form></body></html>",
        b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
    ],
)
def test_fault_12_a_login_or_challenge_page_is_an_error_and_forgets_nothing(
    world: World, page: bytes
) -> None:
    world.serve(post(1))
    before = state(world)
    world.answers["one"] = page
    report = world.poll()
    assert (report.new, report.edited, report.alerts) == (0, 0, 0)
    assert health(world).status == "failing"
    assert "HTML page" in health(world).detail
    assert (world.count("items"), state(world).validators) == (1, before.validators)


@pytest.mark.parametrize("body", [pytest.param(b"", id="empty"), pytest.param(rss(), id="no entries")])
def test_fault_13_an_empty_answer_deletes_and_tells_nothing(world: World, body: bytes) -> None:
    world.serve(post(1))
    told = len(world.alerts)
    world.answers["one"] = body
    world.poll()
    assert (world.count("items"), len(world.alerts)) == (1, told)
    assert world.serve(post(1)).new == 0


# ------------------------------------------------------------------ validators


def test_fault_14_a_304_that_nobody_asked_for_is_an_error_and_then_all_is_asked_for(world: World) -> None:
    world.answers["one"] = (200, {}, rss(post(1)))
    world.poll()
    world.answers["one"] = (304, {}, b"")
    assert "304 although nothing was asked" in world.poll().failed["one"]
    world.answers["one"] = (200, {}, rss(post(1), post(2)))
    assert world.poll().new == 1
    assert not {"if-none-match", "if-modified-since"} & set(world.web.asked[-1][1])


@pytest.mark.parametrize("etag", ['W/"weak"', "unquoted", '"a,b", "c"'])
@pytest.mark.parametrize("modified", ["yesterday", "2026-03-02", "Mon, 02 Mar 2026 12:00:00 GMT"])
def test_fault_15_validators_go_back_byte_for_byte(world: World, etag: str, modified: str) -> None:
    world.answers["one"] = (200, {"ETag": etag, "Last-Modified": modified}, rss(post(1)))
    world.poll()
    world.answers["one"] = (304, {}, b"")
    world.restart()
    assert world.poll().unchanged == 1
    sent = world.web.asked[-1][1]
    assert (sent["if-none-match"], sent["if-modified-since"]) == (etag, modified)


def test_fault_16_validators_are_kept_in_the_transaction_of_the_entries(world: World) -> None:
    world.answers["one"] = (200, {"ETag": '"1"'}, rss(post(1)))
    world.app.storage.db.execute(
        "CREATE TRIGGER fault BEFORE UPDATE OF etag ON sources WHEN new.etag <> '' "
        "BEGIN SELECT RAISE(ABORT, 'fault'); END"
    )
    with pytest.raises(sqlite3.Error):
        world.poll()
    assert (world.count("items"), state(world).validators) == (0, Validators())
    world.app.storage.db.execute("DROP TRIGGER fault")
    world.restart()
    assert world.poll().new == 1
    assert "if-none-match" not in world.web.asked[-1][1]


# ------------------------------------------------------------------ hosts that have had enough


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        pytest.param("120", timedelta(seconds=120), timedelta(seconds=120), id="seconds"),
        pytest.param(
            format_datetime(NOON - 30 * DAY + HOUR, usegmt=True),
            HOUR,
            HOUR,
            id="a date by the server's clock",
        ),
        pytest.param("abc", FIRST_WAIT, FIRST_WAIT * 1.25, id="nonsense"),
        pytest.param("-5", FIRST_WAIT, FIRST_WAIT * 1.25, id="negative"),
        pytest.param("315360000", MAX_WAIT, MAX_WAIT, id="ten years"),
    ],
)
def test_fault_17_retry_after_is_obeyed_capped_and_shown(
    world: World, retry_after: str, least: timedelta, most: timedelta
) -> None:
    theirs = format_datetime(NOON - 30 * DAY, usegmt=True)

    def talk(connection: socket.socket, over: threading.Event) -> None:
        lines = ["HTTP/1.1 429 Slow", f"Date: {theirs}", f"Retry-After: {retry_after}", "Content-Length: 0"]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())

    with Raw(talk) as server:
        world.write("sources", f"sources:\n  - {{id: one, url: '{server.base}/', every: 1s}}\n")
        world.restart()
        report = world.poll()
        assert (report.failed, set(report.waiting)) == ({}, {"one"})
        found = state(world)
        assert found.next_poll is not None
        assert least <= found.next_poll - world.now <= most
        assert found.failures == 0
        shown = health(world)
        assert (shown.status, "answered 429" in shown.detail) == ("waiting", True)
        assert ("asked to wait 3650 days" in shown.detail) == (retry_after == "315360000")
        asked = server.connections
        world.now = found.next_poll - timedelta(seconds=1)
        assert not world.app.poll(world.app.storage).waiting
        assert server.connections == asked


def test_fault_18_a_host_backs_off_as_a_whole_and_others_are_not_affected(tmp_path: Path) -> None:
    names = [f"busy-{n}" for n in range(20)]
    with Web(always(503)) as busy, World(tmp_path) as world:
        world.answers["good"] = rss(post(1))
        entries = [f"  - {{id: {n}, url: '{busy.base}/{n}'}}" for n in names]
        entries.append(f"  - {{id: good, url: '{world.web.base}/good'}}")
        world.write("sources", "\n".join(["sources:", *entries]))
        world.restart()
        report = world.poll()
        assert len(busy.asked) == 1
        assert (report.new, report.failed, set(report.waiting)) == (1, {}, set(names))
        assert {health(world, n).status for n in names} == {"waiting"}
        assert "until 02 Mar 13:01 UTC: answered 503" in health(world, names[0]).detail
        assert health(world, "good").status == "ok"
        assert {state(world, n).failures for n in names} == {0}
        world.restart()  # what a host asked for outlives the process
        assert world.poll(later=timedelta(seconds=30)).polled == 1
        assert len(busy.asked) == 1
        world.poll()
        assert len(busy.asked) == 2


# ------------------------------------------------------------------ moving and going


def moved(world: World, *, status: int, to: str = "two") -> None:
    world.answers["one"] = (status, {"Location": f"/{to}"}, b"")
    world.answers[to] = rss(post(1))


def paths(world: World) -> list[str]:
    return [path for path, _ in world.web.asked]


def test_fault_19_a_move_that_is_taken_back_changes_nothing(world: World) -> None:
    moved(world, status=301)
    world.poll(later=2 * DAY)
    world.serve(post(1))
    moved(world, status=301)
    world.poll(later=2 * DAY)
    world.poll(later=DAY)
    world.web.asked.clear()
    world.poll()
    assert paths(world) == ["/one", "/two"]


@pytest.mark.parametrize("status", [301, 308])
def test_fault_19_a_move_that_holds_for_days_is_followed_once_and_noted(
    world: World, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    written = (world.directory / "sources.yaml").read_bytes()
    moved(world, status=status, to="two?key=word")
    world.answers["two?key=word"] = rss(post(1))
    for _ in range(3):
        assert not world.poll(later=DAY).failed
        assert health(world).detail == ""
    world.poll(later=DAY)
    world.web.asked.clear()
    world.restart()
    world.poll(later=DAY)
    world.poll(later=DAY)
    assert paths(world) == ["/two?key=word"] * 2
    assert health(world).status == "ok"
    assert health(world).detail == f"moved to {world.web.base}/two, and is asked there"
    assert [r.getMessage() for r in caplog.records if "moved to" in r.getMessage()] == [
        f"source one moved to {world.web.base}/two and is asked there"
    ]
    assert (world.directory / "sources.yaml").read_bytes() == written


@pytest.mark.parametrize("polls", [pytest.param(2, id="few polls"), pytest.param(12, id="few days")])
def test_fault_19_a_move_has_to_be_seen_often_and_for_days(world: World, polls: int) -> None:
    moved(world, status=301)
    for _ in range(polls):
        world.poll(later=4 * DAY if polls == 2 else HOUR)
    world.web.asked.clear()
    world.poll()
    assert paths(world) == ["/one", "/two"]


@pytest.mark.parametrize("status", [302, 303, 307])
def test_fault_19_a_redirect_for_now_is_never_kept(world: World, status: int) -> None:
    moved(world, status=status)
    for _ in range(6):
        world.poll(later=DAY)
    world.web.asked.clear()
    world.poll()
    assert paths(world) == ["/one", "/two"]


def test_fault_19_where_the_new_address_is_wrong_the_written_one_is_asked_again(world: World) -> None:
    moved(world, status=301)
    for _ in range(4):
        world.poll(later=DAY)
    world.answers["two"] = (410, {}, b"")
    world.poll(later=DAY)
    assert health(world).status == "failing"
    world.web.asked.clear()
    world.serve(post(1), post(2))
    assert paths(world) == ["/one"]


def test_fault_19_what_is_gone_is_polled_no_more_until_it_is_resumed_or_gets_another_address(
    world: World,
) -> None:
    world.serve(post(1))
    world.answers["one"] = (410, {}, b"")
    world.poll()
    shown = health(world)
    assert shown.status == "stopped"
    assert "answered 410 Gone, and is polled no more" in shown.detail
    assert "monitor sources resume one" in shown.detail
    world.web.asked.clear()
    world.restart()
    with world.app.storage.write():
        world.app.storage.sources.pause("one", paused=False)
    world.app.poll(world.app.storage)
    assert paths(world) == ["/one"], "resumed, and asked again at once"
    assert health(world).status == "stopped"
    world.now += 30 * DAY
    world.app.poll(world.app.storage)
    assert paths(world) == ["/one"]
    world.answers["elsewhere"] = rss(post(2, date=world.now))
    world.write("sources", f"sources:\n  - {{id: one, url: '{world.web.base}/elsewhere'}}\n")
    world.restart()
    world.app.poll(world.app.storage)
    assert health(world).status == "ok"


@pytest.mark.parametrize(("status", "times"), [(404, 1), (401, 4), (403, 4)])
def test_fault_19_what_is_denied_is_asked_less_often_than_what_is_missing(
    world: World, status: int, times: int
) -> None:
    world.answers["one"] = (status, {}, b"")
    for factor in (1, 2):
        world.poll()
        expected = world.source().every * times * factor
        assert state(world).next_poll == world.now + expected


def test_fault_19_no_secret_goes_where_another_origin_redirects_to() -> None:
    async def go(url: str, guard: Guard) -> object:
        request = Request(url, headers=(("X-Api-Key", "word"), ("Authorization", "word")))
        async with Fetcher(HttpSettings(allow_private=HERE), guard=guard) as http:
            return await http.fetch(request, Validators())

    with Web(always()) as other, Web(lambda path, asked: (308, {"Location": f"{other.base}/"}, b"")) as first:
        asyncio.run(go(f"{first.base}/", Guard(HERE)))
        assert first.asked[0][1]["x-api-key"] == "word"
        assert not {"x-api-key", "authorization"} & set(other.asked[0][1])


# ------------------------------------------------------------------ how often


def test_fault_20_a_restart_every_minute_asks_nobody_more_often(tmp_path: Path) -> None:
    every = {"five": 5, "half": 30, "day": 1440}
    with World(tmp_path, *every) as world:
        entries = [f"  - {{id: {n}, url: '{world.web.base}/{n}', every: {m}m}}" for n, m in every.items()]
        world.write("sources", "\n".join(["sources:", *entries]))
        world.answers = {"five": rss(post(1)), "half": (500, {}, b""), "day": rss(post(2))}
        for _ in range(60):
            world.restart()
            world.app.poll(world.app.storage)
            world.now += timedelta(minutes=1)
        asked = paths(world)
        assert (asked.count("/five"), asked.count("/half"), asked.count("/day")) == (12, 2, 1)


def test_fault_21_the_sec_is_asked_ten_times_a_second_at_most_by_all_jobs_together(tmp_path: Path) -> None:
    """Two processes of two threads each, over three of its hosts: sixty filings at once."""
    starts: list[float] = []
    settings = HttpSettings(allow_private=HERE, contact="desk@example.com", deadline=5.0)

    def handle(path: str, headers: dict[str, str]) -> Answer:
        starts.append(time.monotonic())
        return 200, {}, b"filing"

    def job(shared: Turns, place: int, number: int) -> None:
        async def go() -> None:
            async with Fetcher(settings, guard=Guard(HERE, here), shared=shared) as http:
                hosts = ("www", "data", "efts")
                urls = [f"http://{hosts[n % 3]}.sec.gov:{place}/{number}-{n}" for n in range(15)]
                await asyncio.gather(*(http.fetch(Request(url), Validators()) for url in urls))

        asyncio.run(go())

    with (
        Web(handle) as web,
        Storage(tmp_path / "db") as one,
        Storage(tmp_path / "db") as two,
        ThreadPoolExecutor(4) as threads,
    ):
        processes = [turns(settings, open_book=lambda: one), turns(settings, open_book=lambda: two)]
        jobs = [threads.submit(job, processes[n % 2], port(web.base), n) for n in range(4)]
        for finished in jobs:
            finished.result()
        agents = {headers["user-agent"] for _, headers in web.asked}
    starts.sort()
    assert len(starts) == 60
    assert max(sum(begin <= at < begin + 1 for at in starts) for begin in starts) <= 10
    assert all(agent.endswith("(+desk@example.com)") for agent in agents)


def test_fault_21_after_a_block_page_the_sec_is_left_alone_for_ten_minutes() -> None:
    settings = HttpSettings(allow_private=HERE, contact="desk@example.com")
    shared = turns(settings, clock=lambda: NOON)
    with Web(always(403, BLOCKED)) as web:
        url = f"http://{{}}.sec.gov:{port(web.base)}/"
        guard = Guard(HERE, here)
        with pytest.raises(HostWaits, match="do not say who we are") as caught:
            fetch(url.format("www"), guard=guard, shared=shared, contact="desk@example.com")
        assert caught.value.wait >= timedelta(minutes=10)
        with pytest.raises(HostWaits, match=r"sec\.gov is left alone"):
            fetch(url.format("data"), guard=guard, shared=shared, contact="desk@example.com")
        assert len(web.asked) == 1


# ------------------------------------------------------------------ what servers and feeds state


def channel(stated: str) -> bytes:
    return rss(post(1)).replace(
        b'<rss version="2.0"><channel>',
        b'<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        + stated.encode(),
    )


def skipped(hours: range) -> str:
    return "<skipHours>" + "".join(f"<hour>{h}</hour>" for h in hours) + "</skipHours>"


@pytest.mark.parametrize(
    ("stated", "headers", "wait"),
    [
        pytest.param("", {}, 30, id="nothing"),
        pytest.param("<ttl>0</ttl>", {}, 30, id="ttl 0"),
        pytest.param("<ttl>-5</ttl>", {}, 30, id="ttl negative"),
        pytest.param("<ttl>90</ttl>", {}, 90, id="ttl"),
        pytest.param("<ttl>999999</ttl>", {}, 1440, id="ttl of years"),
        pytest.param("<ttl>" + "9" * 300 + "</ttl>", {}, 1440, id="ttl without end"),
        pytest.param("<sy:updatePeriod>daily</sy:updatePeriod>", {}, 1440, id="period"),
        pytest.param(
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>12</sy:updateFrequency>",
            {},
            120,
            id="period and frequency",
        ),
        pytest.param(
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            {},
            30,
            id="frequency 0",
        ),
        pytest.param("<sy:updatePeriod>fortnightly</sy:updatePeriod>", {}, 30, id="period unknown"),
        # It is 13:00 UTC on a Monday.
        pytest.param(skipped(range(13, 16)), {}, 180, id="skipHours"),
        pytest.param(skipped(range(24)), {}, 1440, id="all hours"),
        pytest.param(skipped(range(13, 16)).replace("13", "99"), {}, 30, id="an hour that is none"),
        pytest.param("<skipDays><day>Monday</day></skipDays>", {}, 660, id="skipDays"),
        pytest.param("<skipDays><day>Monday</day><day>Tuesday</day></skipDays>", {}, 1440, id="two days"),
        pytest.param("", {"Cache-Control": "max-age=7200"}, 120, id="max-age"),
        pytest.param("", {"Cache-Control": "max-age=-1"}, 30, id="max-age negative"),
        pytest.param("", {"Cache-Control": "max-age=99999999"}, 1440, id="max-age of years"),
        pytest.param("<ttl>90</ttl>", {"Cache-Control": "max-age=3600"}, 90, id="the longer of two"),
    ],
)
def test_fault_22_what_is_stated_is_heeded_between_the_floor_and_the_cap(
    world: World, stated: str, headers: dict[str, str], wait: int
) -> None:
    world.answers["one"] = (200, headers, channel(stated))
    world.poll()
    assert state(world).next_poll == world.now + timedelta(minutes=wait)


def test_fault_22_what_a_feed_stated_holds_while_it_does_not_change(world: World) -> None:
    world.answers["one"] = channel("<ttl>90</ttl><skipDays><day>Sunday</day></skipDays>" + skipped(range(3)))
    world.poll()
    known = state(world).hints
    world.restart()
    assert world.poll().unchanged == 1
    assert state(world).hints == known
    assert state(world).next_poll == world.now + timedelta(minutes=90)


def test_no_error_shows_what_an_address_asks_for() -> None:
    said: list[str] = []
    with Web(always(302, b"", Location="http://127.0.0.2/?api_key=word")) as web:
        for url in (
            f"{web.base}/?api_key=word",
            "news.test?api_key=word",
            "http://none.invalid/?api_key=word",
        ):
            with pytest.raises(MonitorError) as caught:
                fetch(url, guard=Guard(HERE, lambda host, port: ["10.0.0.1"]))
            said.append(str(caught.value))
    assert not [text for text in said if "word" in text]
