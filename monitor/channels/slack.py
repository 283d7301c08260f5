"""Slack, through slack-sdk: one message per alert, told once.

Slack has no idempotency key, so each message carries our delivery's id in its metadata, and
after any unclear end the channel's history is read for it before anything is posted again. The
client's default of retrying a lost reply would post twice; it gets no retry handler at all, and
a 429 is rescheduled rather than slept through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from monitor import message
from monitor.channels import PARKED
from monitor.channels.settings import SlackSettings
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.message import Composed
from monitor.outbox import Delivery, Receipt
from monitor.text import shorten

TIMEOUT_SECONDS = 10
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
# The blocks are not as Slack wants them; the thread is not there. Either is a definite no.
_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "block_mismatch"}
_NO_THREAD = {"thread_not_found", "message_not_found", "cannot_reply_to_message"}
# Of the methods used here, those that take no JSON (https://docs.slack.dev/apis/web-api#methods-supporting-json).
_NO_JSON = {"conversations.list", "conversations.history", "conversations.replies"}
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
    """Posts alerts with chat.postMessage; about one a second per channel is allowed.

    `timeout` in seconds holds for each step of a call, and a call has several (connecting, sending,
    the answer); `margin` is what a request may take on its way besides.
    """

    name = "slack"
    pace = timedelta(seconds=1.1)
    threads = True

    def __init__(
        self, settings: SlackSettings, *, web: str = "", timeout: float = TIMEOUT_SECONDS, margin: float = 10
    ) -> None:
        self._client = WebClient(
            token=settings.token.get_secret_value(),
            base_url=settings.api_url.rstrip("/") + "/",
            timeout=timeout,  # type: ignore[arg-type]  # whatever urllib takes
            retry_handlers=[],
        )
        self._web = web
        self.settle = timedelta(seconds=2 * timeout + margin)
        self._channels: dict[str, str] = {}
        self._left_at: dict[tuple[str, str, str], str] = {}

    # -------------------------------------------------------------- sending

    def send(self, delivery: Delivery) -> Receipt:
        try:
            return self._post(delivery, message.compose(delivery, web=self._web))
        except DeliveryFailed as error:
            if error.code not in _BLOCKS:
                raise
            receipt = self._post(delivery, message.plain(delivery))
            return replace(receipt, note=f"told as plain text: {error}")

    def _post(self, delivery: Delivery, composed: Composed) -> Receipt:
        """Post it, into its thread if it has one. Slack posts an answer to what is gone at the top level
        and says ok (slack-go#1571), or says that there is no such thread."""
        channel, _, parent = delivery.parent.rpartition(":")
        arguments = {
            "text": composed.text,
            "blocks": composed.blocks,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": delivery.id}},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        threaded = {"thread_ts": parent, "reply_broadcast": delivery.aloud} if parent else {}
        to = channel or delivery.destination.address
        try:
            answer = self._call("chat.postMessage", delivery, channel=to, **arguments, **threaded)
        except DeliveryFailed as error:
            if error.code not in _NO_THREAD or not parent:
                raise
            answer = self._call("chat.postMessage", delivery, channel=to, **arguments)
        with _understood(delivery):
            return _receipt(answer["channel"], answer["message"] | {"ts": answer["ts"]}, parent)

    def update(self, delivery: Delivery) -> None:
        """Draw the message anew. Text without blocks would delete them, so both are given."""
        channel, _, ts = delivery.receipt.rpartition(":")
        composed = message.compose(delivery, web=self._web)
        try:
            self._call(
                "chat.update", delivery, channel=channel, ts=ts, text=composed.text, blocks=composed.blocks
            )
        except DeliveryFailed as error:
            if error.code not in _BLOCKS:
                raise
            composed = message.plain(delivery)
            self._call("chat.update", delivery, channel=channel, ts=ts, text=composed.text)

    # -------------------------------------------------------------- looking for it

    def find(self, delivery: Delivery) -> Receipt | None:
        """Read what was posted since the attempt for this delivery's id: its thread, then the channel."""
        since = f"{((delivery.attempted or delivery.due) - SKEW).timestamp():.6f}"
        place, _, parent = delivery.parent.rpartition(":")
        channel = place or self._channel_id(delivery)
        if parent:
            try:
                found = self._read("conversations.replies", delivery, channel, since, ts=parent)
            except DeliveryFailed as error:
                if error.code not in _NO_THREAD:
                    raise
                found = None
            if found:
                return found
        return self._read("conversations.history", delivery, channel, since)

    def _read(self, method: str, delivery: Delivery, channel: str, since: str, **more: str) -> Receipt | None:
        """Read page by page. One that is refused for now is where the next look-up goes on: at one page a
        minute (https://docs.slack.dev/apis/web-api/rate-limits) it would never get beyond the first."""
        reading = (method, delivery.id, since)
        cursor = self._left_at.pop(reading, "")
        while True:
            try:
                page = self._call(
                    method,
                    delivery,
                    channel=channel,
                    oldest=since,
                    limit=200,
                    cursor=cursor,
                    include_all_metadata=True,
                    **more,
                )
            except DeliveryFailed as error:
                if error.retryable:
                    self._left_at[reading] = cursor
                raise
            with _understood(delivery):
                for posted in page["messages"]:
                    if posted.get("metadata", {}).get("event_payload", {}).get("key") == delivery.id:
                        return _receipt(channel, posted, delivery.parent.rpartition(":")[2])
                cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return None

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
            if method in _NO_JSON:
                return self._client.api_call(method, params=_without_empty(arguments)).data
            return self._client.api_call(method, json=_without_empty(arguments)).data
        except SlackApiError as error:
            raise _refused(error, method, subject) from None
        except (SlackClientError, HTTPException, OSError, ValueError, LookupError) as error:
            message = f"no clear answer from Slack ({type(error).__name__})"
            raise DeliveryUnknown(message, subject=subject) from None


@contextmanager
def _understood(delivery: Delivery) -> Iterator[None]:
    """A yes that lacks what Slack always says is no clear answer: the message may stand there."""
    try:
        yield
    except (LookupError, TypeError, AttributeError):
        raise DeliveryUnknown("Slack's answer lacks a part", subject=str(delivery.destination)) from None


def _without_empty(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value not in ("", ())}


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
    parks = code in _TOKEN or (code in _PLACE and method == "chat.postMessage")
    return DeliveryFailed(
        message, subject=subject, retry_after=PARKED if parks else None, parks=parks, code=code
    )


def _receipt(channel: str, posted: Mapping[str, Any], parent: str) -> Receipt:
    """Where a message stands, and whether that is where it was to stand."""
    alone = bool(parent) and posted.get("thread_ts") != parent
    return Receipt(f"{channel}:{posted['ts']}", alone=alone)
