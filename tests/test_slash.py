"""`/signals ...`: what it answers, within Slack's limits, and harmless whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.feedback import Mark, Opinion, Quiet, Scope
from monitor.slash import typed
from tests.fakes import NOON
from tests.office import ALICE, BOB, SIGNALS, Office

EXIM = "EXIM approves loan for rare earth magnet plant"
HOSTILE = "<!channel> <@U0ALICE01> ><https://evil.test|rare earth> & *magnet*"
DEALS = """\
ledgers:
  deals:
    title: Deals
    watchlists: [magnets]
    key: [company]
    ladder:
      - {id: proposed, stages: [proposed]}
      - {id: approval, title: approved, stages: [approved]}
    entries:
      texas:
        title: The Texas plant
        rung: proposed
        since: 2026-01-26
        terms: [texas plant]
        due: [{on: 2026-03-20, what: first draw}]
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.storage.close()


def test_help_lists_what_there_is(office: Office) -> None:
    said = office.type("")
    assert "/signals backtest WATCHLIST" in said
    assert "/signals watch" in said


@pytest.mark.parametrize(
    ("wrote", "meant"),
    [("serach x", "search"), ("mut", "mute"), ("STATSU", "status"), ("watchlsts", "watchlists")],
)
def test_what_is_not_known_gets_the_nearest(office: Office, wrote: str, meant: str) -> None:
    assert f"did you mean /signals {meant}?" in office.type(wrote)


def test_status_says_how_sources_deliveries_and_mutes_are(office: Office) -> None:
    office.file(EXIM)
    with office.storage.write():
        office.storage.feedback.quiet(
            Quiet(Scope.SOURCE, "one", "One News", str(SIGNALS), BOB, NOON, NOON + timedelta(days=7))
        )
    said = office.type("status")
    assert "sources healthy" in said
    assert EXIM in said
    assert "1 waiting" in said
    assert "source One News" in said


def test_a_search_finds_any_language_and_who_scored_it(office: Office) -> None:
    office.file("商务部批准稀土企业贷款项目")
    office.file("Cat show")
    said = office.type("search 稀土")
    assert "商务部批准稀土企业贷款项目" in said
    assert "scored by magnets" in said
    assert "Cat show" not in said


def test_a_search_without_a_find_says_so(office: Office) -> None:
    assert "Nothing stored has all of: unobtainium" in office.type("search unobtainium")


def test_a_backtest_says_how_often_and_what_fires(office: Office) -> None:
    office.file(EXIM)
    office.file("Magnet school opens with a loan", ago=timedelta(days=7))
    said = office.type("backtest magnets")
    assert "2 alerts in 7 days, 2.0 a week" in said
    assert EXIM in said


def test_a_backtest_with_words_counts_those_that_have_them(office: Office) -> None:
    office.file(EXIM)
    office.file("Magnet school opens with a loan", ago=timedelta(days=7))
    said = office.type("backtest magnets Magnet School")
    assert "1 of the alerts have “Magnet School” in the title" in said
    assert EXIM not in said


def test_an_unknown_watchlist_gets_the_nearest(office: Office) -> None:
    assert "did you mean magnets?" in office.type("backtest magnts")


def test_why_explains_a_stored_item_by_its_address(office: Office) -> None:
    office.file(EXIM, link="https://example.com/exim")
    said = office.type("why <https://example.com/exim>")
    assert "88 of 100, alert from 60" in said
    assert "alert: first report" in said


def test_why_of_an_address_that_is_not_stored_asks_for_the_headline(office: Office) -> None:
    assert "Put its headline behind it" in office.type("why https://example.com/none")


def test_why_judges_a_headline(office: Office) -> None:
    said = office.type("why Rare earth quota cut")
    assert "By its headline alone" in said
    assert "60 of 100, alert from 60: alert" in said
    assert "+60 rare earths or magnets" in said


def test_why_of_what_does_not_score_is_short_and_says_what_lacks(office: Office) -> None:
    said = office.type("why Cat show opens")
    assert "silent: a must group is missing" in said
    assert "With 'rare earths or magnets' in the title it would score 60" in said


def test_watchlists_have_their_volume_and_what_it_was_worth(office: Office) -> None:
    office.file(EXIM)
    office.file("Magnet school opens with a loan", ago=timedelta(days=7))
    office.deliver()
    alerts = {alert.title: alert.id for alert in office.storage.alerts.latest(10)}
    with office.storage.write():
        office.storage.feedback.mark(Mark(alerts[EXIM], Opinion.USEFUL, ALICE, NOON))
    said = office.type("watchlists")
    assert "0.5 alerts a week" in said
    assert "1 of 1 marked were useful" in said


# ------------------------------------------------------------------ ledgers


def test_a_ledger_says_what_moved_from_where_to_where(tmp_path: Path) -> None:
    office = Office(tmp_path, ledgers=DEALS)
    assert office.live.now.problems == ()
    office.file("EXIM loan for rare earths approved: Texas plant", link="https://example.com/texas")
    said = office.type("deals")
    office.storage.close()
    assert "<https://example.com/texas|The Texas plant>: proposed → approved, due 20 Mar 2026" in said
    assert "1 of 1 rows are open" in said


def test_a_ledger_in_which_nothing_moved_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path, ledgers=DEALS)
    said = office.type("deals")
    office.storage.close()
    assert "Nothing moved in the last 14 days." in said


# ------------------------------------------------------------------ mutes


def test_a_mute_holds_where_it_was_typed_and_can_be_ended(office: Office) -> None:
    office.file(EXIM)
    office.deliver()
    assert "source One News in #signals" in office.type("mute source one 7d")
    (quiet,) = office.storage.feedback.quiets(NOON, str(SIGNALS))
    assert (quiet.scope, quiet.until, quiet.who) == (Scope.SOURCE, NOON + timedelta(days=7), ALICE)
    assert "No longer muted" in office.type(f"mute end {quiet.number}", BOB)
    assert office.storage.feedback.quiets(NOON) == []


@pytest.mark.parametrize(
    ("wrote", "says"),
    [
        ("mute source onne 7d", "did you mean one?"),
        ("mute watchlist nothing 1d", "no watchlist is called"),
        ("mute source one forever", "no time to mute for"),
        ("mute source one 400d", "no time to mute for"),
        ("mute source one 0d", "no time to mute for"),
        ("mute end 99", "no mute in force here is number 99"),
        ("mute end 9999999999999999999999", "no mute in force"),
        ("mute everything", "write mute source ID 7d"),
    ],
)
def test_a_mute_that_makes_no_sense_says_what_would(office: Office, wrote: str, says: str) -> None:
    office.file(EXIM)
    office.deliver()
    assert says in office.type(wrote)
    assert office.storage.feedback.quiets(NOON) == []


def test_a_mute_of_another_channel_is_for_who_made_it(office: Office) -> None:
    quiet = Quiet(Scope.SOURCE, "one", "One News", "slack:#private", ALICE, NOON, NOON + timedelta(days=1))
    with office.storage.write():
        number = office.storage.feedback.quiet(quiet).number
    assert "#private" not in office.type("mute", BOB)
    assert "no mute in force here" in office.type(f"mute end {number}", BOB)
    assert "#private" in office.type("mute", ALICE)
    assert "No longer muted" in office.type(f"mute end {number}", ALICE)


def test_where_no_alert_went_nothing_is_muted(office: Office) -> None:
    assert "no alert was sent to this channel yet" in office.type("mute watchlist magnets 1d")


# ------------------------------------------------------------------ hostile text


def test_hostile_titles_come_to_no_life(office: Office) -> None:
    for number in range(12):
        office.file(f"{HOSTILE} {number}", link=f"https://example.com/{number}|<!here>")
    office.deliver()
    for command in ("status", "search rare", "backtest magnets", f"why {HOSTILE}", "why 1", HOSTILE):
        office.type(command)  # the screen refuses what is alive


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.sampled_from(["", "search ", "why ", "backtest ", "mute ", "mute source "]), st.text(max_size=300))
def test_whatever_is_typed_is_answered(office: Office, start: str, text: str) -> None:
    office.type(f"{start}{text}" if not f"{start}{text}".strip().lower().startswith("watch") else "status")


@pytest.mark.parametrize(
    ("wrote", "meant"),
    [
        ("why <https://a.test/x?b=1&amp;c=2>", "why https://a.test/x?b=1&c=2"),
        ("why <https://a.test|a.test>", "why https://a.test"),
        ("search  R&amp;D  &lt;x&gt;", "search R&D <x>"),
    ],
)
def test_what_slack_made_of_the_typed_is_undone(wrote: str, meant: str) -> None:
    assert typed(wrote) == meant
