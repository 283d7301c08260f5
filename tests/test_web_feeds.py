"""The feeds for feed readers: sound whatever an outlet says, and the same until something is new."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import atom
from monitor.atom import ATOM, Feed
from tests import rules
from tests.fakes import NOON, an_alert
from tests.outbox import Bench
from tests.rules import MAGNETS
from tests.webpages import PASSWORD, Pages

HOSTILE = '"><script>alert(1)</script>&]]>'
DESK = "https://signals.example.com/desk"
ALL = Feed("today", "Signal Monitor", DESK, "today")


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "monitor.db", rules={"magnets.yaml": MAGNETS})


def file(pages: Pages, *numbers: int, watchlist: str = "magnets", title: str = "A loan") -> None:
    bench = Bench(pages.path)
    bench.file(*numbers, watchlist=watchlist, title=title)
    bench.storage.close()


def entries(body: bytes) -> list[ET.Element]:
    return ET.fromstring(body).findall(f"{{{ATOM}}}entry")


def text(entry: ET.Element, name: str) -> str:
    return entry.findtext(f"{{{ATOM}}}{name}") or ""


# ------------------------------------------------------------------ what it says


def test_a_feed_tells_what_an_alert_tells() -> None:
    alert = an_alert(1, news=("2026-12-01 approval",), who=("EXIM",))
    found = feedparser.parse(atom.feed(ALL, [alert]))
    assert not found.bozo
    assert (found.version, found.feed.title) == ("atom10", "Signal Monitor")
    (entry,) = found.entries
    assert (entry.title, entry.link) == ("EXIM approves loan 1", "https://example.com/1")
    assert entry.summary.startswith("First report · board approval. score 82 of 100 (alert from 60): US len")
    assert "Words: EXIM, loan" in entry.content[0].value
    assert "New: 1 Dec 2026 approval" in entry.content[0].value
    links = {one.rel: one.href for one in entry.links}
    assert links == {"alternate": "https://example.com/1", "related": f"{DESK}/stories/story-1"}
    assert entry.author == "Source 1"


def test_nothing_leads_to_pages_that_nobody_reaches() -> None:
    (entry,) = entries(atom.feed(Feed("today", "Signal Monitor"), [an_alert(1)]))
    assert [one.get("rel") for one in entry.findall(f"{{{ATOM}}}link")] == ["alternate"]


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "data:text/html,x"])
def test_a_link_that_is_none_is_left_out(link: str) -> None:
    (entry,) = entries(atom.feed(ALL, [an_alert(1, link=link)]))
    links = [(one.get("rel"), one.get("href")) for one in entry.findall(f"{{{ATOM}}}link")]
    assert links == [("alternate", f"{DESK}/stories/story-1")]


def test_an_entry_keeps_its_id_whatever_else_there_is() -> None:
    (alone,) = entries(atom.feed(ALL, [an_alert(1)]))
    many = entries(atom.feed(Feed("watchlist x", "X"), [an_alert(2), an_alert(1, title="Another")]))
    assert text(alone, "id") == text(many[1], "id") == "urn:uuid:5f54f540-9d3d-59f0-b318-a703b944447f"
    assert text(many[0], "id") != text(many[1], "id")


def test_a_feed_says_when_something_was_last_new() -> None:
    alerts = [an_alert(1, created=NOON), an_alert(2, created=NOON + timedelta(hours=1))]
    assert text(ET.fromstring(atom.feed(ALL, alerts)), "updated") == "2026-03-02T13:00:00Z"
    assert text(ET.fromstring(atom.feed(ALL, [])), "updated") == "1970-01-01T00:00:00Z"


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_an_outlet_says_the_feed_is_sound(title: str, words: str) -> None:
    alert = an_alert(1, title=title, watchlist=words, source_name=words, hits=(words,), excerpt=title)
    (entry,) = entries(atom.feed(Feed(words, title, DESK, "today"), [alert]))
    assert len(list(entry)) == 10
    kept = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", title)
    assert text(entry, "title") == (re.sub("\r\n?", "\n", kept) if title else "(without a title)")


# ------------------------------------------------------------------ as it is served


def test_each_watchlist_has_a_feed_of_its_own(pages: Pages) -> None:
    file(pages, 1, title=HOSTILE)
    file(pages, 2, watchlist="other")
    answer = pages.get("/watchlists/magnets.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    assert [text(one, "title") for one in entries(answer.content)] == [HOSTILE]
    assert b"<script>" not in answer.content
    assert len(entries(pages.get("/today.atom").content)) == 2


def test_the_newest_fifty_are_told(pages: Pages) -> None:
    file(pages, *range(1, 52))
    assert len(entries(pages.get("/today.atom").content)) == 50


@pytest.mark.parametrize("name", ["cats", "..", HOSTILE])
def test_there_is_none_of_a_watchlist_that_there_is_not(pages: Pages, name: str) -> None:
    assert pages.get(f"/watchlists/{name}.atom").status_code == 404


def test_a_reader_that_has_it_is_told_so(pages: Pages) -> None:
    file(pages, 1)
    first = pages.get("/watchlists/magnets.atom")
    tag = first.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = pages.get("/watchlists/magnets.atom", If_None_Match=sent)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert pages.get("/watchlists/magnets.atom", If_None_Match='"other"').status_code == 200
    file(pages, 2)
    assert pages.get("/watchlists/magnets.atom", If_None_Match=tag).status_code == 200


def test_the_pages_lead_to_the_feeds(pages: Pages) -> None:
    rules.write(pages.path.parent / "watchlists", {})
    text = pages.get("/watchlists/magnets").text
    link = '<link rel="alternate" type="application/atom+xml" title="{}" href="{}">'
    assert link.format("All alerts", "../today.atom") in text
    assert "watchlists/magnets.atom" in text


def test_a_feed_is_for_those_who_are_let_in(tmp_path: Path) -> None:
    locked = Pages(tmp_path / "monitor.db", password=PASSWORD)
    assert locked.get("/today.atom").status_code in (303, 401)
