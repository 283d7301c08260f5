"""A desk in Slack without Slack: a folder of rules, a database, people, and who answers them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from monitor.answering import Answering
from monitor.edit import Editor
from monitor.feedback import Person
from monitor.judging import Judging, Routes
from monitor.live import Live
from monitor.model import Entry, Item
from monitor.outbox import Destination
from monitor.room import Room
from monitor.storage import Storage
from monitor.talk import Command, Press, Submission, View
from tests import rules
from tests.fakes import NOON
from tests.screen import FakeScreen, inputs

ALICE, BOB = Person("U0ALICE01", "alice"), Person("U0BOB0001", "bob")
CHANNEL = "C0ALERTS1"
SIGNALS = Destination("slack", "#signals")


class Office:
    """Alice may edit, Bob may not. Files that change are noticed as the daemon does it."""

    def __init__(self, folder: Path, web: str = "", **more: str) -> None:
        self.folder = rules.write(folder / "watchlists", None, **more)
        self.path = folder / "monitor.db"
        self.storage = Storage(self.path)
        self.now = NOON
        self.web = web
        self.live = Live(self.folder, self.folder / "sources.yaml", self.storage, self.now)
        self.screen = FakeScreen()
        self.desk = Answering(self.room, lambda: self.live.now)
        self.count = 0

    @contextmanager
    def room(self) -> Iterator[Room]:
        self.live.refresh(self.storage, self.now)
        yield self._room()

    def _room(self) -> Room:
        editor = Editor(self.folder, self.storage)
        editors = frozenset({ALICE.id})
        routes = Routes(frozenset({"slack"}))
        return Room(self.storage, self.live.now, routes, editor, editors, self.now, "UTC", self.web)

    # -------------------------------------------------------------- what happened before

    def file(
        self, title: str, *, link: str = "", text: str = "", ago: timedelta = timedelta(hours=1)
    ) -> Item:
        """An item came, was judged and, where it scores, told."""
        self.count += 1
        at = self.now - ago
        link = link or f"https://example.com/{self.count}"
        entry = Entry(f"k{self.count}", f"a{self.count}", link, title, text, at)
        in_force, source = self.live.now, self.live.now.sources["one"]
        with self.storage.write():
            item = self.storage.items.add("one", entry, "en", at)
            assert item is not None
            verdicts = in_force.judges.verdicts(in_force.evidence(item, source, "en"))
            Judging(self.storage, in_force, Routes(frozenset({"slack"})), at).file(
                source, item, list(verdicts)
            )
        return item

    def deliver(self) -> None:
        """All that waits was sent to the channel."""
        with self.storage.write():
            self.storage.db.conn.execute(
                "UPDATE deliveries SET state = 'sent', receipt = ? || ':' || seq || '.0'", [CHANNEL]
            )

    # -------------------------------------------------------------- what people do

    def type(self, text: str, who: Person = ALICE, at: datetime | None = None) -> str:
        """A command, and what was answered."""
        self.now = at or self.now
        self.desk.answer(Command(who, text, CHANNEL, "trigger", "https://answer"), self.screen)
        return self.screen.said

    def watch(self, name: str = "", who: Person = ALICE) -> str:
        """Open the modal; answers the id of its view."""
        self.desk.answer(Command(who, f"watch {name}", CHANNEL, "trigger", "https://answer"), self.screen)
        return next(reversed(self.screen.views))

    def view(self, name: str) -> View:
        return self.screen.views[name][-1]

    def press(
        self,
        name: str,
        action: str,
        /,
        *,
        value: str = "",
        chosen: str = "",
        who: Person = ALICE,
        **typed: str,
    ) -> View:
        """Press in a modal, with what is typed in it; answers what it shows then."""
        view = self.view(name)
        self.desk.answer(
            Press(
                who, action, value, chosen, view=name, private=view.get("private_metadata", ""),
                values=self.values(view, typed),
            ),
            self.screen,
        )  # fmt: skip
        return self.view(name)

    def submission(self, name: str, /, who: Person = ALICE, **typed: str) -> Submission:
        view = self.view(name)
        return Submission(
            who, name, view.get("callback_id", ""), view["private_metadata"], self.values(view, typed)
        )

    def submit(self, name: str, /, who: Person = ALICE, **typed: str) -> View:
        """Send the modal off: what it shows then. It has no mistakes to be named at once."""
        sent = self.submission(name, who, **typed)
        check = self.desk.check(sent)
        assert check.errors == {}
        assert check.view is not None
        self.screen.show(name, check.view)
        self.desk.answer(sent, self.screen)
        return self.view(name)

    @staticmethod
    def values(view: View, typed: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """The state of a view by block: what stands there, but for what was typed, by the end of its key
        with _ for a dot."""
        state = inputs(view)
        for key, text in typed.items():
            (block,) = [one for one in state if one.partition(":")[2] == key.replace("_", ".")]
            state[block] = text
        return {block: (text,) if text else () for block, text in state.items()}
