-- When evidence came to be known; empty for what was history then, and before this was kept. Since when it
-- counts no more, because a person took it out or its item says otherwise.
ALTER TABLE steps ADD COLUMN filed TEXT NOT NULL DEFAULT '';
ALTER TABLE steps ADD COLUMN dropped TEXT NOT NULL DEFAULT '';
-- When the digest was due, in UTC; whether the subscriber got none before; how often the mail server left
-- it unclear whether it took it; since when it waits for what a person has to mend.
ALTER TABLE digests ADD COLUMN hour TEXT NOT NULL DEFAULT '';
ALTER TABLE digests ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE digests ADD COLUMN unclear INTEGER NOT NULL DEFAULT 0;
ALTER TABLE digests ADD COLUMN parked TEXT;
-- The rows are large and there will be many: what waits and what was given up is found without them.
CREATE INDEX digests_waiting ON digests (due) WHERE state IN ('pending', 'sending', 'failed');
CREATE INDEX digests_dead ON digests (subscriber, day) WHERE state = 'dead';
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
-- What happened in a span, and what became of it: found without going through the rest.
CREATE INDEX points_seen ON points (seen);
CREATE INDEX deliveries_ended ON deliveries (finished) WHERE state IN ('muted', 'dead');
DROP INDEX signals_decided;
CREATE INDEX signals_decided ON signals (decided, baseline, watchlist);
