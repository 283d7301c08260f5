"""A real SMTP server on a free port of 127.0.0.1 that keeps what it takes and refuses as it is told."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = "desk", "pa55-word/with:marks"


# What a server does instead of answering: break off, or say nothing for so long.
DROP, STALL_SECONDS = "DROP", 5.0
STALL = "STALL"


class Parsed:
    """The bytes of a message, and what they read as."""

    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def text(self) -> str:
        return self.part("plain")

    @property
    def html(self) -> str:
        return self.part("html")

    def part(self, kind: str) -> str:
        """What a part reads as, with plain ends of lines."""
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class Taken(Parsed):
    """A message as it came: the envelope and the bytes. `call` numbers connections."""

    sender: str
    to: list[str]
    raw: bytes
    call: int = 1


class Told(SMTP):
    """Answers as `MailServer` is told, and else as SMTP has it."""

    def __init__(self, house: MailServer, **known: Any) -> None:
        super().__init__(house, **known)
        self._house = house
        self.call = 0
        self._smtp_methods = {name: self._first(name, do) for name, do in self._smtp_methods.items()}

    def _first(self, name: str, do: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def answer(argument: Any) -> None:
            self.call = self.call or self._house.called()
            self._house.seen.append(name)
            reply = self._house.reply("BEGIN" if name == "DATA" else name, str(argument or ""))
            if not reply:
                await do(argument)
            else:
                await self.instead(reply)

        return answer

    async def instead(self, reply: str) -> None:
        """Give this answer; after a 421 hang up, as RFC 5321 section 3.8 has it."""
        if reply == STALL:
            await asyncio.sleep(STALL_SECONDS)
        if reply not in (STALL, DROP):
            await self.push(reply)
        if reply.startswith((STALL, DROP, "421")) and self.transport is not None:
            self.transport.close()


class Listening(Controller):
    """Serves a socket that is bound already, so that no other process can take its port meanwhile."""

    def __init__(self, handler: Any, listening: socket.socket, **known: Any) -> None:
        super().__init__(handler, **known)
        self._listening = listening

    def factory(self) -> Told:
        return Told(self.handler, **self.SMTP_kwargs)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


@dataclass
class MailServer:
    """`replies` holds an answer per command: EHLO, STARTTLS, AUTH, MAIL, RCPT, BEGIN (to DATA itself), DATA
    (to the whole mail), RSET, QUIT; or per command and address ("RCPT ann@example.com"). A list is
    used up answer by answer; an empty one is the usual one. `DROP` breaks off, after
    DATA with the mail taken, and `STALL` says nothing. A command that is not there is accepted.
    """

    replies: dict[str, str | list[str]] = field(default_factory=dict)
    certificate: Path | None = None
    implicit: bool = False
    starttls: bool = True
    utf8: bool = False
    taken: list[Taken] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    calls: int = 0

    def __enter__(self) -> MailServer:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(listening.getsockname()[1])
        context = self._context()
        known: dict[str, Any] = {
            "hostname": "127.0.0.1",
            "port": self.port,
            "authenticator": self._authenticate,
            "enable_SMTPUTF8": self.utf8,
        }
        if self.implicit:
            known |= {"ssl_context": context, "auth_require_tls": False}
        elif context and self.starttls:
            known["tls_context"] = context
        else:
            known["auth_require_tls"] = False
        self._controller = Listening(self, listening, **known)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def called(self) -> int:
        """A further connection, on which something was said; its number."""
        self.calls += 1
        return self.calls

    def reply(self, command: str, argument: str = "") -> str:
        """The answer to give to a command; empty where it is the usual one."""
        address = re.search("<(.*?)>", argument)
        for name in ([f"{command} {address[1]}"] if address else []) + [command]:
            told = self.replies.get(name)
            if isinstance(told, list):
                told = told.pop(0) if told else ""
            if told:
                return told
        return ""

    def url(self, *, user: bool = False, host: str = "127.0.0.1", scheme: str = "smtp") -> str:
        who = f"{USER}:{PASSWORD.replace('/', '%2F').replace(':', '%3A')}@" if user else ""
        return f"{scheme}://{who}{host}:{self.port}"

    def _context(self) -> ssl.SSLContext | None:
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.certificate.with_suffix(".key"))
        return context

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        self.passwords.append(data.password)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        reply = self.reply("DATA") or "250 OK"
        if reply == DROP or reply.startswith("250"):
            to, raw = list(envelope.rcpt_tos), envelope.original_content
            self.taken.append(Taken(envelope.mail_from, to, raw, server.call))
        if reply == STALL:
            await asyncio.sleep(STALL_SECONDS)
        if reply in (DROP, STALL):
            server.transport.close()
        elif reply.startswith("421"):
            server.loop.call_soon(server.transport.close)
        return reply


def make_certificate(folder: Path, name: str = "localhost") -> Path:
    """A self-signed certificate for 127.0.0.1 and `name`, with its key beside it."""
    file = folder / f"{name}.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext"),
            f"subjectAltName=DNS:{name},IP:127.0.0.1",
            *("-keyout", str(file.with_suffix(".key")), "-out", str(file)),
        ],
        check=True,
        capture_output=True,
    )
    return file
