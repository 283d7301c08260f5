"""Links that are safe to follow and to show, and one form for comparing them."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.links import (
    MAX_LENGTH,
    canonical,
    canonical_by_parts,
    link_by_parts,
    true_link,
    web_link,
    with_query,
)

BASE = "https://www.exim.gov/news/feed.xml"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        pytest.param("https://example.com/a?b=c#d", "https://example.com/a?b=c#d", id="whole"),
        pytest.param("http://example.com:8080/", "http://example.com:8080/", id="port"),
        pytest.param("/about", "https://www.exim.gov/about", id="from the root"),
        pytest.param("loan.html", "https://www.exim.gov/news/loan.html", id="from the folder"),
        pytest.param("../loan", "https://www.exim.gov/loan", id="from the folder above"),
        pytest.param("?id=7", "https://www.exim.gov/news/feed.xml?id=7", id="query alone"),
        pytest.param("//cdn.example.com/a", "https://cdn.example.com/a", id="without a scheme"),
        pytest.param("  https://example.com/a \n", "https://example.com/a", id="white space around"),
        pytest.param("https://example.com/a b", "https://example.com/a%20b", id="space"),
        pytest.param("https://example.com/a%20b", "https://example.com/a%20b", id="encoded already"),
        pytest.param("https://example.com/a|b", "https://example.com/a%7Cb", id="bar"),
        pytest.param("https://example.com/<b>", "https://example.com/%3Cb%3E", id="angle brackets"),
        pytest.param('https://example.com/"b"', "https://example.com/%22b%22", id="quotes"),
        pytest.param("https://example.com/稀土", "https://example.com/%E7%A8%80%E5%9C%9F", id="Chinese path"),
        pytest.param("https://例え.jp/a", "https://xn--r8jz45g.jp/a", id="Japanese host"),
        pytest.param(
            "https://example.com/?q=a@b.c", "https://example.com/?q=a@b.c", id="at sign in the query"
        ),
        pytest.param("https://[2001:db8::1]/a", "https://[2001:db8::1]/a", id="IPv6"),
        pytest.param(
            "https://example.com/\u202egpj.exe",
            "https://example.com/%E2%80%AEgpj.exe",
            id="direction override",
        ),
    ],
)
def test_a_link_becomes_absolute_and_safe_to_show(link: str, expected: str) -> None:
    assert web_link(link, BASE) == expected


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("", id="empty"),
        pytest.param("   ", id="white space"),
        pytest.param("javascript:alert(1)", id="javascript"),
        pytest.param("JaVaScRiPt:alert(1)", id="javascript in any case"),
        pytest.param("java\nscript:alert(1)", id="javascript over two lines"),
        pytest.param(" javascript:alert(1)", id="javascript after a space"),
        pytest.param("data:text/html,<script>alert(1)</script>", id="data"),
        pytest.param("vbscript:x", id="vbscript"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("mailto:press@exim.gov", id="mail"),
        pytest.param("ftp://example.com/a", id="ftp"),
        pytest.param("https://user:secret@example.com/", id="credentials"),
        pytest.param("https://exim.gov@evil.example/", id="a host as user name"),
        pytest.param("https://evil.example\\@exim.gov/", id="backslash"),
        pytest.param("https://example.com:99999/", id="port out of range"),
        pytest.param("https://example.com:port/", id="port in words"),
        pytest.param("https:///a", id="no host"),
        pytest.param("https://[::1/", id="half an IPv6 address"),
        pytest.param("https://exa mple.com/", id="space in the host"),
        pytest.param("https://example.com|evil/", id="bar in the host"),
        pytest.param("https://example.com/a\x00b", id="control character"),
        pytest.param("https://example.com/a\nb", id="line break"),
        pytest.param("https://example.com/\ud800", id="half a surrogate pair"),
        pytest.param("https://example.com/" + "a" * MAX_LENGTH, id="too long"),
        pytest.param("https://example.com/" + "é" * 1000, id="too long once encoded"),
    ],
)
def test_what_is_not_safe_to_follow_is_no_link(link: str) -> None:
    assert web_link(link) == ""


def test_a_relative_link_without_a_base_is_no_link() -> None:
    assert web_link("/about") == ""


def test_a_bad_base_cannot_make_a_good_link() -> None:
    assert web_link("/about", "javascript:alert(1)") == ""


@given(st.one_of(st.text(max_size=40), st.text(max_size=40).map("https://example.com/".__add__)))
def test_whatever_comes_out_cannot_end_a_link_inside_a_message(link: str) -> None:
    safe = web_link(link, BASE)
    assert safe == "" or safe.startswith(("http://", "https://"))
    assert safe.isascii()
    assert not set(safe) & set(' <>|"\\\n\r\t`')


@given(st.text(max_size=40).map("https://example.com/".__add__))
def test_a_safe_link_stays_as_it_is(link: str) -> None:
    once = web_link(link)
    assert web_link(once) == once


# ------------------------------------------------------------------ comparing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("https://example.com/a", "http://example.com/a", id="scheme"),
        pytest.param("https://www.example.com/a", "https://example.com/a", id="www"),
        pytest.param("https://EXAMPLE.com/a", "https://example.com/a", id="case of the host"),
        pytest.param("https://example.com:443/a", "https://example.com/a", id="usual port"),
        pytest.param("https://example.com/a/", "https://example.com/a", id="closing slash"),
        pytest.param("https://example.com/a#top", "https://example.com/a", id="fragment"),
        pytest.param("https://example.com/a?utm_source=rss&utm_medium=x", "https://example.com/a", id="utm"),
        pytest.param(
            "https://example.com/a?fbclid=1&gclid=2&mc_cid=3", "https://example.com/a", id="click ids"
        ),
        pytest.param(
            "https://example.com/a?UTM_Source=x", "https://example.com/a", id="tracking in capitals"
        ),
        pytest.param("https://example.com/a?id=1&ref=rss", "https://example.com/a?id=1", id="among others"),
        pytest.param("https://example.com/a?b=1&a=2", "https://example.com/a?a=2&b=1", id="order"),
    ],
)
def test_two_ways_to_write_one_page_compare_as_the_same(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("https://example.com/a", "https://example.com/b", id="path"),
        pytest.param("https://example.com/a", "https://example.com/A", id="case of the path"),
        pytest.param("https://example.com/a?id=1", "https://example.com/a?id=2", id="query"),
        pytest.param("https://example.com/a?id=", "https://example.com/a", id="empty value"),
        pytest.param("https://example.com/a", "https://news.example.com/a", id="host"),
        pytest.param("https://example.com:8080/a", "https://example.com/a", id="port"),
        pytest.param(
            "https://example.com/a?reference=1", "https://example.com/a?reference=2", id="like tracking"
        ),
    ],
)
def test_two_pages_never_compare_as_the_same(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("link", ["https://[::1/", "https://example.com:port/"])
def test_what_cannot_be_taken_apart_is_compared_as_it_is(link: str) -> None:
    assert canonical(link) == link


# ------------------------------------------------------------------ links that carry another

TAIL = "/1/0100019a-7f3c-4a51-8a6e-000000000000-000000/sIgNaTuRe=418"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (
            "http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url=https%3a%2f%2fnews.example.com%2fa%3fb%3d1&c=2",
            "https://news.example.com/a?b=1",
        ),
        ("https://www.google.com/url?rct=j&sa=t&url=https://a.example/1&ct=ga", "https://a.example/1"),
        ("https://www.google.co.uk/url?q=https://a.example/1", "https://a.example/1"),
        (
            f"https://links-1.govdelivery.com/CL0/https:%2F%2Fwww.exim.gov%2Fnews%2Fa{TAIL}",
            "https://www.exim.gov/news/a",
        ),
        (
            "https://nam04.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2F1&data=05",
            "https://a.example/1",
        ),
        (
            "https://www.google.com/url?url=https%3A%2F%2Fwww.bing.com%2Fnews%2Fapiclick.aspx%3Furl%3Dhttps%253A%252F%252Fa.example%252F1",
            "https://a.example/1",
        ),
    ],
)
def test_a_link_that_carries_the_true_address_gives_it(link: str, expected: str) -> None:
    assert true_link(web_link(link)) == expected


@pytest.mark.parametrize(
    "link",
    [
        "https://news.google.com/rss/articles/CBMiT0FVX3lxTE9wYXF1ZQ?oc=5",
        "https://www.bing.com/news/apiclick.aspx?url=javascript:alert(1)",
        "https://www.bing.com/news/apiclick.aspx?url=https://user:pass@a.example/",
        "https://www.bing.com/news/apiclick.aspx?ref=x",
        "https://www.bing.com/news/search?url=https://a.example/1",
        "https://bing.com.evil.example/news/apiclick.aspx?url=https://a.example/1",
        "https://links-1.govdelivery.com/CL0/",
        "https://example.com/url?url=https://a.example/1",
    ],
)
def test_a_link_that_carries_none_stays_as_it_is(link: str) -> None:
    assert true_link(web_link(link)) == web_link(link)


def test_links_in_links_come_to_an_end() -> None:
    link = "https://a.example/1"
    for _ in range(6):
        link = f"https://www.google.com/url?url={quote(link, safe='')}"
    assert true_link(link).startswith("https://www.google.com/url?url=")


@given(st.text(max_size=60))
def test_a_true_link_is_a_safe_link(text: str) -> None:
    link = web_link(f"https://www.bing.com/news/apiclick.aspx?url={quote(text)}")
    assert true_link(link) == web_link(true_link(link))


def test_parameters_are_added_to_those_there_are() -> None:
    asked = [("q", '"rare earth" & more'), ("page[size]", "5")]
    assert with_query("https://a.example/x", asked) == (
        "https://a.example/x?q=%22rare%20earth%22%20%26%20more&page%5Bsize%5D=5"
    )
    assert with_query("https://a.example/x?a=1", [("b", "2")]) == "https://a.example/x?a=1&b=2"


PIECES = st.sampled_from(
    [*"abcwA/.?&=;:@#%~!$'()*+,- _", "www.", "utm_source=", "ref", "a=1", "//", "..", "%20", "&&", "é", "稀"]
)
ADDRESSES = st.builds(
    lambda start, rest: start + "".join(rest),
    st.sampled_from(
        ["https://a.test", "http://www.a.test/", "https://a.test/x?", "https://", "HTTP://a.test/"]
    ),
    st.lists(PIECES, max_size=14),
)


@given(ADDRESSES, st.sampled_from(["", BASE, "http://a.test/b/c?d#e"]))
def test_an_ordinary_link_is_what_it_is_the_long_way(link: str, base: str) -> None:
    assert web_link(link, base) == link_by_parts(link.strip(), base)


@given(ADDRESSES)
def test_the_canonical_form_of_an_ordinary_link_is_what_it_is_the_long_way(link: str) -> None:
    assert canonical(link) == canonical_by_parts(link)
