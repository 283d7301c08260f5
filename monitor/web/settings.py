"""Settings of the web pages."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, IPvAnyNetwork, SecretStr, model_validator

from monitor.section import Section
from monitor.web.admission import is_loopback
from monitor.web.passwords import MARK, SHORTEST, is_hash
from monitor.web.people import Role, account, spelt

_OWN = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


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
    text = password.get_secret_value()
    if 0 < len(text) < SHORTEST:
        raise ValueError(f"write at least {SHORTEST} characters: it may be guessed at")
    if text.startswith(MARK) and not is_hash(text):
        raise ValueError("that hash is not whole: write it as 'monitor web password' prints it")
    return password


def _given(password: SecretStr) -> SecretStr:
    if not password.get_secret_value():
        raise ValueError("write a password, or what 'monitor web password' prints")
    return password


def _name(text: str) -> str:
    if not text or text != spelt(text):
        raise ValueError("write a name of one line, without spaces around it")
    return text


def _header(text: str) -> str:
    if text.lower() == "forwarded" or not re.fullmatch(r"[A-Za-z0-9-]*", text):
        raise ValueError("write the name of a header that holds addresses, for example X-Forwarded-For")
    return text


class WebUser(Section):
    """`[[web.users]]`: one who logs in. `password` is what `monitor web password` prints, or the password."""

    name: Annotated[str, AfterValidator(_name)]
    password: Annotated[SecretStr, AfterValidator(_given), AfterValidator(_long)]
    role: Role = Role.READER


class WebSettings(Section):
    """`[web]`: where `monitor run` serves the web desk and the page to unsubscribe.

    `listen` is host:port; empty: no pages. Another address than the machine's own takes a login: a `password`
    for all, who are editors by it, or `users` with each their own. `url` is where they reach it, perhaps
    through a proxy, for links in digests and alerts; empty: those have none. Where it leads here from
    elsewhere, or one comes through a proxy, there is only the page to unsubscribe, unless one logs in.

    `proxy_header` is the header in which one of the `proxies` says for whom it asks; empty: none is believed.
    """

    listen: Annotated[str, AfterValidator(_place)] = "127.0.0.1:8765"
    password: Annotated[SecretStr, AfterValidator(_long)] = SecretStr("")
    url: Annotated[str, AfterValidator(_address)] = ""
    users: tuple[WebUser, ...] = ()
    proxy_header: Annotated[str, AfterValidator(_header)] = ""
    proxies: tuple[IPvAnyNetwork, ...] = _OWN

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.listen and not is_loopback(self.host) and not self.locked:
            raise ValueError(
                f"{self.listen} is to be reached from elsewhere: set password too (or users), "
                "or listen on 127.0.0.1"
            )
        seen: set[str] = set()
        for user in self.users:
            if account(user.name) in seen:
                raise ValueError(f"two users are called {user.name}: give each a name of their own")
            seen.add(account(user.name))
        return self

    @property
    def locked(self) -> bool:
        """Does one log in?"""
        return bool(self.password.get_secret_value() or self.users)

    @property
    def has_editor(self) -> bool:
        """Is there anybody who may change something?"""
        named = any(user.role is Role.EDITOR for user in self.users)
        return not self.locked or named or bool(self.password.get_secret_value())

    @property
    def links(self) -> str:
        """The address for links to pages; empty where whoever follows them would not be let in."""
        let_in = self.locked or is_loopback(urlsplit(self.url).hostname or "")
        return self.url if let_in else ""

    @property
    def host(self) -> str:
        """The address to listen on, without brackets."""
        return urlsplit(f"//{self.listen}").hostname or ""

    @property
    def port(self) -> int:
        """The port; 0: any that is free."""
        return urlsplit(f"//{self.listen}").port or 0
