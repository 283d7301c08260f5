"""Pieces of Block Kit, for whatever comes in: every text is cleaned, escaped where Slack reads marks in it,
and within its limit after that. Pure.

Limits: https://docs.slack.dev/reference/block-kit/blocks and .../block-elements. A character beyond
Unicode's basic plane counts twice, as it does in JavaScript. A text that Slack reads marks in (`mrkdwn`)
is made of `label`, `link` and `moment`; all others take any text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from monitor.links import web_link
from monitor.talk import Block
from monitor.text import clean, shorten

SECTION, CONTEXT, CONTEXT_ELEMENTS, ELEMENTS, BLOCKS = 3000, 2000, 10, 25, 50
BUTTON, OPTION, OPTION_VALUE, PLACEHOLDER, VALUE, ID = 75, 75, 150, 150, 2000, 255
OPTIONS, GROUPS = 100, 100
# Of one run in a rich text; Slack documents none, and takes 3,000 in a section.
RUN = 3000
# What stands where a text has nothing that can be seen.
NOTHING = "–"
Option = tuple[str, str]
# Where a bare address has to be broken, or some client of Slack would make a link of it.
_LINKED = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\bmailto)(?=:)", re.IGNORECASE)


# ------------------------------------------------------------------ texts


def size(text: str) -> int:
    """How long Slack takes a text to be."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape(text: str) -> str:
    """What Slack asks to be escaped, in this order, and nothing else.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words(text: str, limit: int, otherwise: str = NOTHING) -> str:
    """One line of text that is shown as it is, at most `limit` long; `otherwise` where there is none.

    A bare address in it is broken by a space of no width.
    """
    return _fitting(_inert(text, limit), limit, size) or _fitting(otherwise, limit, size)


def label(text: str, limit: int, otherwise: str = "") -> str:
    """The same for where Slack reads marks, after escaping at most `limit` long; good within a link too."""

    def escaped(plain: str) -> int:
        return size(escape(plain))

    plain = _inert(text, limit).replace("|", "¦")
    return escape(_fitting(plain, limit, escaped) or _fitting(otherwise, limit, escaped))


def bold(text: str, limit: int) -> str:
    """A label in bold: marks of its own would end it early."""
    inner = label(text.replace("*", "∗"), limit - 2)
    return f"*{inner}*" if inner else ""


def link(url: str, text: str, limit: int, otherwise: str = "") -> str:
    """A link with its label, together at most `limit` long; the label alone where the address is none
    that is safe to follow, or leaves no room for it."""
    address = escape(web_link(url))
    room = limit - size(address) - 3
    if not address or room < min(30, size(text)):
        return label(text, limit, otherwise)
    return f"<{address}|{label(text, room, otherwise or NOTHING)}>"


def moment(when: datetime, otherwise: str) -> str:
    """A moment in each reader's own zone; `otherwise` where it cannot be shown so.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    return f"<!date^{int(when.timestamp())}^{DATE}|{label(otherwise, 60)}>"


DATE = "{date_short_pretty} {time}"


def joined(parts: Iterable[str], limit: int, by: str = "\n") -> str:
    """The parts that are not empty, whole, as many of the first as fit together."""
    kept = ""
    for part in filter(None, parts):
        more = f"{kept}{by}{part}" if kept else part
        if size(more) > limit:
            break
        kept = more
    return kept


def _inert(text: str, limit: int) -> str:
    """Without what cannot be seen, and without what becomes a link by itself."""
    return _LINKED.sub("\u200b", clean(text)[: limit + 1])


def _fitting(text: str, limit: int, measure: Callable[[str], int]) -> str:
    """The text, shortened as far as `measure` of it asks."""
    if measure(text) <= limit:
        return text
    fits = bisect_right(range(1, limit + 1), limit, key=lambda cut: measure(shorten(text, cut)))
    return shorten(text, fits) if fits else ""


# ------------------------------------------------------------------ blocks


def section(marked: str, *, accessory: Block | None = None, block_id: str = "") -> Block:
    """A text with marks, and a button or menu beside it."""
    beside = {"accessory": accessory} if accessory else {}
    return {"type": "section", "text": _mrkdwn(marked, SECTION), **beside, **_named(block_id)}


def context(*marked: str) -> Block:
    """Small print. Each text has marks; an empty one is left out."""
    elements = [_mrkdwn(one, CONTEXT) for one in marked if one] or [_mrkdwn("", CONTEXT)]
    return {"type": "context", "elements": elements[:CONTEXT_ELEMENTS]}


def actions(block_id: str, *elements: Block) -> Block:
    """A row of buttons and menus."""
    return {"type": "actions", **_named(block_id), "elements": list(elements[:ELEMENTS])}


def divider() -> Block:
    return {"type": "divider"}


def header(text: str) -> Block:
    return {"type": "header", "text": plain_text(text, 150)}


def plain_text(text: str, limit: int) -> Block:
    """A text without marks."""
    return {"type": "plain_text", "text": words(text, limit), "emoji": False}


def button(action_id: str, text: str, *, value: str = "", style: str = "") -> Block:
    """A button. `style` is primary or danger; a `value` that is too long is none."""
    made: dict[str, object] = {
        "type": "button",
        "action_id": action_id[:ID],
        "text": plain_text(text, BUTTON),
    }
    if value and size(value) <= VALUE:
        made["value"] = value
    return made | ({"style": style} if style else {})


def static_select(action_id: str, placeholder: str, groups: Sequence[tuple[str, Sequence[Option]]]) -> Block:
    """A menu of (text, value) under headings; a group without options is left out."""
    return {
        "type": "static_select",
        "action_id": action_id[:ID],
        "placeholder": plain_text(placeholder, PLACEHOLDER),
        "option_groups": [
            {"label": plain_text(heading, OPTION), "options": [option(*one) for one in options[:OPTIONS]]}
            for heading, options in groups[:GROUPS]
            if options
        ],
    }


def option(text: str, value: str) -> Block:
    """An entry of a menu."""
    return {"text": plain_text(text, OPTION), "value": value[:OPTION_VALUE] or NOTHING}


def _mrkdwn(marked: str, limit: int) -> Block:
    """Slack is to link nothing by itself: `verbatim`. A text that is too long would end in half a mark."""
    return {"type": "mrkdwn", "text": marked if 0 < size(marked) <= limit else NOTHING, "verbatim": True}


def _named(block_id: str) -> dict[str, str]:
    return {"block_id": block_id[:ID]} if block_id else {}


# ------------------------------------------------------------------ rich text


def rich_text(*parts: Block) -> Block:
    """Paragraphs and quotes, in which nothing has to be escaped and nobody can be mentioned by a text.

    https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
    """
    return {"type": "rich_text", "elements": list(parts)}


def paragraph(*runs: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(runs)}


def quote(*runs: Block) -> Block:
    return {"type": "rich_text_quote", "elements": list(runs)}


BREAK: Block = {"type": "text", "text": "\n"}


def run(text: str, limit: int = RUN, *, strong: bool = False) -> Block:
    """A run of words, spaces at its ends kept."""
    inner = words(text, limit - 2, "") or " " * bool(text)
    before, after = " " * text[:1].isspace(), " " * text[-1:].isspace()
    made = f"{before}{inner}{after}" if inner.strip() else inner
    return _styled({"type": "text", "text": made or NOTHING}, strong=strong)


def anchor(url: str, text: str, limit: int = RUN, *, strong: bool = False) -> Block:
    """A run that is a link; plain where the address is none that is safe to follow."""
    address = web_link(url)
    if not address:
        return run(text, limit, strong=strong)
    return _styled({"type": "link", "url": address, "text": words(text, limit)}, strong=strong)


def dated(when: datetime, otherwise: str) -> Block:
    """A moment in each reader's own zone.

    https://docs.slack.dev/reference/block-kit/block-elements/date-element
    """
    stamp = int(when.timestamp())
    return {"type": "date", "timestamp": stamp, "format": DATE, "fallback": words(otherwise, 60)}


def _styled(made: dict[str, object], *, strong: bool) -> Block:
    return made | ({"style": {"bold": True}} if strong else {})
