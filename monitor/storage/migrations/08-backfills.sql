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
