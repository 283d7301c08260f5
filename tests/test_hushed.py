"""Which sources are muted, where, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.feedback import Person, Quiet, Scope
from monitor.hushed import Hush, hushes, place
from monitor.outbox import Destination
from monitor.watchlists import build
from tests.fakes import NOON

ANN = Person("1", "ann")
DAY = timedelta(days=1)
WATCHLIST = """
watchlist: magnets
title: Magnet money
must:
  - {name: subject, any: [rare earth], weight: 40}
mute:
"""


def quiet(
    value: str, days: int, scope: Scope = Scope.SOURCE, number: int = 1, to: str = "slack:#signals"
) -> Quiet:
    return Quiet(scope, value, value, to, ANN, NOON - DAY, NOON + days * DAY, number)


def test_what_people_muted_is_told_by_the_source_and_the_place() -> None:
    found = hushes([quiet("ustr", 2, number=7)], (), NOON)
    assert found == {"ustr": [Hush("ustr", "#signals", NOON + 2 * DAY, "ann", 7)]}


@pytest.mark.parametrize("other", [quiet("ustr", -1), quiet("ustr", 0), quiet("ustr", 3, Scope.WATCHLIST)])
def test_what_is_over_or_about_something_else_is_none(other: Quiet) -> None:
    assert not hushes([other], (), NOON)


def test_what_lasts_longest_comes_first() -> None:
    found = hushes([quiet("ustr", 2, number=1), quiet("ustr", 9, number=2, to="console:")], (), NOON)
    assert [one.number for one in found["ustr"]] == [2, 1]


@pytest.mark.parametrize(
    ("mute", "muted"),
    [
        ("  - {from: {id: [ustr, exim]}, until: 2026-03-09}", {"ustr", "exim"}),
        ("  - {from: {id: [ustr]}, until: 2026-03-01}", set()),
        ("  - {from: {id: [ustr], tier: [1]}, until: 2026-03-09}", set()),
        ("  - {any: [loan], from: {id: [ustr]}, until: 2026-03-09}", set()),
        ("  - {any: [loan], until: 2026-03-09}", set()),
    ],
)
def test_a_watchlists_file_mutes_what_it_names_whatever_that_says(mute: str, muted: set[str]) -> None:
    rulebook, problems = build({"magnets.yaml": WATCHLIST + mute})
    assert not problems
    found = hushes((), rulebook.watchlists, NOON)
    assert set(found) == muted
    assert all(one.watchlist == "magnets" and one.number == 0 for mutes in found.values() for one in mutes)


@pytest.mark.parametrize(
    ("to", "said"),
    [("slack:#signals", "#signals"), ("console:", "the terminal"), ("email:a@example.com", "a@example.com")],
)
def test_a_place_is_said_as_readers_know_it(to: str, said: str) -> None:
    assert place(Destination.parse(to)) == said
