"""`monitor precision`: the figures, and proposals answered from the terminal."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from monitor.app import App
from monitor.config import Settings
from monitor.deliver import enqueue
from monitor.feedback import Mark, Opinion, Person
from monitor.outbox import Destination, Notice, Receipt
from monitor.storage import Storage
from tests.desk import Desk
from tests.fakes import an_alert

NOW, HOUR = datetime.now(UTC), timedelta(hours=1)
TO = Destination("slack", "#signals")
PLACES = ("Dallas", "Houston", "Tampa", "Boston", "Denver", "Omaha")


def tell(
    storage: Storage, number: int, title: str, opinion: Opinion | None, told: datetime = NOW, source: str = ""
) -> None:
    """An alert on an item, told, with what was said of it."""
    source = source or f"source-{number % 4}"
    storage.db.execute(
        """INSERT INTO items (id, source, key, alias, link, title, text, lang, first_seen)
           VALUES (?, ?, ?, '', '', ?, '', 'en', ?)""",
        [number, source, str(number), title, told.isoformat()],
    )
    alert = an_alert(number, watchlist="magnets", title=title, created=told, source=source)
    enqueue(storage, alert, [TO], told)
    for one in storage.deliveries.heads():
        storage.deliveries.sent(one, Receipt(f"C1:{number}.0"), told)
    if opinion:
        storage.feedback.mark(Mark(alert.id, opinion, Person("U1", "alice"), told))


@pytest.fixture
def marked(desk: Desk) -> Desk:
    """Of this week six alerts that are noise, all on magnet schools, and two useful ones; one of before."""
    desk.run("watchlists", "list")
    with desk.storage() as storage, storage.write():
        for number, place in enumerate(PLACES, start=1):
            tell(storage, number, f"{place} magnet school opens", Opinion.NOISE)
        tell(storage, 11, "EXIM lends for a rare earth mine", Opinion.USEFUL)
        tell(storage, 12, "School of Mines opens a rare earth lab", Opinion.USEFUL)
        tell(storage, 13, "Rare earth loan", None, NOW - timedelta(weeks=2))
    return desk


def test_without_alerts_it_says_so(desk: Desk) -> None:
    assert "Nothing was told" in desk.run("precision").stdout
    assert desk.json("precision") == []
    assert "No proposal is open" in desk.run("precision", "proposals").stdout


def test_the_figures_by_week_the_newest_first(marked: Desk) -> None:
    week, before = marked.json("precision")
    assert {key: week[key] for key in ("watchlist", "told", "useful", "noise", "unmarked", "precision")} == {
        "watchlist": "magnets", "told": 8, "useful": 2, "noise": 6, "unmarked": 0, "precision": 0.25,
    }  # fmt: skip
    assert "2 of 8 marked were useful (25 %)" in week["says"]
    assert (before["unmarked"], before["precision"]) == (1, None)
    printed = marked.run("precision").stdout
    assert "25 %" in printed
    assert week["week"] in printed


def test_only_so_many_weeks(marked: Desk) -> None:
    assert len(marked.json("precision", "--weeks", "2")) == 1
    assert len(marked.json("precision", "--weeks", "3")) == 2


def test_what_the_marks_speak_for_is_proposed_and_told_once(marked: Desk) -> None:
    (found,) = marked.json("precision", "proposals")
    assert marked.json("precision", "proposals") == [found]
    assert (found["words"], found["fate"]) == (["magnet school"], "open")
    assert found["says"].startswith("6 of 6 noise clicks name 'magnet school'")
    with marked.storage() as storage:
        (told,) = (one.message for one in storage.deliveries.latest(100) if isinstance(one.message, Notice))
    assert told.offer == found["id"]
    assert told.title == "Rare earth magnets: fewer alerts that are noise?"
    assert told.lines[0] == found["says"]


def test_accepting_changes_the_file_and_the_edit_can_be_taken_back(marked: Desk) -> None:
    (found,) = marked.json("precision", "proposals")
    path = marked.folder / "watchlists" / "magnets.yaml"
    before = path.read_text("utf-8")
    told = marked.run("precision", "proposals", "accept", found["id"], "--who", "anna").stdout
    assert "Saved as edit 1. To take it back: monitor watchlists revert 1" in told
    assert "noise: magnet school" in path.read_text("utf-8")
    (edit,) = marked.json("watchlists", "history")
    assert (edit["who"], edit["why"]) == ("anna", found["says"])
    marked.run("watchlists", "revert", "1")
    assert path.read_text("utf-8") == before
    assert marked.json("precision", "proposals") == []
    (answered,) = marked.json("precision", "proposals", "--all")
    assert (answered["fate"], answered["who"]) == ("accepted", "anna")


def test_dismissing_changes_nothing_and_it_is_not_proposed_again(marked: Desk) -> None:
    (found,) = marked.json("precision", "proposals")
    path = marked.folder / "watchlists" / "magnets.yaml"
    before = path.read_text("utf-8")
    marked.run("precision", "proposals", "dismiss", found["id"], "--who", "anna")
    assert path.read_text("utf-8") == before
    assert marked.json("precision", "proposals") == []
    failed = marked.run("precision", "proposals", "accept", found["id"], code=1)
    assert "that was dismissed by anna" in failed.stderr


@pytest.mark.parametrize("answer", ["accept", "dismiss"])
def test_a_proposal_that_is_none_is_an_error_with_its_remedy(marked: Desk, answer: str) -> None:
    failed = marked.run("precision", "proposals", answer, "nonsense", code=1)
    assert "no proposal is 'nonsense': see monitor precision proposals" in failed.stderr


def test_old_noise_counts_no_more_but_old_use_does(desk: Desk) -> None:
    desk.run("watchlists", "list")
    long_ago = NOW - timedelta(days=61)
    with desk.storage() as storage, storage.write():
        for number, place in enumerate(PLACES, start=1):
            tell(storage, number, f"{place} magnet school opens", Opinion.NOISE, long_ago)
    assert desk.json("precision", "proposals") == []
    with desk.storage() as storage, storage.write():
        for number, place in enumerate(PLACES, start=21):
            tell(storage, number, f"{place} magnet school opens again", Opinion.NOISE)
        tell(storage, 31, "Magnet school gets a rare earth lab", Opinion.USEFUL, long_ago)
    (found,) = desk.json("precision", "proposals")
    assert found["words"] == ["school opens"], "'magnet school' would have cost a useful one"


def test_a_round_of_the_daemon_proposes(marked: Desk) -> None:
    marked.run("run", "--once")
    with marked.storage() as storage:
        assert [one.words for one in storage.feedback.open_proposals()] == [("magnet school",)]


def test_marks_that_came_before_a_look_that_failed_are_looked_at_by_the_next(marked: Desk) -> None:
    path, times = marked.folder / "monitor.db", iter([NOW + hour * HOUR for hour in range(4)])
    settings = Settings.model_validate({"storage": {"url": f"sqlite:///{path}"}})
    with App(settings, clock=lambda: next(times)) as app, closing(sqlite3.connect(path)) as other:
        with app.storage.write():
            app.storage.db.execute("UPDATE marks SET undone = ?", [NOW.isoformat()])
        assert app.propose(app.storage) == 0
        with app.storage.write():
            app.storage.db.execute("UPDATE marks SET undone = NULL, at = ?", [(NOW + HOUR * 1.5).isoformat()])
        other.execute("BEGIN IMMEDIATE")
        app.storage.db.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(sqlite3.OperationalError):
            app.propose(app.storage)
        other.rollback()
        assert app.propose(app.storage) == 1
