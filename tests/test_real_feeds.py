"""Every captured feed, served and polled: each read or refused in words, and nothing told twice."""

from __future__ import annotations

import re
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor import items
from monitor.errors import Unreadable
from monitor.model import Source
from monitor.pipeline import PollReport
from monitor.request import Document
from monitor.sources import feed
from tests.fakes import NOON, a_source
from tests.webs import World, rss

# The commonest words of the languages that the captures are in: most entries score.
GREEDY = """
watchlist: magnets
title: Anything
must:
  - name: words
    any: [the, a, of, to, in, and, de, la, le, les, der, die, das, en, e, и, в, на, с, "的"]
    weight: 90
alert: 60
digest: 30
"""
KNOWN_ERRORS = re.compile(
    r"none of \d+ entries can be read: .*|not a feed( \(.*\))?|the body is empty"
    r"|declares entities of its own, which no feed needs|names a document type from elsewhere, .*"
    r"|an HTML page came where a feed was expected|JSON, but not a JSON Feed|JSON that cannot be read \(.*\)"
)
FEEDS, READ_AT_LEAST, ITEMS_AT_LEAST = 591, 560, 5900


@dataclass
class Polled:
    """All captures, polled once, with what became of each by source id."""

    world: World
    report: PollReport
    files: dict[str, Path]

    @property
    def stored(self) -> dict[str, int]:
        return {name: state.items for name, state in self.world.app.storage.sources.states().items()}

    def table(self) -> str:
        """One line per document: how many items it gave, or its error."""
        stored, failed = self.stored, self.report.failed
        lines = [
            f"{failed.get(name) or stored[name]!s:>6}  {path.parent.name}/{path.name}"
            for name, path in self.files.items()
        ]
        return "\n".join(lines)

    def again(self, change: bytes | None = None) -> PollReport:
        """Poll the same documents with something at their end, or as they are served now."""
        if change is not None:
            for name, path in self.files.items():
                self.world.answers[name] = path.read_bytes() + change
        return self.world.poll()


@pytest.fixture(scope="module")
def polled(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Polled]:
    """A first look at empty feeds under all the addresses, then the captures appear there."""
    paths = sorted(p for p in (shared / "real" / "feeds").rglob("*") if p.is_file())
    files = {f"doc-{n}": path for n, path in enumerate(paths)}
    world = World(tmp_path_factory.mktemp("real"), *files, watchlists=[("magnets", GREEDY)])
    with world:
        world.answers |= dict.fromkeys(files, rss())
        assert world.poll().first_looks == len(files)
        world.answers |= {name: path.read_bytes() for name, path in files.items()}
        yield Polled(world, world.poll(), files)


def read(path: Path, source: Source) -> int | str:
    """How many items the document is worth by itself, or its error."""
    try:
        return len(
            items.decide(
                feed.read(Document(path.read_bytes(), {}, "http://x.test/"), source, NOON).entries, {}
            )
        )
    except Unreadable as error:
        return str(error)


def test_every_capture_is_stored_whole_or_refused_for_a_known_reason(polled: Polled) -> None:
    stored, failed = polled.stored, polled.report.failed
    assert len(polled.files) == FEEDS
    assert [e for e in failed.values() if not KNOWN_ERRORS.fullmatch(e)] == [], polled.table()
    wrong = {
        polled.files[name].name: (stored[name], failed.get(name), expected)
        for name, source in polled.world.app.in_force.sources.items()
        if (expected := read(polled.files[name], source)) != (failed.get(name) or stored[name])
    }
    assert not wrong, polled.table()
    assert polled.report.polled == FEEDS - len(failed) >= READ_AT_LEAST, polled.table()
    assert polled.report.new == sum(stored.values()) >= ITEMS_AT_LEAST, polled.table()
    print(f"{polled.report.polled} read, {sum(stored.values())} items, {polled.report.alerts} alerts")
    print(*Counter(re.sub(r"\d+", "n", e) for e in failed.values()).most_common(), sep="\n")


def test_the_captures_told_something(polled: Polled) -> None:
    """Without alerts, the tests below would pass whatever happened."""
    assert polled.report.alerts > 2000
    assert polled.report.alerts == len(polled.world.alerts)


def test_the_same_captures_again_bring_nothing_new(polled: Polled) -> None:
    """The bodies differ by white space at their end, so that they are read and not just hashed."""
    before = len(polled.world.alerts)
    report = polled.again(b"\n\n")
    assert report.unchanged == 0
    assert (report.new, report.edited, report.alerts) == (0, 0, 0)
    assert report.failed == polled.report.failed
    assert len(polled.world.alerts) == before
    assert polled.again().unchanged == report.polled


DATE = re.compile(rb"(<(pubDate|dc:date|published|updated|issued|modified)>)[^<]*(</\2>)")
ENTRY = re.compile(rb"<(item|entry)(?=[\s>]).*?</\1>", re.DOTALL)


GUID = re.compile(rb"<(?:guid|id)\b[^>]*>([^<]*)<")


def reversible(body: bytes) -> bool:
    guids = [guid.strip() for guid in GUID.findall(body)]
    return len(set(guids)) == len(guids)


def redated_and_reversed(body: bytes) -> bytes:
    """The document with every date a month later than all others, and its entries upside down.

    One that gives two entries the same guid stays the right way up: the first of them counts.
    """
    body = DATE.sub(rb"\g<1>Mon, 02 Mar 2026 11:00:00 GMT\g<3>", body)
    body = re.sub(rb'("date_(published|modified)":\s*")[^"]*', rb"\g<1>2026-03-02T11:00:00Z", body)
    if not reversible(body):
        return body
    entries = [found[0] for found in ENTRY.finditer(body)]
    return ENTRY.sub(lambda _: entries.pop(), body)


def test_other_dates_and_the_other_order_tell_nothing_again(polled: Polled) -> None:
    changed = turned = 0
    for name, path in polled.files.items():
        body = path.read_bytes()
        polled.world.answers[name] = other = redated_and_reversed(body)
        changed += other != body
        turned += reversible(body) and len(ENTRY.findall(body)) > 1
    assert changed > 500
    assert turned > 150
    before = {alert.id for alert in polled.world.alerts}
    report = polled.again()
    told = [f"{polled.files[a.source].name}: {a.title}" for a in polled.world.alerts if a.id not in before]
    assert told == []
    assert (report.alerts, report.failed) == (0, polled.report.failed)


SUITES = ("feedparser-tests", "gofeed-testdata", "laminas-feed-tests")


@pytest.mark.parametrize("suite", SUITES)
def test_every_document_of_the_edge_suites_is_read_or_refused(
    shared: Path, tmp_path: Path, suite: str
) -> None:
    with tarfile.open(shared / "real" / "feeds_edge" / f"{suite}.tar.gz") as tar:
        # Python before 3.11.4 has no filters.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(tmp_path, **safely)  # type: ignore[arg-type]
    documents = sorted(p for p in tmp_path.rglob("*") if p.is_file())
    assert len(documents) > 700
    outcomes: Counter[str] = Counter()
    unknown: list[tuple[str, str]] = []
    for path in documents:
        started = time.monotonic()
        try:
            reading = feed.read(Document(path.read_bytes(), {}, "http://x.test/feed"), a_source(), NOON)
            outcomes["read"] += 1
            for entry in reading.entries:
                f"{entry.key}{entry.link}{entry.title}{entry.text}".encode()
        except Unreadable as error:
            unknown += [] if KNOWN_ERRORS.fullmatch(str(error)) else [(path.name, str(error))]
            outcomes[re.sub(r"\d+", "n", str(error))[:40]] += 1
        assert time.monotonic() - started < 20, path
    assert not unknown
    assert outcomes["read"] > len(documents) / 3, outcomes
