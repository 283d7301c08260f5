"""The page of settings: what is set in words, a test message, and a subscriber who gets the digest again."""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.channels import Channel
from monitor.config import Settings
from monitor.errors import Busy, DeliveryFailed
from monitor.outbox import Delivery, Destination, Receipt
from monitor.web.probe import MOST, WITHIN, Probe
from monitor.web.upkeep import EXAMPLES
from tests import rules
from tests.fakes import NOON
from tests.mailserver import USER, MailServer
from tests.webdesk import Desk
from tests.webpages import Pages, Seconds

HOSTILE = '"><script>alert(1)</script>'
SECRET = "xoxb-1234-very-secret"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def shown(answer: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def told(pages: Pages, to: str) -> str:
    """What the page says after a test message."""
    answer = pages.post("/settings/test", {"to": to})
    assert answer.status_code == 303, shown(answer)
    page = pages.get("/settings/" + answer.headers["location"].partition("settings/")[2])
    found = re.search(r'role="(?:status|alert)">(.*?)</(?:p|div)>', page.text, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


# ------------------------------------------------------------------ what is set


def test_with_nothing_set_the_page_says_what_to_write(office: Desk) -> None:
    text = shown(office.pages().get("/settings/"))
    assert "slack off set slack.token to use it" in text
    assert "email off set email.smtp to use it" in text
    assert "Put what you want of this into monitor.toml" in text
    for name in ("[slack]", "[email]", "[operator]", "[[subscribers]]", "[web]"):
        assert name in text


def test_what_is_to_be_written_are_settings() -> None:
    whole = Settings.model_validate(tomllib.loads("\n".join(EXAMPLES.values())))
    assert (whole.slack.channel, whole.operator.to) == ("#signals", "email:you@example.com")
    assert [one.name for one in whole.subscribers] == ["desk"]


def test_what_is_set_is_told_without_a_secret(office: Desk) -> None:
    pages = office.pages(
        slack={"token": SECRET, "app_token": "xapp-secret", "channel": "#rare"},
        email={"smtp": f"smtp://{USER}:{SECRET}@mail.example.com:587", "from": "Desk <desk@example.com>"},
        keys={"congress_gov": SECRET},
        operator={"to": "slack:#ops"},
        hours={"quiet": ["22:00-07:00"], "zone": "Europe/London", "weekdays": ["mon", "fri"]},
        limits={"per_hour": 7},
        subscribers=[{"name": "ann", "email": "ann@example.com", "weekdays": ["mon"]}],
    )
    answer = pages.get("/settings/")
    text = shown(answer)
    for words in (
        "alerts go to #rare unless",
        "through mail.example.com, from Desk &lt;desk@example.com&gt;",
        "are told to #ops (slack)",
        "22:00-07:00 in Europe/London",
        "monday, friday",
        "7 messages an hour",
        "whoever is at this machine",
        "ann ann@example.com 07:30 UTC, monday",
        "Signal Monitor 0.1.0",
    ):
        assert words in text
    for secret in (SECRET, "xapp-secret", USER + ":"):
        assert secret not in answer.text
    assert "To turn on what is off" in text  # the password of the pages
    assert "[slack]" not in text


def test_an_operator_who_cannot_be_told_is_told_in_the_words_of_doctor(office: Desk) -> None:
    text = shown(office.pages(operator={"to": "slack:#ops"}).get("/settings/"))
    assert "amiss slack:#ops cannot be told, since slack is off" in text


def test_a_file_with_a_mistake_comes_first(office: Desk) -> None:
    pages = office.pages()
    (office.folder / "watchlists/magnets.yaml").write_text(rules.MAGNETS.replace("weight: 60", "wieght: 60"))
    with pages.storage() as storage:
        office.app.reload(storage)
    text = shown(pages.get("/settings/"))
    assert text.index("magnets.yaml:6") < text.index("Where alerts go")


def test_hostile_names_are_shown_as_text(office: Desk) -> None:
    pages = office.pages(
        slack={"token": SECRET, "channel": HOSTILE},
        email={"smtp": "smtp://mail.example.com", "from": '"<script>alert(2)</script>" <a@example.com>'},
        operator={"to": f"slack:{HOSTILE}"},
    )
    assert "<script>alert" not in pages.get("/settings/").text
    for query in (f"?test={HOSTILE}", f"?resumed={HOSTILE}", "?test=²", f"?test={'9' * 5000}"):
        answer = pages.get(f"/settings/{query}")
        assert (answer.status_code, "<script>alert" in answer.text) == (200, False)


# ------------------------------------------------------------------ a test message


def test_a_test_message_goes_to_the_terminal(office: Desk) -> None:
    assert told(office.pages(), "console:") == "console: a test message was sent"
    (printed,) = office.printed
    assert "Test message: alerts can be told here" in printed
    assert "this was asked for on the page of settings" in printed


def test_a_test_message_goes_by_mail_to_a_reader(office: Desk) -> None:
    with MailServer() as server:
        pages = office.pages(
            email={"smtp": server.url()}, subscribers=[{"name": "ann", "email": "ann@example.com"}]
        )
        assert told(pages, "email:ann@example.com") == "email:ann@example.com a test message was sent"
        (taken,) = server.taken
    assert taken.to == ["ann@example.com"]
    assert "Test message" in str(taken.message["Subject"])


def test_a_channel_that_refuses_says_so_in_words(office: Desk) -> None:
    pages = office.pages(slack={"token": SECRET, "api_url": "http://127.0.0.1:1/"})
    said = told(pages, "slack:#signals")
    assert said.startswith("slack:#signals no test message: ")
    assert SECRET not in said


@pytest.mark.parametrize("to", ["", "console", "email:x@evil.example.com", "slack:#signals", HOSTILE])
def test_nothing_goes_to_whom_nobody_tells_anything(office: Desk, to: str) -> None:
    answer = office.pages().post("/settings/test", {"to": to})
    assert answer.status_code == 400
    assert "Choose one of the destinations that there are." in shown(answer)
    assert office.printed == []


def test_nothing_is_sent_by_looking(office: Desk) -> None:
    pages = office.pages()
    assert pages.get("/settings/test").status_code == 405
    assert pages.get("/settings/?to=console:").status_code == 200
    assert office.printed == []


@dataclass
class Deaf:
    """A channel that says nothing until it may."""

    name: str = "console"
    pace: timedelta = timedelta(0)
    settle: timedelta = timedelta(0)
    threads: bool = False
    may: threading.Event = field(default_factory=threading.Event)

    def send(self, delivery: Delivery) -> Receipt:
        self.may.wait(10)
        return Receipt("late")

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def update(self, delivery: Delivery) -> None:
        pass


class Dumb(Deaf):
    """A channel that refuses."""

    def send(self, delivery: Delivery) -> Receipt:
        raise DeliveryFailed("not today", retryable=True)


TO = Destination("console")


def test_a_channel_that_hangs_is_not_waited_for() -> None:
    channel: Channel = (deaf := Deaf())
    probe = Probe(patience=0.05)
    found = probe.result(probe.send(channel, TO, NOON))
    deaf.may.set()
    assert found
    assert found.wrong
    assert found.detail.startswith("no answer within 0 s, or it broke off: look whether it arrived")


def test_test_messages_are_few_in_a_minute() -> None:
    seconds = Seconds()
    probe = Probe(seconds)
    numbers = [probe.send(Dumb(), TO, NOON) for _ in range(MOST)]
    assert len(set(numbers)) == MOST
    with pytest.raises(Busy, match="wait 60 s"):
        probe.send(Dumb(), TO, NOON)
    seconds.now += WITHIN
    found = probe.result(probe.send(Dumb(), TO, NOON))
    assert found
    assert "not today" in found.detail


def test_too_many_are_told_when_they_may_go_on(office: Desk) -> None:
    pages = office.pages()
    answers = [pages.post("/settings/test", {"to": "console:"}) for _ in range(MOST + 1)]
    assert [one.status_code for one in answers] == [303] * MOST + [429]
    assert "wait 60 s, then send it again" in shown(answers[-1])
    assert len(office.printed) == MOST


# ------------------------------------------------------------------ subscribers


def test_who_unsubscribed_is_sent_to_again_by_a_press(office: Desk) -> None:
    pages = office.pages(
        email={"smtp": "smtp://127.0.0.1:1"}, subscribers=[{"name": "Ann co", "email": "ann@example.com"}]
    )
    with pages.storage() as storage, storage.write():
        storage.subscriptions.leave(storage.subscriptions.of("Ann co", "ann@example.com").token, NOON)
    text = shown(pages.get("/settings/"))
    assert "unsubscribed since 2 Mar 2026 12:00 UTC none Send again" in text
    answer = pages.post("/settings/resume", {"subscriber": "Ann co"})
    assert (answer.status_code, answer.headers["location"]) == (303, "../settings/?resumed=1")
    assert "Ann co gets the digest; the next one is due 3 Mar 2026 07:30 UTC." in shown(
        pages.get("/settings/?resumed=1")
    )
    assert pages.gone("Ann co") is None


def test_a_subscriber_whom_there_is_not_is_refused(office: Desk) -> None:
    answer = office.pages().post("/settings/resume", {"subscriber": HOSTILE})
    assert answer.status_code == 404
    assert "There is no such subscriber" in shown(answer)


def test_the_subscribers_are_a_table(office: Desk) -> None:
    pages = office.pages(subscribers=[{"name": "ann", "watchlists": ["cats"]}, {"name": "bob"}])
    rows = pages.get("/api/subscribers.json").json()["rows"]
    assert [(one["name"], one["state"], one["unknown"]) for one in rows] == [
        ("ann", "file", ["cats"]), ("bob", "file", []),
    ]  # fmt: skip
    assert len(pages.get("/api/subscribers.json?name=bob").json()["rows"]) == 1
    assert (
        pages.get("/api/subscribers.json?state=lost").json()["error"].startswith("there is no state 'lost'")
    )
    assert "token" not in rows[0]
