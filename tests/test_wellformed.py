"""The quick way reads what feedparser reads, or says nothing."""

from __future__ import annotations

import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import Unreadable
from monitor.sources import feed, wellformed
from tests.fakes import a_source
from tests.webs import post, rss

NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:a="http://www.w3.org/2005/Atom" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:x="http://unknown.test/"'
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"content-type": "application/rss+xml"},
    {"content-type": "text/xml"},
    {"content-type": "text/html; charset=UTF-8"},
    {"content-type": "text/xml; charset=iso-8859-1"},
    {"content-language": "de"},
)


def agree(body: bytes, headers: dict[str, str]) -> bool:
    """Was it read? Then it must have been read as feedparser reads it."""
    quick = wellformed.entries(body, headers)
    if quick is not None:
        assert quick == feed.by_feedparser(body, headers, a_source())[0]
    return quick is not None


# ------------------------------------------------------------------ documents made up

PLAIN = st.lists(
    st.sampled_from(
        [
            *(
                "a",
                "b c",
                " ",
                "\n",
                "&amp;",
                "&lt;b&gt;bold&lt;/b&gt;",
                "&amp;amp;",
                "&#233;",
                "&#x80;",
                "é",
            ),
            *(
                "Ã©",
                "稀土",
                "\u00a0",
                "<![CDATA[<p>a</p> & b]]>",
                "<!-- c -->",
                "<?pi?>",
                "“”",
                "://",
                ":///",
            ),
            *("https://a.test/x?a=1&amp;b=2", "&amp;copy;", "tag:a,1", "😀"),
        ]
    ),
    max_size=4,
).map("".join)
DATES = st.sampled_from(["Mon, 02 Mar 2026 11:00:00 GMT", "2026-03-02T11:00:00Z", "", " never "])
ADDRESSES = st.sampled_from(["https://a.test/1", "/1", "", "https:///a", "a&amp;b=1;c", "javascript:x"])


def element(name: str, text: st.SearchStrategy[str], *attributes: str) -> st.SearchStrategy[str]:
    start = st.sampled_from([f"<{name}>", *(f"<{name} {one}>" for one in attributes)])
    return st.builds(lambda opened, inner: f"{opened}{inner}</{name}>", start, text)


KNOWN = (
    element("title", PLAIN),
    element("link", st.one_of(ADDRESSES, PLAIN)),
    element("description", PLAIN),
    element("pubDate", DATES),
    element("guid", st.one_of(PLAIN, ADDRESSES), 'isPermaLink="false"', 'isPermaLink="TRUE"'),
    element("content:encoded", PLAIN),
    element("dc:date", DATES),
)
ODD = (
    element("dc:creator", PLAIN),
    element("category", PLAIN, 'domain="a"'),
    element("author", PLAIN),
    element("source", PLAIN, 'url="https://b.test/"'),
    element("comments", ADDRESSES),
    element("enclosure", st.just(""), 'url="https://a.test/a.mp3" type="audio/mpeg"'),
    element("media:content", element("media:title", PLAIN), 'url="https://a.test/a.jpg"'),
    element("media:description", PLAIN),
    element("itunes:summary", PLAIN),
    element("itunes:image", st.just(""), 'href="https://a.test/a.jpg"'),
    element("dc:title", PLAIN),
    element("a:link", st.just(""), 'href="https://c.test/"', 'rel="self" href="https://d.test/"'),
    element("summary", PLAIN),
    element("image", element("title", PLAIN)),
    element("x:title", PLAIN, 'a="b"'),
    element("textInput", element("link", PLAIN)),
    element("description", element("b", PLAIN)),
)
ATOM = (
    element("title", PLAIN, 'type="html"', 'type="text"', 'type="xhtml"', 'xml:lang="de"', 'mode="escaped"'),
    element("summary", PLAIN, 'type="html"'),
    element(
        "content", PLAIN, 'type="html"', 'type="text/plain"', 'src="https://a.test/"', 'type="image/png"'
    ),
    element("id", st.one_of(PLAIN, ADDRESSES)),
    element("link", st.just(""), 'href="https://a.test/1"'),
    element("published", DATES),
    element("updated", DATES),
)
ATOM_ODD = (
    element(
        "link", st.just(""), 'rel="self" href="https://b.test/"', 'href="/c" type="text/html"', 'rel="Via"'
    ),
    element(
        "link", st.just(""), 'href="https://d.test/" type="application/json"', 'href="e" rel="ALTERNATE"'
    ),
    element("author", element("name", PLAIN)),
    element("category", st.just(""), 'term="a"'),
    element("rights", PLAIN),
    element("source", element("title", PLAIN)),
    element("created", DATES),
    element("media:group", element("media:thumbnail", st.just(""), 'url="https://a.test/"')),
    element("content", element("div", PLAIN), 'type="xhtml"'),
)


@st.composite
def entries(draw: st.DrawFn, name: str, known: tuple[st.SearchStrategy[str], ...], odd: object) -> str:
    """An entry: most of the known elements, at most one odd one, in any order."""
    parts = [draw(one) for one in known if draw(st.integers(0, 4))]
    parts += draw(st.lists(st.one_of(*odd), max_size=1)) if draw(st.booleans()) else []  # type: ignore[misc]
    return f"<{name}>{''.join(draw(st.permutations(parts)))}</{name}>"


BESIDE = st.sampled_from(
    [
        *(
            "",
            "<title>News</title>",
            "<image><title>i</title><link>j</link></image>",
            "<language>en</language>",
        ),
        *("<itunes:owner><itunes:name>n</itunes:name></itunes:owner>", "<description>d</description>"),
        *("<skipHours><hour>1</hour></skipHours>", "<x:y><item><title>no</title></item></x:y>"),
        '<a:link rel="self" href="https://a.test/feed"/>',
    ]
)
DECLARATIONS = st.sampled_from(
    [
        "",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<?xml version='1.0' encoding='gbk'?>",
    ]
)
RSS_DOCUMENTS = st.builds(
    lambda head, before, items, after: (
        f'{head}<rss version="2.0" {NAMESPACES}><channel>{before}{"".join(items)}{after}</channel></rss>'
    ),
    DECLARATIONS,
    BESIDE,
    st.lists(entries("item", KNOWN, ODD), max_size=3),
    BESIDE,
)
RDF_DOCUMENTS = st.builds(
    lambda items, about: (
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f"{NAMESPACES}><channel><title>t</title><items><rdf:Seq/></items></channel>"
        f"{''.join(items).replace('<item>', about)}</rdf:RDF>"
    ),
    st.lists(entries("item", (*KNOWN[:3], *KNOWN[5:]), ODD[:6]), max_size=3),
    st.sampled_from(["<item>", '<item rdf:about="https://a.test/1">']),
)
ATOM_DOCUMENTS = st.builds(
    lambda head, items: (
        f'{head}<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES}>{"".join(items)}</feed>'
    ),
    DECLARATIONS,
    st.lists(entries("entry", ATOM, ATOM_ODD), max_size=3),
)


@settings(max_examples=400)
@given(st.one_of(RSS_DOCUMENTS, RDF_DOCUMENTS, ATOM_DOCUMENTS), st.sampled_from(HEADERS))
def test_what_is_read_is_what_feedparser_reads(document: str, headers: dict[str, str]) -> None:
    agree(document.encode(), headers)


# ------------------------------------------------------------------ what is read, and what is not

ATOM_FEED = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title type="html">A</title>'
    b'<id>tag:a</id><link href="https://a.test/1"/><updated>2026-03-02T11:00:00Z</updated></entry></feed>'
)
RDF_FEED = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    b'<channel rdf:about="c"><title>t</title></channel>'
    b'<item rdf:about="i"><title>A</title><link>https://a.test/1</link></item></rdf:RDF>'
)


@pytest.mark.parametrize("body", [rss(post(1), post(2)), ATOM_FEED, RDF_FEED, rss()])
def test_an_ordinary_feed_is_read_the_quick_way(body: bytes) -> None:
    assert agree(body, {"content-type": "application/xml"})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<!DOCTYPE rss>" + rss(post(1))[21:], id="document type"),
        pytest.param(b'<!DOCTYPE rss [<!ENTITY a "b">]>' + rss(post(1, "&a;"))[21:], id="entity"),
        pytest.param(rss(post(1)).replace(b"<item>", b'<item xml:base="https://b.test/">'), id="base"),
        pytest.param(rss(post(1)).replace(b"</title>", b"", 1), id="not well-formed"),
        pytest.param(rss(post(1)).replace(b"<title>R", b"<title><i>R</i>"), id="markup"),
        pytest.param(rss(post(1)).replace(b"<guid", b"<link>https://b.test/</link><guid"), id="two links"),
        pytest.param(rss(post(1, "caf\xe9")).decode().encode("latin-1"), id="not UTF-8"),
        pytest.param(b"<opml/>", id="no feed"),
        pytest.param(b"plain words", id="no XML"),
        pytest.param(b"", id="nothing"),
        pytest.param(rss(post(1, "x" * wellformed.MAX_BYTES)), id="large"),
    ],
)
def test_of_anything_out_of_the_ordinary_it_says_nothing(body: bytes) -> None:
    assert wellformed.entries(body, {}) is None


def test_text_of_another_declared_encoding_is_left_to_feedparser() -> None:
    body = rss(post(1, "稀土"))
    assert wellformed.entries(body, {"content-type": "text/xml; charset=gbk"}) is None
    assert wellformed.entries(body, {"content-type": "text/xml"}) is None
    assert wellformed.entries(body, {"content-type": "text/xml; charset=utf-8"}) is not None


def test_ten_thousand_elements_within_one_another_cost_little() -> None:
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    started = time.process_time()
    assert wellformed.entries(rss(post(1)).replace(b"<guid", deep + b"<guid"), {}) is None
    assert wellformed.entries(rss().replace(b"</channel>", deep + b"</channel>"), {}) is None
    assert time.process_time() - started < 5


# ------------------------------------------------------------------ the captured documents


def captured(shared: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted((shared / "real" / "feeds").rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
    for archive in sorted((shared / "real" / "feeds_edge").glob("*.tar.gz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                file = tar.extractfile(member)
                if file is not None:
                    yield member.name, file.read()


def test_of_the_captured_documents_those_that_are_read_are_read_as_feedparser_does(shared: Path) -> None:
    read = 0
    differing = []
    for name, body in captured(shared):
        for headers in HEADERS:
            try:
                read += agree(feed.mended(body), headers)
            except (AssertionError, Unreadable):
                differing.append((name, headers))

    assert not differing, differing[:10]
    assert read > 5000, "the quick way is hardly taken"
