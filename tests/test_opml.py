"""OPML in and out: nested outlines, categories, and files that mean harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import discover, opml
from monitor.errors import Unreadable
from monitor.opml import Outline
from tests.fakes import NOON, a_source

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Feeds</title></head><body>
  <outline text="Trade"><outline text="United States">
    <outline type="rss" text="USTR" xmlUrl="https://ustr.example.gov/rss.xml" language="en-us"/>
  </outline></outline>
  <outline title="Wire &amp; press" xmlUrl="https://wire.example.com/feed" category="/Mining/Wire,/Other"/>
  <outline text="A folder of nothing"/>
  <outline text="No feed" xmlUrl="javascript:alert(1)"/>
  <outline text="Not polled" htmlUrl="https://site.example.com/"/>
</body></opml>
"""


def test_feeds_are_read_with_their_folders_and_categories() -> None:
    assert opml.read(LIST.encode()) == [
        Outline("https://ustr.example.gov/rss.xml", "USTR", "en-us", ("Trade", "United States")),
        Outline("https://wire.example.com/feed", "Wire & press", "", ("Mining", "Wire")),
    ]


def test_what_is_written_is_read_back() -> None:
    sources = [
        a_source(
            1, name="Ministry <of> trade & mines", url="https://m.example.gov/rss?a=1&b=2", tier=1, lang="zh"
        ),
        a_source(2, name="Press", url="https://press.example.com/feed", tier=4),
    ]
    assert opml.read(opml.write(sources, NOON)) == [
        Outline(
            "https://m.example.gov/rss?a=1&b=2", "Ministry <of> trade & mines", "zh", ("Primary sources",)
        ),
        Outline("https://press.example.com/feed", "Press", "en", ("General press",)),
    ]


def test_a_feed_of_a_list_becomes_a_source_with_its_folder_in_a_note() -> None:
    first, second = (discover.from_outline(one, ()) for one in opml.read(LIST.encode()))
    assert (first.id, first.tier, first.country, first.zone) == ("ustr-example", 1, "US", "America/New_York")
    assert (first.lang, first.note) == ("en", "In the list it came from: Trade / United States.")
    assert (second.name, second.tier, second.zone) == ("Wire & press", 3, "UTC")


def test_the_folders_that_we_write_are_tiers_again_and_no_note() -> None:
    back = [
        discover.from_outline(one, ())
        for one in opml.read(opml.write([a_source(1, url="https://e.example/", tier=2)], NOON))
    ]
    assert [(one.tier, one.note) for one in back] == [(2, "")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b"", "not well-formed", id="empty"),
        pytest.param(b"<rss version='2.0'><channel/></rss>", "not OPML: it begins with <rss>", id="a feed"),
        pytest.param(b"<opml><body><outline></body></opml>", "not well-formed", id="broken"),
        pytest.param(b"<opml>" + b"<outline text='a'>" * 1000, "nests more than", id="folders in each other"),
        pytest.param(
            b"<!DOCTYPE o [<!ENTITY a 'b'>]><opml><body><outline text='&a;'/></body></opml>",
            "document type",
            id="entities",
        ),
        pytest.param(
            b"<opml>" + b"<outline xmlUrl='https://e.example/'/>" * 10_001 + b"</opml>",
            "split it",
            id="too many",
        ),
    ],
)
def test_what_is_no_list_is_unreadable(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        opml.read(body)


@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: f"<opml><outline text='{text}'/></opml>".encode())
)
def test_whatever_comes_is_read_or_unreadable(body: bytes) -> None:
    try:
        opml.read(body)
    except Unreadable:
        return
