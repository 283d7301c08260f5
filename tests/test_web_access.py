"""Who is let in to the web pages: names, proxies, other sites, passwords (faults 80, 81, 83, 84, 86, 87)."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from monitor.config import Settings, load
from monitor.errors import Invalid
from monitor.web import sessions
from monitor.web.admission import Asked, Names, is_loopback, refused
from monitor.web.pages import root, static
from tests.webpages import NOON, ONE_CLICK, PASSWORD, Pages


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "monitor.db")


@pytest.fixture
def locked(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "monitor.db", url="https://signals.example.com", password=PASSWORD)


# ------------------------------------------------------------------ who is let in (faults 80, 81)


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8765",
        "localhost.evil.test:8765",
        "127.0.0.1.evil.test",
        "127.0.0.1:1",
        "",
        "localhost",
    ],
)
@pytest.mark.parametrize("path", ["/", "/digests/", "/unsubscribe/{token}", "/nonsense"])
def test_a_strange_name_is_refused_before_any_page(pages: Pages, host: str, path: str) -> None:
    token = pages.token()
    answer = pages.ask("POST", path.format(token=token), Host=host)
    assert answer.status_code == 421
    assert "set url of [web]" in answer.text
    assert pages.gone() is None


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765", "LOCALHOST:8765"])
def test_this_machine_has_its_names(pages: Pages, host: str) -> None:
    assert pages.get("/", Host=host).status_code == 200


def test_through_a_proxy_there_is_only_the_page_to_unsubscribe(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "monitor.db", url="https://signals.example.com")
    pages.keep()
    for path in ("/", "/digests/", "/digests/Ann/2026-03-02", "/stories/s1", "/nonsense"):
        answer = pages.get(path, Host="signals.example.com")
        assert answer.status_code == 403
        assert "set password of [web]" in answer.text
    answer = pages.post(f"/unsubscribe/{pages.token()}", ONE_CLICK, Host="signals.example.com")
    assert (answer.status_code, pages.gone()) == (200, NOON)


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "Via", "X_Real_IP", "CF_Connecting_IP"])
def test_a_proxy_that_calls_us_by_our_own_name_is_a_proxy_all_the_same(pages: Pages, header: str) -> None:
    assert pages.get("/digests/", **{header: "203.0.113.9"}).status_code == 403


@pytest.mark.parametrize(
    ("url", "status"), [("", 200), ("http://localhost:8765", 200), ("https://signals.example.com", 403)]
)
def test_a_proxy_that_does_not_say_that_it_is_one_gets_no_pages_without_a_password(
    tmp_path: Path, url: str, status: int
) -> None:
    """nginx since 1.29.7, left as it is: by our own name, in HTTP/1.1, without a header of its own."""
    pages = Pages(tmp_path / "monitor.db", url=url)
    assert pages.get("/digests/").status_code == status
    assert pages.get(f"/unsubscribe/{pages.token()}").status_code == 200


def names(host: str = "127.0.0.1", port: int = 8765, url: str = "", *, locked: bool = False) -> Names:
    return Names(host, port, url, locked)


@pytest.mark.parametrize(
    ("known", "host", "status"),
    [
        (names(), "127.0.0.1:8765", 0),
        (names("127.0.0.2"), "127.0.0.2:8765", 0),
        (names(port=80), "localhost", 0),
        (names(url="https://x.test"), "x.test", 403),
        (names(url="https://x.test", locked=True), "x.test", 0),
        (names(url="https://x.test", locked=True), "x.test:443", 0),
        (names(url="https://x.test", locked=True), "x.test:80", 421),
        (names(url="http://x.test:8000/signals", locked=True), "x.test:8000", 0),
        (names(url="http://x.test:8000", locked=True), "x.test", 421),
        (names("192.168.1.5", locked=True), "192.168.1.5:8765", 0),
        (names("fd00::5", locked=True), "[fd00::5]:8765", 0),
        (names("0.0.0.0", locked=True), "192.168.1.5:8765", 421),
        (names("0.0.0.0", locked=True), "0.0.0.0:8765", 421),
    ],
)
def test_the_names_that_are_ours(known: Names, host: str, status: int) -> None:
    refusal = refused(Asked("GET", "/", {"host": host}), known)
    assert (refusal.status if refusal else 0) == status


def test_what_speaks_an_old_http_is_no_browser() -> None:
    refusal = refused(Asked("GET", "/", {"host": "127.0.0.1:8765"}, "1.0"), names())
    assert refusal
    assert refusal.status == 403


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8765"}, False),
        ({"origin": "http://127.0.0.1:8765"}, True),
        ({"origin": "http://evil.test"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://[", "content-type": "text/plain"}, False),
        ({"origin": ""}, False),
    ],
)
def test_what_changes_something_is_taken_from_our_own_pages_only(
    headers: dict[str, str], *, allowed: bool
) -> None:
    asked = Asked("POST", "/logout", {"host": "127.0.0.1:8765"} | headers)
    assert (refused(asked, names()) is None) is allowed


@pytest.mark.parametrize(
    ("site", "mode", "part", "allowed"),
    [
        ("cross-site", "navigate", "document", True),
        ("same-site", "navigate", "document", True),
        ("same-origin", "cors", "empty", True),
        ("none", "no-cors", "image", True),
        ("cross-site", "no-cors", "image", False),
        ("cross-site", "no-cors", "script", False),
        ("cross-site", "navigate", "iframe", False),
        ("cross-site", "navigate", "object", False),
        ("same-site", "cors", "empty", False),
    ],
)
def test_another_site_leads_to_our_pages_and_draws_none_of_them_into_its_own(
    site: str, mode: str, part: str, *, allowed: bool
) -> None:
    said = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": part}
    asked = Asked("GET", "/why", {"host": "127.0.0.1:8765"} | said)
    assert (refused(asked, names()) is None) is allowed


def test_every_page_has_the_headers_that_keep_it_apart(pages: Pages) -> None:
    pages.keep()
    answers = [pages.get(path) for path in ("/", "/digests/", "/digests/Ann/2026-03-02", "/nonsense")]
    answers.append(pages.get("/", Host="evil.test"))
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
    assert pages.ask("HEAD", "/digests/").status_code == 200


def test_no_other_site_learns_from_where_a_reader_came(pages: Pages) -> None:
    """A form of ours names its origin to us, for browsers that say nothing else of it."""
    pages.keep()
    said = [pages.get(path).headers["referrer-policy"] for path in ("/", "/digests/Ann/2026-03-02")]
    assert said == ["same-origin", "no-referrer"]


def test_only_what_has_the_nonce_of_this_one_answer_is_style_or_script(pages: Pages) -> None:
    nonces = set()
    for _ in range(3):
        answer = pages.get("/")
        found = set(re.findall(r'nonce="([^"]+)"', answer.text))
        (nonce,) = found
        policy = answer.headers["content-security-policy"]
        assert policy.endswith(f"; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'")
        assert len(nonce) >= 22
        nonces |= found
    assert len(nonces) == 3


def test_no_page_has_a_style_or_a_script_of_its_own(pages: Pages) -> None:
    for path in ("/", "/digests/", "/nonsense", f"/unsubscribe/{pages.token()}"):
        text = pages.get(path).text
        assert not re.search(r"<style|<script(?! src=)| style=| on\w+=", text)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("desk.css", "text/css"), ("desk.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
def test_a_static_file_is_to_be_had_before_login_and_kept(locked: Pages, name: str, kind: str) -> None:
    answer = locked.get(f"/static/{name}")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("accepted", "packed"), [("gzip, br", True), ("identity", False)])
def test_a_static_file_is_packed_for_who_takes_it_so(pages: Pages, accepted: str, *, packed: bool) -> None:
    answer = pages.get("/static/desk.css", Accept_Encoding=accepted)
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert (int(answer.headers["content-length"]) < len(answer.content) / 3) is packed
    assert answer.content == static("desk.css")


def test_no_page_is_packed(pages: Pages) -> None:
    assert "content-encoding" not in pages.get("/settings/", Accept_Encoding="gzip").headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/static/", 404),
        ("/static/base.html", 404),
        ("/static/..%2f..%2fmonitor.toml", 404),
        ("/static/%2e%2e/%2e%2e/monitor.toml", 404),
        ("/static", 303),
        ("/staticx/desk.css", 303),
        ("/digests/static/desk.css", 303),
    ],
)
def test_below_static_there_is_nothing_else(locked: Pages, path: str, status: int) -> None:
    assert locked.get(path).status_code == status


@pytest.mark.parametrize(
    ("path", "way"), [("/", "./"), ("/x", "./"), ("/digests/", "../"), ("/a/b/c", "../../"), ("*", "./")]
)
def test_links_are_relative_so_that_a_proxy_may_have_the_pages_below_a_path(path: str, way: str) -> None:
    assert root(path) == way


# ------------------------------------------------------------------ a password (faults 83, 84, 86)


def enter(pages: Pages, password: str = PASSWORD, wanted: str = "/", **headers: str) -> httpx.Response:
    return pages.post("/login", {"password": password, "next": wanted}, **headers)


def cookie(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def test_with_a_password_nothing_but_leaving_is_to_be_had_without_it(locked: Pages) -> None:
    locked.keep()
    for path in ("/", "/digests/", "/digests/Ann/2026-03-02", "/stories/s1", "/nonsense"):
        answer = locked.get(path)
        assert (answer.status_code, answer.text) == (303, "")
        assert answer.headers["location"].endswith(f"login?next={path}")
    assert locked.post("/digests/").status_code == 401
    assert locked.post(f"/unsubscribe/{locked.token()}", ONE_CLICK).status_code == 200


def test_the_password_opens_the_pages_and_logging_out_closes_them(locked: Pages) -> None:
    answer = enter(locked, wanted="/digests/")
    assert (answer.status_code, answer.headers["location"]) == (303, "./digests/")
    held = cookie(answer)
    page = locked.get("/digests/", Cookie=held)
    assert (page.status_code, "Log out" in page.text) == (200, True)
    locked.post("/logout", Cookie=held)
    assert locked.get("/digests/", Cookie=held).status_code == 303


def test_a_link_changes_nothing(locked: Pages) -> None:
    held = cookie(enter(locked))
    assert locked.get("/logout", Cookie=held).status_code == 405
    assert locked.post("/logout", Cookie=held, Sec_Fetch_Site="cross-site").status_code == 403
    assert locked.get("/", Cookie=held).status_code == 200


def test_the_cookie_is_for_no_script_and_no_strange_page_and_for_https_where_that_is_the_way(
    locked: Pages,
) -> None:
    near = enter(locked).headers["set-cookie"]
    far = enter(locked, Host="signals.example.com").headers["set-cookie"]
    assert ("HttpOnly" in near, "SameSite=lax" in near, "Secure" in near, "Secure" in far) == (
        True,
        True,
        False,
        True,
    )


def test_a_session_gets_a_new_name_at_login_and_none_outlives_a_restart(
    locked: Pages, tmp_path: Path
) -> None:
    fixed = "monitor_session=chosen-by-somebody-else"
    held = cookie(enter(locked, Cookie=fixed))
    assert held != fixed
    assert locked.get("/", Cookie=fixed).status_code == 303
    again = cookie(enter(locked, Cookie=held))
    assert locked.get("/", Cookie=held).status_code == 303
    assert locked.get("/", Cookie=again).status_code == 200
    restarted = Pages(tmp_path / "monitor.db", password=PASSWORD)
    assert restarted.get("/", Cookie=again).status_code == 303


def test_a_session_ends_by_itself(locked: Pages) -> None:
    held = cookie(enter(locked))
    locked.seconds.now += 8 * 86400
    assert locked.get("/", Cookie=held).status_code == 303


def test_guessing_is_slowed_whatever_a_request_says_of_itself_and_the_right_one_works_afterwards(
    locked: Pages,
) -> None:
    tried = 0
    for number in range(100):
        answer = enter(
            locked, f"guess {number}", X_Forwarded_For=f"203.0.113.{number}", Host="signals.example.com"
        )
        tried += answer.status_code == 403
        locked.seconds.now += 0.6
    assert tried <= 11, "of a hundred in a minute"
    answer = enter(locked)
    assert (answer.status_code, answer.headers["retry-after"].isdigit()) == (429, True)
    locked.seconds.now += 60
    assert enter(locked).status_code == 303
    assert enter(locked, "wrong").status_code == 403, "and the count begins anew"


def test_who_guesses_holds_up_nobody_at_another_address(locked: Pages) -> None:
    body = b"password=wrong"
    for _ in range(20):
        locked.ask("POST", "/login", peer="203.0.113.9", body=body, Host="signals.example.com")
    assert (
        locked.ask("POST", "/login", peer="203.0.113.9", body=body, Host="signals.example.com").status_code
        == 429
    )
    assert enter(locked).status_code == 303


def test_of_ipv6_a_whole_network_is_one_reader() -> None:
    slowing = sessions.Slowing(lambda: 0.0)
    waits = [slowing.take(f"2001:db8:1:2::{number}", "") for number in range(1, 7)]
    assert waits[:5] == [0, 0, 0, 0, 0]
    assert waits[5] > 0
    assert slowing.take("2001:db8:1:3::1", "") == 0


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("/digests/", "/digests/"),
        ("/digests/Ann Lee/2026-03-02", "/digests/Ann Lee/2026-03-02"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("\\\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.test", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_after_logging_in_comes_a_page_of_ours(locked: Pages, wanted: str, page: str) -> None:
    assert sessions.page_after(wanted) == page
    where = enter(locked, wanted=wanted).headers["location"]
    assert httpx.URL("http://here.test/login").join(where).host == "here.test"


def test_the_password_is_nowhere_in_the_pages(locked: Pages, caplog: pytest.LogCaptureFixture) -> None:
    answers = [locked.get("/login"), enter(locked, "wrong"), enter(locked)]
    assert not any(PASSWORD in f"{answer.text} {answer.headers}" for answer in answers)
    assert PASSWORD not in f"{locked.house!r} {caplog.text}"


# ------------------------------------------------------------------ the settings (fault 87)


def web(**values: str) -> Settings:
    return load(None, {f"MONITOR_WEB__{name.upper()}": value for name, value in values.items()})


def wrong(**values: str) -> str:
    with pytest.raises(Invalid) as caught:
        web(**values)
    return str(caught.value)


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("127.0.0.1:8765", "127.0.0.1", 8765),
        ("localhost:80", "localhost", 80),
        ("[::1]:9000", "::1", 9000),
        ("127.0.0.1:0", "127.0.0.1", 0),
    ],
)
def test_where_to_listen(listen: str, host: str, port: int) -> None:
    made = web(listen=listen).web
    assert (made.host, made.port) == (host, port)


@pytest.mark.parametrize(
    "listen", ["8765", "127.0.0.1", "127.0.0.1:", "a b:80", "x:99999", "http://x:80", "u@x:80", "[::1:80"]
)
def test_what_is_no_place_to_listen_is_refused(listen: str) -> None:
    assert "write host:port, for example 127.0.0.1:8765" in wrong(listen=listen)


@pytest.mark.parametrize("listen", ["0.0.0.0:8765", "[::]:8765", "192.168.1.5:80", "signals.example.com:80"])
def test_another_address_than_the_machine_s_own_takes_a_password(listen: str) -> None:
    assert f"{listen} is to be reached from elsewhere: set password too" in wrong(listen=listen)
    assert web(listen=listen, password=PASSWORD).web.listen == listen


def test_a_password_has_a_length() -> None:
    assert "write at least 8 characters" in wrong(password="short")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://signals.example.com/", "https://signals.example.com"),
        ("http://x.test:8080/signals/", "http://x.test:8080/signals"),
        ("", ""),
    ],
)
def test_the_address_of_readers_has_no_slash_at_its_end(url: str, kept: str) -> None:
    assert web(url=url).web.url == kept


@pytest.mark.parametrize(
    "url",
    [
        "signals.example.com",
        "ftp://x.test",
        "https://",
        "https://u:p@x.test",
        "https://x.test/?a",
        "https://x.test:port",
        "https://x.test/\n",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    assert "write the address that readers use" in wrong(url=url)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("localhost.evil.test", False),
    ],
)
def test_the_machine_s_own_addresses(host: str, *, own: bool) -> None:
    assert is_loopback(host) is own


@pytest.mark.parametrize(
    ("url", "password", "led"),
    [
        pytest.param("https://desk.example.com", "", False, id="nobody from outside is let in"),
        pytest.param("https://desk.example.com", "a long one", True, id="with a password"),
        pytest.param("http://127.0.0.1:8765", "", True, id="on this machine"),
        pytest.param("", "a long one", False, id="no address"),
    ],
)
def test_letters_and_alerts_lead_to_pages_only_where_readers_are_let_in(
    url: str, password: str, led: bool
) -> None:
    settings = web(url=url, password=password).web
    assert settings.links == (url if led else "")
