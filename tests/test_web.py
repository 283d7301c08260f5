"""The web pages: leaving (fault 70), the digests as they were sent, and stories (fault 82)."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.model import Source
from monitor.outbox import State
from monitor.storage.moments import stamp
from monitor.web.archive import ROWS
from tests.desk import NEWS, OLD, Desk
from tests.rules import MAGNETS
from tests.webpages import DAY, NOON, ONE_CLICK, Pages, steady

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "monitor.db")


def shown(answer: httpx.Response) -> str:
    """The words of a page, without its markup."""
    words = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(words.split())


# ------------------------------------------------------------------ leaving (fault 70)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_to_look_at_the_page_changes_nothing(pages: Pages, method: str) -> None:
    token = pages.token()
    for purpose in ("", "prefetch"):
        answer = pages.ask(method, f"/unsubscribe/{token}", Sec_Purpose=purpose, User_Agent="scanner")
        assert answer.status_code == 200
    assert pages.gone() is None
    assert pages.notices() == []


def test_the_page_says_who_leaves_and_has_a_button(pages: Pages) -> None:
    answer = pages.get(f"/unsubscribe/{pages.token()}")
    assert "ann@example.com (Ann) gets the digest of Signal Monitor. Nothing has been changed yet." in shown(
        answer
    )
    assert '<form class="card" method="post">' in answer.text
    assert "<button>Send me no more digests</button>" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://mail.example.com", "Sec_Fetch_Site": "cross-site"},
        {"Content_Type": "multipart/form-data; boundary=x"},
    ],
    ids=["mail server", "mail page", "multipart"],
)
def test_a_post_without_cookie_or_redirect_unsubscribes(pages: Pages, headers: dict[str, str]) -> None:
    answer = pages.post(f"/unsubscribe/{pages.token()}", ONE_CLICK, **headers)
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert pages.gone() == NOON


def test_a_second_post_gets_the_same_answer_and_is_told_once(pages: Pages) -> None:
    token = pages.token()
    first, second = (pages.post(f"/unsubscribe/{token}", ONE_CLICK) for _ in range(2))
    assert first.status_code == 200
    assert steady(first) == steady(second)
    assert "You are unsubscribed" in first.text
    assert "<code>monitor digests resume Ann</code>" in first.text
    assert pages.notices() == ["Ann <ann@example.com> unsubscribed from the digest"]


def test_who_has_left_sees_that_when_they_look_again(pages: Pages) -> None:
    token = pages.token()
    left = pages.post(f"/unsubscribe/{token}", ONE_CLICK)
    assert steady(pages.get(f"/unsubscribe/{token}")) == steady(left)


def test_another_who_reads_the_digest_goes_on_getting_it(pages: Pages) -> None:
    bob = pages.token("Bob", "bob@example.com")
    pages.post(f"/unsubscribe/{pages.token()}", ONE_CLICK)
    assert pages.gone("Bob", "bob@example.com") is None
    assert "Nothing has been changed yet" in pages.get(f"/unsubscribe/{bob}").text


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize(
    "forged",
    [
        lambda token: token.swapcase(),
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: "A" * 22,
        lambda token: "A" * 5000,
        lambda token: "%25",
        lambda token: "' OR 1=1 --",
        lambda token: "%00",
        lambda token: "Ann",
    ],
    ids=["case", "cut", "longer", "unknown", "overlong", "percent", "sql", "nul", "name"],
)
def test_a_token_that_is_none_is_any_page_that_there_is_not(
    pages: Pages, forged: Callable[[str], str], method: str
) -> None:
    answer = pages.ask(method, f"/unsubscribe/{forged(pages.token())}")
    other = pages.ask("GET" if method == "POST" else method, "/no-such/page")
    assert answer.status_code == 404
    assert steady(answer) == steady(other)
    assert pages.gone() is None


def test_a_body_that_is_too_long_is_refused_and_changes_nothing(pages: Pages) -> None:
    answer = pages.ask("POST", f"/unsubscribe/{pages.token()}", body=b"x" * 20_000)
    assert (answer.status_code, pages.gone()) == (413, None)


def test_other_methods_are_not_allowed(pages: Pages) -> None:
    body = f"token={pages.form_token()}".encode()
    for path in (f"/unsubscribe/{pages.token()}", "/", "/digests/"):
        for method in ("PUT", "DELETE", "BREW"):
            assert pages.ask(method, path, body=body).status_code == 405
    assert pages.gone() is None


def test_a_hostile_name_stands_in_the_pages_as_text(pages: Pages) -> None:
    answer = pages.post(f"/unsubscribe/{pages.token(HOSTILE, 'x@example.com')}", ONE_CLICK)
    assert "<script>" not in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text
    assert "<script>" not in pages.get("/digests/").text


# ------------------------------------------------------------------ the digests


def test_the_list_says_of_each_digest_what_became_of_it(pages: Pages) -> None:
    pages.keep()
    pages.keep("Bob", state=State.FAILED.value, error="451 try again later", finished=stamp(NOON))
    pages.keep("Cy", until=stamp(NOON + timedelta(hours=3)), finished=stamp(NOON + timedelta(hours=3)))
    pages.keep("Di", state=State.PENDING.value, subject="", html="", body="", finished=None)
    pages.keep("Ed", state=State.MUTED.value, subject="", html="", body="")
    words = shown(pages.get("/digests/"))
    for line in (
        "Mon 2 Mar 2026 Ann Magnets moved text sent 2 Mar 2026 12:00 UTC Mon",
        "Bob Magnets moved text failed, tried again 451 try again later; next try 2 Mar 2026 12:00 UTC",
        "Cy Magnets moved text sent 2 Mar 2026 15:00 UTC late, was due 2 Mar 2026 12:00 UTC",
        "Di (not written yet) waiting",
        "Ed (not written) quiet, not sent",
    ):
        assert line in words


def test_the_list_says_who_gets_none_and_how_they_come_back(pages: Pages) -> None:
    pages.post(f"/unsubscribe/{pages.token('Ann Lee')}", ONE_CLICK)
    pages.token("Bob", "bob@example.com")
    with pages.storage() as storage, storage.write():
        storage.subscriptions.park("Bob", "bob@example.com", "550 no such user", NOON)
    words = shown(pages.get("/digests/"))
    assert "Ann Lee &lt;ann@example.com&gt; unsubscribed on 2 Mar 2026 12:00 UTC." in words
    assert "monitor digests resume &#39;Ann Lee&#39;" in words
    assert (
        "&lt;bob@example.com&gt; is refused by the mail server since 2 Mar 2026 12:00 UTC: 550 no such user"
        in words
    )


def test_a_long_list_goes_on_without_a_gap(pages: Pages) -> None:
    names = [f"Reader {number:03}" for number in range(ROWS + 5)]
    for name in names:
        pages.keep(name)
    pages.keep("Older", DAY - timedelta(days=1))
    first = pages.get("/digests/")
    older = re.search(r'href="\.\./digests/(\?[^"]+)"', first.text)
    assert older
    second = pages.get("/digests/" + older[1].replace("&amp;", "&"))
    found = re.findall(r"<td>(Reader \d+|Older)</td>", first.text + second.text)
    assert found == [*names, "Older"]
    assert "Older digests" not in second.text


def test_the_list_reads_no_more_rows_than_it_shows(pages: Pages) -> None:
    """Each has a letter in it, and of many subscribers there are millions."""
    with pages.storage() as storage:
        asked: list[str] = []
        storage.db.conn.set_trace_callback(asked.append)
        storage.archive.latest(5, ("2026-03-02", "Ann"))
        (sql,) = asked
        plan = " ".join(row[3] for row in storage.db.execute(f"EXPLAIN QUERY PLAN {sql}"))
    assert "USING INDEX digests_day (day<?)" in plan
    assert "TEMP B-TREE" not in plan


def test_a_digest_is_shown_exactly_as_it_was_sent_and_can_do_nothing(pages: Pages) -> None:
    html = "<!doctype html><title>x</title><script>alert(1)</script><p style='color:red'>Dysprosium</p>"
    pages.keep("Ann Lee", html=html, body="Dysprosium <b>\n")
    answer = pages.get("/digests/Ann%20Lee/2026-03-02")
    assert answer.text == html
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; ")
    assert "script-src" not in policy
    assert policy.endswith("; sandbox allow-popups allow-popups-to-escape-sandbox")
    text = pages.get("/digests/Ann%20Lee/2026-03-02.txt")
    assert (text.text, text.headers["content-type"]) == ("Dysprosium <b>\n", "text/plain; charset=utf-8")
    assert text.headers["x-content-type-options"] == "nosniff"


def test_who_looks_at_the_digest_of_another_does_not_learn_how_they_unsubscribe(pages: Pages) -> None:
    now, before, other = pages.token(), pages.token(email="ann@old.example.com"), pages.token("Bob", "b@x.y")
    words = "".join(f"https://desk.example.com/unsubscribe/{token} " for token in (now, before, other))
    pages.keep(html=f"<p>{words}</p>", body=words)
    for path in ("/digests/Ann/2026-03-02", "/digests/Ann/2026-03-02.txt"):
        shown = pages.get(path).text
        assert shown.count("https://desk.example.com/unsubscribe/... ") == 2
        assert now not in shown
        assert before not in shown


@pytest.mark.parametrize(
    "path",
    [
        "/digests/Ann/2026-03-03",
        "/digests/Ann/2026-02-30",
        "/digests/Ann/20260302",
        "/digests/Ann/2026-W10-1",
        "/digests/Ann/٢٠٢٦-٠٣-٠٢",
        "/digests/ann/2026-03-02",
        "/digests/%/2026-03-02",
        "/digests/%25/2026-03-02",
        "/digests/Ann%00/2026-03-02",
        "/digests/..%2f..%2fmonitor.db/2026-03-02",
        "/digests/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/digests/Ann/..%2f..%2f..%2fetc%2fpasswd",
        "/digests/Ann/2026-03-02.html",
        "/digests/Ann/2026-03-02/",
        "/digests/Di/2026-03-02",
        "/digests/Di/2026-03-02.txt",
        "/static/../../monitor.toml",
        "/stories/s1",
        "/stories/s99999999999999999999",
        "/stories/..%2f..",
        "/login",
    ],
)
def test_what_there_is_not_is_not_found(pages: Pages, path: str) -> None:
    pages.keep()
    pages.keep("Di", html="", body="")
    assert pages.get(path).status_code == 404


def test_the_list_is_found_without_its_slash(pages: Pages) -> None:
    answer = pages.get("/digests")
    assert (answer.status_code, answer.headers["location"]) == (307, "digests/")


def test_the_pages_write_nothing(pages: Pages) -> None:
    pages.keep()
    with pages.house.reading() as storage, pytest.raises(Exception, match="readonly"):
        storage.db.execute("DELETE FROM digests")


def test_a_database_that_cannot_be_read_is_said_in_a_page(tmp_path: Path) -> None:
    answer = Pages(tmp_path / "missing" / "monitor.db").get("/digests/")
    assert (answer.status_code, "Not to be had just now" in answer.text) == (503, True)
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_database_that_another_holds_is_not_waited_for_as_long_as_the_daemon_does(
    pages: Pages, method: str
) -> None:
    place = f"/unsubscribe/{pages.token()}"
    hasty = Pages(pages.path, patience=0.1)
    with closing(sqlite3.connect(pages.path, isolation_level=None)) as another:
        another.execute("PRAGMA locking_mode = EXCLUSIVE")
        another.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        answer = hasty.ask(method, place)
        assert time.monotonic() - began < 3
        another.execute("ROLLBACK")
    assert (answer.status_code, "Try again in a minute" in answer.text) == (503, True)
    assert pages.gone() is None


# ------------------------------------------------------------------ stories


@pytest.fixture
def told(desk: Desk) -> Pages:
    """Pages after a look that told two stories."""
    desk.run("poll")
    desk.entries["wire"] = NEWS + OLD
    desk.run("poll")
    made = tuple(
        Source(name, f"The {name}", "feed", "", tier, "en") for name, tier in (("wire", 1), ("press", 4))
    )
    return Pages(desk.folder / "monitor.db", sources=made)


def _story(pages: Pages, title: str) -> str:
    with pages.storage() as storage:
        sql = "SELECT story FROM members m JOIN items i ON i.id = m.item WHERE i.title = ?"
        return str(storage.db.execute(sql, [title]).fetchone()[0])


def test_a_story_has_every_item_and_what_was_told_of_it(told: Pages) -> None:
    answer = told.get(f"/stories/{_story(told, NEWS[1][1])}")
    words = shown(answer)
    assert "1 item of 1 outlet" in words
    assert "The wire primary source" in words
    assert "came first" in words
    assert "First report" in words
    assert (
        'rel="noreferrer noopener" lang="en">EXIM approves loan for rare earth magnet plant</a>'
        in answer.text
    )


def test_of_a_source_that_is_watched_no_more_its_id_is_left(told: Pages) -> None:
    later = Pages(told.path)
    assert "· wire" in later.get(f"/stories/{_story(told, NEWS[1][1])}").text


def test_the_first_page_links_to_stories(told: Pages) -> None:
    assert f'href="./stories/{_story(told, NEWS[1][1])}"' in told.get("/").text


def test_a_hostile_item_has_no_link_and_no_markup(told: Pages) -> None:
    story = _story(told, NEWS[1][1])
    with told.storage() as storage, storage.write():
        storage.db.execute("UPDATE items SET title = ?, link = 'javascript:alert(1)'", [HOSTILE])
    answer = told.get(f"/stories/{story}")
    assert "<script>" not in answer.text
    assert "javascript:" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_story_that_was_merged_is_found_under_its_old_name(told: Pages, desk: Desk) -> None:
    kept, gone = _story(told, NEWS[1][1]), _story(told, NEWS[0][1])
    desk.run("stories", "merge", kept, gone)
    answer = told.get(f"/stories/{gone}")
    assert (answer.status_code, answer.headers["location"]) == (307, kept)
    assert f"joined because merged with {gone} by hand" in told.get(f"/stories/{kept}").text


def test_of_an_alert_that_went_to_nobody_it_says_so(told: Pages) -> None:
    story = _story(told, NEWS[1][1])
    assert "muted" not in told.get(f"/stories/{story}").text
    with told.storage() as storage, storage.write():
        storage.db.execute("UPDATE deliveries SET state = 'muted'")
    assert "muted: not sent" in told.get(f"/stories/{story}").text


# ------------------------------------------------------------------ watchlists


def test_a_watchlist_is_shown_as_it_is_in_force(tmp_path: Path) -> None:
    """Where alerts and forms lead to: its file, and nothing of a file is markup."""
    text = f"{MAGNETS}# <b>{HOSTILE}\n"
    pages = Pages(tmp_path / "monitor.db", rules={"magnets.yaml": text})
    answer = pages.get("/watchlists/magnets")
    assert answer.status_code == 200
    assert "watchlist: magnets" in answer.text
    assert "Nothing yet." in shown(answer)
    assert "<script>" not in answer.text


@pytest.mark.parametrize("name", ["no-such", "concepts", "magnets.yaml", "..%2Fmonitor"])
def test_there_is_no_page_of_what_is_no_watchlist(tmp_path: Path, name: str) -> None:
    pages = Pages(tmp_path / "monitor.db", rules={"magnets.yaml": MAGNETS, "concepts.yaml": "concepts: {}\n"})
    assert pages.get(f"/watchlists/{name}").status_code == 404
