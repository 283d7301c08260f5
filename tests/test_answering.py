"""Who answers: each event goes where it belongs, and whatever goes wrong somebody is told."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.answering import TRIALS, TRYING, Answering
from monitor.errors import DeliveryFailed, DeliveryUnknown, MonitorError
from monitor.room import Room
from monitor.talk import Command, Event, Press, View, Visit
from tests.office import ALICE, CHANNEL, Office
from tests.screen import FakeScreen, inputs, words


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.storage.close()


def pressed(action: str, message: str = "1.0", view: str = "") -> Press:
    return Press(ALICE, action, channel=CHANNEL, message=message, view=view, answer_to="https://answer")


def test_a_press_on_a_message_is_answered_by_its_part(office: Office) -> None:
    seen = []

    def press(_: Room, press: Press) -> str:
        seen.append(press.action)
        return "Noted <!channel>\n  +12 money"

    desk = Answering(office.room, lambda: office.live.now, press)
    for action in ("useful", "accept", "unmute", "watch_undo", "no-such"):
        desk.answer(pressed(action), office.screen)
    assert seen == ["useful", "accept", "unmute", "watch_undo", "no-such"]
    assert "Noted &lt;!channel&gt;" in office.screen.said
    assert "+12 money" in office.screen.said


def test_a_press_that_has_no_answer_shows_nothing(office: Office) -> None:
    Answering(office.room, lambda: office.live.now, lambda *_: "").answer(pressed("useful"), office.screen)
    assert office.screen.replies == []


class Failing:
    """A room that cannot be entered."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __enter__(self) -> Room:
        raise self.error

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (sqlite3.OperationalError("database is locked"), "The database is busy"),
        (MonitorError("<!here> cannot be opened"), "&gt; cannot be opened"),
        (ZeroDivisionError("secret"), "went wrong on our side"),
    ],
)
def test_a_failure_is_told_wherever_it_was_asked(office: Office, error: Exception, says: str) -> None:
    office.desk = Answering(lambda: Failing(error), lambda: office.live.now)
    assert says in office.type("status")
    office.desk.answer(pressed("useful"), office.screen)
    assert says in office.screen.said
    office.desk.answer(Visit(ALICE), office.screen)
    assert says in words(office.screen.homes[ALICE.id])
    assert says in words(office.view(office.watch("magnets")))


def test_what_was_entered_is_still_there_after_a_failure(office: Office) -> None:
    name = office.watch("magnets")
    office.desk = Answering(lambda: Failing(sqlite3.OperationalError("locked")), lambda: office.live.now)
    view = office.submit(name, must_0_any="rare earth\ngallium")
    assert "The database is busy" in words(view)
    assert "rare earth\ngallium" in inputs(view).values()
    assert view["private_metadata"]


class Deaf(FakeScreen):
    """Slack takes nothing."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def reply(self, answer_to: str, text: str, blocks: object = (), *, public: bool = False) -> None:
        raise self.error

    def open(self, trigger: str, view: View) -> str:
        raise self.error

    def home(self, who: str, view: View) -> None:
        raise self.error


@pytest.mark.parametrize(
    "event", [Command(ALICE, "status", CHANNEL), Command(ALICE, "watch", CHANNEL), Visit(ALICE)]
)
@pytest.mark.parametrize("error", [DeliveryFailed("missing_scope"), DeliveryUnknown("no answer")])
def test_that_slack_shows_nothing_is_for_the_caller(office: Office, error: Exception, event: Event) -> None:
    with pytest.raises(type(error)):
        office.desk.answer(event, Deaf(error))


class Closed(FakeScreen):
    """The window was closed while the answer took its time."""

    def show(self, view_id: str, view: View) -> None:
        raise DeliveryFailed("not_found")


def test_what_was_saved_is_told_though_the_window_was_closed(office: Office) -> None:
    name = office.watch("magnets")
    sent = office.submission(name, must_0_any="rare earth\ngallium")
    screen = Closed()
    office.desk.answer(sent, screen)
    assert "gallium" in (office.folder / "magnets.yaml").read_text("utf-8")
    assert "Saved as edit 1 by alice in Slack" in words(screen.homes[ALICE.id])
    view = office.view(name)
    values = office.values(view, {"must_0_any": "rare earth"})
    press = Press(ALICE, "watch_preview", view=name, private=view["private_metadata"], values=values)
    office.desk.answer(press, screen)
    assert "magnets.yaml was changed by alice in Slack" in words(screen.homes[ALICE.id])


def test_a_check_waits_for_no_database(office: Office) -> None:
    """Slack has to hear within three seconds, also while somebody else writes for ten."""
    name = office.watch("magnets")
    sent = office.submission(name, must_0_any="***")
    locked, done = threading.Event(), threading.Event()

    def lock() -> None:
        other = sqlite3.connect(office.path)
        other.execute("BEGIN EXCLUSIVE")
        locked.set()
        done.wait(10)
        other.rollback()
        other.close()

    thread = threading.Thread(target=lock)
    thread.start()
    locked.wait(10)
    started = time.monotonic()
    check = office.desk.check(sent)
    took = time.monotonic() - started
    done.set()
    thread.join()
    assert check.errors
    assert took < 2


def test_a_command_is_heard_whatever_its_case(office: Office) -> None:
    office.desk.answer(Command(ALICE, "WATCH magnets", CHANNEL, "trigger", "https://answer"), office.screen)
    assert "rare earth\nmagnet\n稀土" in inputs(office.view("V1")).values()


def test_few_trials_run_at_once_so_that_others_are_answered(office: Office) -> None:
    """Each takes many seconds of one of the threads that answer."""
    entered, go = threading.Semaphore(0), threading.Event()

    def slow() -> Failing:
        entered.release()
        go.wait(10)
        return Failing(MonitorError("it is over"))

    def typed(text: str, screen: FakeScreen) -> None:
        desk.answer(Command(ALICE, text, CHANNEL, answer_to="https://answer"), screen)

    desk = Answering(slow, lambda: office.live.now)
    threads = [
        threading.Thread(target=desk.answer, args=(Visit(ALICE), FakeScreen())),
        *(threading.Thread(target=typed, args=("backtest magnets", FakeScreen())) for _ in range(TRIALS)),
    ]
    for thread in threads:
        thread.start()
        assert entered.acquire(timeout=10)
    try:
        typed(" Backtest magnets", office.screen)
        assert office.screen.said == TRYING
        name = office.watch("magnets")
        office.desk = desk
        view = office.press(name, "watch_preview", must_0_any="gallium")
        assert TRYING in words(view)
        assert "gallium" in inputs(view).values()
    finally:
        go.set()
        for thread in threads:
            thread.join(10)
    typed("backtest magnets", office.screen)
    assert office.screen.said == "it is over"
