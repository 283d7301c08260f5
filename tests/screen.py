"""A screen that remembers what was shown, and refuses what Slack would refuse or bring to life."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.errors import DeliveryFailed
from monitor.talk import Block, View

# https://docs.slack.dev/reference/block-kit/blocks and .../block-elements: characters of a plain text by
# the kind of what holds it, and its key there.
_PLAIN = {
    ("header", "text"): 150,
    ("button", "text"): 75,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("static_select", "placeholder"): 150,
    ("option", "text"): 75,
}
_LIVE = re.compile(r"<(?:!(?!date\^\d+\^)|@|#)|<(?!https?://|!date\^)")


class Refused(AssertionError):
    """Slack would not have taken it."""


class FakeScreen:
    """`views` holds what each view shows, `replies` (address, text, blocks), `homes` each tab.
    `expired` refuses to open anything."""

    def __init__(self, *, expired: bool = False) -> None:
        self.replies: list[tuple[str, str, list[Block]]] = []
        self.views: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.expired = expired

    def reply(self, answer_to: str, text: str, blocks: Sequence[Block] = (), *, public: bool = False) -> None:
        assert not public
        _check(bool(text) and _size(text) <= 4000, f"text of {len(text)}")
        _marked(text, 4000)
        check_blocks(blocks, 50)
        self.replies.append((answer_to, text, list(blocks)))

    def open(self, trigger: str, view: View) -> str:
        if self.expired:
            raise DeliveryFailed("that took too long", retryable=True)
        check_view(view)
        name = f"V{len(self.views) + 1}"
        self.views[name] = [view]
        return name

    def show(self, view_id: str, view: View) -> None:
        check_view(view)
        self.views.setdefault(view_id, []).append(view)

    def home(self, who: str, view: View) -> None:
        check_view(view)
        self.homes[who] = view

    # -------------------------------------------------------------- what tests ask of it

    @property
    def said(self) -> str:
        """The last reply as one reads it."""
        return words(self.replies[-1][2]) or self.replies[-1][1]


def check_view(view: View) -> None:
    _check(view["type"] in ("modal", "home"), "type")
    for key in ("title", "submit", "close"):
        if key in view:
            _plain(view[key], _PLAIN["modal", key])
    _check(len(view.get("private_metadata", "")) <= 3000, "private_metadata")
    _check(len(json.dumps(view)) <= 250_000, "size")
    check_blocks(view["blocks"], 100)
    inputs = any(block["type"] == "input" for block in view["blocks"])
    _check(not inputs or "submit" in view, "input needs submit")


def check_blocks(blocks: Sequence[Block], most: int) -> None:
    _check(len(blocks) <= most, f"{len(blocks)} blocks")
    names = [block["block_id"] for block in blocks if "block_id" in block]
    _check(len(names) == len(set(names)), "block_id twice")
    for block in blocks:
        _block(block)


def _block(block: Block) -> None:
    kind = block["type"]
    _check(0 < len(block.get("block_id", "x")) <= 255, "block_id")
    if kind == "section":
        _marked(block["text"]["text"], 3000)
        _element(block["accessory"]) if "accessory" in block else None
    elif kind == "context":
        _check(0 < len(block["elements"]) <= 10, "elements")
        for element in block["elements"]:
            _marked(element["text"], 2000)
    elif kind == "header":
        _plain(block["text"], _PLAIN["header", "text"])
    elif kind == "actions":
        _check(0 < len(block["elements"]) <= 25, "elements")
        ids = [element["action_id"] for element in block["elements"]]
        _check(len(ids) == len(set(ids)), "action_id twice")
        for element in block["elements"]:
            _element(element)
    elif kind == "input":
        _plain(block["label"], 2000)
        _plain(block["hint"], 2000) if "hint" in block else None
        _check(0 < _size(block["element"].get("initial_value", "x")) <= 3000, "initial_value")
        _check(block["element"]["max_length"] <= 3000, "max_length")
    else:
        _check(kind in ("divider", "rich_text"), kind)


def _element(element: Mapping[str, Any]) -> None:
    if element["type"] == "button":
        _plain(element["text"], 75)
        _check(_size(element.get("value", "")) <= 2000, "value")
        return
    _check(element["type"] == "static_select", element["type"])
    _check(0 < len(element["options"]) <= 100, f"{len(element['options'])} options")
    for option in element["options"]:
        _plain(option["text"], 75)
        _check(0 < _size(option["value"]) <= 150, "value of an option")


def _plain(text: Mapping[str, Any], most: int) -> None:
    _check(text["type"] == "plain_text" and 0 < _size(text["text"]) <= most, f"{text}")


def _marked(text: str, most: int) -> None:
    _check(0 < _size(text) <= most, f"{len(text)} characters")
    _check(not _LIVE.search(text), f"alive: {text}")


def _size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _check(holds: object, what: str) -> None:
    if not holds:
        raise Refused(what)


# ------------------------------------------------------------------ reading


def words(part: object) -> str:
    """Everything that can be read in blocks or a view, a line for each text."""
    return "\n".join(_texts(part))


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            if isinstance(value, str) and key in ("text", "initial_value"):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for one in part:
            yield from _texts(one)


def elements(view: View) -> dict[str, Mapping[str, Any]]:
    """The buttons and menus of a view by their action ids."""
    rows = [block.get("elements", []) for block in view["blocks"] if block["type"] == "actions"]
    beside = [[block["accessory"]] for block in view["blocks"] if "accessory" in block]
    return {element["action_id"]: element for row in (*rows, *beside) for element in row}


def inputs(view: View) -> dict[str, str]:
    """What stands in each input of a view, by its block."""
    found = [block for block in view["blocks"] if block["type"] == "input"]
    return {block["block_id"]: block["element"].get("initial_value", "") for block in found}
