"""The past of a source: filed for back-tests, told to nobody, and gone on with where it was broken off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor import mailing
from monitor.backfill import (
    MAX_WAITS,
    PATIENCE,
    Backfill,
    Place,
    Told,
    goes_on,
    has_past,
    is_last,
    within,
)
from monitor.backtest import Backtest
from monitor.cadence import LEASE
from monitor.commands import past
from monitor.edition import Edition
from monitor.errors import Busy, MonitorError, Refused
from monitor.fetch import Fetched, NotModified
from monitor.judging import Judging, Routes
from monitor.live import InForce
from monitor.model import Entry, Source, Validators
from monitor.request import Document, Request, Span
from monitor.storage import Storage
from monitor.storage.backfills import FiledBackfill
from monitor.subscriber import Subscriber
from tests.fakes import NOON, Answer, Web, a_source
from tests.webs import WATCHLIST, Post, World, rss

DAY = timedelta(days=1)
DESK = Subscriber("desk", "", "07:30", "UTC")
Page = Callable[[dict[str, list[str]]], Answer]
JSON = """\
sources:
  - id: one
    kind: json
    url: {base}/list
    every: 1h
    entry: {{id: id, title: title, link: link, date: date, text: [text]}}
    page: {base}/list?page={{n}}
"""
FEED = "sources: [{{id: one, url: '{base}/feed', page: '?paged={{n}}'}}]"
REGISTER = "sources: [{{id: one, kind: federal-register, url: '{base}/documents.json'}}]"


def row(number: int, days: float | None, **changes: object) -> dict[str, object]:
    """An entry so many days old, with a time of day; without, it has no date."""
    date = {"date": (NOON - days * DAY).isoformat()} if days is not None else {}
    link = f"https://example.com/{number}"
    return {"id": number, "title": f"Rare earth plant {number} wins a loan", "link": link} | date | changes


def listed(*rows: dict[str, object]) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(list(rows)).encode()


# Ten entries, two on a page, the newest a day old and each of the others another day older.
PAGES = [listed(*(row(n, 1 + n) for n in (number * 2, number * 2 + 1))) for number in range(5)]


class Site:
    """A world whose one source has a past. `pages` answers page 1, 2 ...; what is beyond is `beyond`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now_shown = PAGES[0]
        self.pages: list[Answer | Page] = list(PAGES)
        self.beyond: Answer = listed()
        self.asked: list[dict[str, list[str]]] = []
        self.web = Web(self._answer)

    def _answer(self, path: str, _: dict[str, str]) -> Answer:
        query = parse_qs(urlsplit(path).query)
        number = next((int(query[name][0]) for name in ("page", "paged") if name in query), 0)
        if number == 0:
            return self.now_shown
        self.asked.append(query)
        answer = self.pages[number - 1] if number <= len(self.pages) else self.beyond
        return answer(query) if callable(answer) else answer

    @property
    def numbers(self) -> list[int]:
        return [int((query.get("page") or query["paged"])[0]) for query in self.asked]

    def start(self, text: str = JSON) -> None:
        self.world.write("sources", text.format(base=self.web.base))
        self.world.restart()

    def run(self, days: float = 30, told: Told = lambda _: None) -> FiledBackfill:
        app = self.world.app
        source, since = self.world.source(), self.world.now - days * DAY
        return app.backfill(app.storage, source, since, told=told, pause=self._pause)

    async def _pause(self, seconds: float) -> None:
        """Time goes by, and nobody waits."""
        self.world.now += timedelta(seconds=seconds)

    def titles(self) -> list[int]:
        """The numbers in the titles of all that is filed, by when it was first seen."""
        items = self.world.app.storage.items.since(datetime(2000, 1, 1, tzinfo=UTC))
        return [int(item.title.split()[3]) for item in items]

    @property
    def storage(self) -> Storage:
        return self.world.app.storage


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with World(tmp_path) as world:
        made = Site(world)
        with made.web:
            made.start()
            yield made


# ------------------------------------------------------------------ what is filed


def test_the_past_is_filed_as_of_when_it_was_published(site: Site) -> None:
    found = site.run()
    assert site.titles() == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], "the first two came with the poll"
    assert (found.filed, found.digest, found.alert, found.part) == (8, 8, 8, 6)
    assert (found.oldest, found.newest) == (NOON - 10 * DAY, NOON - 3 * DAY)
    assert (found.finished, found.ended) == (NOON, "")
    assert site.storage.backfills.of("one") == [found]
    assert next(site.storage.items.since(NOON - 11 * DAY)).first_seen == NOON - 10 * DAY


def test_it_ends_where_the_span_does(site: Site) -> None:
    assert site.run(days=5.5).filed == 3
    assert sorted(site.titles()) == [0, 1, 2, 3, 4]
    assert site.numbers == [1, 2, 3, 4], "the fourth is the first that is older throughout"


def test_what_scores_is_counted_by_threshold(site: Site) -> None:
    quiet = listed(row(50, 5, title="Rare earth plant 50 opens"), row(51, 5, title="Some cat 51 opens"))
    site.pages = [PAGES[0], quiet]
    found = site.run()
    assert (found.filed, found.digest, found.alert) == (2, 1, 0)
    assert (site.world.count("signals"), site.world.count("hits")) == (3, 5)


def test_back_tests_find_it(site: Site) -> None:
    site.run()
    lot = past.stored(site.storage, site.world.app.in_force.sources, 30, NOON)
    trial = Backtest(site.world.app.in_force.watchlists)
    for one in lot.items:
        trial.add(one)
    assert (trial.items, lot.total) == (10, 10)
    days = trial.results["magnets"].days
    assert sorted(days) == [(NOON - n * DAY).date() for n in range(10, 0, -1)]


def test_what_has_no_date_is_filed_as_seen_now(site: Site) -> None:
    site.pages = [PAGES[0], listed(row(50, None), row(53, None), row(51, 4)), listed(row(52, None))]
    found = site.run()
    assert (found.filed, found.oldest, found.newest) == (4, NOON - 4 * DAY, NOON - 4 * DAY)
    assert site.titles() == [51, 1, 0, 53, 50, 52]
    assert site.numbers == [1, 2, 3, 4], "it may lie in the span, so that the past goes on"


def test_what_is_known_stays_as_it_is(site: Site) -> None:
    site.pages = [listed(row(0, 1, title="Another title for plant 0"), row(1, 2)), PAGES[1]]
    assert site.run().filed == 2
    item = site.storage.items.get(1)
    assert item is not None
    assert (site.world.count("revisions"), item.revision) == (0, 1)


def test_what_is_known_under_another_name_is_not_filed_again(site: Site) -> None:
    site.pages = [listed(row(0, 1, id="zero", text="Said in other words."), row(2, 3))]
    assert site.run().filed == 1
    assert sorted(site.titles()) == [0, 1, 2]


def test_a_watchlist_that_has_expired_counts_nothing(site: Site) -> None:
    site.world.write("magnets", WATCHLIST + "expires: 2026-03-01\n")
    site.world.restart()
    found = site.run()
    assert (found.filed, found.digest, found.alert) == (8, 0, 0)


def test_a_second_run_files_nothing_twice(site: Site) -> None:
    first, second = site.run(), site.run()
    assert (first.filed, second.filed, second.finished) == (8, 0, NOON)
    assert len(site.titles()) == 10
    assert site.storage.backfills.of("one") == [second, first]


# ------------------------------------------------------------------ how it ends


def test_a_server_that_ignores_the_number_of_the_page_is_asked_twice(site: Site) -> None:
    site.now_shown, site.beyond, site.pages = listed(row(90, 0.5)), PAGES[0], []
    found = site.run()
    assert (found.filed, site.numbers) == (2, [1, 2])


def test_a_page_known_from_polling_is_not_the_end(site: Site) -> None:
    site.now_shown = listed(*(row(n, 1 + n) for n in range(4)))
    assert site.run().filed == 6


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_page_that_is_not_there_is_the_end_and_told(site: Site, status: int) -> None:
    site.beyond = status, {}, b""
    found = site.run()
    assert (found.filed, found.finished, site.numbers[-1]) == (8, NOON, 6)
    assert found.ended.startswith(f"answered {status}")


def test_a_page_that_cannot_be_read_is_the_end_and_told(site: Site) -> None:
    site.beyond = 200, {}, b"<html>Nothing found</html>"
    found = site.run()
    assert found.finished
    assert "HTML" in found.ended


@pytest.mark.parametrize(
    "answer", [(404, {}, b""), (200, {}, b"no JSON"), (503, {}, b"")], ids=["gone", "unreadable", "broken"]
)
def test_where_the_first_page_fails_there_is_something_wrong(site: Site, answer: Answer) -> None:
    site.pages[0] = answer
    with pytest.raises(MonitorError):
        site.run()


def test_a_server_that_makes_up_pages_is_not_followed_for_ever(site: Site) -> None:
    def made_up(query: dict[str, list[str]]) -> Answer:
        return listed(row(1000 + int(query["page"][0]), 2))

    site.pages = [made_up] * 40
    site.world.poll(timedelta(0))
    judging = Judging(site.storage, site.world.app.in_force, Routes(), NOON)
    with pytest.raises(MonitorError, match="7 parts were read, the most of one run"):
        run_with(Backfill(judging, most=7), Served(site.pages), site.world.source())
    assert len(site.titles()) == 2 + 7


def test_weeks_without_a_document_do_not_end_it(site: Site) -> None:
    """The Federal Register is asked week by week."""

    def answer(path: str, _: dict[str, str]) -> Answer:
        query = parse_qs(urlsplit(path).query)
        weeks.append((query.get("conditions[publication_date][gte]") or [""])[0])
        if weeks[-1] != "2026-02-03":
            return 200, {}, b'{"count": 0}'
        document = {
            "document_number": "2026-01", "title": "Rare earth plant 1 wins a loan", "html_url": "https://a.test/1",
            "publication_date": "2026-02-03",
        }  # fmt: skip
        return 200, {}, json.dumps({"count": 1, "results": [document]}).encode()

    weeks: list[str] = []
    with Web(answer) as web:
        site.world.write("sources", REGISTER.format(base=web.base))
        site.world.restart()
        assert site.run(days=35).filed == 1
    assert weeks == ["", "2026-02-24", "2026-02-17", "2026-02-10", "2026-02-03", "2026-01-27", "2026-01-26"]


# ------------------------------------------------------------------ nobody is told


def test_nothing_is_told_and_nothing_is_in_the_digest(site: Site) -> None:
    site.now_shown = listed(row(90, 0.5))
    site.pages = [listed(*(row(n, n / 10) for n in range(1, 6)))]
    assert site.run().alert == 5
    later = NOON + timedelta(hours=3)
    made = mailing.composed(
        site.storage, site.world.app.in_force, DESK, Edition(NOON.date(), later, NOON - DAY, later)
    )
    assert [story.title.split()[3] for section in made.sections for story in section.stories] == ["90"]
    assert made.items == 1, "what polling read, the past not counted"
    assert (site.world.alerts, site.world.count("deliveries")) == ([], 0)


def test_the_first_digest_is_not_due_for_what_lies_before_the_first_poll(site: Site, tmp_path: Path) -> None:
    site.run()
    storage, in_force = site.storage, site.world.app.in_force
    assert storage.items.began() == NOON
    assert mailing.send_due(storage, in_force, [DESK], NOON, None, tmp_path) == []
    assert len(mailing.send_due(storage, in_force, [DESK], NOON + DAY, None, tmp_path)) == 1


def test_news_are_told_although_they_stand_on_a_page_of_the_past(site: Site) -> None:
    site.world.poll(timedelta(0))
    site.now_shown = listed(row(70, 0.5), row(0, 1))
    site.pages[0] = site.now_shown
    assert site.run().filed == 8
    assert [alert.title.split()[3] for alert in site.world.alerts] == ["70"]


def test_what_is_not_an_hour_old_is_left_to_polling(site: Site) -> None:
    """As where the feed comes out of a cache, and its pages do not."""
    site.pages[0] = listed(row(70, 0.02), row(0, 1))
    assert 70 not in (site.run(), site.titles())[1]
    site.now_shown = listed(row(70, 0.02), row(0, 1))
    site.world.poll()
    assert [alert.title.split()[3] for alert in site.world.alerts] == ["70"]


def test_a_source_that_does_not_answer_is_not_asked_for_its_past(site: Site) -> None:
    site.now_shown = 503, {}, b""
    with pytest.raises(MonitorError, match="answered 503"):
        site.run()
    assert site.asked == []


def test_a_source_that_is_being_polled_has_to_wait(site: Site) -> None:
    with site.storage.write():
        site.storage.sources.claim(["one"], NOON, LEASE, due=False)
    with pytest.raises(Busy, match="is being polled"):
        site.run()


# ------------------------------------------------------------------ what it teaches


def test_health_is_as_it_was(site: Site) -> None:
    site.world.poll(timedelta(0))
    before = site.storage.sources.state("one")
    site.run()
    after = site.storage.sources.state("one")
    assert replace(after, rhythm=None) == replace(before, rhythm=None)
    assert after.last_new is None


def test_its_dates_teach_when_news_are_likely(site: Site) -> None:
    site.run()
    rhythm = site.storage.sources.state("one").rhythm
    assert rhythm is not None
    assert rhythm.hours.index(max(rhythm.hours)) == 12
    assert 8 < rhythm.count < 10, "ten publications, those of days ago faded"
    assert 8 * 24 < rhythm.watched < 9 * 24


def test_days_without_a_time_teach_nothing(site: Site) -> None:
    site.world.poll(timedelta(0))
    before = site.storage.sources.state("one").rhythm
    site.pages = [listed(*(row(100 + n, 1, date=f"2026-02-{n:02}") for n in range(1, 20)))]
    assert site.run().filed == 19
    assert site.storage.sources.state("one").rhythm == before


# ------------------------------------------------------------------ pauses


def too_many(wait: str, times: int, status: int = 429) -> Page:
    """The third page, which first says so many times that it is asked too often."""
    left = [times]

    def answer(_: dict[str, list[str]]) -> Answer:
        left[0] -= 1
        return (status, {"Retry-After": wait} if wait else {}, b"") if left[0] >= 0 else PAGES[2]

    return answer


def test_a_short_pause_is_made_as_asked(site: Site) -> None:
    places: list[Place] = []
    site.pages[2] = too_many("1", 1)
    found = site.run(told=places.append)
    assert found.filed == 8
    (wait,) = [place.wait for place in places if place.wait]
    assert timedelta(minutes=1) <= wait <= timedelta(minutes=2), (
        "its host is left alone for a minute at least"
    )
    assert site.numbers == [1, 2, 3, 3, 4, 5, 6]


@pytest.mark.parametrize("wait", ["", str(PATIENCE.seconds + 1)], ids=["unsaid", "long"])
def test_otherwise_it_stops_and_goes_on_with_the_same_part(site: Site, wait: str) -> None:
    site.pages[2] = too_many(wait, 1)
    with pytest.raises(Refused, match="answered 429"):
        site.run()
    assert sorted(site.titles()) == [0, 1, 2, 3]
    site.world.now += DAY
    found = site.run()
    assert (found.filed, found.since, len(site.titles())) == (8, NOON - 30 * DAY, 10)
    assert site.numbers == [1, 2, 3, 3, 4, 5, 6]


def test_a_server_that_always_asks_for_a_pause_is_left(site: Site) -> None:
    site.pages[2] = too_many("1", 99, status=500)
    with pytest.raises(Refused, match="answered 500"):
        site.run()
    assert site.numbers == [1, 2, *[3] * (MAX_WAITS + 1)]


def test_the_place_is_told_before_each_part(site: Site) -> None:
    places: list[Place] = []
    site.run(told=places.append)
    days = [(NOON - place.reached) // DAY if place.reached else 0 for place in places]
    assert [(place.run.part, place.run.filed) for place in places] == [
        (0, 0), (1, 0), (2, 2), (3, 4), (4, 6), (5, 8),
    ]  # fmt: skip
    assert days == [0, 2, 4, 6, 8, 10]


# ------------------------------------------------------------------ killed


class Killed(BaseException):
    """The process ends here."""


class Life:
    """Ends at the effect of this number, counted from 1."""

    def __init__(self, last: int) -> None:
        self.left = last

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


class Mortal(Storage):
    """A database of a process that may end before a transaction, within it and after it."""

    def __init__(self, path: Path, life: Life) -> None:
        super().__init__(path)
        self._life = life

    @contextmanager
    def write(self) -> Iterator[None]:
        self._life.tick()
        with super().write():
            yield
            self._life.tick()
        self._life.tick()


class Served:
    """Answers the pages, without a network; may be killed before and after each."""

    def __init__(self, pages: Sequence[Answer | Page], life: Life | None = None) -> None:
        self._pages, self._life = pages, life or Life(0)

    async def fetch(
        self, request: Request, validators: Validators, *, subject: str = ""
    ) -> Fetched | NotModified:
        self._life.tick()
        query = parse_qs(urlsplit(request.url).query)
        answer = self._pages[int(query["page"][0]) - 1]
        _, headers, body = answer(query) if callable(answer) else answer
        self._life.tick()
        return Fetched(Document(body, headers, request.url), Validators())


def run_with(backfill: Backfill, http: Served, source: Source) -> FiledBackfill:
    return asyncio.run(backfill.run(http, source, NOON - 30 * DAY))


def outcome(storage: Storage, found: FiledBackfill) -> object:
    """All that a run leaves behind."""
    tables = ("items", "signals", "hits", "backfills")
    rows = [storage.db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]
    return rows, storage.sources.state("one"), found


def lives(path: Path, source: Source, in_force: InForce, last: int) -> tuple[bool, object]:
    """One run that is killed at an effect, and another that goes on. Was it killed?"""
    with Storage(path) as storage, storage.write():
        storage.sources.sync([source], NOON)
    pages, killed = [*PAGES, listed()], False
    life = Life(last)
    with Mortal(path, life) as storage:
        judging = Judging(storage, in_force, Routes(), NOON)
        try:
            found = run_with(Backfill(judging), Served(pages, life), source)
        except Killed:
            killed = True
    if not killed:
        with Storage(path) as storage:
            return False, outcome(storage, found)
    with Storage(path) as storage:
        again = storage.backfills.latest("one")
        judging = Judging(storage, in_force, Routes(), NOON)
        done = again is not None and again.finished is not None
        found = again if done and again else run_with(Backfill(judging), Served(pages), source)
        return True, outcome(storage, found)


def test_killed_at_any_moment_it_comes_to_the_same(site: Site, tmp_path: Path) -> None:
    source, in_force = site.world.source(), site.world.app.in_force
    never, whole = lives(tmp_path / "whole.db", source, in_force, 0)
    assert not never
    effects = 0
    while True:
        effects += 1
        killed, found = lives(tmp_path / f"{effects}.db", source, in_force, effects)
        assert found == whole, f"killed at effect {effects}"
        if not killed:
            break
    assert effects == 6 * 2 + 7 * 3 + 1, "six parts are asked for; a row, and six parts, are filed"


# ------------------------------------------------------------------ feeds


def test_the_earlier_pages_of_a_feed_are_read_from_the_second_on(site: Site) -> None:
    def page(number: int) -> bytes:
        posts = ((n, NOON - n * DAY) for n in (number * 2 - 1, number * 2))
        return rss(
            *(Post(f"Rare earth plant {n} wins a loan", f"https://a.test/{n}", date=d) for n, d in posts)
        )

    site.now_shown = 200, {}, page(1)
    site.pages = [(500, {}, b""), (200, {}, page(2)), (200, {}, page(3))]
    site.beyond = 404, {}, b""
    site.start(FEED)
    found = site.run()
    assert (found.filed, site.numbers) == (4, [2, 3, 4])
    assert sorted(site.titles()) == [1, 2, 3, 4, 5, 6]


# ------------------------------------------------------------------ decisions

SPAN = Span(NOON - 10 * DAY, NOON)


def entry(key: str, days: float | None) -> Entry:
    return Entry(key, key, "", key, "", None if days is None else NOON - days * DAY)


def test_what_lies_in_the_span_is_kept_with_both_ends_and_what_has_no_date() -> None:
    entries = [entry(str(days), days) for days in (-1, 0, 5, 10, 10.1, None)]
    assert [one.key for one in within(entries, SPAN)] == ["0", "5", "10", "None"]


@pytest.mark.parametrize(
    ("entries", "last"),
    [
        pytest.param([], True, id="empty"),
        pytest.param([entry("a", 1), entry("b", 2)], True, id="all seen"),
        pytest.param([entry("a", 1), entry("c", 2)], False, id="one of them new"),
        pytest.param([entry("c", 11), entry("d", 12)], True, id="all older"),
        pytest.param([entry("c", 9), entry("d", 12)], False, id="one of them not older"),
        pytest.param([entry("c", None), entry("d", 12)], False, id="one of them without a date"),
        pytest.param([entry("c", -1)], False, id="too new"),
    ],
)
def test_which_part_is_the_last(entries: list[Entry], last: bool) -> None:
    assert is_last(entries, SPAN, {"a", "b"}) is last


@pytest.mark.parametrize(
    ("changes", "since", "same"),
    [
        pytest.param({}, 0, True, id="at once"),
        pytest.param({}, 6, True, id="some days later"),
        pytest.param({}, 8, False, id="much later, or for fewer days"),
        pytest.param({}, -1, False, id="for more days"),
        pytest.param({"finished": NOON}, 0, False, id="finished"),
        pytest.param({"url": "https://b.test"}, 0, False, id="another address"),
    ],
)
def test_what_was_broken_off_goes_on(changes: dict[str, object], since: int, same: bool) -> None:
    source = a_source(url="https://a.test")
    last = replace(FiledBackfill(1, source.id, source.url, NOON, NOON), **changes)  # type: ignore[arg-type]
    assert goes_on(last, source, NOON + since * DAY) is same


def test_only_what_can_be_asked_for_is_a_past(site: Site) -> None:
    assert has_past(site.world.source(), NOON)
    site.start("sources: [{{id: one, url: '{base}/feed'}}]")
    assert not has_past(site.world.source(), NOON)
    site.start("sources: [{{id: one, kind: json, url: '{base}/list', entry: {{title: t}}}}]")
    assert not has_past(site.world.source(), NOON)
