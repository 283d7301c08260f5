"""Adding sources on the page: what an address is, what of a list is new, and the entry of the catalogue."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import Request

from monitor.app import App
from monitor.fetch import HttpSettings
from monitor.web.additions import Additions
from monitor.web.bodies import Sent
from monitor.web.house import House
from monitor.web.people import Role
from monitor.web.visitor import Visitor
from tests.fakes import Answer
from tests.livepages import Live, for_reader
from tests.test_listing import AFTER
from tests.test_web_sources import words
from tests.webpages import PORT
from tests.webs import World, post, rss

HOSTILE = '"><script>alert(1)</script>'
FEED = rss(post(1, "Rare earth loan approved"), post(2, "Magnet plant opens"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, "one") as made:
        made.answers["fresh"] = FEED
        yield made


@pytest.fixture
def live(world: World) -> Live:
    return Live(world)


def fields(page: str) -> dict[str, str]:
    """What the form that adds holds, as a browser sends it."""
    form = page.partition('name="do" value="add"')[2].partition("</form>")[0]
    pairs = re.findall(r'<input[^>]*name="(\w+)" value="([^"]*)"', form)
    tier = re.search(r'<option value="(\d)" selected>', form)
    return {
        "do": "add",
        **{name: html.unescape(value) for name, value in pairs},
        "tier": tier[1] if tier else "",
    }


def catalogue(world: World) -> str:
    return (world.directory / "sources.yaml").read_text("utf-8")


# ------------------------------------------------------------------ one address


def test_an_address_shows_what_would_be_read_and_adds_nothing_yet(world: World, live: Live) -> None:
    before = catalogue(world)
    page = live.post("/sources/add", {"do": "find", "url": f"{world.web.base}/fresh"}).text
    assert "2 items" in words(page)
    assert "Rare earth loan approved" in page
    assert fields(page) == {
        "do": "add", "kind": "feed", "url": f"{world.web.base}/fresh", "row": "", "name": "News",
        "id": fields(page)["id"], "lang": "en", "zone": "UTC", "country": "", "tier": "3",
    }  # fmt: skip
    assert catalogue(world) == before


def test_what_was_found_is_added_as_it_was_changed_and_in_force_at_once(world: World, live: Live) -> None:
    page = live.post("/sources/add", {"do": "find", "url": f"{world.web.base}/fresh"}).text
    asked = fields(page) | {"id": "trade", "name": "Trade news", "tier": "1", "lang": "de"}
    answer = live.post("/sources/add", asked)
    assert (answer.status_code, answer.headers["location"]) == (303, "../sources/trade?edit=1")
    source = world.app.in_force.sources["trade"]
    assert (source.name, source.tier, source.lang, source.kind) == ("Trade news", 1, "de", "feed")
    assert (
        catalogue(world)
        .rstrip()
        .endswith("url: " + f"{world.web.base}/fresh" + "\n    tier: 1\n    lang: de\n    zone: UTC")
    )
    after = words(live.get("/sources/trade?edit=1").text)
    assert "Saved as edit 1: adds trade." in after
    edit = world.app.storage.edits.get(1)
    assert edit is not None
    assert edit.who == "ann on the web page"


def test_what_was_added_can_be_checked_at_once(world: World, live: Live) -> None:
    page = live.post("/sources/add", {"url": f"{world.web.base}/fresh"}).text
    live.post("/sources/add", fields(page) | {"id": "trade"})
    world.now += timedelta(minutes=1)
    where = live.post("/sources/trade/check").headers["location"].rpartition("/")[2]
    assert "Looked at: 2 new items." in words(live.get(f"/sources/{where}").text)


def test_a_page_without_a_feed_is_added_with_the_selector_of_its_entries(world: World, live: Live) -> None:
    world.answers["news"] = (200, {"Content-Type": "text/html; charset=utf-8"}, AFTER.encode())
    page = live.post("/sources/add", {"url": f"{world.web.base}/news"}).text
    assert "Listing at" in words(page)
    live.post("/sources/add", fields(page) | {"id": "agency"})
    assert "    row: ul.txtList > li" in catalogue(world)
    assert world.app.in_force.sources["agency"].kind == "listing"


def test_what_is_there_already_is_not_added_twice(world: World, live: Live) -> None:
    answer = live.post("/sources/add", {"url": f"{world.web.base}/one"})
    assert answer.status_code == 409
    assert "is in the catalogue already, as 'one'" in words(answer.text)
    page = live.post("/sources/add", {"url": f"{world.web.base}/fresh"}).text
    live.post("/sources/add", fields(page) | {"id": "trade"})
    for again in ({"id": "other"}, {"id": "trade"}):
        assert live.post("/sources/add", fields(page) | again).status_code == 409
    assert catalogue(world).count("/fresh") == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "Not An Id"}, "id: String should match pattern"),
        ({"id": "one"}, "a source is called 'one' already: choose another id"),
        ({"lang": "english"}, "lang: "),
        ({"zone": "Mars/Base"}, "'Mars/Base' is not a time zone"),
        ({"url": "file:///etc/passwd"}, "only http and https are asked"),
        ({"url": "http://x:y@example.com/"}, "carries a user name or password"),
        ({"kind": "mailbox"}, "'mailbox' cannot be added here"),
        ({"kind": HOSTILE}, "cannot be added here"),
        ({"name": "a\nb: c"}, ""),
    ],
)
def test_what_cannot_stand_is_told_and_what_was_typed_is_kept(
    world: World, live: Live, changed: dict[str, str], said: str
) -> None:
    before = catalogue(world)
    asked = (
        fields(live.post("/sources/add", {"url": f"{world.web.base}/fresh"}).text) | {"id": "trade"} | changed
    )
    answer = live.post("/sources/add", asked)
    assert "<script>alert" not in answer.text
    if not said:
        assert world.app.in_force.sources["trade"].url.endswith("/fresh")
        return
    assert answer.status_code == 409
    assert said in words(answer.text)
    assert fields(answer.text)["name"] == asked["name"]
    assert catalogue(world) == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "paste the address of a page or a feed"),
        ("file:///etc/passwd", "only http and https are asked, not 'file'"),
        ("http://10.0.0.7/feed", "10.0.0.7 is a private or special address"),
        ("http://[::1]/feed", "::1 is a private or special address"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254 is a private or special address"),
        ("http://u:p@example.com/", "the address carries a user name or password"),
        (f"http://exa mple.com/{HOSTILE}", "has a space, backslash or control character in it"),
    ],
)
def test_what_may_not_be_asked_is_refused_in_words(live: Live, url: str, said: str) -> None:
    answer = live.post("/sources/add", {"do": "find", "url": url})
    assert answer.status_code == 409
    assert said in words(answer.text)
    assert "<script>alert" not in answer.text


def test_the_own_machine_is_not_asked_unless_the_settings_allow_it(world: World) -> None:
    strict = world.settings.model_copy(update={"http": HttpSettings()})
    with App(strict, clock=lambda: world.now, write=lambda _: None) as app:
        live = Live(world)
        live.house = House(strict, app, lambda: world.now, "UTC", "ann")
        shown = send(Additions(live.house), {"url": f"{world.web.base}/fresh"})
    assert "127.0.0.1 is a private or special address" in words(shown)
    assert not world.web.asked


def test_a_server_that_hangs_is_left_in_time(world: World, live: Live) -> None:
    leave = threading.Event()

    def hangs(_: dict[str, str]) -> Answer:
        leave.wait(20)
        return 200, {}, b""

    world.answers["slow"] = hangs
    shown = send(Additions(live.house, seconds=0.3), {"url": f"{world.web.base}/slow"})
    leave.set()
    assert "no whole answer within 0.3 s" in words(shown)


def test_an_address_without_a_scheme_is_taken_for_https(live: Live) -> None:
    said = words(live.post("/sources/add", {"url": "10.0.0.7/feed"}).text)
    assert "10.0.0.7 is a private or special address" in said


def test_fault_82_what_a_feed_says_is_text(world: World, live: Live) -> None:
    world.answers["fresh"] = rss(post(1, HOSTILE, link="javascript:alert(1)")).replace(
        b"<title>News</title>", b"<title>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;</title>"
    )
    page = live.post("/sources/add", {"url": f"{world.web.base}/fresh"}).text
    assert "<script>alert" not in page
    assert "javascript:" not in page


def test_to_look_changes_nothing_and_asks_nobody(world: World, live: Live) -> None:
    live.get(f"/sources/add?url={world.web.base}/fresh&do=find")
    assert not world.web.asked


def test_who_may_only_read_sees_no_form(live: Live) -> None:
    page = for_reader(Additions(live.house).form, "/sources/add")
    assert 'method="post"' not in page
    assert "Adding sources is for editors" in page


# ------------------------------------------------------------------ a list of feeds


def opml(*urls: str) -> str:
    inside = "".join(f'<outline type="rss" text="Feed {n}" xmlUrl="{url}"/>' for n, url in enumerate(urls))
    return f'<opml version="2.0"><body>{inside}</body></opml>'


def test_a_list_shows_what_is_new_and_is_added_in_one_edit(world: World, live: Live) -> None:
    listed = opml("https://a.example.com/rss", "https://b.example.com/rss", f"{world.web.base}/one")
    page = words(live.post("/sources/add", {"do": "list", "opml": listed}).text)
    assert "2 new, 1 left out." in page
    assert "is there already, as 'one'" in page
    answer = live.post("/sources/add", {"do": "import", "opml": listed})
    assert answer.headers["location"] == "../sources/add?edit=1"
    assert "Saved as edit 1: adds 2 sources of a list." in words(live.get("/sources/add?edit=1").text)
    assert len(world.app.in_force.sources) == 3
    assert live.post("/sources/add", {"do": "import", "opml": listed}).status_code == 409


@pytest.mark.parametrize(
    "text",
    ["", "no list", "<opml", "<html></html>", '<!DOCTYPE a [<!ENTITY b "c">]><opml>&b;</opml>', HOSTILE],
)
def test_what_is_no_list_is_told(live: Live, text: str) -> None:
    answer = live.post("/sources/add", {"do": "list", "opml": text})
    assert answer.status_code == 409
    assert "this list: " in words(answer.text)
    assert "<script>alert" not in answer.text


def test_an_edit_meanwhile_is_kept_and_told(world: World, live: Live) -> None:
    """The catalogue is read anew when the form is sent: nothing of another's edit is lost."""
    page = live.post("/sources/add", {"url": f"{world.web.base}/fresh"}).text
    world.write("sources", catalogue(world) + f"\n  - {{id: two, url: '{world.web.base}/two'}}\n")
    assert live.post("/sources/add", fields(page) | {"id": "trade"}).status_code == 303
    assert {"one", "two", "trade"} == set(world.app.in_force.sources)


def send(family: Additions, form: dict[str, str]) -> str:
    """What the page answers to a form of an editor."""
    scope = {
        "type": "http", "method": "POST", "path": "/sources/add", "query_string": b"", "headers": [],
        "server": ("127.0.0.1", PORT), "scheme": "http", "sent": Sent(tuple(form.items())),
        "visitor": Visitor("nonce", "ann", Role.EDITOR, "token", inside=True),
    }  # fmt: skip
    return bytes(family.send(Request(scope)).body).decode()
