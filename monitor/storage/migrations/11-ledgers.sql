-- The rows of the ledgers. Where one stands follows from its steps.
CREATE TABLE entries (
    ledger TEXT NOT NULL,
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    details TEXT NOT NULL,                  -- the facts that it shows, JSON
    story TEXT NOT NULL DEFAULT '',
    filed TEXT NOT NULL,
    joined TEXT NOT NULL DEFAULT '',        -- the entry that a person made it part of
    PRIMARY KEY (ledger, key)
) WITHOUT ROWID;
-- The facts that an entry is known by.
CREATE TABLE entry_marks (
    ledger TEXT NOT NULL,
    mark TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (ledger, mark, key)
) WITHOUT ROWID;
CREATE INDEX entry_marks_key ON entry_marks (ledger, key);
-- Evidence, one row for each item and what a person or the file says.
CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    ledger TEXT NOT NULL,
    key TEXT NOT NULL,
    rung TEXT NOT NULL,
    at TEXT NOT NULL,
    item INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL,
    tier INTEGER NOT NULL,
    words TEXT NOT NULL,
    sure REAL NOT NULL,
    hand TEXT NOT NULL DEFAULT '',          -- who, where a person says so
    why TEXT NOT NULL DEFAULT '',
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX steps_entry ON steps (ledger, key);
CREATE INDEX steps_item ON steps (item) WHERE item > 0;
-- What fell due and was told, or was past before it was followed.
CREATE TABLE dues (
    ledger TEXT NOT NULL,
    key TEXT NOT NULL,
    event TEXT NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (ledger, key, event)
) WITHOUT ROWID;
