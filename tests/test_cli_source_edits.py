"""Adding sources by address, and lists of feeds in and out, with a local server for the sites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import discover
from monitor.errors import Unreadable
from monitor.request import Document
from tests import rules
from tests.desk import Desk
from tests.fakes import NOON, Answer, Web
from tests.test_listing import AFTER, FLAT, MARKUP, shell

CATALOGUE = Path("watchlists/sources.yaml")
FEED = rules.rss(("one", "Rare earth loan approved"), ("two", "Magnet plant opens"), text="Details.")


class Site:
    """A site whose pages are by path; anything else is not found."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.web = Web(self._answer)

    def _answer(self, path: str, headers: dict[str, str]) -> Answer:
        body = self.pages.get(path)
        return (404, {}, b"") if body is None else (200, {"Content-Type": "text/html; charset=utf-8"}, body)

    def put(self, path: str, body: str | bytes) -> str:
        """Put a document there; answers its address."""
        self.pages[path] = body if isinstance(body, bytes) else body.encode()
        return f"{self.web.base}{path}"

    @property
    def asked(self) -> list[str]:
        return [path for path, _ in self.web.asked if path != "/robots.txt"]


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with made.web:
        yield made


def listed(desk: Desk) -> dict[str, Any]:
    return {row["source"]["id"]: row["source"] for row in desk.json("sources", "list", "--all")}


# ------------------------------------------------------------------ add


def test_a_feed_is_shown_and_added_at_the_end_of_the_file(desk: Desk, site: Site) -> None:
    before = CATALOGUE.read_text("utf-8")
    url = site.put("/trade/rss.xml", FEED)
    said = desk.run("sources", "add", url, "--id", "trade", "--tier", "1", stdin="y\n").stdout
    assert "Rare earth loan approved" in said
    after = CATALOGUE.read_text("utf-8")
    assert after.startswith(before.rstrip("\n"))
    assert "  - id: trade\n" in after
    source = listed(desk)["trade"]
    assert (source["kind"], source["url"], source["tier"], source["name"]) == ("feed", url, 1, "News")
    desk.run("sources", "check", "trade")


def test_it_asks_before_it_adds_and_no_means_no(desk: Desk, site: Site) -> None:
    before = CATALOGUE.read_bytes()
    said = desk.run("sources", "add", site.put("/rss.xml", FEED), stdin="n\n", code=1).stderr
    assert "Add this?" in said
    assert "nothing was added" in said
    assert CATALOGUE.read_bytes() == before


def test_the_feed_that_a_page_names_is_found_and_that_of_comments_is_not(desk: Desk, site: Site) -> None:
    site.put("/feeds/comments", FEED)
    right = site.put("/feeds/all", FEED)
    head = (
        "<link rel=alternate type=application/rss+xml title='Comments' href=/feeds/comments>"
        "<link rel='alternate' type='application/rss+xml; charset=utf-8' title=News href=/feeds/all>"
    )
    (row,) = desk.json("sources", "add", site.put("/news", head + AFTER), "--yes")
    assert row["source"]["url"] == right
    assert [item["title"] for item in row["items"]] == ["Rare earth loan approved", "Magnet plant opens"]
    assert row["edit"] == 1


def test_a_feed_at_a_usual_place_is_found(desk: Desk, site: Site) -> None:
    url = site.put("/news/feed/", FEED)
    (row,) = desk.json("sources", "add", site.put("/news", shell("<p>Hello.</p>")), "--yes")
    assert row["source"]["url"] == url


def test_a_page_without_a_feed_is_read_with_the_selector_of_its_entries(desk: Desk, site: Site) -> None:
    url = site.put("/news", AFTER)
    said = desk.run("sources", "add", url, "--id", "agency", "--yes").stdout
    assert "Board approves loan for magnet plant" in said
    assert "    row: ul.txtList > li\n" in CATALOGUE.read_text("utf-8")
    assert len(site.asked) == 4  # the page, and three usual places
    (checked,) = desk.json("sources", "check", "agency")
    assert (checked["ok"], checked["items"]) == (True, 2)


def test_a_page_that_no_simple_selector_fits_is_read_by_its_dates(desk: Desk, site: Site) -> None:
    said = desk.run("sources", "add", site.put("/news", FLAT), "--yes").stdout
    assert "found by their dates" in said
    assert "row:" not in CATALOGUE.read_text("utf-8")


def test_the_page_itself_is_read_if_that_is_asked_for(desk: Desk, site: Site) -> None:
    site.put("/news/feed/", FEED)
    (row,) = desk.json("sources", "add", site.put("/news", AFTER), "--listing")
    assert row["source"]["kind"] == "listing"
    assert site.asked == ["/news"]


def test_for_a_script_nothing_is_asked_and_nothing_added_without_yes(desk: Desk, site: Site) -> None:
    before = CATALOGUE.read_bytes()
    (row,) = desk.json("sources", "add", site.put("/rss.xml", FEED))
    assert row["edit"] is None
    assert row["source"]["kind"] == "feed"
    assert CATALOGUE.read_bytes() == before


def test_what_is_said_of_a_source_is_taken_as_given(desk: Desk, site: Site) -> None:
    options = ("--id", "x", "--name", "A name", "--tier", "2", "--lang", "zh", "--zone", "Asia/Shanghai")
    (row,) = desk.json("sources", "add", site.put("/rss.xml", FEED), *options)
    said = row["source"]
    assert [said[key] for key in ("id", "name", "tier", "lang", "zone")] == [
        "x",
        "A name",
        2,
        "zh",
        "Asia/Shanghai",
    ]


@pytest.mark.parametrize(
    "wrong", [("--id", "Not An Id"), ("--lang", "english"), ("--zone", "Mars/Base")], ids=lambda pair: pair[0]
)
def test_what_cannot_be_said_of_a_source_is_refused(desk: Desk, site: Site, wrong: tuple[str, str]) -> None:
    before = CATALOGUE.read_bytes()
    assert (
        "cannot be a source"
        in desk.run("sources", "add", site.put("/f", FEED), *wrong, "--yes", code=1).stderr
    )
    assert CATALOGUE.read_bytes() == before


def test_an_address_that_is_there_already_is_told(desk: Desk) -> None:
    said = desk.run("sources", "add", f"{desk.base}/wire/", "--yes", code=1).stderr
    assert "is in the catalogue already, as 'wire'" in said


def test_an_id_that_is_taken_is_refused(desk: Desk, site: Site) -> None:
    assert (
        "'wire' appears twice"
        in desk.run("sources", "add", site.put("/f", FEED), "--id", "wire", "--yes", code=1).stderr
    )


@pytest.mark.parametrize("body", [b"", b"Sorry.", b"<html><body><p>Drawn by script.</body></html>"])
def test_an_address_where_nothing_can_be_read_says_so(desk: Desk, site: Site, body: bytes) -> None:
    assert "no feed was found" in desk.run("sources", "add", site.put("/news", body), "--yes", code=1).stderr


def test_an_address_that_may_not_be_asked_is_refused(desk: Desk) -> None:
    assert "10.0.0.1" in desk.run("sources", "add", "http://10.0.0.1/", "--yes", code=1).stderr


def test_what_was_added_can_be_taken_back(desk: Desk, site: Site) -> None:
    before = CATALOGUE.read_bytes()
    desk.run("sources", "add", site.put("/rss.xml", FEED), "--yes")
    desk.run("watchlists", "revert", "1")
    assert CATALOGUE.read_bytes() == before


def test_comments_and_layout_stay_with_a_blank_line_where_there_are_some(desk: Desk, site: Site) -> None:
    text = f"# mine\nsources:\n\n  # wires\n  - id: wire  # 1\n    url: {desk.base}/wire\n\n  - id: press\n"
    CATALOGUE.write_text(f"{text}    url: {desk.base}/press\n# the end\n", "utf-8")
    desk.run("sources", "add", site.put("/rss.xml", FEED), "--id", "new", "--yes")
    lines = CATALOGUE.read_text("utf-8")
    assert lines.startswith(f"{text}    url: {desk.base}/press\n\n  - id: new\n    name: News\n")
    assert lines.endswith("# the end\n")


@given(st.binary(max_size=300) | MARKUP.map(str.encode) | MARKUP.map(lambda text: f"<rss>{text}".encode()))
def test_whatever_stands_at_an_address_is_a_source_or_unreadable(body: bytes) -> None:
    document = Document(body, {}, "https://site.example.cn/news/")
    assert len(discover.feeds_of(document)) <= discover.MAX_NAMED
    try:
        found = discover.identify(document, {"site-example"}, NOON)
    except Unreadable:
        return
    assert found.entries
    assert (found.source.id, found.source.zone, found.source.country) == (
        "site-example-2",
        "Asia/Shanghai",
        "CN",
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.miti.gov.my/news/", ("miti", 1, "MY", "Asia/Kuala_Lumpur")),
        ("https://ustr.gov/rss.xml", ("ustr", 1, "US", "America/New_York")),
        ("https://news.example.co.uk/mining/feed", ("news-example-mining", 3, "GB", "Europe/London")),
        ("https://ec.europa.eu/trade", ("ec-europa-trade", 1, "EU", "Europe/Brussels")),
        ("http://127.0.0.1:8000/", ("127-0-0", 3, "", "UTC")),
    ],
)
def test_an_address_gives_away_who_is_behind_it(url: str, expected: tuple[str, int, str, str]) -> None:
    made = discover.guessed(url, "", "", ())
    assert (made.id, made.tier, made.country, made.zone) == expected


# ------------------------------------------------------------------ OPML


def opml(*outlines: str) -> bytes:
    inside = "".join(outlines)
    return f"<opml version='2.0'><body><outline text='Mining'>{inside}</outline></body></opml>".encode()


def outline(url: str, text: str) -> str:
    return f"<outline text='{text}' xmlUrl='{url}'/>"


def test_the_feeds_of_a_list_are_added_and_those_that_are_there_told(desk: Desk, site: Site) -> None:
    first, second = site.put("/a", FEED), f"{site.web.base}/b"
    Path("feeds.opml").write_bytes(
        opml(
            outline(first, "A"),
            outline(f"{desk.base}/wire", "W"),
            outline(second, "B"),
            outline(f"{first}/", "A again"),
        )
    )
    result = desk.run("sources", "import", "feeds.opml", "--yes", "--tier", "2")
    assert result.stderr.count("left out: ") == 2
    assert "is there already, as 'wire'" in result.stderr
    added = {source["url"]: source for source in listed(desk).values()}
    assert (added[first]["name"], added[first]["tier"]) == ("A", 2)
    assert added[second]["note"] == "In the list it came from: Mining."
    assert result.stdout.endswith("To take it back: monitor watchlists revert 1\n")


def test_a_list_that_is_checked_leaves_out_what_is_no_feed(desk: Desk, site: Site) -> None:
    good, page, gone = site.put("/a", FEED), site.put("/page", AFTER), f"{site.web.base}/gone"
    Path("feeds.opml").write_bytes(opml(*(outline(url, "X") for url in (good, page, gone))))
    result = desk.run("sources", "import", "feeds.opml", "--check", "--yes")
    assert f"left out: {page}: is a page, not a feed" in result.stderr
    assert f"left out: {gone}: answered 404" in result.stderr
    assert {good, page, gone} & {source["url"] for source in listed(desk).values()} == {good}


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"<opml/>", "nothing to add"), (b"<rss/>", "not OPML"), (b"no list", "not well-formed")],
)
def test_a_list_with_nothing_to_add_says_so(desk: Desk, body: bytes, said: str) -> None:
    Path("feeds.opml").write_bytes(body)
    assert said in desk.run("sources", "import", "feeds.opml", "--yes", code=1).stderr


def test_for_a_script_a_list_is_shown_and_added_with_yes_only(desk: Desk, site: Site) -> None:
    Path("feeds.opml").write_bytes(opml(outline(site.put("/a", FEED), "A")))
    (row,) = desk.json("sources", "import", "feeds.opml")
    assert (row["name"], row["kind"]) == ("A", "feed")
    assert len(listed(desk)) == 2
    (saved,) = desk.json("sources", "import", "feeds.opml", "--yes")
    assert saved["file"] == "sources.yaml"
    assert len(listed(desk)) == 3


def test_the_feeds_that_are_polled_are_exported_and_come_back_as_they_were(desk: Desk) -> None:
    desk.run("sources", "export", "out.opml")
    assert desk.run("sources", "export").stdout.encode() == Path("out.opml").read_bytes()
    assert "nothing to add" in desk.run("sources", "import", "out.opml", "--yes", code=1).stderr
    CATALOGUE.write_text("sources:\n  - id: other\n    url: https://other.example.com/feed\n", "utf-8")
    desk.run("sources", "import", "out.opml", "--yes")
    assert {source["url"] for source in listed(desk).values()} >= {f"{desk.base}/wire", f"{desk.base}/press"}


def test_the_json_of_an_import_is_a_line_for_each(desk: Desk, site: Site) -> None:
    Path("feeds.opml").write_bytes(
        opml(outline(site.put("/a", FEED), "A"), outline(site.put("/b", FEED), "B"))
    )
    lines = desk.run("sources", "import", "feeds.opml", "--json").stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["A", "B"]
