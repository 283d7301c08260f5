"""A night of news, from judging to the channel: what waits, what goes through, what the morning brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.batching import Gate
from monitor.capping import Limits
from monitor.deliver import Deliverer
from monitor.errors import DeliveryUnknown
from monitor.holding import Hours
from monitor.hours import window
from monitor.judging import Judging, Routes
from monitor.live import InForce
from monitor.model import Entry, Source
from monitor.outbox import Batch
from monitor.storage import Storage
from tests.fakes import FakeChannel

NEW_YORK = ZoneInfo("America/New_York")
NIGHT = Hours("America/New_York", (window("22:00-07:00"),))
RULE = """\
watchlist: {id}
title: {id}
must:
  - any: [{words}]
    weight: 80
send: {{slack: ["#{id}"]{hold}}}
"""


def rule(name: str, words: str, hold: str = "") -> str:
    return RULE.format(id=name, words=words, hold=hold)


class Night:
    """A desk in New York that sleeps from ten to seven. One of its watchlists names no hours, one is told
    at any hour, and one has longer nights, for everybody."""

    def __init__(self, path: Path, hours: Hours = NIGHT) -> None:
        self.storage = Storage(path)
        texts = {
            "general.yaml": rule("general", "magnet"),
            "always.yaml": rule("always", "scandium", ", hold: {}"),
            "strict.yaml": rule("strict", "yttrium", ", hold: {quiet: ['20:00-09:00'], primary: false}"),
        }
        self.in_force = InForce(texts, {})
        assert not self.in_force.problems
        self.routes = Routes(frozenset({"slack"}), hours=hours)
        self.slack = FakeChannel()
        self.now = datetime(2026, 3, 2, 21, 0, tzinfo=NEW_YORK)
        gate = Gate(Limits(), hours)
        self.deliverer = Deliverer(self.storage, {"slack": self.slack}, lambda: self.now, gate)
        self.number = 0

    def at(self, hour: int, minute: int = 0, day: int = 2) -> Night:
        self.now = datetime(2026, 3, day, hour, minute, tzinfo=NEW_YORK)
        return self.deliver()

    def deliver(self) -> Night:
        while self.deliverer.run().sent:
            pass
        return self

    def news(self, title: str, tier: int = 3) -> None:
        self.number += 1
        link = f"https://example.com/{self.number}"
        source = Source(f"paper-{self.number}", "Paper", "feed", link, tier, "en")
        with self.storage.write():
            item = self.storage.items.add(
                source.id, Entry(link, link, link, title, "", self.now), "en", self.now
            )
            assert item is not None
            evidence = self.in_force.evidence(item, source, item.lang)
            verdicts = self.in_force.judges.verdicts(evidence)
            judged = Judging(self.storage, self.in_force, self.routes, self.now).file(source, item, verdicts)
            assert judged.told, title
        self.deliver()

    def arrived(self) -> list[list[str]]:
        """The first word of each alert of each message that arrived."""
        known = {row.id: row.message for row in self.storage.deliveries.latest(1000)}
        messages = (known[number] for number in self.slack.arrived)
        alerts = (m.alerts if isinstance(m, Batch) else (m,) for m in messages)
        return [[alert.title.split()[0] for alert in told] for told in alerts]


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    made = Night(tmp_path / "night.db")
    yield made
    made.storage.close()


def test_the_evening_goes_the_night_waits_and_the_morning_brings_it_in_one_message(night: Night) -> None:
    night.at(21, 59).news("Dysprosium magnet plant wins loan in Estonia")
    night.at(22, 0).news("Terbium magnet tariff is struck down by court")
    night.at(2, 0, day=3).news("Samarium magnet mine floods in Burundi")
    assert night.at(6, 59, day=3).arrived() == [["Dysprosium"]]
    assert night.at(7, 0, day=3).arrived() == [["Dysprosium"], ["Terbium", "Samarium"]]
    night.news("Gallium magnet factory burns in Japan")
    assert night.arrived()[2:] == [["Gallium"]]
    messages = [row.message for row in night.storage.deliveries.latest(9)]
    (batch,) = [message for message in messages if isinstance(message, Batch)]
    assert (batch.title, batch.why) == ("2 alerts since 22:00 EST", "quiet hours until 07:00 EST")


def test_a_primary_source_wakes_the_desk(night: Night) -> None:
    night.at(23, 0).news("Terbium magnet tariff is struck down by court")
    night.news("Samarium magnet mine floods in Burundi", tier=1)
    assert night.arrived() == [["Samarium"]]


def test_a_primary_source_waits_where_it_is_to(tmp_path: Path) -> None:
    night = Night(tmp_path / "night.db", replace(NIGHT, primary=False))
    night.at(23, 0).news("Samarium magnet mine floods in Burundi", tier=1)
    assert night.arrived() == []
    assert night.at(7, 0, day=3).arrived() == [["Samarium"]]
    night.storage.close()


def test_a_watchlist_with_hours_of_its_own_keeps_those(night: Night) -> None:
    """In the zone of the settings, since it names none."""
    night.at(23, 0).news("Scandium output rises in Quebec")
    assert night.arrived() == [["Scandium"]]
    night.at(20, 30, day=3).news("Yttrium prices double in Rotterdam", tier=1)
    assert night.at(8, 59, day=4).arrived() == [["Scandium"]]
    assert night.at(9, 0, day=4).arrived()[1:] == [["Yttrium"]]


def test_what_waits_is_told_once_however_often_the_channel_stumbles(night: Night) -> None:
    for hour, title in enumerate(("Terbium magnet tariff ends", "Samarium magnet mine floods")):
        night.at(hour, 30, day=3).news(title)
    night.slack.fail, night.slack.arrives = [DeliveryUnknown("no clear answer")], True
    night.at(7, 0, day=3)
    night.now += timedelta(minutes=1)
    assert night.deliver().arrived() == [["Terbium", "Samarium"]]
    assert sorted(night.storage.deliveries.counts()) == ["batched", "sent"]
