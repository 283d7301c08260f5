"""People in Slack are heard at once, answered once, and told where that failed; the line stays open."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.channels import slack_socket
from monitor.channels.slack_line import NoLine, pause
from monitor.channels.slack_screen import Screen
from monitor.channels.slack_socket import BUSY, FAILED, UNCHECKED, Conversation
from monitor.crew import Crew
from monitor.errors import DeliveryFailed, DeliveryUnknown, MonitorError
from monitor.storage import Storage
from monitor.storage.talks import KEPT
from monitor.talk import Check, Command, Event, Press, Submission, Visit
from tests.fakes import NOON, Answer, Web
from tests.switchboard import (
    COMMAND,
    PRESS,
    SUBMISSION,
    VISIT,
    Claims,
    FakeDesk,
    FakeScreen,
    Switchboard,
    refused,
    settings,
)

HOOK = "https://hooks.slack.com/actions/1"


class Pauses:
    """No pause to speak of; remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, bool]] = []

    def __call__(self, failures: int, *, lasting: bool) -> float:
        self.asked.append((failures, lasting))
        return 0.05


@contextmanager
def talking(
    slack: Switchboard,
    desk: FakeDesk | None = None,
    screen: FakeScreen | None = None,
    *,
    claim: Callable[[str], bool] | None = None,
    pause: Pauses | None = None,
) -> Iterator[None]:
    conversation = Conversation(
        slack.settings(),
        desk or FakeDesk(),
        claim or Claims(),
        screen=screen or FakeScreen(),
        pause=pause or Pauses(),
    )
    with conversation:
        slack.wait(lambda: slack.open)
        yield


# ------------------------------------------------------------------ hearing and answering


def test_an_envelope_is_acknowledged_before_its_answer_is_ready() -> None:
    ready = threading.Event()
    desk = FakeDesk(lambda _: ready.wait(10))
    with Switchboard() as slack, talking(slack, desk):
        for number in slack.presses(20):  # more than are answered at once
            assert slack.acknowledged(number, 1) is None
        slack.wait(lambda: len(desk.asked) == slack_socket.AT_ONCE)
        ready.set()
        slack.wait(lambda: len(desk.asked) == 20)


def test_quick_presses_of_one_person_are_answered_in_their_order_and_hold_up_nobody() -> None:
    said: list[str] = []
    heard = threading.Event()

    def answer(event: Event) -> None:
        assert isinstance(event, Press)
        if event.action == "useful":
            heard.wait(5)
        said.append(event.action)

    desk = FakeDesk(answer)
    with Switchboard() as slack, talking(slack, desk):
        for action in ("useful", "undo", "noise"):
            slack.press(actions=[{"action_id": action}])
        slack.press(user={"id": "U0BOB0001"}, actions=[{"action_id": "why"}])
        slack.wait(lambda: said == ["why"])
        heard.set()
        slack.wait(lambda: len(said) == 4)
    assert said == ["why", "useful", "undo", "noise"]


def test_each_kind_reaches_the_desk() -> None:
    desk = FakeDesk()
    with Switchboard() as slack, talking(slack, desk):
        slack.press()
        slack.push("slash_commands", COMMAND)
        slack.push("events_api", VISIT)
        slack.push("interactive", SUBMISSION)
        slack.wait(lambda: len(desk.asked) == 4)
    assert {type(event) for event in desk.asked} == {Press, Command, Visit, Submission}


def test_what_is_malformed_or_unknown_is_acknowledged_and_does_no_harm() -> None:
    desk = FakeDesk()
    with Switchboard() as slack, talking(slack, desk):
        for text in ("{", "[]", "null", '"x"', "Ping from applink", '{"type":"interactive"}'):
            slack.say(text)
        strange: list[object] = [None, [], "x"]
        for payload in (*strange, {"type": "shortcut"}, {"type": "block_actions", "actions": [None]}):
            assert slack.acknowledged(slack.push("interactive", payload)) is None
        assert slack.acknowledged(slack.push("functions", {})) is None
        slack.acknowledged(slack.press())
        slack.wait(lambda: desk.asked)
        assert slack.opened == 1, "and the line is the same"
    assert [type(event) for event in desk.asked] == [Press]


def test_what_is_told_twice_is_handled_once() -> None:
    desk = FakeDesk()
    with Switchboard() as slack, talking(slack, desk):
        for attempt in range(4):
            told = slack.push("events_api", VISIT | {"event_id": "Ev1"}, retry_attempt=attempt)
            slack.acknowledged(told)
        slack.acknowledged(slack.push("events_api", VISIT | {"event_id": "Ev2"}))
        slack.wait(lambda: len(desk.asked) == 2)
    assert len(desk.asked) == 2


def raising(error: Exception) -> Callable[[Event], None]:
    def answer(event: Event) -> None:
        raise error

    return answer


@pytest.mark.parametrize(
    ("kind", "payload", "told"),
    [
        ("interactive", PRESS, [("reply", HOOK)]),
        ("slash_commands", COMMAND | {"response_url": HOOK}, [("reply", HOOK)]),
        ("interactive", SUBMISSION, [("show", "V1")]),
        ("events_api", VISIT, [("home", "U0ALICE01")]),
        ("interactive", PRESS | {"response_url": "", "view": {"id": "V2"}}, [("show", "V2")]),
        ("slash_commands", COMMAND, []),
    ],
)
def test_a_failure_is_told_where_it_was_asked(kind: str, payload: object, told: list[Any]) -> None:
    desk, screen = FakeDesk(raising(ZeroDivisionError("secret detail"))), FakeScreen()
    with Switchboard() as slack, talking(slack, desk, screen):
        slack.acknowledged(slack.push(kind, payload))
        slack.wait(lambda: desk.asked and len(screen.shown) == len(told))
    assert [(what, where) for what, where, _ in screen.shown] == told
    assert all(FAILED in str(content) and "secret" not in str(content) for *_, content in screen.shown)


def test_a_failure_in_a_window_that_is_closed_is_told_on_the_home_tab() -> None:
    screen = FakeScreen("show")
    with Switchboard() as slack, talking(slack, FakeDesk(raising(MonitorError("no"))), screen):
        slack.push("interactive", SUBMISSION)
        slack.wait(lambda: screen.shown)
    assert [(what, where) for what, where, _ in screen.shown] == [("home", "U0ALICE01")]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DeliveryFailed("that took too long: please try again", retryable=True), "Sorry: that took too long"),
        (DeliveryFailed("Slack: missing_scope"), FAILED),
        (MonitorError("/etc/passwd"), FAILED),
    ],
)
def test_what_another_try_can_mend_is_said_in_words(
    error: Exception, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    screen = FakeScreen()
    with Switchboard() as slack, talking(slack, FakeDesk(raising(error)), screen):
        slack.press()
        slack.wait(lambda: screen.shown)
    assert str(screen.shown[0][2]).startswith(text)
    assert [record.exc_info for record in caplog.records] == [None]
    assert str(error) in caplog.text


def test_one_failure_ends_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    screen = FakeScreen("reply", "home", "show")
    desk = FakeDesk(raising(RuntimeError("broken")))
    with Switchboard() as slack, talking(slack, desk, screen):
        for _ in range(3 * slack_socket.AT_ONCE):
            slack.acknowledged(slack.press())
        slack.wait(lambda: len(desk.asked) == 3 * slack_socket.AT_ONCE)
    assert "RuntimeError: broken" in caplog.text


def test_a_claim_that_cannot_be_made_is_told() -> None:
    def claim(_: str) -> bool:
        raise OSError("disk full")

    desk, screen = FakeDesk(), FakeScreen()
    with Switchboard() as slack, talking(slack, desk, screen, claim=claim):
        slack.acknowledged(slack.press())
        slack.wait(lambda: screen.shown)
    assert (desk.asked, screen.shown) == ([], [("reply", HOOK, FAILED)])


def test_who_finds_the_queue_full_is_told_so() -> None:
    ready = threading.Event()
    desk, screen = FakeDesk(lambda _: ready.wait(30)), FakeScreen()
    room = slack_socket.AT_ONCE + slack_socket.WAITING
    with Switchboard() as slack, talking(slack, desk, screen):
        slack.presses(slack_socket.AT_ONCE)
        slack.wait(lambda: len(desk.asked) == slack_socket.AT_ONCE)
        for number in [slack.press() for _ in range(slack_socket.WAITING + 3)]:
            slack.acknowledged(number)
        slack.wait(lambda: len(screen.shown) == 3)
        assert set(screen.shown) == {("reply", HOOK, BUSY)}
        ready.set()
        slack.wait(lambda: len(desk.asked) == room)


# ------------------------------------------------------------------ modals


VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "Saving"}, "blocks": []}


def broken(_: Submission) -> Check:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("check", "response", "answered"),
    [
        (lambda _: Check(), None, True),
        (
            lambda _: Check(errors={"name": "write a name"}),
            {"response_action": "errors", "errors": {"name": "write a name"}},
            False,
        ),
        (lambda _: Check(view=VIEW), {"response_action": "update", "view": VIEW}, True),
        (broken, {"response_action": "errors", "errors": {"name": UNCHECKED}}, False),
        (
            lambda _: Check(view={"a": object()}),
            {"response_action": "errors", "errors": {"name": UNCHECKED}},
            False,
        ),
    ],
)
def test_a_modal_is_acknowledged_with_what_the_desk_says(
    check: Callable[[Submission], Check], response: object, answered: bool
) -> None:
    desk = FakeDesk(check=check)
    with Switchboard() as slack, talking(slack, desk):
        assert slack.acknowledged(slack.push("interactive", SUBMISSION)) == response
        slack.acknowledged(slack.press())
        slack.wait(lambda: any(isinstance(event, Press) for event in desk.asked))
        if answered:
            slack.wait(lambda: len(desk.asked) == 2)
    assert any(isinstance(event, Submission) for event in desk.asked) == answered


def test_a_check_that_hangs_is_acknowledged_in_time_and_holds_up_nobody() -> None:
    done = threading.Event()

    def hang(_: Submission) -> Check:
        done.wait(30)
        return Check()

    desk = FakeDesk(check=hang)
    with Switchboard() as slack, talking(slack, desk):
        started = time.monotonic()
        numbers = [slack.push("interactive", SUBMISSION) for _ in range(5)]
        slack.acknowledged(slack.press(), 0.5)
        for number in numbers:
            assert slack.acknowledged(number, 3)["errors"] == {"name": UNCHECKED}
        assert time.monotonic() - started < 2.8
        done.set()
    assert [type(event) for event in desk.asked] == [Press], "what was refused is not done later"


def test_a_modal_without_fields_is_replaced_where_it_cannot_be_checked() -> None:
    bare = SUBMISSION | {"view": {"id": "V1", "blocks": []}}
    with Switchboard() as slack, talking(slack, FakeDesk(check=broken)):
        response = slack.acknowledged(slack.push("interactive", bare))
    assert response["response_action"] == "update"
    assert UNCHECKED in str(response["view"])


# ------------------------------------------------------------------ the line


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What we log; what slack-sdk does is silenced by `output.logs`."""
    assert all(record.exc_info is None for record in caplog.records), "no traceback"
    assert not [secret for secret in ("-secret", "secret-", "ws://") if secret in caplog.text]
    return [record.getMessage() for record in caplog.records if record.name.startswith("monitor.")]


def test_the_next_line_is_open_before_the_last_is_dropped() -> None:
    desk = FakeDesk()
    with Switchboard() as slack, talking(slack, desk):
        for round_ in range(1, 4):
            slack.say({"type": "disconnect", "reason": "refresh_requested"}, -1)
            slack.wait(lambda want=round_ + 1: slack.opened == want and len(slack.open) == 2)  # type: ignore[misc]
            slack.acknowledged(slack.press())
            slack.acknowledged(slack.push("interactive", PRESS, 0), 1)
            slack.open[0].close()
            slack.wait(lambda: len(slack.open) == 1)
        slack.wait(lambda: len(desk.asked) == 6)


def test_a_line_that_is_cut_without_a_word_is_missed_at_once(caplog: pytest.LogCaptureFixture) -> None:
    desk = FakeDesk()
    with Switchboard() as slack, talking(slack, desk):
        used = time.process_time()
        for want in range(2, 6):
            slack.cut()
            slack.wait(lambda want=want: slack.opened == want and slack.open, 2)  # type: ignore[misc]
            slack.acknowledged(slack.press())
        time.sleep(0.5)
        assert slack.opened == 5, "and opened no more often than that"
        assert time.process_time() - used < 1
    assert lines(caplog) == []


def test_an_acknowledgement_goes_over_the_next_line_where_its_own_is_cut() -> None:
    checking, go = threading.Event(), threading.Event()

    def check(_: Submission) -> Check:
        checking.set()
        go.wait(2)
        return Check(errors={"name": "no"})

    with Switchboard() as slack, talking(slack, FakeDesk(check=check)):
        number = slack.push("interactive", SUBMISSION)
        assert checking.wait(2)
        slack.cut()
        slack.wait(lambda: slack.opened == 2)
        go.set()
        assert slack.acknowledged(number)["errors"] == {"name": "no"}


def test_a_bad_token_is_told_once_with_the_remedy(caplog: pytest.LogCaptureFixture) -> None:
    pauses = Pauses()
    with Switchboard() as slack:
        slack.refusal = refused("invalid_auth")
        with talked(slack, pauses):
            slack.wait(lambda: slack.asked >= 4)
            assert lines(caplog) == [
                f"Slack: people are not heard: Slack says invalid_auth: {slack_socket.REMEDY}; trying again"
            ]
            assert pauses.asked[:3] == [(1, True), (2, True), (3, True)]
            slack.refusal = None
            slack.wait(lambda: slack.open)
            slack.acknowledged(slack.press())
    assert lines(caplog)[1:] == ["Slack: people are heard again"]


def talked(slack: Switchboard, pauses: Pauses) -> Conversation:
    return Conversation(slack.settings(), FakeDesk(), Claims(), screen=FakeScreen(), pause=pauses)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (refused("internal_error", 500), "Slack refuses for now (500 internal_error)"),
        (refused("<script>", 200), "Slack refuses for now (200)"),
        ((503, {}, b"<html>"), "Slack refuses for now (503)"),
        (
            (200, {"Content-Type": "application/json"}, b'{"ok": true}'),
            "Slack names no address that can be used",
        ),
        (
            (200, {"Content-Type": "application/json"}, b'{"ok": true, "url": "http://a.test/secret"}'),
            "Slack names no address that can be used",
        ),
    ],
)
def test_what_stands_in_the_way_is_said_once_and_tried_again(
    answer: Answer, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Switchboard() as slack:
        slack.refusal = answer
        with talked(slack, Pauses()):
            slack.wait(lambda: slack.asked >= 3)
            slack.refusal = None
            slack.wait(lambda: slack.open)
            slack.acknowledged(slack.press())
    assert lines(caplog) == [
        f"Slack: people are not heard: {why}; trying again",
        "Slack: people are heard again",
    ]


def test_a_busy_slack_is_left_alone_for_as_long_as_it_asks() -> None:
    with Switchboard() as slack:
        slack.refusal = refused("ratelimited", 429, **{"Retry-After": "1"})
        with talked(slack, Pauses()):
            slack.wait(lambda: slack.asked == 1)
            slack.refusal = None
            time.sleep(0.7)
            assert slack.asked == 1
            slack.wait(lambda: slack.open, 2)


@pytest.mark.parametrize(
    ("reason", "lasting", "why"),
    [
        ("too_many_websockets", False, "ten others hold connections of this app"),
        ("link_disabled", True, "Socket Mode is switched off: turn it on"),
    ],
)
def test_a_line_that_is_refused_is_tried_again_with_pauses(
    reason: str, lasting: bool, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    pauses = Pauses()
    with Switchboard() as slack:
        slack.greeting = {"type": "disconnect", "reason": reason}
        with talked(slack, pauses):
            slack.wait(lambda: len(pauses.asked) >= 3)
            assert pauses.asked[:3] == [(n, lasting) for n in (1, 2, 3)]
            slack.greeting = {"type": "hello"}
            slack.wait(lambda: "heard again" in caplog.text)
    assert [why in lines(caplog)[0], lines(caplog)[1:]] == [True, ["Slack: people are heard again"]]


def test_socket_mode_that_is_switched_off_is_told(caplog: pytest.LogCaptureFixture) -> None:
    pauses = Pauses()
    with Switchboard() as slack, talking(slack, pause=pauses):
        slack.say({"type": "disconnect", "reason": "link_disabled"})
        slack.wait(lambda: slack.opened == 2)
    assert pauses.asked[0] == (1, True)
    assert "Socket Mode is switched off" in lines(caplog)[0]


def test_no_network_for_long_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Refused, then no answer at all, then cut: it is one trouble."""
    pauses = Pauses()
    with Switchboard() as slack:
        gone = slack.settings()
    conversation = Conversation(gone, FakeDesk(), Claims(), screen=FakeScreen(), pause=pauses)
    with conversation:
        slack.wait(lambda: len(pauses.asked) >= 5)
    assert lines(caplog) == ["Slack: people are not heard: no connection (URLError); trying again"]
    assert pauses.asked[:3] == [(1, False), (2, False), (3, False)]


@pytest.mark.parametrize(
    ("failures", "lasting", "least", "most"),
    [
        (1, False, 0.075, 0.125),
        (5, False, 1.2, 2),
        (99, False, 45, 75),
        (1, True, 45, 75),
        (99, True, 450, 750),
    ],
)
def test_pauses_grow_to_a_limit(failures: int, lasting: bool, least: float, most: float) -> None:
    for _ in range(50):
        assert least <= pause(failures, lasting=lasting) <= most


def test_stopping_takes_less_than_two_seconds_whatever_hangs(caplog: pytest.LogCaptureFixture) -> None:
    desk = FakeDesk(lambda _: time.sleep(20))
    with Switchboard() as slack:
        with talking(slack, desk):
            slack.presses(10)
            slack.wait(lambda: len(desk.asked) == slack_socket.AT_ONCE)
            started = time.monotonic()
        assert time.monotonic() - started < 2
    assert len(desk.asked) == slack_socket.AT_ONCE, "what waited is not begun"
    assert lines(caplog) == ["Slack: stopped while somebody was being answered"]


def test_stopping_finishes_what_is_quickly_done() -> None:
    desk = FakeDesk(lambda _: time.sleep(0.05))
    with Switchboard() as slack:
        with talking(slack, desk):
            for number in [slack.press() for _ in range(10)]:
                slack.acknowledged(number)
        slack.wait(lambda: not slack.open)
        asked = slack.asked
        time.sleep(0.3)
        assert slack.asked == asked, "and no line is opened any more"
    assert len(desk.asked) == 10


# ------------------------------------------------------------------ the screen


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://hooks.slack.com/actions/1",
        "https://hooks.slack.com.evil.test/actions/1",
        "https://hooks.slack.com@evil.test/",
        "https://evil.test/https://hooks.slack.com/",
        "https://hooks.slack.com:8443/x",
        "https://hooks.slack.com/a b",
        "https://hooks.slack.com\\@evil.test/",
        "https://hooks.slack.com/\n",
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
    ],
)
def test_only_slack_is_answered(address: str) -> None:
    with Web(lambda path, headers: (200, {}, b"ok")) as web:
        screen = Screen(settings(web))
        with pytest.raises(DeliveryFailed, match="none of Slack's"):
            screen.reply(address, "secret")
        assert web.asked == []


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (refused("expired_trigger_id"), DeliveryFailed, "that took too long: please try again"),
        (refused("not_found"), DeliveryFailed, "Slack: not_found: the window was closed"),
        (refused("missing_scope"), DeliveryFailed, "Slack: missing_scope: add the scope"),
        (refused("invalid_arguments"), DeliveryFailed, "Slack: invalid_arguments"),
        (refused("ratelimited", 429, **{"Retry-After": "30"}), DeliveryFailed, "Slack is busy"),
        (refused("internal_error", 500), DeliveryUnknown, "no clear answer from Slack (500"),
        ((503, {}, b"<html>"), DeliveryUnknown, "no clear answer from Slack"),
        ((200, {}, b"<html>"), DeliveryUnknown, "no clear answer from Slack"),
    ],
)
def test_what_cannot_be_shown_is_an_error_in_words(answer: Answer, error: type[Exception], said: str) -> None:
    with Web(lambda path, headers: answer) as web:
        screen = Screen(settings(web))
        for show in (
            lambda: screen.open("1.2.x", VIEW),
            lambda: screen.show("V1", VIEW),
            lambda: screen.home("U1", VIEW),
        ):
            with pytest.raises(error) as caught:
                show()
            assert str(caught.value).startswith(said)
            assert "xoxb" not in str(caught.value)
        assert len(web.asked) == 3, "once each"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"ok", None),
        (404, b'{"ok": false, "error": "used_url"}', DeliveryFailed),
        (404, b"expired_url", DeliveryFailed),
        (500, b"oops", DeliveryUnknown),
    ],
)
def test_an_answer_is_for_one_alone_and_replaces_nothing(
    status: int, body: bytes, error: type[Exception] | None
) -> None:
    with Web(lambda path, headers: (status, {}, body)) as web:
        screen = Screen(settings(web))
        with pytest.raises(error) if error else nullcontext():
            screen.reply(f"{web.base}/response/H1", "hello")
        (posted,) = web.posted
    assert b'"replace_original": false' in posted
    assert b'"response_type": "ephemeral"' in posted


# ------------------------------------------------------------------ the pieces


def test_a_key_is_claimed_once_by_whoever_asks_and_forgotten_after_a_day(tmp_path: Path) -> None:
    with Storage(tmp_path / "a.db") as first, Storage(tmp_path / "a.db") as second:
        assert first.talks.claim("Ev1", NOON)
        assert not second.talks.claim("Ev1", NOON)
        assert second.talks.claim("Ev2", NOON + KEPT)
        assert not first.talks.claim("Ev1", NOON + KEPT)
        assert first.talks.claim("Ev1", NOON + KEPT + timedelta(seconds=1))


def test_a_crew_does_no_more_than_fits_and_survives_its_work(caplog: pytest.LogCaptureFixture) -> None:
    go, done = threading.Event(), []

    def work(number: int) -> None:
        go.wait(5)
        done.append(1 // number)

    crew = Crew("crew", work, size=1, waiting=2)
    assert [crew.put(0)]
    time.sleep(0.1)
    assert [crew.put(1), crew.put(1), crew.put(1)] == [True, True, False]
    go.set()
    assert crew.close(2)
    assert done == [1, 1]
    assert not crew.put(1)
    assert "ZeroDivisionError" in caplog.text


def test_a_crew_keeps_each_line_in_order_and_the_lines_apart() -> None:
    go, done = threading.Event(), []

    def work(task: tuple[str, int]) -> None:
        if task == ("slow", 0):
            go.wait(5)
        done.append(task)
        if task == ("quick", 9):
            go.set()

    crew = Crew("crew", work, size=3, waiting=50)
    put = [(line, number) for number in range(10) for line in ("slow", "quick")]
    assert all(crew.put(task, task[0]) for task in put)
    assert crew.close(4)
    assert done == [*(("quick", n) for n in range(10)), *(("slow", n) for n in range(10))]


def test_a_crew_that_is_left_begins_nothing_more() -> None:
    go, begun, done = threading.Event(), threading.Event(), []

    def work(number: int) -> None:
        begun.set()
        go.wait(5)
        done.append(number)

    crew = Crew("crew", work, size=1, waiting=2)
    assert [crew.put(1), begun.wait(2), crew.put(2)] == [True, True, True]
    assert not crew.close(0.05)
    go.set()
    time.sleep(0.2)
    assert done == [1]


def test_a_trouble_says_what_it_is() -> None:
    assert str(NoLine("no connection", "URLError")) == "no connection (URLError)"
    assert logging.getLogger("monitor.channels.slack_line.websocket").level > logging.CRITICAL
