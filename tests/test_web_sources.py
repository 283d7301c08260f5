"""The pages of sources: how each is doing, what came of it, and what an editor can do, by a real App."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.feedback import Person, Quiet, Scope
from monitor.outbox import Destination
from monitor.storage import Storage
from monitor.web.checks import FULL, MOST, Checks
from monitor.web.sources import ROWS, Sources
from tests.desk import Desk
from tests.fakes import Answer, a_source
from tests.livepages import Live, for_reader
from tests.webpages import NOON, Pages
from tests.webs import WATCHLIST, World, post, rss

HOSTILE = '"><script>alert(1)</script>'
SHOWN = html.escape(HOSTILE)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, "one", "two") as made:
        yield made


@pytest.fixture
def live(world: World) -> Live:
    return Live(world)


def words(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


# ------------------------------------------------------------------ the list


def test_the_line_on_top_says_how_many_are_well_and_the_ill_come_first(world: World, live: Live) -> None:
    world.answers["two"] = rss(post(1))
    world.poll()
    page = live.get("/sources/").text
    assert "1 of 2 sources are well" in words(page)
    assert "1 ill" in words(page)
    assert page.index('href="one"') < page.index('href="two"')
    assert "answered 404 Not Found (once)" in words(page)
    assert "Find where it moved" in words(page)


def test_a_row_says_what_came_last_and_how_much_in_thirty_days(world: World, live: Live) -> None:
    world.serve(post(1), post(2, "The newest of all"), source="two")
    row = words(live.get("/sources/?q=two").text.partition("<tbody>")[2])
    assert row.startswith("two ok")
    assert "60 min ago" in row or "0 min ago" in row
    assert " 2 3 en" in row


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("state=ill", {"one"}),
        ("state=well", {"two"}),
        ("state=paused", {"three"}),
        ("state=disabled", {"four"}),
        ("state=all", {"one", "two", "three", "four"}),
        ("", {"one", "two", "three"}),
        ("tier=1", {"two"}),
        ("lang=zh", {"two"}),
        ("kind=feed&q=TWO", {"two"}),
        ("q=nobody", set()),
        ("state=strange&tier=%22%3E", set()),
    ],
)
def test_what_is_asked_for_is_in_the_address(world: World, live: Live, asked: str, found: set[str]) -> None:
    base = world.web.base
    world.write(
        "sources",
        f"sources:\n  - {{id: one, url: '{base}/one'}}\n"
        f"  - {{id: two, url: '{base}/two', tier: 1, lang: zh}}\n  - {{id: three, url: '{base}/three'}}\n"
        f"  - {{id: four, url: '{base}/four', disabled: asks for a login}}\n",
    )
    world.app.reload(world.app.storage)
    world.answers |= {"two": rss(post(1)), "three": rss(post(2))}
    world.poll()
    with world.app.storage.write():
        world.app.storage.sources.pause("three", paused=True)
    page = live.get(f"/sources/?{asked}").text
    assert set(re.findall(r'<td><a class="title" href="(\w+)">', page)) == found


def test_with_no_source_the_page_says_what_to_do(tmp_path: Path) -> None:
    assert "Nothing is watched yet" in Pages(tmp_path / "m.db").get("/sources/").text


def test_with_a_filter_that_nothing_fits_the_way_back_is_named(world: World, live: Live) -> None:
    page = live.get("/sources/?q=nobody").text
    assert "No source is like that" in page
    assert 'value="nobody"' in page


def test_fault_82_names_errors_and_titles_are_text(world: World, live: Live) -> None:
    world.write(
        "sources",
        f"sources:\n  - {{id: one, name: '{HOSTILE}', url: '{world.web.base}/one', note: '{HOSTILE}'}}",
    )
    world.app.reload(world.app.storage)
    world.serve(post(1, HOSTILE, link="javascript:alert(1)"))
    state = world.app.storage.sources.state("one")
    with world.app.storage.write():
        world.app.storage.db.execute(
            "UPDATE sources SET failures = 3, error = ?, trouble = 'refused' WHERE id = ?",
            [HOSTILE, state.source],
        )
    for address in ("/sources/", "/sources/one", f"/sources/?q={HOSTILE}"):
        page = live.get(address).text
        assert "<script>alert" not in page
        assert "javascript:" not in page
    assert SHOWN.replace("&quot;", "&#34;") in live.get("/sources/one").text


# ------------------------------------------------------------------ one source


def test_a_source_shows_its_items_with_what_came_of_each(world: World, live: Live) -> None:
    world.serve(post(1, "Weather on Monday"))
    world.serve(post(1, "Weather on Monday"), post(2, "Rare earth plant wins a loan"), post(3, "Football"))
    page = words(live.get("/sources/one").text)
    assert re.search(r"Rare earth plant wins a loan .* an alert of it waits to be sent", page)
    assert re.search(r"Football .* no watchlist took it", page)
    assert "3 items in 30 days" in page


def test_an_item_that_was_told_says_when_and_by_which_watchlist(world: World, live: Live) -> None:
    world.serve(post(1, "Weather"))
    world.serve(post(1, "Weather"), post(2))
    world.app.deliverer(world.app.storage)()
    assert "told 2 Mar 2026 14:00 UTC for Magnet money" in words(live.get("/sources/one").text)


def test_an_item_of_the_first_look_says_why_it_was_not_told(world: World, live: Live) -> None:
    world.serve(post(1))
    assert re.search(r"Magnet money took it; not told: it \w+", words(live.get("/sources/one").text))


def test_a_source_without_items_says_what_to_do(live: Live) -> None:
    page = words(live.get("/sources/one").text)
    assert "Nothing has come from it yet" in page
    assert "Too little is known of its habits yet" in page


def test_a_source_that_is_none_is_not_there(live: Live) -> None:
    assert live.get("/sources/nobody").status_code == 404
    assert live.post("/sources/nobody/pause").status_code == 404


def test_the_habits_of_a_source_stand_beside_its_days(world: World, live: Live) -> None:
    many = [post(n, date=NOON - timedelta(hours=4 * n)) for n in range(60)]
    world.serve(*many)
    page = live.get("/sources/one").text
    assert re.search(r"Usually something new every \d+ (min|h); nothing newer than 60 min", words(page))
    assert "usual by its habits" in page
    assert 'role="img"' in page


def test_an_alarm_of_the_source_is_shown_with_its_remedy(world: World, live: Live) -> None:
    for _ in range(3):
        world.poll()
    world.app.watch(world.app.storage)
    page = live.get("/sources/one").text
    assert "Alarms" in page
    assert page.count("Find where it moved") == 2


# ------------------------------------------------------------------ pause and resume


def test_an_editor_pauses_and_resumes_it(world: World, live: Live) -> None:
    answer = live.post("/sources/one/pause")
    assert (answer.status_code, answer.headers["location"]) == (303, "../../sources/one")
    assert world.app.storage.sources.state("one").paused
    page = live.get("/sources/one").text
    assert "it is not looked at until it is resumed" in page
    assert "none: paused by hand" in words(page)
    live.post("/sources/one/resume")
    assert not world.app.storage.sources.state("one").paused


def test_to_look_changes_nothing(world: World, live: Live) -> None:
    for what in ("pause", "resume", "check", "mute", "unmute"):
        assert live.get(f"/sources/one/{what}").status_code == 405
    assert not world.app.storage.sources.state("one").paused
    assert not world.web.asked


def test_who_may_only_read_sees_no_form(live: Live) -> None:
    family = Sources(live.house)
    for page in (
        for_reader(family.all, "/sources/"),
        for_reader(family.one, "/sources/one", id="one"),
    ):
        assert 'method="post"' not in page
        assert "secret" not in page


# ------------------------------------------------------------------ check now


def test_check_now_files_what_is_new_and_says_how_much(world: World, live: Live) -> None:
    world.serve(post(1))
    world.answers["one"] = rss(post(1), post(2), post(3))
    world.now += timedelta(minutes=1)
    answer = live.post("/sources/one/check")
    assert answer.status_code == 303
    page = words(live.get("/sources/" + answer.headers["location"].rpartition("/")[2]).text)
    assert "Looked at: 2 new items." in page
    assert world.count("items") == 3
    assert len(world.alerts) == 2


def test_check_now_says_that_nothing_is_new(world: World, live: Live) -> None:
    world.serve(post(1))
    world.now += timedelta(minutes=1)
    where = live.post("/sources/one/check").headers["location"].rpartition("/")[2]
    assert "Looked at: no new items." in words(live.get(f"/sources/{where}").text)


def test_check_now_says_what_failed_and_the_remedy(world: World, live: Live) -> None:
    world.now += timedelta(minutes=1)
    where = live.post("/sources/one/check").headers["location"].rpartition("/")[2]
    page = words(live.get(f"/sources/{where}").text)
    assert "Looked at, and it failed: answered 404 Not Found." in page
    assert "Find where it moved and write the new address" in page


def test_a_number_that_no_check_has_says_nothing(world: World, live: Live) -> None:
    live.post("/sources/one/check")
    assert "Looked at" not in words(live.get("/sources/one?check=77").text).replace("Looked at 2", "")


def test_a_source_that_is_polled_elsewhere_says_so(world: World, live: Live) -> None:
    with world.app.storage.write():
        world.app.storage.sources.claim(["one"], world.now, timedelta(minutes=15), due=False)
    where = live.post("/sources/one/check").headers["location"].rpartition("/")[2]
    assert "it is being looked at already" in live.get(f"/sources/{where}").text


def test_a_disabled_source_is_not_looked_at(world: World, live: Live) -> None:
    world.write("sources", f"sources:\n  - {{id: one, url: '{world.web.base}/one', disabled: a wall}}\n")
    world.app.reload(world.app.storage)
    answer = live.post("/sources/one/check")
    assert answer.status_code == 409
    assert "It is switched off: a wall." in words(answer.text)
    assert not world.web.asked


def test_a_second_press_while_one_runs_begins_nothing_and_is_told(world: World, live: Live) -> None:
    leave = threading.Event()

    def hangs(_: dict[str, str]) -> Answer:
        leave.wait(20)
        return 200, {"Content-Type": "application/rss+xml"}, rss(post(1))

    world.answers["one"] = hangs
    world.now += timedelta(minutes=1)
    checks = Checks(live.house, seconds=0.3)
    first = checks.run(world.source())
    second = checks.run(world.source())
    page = words(for_reader(Sources(live.house, checks).one, "/sources/one", id="one"))
    leave.set()
    assert first.ended is None
    assert second == first
    assert "It is being looked at since 2 Mar 2026 12:01 UTC; no second look is begun." in page
    assert [path for path, _ in world.web.asked] == ["/one"]
    for thread in threading.enumerate():
        if thread.name == "check":
            thread.join(10)
    done = checks.last("one")
    assert done is not None
    assert (done.ended is not None, done.new) == (True, 1)


def test_only_so_many_are_looked_at_at_once(world: World, live: Live) -> None:
    leave = threading.Event()
    world.list_sources([f"s{number}" for number in range(MOST + 1)])
    world.app.reload(world.app.storage)

    def hangs(_: dict[str, str]) -> Answer:
        leave.wait(20)
        return 200, {}, b""

    world.answers |= {f"s{number}": hangs for number in range(MOST + 1)}
    checks = Checks(live.house, seconds=0.01)
    for number in range(MOST):
        checks.run(world.source(f"s{number}"))
    with pytest.raises(Exception, match=FULL[:20]):
        checks.run(world.source(f"s{MOST}"))
    leave.set()
    for thread in threading.enumerate():
        if thread.name == "check":
            thread.join(10)


# ------------------------------------------------------------------ mute


def quiets(world: World) -> list[Quiet]:
    return world.app.storage.feedback.quiets(world.now)


def test_a_muted_source_is_not_told_and_says_until_when(world: World, live: Live) -> None:
    world.serve(post(1, "Weather"))
    assert live.post("/sources/one/mute", {"days": "7"}).status_code == 303
    world.serve(post(1, "Weather"), post(2))
    assert not world.alerts
    for address in ("/sources/one", "/sources/?state=muted"):
        said = words(live.get(address).text)
        assert "in the terminal until 9 Mar 2026 13:00 UTC by ann" in said
    assert "1 muted" in words(live.get("/sources/").text)
    assert "is muted in console until 9 Mar 2026" in words(live.get("/sources/one").text)


def test_a_mute_is_seen_from_the_command_line_too(desk: Desk) -> None:
    desk.filled()
    until = datetime.now(UTC) + timedelta(days=7)
    with desk.storage() as storage, storage.write():
        ann = Person("web:ann", "ann")
        storage.feedback.quiet(Quiet(Scope.SOURCE, "wire", "Wire", "console:", ann, datetime.now(UTC), until))
    row = next(line for line in desk.run("sources", "list").stdout.splitlines() if line.startswith("wire"))
    assert "muted in the terminal until" in row
    assert "by ann" in row


def test_it_is_told_again_once_the_mute_is_taken_back(world: World, live: Live) -> None:
    world.serve(post(1, "Weather"))
    live.post("/sources/one/mute", {"days": "7"})
    live.post("/sources/one/unmute")
    assert not quiets(world)
    world.serve(post(1, "Weather"), post(2))
    assert len(world.alerts) == 1


def test_a_source_is_muted_until_a_day(world: World, live: Live) -> None:
    live.post("/sources/one/mute", {"days": "7", "until": "2026-03-20"})
    assert [one.until.isoformat() for one in quiets(world)] == ["2026-03-20T00:00:00+00:00"]


def test_a_source_is_muted_in_one_watchlist_by_an_edit_of_its_file(world: World, live: Live) -> None:
    world.write("others", WATCHLIST.replace("magnets", "others").replace("Magnet money", "Others"))
    world.app.reload(world.app.storage)
    world.serve(post(1, "Weather"))
    where = live.post("/sources/one/mute", {"days": "7", "watchlist": "magnets"}).headers["location"]
    said = words(live.get("/sources/" + where.rpartition("/")[2]).text)
    assert "Saved as edit 1: mutes one until 10 Mar 2026." in said
    assert "in Magnet money until 10 Mar 2026 00:00 UTC" in said
    assert "mute" in (world.directory / "magnets.yaml").read_text("utf-8")
    world.serve(post(1, "Weather"), post(2))
    assert [alert.watchlist for alert in world.alerts] == ["others"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "say for how long"),
        ({"days": "8"}, "say for how long"),
        ({"until": "soon"}, "the day is written like"),
        ({"until": "2026-03-02"}, "choose a day after today"),
        ({"until": "9999-12-31"}, "choose a day after today"),
        ({"days": "7", "watchlist": "../../etc/passwd"}, "there is no such watchlist"),
    ],
)
def test_what_cannot_be_muted_is_refused_in_words(
    world: World, live: Live, fields: dict[str, str], why: str
) -> None:
    answer = live.post("/sources/one/mute", fields)
    assert answer.status_code == 409
    assert why in words(answer.text)
    assert not quiets(world)


def test_a_mute_that_is_over_is_not_shown(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "m.db", sources=(a_source(),))
    with Storage(tmp_path / "m.db") as storage, storage.write():
        to, ann = str(Destination("console")), Person("1", "ann")
        storage.feedback.quiet(
            Quiet(Scope.SOURCE, "source-1", "x", to, ann, NOON - timedelta(days=9), NOON - timedelta(days=2))
        )
    assert "muted" not in words(pages.get("/sources/source-1").text)


def test_more_sources_than_a_page_holds_are_paged(tmp_path: Path) -> None:
    pages = Pages(tmp_path / "m.db", sources=tuple(a_source(number) for number in range(ROWS + 3)))
    first = pages.get("/sources/?kind=feed").text
    assert first.count('<tr><td><a class="title" href="source-') == ROWS
    assert 'href="?kind=feed&amp;page=2"' in first
    assert pages.get("/sources/?kind=feed&page=2").text.count('<tr><td><a class="title" href="source-') == 3
