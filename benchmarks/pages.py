"""What the pages of the desk take with 100,000 items stored, over real HTTP.

    python -m benchmarks.pages [--items 100000] [--runs 30]

Invented news of 90 days from the shipped catalogue, with the shipped watchlists in force: one item in four
scores, one in eight is told, and stories are of any size from one item to hundreds. Each ledger has 1,000
rows of 8 steps, each series 2,500 numbers. Floor in the same run: the static icon over the same server. The
first page is held to 100 ms (median), and with style and script to 100 kB; all others, the ledgers, a save
and a zip that is compared to so many times the floor. What a try takes, benchmarks.trying holds.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks import followed, saves
from benchmarks.timed import told
from monitor import board
from monitor.app import App
from monitor.config import PathSettings, Settings, StorageSettings
from monitor.installation import copy_shipped
from monitor.live import InForce
from monitor.model import Alert, Reason, Source
from monitor.storage import Storage
from monitor.storage.moments import stamp
from monitor.web.house import House
from monitor.web.serving import Serving
from monitor.web.today import STORIES

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPAN = timedelta(days=90)
_WORDS = (
    "rare earth magnet plant loan approval export control gallium germanium antimony offtake agreement "
    "interest board ministry announces project separation neodymium dysprosium terbium tungsten price floor"
)
WORDS = _WORDS.split()
CHINESE = "商务部公布对中重稀土相关物项实施出口管制的决定"
STAGES = ("letter-of-interest", "approval", "signing", "first-draw", "")
MOST_MS, MOST_KB = 100.0, 100.0
# Times the floor: a page or table; one that reads all steps of ledgers; a save, and a zip that is compared.
MOST_ANY, MOST_LEDGERS, MOST_SAVE, MOST_ZIP = 600.0, 2_000.0, 1_000.0, 800.0
SAVES, FLOOR_RUNS = 5, 100
OTHERS = (
    *(
        "watchlists/",
        "ledgers/",
        "series/",
        "sources/",
        "sources/add",
        "deliveries/",
        "digests/",
        "settings/",
    ),
    *(
        "watchlists/new",
        "watchlists/import",
        "watchlists/history",
        "watchlists.zip",
        "edits/290",
        "terms?q=rare",
    ),
    *("search?q=rare+earth", "search?q=rare+earth&sort=best", "search?q=%E7%A8%80%E5%9C%9F", "why", "api/"),
    "api/openapi.json",
)
LEDGERS = re.compile(r"^(ledgers/|api/(ledgers|entries|steps)\.)")
TABLES = (
    *("alerts", "deliveries", "destinations", "digests", "edits", "entries", "items", "ledgers", "points"),
    *("series", "sources", "steps", "stories", "subscribers", "watchlists"),
)


@dataclass(frozen=True)
class Told:
    """An item that was filed, as far as what follows asks of it."""

    number: int
    source: Source
    when: datetime
    title: str
    story: str


class Desk:
    """Fills a database with what three months bring."""

    def __init__(self, storage: Storage, in_force: InForce, items: int) -> None:
        self._storage, self._rules, self._items = storage, in_force, items
        self._chance = random.Random(7)
        self._sources = [source for source in in_force.sources.values() if not source.disabled]
        self._stories = [f"s{number}" for number in range(4, items + 1, 16)]

    def fill(self) -> None:
        scored = self._filed()
        with self._storage.write():
            self._signals(scored)
            self._alerts(scored[::2])
            self._polled()

    def _filed(self) -> list[Told]:
        """File the items; answers those that score."""
        rows, scored = [], []
        for number in range(1, self._items + 1):
            source = self._chance.choice(self._sources)
            when = NOW - SPAN * (1 - number / self._items) - timedelta(seconds=1)
            words = " ".join(self._chance.choices(WORDS, k=9))
            title = f"{CHINESE} {number}" if source.lang == "zh" else f"{words.capitalize()} {number}"
            text = " ".join(self._chance.choices(WORDS, k=80))
            at = stamp(when)
            rows.append(
                (number, source.id, str(number), f"a{number}", f"https://news.example/{number}", title, text,
                 source.lang, at, at)
            )  # fmt: skip
            if number % 4 == 0:
                scored.append(Told(number, source, when, title, self._story(number)))
        with self._storage.write():
            self._storage.db.conn.executemany(
                """INSERT INTO items (id, source, key, alias, link, title, text, lang, published, first_seen)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                rows,
            )
            self._storage.db.conn.executemany(
                "INSERT INTO items_search (rowid, title, text) VALUES (?, ?, ?)",
                [(row[0], row[5], row[6]) for row in rows],
            )
        return scored

    def _story(self, number: int) -> str:
        """Most join a story that was opened not long ago; some one that everybody writes about."""
        opened = (number - 4) // 16
        back = int(self._chance.expovariate(1 / 4))
        if self._chance.random() < 0.05:
            return self._stories[opened // 400 * 400]
        return self._stories[max(opened - back, 0)]

    def _signals(self, scored: Sequence[Told]) -> None:
        conn, watchlists = self._storage.db.conn, self._rules.watchlists
        conn.executemany(
            "INSERT INTO members (item, story, because, joined) VALUES (?, ?, 'both name EXIM', ?)",
            [(one.number, one.story, stamp(one.when)) for one in scored],
        )
        for one in scored:
            for watchlist in self._chance.sample(watchlists, 2):
                score = self._chance.randrange(40, 101)
                conn.execute(
                    """INSERT INTO signals (item, watchlist, revision, score, stage, story, baseline, decided)
                       VALUES (?, ?, 1, ?, ?, ?, 0, ?)""",
                    [
                        one.number,
                        watchlist.id,
                        score,
                        self._chance.choice(STAGES),
                        one.story,
                        stamp(one.when),
                    ],
                )
                conn.executemany(
                    "INSERT INTO hits VALUES (?, ?, 'title', ?, ?, ?, ?, '')",
                    [
                        (one.number, watchlist.id, n * 8, n * 8 + 7, word, word)
                        for n, word in enumerate(WORDS[:5])
                    ],
                )
            conn.executemany(
                "INSERT INTO facts VALUES (?, ?, ?, ?, ?, 'title', 0, 4, ?, 0.9, '')",
                [
                    (one.number, place, kind, value, value, value)
                    for place, (kind, value) in enumerate((("agency", "exim"), ("country", "US")))
                ],
            )

    def _alerts(self, scored: Sequence[Told]) -> None:
        entities = sorted(self._rules.rulebook.entities)
        for one in scored:
            alert = self._alert(one, tuple(self._chance.sample(entities, 2)))
            self._storage.alerts.add(alert)
            at, open_still = stamp(one.when), NOW - one.when < timedelta(hours=2)
            state, done = ("pending", None) if open_still else ("sent", at)
            self._storage.db.conn.executemany(
                """INSERT INTO deliveries (id, alert, destination, state, attempts, due, attempted, finished)
                   VALUES (?, ?, ?, ?, 1, ?, ?, ?)""",
                [
                    (f"{alert.id}{to}", alert.id, to, state, at, done, done)
                    for to in ("slack:#signals", "email:desk@example.com")
                ],
            )

    def _alert(self, one: Told, entities: tuple[str, ...]) -> Alert:
        watchlist, other = self._chance.sample(self._rules.watchlists, 2)
        zh = one.source.lang == "zh"
        return Alert(
            id=f"{one.number:020x}", watchlist=watchlist.id, watchlist_title=watchlist.title,
            reason=self._chance.choice(list(Reason)), score=self._chance.randrange(60, 101),
            threshold=watchlist.alert, stage=self._chance.choice(STAGES), title=one.title,
            link=f"https://news.example/{one.number}", source=one.source.id, source_name=one.source.name,
            tier=one.source.tier, lang=one.source.lang, published=one.when, excerpt="The board approved it.",
            hits=tuple(WORDS[:5]), parts=(("US lender named", 30), ("rare earths", 25), ("money", 10)),
            item=one.number, story=one.story, created=one.when + timedelta(seconds=1), who=("EXIM",),
            news=("approval",), facts=(("agency", "EXIM"), ("amount", "$120m loan"), ("country", "US")),
            also=((other.id, other.title),), gloss=(("稀土", "rare earths"),) if zh else (),
            entities=entities,
        )  # fmt: skip

    def _polled(self) -> None:
        at, due = stamp(NOW - timedelta(minutes=2)), stamp(NOW + timedelta(minutes=20))
        self._storage.db.execute(
            "UPDATE sources SET last_poll = ?, last_ok = ?, newest = ?, next_poll = ?, baseline = 1",
            [at, at, at, due],
        )


def milliseconds(base: str, address: str, runs: int) -> tuple[list[float], httpx.Response]:
    """What each of so many requests took, over one connection, and the last answer."""
    taken = []
    with httpx.Client(base_url=base, timeout=60) as client:
        answer = client.get(address)
        for _ in range(runs):
            started = time.perf_counter()
            answer = client.get(address)
            taken.append((time.perf_counter() - started) * 1000)
    return taken, answer


def pages(storage: Storage, in_force: InForce) -> Iterable[tuple[str, str]]:
    """The pages, each with what it is called."""
    first = storage.told.newest({}, None, STORIES)
    (big,) = storage.db.execute("SELECT story FROM members GROUP BY story ORDER BY count(*) DESC").fetchone()
    entity = min(in_force.rulebook.entities)
    watchlist = in_force.watchlists[0].id
    place = first[-1].place
    yield "the first page", ""
    yield "  its number, asked for every 4 s", "today/number"
    yield "  its list alone", "?part=list"
    yield "  the next ones", f"?after={place.created:%Y-%m-%dT%H:%M:%S.%f}%2B00:00~{place.alert}"
    yield "  those from six weeks ago", f"?after={NOW - SPAN / 2:%Y-%m-%dT%H:%M:%S.%f}%2B00:00~x"
    yield "  by a watchlist", f"?watchlist={watchlist}"
    yield "  by tier", "?tier=1"
    yield "  by an entity", f"?entity={entity}"
    yield "  by all four", f"?watchlist={watchlist}&tier=1&lang=en&entity={entity}"
    yield "  by two that never meet", f"?watchlist={watchlist}&lang=xx"
    yield "a story", f"stories/{first[0].story}"
    yield "  the largest", f"stories/{big}"
    yield "a watchlist", f"watchlists/{watchlist}"
    yield "  its editor", f"watchlists/{watchlist}/edit"
    yield "  its editor, as YAML", f"watchlists/{watchlist}/edit?view=yaml"
    yield "  its history", f"watchlists/{watchlist}/history"
    yield "  its feed", f"watchlists/{watchlist}.atom"
    for ledger in in_force.rulebook.ledgers:
        yield f"ledger {ledger.id}", f"ledgers/{ledger.id}"
        yield "  as a pipeline", f"ledgers/{ledger.id}?view=pipeline"
        yield "  a row", f"ledgers/{ledger.id}/row-1"
    source, one = next(board.followed(in_force.enabled()))
    yield "a series", f"series/{source.id}/{one.id}"
    yield "a source", f"sources/{source.id}"
    yield "an item's evidence", "evidence/4"
    yield from ((where, where) for where in OTHERS)
    asks = {"items": "?q=rare", "entries": f"?ledger={ledger.id}"}
    yield from ((f"table {name}", f"api/{name}.json{asks.get(name, '')}") for name in TABLES)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "watchlists"
        copy_shipped(files)
        settings = Settings(
            storage=StorageSettings(url=f"sqlite:///{Path(folder) / 'monitor.db'}"),
            paths=PathSettings(watchlists=str(files), sources=str(files / "sources.yaml")),
        )
        with App(settings, clock=lambda: NOW) as app:
            Desk(app.storage, app.in_force, asked.items).fill()
            followed.fill(app.storage, app.in_force, NOW)
            counts = [
                f"{app.storage.db.execute(f'SELECT count(*) FROM {name}').fetchone()[0]:,} {name}"
                for name in ("items", "signals", "alerts", "members", "deliveries", "facets")
            ]
            print(", ".join(counts))
            house = House(settings, app, lambda: NOW, "America/New_York", "ann")
            with Serving(house, "127.0.0.1", 0) as serving:
                return measured(app.storage, app.in_force, serving.address, asked.runs)


def measured(storage: Storage, in_force: InForce, base: str, runs: int) -> int:
    """Ask for every page, print what it took, and hold the first to its bars."""
    icon, _ = milliseconds(base, "static/icon.svg", FLOOR_RUNS)
    floor = statistics.median(icon)
    print(f"  {'':36}{'least':>8}{'median':>8}  ms   floor (the icon): {min(icon):.1f} {floor:.1f} ms")
    first, kilobytes, dearest, ledgers = 0.0, 0.0, 0.0, 0.0
    for name, address in pages(storage, in_force):
        taken, answer = milliseconds(base, address, runs)
        if answer.status_code == 404:
            continue
        answer.raise_for_status()
        middle, size = statistics.median(taken), len(answer.content) / 1000
        if not address:
            first, kilobytes = middle, size
        elif LEDGERS.search(address):
            ledgers = max(ledgers, middle / floor)
        else:
            dearest = max(dearest, middle / floor)
        print(f"  {name:36}{min(taken):8.1f}{middle:8.1f}  ms  {middle / floor:6.1f} x floor {size:7.1f} kB")
    sent = saves.measured(base, in_force.watchlists[0].id, floor, SAVES)
    style, script = (len(httpx.get(f"{base}static/desk.{kind}").content) / 1000 for kind in ("css", "js"))
    reached = [
        told("the first page, median", first, MOST_MS, " ms"),
        told("the first page with its style and script", kilobytes + style + script, MOST_KB, " kB"),
        told("the dearest page or table, ledgers aside", dearest, MOST_ANY, " x floor"),
        told("the dearest of the ledgers", ledgers, MOST_LEDGERS, " x floor"),
        told("a draft saved", sent["a draft saved"] / floor, MOST_SAVE, " x floor"),
        told("a zip of all compared", sent["a zip of all compared"] / floor, MOST_ZIP, " x floor"),
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    raise SystemExit(main())
