"""While all goes well no log tells a secret either, and a file that holds one is never quoted."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.channels.email import Email
from monitor.channels.slack import Slack
from monitor.cli import main
from monitor.config import load
from monitor.errors import Invalid
from monitor.outbox import Destination
from tests.mailserver import PASSWORD, USER, MailServer, make_certificate
from tests.outbox import Bench
from tests.standin import GENERAL, StandIn

TOKEN = "xoxb-QzVwXk-s3cret-bot-token"
SCOPES = ["chat:write", "channels:read", "groups:read", "channels:history", "groups:history"]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The root at DEBUG, and every logger of the libraries that has a level of its own."""
    known = [logging.getLogger(name) for name in logging.Logger.manager.loggerDict]
    before = {logger: (logger.level, logger.disabled) for logger in known}
    for logger in known:
        logger.setLevel(logging.NOTSET)
        logger.disabled = False
    caplog.set_level(logging.DEBUG)
    yield caplog
    for logger, (level, disabled) in before.items():
        logger.setLevel(level)
        logger.disabled = disabled


def hidden(secret: str, *texts: object) -> None:
    for text in texts:
        assert secret not in str(text), str(text)[:2000]


def test_a_message_that_slack_takes_leaves_no_token_in_the_logs(
    shared: Path, tmp_path: Path, everything_logged: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path / "monitor.db")
    bot = {"type": "bot", "status": "active", "scopes": SCOPES}
    with StandIn(shared, tmp_path / "slack.jsonl", {"tokens": {TOKEN: bot}}) as slack, bench.storage:
        settings = load(None, {"MONITOR_SLACK__TOKEN": TOKEN, "MONITOR_SLACK__API_URL": f"{slack.base}/api/"})
        bench.deliverer = bench.another(slack=Slack(settings.slack))
        bench.file(1, to=(Destination("slack", GENERAL),))
        bench.run()
        assert bench.states() == ["sent"]
        hidden(TOKEN, *bench.rows())
    assert "slack_sdk" in {record.name.partition(".")[0] for record in everything_logged.records}
    hidden(TOKEN, everything_logged.text, *(vars(record) for record in everything_logged.records))


def test_a_mail_that_is_taken_leaves_no_password_in_the_logs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    everything_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    bench = Bench(tmp_path / "monitor.db")
    with MailServer(certificate=certificate) as server, bench.storage:
        settings = load(None, {"MONITOR_EMAIL__SMTP": server.url(user=True)})
        bench.deliverer = bench.another(email=Email(settings.email))
        bench.file(1, to=(Destination("email", "desk@example.com"),))
        bench.run()
        assert bench.states() == ["sent"]
        assert (server.passwords, USER) == ([PASSWORD.encode()], "desk"), "it was needed, and accepted"
        hidden(PASSWORD, *bench.rows(), *(taken.raw for taken in server.taken))
    hidden(PASSWORD, everything_logged.text, *capfd.readouterr())


@pytest.mark.parametrize(
    ("variable", "content"),
    [
        ("MONITOR_SLACK__TOKEN_FILE", TOKEN.encode() + b"\xff\xfe"),
        ("MONITOR_SLACK__TOKN_FILE", TOKEN.encode()),
        ("MONITOR_SLAK__TOKEN_FILE", TOKEN.encode()),
        ("MONITOR_HTTP__CONCURRENCY_FILE", TOKEN.encode()),
        ("MONITOR_HTTP__ALLOW_PRIVATE_FILE", f'["{TOKEN}"'.encode()),
        ("MONITOR_SLACK_FILE", TOKEN.encode()),
        ("MONITOR_EMAIL__SMTP_FILE", f"mail://user:{TOKEN}@127.0.0.1".encode()),
    ],
)
def test_the_content_of_a_secret_file_is_never_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, content: bytes
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(Invalid) as caught:
        load(None, {variable: str(file)})
    assert str(caught.value).startswith(variable)
    hidden(TOKEN, caught.value, "".join(traceback.format_exception(caught.value)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, str(file))
    result = CliRunner().invoke(main, ["alerts"])
    assert result.exit_code == 1
    hidden(TOKEN, result.output)
