"""What the pages are made of: the database to read, the rules in force, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from monitor.live import InForce
from monitor.outbox import Destination
from monitor.storage import Storage

# A page that waits longer for the database says so instead.
PATIENCE_MS = 5000


@dataclass(frozen=True, slots=True)
class House:
    """Each request has a connection of its own to the database. Times are shown in `zone`; `operator` is
    told who left."""

    database: Path
    in_force: Callable[[], InForce]
    operator: Destination
    clock: Callable[[], datetime]
    zone: str
    url: str
    password: SecretStr

    @contextmanager
    def reading(self) -> Iterator[Storage]:
        """The database, of which nothing can be changed."""
        with self.writing() as storage:
            storage.db.execute("PRAGMA query_only = ON")
            yield storage

    @contextmanager
    def writing(self) -> Iterator[Storage]:
        """The database."""
        with Storage(self.database) as storage:
            storage.db.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
            yield storage
