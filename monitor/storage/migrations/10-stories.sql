-- Stories: which item belongs to which, since when, and why.
CREATE TABLE members (
    item INTEGER PRIMARY KEY REFERENCES items (id),
    story TEXT NOT NULL,
    like INTEGER NOT NULL DEFAULT 0,        -- the item that it was found to be like; 0: it came first
    because TEXT NOT NULL DEFAULT '',
    joined TEXT NOT NULL,
    hand INTEGER NOT NULL DEFAULT 0         -- 1: a person put it there, and it stays
);
CREATE INDEX members_story ON members (story);
-- What a person took apart: the item never joins that story again.
CREATE TABLE partings (
    item INTEGER NOT NULL,
    story TEXT NOT NULL,
    PRIMARY KEY (item, story)
) WITHOUT ROWID;
-- What items are compared by, JSON.
CREATE TABLE traits (
    item INTEGER PRIMARY KEY REFERENCES items (id),
    at TEXT,
    body TEXT NOT NULL
);
-- The traits that say most, for finding the items that share one: the newest come first.
CREATE TABLE trait_keys (
    key TEXT NOT NULL,
    at TEXT NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (key, at, item)
) WITHOUT ROWID;
-- Items known before there were stories keep the one that they were filed under.
INSERT INTO members (item, story, joined) SELECT item, min(story), min(decided) FROM signals GROUP BY item;
