"""The ledgers kept through storage: one row for one thing, whatever comes again, late, or is corrected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.fact import Fact, Facts, Kind
from monitor.keeping import Keeping, Kept
from monitor.ledger import Entry, Ledger, Step
from monitor.ledgers import HAND
from monitor.live import InForce
from monitor.model import Entry as Published
from monitor.model import Signal, Source, Verdict
from monitor.storage import Storage
from monitor.stories import Joined
from tests.fakes import NOON

DAY = timedelta(days=1)
WATCHLIST = """watchlist: loans
title: Loans
must:
  - any: [loan]
stages:
  - {id: asked, any: [asks]}
  - {id: granted, any: [grants]}
  - {id: signed, any: [signs]}
  - {id: paused, any: [pauses]}
  - {id: dropped, any: [drops]}
"""
LADDER = """
    ladder:
      - {id: application, stages: [asked]}
      - {id: approval, stages: [granted]}
      - {id: signing, stages: [signed]}
      - {id: paused, stages: [paused], aside: true, reverses: true}
      - {id: cancelled, stages: [dropped], aside: true, reverses: true, ends: true}
"""
LEDGERS = f"""ledgers:
  deals:
    title: Deals
    watchlists: [loans]
    key: [company, agency]
    apart: [project, place]
    facts: [amount]{LADDER}
  measures:
    title: Measures
    watchlists: [papers]
    key: [document]
    opens: story{LADDER}
    entries:
      measure-61:
        title: Measure 61
        rung: paused
        since: 2026-02-01
        before: [{{rung: application, since: 2026-01-01, source: https://paper.example/61}}]
        terms: [measure 61]
"""


def fact(kind: Kind, value: str) -> Fact:
    return Fact(kind, value, value.title(), "title", 0, 1, value, 0.9)


ASTRA, EXIM = fact(Kind.COMPANY, "astra"), fact(Kind.AGENCY, "exim")


class Book:
    """The ledgers of a rulebook in a database of their own."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        papers = WATCHLIST.replace("watchlist: loans", "watchlist: papers")
        self.texts = {"loans.yaml": WATCHLIST, "papers.yaml": papers, "ledgers.yaml": LEDGERS}
        self.in_force = InForce(self.texts, {})
        assert self.in_force.problems == ()
        self._filed = 0

    def ledger(self, name: str) -> Ledger:
        return next(one for one in self.in_force.rulebook.ledgers if one.id == name)

    def rows(self, name: str = "deals") -> list[Entry]:
        return self.storage.ledgers.entries(self.ledger(name))

    def hears(
        self,
        stage: str,
        *facts: Fact,
        day: int = 0,
        tier: int = 3,
        title: str = "",
        story: str = "",
        watchlist: str = "loans",
    ) -> Signal:
        """A signal on a new item."""
        self._filed += 1
        name = f"{title or stage} {self._filed}"
        at = NOON + day * DAY
        item = self.storage.items.add(f"s{tier}", Published(name, name, "", name, "", at), "en", at)
        assert item is not None
        story = story or f"story-{self._filed}"
        self.storage.stories.join(item.id, Joined(story), at)
        return Signal(item, Verdict(watchlist, 90, (), stage), story, False, at, facts=Facts(facts))

    def reads(self, stage: str, *facts: Fact, day: int = 0, title: str = "", story: str = "") -> Signal:
        """The same, for the ledger of measures."""
        return self.hears(stage, *facts, day=day, title=title, story=story, watchlist="papers")

    def file(self, signal: Signal, now: datetime = NOON) -> Kept:
        tier = int(signal.item.source[1:])
        source = Source(signal.item.source, signal.item.source, "feed", "", tier, "en")
        with self.storage.write():
            return Keeping(self.storage, self.in_force, now).file(signal, source)

    def changes(self, *signals: Signal) -> list[tuple[str, str, str]]:
        """What was changed: how, from which rung, to which."""
        return [(c.what, c.was, c.now) for signal in signals for c in self.file(signal).changes]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Storage(tmp_path / "monitor.db") as storage:
        yield Book(storage)


def test_the_life_of_a_deal_is_one_row(book: Book) -> None:
    assert book.changes(
        book.hears("asked", ASTRA, EXIM),
        book.hears("asked", ASTRA, EXIM, day=1),
        book.hears("asked", ASTRA, EXIM, day=2, tier=1),
        book.hears("granted", ASTRA, EXIM, day=40, tier=2),
        book.hears("asked", ASTRA, EXIM, day=60),
        book.hears("paused", ASTRA, EXIM, day=90, tier=1),
        book.hears("signed", ASTRA, EXIM, day=120, tier=1),
        book.hears("dropped", ASTRA, EXIM, day=200, tier=1),
    ) == [
        ("opened", "", "application"),
        ("confirmed", "application", "application"),
        ("moved", "application", "approval"),
        ("reversed", "approval", "paused"),
        ("moved", "paused", "signing"),
        ("reversed", "signing", "cancelled"),
    ]
    (row,) = book.rows()
    assert (row.title, row.rung, len(row.steps)) == ("Astra / Exim", "cancelled", 8)


def test_a_signal_that_is_filed_again_changes_nothing(book: Book) -> None:
    heard = [book.hears("asked", ASTRA, EXIM), book.hears("granted", ASTRA, EXIM, day=9)]
    book.changes(*heard)
    before = book.rows()
    assert book.changes(*heard) == []
    assert [row.standing for row in book.rows()] == [row.standing for row in before]
    assert [len(row.steps) for row in book.rows()] == [2]


def test_an_older_item_that_comes_late_moves_nothing_back(book: Book) -> None:
    late = book.hears("asked", ASTRA, EXIM, day=1)
    book.changes(book.hears("granted", ASTRA, EXIM, day=9))
    assert book.changes(late) == []
    assert [row.rung for row in book.rows()] == ["approval"]


NEWS = st.lists(
    st.tuples(
        st.sampled_from(["asked", "granted", "signed", "paused", "dropped"]),
        st.integers(0, 80),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25)
@given(NEWS, st.randoms(use_true_random=False))
def test_neither_the_order_of_arrival_nor_a_replay_changes_the_ledger(
    news: list[tuple[str, int, int]], random: Any
) -> None:
    books = []
    for shuffled in (False, True):
        with Storage(Path(":memory:")) as storage:
            book = Book(storage)
            heard = [book.hears(stage, ASTRA, EXIM, day=day, tier=tier) for stage, day, tier in news]
            if shuffled:
                random.shuffle(heard)
            book.changes(*heard)
            assert book.changes(*heard) == []
            steps = [[(s.rung, s.at, s.tier, s.item) for s in row.steps] for row in book.rows()]
            books.append(([row.standing for row in book.rows()], sorted(map(sorted, steps))))
    assert books[0] == books[1]


# ------------------------------------------------------------------ which row


def test_each_site_of_a_company_has_a_row_of_its_own(book: Book) -> None:
    sites = [fact(Kind.PLACE, name) for name in ("orrin", "velden", "tarn", "ORRIN", "Velden", "Tarn")]
    for day, site in enumerate(sites):
        book.file(book.hears("asked", ASTRA, EXIM, site, day=day))
    rows = book.rows()
    assert len(rows) == 3
    assert all(len(row.steps) == 2 for row in rows)
    assert {mark for row in rows for mark in row.marks if mark.startswith("place")} == {
        "place:orrin",
        "place:velden",
        "place:tarn",
    }


def test_what_follows_in_a_story_is_about_the_row_that_it_opened(book: Book) -> None:
    said = book.changes(
        book.reads("asked", story="s1"),
        book.reads("granted", story="s1", day=3),
        book.reads("granted", story="s1", day=4),
    )
    assert said == [("opened", "", "application"), ("moved", "application", "approval")]
    assert [len(row.steps) for row in book.rows("measures")] == [3]


def test_a_story_of_several_documents_has_a_row_for_each(book: Book) -> None:
    papers = [fact(Kind.DOCUMENT, f"CN 2026-{number}") for number in (1, 2, 3)]
    for day, paper in enumerate(papers * 2):
        book.file(book.reads("asked", paper, story="s1", day=day))
    rows = book.rows("measures")
    assert sorted(mark for row in rows for mark in row.marks) == [
        f"document:cn 2026-{number}" for number in (1, 2, 3)
    ]
    assert all(len(row.steps) == 2 for row in rows)


def test_a_number_that_is_stated_later_becomes_the_row_s_own(book: Book) -> None:
    paper, other = fact(Kind.DOCUMENT, "CN 2026-20"), fact(Kind.DOCUMENT, "CN 2026-21")
    book.file(book.reads("asked", story="s1"))
    book.file(book.reads("asked", paper, day=1, story="s1"))
    book.file(book.reads("granted", paper, day=60, story="s2"))
    book.file(book.reads("asked", other, day=60, story="s1"))
    assert sorted(len(row.steps) for row in book.rows("measures")) == [1, 3]


def test_other_rows_of_an_agency_cost_nothing(book: Book) -> None:
    def cost() -> int:
        asked: list[str] = []
        signal = book.hears("asked", ASTRA, EXIM)
        book.storage.db.conn.set_trace_callback(asked.append)
        book.file(signal)
        book.storage.db.conn.set_trace_callback(None)
        return len(asked)

    book.file(book.hears("asked", ASTRA, EXIM))
    before = cost()
    for number in range(40):
        book.file(book.hears("asked", fact(Kind.COMPANY, f"other-{number}"), EXIM))
    assert cost() == before


# ------------------------------------------------------------------ what a row shows


def amount(label: str) -> Fact:
    return Fact(Kind.AMOUNT, label, label, "title", 0, 1, label, 0.9)


@pytest.mark.parametrize(
    ("stage", "day", "tier", "shown"),
    [
        pytest.param("asked", 1, 1, "$150m", id="put right by a primary source"),
        pytest.param("asked", 1, 3, "$120m", id="a less primary source"),
        pytest.param("granted", 1, 3, "$150m", id="moved on"),
        pytest.param("asked", -1, 1, "$120m", id="an older item"),
    ],
)
def test_the_newest_and_most_primary_figure_is_shown(
    book: Book, stage: str, day: int, tier: int, shown: str
) -> None:
    book.file(book.hears("asked", ASTRA, EXIM, amount("$120m"), tier=2))
    book.file(book.hears(stage, ASTRA, EXIM, amount("$150m"), day=day, tier=tier))
    assert [row.details["amount"] for row in book.rows()] == [shown]


# ------------------------------------------------------------------ rows of the file


def test_an_item_from_before_its_day_does_not_speak_of_it(book: Book) -> None:
    book.file(book.reads("asked", title="measure 61", day=-90))
    assert "measure-61" not in {row.key for row in book.rows("measures")}


def test_a_story_that_speaks_of_a_measure_goes_on_about_it(book: Book) -> None:
    book.file(book.reads("paused", title="measure 61", story="s1"))
    book.file(book.reads("granted", day=1, story="s1"))
    (row,) = book.rows("measures")
    assert (row.key, row.rung) == ("measure-61", "approval")


def test_the_file_has_the_last_word_on_its_own_steps(book: Book) -> None:
    with book.storage.write():
        Keeping(book.storage, book.in_force, NOON).rows(book.ledger("measures"))
    before = book.rows("measures")
    changed = LEDGERS.replace("rung: paused", "rung: signing").replace("Measure 61", "Measure No. 61")
    book.in_force = InForce(dict(book.texts, **{"ledgers.yaml": changed}), {})
    for _ in range(2):
        with book.storage.write():
            (row,) = Keeping(book.storage, book.in_force, NOON).rows(book.ledger("measures"))
        assert (row.rung, row.title, len(row.steps)) == ("signing", "Measure No. 61", 2)
    assert before[0].steps[0].rung == "application"


def test_reading_the_file_again_changes_nothing(book: Book) -> None:
    def sown() -> list[Entry]:
        with book.storage.write():
            return Keeping(book.storage, book.in_force, NOON + DAY).rows(book.ledger("measures"))

    once = sown()
    with book.storage.write():
        assert book.storage.ledgers.undo(once[0], once[0].steps[1].number, "ann", "not paused", NOON)
    again = sown()
    assert [row.rung for row in again] == ["application"]
    assert sown() == again


def test_a_row_of_the_file_has_its_history_and_background_does_not_move_it(book: Book) -> None:
    assert book.changes(book.reads("asked", title="measure 61", day=30)) == []
    (row,) = book.rows("measures")
    assert (row.key, row.rung) == ("measure-61", "paused")
    assert (row.steps[0].rung, row.steps[0].source) == ("application", "https://paper.example/61")


def test_a_paused_measure_that_is_in_force_again_moves(book: Book) -> None:
    assert book.changes(book.reads("granted", title="measure 61", day=30)) == [
        ("moved", "paused", "approval")
    ]


# ------------------------------------------------------------------ corrections by hand


def undo(book: Book, number: int = 0) -> None:
    (row,) = book.rows()
    with book.storage.write():
        assert book.storage.ledgers.undo(row, row.steps[number].number, "ann", "another bank", NOON)


def correct(book: Book, rung: str, day: int) -> None:
    (row,) = book.rows()
    with book.storage.write():
        step = Step(rung, NOON + day * DAY, 0, "by hand", HAND, "minutes", by="ann", why="minutes")
        book.storage.ledgers.add(row, step)


def test_an_item_whose_step_was_undone_says_nothing_when_it_comes_again(book: Book) -> None:
    book.file(book.hears("asked", ASTRA, EXIM))
    wrong = book.hears("granted", ASTRA, EXIM, day=3)
    book.file(wrong)
    undo(book, 1)
    assert book.changes(wrong) == []
    assert [row.rung for row in book.rows()] == ["application"]


@pytest.mark.parametrize(
    ("day", "tier", "said"),
    [
        pytest.param(5, 3, [], id="a copy"),
        pytest.param(5, 4, [], id="a lesser source"),
        pytest.param(5, 2, [("moved", "application", "approval")], id="a more primary source"),
        pytest.param(100, 3, [("moved", "application", "approval")], id="months later it is news"),
    ],
)
def test_a_copy_of_what_was_undone_does_not_bring_it_back(
    book: Book, day: int, tier: int, said: list[tuple[str, str, str]]
) -> None:
    book.file(book.hears("asked", ASTRA, EXIM))
    book.file(book.hears("granted", ASTRA, EXIM, day=3))
    undo(book, 1)
    assert book.changes(book.hears("granted", ASTRA, EXIM, day=day, tier=tier)) == said


def test_a_copy_of_what_a_person_put_right_does_not_bring_it_back(book: Book) -> None:
    book.file(book.hears("granted", ASTRA, EXIM, day=3))
    correct(book, "application", 4)
    assert book.changes(book.hears("granted", ASTRA, EXIM, day=5)) == []
    assert [row.rung for row in book.rows()] == ["application"]
    assert book.changes(book.hears("granted", ASTRA, EXIM, day=9, tier=1)) == [
        ("moved", "application", "approval")
    ]


def test_what_was_called_off_wrongly_stays_on(book: Book) -> None:
    book.file(book.hears("granted", ASTRA, EXIM))
    book.file(book.hears("dropped", ASTRA, EXIM, day=30))
    correct(book, "approval", 31)
    assert book.changes(book.hears("dropped", ASTRA, EXIM, day=32)) == []
    assert [row.rung for row in book.rows()] == ["approval"]
