"""A small real IMAP4rev1 server over TLS on a free port of 127.0.0.1: as much as reading a mailbox takes."""

from __future__ import annotations

import base64
import contextlib
import re
import shlex
import socket
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path

USER, PASSWORD = "press@example.com", "s3cret mail/pass"


@dataclass
class ImapServer:
    """`messages` are those of INBOX by UID. `says` replaces what is answered to a command; `DROP`
    breaks off and `STALL` says nothing more. `asked` keeps every command, without what signs in."""

    certificate: Path
    messages: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    says: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> ImapServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self.certificate, self.certificate.with_suffix(".key"))
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def url(self, folder: str = "INBOX", host: str = "127.0.0.1") -> str:
        return f"imaps://{host}:{self._listener.getsockname()[1]}/{folder}"

    def _accept(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                self.connections += 1
                self._threads.append(threading.Thread(target=self._serve, args=[connection]))
                self._threads[-1].start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            plain.settimeout(10)
            with self._tls.wrap_socket(plain, server_side=True) as line, line.makefile("rwb") as file:
                file.write(self.says.get("HELLO", b"* OK ready\r\n"))
                file.flush()
                while not self._over.is_set():
                    tag, _, rest = file.readline().decode().strip().partition(" ")
                    if not tag or not self._answer(file, tag, rest):
                        return

    def _answer(self, file: object, tag: str, rest: str) -> bool:
        """False where the conversation is over."""
        write, readline, flush = file.write, file.readline, file.flush  # type: ignore[attr-defined]
        words = shlex.split(rest)
        name = words[0].upper() if words[0].upper() != "UID" else f"UID {words[1].upper()}"
        self.asked.append(name if name == "LOGIN" else rest)
        told = self.says.get(name)
        if told == b"DROP":
            return False
        if told == b"STALL":
            self._over.wait(10)
            return False
        if told is not None:
            write(told.replace(b"TAG", tag.encode()))
        elif name == "AUTHENTICATE":
            write(b"+ \r\n")
            flush()
            _, user, password = base64.b64decode(readline().strip()).decode().split("\0")
            write(self._signed_in(tag, user, password))
        elif name == "LOGIN":
            write(self._signed_in(tag, words[1], words[2]))
        else:
            write(self._talk(name, words, tag))
        flush()
        return name != "LOGOUT"

    def _signed_in(self, tag: str, user: str, password: str) -> bytes:
        self.passwords.append(password)
        right = (user, password) == (USER, PASSWORD)
        # What some servers do: they repeat what they were told.
        return f"{tag} OK in\r\n".encode() if right else f"{tag} NO wrong: {user} {password}\r\n".encode()

    def _talk(self, name: str, words: list[str], tag: str) -> bytes:
        uids = sorted(self.messages)
        done = f"{tag} OK done\r\n".encode()
        if name == "CAPABILITY":
            return f"* CAPABILITY {self.capabilities}\r\n".encode() + done
        if name == "EXAMINE":
            if words[1] != "INBOX":
                return f"{tag} NO no such mailbox\r\n".encode()
            head = f"* {len(uids)} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {self.validity}] valid\r\n"
            return f"{head}{tag} OK [READ-ONLY] done\r\n".encode()
        if name == "FETCH":
            first = int(words[1].partition(":")[0])
            rows = (f"* {n} FETCH (UID {uid})\r\n" for n, uid in enumerate(uids, 1) if n >= first)
            return "".join(rows).encode() + done
        if name == "UID SEARCH":
            first = int(words[3].partition(":")[0])
            # RFC 3501 section 6.4.8: `n:*` always holds the last message.
            found = [uid for uid in uids if uid >= first] or uids[-1:]
            return f"* SEARCH {' '.join(map(str, found))}\r\n".encode() + done
        if name == "UID FETCH":
            uid, size = int(words[2]), int(re.findall(r"<0\.(\d+)>", words[3])[0])
            if uid not in self.messages:
                return done
            body = self.messages[uid][:size]
            head = f"* {uids.index(uid) + 1} FETCH (UID {uid} BODY[]<0> {{{len(body)}}}\r\n"
            return head.encode() + body + b")\r\n" + done
        return b"* BYE\r\n" + done if name == "LOGOUT" else f"{tag} BAD unknown\r\n".encode()
