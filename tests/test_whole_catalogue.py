"""The whole catalogue, polled against a stand-in for every host: all well, with faults, all well again."""

from __future__ import annotations

import ssl
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor import gathering
from monitor.app import App
from monitor.config import KeySettings, PathSettings, Settings, StorageSettings
from monitor.digest import Coverage
from monitor.fetch import HttpSettings
from monitor.installation import shipped
from monitor.model import Health, Source
from monitor.pipeline import PollReport
from monitor.request import Asking
from monitor.sources import KINDS
from monitor.sources.listing import ListingFile
from tests.cases import AWAY, CASES, DAY, DEADLINE, HOUR, RENUMBERED, REST, Case, all_cases
from tests.fakes import NOON
from tests.hosts import Hosts
from tests.mailserver import make_certificate
from tests.papers import NEWS, Story, paper
from tests.webs import HERE, Raw, head, says

KNOWN = 5
KEYS = {"regulations_gov": "a-key", "congress_gov": "a-key", "sam_gov": "a-key"}
MAGNETS = """
watchlist: magnets
title: Magnet money
must:
  - {name: subject, any: [rare earth], weight: 40}
any:
  - {name: money, any: [loan], weight: 40}
tiers: {1: 0, 2: 0, 3: 0, 4: 0}
alert: 50
digest: 20
"""
# That to which the series of the catalogue tell what moved.
NUMBERS = """
watchlist: china-countermoves
title: What the numbers do
must:
  - {name: nothing, any: [a word that nobody writes], weight: 40}
"""

# ------------------------------------------------------------------ three polls


@dataclass(frozen=True)
class Snapshot:
    """What is known after a poll at `now`. `told` has what is told of each source, itself or by another that
    was first with the story; `titles` its items."""

    now: datetime
    report: PollReport
    healths: Mapping[str, Health]
    told: Mapping[str, list[str]]
    titles: Mapping[str, list[str]]


class Whole:
    """An installation with the shipped catalogue, led to the stand-in."""

    def __init__(self, folder: Path, hosts: Hosts) -> None:
        self.hosts, self.now = hosts, NOON
        directory = folder / "watchlists"
        directory.mkdir()
        catalogue = hosts.catalogue(shipped() / "sources.yaml")
        for name, text in (("sources", catalogue), ("magnets", MAGNETS), ("china-countermoves", NUMBERS)):
            (directory / f"{name}.yaml").write_text(text, "utf-8")
        settings = Settings(
            storage=StorageSettings(url=f"sqlite:///{folder / 'monitor.db'}"),
            paths=PathSettings(watchlists=str(directory), sources=str(directory / "sources.yaml")),
            http=HttpSettings(
                allow_private=HERE,
                deadline=DEADLINE,
                pause=0,
                contact="who@example.com",
                max_inflated=1_000_000,
            ),
            keys=KeySettings.model_validate(KEYS),
        )
        self.app = App(settings, clock=lambda: self.now, write=lambda _: None, guard=hosts.guard)
        self.sources = {source.id: source for source in self.app.in_force.enabled()}

    def poll(self, later: timedelta, *, news: Collection[str], moved: Collection[str] = ()) -> Snapshot:
        """Every source is polled; `news` and `moved` say which have news and new identifiers."""
        self.now += later
        self.hosts.forget()
        for name, source in self.sources.items():
            state = self.app.storage.sources.state(name)
            request = KINDS[source.kind].ask(
                source, Asking(self.now, state.newest, self.app.routes.secret(source.key))
            )
            self.hosts.put(name, request, paper(source, stories(name, name in news, name in moved)))
        report = self.app.poll(self.app.storage, list(self.sources.values()))
        return self._snapshot(report)

    def _snapshot(self, report: PollReport) -> Snapshot:
        storage = self.app.storage
        told, titles = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        # What is not told is of a story that was: an alert of its own or an item before it.
        by_another = "adds nothing to a story that was told already"
        for source, title, silence in storage.db.execute(
            "SELECT i.source, i.title, s.silence FROM signals s JOIN items i ON i.id = s.item"
            " WHERE NOT s.baseline"
        ):
            if not silence or silence == by_another:
                told[source].append(title)
        for source, title in storage.db.execute("SELECT source, title FROM items ORDER BY id"):
            titles[source].append(title)
        healths = {h.source.id: h for h in gathering.healths(storage, self.app.in_force, self.now)}
        return Snapshot(self.now, report, healths, told, titles)


def stories(source: str, news: bool, moved: bool) -> list[Story]:
    old = [
        Story(source, n, f"Rare earth (稀土) bulletin number {n} of {source}", NOON - n * DAY, moved)
        for n in range(1, KNOWN + 1)
    ]
    return [*old, Story(source, 9, news_of(source), NOON + HOUR, moved)] if news else old


def news_of(source: str) -> str:
    return f"Rare earth plant named {source} {NEWS}"


@dataclass(frozen=True)
class Days:
    """The three polls: all well, with faults, all well again."""

    sources: Mapping[str, Source]
    cases: Mapping[str, Case]
    first: Snapshot
    faulty: Snapshot
    again: Snapshot
    strays: Sequence[str]
    seconds: float


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    folder = tmp_path_factory.mktemp("whole")
    certificate = make_certificate(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
    started = time.monotonic()
    with Raw(says(head("Content-Length: 0")), tls=tls) as untrusted, Hosts(untrusted.base) as hosts:
        whole = Whole(folder, hosts)
        with whole.app:
            names = list(whole.sources)
            cases = all_cases(names)
            first = whole.poll(HOUR, news=())
            quiet = {*cases["unchanged"].sources, *cases["304"].sources}
            hosts.faults = {name: case.fault for case in cases.values() for name in case.sources}
            faulty = whole.poll(HOUR, news=set(names) - quiet, moved=RENUMBERED)
            hosts.faults = AWAY
            again = whole.poll(25 * HOUR, news=names, moved=RENUMBERED)
            seconds = time.monotonic() - started
            yield Days(whole.sources, cases, first, faulty, again, hosts.strays, seconds)


def is_watched(source: Source) -> bool:
    """A page that is one item, and its edits revisions."""
    return isinstance(source.options, ListingFile) and bool(source.options.watch)


def ill(snapshot: Snapshot) -> dict[str, str]:
    return {name: h.detail for name, h in snapshot.healths.items() if h.status not in ("ok", "disabled")}


# ------------------------------------------------------------------ all well


def test_every_enabled_entry_yields_what_its_kind_reads(days: Days) -> None:
    assert len(days.sources) > 180
    assert days.first.report.failed == {}
    assert ill(days.first) == {}
    for name, source in days.sources.items():
        expected = 0 if source.kind == "series" else 1 if is_watched(source) else KNOWN
        assert len(days.first.titles.get(name, ())) == expected, name


def test_every_host_of_the_catalogue_was_asked_for_what_it_has(days: Days) -> None:
    assert days.strays == []


def test_a_first_look_tells_nothing(days: Days) -> None:
    assert days.first.told == {}
    assert days.first.report.first_looks == len(days.sources)


# ------------------------------------------------------------------ with faults


@pytest.mark.parametrize("name", [*CASES, *REST])
def test_the_health_table_is_right_about_each_source(days: Days, name: str) -> None:
    case = days.cases[name]
    assert case.sources
    for source in case.sources:
        health = days.faulty.healths[source]
        trouble = health.trouble.value if health.trouble else ""
        assert (health.status, trouble) == (case.status, case.trouble), (source, health.detail)
        assert case.detail in health.detail, source


@pytest.mark.parametrize("name", [*CASES, *REST])
def test_the_next_poll_is_when_it_should_be(days: Days, name: str) -> None:
    case = days.cases[name]
    for source in case.sources:
        next_poll = days.faulty.healths[source].state.next_poll
        assert next_poll is not None
        wait, every = next_poll - days.faulty.now, days.sources[source].every
        if case.status in ("ok", "odd"):  # by its habits, within the bounds that they have
            assert every / 6 <= wait <= every * 1.5, source
        else:
            assert wait == max(case.wait or every * case.often, every), source


@pytest.mark.parametrize("name", [*CASES, *REST])
def test_the_newest_item_is_that_which_came_through(days: Days, name: str) -> None:
    case = days.cases[name]
    for source in case.sources:
        before, after = days.first.healths[source].state.newest, days.faulty.healths[source].state.newest
        if before is not None:  # else it has no dates
            assert after is not None
            assert (after > before) == case.told, source


def test_only_what_came_through_is_told(days: Days) -> None:
    expected = {name for case in days.cases.values() if case.told for name in case.sources}
    assert set(days.faulty.told) == expected
    assert 0 < days.faulty.report.alerts <= sum(map(len, days.faulty.told.values()))


def test_the_line_on_coverage_counts_them(days: Days) -> None:
    well = sum(len(case.sources) for case in days.cases.values() if case.status == "ok")
    line = Coverage.of(days.faulty.healths.values()).line
    assert line.startswith(f"{well} of {len(days.sources)} sources healthy; ")


def test_nothing_is_edited_but_the_pages_that_are_watched(days: Days) -> None:
    told = {name for case in days.cases.values() if case.told for name in case.sources}
    assert days.faulty.report.edited == sum(is_watched(days.sources[name]) for name in told)


def test_what_did_not_change_is_not_read_again(days: Days) -> None:
    unchanged = len(days.cases["unchanged"].sources) + len(days.cases["304"].sources)
    assert days.faulty.report.unchanged == unchanged


# ------------------------------------------------------------------ all well again


def test_all_sources_are_healthy_again(days: Days) -> None:
    assert days.again.report.failed == {}
    assert ill(days.again) == {}


def test_nothing_is_lost_and_nothing_told_twice(days: Days) -> None:
    for name, source in days.sources.items():
        told = days.again.told.get(name, [])
        if source.kind == "series":
            assert told, name
            assert len(set(told)) == len(told), name
        elif is_watched(source):
            assert told == [source.name]
        else:
            assert len(told) == 1, name
            assert (news_of(name) in told[0]) or source.kind == "edgar", (name, told)


def test_every_item_is_filed_once(days: Days) -> None:
    for name, source in days.sources.items():
        if source.kind != "series":
            expected = 1 if is_watched(source) else KNOWN + 1
            assert len(days.again.titles[name]) == expected, name


def test_it_takes_no_more_than_a_minute(days: Days) -> None:
    assert days.seconds < 60
