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

# Seconds: a page that waits longer for the database says so instead.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class House:
    """Each request has a connection of its own to the database, and waits `patience` seconds for it at most.
    Times are shown in `zone`; `operator` is told who left."""

    database: Path
    in_force: Callable[[], InForce]
    operator: Destination
    clock: Callable[[], datetime]
    zone: str
    url: str
    password: SecretStr
    patience: float = PATIENCE

    @contextmanager
    def reading(self) -> Iterator[Storage]:
        """The database, of which nothing can be changed."""
        with self.writing() as storage:
            storage.db.execute("PRAGMA query_only = ON")
            yield storage

    @contextmanager
    def writing(self) -> Iterator[Storage]:
        """The database."""
        with Storage(self.database, self.patience) as storage:
            yield storage
