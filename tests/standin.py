"""The strict stand-in for Slack that lies beside the checkout, as tests use it: in this process or in one
of its own."""

from __future__ import annotations

import importlib
import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from monitor.channels.settings import SlackSettings
from monitor.channels.slack import EVENT_TYPE, Slack

TOKEN, APP_TOKEN = "xoxb-sim-bot", "xapp-sim-app"  # the stand-in's own
GENERAL, ALERTS, PRIVATE = "C0GENERAL", "C0ALERTS1", "C0PRIVMEM"
NOT_IN, ARCHIVED, HIDDEN = "C0NOTIN01", "C0ARCHIVE", "C0PRIVATE"
NO_LIMITS = {"limits": {"enabled": False}}


class StandIn:
    """Slack on a port of 127.0.0.1, with the journal that judges what was posted to it."""

    def __init__(self, shared: Path, journal: Path, config: dict[str, Any] | None = None) -> None:
        if str(shared) not in sys.path:
            sys.path.insert(0, str(shared))
        self._package: Any = importlib.import_module("slack_sim")
        self.journal = journal
        self._config = config or {}
        self.base = self._start(shared, self._config)

    def _start(self, shared: Path, config: dict[str, Any]) -> str:
        self._server, self._sim = self._package.serve(0, str(self.journal), config)
        return str(self._sim.base)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.audit()["sim_defects"] == 0
        self._server.shutdown()
        self._server.server_close()
        self._sim.out.close()

    # -------------------------------------------------------------- what tests ask of it

    def settings(self, **changes: str) -> SlackSettings:
        values = {"token": TOKEN, "api_url": f"{self.base}/api", "channel": GENERAL}
        return SlackSettings.model_validate(values | changes)

    def channel(self, timeout: float = 10, margin: float = 10) -> Slack:
        return Slack(self.settings(), timeout=timeout, margin=margin)

    def control(self, verb: str, **body: object) -> Any:
        request = urllib.request.Request(
            f"{self.base}/_sim/{verb}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def fault(self, action: str, method: str = "chat.postMessage", **more: object) -> None:
        """The next call of the method goes wrong; `times`, `skip` and `match` as the stand-in has them."""
        self.control("fault", action=action, method=method, **more)

    def token(self, **changes: object) -> None:
        self.control("config", tokens={TOKEN: changes})

    # -------------------------------------------------------------- what people do; each answers whether,
    # and after how many milliseconds, that was acknowledged (`acked`, `ack_ms`, `response`, `attempts`)

    def click(self, action: str, **more: object) -> Any:
        """Press a button or choose (`value`) from a menu; `channel` and `ts`, or `view_id`, say where."""
        return self.control("click", action_id=action, **more)

    def submit(self, view: str, **values: object) -> Any:
        """Send a modal off. `values` is the state by block id, as Slack has it."""
        return self.control("submit", view_id=view, values=values)

    def slash(self, text: str = "", **more: object) -> Any:
        return self.control("slash", **{"command": "/signals", "text": text} | more)

    def event(self, kind: str, **more: object) -> Any:
        """An event of the Events API, as `app_home_opened` with `user` and `tab`."""
        return self.control("event", event={"type": kind} | more)

    def disconnect(self, reason: str = "refresh_requested", **more: object) -> None:
        """End the open connections: `grace` seconds after saying so, or without a word (`abrupt`)."""
        self.control("disconnect", reason=reason, **more)

    def delete(self, place: str) -> None:
        """Delete a message ("C123:169.1"), as a person in the channel would."""
        channel, _, ts = place.partition(":")
        request = urllib.request.Request(
            f"{self.base}/api/chat.delete",
            json.dumps({"channel": channel, "ts": ts}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["ok"]

    def leave(self) -> None:
        """Be away, as where there is no network; `come_back` ends it. What was posted is kept."""
        self._server.shutdown()
        self._server.server_close()
        for line in self._sim.conns:
            with suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)
        self._sim.out.close()

    def come_back(self) -> None:
        port = self._server.server_address[1]
        self._server, self._sim = self._package.serve(port, str(self.journal), self._config)

    # -------------------------------------------------------------- what became of it

    def rested(self) -> None:
        """As if nothing had been asked for long: no limit is near."""
        self._sim.buckets.clear()

    def audit(self, expected: Iterable[str] = ()) -> dict[str, Any]:
        found: dict[str, Any] = self._package.audit(str(self.journal), expected=list(expected))
        return found

    def entries(self, op: str) -> list[dict[str, Any]]:
        return [entry for entry in self._package.load(str(self.journal)) if entry["op"] == op]

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [call for call in self.entries("call") if call["method"] == method]

    def posted(self, channel: str) -> list[str]:
        """The delivery ids of what was posted to a channel, in the order of arrival."""
        return [
            entry["message"]["metadata"]["event_payload"]["key"]
            for entry in self.entries("message")
            if entry["channel"] == channel
            and entry["message"].get("metadata", {}).get("event_type") == EVENT_TYPE
        ]


class StandInProcess(StandIn):
    """The same as a process of its own, which no trouble of the test's process can hold up."""

    def _start(self, shared: Path, config: dict[str, Any]) -> str:
        file = self.journal.with_suffix(".config.json")
        file.write_text(json.dumps(config), "utf-8")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "slack_sim", "--port", "0"),
                *("--state", str(self.journal), "--config", str(file)),
            ],
            cwd=shared,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline())
        return str(ready["control"]).removesuffix("/_sim/")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)
        assert self.audit()["sim_defects"] == 0
