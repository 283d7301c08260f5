"""A body that has to be JSON -> its value, and careful ways into a value of unknown shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.errors import Unreadable
from monitor.request import Document
from monitor.text import clean

Record = Mapping[str, Any]

# What a body of a few megabytes can stand for: beyond these it would take hundreds of them.
MAX_PARTS = 100_000
MAX_VALUES = 1_000_000
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def parse(document: Document, subject: str, encoding: str = "") -> Any:
    """The value of a body, UTF-8 unless `encoding` says otherwise.

    Raises Unreadable, with `subject` on it, where it is none, or one of too many parts.
    """
    body = document.body
    if not body.strip():
        raise Unreadable("the body is empty", subject=subject)
    if body.count(b"[") + body.count(b"{") > MAX_PARTS or body.count(b",") > MAX_VALUES:
        raise Unreadable(f"JSON of more than {MAX_PARTS:,} parts", subject=subject)
    try:
        # Not strict about control characters in strings: some interfaces leave them as they found them.
        return json.loads(decode(body, encoding), strict=False)
    except (ValueError, RecursionError) as error:
        message = f"JSON that cannot be read ({type(error).__name__})"
        page = "an HTML page came where JSON was expected"
        raise Unreadable(page if is_html(body) else message, subject=subject) from None


def decode(body: bytes, encoding: str = "") -> str:
    """The text of a body; what is not in its encoding is replaced."""
    return body.decode(encoding or "utf-8-sig", "replace")


def is_html(body: bytes) -> bool:
    """Does it look like a web page: a notice, a login, a block page?"""
    return bool(_HTML.search(body[:4096]))


def text(value: Any) -> str:
    """A scalar as text (true as yes), a list of them joined by commas; "" for anything else."""
    if isinstance(value, list):
        return ", ".join(filter(None, (text(one) for one in value if not isinstance(one, list))))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float) else ""


def within(value: Any, *steps: str) -> Any:
    """What stands under these keys, one in the other; None where there is nothing."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; nothing where it is no list."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def decoded(document: Document, subject: str) -> Record:
    """The object that the body is. Raises Unreadable, showing how it begins where it is no JSON."""
    begins = document.body[:600].decode("utf-8-sig", "replace").strip()
    if begins and begins[0] not in "{[":
        raise Unreadable(f"words came where JSON was expected: {clean(begins, 150)}", subject=subject)
    found = parse(document, subject)
    if not isinstance(found, dict):
        raise Unreadable("JSON, but not an object", subject=subject)
    return found


def records(answer: Record, name: str, subject: str) -> Sequence[Record]:
    """The objects of a list; anything else in it is left out. Raises Unreadable where there is no list."""
    found = answer.get(name)
    if not isinstance(found, list):
        raise Unreadable(f"JSON without the list '{name}'", subject=subject)
    return [one for one in found if isinstance(one, dict)]


def part(record: Record, name: str) -> Record:
    """The object under a name; an empty one where there is none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def word(record: Record, *names: str) -> str:
    """The first of these that is set, as text; lists and objects are none."""
    found = (record.get(name) for name in names)
    return next((str(v) for v in found if isinstance(v, str | int | float) and v != ""), "")
