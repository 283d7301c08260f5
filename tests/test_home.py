"""The Home tab: what it shows, and what its buttons do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import home
from monitor.feedback import Mark, Opinion, Person, Proposal, Quiet, Scope
from monitor.talk import Press, View, Visit
from tests.fakes import NOON
from tests.office import ALICE, BOB, SIGNALS, Office
from tests.screen import elements, words
from tests.test_slash import DEALS, EXIM, HOSTILE


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, ledgers=DEALS)
    yield made
    made.storage.close()


def visit(office: Office, who: Person = ALICE) -> View:
    office.desk.answer(Visit(who), office.screen)
    return office.screen.homes[who.id]


def press(office: Office, action: str, value: str = "", who: Person = ALICE) -> str:
    office.desk.answer(Press(who, action, value, view="VHOME"), office.screen)
    return words(office.screen.homes[who.id])


def mute(office: Office, who: Person, number: int = 1) -> Quiet:
    until = NOON + timedelta(days=number)
    quiet = Quiet(Scope.SOURCE, f"s{number}", f"{HOSTILE} {number}", str(SIGNALS), who, NOON, until)
    with office.storage.write():
        return office.storage.feedback.quiet(quiet)


def propose(office: Office) -> None:
    proposal = Proposal(
        "p1", "magnets", "11 of 14 noise clicks name 'magnet school': add a not-group?", NOON,
        group="noise: magnet school", words=("magnet school",),
    )  # fmt: skip
    with office.storage.write():
        office.storage.feedback.propose(proposal)


def test_it_shows_todays_stories_with_stage_and_outlet(office: Office) -> None:
    office.file(EXIM, link="https://example.com/exim")
    office.file("Magnet school opens", ago=timedelta(days=2))
    said = words(visit(office))
    assert f"<https://example.com/exim|{EXIM}> · approved · One News" in said
    assert "Magnet school" not in said


def test_it_shows_what_moved_from_where_to_where(office: Office) -> None:
    office.file("EXIM loan for rare earths approved: Texas plant")
    assert "*The Texas plant* (Deals): proposed → approved" in words(visit(office))


def test_an_empty_day_says_so(office: Office) -> None:
    said = words(visit(office))
    assert "None so far." in said
    assert "sources healthy" in said


def test_ones_own_mutes_have_a_button_each(office: Office) -> None:
    own = mute(office, ALICE, 1)
    mute(office, BOB, 2)
    view = visit(office)
    assert elements(view)["unmute"]["value"] == str(own.number)
    assert "Told again from now on" in press(office, "unmute", str(own.number))
    assert [quiet.who for quiet in office.storage.feedback.quiets(NOON)] == [BOB]


@pytest.mark.parametrize("value", ["2", "0", "-1", "x", "9" * 30])
def test_nobody_ends_another_ones_mute_from_here(office: Office, value: str) -> None:
    mute(office, BOB, 1)
    mute(office, BOB, 2)
    press(office, "unmute", value)
    assert len(office.storage.feedback.quiets(NOON)) == 2


def test_what_is_proposed_is_accepted_by_who_may_edit(office: Office) -> None:
    propose(office)
    assert "11 of 14 noise clicks" in words(visit(office))
    assert "Only editors answer what is proposed" in press(office, "accept", "p1", BOB)
    assert "Changed magnets.yaml" in press(office, "accept", "p1")
    assert "magnet school" in (office.folder / "magnets.yaml").read_text("utf-8")
    assert "11 of 14 noise clicks" not in words(visit(office))


def test_what_is_dismissed_is_gone(office: Office) -> None:
    propose(office)
    said = press(office, "dismiss", "p1")
    assert "Dismissed" in said
    assert "11 of 14" not in said


def test_a_proposal_that_is_none_changes_nothing(office: Office) -> None:
    assert "Not changed: no proposal is 'forged'" in press(office, "accept", "forged")


def test_it_shows_what_this_weeks_alerts_were_worth(office: Office) -> None:
    office.file(EXIM)
    office.deliver()
    (alert,) = office.storage.alerts.latest(1)
    with office.storage.write():
        office.storage.feedback.mark(Mark(alert.id, Opinion.USEFUL, ALICE, NOON))
    (watchlist,) = [one for one in office.live.now.watchlists if one.id == alert.watchlist]
    assert f"• {watchlist.title}: 1 of 1 marked were useful (100 %)" in words(visit(office))


def test_refresh_draws_it_anew(office: Office) -> None:
    visit(office)
    office.file(EXIM)
    assert EXIM in press(office, "home_refresh")


def test_a_full_and_hostile_tab_stays_within_its_limits(office: Office) -> None:
    for number in range(40):
        office.file(f"{HOSTILE} {'&<>' * 200} {number}", link=f"https://example.com/{'x' * 900}{number}")
        mute(office, ALICE, number)
    view = visit(office)  # the screen refuses what Slack would refuse
    assert len(view["blocks"]) <= 100
    assert home.REFRESH in elements(view)
