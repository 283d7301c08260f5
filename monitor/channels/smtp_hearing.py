"""SMTP of which every answer has an end: in bytes, and in time from its first byte to its last.

smtplib waits anew at each byte, and keeps each line of an answer that goes on: a server that says one byte
in a while, or goes on for ever, would hold the sender as long as it likes, and before encryption anybody on
the way may be that server.
"""

from __future__ import annotations

import io
import smtplib
import socket
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# RFC 5321 section 4.5.3.1.5 has lines of 512, and no answer has many. Not more than smtplib takes for a line,
# of which it says that the server answered 500.
MOST_BYTES = 8192


class Hearing(smtplib.SMTP):
    """Waits for a whole answer as long as smtplib does for a piece of it: the timeout of the socket.

    An answer that is longer, or takes longer, ends the connection as smtplib's SMTPServerDisconnected.
    """

    def getreply(self) -> tuple[int, bytes]:
        line = self.sock
        assert line is not None
        patience = line.gettimeout()
        if self.file is None:  # nothing was heard yet, or nothing in this encryption
            self.file = io.BufferedReader(_Answers(line))
        self.file.raw.begin(patience)
        try:
            return super().getreply()
        finally:
            if self.sock is not None:
                self.sock.settimeout(patience)


class HearingTLS(Hearing, smtplib.SMTP_SSL):
    """The same, encrypted from its first byte."""


class _Answers(io.RawIOBase):
    """What comes in, as far as one answer may go."""

    def __init__(self, line: socket.socket) -> None:
        super().__init__()
        self._line = line
        self._end, self._left = 0.0, 0

    def begin(self, patience: float | None) -> None:
        """The next answer is waited for so many seconds."""
        self._end = monotonic() + (patience or 0.0)
        self._left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError("the answer does not end in time")
        self._line.settimeout(left)
        count = self._line.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise OSError("the answer does not end")
        return count
