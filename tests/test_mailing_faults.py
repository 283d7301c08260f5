"""Faults 64, 65, 67 and 68 on the journey of a digest; 65 and 69 by crashes are in test_mailing_crash.py.

What a mail server answers at each step of the dialogue is in test_digest_mail.py; here it is what becomes of
the digests of all subscribers, with a post that fails as it is told, and with a real server.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import edition, mailing
from monitor.channels.email import Email
from monitor.channels.settings import EmailSettings
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.refusal import FIRST, HOURLY
from tests.fakes import NOON
from tests.mailroom import ANN, HOUR, MORNING, Desk, named, receipt
from tests.mailserver import DROP, MailServer

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ANN_, BOB, CEM = THREE = named("Ann", "Bob", "Cem")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.file(NOON)
    yield made
    made.storage.close()


def later(times: int = 1) -> list[BaseException]:
    return [DeliveryFailed("answered 450: later", retryable=True, code="RCPT 450") for _ in range(times)]


def refused_us(times: int = 1) -> list[BaseException]:
    message = "answered 535: does not accept the user or password of email.smtp"
    return [DeliveryFailed(message, parks=True, code="535") for _ in range(times)]


def no_such_user() -> DeliveryFailed:
    return DeliveryFailed("answered 550: 5.1.1 no such user", code="RCPT 550")


def got(desk: Desk) -> list[str]:
    return [to for to, _, _ in desk.mail]


# ------------------------------------------------------------------ 64: a server that refuses


def test_fault_64_a_passing_refusal_is_tried_again_ever_later(desk: Desk) -> None:
    desk.fail[ANN.email] = later(4)
    waits = [timedelta(0), FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    sent = desk.run(MORNING, MORNING + 20 * HOUR, MINUTE)
    assert sent == [sum(waits, start=MORNING)]
    assert len(desk.asked) == 5
    assert (desk.states(), desk.filed(3).error) == (["sent"], "")


def test_fault_64_only_until_the_next_one_is_due_which_tells_what_that_was_to_tell(desk: Desk) -> None:
    desk.fail[ANN.email] = later(9)
    desk.run(MORNING, MORNING + DAY - MINUTE)
    desk.fail = {}
    desk.file(MORNING + DAY - HOUR, "Rare earth news of the second day")
    assert desk.run(MORNING + DAY, MORNING + DAY + 9 * HOUR) == [MORNING + DAY]
    assert desk.states() == ["dead", "sent"]
    assert desk.filed(3).error == "superseded by that of 2026-03-04: answered 450: later"
    text = desk.mail[-1][2]
    assert "EXIM approves loan" in text
    assert "of the second day" in text
    assert desk.filed(4).since == desk.filed(3).since
    assert desk.filed(4).first


def test_fault_64_one_that_is_asked_for_again_days_later_tells_its_own_days(desk: Desk) -> None:
    """It could not even be made then; the next one told its days, and this one takes none of those after."""
    desk.file(MORNING - HOUR, "Rare earth news of the first day")
    desk.subscribers = [replace(ANN, email="")]
    with desk.storage.write():
        desk.storage.digests.open("Ann", edition.Edition(MORNING.date(), MORNING, NOON, MORNING))
    desk.tick(MORNING + DAY)
    desk.file(MORNING + DAY + HOUR, "Rare earth news of the third day")
    with desk.storage.write():
        desk.storage.digests.retry(desk.filed(3), MORNING + DAY + 2 * HOUR)
    assert len(desk.tick(MORNING + DAY + 2 * HOUR)) == 1
    assert "of the first day" in desk.filed(3).text
    assert "of the third day" not in desk.filed(3).text
    desk.tick(MORNING + 2 * DAY)
    assert desk.filed(5).since == MORNING + DAY


def test_fault_64_a_story_that_did_not_arrive_is_not_taken_for_told(desk: Desk) -> None:
    """The second digest was given up: a story that only it had is told by the third as new."""
    desk.tick(MORNING)
    desk.file(MORNING + HOUR, "Rare earth story that nobody was told")
    desk.fail[ANN.email] = later(99)
    desk.run(MORNING + DAY, MORNING + 2 * DAY - MINUTE)
    desk.fail = {}
    desk.file(MORNING + 2 * DAY - HOUR, "Rare earth story that nobody was told, again")
    desk.storage.db.execute("UPDATE signals SET story = 'story-2' WHERE story = 'story-3'")
    desk.tick(MORNING + 2 * DAY)
    assert "that nobody was told" in desk.mail[-1][2]


def test_fault_64_an_address_that_is_refused_for_good_is_parked_and_stops_nobody(desk: Desk) -> None:
    desk.subscribers = THREE
    desk.fail[BOB.email] = [no_such_user()]
    assert desk.tick(MORNING) == [receipt(3, ANN_), receipt(3, CEM)]
    assert desk.run(MORNING, MORNING + 2 * DAY) == [MORNING + DAY] * 2 + [MORNING + 2 * DAY] * 2
    assert Counter(desk.asked)[BOB.email] == 1, "a final no is not asked again"
    filed = desk.filed(3, BOB)
    assert (filed.state.value, filed.error) == ("dead", "answered 550: 5.1.1 no such user")
    assert not desk.storage.digests.exists("Bob", date(2026, 3, 4)), "nothing more is opened for it"


@pytest.mark.parametrize("how", ["resumed", "another address"])
def test_fault_64_it_goes_on_once_that_is_mended(desk: Desk, how: str) -> None:
    desk.fail[ANN.email] = [no_such_user()]
    desk.run(MORNING, MORNING + 2 * DAY + HOUR)
    if how == "resumed":
        with desk.storage.write():
            desk.storage.subscriptions.resume("Ann", MORNING + 2 * DAY + HOUR)
    else:
        desk.subscribers = [replace(ANN, email="ann@example.org")]
    assert desk.tick(MORNING + 2 * DAY + 2 * HOUR) == [receipt(5)]
    assert "EXIM approves loan" in desk.mail[0][2], "it tells what was missed"


def test_fault_64_one_mail_that_is_not_taken_parks_no_address(desk: Desk) -> None:
    desk.fail[ANN.email] = [DeliveryFailed("answered 552: too large", code="the mail 552")]
    assert desk.run(MORNING, MORNING + DAY) == [MORNING + DAY]
    assert desk.states() == ["dead", "sent"]
    assert len(desk.asked) == 2


def test_fault_64_a_server_that_refuses_us_is_asked_once_an_hour_for_all(desk: Desk) -> None:
    desk.subscribers = [*named(*"ABCDEFGH"), replace(ANN, digest_at="08:00")]
    desk.fail = {one.email: refused_us(99) for one in desk.subscribers}
    assert desk.run(MORNING, MORNING + 5 * HOUR, MINUTE) == []
    assert len(desk.asked) == 6
    desk.fail = {}
    assert desk.run(MORNING + 5 * HOUR + MINUTE, MORNING + 7 * HOUR, MINUTE) == [MORNING + 6 * HOUR] * 9
    assert Counter(got(desk)) == {one.email: 1 for one in desk.subscribers}


def test_fault_64_those_who_read_a_file_do_not_wait_for_the_mail_server(desk: Desk) -> None:
    desk.subscribers = [ANN, replace(ANN, name="Zoe", email="")]
    desk.fail = {ANN.email: refused_us()}
    assert desk.tick(MORNING) == [str(desk.digests / "2026-03-03-zoe.html")]


def test_fault_64_a_restart_asks_at_once_what_may_be_mended(desk: Desk) -> None:
    desk.fail = {ANN.email: refused_us()}
    desk.tick(MORNING)
    with desk.storage.write():
        desk.storage.digests.unpark(MORNING + MINUTE)
    assert desk.tick(MORNING + MINUTE) == [receipt(3)]


# ------------------------------------------------------------------ 64, with a real server


def through(desk: Desk, server: MailServer, now: datetime, *, user: bool = False) -> list[str]:
    """A round by the channel as it is; answers the receipts."""
    channel = Email(EmailSettings.model_validate({"smtp": server.url(user=user), "from": "m@example.org"}))
    with channel.many() as post:
        return mailing.send_due(desk.storage, desk.in_force, desk.subscribers, now, post, desk.digests)


@pytest.mark.parametrize("reply", ["421 4.3.2 going down", "450 4.2.1 busy", "451 4.7.1 greylisted"])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_fault_64_a_real_server_that_wants_it_later_gets_it_later(desk: Desk, step: str, reply: str) -> None:
    with MailServer(replies={step: reply}) as server:
        assert through(desk, server, MORNING) == []
        assert desk.states() == ["failed"]
        server.replies.clear()
        assert through(desk, server, MORNING + FIRST - MINUTE) == []
        assert len(through(desk, server, MORNING + FIRST)) == 1
        assert len(server.taken) == 1


def test_fault_64_a_real_server_that_refuses_one_of_three(desk: Desk) -> None:
    desk.subscribers = THREE
    with MailServer(replies={"RCPT": ["", "550 5.1.1 no such user", ""]}) as server:
        assert len(through(desk, server, MORNING)) == 2
        assert [taken.to for taken in server.taken] == [[ANN_.email], [CEM.email]]
        server.replies.clear()
        assert len(through(desk, server, MORNING + DAY)) == 2
    parked = [one for one in desk.storage.subscriptions.all() if one.parked]
    assert [(one.email, "550" in one.error) for one in parked] == [(BOB.email, True)]


def test_fault_64_a_real_server_that_finds_one_mail_too_large(desk: Desk) -> None:
    with MailServer(replies={"DATA": "552 5.3.4 too large"}) as server:
        assert through(desk, server, MORNING) == []
        assert desk.states() == ["dead"]
        server.replies.clear()
        assert len(through(desk, server, MORNING + DAY)) == 1


def test_fault_64_a_certificate_that_is_not_to_be_trusted_is_asked_once(
    desk: Desk, certificate: Path
) -> None:
    desk.subscribers = THREE
    with MailServer(certificate=certificate) as server:
        assert through(desk, server, MORNING) == []
        assert through(desk, server, MORNING + MINUTE) == []
        assert server.taken == []
    assert desk.states().count("failed") == 1, "the others were not even begun"
    refused = desk.storage.digests.refused([one.name for one in desk.subscribers])
    assert refused
    assert "certificate" in refused.error


def test_fault_64_no_password_without_encryption_and_a_wrong_one_but_once(desk: Desk, trusted: Path) -> None:
    desk.subscribers = THREE
    with MailServer(starttls=False) as plain:
        assert through(desk, plain, MORNING, user=True) == []
        assert plain.passwords == []
    with MailServer(certificate=trusted, replies={"AUTH": "535 5.7.8 wrong"}) as server:
        assert through(desk, server, MORNING + HOURLY, user=True) == []
        assert through(desk, server, MORNING + HOURLY + MINUTE, user=True) == []
        assert server.calls == 1, "not once for each of the three"
        server.replies.clear()
        assert len(through(desk, server, MORNING + 2 * HOURLY, user=True)) == 3


# ------------------------------------------------------------------ 65: an unclear end


def test_fault_65_at_most_one_more_copy_of_the_same_name_and_text(desk: Desk) -> None:
    desk.fail[ANN.email] = [DeliveryUnknown("the mail server broke off")]
    assert desk.tick(MORNING) == []
    desk.file(MORNING - MINUTE, "Rare earth loan in between")
    assert desk.run(MORNING, MORNING + 20 * HOUR) == [MORNING + FIRST]
    ((_, number, text),) = desk.mail
    assert f"<{number}>" == receipt(3)
    assert "in between" not in text


def test_fault_65_the_second_time_it_is_given_up(desk: Desk) -> None:
    desk.fail[ANN.email] = [DeliveryUnknown("the mail server broke off") for _ in range(9)]
    assert desk.run(MORNING, MORNING + 20 * HOUR) == []
    assert len(desk.asked) == 2
    filed = desk.filed(3)
    assert (filed.state.value, filed.error) == ("dead", "it may have arrived: the mail server broke off")


def test_fault_65_a_clear_refusal_between_makes_no_third_copy(desk: Desk) -> None:
    unclear = [DeliveryUnknown("the mail server broke off") for _ in range(3)]
    desk.fail[ANN.email] = [unclear[0], *later(), unclear[1], unclear[2]]
    assert desk.run(MORNING, MORNING + 20 * HOUR) == []
    assert len(desk.asked) == 3


def test_fault_65_a_real_server_that_breaks_off_after_the_final_dot(desk: Desk) -> None:
    with MailServer(replies={"DATA": DROP}) as server:
        for minutes in range(0, 20 * 60, 10):
            assert through(desk, server, MORNING + minutes * MINUTE) == []
        first, second = server.taken
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert (first.text, first.html) == (second.text, second.html)
    assert desk.states() == ["dead"]


# ------------------------------------------------------------------ 67: zones


@pytest.mark.parametrize(
    ("zone", "hour", "start", "skipped"),
    [
        ("America/New_York", "01:30", datetime(2026, 10, 30, tzinfo=UTC), None),
        ("America/New_York", "02:30", datetime(2026, 3, 6, tzinfo=UTC), None),
        ("America/Havana", "00:30", datetime(2026, 10, 30, tzinfo=UTC), None),
        ("Pacific/Apia", "08:00", datetime(2011, 12, 28, tzinfo=UTC), date(2011, 12, 30)),
    ],
)
def test_fault_67_one_for_each_local_date_that_exists(
    tmp_path: Path, zone: str, hour: str, start: datetime, skipped: date | None
) -> None:
    desk = Desk(tmp_path)
    desk.subscribers = [replace(ANN, digest_at=hour, zone=zone)]
    desk.file(start - 2 * DAY)
    sent = desk.run(start, start + 5 * DAY)
    days = desk.days()
    there = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    assert days == [day for day in there if day != skipped]
    assert len(sent) == len(days) == len(desk.mail) >= 5
    desk.storage.close()


@pytest.mark.parametrize("west", ["Pacific/Honolulu", "Pacific/Pago_Pago"])
def test_fault_67_a_zone_changed_at_noon_repeats_no_date_and_goes_back_to_none(desk: Desk, west: str) -> None:
    desk.subscribers = [replace(ANN, zone="Pacific/Kiritimati")]
    desk.run(MORNING, MORNING + 2 * DAY)
    desk.subscribers = [replace(ANN, zone=west)]
    desk.run(MORNING + 2 * DAY, MORNING + 4 * DAY)
    days = desk.days()
    assert days == sorted(set(days))
    assert len(desk.mail) == len(days)
    whole = [days[0] + timedelta(days=n) for n in range(len(days))]
    assert days == whole, "and leaves none out"


ZONES = ("UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu")
JUMPS = st.sampled_from(
    [*(minutes * MINUTE for minutes in (1, 20, 90, 300, 900, 3000)), -HOUR, -DAY, -3 * DAY]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(JUMPS, st.sampled_from(ZONES), st.booleans()), min_size=5, max_size=40))
def test_fault_67_whatever_zone_clock_and_restarts_do(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[timedelta, str, bool]]
) -> None:
    """No date has two, and what was told once is not told again by a later edition."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.file(NOON - 20 * DAY)
    now = MORNING
    for step, zone, restarts in steps:
        now += step
        desk.subscribers = [replace(ANN, zone=zone)]
        if restarts:
            desk.storage.close()
            desk.restart()
        sent = desk.tick(now)
        day, _ = edition.due(desk.subscribers[0], now)
        assert len(sent) <= 1
        assert not sent or f"digest.{day}." in sent[0]
    numbers = [number for _, number, _ in desk.mail]
    assert len(numbers) == len(set(numbers))
    desk.storage.close()


def test_a_clock_that_was_a_year_ahead_silences_nobody_for_a_year(desk: Desk) -> None:
    desk.tick(MORNING)
    assert len(desk.tick(MORNING + 400 * DAY)) == 1
    desk.file(MORNING + HOUR, "Rare earth news while the clock was wrong")
    assert desk.run(MORNING + HOUR, MORNING + 2 * DAY) == [MORNING + DAY, MORNING + 2 * DAY]
    assert "while the clock was wrong" in desk.mail[2][2]


# ------------------------------------------------------------------ 68: down


def test_fault_68_down_over_the_hour_it_comes_once_and_is_late(desk: Desk) -> None:
    desk.subscribers = [replace(ANN, digest_at="08:00")]
    assert desk.tick(MORNING + HOUR)
    back = datetime(2026, 3, 4, 11, tzinfo=UTC)
    desk.file(back - MINUTE, "Rare earth news while nobody looked")
    assert desk.run(back, back + 12 * HOUR) == [back]
    assert "while nobody looked" in desk.mail[-1][2]
    filed = desk.filed(4)
    made = edition.Edition(filed.day, filed.hour, filed.since, filed.until, filed.first)
    assert made.late == 3 * HOUR


def test_fault_68_down_for_three_days_makes_one_that_tells_them_all(desk: Desk) -> None:
    desk.tick(MORNING)
    for day in range(3):
        desk.file(MORNING + timedelta(days=day, hours=2), f"Rare earth news of missed day {day}")
    back = MORNING + timedelta(days=3, hours=3)
    assert desk.run(back, back + 20 * HOUR) == [back]
    assert desk.days() == [date(2026, 3, 3), date(2026, 3, 6)]
    assert all(f"missed day {day}" in desk.mail[-1][2] for day in range(3))
    assert desk.filed(6).since == MORNING


def test_fault_68_however_long_it_was_down_no_mail_tells_more_than_a_month(desk: Desk) -> None:
    desk.tick(MORNING)
    assert len(desk.tick(MORNING + 300 * DAY)) == 1
    (filed, _) = desk.storage.archive.latest(2)
    assert filed.since == MORNING + 300 * DAY - edition.FURTHEST
