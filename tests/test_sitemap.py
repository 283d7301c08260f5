"""Site maps: news maps, plain ones, indexes, packed ones, the past by months, and what means harm."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import xmltree
from monitor.catalogue import parse
from monitor.entries import MAX_ENTRIES
from monitor.errors import Unreadable
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Span
from monitor.sources import KINDS, sitemap
from tests.webs import World

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
URL = "https://wire.example.com/sitemap.xml"
SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def a_sitemap(**keys: str) -> Source:
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    (source,), problems = parse(
        "sources.yaml", f"sources:\n  - id: it\n    kind: sitemap\n    url: {URL}\n{lines}"
    )
    assert not problems
    return source


def read(body: str | bytes, **keys: str) -> Reading:
    raw = body if isinstance(body, bytes) else body.encode()
    return sitemap.read(Document(raw, {}, URL), a_sitemap(**keys), NOW)


def place(link: str, changed: str = "", more: str = "") -> str:
    said = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{link}</loc>{said}{more}</url>"


def urlset(*places: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {SCHEMA} {NEWS}>{"".join(places)}</urlset>'


def index(*maps: tuple[str, str]) -> str:
    said = "".join(f"<sitemap><loc>{link}</loc>{changed}</sitemap>" for link, changed in maps)
    return f"<sitemapindex {SCHEMA}>{said}</sitemapindex>"


def test_a_news_map_gives_title_time_and_keywords() -> None:
    news = (
        "<news:news><news:publication><news:name>Wire</news:name><news:language>en</news:language>"
        "</news:publication><news:publication_date>2026-11-24T09:30:00-05:00</news:publication_date>"
        "<news:title>Magnet maker &amp; miner sign a deal</news:title>"
        "<news:keywords>magnets</news:keywords></news:news>"
    )
    (entry,) = read(urlset(place("https://wire.example.com/a", "2026-11-25", news))).entries
    assert (entry.title, entry.text, entry.link) == (
        "Magnet maker & miner sign a deal",
        "magnets",
        "https://wire.example.com/a",
    )
    assert entry.published == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


def test_a_plain_map_gives_the_words_of_the_address_and_the_newest_first() -> None:
    old = place("https://w.example.com/2026/11/01/en/plant-opens-in-texas.html", "2026-11-01")
    new = place("https://w.example.com/news-release/7/en/loan_for_magnets", "2026-11-24T10:00:00Z")
    entries = read(urlset(old, new)).entries
    assert [(e.title, e.published and e.published.day) for e in entries] == [
        ("Loan for magnets", 24),
        ("Plant opens in texas", 1),
    ]


def test_only_addresses_that_match_are_read() -> None:
    entries = read(
        urlset(place("https://w.example.com/en/a"), place("https://w.example.com/fr/b")), only="/en/"
    ).entries
    assert [e.link for e in entries] == ["https://w.example.com/en/a"]


def test_a_map_packed_with_gzip_is_unpacked() -> None:
    assert len(read(gzip.compress(urlset(place("https://w.example.com/a")).encode())).entries) == 1


def test_of_a_large_map_the_newest_are_read_and_the_others_told() -> None:
    many = (
        place(f"https://w.example.com/release-{n}", f"2026-11-{1 + n % 24:02}")
        for n in range(MAX_ENTRIES + 50)
    )
    reading = read(urlset(*many))
    assert len(reading.entries) == MAX_ENTRIES
    assert reading.entries[0].published == datetime(2026, 11, 24, tzinfo=UTC)
    assert reading.set_aside == (f"50 entries after the first {MAX_ENTRIES}",)


# ------------------------------------------------------------------ indexes


def test_an_index_leads_to_the_maps_that_changed_last() -> None:
    dated = [(f"/map-{n}.xml", f"<lastmod>2026-11-{n:02}</lastmod>") for n in (3, 24, 7)]
    reading = read(index(*dated))
    assert [r.url for r in reading.more] == [f"https://wire.example.com/map-{n}.xml" for n in (24, 7)]


def test_an_index_without_dates_leads_to_the_maps_whose_names_come_last() -> None:
    named = [(f"https://w.example.com/2026-{month:02}.xml.gz", "") for month in (11, 9, 10)]
    named.append(("https://w.example.com/videos.xml", ""))
    reading = read(index(*named), maps="'/2026-'")
    assert [r.url[-13:] for r in reading.more] == ["/2026-11.xml.gz"[-13:], "/2026-10.xml.gz"[-13:]]


def test_an_index_without_a_map_that_is_wanted_is_told() -> None:
    with pytest.raises(Unreadable, match="look at 'maps'"):
        read(index(("https://w.example.com/a.xml", "")), maps="news")


def test_a_poll_follows_the_index_to_its_maps(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.write("sources", f"sources:\n  - {{id: one, kind: sitemap, url: '{world.web.base}/one'}}\n")
        world.restart()
        world.answers["one"] = index((f"{world.web.base}/map.xml.gz", "")).encode()
        world.answers["map.xml.gz"] = gzip.compress(
            urlset(place("https://w.example.com/rare-earth-loan")).encode()
        )
        report = world.poll()
        assert (report.new, report.failed) == (1, {})


# ------------------------------------------------------------------ the past


def test_the_past_is_asked_month_by_month() -> None:
    source = a_sitemap(page="'https://wire.example.com/{year}-{month}.xml'")
    span = Span(datetime(2025, 12, 20, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC))
    asked = [sitemap.past(source, span, number, Asking(NOW)) for number in range(4)]
    assert [a and a.url[-11:] for a in asked] == ["2026-02.xml", "2026-01.xml", "2025-12.xml", None]
    assert sitemap.past(a_sitemap(), span, 0, Asking(NOW)) is None
    assert KINDS["sitemap"].page is sitemap.past


# ------------------------------------------------------------------ what is none, and what means harm

BOMB = '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE u [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b"", "not well-formed", id="empty"),
        pytest.param(b"<html><body>Sorry</body></html>", "begins with <html>", id="a page"),
        pytest.param(b"<urlset><url><loc>https://a.example/</loc>", "not well-formed", id="cut off"),
        pytest.param(f"{BOMB}<urlset>&b;</urlset>".encode(), "document type", id="entities"),
        pytest.param(f"{FILE}<urlset>&f;</urlset>".encode(), "document type", id="a file"),
        pytest.param(b"<urlset>&undefined;</urlset>", "not well-formed", id="an entity of nobody"),
        pytest.param(b"<a>" * 100_000, "nests more than 50", id="elements in each other"),
        pytest.param(b"<urlset>" + b"<url/>" * 450_000, "more than 400,000 elements", id="too many"),
        pytest.param(b"\x1f\x8bnot gzip at all", "broken", id="no gzip"),
        pytest.param(gzip.compress(b"<urlset/>")[:-6], "broken", id="gzip cut off"),
        pytest.param(gzip.compress(bytes(51_000_000)), "inflates to more than", id="gzip without end"),
        pytest.param(b'<?xml version="1.0" encoding="gb2312"?><urlset/>', "cannot be read", id="encoding"),
    ],
)
def test_what_is_no_site_map_is_unreadable(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as caught:
        read(body)
    assert caught.value.subject == "it"


def test_a_map_that_is_empty_for_now_is_no_fault() -> None:
    assert read(urlset()) == Reading(())


@given(
    st.binary(max_size=100)
    | st.lists(
        st.sampled_from(
            ["<urlset>", "</urlset>", "<url>", "</url>", "<loc>", "</loc>", "https://a.example/x"]
        )
    ).map(lambda parts: "".join(parts).encode())
)
def test_whatever_comes_is_read_or_unreadable(body: bytes) -> None:
    try:
        read(body)
    except Unreadable:
        return


def test_a_tree_within_its_bounds_is_given_whole() -> None:
    root = xmltree.parse(b"<a xmlns='x'><B>text</B></a>")
    assert [xmltree.name(e) for e in root.iter()] == ["a", "b"]


@pytest.mark.parametrize(
    ("keys", "said"), [("page: https://a.example/{n}", "{year}"), ("only: '('", "not a pattern")]
)
def test_a_mistake_in_the_keys_is_told(keys: str, said: str) -> None:
    _, (problem,) = parse(
        "sources.yaml", f"sources:\n  - id: it\n    kind: sitemap\n    url: {URL}\n    {keys}\n"
    )
    assert said in str(problem)
