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
