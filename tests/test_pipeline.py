"""Whole polls over a local server: what is told once, what is never told, and what failures cost."""

from __future__ import annotations

import asyncio
import errno
import socket
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import stories
from monitor.fetch import Fetcher
from monitor.guard import Guard
from monitor.items import MAX_REVISIONS
from monitor.kind import Kind
from monitor.model import Reason, Validators
from monitor.pipeline import OFFLINE_WAIT, Poll, PollReport
from monitor.sourcefile import SourceFile
from monitor.sources import KINDS, PLACES
from tests.fakes import NOON, Answer
from tests.webs import HERE, WATCHLIST, Post, World, post, rss

QUIET = "Rare earth plant {} opens its gates"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One source, looked at before: what comes from now on is news."""
    with World(tmp_path) as made:
        made.serve()
        yield made


# ------------------------------------------------------------------ the first look


def test_a_first_look_files_everything_and_tells_nothing(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        report = world.serve(*(post(n) for n in range(300)))
        assert (report.new, report.signals, report.alerts, report.first_looks) == (300, 300, 0, 1)
        assert (world.count("items"), world.alerts) == (300, [])
        again = world.serve(*(post(n) for n in range(301)))
        assert (again.new, again.alerts, again.first_looks) == (1, 1, 0)
        assert [a.title for a in world.alerts] == ["Rare earth plant 300 wins a loan"]


def test_what_is_new_is_told_once_with_its_delivery(world: World) -> None:
    report = world.serve(post(1))
    assert (report.new, report.alerts) == (1, 1)
    alert = world.alerts[0]
    assert (alert.reason, alert.link) == (Reason.FIRST, "https://news.example.com/1")
    assert [d.message for d in world.app.storage.deliveries.heads()] == [alert]
    assert world.poll().unchanged == 1
    assert world.count("alerts") == world.count("deliveries") == 1


def test_several_news_are_told_in_the_order_in_which_they_happened(world: World) -> None:
    world.serve(post(3), post(2), post(1))
    rows = world.app.storage.db.execute("SELECT item FROM alerts ORDER BY rowid").fetchall()
    assert [world.app.storage.items.get(row[0]).title.split()[3] for row in rows] == ["1", "2", "3"]  # type: ignore[union-attr]


# ------------------------------------------------------------------ ends that come while it runs


@pytest.mark.parametrize(
    ("ends", "signals"),
    [
        pytest.param("expires: {}\n", (1, 0), id="an expired watchlist is not judged"),
        pytest.param("snooze: {}\n", (1, 1), id="a snooze ends"),
        pytest.param("mute: [{{any: [loan], until: {}}}]\n", (1, 1), id="a mute ends"),
    ],
)
def test_an_end_takes_effect_without_a_reload(tmp_path: Path, ends: str, signals: tuple[int, int]) -> None:
    """One item the day before it, one the day after."""
    end = f"{NOON + timedelta(days=2):%Y-%m-%d}"
    with World(tmp_path, watchlists=[("magnets", WATCHLIST + ends.format(end))]) as world:
        world.serve()
        before = world.serve(post(1))
        world.now += timedelta(days=2)
        after = world.serve(post(2), post(1))
        assert (before.signals, after.signals) == signals
        assert [before.alerts, after.alerts] == ([1, 0] if ends.startswith("expires") else [0, 1])


# ------------------------------------------------------------------ the same thing is not news

LATER = timedelta(days=40)
SAME: dict[str, Callable[[list[Post]], list[Post]]] = {
    "reversed": lambda posts: posts[::-1],
    "later dates": lambda posts: [replace(p, date=p.date and p.date + LATER) for p in posts],
    "no dates": lambda posts: [replace(p, date=None) for p in posts],
    "reworded text": lambda posts: [replace(p, text="A loan, they say, for rare earth.") for p in posts],
    "reworded titles": lambda posts: [replace(p, title=f"Update: {p.title} today") for p in posts],
    "other links": lambda posts: [replace(p, link=f"{p.link}?utm_source=x#top") for p in posts],
    "other guids": lambda posts: [replace(p, guid=f"https://new.example.com/{p.guid}") for p in posts],
    "no guids": lambda posts: [replace(p, guid="") for p in posts],
    "a new site": lambda posts: [
        replace(p, guid=f"n{p.guid}", link=p.link.replace("https://", "http://www.") + "/") for p in posts
    ],
    "everything twice": lambda posts: posts * 2,
    "under new guids and the old ones": lambda posts: posts + [replace(p, guid=f"n{p.guid}") for p in posts],
}


@pytest.mark.parametrize("change", SAME)
@pytest.mark.parametrize("days", [0, 10])
def test_the_same_items_in_another_form_are_never_told_again(world: World, change: str, days: int) -> None:
    posts = [post(n) for n in range(5)]
    world.serve(*posts)
    assert len(world.alerts) == 5
    for _ in range(2):
        world.now += timedelta(days=days)
        world.serve(*SAME[change](posts))
        world.serve(*posts)
    assert len(world.alerts) == 5
    assert world.count("items") == 5


def test_entries_that_leave_and_come_back_are_not_told_again(world: World) -> None:
    world.serve(post(1), post(2))
    world.serve(post(2))
    world.serve()
    world.now += timedelta(days=30)
    report = world.serve(post(1), post(2))
    assert (report.new, report.edited, len(world.alerts)) == (0, 0, 2)


def test_a_clock_that_goes_back_tells_nothing_again(world: World) -> None:
    world.serve(post(1))
    world.answers["one"] = rss(post(1), post(2, QUIET))
    world.poll(timedelta(hours=-5))
    world.answers["one"] = rss(post(2, QUIET), post(1))
    world.poll(timedelta(days=-3000))
    assert len(world.alerts) == 1


def test_a_site_that_gives_everything_new_guids_floods_nobody(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.serve(*(post(n) for n in range(100)))
        report = world.serve(*(post(n, guid=f"moved-{n}") for n in range(100)))
        assert (report.new, report.edited, report.alerts, world.count("items")) == (0, 0, 0, 100)


def test_notices_with_one_title_and_no_links_are_all_kept_and_stay_still(world: World) -> None:
    notices = [
        Post("Notice of rare earth loan", "", f"guid-{n}", f"Company {n} gets a rare earth loan.")
        for n in range(3)
    ]
    assert world.serve(*notices).new == 3
    again = world.serve(*notices[::-1])
    assert (again.new, again.edited, world.count("revisions")) == (0, 0, 0)
    later = replace(notices[0], guid="guid-9", text="Company 9 gets a rare earth loan.")
    third = world.serve(later, *notices)
    assert (third.new, third.edited, world.count("items")) == (1, 0, 4)
    assert len(world.alerts) == 1, "one headline, one story"


# ------------------------------------------------------------------ edits


def test_an_edit_that_brings_the_keyword_is_told_exactly_once_as_an_edit(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.serve(post(1, QUIET))
        assert world.serve(post(1, QUIET.replace("its", "her"))).edited == 1
        assert world.alerts == []
        assert world.serve(post(1, "Rare earth plant {} wins a loan")).alerts == 1
        world.serve(post(1, "Rare earth plant {} wins a big loan"))
        world.serve(post(1, QUIET))
        world.serve(post(1, "Rare earth plant {} wins a loan"))
        assert [(a.reason, a.title) for a in world.alerts] == [
            (Reason.EDITED, "Rare earth plant 1 wins a loan")
        ]


def test_rewording_what_was_there_at_the_first_look_is_not_news(tmp_path: Path) -> None:
    """A site that reworks all its entries would otherwise tell its whole archive."""
    with World(tmp_path) as world:
        world.serve(*(post(n) for n in range(50)))
        report = world.serve(*(post(n, text=f"Read {n} times.") for n in range(50)))
        assert (report.edited, report.alerts) == (50, 0)


def test_an_entry_that_is_reworded_on_every_fetch_is_revised_a_bounded_number_of_times(world: World) -> None:
    for n in range(MAX_REVISIONS + 10):
        world.serve(post(1, QUIET + (" again" if n % 2 else "")))
    assert world.count("revisions") == MAX_REVISIONS - 1
    assert (world.count("items"), world.alerts) == (1, [])


# ------------------------------------------------------------------ stories and watchlists


def test_copies_of_a_wire_story_are_told_once_across_sources(tmp_path: Path) -> None:
    title = "Rare earth plant in Port Ansel wins a loan"
    with World(tmp_path, "one", "two", "three") as world:
        for name in ("one", "two", "three"):
            world.answers[name] = rss()
        world.poll()
        for name, copy in (("one", title), ("two", f"{title} - The Ledger"), ("three", title.upper())):
            world.answers[name] = rss(post(1, copy, link=f"https://{name}.example.com/"))
        report = world.poll()
        assert (report.new, report.signals, report.alerts) == (3, 3, 1)
        world.now += stories.WINDOW + timedelta(hours=1)
        text = "The second loan of the year, twice as large, pays for kilns and a laboratory on the harbour."
        world.serve(post(2, title, text=text, date=world.now), post(1, title))
        assert len(world.alerts) == 2, "the same headline weeks later over another text is another event"
        world.serve(post(3, title), post(2, title, text=text, date=world.now), post(1, title))
        assert len(world.alerts) == 2, "the same headline over the same text is a copy"


def test_a_new_watchlist_tells_nothing_old_and_everything_new(world: World) -> None:
    world.serve(post(1), post(2, QUIET))
    world.write("gates", WATCHLIST.replace("watchlist: magnets", "watchlist: gates").replace("loan", "plant"))
    world.app.reload(world.app.storage)
    assert len(world.app.in_force.watchlists) == 2
    world.serve(post(1), post(2, QUIET, text="Reworded."))
    assert [a.watchlist for a in world.alerts] == ["magnets"]
    world.serve(post(3, QUIET, text="Port Ansel gets a second one."))
    assert [a.watchlist for a in world.alerts] == ["magnets", "gates"]


def test_twenty_sources_are_polled_and_filed_together(tmp_path: Path) -> None:
    names = [f"s{n}" for n in range(20)]
    with World(tmp_path, *names) as world:
        for n, name in enumerate(names):
            world.answers[name] = rss(*(post(100 * n + k, QUIET) for k in range(10)))
        assert world.poll().polled == 20
        for n, name in enumerate(names):
            world.answers[name] = rss(post(100 * n + 50))
        report = world.poll()
        assert (report.polled, report.new, report.alerts, report.failed) == (20, 20, 20, {})
        states = world.app.storage.sources.states()
        assert {(s.items, s.failures, s.last_ok) for s in states.values()} == {(11, 0, world.now)}


# ------------------------------------------------------------------ failures


def test_what_goes_wrong_with_one_source_costs_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(*_: object, **__: object) -> None:
        raise KeyError("surprise")

    surprising = Kind(SourceFile, surprise)  # type: ignore[arg-type]
    monkeypatch.setitem(PLACES, "surprising", "")
    monkeypatch.setitem(KINDS._loaded, "surprising", surprising)
    with World(tmp_path, "good", "broken", "page", "gone", "odd") as world:
        text = (world.directory / "sources.yaml").read_text("utf-8")
        world.write("sources", text.replace("{id: odd,", "{id: odd, kind: surprising,"))
        world.app.reload(world.app.storage)
        world.answers |= {
            "good": rss(),
            "broken": (500, {}, b""),
            "page": b"<html><body>Sign in</body></html>",
            "gone": (410, {"Retry-After": "60"}, b""),
            "odd": rss(post(1)),
        }
        assert set(world.poll().failed) == {"broken", "page", "gone", "odd"}
        world.answers["good"] = rss(post(1))
        report = world.poll()
        assert (report.alerts, report.offline) == (1, False)
        assert report.failed == {
            "broken": "answered 500 Internal Server Error",
            "page": "an HTML page came where a feed was expected",
            "gone": "answered 410 Gone",
            "odd": "internal error: KeyError",
        }
        states = world.app.storage.sources.states()
        assert {name: s.failures for name, s in states.items()} == dict.fromkeys(report.failed, 2) | {
            "good": 0
        }


@pytest.mark.parametrize(
    "answer", [(500, {}, b""), b"", b"<html>Sign in</html>", (200, {"Content-Encoding": "br"}, b"x"), rss()]
)
def test_a_bad_answer_or_an_empty_feed_forgets_nothing(world: World, answer: Answer | bytes) -> None:
    tagged = (200, {"ETag": '"1"'}, rss(post(1)))
    world.answers["one"] = tagged
    world.poll()
    before = world.app.storage.sources.state("one").validators
    world.answers["one"] = answer
    report = world.poll()
    assert (world.count("items"), len(world.alerts)) == (1, 1)
    if report.failed:
        assert world.app.storage.sources.state("one").validators == before
    world.answers["one"] = tagged
    assert world.poll().new == 0
    assert len(world.alerts) == 1


def test_a_server_that_answers_304_is_asked_with_its_own_words(world: World) -> None:
    def handle(headers: dict[str, str]) -> Answer:
        if headers.get("if-none-match") == 'W/"a, b':
            return 304, {}, b""
        return 200, {"ETag": 'W/"a, b'}, rss(post(1))

    world.answers["one"] = handle
    assert world.poll().new == 1
    assert world.poll().unchanged == 1
    world.restart()
    assert world.poll().unchanged == 1


@pytest.mark.parametrize("fault", ["at the end", "in the middle", "a full disk"])
def test_a_transaction_that_breaks_leaves_neither_validators_nor_items(world: World, fault: str) -> None:
    """Next time everything is fetched, filed and told as if nothing had been."""
    storage = world.app.storage
    before = storage.sources.state("one")
    if fault == "a full disk":
        storage.db.execute(f"PRAGMA max_page_count = {storage.db.execute('PRAGMA page_count').fetchone()[0]}")
    else:
        end = "UPDATE OF etag ON sources WHEN new.etag <> ''"
        when = end if fault == "at the end" else "INSERT ON alerts WHEN new.item > 20"
        storage.db.execute(f"CREATE TRIGGER fault BEFORE {when} BEGIN SELECT RAISE(ABORT, 'fault'); END")
    world.answers["one"] = (200, {"ETag": '"1"'}, rss(*(post(n, text="words " * 500) for n in range(50))))
    with pytest.raises(sqlite3.Error):
        world.poll()
    assert storage.sources.state("one") == replace(before, next_poll=storage.sources.state("one").next_poll)
    assert [world.count(t) for t in ("items", "signals", "alerts", "deliveries")] == [0] * 4
    assert storage.db.execute("SELECT lease FROM sources").fetchall() == [(None,)], "free to be polled again"
    storage.db.execute("DROP TRIGGER IF EXISTS fault")
    storage.db.execute("PRAGMA max_page_count = 1000000")
    world.restart()
    assert world.poll().alerts == 50
    assert world.app.storage.sources.state("one").validators.etag == '"1"'


# ------------------------------------------------------------------ being offline


def poll_with(world: World, lookup: Callable[[str, int], Iterable[str]]) -> PollReport:
    """Poll with another look-up of names. The sources are at names, not addresses."""
    world.now += timedelta(hours=1)
    sources = [
        replace(s, url=s.url.replace("127.0.0.1", f"{s.id}.test")) for s in world.app.in_force.enabled()
    ]
    poll = Poll(world.app.storage, world.app.in_force, world.app.routes, world.now)

    async def go() -> PollReport:
        async with Fetcher(world.settings.http, guard=Guard(HERE, lookup)) as http:
            return await poll.run(http, sources)

    return asyncio.run(go())


@pytest.mark.parametrize(
    "error", [OSError(errno.ENETUNREACH, "unreachable"), socket.gaierror(socket.EAI_AGAIN, "no name")]
)
def test_when_nothing_can_be_reached_it_is_us_and_no_source_is_blamed(tmp_path: Path, error: OSError) -> None:
    def lookup(host: str, port: int) -> Iterable[str]:
        raise error

    with World(tmp_path, "a", "b", "c", "d") as world:
        report = poll_with(world, lookup)
        assert (report.offline, report.failed, report.polled) == (True, {}, 0)
        for state in world.app.storage.sources.states().values():
            assert (state.failures, state.error, state.validators) == (0, "", Validators())
            assert state.next_poll == world.now + OFFLINE_WAIT


@pytest.mark.parametrize(("names", "up"), [("abcd", "a"), ("ab", "")])
def test_one_answer_or_too_few_sources_mean_that_we_are_not_offline(
    tmp_path: Path, names: str, up: str
) -> None:
    def lookup(host: str, port: int) -> Iterable[str]:
        if host[0] in up:
            return ["127.0.0.1"]
        raise OSError(errno.ENETUNREACH, "unreachable")

    with World(tmp_path, *names) as world:
        world.answers["a"] = rss()
        report = poll_with(world, lookup)
        assert not report.offline
        assert set(report.failed) == set(names) - set(up)
        states = world.app.storage.sources.states()
        assert all(states[name].failures == 1 for name in report.failed)


# ------------------------------------------------------------------ when to poll


def test_only_what_is_due_is_polled_by_the_clock(world: World) -> None:
    world.now += timedelta(minutes=29)
    assert world.app.poll(world.app.storage).polled == 0
    world.now += timedelta(minutes=1)
    assert world.app.poll(world.app.storage).polled == 1
    world.restart()
    assert world.app.poll(world.app.storage).polled == 0


def test_a_poll_that_is_stopped_gives_its_sources_free(world: World) -> None:
    world.answers["one"] = rss(post(1))
    sources = world.app.in_force.enabled()
    assert world.app.poll(world.app.storage, sources, stopping=lambda: True).polled == 0
    assert world.app.poll(world.app.storage, sources).new == 1


def test_polling_learns_habits_and_a_pace_common_to_all_sources(tmp_path: Path) -> None:
    with World(tmp_path, "one") as world:
        dates = [NOON - timedelta(hours=5 * n) for n in range(10)]
        world.answers["one"] = rss(*(post(n, QUIET, date=date) for n, date in enumerate(dates)))
        world.poll()
        assert set(world.app.storage.sources.rhythms()) == {"one"}
        world.now += timedelta(hours=2)
        world.poll()
        pace, recent = world.app.storage.sources.pace(world.now, timedelta(hours=1))
        assert recent
        assert pace is not None
