"""What Slack sends becomes what a person did, or nothing; whatever comes, nothing is raised."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.channels.slack_envelope import Envelope, Farewell, read
from monitor.feedback import Person
from monitor.talk import Command, Event, Press, Submission, Visit
from tests.switchboard import COMMAND, PRESS, SUBMISSION, VISIT

WHO = Person("U0ALICE01", "alice")
STATE = {
    "name": {"text": {"type": "plain_text_input", "value": "Magnets\nand metals"}},
    "empty": {"text": {"type": "plain_text_input", "value": None}},
    "terms": {
        "of": {"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]},
        "one": {"type": "static_select", "selected_option": {"value": "c", "text": {"text": "C"}}},
        "none": {"type": "static_select", "selected_option": None},
    },
    "to": {"channel": {"type": "conversations_select", "selected_conversation": "C0GENERAL"}},
    "people": {"of": {"type": "multi_users_select", "selected_users": ["U1", "U2"]}},
}
ENTERED = {
    "name": ("Magnets\nand metals",),
    "empty": (),
    "terms": ("a", "b", "c"),
    "to": ("C0GENERAL",),
    "people": ("U1", "U2"),
}
MENU = {"action_id": "mute", "type": "static_select", "selected_option": {"value": "entity:0:7"}}
HOME = {"id": "V9", "type": "home", "private_metadata": "page 2", "state": {"values": STATE}}


def heard(kind: str, payload: object, **more: object) -> Envelope:
    found = read(json.dumps({"type": kind, "envelope_id": "e1", "payload": payload} | more))
    assert isinstance(found, Envelope)
    assert found.id == "e1"
    return found


@pytest.mark.parametrize(
    ("kind", "payload", "event"),
    [
        (
            "interactive",
            PRESS,
            Press(
                WHO,
                "useful",
                channel="C0GENERAL",
                message="169.1",
                answer_to="https://hooks.slack.com/actions/1",
            ),
        ),
        (
            "interactive",
            {
                "type": "block_actions",
                "user": {"id": "U0ALICE01", "name": "alice"},
                "actions": [{"action_id": "accept", "value": "p-1"}, {"action_id": "second"}],
                "container": {"type": "message", "channel_id": "C1A", "message_ts": "170.25"},
                "trigger_id": "1.2.x",
            },
            Press(WHO, "accept", value="p-1", channel="C1A", message="170.25", trigger="1.2.x"),
        ),
        (
            "interactive",
            {"type": "block_actions", "user": PRESS["user"], "actions": [MENU], "view": HOME},
            Press(WHO, "mute", chosen="entity:0:7", view="V9", private="page 2", values=ENTERED),
        ),
        (
            "interactive",
            PRESS | {"state": {"values": STATE}, "response_url": ""},
            Press(WHO, "useful", channel="C0GENERAL", message="169.1", values=ENTERED),
        ),
        (
            "slash_commands",
            COMMAND | {"user_name": "alice", "trigger_id": "3.4.y", "response_url": "https://hooks.test/"},
            Command(WHO, "deals", "C0GENERAL", "3.4.y", "https://hooks.test/"),
        ),
        (
            "slash_commands",
            COMMAND | {"text": " why\u202e  https://a.test/\nx ", "user_name": ""},
            Command(Person("U0ALICE01", "U0ALICE01"), "why https://a.test/ x", "C0GENERAL"),
        ),
        (
            "interactive",
            SUBMISSION
            | {
                "view": {
                    "id": "V1",
                    "callback_id": "watch",
                    "private_metadata": "m",
                    "state": {"values": STATE},
                }
            },
            Submission(WHO, "V1", "watch", "m", ENTERED),
        ),
        ("events_api", VISIT, Visit(Person("U0ALICE01", "U0ALICE01"))),
    ],
)
def test_what_people_do_is_read(kind: str, payload: object, event: Event) -> None:
    assert heard(kind, payload).event == event


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("interactive", PRESS | {"type": "shortcut"}),
        ("interactive", PRESS | {"type": ["block_actions"]}),
        ("interactive", PRESS | {"user": None}),
        ("interactive", PRESS | {"user": {"id": "<!channel>", "name": "x"}}),
        ("interactive", PRESS | {"actions": []}),
        ("interactive", PRESS | {"actions": "useful"}),
        ("interactive", PRESS | {"actions": [{"action_id": 7}]}),
        ("interactive", SUBMISSION | {"view": {"id": "../V1"}}),
        ("slash_commands", COMMAND | {"user_id": ""}),
        ("slash_commands", []),
        ("events_api", {"event": {"type": "message", "user": "U0ALICE01", "text": "hello"}}),
        ("events_api", {"event": {"type": "app_home_opened", "user": "U0ALICE01", "tab": "messages"}}),
        ("events_api", "text"),
        ("workflows", PRESS),
        ("", None),
    ],
)
def test_what_is_nothing_for_us_is_still_acknowledged(kind: str, payload: object) -> None:
    assert heard(kind, payload).event is None


@pytest.mark.parametrize(
    ("channel", "message", "kept"),
    [
        ("C0GENERAL", "169.000100", ("C0GENERAL", "169.000100")),
        ("C0GENERAL' OR 1", "169.1", ("", "169.1")),
        ("C0GENERAL", "169.1:x", ("C0GENERAL", "")),
        (7, 169.1, ("", "")),
    ],
)
def test_a_place_that_cannot_be_slacks_is_none(channel: Any, message: Any, kept: tuple[str, str]) -> None:
    press = heard("interactive", PRESS | {"channel": {"id": channel}, "message": {"ts": message}}).event
    assert isinstance(press, Press)
    assert (press.channel, press.message) == kept


def test_a_name_is_one_short_line() -> None:
    user = {"id": "U0ALICE01", "username": "a\nb\u202e<!channel> " + "x" * 500}
    press = heard("interactive", PRESS | {"user": user}).event
    assert isinstance(press, Press)
    assert press.who.name.startswith("a b<!channel> xxx")
    assert len(press.who.name) == 80


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"event_id": "Ev1", "trigger_id": "1.2.x"}, "Ev1"),
        ({"trigger_id": "1.2.x"}, "1.2.x"),
        ({"event_id": 7}, "e1"),
        ({}, "e1"),
    ],
)
def test_the_key_is_of_what_happened_not_of_its_telling(more: dict[str, object], key: str) -> None:
    assert heard("events_api", VISIT | more, retry_attempt=2).key == key


def test_the_fields_of_a_modal_are_those_that_take_an_error() -> None:
    assert heard("interactive", SUBMISSION).inputs == ("name",)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled", "too_many_websockets"])
def test_a_farewell_has_its_reason(reason: str) -> None:
    assert read(json.dumps({"type": "disconnect", "reason": reason})) == Farewell(reason)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ping from applink",
        "{",
        "[]",
        "7",
        b"\xff",
        "[" * 100_000,
        '{"type":"hello"}',
        '{"envelope_id":7}',
    ],
)
def test_what_is_no_envelope_is_nothing(text: str | bytes) -> None:
    assert read(text) is None


def test_half_a_character_does_not_get_any_further() -> None:
    press = read('{"type":"interactive","envelope_id":"e","payload":' + json.dumps(PRESS)[:-1] + ',"view":'
                 '{"id":"V1","private_metadata":"\\ud800"}}}')  # fmt: skip
    assert isinstance(press, Envelope)
    assert isinstance(press.event, Press)
    assert press.event.private == "?"


NAMES = st.sampled_from(
    [
        *("type", "envelope_id", "payload", "user", "id", "name", "actions", "action_id", "view", "state"),
        *("values", "blocks", "block_id", "selected_option", "selected_options", "value", "event", "reason"),
        *("channel", "message", "ts", "container", "user_id", "text", "selected_users", "event_id"),
    ]
)
KINDS = ["interactive", "slash_commands", "events_api", "block_actions", "view_submission", "disconnect"]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(KINDS) | st.just("U1")
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6)
)


@given(st.sampled_from(KINDS), ANYTHING, ANYTHING)
def test_nothing_that_comes_is_raised_over(kind: str, payload: object, more: object) -> None:
    for body in ({"type": kind, "envelope_id": "e", "payload": payload}, more):
        found = read(json.dumps(body))
        assert found is None or isinstance(found, Envelope | Farewell)


@given(st.dictionaries(NAMES, ANYTHING), st.sampled_from([PRESS, SUBMISSION]))
def test_a_payload_with_strange_parts_is_read_or_ignored(changes: Any, payload: Any) -> None:
    assert heard("interactive", payload | changes | {"type": payload["type"]}).id == "e1"
