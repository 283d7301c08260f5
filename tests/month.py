"""Days of news on one clock: polled, judged, told, and in a digest each morning, by the real journeys.

The stream is a list of `Report`: what a source publishes, and when. Each hour the sources that have
published are polled through a `Press` in the place of the network, one after the other as they did; what
is to be told is delivered, and the digests that are due are composed, frozen and posted. Once a day every
source is polled.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor import digest, gathering, mailing
from monitor.catalogue import parse
from monitor.deliver import Deliverer
from monitor.digest import Digest, Material
from monitor.edition import Edition
from monitor.errors import Unreachable
from monitor.fetch import Fetched, NotModified
from monitor.folder import SOURCES, read_directory
from monitor.judging import Routes
from monitor.letter import Letter, Mail
from monitor.live import InForce
from monitor.model import Alert, Source, Validators
from monitor.pipeline import Poll
from monitor.request import Document, Request
from monitor.storage import Storage
from monitor.subscriber import Subscriber
from tests.fakes import FakeChannel

WATCHLISTS = Path(__file__).parent.parent / "watchlists"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# How many entries a feed shows, the newest first; when all sources are polled.
SHOWN, ROUND = 30, 11
UNKNOWN_TIER = 3


@dataclass(frozen=True, slots=True)
class Report:
    """An entry of a source's feed, there from `at`. `html` is its text, as feeds have it."""

    at: datetime
    source: str
    title: str
    html: str = ""
    link: str = ""
    key: str = ""


Page = Callable[[datetime], bytes]


@dataclass
class Press:
    """All servers: feeds of what was published until `now`; other documents; and who is `down` until when."""

    reports: Mapping[str, Sequence[Report]]
    pages: Mapping[str, Page] = field(default_factory=dict)
    down: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)
    now: datetime = datetime.min

    def moments(self) -> Iterator[tuple[datetime, str]]:
        """When a source has something new."""
        return ((report.at, source) for source, reports in self.reports.items() for report in reports)

    async def fetch(
        self, request: Request, validators: Validators, *, subject: str = ""
    ) -> Fetched | NotModified:
        away = self.down.get(subject)
        if away and away[0] <= self.now < away[1]:
            raise Unreachable("no connection within 10 s", subject=subject)
        page = self.pages.get(subject)
        body = page(self.now) if page else self._feed(subject)
        if not body:
            return NotModified(validators)
        return Fetched(Document(body, {"content-type": "application/json"}, request.url), validators)

    def _feed(self, source: str) -> bytes:
        there = [report for report in self.reports.get(source, ()) if report.at <= self.now]
        fresh = sum(report.at > self.now - HOUR for report in there)
        if not fresh:
            return b""
        return feed(source, there[-max(SHOWN, fresh) :])


def feed(title: str, reports: Sequence[Report]) -> bytes:
    """A JSON Feed of these reports, oldest first here and newest first there."""
    entries = [
        {
            "id": report.key or report.link,
            "url": report.link,
            "title": report.title,
            "content_html": report.html,
            "date_published": report.at.isoformat(),
        }
        for report in reversed(reports)
    ]
    made = {"version": "https://jsonfeed.org/version/1.1", "title": title, "items": entries}
    return json.dumps(made, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Morning:
    """A digest as it was frozen and posted, what it was written from, and the alerts of its span."""

    letter: Letter
    digest: Digest
    material: Material
    alerts: tuple[Alert, ...]

    @property
    def day(self) -> date:
        return self.digest.edition.day


class Month:
    """One installation on a clock that is moved by the hour."""

    def __init__(
        self, folder: Path, press: Press, sources: Iterable[Source], subscribers: Sequence[Subscriber]
    ) -> None:
        self.storage = Storage(folder / "monitor.db")
        self.storage.db.conn.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
        self.press = press
        self.subscribers = subscribers
        self.in_force = InForce(read_directory(WATCHLISTS), {}, tuple(sources))
        self.now = datetime.min
        self.mornings: dict[str, list[Morning]] = {one.name: [] for one in subscribers}
        self._routes = Routes(on=frozenset({"slack"}))
        channel = FakeChannel()
        channel.name = "slack"
        self._deliverer = Deliverer(self.storage, {"slack": channel}, lambda: self.now)
        self._posted: list[Mail] = []
        self._folder = folder

    def run(self, begins: datetime, days: int) -> None:
        """From a first look at every source until the morning of the last day is over."""
        self.storage.sources.sync(self.in_force.sources.values(), begins)
        by_hour: dict[int, list[str]] = defaultdict(list)
        for at, source in sorted(self.press.moments()):
            by_hour[-((begins - at) // HOUR)].append(source)
        with asyncio.Runner() as runner:
            for hour in range(days * 24 + 1):
                self.now = self.press.now = begins + hour * HOUR
                fresh = list(dict.fromkeys(by_hour[hour]))
                for source in fresh:
                    runner.run(self._poll([source]))
                if hour == 0 or self.now.hour == ROUND:
                    runner.run(self._poll(sorted(self.in_force.sources.keys() - set(fresh))))
                while self._deliverer.run().sent:
                    pass
                self._send()

    async def _poll(self, names: Sequence[str]) -> None:
        poll = Poll(self.storage, self.in_force, self._routes, self.now)
        await poll.run(self.press, [self.in_force.sources[name] for name in names])

    def _send(self) -> None:
        self._posted.clear()
        mailing.send_due(
            self.storage, self.in_force, self.subscribers, self.now, self._post, self._folder / "digests"
        )
        by_mail = {one.email: one for one in self.subscribers}
        for mail in self._posted:
            self.mornings[by_mail[mail.to].name].append(self._morning(by_mail[mail.to], mail))

    def _post(self, mail: Mail, now: datetime) -> str:
        self._posted.append(mail)
        return mail.number

    def _morning(self, subscriber: Subscriber, mail: Mail) -> Morning:
        filed = self.storage.digests.get(subscriber.name, date.fromisoformat(mail.number.split(".")[1]))
        assert filed
        letter = Letter(filed.subject, filed.html, filed.text)
        assert letter == mail.letter  # what was frozen is what was posted
        edition = Edition(filed.day, filed.hour, filed.since, filed.until, filed.first)
        material = gathering.gather(self.storage, self.in_force, filed.since, filed.until)
        made = digest.compose(subscriber, edition, material, self.in_force.watchlists)
        return Morning(letter, made, material, tuple(self.storage.alerts.between(filed.since, filed.until)))


# ------------------------------------------------------------------ sources


class Catalogue:
    """The sources of the shipped catalogue by their hosts, and made ones for hosts that it does not have."""

    def __init__(self) -> None:
        known, _ = parse(SOURCES, (WATCHLISTS / SOURCES).read_text("utf-8"))
        self._by_host: dict[str, Source] = {}
        for source in sorted(known, key=lambda one: one.tier):
            self._by_host.setdefault(_host(source.url), source)
        self._known = {source.id: source for source in known}
        self.used: dict[str, Source] = {}

    def host(self, link: str, lang: str) -> str:
        """The source that publishes an address."""
        host = _host(link) or "unknown"
        address = f"https://{host}/feed"
        made = Source(host, host, "feed", address, UNKNOWN_TIER, lang, quiet_after=60 * DAY)
        return self._use(self._by_host.get(host, made))

    def named(self, name: str) -> str:
        """A source of the catalogue by its id."""
        return self._use(self._known[name])

    def add(self, entry: str) -> str:
        """A source as `sources.yaml` has it."""
        (source,), problems = parse(SOURCES, entry)
        assert not problems
        self.used[source.id] = source
        return source.id

    def _use(self, source: Source) -> str:
        self.used[source.id] = _as_feed(source)
        return source.id


def _host(link: str) -> str:
    return (urlsplit(link).hostname or "").removeprefix("www.").strip(".")


def _as_feed(source: Source) -> Source:
    return replace(source, kind="feed", disabled="", key="", options=None)


def paragraph(text: str) -> str:
    """Plain text as the text of an entry."""
    return f"<p>{escape(text)}</p>" if text else ""


def by_source(reports: Iterable[Report]) -> dict[str, list[Report]]:
    """Each source's reports in time."""
    found: dict[str, list[Report]] = defaultdict(list)
    for report in sorted(reports, key=lambda one: one.at):
        found[report.source].append(report)
    return found


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a compressed file of JSON, in one list or one a line."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        if path.name.endswith(".jsonl.gz"):
            return [json.loads(line) for line in file if line.strip()]
        found = json.load(file)
        return list(found) if isinstance(found, list) else list(next(iter(found.values())))
