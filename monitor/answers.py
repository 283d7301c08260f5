"""The JSON that an interface answers with -> its records, or the reason why there are none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.errors import Unreadable
from monitor.request import Document
from monitor.text import clean

Record = Mapping[str, Any]


def decoded(document: Document, subject: str) -> Record:
    """The object that the body is. Raises Unreadable, showing how it begins where it is no JSON."""
    text = document.body.decode("utf-8-sig", "replace").strip()
    if not text:
        raise Unreadable("the body is empty", subject=subject)
    try:
        # Not strict about control characters in strings: some interfaces leave them as they found them.
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        if text[0] in "{[":
            raise Unreadable(f"JSON that cannot be read ({type(error).__name__})", subject=subject) from None
        message = f"words came where JSON was expected: {clean(text, 150)}"
        raise Unreadable(message, subject=subject) from None
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
