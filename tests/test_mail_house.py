"""Digests through real parts: sent to Postfix, filed by Dovecot, fetched back over IMAP, read and rendered.

Needs Postfix, Dovecot and Chromium (Debian: postfix, dovecot-imapd, dovecot-lmtpd, chromium), and root.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from fast_mail_parser import parse_email, parse_email_tree, walk

from monitor import letter
from monitor.app import App
from monitor.channels.email import Email
from monitor.channels.settings import EmailSettings
from monitor.config import Settings
from monitor.errors import DeliveryFailed
from monitor.letter import Letter, Mail
from monitor.model import Entry, Item, Signal
from monitor.score import evaluate
from tests import letters, mailhouse, rules
from tests.chromium import chromium
from tests.mailhouse import GONE, SENDER, House
from tests.mailserver import Parsed

NOW = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
ANN, BOB = "ann@example.com", "bob@example.com"
FROM = f"Signal Monitor <{SENDER}>"
LEAVE = "https://desk.example.org/unsubscribe/8pYxUuvBWV1nH3jJk2mQ0A"
PLAIN = Letter("EXIM approves a loan", "<p>EXIM approves a <b>loan</b></p>\n", "EXIM approves a loan\n")


def _wanted(lacking: str) -> None:
    """Skip where something is missing; where CI says that it must be there, fail."""
    if lacking and os.environ.get("REQUIRE_MAIL"):
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    _wanted(mailhouse.missing())
    with mailhouse.opened(ANN, BOB) as house:
        yield house


@pytest.fixture
def email(house: House, monkeypatch: pytest.MonkeyPatch) -> Email:
    """The channel, signed in over STARTTLS, on a machine that trusts the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(house.certificate))
    return channel(house.smtp())


def channel(url: str) -> Email:
    return Email(EmailSettings.model_validate({"smtp": url, "from": FROM}))


@dataclass(frozen=True)
class Arrived(Parsed):
    """A message as IMAP gave it, and what two libraries read in it."""

    raw: bytes

    @property
    def html_bytes(self) -> int:
        """Of the HTML part as it was encoded."""
        return len(self.raw.rpartition(b"Content-Type: text/html")[2])


@pytest.fixture(scope="module")
def arrived(house: House) -> dict[str, Arrived]:
    """Every letter, sent in one round, filed and fetched; by name."""
    numbers = {name: f"digest.2026-03-03.a{place}z" for place, name in enumerate(EVERY)}
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("SSL_CERT_FILE", str(house.certificate))
        with channel(house.smtp()).many() as post:
            for name, number in numbers.items():
                receipt = post(Mail(ANN, EVERY[name], number, "Asia/Tokyo", LEAVE), NOW)
                assert receipt == f"<{number}@example.com>"
    return {name: Arrived(house.read(ANN, number)) for name, number in numbers.items()}


def sendable(words: str) -> str:
    """Without what no mail may have in it, and ending as a text does."""
    return words.rstrip("\n") + "\n"


# ------------------------------------------------------------------ whole digests

HOSTILE = (
    "=?utf-8?q?hello=0D=0ABcc:_spy=40evil.test?= | a\r\nBcc: spy@evil.test\r\n\r\nbody | \u2028X: y\x85"
    "\r\n.\r\nMAIL FROM:<spy@evil.test> | 🧲👩‍🔬 | 商务部公告：稀土出口管制 | " + "x" * 1200
)


def hostile_day() -> Letter:
    told = letters.a_section(
        letters.a_story(1, title=HOSTILE, excerpt=HOSTILE, source_name=HOSTILE, score=99, alerted=True),
        letters.a_story(2, title=".leading dot"),
        letters.a_story(3, title="From here on"),
        title=HOSTILE,
    )
    return letter.write(replace(letters.RICH, sections=(told,), moved=()), letters.WEB)


def crowded_day() -> Letter:
    told = [letters.a_section(*map(letters.a_story, range(800)))]
    return letter.write(replace(letters.RICH, sections=tuple(told)), letters.WEB)


DIGESTS = {name: letter.write(day, letters.WEB) for name, day in letters.DAYS.items()}
DIGESTS |= {"hostile headline": hostile_day(), "800 stories": crowded_day()}
LETTERS = {
    "dots and From": Letter(
        "s", "<pre>\n.\n..\n.x\nFrom y\n</pre>\n", ".\n..\n.hidden\nFrom here on\n>From\n.\n"
    ),
    "long lines": Letter("x" * 3000, f"<p>{'y' * 5000}</p>\n", "a" * 5000 + "\n"),
    "chinese words": Letter("稀土出口管制" * 30, f"<p>{'商务部公告' * 500}</p>\n", "商务部公告\n" * 500),
    "emoji": Letter("🧲 rare 🇨🇳👩‍🔬", "<p>🧲 ▁▂▃▄▅▆▇█ 👩‍🔬</p>\n", "🧲 ▁▂▃▄▅▆▇█ 👩‍🔬\n"),
    "encoded word": Letter("=?utf-8?q?x=0ABcc:_spy=40evil.test?=", "<p>x</p>\n", "=?utf-8?q?x=0ABcc:?=\n"),
    "90 kB": Letter("s", f"<p>{'Rare earth = news. ' * 4500}</p>\n", "Rare earths. \n" * 6000),
}
EVERY = DIGESTS | LETTERS


@pytest.mark.parametrize("name", EVERY)
def test_a_digest_arrives_as_it_was_composed(arrived: dict[str, Arrived], name: str) -> None:
    """By Python's own parser, which notes every defect."""
    written, message = EVERY[name], arrived[name].message
    assert [part.defects for part in message.walk()] == [[], [], []]
    assert [defects for value in message.values() if (defects := getattr(value, "defects", ()))] == []
    assert sendable(arrived[name].part("plain")) == sendable(written.text)
    assert sendable(arrived[name].part("html")) == sendable(written.html)


@pytest.mark.parametrize("name", EVERY)
def test_another_library_reads_the_same(arrived: dict[str, Arrived], name: str) -> None:
    """One that shares nothing with Python's parser, and warns where it had to mend something."""
    written, raw = EVERY[name], arrived[name].raw
    read = parse_email(raw, strict=True)
    assert read.warnings == []
    assert [sendable(text.replace("\r\n", "\n")) for text in read.text_plain] == [sendable(written.text)]
    assert [sendable(text.replace("\r\n", "\n")) for text in read.text_html] == [sendable(written.html)]
    assert read.subject == str(arrived[name].message["Subject"])
    kinds = [part.content_type for part in walk(parse_email_tree(raw))]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize("name", EVERY)
def test_its_headers_are_ours_and_nobody_elses(arrived: dict[str, Arrived], name: str) -> None:
    message = arrived[name].message
    on_the_way = {"Return-Path", "Delivered-To", "Received"}
    assert sorted(set(message.keys()) - on_the_way) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "List-Id", "List-Unsubscribe",
        "List-Unsubscribe-Post", "MIME-Version", "Message-ID", "Subject", "To", "X-Auto-Response-Suppress",
    ]  # fmt: skip
    assert message["Return-Path"] == f"<{SENDER}>"
    assert (str(message["From"]), str(message["To"])) == (FROM, ANN)
    assert parsedate_to_datetime(str(message["Date"])) == NOW
    assert str(message["Date"]).endswith("+0900")
    assert message["List-Unsubscribe"] == f"<{LEAVE}>, <mailto:{SENDER}?subject=unsubscribe>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "spy@evil.test" not in " ".join(str(message[name]) for name in message if name != "Subject")
    assert max(len(line) for line in arrived[name].raw.splitlines()) <= 998


@pytest.mark.parametrize("name", ["rich", "story", "quiet", "chinese", "chinese words", "90 kB"])
def test_its_subject_is_the_news(arrived: dict[str, Arrived], name: str) -> None:
    assert str(arrived[name].message["Subject"]) == EVERY[name].subject


@pytest.mark.parametrize("name", DIGESTS)
def test_gmail_does_not_cut_it(arrived: dict[str, Arrived], name: str) -> None:
    """It cuts HTML at about 102 kB."""
    assert arrived[name].html_bytes < 90_000


# ------------------------------------------------------------------ on the screen


def test_what_was_fetched_is_rendered(arrived: dict[str, Arrived]) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 600, "height": 900})
        blank = page.screenshot()
        page.set_content(arrived["rich"].part("html"))
        seen, shown = page.inner_text("body"), page.screenshot()
        page.close()
    assert "Reko Diq" in seen
    assert _ink(blank) < 0.005 < 0.02 < _ink(shown)


def _ink(picture: bytes) -> float:
    """The share of a PNG's bytes that differ from the pixel to their left: next to none where it is blank."""
    width, height, at, packed = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24]), 8, b""
    while at < len(picture):
        length, kind = int.from_bytes(picture[at : at + 4]), picture[at + 4 : at + 8]
        packed += picture[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    pixels = zlib.decompress(packed)
    step = len(pixels) // height // width
    return sum(a != b for a, b in zip(pixels, pixels[step:], strict=False)) / len(pixels)


# ------------------------------------------------------------------ the whole program


def test_a_round_of_the_program_reaches_the_mailbox_of_its_subscriber(
    house: House, email: Email, tmp_path: Path
) -> None:
    """From the item in the database to the mail on the reader's side, and once."""
    folder = tmp_path / "watchlists"
    rules.write(folder)
    known = {
        "storage": {"url": f"sqlite:///{tmp_path / 'monitor.db'}"},
        "paths": {"watchlists": str(folder), "sources": str(folder / "sources.yaml")},
        "email": {"smtp": house.smtp(), "from": FROM},
        "subscribers": [{"name": "Bob", "email": BOB, "digest_at": "07:30", "zone": "UTC"}],
    }
    with App(Settings.model_validate(known), clock=lambda: NOW, write=lambda _: None) as app:
        for day, title in ((2, "Read before"), (0, "EXIM approves loan for a rare earth magnet plant")):
            _file(app, NOW - timedelta(days=day, hours=1), title)
        (receipt,) = app.digests(app.storage)
        assert app.digests(app.storage) == []
    arrived = Arrived(house.read(BOB, receipt.strip("<>")))
    assert "EXIM approves loan for a rare earth magnet plant" in str(arrived.message["Subject"])
    assert "EXIM approves loan for a rare earth magnet plant" in arrived.part("plain")
    assert "Read before" not in arrived.part("plain")


def _file(app: App, when: datetime, title: str) -> None:
    entry = Entry(title, title, "https://example.com/1", title, "", when)
    with app.storage.write():
        item = app.storage.items.add("one", entry, "en", when)
        assert isinstance(item, Item)
        evidence = app.in_force.evidence(item, app.in_force.sources["one"], "en")
        for watchlist in app.in_force.watchlists:
            verdict = evaluate(watchlist, evidence)
            app.storage.signals.save(Signal(item, verdict, f"story-{item.id}", False, when))


# ------------------------------------------------------------------ ends


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "TLS"])
def test_the_house_lets_in_who_has_the_password_and_whose_certificate_is_trusted(
    house: House, monkeypatch: pytest.MonkeyPatch, implicit: bool
) -> None:
    url = house.smtp(implicit=implicit)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert "CERTIFICATE_VERIFY_FAILED" in channel(url).check()[0]
    monkeypatch.setenv("SSL_CERT_FILE", str(house.certificate))
    assert channel(url).check() == []


def test_a_wrong_password_is_refused_by_the_house(house: House, email: Email) -> None:
    wrong = channel(house.smtp().replace("pa55", "pass"))
    assert wrong.check() == ["the mail server does not accept the user or password of email.smtp (535)"]


def test_who_does_not_sign_in_sends_nothing(house: House, email: Email) -> None:
    nobody = channel(f"smtp://127.0.0.1:{house.submission}")
    with pytest.raises(DeliveryFailed, match="the mail server answered 5") as caught, nobody.many() as post:
        post(Mail(ANN, PLAIN, "digest.2026-03-07.nobody"), NOW)
    assert caught.value.code.startswith("RCPT 5")


def test_an_unknown_mailbox_is_refused_at_once_and_stops_no_other(house: House, email: Email) -> None:
    with email.many() as post:
        with pytest.raises(DeliveryFailed, match="550") as caught:
            post(Mail("nobody@example.com", PLAIN, "digest.2026-03-07.no"), NOW)
        assert (caught.value.retryable, caught.value.code) == (False, "RCPT 550")
        post(Mail(BOB, PLAIN, "digest.2026-03-07.bob"), NOW)
    assert house.read(BOB, "digest.2026-03-07.bob")


def test_what_is_too_large_is_refused_before_it_is_sent(house: House, email: Email) -> None:
    large = Letter("s", "<p>x</p>\n", "Rare earth news\n" * (mailhouse.MOST // 10))
    with email.many() as post:
        with pytest.raises(DeliveryFailed, match="size") as caught:
            post(Mail(ANN, large, "digest.2026-03-07.large"), NOW)
        assert (caught.value.retryable, caught.value.code) == (False, "MAIL 552")
        post(Mail(BOB, PLAIN, "digest.2026-03-07.after"), NOW)
    assert house.read(BOB, "digest.2026-03-07.after")


def test_what_cannot_be_delivered_comes_back_to_the_sender(house: House, email: Email) -> None:
    """The envelope has a sender that reads its mail: a bounce (RFC 3464) goes there."""
    with email.many() as post:
        post(Mail(GONE, PLAIN, "digest.2026-03-08.gone"), NOW)
    (bounce,) = house.wait(SENDER, 'HEADER Content-Type "report-type=delivery-status"')
    message = message_from_bytes(bounce, policy=policy.default)
    assert message["Return-Path"] == "<>"
    assert f"<{GONE}>".encode() in bounce
    assert b"digest.2026-03-08.gone" in bounce


def test_a_round_goes_over_one_connection(house: House, email: Email) -> None:
    numbers = [f"digest.2026-03-09.{n}" for n in range(20)]
    with email.many() as post:
        for number in numbers:
            post(Mail(BOB, PLAIN, number), NOW)
    assert len(house.wait(BOB, 'HEADER Message-ID "digest.2026-03-09."', len(numbers))) == len(numbers)
