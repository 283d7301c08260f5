-- JSON; empty where nothing is learnt yet.
ALTER TABLE sources ADD COLUMN rhythm TEXT NOT NULL DEFAULT '';
-- The urgency at which a source is looked at just as often as its `every` says; one row.
CREATE TABLE pace (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    value REAL,
    decided TEXT NOT NULL
);
