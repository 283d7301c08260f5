"""The page of deliveries: what was sent where, in words, and trying again, through a real outbox."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.deliver import enqueue
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.holding import Hold
from monitor.outbox import Notice
from monitor.web.deliveries import ROWS, Deliveries
from tests.livepages import for_reader
from tests.outbox import A, B, Bench
from tests.test_web_sources import words
from tests.webpages import NOON, Pages

HOSTILE = '"><script>alert(1)</script>'


class Desk(Pages):
    """Pages whose forms are found on the page of sources."""

    def form_token(self, cookie: str = "") -> str:
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.get("/sources/add").text)
        return found[1] if found else ""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "m.db")
    yield made
    made.storage.close()


@pytest.fixture
def pages(bench: Bench) -> Desk:
    return Desk(bench.path)


def rows(page: str) -> list[str]:
    """The deliveries, each in words."""
    table = page.partition('<table class="deliveries">')[2]
    return [words(row) for row in re.findall(r"<tr><td>.*?</tr>", table, re.DOTALL)]


def a_state(bench: Bench, state: str) -> None:
    """Have one delivery in this state."""
    errors = {
        "failed": DeliveryFailed("fake: the server is down", retryable=True, retry_after=timedelta(hours=2)),
        "dead": DeliveryFailed("fake: no such channel"),
        "doubt": DeliveryUnknown("fake: no answer"),
        "broken": ValueError("a fault of ours"),
        "stopped": DeliveryFailed("fake: not_in_channel: invite the app", parks=True),
    }
    if state == "held":
        bench.file_held(Hold(NOON + timedelta(hours=7), "the quiet hours"), 1)
    else:
        bench.file(1)
    if state in errors:
        bench.channel.fail.append(errors[state])
    if state != "pending":
        bench.run()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("pending", r"waiting EXIM"),
        ("sent", r"sent EXIM approves loan 1 a 2 Mar 2026 12:00 UTC 2 Mar 2026 12:00 UTC$"),
        ("held", r"held until 2 Mar 2026 19:00 UTC EXIM .* the quiet hours"),
        ("failed", r"failed, next try 2 Mar 2026 14:00 UTC try again .* fake: the server is down"),
        ("dead", r"given up try again EXIM .* fake: no such channel"),
        ("doubt", r"in doubt, looked for 2 Mar 2026 12:00 UTC It broke off: it may have arrived"),
        ("broken", r"given up send again, perhaps twice It broke off: it may have arrived"),
    ],
)
def test_the_state_is_said_in_words(bench: Bench, pages: Desk, state: str, said: str) -> None:
    a_state(bench, state)
    (row,) = rows(pages.get("/deliveries/").text)
    assert re.search(said, row)


def test_an_alert_leads_to_its_story(bench: Bench, pages: Desk) -> None:
    bench.file(1)
    assert re.search(r'href="\.\./stories/[^"]+" lang="en">EXIM approves', pages.get("/deliveries/").text)


def test_what_was_told_late_says_how_late(bench: Bench, pages: Desk) -> None:
    bench.file(1)
    bench.run(timedelta(hours=3))
    assert "3 h later" in rows(pages.get("/deliveries/").text)[0]


def test_a_notice_stands_there_by_its_title(bench: Bench, pages: Desk) -> None:
    with bench.storage.write():
        enqueue(bench.storage, Notice("n1", HOSTILE, ("a line",), NOON), [A], NOON)
    page = pages.get("/deliveries/").text
    assert html.escape(HOSTILE).replace("&quot;", "&#34;") in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("sent", "a well 0 min ago 0 0 0"),
        (
            "failed",
            "failing fake: the server is down; what is next waits since 2 Mar 2026 12:00 UTC, tried again",
        ),
        ("dead", "a some given up nothing yet 0 0 1"),
        ("stopped", "a stopped since 2 Mar 2026 12:00 UTC: fake: not_in_channel: invite the app"),
        ("held", "a well nothing yet 0 1 0"),
    ],
)
def test_how_a_destination_stands_is_on_top(bench: Bench, pages: Desk, state: str, said: str) -> None:
    a_state(bench, state)
    table = pages.get("/deliveries/").text.partition("</table>")[0]
    assert said in words(table)


def test_those_with_trouble_come_first(bench: Bench, pages: Desk) -> None:
    bench.file(1, to=(A,))
    bench.run()
    bench.file(2, to=(B,))
    bench.channel.fail.append(DeliveryFailed("fake: no such channel"))
    bench.run()
    table = pages.get("/deliveries/").text.partition("</table>")[0]
    assert table.index(">b</a>") < table.index(">a</a>")


@pytest.mark.parametrize(
    ("asked", "many"),
    [("", 3), ("state=sent", 1), ("state=dead", 1), ("to=fake:b", 1), ("to=nobody", 0), ("state=strange", 3),
     ("watchlist=exim-dfc", 3), ("watchlist=others", 0), ("state=sent&to=fake:b", 0), ("page=7", 0)],
)  # fmt: skip
def test_what_is_asked_for_is_in_the_address(bench: Bench, pages: Desk, asked: str, many: int) -> None:
    bench.file(1)
    bench.run()
    bench.file(2)
    bench.channel.fail.append(DeliveryFailed("fake: no"))
    bench.run()
    bench.file(3, to=(B,))
    assert len(rows(pages.get(f"/deliveries/?{asked}").text)) == many


def test_more_than_a_page_is_paged(bench: Bench, pages: Desk) -> None:
    bench.file(*range(1, ROWS + 4))
    first = pages.get("/deliveries/?to=fake:a").text
    assert len(rows(first)) == ROWS
    assert 'href="?to=fake%3Aa&amp;page=2"' in first
    assert len(rows(pages.get("/deliveries/?to=fake:a&page=2").text)) == 3


def test_with_nothing_sent_it_says_what_will_be_there(pages: Desk) -> None:
    assert "Nothing was sent yet" in pages.get("/deliveries/").text


def test_fault_82_an_error_is_text(bench: Bench, pages: Desk) -> None:
    bench.file(1, title=HOSTILE)
    bench.channel.fail.append(DeliveryFailed(f"fake: {HOSTILE}"))
    bench.run()
    page = pages.get(f"/deliveries/?to={HOSTILE}").text + pages.get("/deliveries/").text
    assert "<script>alert" not in page


# ------------------------------------------------------------------ again


def number(bench: Bench) -> str:
    return bench.rows()[-1].id


@pytest.mark.parametrize("state", ["failed", "dead"])
def test_what_failed_is_tried_again(bench: Bench, pages: Desk, state: str) -> None:
    a_state(bench, state)
    answer = pages.post(f"/deliveries/{number(bench)}/retry")
    assert answer.status_code == 303
    page = pages.get("/deliveries/" + answer.headers["location"].rpartition("/")[2]).text
    assert "Put back in the queue: EXIM approves loan 1" in words(page)
    bench.run()
    assert bench.states() == ["sent"]
    assert len(bench.channel.arrived) == 1


@pytest.mark.parametrize("state", ["sent", "held", "pending"])
def test_what_did_not_fail_is_not_sent_again(bench: Bench, pages: Desk, state: str) -> None:
    a_state(bench, state)
    before = bench.states()
    answer = pages.post(f"/deliveries/{number(bench)}/retry")
    assert answer.status_code == 409
    assert "Only what failed or was given up" in answer.text
    assert bench.states() == before


def test_what_may_have_arrived_goes_out_again_only_if_that_is_meant(bench: Bench, pages: Desk) -> None:
    a_state(bench, "broken")
    assert pages.post(f"/deliveries/{number(bench)}/retry").status_code == 409
    assert bench.states() == ["dead"]
    assert pages.post(f"/deliveries/{number(bench)}/retry", {"twice": "yes"}).status_code == 303
    assert bench.states() == ["pending"]


def test_what_is_in_doubt_is_left_to_be_looked_for(bench: Bench, pages: Desk) -> None:
    a_state(bench, "doubt")
    assert pages.post(f"/deliveries/{number(bench)}/retry", {"twice": "yes"}).status_code == 409
    assert bench.states() == ["sending"]


def test_all_of_a_destination_are_tried_again_but_for_what_may_have_arrived(
    bench: Bench, pages: Desk
) -> None:
    bench.file(1, 2)
    bench.file(3, to=(B,))
    bench.channel.fail += [DeliveryFailed("fake: no"), DeliveryFailed("fake: no"), ValueError("ours")]
    bench.run()
    bench.run(timedelta(minutes=1))
    assert bench.states() == ["dead", "dead", "dead"]
    assert pages.post("/deliveries/retry", {"to": "fake:a"}).status_code == 303
    assert bench.states() == ["pending", "dead", "dead"]


def test_all_of_nowhere_is_nothing(bench: Bench, pages: Desk) -> None:
    a_state(bench, "dead")
    for to in ("", "fake:nobody"):
        answer = pages.post("/deliveries/retry", {"to": to})
        assert answer.status_code == 409
        assert "Nothing there was given up" in answer.text
    assert bench.states() == ["dead"]


def test_a_delivery_that_is_none_is_not_there(pages: Desk) -> None:
    assert pages.post("/deliveries/nothing/retry").status_code == 404


def test_to_look_changes_nothing(bench: Bench, pages: Desk) -> None:
    a_state(bench, "dead")
    assert pages.get(f"/deliveries/{number(bench)}/retry").status_code == 405
    assert pages.get("/deliveries/retry").status_code == 405
    assert bench.states() == ["dead"]


def test_who_may_only_read_sees_no_form(bench: Bench, pages: Desk) -> None:
    a_state(bench, "dead")
    page = for_reader(Deliveries(pages.house).all, "/deliveries/")
    assert 'method="post"' not in page
    assert "given up" in page
