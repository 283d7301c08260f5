"""Nothing that was entered is lost where a session ended, or the monitor was started again meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

from monitor.web import carried
from monitor.web.bodies import ENTERED_BYTES
from monitor.web.carried import Carried
from monitor.web.serving import Serving
from tests.chromium import chromium
from tests.webapp import WebApp
from tests.webpages import HERE, PASSWORD, Pages, held

WRITTEN = {
    "text": 'watchlist: gallium\r\nterms: [镓, "><script>alert(1)</script>]\r\n',
    "name": "Gallium",
    "password": "is a field of a form too",
    "token": "of before",
}
EDIT = "/nowhere/gallium/edit?view=yaml"


@dataclass
class Form(HTMLParser):
    """The form of a page: where it goes, and what a browser would send."""

    html: str
    action: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found.get("action") or ""
        elif tag == "input":
            self.fields[found["name"] or ""] = found.get("value") or ""


def body(fields: dict[str, str]) -> bytes:
    return str(httpx.QueryParams(fields)).encode()


def send(pages: Pages, cookie: str = "", path: str = EDIT, **headers: str) -> httpx.Response:
    headers = {"Origin": HERE} | headers | ({"Cookie": cookie} if cookie else {})
    return pages.ask("POST", path, body=body(WRITTEN), **headers)


def press(pages: Pages, answer: httpx.Response, path: str, cookie: str = "", **fields: str) -> httpx.Response:
    """Press the one button of the page."""
    form = Form(answer.text)
    where = urlsplit(urljoin(f"{HERE}{path}", form.action))
    assert f"{where.scheme}://{where.netloc}" == HERE
    known = {"Cookie": cookie} if cookie else {}
    target = f"{where.path}?{where.query}" if where.query else where.path
    return pages.ask("POST", target, body=body(form.fields | fields), Origin=HERE, **known)


def entered(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.fields.items() if name != "token"}


ENTERED = {name: value for name, value in WRITTEN.items() if name != "token"}


def test_after_a_restart_what_was_entered_is_sent_by_one_press(tmp_path: Path) -> None:
    """Where nobody logs in."""
    pages = Pages(tmp_path / "monitor.db")
    answer = send(pages)
    assert (answer.status_code, "That page is too old" in answer.text) == (403, True)
    form = Form(answer.text)
    assert entered(form) == ENTERED
    assert urljoin(f"{HERE}{EDIT}", form.action) == f"{HERE}{EDIT}"
    assert "<script>" not in answer.text
    assert press(pages, answer, EDIT).status_code == 404, "it arrives: there is no such page here"


def test_who_is_logged_out_meanwhile_logs_in_and_goes_on(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db", password=PASSWORD)
    answer = send(pages, "monitor_session=of-before")
    assert (answer.status_code, "What you had entered is kept" in answer.text) == (401, True)
    wrong = press(pages, answer, EDIT, password="wrong")
    assert wrong.status_code == 403
    again = press(pages, wrong, "/login", password=PASSWORD, name="ann")
    assert (again.status_code, "Go on" in again.text) == (200, True)
    assert entered(Form(again.text)) == ENTERED
    arrived = press(pages, again, "/login", held(again))
    assert arrived.status_code == 404
    assert pages.get("/", Cookie=held(again)).status_code == 200


def test_a_stale_token_of_a_session_that_goes_on_is_renewed(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db", password=PASSWORD)
    cookie = pages.logged_in()
    answer = send(pages, cookie)
    assert entered(Form(answer.text)) == ENTERED
    assert press(pages, answer, EDIT, cookie).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": HERE, "Sec_Fetch_Site": "cross-site"},
        {"Origin": HERE, "Sec_Fetch_Site": "same-site"},
        {"Origin": HERE, "Sec_Fetch_Site": "none"},
    ],
)
@pytest.mark.parametrize("password", ["", PASSWORD])
def test_what_another_site_sends_is_never_carried(
    tmp_path: Path, password: str, headers: dict[str, str]
) -> None:
    answer = send(Pages(tmp_path / "monitor.db", password=password), **headers)
    assert answer.status_code in (401, 403)
    assert "gallium" not in answer.text
    assert 'name="token"' not in answer.text


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_what_says_nothing_of_where_it_comes_from_is_not_carried(tmp_path: Path, password: str) -> None:
    answer = Pages(tmp_path / "monitor.db", password=password).ask("POST", EDIT, body=body(WRITTEN))
    assert answer.status_code in (401, 403)
    assert "gallium" not in answer.text


def test_a_browser_that_says_only_where_from_is_believed(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db")
    answer = pages.ask("POST", EDIT, body=body(WRITTEN), Sec_Fetch_Site="same-origin")
    assert entered(Form(answer.text)) == ENTERED


def test_who_is_not_let_in_has_only_so_much_carried(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db", password=PASSWORD)
    answer = pages.ask("POST", EDIT, body=b"text=" + b"x" * ENTERED_BYTES, Origin=HERE)
    assert (answer.status_code, "too long" in answer.text) == (413, True)
    most = b"text=" + b"%22" * ((ENTERED_BYTES - 5) // 3)
    kept = pages.ask("POST", EDIT, body=most, Origin=HERE)
    assert kept.status_code == 401
    back = press(pages, kept, EDIT, password=PASSWORD)
    assert (back.status_code, len(Form(back.text).fields["text"])) == (200, (ENTERED_BYTES - 5) // 3)


@pytest.mark.parametrize(
    "to", ["//evil.test/", "/\\evil.test", "https://evil.test", "javascript:alert(1)", "/a\r\nb", "x", ""]
)
def test_it_goes_to_a_page_of_ours_or_nowhere(tmp_path: Path, to: str) -> None:
    pages = Pages(tmp_path / "monitor.db", password=PASSWORD)
    answer = pages.enter(entered=Carried(to, (("a", "b"),)).text)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "null",
        '["/x"]',
        '["/x", {"a": "b"}]',
        '["/x", [["a"]]]',
        "[" * 100_000,
        '["/x", [["a", 1]]]',
    ],
)
def test_what_is_not_ours_carries_nothing(text: str) -> None:
    assert carried.read(text) is None


FIELDS = st.tuples(st.text(max_size=20), st.text(max_size=200))


@given(st.lists(FIELDS, max_size=8).map(tuple))
def test_whatever_was_entered_comes_back_as_it_was(fields: tuple[tuple[str, str], ...]) -> None:
    one = Carried("/watchlists/x/edit?view=yaml", fields)
    assert carried.read(one.text) == one


def test_where_one_was_going_is_kept_with_what_was_asked(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db", password=PASSWORD)
    asked = pages.get("/search?q=%E9%95%93&page=2")
    assert asked.status_code == 303
    where = httpx.URL(f"{HERE}/search").join(asked.headers["location"])
    page = pages.get(str(where.raw_path, "ascii"))
    answer = press(pages, page, "/login", password=PASSWORD)
    assert answer.headers["location"] == "./search?q=%E9%95%93&page=2"


def test_in_a_browser_a_restart_in_mid_edit_loses_nothing(tmp_path: Path) -> None:
    desk = WebApp(tmp_path / "monitor.db")
    written = desk.text() + '# 镓 "><b>\n'
    try:
        with chromium() as browser:
            page = browser.new_page()
            with Serving(desk.house, "127.0.0.1", 0) as serving:
                port = urlsplit(serving.address).port
                assert port
                page.goto(f"{serving.address}watchlists/magnets/edit?view=yaml")
                page.locator("textarea").first.fill(written)
            desk.restart()
            with Serving(desk.house, "127.0.0.1", port):
                page.get_by_role("button", name="Save").click()
                expect(page.get_by_role("heading").first).to_have_text("That page is too old")
                assert desk.text() != written
                page.get_by_role("button", name="Go on").click()
                expect(page.get_by_role("heading").first).not_to_have_text("That page is too old")
        assert desk.text() == written
        assert len(desk.edits()) == 1
    finally:
        desk.close()
