"""What moved in the ledgers, out of the database: what was filed when, what was history then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor import gathering
from monitor.digest import Material, Moved
from monitor.fact import Kind
from monitor.keeping import LONG_AGO, Keeping, learnt
from monitor.ledger import Step
from monitor.ledgers import HAND
from monitor.model import Entry as Published
from monitor.model import Signal, Verdict
from monitor.storage import Storage
from tests.fakes import NOON, an_item
from tests.rules import LOANS
from tests.test_keeping import ASTRA, EXIM, Book, amount, fact
from tests.webs import World, post

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Storage(tmp_path / "monitor.db") as storage:
        yield Book(storage)


def gathered(book: Book, since: float, until: float) -> Material:
    return gathering.gather(book.storage, book.in_force, NOON + since * DAY, NOON + until * DAY)


def ends(book: Book, since: float, until: float) -> list[tuple[str, str, str]]:
    return [(one.what, one.was, one.now) for one in gathered(book, since, until).moved]


def file(book: Book, signal: Signal, day: float) -> None:
    """File it so many days after NOON."""
    book.file(signal, NOON + day * DAY)


# ------------------------------------------------------------------ what is polled


def test_a_month_of_a_deal_is_told_day_by_day_without_a_gap(book: Book) -> None:
    for day, stage in ((1, "asked"), (2, "asked"), (5, "granted"), (9, "paused"), (20, "signed")):
        file(book, book.hears(stage, ASTRA, EXIM, day=day), day + 0.25)
    told = [one for since, until in pairwise(range(30)) for one in ends(book, since, until)]
    assert told == [
        ("opened", "", "application"),
        ("moved", "application", "approval"),
        ("reversed", "approval", "paused"),
        ("moved", "paused", "signing"),
    ]


def test_a_move_says_who_said_it_where_and_what_is_at_stake(book: Book) -> None:
    signal = book.hears("asked", ASTRA, EXIM, amount("$150m"), tier=1)
    file(book, replace(signal, item=replace(signal.item, link="ignored")), 0.25)
    with book.storage.write():
        book.storage.db.execute("UPDATE items SET link = 'https://exim.example/1'")
    (one,) = gathered(book, 0, 1).moved
    assert (one.title, one.facts, one.watchlists) == ("Astra / Exim", "$150m", ("loans",))
    assert (one.source, one.tier, one.link, one.at) == ("s1", 1, "https://exim.example/1", NOON)


def test_what_is_published_long_ago_and_comes_today_is_news_of_today(book: Book) -> None:
    file(book, book.hears("asked", ASTRA, EXIM, day=-20), 0.5)
    assert ends(book, -21, 0) == []
    assert ends(book, 0, 1) == [("opened", "", "application")]


def test_an_item_that_is_filed_again_is_not_told_again(book: Book) -> None:
    signal = book.hears("asked", ASTRA, EXIM)
    file(book, signal, 0.5)
    file(book, signal, 1.5)
    assert ends(book, 0, 1) == [("opened", "", "application")]
    assert ends(book, 1, 2) == []


def test_an_item_that_is_edited_moves_the_row_from_what_it_said(book: Book) -> None:
    signal = book.hears("asked", ASTRA, EXIM)
    file(book, signal, 0.5)
    said_otherwise = replace(signal, verdict=Verdict("loans", 90, (), "granted"))
    file(book, said_otherwise, 1.5)
    file(book, said_otherwise, 2.5)
    file(book, signal, 3.5)
    (row,) = book.rows()
    assert [step.rung for step in row.steps] == ["application"]
    assert [step.step.rung for step in book.storage.ledgers.steps(row)] == ["application"]
    assert [ends(book, day, day + 1) for day in range(4)] == [
        [("opened", "", "application")],
        [("moved", "application", "approval")],
        [],
        [("moved", "approval", "application")],
    ]


# ------------------------------------------------------------------ what is history


@pytest.mark.parametrize(
    ("published", "baseline", "known"),
    [
        pytest.param(NOON - HOUR, False, NOON, id="polled"),
        pytest.param(NOON - 400 * DAY, False, NOON, id="polled, with an old date"),
        pytest.param(None, False, NOON, id="polled, without a date"),
        pytest.param(NOON - 2 * DAY, True, None, id="there before the first look"),
        pytest.param(NOON - 2 * HOUR, True, NOON, id="out an hour before the first look"),
        pytest.param(None, True, LONG_AGO, id="there before the first look, without a date"),
    ],
)
def test_when_what_an_item_says_comes_to_be_known(
    published: datetime | None, *, baseline: bool, known: datetime | None
) -> None:
    item = an_item(published=published, first_seen=NOON)
    signal = Signal(item, Verdict("loans", 90, (), "asked"), "s1", baseline, NOON)
    assert learnt(signal, NOON) == known


def test_what_was_there_before_opens_rows_in_silence_and_news_moves_them(book: Book) -> None:
    file(book, replace(book.hears("asked", ASTRA, EXIM, day=-30), baseline=True), 0.5)
    file(book, book.hears("granted", ASTRA, EXIM, day=1), 1.5)
    assert ends(book, 0, 1) == []
    assert ends(book, 1, 2) == [("moved", "application", "approval")]


def test_what_was_backfilled_moves_nothing_today(book: Book) -> None:
    file(book, book.hears("asked", ASTRA, EXIM), 0.5)
    file(book, replace(book.hears("granted", ASTRA, EXIM, day=-9), baseline=True), 1.5)
    file(book, book.hears("signed", ASTRA, EXIM, day=2), 2.5)
    assert ends(book, 1, 2) == []
    assert ends(book, 2, 3) == [("moved", "approval", "signing")]


def test_what_was_filed_before_that_was_kept_is_known_since_its_own_time(book: Book) -> None:
    file(book, book.hears("asked", ASTRA, EXIM, day=-30), 0.5)
    with book.storage.write():
        book.storage.db.execute("UPDATE steps SET filed = ''")
    assert ends(book, 0, 1) == []
    assert ends(book, -30.5, -29.5) == [("opened", "", "application")]


NGUALLA = "Developer of Ngualla mine wins Tanzanian bank loan, rare earth output due 2029"
LEDGERS = """
ledgers:
  promises:
    title: Promises
    watchlists: [magnets]
    key: [document]
    opens: story
    ladder:
      - {id: promised, stages: [won]}
      - {id: kept, ends: true}
    entries:
      report:
        title: The accord
        rung: promised
        since: 2026-03-02
        due: [{on: 2026-03-10, what: first report}]
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, watchlists=[("magnets", LOANS), ("ledgers", LEDGERS)]) as made:
        yield made


def told(world: World, since: datetime) -> tuple[Moved, ...]:
    storage = world.app.storage
    return gathering.gather(storage, world.app.in_force, since, world.now + HOUR).moved


def test_a_first_look_tells_what_was_just_out_and_not_what_was_old_or_bears_no_date(world: World) -> None:
    world.serve(
        post(1, "Cobre Metals Corp kiln in Port Ansel wins rare earth loan", date=NOON - 20 * DAY),
        post(2, "Perth refinery wins state loan for oxides of rare earth", date=None),
        post(3, NGUALLA, date=NOON),
    )
    world.app.study(world.app.storage, 10)
    assert world.count("entries") == 3
    assert [one.title for one in told(world, NOON)] == [NGUALLA]


def test_what_is_backfilled_is_told_by_nobody(world: World) -> None:
    world.serve(post(1, "Quiet"))
    title = "Kiln at Port Ansel wins a rare earth loan"
    storage, in_force, source = world.app.storage, world.app.in_force, world.source()
    entry = Published("old", "old", "https://news.example/old", title, "", NOON - 60 * DAY)
    with storage.write():
        item = storage.items.add("one", entry, "en", world.now, backfilled=True)
        assert item is not None
        verdicts = in_force.judges.verdicts(in_force.evidence(item, source, "en"))
        signals = [Signal(item, verdict, f"s{item.id}", True, world.now) for _, verdict in verdicts]
        for signal in signals:
            storage.signals.save(signal)
    world.app.study(storage, 10)
    assert world.count("steps") == 1
    assert told(world, NOON - DAY) == ()


def test_what_is_polled_is_told_with_the_name_of_its_source(world: World) -> None:
    world.serve(post(1, "Quiet"))
    since = world.now
    world.serve(post(2, "Kiln at Port Ansel wins a rare earth loan"))
    (one,) = told(world, since)
    assert (one.what, one.source) == ("opened", world.source().name)
    assert one.link == "https://news.example.com/2"


# ------------------------------------------------------------------ rows of the file


def test_a_row_of_the_file_is_ahead_and_by_nobody_opened_with_nothing_written(world: World) -> None:
    storage, in_force = world.app.storage, world.app.in_force
    found = gathering.gather(storage, in_force, NOON - DAY, NOON + DAY)
    assert found.moved == ()
    assert [(one.what, one.rows) for one in found.ahead] == [("first report", ("The accord",))]
    assert world.count("entries") == world.count("steps") == 0


def test_what_is_read_and_what_is_filed_of_the_file_is_the_same(book: Book) -> None:
    ledger = book.ledger("measures")
    book.file(book.reads("granted", title="measure 61", day=30), NOON)
    book.file(book.reads("asked", fact(Kind.DOCUMENT, "CN 2026-1")), NOON)
    keeping = Keeping(book.storage, book.in_force, NOON)
    seen = keeping.seen(ledger)
    with book.storage.write():
        rows = keeping.rows(ledger)
    assert [(row.key, row.standing, row.details) for row in seen] == [
        (row.key, row.standing, row.details) for row in rows
    ]


def test_a_row_of_the_file_that_was_made_part_of_another_is_not_seen(book: Book) -> None:
    ledger = book.ledger("measures")
    book.file(book.reads("asked", fact(Kind.DOCUMENT, "CN 2026-1")), NOON)
    keeping = Keeping(book.storage, book.in_force, NOON)
    with book.storage.write():
        other, own = sorted(keeping.rows(ledger), key=lambda row: row.key == "measure-61")
        book.storage.ledgers.unite(own, other)
    assert [row.key for row in Keeping(book.storage, book.in_force, NOON).seen(ledger)] == [other.key]


def test_a_measure_of_the_file_moves_from_where_the_file_has_it(book: Book) -> None:
    file(book, book.reads("granted", title="measure 61", day=30), 30.5)
    (one,) = gathered(book, 30, 31).moved
    assert (one.what, one.was, one.now, one.title) == ("moved", "paused", "approval", "Measure 61")


def test_a_change_of_the_file_tells_nothing_again(book: Book) -> None:
    file(book, book.reads("granted", title="measure 61", day=30), 30.5)
    changed = book.texts["ledgers.yaml"].replace("title: Measure 61", "title: Measure No. 61")
    book.in_force = type(book.in_force)(dict(book.texts, **{"ledgers.yaml": changed}), {})
    with book.storage.write():
        Keeping(book.storage, book.in_force, NOON + 32 * DAY).rows(book.ledger("measures"))
    assert ends(book, 31, 33) == []


# ------------------------------------------------------------------ by hand


def test_what_a_person_puts_right_is_told_from_when_they_did(book: Book) -> None:
    file(book, book.hears("asked", ASTRA, EXIM), 0.5)
    (row,) = book.rows()
    with book.storage.write():
        filed = NOON + 1.5 * DAY
        step = Step("signing", NOON, 0, "by hand", HAND, "minutes", by="ann", why="minutes", filed=filed)
        book.storage.ledgers.add(row, step)
    assert ends(book, 0, 1) == [("opened", "", "application")]
    assert ends(book, 1, 2) == [("moved", "application", "signing")]


def test_what_a_person_takes_out_is_told_once_and_stays_told_for_the_day_it_counted(book: Book) -> None:
    file(book, book.hears("asked", ASTRA, EXIM), 0.25)
    file(book, book.hears("granted", ASTRA, EXIM, day=1), 1.25)
    (row,) = book.rows()
    with book.storage.write():
        book.storage.ledgers.undo(row, row.steps[1].number, "ann", "another bank", NOON + 2.25 * DAY)
    assert [ends(book, day, day + 1) for day in range(1, 4)] == [
        [("moved", "application", "approval")],
        [("moved", "approval", "application")],
        [],
    ]


# ------------------------------------------------------------------ by rung


def test_deals_are_a_pipeline_and_measures_are_a_list(book: Book) -> None:
    file(book, book.hears("asked", ASTRA, EXIM), 0.25)
    file(book, book.hears("granted", fact(Kind.COMPANY, "borea"), EXIM), 0.25)
    (one,) = gathered(book, 0, 1).pipelines
    assert one.title == "Deals"
    assert one.rungs == (("application", 1, 1), ("approval", 1, 1), ("signing", 0, 0))
