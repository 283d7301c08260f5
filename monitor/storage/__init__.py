"""What is kept: one SQLite file, opened here. One module per family of tables.

Each job opens its own Storage, and no two threads use one at a time. Nothing here decides
anything, and nothing holds a transaction while it waits for the network.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import MonitorError
from monitor.storage.alarms import Alarms
from monitor.storage.alerts import Alerts
from monitor.storage.archive import Archive
from monitor.storage.backfills import Backfills
from monitor.storage.batches import Batches
from monitor.storage.database import Database
from monitor.storage.deliveries import Deliveries
from monitor.storage.digests import Digests
from monitor.storage.edits import Edits
from monitor.storage.facts import StatedFacts
from monitor.storage.feedback import Feedback
from monitor.storage.hosts import Hosts
from monitor.storage.items import Items
from monitor.storage.ledgers import Ledgers
from monitor.storage.looks import Looks
from monitor.storage.outcomes import Outcomes
from monitor.storage.points import Points
from monitor.storage.rules import Rules
from monitor.storage.signals import Signals
from monitor.storage.sources import Sources
from monitor.storage.stories import Stories
from monitor.storage.subscriptions import Subscriptions
from monitor.storage.talks import Talks
from monitor.storage.threads import Threads
from monitor.storage.told import ToldStories

# Versions with the fix for the WAL-reset fault that can lose commits
# (https://www.sqlite.org/wal.html#walresetbug); before them the rollback journal is safe.
_WAL_SAFE = (3, 51, 3)
_WAL_PATCHED = ((3, 50, 7), (3, 44, 6))
BUSY_SECONDS = 30.0


class Storage:
    """The open database, with a member for each family of tables. It waits so many seconds where another
    process holds it."""

    def __init__(self, path: Path, patience: float = BUSY_SECONDS) -> None:
        self.path = path
        try:
            self.db = Database(
                sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
            )
            self._prepare()
        except sqlite3.Error as error:
            raise MonitorError(f"{path}: cannot be opened as a database: {error}") from error
        self.sources = Sources(self.db)
        self.items = Items(self.db)
        self.signals = Signals(self.db)
        self.stories = Stories(self.db)
        self.ledgers = Ledgers(self.db)
        self.facts = StatedFacts(self.db)
        self.alerts = Alerts(self.db)
        self.told = ToldStories(self.db)
        self.alarms = Alarms(self.db)
        self.deliveries = Deliveries(self.db)
        self.feedback = Feedback(self.db)
        self.batches = Batches(self.db)
        self.threads = Threads(self.db)
        self.digests = Digests(self.db)
        self.archive = Archive(self.db)
        self.subscriptions = Subscriptions(self.db)
        self.rules = Rules(self.db)
        self.edits = Edits(self.db)
        self.looks = Looks(self.db)
        self.points = Points(self.db)
        self.outcomes = Outcomes(self.db)
        self.hosts = Hosts(self.db)
        self.backfills = Backfills(self.db)
        self.talks = Talks(self.db)

    def _prepare(self) -> None:
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute(f"PRAGMA journal_mode = {journal_mode(sqlite3.sqlite_version_info)}")
        # An outbox row marked sent must survive a power cut: FULL, not NORMAL.
        self.db.execute("PRAGMA synchronous = FULL")
        if not self.db.is_current():
            from monitor.storage.schema import migrate

            migrate(self.db.conn)

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction, with the write lock taken at its start; all of it or nothing.

        `BEGIN IMMEDIATE`: a reader that turns writer half-way fails where it cannot wait. A commit that
        fails, for a reader that does not end or a full disk, would leave the transaction open, and nobody
        could write any more.
        """
        self.db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.conn.commit()
        except BaseException:
            self.db.conn.rollback()
            raise

    def check(self) -> str:
        """SQLite's own quick check: `ok`, or what it found, in a line."""
        try:
            found = str(self.db.execute("PRAGMA quick_check").fetchone()[0])
        except sqlite3.OperationalError:  # locked, not damaged
            raise
        except sqlite3.DatabaseError as error:  # too damaged even to be looked at
            found = str(error)
        return " ".join(found.split())

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Storage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def journal_mode(version: tuple[int, ...]) -> str:
    """WAL where this SQLite has the fix for its reset fault, else DELETE."""
    patched = any(version[:2] == p[:2] and version >= p for p in _WAL_PATCHED)
    return "WAL" if version >= _WAL_SAFE or patched else "DELETE"
