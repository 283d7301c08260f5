"""Slack, through slack-sdk: one message per alert, told once.

Slack has no idempotency key, so each message carries our delivery's id in its metadata, and
after any unclear end the channel's history is read for it before anything is posted again. The
client's default of retrying a lost reply would post twice; it gets no retry handler at all, and
a 429 is rescheduled rather than slept through.
"""

from __future__ import annotations

import re
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from monitor import wording
from monitor.channels import PARKED
from monitor.channels.settings import SlackSettings
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Message, Notice, Receipt
from monitor.text import shorten

TIMEOUT_SECONDS = 10
# https://docs.slack.dev/reference/block-kit/blocks/section-block
SECTION = 3000
EVENT_TYPE = "signal_monitor_alert"
# Our clock and Slack's may differ while we look for what we posted.
SKEW = timedelta(seconds=120)
# Answers after which the message is certainly not there and another attempt may succeed.
_LATER = {
    "ratelimited", "rate_limited", "service_unavailable", "team_added_to_org",
    "message_limit_exceeded",
}  # fmt: skip
# Answers that leave open whether it was posted (https://docs.slack.dev/reference/methods/chat.postMessage).
_OPEN = {"fatal_error", "internal_error", "request_timeout"}
# What stands against us everywhere, and what in one place: either waits until a person mends it.
_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
_PLACE = {"missing_scope", "channel_not_found", "not_in_channel", "is_archived"}
_REMEDIES = {
    "invalid_auth": "check slack.token",
    "not_authed": "set slack.token",
    "account_inactive": "the app was removed: install it again",
    "token_revoked": "make a new token and set slack.token",
    "token_expired": "make a new token and set slack.token",
    "missing_scope": "add the scope to the app and install it again",
    "channel_not_found": "check the name; invite the app if the channel is private",
    "not_in_channel": "invite the app: /invite @Signal Monitor",
    "is_archived": "unarchive the channel or send elsewhere",
}


class Slack:
    """Posts alerts with chat.postMessage; about one a second per channel is allowed."""

    name = "slack"
    pace = timedelta(seconds=1.1)
    settle = timedelta(seconds=TIMEOUT_SECONDS + 5)

    def __init__(self, settings: SlackSettings) -> None:
        self._client = WebClient(
            token=settings.token.get_secret_value(),
            base_url=settings.api_url.rstrip("/") + "/",
            timeout=TIMEOUT_SECONDS,
            retry_handlers=[],
        )
        self._channels: dict[str, str] = {}

    def send(self, delivery: Delivery) -> Receipt:
        answer = self._call(
            "chat.postMessage",
            delivery,
            channel=delivery.destination.address,
            text=fallback(delivery.message),
            blocks=blocks(delivery.message),
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": delivery.id}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return Receipt(f"{answer['channel']}:{answer['ts']}")

    def find(self, delivery: Delivery) -> Receipt | None:
        """Read the history since the attempt for this delivery's id."""
        channel = self._channel_id(delivery)
        since = (delivery.attempted or delivery.due) - SKEW
        cursor = ""
        while True:
            page = self._call(
                "conversations.history",
                delivery,
                channel=channel,
                oldest=f"{since.timestamp():.6f}",
                limit=200,
                cursor=cursor,
                include_all_metadata=True,
            )
            for message in page["messages"]:
                payload = message.get("metadata", {}).get("event_payload", {})
                if payload.get("key") == delivery.id:
                    return Receipt(f"{channel}:{message['ts']}")
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return None

    def update(self, delivery: Delivery) -> None:
        pass

    def _channel_id(self, delivery: Delivery) -> str:
        """history takes ids only; a name is looked up once."""
        address = delivery.destination.address
        if not address.startswith("#"):
            return address
        cursor = ""
        while address not in self._channels:
            page = self._call(
                "conversations.list",
                delivery,
                types="public_channel,private_channel",
                limit=999,
                cursor=cursor,
            )
            self._channels |= {f"#{c['name']}": c["id"] for c in page["channels"] if c.get("name")}
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor and address not in self._channels:
                raise DeliveryFailed(f"Slack knows no channel {address}", subject=str(delivery.destination))
        return self._channels[address]

    def _call(self, method: str, delivery: Delivery, **arguments: Any) -> Any:
        subject = str(delivery.destination)
        try:
            if method == "conversations.list":  # of the methods used here, the one that takes no JSON
                return self._client.api_call(method, params=_without_empty(arguments)).data
            return self._client.api_call(method, json=_without_empty(arguments)).data
        except SlackApiError as error:
            raise _refused(error, method, subject) from None
        except (SlackClientError, HTTPException, OSError, ValueError, LookupError) as error:
            message = f"no clear answer from Slack ({type(error).__name__})"
            raise DeliveryUnknown(message, subject=subject) from None


def _without_empty(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value != ""}


def _refused(error: SlackApiError, method: str, subject: str) -> Exception:
    response = error.response
    data = response.data if isinstance(response.data, dict) else {}
    code = str(data.get("error", ""))
    if response.status_code == 429 or code in _LATER:
        seconds = str(response.headers.get("Retry-After", "")) or "30"
        wait = timedelta(seconds=int(seconds) if seconds.isdigit() else 30)
        return DeliveryFailed(
            f"Slack: {code or 'ratelimited'}", subject=subject, retryable=True, retry_after=wait
        )
    if response.status_code >= 500 or code in _OPEN or not re.fullmatch(r"[a-z_]+", code):
        return DeliveryUnknown(
            f"Slack answered {response.status_code} {shorten(code, 80)}".strip(), subject=subject
        )
    remedy = _REMEDIES.get(code)
    details = f" (needs {data['needed']})" if data.get("needed") else ""
    message = f"Slack: {code}{details}" + (f": {remedy}" if remedy else "")
    if code in _TOKEN or (code in _PLACE and method == "chat.postMessage"):
        return DeliveryFailed(message, subject=subject, retryable=True, retry_after=PARKED)
    return DeliveryFailed(message, subject=subject)


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
