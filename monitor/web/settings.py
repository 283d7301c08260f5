"""Settings of the web pages."""

from __future__ import annotations

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, model_validator

from monitor.section import Section
from monitor.web.admission import is_loopback

SHORTEST = 8


def _place(text: str) -> str:
    if text:
        try:
            parts = urlsplit(f"//{text}")
            known = bool(parts.hostname) and parts.port is not None and parts.netloc == text
        except ValueError:
            known = False
        if not known or not re.fullmatch(r"[\w.:\[\]-]+", text, re.ASCII):
            raise ValueError('write host:port, for example 127.0.0.1:8765, or "" for no pages')
    return text


def _address(url: str) -> str:
    if not url:
        return url
    try:
        parts = urlsplit(url)
        _ = parts.port
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        known = False
    if not known or not re.fullmatch(r"https?://[\w.:\[\]-]+(/[\w.~/-]*)?", url, re.ASCII):
        raise ValueError("write the address that readers use, for example https://signals.example.com")
    return url.rstrip("/")


def _long(password: SecretStr) -> SecretStr:
    if 0 < len(password.get_secret_value()) < SHORTEST:
        raise ValueError(f"write at least {SHORTEST} characters: it may be guessed at")
    return password


class WebSettings(Section):
    """`[web]`: where `monitor run` serves digests as they were sent, stories, and the page to unsubscribe.

    `listen` is host:port; empty: no pages. Another address than the machine's own takes a `password`, with
    which readers log in. `url` is where they reach it, perhaps through a proxy, for links in digests and
    alerts; empty: those have none. Where it leads here from elsewhere, or one comes through a proxy, there is
    only the page to unsubscribe, unless there is a password.
    """

    listen: Annotated[str, AfterValidator(_place)] = "127.0.0.1:8765"
    password: Annotated[SecretStr, AfterValidator(_long)] = SecretStr("")
    url: Annotated[str, AfterValidator(_address)] = ""

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.listen and not is_loopback(self.host) and not self.password.get_secret_value():
            raise ValueError(
                f"{self.listen} is to be reached from elsewhere: set password too, or listen on 127.0.0.1"
            )
        return self

    @property
    def links(self) -> str:
        """The address for links to pages; empty where whoever follows them would not be let in."""
        let_in = self.password.get_secret_value() or is_loopback(urlsplit(self.url).hostname or "")
        return self.url if let_in else ""

    @property
    def host(self) -> str:
        """The address to listen on, without brackets."""
        return urlsplit(f"//{self.listen}").hostname or ""

    @property
    def port(self) -> int:
        """The port; 0: any that is free."""
        return urlsplit(f"//{self.listen}").port or 0
