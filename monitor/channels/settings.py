"""The settings of the channels, apart from them: reading these loads no channel."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from monitor.section import Section


class SlackSettings(Section):
    """`[slack]`. Without a token Slack is off; without `app_token` nobody can talk back.

    `editors` are the ids of those who may change watchlists from Slack; `*`: everybody who can press.
    """

    token: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    api_url: str = "https://slack.com/api/"
    channel: str = "#signals"
    editors: tuple[str, ...] = ()


def _smtp_url(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value())
        good = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False  # and not a word of what was written: part of a password can look like a port
    if value.get_secret_value() and not good:
        raise ValueError("write smtp://user:password@host:587 or smtps://host:465 (%2F for / in a password)")
    return value


def _sender(value: str) -> str:
    if "@" not in parseaddr(value)[1]:
        raise ValueError("write an address: Signal Monitor <monitor@example.com>")
    return value


class EmailSettings(Section):
    """`[email]`. Without `smtp` e-mail is off. `per_minute` bounds the digests, 0 not at all."""

    smtp: Annotated[SecretStr, AfterValidator(_smtp_url)] = SecretStr("")
    sender: Annotated[str, Field(alias="from"), AfterValidator(_sender)] = (
        "Signal Monitor <monitor@localhost.localdomain>"
    )
    per_minute: int = Field(default=0, ge=0, le=10_000)
