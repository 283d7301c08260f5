"""Every page of the desk, in the database that the demo leaves, with what else an office would have there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urljoin

from pydantic import SecretStr

from monitor.app import App
from monitor.config import load
from monitor.edit import Editor
from monitor.feedback import Person, Quiet, Scope
from monitor.looks import Sighting
from monitor.model import Point
from monitor.storage import Storage
from monitor.storage.moments import stamp
from monitor.web.house import House
from monitor.web.serving import Serving

# The morning after the demo's week.
MORNING = datetime(2026, 2, 9, 14, 0, tzinfo=UTC)
# The address of a page, with {names} of rows of the database, and what it shows.
PAGES = {
    "": "what fired",
    "?watchlist={watchlist}&tier=1": "what fired, filtered",
    "?watchlist=none": "that nothing fits the filters",
    "stories/{story}": "a story that many outlets tell",
    "evidence/{item}": "an item's page, with what changed on it",
    "evidence/{unread}": "that nothing of an item's page is kept",
    "watchlists/": "all watchlists",
    "watchlists/new": "a new watchlist",
    "watchlists/{watchlist}": "a watchlist",
    "watchlists/{watchlist}/edit?view=form": "its editor as a form, beside the back-test",
    "watchlists/{watchlist}/edit?view=yaml": "its editor as a file",
    "watchlists/{watchlist}/history": "how it was edited",
    "watchlists/{watchlist}/delete": "what deleting it means",
    "watchlists/import": "where watchlists are taken in",
    "watchlists/history": "all edits",
    "edits/{edit}": "an edit, with its differences",
    "why?watchlist={watchlist}&item={item}": "why an item fired",
    "why": "why not",
    "terms?q=magnet": "names for terms",
    "sources/": "all sources",
    "sources/{failing}": "a source that fails",
    "sources/{source}": "a source",
    "sources/add": "a new source",
    "search": "the search",
    "search?q=EXIM": "what was found",
    "search?q=nowhere+to+be+found": "that nothing was found",
    "deliveries/": "what was sent where",
    "ledgers/": "all ledgers",
    "ledgers/deals": "a ledger as a table",
    "ledgers/deals?view=pipeline": "a ledger as a pipeline",
    "ledgers/controls/{row}": "a row of a ledger, with its evidence",
    "series/": "all series",
    "series/prices/ndpr": "a series, with its chart",
    "settings/": "what is set",
    "digests/": "the digests, as they were sent",
    "api/": "the tables for machines",
    "unsubscribe/{token}": "how a subscriber leaves",
    "nowhere": "that there is no such page",
    "{locked}login": "where one logs in",
}
SERIES = b"""\
  - id: prices
    name: Price desk
    kind: series
    url: https://prices.example.com/ndpr
    tier: 3
    format: csv
    series:
      - {id: ndpr, name: NdPr oxide, unit: CNY/t, value: NdPr, date: Day}
    rules:
      - {change: 5%, within: 1d}
      - {late: 3d}
    tell: [china-countermoves]
"""
# The row of each name: of the database, to be put into an address.
ROWS = {
    "row": "SELECT key FROM steps WHERE ledger = 'controls' GROUP BY key ORDER BY count(*) DESC, key LIMIT 1",
    "story": "SELECT story FROM members GROUP BY story ORDER BY count(*) DESC, story LIMIT 1",
    "item": "SELECT item FROM signals ORDER BY score DESC LIMIT 1",
    "unread": "SELECT min(id) FROM items WHERE id NOT IN (SELECT item FROM sightings)",
    "source": "SELECT source FROM items GROUP BY source ORDER BY count(*) DESC LIMIT 1",
    "failing": "SELECT id FROM sources ORDER BY failures DESC, id LIMIT 1",
    "edit": "SELECT max(id) FROM edits",
    "token": "SELECT token FROM subscriptions LIMIT 1",
    "watchlist": "SELECT watchlist FROM alerts GROUP BY watchlist ORDER BY count(*) DESC LIMIT 1",
}


@dataclass(frozen=True)
class Desk:
    """The desk as it is served: its own address, ended by a slash, and what stands for the {names}; {locked}
    is the address of a desk with a password."""

    base: str
    names: Mapping[str, str]

    @property
    def bases(self) -> tuple[str, ...]:
        return self.base, self.names["locked"]

    def address(self, page: str) -> str:
        return urljoin(self.base, page.format_map(self.names))


@contextmanager
def desk(demo: Path, folder: Path) -> Iterator[Desk]:
    """A copy of the finished demo in `folder`, served; it stands still at the morning after its week."""
    shutil.copytree(demo, folder, dirs_exist_ok=True)
    with chdir(folder), App(load(folder / "monitor.toml", {}), write=_silent, clock=lambda: MORNING) as app:
        furnish(app.storage, Editor(app.own_files(), app.storage))
        app.reload(app.storage)
        names = {name: _row(app.storage, sql) for name, sql in ROWS.items()}
        web = app.settings.web.model_copy(update={"password": SecretStr("a long password")})
        opened, locked = (
            Serving(House(settings, app, app.clock, "America/New_York", "ann"), "127.0.0.1", 0)
            for settings in (app.settings, app.settings.model_copy(update={"web": web}))
        )
        with opened, locked:
            yield Desk(opened.address, names | {"locked": locked.address})


def furnish(storage: Storage, editor: Editor) -> None:
    """What the demo's week has none of: an edit, a source that fails and is muted and one that is paused, a
    delivery that was given up, a subscriber by mail, an item's page in two versions."""
    read = editor.copy("sources.yaml")
    assert read.body
    editor.save(read.change(read.body + SERIES, "ann on the web page"), MORNING)
    days = ((MORNING - timedelta(days=back)).date() for back in reversed(range(60)))
    points = [Point("ndpr", day, 400_000 + 900 * number % 70_000) for number, day in enumerate(days)]
    read = editor.copy("exim-dfc.yaml")
    assert read.body
    body = read.body.replace(b"\nalert: 60\n", b"\nalert: 65\n")
    editor.save(read.change(body, "ann on the web page", "too many of them"), MORNING)
    with storage.write():
        storage.points.add("prices", points, MORNING)
        first, second = (row[0] for row in storage.db.execute("SELECT id FROM sources ORDER BY id LIMIT 2"))
        since = stamp(MORNING - timedelta(hours=7))
        storage.db.execute(
            "UPDATE sources SET failures = 5, error = 'HTTP 503', failing_since = ? WHERE id = ?",
            [since, first],
        )
        storage.subscriptions.of("ann", "ann@example.com")
        _mute(storage, first)
        _see(storage)
        storage.sources.pause(second, paused=True)
        storage.db.execute(
            "UPDATE deliveries SET state = 'dead', error = 'channel_not_found', attempts = 3"
            " WHERE seq = (SELECT max(seq) FROM deliveries)"
        )


def _mute(storage: Storage, source: str) -> None:
    ann, until = Person("web:ann", "ann"), MORNING + timedelta(days=7)
    storage.feedback.quiet(Quiet(Scope.SOURCE, source, source, "slack:#signals", ann, MORNING, until))


def _see(storage: Storage) -> None:
    """Two versions of the page of the item that scores most."""
    item = storage.items.get(int(_row(storage, ROWS["item"])))
    assert item
    storage.looks.put(item, MORNING, 10)
    for number, text in enumerate(
        ("It lends $120m. It may decide in May.", "It lends $120m. It decided."), 1
    ):
        at = MORNING - timedelta(hours=9 - number)
        storage.looks.keep(
            Sighting(item.id, number, item.link, at, f"{number}" * 64, 40_000, "text/html", "", text)
        )


def _row(storage: Storage, sql: str) -> str:
    return quote(str(next(iter(storage.db.execute(sql)))[0]), safe="")


def _silent(_: str) -> None:
    """Nobody sits at the terminal."""
