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
from monitor.storage import Storage
from monitor.storage.moments import stamp
from monitor.web.house import House
from monitor.web.serving import Serving

# The morning after the demo's week.
MORNING = datetime(2026, 2, 9, 14, 0, tzinfo=UTC)
# The address of a page, with {names} of rows of the database, and what it shows.
PAGES = {
    "": "what fired",
    "stories/{story}": "a story that many outlets tell",
    "watchlists/{watchlist}": "a watchlist",
    "why?item={item}": "why an item was told, or not",
    "terms?q=gal": "names for terms",
    "digests/": "the digests, as they were sent",
    "ledgers/": "what is followed from rung to rung",
    "ledgers/deals": "a ledger as a table",
    "ledgers/deals?view=pipeline": "a ledger as a pipeline",
    "ledgers/controls/{row}": "a row of a ledger, with its evidence",
    "series/": "the numbers that are followed",
    "settings/": "what is set",
    "watchlists/import": "where watchlists are taken in",
    "api/": "the tables for machines",
    "unsubscribe/{token}": "how a subscriber leaves",
    "nowhere": "that there is no such page",
    "{locked}login": "where one logs in",
}
# The row of each name: of the database, to be put into an address.
ROWS = {
    "item": "SELECT item FROM alerts ORDER BY score DESC, item LIMIT 1",
    "row": "SELECT key FROM steps WHERE ledger = 'controls' GROUP BY key ORDER BY count(*) DESC, key LIMIT 1",
    "story": "SELECT story FROM members GROUP BY story ORDER BY count(*) DESC, story LIMIT 1",
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
        furnish(app.storage)
        names = {name: _row(app.storage, sql) for name, sql in ROWS.items()}
        web = app.settings.web.model_copy(update={"password": SecretStr("a long password")})
        opened, locked = (
            Serving(House(settings, app, app.clock, "America/New_York", "ann"), "127.0.0.1", 0)
            for settings in (app.settings, app.settings.model_copy(update={"web": web}))
        )
        with opened, locked:
            yield Desk(opened.address, names | {"locked": locked.address})


def furnish(storage: Storage) -> None:
    """What the demo's week has none of: a source that fails and one that is paused, a delivery that was given
    up."""
    with storage.write():
        first, second = (row[0] for row in storage.db.execute("SELECT id FROM sources ORDER BY id LIMIT 2"))
        since = stamp(MORNING - timedelta(hours=7))
        storage.db.execute(
            "UPDATE sources SET failures = 5, error = 'HTTP 503', failing_since = ? WHERE id = ?",
            [since, first],
        )
        storage.subscriptions.of("ann", "ann@example.com")
        storage.sources.pause(second, paused=True)
        storage.db.execute(
            "UPDATE deliveries SET state = 'dead', error = 'channel_not_found', attempts = 3"
            " WHERE seq = (SELECT max(seq) FROM deliveries)"
        )


def _row(storage: Storage, sql: str) -> str:
    return quote(str(next(iter(storage.db.execute(sql)))[0]), safe="")


def _silent(_: str) -> None:
    """Nobody sits at the terminal."""
