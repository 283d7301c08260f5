"""A room with one watchlist in which people press buttons: messages that were sent, and who presses them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from monitor.deliver import enqueue
from monitor.edit import Editor
from monitor.feedback import Mark, Opinion, Person
from monitor.judging import Routes
from monitor.live import Live
from monitor.model import Alert
from monitor.outbox import Destination, Notice, Receipt
from monitor.pressing import press
from monitor.room import Room
from monitor.storage import Storage
from monitor.talk import Press
from tests import rules
from tests.fakes import NOON, an_alert

SIGNALS, DEALS = Destination("slack", "#signals"), Destination("slack", "#deals")
ALICE, BOB, CAROL = (Person(f"U{n}", name) for n, name in enumerate(("alice", "bob", "carol")))
CHANNEL = {SIGNALS: "C1", DEALS: "C2"}


class Club:
    """One database, a folder of watchlists, and a clock that is moved by hand."""

    def __init__(self, folder: Path, *, editors: tuple[str, ...] = (ALICE.id,)) -> None:
        self.folder = rules.write(folder / "watchlists", {"source-1": "http://127.0.0.1:1/1"})
        self.path = folder / "monitor.db"
        self.storage = Storage(self.path)
        self.now = NOON
        self.editors = frozenset(editors)
        self.live = Live(self.folder, self.folder / "sources.yaml", self.storage, NOON)

    def room(self, storage: Storage | None = None) -> Room:
        storage = storage or self.storage
        self.live.refresh(storage, self.now)
        editor = Editor(self.folder, storage)
        return Room(storage, self.live.now, Routes(), editor, self.editors, self.now)

    # -------------------------------------------------------------- what was told

    def item(self, number: int, title: str, text: str = "", source: str = "source-1") -> None:
        self.storage.db.execute(
            """INSERT INTO items (id, source, key, alias, link, title, text, lang, first_seen)
               VALUES (?, ?, ?, '', ?, ?, ?, 'en', ?)""",
            [number, source, str(number), f"https://example.com/{number}", title, text, NOON.isoformat()],
        )

    def tell(
        self,
        number: int = 1,
        title: str = "EXIM approves loan for rare earth magnet plant",
        to: tuple[Destination, ...] = (SIGNALS,),
        **changes: object,
    ) -> Alert:
        """An item, and the alert on it that was sent; its message has the ts `<number>.0`."""
        values = {"watchlist": "magnets", "watchlist_title": "Rare earth magnets", "title": title}
        alert = an_alert(number, **(values | changes))
        with self.storage.write():
            self.item(number, title, source=alert.source)
            enqueue(self.storage, alert, to, self.now)
        self.deliver()
        return alert

    def deliver(self) -> None:
        """Everything that waits arrives."""
        while heads := self.storage.deliveries.heads():
            with self.storage.write():
                for one in heads:
                    channel = CHANNEL.get(one.destination, "C9")
                    ts = one.message.id.removeprefix("alert-")
                    self.storage.deliveries.sent(one, Receipt(f"{channel}:{ts}.0"), self.now)

    def notice(self, notice: Notice) -> None:
        with self.storage.write():
            enqueue(self.storage, notice, [SIGNALS], self.now)
        self.deliver()

    # -------------------------------------------------------------- what people do

    def press(
        self, action: str, number: int | str = 1, who: Person = ALICE, chosen: str = "", value: str = "",
        channel: str = "C1", storage: Storage | None = None,
    ) -> str:  # fmt: skip
        """Press a button under the message of that number; a minute passes."""
        self.now += timedelta(minutes=1)
        one = Press(who, action, value=value, chosen=chosen, channel=channel, message=f"{number}.0")
        return press(self.room(storage), one)

    def mark(self, alert: Alert, opinion: Opinion, who: Person = ALICE, at: datetime | None = None) -> None:
        with self.storage.write():
            self.storage.feedback.mark(Mark(alert.id, opinion, who, at or self.now))

    def stale(self) -> list[str]:
        """The destinations of the messages that are to be brought up to date."""
        sql = "SELECT destination FROM deliveries WHERE refresh IS NOT NULL ORDER BY destination"
        return [row[0] for row in self.storage.db.execute(sql)]

    def drawn(self) -> None:
        self.storage.db.execute("UPDATE deliveries SET refresh = NULL")
