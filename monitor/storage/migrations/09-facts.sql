-- What items state, the weightiest of each kind first.
CREATE TABLE facts (
    item INTEGER NOT NULL REFERENCES items (id),
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,                    -- names it for good, in whatever words it stands
    label TEXT NOT NULL,
    field TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    words TEXT NOT NULL,
    sure REAL NOT NULL,
    parts TEXT NOT NULL,                    -- of an amount or a capacity, JSON; else empty
    PRIMARY KEY (item, place)
) WITHOUT ROWID;
CREATE INDEX facts_value ON facts (kind, value);
-- Why a signal was not told; empty where it was.
ALTER TABLE signals ADD COLUMN silence TEXT NOT NULL DEFAULT '';
