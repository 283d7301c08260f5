"""What is wrong with blocks, and what they show: enough of Slack's rules to judge without the stand-in.

Limits: https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from monitor.message import Composed
from monitor.talk import Block

_TEXTS = {"section": 3000, "context": 2000, "header": 150, "button": 75, "static_select": 150, "option": 75}
_PLACES = {"context": 10, "actions": 25, "rich_text": 100}
_LIVE = re.compile(r"<([^<>|]*)(?:\|[^<>]*)?>")
_SCHEME = re.compile(r"https?://|\bmailto:|\bwww\.", re.IGNORECASE)


def size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def problems(blocks: Iterable[Block]) -> list[str]:
    """Every rule that is broken, in words."""
    made = list(blocks)
    found = [] if len(made) <= 50 else [f"{len(made)} blocks"]
    ids = [one["block_id"] for one in made if "block_id" in one]
    found += [] if len(set(ids)) == len(ids) else ["a block_id twice"]
    for block in made:
        found += _block(block)
    return found


def _block(block: Block) -> Iterator[str]:
    kind = block["type"]
    if kind in _PLACES and not 0 < len(block["elements"]) <= _PLACES[kind]:
        yield f"{kind} of {len(block['elements'])}"
    if kind == "section":
        yield from _text(block["text"], kind)
    for one in (*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else ())):
        yield from _element(one, kind)
    actions = [one["action_id"] for one in block.get("elements", ()) if "action_id" in one]
    if len(set(actions)) != len(actions):
        yield "an action_id twice"


def _element(one: Block, within: str) -> Iterator[str]:
    match one["type"]:
        case "mrkdwn" | "plain_text":
            yield from _text(one, within)
        case "button":
            yield from _text(one["text"], "button")
            if not 0 < len(one.get("value", "x")) <= 2000:
                yield "value of a button"
        case "static_select":
            yield from _text(one["placeholder"], "static_select")
            for group in one["option_groups"]:
                yield from _text(group["label"], "option")
                for option in group["options"]:
                    yield from _text(option["text"], "option")
                    if not 0 < len(option["value"]) <= 150:
                        yield "value of an option"
        case "rich_text_section" | "rich_text_quote":
            yield from _runs(one["elements"])
        case other:
            yield f"unknown: {other}"


def _text(one: Block, kind: str) -> Iterator[str]:
    if not one["text"].strip() or size(one["text"]) > _TEXTS[kind]:
        yield f"text of {kind}: {size(one['text'])}"
    if one["type"] == "mrkdwn" and not one.get("verbatim"):
        yield "Slack links words by itself"


def _runs(runs: Iterable[Block]) -> Iterator[str]:
    for run in runs:
        if run["type"] not in ("text", "link", "date"):
            yield f"a run is a {run['type']}"
        if run["type"] == "date":
            if not isinstance(run["timestamp"], int):
                yield "a timestamp that is no integer"
        elif not 0 < size(run["text"]) <= 3000:
            yield f"a run of {size(run['text'])}"


# ------------------------------------------------------------------ what is live


def live(composed: Composed) -> set[str]:
    """Everything that Slack would make a link, a mention or a date of."""
    found: set[str] = set()
    for kind, text in [("mrkdwn", composed.text), *_strings(composed.blocks)]:
        if kind == "url":
            found.add(text)
        if kind == "mrkdwn":
            assert "&" not in re.sub(r"&(amp|lt|gt);", "", text), "an entity is cut in half"
            assert text.count("<") == text.count(">") == len(_LIVE.findall(text)), text
            found |= {_unescaped(one) for one in _LIVE.findall(text)}
        if kind != "url":
            shown = _LIVE.sub(lambda one: one[0].partition("|")[2], text)
            found |= {f"bare: {one}" for one in _SCHEME.findall(shown)}
    return {one for one in found if not re.fullmatch(r"!date\^\d+\^\{date_short_pretty\} \{time\}", one)}


def _strings(value: Any) -> Iterator[tuple[str, str]]:
    """Each text with how Slack reads it."""
    if isinstance(value, Mapping):
        kind = "mrkdwn" if value.get("type") == "mrkdwn" else "plain"
        yield from ((kind, value[key]) for key in ("text", "fallback") if isinstance(value.get(key), str))
        yield from (("url", value[key]) for key in ("url",) if key in value)
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _strings(one)


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


# ------------------------------------------------------------------ what is shown


def lines(blocks: Iterable[Block]) -> list[str]:
    """The lines that a reader sees, what is bold between stars; a row of buttons as [Useful] [Noise]."""
    return [line for block in blocks for line in _shown(block).split("\n")]


def _shown(block: Block) -> str:
    if block["type"] == "section":
        beside = f" [{block['accessory']['text']['text']}]" if "accessory" in block else ""
        return f"{block['text']['text']}{beside}"
    if block["type"] == "context":
        return " ".join(one["text"] for one in block["elements"])
    if block["type"] == "actions":
        names = (one["text"] if "text" in one else one["placeholder"] for one in block["elements"])
        return " ".join(f"[{one['text']}]" for one in names)
    return "\n".join("".join(map(_run, part["elements"])) for part in block["elements"])


def _run(run: Block) -> str:
    text = run["fallback"] if run["type"] == "date" else run["text"]
    return f"*{text}*" if run.get("style", {}).get("bold") else text


def buttons(blocks: Iterable[Block]) -> dict[str, Block]:
    """Everything that can be pressed, by action id."""
    made = list(blocks)
    rows = [one for block in made for one in block.get("elements", ()) if "action_id" in one]
    return {one["action_id"]: one for one in (*rows, *(b["accessory"] for b in made if "accessory" in b))}
