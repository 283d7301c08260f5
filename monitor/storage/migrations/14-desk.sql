-- What an alert can be picked by: its watchlists, tier, language and entities, newest first without the rest.
CREATE TABLE facets (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    created TEXT NOT NULL,
    alert TEXT NOT NULL,
    PRIMARY KEY (kind, value, created, alert)
) WITHOUT ROWID;
INSERT OR IGNORE INTO facets SELECT 'watchlist', watchlist, created, id FROM alerts;
INSERT OR IGNORE INTO facets SELECT 'watchlist', json_extract(e.value, '$[0]'), a.created, a.id
    FROM alerts a, json_each(a.body, '$.also') e WHERE json_valid(a.body);
INSERT OR IGNORE INTO facets SELECT 'tier', json_extract(body, '$.tier'), created, id
    FROM alerts WHERE json_valid(body) AND json_extract(body, '$.tier') IS NOT NULL;
INSERT OR IGNORE INTO facets SELECT 'lang', json_extract(body, '$.lang'), created, id
    FROM alerts WHERE json_valid(body) AND json_extract(body, '$.lang') IS NOT NULL;
INSERT OR IGNORE INTO facets SELECT 'entity', e.value, a.created, a.id
    FROM alerts a, json_each(a.body, '$.entities') e WHERE json_valid(a.body);
-- The newest alerts in an order that nothing is lost in, where two were decided at once; those of an item
-- without their texts.
DROP INDEX alerts_created;
CREATE INDEX alerts_created ON alerts (created, id);
CREATE INDEX alerts_of_item ON alerts (item, created, id);
