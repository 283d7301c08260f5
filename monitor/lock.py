"""A lock on a file, gone with the process that holds it: one daemon per database, one edit at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from monitor.errors import Busy, MonitorError

_STEP = 0.02


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Hold the lock of this database. Raises Busy, naming the process that has it."""

    def taken(holder: str) -> str:
        return (
            f"another 'monitor run' (process {holder}) works on {database}: "
            "stop it first, or use another database"
        )

    with locked(database.with_name(database.name + ".lock"), taken):
        yield


@contextmanager
def locked(path: Path, taken: Callable[[str], str], *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock file at `path`, for which it waits so many seconds.

    Raises Busy with what `taken` makes of the number of the process that has it.
    """
    try:
        opened = path.open("a+")
    except OSError as error:
        raise MonitorError(f"{path}: cannot be written: {error.strerror}") from None
    with opened as file:
        _take(file, taken, wait)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _take(file: TextIO, taken: Callable[[str], str], wait: float) -> None:
    until = time.monotonic() + wait
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                file.seek(0)
                raise Busy(taken(file.read(20).strip() or "unknown")) from None
            time.sleep(_STEP)
