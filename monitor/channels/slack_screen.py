"""What people are shown in Slack: answers, modals and the Home tab, through slack-sdk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from monitor.channels.settings import SlackSettings
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.talk import Block, View

# A person waits: what takes longer is told to have failed.
TIMEOUT_SECONDS = 5
# Where Slack takes answers: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
_HOOKS = ("https://hooks.slack.com", "https://hooks.slack-gov.com")
_TOO_LATE = "that took too long: please try again"
_TOKEN = "make a new token and set slack.token"  # noqa: S105 - a remedy
_REMEDIES = {
    "expired_trigger_id": _TOO_LATE,
    "exchanged_trigger_id": _TOO_LATE,
    "trigger_expired": _TOO_LATE,
    "trigger_exchanged": _TOO_LATE,
    "expired_url": _TOO_LATE,
    "used_url": _TOO_LATE,
    "not_found": "the window was closed: please open it again",
    "not_enabled": "switch on the Home tab in the settings of the app, under App Home",
    "missing_scope": "add the scope to the app and install it again",
    "invalid_auth": "check slack.token",
    "account_inactive": "the app was removed: install it again",
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
}
_PERSONS = {code for code, remedy in _REMEDIES.items() if remedy == _TOO_LATE}
_LATER = {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"}


class Screen:
    """A talk.Screen. Each call is made once: of what may have arrived nothing is shown a second time."""

    def __init__(self, settings: SlackSettings) -> None:
        self._client = WebClient(
            token=settings.token.get_secret_value(),
            base_url=settings.api_url.rstrip("/") + "/",
            timeout=TIMEOUT_SECONDS,
            retry_handlers=[],
        )
        own = urlsplit(settings.api_url)
        places = "|".join(re.escape(place) for place in (*_HOOKS, f"{own.scheme}://{own.netloc}"))
        self._ours = re.compile(rf"(?:{places})/[\w./~%?=&-]*", re.ASCII)

    def reply(self, answer_to: str, text: str, blocks: Sequence[Block] = (), *, public: bool = False) -> None:
        """Only Slack is answered, whatever address came with the question."""
        if not self._ours.fullmatch(answer_to):
            raise DeliveryFailed("the address to answer to is none of Slack's", subject="slack")
        hook = WebhookClient(answer_to, timeout=TIMEOUT_SECONDS, retry_handlers=[])
        body = {
            "text": text,
            "response_type": "in_channel" if public else "ephemeral",
            "replace_original": False,
            **({"blocks": list(blocks)} if blocks else {}),
        }
        try:
            answer = hook.send_dict(body)
        except (SlackClientError, HTTPException, OSError, ValueError) as error:
            raise _unclear(type(error).__name__) from None
        if answer.status_code != 200:
            code = next(iter(re.findall(r"[a-z]+(?:_[a-z]+)+", str(answer.body)[:500])), "")
            raise _refused(code, answer.status_code)

    def open(self, trigger: str, view: View) -> str:
        answer = self._call("views.open", trigger_id=trigger, view=dict(view))
        return str(answer["view"]["id"])

    def show(self, view_id: str, view: View) -> None:
        self._call("views.update", view_id=view_id, view=dict(view))

    def home(self, who: str, view: View) -> None:
        self._call("views.publish", user_id=who, view=dict(view))

    def _call(self, method: str, **arguments: Any) -> Any:
        try:
            return self._client.api_call(method, json=arguments).data
        except SlackApiError as error:
            data = error.response.data if isinstance(error.response.data, dict) else {}
            needs = re.sub(r"[^\w:,.]", "", str(data.get("needed", "")))[:80]
            raise _refused(str(data.get("error", "")), int(error.response.status_code), needs) from None
        except (SlackClientError, HTTPException, OSError, ValueError, LookupError) as error:
            raise _unclear(type(error).__name__) from None


def _unclear(what: str) -> DeliveryUnknown:
    return DeliveryUnknown(f"no clear answer from Slack ({what})", subject="slack")


def _refused(code: str, status: int, needs: str = "") -> DeliveryFailed | DeliveryUnknown:
    """What a refusal means. Those that a person at the screen can mend are retryable."""
    if not re.fullmatch(r"[a-z_]{1,80}", code):
        return _unclear(str(status))
    if status == 429 or code in _LATER:
        return DeliveryFailed(
            f"Slack is busy ({code}): please try again in a minute",
            subject="slack",
            retryable=True,
            retry_after=timedelta(minutes=1),
        )
    if status >= 500 or code in ("fatal_error", "internal_error", "request_timeout"):
        return _unclear(f"{status} {code}")
    if code in _PERSONS:
        return DeliveryFailed(_TOO_LATE, subject="slack", retryable=True)
    remedy = _REMEDIES.get(code, "")
    details = f" (needs {needs})" if needs else ""
    return DeliveryFailed(f"Slack: {code}{details}" + (f": {remedy}" if remedy else ""), subject="slack")
