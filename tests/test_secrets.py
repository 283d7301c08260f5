"""No token and no password ever shows: not in a repr, a log, an error, a traceback or an output."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.channels.email import Email
from monitor.channels.slack import Slack
from monitor.channels.slack_check import check
from monitor.cli import main
from monitor.config import Settings, load
from monitor.documents import like
from monitor.errors import Invalid, MonitorError
from monitor.outbox import Delivery, Destination, State
from monitor.request import Request
from tests import rules
from tests.fakes import NOON, Answer, an_alert
from tests.kinds import KindWorld
from tests.mailserver import MailServer, make_certificate
from tests.outbox import Bench
from tests.standin import GENERAL, StandIn

TOKEN = "xoxb-QzVwXk-s3cret-bot-token"
APP_TOKEN = "xapp-QzVwXk-s3cret-app-token"
PASSWORD = "s3cret+mail/pass"
WEB = "s3cret-web-password"
KEYS = {"regulations_gov": "s3cret-regs", "congress_gov": "s3cret-congress", "mailbox": "s3cret mail/pass"}
MARKS = ("s3cret", "QzVwXk", "czNjcmV0")  # the last as AUTH would carry it, in base64


def clean(*texts: object) -> None:
    """None of these texts holds any part of a secret."""
    for text in texts:
        assert not [mark for mark in MARKS if mark in str(text)], str(text)[:2000]


def settings(
    api: str = "http://127.0.0.1:1/api/", host: str = "127.0.0.1:1", scheme: str = "smtp"
) -> Settings:
    return load(
        None,
        {
            "MONITOR_SLACK__TOKEN": TOKEN,
            "MONITOR_SLACK__APP_TOKEN": APP_TOKEN,
            "MONITOR_SLACK__API_URL": api,
            "MONITOR_EMAIL__SMTP": f"{scheme}://s3cret-user:{PASSWORD.replace('/', '%2F')}@{host}",
            "MONITOR_WEB__PASSWORD": WEB,
            **{f"MONITOR_KEYS__{name.upper()}": key for name, key in KEYS.items()},
        },
    )


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger of every library at DEBUG."""
    names = ("", "monitor", "slack_sdk", "slack_sdk.web.base_client", "urllib3", "asyncio", "mail.log")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    yield caplog
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


# ------------------------------------------------------------------ settings


def test_settings_show_no_secret() -> None:
    made = settings()
    assert made.slack.token.get_secret_value() == TOKEN
    assert made.keys.secrets() == KEYS
    clean(repr(made), str(made), f"{made.slack} {made.email} {made.web} {made.keys}", made.model_dump_json())
    clean(repr(Slack(made.slack)), repr(Email(made.email)), repr(Bench), made.model_dump())


def test_settings_refused_repeat_no_secret() -> None:
    """A token in the wrong place, a slip of the syntax, an address that cannot be read."""
    for text in (
        f'[slack]\ntokn = "{TOKEN}"\n',
        f"[slack]\ntoken = {TOKEN}\n",
        f'[slack]\ntoken = ["{TOKEN}"]\n',
        f'slack = "{TOKEN}"\n',
        f'[email]\nsmtp = "s3cret-user:{PASSWORD}@127.0.0.1"\n',
        f'[email]\nsmtp = "smtp://s3cret-user:{PASSWORD}@127.0.0.1"\n',
        f'[email]\nsmtp = "smtp://s3cret-user:{PASSWORD}@[127.0.0.1"\n',
        f'[web]\npasword = "{WEB}"\n',
    ):
        Path("monitor.toml").write_text(text, "utf-8")
        with pytest.raises(Invalid) as caught:
            load(None, {})
        clean(caught.value, repr(caught.value), caught.value.problems)
        clean("".join(traceback.format_exception(caught.value)))
        result = CliRunner().invoke(main, ["alerts"])
        assert result.exit_code == 1
        clean(result.output, result.stderr)


def test_a_secret_in_the_environment_is_not_repeated() -> None:
    for variable, value in (
        ("MONITOR_SLACK__TOKN", TOKEN),
        ("MONITOR_SLACKK__TOKEN", TOKEN),
        ("MONITOR_SLACK", TOKEN),
        ("MONITOR_EMAIL__SMTP", f"smpt://u:{PASSWORD}@h"),
        ("MONITOR_HTTP__CONCURRENCY", TOKEN),
    ):
        with pytest.raises(Invalid) as caught:
            load(None, {variable: value})
        clean(caught.value, "".join(traceback.format_exception(caught.value)))


# ------------------------------------------------------------------ sending

FAULTS: dict[str, dict[str, object]] = {
    "bad token": {},
    "dropped": {"action": "drop_after"},
    "garbage": {"action": "garbage"},
    "truncated": {"action": "truncate"},
    "500": {"action": "error", "status": 500},
    "ratelimited": {"action": "ratelimit", "retry_after": 1},
    "scope": {"action": "error", "error": "missing_scope"},
}


def send_all(bench: Bench) -> None:
    for _ in range(4):
        bench.run()
        bench.now += timedelta(minutes=30)


@pytest.mark.parametrize("fault", FAULTS)
def test_slack_in_trouble_tells_no_token(
    shared: Path, folder: Path, everything_logged: pytest.LogCaptureFixture, fault: str
) -> None:
    bench = Bench(folder / "monitor.db")
    config = {"tokens": {TOKEN: {"type": "bot", "status": "active", "scopes": ["chat:write"]}}}
    with StandIn(shared, folder / "slack.jsonl", config if FAULTS[fault] else None) as slack, bench.storage:
        if FAULTS[fault]:
            slack.control("fault", method="*", times=9, **FAULTS[fault])
        made = settings(f"{slack.base}/api/").slack
        bench.deliverer = bench.another(slack=Slack(made))
        bench.file(1, to=(Destination("slack", GENERAL),))
        send_all(bench)
        clean(*bench.rows(), *check(made, [GENERAL]))
        assert bench.rows()[0].error
    assert "slack_sdk" in {record.name.partition(".")[0] for record in everything_logged.records}
    clean(everything_logged.text, *(vars(record) for record in everything_logged.records))


def test_mail_in_trouble_tells_no_password(
    folder: Path, everything_logged: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(folder / "monitor.db")
    certificate = make_certificate(folder)
    servers = [
        MailServer(starttls=False),
        MailServer(certificate=certificate),
        MailServer(certificate=certificate, implicit=True),
        MailServer({"DATA": "DROP"}, starttls=False),
    ]
    bench.file(1, to=(Destination("email", "desk@example.com"),))
    with bench.storage:
        for server in servers:
            with server:
                scheme = "smtps" if server.implicit else "smtp"
                channel = Email(settings(host=f"127.0.0.1:{server.port}", scheme=scheme).email)
                bench.deliverer = bench.another(email=channel)
                send_all(bench)
                clean(*bench.rows(), *channel.check())
    clean(everything_logged.text, *capfd.readouterr())


def test_a_wrong_password_is_not_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServer(certificate=certificate) as server:
        channel = Email(settings(host=f"127.0.0.1:{server.port}").email)
        told = failure(lambda: channel.send(delivery("email", "desk@example.com")))
        assert set(server.passwords) == {PASSWORD.encode()}, "the real one was tried, over TLS"
    assert "535" in told
    clean(told)


def delivery(channel: str, address: str) -> Delivery:
    return Delivery("d-1", an_alert(), Destination(channel, address), State.SENDING, 1, NOON, attempted=NOON)


def failure(call: Callable[[], object]) -> str:
    """The traceback of a call that fails with an error of ours."""
    with pytest.raises(MonitorError) as caught:
        call()
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def test_the_traceback_of_a_failed_send_holds_no_secret() -> None:
    made = settings()
    clean(
        failure(lambda: Slack(made.slack).send(delivery("slack", GENERAL))),
        failure(lambda: Slack(made.slack).find(delivery("slack", GENERAL))),
        failure(lambda: Email(made.email).send(delivery("email", "desk@example.com"))),
    )


# ------------------------------------------------------------------ asking with a key

ANSWERS: dict[str, Answer] = {
    "refused": (403, {}, b'{"error": {"code": "API_KEY_INVALID", "message": "s3cret is not a key"}}'),
    "used up": (429, {"X-RateLimit-Remaining": "0"}, b""),
    "broken": (200, {"Content-Length": "5000"}, b"{"),
    "words": (200, {}, b"busy"),
    "sent on": (302, {"Location": "http://localhost:1/"}, b""),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("kind", ["regulations\nsearch: x", "congress", "congress\nwhat: meetings"])
def test_a_source_in_trouble_tells_no_key(
    folder: Path, everything_logged: pytest.LogCaptureFixture, kind: str, answer: str
) -> None:
    with KindWorld(folder, f"kind: {kind}\nurl: '{{base}}/v'", keys=KEYS) as world:
        world.answer = ANSWERS[answer]
        said = world.refusal()
        assert world.web.asked[0][1]["x-api-key"] in KEYS.values(), "the real one was sent"
        clean(said, everything_logged.text, world.everything_stored(), world.web.asked[0][0])
        clean(repr(world.app.in_force), repr(world.app.routes), repr(world.app.live))


def test_a_key_that_no_header_can_carry_is_refused_and_not_told() -> None:
    """httpcore would put it into its log, in full."""
    environment = {"MONITOR_KEYS__CONGRESS_GOV": "\nX-Other: ".join([KEYS["congress_gov"]] * 2)}
    with pytest.raises(Invalid, match="write one line") as caught:
        load(None, environment)
    clean(caught.value, repr(caught.value), "".join(traceback.format_exception(caught.value)))


def test_spaces_around_a_key_are_taken_off_and_those_of_a_password_stay() -> None:
    made = load(None, {"MONITOR_KEYS__CONGRESS_GOV": " abc ", "MONITOR_KEYS__MAILBOX": " abc "})
    assert made.keys.secrets() == {"congress_gov": "abc", "mailbox": " abc "}


def test_a_further_request_carries_the_key_to_the_same_server_only() -> None:
    first = Request("https://a.example/list", headers=(("X-Api-Key", "s3cret"),))
    assert like(Request("https://a.example/1"), first).headers == first.headers
    for other in ("https://b.example/1", "http://a.example/1", "https://a.example:8443/1"):
        assert like(Request(other), first).headers == ()


# ------------------------------------------------------------------ the command line


@pytest.mark.parametrize("command", [["doctor"], ["doctor", "--json"], ["-v", "deliveries", "--json"]])
def test_no_command_prints_a_secret(folder: Path, command: list[str]) -> None:
    """With everything set, and nothing to be reached."""
    rules.write(folder / "watchlists")
    (folder / "monitor.toml").write_text(
        f'[slack]\ntoken = "{TOKEN}"\napi_url = "http://127.0.0.1:1/api/"\n'
        f'[email]\nsmtp = "smtp://s3cret-user:{PASSWORD.replace("/", "%2F")}@127.0.0.1:1"\n'
        f'[web]\npassword = "{WEB}"\n',
        "utf-8",
    )
    result = CliRunner().invoke(main, command)
    assert result.exit_code == ("doctor" in command)
    clean(result.stdout, result.stderr)
    if "--json" in command:
        found = [json.loads(line) for line in result.stdout.splitlines()]
        assert len(found) > 3 or "deliveries" in command
