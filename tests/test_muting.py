"""Mutes: what a menu's entry stands for, what they keep from being told, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feedback import Quiet, Scope
from monitor.judging import Judging, Routes
from monitor.model import Alert, Item
from monitor.muting import chosen, over, silence, speaks_of
from monitor.outbox import Destination
from monitor.rule import Entity
from monitor.score import evaluate
from tests.fakes import NOON, an_alert
from tests.presses import ALICE, DEALS, SIGNALS, Club

DAY = timedelta(days=1)
ENTITIES = {"mp-materials": Entity("mp-materials", "MP Materials", "company")}
ALERT = an_alert(entities=("mp-materials", "gone"), thread="s1", story="s9")


def picked(choice: str, alert: Alert = ALERT) -> Quiet | None:
    return chosen(choice, alert, SIGNALS, ENTITIES, ALICE, NOON)


def a_quiet(scope: Scope, value: str, **changes: object) -> Quiet:
    made = Quiet(scope, value, "it", str(SIGNALS), ALICE, NOON, NOON + DAY, 1)
    return replace(made, **changes)  # type: ignore[arg-type]


# ------------------------------------------------------------------ the menu


@pytest.mark.parametrize(
    ("choice", "scope", "value", "name", "days"),
    [
        ("entity:0:7", Scope.ENTITY, "mp-materials", "MP Materials", 7),
        ("entity:1:1", Scope.ENTITY, "gone", "gone", 1),
        ("source:30", Scope.SOURCE, "source-1", "Source 1", 30),
        ("watchlist:7", Scope.WATCHLIST, "exim-dfc", "EXIM and DFC financing", 7),
        ("story:1", Scope.STORY, "s1", "EXIM approves loan 1", 1),
    ],
)
def test_an_entry_of_the_menu_stands_for_a_mute(
    choice: str, scope: Scope, value: str, name: str, days: int
) -> None:
    assert picked(choice) == Quiet(scope, value, name, str(SIGNALS), ALICE, NOON, NOON + days * DAY)


@pytest.mark.parametrize(
    "choice",
    ["", "entity", "entity:2:7", "entity:-1:7", "entity:0:8", "source:365", "source:07", "source:0:7",
     "story", "everything:7", "watchlist:7:7", ":7", "entity:٠:7", "entity:0", "7", "source:٧"],
)  # fmt: skip
def test_any_other_entry_stands_for_nothing(choice: str) -> None:
    assert picked(choice) is None


@given(st.text())
def test_whatever_is_forged_stands_for_nothing_or_one_of_the_offered_lengths(choice: str) -> None:
    quiet = picked(choice)
    assert quiet is None or quiet.until - NOON in (DAY, 7 * DAY, 30 * DAY)


def test_a_story_without_a_thread_is_named_by_itself() -> None:
    quiet = picked("story:7", replace(ALERT, thread=""))
    assert quiet is not None
    assert quiet.value == "s9"


# ------------------------------------------------------------------ what is muted


@pytest.mark.parametrize(
    ("scope", "value", "muted"),
    [
        (Scope.ENTITY, "mp-materials", True),
        (Scope.ENTITY, "lynas", False),
        (Scope.ENTITY, "source-1", False),
        (Scope.SOURCE, "source-1", True),
        (Scope.SOURCE, "source-2", False),
        (Scope.WATCHLIST, "exim-dfc", True),
        (Scope.WATCHLIST, "magnets", False),
        (Scope.STORY, "s1", True),
        (Scope.STORY, "s9", True),
        (Scope.STORY, "s2", False),
        (Scope.STORY, "", False),
    ],
)
def test_a_mute_speaks_of_what_it_names(scope: Scope, value: str, *, muted: bool) -> None:
    assert speaks_of(a_quiet(scope, value), replace(ALERT)) is muted


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({}, True),
        ({"until": NOON}, False),
        ({"until": NOON + timedelta(microseconds=1)}, True),
        ({"ended": NOON - DAY}, False),
        ({"destination": str(DEALS)}, False),
    ],
)
def test_a_mute_holds_where_and_while_it_was_asked_for(changes: dict[str, object], *, held: bool) -> None:
    assert bool(over([a_quiet(Scope.SOURCE, "source-1", **changes)], ALERT, SIGNALS, NOON)) is held


def test_of_several_mutes_the_one_that_lasts_longest_is_named_first() -> None:
    short = a_quiet(Scope.SOURCE, "source-1")
    long = a_quiet(Scope.STORY, "s1", until=NOON + 7 * DAY, number=2)
    assert over([short, long], ALERT, SIGNALS, NOON) == (long, short)


def test_it_says_where_until_when_and_by_whom() -> None:
    said = silence(a_quiet(Scope.SOURCE, "source-1", name="EXIM newsroom"))
    assert said == 'is muted in #signals until 3 Mar 2026 12:00 UTC by alice (the source "EXIM newsroom")'


# ------------------------------------------------------------------ at work


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Club]:
    made = Club(tmp_path)
    (made.folder / "magnets.yaml").write_text(
        (made.folder / "magnets.yaml").read_text("utf-8") + 'send: {slack: ["#signals", "#deals"]}\n', "utf-8"
    )
    with made.storage:
        yield made


def judge(club: Club, number: int, title: str, text: str = "") -> tuple[Alert, ...]:
    """File an item and what the watchlists make of it; answers what is told."""
    room = club.room()
    source = room.in_force.sources["source-1"]
    with club.storage.write():
        club.item(number, title, text)
        item = club.storage.items.get(number)
        assert isinstance(item, Item)
        evidence = room.in_force.evidence(item, source, "en")
        verdicts = [(one, evaluate(one, evidence)) for one in room.in_force.watchlists]
        judging = Judging(club.storage, room.in_force, Routes(frozenset({"slack"})), club.now)
        return judging.file(source, item, verdicts).told


def told_to(club: Club, number: int) -> set[Destination]:
    return {
        one.destination
        for one in club.storage.deliveries.latest(100)
        if isinstance(one.message, Alert) and one.message.item == number
    }


def mute(club: Club, scope: Scope, value: str, *to: Destination, days: int = 7) -> None:
    with club.storage.write():
        for one in to:
            made = a_quiet(
                scope, value, destination=str(one), at=club.now, until=club.now + days * DAY, number=0
            )
            club.storage.feedback.quiet(made)


LOAN = "EXIM approves loan of $50 million for rare earth magnet plant in Texas"


@pytest.mark.parametrize(("scope", "value"), [(Scope.SOURCE, "source-1"), (Scope.WATCHLIST, "magnets")])
def test_what_is_muted_in_one_channel_is_told_in_the_other(club: Club, scope: Scope, value: str) -> None:
    mute(club, scope, value, SIGNALS)
    assert judge(club, 1, LOAN)
    assert told_to(club, 1) == {DEALS}


def test_what_names_a_muted_company_is_told_for_nobody_who_muted_it(club: Club) -> None:
    (club.folder / "entities.yaml").write_text(
        "entities:\n  mp: {name: MP Materials, kind: company, terms: {en: [MP Materials]}}\n", "utf-8"
    )
    rules = (club.folder / "magnets.yaml").read_text("utf-8")
    (club.folder / "magnets.yaml").write_text(
        rules.replace("[loan, billion", '["@mp", loan, billion'), "utf-8"
    )
    mute(club, Scope.ENTITY, "mp", SIGNALS)
    judge(club, 1, "EXIM approves loan for the rare earth mine of MP Materials")
    judge(club, 2, "DFC lends a billion to a magnet maker in Ohio")
    assert (told_to(club, 1), told_to(club, 2)) == ({DEALS}, {SIGNALS, DEALS})


def test_what_is_muted_everywhere_is_filed_with_its_reason(club: Club) -> None:
    mute(club, Scope.SOURCE, "source-1", SIGNALS, DEALS)
    assert judge(club, 1, LOAN) == ()
    filed = club.storage.signals.of_item(1, "magnets")
    assert filed is not None
    assert "is muted in #" in filed.silence
    assert "by alice" in filed.silence


def test_what_would_not_be_told_anyway_says_its_own_reason(club: Club) -> None:
    mute(club, Scope.SOURCE, "source-1", SIGNALS, DEALS)
    judge(club, 1, "Of stones", text="Some of them are rare earth ores.")
    filed = club.storage.signals.of_item(1, "magnets")
    assert filed is not None
    assert "below the 60" in filed.silence


def test_a_snoozed_story_is_silent_to_the_end_though_it_moves_and_then_says_what_moved(club: Club) -> None:
    proposed = "EXIM loan of $50 million proposed for rare earth magnet plant in Texas"
    (first,) = judge(club, 1, proposed)
    mute(club, Scope.STORY, first.thread, SIGNALS, DEALS)
    assert judge(club, 2, LOAN) == ()
    club.now += 8 * DAY
    (moved,) = judge(club, 3, f"{LOAN}: it is approved")
    assert (moved.thread, moved.was) == (first.thread, "proposed")
