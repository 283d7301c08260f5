"""Messages as Slack would show them -> one HTML page that needs no network.

It draws the pieces of Block Kit that `blockkit.py` makes, in a channel and on a phone, light and dark,
and the Home tab and modals.
Nothing of a message is trusted: all is escaped, and only http(s) links are links. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from monitor import examples as invented
from monitor.links import web_link
from monitor.message import Composed, compose, plain
from monitor.model import Alert
from monitor.outbox import Delivery, Destination, State

# What Slack reads in `mrkdwn`, of what we write: https://docs.slack.dev/messaging/formatting-message-text
_MARKS = re.compile(
    r"<!date\^(?P<stamp>\d{1,11})\^[^|>]*\|[^>]*>"
    r"|<(?P<url>https?://[^|>\s]+)(?:\|(?P<label>[^>]*))?>"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|`(?P<code>[^`\n]+)`"
)


# Where the web desk would be: the page only shows what the link looks like.
WEB = "http://localhost:8080"


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with a caption. `reply`: it stands in a thread, and `aloud` in the channel too."""

    caption: str
    message: Composed
    at: datetime
    reply: bool = False
    aloud: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one look."""

    text: str
    bold: bool = False
    url: str = ""
    code: bool = False


def examples(now: datetime) -> list[Shown]:
    """One invented message of every kind."""
    found = [_drawn(caption, delivery) for caption, delivery in invented.examples(now)]
    caption, first = invented.examples(now)[0]
    return [*found, Shown(f"{caption}, where Slack refuses blocks", plain(first), first.due)]


def latest(alerts: Sequence[Alert]) -> list[Shown]:
    """Alerts as stored, the newest first -> as they stand in a channel, what opens a thread before what
    follows in it."""
    threads: set[str] = set()
    shown = []
    for alert in reversed(alerts):
        parent = "preview" if alert.thread in threads else ""
        threads.add(alert.thread)
        to = Destination("slack", "#signals")
        delivery = Delivery(alert.id, alert, to, State.PENDING, 0, alert.created, parent=parent)
        shown.append(_drawn(f"{alert.created:%a} {alert.created.day} {alert.created:%b}", delivery))
    return shown


def _drawn(caption: str, delivery: Delivery) -> Shown:
    message = compose(delivery, web=WEB)
    return Shown(caption, message, delivery.due, reply=bool(delivery.parent), aloud=delivery.aloud)


def page(
    shown: Sequence[Shown], zone: str = "UTC", views: Sequence[tuple[str, Mapping[str, Any]]] = ()
) -> str:
    """The page; times as a reader in this zone sees them. `views`: modals and Home tabs, each with a
    caption."""
    made = _templates().get_template("preview.html")
    return made.render(
        shown=shown,
        views=views,
        marks=lambda text: list(marks(text, zone)),
        clock=_clock(zone),
        web=web_link,
    )


def marks(text: str, zone: str = "UTC") -> Iterator[Run]:
    """A text in Slack's marks as runs."""
    end = 0
    for found in _MARKS.finditer(text):
        if found.start() > end:
            yield Run(_unescaped(text[end : found.start()]))
        end = found.end()
        yield _run(found, zone)
    if end < len(text):
        yield Run(_unescaped(text[end:]))


def _run(found: re.Match[str], zone: str) -> Run:
    if found["stamp"]:
        return Run(when(int(found["stamp"]), zone))
    if found["url"]:
        url = _unescaped(found["url"])
        return Run(_unescaped(found["label"] or "") or url, url=web_link(url))
    if found["code"]:
        return Run(_unescaped(found["code"]), code=True)
    return Run(_unescaped(found["bold"]), bold=True)


def when(stamp: int, zone: str = "UTC") -> str:
    """A moment as Slack writes it for a reader: Nov 24, 2026 2:05 PM."""
    local = datetime.fromtimestamp(stamp, UTC).astimezone(ZoneInfo(zone))
    return f"{local:%b} {local.day}, {local.year} {_hour(local)}"


def _clock(zone: str) -> object:
    def clock(value: datetime | int) -> str:
        if isinstance(value, datetime):
            return _hour(value.astimezone(ZoneInfo(zone)))
        return when(value, zone)

    return clock


def _hour(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M} {local:%p}"


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("monitor", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
