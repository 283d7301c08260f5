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
