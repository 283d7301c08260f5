"""What robots.txt lets us read, from the pure reading to the request that is not made."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from monitor.errors import HostWaits, MonitorError, Refused, Unreachable
from monitor.fetch import Fetched, HttpSettings, turns
from monitor.robots import MAX_DELAY, Robots, address
from monitor.storage import Storage
from tests.fakes import Answer, Web
from tests.webs import HERE, fetch

RULES = """
User-agent: OtherBot
Disallow: /news/archive/old

User-agent: *
Disallow: /news
Allow: /news/archive
Disallow: /search   # not for robots
Crawl-delay: 2
"""
SETTINGS = HttpSettings(allow_private=HERE)


def site(robots: Answer) -> Web:
    """A site whose pages say `page`, with this answer for its robots.txt."""
    return Web(lambda path, headers: robots if path == "/robots.txt" else (200, {}, b"page"))


def paths(web: Web) -> list[str]:
    return [path for path, _ in web.asked]


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/", ""),
        ("/news/1", "Disallow: /news"),
        ("/news/archive/1", ""),
        ("/news/archive/old", ""),
        ("/search?q=x", "Disallow: /search"),
        ("/robots.txt", ""),
    ],
)
def test_the_rule_that_forbids_a_page_is_named(path: str, rule: str) -> None:
    assert Robots.read(RULES).forbids(f"https://example.com{path}") == rule


def test_a_group_for_us_counts_instead_of_that_for_all() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: signalmonitor\nDisallow: /private\n"
    found = Robots.read(text)
    assert found.forbids("https://example.com/news") == ""
    assert found.forbids("https://example.com/private/1") == "Disallow: /private"


@pytest.mark.parametrize(
    "text", ["", "<html><body>Not found</body></html>", "\0\0\0", "Disallow: /", "a" * 500_000]
)
def test_what_is_no_rule_forbids_nothing(text: str) -> None:
    assert Robots.read(text).forbids("https://example.com/news") == ""


@pytest.mark.parametrize(
    ("written", "seconds"), [("2", 2.0), ("0.5", 0.5), ("999999999", MAX_DELAY), ("-1", 0.0), ("soon", 0.0)]
)
def test_a_crawl_delay_is_taken_up_to_a_minute(written: str, seconds: float) -> None:
    assert Robots.read(f"User-agent: *\nCrawl-delay: {written}\n").delay == seconds


def test_ten_thousand_rules_are_read_in_bounded_time() -> None:
    text = "User-agent: *\n" + "".join(f"Disallow: /p{n}/*/x$\n" for n in range(10_000)) + "Disallow: /news\n"
    started = time.monotonic()
    assert Robots.read(text).forbids("https://example.com/news/1").startswith("Disallow")
    assert time.monotonic() - started < 5


def test_where_a_robots_txt_is() -> None:
    assert address("https://example.com:8443/a/b?key=x") == "https://example.com:8443/robots.txt"


# ------------------------------------------------------------------ fetching


def test_a_forbidden_page_is_not_asked_and_the_rule_is_told() -> None:
    with site((200, {}, b"User-agent: *\nDisallow: /news\n")) as web:
        with pytest.raises(Refused, match=r"robots\.txt keeps robots from this page \(Disallow: /news\)"):
            fetch(f"{web.base}/news?key=word", page=True)
        assert paths(web) == ["/robots.txt"]


def test_feeds_are_made_for_robots_and_need_no_leave() -> None:
    with site((200, {}, b"User-agent: *\nDisallow: /\n")) as web:
        assert isinstance(fetch(f"{web.base}/feed.xml"), Fetched)
        assert paths(web) == ["/feed.xml"]


@pytest.mark.parametrize("status", [204, 401, 403, 404, 410])
def test_where_there_is_no_robots_txt_all_is_allowed(status: int) -> None:
    with site((status, {}, b"")) as web:
        assert isinstance(fetch(f"{web.base}/news", page=True), Fetched)


@pytest.mark.parametrize(
    ("status", "error"), [(500, Refused), (502, Refused), (503, HostWaits), (429, HostWaits)]
)
def test_where_robots_txt_is_out_of_order_its_pages_wait(status: int, error: type[MonitorError]) -> None:
    with site((status, {}, b"")) as web:
        with pytest.raises(error, match=str(status)):
            fetch(f"{web.base}/news", page=True)
        assert paths(web) == ["/robots.txt"]


def test_a_robots_txt_without_end_is_cut_and_its_pages_wait() -> None:
    with site((200, {}, b"# nothing\n" * 600_000)) as web, pytest.raises(Refused, match="cannot be read"):
        fetch(f"{web.base}/news", page=True)


def test_a_redirect_is_followed_only_to_a_page_that_may_be_read() -> None:
    def handle(path: str, headers: dict[str, str]) -> Answer:
        if path == "/robots.txt":
            return 200, {}, b"User-agent: *\nDisallow: /private\n"
        return 302, {"Location": "/private/1"}, b""

    with Web(handle) as web:
        with pytest.raises(Refused, match="Disallow: /private"):
            fetch(f"{web.base}/news", page=True)
        assert paths(web) == ["/robots.txt", "/news"]


def test_a_robots_txt_is_read_once_a_day_by_all_processes(tmp_path: Path) -> None:
    with site((200, {}, b"User-agent: *\nDisallow: /private\n")) as web, Storage(tmp_path / "db") as storage:
        for _ in range(2):  # each as a process of its own: only the database is common
            shared = turns(SETTINGS, open_book=lambda: storage)
            for path in ("a", "b"):
                fetch(f"{web.base}/{path}", page=True, shared=shared)
        assert paths(web) == ["/robots.txt", "/a", "/b", "/a", "/b"]
        storage.db.execute("UPDATE robots SET read = '2020-01-01T00:00:00+00:00'")
        fetch(f"{web.base}/c", page=True, shared=turns(SETTINGS, open_book=lambda: storage))
        assert paths(web)[-2:] == ["/robots.txt", "/c"]


def test_the_crawl_delay_is_kept_between_two_pages() -> None:
    with site((200, {}, b"User-agent: *\nCrawl-delay: 0.3\n")) as web:
        shared = turns(SETTINGS)
        fetch(f"{web.base}/a", page=True, shared=shared)
        started = time.monotonic()
        fetch(f"{web.base}/b", page=True, shared=shared)
        assert time.monotonic() - started >= 0.25


def test_a_robots_txt_out_of_reach_is_as_the_host_is() -> None:
    with site((200, {}, b"")) as web:
        closed = web.base
    with pytest.raises(Unreachable, match="no connection"):
        fetch(f"{closed}/news", page=True)
