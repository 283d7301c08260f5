"""Slack's end of Socket Mode, small and obedient, for tests that need only the repository; and a desk and
a screen that remember."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from monitor.channels.settings import SlackSettings
from monitor.errors import DeliveryFailed
from monitor.talk import Block, Check, Event, Screen, Submission, View
from tests.fakes import Answer, Web

ALICE = {"id": "U0ALICE01", "username": "alice", "name": "alice"}
PRESS = {
    "type": "block_actions",
    "user": ALICE,
    "actions": [{"action_id": "useful", "type": "button"}],
    "channel": {"id": "C0GENERAL"},
    "message": {"ts": "169.1"},
    "response_url": "https://hooks.slack.com/actions/1",
}
VISIT = {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U0ALICE01", "tab": "home"}}
COMMAND = {"command": "/signals", "text": "deals", "user_id": "U0ALICE01", "channel_id": "C0GENERAL"}
FIELD = {"type": "input", "block_id": "name"}
SUBMISSION = {
    "type": "view_submission",
    "user": ALICE,
    "view": {"id": "V1", "callback_id": "watch", "blocks": [{"type": "section"}, FIELD]},
}


class Switchboard:
    """A context manager. `refusal` is what is answered instead of an address, and `greeting` what a new
    line is told first; `open` holds the lines that are open, `most` how many were so at once."""

    def __init__(self) -> None:
        self.refusal: Answer | None = None
        self.greeting: Mapping[str, object] = {"type": "hello"}
        self.open: list[ServerConnection] = []
        self.asked = self.opened = self.most = 0
        self._acknowledged: dict[str, tuple[float, Any]] = {}
        self._numbers = count(1)
        self._web = Web(self._address)
        self._server = serve(self._line, "127.0.0.1", 0, compression=None)

    def __enter__(self) -> Self:
        self._web.__enter__()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        for line in self.open:
            line.socket.close()
        self._web.__exit__()

    def settings(self) -> SlackSettings:
        return settings(self._web)

    def push(self, kind: str, payload: object, line: int = -1, **more: object) -> str:
        """Send an envelope; answers its id."""
        number = f"envelope-{next(self._numbers)}"
        self.say({"type": kind, "envelope_id": number, "payload": payload} | more, line)
        return number

    def say(self, message: object, line: int = -1) -> None:
        self.open[line].send(message if isinstance(message, str) else json.dumps(message))

    def acknowledged(self, number: str, seconds: float = 5) -> Any:
        """What came with the acknowledgement; fails where there was none in time."""
        self.wait(lambda: number in self._acknowledged, seconds)
        return self._acknowledged[number][1]

    def press(self, **changes: object) -> str:
        return self.push("interactive", PRESS | changes)

    def presses(self, people: int) -> list[str]:
        """Of so many people one each."""
        return [self.press(user=ALICE | {"id": f"U0BOB{number:04}"}) for number in range(people)]

    def cut(self) -> None:
        """End all lines without a word."""
        for line in list(self.open):
            with suppress(OSError):
                line.socket.shutdown(2)

    def wait(self, what: Callable[[], object], seconds: float = 5) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"not within {seconds:g} s"
            time.sleep(0.005)

    def _address(self, path: str, headers: Mapping[str, str]) -> Answer:
        assert path == "/api/apps.connections.open"
        self.asked += 1
        if self.refusal:
            return self.refusal
        host, port = self._server.socket.getsockname()
        found = {"ok": True, "url": f"ws://{host}:{port}/link?ticket=secret-ticket"}
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()

    def _line(self, line: ServerConnection) -> None:
        self.opened += 1
        line.send(json.dumps(self.greeting))
        self.open.append(line)
        self.most = max(self.most, len(self.open))
        try:
            for text in line:
                word = json.loads(text)
                self._acknowledged[word["envelope_id"]] = (time.monotonic(), word.get("payload"))
        except ConnectionClosed:
            pass
        finally:
            self.open.remove(line)


def settings(web: Web) -> SlackSettings:
    values = {"token": "xoxb-secret", "app_token": "xapp-secret", "api_url": f"{web.base}/api/"}
    return SlackSettings.model_validate(values)


def refused(code: str, status: int = 200, **headers: str) -> Answer:
    body = json.dumps({"ok": False, "error": code}).encode()
    return status, {"Content-Type": "application/json"} | headers, body


class FakeDesk:
    """Remembers what it was asked, and does what it is told to."""

    def __init__(
        self,
        answer: Callable[[Event], object] = lambda _: None,
        check: Callable[[Submission], Check] = lambda _: Check(),
    ) -> None:
        self.asked: list[Event] = []
        self._answer, self._check = answer, check

    def check(self, submission: Submission) -> Check:
        return self._check(submission)

    def answer(self, event: Event, screen: Screen) -> None:
        self.asked.append(event)
        self._answer(event)


class FakeScreen:
    """Remembers what it showed; `broken` names what it cannot do."""

    def __init__(self, *broken: str) -> None:
        self.shown: list[tuple[str, str, object]] = []
        self._broken = broken

    def _show(self, what: str, where: str, content: object) -> None:
        if what in self._broken:
            raise DeliveryFailed(f"no {what}", subject="slack")
        self.shown.append((what, where, content))

    def reply(self, answer_to: str, text: str, blocks: Sequence[Block] = (), *, public: bool = False) -> None:
        self._show("reply", answer_to, text)

    def open(self, trigger: str, view: View) -> str:
        self._show("open", trigger, view)
        return "V1"

    def show(self, view_id: str, view: View) -> None:
        self._show("show", view_id, view)

    def home(self, who: str, view: View) -> None:
        self._show("home", who, view)


class Claims:
    """Claims in memory, as the table has them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.keys: set[str] = set()

    def __call__(self, key: str) -> bool:
        with self._lock:
            new = key not in self.keys
            self.keys.add(key)
            return new
