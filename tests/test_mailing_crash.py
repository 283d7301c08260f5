"""Killed at every effect of a round of digests: nothing is lost, and nobody gets two but for an unclear end.

What was handed over when the process ended may have arrived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from monitor import mailing
from monitor.errors import DeliveryFailed
from monitor.letter import Mail
from monitor.live import InForce
from monitor.rule import Watchlist
from monitor.storage import Storage
from monitor.subscriber import Subscriber
from tests.fakes import NOON
from tests.mailroom import ANN, HOUR, MORNING, Desk, Killed, named, receipt

# Of three by mail, the mail server puts the second off at first; the fourth reads a file.
BY_MAIL = named("Ann", "Bob", "Cem")
PUT_OFF = "bob@example.com"
READERS = [*BY_MAIL, Subscriber("Dag", "", "07:30", "UTC")]
DAY = timedelta(days=1)


class Death:
    """Comes at the effect of this number; 0: never."""

    def __init__(self, at: int) -> None:
        self.at, self.passed = at, 0

    def step(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed


class Mortal(Storage):
    """May end before each change is made, and after it."""

    def __init__(self, path: Path, death: Death) -> None:
        super().__init__(path)
        self._death = death

    @contextmanager
    def write(self) -> Iterator[None]:
        self._death.step()
        with super().write():
            yield
        self._death.step()


class Composing(InForce):
    """May end while a digest is composed."""

    death = Death(0)

    @property
    def watchlists(self) -> tuple[Watchlist, ...]:
        self.death.step()
        return super().watchlists


class Mortals(Desk):
    """An installation that ends at an effect, and a mail server that has what it took by then."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.death = Death(0)
        self.subscribers = READERS
        self.fail = {PUT_OFF: [DeliveryFailed("450: later", retryable=True)]}

    def post(self, mail: Mail, now: datetime) -> str:
        self.death.step()
        taken = super().post(mail, now)
        self.death.step()
        return taken

    def mortal(self, at: int) -> None:
        """From now on death comes at this effect."""
        self.storage.close()
        self.restart()
        self.storage.close()
        self.death = Death(at)
        self.storage = Mortal(self.folder / "monitor.db", self.death)
        known = self.in_force
        self.in_force = Composing(known.rulebook.texts, {}, tuple(known.sources.values()))
        self.in_force.death = self.death


class Cut:
    """Takes every mail, and ends before that can be noted."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, mail: Mail, now: datetime) -> str:
        self._desk.mail.append((mail.to, mail.number, mail.letter.text))
        raise Killed


def killed(desk: Mortals, at: int) -> bool:
    """Whether there was an effect of this number."""
    desk.mortal(at)
    try:
        desk.tick(MORNING)
    except Killed:
        return True
    return False


def test_killed_at_every_effect_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    unclear = 0
    for at in count(1):
        desk = Mortals(tmp_path / str(at))
        desk.file(NOON)
        died = killed(desk, at)
        handed_over = sum(row["unclear"] for row in desk.storage.db.query("SELECT unclear FROM digests"))
        desk.mortal(0)
        desk.file(MORNING + HOUR / 60, "Rare earth news that came in between")
        desk.run(MORNING, MORNING + 5 * HOUR)
        assert desk.states() == ["sent"] * 4, at
        copies = Counter(to for to, _, _ in desk.mail)
        assert set(copies) == {one.email for one in BY_MAIL}, at
        assert sum(copies.values()) - 3 <= handed_over <= 1, at
        assert len({(to, number, text) for to, number, text in desk.mail}) == 3, "a copy is the same"
        unclear += sum(copies.values()) - 3
        assert desk.run(MORNING + DAY, MORNING + DAY + HOUR), "the day after goes on"
        desk.storage.close()
        if not died:
            break
    assert at > 30, "so many effects there are at least"
    assert unclear == 4, "taken and not recorded: twice for each, once for him who was put off"


def test_killed_at_every_effect_one_after_the_other(tmp_path: Path) -> None:
    """The process comes back each time and ends one effect later: at most one more copy to each, and who got
    none that day, because two attempts were cut short, is told the day after."""
    desk = Mortals(tmp_path)
    desk.file(NOON)
    now = MORNING
    for at in (*range(1, 20), *range(1, 20)):
        desk.mortal(at)
        with suppress(Killed):
            desk.tick(now)
        now += mailing.LEASE
    desk.mortal(0)
    desk.run(now, MORNING + 12 * HOUR)
    copies = Counter(to for to, _, _ in desk.mail)
    assert max(copies.values()) <= 2
    assert set(desk.states()) <= {"sent", "dead"}
    given_up = {one.email for one in BY_MAIL if desk.filed(3, one).state.value == "dead"}
    assert {one.email for one in BY_MAIL} - set(copies) <= given_up
    for one in BY_MAIL:
        if one.email in given_up:
            assert desk.filed(3, one).error == "it may have arrived: the attempt was cut short"
    desk.run(MORNING + DAY, MORNING + DAY + HOUR)
    told = {to for to, _, text in desk.mail if "EXIM approves loan for a rare earth plant" in text}
    assert told == {one.email for one in BY_MAIL}
    desk.storage.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Mortals]:
    made = Mortals(tmp_path)
    made.file(NOON)
    yield made
    made.storage.close()


def test_fault_65_who_is_always_cut_short_while_sending_gives_up_after_two(desk: Mortals) -> None:
    """A mail server that takes the mail, and a disk that never lets us note it."""
    desk.subscribers = [ANN]
    desk.fail = {}
    for attempt in range(6):
        desk.mortal(0)
        now = MORNING + attempt * mailing.LEASE
        with suppress(Killed):
            mailing.send_due(desk.storage, desk.in_force, [ANN], now, Cut(desk), desk.digests)
    assert len(desk.mail) == 2
    assert len(set(desk.mail)) == 1, "the copy has the same Message-ID and the same text"
    assert desk.states() == ["dead"]


def test_fault_69_killed_after_two_of_five_the_other_three_get_theirs(desk: Mortals) -> None:
    desk.subscribers = named("Ann", "Bob", "Cem", "Dag", "Eve")
    desk.fail = {"cem@example.com": [Killed()]}
    with pytest.raises(Killed):
        desk.tick(MORNING)
    assert [to for to, _, _ in desk.mail] == ["ann@example.com", "bob@example.com"]
    desk.mortal(0)
    desk.tick(MORNING + timedelta(minutes=1))
    assert [to for to, _, _ in desk.mail[2:]] == ["dag@example.com", "eve@example.com"]
    desk.tick(MORNING + mailing.LEASE)
    assert Counter(to for to, _, _ in desk.mail) == {one.email: 1 for one in desk.subscribers}


def test_what_was_frozen_before_the_crash_is_what_goes_out(desk: Mortals) -> None:
    desk.subscribers = [ANN]
    desk.fail = {ANN.email: [Killed()]}
    with pytest.raises(Killed):
        desk.tick(MORNING)
    desk.mortal(0)
    desk.file(MORNING - timedelta(minutes=1), "Rare earth loan that came in between")
    assert desk.tick(MORNING + timedelta(minutes=1)) == [], "the attempt may still be under way"
    assert desk.tick(MORNING + mailing.LEASE) == [receipt(3)]
    ((_, _, text),) = desk.mail
    assert "EXIM approves loan" in text
    assert "in between" not in text


def test_what_was_not_made_before_the_crash_tells_up_to_when_it_is_made(desk: Mortals) -> None:
    """Killed on opening the row at the hour, and back three hours later: it is late, and says so."""
    desk.subscribers = [ANN]
    assert killed(desk, 2)
    assert desk.states() == ["pending"]
    desk.mortal(0)
    desk.file(MORNING + HOUR, "Rare earth loan of an hour later")
    assert desk.tick(MORNING + 3 * HOUR) == [receipt(3)]
    assert "of an hour later" in desk.mail[0][2]
    filed = desk.filed(3)
    assert (filed.hour, filed.until) == (MORNING, MORNING + 3 * HOUR)


def test_the_next_day_comes_before_the_crash_is_mended(desk: Mortals) -> None:
    """Killed while sending; back after the next hour: that edition tells the time of both."""
    desk.subscribers = [ANN]
    desk.fail = {ANN.email: [Killed()]}
    with pytest.raises(Killed):
        desk.tick(MORNING)
    desk.mortal(0)
    desk.file(MORNING + HOUR, "Rare earth loan of the day after")
    assert desk.run(MORNING + DAY, MORNING + DAY + 9 * HOUR) == [MORNING + DAY]
    assert desk.states() == ["dead", "sent"]
    assert desk.filed(3).error == "superseded by that of 2026-03-04"
    ((_, number, text),) = desk.mail
    assert f"<{number}>" == receipt(4)
    assert "EXIM approves loan" in text
    assert "of the day after" in text
