"""The digest: once per subscriber and local date, whatever the clock, the mail server or a crash does."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import mailing
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.letter import Letter, Mail
from monitor.live import InForce, Live
from monitor.model import Entry, Item, Signal
from monitor.rule import Watchlist
from monitor.score import evaluate
from monitor.storage import Storage
from monitor.subscriber import Subscriber
from tests import rules
from tests.fakes import NOON

HOUR = timedelta(hours=1)
ANN = Subscriber("Ann", "ann@example.com", "07:30", "UTC")
MORNING = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)


class Killed(BaseException):
    """What SIGKILL looks like from inside."""


class Desk:
    """One installation: its database, its files, and the mail that left it as (to, number, text)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.digests = folder / "digests"
        self.subscribers = [ANN]
        self.mail: list[tuple[str, str, str]] = []
        self.fail: dict[str, list[BaseException]] = {}
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
        if self.fail.get(mail.to):
            raise self.fail[mail.to].pop(0)
        self.mail.append((mail.to, mail.number, mail.letter.text))
        return f"<{mail.number}>"

    def tick(self, now: datetime, *, email: bool = True) -> list[str]:
        post = self.post if email else None
        return mailing.send_due(self.storage, self.in_force, self.subscribers, now, post, self.digests)

    def run(self, start: datetime, end: datetime, step: timedelta = timedelta(minutes=15)) -> list[datetime]:
        """Look every `step`; answers when something was sent."""
        sent = []
        while start <= end:
            sent += [start] * len(self.tick(start))
            start += step
        return sent

    def days(self) -> list[date]:
        return [filed.day for filed in reversed(self.storage.digests.latest(1000))]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.storage.close()


# ------------------------------------------------------------------ once a day


def test_once_per_local_date_however_often_it_looks(desk: Desk) -> None:
    desk.file(NOON)
    sent = desk.run(NOON, NOON + timedelta(days=3))
    assert sent == [MORNING, MORNING + timedelta(days=1), MORNING + timedelta(days=2)]
    assert [number for _, number, _ in desk.mail] == [
        f"digest.2026-03-0{day}.ann" for day in (3, 4, 5)
    ]  # fmt: skip


def test_each_item_is_in_one_digest(desk: Desk) -> None:
    for hour in range(60):
        desk.file(NOON + hour * HOUR, f"Rare earth news of hour {hour} exactly")
    desk.run(NOON, NOON + timedelta(days=3))
    told = Counter(
        line.strip() for _, _, text in desk.mail for line in text.splitlines() if line.startswith("* Rare")
    )
    assert len(told) == 60
    assert set(told.values()) == {1}


def test_a_restart_sends_nothing_twice(desk: Desk) -> None:
    desk.file(NOON)
    assert desk.tick(MORNING)
    desk.storage.close()
    desk.restart()
    assert desk.run(MORNING, MORNING + 20 * HOUR) == []


def test_the_first_digest_of_a_new_installation_is_the_next_one(desk: Desk) -> None:
    """Set up at noon: nothing at once about a morning that was not watched."""
    assert desk.run(NOON - 6 * HOUR, NOON) == [], "nothing was read yet"
    desk.file(NOON)
    assert desk.run(NOON, MORNING - timedelta(minutes=1)) == []
    assert desk.tick(MORNING) == ["<digest.2026-03-03.ann>"]


def test_a_quiet_day_says_so(desk: Desk) -> None:
    desk.file(NOON - timedelta(days=5))
    desk.tick(MORNING)
    assert "A quiet day: nothing reached a watchlist." in desk.mail[0][2]


def test_down_over_the_hour_it_comes_when_the_daemon_is_back(desk: Desk) -> None:
    desk.file(NOON)
    desk.tick(MORNING)
    back = MORNING + timedelta(days=1, hours=4)
    desk.file(back - timedelta(minutes=1), "Rare earth news while nobody looked")
    assert desk.tick(back) == ["<digest.2026-03-04.ann>"]
    assert "while nobody looked" in desk.mail[-1][2]
    assert desk.tick(back + HOUR) == []


def test_three_missed_days_make_one_digest_that_covers_them(desk: Desk) -> None:
    desk.file(NOON)
    desk.tick(MORNING)
    for day in range(3):
        desk.file(MORNING + timedelta(days=day, hours=2), f"Rare earth news of missed day {day}")
    back = MORNING + timedelta(days=3, hours=3)
    assert desk.tick(back) == ["<digest.2026-03-06.ann>"]
    assert desk.run(back, back + 20 * HOUR) == []
    assert all(f"missed day {day}" in desk.mail[-1][2] for day in range(3))


def test_a_clock_that_jumps_floods_nobody(desk: Desk) -> None:
    desk.file(NOON)
    desk.tick(MORNING)
    for strange in (
        MORNING - 2 * HOUR,
        datetime(1970, 1, 1, 9, tzinfo=UTC),
        MORNING + timedelta(minutes=5),
        MORNING - timedelta(days=1),
    ):
        assert desk.tick(strange) == []
    assert len(desk.tick(MORNING + timedelta(days=400))) == 1
    assert desk.tick(MORNING + HOUR) == []
    assert len(desk.mail) == 2


# ------------------------------------------------------------------ crashes


def test_a_crash_before_sending_sends_what_was_composed_then(desk: Desk) -> None:
    desk.file(NOON, "Rare earth loan that was there")
    desk.fail[ANN.email] = [Killed()]
    with pytest.raises(Killed):
        desk.tick(MORNING)
    desk.storage.close()
    desk.restart()
    desk.file(MORNING - timedelta(minutes=1), "Rare earth loan that came in between")
    assert desk.tick(MORNING + timedelta(minutes=1)) == [], "the attempt may still be under way"
    assert len(desk.tick(MORNING + mailing.LEASE)) == 1
    ((_, _, text),) = desk.mail
    assert "that was there" in text
    assert "in between" not in text
    assert desk.run(MORNING, MORNING + 10 * HOUR) == []


class Fatal(InForce):
    """Kills the process that looks at the watchlists, as composing does."""

    @property
    def watchlists(self) -> tuple[Watchlist, ...]:
        raise Killed


def test_a_crash_while_composing_loses_nothing(desk: Desk) -> None:
    desk.file(NOON)
    good = desk.in_force
    desk.in_force = Fatal(good.rulebook.texts, {}, tuple(good.sources.values()))
    with pytest.raises(Killed):
        desk.tick(MORNING)
    desk.in_force = good
    assert len(desk.tick(MORNING + mailing.LEASE)) == 1


def test_a_crash_after_two_of_five_leaves_three(desk: Desk) -> None:
    names = ["Ann", "Bob", "Cem", "Dag", "Eve"]
    desk.subscribers = [Subscriber(n, f"{n.lower()}@example.com", "07:30", "UTC") for n in names]
    desk.file(NOON)
    desk.fail["cem@example.com"] = [Killed()]
    with pytest.raises(Killed):
        desk.tick(MORNING)
    assert len(desk.mail) == 2
    desk.tick(MORNING + timedelta(minutes=1))
    desk.tick(MORNING + mailing.LEASE)
    assert Counter(to for to, _, _ in desk.mail) == {f"{n.lower()}@example.com": 1 for n in names}


def test_a_copy_after_an_unclear_end_has_the_same_name(desk: Desk) -> None:
    """SMTP cannot say whether it was taken: a copy has the same Message-ID and the same text."""
    desk.file(NOON)
    desk.fail[ANN.email] = [DeliveryUnknown("the mail server broke off")]
    assert desk.tick(MORNING) == []
    desk.file(MORNING - timedelta(minutes=1), "Rare earth loan in between")
    assert desk.run(MORNING, MORNING + 20 * HOUR) == [MORNING + timedelta(minutes=30)]
    ((_, number, text),) = desk.mail
    assert number == "digest.2026-03-03.ann"
    assert "in between" not in text


def test_two_processes_send_one(desk: Desk) -> None:
    desk.file(NOON)
    with Storage(desk.storage.path) as other:

        def post(mail: Mail, now: datetime) -> str:
            again = mailing.send_due(other, desk.in_force, [ANN], now, desk.post, desk.digests)
            assert again == []
            return desk.post(mail, now)

        mailing.send_due(desk.storage, desk.in_force, [ANN], MORNING, post, desk.digests)
    assert len(desk.mail) == 1


def test_processes_that_start_at_the_same_moment_send_one_to_each(desk: Desk) -> None:
    """All find the same digests waiting; a slow mail server leaves time to take another's."""
    wait = timedelta(minutes=5)
    desk.subscribers = [Subscriber(f"S{n}", f"s{n}@example.com", "07:30", "UTC") for n in range(4)]
    desk.fail = {s.email: [DeliveryFailed("450", retryable=True, retry_after=wait)] for s in desk.subscribers}
    desk.file(NOON)
    desk.tick(MORNING)
    together = threading.Barrier(4)

    def post(mail: Mail, now: datetime) -> str:
        time.sleep(0.05)
        return desk.post(mail, now)

    def process(_: int) -> list[str]:
        with Storage(desk.storage.path) as own:
            together.wait()
            now = MORNING + wait
            return mailing.send_due(own, desk.in_force, desk.subscribers, now, post, desk.digests)

    with ThreadPoolExecutor(4) as pool:
        receipts = [receipt for sent in pool.map(process, range(4)) for receipt in sent]
    assert Counter(to for to, _, _ in desk.mail) == {s.email: 1 for s in desk.subscribers}
    assert len(receipts) == 4
    assert {filed.state.value for filed in desk.storage.digests.latest(99)} == {"sent"}


# ------------------------------------------------------------------ where to


@pytest.mark.parametrize(("address", "email"), [("", True), ("ann@example.com", False)])
def test_without_an_address_or_a_mail_server_it_is_a_file(desk: Desk, address: str, email: bool) -> None:
    desk.subscribers = [Subscriber("Ann O'Neil", address, "07:30", "UTC")]
    desk.file(NOON)
    path = desk.digests / "2026-03-03-ann-o-neil.html"
    assert desk.tick(MORNING, email=email) == [str(path)]
    assert "EXIM approves loan" in path.read_text("utf-8")
    assert [p.name for p in desk.digests.iterdir()] == [path.name]
    assert desk.mail == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    """A text that breaks in the writing leaves the file of before as it was."""
    day = MORNING.date()
    path = mailing.write(tmp_path, day, "Ann", Letter("", "<p>whole</p>", ""))
    with pytest.raises(UnicodeEncodeError):
        mailing.write(tmp_path, day, "Ann", Letter("", "<p>half \ud800", ""))
    assert path.read_text("utf-8") == "<p>whole</p>"


def test_a_folder_that_cannot_be_written_is_tried_again(desk: Desk) -> None:
    desk.subscribers = [Subscriber("Ann", "", "07:30", "UTC")]
    desk.file(NOON)
    desk.digests.write_text("in the way")
    assert desk.tick(MORNING) == []
    desk.digests.unlink()
    assert len(desk.tick(MORNING + timedelta(minutes=30))) == 1


def test_one_bad_address_stops_nobody(desk: Desk) -> None:
    bad = Subscriber("Bad", "bad@example.com", "07:30", "UTC")
    desk.subscribers = [bad, ANN]
    desk.fail[bad.email] = [DeliveryFailed("550: no such user") for _ in range(9)]
    desk.file(NOON)
    assert desk.tick(MORNING) == ["<digest.2026-03-03.ann>"]
    assert desk.run(MORNING, MORNING + 20 * HOUR) == []
    assert len(desk.fail[bad.email]) == 8, "a final no is not asked again"
    (filed,) = [f for f in desk.storage.digests.latest(9) if f.subscriber == "Bad"]
    assert (filed.state.value, filed.error) == ("dead", "550: no such user")


def test_a_passing_refusal_is_repeated_when_told(desk: Desk) -> None:
    wait = timedelta(minutes=5)
    desk.fail[ANN.email] = [DeliveryFailed("450", retryable=True, retry_after=wait) for _ in range(2)]
    desk.file(NOON)
    assert desk.run(MORNING, MORNING + HOUR, timedelta(minutes=1)) == [MORNING + 2 * wait]


def test_who_is_no_subscriber_any_more_gets_nothing(desk: Desk) -> None:
    desk.fail[ANN.email] = [DeliveryFailed("450", retryable=True)]
    desk.file(NOON)
    desk.tick(MORNING)
    desk.subscribers = [Subscriber("Bob", "bob@example.com", "07:30", "UTC")]
    desk.run(MORNING, MORNING + timedelta(days=2))
    assert {to for to, _, _ in desk.mail} == {"bob@example.com"}


# ------------------------------------------------------------------ zones


@pytest.mark.parametrize(
    ("zone", "hour", "start", "skipped"),
    [
        ("America/New_York", "02:30", datetime(2026, 3, 6, tzinfo=UTC), None),  # no 02:30 on the 8th
        ("America/New_York", "01:30", datetime(2026, 10, 30, tzinfo=UTC), None),  # two 01:30 on 1 November
        ("Australia/Lord_Howe", "01:45", datetime(2026, 4, 3, tzinfo=UTC), None),  # half an hour, twice
        ("Asia/Shanghai", "00:00", datetime(2026, 3, 6, tzinfo=UTC), None),
        ("Pacific/Apia", "08:00", datetime(2011, 12, 28, tzinfo=UTC), date(2011, 12, 30)),
    ],
)
def test_one_for_each_local_date_that_exists(
    desk: Desk, zone: str, hour: str, start: datetime, skipped: date | None
) -> None:
    desk.subscribers = [Subscriber("Ann", "ann@example.com", hour, zone)]
    desk.file(start - timedelta(days=2))
    sent = desk.run(start, start + timedelta(days=5))
    days = desk.days()
    expected = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    assert days == [day for day in expected if day != skipped]
    assert len(sent) == len(days) == len(desk.mail) >= 5
    assert all(later - earlier > 20 * HOUR for earlier, later in pairwise(sent[1:]))
    local = [f"{moment.astimezone(ZoneInfo(zone)):%H:%M}" for moment in sent[1:]]
    assert sum(shown != hour for shown in local) == (hour == "02:30"), "only the hour that is left out moves"


def test_a_zone_changed_at_noon_repeats_no_date(desk: Desk) -> None:
    desk.file(NOON)
    desk.run(MORNING, MORNING + 5 * HOUR)
    desk.subscribers = [Subscriber("Ann", "ann@example.com", "07:30", "Asia/Tokyo")]
    desk.run(MORNING + 5 * HOUR, MORNING + timedelta(days=3))
    desk.subscribers = [Subscriber("Ann", "ann@example.com", "07:30", "Pacific/Honolulu")]
    desk.run(MORNING + timedelta(days=3), MORNING + timedelta(days=5))
    assert desk.days() == [date(2026, 3, day) for day in (3, 4, 5, 6, 7)]
    assert len(desk.mail) == 5
