"""What Slack sends over Socket Mode -> what a person did. Pure; nothing in it raises, whatever comes.

https://docs.slack.dev/apis/events-api/using-socket-mode/#events gives the shape of an envelope, and
https://docs.slack.dev/reference/interaction-payloads those of what is in it. Ids that do not look like
Slack's are taken for none at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.feedback import Person
from monitor.talk import Command, Event, Press, Submission, Visit
from monitor.text import clean

NAME = 80
COMMAND = 10_000
_ID = re.compile(r"[A-Z0-9]{2,40}")
_TS = re.compile(r"\d{1,12}\.\d{1,9}")
# What an element of each kind holds: https://docs.slack.dev/reference/block-kit/block-elements
_OPTIONS = ("selected_option", "selected_options")
_CHOSEN = (
    "selected_user", "selected_conversation", "selected_channel", "selected_date", "selected_time",
    "selected_users", "selected_conversations", "selected_channels",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something to acknowledge by its `id`. `event` is None where it is nothing for us.

    `key` names what happened, and is the same however often and to whomever Slack tells it. `inputs`
    are the ids of the blocks of a modal that take an error.
    """

    id: str
    key: str = ""
    event: Event | None = None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Farewell:
    """Slack is about to end this connection; `reason` is one of `warning`, `refresh_requested`,
    `link_disabled`, `too_many_websockets`."""

    reason: str


def read(message: str | bytes) -> Envelope | Farewell | None:
    """One message as it came; None where there is nothing to do, as for a `hello`."""
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return None
    kind, number = _text(body, "type"), _text(body, "envelope_id")
    if kind == "disconnect":
        return Farewell(clean(_text(body, "reason"), NAME))
    if not number:
        return None
    payload = _at(body, "payload")
    event = _event(kind, payload)
    key = _text(payload, "event_id") or _text(payload, "trigger_id") or number
    return Envelope(number, key, event, tuple(_inputs(payload)) if isinstance(event, Submission) else ())


def _event(kind: str, payload: object) -> Event | None:
    if kind == "slash_commands":
        return _command(payload)
    what = _text(payload, "type")
    if kind == "interactive":
        return {"block_actions": _press, "view_submission": _submission}.get(what, _nothing)(payload)
    return _visit(_at(payload, "event")) if kind == "events_api" else None


def _nothing(_: object) -> None:
    return None


# ------------------------------------------------------------------ what people do


def _press(payload: object) -> Press | None:
    who = _person(_at(payload, "user"))
    action = next(iter(_list(payload, "actions")), None)
    name = _text(action, "action_id")
    if who is None or not name:
        return None
    view = _at(payload, "view")
    return Press(
        who=who,
        action=name,
        value=_text(action, "value"),
        chosen=next(_chosen(action), ""),
        channel=_match(_ID, _text(payload, "channel", "id") or _text(payload, "container", "channel_id")),
        message=_match(_TS, _text(payload, "message", "ts") or _text(payload, "container", "message_ts")),
        view=_match(_ID, _text(view, "id")),
        private=_text(view, "private_metadata"),
        trigger=_text(payload, "trigger_id"),
        answer_to=_text(payload, "response_url"),
        values=_values(view) or _values(payload),
    )


def _command(payload: object) -> Command | None:
    """The text in one line: a command is typed in one, and what is pasted into it may bring others."""
    who = _person({"id": _text(payload, "user_id"), "name": _text(payload, "user_name")})
    if who is None:
        return None
    return Command(
        who=who,
        text=clean(_text(payload, "text"), COMMAND),
        channel=_match(_ID, _text(payload, "channel_id")),
        trigger=_text(payload, "trigger_id"),
        answer_to=_text(payload, "response_url"),
    )


def _submission(payload: object) -> Submission | None:
    who, view = _person(_at(payload, "user")), _at(payload, "view")
    number = _match(_ID, _text(view, "id"))
    if who is None or not number:
        return None
    callback, private = _text(view, "callback_id"), _text(view, "private_metadata")
    return Submission(who, number, callback, private, _values(view))


def _visit(event: object) -> Visit | None:
    """https://docs.slack.dev/reference/events/app_home_opened: the Messages tab is told, too."""
    who = _person({"id": _text(event, "user")})
    if who is None or _text(event, "type") != "app_home_opened" or _text(event, "tab") == "messages":
        return None
    return Visit(who)


def _person(user: object) -> Person | None:
    number = _match(_ID, _text(user, "id"))
    name = clean(_text(user, "username") or _text(user, "name"), NAME)
    return Person(number, name or number) if number else None


def _inputs(payload: object) -> Iterator[str]:
    for block in _list(payload, "view", "blocks"):
        if _text(block, "type") == "input" and _text(block, "block_id"):
            yield _text(block, "block_id")


def _values(holder: object) -> dict[str, tuple[str, ...]]:
    """What was entered, by the id of the block, in the order of its elements."""
    blocks = _at(holder, "state", "values")
    if not isinstance(blocks, Mapping):
        return {}
    return {
        _sound(block): tuple(text for element in elements.values() for text in _entered(element))
        for block, elements in blocks.items()
        if isinstance(elements, Mapping)
    }


def _entered(element: object) -> Iterator[str]:
    if written := _text(element, "value"):
        yield written
    yield from _chosen(element)


def _chosen(element: object) -> Iterator[str]:
    for name in (*_OPTIONS, *_CHOSEN):
        found = _at(element, name)
        for one in found if isinstance(found, list) else [found]:
            text = _text(one, "value") if name in _OPTIONS else one
            if isinstance(text, str) and text:
                yield _sound(text)


# ------------------------------------------------------------------ reading what may be anything


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: object, *path: str) -> str:
    found = _at(value, *path)
    return _sound(found) if isinstance(found, str) else ""


def _list(value: object, *path: str) -> list[Any]:
    found = _at(value, *path)
    return found if isinstance(found, list) else []


def _match(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""


def _sound(text: str) -> str:
    """JSON may hold half a character, which can be written nowhere."""
    return text.encode("utf-8", "replace").decode()
