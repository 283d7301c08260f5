"""A real SMTP server on a free port of 127.0.0.1 that keeps what it takes and refuses as it is told."""

from __future__ import annotations

import socket
import ssl
import subprocess
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

USER, PASSWORD = "desk", "pa55-word/with:marks"


@dataclass
class Taken:
    """A message as it came: the envelope, the bytes, and what they read as."""

    sender: str
    to: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


class Listening(Controller):
    """Serves a socket that is bound already, so that no other process can take its port meanwhile."""

    def __init__(self, handler: Any, listening: socket.socket, **known: Any) -> None:
        super().__init__(handler, **known)
        self._listening = listening

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


@dataclass
class MailServer:
    """`replies` holds an answer per command (MAIL, RCPT, DATA, QUIT), `DROP` to break off after it
    was taken. A command that is not there is accepted."""

    replies: dict[str, str] = field(default_factory=dict)
    certificate: Path | None = None
    implicit: bool = False
    starttls: bool = True
    taken: list[Taken] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __enter__(self) -> MailServer:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(listening.getsockname()[1])
        context = self._context()
        known: dict[str, Any] = {
            "hostname": "127.0.0.1",
            "port": self.port,
            "authenticator": self._authenticate,
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

    # -------------------------------------------------------------- what aiosmtpd calls

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.seen.append("MAIL")
        if "MAIL" in self.replies:
            return self.replies["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.seen.append("RCPT")
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.seen.append("DATA")
        reply = self.replies.get("DATA", "250 OK")
        if reply in ("DROP", "250 OK"):
            self.taken.append(Taken(envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
        if reply == "DROP":
            server.transport.close()
        return reply

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.seen.append("QUIT")
        return self.replies.get("QUIT", "221 Bye")


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
