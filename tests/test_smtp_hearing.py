"""A mail server whose answers do not end: it holds the daemon no longer than one that is silent."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from monitor.channels.email import Email
from monitor.channels.settings import EmailSettings
from monitor.channels.smtp_hearing import MOST_BYTES
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.letter import Letter, Mail

NOW = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
MAIL = Mail("ann@example.com", Letter("News", "<p>News</p>", "News"), "digest.2026-03-03.0123456789")
PATIENCE = 0.3
SLOW, ENDLESS, ONE_LINE = b"2", b"250-more of it\r\n" * 100, b"2" * 2000


class Talker:
    """A server that answers each command as it should, and from the command `at` on says `words` for ever."""

    def __init__(self, at: bytes, words: bytes) -> None:
        self._at, self._words = at, words
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError), self._listener.accept()[0] as line, line.makefile("rb") as heard:
            command, body = b"CONNECT", False
            while True:
                if command.startswith(self._at):
                    self._go_on(line)
                if not body:
                    line.sendall({b"CONNECT": b"220", b"DATA\r\n": b"354"}.get(command, b"250") + b" ok\r\n")
                body = body or command == b"DATA\r\n"
                command = heard.readline()
                if not command:
                    return

    def _go_on(self, line: socket.socket) -> None:
        while True:
            line.sendall(self._words)
            if self._words == SLOW:
                time.sleep(PATIENCE / 10)

    def close(self) -> None:
        self._listener.close()


@contextlib.contextmanager
def talking(at: bytes, words: bytes) -> Iterator[Email]:
    talker = Talker(at, words)
    try:
        written = {"smtp": f"smtp://127.0.0.1:{talker.port}", "from": "Monitor <monitor@example.org>"}
        yield Email(EmailSettings.model_validate(written), patience=PATIENCE)
    finally:
        talker.close()


@pytest.mark.parametrize("words", [SLOW, ENDLESS, ONE_LINE], ids=["slow", "endless", "one line"])
@pytest.mark.parametrize(
    ("at", "end"),
    [
        (b"CONNECT", DeliveryFailed),
        (b"ehlo", DeliveryFailed),
        (b"mail", DeliveryFailed),
        (b"rcpt", DeliveryFailed),
        (b".\r\n", DeliveryUnknown),
    ],
    ids=["greeting", "ehlo", "mail", "rcpt", "final dot"],
)
def test_an_answer_that_does_not_end_is_given_up_and_the_mail_tried_later(
    at: bytes, end: type[Exception], words: bytes
) -> None:
    tracemalloc.start()
    began = time.monotonic()
    try:
        with talking(at, words) as email, email.many() as post, pytest.raises(end) as told:
            post(MAIL, NOW)
        assert tracemalloc.get_traced_memory()[1] < 50 * MOST_BYTES
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < 10 * PATIENCE
    if isinstance(told.value, DeliveryFailed):
        assert told.value.retryable
        assert not told.value.parks


def test_an_answer_of_many_lines_is_heard_to_its_end() -> None:
    lines = b"".join(b"250-EXTENSION%d\r\n" % number for number in range(300)) + b"250 SIZE\r\n"
    assert len(lines) < MOST_BYTES
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError), listener.accept()[0] as line, line.makefile("rb") as heard:
                line.sendall(b"220 ok\r\n")
                while heard.readline():
                    line.sendall(lines)

        threading.Thread(target=serve, daemon=True).start()
        written = {"smtp": f"smtp://127.0.0.1:{listener.getsockname()[1]}", "from": "M <m@example.org>"}
        assert Email(EmailSettings.model_validate(written), patience=5).check() == []
