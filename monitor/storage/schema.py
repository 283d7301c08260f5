"""The tables, as ordered migrations. Each runs in one transaction; a shipped one is never edited.

Times are ISO 8601 in UTC with microseconds, so that they sort as text.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from monitor.errors import MonitorError

migrations = Migrations("monitor")


@migrations()
def first(db: Database) -> None:
    """The tables of the first release."""
    _run(db, FIRST)


@migrations()
def edits(db: Database) -> None:
    """The history of the watchlist files."""
    _run(db, EDITS)


@migrations()
def rhythms(db: Database) -> None:
    """What publication times have taught."""
    _run(db, RHYTHMS)


@migrations()
def alarms(db: Database) -> None:
    """What is wrong with sources, and notices about it on their way like alerts."""
    _run(db, ALARMS)


@migrations()
def looks(db: Database) -> None:
    """What is read in full, and what was seen there."""
    _run(db, LOOKS)


@migrations()
def points(db: Database) -> None:
    """The numbers of the sources that are series."""
    _run(db, POINTS)


@migrations()
def manners(db: Database) -> None:
    """What hosts and sources state of how they want to be asked."""
    _run(db, MANNERS)


@migrations()
def backfills(db: Database) -> None:
    """How far the past of sources was read."""
    _run(db, BACKFILLS)


def _run(db: Database, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to this release. A file of a later release is refused, not touched."""
    db = Database(connection)
    known = {migration.name for migration in migrations._migrations}
    if "_sqlite_migrations" in db.table_names():
        applied = {m.name for m in migrations.applied(db)}
        if applied - known:
            raise MonitorError("the database was written by a later release of Signal Monitor")
        if applied == known:
            return
    db.conn.execute("BEGIN IMMEDIATE")  # of two that open a new file, the later finds the work done
    try:
        migrations.apply(db)
    except BaseException:
        db.conn.rollback()
        raise
    db.conn.commit()


FIRST = """
-- What polling has taught about each source; the catalogue itself is a file.
CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,                      -- a new address starts afresh
    etag TEXT NOT NULL DEFAULT '',          -- byte for byte, from a 200 that was filed
    last_modified TEXT NOT NULL DEFAULT '',
    body_hash TEXT NOT NULL DEFAULT '',
    next_poll TEXT NOT NULL,
    last_poll TEXT,
    last_ok TEXT,
    newest TEXT,                            -- publication time of the newest entry
    baseline INTEGER NOT NULL DEFAULT 0,    -- 1 once a first look was filed
    failures INTEGER NOT NULL DEFAULT 0,    -- in a row
    error TEXT NOT NULL DEFAULT '',
    paused INTEGER NOT NULL DEFAULT 0,
    lease TEXT                              -- until when a poller holds it
);
CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    key TEXT NOT NULL,                      -- identity in its source: guid, else link, else hash
    alias TEXT NOT NULL,                    -- hash of link and title, known again under a new guid
    link TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    lang TEXT NOT NULL,
    published TEXT,
    first_seen TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    UNIQUE (source, key)
);
CREATE INDEX items_alias ON items (source, alias);
CREATE INDEX items_first_seen ON items (first_seen);
CREATE INDEX items_link ON items (link);
-- What an item said before it was edited.
CREATE TABLE revisions (
    item INTEGER NOT NULL REFERENCES items (id),
    number INTEGER NOT NULL,
    link TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    replaced TEXT NOT NULL,
    PRIMARY KEY (item, number)
) WITHOUT ROWID;
-- Full text over folded words, unspaced scripts split into characters; rowid is the item's id.
CREATE VIRTUAL TABLE items_search USING fts5 (title, text, content='', tokenize='unicode61');
CREATE TABLE signals (
    item INTEGER NOT NULL REFERENCES items (id),
    watchlist TEXT NOT NULL,
    revision INTEGER NOT NULL,
    score INTEGER NOT NULL,
    stage TEXT NOT NULL,
    story TEXT NOT NULL,
    baseline INTEGER NOT NULL,              -- 1: filed at the first look, never alerted
    decided TEXT NOT NULL,
    PRIMARY KEY (item, watchlist)
) WITHOUT ROWID;
CREATE INDEX signals_decided ON signals (decided);
CREATE TABLE hits (
    item INTEGER NOT NULL REFERENCES items (id),
    watchlist TEXT NOT NULL,
    field TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    words TEXT NOT NULL,
    term TEXT NOT NULL,                     -- the phrase as the file has it
    via TEXT NOT NULL,                      -- concepts and entities, outermost first, by '/'
    PRIMARY KEY (item, watchlist, field, start, "end")
) WITHOUT ROWID;
CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    item INTEGER NOT NULL REFERENCES items (id),
    watchlist TEXT NOT NULL,
    story TEXT NOT NULL,
    reason TEXT NOT NULL,
    score INTEGER NOT NULL,
    created TEXT NOT NULL,
    body TEXT NOT NULL                      -- the alert as decided, JSON
);
CREATE INDEX alerts_item ON alerts (item, watchlist);
CREATE INDEX alerts_story ON alerts (story, watchlist);
CREATE INDEX alerts_created ON alerts (created);
-- The outbox. `seq` keeps the order in which alerts were decided.
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    alert TEXT NOT NULL REFERENCES alerts (id),
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due TEXT NOT NULL,
    lease TEXT,                             -- while sending: until when nobody else looks at it
    attempted TEXT,
    finished TEXT,
    error TEXT NOT NULL DEFAULT '',
    receipt TEXT NOT NULL DEFAULT '',
    UNIQUE (alert, destination)
);
CREATE INDEX deliveries_open ON deliveries (destination, seq)
    WHERE state IN ('pending', 'sending', 'failed');
CREATE TABLE digests (
    subscriber TEXT NOT NULL,
    day TEXT NOT NULL,                      -- the local date; once per date whatever the clock does
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    html TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '',
    finished TEXT,
    error TEXT NOT NULL DEFAULT '',
    receipt TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (subscriber, day)
) WITHOUT ROWID;
-- The last good text of each file in watchlists/, in force while the file itself is bad.
CREATE TABLE rules (
    file TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    seen TEXT NOT NULL
) WITHOUT ROWID;
"""
EDITS = """
-- Every change of a watchlist file: its bytes before (NULL: it was new) and after (NULL: deleted).
CREATE TABLE edits (
    id INTEGER PRIMARY KEY,
    file TEXT NOT NULL,                     -- its name in the folder
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    before BLOB,
    after BLOB,
    before_hash TEXT NOT NULL,              -- SHA-256, hexadecimal; empty where there is no file
    after_hash TEXT NOT NULL
);
CREATE INDEX edits_file ON edits (file, id);
"""
RHYTHMS = """
-- JSON; empty where nothing is learnt yet.
ALTER TABLE sources ADD COLUMN rhythm TEXT NOT NULL DEFAULT '';
-- The urgency at which a source is looked at just as often as its `every` says; one row.
CREATE TABLE pace (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    value REAL,
    decided TEXT NOT NULL
);
"""
ALARMS = """
ALTER TABLE sources ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN failing_since TEXT;
ALTER TABLE sources ADD COLUMN last_new TEXT;
ALTER TABLE sources ADD COLUMN usual REAL NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN odd TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN odd_since TEXT;
ALTER TABLE sources ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE TABLE alarms (
    source TEXT NOT NULL,
    trouble TEXT NOT NULL,
    since TEXT NOT NULL,
    text TEXT NOT NULL,
    remedy TEXT NOT NULL,
    told INTEGER NOT NULL,
    over TEXT,                              -- when it ended, until that is told
    PRIMARY KEY (source, trouble)
) WITHOUT ROWID;
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    created TEXT NOT NULL,
    body TEXT NOT NULL                      -- the notice as decided, JSON
);
-- The outbox again, for alerts and notices alike.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    alert TEXT REFERENCES alerts (id),
    notice TEXT REFERENCES notices (id),
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due TEXT NOT NULL,
    lease TEXT,                             -- while sending: until when nobody else looks at it
    attempted TEXT,
    finished TEXT,
    error TEXT NOT NULL DEFAULT '',
    receipt TEXT NOT NULL DEFAULT '',
    UNIQUE (alert, destination),
    UNIQUE (notice, destination),
    CHECK ((alert IS NULL) <> (notice IS NULL))
);
INSERT INTO outbox SELECT seq, id, alert, NULL, destination, state, attempts, due, lease, attempted,
    finished, error, receipt FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE outbox RENAME TO deliveries;
CREATE INDEX deliveries_open ON deliveries (destination, seq)
    WHERE state IN ('pending', 'sending', 'failed');
"""
LOOKS = """
-- The queue of pages to read in full, one for each item at most.
CREATE TABLE looks (
    item INTEGER PRIMARY KEY REFERENCES items (id),
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    slot TEXT NOT NULL,                     -- the place in its source's budget: when first due
    due TEXT,                               -- NULL: not looked at again
    lease TEXT,                             -- until when a reader holds it
    old INTEGER NOT NULL,                   -- 1: its first reading is kept and not told
    looks INTEGER NOT NULL DEFAULT 0,       -- those that succeeded
    failures INTEGER NOT NULL DEFAULT 0,    -- in a row
    first TEXT,                             -- when it was first read
    asked TEXT,
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    body_hash TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX looks_due ON looks (due) WHERE due IS NOT NULL;
CREATE INDEX looks_slot ON looks (source, slot);
-- Evidence: what was seen on a page, one row for each version, never changed.
CREATE TABLE sightings (
    item INTEGER NOT NULL REFERENCES items (id),
    number INTEGER NOT NULL,                -- from 1
    url TEXT NOT NULL,                      -- where it came from in the end
    seen TEXT NOT NULL,
    sha256 TEXT NOT NULL,                   -- of the body in bytes, as it came
    size INTEGER NOT NULL,                  -- of the body, in bytes
    kind TEXT NOT NULL,                     -- page, pdf or text
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (item, number)
);
"""
POINTS = """
-- The numbers of series, by the day they stand for. A corrected number is a row of its own: the last
-- one seen counts, those before it are its history.
CREATE TABLE points (
    source TEXT NOT NULL,
    series TEXT NOT NULL,
    at TEXT NOT NULL,                       -- 2026-11-24
    seen TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (source, series, at, seen)
) WITHOUT ROWID;
"""
MANNERS = """
-- What the feed states of how often to look, JSON.
ALTER TABLE sources ADD COLUMN hints TEXT NOT NULL DEFAULT '';
-- Where the source says it moved to for good, since when, and how many polls in a row said so.
ALTER TABLE sources ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN moved_since TEXT;
ALTER TABLE sources ADD COLUMN moved_polls INTEGER NOT NULL DEFAULT 0;
-- 1: its server said that it is gone for good.
ALTER TABLE sources ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
-- Hosts that are left alone, all their sources together.
CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    until TEXT NOT NULL,
    failures INTEGER NOT NULL,              -- refusals in a row
    reason TEXT NOT NULL
) WITHOUT ROWID;
-- From when on the next request may start, where a rate holds for all processes: seconds since 1970.
CREATE TABLE turns (
    queue TEXT PRIMARY KEY,
    free REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE robots (
    address TEXT PRIMARY KEY,
    read TEXT NOT NULL,
    text TEXT NOT NULL                      -- empty: everything is allowed
) WITHOUT ROWID;
"""
BACKFILLS = """
-- 1: of the past, read by hand; its first_seen is when it was published, as far as that is known.
ALTER TABLE items ADD COLUMN backfilled INTEGER NOT NULL DEFAULT 0;
-- A reading of a source's past, and the place it has reached.
CREATE TABLE backfills (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT NOT NULL,                      -- at another address it starts afresh
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    part INTEGER NOT NULL DEFAULT 0,        -- the next to ask for
    filed INTEGER NOT NULL DEFAULT 0,
    digest INTEGER NOT NULL DEFAULT 0,      -- items at or above a watchlist's threshold for the digest
    alert INTEGER NOT NULL DEFAULT 0,       -- and for an alert
    oldest TEXT,                            -- publication time of what was filed
    newest TEXT,
    finished TEXT,
    ended TEXT NOT NULL DEFAULT ''          -- why, where the past ended before the span did
);
CREATE INDEX backfills_source ON backfills (source, id);
"""
