"""`monitor digest` and `monitor digests`: the preview, the archive, who gets it, and sending it again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from monitor.commands import digest
from monitor.edition import Edition
from monitor.outbox import State
from monitor.storage.digests import FiledDigest
from tests.conftest import ROOT
from tests.desk import SETTINGS, Desk
from tests.mailserver import MailServer

ANN = """
[[subscribers]]
name = "Ann"
email = "ann@example.com"
digest_at = "07:30"
zone = "Asia/Tokyo"
watchlists = ["magnets"]
"""
BOB = '[[subscribers]]\nname = "Bob"\nemail = "bob@example.com"\n'


def settings(*parts: str) -> None:
    Path("monitor.toml").write_text(SETTINGS + "\n".join(parts), "utf-8")


def mail(server: MailServer) -> str:
    return f'[email]\nsmtp = "{server.url()}"\n'


def file(desk: Desk, day: date, name: str = "Ann", state: State = State.SENT, error: str = "") -> None:
    """A digest of the past, as it was sent or refused."""
    hour = datetime(day.year, day.month, day.day, 7, 30, tzinfo=UTC)
    made = Edition(day, hour, hour - timedelta(days=1), hour)
    with desk.storage() as storage, storage.write():
        storage.digests.open(name, made)
        filed = storage.digests.get(name, day)
        assert filed is not None
        page = f"<p>As it was on {day}</p>"
        storage.digests.freeze(filed, f"The news of {day}", page, f"As it was on {day}", hour)
        storage.digests.save(filed, state, hour + timedelta(hours=3), error=error)


def kept(desk: Desk, day: date, name: str = "Ann") -> FiledDigest:
    with desk.storage() as storage:
        found = storage.digests.get(name, day)
    assert found is not None
    return found


def subscription(desk: Desk, name: str, email: str, *, gone: bool = False, error: str = "") -> None:
    with desk.storage() as storage, storage.write():
        made = storage.subscriptions.of(name, email)
        if gone:
            storage.subscriptions.leave(made.token, datetime.now(UTC))
        if error:
            storage.subscriptions.park(name, email, error, datetime.now(UTC))


# ------------------------------------------------------------------ the preview


def test_the_digest_of_today_is_shown_and_nothing_is_filed(desk: Desk) -> None:
    desk.filled().run("poll")
    text = desk.run("digest").stdout
    assert "EXIM approves loan for rare earth magnet plant" in text
    assert desk.json("digests") == []


def test_as_data_it_is_the_whole_digest(desk: Desk) -> None:
    desk.filled()
    (made,) = desk.json("digest")
    assert [section["watchlist"] for section in made["sections"]] == ["magnets"]
    assert (
        made["edition"]["day"] == datetime.fromisoformat(made["edition"]["until"]).date().isoformat() or True
    )
    assert {"moved", "trends", "ahead", "stuck", "coverage", "weeks", "items"} <= set(made)


def test_a_day_of_the_past_ends_at_the_subscribers_hour(desk: Desk) -> None:
    settings(ANN)
    (made,) = desk.json("digest", "--date", "2026-03-03")
    assert made["edition"]["until"] == "2026-03-02T22:30:00+00:00"
    assert made["edition"]["since"] == "2026-03-01T22:30:00+00:00"


def test_after_days_without_one_it_tells_those_too(desk: Desk) -> None:
    settings(ANN + 'weekdays = ["mon", "tue", "wed", "thu", "fri"]\n')
    (monday,) = desk.json("digest", "--date", "2026-03-02")
    assert monday["edition"]["since"] == "2026-02-26T22:30:00+00:00"
    (sunday,) = desk.json("digest", "--date", "2026-03-01")
    assert sunday["edition"]["since"] == "2026-02-26T22:30:00+00:00"


def test_the_weekly_edition_tells_a_week(desk: Desk) -> None:
    (made,) = desk.json("digest", "--date", "2026-03-03", "--weekly")
    edition = made["edition"]
    told = datetime.fromisoformat(edition["until"]) - datetime.fromisoformat(edition["since"])
    assert told == timedelta(days=7)


@pytest.mark.parametrize("who", ["Bob", "bob@example.com"])
def test_it_is_that_of_the_subscriber_who_is_named(desk: Desk, who: str) -> None:
    settings(ANN, BOB)
    (made,) = desk.json("digest", "--to", who)
    assert made["subscriber"]["name"] == "Bob"


def test_a_stranger_would_read_what_the_first_subscriber_reads(desk: Desk) -> None:
    settings(ANN, BOB)
    (made,) = desk.json("digest", "--to", "guest@example.com")
    assert made["subscriber"]["email"] == "guest@example.com"
    assert made["subscriber"]["watchlists"] == ["magnets"]


def test_it_is_written_in_the_form_of_the_files_name(desk: Desk) -> None:
    settings(ANN)
    desk.filled()
    for name in ("today.html", "today.txt", "today.eml"):
        assert desk.run("digest", "--out", name).stdout == f"Wrote {name}\n"
    assert Path("today.html").read_text("utf-8").lower().startswith("<!doctype html>")
    assert Path("today.txt").read_text("utf-8") == desk.run("digest").stdout.removesuffix("\n")
    message = message_from_bytes(Path("today.eml").read_bytes(), policy=policy.default)
    assert message["To"] == "ann@example.com"
    assert "EXIM approves loan" in message["Subject"]
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


def test_who_reads_it_can_leave_where_the_web_desk_is_reached(desk: Desk) -> None:
    settings('[web]\nurl = "https://desk.example.com"\n', ANN)
    desk.run("digest", "--out", "ann.eml")
    desk.run("digest", "--to", "guest@example.com", "--out", "guest.eml")
    with desk.storage() as storage:
        (subscription_,) = storage.subscriptions.all()
    ann, guest = (
        message_from_bytes(Path(name).read_bytes(), policy=policy.default)
        for name in ("ann.eml", "guest.eml")
    )
    assert f"<https://desk.example.com/unsubscribe/{subscription_.token}>" in ann["List-Unsubscribe"]
    assert guest["List-Unsubscribe"].startswith("<mailto:"), "a stranger has nothing to leave"


def test_a_name_that_says_no_form_is_wrong_usage(desk: Desk) -> None:
    assert "end its name with .html, .txt or .eml" in desk.run("digest", "--out", "today.pdf", code=2).stderr


def test_a_file_that_cannot_be_written_is_told(desk: Desk) -> None:
    assert "choose another --out" in desk.run("digest", "--out", "no/such/today.html", code=1).stderr


def opened(desk: Desk, *words: str, browser: bool = True) -> tuple[str, str]:
    """What `monitor digest --open` prints where there is a browser or none, and what that opened."""
    program, seen = desk.folder / "browser", desk.folder / "seen.txt"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {seen}\n', "utf-8")
    program.chmod(0o755)
    hidden = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"PATH": "", "TMPDIR": str(desk.folder), "PYTHONPATH": str(ROOT)}
    environment |= {"BROWSER": str(program)} if browser else {}
    command = [sys.executable, "-m", "monitor", "digest", "--open", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, seen.read_text("utf-8") if seen.exists() else ""


def test_it_opens_in_the_browser(desk: Desk) -> None:
    printed, address = opened(desk)
    (page,) = desk.folder.glob("digest-*.html")
    assert address == page.as_uri()
    assert printed == f"The page is {page}.\n"
    assert page.read_text("utf-8").lower().startswith("<!doctype html>")


def test_what_is_written_as_a_page_is_what_opens(desk: Desk) -> None:
    _, address = opened(desk, "--out", "today.html")
    assert address == (desk.folder / "today.html").as_uri()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is one")
def test_without_a_browser_it_says_where_the_page_is(desk: Desk) -> None:
    printed, _ = opened(desk, browser=False)
    (page,) = desk.folder.glob("digest-*.html")
    assert printed == f"The page is {page}; no browser is found here, so open it in one.\n"


def test_a_day_with_a_digest_says_how_to_see_it_as_it_was(desk: Desk) -> None:
    settings(ANN)
    file(desk, date(2026, 3, 3))
    shown = desk.run("digest", "--date", "2026-03-03")
    assert "monitor digests show 'Ann' 2026-03-03" in shown.stderr
    assert "digests show" not in desk.run("digest", "--date", "2026-03-02").stderr


def test_a_day_that_has_not_come_is_wrong_usage(desk: Desk) -> None:
    assert "has not come yet" in desk.run("digest", "--date", "2999-01-01", code=2).stderr


# ------------------------------------------------------------------ a test mail


def test_a_test_looks_as_the_real_one_and_does_not_count(desk: Desk) -> None:
    desk.filled()
    with MailServer() as server:
        settings(mail(server), ANN)
        for _ in range(2):
            assert desk.run("digest", "--send", "--to", "Ann").stdout == "Sent to ann@example.com\n"
        desk.run("digest", "--send", "--to", "guest@example.com")
    assert [taken.to for taken in server.taken] == [["ann@example.com"]] * 2 + [["guest@example.com"]]
    first, second, _ = (taken.message for taken in server.taken)
    assert "EXIM approves loan" in first["Subject"]
    assert "test" not in first["Subject"].lower()
    assert first["Message-ID"] != second["Message-ID"], "a copy would be dropped by some receivers"
    assert desk.json("digests") == []


def test_a_test_names_its_reader(desk: Desk) -> None:
    assert "add --to" in desk.run("digest", "--send", code=2).stderr


def test_a_refusal_of_a_test_is_told(desk: Desk) -> None:
    with MailServer(replies={"RCPT": "550 no such user"}) as server:
        settings(mail(server), ANN)
        assert "550: no such user" in desk.run("digest", "--send", "--to", "Ann", code=1).stderr


@pytest.mark.parametrize(
    ("parts", "words", "said"),
    [
        ((ANN,), ("--to", "Ann", "--send"), "e-mail is off: set email.smtp"),
        ((ANN, BOB), ("--to", "Cid"), "no subscriber is called 'Cid': there are Ann, Bob"),
        (
            ('[email]\nsmtp = "smtp://127.0.0.1:1"\n[[subscribers]]\nname = "File"\n',),
            ("--to", "File", "--send"),
            "has no address",
        ),
    ],
)
def test_what_cannot_be_done_names_the_remedy(
    desk: Desk, parts: tuple[str, ...], words: tuple[str, ...], said: str
) -> None:
    settings(*parts)
    assert said in desk.run("digest", *words, code=1).stderr


# ------------------------------------------------------------------ the archive


@pytest.fixture
def archive(desk: Desk) -> Desk:
    """Two digests for Ann, the newer refused, and one for Bob."""
    settings(ANN, BOB)
    desk.run("watchlists", "list")
    file(desk, date(2026, 3, 3))
    file(desk, date(2026, 3, 4), state=State.DEAD, error="550: no such user")
    file(desk, date(2026, 3, 3), name="Bob")
    return desk


def test_without_digests_it_says_so(desk: Desk) -> None:
    assert "No digest yet" in desk.run("digests").stdout
    assert "None has failed" in desk.run("digests", "--failed").stdout
    assert desk.json("digests") == []


def test_the_archive_newest_first(archive: Desk) -> None:
    assert [(one["day"], one["subscriber"], one["state"]) for one in archive.json("digests")] == [
        ("2026-03-04", "Ann", "dead"),
        ("2026-03-03", "Ann", "sent"),
        ("2026-03-03", "Bob", "sent"),
    ]
    printed = archive.run("digests").stdout
    assert "550: no such user" in printed
    assert "The news of 2026-03-03" in printed


def test_what_came_late_says_by_how_much(archive: Desk) -> None:
    newest, before, _ = archive.json("digests")
    assert (newest["late"], before["late"]) == (0, 3 * 3600)
    assert "3 h 0 min" in archive.run("digests").stdout


def test_the_archive_of_what_failed_and_of_one_subscriber(archive: Desk) -> None:
    assert [one["day"] for one in archive.json("digests", "--failed")] == ["2026-03-04"]
    assert [one["subscriber"] for one in archive.json("digests", "--to", "Bob")] == ["Bob"]
    assert len(archive.json("digests", "--limit", "2")) == 2


def test_one_is_shown_as_it_was_sent(archive: Desk) -> None:
    assert archive.run("digests", "show", "Ann", "2026-03-03").stdout == "As it was on 2026-03-03\n"
    assert archive.run("digests", "show", "Ann").stdout == "As it was on 2026-03-04\n"
    archive.run("digests", "show", "Ann", "2026-03-03", "--out", "then.html")
    assert Path("then.html").read_text("utf-8") == "<p>As it was on 2026-03-03</p>"


def test_the_message_is_kept_as_it_went(archive: Desk) -> None:
    archive.run("digests", "show", "Ann", "2026-03-03", "--out", "then.eml")
    message = message_from_bytes(Path("then.eml").read_bytes(), policy=policy.default)
    assert (message["To"], message["Subject"]) == ("ann@example.com", "The news of 2026-03-03")
    assert message["Date"] == "Tue, 03 Mar 2026 19:30:00 +0900"
    assert message["Message-ID"].startswith("<digest.2026-03-03.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "Cid"), "there is no digest for 'Cid'"),
        (("show", "Ann", "2026-03-09"), "there is no digest of 2026-03-09 for 'Ann'"),
        (("retry", "Bob"), "there is no failed digest for 'Bob'"),
        (("retry", "Ann", "2026-03-03"), "did not fail: it is sent"),
        (("resume", "Cid"), "no subscriber is called 'Cid': there are Ann, Bob"),
        (("resume", "Ann"), "gets the digest as it is"),
    ],
)
def test_what_is_not_there_is_told(archive: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in archive.run("digests", *words, code=1).stderr


def test_nothing_goes_out_again_to_who_gets_none(archive: Desk) -> None:
    subscription(archive, "Ann", "ann@example.com", error="550: no such user")
    said = archive.run("digests", "retry", "Ann", code=1).stderr
    assert "'Ann' is parked since" in said
    assert "monitor digests resume 'Ann'" in said
    settings(BOB)
    assert "'Ann' is no subscriber any more" in archive.run("digests", "retry", "Ann", code=1).stderr


@pytest.mark.parametrize("words", [(), ("2026-03-04",)])
def test_what_was_given_up_goes_out_again(archive: Desk, words: tuple[str, ...]) -> None:
    assert "goes out again" in archive.run("digests", "retry", "Ann", *words).stdout
    again = kept(archive, date(2026, 3, 4))
    assert again.state is State.FAILED
    with archive.storage() as storage:
        waiting = storage.digests.waiting(datetime.now(UTC))
    assert waiting == [("Ann", date(2026, 3, 4))]


# ------------------------------------------------------------------ who gets it


def test_subscribers_with_what_they_get_and_when_next(desk: Desk) -> None:
    with MailServer() as server:
        settings(mail(server), ANN, '[[subscribers]]\nname = "File"\nzone = "UTC"\n')
        ann, nobody = desk.json("digests", "subscribers")
        assert (ann["subscriber"]["name"], ann["state"]) == ("Ann", "mail")
        assert (nobody["subscriber"]["name"], nobody["state"]) == ("File", "file")
        assert timedelta(0) < datetime.fromisoformat(ann["next"]) - datetime.now(UTC) <= timedelta(days=1)
        printed = desk.run("digests", "subscribers").stdout
    assert re.search(
        r"Ann +ann@example\.com +07:30 Asia/Tokyo +every day +daily, en +magnets .* JST +mail", printed
    )


def test_who_left_or_cannot_be_reached_is_shown_and_can_be_resumed(desk: Desk) -> None:
    with MailServer() as server:
        settings(mail(server), ANN, BOB)
        subscription(desk, "Ann", "ann@example.com", gone=True)
        subscription(desk, "Bob", "bob@example.com", error="550: no such user")
        ann, bob = desk.json("digests", "subscribers")
        assert (ann["state"], ann["next"]) == ("unsubscribed", None)
        assert (bob["state"], bob["why"]) == ("parked", "550: no such user")
        assert "parked since" in desk.run("digests", "subscribers").stdout
        for name in ("Ann", "Bob"):
            assert (
                f"{name} gets the digest again; the next one is due"
                in desk.run("digests", "resume", name).stdout
            )
        assert [one["state"] for one in desk.json("digests", "subscribers")] == ["mail", "mail"]


# ------------------------------------------------------------------ doctor


def found(desk: Desk, *words: str, code: int = 0) -> dict[str, tuple[str, str]]:
    return {one["subject"]: (one["status"], one["detail"]) for one in desk.json("doctor", *words, code=code)}


def test_doctor_says_when_each_gets_the_next_digest(desk: Desk) -> None:
    with MailServer() as server:
        settings(mail(server), ANN, '[[subscribers]]\nname = "File"\n')
        said = found(desk)
    assert re.fullmatch(r"next \d.* 07:30 JST, to ann@example\.com", said["digest for Ann"][1])
    assert re.fullmatch(r"next \d.* 07:30 UTC, to a file in digests/", said["digest for File"][1])


def test_doctor_names_a_watchlist_that_there_is_not(desk: Desk) -> None:
    settings(ANN.replace('["magnets"]', '["magnets", "magnts"]'))
    said = [one for one in desk.json("doctor", code=1) if one["status"] == "WRONG"]
    assert [one["subject"] for one in said] == ["digest for Ann"]
    assert ("digest for Ann", "ok") not in {
        (one["subject"], one["status"]) for one in desk.json("doctor", code=1)
    }
    assert "there is no watchlist magnts" in said[0]["detail"]
    assert "magnets" in said[0]["detail"]


def test_doctor_notes_an_address_while_email_is_off(desk: Desk) -> None:
    settings(ANN)
    status, detail = found(desk)["digest for Ann"]
    assert (status, "e-mail is off: set email.smtp" in detail) == ("note", True)


def test_doctor_tells_who_left_and_who_cannot_be_reached(desk: Desk) -> None:
    with MailServer() as server:
        settings(mail(server), ANN, BOB)
        subscription(desk, "Ann", "ann@example.com", gone=True)
        subscription(desk, "Bob", "bob@example.com", error="550: no such user")
        said = found(desk, code=1)
    assert said["digest for Ann"][0] == "note"
    assert "monitor digests resume 'Ann'" in said["digest for Ann"][1]
    assert said["digest for Bob"][0] == "WRONG"
    assert "550: no such user" in said["digest for Bob"][1]


def test_doctor_tells_a_digest_that_was_refused(archive: Desk) -> None:
    with MailServer() as server:
        settings(mail(server), ANN, BOB)
        said = found(archive, code=1)
    status, detail = said["digest for Ann"]
    assert (status, "550: no such user" in detail, "monitor digests retry" in detail) == ("WRONG", True, True)
    assert said["digest for Bob"][0] == "ok"


def test_doctor_names_some_subscribers_and_counts_the_rest(desk: Desk) -> None:
    settings(*(f'[[subscribers]]\nname = "reader {number}"\n' for number in range(15)))
    said = found(desk)
    assert sum(subject.startswith("digest for") for subject in said) == 10
    assert said["digests"] == ("ok", "5 more subscribers: monitor digests subscribers")


def test_doctor_sends_a_test_to_the_first_subscriber(desk: Desk) -> None:
    with MailServer() as server:
        settings(mail(server), '[[subscribers]]\nname = "File"\n', ANN, BOB)
        said = found(desk, "--send")
    assert said["email:ann@example.com"][0] == "ok"
    assert [taken.to for taken in server.taken] == [["ann@example.com"]]


def test_doctor_says_what_readers_miss_without_the_web_desk(desk: Desk) -> None:
    with MailServer() as server:
        settings(mail(server), ANN)
        assert "who unsubscribes writes to email.from" in found(desk)["web.url"][1]
        settings(mail(server), ANN, '[web]\nurl = "https://desk.example.com"\n')
        assert "web.url" not in found(desk)
    settings(ANN)
    assert "web.url" not in found(desk), "without e-mail nobody misses it"


# ------------------------------------------------------------------ a round


def due(desk: Desk, *parts: str) -> None:
    """As if it had polled for long, so that the last hour of each subscriber was one of its own."""
    settings(*parts)
    desk.run("poll")
    with desk.storage() as storage, storage.write():
        storage.db.execute("UPDATE items SET first_seen = '2026-01-01T00:00:00.000000+00:00'")


def test_a_round_sends_what_is_due_and_what_was_asked_for_again(desk: Desk) -> None:
    with MailServer(replies={"RCPT": "550 no such user"}) as server:
        due(desk, mail(server), ANN)
        desk.run("run", "--once")
        assert [one["state"] for one in desk.json("digests", "--failed")] == ["dead"]
        server.replies.clear()
        desk.run("digests", "resume", "Ann")
        desk.run("digests", "retry", "Ann")
        assert "Digest: <digest." in desk.run("run", "--once").stdout
    (sent,) = desk.json("digests")
    assert (sent["state"], sent["attempts"], sent["error"]) == ("sent", 2, "")
    (taken,) = server.taken
    assert taken.to == ["ann@example.com"]
    assert taken.message["List-Id"]


def test_a_round_of_many_names_ten_and_counts_the_rest(desk: Desk) -> None:
    due(desk, *(f'[[subscribers]]\nname = "reader {number}"\n' for number in range(13)))
    printed = desk.run("run", "--once").stdout
    assert printed.count("Digest: ") == 10
    assert "Digests: 3 more (monitor digests)" in printed


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of its own")
def test_on_a_terminal_a_round_shows_how_far_it_is(desk: Desk) -> None:
    due(desk, *(f'[[subscribers]]\nname = "reader {number}"\n' for number in range(13)))
    ours, terminal = os.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "monitor", "run", "--once"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=terminal):
        os.close(terminal)
        drawn = b""
        with suppress(OSError):  # its end
            while part := os.read(ours, 4096):
                drawn += part
    os.close(ours)
    assert re.search(rb"Digests.*13/13", drawn)


def test_forms_are_told_apart_by_the_end_of_the_name() -> None:
    assert [digest.form_of(Path(name)) for name in ("a.HTML", "a.txt", "b.eml")] == [".html", ".txt", ".eml"]
    assert digest.form_of(None) == ".html"
