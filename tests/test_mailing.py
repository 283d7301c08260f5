"""The digest: once per subscriber and local date, whatever the clock, the mail server or a crash does."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import cadence, mailing
from monitor.errors import DeliveryFailed
from monitor.letter import Letter, Mail
from monitor.storage import Storage
from monitor.subscriber import Subscriber
from tests.fakes import NOON
from tests.mailroom import ANN, HOUR, MORNING, Desk, named, receipt

DAY = timedelta(days=1)


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
    assert [f"<{number}>" for _, number, _ in desk.mail] == [receipt(day) for day in (3, 4, 5)]


def test_each_item_is_in_one_digest(desk: Desk) -> None:
    for hour in range(60):
        desk.file(NOON + hour * HOUR, f"Rare earth news of hour {hour} exactly")
    desk.run(NOON, NOON + timedelta(days=3))
    told = Counter(hour for _, _, text in desk.mail for hour in set(re.findall(r"of hour (\d+)", text)))
    assert told == {str(hour): 1 for hour in range(60)}


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
    assert desk.tick(MORNING) == [receipt(3)]


def test_a_quiet_day_is_a_mail_too(desk: Desk) -> None:
    desk.file(NOON - timedelta(days=5))
    assert desk.tick(MORNING) == [receipt(3)]
    assert "EXIM" not in desk.mail[0][2]


def test_who_wants_none_on_a_quiet_day_is_told_when_nobody_looked(desk: Desk) -> None:
    """Without the network nothing is read and nothing fails: that is no quiet day."""
    desk.subscribers = [replace(ANN, on_quiet_days=False)]
    desk.file(NOON - 5 * DAY)
    assert desk.tick(MORNING) == [receipt(3)]
    desk.look(MORNING)
    assert desk.tick(MORNING + 2 * DAY) == [receipt(5)]
    assert "not looked at for 48 h" in desk.mail[-1][2]


def test_who_wants_none_on_a_quiet_day_gets_none(desk: Desk) -> None:
    desk.subscribers = [replace(ANN, on_quiet_days=False)]
    desk.file(NOON - 5 * DAY)
    desk.look(MORNING)
    assert desk.run(MORNING, MORNING + DAY - HOUR) == []
    desk.file(MORNING + HOUR, "Rare earth news after a quiet day")
    assert desk.tick(MORNING + DAY) == [receipt(4)]
    assert desk.states() == ["muted", "sent"]
    assert desk.filed(4).since == MORNING - DAY, "the numbers of the quiet day are told with it"
    assert desk.filed(4).first, "of the first mail, although a day was muted"


def test_a_blind_day_is_told_to_those_who_want_no_quiet_ones(desk: Desk) -> None:
    desk.subscribers = [replace(ANN, on_quiet_days=False)]
    desk.file(NOON - 5 * DAY)
    fail(desk)
    assert desk.tick(MORNING) == [receipt(3)]


def fail(desk: Desk) -> None:
    """The one source that there is does not answer any more."""
    with desk.storage.write():
        desk.storage.sources.sync(desk.in_force.sources.values(), NOON)
        state = desk.storage.sources.state("one")
        desk.storage.sources.save(replace(state, failures=9, error="no answer", failing_since=NOON))


def test_down_over_the_hour_it_comes_when_the_daemon_is_back(desk: Desk) -> None:
    desk.file(NOON)
    desk.tick(MORNING)
    back = MORNING + timedelta(days=1, hours=4)
    desk.file(back - timedelta(minutes=1), "Rare earth news while nobody looked")
    assert desk.tick(back) == [receipt(4)]
    assert "while nobody looked" in desk.mail[-1][2]
    assert desk.tick(back + HOUR) == []


def test_three_missed_days_make_one_digest_that_covers_them(desk: Desk) -> None:
    desk.file(NOON)
    desk.tick(MORNING)
    for day in range(3):
        desk.file(MORNING + timedelta(days=day, hours=2), f"Rare earth news of missed day {day}")
    back = MORNING + timedelta(days=3, hours=3)
    assert desk.tick(back) == [receipt(6)]
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


# ------------------------------------------------------------------ which days


def test_only_on_weekdays_and_the_next_tells_what_was_between(desk: Desk) -> None:
    """The 3rd of March 2026 is a Tuesday."""
    desk.subscribers = [replace(ANN, weekdays=(0, 1, 2, 3, 4))]
    desk.file(NOON)
    desk.run(MORNING, MORNING + 3 * DAY)
    desk.file(MORNING + 4 * DAY, "Rare earth news of the Saturday")
    sent = desk.run(MORNING + 3 * DAY, MORNING + 7 * DAY, HOUR)
    assert [f"{moment:%a}" for moment in sent] == ["Mon", "Tue"]
    assert desk.filed(9).since == MORNING + 3 * DAY
    assert "of the Saturday" in desk.mail[-2][2]


def test_a_weekly_edition_tells_a_week(desk: Desk) -> None:
    desk.subscribers = [replace(ANN, edition="weekly")]
    desk.file(NOON - 9 * DAY)
    monday = MORNING + 6 * DAY
    desk.tick(monday)
    for day in range(7):
        desk.file(monday + day * DAY + HOUR, f"Rare earth news of day {day} exactly")
    assert desk.run(monday, monday + 7 * DAY, HOUR) == [monday + 7 * DAY]
    assert set(re.findall(r"of day (\d)", desk.mail[-1][2])) == set("0123456")


def test_who_changes_from_weekly_to_daily_is_told_the_days_between_once(desk: Desk) -> None:
    desk.subscribers = [replace(ANN, edition="weekly")]
    desk.file(NOON - 9 * DAY)
    desk.tick(MORNING + 6 * DAY)
    desk.subscribers = [ANN]
    assert desk.tick(MORNING + 9 * DAY) == [receipt(12)]
    assert desk.filed(12).since == MORNING + 6 * DAY


# ------------------------------------------------------------------ who gets none


def test_who_left_gets_none_and_no_row(desk: Desk) -> None:
    desk.subscribers = named("Ann", "Bob")
    desk.file(NOON)
    with desk.storage.write():
        desk.storage.subscriptions.leave(token_of(desk, ANN), NOON)
    assert desk.run(MORNING, MORNING + 2 * DAY) == [MORNING + n * DAY for n in range(3)]
    assert {to for to, _, _ in desk.mail} == {"bob@example.com"}
    assert not desk.storage.digests.exists("Ann", MORNING.date())


def token_of(desk: Desk, who: Subscriber) -> str:
    return desk.storage.subscriptions.of(who.name, who.email).token


def test_who_leaves_before_the_second_attempt_gets_none(desk: Desk) -> None:
    desk.fail[ANN.email] = [DeliveryFailed("450", retryable=True)]
    desk.file(NOON)
    desk.tick(MORNING)
    with desk.storage.write():
        desk.storage.subscriptions.leave(token_of(desk, ANN), MORNING)
    assert desk.run(MORNING, MORNING + 20 * HOUR) == []
    assert desk.asked == [ANN.email]
    assert (desk.filed(3).state.value, desk.filed(3).error) == ("dead", "the reader unsubscribed")


def test_who_comes_back_is_not_told_what_was_meanwhile(desk: Desk) -> None:
    desk.file(NOON)
    desk.tick(MORNING)
    with desk.storage.write():
        desk.storage.subscriptions.leave(token_of(desk, ANN), MORNING + HOUR)
    desk.run(MORNING, MORNING + 9 * DAY, 3 * HOUR)
    with desk.storage.write():
        desk.storage.subscriptions.resume("Ann", MORNING + 9 * DAY + HOUR)
    assert desk.run(MORNING + 9 * DAY + HOUR, MORNING + 10 * DAY, HOUR) == [
        MORNING + 9 * DAY + HOUR,
        MORNING + 10 * DAY,
    ]
    assert desk.filed(12).since == MORNING + 8 * DAY


def test_who_comes_back_and_cannot_be_reached_at_once_misses_nothing_since(desk: Desk) -> None:
    desk.file(NOON)
    desk.tick(MORNING)
    back = MORNING + 9 * DAY + HOUR
    with desk.storage.write():
        desk.storage.subscriptions.leave(token_of(desk, ANN), MORNING + HOUR)
        desk.storage.subscriptions.resume("Ann", back)
    desk.file(back + HOUR, "Rare earth news of the day of the return")
    desk.fail[ANN.email] = [DeliveryFailed("450", retryable=True)] * 99
    desk.run(back, MORNING + 12 * DAY - HOUR, HOUR)
    desk.fail = {}
    assert desk.run(MORNING + 12 * DAY, MORNING + 12 * DAY) == [MORNING + 12 * DAY]
    assert "of the day of the return" in desk.mail[-1][2]
    assert desk.filed(15).since == back


@pytest.mark.parametrize("joins", ["as a new subscriber", "again"])
def test_a_story_of_before_a_reader_came_is_told_them_when_it_goes_on(desk: Desk, joins: str) -> None:
    """To who was there it is more of what they know."""
    ann, bob = desk.subscribers = named("Ann", "Bob")
    if joins == "as a new subscriber":
        desk.subscribers = [ann]
    desk.file(NOON - DAY)
    desk.tick(MORNING - DAY)
    with desk.storage.write():
        desk.storage.subscriptions.leave(token_of(desk, bob), MORNING - DAY + HOUR)
    desk.file(MORNING - DAY + 2 * HOUR, "Rare earth story of March")
    desk.run(MORNING, MORNING + 3 * DAY)
    with desk.storage.write():
        desk.storage.subscriptions.resume("Bob", MORNING + 3 * DAY + HOUR)
    desk.subscribers = [ann, bob]
    desk.run(MORNING + 4 * DAY, MORNING + 4 * DAY)
    desk.file(MORNING + 4 * DAY + HOUR, "Rare earth story of March goes on")
    desk.storage.db.execute("UPDATE signals SET story = 'story-2' WHERE story = 'story-3'")
    desk.storage.db.execute("INSERT INTO members (item, story, joined) VALUES (2, 'story-2', '')")
    desk.run(MORNING + 5 * DAY, MORNING + 6 * DAY)
    told = [to for to, number, text in desk.mail if "March goes on" in text]
    assert told == ["bob@example.com"]


# ------------------------------------------------------------------ what goes with it


@pytest.mark.parametrize(
    ("web", "leaves"),
    [("", False), ("http://desk.example.com", False), ("https://desk.example.com", True)],
)
def test_one_click_is_offered_where_the_web_desk_can_be_reached(desk: Desk, web: str, leaves: bool) -> None:
    desk.web = web
    desk.file(NOON)
    desk.tick(MORNING)
    (mail,) = desk.letters
    found = desk.storage.subscriptions.all()[0].token
    assert mail.leave == (f"https://desk.example.com/unsubscribe/{found}" if leaves else "")
    assert mail.zone == "UTC"


def test_the_number_is_ascii_and_tells_two_names_apart(desk: Desk) -> None:
    desk.subscribers = [replace(ANN, name="李明"), replace(ANN, name="王芳", email="wang@example.com")]
    desk.file(NOON)
    desk.tick(MORNING)
    numbers = [number for _, number, _ in desk.mail]
    assert len(set(numbers)) == 2
    assert all(re.fullmatch(r"digest\.2026-03-03\.[0-9a-f]{10}", number) for number in numbers)


def test_only_the_first_mail_is_the_first(desk: Desk) -> None:
    desk.file(NOON)
    desk.run(MORNING, MORNING + 2 * DAY)
    assert [desk.filed(day).first for day in (3, 4, 5)] == [True, False, False]


# ------------------------------------------------------------------ many


def test_what_happened_is_gathered_once_for_all_who_are_told_the_same(desk: Desk) -> None:
    desk.subscribers = [
        *named("Ann", "Bob"),
        *(replace(one, digest_at="07:00") for one in named("Cem", "Dag")),
    ]
    desk.file(NOON)
    asked: list[str] = []
    desk.storage.db.conn.set_trace_callback(asked.append)
    for morning, times in ((MORNING, 2), (MORNING + DAY, 1)):
        asked.clear()
        assert len(desk.tick(morning)) == 4
        assert sum("FROM alerts WHERE created" in sql for sql in asked) == times, (
            "all are told up to the same moment"
        )


def test_a_round_says_how_far_it_is_and_stops_when_asked(desk: Desk) -> None:
    desk.subscribers = named("Ann", "Bob", "Cem")
    desk.file(NOON)
    heard: list[tuple[int, int]] = []

    def send(now: datetime, *, most: int) -> int:
        receipts = mailing.send_due(
            desk.storage, desk.in_force, desk.subscribers, now, desk.post, desk.digests,
            told=lambda done, total: heard.append((done, total)),
            stopping=lambda: len(desk.mail) >= most,
        )  # fmt: skip
        return len(receipts)

    assert send(MORNING, most=2) == 2
    assert heard == [(1, 3), (2, 3)]
    assert send(MORNING, most=99) == 1, "the third was not begun, and needs not wait"


def test_a_long_round_keeps_each_lease_from_its_own_beginning(desk: Desk) -> None:
    """The second mail goes out when the lease of one that began with the round would be over."""
    desk.subscribers = named("Ann", "Bob")
    desk.file(NOON)
    clock = [MORNING]

    def slow(mail: Mail, now: datetime) -> str:
        clock[0] += mailing.LEASE
        if mail.to == "bob@example.com":
            with Storage(desk.storage.path) as other:
                again = mailing.send_due(
                    other, desk.in_force, desk.subscribers, clock[0] - HOUR / 60, desk.post, desk.digests
                )
            assert again == []
        return desk.post(mail, now)

    mailing.send_due(
        desk.storage, desk.in_force, desk.subscribers, MORNING, slow, desk.digests, clock=lambda: clock[0]
    )
    assert Counter(to for to, _, _ in desk.mail) == {"ann@example.com": 1, "bob@example.com": 1}


def test_what_waits_is_found_without_reading_all_that_was_sent(desk: Desk) -> None:
    """The rows are large: a look every few seconds must not go through them."""
    asked: list[str] = []
    desk.storage.db.conn.set_trace_callback(asked.append)
    desk.storage.digests.waiting(NOON)
    desk.storage.digests.is_refused(NOON)
    desk.storage.digests.refused(["Ann"])
    desk.storage.digests.given_up()
    desk.storage.db.conn.set_trace_callback(None)
    for sql in asked:
        plan = [row["detail"] for row in desk.storage.db.query(f"EXPLAIN QUERY PLAN {sql}")]
        assert any("digests_waiting" in step or "digests_dead" in step for step in plan), plan


# ------------------------------------------------------------------ several processes


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
    wait = timedelta(minutes=30)
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
    assert {filed.state.value for filed in desk.storage.archive.latest(99)} == {"sent"}


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


# ------------------------------------------------------------------ what a poll under way will still file


def test_what_a_poll_under_way_files_later_is_told_the_next_day(desk: Desk) -> None:
    """It decides at the time of its start, which is before the end of the digest that went out meanwhile."""
    began = MORNING - timedelta(seconds=20)
    desk.file(NOON)
    with desk.storage.write():
        assert desk.storage.sources.claim(["one"], began, cadence.LEASE, due=False) == ["one"]
    assert desk.tick(MORNING)
    desk.file(began + timedelta(seconds=1), "Rare earth loan found by the poll under way")
    with desk.storage.write():
        desk.storage.sources.release(["one"])
    assert desk.tick(MORNING + timedelta(days=1))
    texts = [text for _, _, text in desk.mail]
    assert ["under way" in text for text in texts] == [False, True]


def test_a_poll_that_was_killed_holds_a_digest_back_no_longer_than_its_claim(desk: Desk) -> None:
    desk.file(MORNING - timedelta(minutes=30), "Rare earth loan of the half hour before")
    with desk.storage.write():
        desk.storage.sources.claim(["one"], MORNING - 2 * cadence.LEASE, cadence.LEASE, due=False)
    assert desk.tick(MORNING)
    assert "of the half hour before" in desk.mail[0][2]
