"""Alerts by e-mail, through a real SMTP server: safe headers, no secret in clear, the right ends."""

from __future__ import annotations

import base64
import socket
import threading
from collections import Counter
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitor.channels import PARKED
from monitor.channels.email import Email
from monitor.channels.settings import EmailSettings
from monitor.channels.smtp_line import LATER
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.model import Alert
from monitor.outbox import Delivery, Destination, State
from tests.fakes import NOON, an_alert
from tests.mailserver import PASSWORD, USER, MailServer, make_certificate
from tests.outbox import Bench

TO = "desk@example.com"
FROM = "Signal Monitor <monitor@example.org>"


def email(url: str, sender: str = FROM) -> Email:
    return Email(EmailSettings.model_validate({"smtp": url, "from": sender}))


def delivery(alert: Alert, to: str = TO) -> Delivery:
    return Delivery("delivery-1", alert, Destination("email", to), State.SENDING, 1, NOON, attempted=NOON)


# ------------------------------------------------------------------ what is sent


def test_an_alert_reads_well() -> None:
    with MailServer() as server:
        receipt = email(server.url()).send(delivery(an_alert()))
    (taken,) = server.taken
    message = taken.message
    assert (taken.sender, taken.to) == ("monitor@example.org", [TO])
    assert str(message["Subject"]) == "EXIM and DFC financing: EXIM approves loan 1"
    assert (str(message["From"]), str(message["To"])) == (FROM, TO)
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(str(message["Date"])) == NOON
    assert message["Message-ID"] == receipt.place == "<delivery-1@example.org>"
    assert taken.text.splitlines() == [
        "First report · board approval",
        "",
        "EXIM approves loan 1",
        "Source 1, primary source, 2 Mar 2026 12:00 UTC",
        "https://example.com/1",
        "",
        "The board approved a loan.",
        "",
        "Why: score 82 of 100 (alert from 60): US lender named +40, money or a commitment +20",
        "Words: EXIM, loan",
        "Watchlist: EXIM and DFC financing (exim-dfc)",
    ]


def test_an_alert_says_who_it_is_about() -> None:
    with MailServer() as server:
        email(server.url()).send(delivery(an_alert(who=("EXIM", "MP Materials (MP)"))))
    assert "Facts: EXIM, MP Materials (MP)" in server.taken[0].text.splitlines()


def test_any_language_arrives_as_it_was_written() -> None:
    title = "商务部公告：稀土出口管制 희토류 レアアース đất hiếm"
    with MailServer() as server:
        email(server.url()).send(delivery(an_alert(title=title, excerpt=title * 20)))
    (taken,) = server.taken
    assert str(taken.message["Subject"]).endswith(title)
    assert title * 20 in taken.text
    assert taken.raw.isascii()


ENCODED = base64.b64encode(b"hello\r\nBcc: spy@evil.test\r\n\r\nanother body").decode()
HOSTILE = {
    "cr-lf": "hello\r\nBcc: spy@evil.test\r\n\r\nanother body",
    "lf": "hello\nBcc: spy@evil.test",
    "line-separator": "hello\u2028Bcc: spy@evil.test\u2029Cc: spy@evil.test",
    "next-line": "hello\x85Bcc: spy@evil.test\x0bCc: spy@evil.test",
    "encoded-q": "=?utf-8?q?hello=0D=0ABcc:_spy=40evil.test?=",
    "encoded-b": f"=?utf-8?b?{ENCODED}?=",
    "encoded-nested": "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=0ABcc:_spy=40evil.test=3F=3D?= ==?utf-8?q?=0AX:_y?=",
    "encoded-line-separator": "=?utf-8?q?hello=E2=80=A8Bcc:_spy=40evil.test?=",
    "unknown-charset": "=?no-such?q?=ff=fe?= =?utf-8?x?y?=",
    "long-word": "x" * 5000,
    "long": "word " * 1000,
    "long-chinese": "稀土" * 2000,
    "surrogate": "a\udc80b\ud800",
    "nul-and-bidi": "a\x00b\u202ec",
    "address": "Boss <boss@evil.test>, spy@evil.test",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_title_stays_one_subject_line(name: str) -> None:
    """No header, recipient or body of its making; no line longer than SMTP allows."""
    with MailServer() as server:
        channel = email(server.url())
        subject = f"W: {HOSTILE[name]}"
        channel.post(channel.compose(to=TO, subject=subject, text="fine", number="n", now=NOON))
    (taken,) = server.taken
    assert taken.to == [TO]
    assert sorted(taken.message.keys()) == [
        "Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From",
        "MIME-Version", "Message-ID", "Subject", "To", "X-Auto-Response-Suppress",
    ]  # fmt: skip
    assert taken.text.strip() == "fine"
    assert 1 < len(str(taken.message["Subject"])) <= 200
    assert max(len(line) for line in taken.raw.splitlines()) <= 998


def test_a_body_of_one_endless_line_is_wrapped_for_the_wire_and_whole_for_the_reader() -> None:
    text = "a" * 5000 + "\n.\n.hidden\nFrom here on\n" + "稀" * 3000
    with MailServer() as server:
        channel = email(server.url())
        channel.post(
            channel.compose(to=TO, subject="s", text=text, number="n", now=NOON, html=f"<p>{text}</p>")
        )
    (taken,) = server.taken
    assert taken.text.strip() == text
    assert max(len(line) for line in taken.raw.splitlines()) <= 998
    kinds = [part.get_content_type() for part in taken.message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize(
    "address",
    ["", "no-at-sign", "two@@example.com", "a b@example.com", "müller@example.com", "a@b\r\nBcc: c@d"],
)
def test_what_is_no_address_is_a_final_refusal(address: str) -> None:
    with pytest.raises(DeliveryFailed, match="is not an e-mail address") as caught:
        email("smtp://127.0.0.1:1").send(delivery(an_alert(), to=address))
    assert not caught.value.retryable


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.example.com", "smtp:mail"])
def test_a_server_setting_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValidationError, match="write smtp://"):
        EmailSettings.model_validate({"smtp": url})


# ------------------------------------------------------------------ encryption and passwords


@pytest.mark.parametrize(("scheme", "implicit"), [("smtp", False), ("smtps", True)])
def test_the_password_goes_over_a_trusted_connection(trusted: Path, scheme: str, implicit: bool) -> None:
    with MailServer(certificate=trusted, implicit=implicit) as server:
        channel = email(server.url(user=True, scheme=scheme))
        assert channel.check() == []
        channel.send(delivery(an_alert()))
    assert set(server.passwords) == {PASSWORD.encode()}
    assert len(server.taken) == 1


def test_a_password_is_never_sent_in_clear() -> None:
    with MailServer(starttls=False) as server, pytest.raises(DeliveryFailed, match="no encryption") as caught:
        email(server.url(user=True)).send(delivery(an_alert()))
    assert (server.passwords, server.taken) == ([], [])
    assert (caught.value.retryable, caught.value.retry_after) == (True, PARKED)


def test_nothing_goes_in_clear_to_another_machine() -> None:
    """Even without a password. 127.1 stands for a name that is not known to be this machine."""
    with MailServer(starttls=False) as server:
        channel = email(server.url(host="127.1"))
        with pytest.raises(DeliveryFailed, match=r"127\.1 offers no encryption") as caught:
            channel.send(delivery(an_alert()))
        assert "offers no encryption" in channel.check()[0]
    assert (server.seen.count("MAIL"), server.taken) == (0, [])
    assert (caught.value.retryable, caught.value.retry_after) == (True, PARKED)


@pytest.mark.parametrize(("scheme", "implicit"), [("smtp", False), ("smtps", True)])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Path, scheme: str, implicit: bool
) -> None:
    with MailServer(certificate=certificate, implicit=implicit) as server:
        with pytest.raises(DeliveryFailed, match="CERTIFICATE_VERIFY_FAILED") as caught:
            email(server.url(user=True, scheme=scheme)).send(delivery(an_alert()))
        assert email(server.url(user=True, scheme=scheme)).check()
    assert (server.passwords, server.taken) == ([], [])
    assert caught.value.retry_after == PARKED


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_certificate(tmp_path, "mail.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with (
        MailServer(certificate=other) as server,
        pytest.raises(DeliveryFailed, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        email(server.url(host="localhost")).send(delivery(an_alert()))
    assert server.taken == []


def test_a_wrong_password_waits_for_a_person_and_is_not_repeated_in_words(trusted: Path) -> None:
    with MailServer(certificate=trusted) as server:
        channel = email(f"smtp://{USER}:wrong-pass@127.0.0.1:{server.port}")
        with pytest.raises(DeliveryFailed, match="535") as caught:
            channel.send(delivery(an_alert()))
        assert channel.check() == ["the mail server does not accept the user or password of email.smtp (535)"]
    assert caught.value.retry_after == PARKED
    assert "wrong-pass" not in str(caught.value)


# ------------------------------------------------------------------ ends


@pytest.mark.parametrize(
    ("command", "reply", "wait"),
    [
        ("MAIL", "421 too busy", LATER),
        ("MAIL", "451 try later", LATER),
        ("MAIL", "530 authenticate first", PARKED),
        ("MAIL", "553 not your address", None),
        ("RCPT", "450 mailbox busy", LATER),
        ("RCPT", "550 no such user", None),
        ("DATA", "451 try later", LATER),
        ("DATA", "552 too large", None),
        ("DATA", "554 spam", None),
    ],
)
def test_what_a_refusal_leads_to(command: str, reply: str, wait: timedelta | None) -> None:
    with MailServer({command: reply}) as server, pytest.raises(DeliveryFailed) as caught:
        email(server.url()).send(delivery(an_alert()))
    assert str(caught.value) == f"the mail server answered {reply[:3]}: {reply[4:]}"
    assert (caught.value.retryable, caught.value.retry_after) == (wait is not None, wait)
    assert server.taken == []


@pytest.mark.parametrize("goodbye", ["421 closing", "500 what?"])
def test_what_was_taken_counts_as_sent_however_the_goodbye_goes(goodbye: str) -> None:
    with MailServer({"QUIT": goodbye}) as server:
        assert email(server.url()).send(delivery(an_alert())).place == "<delivery-1@example.org>"
    assert len(server.taken) == 1


def test_a_connection_lost_after_the_final_dot_is_an_unclear_end() -> None:
    with MailServer({"DATA": "DROP"}) as server, pytest.raises(DeliveryUnknown):
        email(server.url()).send(delivery(an_alert()))
    assert len(server.taken) == 1


def test_after_an_unclear_end_at_most_one_copy_with_the_same_message_id(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "monitor.db")
    with MailServer({"DATA": "DROP"}) as server, bench.storage:
        channel = email(server.url())
        bench.deliverer = bench.another(email=channel)
        bench.file(1, to=(Destination("email", TO),))
        bench.run()
        assert bench.states() == ["sending"]
        del server.replies["DATA"]
        assert bench.run(channel.settle).sent == 1
        assert bench.states() == ["sent"]
        assert bench.run(timedelta(hours=1)).sent == 0
        receipt = bench.rows()[0].receipt
    assert [str(taken.message["Message-ID"]) for taken in server.taken] == [receipt, receipt]


def test_one_recipient_refused_stops_no_other(tmp_path: Path) -> None:
    """One for good, one for now; the others of the same alert, and their next alert, arrive."""
    names = ["gone@example.com", "ann@example.com", "busy@example.com", "bob@example.com"]
    bench = Bench(tmp_path / "monitor.db")
    replies: dict[str, str | list[str]] = {
        f"RCPT {names[0]}": "550 no such user",
        f"RCPT {names[2]}": "450 mailbox busy",
    }
    with MailServer(replies) as server, bench.storage:
        bench.deliverer = bench.another(email=email(server.url()))
        bench.file(1, 2, to=tuple(Destination("email", name) for name in names))
        bench.run()
        assert bench.states()[:4] == ["dead", "sent", "failed", "sent"]
        assert bench.rows()[2].due == bench.now + LATER
        bench.run()
        del server.replies[f"RCPT {names[2]}"]
        bench.run(LATER)
        bench.run()
        assert bench.states() == ["dead", "sent", "sent", "sent"] * 2
    assert Counter(to for taken in server.taken for to in taken.to) == dict.fromkeys(names[1:], 2)


@pytest.mark.parametrize(
    ("greeting", "words"), [(b"", "before it took the message"), (b"421 too busy\r\n", "421: too busy")]
)
def test_a_server_that_takes_no_call_has_refused_for_now(greeting: bytes, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            for _ in range(2):
                with listener.accept()[0] as call:
                    call.sendall(greeting)

        thread = threading.Thread(target=hang_up)
        thread.start()
        channel = email(f"smtp://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(DeliveryFailed, match=words) as caught:
            channel.send(delivery(an_alert()))
        assert channel.check()
        thread.join()
    assert (caught.value.retryable, caught.value.retry_after) == (True, LATER)


def test_a_server_that_is_not_found_says_what_to_correct() -> None:
    (wrong,) = email("smtp://mail.invalid:25").check()
    assert "mail.invalid is not found: is its name in email.smtp right?" in wrong


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(DeliveryFailed, match="refuses the connection: is its port") as caught:
        email("smtp://127.0.0.1:1").send(delivery(an_alert()))
    assert caught.value.retry_after == LATER
