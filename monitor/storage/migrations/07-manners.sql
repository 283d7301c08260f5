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
