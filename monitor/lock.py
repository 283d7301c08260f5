"""One daemon per database: an exclusive lock on a file beside it, gone with the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import Busy, MonitorError


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Hold the lock of this database. Raises Busy, naming the process that has it."""
    path = database.with_name(database.name + ".lock")
    try:
        opened = path.open("a+")
    except OSError as error:
        raise MonitorError(f"{path}: cannot be written: {error.strerror}") from None
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip()
            raise Busy(
                f"another 'monitor run' (process {holder or 'unknown'}) works on {database}: "
                "stop it first, or use another database"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
