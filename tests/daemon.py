"""`monitor run` as a process of its own, with what it says kept in files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def wait_for(what: Callable[[], object], seconds: float, told: Callable[[], str] = lambda: "") -> float:
    """Wait until it is true; answers how long that took, and fails where it takes too long."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < seconds, f"not within {seconds:g} s. {told()}"
        time.sleep(0.02)
    return time.monotonic() - start


class Daemon:
    """A context manager; whatever becomes of it, nothing is left running."""

    count = 0

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        Daemon.count += 1
        self._out = folder / f"daemon-{Daemon.count}.out"
        self._err = folder / f"daemon-{Daemon.count}.err"
        quiet = {"MONITOR_WEB__LISTEN": ""}  # tests at the same time would take one another's port
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "monitor", *options, "run"],
                cwd=folder,
                env=inherited | quiet | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()

    @property
    def out(self) -> str:
        return self._out.read_text("utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8")

    def said(self) -> str:
        return f"stdout:\n{self.out[-2000:]}\nstderr:\n{self.err[-4000:]}"

    def ready(self) -> Daemon:
        """Wait until it is at work."""
        self.wait_out("Watching ")
        return self

    def wait_out(self, text: str, seconds: float = 15, times: int = 1) -> float:
        return wait_for(lambda: self.out.count(text) >= times, seconds, self.said)

    def wait_err(self, text: str, seconds: float = 15) -> float:
        return wait_for(lambda: text in self.err, seconds, self.said)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 40) -> int:
        """Ask it to stop; answers its exit code. What is under way ends first: a name that does not resolve
        takes its time."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
