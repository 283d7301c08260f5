-- When evidence came to be known; empty for what was history then. Since when it counts no more, because a
-- person took it out or its item says otherwise.
ALTER TABLE steps ADD COLUMN filed TEXT NOT NULL DEFAULT '';
ALTER TABLE steps ADD COLUMN dropped TEXT NOT NULL DEFAULT '';
-- What a poll brought was known since it came, and not since it was published.
UPDATE steps SET filed = (SELECT first_seen FROM items WHERE id = steps.item)
    WHERE hand = '' AND EXISTS (SELECT 1 FROM signals WHERE item = steps.item AND NOT baseline);
-- When the digest was due, in UTC; whether the subscriber got none before; how often the mail server left
-- it unclear whether it took it; since when it waits for what a person has to mend.
ALTER TABLE digests ADD COLUMN hour TEXT NOT NULL DEFAULT '';
ALTER TABLE digests ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE digests ADD COLUMN unclear INTEGER NOT NULL DEFAULT 0;
ALTER TABLE digests ADD COLUMN parked TEXT;
-- The rows are large and there will be many: what waits and what was given up is found without them.
CREATE INDEX digests_waiting ON digests (due) WHERE state IN ('pending', 'sending', 'failed');
CREATE INDEX digests_dead ON digests (subscriber, day) WHERE state = 'dead';
-- The list of all, newest day first.
CREATE INDEX digests_day ON digests (day DESC, subscriber);
-- Each address that a subscriber has had: the token by which it unsubscribes, and since when it gets nothing.
CREATE TABLE subscriptions (
    subscriber TEXT NOT NULL,
    email TEXT NOT NULL COLLATE NOCASE,
    token TEXT NOT NULL UNIQUE,
    gone TEXT,                              -- since when the reader wants none
    parked TEXT,                            -- since when the address is refused for good
    error TEXT NOT NULL DEFAULT '',
    back TEXT,                              -- when a reader who had left came back
    PRIMARY KEY (subscriber, email)
) WITHOUT ROWID;
-- What a signal scored until its item was edited and scored higher: by that it was told before.
CREATE TABLE outscored (
    item INTEGER NOT NULL REFERENCES items (id),
    watchlist TEXT NOT NULL,
    score INTEGER NOT NULL,
    stage TEXT NOT NULL,
    baseline INTEGER NOT NULL,
    decided TEXT NOT NULL,
    PRIMARY KEY (item, watchlist, decided)
) WITHOUT ROWID;
CREATE INDEX outscored_decided ON outscored (decided);
-- What happened in a span, and what became of it: found without going through the rest.
CREATE INDEX points_seen ON points (seen);
CREATE INDEX deliveries_ended ON deliveries (finished) WHERE state IN ('muted', 'dead');
DROP INDEX signals_decided;
CREATE INDEX signals_decided ON signals (decided, baseline, watchlist);
