"""Temporary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from monitor import wording
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Message, Notice
from monitor.text import shorten

SECTION = 3000


@dataclass(frozen=True, slots=True)
class Composed:
    text: str
    blocks: tuple[dict[str, Any], ...] = ()


def compose(delivery: Delivery, *, web: str = "") -> Composed:
    return Composed(fallback(delivery.message), tuple(blocks(delivery.message)))


def plain(delivery: Delivery) -> Composed:
    return Composed(fallback(delivery.message))


# ------------------------------------------------------------------ the message


def escape(text: str) -> str:
    """What Slack asks to be escaped, in this order, and nothing else.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def label(text: str, limit: int) -> str:
    """Text for the label of a link, after escaping at most `limit` characters.

    A bare address in it is broken by a space of no width, or Slack would make a link of it.
    """
    plain = text.replace("|", "¦").replace("://", ":\u200b//")
    while len(escape(plain)) > limit:
        plain = shorten(plain, max(1, len(plain) - (len(escape(plain)) - limit)))
    return escape(plain)


def fallback(message: Message) -> str:
    """The text of the notification."""
    if isinstance(message, Notice | Batch):
        return label(f"Signal Monitor: {message.title}", 500)
    return label(f"{wording.titles(message)}: {message.title} ({wording.reason(message)})", 500)


def blocks(message: Message) -> list[dict[str, Any]]:
    """The message as Block Kit."""
    if isinstance(message, Notice):
        head = f"*{label(message.title, 300)}*"
        # At most MAX_LINES lines and a title, together under SECTION however much escaping adds.
        return [_section("\n".join((head, *(label(line, 200) for line in message.lines))))]
    if isinstance(message, Batch):
        return [
            _section(f"*{label(message.title, 300)}*"),
            *(b for a in message.alerts[:20] for b in _alert(a)),
        ]
    return _alert(message)


def _alert(alert: Alert) -> list[dict[str, Any]]:
    """What, then the words around it, then why and where from."""
    lines = [f"*{label(wording.titles(alert), 150)}* · {label(wording.reason(alert), 100)}", _head(alert)]
    for more in (
        label(wording.facts(alert), 400),
        label(wording.news(alert), 400),
        label(alert.excerpt, 600),
    ):
        if more and len("\n".join((*lines, more))) <= SECTION:
            lines.append(more)
    return [
        _section("\n".join(lines)),
        {
            "type": "context",
            "elements": [
                _markdown(label(wording.origin(alert), 500)),
                _markdown(label(wording.why(alert), 700)),
                _markdown(label("words: " + ", ".join(alert.hits), 500)),
            ],
        },
    ]


def _head(alert: Alert) -> str:
    """The headline, linked; plain where a monstrous link would leave no room for it."""
    link = escape(alert.link)
    room = SECTION - 300 - len(link)
    if not link or room < 100:
        return label(alert.title, 900)
    return f"<{link}|{label(alert.title, min(900, room))}>"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _markdown(text)}


def _markdown(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
