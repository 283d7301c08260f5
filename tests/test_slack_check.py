"""`monitor doctor` on Slack: everything that may be amiss is named, each with what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from monitor.channels.settings import SlackSettings
from monitor.channels.slack_check import SCOPES, Place, channels, check, editors, granted, misplaced, scopes
from monitor.finding import Finding, Verdict
from tests.conftest import ROOT
from tests.desk import SETTINGS, Desk
from tests.fakes import Answer, Web
from tests.standin import ALERTS, ARCHIVED, GENERAL, HIDDEN, NOT_IN, PRIVATE, TOKEN, StandIn

APP_TOKEN = "xapp-sim-app"
KNOWN = {
    f"#{place.name}": place
    for place in (
        Place("C1", "signals", member=True, archived=False),
        Place("C2", "metals", member=False, archived=False),
        Place("C3", "signal-old", member=True, archived=True),
    )
}


def told(found: list[Finding], subject: str) -> list[str]:
    return [f"{finding.verdict} {finding.detail}" for finding in found if finding.subject == subject]


def unwell(found: list[Finding]) -> dict[str, str]:
    return {f.subject: f.detail for f in found if f.verdict == Verdict.WRONG}


# ------------------------------------------------------------------ judged without Slack


@pytest.mark.parametrize(
    ("setting", "wanted", "token", "said"),
    [
        ("slack.token", "xoxb-", "xapp-1-A1-2-s3cret", "is an app-level token (xapp-...)"),
        ("slack.token", "xoxb-", "xoxp-1-s3cret", "is a user token (xoxp-...)"),
        (
            "slack.token",
            "xoxb-",
            "xoxe.xoxb-1-s3cret",
            "is a token that expires or configures apps (xoxe...)",
        ),
        ("slack.token", "xoxb-", "s3cret", "is not a bot token"),
        ("slack.app_token", "xapp-", "xoxb-1-s3cret", "is a bot token (xoxb-...)"),
        ("slack.app_token", "xapp-", "s3cret", "is not an app-level token"),
        ("slack.token", "xoxb-", " xoxb-1-s3cret", "has spaces or a line break at an end"),
        ("slack.app_token", "xapp-", "xapp-1-s3cret\n", "has spaces or a line break at an end"),
    ],
)
def test_a_token_in_the_wrong_place_is_named_and_not_shown(
    setting: str, wanted: str, token: str, said: str
) -> None:
    found = misplaced(setting, SecretStr(token), wanted)
    assert found
    assert (found.verdict, found.subject) == (Verdict.WRONG, setting)
    assert found.detail.startswith(said + ": ")
    assert "s3cret" not in found.detail
    assert wanted in found.detail or "take them off" in found.detail


@pytest.mark.parametrize(("token", "wanted"), [("xoxb-1-s3cret", "xoxb-"), ("xapp-1-A1-2-s3cret", "xapp-")])
def test_a_token_in_its_place_is_fine(token: str, wanted: str) -> None:
    assert misplaced("slack.token", SecretStr(token), wanted) is None


def test_the_scopes_are_read_from_the_header_however_it_is_written() -> None:
    assert granted({"x-oauth-scopes": "chat:write, commands"}) == {"chat:write", "commands"}
    assert granted({"X-OAuth-Scopes": ""}) == set()
    assert granted({"x-accepted-oauth-scopes": "chat:write"}) is None


@pytest.mark.parametrize("lacking", SCOPES)
def test_a_missing_scope_is_named_with_what_fails_and_how_to_add_it(lacking: str) -> None:
    (found,) = scopes(set(SCOPES) - {lacking}, talking=True)
    assert found.verdict == Verdict.WRONG
    assert found.detail == (
        f"the scope {lacking} is missing, so that {SCOPES[lacking]}: add it at https://api.slack.com/apps, "
        "OAuth & Permissions, Bot Token Scopes, and press Reinstall to Workspace"
    )


def test_every_missing_scope_is_named_at_once() -> None:
    assert len(list(scopes(set(), talking=True))) == len(SCOPES)


def test_where_nobody_talks_back_the_scope_of_commands_is_not_missed() -> None:
    (found,) = scopes(set(SCOPES) - {"commands"}, talking=False)
    assert found.verdict == Verdict.OK


def test_scopes_that_slack_does_not_tell_are_not_taken_for_missing() -> None:
    (found,) = scopes(None, talking=True)
    assert found.verdict == Verdict.NOTE


@pytest.mark.parametrize(
    ("address", "verdict", "said"),
    [
        ("#signals", "ok", "the app is in the channel"),
        ("#metals", "WRONG", "the app is not in the channel: write there /invite @monitor"),
        ("#signal-old", "WRONG", "the channel is archived: unarchive it, or send elsewhere"),
        ("#Signal", "WRONG", "Slack shows no such channel: did you mean #signals? "),
        ("signals", "WRONG", "Slack shows no such channel: did you mean #signals? "),
        (
            "#equities",
            "WRONG",
            "Slack shows no such channel: A private one is shown once you write there /invite @monitor",
        ),
        (
            "C0HIDDEN1",
            "WRONG",
            "Slack shows no such channel: A private one is shown once you write there /invite @monitor",
        ),
    ],
)
def test_each_channel_is_judged_by_what_slack_says_of_it(address: str, verdict: str, said: str) -> None:
    (found,) = channels([address], KNOWN, "monitor")
    assert (found.verdict, found.subject) == (verdict, f"slack:{address}")
    assert found.detail.startswith(said)


@pytest.mark.parametrize(
    ("ids", "verdicts"),
    [
        ((), ["note"]),
        (("U012AB3CD", "W012AB3CD"), []),
        (("*",), ["note"]),
        (("@ann", "U012AB3CD", "ann@example.com"), ["WRONG", "WRONG"]),
    ],
)
def test_who_may_edit_is_a_list_of_member_ids(ids: tuple[str, ...], verdicts: list[str]) -> None:
    found = list(editors(ids))
    assert [finding.verdict.value for finding in found] == verdicts
    assert all("member id" in f.detail or "everybody" in f.detail for f in found)


def test_a_slack_that_is_not_there_is_said_once_for_each_token() -> None:
    settings = {"token": "xoxb-1", "app_token": "xapp-1", "api_url": "http://127.0.0.1:1/api/"}
    found = list(check(SlackSettings.model_validate(settings), [GENERAL]))
    said = "Slack cannot be reached (URLError): check the network and slack.api_url"
    assert unwell(found) == {"slack": said, "slack.app_token": said}


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"ok": false}', b'{"ok": true, "channels": []}', b""])
def test_an_answer_that_is_not_slacks_never_breaks_the_check(body: bytes) -> None:
    def strange(path: str, headers: dict[str, str]) -> Answer:
        return 200, {}, body

    with Web(strange) as web:
        settings = {"token": "xoxb-1", "app_token": "xapp-1", "api_url": f"{web.base}/api/"}
        assert unwell(list(check(SlackSettings.model_validate(settings), ["#signals"])))


def test_a_token_of_the_wrong_kind_is_shown_to_nobody() -> None:
    with Web(lambda path, headers: (200, {}, b'{"ok": true}')) as web:
        settings = {
            "token": "xapp-1",
            "app_token": "xoxb-1",
            "api_url": f"{web.base}/api/",
            "editors": ["@ann"],
        }
        found = list(check(SlackSettings.model_validate(settings), ["#signals"]))
    assert web.asked == []
    assert set(unwell(found)) == {"slack.token", "slack.app_token", "slack.editors"}


# ------------------------------------------------------------------ at the stand-in


def test_all_in_order_is_said_thing_by_thing(shared: Path, tmp_path: Path) -> None:
    with StandIn(shared, tmp_path / "slack.jsonl") as slack:
        settings = slack.settings(app_token=APP_TOKEN).model_copy(update={"editors": ("U0ALICE01",)})
        found = list(check(settings, [GENERAL, "#alerts", PRIVATE, "#private-member"]))
    assert {finding.verdict for finding in found} == {Verdict.OK}
    assert told(found, "slack") == [
        "ok @simbot in Sim Co (https://simco.slack.com/)",
        "ok the app has every scope that it needs",
    ]
    assert told(found, "slack.app_token")
    assert [f.subject for f in found if f.subject.startswith("slack:")] == [
        f"slack:{address}" for address in (GENERAL, "#alerts", PRIVATE, "#private-member")
    ]


def test_each_channel_that_cannot_be_posted_to_is_named(shared: Path, tmp_path: Path) -> None:
    with StandIn(shared, tmp_path / "slack.jsonl") as slack:
        found = list(check(slack.settings(), [GENERAL, NOT_IN, ARCHIVED, HIDDEN, "#alert"]))
    assert unwell(found) == {
        f"slack:{NOT_IN}": "the app is not in the channel: write there /invite @simbot",
        f"slack:{ARCHIVED}": "the channel is archived: unarchive it, or send elsewhere",
        f"slack:{HIDDEN}": (
            "Slack shows no such channel: A private one is shown once you write there /invite @simbot"
        ),
        "slack:#alert": (
            "Slack shows no such channel: did you mean #alerts? "
            "A private one is shown once you write there /invite @simbot"
        ),
    }


def many_channels(count: int) -> dict[str, Any]:
    made = {f"C1{n:06}": {"name": f"c-{n}", "members": []} for n in range(count)}
    return {"channels": {**made, "C9ZZZZZ9": {"name": "the-last", "members": ["U0SIMBOT1"]}}}


def test_the_pages_are_followed_to_the_last_channel(shared: Path, tmp_path: Path) -> None:
    with StandIn(shared, tmp_path / "slack.jsonl", many_channels(2100)) as slack:
        found = list(check(slack.settings(), ["#the-last"]))
        assert len(slack.calls("conversations.list")) == 3
        assert unwell(found) == {}
        list(check(slack.settings(), [ALERTS]))
        assert len(slack.calls("conversations.list")) == 4, "and no further than needed"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("revoked", "Slack refuses: token_revoked (make a new token)"),
        ("inactive", "Slack refuses: account_inactive (the app was removed: install it again)"),
        (
            "expired",
            "Slack refuses: token_expired (turn token rotation off in the app, and make a new token)",
        ),
    ],
)
def test_a_token_that_is_no_longer_good_is_told_with_the_remedy(
    shared: Path, tmp_path: Path, status: str, said: str
) -> None:
    with StandIn(shared, tmp_path / "slack.jsonl") as slack:
        slack.token(status=status)
        assert unwell(list(check(slack.settings(), [GENERAL]))) == {"slack": said}


@pytest.mark.parametrize("lacking", ["groups:read", "channels:read"])
def test_without_a_scope_of_reading_the_other_channels_are_still_judged(
    shared: Path, tmp_path: Path, lacking: str
) -> None:
    there, hidden = (
        ("#general", "#private-member") if lacking == "groups:read" else ("#private-member", "#general")
    )
    with StandIn(shared, tmp_path / "slack.jsonl") as slack:
        slack.token(scopes=[scope for scope in SCOPES if scope != lacking])
        found = list(check(slack.settings(), [there, hidden]))
    assert set(unwell(found)) == {"slack", f"slack:{hidden}"}
    assert lacking in unwell(found)["slack"]


def test_an_app_token_without_its_scope_is_told(shared: Path, tmp_path: Path) -> None:
    config: dict[str, Any] = {"tokens": {APP_TOKEN: {"scopes": []}}}
    with StandIn(shared, tmp_path / "slack.jsonl", config) as slack:
        found = list(check(slack.settings(app_token=APP_TOKEN), [GENERAL]))
    assert unwell(found)["slack.app_token"] == (
        "the token lacks the scope connections:write: generate another at https://api.slack.com/apps, "
        "Basic Information, App-Level Tokens (scope connections:write)"
    )


def test_a_slack_that_asks_to_wait_is_not_hammered(shared: Path, tmp_path: Path) -> None:
    with StandIn(shared, tmp_path / "slack.jsonl") as slack:
        slack.fault("ratelimit", "conversations.list", retry_after=30)
        found = list(check(slack.settings(), [GENERAL]))
        assert len(slack.calls("conversations.list")) == 1
    assert unwell(found) == {"slack": "Slack refuses: ratelimited (try again in a minute)"}


# ------------------------------------------------------------------ the command


def slack_on(slack: StandIn, more: str = "") -> None:
    made = f'[slack]\ntoken = "{TOKEN}"\napi_url = "{slack.base}/api"\nchannel = "#general"\n{more}'
    Path("monitor.toml").write_text(SETTINGS + made, "utf-8")


def test_doctor_says_how_slack_is_set_up(shared: Path, desk: Desk) -> None:
    with StandIn(shared, desk.folder / "slack.jsonl") as slack:
        slack_on(slack, '[operator]\nto = "slack:#alerts"\n')
        found = desk.json("doctor")
    said = {f["subject"]: f["status"] for f in found if f["subject"].startswith("slack")}
    assert said == {"slack": "ok", "slack:#general": "ok", "slack:#alerts": "ok", "slack.app_token": "note"}
    assert slack.posted(GENERAL) == [], "a check posts nothing"


def test_doctor_sends_a_test_message_to_everybody_once(shared: Path, desk: Desk) -> None:
    with StandIn(shared, desk.folder / "slack.jsonl") as slack:
        slack_on(slack, '[operator]\nto = "slack:#alerts"\n')
        found = desk.json("doctor", "--send")
        sent = {entry["channel"]: entry["message"]["text"] for entry in slack.entries("message")}
    assert [f["detail"] for f in found].count("a test message was sent") == 2
    assert set(sent) == {GENERAL, ALERTS}
    assert all("Test message" in text for text in sent.values())


def test_doctor_says_where_a_test_message_could_not_go(shared: Path, desk: Desk) -> None:
    with StandIn(shared, desk.folder / "slack.jsonl") as slack:
        slack_on(slack, '[operator]\nto = "slack:#not-in"\n')
        found = desk.json("doctor", "--send", code=1)
    (failed,) = [f for f in found if f["detail"].startswith("no test message")]
    assert failed["subject"] == "slack:#not-in"
    assert "not_in_channel" in failed["detail"]


def test_doctor_has_nobody_to_send_to_where_all_is_off(desk: Desk) -> None:
    found = {f["subject"]: f for f in desk.json("doctor", "--send")}
    assert found["test message"]["status"] == "note"


def test_an_operator_whose_channel_is_off_is_told(desk: Desk) -> None:
    Path("monitor.toml").write_text(SETTINGS + '[operator]\nto = "slack:#ops"\n', "utf-8")
    found = {f["subject"]: f for f in desk.json("doctor", code=1)}
    assert found["operator.to"]["detail"] == (
        "slack:#ops cannot be told, since slack is off: set it up, or name another"
    )


def test_the_steps_of_the_readme_lead_to_a_first_message(
    shared: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = re.findall(
        r"^\$ export (MONITOR_SLACK.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    written = dict(word.split("=") for word in line.split())
    assert {name: value[:5] for name, value in written.items()} == {
        "MONITOR_SLACK__TOKEN": "xoxb-",
        "MONITOR_SLACK__APP_TOKEN": "xapp-",
        "MONITOR_SLACK__CHANNEL": "'#sig",
    }
    with StandIn(shared, desk.folder / "slack.jsonl") as slack:
        mine = (TOKEN, APP_TOKEN, "#general", f"{slack.base}/api")
        for name, value in zip([*written, "MONITOR_SLACK__API_URL"], mine, strict=True):
            monkeypatch.setenv(name, value)
        found = desk.json("doctor", "--send")
        (message,) = slack.entries("message")
    assert "WRONG" not in {f["status"] for f in found}
    assert (message["channel"], message["mentions"]) == (GENERAL, [])
