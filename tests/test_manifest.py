"""The Slack app's manifest: within what Slack takes, and with the scopes that the code needs, no more."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML
from slack_sdk import WebClient

from monitor.channels.slack_check import SCOPES
from tests.conftest import ROOT

FILE = ROOT / "deploy/slack-manifest.yaml"
SCHEMA = json.loads((ROOT / "tests/data/slack_manifest.schema.json").read_text("utf-8"))

# The scopes of a bot that each method wants: https://docs.slack.dev/reference/methods/<method>, "Scopes".
# Only for the types of conversation that we use, public and private channels.
NO_SCOPES: frozenset[str] = frozenset()
READ, HISTORY = frozenset({"channels:read", "groups:read"}), frozenset({"channels:history", "groups:history"})
METHODS = {
    "auth.test": NO_SCOPES,
    "apps.connections.open": NO_SCOPES,  # of the bot; the app-level token has connections:write
    "chat.getPermalink": NO_SCOPES,
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": HISTORY,
    "conversations.info": READ,
    "conversations.list": READ,
    "conversations.replies": HISTORY,
    "users.info": frozenset({"users:read"}),
    "views.open": NO_SCOPES,
    "views.publish": NO_SCOPES,
    "views.push": NO_SCOPES,
    "views.update": NO_SCOPES,
}
# Every method that the SDK knows, by the name of its function.
KNOWN = {name: name.replace("_", ".") for name in dir(WebClient) if "_" in name.strip("_")}


def manifest() -> dict[str, Any]:
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return read


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """The manifest with another value at one place."""
    made = manifest()
    inner: Any = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return made


def complaints(document: dict[str, Any]) -> set[tuple[str | int, ...]]:
    """The places with which the schema does not agree."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return {tuple(error.absolute_path) for error in validator.iter_errors(document)}


def called() -> set[str]:
    """The methods that the code of the channel names, as strings or as functions of the SDK."""
    found = set()
    for path in (ROOT / "monitor/channels").glob("slack*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in KNOWN.values():
                found.add(str(node.value))
            elif isinstance(node, ast.Attribute) and node.attr in KNOWN:
                found.add(KNOWN[node.attr])
    return found - {"api.call"}


# ------------------------------------------------------------------ what Slack takes


def test_slack_takes_the_manifest() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert complaints(manifest()) == set()


NAME, TEXT = ("display_information", "name"), ("display_information", "description")
LONG, COLOUR = ("display_information", "long_description"), ("display_information", "background_color")
BOT = ("features", "bot_user", "display_name")
COMMANDS, SLASH = ("features", "slash_commands"), ("features", "slash_commands", 0)
BOT_SCOPES = ("oauth_config", "scopes", "bot")
EVENTS = ("settings", "event_subscriptions", "bot_events")
A_COMMAND = {"command": "/x", "description": "x"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (NAME, "x" * 35),
        (TEXT, "x" * 140),
        (LONG, "x" * 175),
        (LONG, "x" * 4000),
        (COLOUR, "#0aF"),
        (BOT, "x" * 80),
        (COMMANDS, [A_COMMAND] * 50),
        ((*SLASH, "command"), "/" + "x" * 31),
        ((*SLASH, "description"), "x" * 2000),
        ((*SLASH, "usage_hint"), "x" * 1000),
        (BOT_SCOPES, [f"a:{'b' * n}" for n in range(1, 49)]),
        (EVENTS, [f"event_{n}" for n in range(100)]),
    ],
)
def test_what_is_just_within_a_limit_is_taken(path: tuple[str | int, ...], value: object) -> None:
    assert complaints(changed(path, value)) == set()


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("_metadata", "major_version"), 1, ("_metadata", "major_version")),
        (NAME, "", NAME),
        (NAME, "x" * 36, NAME),
        (TEXT, "x" * 141, TEXT),
        (LONG, "x" * 174, LONG),
        (LONG, "x" * 4001, LONG),
        (COLOUR, "navy", COLOUR),
        (BOT, "x" * 81, BOT),
        (COMMANDS, [A_COMMAND] * 51, COMMANDS),
        (COMMANDS, [], COMMANDS),
        (SLASH, {"command": "/signals"}, SLASH),
        ((*SLASH, "command"), "/", (*SLASH, "command")),
        ((*SLASH, "command"), "signals", (*SLASH, "command")),
        ((*SLASH, "command"), "/" + "x" * 32, (*SLASH, "command")),
        ((*SLASH, "description"), "x" * 2001, (*SLASH, "description")),
        ((*SLASH, "usage_hint"), "x" * 1001, (*SLASH, "usage_hint")),
        (BOT_SCOPES, [f"a:{'b' * (n % 40 + 1)}.{'c' * (n // 40 + 1)}" for n in range(256)], BOT_SCOPES),
        (BOT_SCOPES, ["chat:write", "chat:write"], BOT_SCOPES),
        (BOT_SCOPES, ["chat write"], (*BOT_SCOPES, 0)),
        (BOT_SCOPES, ["a:" + "b" * 49], (*BOT_SCOPES, 0)),
        (EVENTS, [f"event_{n}" for n in range(101)], EVENTS),
        (("settings", "interactivity"), {}, ("settings", "interactivity")),
        (("settings", "socket_mode_enabled"), False, ("settings", "socket_mode_enabled")),
        (("settings", "socket_mode_enabled"), "yes", ("settings", "socket_mode_enabled")),
        (("display_information", "nmae"), "x", ("display_information",)),
        (("features", "home"), {}, ("features",)),
        (("oauth_config", "scopes", "bots"), [], ("oauth_config", "scopes")),
        (("settings", "socket_mode"), True, ("settings",)),
        (("feature",), {}, ()),
    ],
)
def test_every_breach_of_a_limit_is_refused(
    path: tuple[str | int, ...], value: object, place: tuple[str | int, ...]
) -> None:
    assert complaints(changed(path, value)) == {place}


@pytest.mark.parametrize(("whole", "key"), [("display_information", "name"), ("_metadata", "major_version")])
def test_what_slack_wants_must_be_there(whole: str, key: str) -> None:
    made = copy.deepcopy(manifest())
    del made[whole][key]
    assert complaints(made) == {(whole,)}


# ------------------------------------------------------------------ what we need


def settings_of(made: dict[str, Any]) -> Iterator[tuple[str, object]]:
    settings, home = made["settings"], made["features"]["app_home"]
    yield from ((name, settings[name]) for name in settings if name.endswith("_enabled"))
    yield from home.items()
    yield "interactivity", settings["interactivity"]["is_enabled"]
    yield "events", settings["event_subscriptions"]["bot_events"]


def test_the_app_is_set_up_for_talking_without_a_public_address() -> None:
    assert dict(settings_of(manifest())) == {
        "socket_mode_enabled": True,
        "org_deploy_enabled": False,
        "token_rotation_enabled": False,
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
        "interactivity": True,
        "events": ["app_home_opened"],
    }
    assert [command["command"] for command in manifest()["features"]["slash_commands"]] == ["/signals"]


def test_every_method_that_is_called_is_in_the_table() -> None:
    assert called() >= {"auth.test", "chat.postMessage", "conversations.history", "conversations.list"}
    assert called() <= set(METHODS), "look up its scopes in docs.slack.dev and add it"


def test_the_scopes_are_those_of_the_methods_called_and_no_others() -> None:
    asked = manifest()["oauth_config"]["scopes"]["bot"]
    assert set(asked) == frozenset({"commands"}).union(*(METHODS[method] for method in called()))
    assert asked == list(SCOPES), "and monitor doctor knows each, in the same order"


def test_the_hint_of_the_command_names_what_the_docs_explain() -> None:
    (command,) = manifest()["features"]["slash_commands"]
    hinted = [word.split()[0] for word in command["usage_hint"].strip("[]").split("|")]
    docs = (ROOT / "docs/slack.md").read_text("utf-8")
    assert sorted(hinted) == sorted(re.findall(r"^\| `/signals (\w+)", docs, re.MULTILINE))
