"""What people say, as it is kept: once, whoever says it again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.feedback import Fate, Mark, Opinion, Proposal, Quiet, Scope
from monitor.outbox import Notice
from monitor.precision import weeks
from monitor.storage import Storage
from tests.fakes import NOON
from tests.presses import ALICE, BOB, DEALS, SIGNALS, Club

DAY = timedelta(days=1)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Club]:
    made = Club(tmp_path)
    with made.storage:
        yield made


def a_quiet(**changes: object) -> Quiet:
    values = (Scope.SOURCE, "source-1", "Source 1", str(SIGNALS), ALICE, NOON, NOON + DAY)
    return replace(Quiet(*values), **changes)  # type: ignore[arg-type]


def a_proposal(number: str = "p1", **changes: object) -> Proposal:
    made = Proposal(
        number, "magnets", "add a not-group?", NOON, "noise: cats", ("cats",), examples=("A", "B")
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# ------------------------------------------------------------------ opinions


def test_the_second_mark_of_an_alert_is_told_the_first(club: Club) -> None:
    alert = club.tell()
    first = Mark(alert.id, Opinion.NOISE, ALICE, NOON)
    assert club.storage.feedback.mark(first) == first
    assert club.storage.feedback.mark(Mark(alert.id, Opinion.USEFUL, BOB, LATER)) == first
    assert club.storage.feedback.marked(NOON) == [(alert, first)]


def test_a_mark_that_is_taken_back_leaves_room_for_another(club: Club) -> None:
    alert, feedback = club.tell(), club.storage.feedback
    feedback.mark(Mark(alert.id, Opinion.NOISE, ALICE, NOON))
    undone = feedback.unmark(alert.id, BOB, LATER)
    assert undone == Mark(alert.id, Opinion.NOISE, ALICE, NOON, LATER, "bob")
    assert feedback.unmark(alert.id, BOB, LATER) is None
    assert (feedback.mark_of(alert.id), feedback.last_mark(alert.id)) == (None, undone)
    again = Mark(alert.id, Opinion.USEFUL, BOB, LATER)
    assert feedback.mark(again) == again


def test_marks_of_before_are_left_out(club: Club) -> None:
    club.mark(club.tell(1), Opinion.NOISE, at=NOON)
    club.mark(club.tell(2), Opinion.USEFUL, at=LATER)
    assert [alert.id for alert, _ in club.storage.feedback.marked(LATER)] == ["alert-2"]


def test_of_two_processes_that_mark_at_once_one_is_first(club: Club) -> None:
    alert = club.tell()
    start = threading.Barrier(4)

    def mark(number: int) -> Mark:
        opinion = (Opinion.NOISE, Opinion.USEFUL)[number % 2]
        with Storage(club.path) as storage:
            start.wait()
            with storage.write():
                return storage.feedback.mark(Mark(alert.id, opinion, (ALICE, BOB)[number % 2], NOON))

    with ThreadPoolExecutor(4) as pool:
        told = set(pool.map(mark, range(4)))
    assert told == {club.storage.feedback.mark_of(alert.id)}


def test_what_reached_nobody_counts_as_told_to_nobody(club: Club) -> None:
    club.mark(club.tell(1, to=(SIGNALS, DEALS)), Opinion.USEFUL)
    club.tell(2)
    club.tell(3)
    club.storage.db.execute("UPDATE deliveries SET state = 'dead' WHERE alert = 'alert-3'")
    said = club.storage.feedback.said(NOON)
    assert [(one.alert, one.opinion) for one in said] == [("alert-1", Opinion.USEFUL), ("alert-2", None)]


def test_an_alert_counts_for_each_watchlist_that_it_was_told_for(club: Club) -> None:
    club.mark(club.tell(1, also=(("loans", "Loans"), ("ex-im", "EXIM"))), Opinion.NOISE)
    said = club.storage.feedback.said(NOON)
    assert [(one.watchlist, one.opinion) for one in said] == [
        ("ex-im", Opinion.NOISE), ("loans", Opinion.NOISE), ("magnets", Opinion.NOISE)
    ]  # fmt: skip
    assert [(week.watchlist, week.noise) for week in weeks(said)] == [
        ("ex-im", 1),
        ("loans", 1),
        ("magnets", 1),
    ]


# ------------------------------------------------------------------ mutes


def test_a_longer_mute_takes_the_place_of_a_shorter_one(club: Club) -> None:
    feedback = club.storage.feedback
    short = feedback.quiet(a_quiet())
    long = feedback.quiet(a_quiet(who=BOB, at=LATER, until=NOON + 7 * DAY))
    assert feedback.quiets(LATER) == [long]
    old = feedback.quiet_of(short.number)
    assert old is not None
    assert (old.ended, old.ended_by) == (LATER, "bob")


def test_a_shorter_mute_changes_nothing_and_is_told_the_longer_one(club: Club) -> None:
    feedback = club.storage.feedback
    long = feedback.quiet(a_quiet(until=NOON + 7 * DAY))
    assert feedback.quiet(a_quiet(who=BOB, at=LATER)) == long
    assert feedback.quiets(LATER) == [long]


def test_what_was_muted_before_can_be_muted_again(club: Club) -> None:
    feedback, after = club.storage.feedback, NOON + 2 * DAY
    lapsed = feedback.quiet(a_quiet())
    anew = feedback.quiet(a_quiet(who=BOB, at=after, until=after + DAY))
    assert feedback.quiets(after) == [anew]
    old = feedback.quiet_of(lapsed.number)
    assert old is not None
    assert (old.ended, old.ended_by) == (lapsed.until, "")


def test_a_mute_holds_until_its_end_and_at_its_destination(club: Club) -> None:
    feedback = club.storage.feedback
    here = feedback.quiet(a_quiet())
    there = feedback.quiet(a_quiet(destination=str(DEALS), who=BOB))
    assert feedback.quiets(NOON) == [here, there]
    assert feedback.quiets(NOON, str(DEALS)) == [there]
    assert feedback.quiets_by(ALICE, NOON) == [here]
    assert feedback.quiets(NOON + DAY) == []


def test_a_mute_is_taken_back_once(club: Club) -> None:
    feedback = club.storage.feedback
    number = feedback.quiet(a_quiet()).number
    ended = feedback.end_quiet(number, BOB, LATER)
    assert ended == a_quiet(number=number, ended=LATER, ended_by="bob") == feedback.quiet_of(number)
    assert feedback.end_quiet(number, ALICE, LATER) is None
    assert feedback.end_quiet(number + 1, ALICE, LATER) is None
    assert feedback.quiets(LATER) == []


# ------------------------------------------------------------------ proposals


def test_a_proposal_is_made_once_whatever_became_of_it(club: Club) -> None:
    feedback = club.storage.feedback
    made = a_proposal(until=LATER, source="source-1")
    assert feedback.propose(made)
    assert not feedback.propose(made)
    assert feedback.open_proposals() == [made]
    assert feedback.close("p1", Fate.DISMISSED, ALICE, LATER)
    assert not feedback.propose(made)
    assert feedback.open_proposals() == []
    assert feedback.proposal("p1") == replace(made, fate=Fate.DISMISSED, who="alice", at=LATER)


def test_a_proposal_is_answered_once(club: Club) -> None:
    feedback = club.storage.feedback
    feedback.propose(a_proposal())
    assert feedback.close("p1", Fate.ACCEPTED, ALICE, NOON)
    assert not feedback.close("p1", Fate.DISMISSED, BOB, LATER)
    assert not feedback.close("none", Fate.ACCEPTED, ALICE, NOON)
    (one,) = feedback.proposals()
    assert (one.fate, one.who, one.at) == (Fate.ACCEPTED, "alice", NOON)


# ------------------------------------------------------------------ the message that is spoken of


def test_a_message_is_found_by_where_it_stands(club: Club) -> None:
    alert = club.tell(to=(SIGNALS, DEALS))
    notice = Notice("n1", "Fewer alerts?", ("Yes?",), NOON, "p1")
    club.notice(notice)
    for place, to in (("C1:1.0", SIGNALS), ("C2:1.0", DEALS)):
        shown = club.storage.feedback.shown_at(place)
        assert shown is not None
        assert (shown.message, shown.destination) == (alert, to)
    shown = club.storage.feedback.shown_at("C1:n1.0")
    assert shown is not None
    assert shown.message == notice


@pytest.mark.parametrize("place", ["", "C1:2.0", "C2:1.0", ":", "' OR 1 --"])
def test_where_nothing_of_ours_stands_nothing_is_found(club: Club, place: str) -> None:
    club.tell()
    club.storage.db.execute(
        """INSERT INTO deliveries (id, alert, destination, state, due)
           VALUES ('d', 'alert-1', 'slack:#x', 'pending', '')"""
    )
    assert club.storage.feedback.shown_at(place) is None


def test_a_proposal_holds_up_no_word_of_trouble(club: Club) -> None:
    club.notice(Notice("n1", "Fewer alerts?", (), NOON, "p1"))
    assert club.storage.alarms.last_notice() is None
    club.notice(Notice("n2", "A source is silent", (), NOON))
    assert club.storage.alarms.last_notice() == NOON
