"""Digests by e-mail, through a real SMTP server: faults 63, 64 and 65 at each step of the dialogue."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.channels import PARKED
from monitor.channels.email import Email
from monitor.channels.settings import EmailSettings
from monitor.channels.smtp_line import LATER, MAX_IN_VAIN, MAX_MAILS
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.letter import Letter, Mail
from tests.mailserver import DROP, PASSWORD, STALL, USER, MailServer, Taken

NOW = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
FROM = "Signal Monitor <monitor@example.org>"
LETTER = Letter("EXIM approves a loan", "<p>EXIM approves a <b>loan</b></p>\n", "EXIM approves a loan\n")
LEAVE = "https://desk.example.org/unsubscribe/8pYxUuvBWV1nH3jJk2mQ0A"
ANN, BOB, CEM = "ann@example.com", "bob@example.com", "cem@example.com"
Replies = dict[str, str | list[str]]
Post = Callable[[Mail, datetime], str]


def channel(
    url: str, *, per_minute: int = 0, patience: float = 30.0, waits: list[float] | None = None
) -> Email:
    written = EmailSettings.model_validate({"smtp": url, "from": FROM, "per_minute": per_minute})
    return Email(written, patience=patience, wait=(waits if waits is not None else []).append)


def mail(to: str = ANN, letter: Letter = LETTER, leave: str = LEAVE, zone: str = "UTC") -> Mail:
    return Mail(to, letter, f"digest.2026-03-03.{to[:3]}", zone, leave)


def outcome(post: Post, one: Mail) -> str:
    """How a mail ended, in a word: sent, later, parked, final or unclear."""
    try:
        receipt = post(one, NOW)
    except DeliveryUnknown as error:
        return "unclear" if error.subject == one.to else "of another"
    except DeliveryFailed as error:
        ends = {(True, PARKED): "parked", (True, LATER): "later", (False, None): "final"}
        return ends[error.retryable, error.retry_after] if error.subject == one.to else "of another"
    assert receipt == f"<{one.number}@example.org>"
    return "sent"


def sent(server: MailServer, *to: str, user: bool = False, patience: float = 30.0) -> list[str]:
    """The ends of one mail to each, in one go."""
    with channel(server.url(user=user), patience=patience).many() as post:
        return [outcome(post, mail(name)) for name in to]


def sent_one(letter: Letter = LETTER, *, leave: str = LEAVE, zone: str = "UTC", utf8: bool = False) -> Taken:
    with MailServer(utf8=utf8) as server, channel(server.url()).many() as post:
        post(mail(letter=letter, leave=leave, zone=zone), NOW)
    (taken,) = server.taken
    return taken


@pytest.fixture
def secure(trusted: Path) -> Iterator[MailServer]:
    with MailServer(certificate=trusted) as server:
        yield server


# ------------------------------------------------------------------ what is sent

USUAL = [
    "Auto-Submitted", "Content-Type", "Date", "From", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
    "MIME-Version", "Message-ID", "Subject", "To", "X-Auto-Response-Suppress",
]  # fmt: skip


def test_a_digest_is_a_mail_of_a_list_that_can_be_left_with_one_click() -> None:
    taken = sent_one()
    message = taken.message
    assert sorted(message.keys()) == USUAL
    assert (taken.sender, taken.to) == ("monitor@example.org", [ANN])
    assert (str(message["From"]), str(message["To"]), str(message["Subject"])) == (FROM, ANN, LETTER.subject)
    assert message["Message-ID"] == "<digest.2026-03-03.ann@example.org>"
    assert message["List-Id"] == "Signal Monitor digest <digest.example.org>"
    assert message["List-Unsubscribe"] == f"<{LEAVE}>, <mailto:monitor@example.org?subject=unsubscribe>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")


def test_the_text_comes_first_and_the_html_last() -> None:
    taken = sent_one()
    kinds = [part.get_content_type() for part in taken.message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert (taken.text, taken.html) == (LETTER.text, LETTER.html)


def test_the_date_is_told_in_the_readers_own_zone() -> None:
    taken = sent_one(zone="Asia/Tokyo")
    assert str(taken.message["Date"]) == "Tue, 03 Mar 2026 16:30:00 +0900"
    assert parsedate_to_datetime(str(taken.message["Date"])) == NOW


@pytest.mark.parametrize(
    ("leave", "link", "one_click"),
    [
        ("", "", False),
        ("http://127.0.0.1:8080/unsubscribe/x", "<http://127.0.0.1:8080/unsubscribe/x>, ", False),
        (f"https://{'desk.' * 40}example.org/unsubscribe/x", None, True),
        ("https://desk.example.org/x>\r\nBcc: spy@evil.test", "", False),
        ("https://desk.example.org/a b", "", False),
        ("javascript:alert(1)", "", False),
    ],
)
def test_how_the_list_can_be_left(leave: str, link: str | None, one_click: bool) -> None:
    """RFC 8058 wants https; without the web desk a mail to the sender does. Never broken within an address,
    nor written as encoded words, which no reader decodes here."""
    taken = sent_one(leave=leave)
    by_mail = "<mailto:monitor@example.org?subject=unsubscribe>"
    assert taken.message["List-Unsubscribe"] == (f"<{leave}>, " if link is None else link) + by_mail
    written = taken.raw.partition(b"List-Unsubscribe: ")[2].partition(b"mailto:")[0]
    assert written == ((f"<{leave}>, " if link is None else link).replace(", ", ",\r\n ") + "<").encode()
    assert ("List-Unsubscribe-Post" in taken.message) is one_click


def test_a_domain_of_any_script_is_written_as_the_wire_has_it() -> None:
    with MailServer() as server:
        assert sent(server, "ann@müller.example") == ["sent"]
    assert server.taken[0].to == ["ann@xn--mller-kva.example"]


# ------------------------------------------------------------------ fault 63: hostile words

HOSTILE = {
    "cr-lf": "hello\r\nBcc: spy@evil.test\r\n\r\nanother body",
    "lone cr": "hello\rBcc: spy@evil.test",
    "line separators": "hello\u2028Bcc: spy@evil.test\u2029Cc: spy@evil.test\x85X: y",
    "encoded word": "=?utf-8?q?hello=0D=0ABcc:_spy=40evil.test?=",
    "nested encoded word": "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=0ABcc:_spy=40evil.test=3F=3D?=",
    "998 and more": "x" * 5000,
    "chinese": "稀土出口管制" * 400,
    "emoji": "🧲 rare 🇨🇳👩‍🔬" * 60,
    "surrogate": "a\udc80b\ud800",
    "controls": "a\x00b\x1b[31mc\u202ed",
    "end of mail": "one\r\n.\r\nMAIL FROM:<spy@evil.test>\r\n",
    "smuggled end": "one\n.\nMAIL FROM:<spy@evil.test>\n.\r.\n",
    "boundary": "--===============1==\nContent-Type: text/html\n\n<b>x</b>\n--===============1==--",
}


@pytest.mark.parametrize("utf8", [False, True], ids=["ascii", "SMTPUTF8"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_headline_makes_no_header_no_recipient_and_no_body(name: str, utf8: bool) -> None:
    words = HOSTILE[name]
    taken = sent_one(Letter(words, f"<p>{words}</p>\n", f"{words}\n"), utf8=utf8)
    assert taken.to == [ANN]
    assert sorted(taken.message.keys()) == USUAL
    assert 1 < len(str(taken.message["Subject"])) <= 200
    kinds = [part.get_content_type() for part in taken.message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert taken.raw.isascii()
    assert max(len(line) for line in taken.raw.split(b"\r\n") if b"<https://" not in line) <= 78
    assert b"\r" not in taken.raw.replace(b"\r\n", b"")
    assert b"\n" not in taken.raw.replace(b"\r\n", b"")


BODIES = {
    "dots": ".\n..\n.hidden\n. \n",
    "from": "From here on\n>From there\nFrom: x\n",
    "long line": "a" * 120_000 + "\n",
    "spaces at the end": "one  \ntwo\t\n  \n\n",
    "chinese": "商务部公告：稀土出口管制\n" * 500,
    "emoji": "🧲 ▁▂▃▄▅▆▇█ 👩‍🔬\n" * 50,
    "equals": "=3D =0A =?utf-8?q?x?= =\n",
    "separators": "a\u2028b\u2029c\x85d\n",
}


@pytest.mark.parametrize("name", BODIES)
def test_the_reader_gets_the_words_as_they_were_composed(name: str) -> None:
    words = BODIES[name]
    taken = sent_one(Letter("s", f"<pre>{words}</pre>\n", words))
    assert (taken.text, taken.html) == (words, f"<pre>{words}</pre>\n")
    assert [part.defects for part in taken.message.walk()] == [[], [], []]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400))
def test_whatever_the_words_the_message_is_whole(subject: str, words: str) -> None:
    made = channel("smtp://127.0.0.1:1").letter(mail(letter=Letter(subject, f"<p>{words}</p>", words)), NOW)
    taken = Taken("", [], made.as_bytes())
    assert sorted(taken.message.keys()) == USUAL
    assert taken.raw.isascii()
    assert [part.defects for part in taken.message.walk()] == [[], [], []]
    told = "".join(c for c in words if c in "\t\n" or (c >= " " and c != "\x7f"))
    assert taken.text.rstrip("\n") == told.rstrip("\n") or "\r" in words


def test_a_copy_is_the_same_letter_but_for_its_boundary() -> None:
    """A receiver may drop the second by its Message-ID; a reader sees the same."""
    made = [channel("smtp://127.0.0.1:1").letter(mail(), NOW) for _ in range(2)]
    assert made[0]["Message-ID"] == made[1]["Message-ID"]
    first, second = (message.as_string().replace(str(message.get_boundary()), "") for message in made)
    assert first == second


# ------------------------------------------------------------------ fault 64: what an answer leads to

TEMPORARY = [
    *(("EHLO", "421 busy"), ("EHLO", "450 busy"), ("STARTTLS", "421 busy"), ("STARTTLS", "454 not now")),
    *(("AUTH", "421 busy"), ("AUTH", "450 busy"), ("AUTH", "454 not now"), ("MAIL", "421 busy")),
    *(("MAIL", "450 later"), ("RCPT", "421 busy"), ("RCPT", "450 mailbox busy"), ("RCPT", "452 full")),
    *(("BEGIN", "421 busy"), ("BEGIN", "450 later"), ("DATA", "421 busy"), ("DATA", "450 later")),
    *(("EHLO", DROP), ("STARTTLS", DROP), ("AUTH", DROP), ("MAIL", DROP), ("RCPT", DROP), ("BEGIN", DROP)),
    *(("EHLO", "blah"), ("MAIL", "blah"), ("RCPT", "blah")),
]
PERSON = [
    *(("EHLO", "554 go away"), ("STARTTLS", "501 no"), ("AUTH", "535 wrong"), ("AUTH", "504 no such way")),
    *(("MAIL", "530 authenticate"), ("RCPT", "530 authenticate"), ("MAIL", "538 encrypt")),
]
FINAL = [
    *(("MAIL", "552 too large"), ("RCPT", "550 no such user"), ("RCPT", "553 no such name")),
    *(("BEGIN", "554 no"), ("DATA", "552 too large"), ("DATA", "550 spam"), ("DATA", "554 no")),
]
ENDS = [*((*one, "later") for one in TEMPORARY), *((*one, "parked") for one in PERSON)]
ENDS += [(*one, "final") for one in FINAL]


@pytest.mark.parametrize(("command", "reply", "end"), ENDS, ids=str)
def test_what_an_answer_leads_to(secure: MailServer, command: str, reply: str, end: str) -> None:
    secure.replies[command] = reply
    assert sent(secure, ANN, user=True) == [end]
    assert secure.taken == []


@pytest.mark.parametrize(("command", "reply", "end"), ENDS, ids=str)
def test_once_the_server_is_well_again_the_next_attempt_arrives(
    secure: MailServer, command: str, reply: str, end: str
) -> None:
    """What failed is over: nothing of it is left in the channel."""
    email = channel(secure.url(user=True))
    secure.replies[command] = reply
    with email.many() as post:
        assert outcome(post, mail()) == end
    secure.replies.clear()
    with email.many() as post:
        assert outcome(post, mail()) == "sent"


@pytest.mark.parametrize("reply", ["550 no such user", "450 mailbox busy", "452 full", "421 too busy", DROP])
@pytest.mark.parametrize("command", ["RCPT", "BEGIN", "DATA"])
def test_of_three_the_other_two_arrive(command: str, reply: str) -> None:
    """Whatever becomes of the second one: what it left is put away, or the server called again."""
    replies: Replies = {command: ["", reply, ""]} if command != "RCPT" else {f"RCPT {BOB}": reply}
    with MailServer(replies) as server:
        ends = sent(server, ANN, BOB, CEM)
    assert (ends[0], ends[2]) == ("sent", "sent")
    assert ends[1] in ("final", "later", "unclear", "sent")
    assert Counter(to for taken in server.taken for to in taken.to)[CEM] == 1


def test_one_connection_serves_all_and_is_put_back_after_a_refusal() -> None:
    with MailServer({f"RCPT {BOB}": "550 no such user", "DATA": ["552 too large"]}) as server:
        assert sent(server, ANN, BOB, CEM) == ["final", "final", "sent"]
    assert server.calls == 1
    assert server.seen == [
        *("EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA", "QUIT")
    ]


def test_a_server_that_cannot_be_put_back_is_called_again() -> None:
    with MailServer({f"RCPT {BOB}": "550 no such user", "RSET": "502 what?"}) as server:
        assert sent(server, ANN, BOB, CEM) == ["sent", "final", "sent"]
    assert [taken.call for taken in server.taken] == [1, 2]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "BEGIN"])
@pytest.mark.parametrize("reply", [DROP, "421 idle for too long"])
def test_a_server_that_hung_up_meanwhile_is_called_again_at_once(command: str, reply: str) -> None:
    with MailServer({command: ["", reply]}) as server:
        assert sent(server, ANN, BOB, CEM) == ["sent", "sent", "sent"]
    assert [taken.call for taken in server.taken] == [1, 2, 2]
    assert Counter(to for taken in server.taken for to in taken.to) == dict.fromkeys([ANN, BOB, CEM], 1)


def test_no_connection_goes_on_for_ever() -> None:
    names = [f"s{number}@example.com" for number in range(2 * MAX_MAILS + 1)]
    with MailServer() as server:
        assert set(sent(server, *names)) == {"sent"}
    assert Counter(taken.call for taken in server.taken) == {1: MAX_MAILS, 2: MAX_MAILS, 3: 1}


def test_no_connection_is_made_where_nothing_is_sent() -> None:
    with MailServer() as server, channel(server.url()).many():
        pass
    assert server.calls == 0


def test_a_wrong_password_is_shown_to_the_server_once(secure: MailServer) -> None:
    """A thousand subscribers are no reason to be locked out; and all wait for a person, none is given up."""
    with channel(f"smtp://{USER}:wrong@127.0.0.1:{secure.port}").many() as post:
        assert {outcome(post, mail(f"s{number}@example.com")) for number in range(50)} == {"parked"}
    assert secure.calls == 1


@pytest.mark.parametrize("reply", ["421 too busy", DROP])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "BEGIN", "DATA"])
def test_a_server_that_takes_nothing_is_left_alone_after_a_few_calls(command: str, reply: str) -> None:
    with MailServer({command: reply}) as server:
        ends = sent(server, *(f"s{number}@example.com" for number in range(20)))
    unclear = MAX_IN_VAIN if (command, reply) == ("DATA", DROP) else 0
    assert Counter(ends) == Counter({"later": 20 - unclear, "unclear": unclear})
    assert server.calls == MAX_IN_VAIN


def test_a_server_that_is_not_there_is_called_once() -> None:
    with channel("smtp://127.0.0.1:1").many() as post:
        assert [outcome(post, mail(name)) for name in (ANN, BOB)] == ["later", "later"]


def test_what_is_no_address_stops_no_other() -> None:
    with MailServer() as server, channel(server.url()).many() as post:
        with pytest.raises(DeliveryFailed, match="is not an e-mail address") as caught:
            post(mail("no-at-sign"), NOW)
        assert not caught.value.retryable
        assert outcome(post, mail()) == "sent"


@pytest.mark.parametrize(("step", "code"), [("MAIL", "553"), ("RCPT", "550"), ("DATA", "552")])
def test_an_error_says_at_which_step_it_came(step: str, code: str) -> None:
    """A refusal of the sender says nothing about the subscriber's address."""
    with (
        MailServer({step: f"{code} no"}) as server,
        channel(server.url()).many() as post,
        pytest.raises(DeliveryFailed) as caught,
    ):
        post(mail(), NOW)
    assert caught.value.code == f"{step} {code}"


# ------------------------------------------------------------------ fault 64: encryption


@pytest.mark.parametrize("user", [False, True])
def test_without_starttls_nothing_goes_to_another_machine_and_no_password_at_all(user: bool) -> None:
    with MailServer(starttls=False) as server, channel(server.url(user=user, host="127.1")).many() as post:
        assert [outcome(post, mail(name)) for name in (ANN, BOB)] == ["parked", "parked"]
    assert (server.passwords, server.taken, server.calls) == ([], [], 1)
    assert set(server.seen) == {"EHLO", "QUIT"} or set(server.seen) == {"EHLO"}


def test_a_server_that_takes_no_password_before_encryption_is_shown_none(secure: MailServer) -> None:
    assert sent(secure, ANN, user=True) == ["sent"]
    assert secure.seen.index("STARTTLS") < secure.seen.index("AUTH")
    assert set(secure.passwords) == {PASSWORD.encode()}


@pytest.mark.parametrize(("scheme", "implicit"), [("smtp", False), ("smtps", True)])
def test_a_bad_certificate_is_a_refusal_that_waits_for_a_person(
    certificate: Path, scheme: str, implicit: bool
) -> None:
    with (
        MailServer(certificate=certificate, implicit=implicit) as server,
        channel(server.url(user=True, scheme=scheme)).many() as post,
    ):
        assert [outcome(post, mail(name)) for name in (ANN, BOB)] == ["parked", "parked"]
    assert (server.passwords, server.taken) == ([], [])


# ------------------------------------------------------------------ fault 65: unclear ends, and no end at all


def test_a_connection_lost_after_the_final_dot_is_unclear_for_that_one_only() -> None:
    with MailServer({"DATA": ["", DROP, ""]}) as server:
        assert sent(server, ANN, BOB, CEM) == ["sent", "unclear", "sent"]
        assert sent(server, BOB) == ["sent"]
    copies = [str(taken.message["Message-ID"]) for taken in server.taken if taken.to == [BOB]]
    assert copies == ["<digest.2026-03-03.bob@example.org>"] * 2


@pytest.mark.parametrize(
    ("command", "end"), [("EHLO", "later"), ("MAIL", "later"), ("RCPT", "later"), ("DATA", "unclear")]
)
def test_a_server_that_hangs_is_not_waited_for_without_end(command: str, end: str) -> None:
    began = time.monotonic()
    with MailServer({command: STALL}) as server:
        assert sent(server, ANN, patience=0.1) == [end]
        assert time.monotonic() - began < 2


# ------------------------------------------------------------------ pace


def test_the_pace_is_kept_from_mail_to_mail_and_from_round_to_round() -> None:
    waits: list[float] = []
    with MailServer() as server:
        email = channel(server.url(), per_minute=20, waits=waits)
        for names in ((ANN, BOB), (CEM,)):
            with email.many() as post:
                assert [outcome(post, mail(name)) for name in names] == ["sent"] * len(names)
    assert len(waits) == 2
    assert all(2 < seconds <= 3 for seconds in waits)


def test_nobody_waits_for_a_server_that_cannot_be_reached() -> None:
    """A round of a thousand at one a minute would take a day to find out a thousand times."""
    waits: list[float] = []
    with MailServer() as server:
        url = server.url()
    with channel(url, per_minute=1, waits=waits).many() as post:
        assert "sent" not in {outcome(post, mail()) for _ in range(5)}
    assert waits == []


def test_without_a_pace_nobody_waits() -> None:
    waits: list[float] = []
    with MailServer() as server, channel(server.url(), waits=waits).many() as post:
        assert {outcome(post, mail()) for _ in range(5)} == {"sent"}
    assert waits == []
