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
