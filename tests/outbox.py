"""An outbox on a bench: one database, a clock that is moved by hand, a channel that remembers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from monitor.channels import Channel
from monitor.deliver import Deliverer, Progress, enqueue
from monitor.holding import Hold
from monitor.outbox import Delivery, Destination
from monitor.storage import Storage
from tests.fakes import NOON, FakeChannel, an_alert, an_item

A, B = Destination("fake", "a"), Destination("fake", "b")


class Bench:
    """One database, a clock that stands still until it is moved, and a channel that remembers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.storage = Storage(path)
        self.now = NOON
        self.channel = FakeChannel()
        self.deliverer = self.another()

    def another(self, **channels: Channel) -> Deliverer:
        known: dict[str, Channel] = {"fake": self.channel}
        return Deliverer(self.storage, known | channels, lambda: self.now)

    def file(self, *numbers: int, to: tuple[Destination, ...] = (A,), **changes: object) -> None:
        """Put an alert of each number into the outbox."""
        self.file_held(None, *numbers, to=to, **changes)

    def file_held(
        self, hold: Hold | None, /, *numbers: int, to: tuple[Destination, ...] = (A,), **changes: object
    ) -> None:
        """Put an alert of each number into the outbox, held."""
        with self.storage.write():
            for number in numbers:
                item = an_item(number)
                self.storage.db.conn.execute(
                    """INSERT OR IGNORE INTO items
                       (id, source, key, alias, link, title, text, lang, first_seen)
                       VALUES (?, 'source-1', ?, '', ?, ?, '', 'en', ?)""",
                    [number, str(number), item.link, item.title, NOON.isoformat()],
                )
                alert = an_alert(number, **({"created": self.now} | changes))
                enqueue(self.storage, alert, to, self.now, hold)

    def run(self, after: timedelta = timedelta(0)) -> Progress:
        self.now += after
        return self.deliverer.run()

    def rows(self) -> list[Delivery]:
        """Every delivery, the first one filed first."""
        return list(reversed(list(self.storage.deliveries.latest(1000))))

    def states(self) -> list[str]:
        return [row.state.value for row in self.rows()]

    def alerts_arrived(self) -> list[str]:
        names = {row.id: row.message.id for row in self.rows()}
        return [names[number] for number in self.channel.arrived]
