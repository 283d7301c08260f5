"""What the marks speak for reaches the operator: once, one at a time, and only where something is new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.feedback import Fate, Opinion
from monitor.outbox import Notice
from monitor.proposing import propose
from tests import rules
from tests.presses import ALICE, SIGNALS, Club

MINUTE = timedelta(minutes=1)
PLACES = ("Dallas", "Houston", "Tampa", "Boston", "Denver", "Omaha")


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Club]:
    made = Club(tmp_path)
    with made.storage:
        for number, place in enumerate(PLACES, start=1):
            noise = made.tell(number, f"{place} magnet school opens", source=f"wire-{number % 4}")
            made.mark(noise, Opinion.NOISE)
        made.mark(made.tell(11, "School for rare earth engineers opens"), Opinion.USEFUL)
        yield made


def proposed(club: Club, **more: object) -> int:
    return propose(club.storage, club.room().in_force, SIGNALS, club.now, **more)  # type: ignore[arg-type]


def notices(club: Club) -> list[Notice]:
    return [one.message for one in club.storage.deliveries.latest(100) if isinstance(one.message, Notice)]


def test_the_operator_is_told_once_and_asked(club: Club) -> None:
    assert (proposed(club), proposed(club)) == (1, 0)
    (proposal,) = club.storage.feedback.open_proposals()
    (told,) = notices(club)
    assert (told.offer, told.title) == (proposal.id, "Rare earth magnets: fewer alerts that are noise?")
    assert told.lines[0] == proposal.says
    assert told.lines[-1] == f"to accept: monitor precision proposals accept {proposal.id}"


def test_what_was_told_for_several_watchlists_speaks_for_a_change_of_each(club: Club) -> None:
    """Changed in one alone, the other would tell it still."""
    other = rules.MAGNETS.replace("watchlist: magnets", "watchlist: schools")
    (club.folder / "schools.yaml").write_text(other, "utf-8")
    for number, place in enumerate(PLACES, start=31):
        noise = club.tell(number, f"{place} magnet fair", also=(("schools", "Schools"),))
        club.mark(noise, Opinion.NOISE)
    assert proposed(club) == 2
    found = {one.watchlist: one.words for one in club.storage.feedback.open_proposals()}
    assert found["schools"] == ("magnet fair",)


def test_while_one_proposal_of_a_watchlist_is_open_no_other_is_made(club: Club) -> None:
    proposed(club)
    for number, word in enumerate(("aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff"), start=21):
        toy = club.tell(number, f"Toy magnet {word}", source=f"wire-{number % 4}")
        club.mark(toy, Opinion.NOISE)
    assert proposed(club) == 0
    (first,) = club.storage.feedback.open_proposals()
    club.storage.feedback.close(first.id, Fate.DISMISSED, ALICE, club.now)
    assert proposed(club) == 1
    (second,) = club.storage.feedback.open_proposals()
    assert second.words == ("toy magnet",)


def test_nothing_is_looked_at_where_nothing_was_marked_since(club: Club) -> None:
    assert proposed(club, since=club.now + MINUTE) == 0
    assert proposed(club, since=club.now) == 1


def test_what_was_said_of_a_watchlist_that_is_gone_speaks_for_nothing(club: Club) -> None:
    (club.folder / "magnets.yaml").unlink()
    assert proposed(club) == 0


def test_a_mark_that_was_taken_back_does_not_count(club: Club) -> None:
    with club.storage.write():
        for number in (1, 2):
            club.storage.feedback.unmark(f"alert-{number}", ALICE, club.now)
    assert proposed(club) == 0
