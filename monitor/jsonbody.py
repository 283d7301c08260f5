"""A body that has to be JSON -> its value, and careful ways into a value of unknown shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from monitor.errors import Unreadable
from monitor.request import Document

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
        return json.loads(decode(body, encoding))
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
