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
