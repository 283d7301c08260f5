"""What hears people in Slack, put together: the line to Slack, who answers, and what answering takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import home, modal
from monitor.answering import Answering
from monitor.channels.slack_socket import Conversation
from monitor.config import Settings
from monitor.edit import Editor
from monitor.feedback import Person
from monitor.judging import Routes
from monitor.live import Live
from monitor.room import EVERYBODY, Room
from monitor.storage import Storage


@dataclass(frozen=True, slots=True)
class House:
    """What rooms are made of. Each has a connection of its own to the database, for one answer.

    `directory` holds the watchlists in force; where that is not the folder that is set, they are those
    of the package, which nobody edits.
    """

    settings: Settings
    directory: Path
    live: Live
    routes: Routes
    clock: Callable[[], datetime]
    zone: str

    @contextmanager
    def room(self) -> Iterator[Room]:
        own = self.directory == Path(self.settings.paths.watchlists)
        with Storage(self.settings.storage.path) as storage:
            yield Room(
                storage=storage,
                in_force=self.live.now,
                routes=self.routes,
                editor=Editor(self.directory, storage),
                editors=frozenset(self.settings.slack.editors if own else ()),
                now=self.clock(),
                zone=self.zone,
                web=self.settings.web.links,
            )

    def claim(self, number: str) -> bool:
        """Whether what Slack tells is ours to handle: once in all, whoever asks."""
        with Storage(self.settings.storage.path) as storage, storage.write():
            return storage.talks.claim(number, self.clock())


def conversation(house: House) -> Conversation:
    """To be started and stopped."""
    return Conversation(house.settings.slack, Answering(house.room, lambda: house.live.now), house.claim)


def views(house: House) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """The Home tab and the modal as they are now, each with a caption: as somebody who may edit sees them,
    and the form as the others do."""
    who = Person("", "preview")
    with house.room() as found:
        room = replace(found, editors=frozenset((EVERYBODY,)))
        made = [("Home tab", home.view(room, who)), ("/signals watch", modal.first(room, who))]
        for watchlist in room.in_force.watchlists[:1]:
            name = watchlist.id
            made.append((f"/signals watch {name}", modal.first(room, who, name)))
            reader = replace(room, editors=frozenset())
            made.append((f"/signals watch {name}, for who may not edit", modal.first(reader, who, name)))
        return made
