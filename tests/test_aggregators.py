"""News by aggregators, as feeds: whose headline it is, where it leads, which story it belongs to."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import quote

from monitor import stories
from monitor.catalogue import parse
from tests.kinds import KindWorld, a_kind, only, read

SHIPPED = Path(__file__).parent.parent / "watchlists" / "sources.yaml"
FEED = "kind: feed\nurl: https://news.google.com/rss/search?q=x"
TOKEN = "https://news.google.com/rss/articles/CBMiT0FVX3lxTE9wYXF1ZXRva2Vu?oc=5"
HEADLINE = "Blue Mesa wins a loan for its rare earth plant"


def google() -> bytes:
    text = (
        f'<a href="{TOKEN}" target="_blank">{HEADLINE}</a>&nbsp;&nbsp;<font color="#6f6f6f">The Daily</font>'
    )
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>"x" - Google News</title>'
        f"<item><title>{HEADLINE} - The Daily</title><link>{TOKEN}</link>"
        '<guid isPermaLink="false">CBMi</guid>'
        f"<pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate><description>{escape(text)}</description>"
        '<source url="https://daily.example">The Daily</source></item></channel></rss>'
    ).encode()


def bing(*pages: str) -> bytes:
    counter = "http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url={}&c=1&mkt=en-us"
    items = "".join(
        f"<item><title>{HEADLINE} {page}</title><link>{escape(counter.format(quote(page, safe='')))}</link>"
        "<description>The board approved it.</description><News:Source>The Daily</News:Source></item>"
        for page in pages
    )
    head = '<?xml version="1.0"?><rss version="2.0" xmlns:News="https://www.bing.com/news/search?format=rss">'
    return f"{head}<channel><title>x</title>{items}</channel></rss>".encode()


def test_an_item_of_google_news_names_its_publisher_and_keeps_its_token() -> None:
    entry = only(read(a_kind(FEED), google()))
    assert entry.title == f"{HEADLINE} - The Daily"
    assert entry.text == f"{HEADLINE} The Daily"
    assert entry.link == TOKEN


def test_it_belongs_to_the_story_that_the_publisher_tells_itself() -> None:
    entry = only(read(a_kind(FEED), google()))
    assert stories.fingerprint(entry.title, 1) == stories.fingerprint(HEADLINE, 2)


def test_an_item_of_bing_news_leads_to_the_publisher() -> None:
    entry = only(read(a_kind(FEED), bing("https://daily.example/a?b=1")))
    assert entry.link == "https://daily.example/a?b=1"


def test_an_item_is_known_by_the_publishers_address_whatever_the_counter_adds() -> None:
    first = read(a_kind(FEED), bing("https://daily.example/a", "https://daily.example/b"))
    again = read(a_kind(FEED), bing("https://daily.example/a").replace(b"c=1", b"c=77"))
    assert again.entries[0].key == first.entries[0].key == "daily.example/a"


def test_a_poll_tells_the_publishers_address(tmp_path: Path) -> None:
    with KindWorld(tmp_path, "url: '{base}/news/search?format=rss'") as world:
        world.answer = (200, {}, bing("https://daily.example/a"))
        world.poll()
        world.answer = (200, {}, bing("https://daily.example/b", "https://daily.example/a"))
        world.poll()
        assert [alert.link for alert in world.alerts] == ["https://daily.example/b"]
        assert len(world.web.asked) == 2, "nothing is asked to resolve a link"


def test_every_shipped_aggregator_is_off_and_says_its_limit() -> None:
    sources, _ = parse("sources.yaml", SHIPPED.read_text("utf-8"))
    google_news = [s for s in sources if "news.google." in s.url]
    assert len(google_news) >= 6
    for source in google_news:
        assert "personal feed readers" in source.disabled
        assert "tokens that only Google resolves" in source.note
    assert all(s.disabled for s in sources if "bing.com" in s.url)
