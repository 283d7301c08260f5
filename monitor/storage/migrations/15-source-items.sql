-- What came of a source, the newest first, and how much of it in a span.
CREATE INDEX items_source_seen ON items (source, first_seen, published);
