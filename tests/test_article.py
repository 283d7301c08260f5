"""Documents -> articles, in processes of their own; and what is refused in an article's place."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from monitor import extract
from monitor.article import MAX_TEXT, Article, refusal
from monitor.errors import Unreadable
from monitor.pool import Articles, Extract
from monitor.request import Document
from monitor.section import ReadingSettings
from tests.pages import CHINESE, PARAGRAPHS, page, pdf, wall

TITLE = "EXIM approves a loan for the rare earth plant"


# ------------------------------------------------------------------ what is in a document


def test_an_article_among_navigation_is_its_text_alone() -> None:
    found = extract.article(page(TITLE, "The loan is worth 415 million dollars."))
    assert (found.kind, found.title) == ("page", f"{TITLE} | The Desk")
    assert "The loan is worth 415 million dollars." in found.text.splitlines()
    assert not {"Careers", "tracking", "reserved"} & set(found.text.replace(".", " ").split())


def test_the_title_that_a_page_gives_for_sharing_is_its_own() -> None:
    body = page(TITLE).replace(
        b"<script>", b"<meta property='og:title' content='The loan &amp; the plant'><script>"
    )
    assert extract.article(body).title == "The loan & the plant"


@pytest.mark.parametrize(
    ("encoding", "header", "declared"),
    [
        pytest.param("utf-8", "text/html", "utf-8", id="as declared"),
        pytest.param("gb18030", "text/html; charset=GBK", "gbk", id="by the header"),
        pytest.param("gb18030", "text/html", "gb2312", id="by the page's own word"),
        pytest.param("gb18030", "text/html; charset=utf-8", "gbk", id="the header lies"),
        pytest.param("gb18030", "text/html", "no-such-charset", id="no word is true"),
        pytest.param("utf-8", "text/html; charset=ascii\x00", "utf-8", id="a header of nonsense"),
    ],
)
def test_a_chinese_page_is_read_in_whatever_it_is_written(encoding: str, header: str, declared: str) -> None:
    written = (
        page("商务部公布稀土出口管制公告", *CHINESE)
        .decode()
        .replace("charset='utf-8'", f"charset='{declared}'")
    )
    found = extract.article(written.encode(encoding), header)
    assert found.title.startswith("商务部公布稀土出口管制公告")
    assert CHINESE[0] in found.text


def test_a_pdf_is_its_pages_one_after_another() -> None:
    found = extract.article(pdf([["Notice of contract award", "Neodymium oxide"], ["Second page"]], "Notice"))
    assert (found.kind, found.title) == ("pdf", "Notice")
    assert found.text.splitlines() == ["Notice of contract award", "Neodymium oxide", "Second page"]


def test_a_long_pdf_is_read_no_further_than_is_kept() -> None:
    found = extract.article(pdf([["word " * 1000]] * 40))
    assert MAX_TEXT - 10 < len(found.text) <= MAX_TEXT
    assert found.shown < 2 * MAX_TEXT


def test_plain_text_keeps_its_lines() -> None:
    found = extract.article(b"First line\r\n\r\n  Second\x00line".replace(b"\x00", b"\x0b"), "text/plain")
    assert (found.kind, found.text.splitlines()) == ("text", ["First line", "Second", "line"])


@pytest.mark.parametrize("body", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\x03\x04\x14\0\0\0"])
def test_what_is_neither_page_nor_text_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="neither a page, a PDF nor text"):
        extract.article(body, "text/html")


def test_a_text_has_no_controls_in_it_and_an_end() -> None:
    found = extract.article(page(TITLE, "a\u202eb " * 20_000))
    assert len(found.text) <= MAX_TEXT
    assert "\u202e" not in found.text


# ------------------------------------------------------------------ what is refused


def found_in(body: bytes) -> Article:
    return extract.article(body)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (wall("Just a moment...", "Enable JavaScript and cookies to continue"), "a block page"),
        (wall("Attention Required! | Cloudflare", "Sorry, you have been blocked. Ray ID"), "a block page"),
        (wall("Access Denied", "You don't have permission to access this resource."), "a block page"),
        (wall("SEC.gov", "Please limit requests. Undeclared Automated Tool"), "a block page"),
        (wall("提示", "访问被拦截，您的请求含有不合法的参数"), "a block page"),
        (wall("商务部", "请开启JavaScript并刷新该页"), "a block page"),
        (wall("安全验证", "请完成下方验证"), "a block page"),
        (
            wall("Before you continue to Google", "We use cookies and data to deliver services"),
            "a consent page",
        ),
        (
            wall("The Wire", "We and our partners store and/or access information. Accept all"),
            "a consent page",
        ),
        (wall("Log in", "Forgot password? Create an account"), "a log-in page"),
        (wall("The Journal", "Sign in to continue to your article"), "a log-in page"),
        (wall(TITLE, "The board has met. Subscribe now to continue reading"), "a page for subscribers"),
        (wall("Page not found", "The page you are looking for is not here."), "an error page"),
        (wall("404", "Nothing here"), "an error page"),
        (wall("Ministry", "您访问的页面不存在或已删除"), "an error page"),
        (wall("503 Service Unavailable", "No server is available"), "an error page"),
    ],
)
def test_a_wall_is_known_by_its_title_or_its_words(body: bytes, what: str) -> None:
    assert refusal(found_in(body), TITLE) == f"{what} came in its place"


def test_a_page_without_text_holds_no_article() -> None:
    body = b"<!doctype html><html><head><title>App</title></head><body><div id=root></div></body></html>"
    assert refusal(found_in(body), TITLE) == "holds no article"


def test_a_scanned_pdf_holds_no_text() -> None:
    assert refusal(found_in(pdf([[]], TITLE)), TITLE) == "holds no text"


def test_a_page_about_something_else_is_not_the_article() -> None:
    assert refusal(found_in(page("Weather for the weekend")), TITLE) == (
        "is about something else than its title says"
    )


@pytest.mark.parametrize(
    ("body", "title"),
    [
        pytest.param(page(TITLE), TITLE, id="plain"),
        pytest.param(page(TITLE), f"{TITLE} - The Wire", id="with the outlet's name"),
        pytest.param(
            page("商务部公布稀土出口管制公告", *CHINESE), "商务部：公布稀土出口管制公告", id="chinese"
        ),
        pytest.param(page(TITLE, around="<p>We use cookies. Accept all</p>"), TITLE, id="a banner"),
        pytest.param(
            page("Access denied to the mine, says union"), "Access denied to the mine, says union", id="news"
        ),
        pytest.param(
            pdf([["Contracts for November 24, 2026", *PARAGRAPHS]]), "Contracts For Nov. 24, 2026", id="pdf"
        ),
        pytest.param(page("Day"), "US: no", id="a title that says nothing"),
    ],
)
def test_an_article_is_taken(body: bytes, title: str) -> None:
    assert refusal(found_in(body), title) == ""


# ------------------------------------------------------------------ the processes


def hang(body: bytes, content_type: str) -> Article:
    """An extract for tests: hangs, ends its process, or says its number."""
    if body == b"hang":
        time.sleep(600)
    if body == b"crash":
        os._exit(3)
    if body == b"raise":
        raise RecursionError("deep")
    return Article("text", str(os.getpid()), body.decode(), "", 0)


def read(articles: Articles, *bodies: bytes) -> list[Article | str]:
    """All at once; an error as what it says."""

    async def one(body: bytes) -> Article | str:
        try:
            return await articles.read(Document(body, {}, "https://example.com/"))
        except Unreadable as error:
            return str(error)

    async def go() -> list[Article | str]:
        return list(await asyncio.gather(*(one(body) for body in bodies)))

    return asyncio.run(go())


@pytest.fixture
def pool() -> Iterator[Articles]:
    made: Extract = hang
    articles = Articles(ReadingSettings(deadline=1.0, workers=2), made)
    yield articles
    articles.close()


def text(found: Article | str) -> str:
    return found if isinstance(found, str) else found.text


def test_a_page_that_hangs_or_crashes_costs_itself_alone(pool: Articles) -> None:
    found = read(pool, b"one", b"hang", b"two", b"crash", b"raise", b"three")
    assert [text(one) for one in found] == [
        "one",
        "could not be read within 1 s",
        "two",
        "broke the process that read it",
        "cannot be read (RecursionError)",
        "three",
    ]
    assert text(*read(pool, b"after")) == "after"


def test_it_is_read_elsewhere_and_nowhere_once_closed(pool: Articles) -> None:
    (found,) = read(pool, b"one")
    assert isinstance(found, Article)
    number = int(found.title)
    assert number != os.getpid()
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_pool_that_broke_is_replaced(pool: Articles) -> None:
    read(pool, b"one")
    assert pool._pool is not None
    pool._pool.stop()  # type: ignore[no-untyped-call]
    pool._pool.join()
    assert text(*read(pool, b"two")) == "two"


def test_closing_does_not_wait_for_a_page_that_hangs() -> None:
    articles = Articles(ReadingSettings(deadline=60), hang)

    async def go() -> None:
        task = asyncio.create_task(articles.read(Document(b"hang", {}, "")))
        await asyncio.sleep(2)
        task.cancel()

    asyncio.run(go())
    start = time.monotonic()
    articles.close()
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html><body>" + b"<p>Some words to be read here.</p>" * 300_000, id="10 MB"),
        pytest.param(b"<html><body>" + b"<div><p>words " * 200_000, id="nested"),
        pytest.param(b"<html><body>" + b"<table><tr><td>" * 100_000 + b"x", id="nested tables"),
        pytest.param(
            b"%PDF-1.4\n" + b"1 0 obj\n<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >>\nendobj\n" * 50,
            id="pdf",
        ),
    ],
)
def test_a_bomb_ends_by_the_deadline(body: bytes) -> None:
    articles = Articles(ReadingSettings(deadline=3.0, workers=1))
    try:
        start = time.monotonic()
        (found,) = read(articles, body)
        assert time.monotonic() - start < 12
        assert isinstance(found, str) or len(found.text) <= MAX_TEXT
        good = page(TITLE)
        assert TITLE in str(read(articles, good)[0])
    finally:
        articles.close()


def test_the_parsers_are_not_loaded_where_no_page_is_read() -> None:
    code = "import sys, monitor.cli; print(sorted({'trafilatura', 'pypdf', 'lxml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
