"""An installation that sends digests: its database, its files, and the mail that left it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from monitor import mailing
from monitor.letter import Links, Mail
from monitor.live import Live
from monitor.model import Entry, Item, Signal
from monitor.score import evaluate
from monitor.storage import Storage
from monitor.storage.archive import Kept
from monitor.storage.digests import FiledDigest
from monitor.subscriber import Subscriber
from tests import rules
from tests.fakes import NOON

HOUR = timedelta(hours=1)
ANN = Subscriber("Ann", "ann@example.com", "07:30", "UTC")
MORNING = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)


def receipt(day: int, who: Subscriber = ANN) -> str:
    """That of the digest of a day of March 2026."""
    return f"<digest.2026-03-{day:02}.{who.number}>"


def named(*names: str) -> list[Subscriber]:
    """Subscribers at half past seven, each with an address."""
    return [Subscriber(name, f"{name.lower()}@example.com", "07:30", "UTC") for name in names]


class Killed(BaseException):
    """What SIGKILL looks like from inside."""


class Desk:
    """One installation: its database, its files, and the mail that left it as (to, number, text).

    `asked` are the addresses of all attempts, `fail` is what the next ones to an address raise.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.digests = folder / "digests"
        self.subscribers = [ANN]
        self.mail: list[tuple[str, str, str]] = []
        self.letters: list[Mail] = []
        self.asked: list[str] = []
        self.fail: dict[str, list[BaseException]] = {}
        self.web = ""
        rules.write(folder / "watchlists")
        self.restart()
        self.count = 0

    def restart(self) -> None:
        self.storage = Storage(self.folder / "monitor.db")
        watchlists = self.folder / "watchlists"
        self.in_force = Live(watchlists, watchlists / "sources.yaml", self.storage, NOON).now

    def file(self, when: datetime, title: str = "EXIM approves loan for a rare earth plant") -> None:
        """An item comes in, and scores."""
        self.count += 1
        entry = Entry(f"k{self.count}", f"a{self.count}", "https://example.com/1", title, "", when)
        with self.storage.write():
            item = self.storage.items.add("one", entry, "en", when)
            assert isinstance(item, Item)
            (watchlist,) = self.in_force.watchlists
            evidence = self.in_force.evidence(item, self.in_force.sources["one"], "en")
            verdict = evaluate(watchlist, evidence)
            self.storage.signals.save(Signal(item, verdict, f"story-{self.count}", False, when))

    def post(self, mail: Mail, now: datetime) -> str:
        self.asked.append(mail.to)
        if self.fail.get(mail.to):
            raise self.fail[mail.to].pop(0)
        self.mail.append((mail.to, mail.number, mail.letter.text))
        self.letters = [*self.letters[-99:], mail]
        return f"<{mail.number}>"

    def look(self, now: datetime) -> None:
        """All sources are looked at, and are well."""
        with self.storage.write():
            states = self.storage.sources.states().values()
            self.storage.sources.save(*(replace(state, last_ok=now) for state in states))

    def tick(self, now: datetime, *, email: bool = True) -> list[str]:
        post = self.post if email else None
        return mailing.send_due(
            self.storage,
            self.in_force,
            self.subscribers,
            now,
            post,
            self.digests,
            links=Links(self.web, self.web),
        )

    def run(self, start: datetime, end: datetime, step: timedelta = timedelta(minutes=15)) -> list[datetime]:
        """Look every `step`; answers when something was sent."""
        sent = []
        while start <= end:
            sent += [start] * len(self.tick(start))
            start += step
        return sent

    def days(self) -> list[date]:
        return [kept.day for kept in reversed(self.storage.archive.latest(1000))]

    def filed(self, day: int, who: Subscriber = ANN) -> FiledDigest:
        """The row of a day of March 2026."""
        found = self.storage.digests.get(who.name, date(2026, 3, day))
        assert found is not None
        return found

    def states(self) -> list[str]:
        """The states of all rows, by date and subscriber."""
        return [kept.state.value for kept in sorted(self.storage.archive.latest(1000), key=_place)]


def _place(kept: Kept) -> tuple[date, str]:
    return kept.day, kept.subscriber
