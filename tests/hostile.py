"""Answers that mean harm, for every kind of source that reads JSON; and what may come of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from monitor.errors import Unreadable
from monitor.model import Reading, Source
from monitor.request import Document
from tests.fakes import NOON

Read = Callable[[Document, Source, Any], Reading]

BODIES = {
    "nothing": b"",
    "blank": b" \r\n",
    "nested": b"[" * 100_000,
    "nested and closed": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a bomb of lists": b"[" + b"[]," * 400_000 + b"[]]",
    "a bomb of texts": b"[" + b'"ab",' * 1_600_000 + b'"ab"]',
    "a long number": b'{"results": ' + b"9" * 100_000 + b"}",
    "cut off": b'{"results": [{"title": "Lo',
    "not UTF-8": b'{"results": "\xff\xfe\x00',
    "no JSON": b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>",
    "a page": b"<!DOCTYPE html><html><body>Please sign in</body></html>",
    "a text": b'"results"',
    "a number": b"1e999",
    "a constant": b"null",
}

anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["2026-03-02", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "javascript:alert(1)"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def mangled(document: Any) -> st.SearchStrategy[Any]:
    """The document with any of its parts, at any depth, replaced by anything."""
    if isinstance(document, dict):
        whole: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {}, optional={key: mangled(value) for key, value in document.items()}
        )
    elif isinstance(document, list):
        whole = st.tuples(*(mangled(value) for value in document)).map(list)
    else:
        whole = st.just(document)
    return st.integers(0, 9).flatmap(lambda odds: anything if odds == 0 else whole)


def survives(read: Read, source: Source, body: bytes) -> Reading | None:
    """What is read of a body; None where it is Unreadable. Anything else that is raised comes through."""
    try:
        return read(Document(body, {}, source.url), source, NOON)
    except Unreadable as error:
        if error.subject != source.id:
            raise
        return None


def as_body(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")
