"""What the pages are made of: the database, the rules in force, the files and their editor, the clock, and
what can be set going from a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from monitor.channels import Channel
from monitor.config import Settings
from monitor.doors import Doors
from monitor.edit import Editor
from monitor.errors import MonitorError
from monitor.installation import files
from monitor.live import InForce
from monitor.model import Source
from monitor.outbox import Destination
from monitor.recipient import Recipient
from monitor.storage import Storage

# Seconds: a page that waits longer for the database says so instead.
PATIENCE = 5.0


class Engine(Protocol):
    """What a page can set going. `storage` is that of the calling thread."""

    @property
    def in_force(self) -> InForce: ...

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Those that are on."""

    @property
    def operator(self) -> Destination: ...

    def own_files(self) -> Path:
        """The folder of the files that can be edited. Raises MonitorError."""

    def reload(self, storage: Storage) -> object:
        """Take changed files into force at once."""

    def poll(self, storage: Storage, sources: Sequence[Source]) -> object:
        """Poll these now, and file and tell what is new as ever."""

    def doors(self, storage: Storage) -> Doors:
        """The doors to the network, which wait their turn with all others."""

    def recipients(self, storage: Storage) -> list[Recipient]:
        """How each subscriber to the digest stands."""


@dataclass(frozen=True, slots=True)
class House:
    """Each request has a connection of its own to the database, and waits `patience` seconds for it at most.
    Times are shown in `zone`. `person` signs what is changed where nobody logs in."""

    settings: Settings
    engine: Engine
    clock: Callable[[], datetime]
    zone: str
    person: str = ""
    patience: float = PATIENCE

    @property
    def in_force(self) -> InForce:
        return self.engine.in_force

    @property
    def locked(self) -> bool:
        """Does one log in?"""
        return self.settings.web.locked

    @contextmanager
    def reading(self) -> Iterator[Storage]:
        """The database, of which nothing can be changed."""
        with self.writing() as storage:
            storage.db.execute("PRAGMA query_only = ON")
            yield storage

    @contextmanager
    def writing(self) -> Iterator[Storage]:
        """The database."""
        with Storage(Path(self.settings.storage.path), self.patience) as storage:
            yield storage

    def editor(self, storage: Storage) -> Editor:
        """The door to the watchlists and the catalogue. Those that came with the package are copied to a
        folder of the user's own first. Raises MonitorError where they cannot be edited."""
        return Editor(self.engine.own_files(), storage)

    def viewer(self, storage: Storage) -> Editor:
        """The same files, to be looked at: nothing is copied. A folder that is gone has none."""
        try:
            directory = files(self.settings)[0]
        except MonitorError:
            directory = Path(self.settings.paths.watchlists)
        return Editor(directory, storage)
