"""What falls due in the ledgers, through a whole installation: told once, whatever restarts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.app import App
from monitor.model import Alert, Reason
from tests.rules import LOANS
from tests.webs import World, post

DAY = timedelta(days=1)
OTHER = LOANS.replace("watchlist: magnets", "watchlist: other").replace("Magnet money", "Other money")
# The clock of a World begins at noon of 2 March 2026.
LEDGERS = """
ledgers:
  promises:
    title: Promises
    watchlists: [magnets]
    key: [document]
    opens: story
    silent: 60
    ladder:
      - {id: promised, stages: [won]}
      - {id: kept, ends: true}
    entries:
      report:
        title: The accord
        rung: promised
        since: 2026-02-27
        source: https://accord.example/text
        breach: No report.
        due: [{on: 2026-03-10, what: first report}]
      past:
        title: An old accord
        rung: promised
        since: 2025-10-26
        due: [{on: 2026-01-10, what: a report}]
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    rules = [("magnets", LOANS), ("other", OTHER), ("ledgers", LEDGERS)]
    with World(tmp_path, watchlists=rules) as made:
        yield made


def look(world: World, days: int = 0, times: int = 1) -> list[str]:
    """What is told by looking after so many days more."""
    before = len(world.alerts)
    world.now += days * DAY
    for _ in range(times):
        world.app.deadlines(world.app.storage)
    return [alert.title for alert in world.alerts[before:]]


AHEAD = "The accord: first report in 7 days (10 March 2026)"


def test_what_was_past_and_silent_before_it_was_followed_is_not_told(world: World) -> None:
    assert look(world) == []


def test_each_event_is_told_once_however_often_it_is_looked_for(world: World) -> None:
    look(world)
    assert look(world, 1, times=3) == [AHEAD]
    assert look(world, 6, times=3) == []
    assert look(world, 2, times=3) == ["The accord: first report: due 10 March 2026, nothing seen"]
    assert look(world, 30) == []
    assert look(world, 60) == ["The accord: no step for 60 days"]


def test_a_restart_tells_nothing_again(world: World) -> None:
    look(world)
    assert look(world, 1) == [AHEAD]
    world.restart()
    assert look(world) == []


def test_two_processes_that_look_at_once_tell_it_once(world: World) -> None:
    look(world)
    world.now += DAY
    with App(world.settings, clock=lambda: world.now, write=lambda _: None) as second:
        told = [world.app.deadlines(world.app.storage), second.deadlines(second.storage)]
    assert told == [1, 0]


def test_a_look_that_failed_half_way_is_made_again(world: World) -> None:
    look(world)
    world.now += DAY
    world.app.storage.db.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON alerts BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )
    with pytest.raises(Exception, match="disk full"):
        world.app.deadlines(world.app.storage)
    world.app.storage.db.execute("DROP TRIGGER broken")
    assert look(world) == [AHEAD]


def test_the_alert_says_why_and_goes_where_the_ledgers_watchlist_goes(world: World) -> None:
    look(world)
    look(world, 1)
    (alert,) = world.alerts
    assert (alert.reason, alert.watchlist, alert.tier) == (Reason.OVERDUE, "magnets", 1)
    assert alert.link == "https://accord.example/text"
    assert "Breach would be: No report." in alert.excerpt
    (delivery,) = world.app.storage.deliveries.latest(10)
    assert isinstance(delivery.message, Alert)
    assert (str(delivery.destination), delivery.message.id) == ("console:", alert.id)


def test_silence_of_a_row_that_an_item_opened_is_told_and_news_ends_it(world: World) -> None:
    world.serve(post(1, "Old rare earth news"))
    world.serve(post(1), post(2, "Rare earth plant alpha wins a loan"))
    assert [title for title in look(world, 61) if "plant alpha" in title]
    world.serve(post(3, "Rare earth plant alpha wins a loan again", date=world.now))
    assert not [title for title in look(world, 30) if "plant alpha" in title]
