"""Killed again and again while Slack misbehaves: every alert arrives, once, in order.

Real captured items, a real daemon, and the strict stand-in for Slack as a process of its own with its
limits as they are by default. What must be told is counted without the product's pipeline and storage.
"""

from __future__ import annotations

import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import unescape
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from monitor import watchlists
from monitor.conditions import Evidence
from monitor.judging import Routes
from monitor.match import Matcher
from monitor.model import Alert, Content, Origin, Reason
from monitor.outbox import Delivery, Destination, State
from monitor.score import evaluate
from monitor.storage import Storage
from monitor.text import plain
from tests.daemon import Daemon, wait_for
from tests.fakes import Answer, Web
from tests.standin import GENERAL, PRIVATE, TOKEN, StandInProcess

TIERS = {"press": 3, "wires": 2, "register": 1}
STEPS = 5
SEED = 20260302

RULES = {
    "magnets": f"""\
watchlist: magnets
title: Rare earth magnets
must:
  - {{name: rare earths, any: [rare earth, 희토류, neodymium], weight: 40}}
any:
  - {{name: magnets, any: [magnet, 자석], weight: 10}}
  - {{name: money or state, any: [loan, invest*, fund*, government, deal, export, 수출, 투자], weight: 15}}
alert: 60
send: {{slack: [{GENERAL}]}}
""",
    "tariffs": """\
watchlist: tariffs
title: Tariffs on China
must:
  - {name: tariffs, any: [tariff, export control], weight: 40}
  - {name: China, any: [China, Chinese, Beijing], weight: 20}
alert: 60
send: {slack: ["#alerts"]}
""",
    "prices": f"""\
watchlist: prices
title: Prices and supply
must:
  - {{name: rare earths, any: [rare earth, 희토류], weight: 40}}
  - {{name: price, any: [price, supply, shortage, 가격, 공급], weight: 25}}
alert: 60
send: {{slack: ["#alerts", {PRIVATE}]}}
""",
    "duties": """\
watchlist: duties
title: Duties on metals
must:
  - {name: duty, any: [antidumping, countervailing], weight: 40}
  - {name: metal, any: [silicon, magnesium, graphite, tungsten, titanium, vanadium], weight: 25, in: [title]}
alert: 60
""",
}


@dataclass(frozen=True)
class Entry:
    link: str
    title: str
    text: str


@dataclass
class Feeds:
    """Three sources that start with old entries and grow step by step."""

    entries: dict[str, list[Entry]]
    step: int = 0

    def shown(self, source: str, step: int) -> list[Entry]:
        """What a source has at a step: at 0 the oldest fifth."""
        entries = self.entries[source]
        return entries[: len(entries) * (step + 1) // (STEPS + 1)]

    def serve(self, path: str, _: dict[str, str]) -> Answer:
        source, step = path.strip("/"), self.step
        start = datetime.now(UTC) - timedelta(hours=2)
        items = (
            f"<item><guid>{escape(e.link)}</guid><link>{escape(e.link)}</link><title>{escape(e.title)}</title>"
            f"<description>{escape(e.text)}</description>"
            f"<pubDate>{format_datetime(start + timedelta(seconds=number))}</pubDate></item>"
            for number, e in enumerate(self.shown(source, step))
        )
        body = f'<rss version="2.0"><channel><title>x</title>{"".join(reversed(list(items)))}</channel></rss>'
        return 200, {"Content-Type": "application/rss+xml; charset=utf-8"}, body.encode()


def read(shared: Path, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(shared / "real" / name, "rt", encoding="utf-8") as file:
        if name.endswith(".json.gz"):
            yield from json.load(file)
        else:
            yield from (json.loads(line) for line in file if line.strip())


def captured(shared: Path) -> dict[str, list[Entry]]:
    """Real items, each link once: all of the trade's own news, and a cut through the others."""
    chance = random.Random(SEED)
    press = [
        Entry(i["url"], i["title"], "") for i in read(shared, "domain/rare_earth_news_2026q1_en_ko.json.gz")
    ]
    wires = [
        Entry(i["u"], i["t"], i.get("x") or "")
        for i in read(shared, "headlines/en_rss_2026-01.jsonl.gz")
        if chance.random() < 0.02 or "tariff" in i["t"].lower()
    ]
    register = [
        Entry(i["u"], i["t"], i.get("a") or "")
        for i in read(shared, "us/federal_register_relevant.jsonl.gz")
        if chance.random() < 0.12
    ]
    chosen = {"press": press, "wires": wires, "register": register}
    return {name: list({e.link: e for e in entries}.values()) for name, entries in chosen.items()}


def write(folder: Path, base: str, slack: StandInProcess) -> None:
    (folder / "watchlists").mkdir()
    for name, text in RULES.items():
        (folder / "watchlists" / f"{name}.yaml").write_text(text, "utf-8")
    (folder / "watchlists" / "sources.yaml").write_text(
        "sources:\n"
        + "".join(f"  - {{id: {n}, url: '{base}/{n}', tier: {t}, every: 1s}}\n" for n, t in TIERS.items()),
        "utf-8",
    )
    (folder / "monitor.toml").write_text(
        f'[reading]\nenabled = false\n[http]\nallow_private = ["127.0.0.0/8"]\n'
        "[limits]\nper_hour = 1000\nper_day = 1000\nwatchlist_per_day = 1000\n"
        f'[slack]\ntoken = "{TOKEN}"\napi_url = "{slack.base}/api/"\nchannel = "#general"\n',
        "utf-8",
    )


def to_be_told(feeds: Feeds) -> set[tuple[str, str]]:
    """(watchlist, link) of every item that must be told or be of a story that is: match and score, first
    look left out."""
    rulebook, problems = watchlists.build({f"{name}.yaml": text for name, text in RULES.items()})
    assert not problems
    matcher = Matcher(rulebook.watchlists)
    told = set()
    for source, entries in feeds.entries.items():
        for entry in entries[len(feeds.shown(source, 0)) :]:
            title, text = plain(entry.title), plain(entry.text)
            evidence = Evidence(matcher.find(Content(title, text)), Origin(source, TIERS[source], "en"))
            for watchlist in rulebook.watchlists:
                if evaluate(watchlist, evidence).score >= watchlist.alert:
                    told.add((watchlist.id, entry.link))
    return told


# Every way in which a post ends unclear or is refused, spread over the run.
FAULTS: tuple[dict[str, Any], ...] = (
    {"action": "drop_after", "times": 2, "skip": 3},
    {"action": "error", "status": 503, "times": 2, "skip": 9},
    {"action": "ratelimit", "retry_after": 2, "times": 2, "skip": 12},
    {"action": "truncate", "times": 1, "skip": 25},
    {"action": "drop_before", "times": 1, "skip": 35},
    {"action": "garbage", "times": 1, "skip": 40},
)


class Run:
    """The stage: feeds, Slack, and daemons that are killed."""

    def __init__(self, folder: Path, feeds: Feeds, slack: StandInProcess) -> None:
        self.folder, self.feeds, self.slack = folder, feeds, slack
        self.kills = 0

    def posts(self) -> int:
        return len(self.slack.entries("message"))

    def deliveries(self) -> list[Delivery]:
        """To Slack, as filed, in the order in which they were decided; what the operator is told of the
        sources goes to the terminal."""
        with Storage(self.folder / "monitor.db") as storage:
            filed = list(storage.deliveries.latest(10_000))[::-1]
        return [delivery for delivery in filed if delivery.destination.channel == "slack"]

    def stories(self) -> dict[str, str]:
        """The story of each link."""
        with Storage(self.folder / "monitor.db") as storage:
            sql = "SELECT i.link, m.story FROM items i JOIN members m ON m.item = i.id"
            return dict(storage.db.execute(sql).fetchall())

    def destinations(self) -> Iterator[tuple[str, frozenset[Destination]]]:
        """Where each watchlist goes."""
        rulebook, _ = watchlists.build({f"{name}.yaml": text for name, text in RULES.items()})
        for watchlist in rulebook.watchlists:
            yield watchlist.id, Routes(frozenset({"slack"}), "#general").of(watchlist)

    def items(self) -> int:
        with Storage(self.folder / "monitor.db") as storage:
            return storage.items.count(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))

    def killed_in_a_post(self, daemon: Daemon) -> None:
        """SIGKILL between the moment Slack took a message and its answer."""
        before = self.posts()
        self.slack.fault("delay_after", delay=1.5)
        wait_for(lambda: self.posts() > before, 60, daemon.said)
        daemon.kill()
        self.kills += 1
        states = {d.state for d in self.deliveries()}
        assert State.SENDING in states, "a post was under way"

    def killed_anywhere(self, daemon: Daemon, chance: random.Random) -> None:
        before = self.posts()
        wait_for(lambda: self.posts() >= before + 3, 60, daemon.said)
        time.sleep(chance.random())
        daemon.kill()
        self.kills += 1

    def settled(self) -> bool:
        deliveries = self.deliveries()
        everything = sum(len(entries) for entries in self.feeds.entries.values())
        return self.items() == everything and all(d.state is State.SENT for d in deliveries)


@pytest.mark.timeout(420)
def test_killed_again_and_again_nothing_is_lost_or_told_twice(shared: Path, tmp_path: Path) -> None:
    feeds = Feeds(captured(shared))
    expected = to_be_told(feeds)
    assert 40 <= len(expected) <= 80
    chance = random.Random(SEED)
    with Web(feeds.serve) as web, StandInProcess(shared, tmp_path / "slack.jsonl") as slack:
        write(tmp_path, web.base, slack)
        run = Run(tmp_path, feeds, slack)
        with Daemon(tmp_path) as daemon:
            daemon.wait_out("3 looked at for the first time: filed, not told", 60)
            assert run.posts() == 0
            for fault in FAULTS:
                slack.fault(**fault)
            feeds.step = 1
            run.killed_anywhere(daemon, chance)
        for step in range(2, STEPS + 1):
            feeds.step = step
            with Daemon(tmp_path) as daemon:
                if step % 2:
                    run.killed_anywhere(daemon, chance)
                else:
                    run.killed_in_a_post(daemon)
        with Daemon(tmp_path) as daemon:
            wait_for(run.settled, 180, daemon.said)
            assert daemon.stop() == 0
            assert "Traceback" not in daemon.err, daemon.err
        assert run.kills == STEPS
        judge(run, expected)


def judge(run: Run, expected: set[tuple[str, str]]) -> None:
    deliveries = run.deliveries()
    alerts = {d.message.id: d.message for d in deliveries if isinstance(d.message, Alert)}.values()
    assert {(a.watchlist, a.link) for a in alerts} <= expected
    stories, known = run.stories(), dict(run.destinations())
    told = {(stories[d.message.link], d.destination) for d in deliveries if isinstance(d.message, Alert)}
    assert told == {(stories[link], to) for watchlist, link in expected for to in known[watchlist]}
    first = Counter(
        (stories[d.message.link], d.destination)
        for d in deliveries
        if isinstance(d.message, Alert) and d.message.reason is Reason.FIRST
    )
    assert set(first.values()) == {1}, "nobody is told of a story for the first time twice"
    found = run.slack.audit([d.id for d in deliveries])
    assert (found["lost"], found["duplicates"], found["no_identity"]) == ([], {}, [])
    assert (found["mentions"], found["unthreaded"], found["truncated"]) == ([], [], [])
    assert found["ignored_retry_after"] == 0
    assert found["posts"] == len(deliveries)
    assert set(found["errors"]) <= {"dropped", "internal_error", "ratelimited"}, "what was asked for, no more"
    assert {unescape(url) for _, url, _ in found["links"]} == {a.link for a in alerts}
    in_order: dict[str, list[str]] = {}
    for entry in run.slack.entries("message"):
        key = entry["message"]["metadata"]["event_payload"]["key"]
        in_order.setdefault(key, []).append(entry["ts"])
    for destination in {d.destination for d in deliveries}:
        stamps = [in_order[d.id][0] for d in deliveries if d.destination == destination]
        assert stamps == sorted(stamps), f"{destination}: in the order of decision"
    receipts = {d.id: d.receipt.partition(":")[2] for d in deliveries}
    assert receipts == {key: stamps[0] for key, stamps in in_order.items()}
