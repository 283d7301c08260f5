"""Pages of dated links: as agencies make them, by selectors and without, and pages that mean harm."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import page
from monitor.catalogue import parse
from monitor.errors import Unreadable
from monitor.model import Reading, Source
from monitor.request import Asking, Document, Span
from monitor.sources import KINDS, listing
from tests.webs import World

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
URL = "https://agency.example.gov/news"
HTML = {"content-type": "text/html"}


def a_listing(url: str = URL, **keys: str) -> Source:
    """A source as the catalogue makes it of these keys."""
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    (source,), problems = parse(
        "sources.yaml", f"sources:\n  - id: it\n    kind: listing\n    url: {url}\n{lines}"
    )
    assert not problems
    return source


def read(body: str | bytes, headers: Mapping[str, str] = HTML, /, url: str = URL, **keys: str) -> Reading:
    raw = body if isinstance(body, bytes) else body.encode()
    source = a_listing(**keys)
    return listing.read(Document(raw, headers, url), source, NOW)


def found(reading: Reading) -> list[tuple[str, str, date | None]]:
    """(title, link, day) of each entry."""
    return [(e.title, e.link, e.published.date() if e.published else None) for e in reading.entries]


def shell(main: str) -> str:
    """A page around a list, with the navigation and the footer that pages have."""
    return (
        "<!doctype html><html lang=en><head><title>News | Agency</title></head><body>"
        "<nav><ul><li><a href=/about>About the whole agency</a></li></ul></nav>"
        "<header><a href=/>Home</a></header>"
        f"{main}"
        "<footer>Page last updated November 25, 2026 <a href=/privacy>Privacy policy of the site</a></footer>"
        "<script>var when = 'November 24, 2026';</script></body></html>"
    )


BASE = "https://agency.example.gov"
TWO = [
    ("Board approves loan for magnet plant", f"{BASE}/news/board-loan", date(2026, 11, 24)),
    ("Chair visits a mine", f"{BASE}/news/mine-visit", date(2026, 11, 19)),
]

# ------------------------------------------------------------------ as agencies make them

FLAT = shell(
    "<div id=list>November 24, 2026 <a href=/news/board-loan>Board approves loan for magnet plant</a><br>"
    "November 19, 2026 <a href=/news/mine-visit>Chair visits a mine</a></div>"
)
VIEWS = shell(
    "<main><div class=view-content>"
    "<div class=views-row><article><a href=/news/board-loan><img src=a.jpg alt=''></a>"
    "<time datetime=2026-11-24T15:00:00Z>Nov. 24</time>"
    "<h3><a href=/news/board-loan>Board approves loan for magnet plant</a></h3>"
    "<p>The bank's board has voted for a long-term direct loan.</p><a href=/news/board-loan>Read more</a>"
    "</article></div>"
    "<div class=views-row><article><time datetime=2026-11-19T15:00:00Z>Nov. 19</time>"
    "<h3><a href=/news/mine-visit>Chair visits a mine</a></h3></article></div></div></main>"
    "<div class=related><p>October 1, 2026 <a href=/news/old>An older piece on something else</a></p></div>"
)
AFTER = shell(
    "<ul class=txtList><li><a href=/news/board-loan title='Board approves loan for magnet plant'>Board"
    " approves loan…</a><span>[2026-11-24]</span></li>"
    "<li><a href=/news/mine-visit>Chair visits a mine</a><span>[2026-11-19]</span></li></ul>"
)
TAKING_TURNS = shell(
    "<div><a href=/news/board-loan>Board approves loan for magnet plant</a><span>2026-11-24</span>"
    "<a href=/news/mine-visit>Chair visits a mine</a><span>2026-11-19</span></div>"
)
WIDGET = shell(
    "<div class=wd_newsfeed><div class=wd_item><div class=wd_date>Nov 24, 2026</div><div class=wd_title>"
    "<a href=/news/board-loan>Board approves loan for magnet plant</a></div></div>"
    "<div class=wd_item><div class=wd_date>Nov 19, 2026</div><div class=wd_title>"
    "<a href=/news/mine-visit>Chair visits a mine</a></div></div></div>"
)
CARDS = shell(
    "<div role=list><div role=listitem class='news-item-box w-dyn-item'>"
    "<a href=/news/board-loan class=w-inline-block>"
    "<div class=date>November 24, 2026</div><h4>Board approves loan for magnet plant</h4></a></div>"
    "<div role=listitem class='news-item-box w-dyn-item'><a href=/news/mine-visit class=w-inline-block>"
    "<div class=date>November 19, 2026</div><h4>Chair visits a mine</h4></a></div></div>"
)
NESTED_TABLES = shell(
    "<table><tr><td><table><tr><td>2026-11-24</td><td><a href=/news/board-loan>Board approves loan for magnet"
    " plant</a></td></tr><tr><td>2026-11-19</td><td><a href=/news/mine-visit>Chair visits a mine</a></td>"
    "</tr>"
    "</table></td></tr></table>"
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(FLAT, id="the date right before each link (EXIM)"),
        pytest.param(VIEWS, id="views rows with an image, a teaser and a second list (DFC)"),
        pytest.param(AFTER, id="the date in a span after the link, titles cut short (MOFCOM)"),
        pytest.param(TAKING_TURNS, id="links and dates that take turns"),
        pytest.param(WIDGET, id="the widget of an investor site (Energy Fuels)"),
        pytest.param(CARDS, id="cards that are links as a whole (Aclara)"),
        pytest.param(NESTED_TABLES, id="tables in tables"),
    ],
)
def test_without_selectors_the_dates_show_the_entries(body: str) -> None:
    assert found(read(body, country="US")) == TWO


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (FLAT, {"row": "'a[href^=\"/news/\"]'", "date_in": "before"}),
        (TAKING_TURNS, {"row": "'a[href^=\"/news/\"]'", "date_in": "after"}),
        (VIEWS, {"row": ".views-row", "date": "time", "date_attribute": "datetime"}),
        (AFTER, {"row": ".txtList li", "date": "span"}),
        (WIDGET, {"row": ".wd_item", "date": ".wd_date", "title": ".wd_title"}),
        (CARDS, {"row": ".w-dyn-item", "title": "h4"}),
        (NESTED_TABLES, {"row": "tr"}),
    ],
    ids=["before", "after", "attribute", "after the link", "widget", "card", "rows of rows"],
)
def test_selectors_and_a_rule_for_the_date_give_the_same(body: str, keys: dict[str, str]) -> None:
    assert found(read(body, **keys)) == TWO


def test_an_entry_has_the_text_of_its_paragraphs_or_of_what_is_named() -> None:
    assert read(VIEWS).entries[0].text == "The bank's board has voted for a long-term direct loan."
    named = read(VIEWS, row=".views-row", text="time")
    assert [e.text for e in named.entries] == ["Nov. 24", "Nov. 19"]


def test_an_exchange_table_gives_code_headline_and_local_time() -> None:
    body = (
        "<table><tbody><tr><td>ABC</td><td>24/11/2026<br><span class=dates-time>6:35 pm</span></td>"
        "<td class=pricesens><img alt=asterix></td><td><a href='/show.do?id=1'>Offtake agreement signed<br>"
        "<img class=pdf><span class=page>3 pages</span><span class=filesize>150KB</span></a></td></tr>"
        "</tbody></table>"
    )
    (entry,) = read(
        body,
        row="tr",
        text="'td:first-child'",
        without="'.page, .filesize'",
        zone="Australia/Sydney",
        country="AU",
    ).entries
    assert (entry.title, entry.text) == ("Offtake agreement signed", "ABC")
    assert entry.published == datetime(2026, 11, 24, 7, 35, tzinfo=UTC)


def test_parts_in_parts_that_are_left_out_are_left_out_once() -> None:
    hidden = (
        "<div class=x>" * 200 + "2020-01-01 <a href=/hidden>Never to be seen by anybody</a>" + "</div>" * 200
    )
    assert found(read(AFTER.replace("<ul", f"{hidden}<ul"), without=".x, .x .x, a[href='/about']")) == TWO


def test_a_day_with_several_links_gives_its_date_to_each() -> None:
    body = shell(
        "<h3>November 24, 2026</h3><ul><li><a href=/a>Ministry sets a quota for the year</a></li>"
        "<li><a href=/b>Ministry answers a question about it</a></li></ul>"
        "<h3>November 23, 2026</h3><ul><li><a href=/c>Ministry names a new deputy head</a></li></ul>"
    )
    days = [(e.link[-1], e.published.day if e.published else 0) for e in read(body).entries]
    assert days == [("a", 24), ("b", 24), ("c", 23)]


def test_without_dates_on_the_page_those_in_the_addresses_count() -> None:
    body = shell(
        "<ul><li><a href=/2026/11/24/quota.html>Ministry sets a quota for the year</a></li>"
        "<li><a href=/article/gndt/202610/512.html>Ministry answers a question</a></li>"
        "<li><a href=/contact>How to reach the press office</a></li></ul>"
    )
    assert [(t, d) for t, _, d in found(read(body))] == [
        ("Ministry sets a quota for the year", date(2026, 11, 24)),
        ("Ministry answers a question", date(2026, 10, 1)),
    ]


def test_where_the_addresses_count_other_dates_on_the_page_do_not_and_an_image_is_no_second_entry() -> None:
    body = shell(
        "<p>November 25, 2026 <a href=/live>Live: the day in pictures and words</a></p>"
        "<p>November 25, 2026 <a href=/weather>The weather for today and tomorrow</a></p>"
        "<div><a href=/n1/2026/1124/c1.html><img src=a.jpg alt='A mine'></a>"
        "<a href=/n1/2026/1124/c1.html>Ministry sets a quota for the year</a></div>"
    )
    assert found(read(body, date_in="link")) == [
        ("Ministry sets a quota for the year", f"{BASE}/n1/2026/1124/c1.html", date(2026, 11, 24))
    ]


def test_a_title_with_a_date_in_it_is_no_second_date() -> None:
    body = shell(
        "<ul><li><a href=/a>Contracts for November 20, 2026 and later</a> <span>November 24, 2026</span></li>"
        "<li><a href=/b>Contracts for November 18, 2026 and on</a> <span>November 19, 2026</span></li></ul>"
    )
    for keys in ({}, {"row": "main li, body > ul li"}):
        assert [d for _, _, d in found(read(body, **keys))] == [date(2026, 11, 24), date(2026, 11, 19)]


# ------------------------------------------------------------------ links


def test_links_are_made_absolute_by_the_base_of_the_page() -> None:
    body = (
        "<base href='https://www.agency.example.gov/x/'><ul>"
        "<li>2026-11-24 <a href=a.html>First of the two</a></li>"
        "<li>2026-11-23 <a href='../b.html'>Second of the two</a></li></ul>"
    )
    links = [e.link for e in read(body).entries]
    assert links == ["https://www.agency.example.gov/x/a.html", "https://www.agency.example.gov/b.html"]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "#top", "mailto:a@b.c", "data:text/html,x", "http://u:p@h/"]
)
def test_a_link_that_leads_to_no_page_is_no_entry(href: str) -> None:
    row = f"<li>2026-11-22 <a href='{href}'>Not an entry at all, this</a></li>"
    body = AFTER.replace("<ul class=txtList>", f"<ul class=txtList>{row}")
    assert found(read(body)) == TWO
    assert found(read(body, row=".txtList li")) == TWO


def test_only_links_that_match_the_pattern_are_read() -> None:
    assert found(read(AFTER, row="li", only="'/news/board'")) == TWO[:1]
    assert (
        found(
            read(FLAT.replace("<br>", "<a href=/tag/loan>Everything about loans here</a>"), only="'/news/'")
        )
        == TWO
    )


def test_an_unchanged_page_gives_the_same_keys_and_a_new_query_for_tracking_too() -> None:
    again = read(AFTER.replace("/news/board-loan", "/news/board-loan?utm_source=x"))
    assert [e.key for e in again.entries] == [e.key for e in read(AFTER).entries]


# ------------------------------------------------------------------ dates


@pytest.mark.parametrize(
    ("written", "keys", "day"),
    [
        ("2/3/2026", {"country": "US"}, date(2026, 2, 3)),
        ("2/3/2026", {"country": "GB"}, date(2026, 3, 2)),
        ("2/3/2026", {"country": "GB", "month_first": "true"}, date(2026, 2, 3)),
        ("24 พฤศจิกายน 2569", {}, date(2026, 11, 24)),
        ("24 Ogos 2026", {}, date(2026, 8, 24)),
        ("24.08.26", {"date_form": "['%d.%m.%y']"}, date(2026, 8, 24)),
        ("11-24", {"date_form": "['%m-%d']"}, date(2026, 11, 24)),
        ("12-24", {"date_form": "['%m-%d']"}, date(2025, 12, 24)),
        ("soon", {}, None),
    ],
)
def test_a_date_is_read_as_the_source_writes_it(written: str, keys: dict[str, str], day: date | None) -> None:
    body = f"<div class=r><i>{written}</i><a href=/a>Ministry sets a quota</a></div>"
    assert [d for _, _, d in found(read(body, row=".r", date="i", **keys))] == [day]


def test_entries_without_any_date_are_kept_and_it_is_said() -> None:
    reading = read("<ul><li><a href=/a>One</a></li><li><a href=/b>Two</a></li></ul>", row="li")
    assert len(reading.entries) == 2
    assert reading.set_aside == ("no date could be read in any of 2 entries",)


# ------------------------------------------------------------------ encodings

CHINESE = (
    "<html><head>{meta}</head><body><ul>"
    "<li><a href=/1.html>商务部公布稀土出口管制决定</a><span>2026年11月24日</span></li>"
    "<li><a href=/2.html>商务部新闻发言人答记者问</a><span>2026年11月19日</span></li></ul></body></html>"
)


@pytest.mark.parametrize(
    ("codec", "meta", "header", "keys"),
    [
        pytest.param("gb18030", "<meta charset=gb2312>", "text/html", {}, id="said by the page"),
        pytest.param("gb18030", "", "text/html; charset=GBK", {}, id="said by the server"),
        pytest.param("gb18030", "", "text/html", {"lang": "zh"}, id="said by nobody"),
        pytest.param("gb18030", "<meta charset=utf-8>", "text/html", {"lang": "zh"}, id="said wrongly"),
        pytest.param("gb18030", "<meta charset=big5>", "text/html", {"encoding": "gb18030"}, id="forced"),
        pytest.param("utf-8", "<meta charset=gb2312>", "text/html; charset=gbk", {}, id="UTF-8 after all"),
        pytest.param("utf-8-sig", "<meta charset=gb2312>", "text/html", {}, id="byte order mark"),
        pytest.param("utf-16", "", "text/html", {}, id="UTF-16"),
    ],
)
def test_a_chinese_page_is_read_in_its_encoding(
    codec: str, meta: str, header: str, keys: dict[str, str]
) -> None:
    body = CHINESE.replace("{meta}", meta).encode(codec)
    titles = [e.title for e in read(body, {"content-type": header}, **keys).entries]
    assert titles == ["商务部公布稀土出口管制决定", "商务部新闻发言人答记者问"]


def test_an_encoding_that_can_hang_is_not_used() -> None:
    body = AFTER.encode() + b"-" * 500_000 + b"\xff"
    assert found(read(body, {"content-type": "text/html; charset=punycode"})) == TWO


# ------------------------------------------------------------------ a page that changed, or is none


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (shell("<p>We have moved.</p>"), {}),
        (shell("<p>We have moved.</p>"), {"row": ".views-row"}),
        (VIEWS, {"row": ".news-card"}),
        ("<html><body><div id=app></div><script src=app.js></script></body></html>", {}),
    ],
)
def test_a_page_without_the_expected_entries_says_what_to_do(body: str, keys: dict[str, str]) -> None:
    with pytest.raises(Unreadable, match=r"layout of the page changed.*monitor sources add https") as caught:
        read(body, **keys)
    assert caught.value.subject == "it"


@pytest.mark.parametrize("body", [b"", b"  \n", b"not found", b"\x00\x01\x02", b'{"a": 1}', b"%PDF-1.7"])
def test_what_is_no_page_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<div>" * 100_000, id="elements in each other"),
        pytest.param("<ul><li>" * 50_000, id="lists in each other"),
        pytest.param("<div></b></i>" * 100_000, id="closing what was never opened"),
        pytest.param("<div><!--</div>-->" * 100_000, id="closing in comments"),
        pytest.param("<ul><li a='</ul>'>" * 100_000, id="closing in attributes"),
        pytest.param("<p>" + "<!--" * 1_000_000, id="comments without an end"),
        pytest.param("<p>2026-11-24<a href=/x>y</a></p>" * 300_000, id="ten megabytes of entries"),
        pytest.param("<p>" + "2026-11-24 " * 900_000, id="ten megabytes of dates"),
        pytest.param("<a href=/x>" + "word " * 2_000_000, id="a title of ten megabytes"),
        pytest.param("<p " + "a=1 " * 2_500_000 + ">", id="attributes without end"),
    ],
)
def test_a_page_that_means_harm_is_read_or_refused_in_time(body: str) -> None:
    started = time.process_time()
    for keys in ({"without": "div, li"}, {"row": "p"}, {"row": "div div, li", "date_in": "before"}):
        try:
            assert len(read(body, **keys).entries) <= 1000
        except Unreadable:
            continue
    assert time.process_time() - started < 20


MARKUP = st.lists(
    st.sampled_from(
        [
            "<ul>", "</ul>", "<li>", "<a href=/x>", "<a href='http://[::1'>", "</a>", "</div>", "<h3>", "t",
            "<time datetime=2026-11-24>", "2026-11-24", "24 Nov 2026", "31 February 2026", "<table><tr><td>",
            "</table>", "<main>", "&#0;", "<nav>", "<base href=//>", "<svg/>", "<!--", "<script>",
            "<template>", "<p>", "\x00", "๒๔ พ.ย. ๒๕๖๙", "<", "稀土",
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(
    MARKUP | st.binary(max_size=200),
    st.sampled_from(
        [{}, {"row": "li"}, {"row": "a", "date_in": "after"}, {"watch": "main"}, {"without": "li, ul, a"}]
    ),
)
def test_whatever_comes_is_read_or_unreadable(body: str | bytes, keys: dict[str, str]) -> None:
    try:
        reading = read(body, **keys)
    except Unreadable:
        return
    assert all(entry.title and entry.key for entry in reading.entries)


# ------------------------------------------------------------------ a watched page


def listed(world: World, *keys: str) -> None:
    """The catalogue of this world is one listing with these keys."""
    lines = ["id: one", "kind: listing", f"url: {world.web.base}/one", *keys]
    world.write("sources", "sources:\n  - " + "\n    ".join(lines) + "\n")
    world.restart()


def test_a_watched_page_is_one_entry_whose_edit_is_a_revision(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        listed(world, "name: Project Vault", "watch: main")
        for said in (
            "A rare earth loan is planned.",
            "A rare earth loan is planned.",
            "A rare earth loan is made.",
        ):
            clock = f"<div>{world.now}</div>"
            world.answers["one"] = f"<html>{clock}<main><h1>Vault</h1><p>{said}</p></main></html>".encode()
            world.poll()
        item = world.app.storage.items.get(1)
        assert item
        assert (item.title, item.text, item.revision) == (
            "Project Vault",
            "Vault A rare earth loan is made.",
            2,
        )


def test_an_edit_at_the_end_of_a_long_text_is_an_edit() -> None:
    long = "Article. " * 20_000
    first, second = (read(f"<main>{long}{end}</main>", watch="main").entries[0] for end in ("one", "two"))
    assert (first.key, first.title) == (second.key, second.title)
    assert first.text != second.text


def test_a_watched_part_that_is_gone_is_told() -> None:
    with pytest.raises(Unreadable, match="nothing is at '#text' any more"):
        read("<main>Moved.</main>", watch="'#text'")


# ------------------------------------------------------------------ the past

SPAN = Span(NOW.replace(month=1), NOW)


def test_earlier_pages_are_asked_by_number() -> None:
    source = a_listing(page="'?page={n}'", first_page="1")
    asked = [listing.past(source, SPAN, n, Asking(NOW)) for n in (0, 2, listing.MAX_PAGES)]
    assert [a and a.url for a in asked] == [f"{URL}?page=1", f"{URL}?page=3", None]
    assert listing.past(a_listing(), SPAN, 0, Asking(NOW)) is None
    assert KINDS["listing"].page is listing.past


def test_the_last_page_of_the_past_may_be_empty_and_the_first_may_not() -> None:
    empty = shell("<p>No results.</p>")
    assert read(empty, url=f"{URL}?page=9", page="'?page={n}'").entries == ()
    with pytest.raises(Unreadable):
        read(empty, url=f"{URL}?page=0", page="'?page={n}'")


# ------------------------------------------------------------------ the keys


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("row: 'li['", "is not a CSS selector"),
        ("row: li\n    only: '('", "is not a pattern"),
        ("title: h3", "say with 'row'"),
        ("row: li\n    watch: main", "take out 'row' or 'watch'"),
        ("page: '?page=2'", "write the number of the page as {n}"),
        ("encoding: rot13", "is not a known encoding"),
        ("date_in: footer", "date_in"),
        ("rows: li", "unknown key 'rows'"),
    ],
)
def test_a_mistake_in_the_keys_is_told_with_its_remedy(keys: str, said: str) -> None:
    sources, problems = parse(
        "sources.yaml", f"sources:\n  - id: it\n    kind: listing\n    url: {URL}\n    {keys}\n"
    )
    assert sources == ()
    assert said in str(problems[0])


# ------------------------------------------------------------------ selectors proposed


@pytest.mark.parametrize(
    ("body", "css"),
    [
        (VIEWS, "div.views-row > article"),
        (AFTER, "ul.txtList > li"),
        (WIDGET, "div.wd_item"),
        (CARDS, "div.news-item-box"),
        (FLAT, ""),
    ],
)
def test_a_selector_is_proposed_that_reads_the_same(body: str, css: str) -> None:
    source = a_listing(country="US")
    rows, proposed = listing.found_in(page.tree(body), URL, source, NOW)
    assert len(rows) == 2
    assert proposed == css
    if css:
        assert found(read(body, row=f"'{css}'", country="US")) == found(read(body, country="US"))


# ------------------------------------------------------------------ a whole poll


def test_a_ministry_is_five_lines_and_its_news_is_told(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        listed(world, "lang: zh", "tier: 1")
        old = CHINESE.replace("{meta}", "").replace("2026年11月", "2026年2月")
        new = old.replace(
            "<ul>", "<ul><li><a href=/3.html>国家开发银行向稀土企业贷款</a><span>2026年3月2日</span></li>"
        )
        for body in (old, new):
            world.answers["one"] = body.encode("gb18030")
            report = world.poll()
        assert (report.new, report.alerts, report.failed) == (1, 1, {})
        assert [a.link for a in world.alerts] == [f"{world.web.base}/3.html"]


def test_a_layout_that_changed_fails_the_source_and_keeps_what_was_filed(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        listed(world)
        world.answers["one"] = AFTER.replace("2026-11", "2026-02").encode()
        world.poll()
        world.answers["one"] = shell("<p>All new.</p>").encode()
        assert "layout of the page changed" in world.poll().failed["one"]
        assert world.count("items") == 2
