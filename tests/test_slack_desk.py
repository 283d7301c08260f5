"""What people ask and change in Slack, against the strict stand-in: from the command to the changed file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from monitor.answering import Answering
from monitor.channels.slack_socket import Conversation
from monitor.edit import Editor
from monitor.room import Room
from monitor.storage import Storage
from tests.office import Office
from tests.screen import inputs, words
from tests.standin import APP_TOKEN, NO_LIMITS, StandIn

PATIENCE = 20.0
Found = TypeVar("Found")


@dataclass
class Talk:
    """Slack, and what answers in it."""

    slack: StandIn
    office: Office

    def view(self, holds: str, *, home: bool = False) -> Mapping[str, Any]:
        """The view that shows this, as soon as there is one."""

        def look() -> Mapping[str, Any] | None:
            views = self.slack.control("state")["views"].values()
            shown = (view for view in views if (view["type"] == "home") is home)
            return next((view for view in shown if holds in words(view["blocks"])), None)

        return soon(look)

    def answered(self, holds: str) -> Mapping[str, Any]:
        def look() -> Mapping[str, Any] | None:
            entries = (entry["message"] for entry in self.slack.entries("ephemeral"))
            return next((one for one in entries if holds in words(one.get("blocks", []))), None)

        return soon(look)

    def typed(self, view: Mapping[str, Any], **changed: str) -> dict[str, Any]:
        """The state of a modal with what somebody typed, by the end of the key with _ for a dot."""
        state = inputs(view)
        for key, text in changed.items():
            (block,) = [one for one in state if one.partition(":")[2] == key.replace("_", ".")]
            state[block] = text
        return {
            block: {"text": {"type": "plain_text_input", "value": text or None}}
            for block, text in state.items()
        }


def soon(look: Callable[[], Found | None]) -> Found:
    until = time.monotonic() + PATIENCE
    while (found := look()) is None:
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)
    return found


@pytest.fixture
def talk(shared: Path, tmp_path: Path) -> Iterator[Talk]:
    office = Office(tmp_path, web="https://desk.example")

    @contextmanager
    def room() -> Iterator[Room]:
        with Storage(office.path) as storage:
            office.live.refresh(storage, office.now)
            with office.room() as made:
                yield replace(made, storage=storage, editor=Editor(office.folder, storage))

    def claim(key: str) -> bool:
        with Storage(office.path) as storage, storage.write():
            return storage.talks.claim(key, office.now)

    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        settings = slack.settings(app_token=APP_TOKEN)
        desk = Answering(room, lambda: office.live.now)
        with Conversation(settings, desk, claim):
            soon(lambda: slack.control("state")["connections"] or None)
            yield Talk(slack, office)
    office.storage.close()


def test_from_the_command_to_the_changed_file(talk: Talk) -> None:
    talk.office.file("EXIM approves loan for rare earth magnet plant")
    assert talk.slack.slash("watch magnets")["acked"]
    form = talk.view("*Rare earth magnets*")
    state = talk.typed(form, must_0_any="rare earth\nneodymium", alert="90")
    assert talk.slack.click("watch_preview", view_id=form["id"], state=state)["acked"]
    assert "loses 1" in words(talk.view("*Preview*")["blocks"])
    assert "magnet, 稀土" in (talk.office.folder / "magnets.yaml").read_text("utf-8")
    sent = talk.slack.submit(form["id"], **state)
    assert sent["bad_response"] is None
    talk.view("Saved as edit 1 by alice in Slack")
    changed = (talk.office.folder / "magnets.yaml").read_text("utf-8")
    assert "any: [rare earth, neodymium]" in changed
    assert "alert: 90" in changed
    assert [edit.who for edit in talk.office.storage.edits.latest(5)] == ["alice in Slack"]


def test_the_form_opens_at_once_while_the_database_is_locked(talk: Talk) -> None:
    """A trigger is good for three seconds."""
    lock = sqlite3.connect(talk.office.path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert talk.slack.slash("watch magnets")["ack_ms"] < 1000
    opened = talk.view("Loading")
    time.sleep(4)
    lock.execute("ROLLBACK")
    lock.close()
    assert talk.view("*Rare earth magnets*")["id"] == opened["id"]


def test_a_mistake_is_shown_at_its_field_and_nothing_is_saved(talk: Talk) -> None:
    talk.slack.slash("watch magnets")
    form = talk.view("*Rare earth magnets*")
    sent = talk.slack.submit(form["id"], **talk.typed(form, must_0_any="\n".join(map(str, range(10_000)))))
    assert sent["bad_response"] is None
    assert sent["response"]["response_action"] == "errors"
    assert "10,000 terms" in "".join(sent["response"]["errors"].values())
    assert talk.office.storage.edits.latest(5) == []


def test_who_may_not_edit_only_reads(talk: Talk) -> None:
    talk.slack.slash("watch magnets", user="U0BOB0001")
    view = talk.view("Changing watchlists is for those")
    assert not view["submit"]


def test_a_watchlist_is_chosen_from_the_menu(talk: Talk) -> None:
    talk.slack.slash("watch")
    choice = talk.view("Which watchlist?")
    talk.slack.click("watch_choose", view_id=choice["id"], value="magnets")
    assert talk.view("*Rare earth magnets*")["id"] == choice["id"]


@pytest.mark.parametrize(
    "command", ["", "status", "search rare", "why 1", "backtest magnets", "mute", "watchlists"]
)
def test_slack_takes_every_answer_and_mentions_nobody(talk: Talk, command: str) -> None:
    talk.office.file(
        "<!channel> <@U0ALICE01> rare earth loan & ><https://evil.test|x>", link="https://x.test/|<"
    )
    assert talk.slack.slash(command)["acked"]
    (told,) = soon(lambda: talk.slack.entries("ephemeral") or None)
    assert "went wrong" not in words(told["message"])
    assert told["mentions"] == []
    assert [url for url, _ in told["links"] if "evil" in url] == []


def test_the_home_tab_is_drawn(talk: Talk) -> None:
    talk.office.file("<!here> EXIM approves loan for rare earth magnet plant")
    talk.slack.event("app_home_opened", user="U0ALICE01", tab="home")
    view = talk.view("Today's stories", home=True)
    assert "EXIM approves loan" in words(view["blocks"])
