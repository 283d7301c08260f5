"""A line to Slack, over which it tells what people do (Socket Mode), kept open whatever happens.

slack-sdk's own client is not used for it: where a connection is cut without a word, it spins on the dead
socket for half a minute and hears nothing (`Connection.run_until_completion` takes an empty read for no
news), and it asks for a new address every few seconds for ever where the token is bad.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Protocol

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from monitor.channels.slack_envelope import Envelope, Farewell, read

log = logging.getLogger(__name__)

# What the library would log holds addresses, which are secret; how a line fares is said here.
_SILENT = logging.getLogger(f"{__name__}.websocket")
_SILENT.setLevel(logging.CRITICAL + 1)
OPEN_SECONDS, PING_SECONDS, CLOSE_SECONDS = 10, 15, 0.3
# A line that Slack said farewell on is heard until Slack ends it, but no longer than this.
LINGER_SECONDS = 30
# The largest payload is a view of 250 kB: https://docs.slack.dev/reference/views
LARGEST = 4_000_000
# A line that lasted so many seconds was a good one; one that Slack had us replace is, sooner.
GOOD_SECONDS, REPLACED_SECONDS = 10.0, 0.5
_REPLACE = {"warning", "refresh_requested"}
NO_CONNECTION = "no connection"
_OFF = "Socket Mode is switched off: turn it on in the settings of the app, under Socket Mode"
_REASONS = {
    "link_disabled": _OFF,
    "too_many_websockets": "ten others hold connections of this app: stop those that are not needed",
}


@dataclass(eq=False)
class NoLine(Exception):
    """There is no line, and why, with the remedy; `detail` may be another each time. `lasting`: only a
    person can mend it. `wait` is how many seconds Slack asks for before the next attempt."""

    why: str
    detail: str = ""
    lasting: bool = False
    wait: float = 0.0

    def __str__(self) -> str:
        return f"{self.why} ({self.detail})" if self.detail else self.why


class Pause(Protocol):
    def __call__(self, failures: int, *, lasting: bool) -> float: ...


def pause(failures: int, *, lasting: bool) -> float:
    """Seconds until the next attempt after so many in a row that failed: from 0.1 s doubling up to a
    minute; where only a person can help, from one minute up to ten. Somewhat at random, so that many
    that were cut off together do not come back together."""
    first, last = (60.0, 600.0) if lasting else (0.1, 60.0)
    seconds: float = min(first * 2 ** min(failures - 1, 20), last)
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


class Line:
    """One connection, heard by a thread of its own until it has `ended`. `over` is set when another is
    needed, which is before that where Slack says farewell."""

    def __init__(self, address: str, hear: Callable[[Line, Envelope], None]) -> None:
        """Open it. Raises NoLine."""
        self._hear = hear
        self._opened = time.monotonic()
        self._reason, self._until = "", 0.0
        self.over, self.ended = Event(), Event()
        self._stack = ExitStack()
        try:
            self._wire = self._stack.enter_context(
                connect(
                    address,
                    open_timeout=OPEN_SECONDS,
                    ping_interval=PING_SECONDS,
                    ping_timeout=PING_SECONDS,
                    close_timeout=CLOSE_SECONDS,
                    max_size=LARGEST,
                    compression=None,
                    logger=_SILENT,
                )
            )
            self._take(self._wire.recv(timeout=OPEN_SECONDS))
        except (WebSocketException, OSError, EOFError, ValueError) as error:
            self._stack.close()
            raise NoLine(NO_CONNECTION, type(error).__name__) from None
        if self._reason:
            self._stack.close()
            raise self.trouble
        Thread(target=self._listen, name="slack-line", daemon=True).start()

    @property
    def good(self) -> bool:
        """Whether it lasted long enough for the next one to be opened at once."""
        least = REPLACED_SECONDS if self._reason in _REPLACE else GOOD_SECONDS
        return time.monotonic() - self._opened >= least

    @property
    def trouble(self) -> NoLine:
        """Why it is over."""
        why = _REASONS.get(self._reason, self._reason or "the connection was cut")
        return NoLine(why, lasting=self._reason == "link_disabled")

    def send(self, text: str) -> bool:
        """False where it can no longer be sent."""
        try:
            self._wire.send(text)
        except (WebSocketException, OSError):
            return False
        return True

    def close(self) -> None:
        self._wire.close()

    def _listen(self) -> None:
        try:
            while (left := self._left()) is None or left > 0:
                self._take(self._wire.recv(timeout=left))
        except (WebSocketException, OSError):  # ended; TimeoutError: it was left open for long enough
            pass
        finally:
            self.over.set()
            self.ended.set()
            self._stack.close()

    def _left(self) -> float | None:
        """How many seconds it is heard yet; None: for ever."""
        return self._until - time.monotonic() if self._reason else None

    def _take(self, message: str | bytes) -> None:
        word = read(message)
        if isinstance(word, Farewell):
            self._until = time.monotonic() + LINGER_SECONDS
            self._reason = word.reason or "refresh_requested"
            self.over.set()
        elif word is not None:
            try:
                self._hear(self, word)
            except Exception:  # whatever it is, the next who asks is heard
                log.exception("Slack: an envelope was not dealt with")


class Keeper:
    """Keeps a line open: opens the next before the last is dropped, and says once what is wrong.

    `address` asks for the address of a line, good for one, and raises NoLine.
    """

    def __init__(
        self, address: Callable[[], str], hear: Callable[[Line, Envelope], None], pause: Pause = pause
    ) -> None:
        self._address, self._hear, self._pause = address, hear, pause
        self._stopping, self._lock = Event(), Lock()
        self._lines: list[Line] = []
        self._said = ""
        self._thread = Thread(target=self._run, name="slack-lines", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close what is open; an attempt under way ends by itself and comes to nothing."""
        with self._lock:
            self._stopping.set()
            lines, self._lines = self._lines, []
        for line in lines:
            line.over.set()
            line.close()

    def send(self, line: Line, text: str) -> bool:
        """Answer over the line on which something was said, or over the newest where that one is gone;
        for a new one it waits a second. False where it could not be sent."""
        end = time.monotonic() + 1
        while not any(one.send(text) for one in (line, *self._lines[-1:])):
            if time.monotonic() > end or self._stopping.wait(0.05):
                return False
        return True

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                line = self._open()
                self._say("", "people are heard again")
                line.over.wait()
                trouble = line.trouble
                failures = 0 if line.good and not trouble.lasting else failures + 1
            except NoLine as error:
                line, trouble, failures = None, error, failures + 1
            if line is None or trouble.lasting:
                self._say(trouble.why, f"people are not heard: {trouble}; trying again")
            wait = self._pause(failures, lasting=trouble.lasting) if failures else 0.0
            self._stopping.wait(max(trouble.wait, wait))

    def _open(self) -> Line:
        """Raises NoLine, and that alone: whatever else it may be, it must not end the listening."""
        try:
            line = Line(self._address(), self._hear)
        except NoLine:
            raise
        except Exception as error:  # noqa: BLE001
            raise NoLine(NO_CONNECTION, type(error).__name__) from None
        with self._lock:
            self._lines = [*(one for one in self._lines if not one.ended.is_set()), line]
            stopped = self._stopping.is_set()
        if stopped:
            line.close()
        return line

    def _say(self, state: str, sentence: str) -> None:
        """A line in the log for each change; that people are heard from the first is no news."""
        before, self._said = self._said, state
        if state != before and not self._stopping.is_set():
            log.warning("Slack: %s", sentence)
