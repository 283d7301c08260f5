"""Which sources are muted, where, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.feedback import Person, Quiet, Scope
from monitor.hushed import Hush, Silence, hushes, silences
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
    assert Destination.parse(to).called == said


def test_a_thing_that_is_muted_in_several_places_is_said_once_and_what_ends_first_before_the_others() -> None:
    quiets = [
        quiet("ustr", 9, number=1),
        quiet("ustr", 9, number=2, to="console:"),
        quiet("exim", 2, Scope.ENTITY, number=3),
        quiet("over", -1, number=4),
    ]
    assert silences(quiets, (), {}, NOON) == [
        Silence("exim", ("#signals",), NOON + 2 * DAY),
        Silence("ustr", ("#signals", "the terminal"), NOON + 9 * DAY, "ustr"),
    ]


@pytest.mark.parametrize(
    ("mute", "what"),
    [
        ("  - {from: {id: [ustr]}, until: 2026-03-09}", "USTR press office"),
        ("  - {any: [loan], until: 2026-03-09, why: we know of it}", "we know of it"),
        ("  - {any: [loan], until: 2026-03-09}", "some of it"),
    ],
)
def test_what_a_file_mutes_is_said_by_its_name_or_its_reason(mute: str, what: str) -> None:
    rulebook, problems = build({"magnets.yaml": WATCHLIST + mute})
    assert not problems
    (found,) = silences((), rulebook.watchlists, {"ustr": "USTR press office"}, NOON)
    assert (found.what, found.where) == (what, ("Magnet money",))


def test_a_watchlist_that_is_snoozed_is_muted_everywhere() -> None:
    rulebook, problems = build({"magnets.yaml": WATCHLIST.replace("mute:", "snooze: 2026-03-09")})
    assert not problems
    (found,) = silences((), rulebook.watchlists, {}, NOON)
    assert (found.what, found.where) == ("Magnet money", ())
