"""Is Slack set up? Tokens, scopes, channels and editors, each with what to do. Nothing is posted.

settings, addresses -> findings
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from monitor.channels.settings import SlackSettings
from monitor.errors import MonitorError
from monitor.finding import Finding, note, ok, wrong
from monitor.text import shorten

TIMEOUT_SECONDS = 10
APPS = "https://api.slack.com/apps"
# Each scope of deploy/slack-manifest.yaml, and what is amiss without it.
SCOPES = {
    "chat:write": "nothing can be posted",
    "commands": "/signals is not known to Slack",
    "channels:read": "channels cannot be found by their names",
    "groups:read": "private channels cannot be found by their names",
    "channels:history": "after a lost answer it cannot be seen whether a message arrived",
    "groups:history": "after a lost answer it cannot be seen whether a message arrived in a private channel",
}
# What only those need who press and ask.
_TALKING = {"commands"}
# The scope that lists each type of channel (https://docs.slack.dev/reference/methods/conversations.list).
_TYPES = {"channels:read": "public_channel", "groups:read": "private_channel"}
# https://docs.slack.dev/authentication/tokens
_BOT, _APP = "xoxb-", "xapp-"
# What the app-level token needs (https://docs.slack.dev/reference/scopes/connections.write).
_CONNECT = "connections:write"
_KINDS = {
    _BOT: "a bot token",
    _APP: "an app-level token",
    "xoxp-": "a user token",
    "xoxe": "a token that expires or configures apps",
}
_PLACES = {
    _BOT: f"{APPS}, OAuth & Permissions, Bot User OAuth Token",
    _APP: f"{APPS}, Basic Information, App-Level Tokens (scope {_CONNECT})",
}
_REMEDIES = {
    "invalid_auth": "copy the token again",
    "not_authed": "copy the token again",
    "account_inactive": "the app was removed: install it again",
    "token_revoked": "make a new token",
    "token_expired": "turn token rotation off in the app, and make a new token",
    "not_allowed_token_type": "that is another kind of token",
    "ratelimited": "try again in a minute",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as Slack lists it; `name` is without the #."""

    id: str
    name: str
    member: bool
    archived: bool


def check(settings: SlackSettings, addresses: Collection[str]) -> Iterator[Finding]:
    """Ask Slack, and say of everything that is needed whether it is there. Never raises.

    `addresses` are those of all destinations, each "#name" or an id.
    """
    yield from _posting(settings, addresses)
    yield from _talking(settings)


# ------------------------------------------------------------------ asking Slack


def _posting(settings: SlackSettings, addresses: Collection[str]) -> Iterator[Finding]:
    if amiss := misplaced("slack.token", settings.token, _BOT):
        yield amiss
        return
    client = _client(settings, settings.token)
    try:
        headers, who = _ask(client, "auth.test")
        bot = shorten(str(who.get("user")), 80)
        yield ok("slack", shorten(f"@{bot} in {who.get('team')} ({who.get('url')})", 300))
        given = granted(headers)
        yield from scopes(given, talking=bool(settings.app_token.get_secret_value()))
        types = [kind for scope, kind in _TYPES.items() if given is None or scope in given]
        if types:
            yield from channels(addresses, _places(client, ",".join(types), addresses), bot)
    except MonitorError as error:
        yield wrong("slack", str(error))


def _places(client: WebClient, types: str, wanted: Collection[str]) -> dict[str, Place]:
    """Channels by "#name" and by id: page after page, until those that are wanted were seen."""
    found: dict[str, Place] = {}
    cursor = ""
    while True:
        _, page = _ask(client, "conversations.list", types=types, limit=999, cursor=cursor)
        for channel in page.get("channels", []):
            place = Place(
                str(channel.get("id")),
                str(channel.get("name", "")),
                bool(channel.get("is_member")),
                bool(channel.get("is_archived")),
            )
            found |= {place.id: place, f"#{place.name}": place}
        cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
        if not cursor or found.keys() >= set(wanted):
            return found


def _talking(settings: SlackSettings) -> Iterator[Finding]:
    subject = "slack.app_token"
    if not settings.app_token.get_secret_value():
        yield note(
            subject, f"buttons, /signals and the Home tab do nothing without slack.app_token: {_PLACES[_APP]}"
        )
        return
    yield misplaced(subject, settings.app_token, _APP) or _connection(settings, subject)
    yield from editors(settings.editors)


def _connection(settings: SlackSettings, subject: str) -> Finding:
    try:
        # The address that it answers is good for one connection, and expires by itself.
        _ask(_client(settings, settings.app_token), "apps.connections.open")
    except MonitorError as error:
        return wrong(subject, str(error))
    return ok(subject, "buttons, /signals and the Home tab are answered while the daemon runs")


def _client(settings: SlackSettings, token: SecretStr) -> WebClient:
    return WebClient(
        token=token.get_secret_value(),
        base_url=settings.api_url.rstrip("/") + "/",
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[],
    )


def _ask(client: WebClient, method: str, **arguments: Any) -> tuple[Mapping[str, str], dict[str, Any]]:
    """Headers and body of Slack's answer. Raises MonitorError with the remedy."""
    try:
        answer = client.api_call(method, params={k: v for k, v in arguments.items() if v != ""})
        return answer.headers, answer.data if isinstance(answer.data, dict) else {}
    except SlackApiError as error:
        data = error.response.data if isinstance(error.response.data, dict) else {}
        code = "ratelimited" if error.response.status_code == 429 else str(data.get("error", ""))
        if needed := data.get("needed"):
            raise MonitorError(_missing(shorten(str(needed), 80))) from None
        remedy = _REMEDIES.get(code, f"see https://docs.slack.dev/reference/methods/{method}")
        raise MonitorError(f"Slack refuses: {shorten(code, 80)} ({remedy})") from None
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        kind = type(error).__name__
        raise MonitorError(f"Slack cannot be reached ({kind}): check the network and slack.api_url") from None


# ------------------------------------------------------------------ judging the answers


def misplaced(setting: str, token: SecretStr, wanted: str) -> Finding | None:
    """Whether a token is of another kind than its setting asks for, and where the right one is."""
    text = token.get_secret_value()
    if text != text.strip():
        return wrong(setting, "has spaces or a line break at an end: take them off")
    kind = next((kind for kind in _KINDS if text.startswith(kind)), "")
    if kind == wanted:
        return None
    what = f"is {_KINDS[kind]} ({kind}...)" if kind else f"is not {_KINDS[wanted]}"
    return wrong(setting, f"{what}: copy the one that begins with {wanted} from {_PLACES[wanted]}")


def granted(headers: Mapping[str, str]) -> set[str] | None:
    """The scopes of a token, from the headers of any answer; None where they do not say."""
    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    return None if said is None else {scope.strip() for scope in said.split(",") if scope.strip()}


def scopes(given: set[str] | None, *, talking: bool) -> Iterator[Finding]:
    """Which scopes the app lacks. Where nobody can talk back, those for talking are not missed."""
    if given is None:
        yield note("slack", "Slack does not say which scopes the app has: what lacks one will say so")
        return
    lacking = [scope for scope in SCOPES if scope not in given and (talking or scope not in _TALKING)]
    for scope in lacking:
        yield wrong("slack", _missing(scope))
    if not lacking:
        yield ok("slack", "the app has every scope that it needs")


def _missing(scope: str) -> str:
    if scope == _CONNECT:
        return f"the token lacks the scope {scope}: generate another at {_PLACES[_APP]}"
    so = f", so that {SCOPES[scope]}" if scope in SCOPES else ""
    where = "OAuth & Permissions, Bot Token Scopes, and press Reinstall to Workspace"
    return f"the scope {scope} is missing{so}: add it at {APPS}, {where}"


def channels(addresses: Iterable[str], known: Mapping[str, Place], bot: str) -> Iterator[Finding]:
    """Whether the app can post to each address; `known` are the channels by "#name" and by id."""
    for address in addresses:
        subject, place = f"slack:{address}", known.get(address)
        if place is None:
            yield wrong(subject, _unknown(address, known, bot))
        elif place.archived:
            yield wrong(subject, "the channel is archived: unarchive it, or send elsewhere")
        elif not place.member:
            yield wrong(subject, f"the app is not in the channel: write there /invite @{bot}")
        else:
            yield ok(subject, "the app is in the channel")


def _unknown(address: str, known: Mapping[str, Place], bot: str) -> str:
    names = [name for name, place in known.items() if name.startswith("#") and not place.archived]
    near = difflib.get_close_matches(address.lower(), names, 1, 0.6)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"Slack shows no such channel: {hint}A private one is shown once you write there /invite @{bot}"


def editors(ids: Collection[str]) -> Iterator[Finding]:
    """Who may change watchlists from Slack, and what of it is not the id of a member."""
    subject, copy = "slack.editors", "in Slack: your profile, More, Copy member ID"
    if not ids:
        detail = f"nobody may edit watchlists from Slack: add your member id to slack.editors ({copy})"
        yield note(subject, detail)
    for name in ids:
        if name != "*" and not re.fullmatch(r"[UW][A-Z0-9]+", name):
            yield wrong(subject, f"'{shorten(name, 80)}' is not a member id such as U012AB3CD ({copy})")
    if "*" in ids:
        yield note(subject, "everybody who can press a button may edit watchlists")
