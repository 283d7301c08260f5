"""What answering people takes: our own records, the rules in force, the files and their editor, and now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.edit import Editor
from monitor.feedback import Person
from monitor.judging import Routes
from monitor.live import InForce
from monitor.storage import Storage

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Room:
    """`storage` is that of the calling thread; `editors` are the ids of those who may change watchlists;
    `zone` is for reading times; `web` is where readers reach the web desk, empty where they cannot."""

    storage: Storage
    in_force: InForce
    routes: Routes
    editor: Editor
    editors: frozenset[str]
    now: datetime
    zone: str = "UTC"
    web: str = ""

    def may_edit(self, who: Person) -> bool:
        return EVERYBODY in self.editors or who.id in self.editors
