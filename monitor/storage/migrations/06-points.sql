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
