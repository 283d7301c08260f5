"""The pieces of Block Kit that answers and views are made of, within Slack's limits and safe to show.

Limits: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/views
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from monitor.text import clean, shorten

Piece = dict[str, Any]

SECTION, CONTEXT, HEADER, LABEL, INPUT, OPTION = 3000, 2000, 150, 2000, 3000, 75
BUTTON, TITLE = 75, 24
MESSAGE_BLOCKS, VIEW_BLOCKS, OPTIONS = 50, 100, 100
MAX_LINK = 1000


def escape(text: str) -> str:
    """What Slack asks to be escaped, in this order, and nothing else.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def said(text: str, limit: int = 300) -> str:
    """Somebody else's words as text that is nothing but text: at most `limit` characters once escaped.

    A bare address in it is broken by a space of no width, or Slack would make a link of it.
    """
    plain = " ".join(clean(text).split()).replace("|", "¦").replace("://", ":\u200b//")
    while len(escape(plain)) > limit:
        plain = shorten(plain, max(1, len(plain) - (len(escape(plain)) - limit)))
    return escape(plain)


def link(url: str, text: str, limit: int = 150) -> str:
    """A link with a label; the label alone where the address is none for a browser, or is monstrous."""
    label = said(text, limit) or "(no title)"
    whole = quote(url, safe="%/:=&?~#+!$,;'@()*[]")
    if urlsplit(url).scheme not in ("http", "https") or len(escape(whole)) > MAX_LINK:
        return label
    return f"<{escape(whole)}|{label}>"


# ------------------------------------------------------------------ blocks


def plain(text: str, limit: int) -> Piece:
    """Text in which nothing is markup."""
    return {"type": "plain_text", "text": shorten(" ".join(clean(text).split()), limit) or "-"}


def markdown(text: str) -> Piece:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Piece:
    return {"type": "section", "text": markdown(text)}


def note(text: str) -> Piece:
    """Small grey text."""
    return {"type": "context", "elements": [markdown(text)]}


def header(text: str) -> Piece:
    return {"type": "header", "text": plain(text, HEADER)}


def divider() -> Piece:
    return {"type": "divider"}


def button(label: str, action: str, value: str = "", style: str = "") -> Piece:
    made: Piece = {"type": "button", "text": plain(label, BUTTON), "action_id": action}
    return made | ({"value": value} if value else {}) | ({"style": style} if style else {})


def actions(block: str, *elements: Piece) -> Piece:
    return {"type": "actions", "block_id": block, "elements": list(elements)}


def option(text: str, value: str) -> Piece:
    return {"text": plain(text, OPTION), "value": value}


def sections(lines: Iterable[str], limit: int = SECTION) -> Iterator[Piece]:
    """Lines in as few blocks as hold them; each line fits into one."""
    block = ""
    for line in lines:
        if block and len(block) + 1 + len(line) > limit:
            yield section(block)
            block = ""
        block = f"{block}\n{line}" if block else line
    if block:
        yield section(block)


def fitted(blocks: Sequence[Piece], most: int) -> list[Piece]:
    """At most so many blocks; where there are more, the last says so."""
    if len(blocks) <= most:
        return list(blocks)
    return [*blocks[: most - 1], note(f"and {len(blocks) - most + 1} more")]
