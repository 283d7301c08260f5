"""The whole catalogue, polled against a stand-in for every host: all well, with faults, all well again."""

from __future__ import annotations

import gzip
import ssl
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor import mailing
from monitor.app import App, shipped
from monitor.cadence import DENIED_TIMES
from monitor.config import KeySettings, PathSettings, Settings, StorageSettings
from monitor.fetch import HttpSettings
from monitor.model import Asking, Health, Source
from monitor.pipeline import PollReport
from monitor.sources import KINDS
from monitor.sources.listing import ListingFile
from tests.fakes import NOON, Answer
from tests.hosts import MOVED, Asked, Fault, Hosts
from tests.mailserver import make_certificate
from tests.papers import NEWS, Story, paper
from tests.webs import HERE, Raw, head, says

DEADLINE = 5.0
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

# ------------------------------------------------------------------ what goes wrong


def same(good: Answer, asked: Asked) -> Answer:
    return good


def not_modified(good: Answer, asked: Asked) -> Answer:
    return (304, {}, b"") if asked.headers.get("if-none-match") == good[1]["ETag"] else good


def answers(status: int, body: bytes = b"Sorry.", **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda good, asked: (status, named, body)


def stalls(good: Answer, asked: Asked) -> Answer:
    time.sleep(DEADLINE + 1)
    return good


def cut(good: Answer, asked: Asked) -> Answer:
    status, headers, body = good
    return status, headers | {"Content-Length": str(len(body))}, body[: len(body) // 2]


def bomb(good: Answer, asked: Asked) -> Answer:
    return 200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(30_000_000))


def wrong_charset(good: Answer, asked: Asked) -> Answer:
    status, headers, body = good
    return (
        status,
        headers | {"Content-Type": headers["Content-Type"].split(";")[0] + "; charset=gb2312"},
        body,
    )


def untrusted(good: Answer, asked: Asked) -> Answer:
    return 302, {"Location": asked.untrusted}, b""


def moved(good: Answer, asked: Asked) -> Answer:
    return 301, {"Location": f"http://{MOVED}{asked.host}{asked.path}"}, b""


BLOCK_PAGE = "<html><body><h1>安全验证</h1>访问被拦截，请开启JavaScript</body></html>".encode()
WEB_PAGE = b"<!doctype html><html><body><h1>Welcome</h1></body></html>"
EMPTY_FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title></channel></rss>"
HALF_JSON = b'{"results": [{"title": "Rare'


@dataclass(frozen=True)
class Case:
    """What happens to some sources, and what is to be said of them then.

    `wait` is the pause until the next poll; where none is given, that of the source, `often` times.
    `told` is whether the news comes through.
    """

    sources: tuple[str, ...]
    fault: Fault
    status: str = "failing"
    trouble: str = ""
    detail: str = ""
    wait: timedelta | None = None
    often: int = 1
    told: bool = False


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CASES = {
    "500": Case(("ustr", "the-edge-malaysia"), answers(500), trouble="refused", detail="answered 500"),
    "403": Case(
        ("appia", "aclara"),
        answers(403, BLOCK_PAGE),
        trouble="blocked",
        detail="answered 403",
        often=DENIED_TIMES,
    ),
    "404": Case(("khmer-times", "osc"), answers(404), trouble="gone", detail="answered 404"),
    "410": Case(
        ("camboja", "nrcan"), answers(410), status="stopped", trouble="gone", detail="answered 410", wait=DAY
    ),
    "429": Case(
        ("adamas", "cninfo"),
        answers(429, Retry_After="7200"),
        status="waiting",
        trouble="blocked",
        detail="answered 429",
        wait=timedelta(hours=2),
    ),
    "stall": Case(("bernama", "miit-search"), stalls, trouble="unreachable", detail="no complete answer"),
    "cut body": Case(("malay-mail", "usaspending-loans"), cut, trouble="unreachable", detail="broke off"),
    "empty body": Case(
        ("fmt-nation", "ndrc-policies", "gdelt"),
        answers(200, b""),
        trouble="unreadable",
        detail="the body is empty",
    ),
    "no entries": Case(
        ("viet-nam-news-economy",),
        answers(200, EMPTY_FEED),
        "odd",
        "empty",
        "the last document had no entries",
    ),
    "a web page for a feed": Case(
        ("mp-materials", "edgar-current-8k"),
        answers(200, WEB_PAGE),
        trouble="unreadable",
        detail="an HTML page came where a feed was expected",
    ),
    "a block page that says 200": Case(
        ("mofcom-announcements", "mofcom-english"),
        answers(200, BLOCK_PAGE),
        trouble="unreadable",
        detail="no entry found",
    ),
    "gzip bomb": Case(
        ("usa-rare-earth", "us-census-imports"), bomb, trouble="refused", detail="inflates to more than"
    ),
    "garbage JSON": Case(
        ("sam-opportunities", "congress-bills", "fr-json-exim"),
        answers(200, HALF_JSON),
        trouble="unreadable",
        detail="JSON that cannot be read",
    ),
    "redirect to a private address": Case(
        ("vulcan-elements", "energy-fuels"),
        answers(302, b"", Location="http://169.254.169.254/latest/"),
        trouble="refused",
        detail="private or special address",
    ),
    "certificate": Case(
        ("eu-press-corner", "ofac-recent-actions"),
        untrusted,
        trouble="certificate",
        detail="certificate is not valid",
    ),
    "all identifiers changed": Case(
        ("australian-mining", "arafura-2026"), same, "odd", "renumbered", "all its identifiers", told=True
    ),
    "wrong charset": Case(("vietnamplus-world", "lynas"), wrong_charset, "ok", told=True),
    "moved with 301": Case(("mining-technology", "asx-ilu"), moved, "ok", told=True),
    "a page with links of its own host moved": Case(
        ("jogmec-en",), moved, "odd", "renumbered", "all its identifiers", told=True
    ),
}
RENUMBERED = frozenset(CASES["all identifiers changed"].sources)
# What the sources do with which nothing is wrong, in turn.
REST = {
    "unchanged": Case((), same, "ok"),
    "304": Case((), not_modified, "ok"),
    "one new item": Case((), same, "ok", told=True),
}


def all_cases(sources: Sequence[str]) -> dict[str, Case]:
    """Every source in one case."""
    named = {source for case in CASES.values() for source in case.sources}
    rest = [source for source in sources if source not in named]
    turns = {name: tuple(rest[n :: len(REST)]) for n, name in enumerate(REST)}
    return CASES | {name: replace(case, sources=turns[name]) for name, case in REST.items()}


# ------------------------------------------------------------------ three polls


@dataclass(frozen=True)
class Snapshot:
    """What is known after a poll at `now`; `told` and `titles` are the alerts and items of each source."""

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
        for alert in storage.alerts.latest(10_000):
            told[alert.source].append(alert.title)
        for source, title in storage.db.execute("SELECT source, title FROM items ORDER BY id"):
            titles[source].append(title)
        healths = {h.source.id: h for h in mailing.healths(storage, self.app.in_force, self.now)}
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
            hosts.faults = {"jogmec-en": moved}  # it does not come back
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
    assert days.faulty.report.alerts == sum(map(len, days.faulty.told.values()))


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
