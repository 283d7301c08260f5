-- Alerts that were held and then told together.
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    created TEXT NOT NULL,
    title TEXT NOT NULL,
    why TEXT NOT NULL                       -- what held them
);
-- The outbox again, for batches too.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    alert TEXT REFERENCES alerts (id),
    notice TEXT REFERENCES notices (id),
    batch TEXT REFERENCES batches (id),
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due TEXT NOT NULL,                      -- of one that is held: when it is told
    lease TEXT,                             -- while sending: until when nobody else looks at it
    attempted TEXT,
    finished TEXT,
    error TEXT NOT NULL DEFAULT '',
    receipt TEXT NOT NULL DEFAULT '',
    held TEXT NOT NULL DEFAULT '',          -- why it is or was held
    told_in TEXT REFERENCES batches (id),   -- the batch that told it
    parked TEXT,                            -- since when it waits for what a person has to mend
    under TEXT NOT NULL DEFAULT '',         -- the message below which the latest attempt was to stand
    refresh TEXT,                           -- from when on its message is to be brought up to date
    UNIQUE (alert, destination),
    UNIQUE (notice, destination),
    UNIQUE (batch, destination),
    CHECK ((alert IS NOT NULL) + (notice IS NOT NULL) + (batch IS NOT NULL) = 1)
);
INSERT INTO outbox (seq, id, alert, notice, destination, state, attempts, due, lease, attempted, finished,
    error, receipt) SELECT seq, id, alert, notice, destination, state, attempts, due, lease, attempted,
    finished, error, receipt FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE outbox RENAME TO deliveries;
CREATE INDEX deliveries_open ON deliveries (destination, seq)
    WHERE state IN ('pending', 'sending', 'failed');
CREATE INDEX deliveries_held ON deliveries (due) WHERE state = 'held';
CREATE INDEX deliveries_refresh ON deliveries (refresh) WHERE refresh IS NOT NULL;
CREATE INDEX deliveries_attempted ON deliveries (destination, attempted);
CREATE INDEX deliveries_receipt ON deliveries (receipt) WHERE receipt <> '';
CREATE INDEX deliveries_told_in ON deliveries (told_in) WHERE told_in IS NOT NULL;
ALTER TABLE alerts ADD COLUMN thread TEXT NOT NULL DEFAULT '';
UPDATE alerts SET thread = coalesce(nullif(json_extract(body, '$.thread'), ''), story);
CREATE INDEX alerts_thread ON alerts (thread, created);
-- The message that opened a thread at a destination.
CREATE TABLE threads (
    destination TEXT NOT NULL,
    thread TEXT NOT NULL,
    delivery TEXT NOT NULL REFERENCES deliveries (id),
    receipt TEXT NOT NULL,
    PRIMARY KEY (destination, thread)
) WITHOUT ROWID;
CREATE INDEX threads_delivery ON threads (delivery);
CREATE INDEX threads_thread ON threads (thread);
INSERT OR IGNORE INTO threads SELECT d.destination, a.thread, d.id, d.receipt FROM deliveries d
    JOIN alerts a ON a.id = d.alert WHERE d.state = 'sent' AND d.destination LIKE 'slack:%' ORDER BY d.seq;
-- Until when a channel has asked for messages not to be brought up to date.
CREATE TABLE pauses (
    channel TEXT PRIMARY KEY,
    until TEXT NOT NULL
) WITHOUT ROWID;
-- What people said of alerts; one opinion of each at a time.
CREATE TABLE marks (
    id INTEGER PRIMARY KEY,
    alert TEXT NOT NULL REFERENCES alerts (id),
    opinion TEXT NOT NULL,
    who TEXT NOT NULL,
    name TEXT NOT NULL,
    at TEXT NOT NULL,
    undone TEXT,
    undone_by TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX marks_one ON marks (alert) WHERE undone IS NULL;
CREATE INDEX marks_alert ON marks (alert);
CREATE TABLE quiets (
    id INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    value TEXT NOT NULL,
    name TEXT NOT NULL,
    destination TEXT NOT NULL,
    who TEXT NOT NULL,
    who_name TEXT NOT NULL,
    at TEXT NOT NULL,
    until TEXT NOT NULL,
    ended TEXT,
    ended_by TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX quiets_one ON quiets (scope, value, destination) WHERE ended IS NULL;
-- Changes of watchlists that what people said speaks for.
CREATE TABLE proposals (
    id TEXT PRIMARY KEY,
    watchlist TEXT NOT NULL,
    created TEXT NOT NULL,
    body TEXT NOT NULL,                     -- JSON
    state TEXT NOT NULL,                    -- open, accepted, dismissed
    who TEXT NOT NULL DEFAULT '',
    at TEXT
);
-- What was said to us and is handled, so that it is handled once.
CREATE TABLE talks (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL
) WITHOUT ROWID;
