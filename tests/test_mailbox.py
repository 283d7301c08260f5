"""Messages of press lists as entries, friendly and hostile ones."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Unreadable
from monitor.mailbag import pack, unpack
from monitor.model import Reading
from tests.kinds import SECRETS, a_kind, ask, only, problem, read

BOX = "kind: mailbox\nurl: imaps://mail.example.com/INBOX\nuser: press@example.com"
COUNTED = "https://links-1.govdelivery.com/CL0/https:%2F%2Fwww.exim.gov%2Fnews%2Floan/1/0100019a/sig=418"


def letter(plain: str = "", html: str = "", **headers: str) -> bytes:
    """A message as it comes over the wire."""
    message = EmailMessage()
    known = {
        "From": "EXIM <news@exim.gov>",
        "Subject": "Loan for a rare earth magnet plant",
        "Date": "Mon, 02 Mar 2026 06:30:00 -0500",
        "Message-ID": "<1@exim.gov>",
    }
    for name, value in (known | {k.replace("_", "-"): v for k, v in headers.items()}).items():
        if value:
            message[name] = value
    message.set_content(plain or "The board approved a loan.")
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def posted(*raw: bytes, entry: str = BOX) -> Reading:
    return read(a_kind(entry), pack(raw))


# ------------------------------------------------------------------ what is written


def test_user_and_password_go_with_the_request_and_are_not_shown() -> None:
    request = ask(a_kind(BOX))
    assert request.url == "imaps://mail.example.com/INBOX"
    assert dict(request.headers) == {"user": "press@example.com", "password": SECRETS["mailbox"]}
    assert "s3cret" not in repr(request)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (BOX.replace("imaps:", "imap:"), "only imaps are asked"),
        (BOX.replace("imaps:", "https:"), "write imaps://mail.example.com/INBOX"),
        (BOX.replace("//", "//user:pass@"), "user name or password"),
        (BOX.replace("INBOX", "A%0d%0aB"), "plain letters"),
        (BOX.replace("INBOX", "%E7%A8%80"), "plain letters"),
        (BOX.replace("user: press@example.com", "user: 'a b'"), "user"),
        (BOX.replace("\nuser: press@example.com", ""), "'user' is missing"),
    ],
)
def test_a_mailbox_that_cannot_be_asked_is_told(entry: str, message: str) -> None:
    assert message in problem(entry)


# ------------------------------------------------------------------ reading


def test_a_message_is_read() -> None:
    entry = only(posted(letter(f"The board approved a loan: {COUNTED}")))
    assert entry.key == "<1@exim.gov>"
    assert entry.title == "Loan for a rare earth magnet plant"
    assert entry.text.startswith("The board approved a loan:")
    assert entry.link == "https://www.exim.gov/news/loan"
    assert entry.published == datetime(2026, 3, 2, 11, 30, tzinfo=UTC)


def test_a_subject_is_decoded() -> None:
    raw = letter(Subject="X").replace(b"Subject: X", b"Subject: =?utf-8?B?56iA5Zyf6LS35qy+?=")
    assert only(posted(raw)).title == "稀土贷款"


def test_a_message_that_is_html_alone_is_read_as_text() -> None:
    message = EmailMessage()
    message["Message-ID"] = "<2@exim.gov>"
    message["Subject"] = "News"
    message.set_content(
        '<style>p{}</style><p>Loan of <b>USD 5m</b></p> <a href="https://www.exim.gov/a?b=1&amp;c=2">page</a>',
        subtype="html",
    )
    entry = only(posted(message.as_bytes()))
    assert entry.text == "Loan of USD 5m page"
    assert entry.link == "https://www.exim.gov/a?b=1&c=2"


def test_text_is_taken_as_it_is_written() -> None:
    assert only(posted(letter("1 < 2 & <b>not bold</b>"))).text == "1 < 2 & <b>not bold</b>"


@pytest.mark.parametrize(
    "idle",
    [
        "https://www.exim.gov/",
        "https://public.govdelivery.com/accounts/X/subscriber/new",
        "https://www.exim.gov/email/unsubscribe?id=5",
        "https://www.exim.gov/files/logo.png",
        "https://www.facebook.com/exim",
        "https://x.com/EximBank/status/1",
    ],
)
def test_what_stands_in_every_message_is_not_its_link(idle: str) -> None:
    assert (
        only(posted(letter(f"{idle} then https://www.exim.gov/news/a."))).link
        == "https://www.exim.gov/news/a"
    )
    assert (
        only(posted(letter(idle, List_Archive="<https://lists.example/1>"))).link == "https://lists.example/1"
    )


def test_the_same_message_is_the_same_entry_and_one_without_an_id_too() -> None:
    nameless = letter(Message_ID="")
    assert only(posted(letter())).key == only(posted(letter("Another text"))).key
    assert only(posted(nameless)).key == only(posted(nameless)).key
    assert only(posted(nameless)).key != only(posted(letter("Another text", Message_ID=""))).key


@pytest.mark.parametrize(
    ("rule", "sender", "subject", "read_"),
    [
        ("from: [exim.gov]", "news@exim.gov", "Loan", True),
        ("from: [exim.gov]", "EXIM <news@mail.EXIM.gov>", "Loan", True),
        ("from: [news@exim.gov]", "news@exim.gov", "Loan", True),
        ("from: [news@exim.gov]", "other@exim.gov", "Loan", False),
        ("from: [exim.gov]", "news@notexim.gov", "Loan", False),
        ("from: ['@exim.gov']", "news@exim.gov", "Loan", True),
        ("from: [news@exim.gov]", "bad.news@exim.gov", "Loan", False),
        ("from: [exim.gov]", '"news@exim.gov" <a@evil.example>', "Loan", False),
        ("subject: [loan, 稀土]", "a@b.example", "A LOAN is made", True),
        ("subject: [loan, 稀土]", "a@b.example", "Holiday", False),
        ("from: [exim.gov]\nsubject: [loan]", "news@exim.gov", "Holiday", False),
    ],
)
def test_only_the_senders_and_subjects_asked_for(rule: str, sender: str, subject: str, read_: bool) -> None:
    reading = posted(letter(From=sender, Subject=subject), entry=f"{BOX}\n{rule}")
    assert bool(reading.entries) == read_
    assert not reading.set_aside


# ------------------------------------------------------------------ hostile messages


def test_an_attachment_is_not_read_and_a_cut_message_is() -> None:
    message = EmailMessage()
    message["Subject"] = "With a file"
    message["Message-ID"] = "<3@exim.gov>"
    message.set_content("The board approved a loan.")
    message.add_attachment(b"\0secret file" * 50_000, maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment("text in a file", filename="b.txt")
    entry = only(posted(message.as_bytes()[:200_000]))
    assert entry.text == "The board approved a loan."


@pytest.mark.parametrize("charset", ["gb2312", "x-unknown", "utf-16", "idna", "base64", "\\"])
def test_a_wrong_character_set_costs_characters_only(charset: str) -> None:
    head = f'Subject: Loan\r\nMessage-ID: <4@x>\r\nContent-Type: text/plain; charset="{charset}"\r\n\r\n'
    entry = only(posted(head.encode() + "Rare earth 稀土 loan".encode()))
    assert entry.title == "Loan"


def nested(depth: int) -> bytes:
    """Multiparts in multiparts."""
    lines = ["Subject: Bomb"]
    for number in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{number}"', "", f"--b{number}"]
    return "\r\n".join([*lines, "Content-Type: text/plain", "", "deep"]).encode()


LETTERS_IN_LETTERS = b"Content-Type: message/rfc822\r\n\r\n" * 6000 + b"Subject: x\r\n\r\n"
PARAMETERS = b"Content-Type: text/plain; " + b"a*0*=b; " * 20_000 + b"\r\n\r\nx"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(nested(3000), id="multiparts in multiparts"),
        pytest.param(
            b"Content-Type: message/rfc822\r\n\r\n" * 6000 + b"Subject: x\r\n\r\n", id="messages in messages"
        ),
        pytest.param(b"From: " + b"(" * 100_000 + b"\r\nSubject: x\r\n\r\n", id="comments in comments"),
        pytest.param(b"Subject: " + b"=?utf-8?q?a?= " * 14_000 + b"\r\n\r\n", id="a long subject"),
        pytest.param(b"Message-ID: " + b"<" * 190_000 + b"\r\n\r\n", id="a long id"),
        pytest.param(b"Subject: x\r\n" + b"A: b\r\n" * 30_000 + b"\r\n", id="many headers"),
        pytest.param(b"Subject: x\r\nContent-Type: text/html\r\n\r\n" + b"<a " * 60_000, id="unclosed tags"),
        pytest.param(
            b"Content-Type: text/plain; " + b"a*0*=b; " * 20_000 + b"\r\n\r\nx", id="many parameters"
        ),
    ],
)
def test_a_hostile_message_costs_little_and_stops_no_other(raw: bytes) -> None:
    started = time.perf_counter()
    reading = posted(raw, letter())
    assert time.perf_counter() - started < 5
    assert "<1@exim.gov>" in {entry.key for entry in reading.entries}


def test_an_empty_message_does_not_stand_before_those_to_come() -> None:
    reading = posted(b"\r\n")
    assert reading.entries == ()
    assert len(reading.set_aside) == 1


def test_a_message_of_too_many_parts_is_set_aside_with_its_reason() -> None:
    reading = posted(nested(60), letter())
    assert len(reading.entries) == 1
    assert "more than 50 parts" in reading.set_aside[0]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"messages": 5}', b'{"messages": ["?"]}', b"[" * 99_999]
)
def test_a_body_that_holds_no_messages_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not messages"):
        read(a_kind(BOX), body)


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_messages_are_packed_and_unpacked_as_they_are(messages: list[bytes]) -> None:
    assert list(unpack(pack(messages), "x")) == messages


@given(st.binary(max_size=400))
def test_whatever_is_sent_the_other_message_is_read(raw: bytes) -> None:
    assert "<1@exim.gov>" in {entry.key for entry in posted(raw, letter()).entries}
