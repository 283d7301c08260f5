"""What we read of feedparser's own test documents, beside what each of them says is right.

    python -m benchmarks.agreement [ARCHIVE] [--all]

Each document carries its expectation as an expression in a comment, which is parsed and never run.
Counted are those about an entry's title, link, id, date and text, cleaned
as those of items are. The rest is listed with its reason:
of some formats nothing is claimed, some of it is taste, some is how markup is made safe.
"""

from __future__ import annotations

import argparse
import ast
import re
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor import dates
from monitor.entries import MAX_TEXT, MAX_TITLE, Written
from monitor.errors import Unreadable
from monitor.links import web_link
from monitor.model import Source
from monitor.request import Document
from monitor.sources import feed
from monitor.text import clean, plain

ARCHIVE = Path(__file__).parents[2] / "shared" / "real" / "feeds_edge" / "feedparser-tests.tar.gz"
HOME = "http://127.0.0.1:8097/"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Source("suite", "Suite", "feed", HOME, 3, "en")

_EXPECT = re.compile(r"Expect:\s*(.+?)\s*(?:-->|$)", re.MULTILINE)
_HEADER = re.compile(r"^\s*Header:\s*([\w-]+)\s*:\s*(.*?)\s*$", re.MULTILINE)
# How an expression names a part of an entry, and what that part is to us.
_PARTS: Mapping[tuple[str | int, ...], str] = {
    **{(name,): "title" for name in ("title",)},
    ("link",): "link",
    ("links", 0, "href"): "link",
    **{(name,): "id" for name in ("id", "guid")},
    **{(name,): "text" for name in ("summary", "description")},
    **{(name, "value"): "text" for name in ("summary_detail", "description_detail")},
    ("title_detail", "value"): "title",
    ("content", 0, "value"): "text",
    **{(name,): "date" for name in ("published", "published_parsed")},
    **{(name,): "other date" for name in ("date", "updated", "updated_parsed", "modified", "date_parsed")},
    **{(name,): "other date" for name in ("created", "created_parsed")},
}
Value = str | tuple[int, ...]


@dataclass(frozen=True)
class Expectation:
    """That a part of an entry, counted from 0, has a value."""

    entry: int
    part: str
    value: Value


@dataclass(frozen=True)
class Outcome:
    """An expectation of a document, what we read, and why that may differ; empty where it does not."""

    document: str
    expected: Expectation
    ours: str
    reason: str


# ------------------------------------------------------------------ what is expected


def expectations(text: str) -> list[Expectation]:
    """What a document says of itself; nothing where it is about something else than entries."""
    found = _EXPECT.search(text)
    try:
        tree = ast.parse(found[1] if found else "0", mode="eval").body
    except (SyntaxError, ValueError):
        return []
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    return [made for part in parts if (made := _expectation(part))]


def _expectation(node: ast.expr) -> Expectation | None:
    """`entries[0]['title'] == 'x'` and its kin."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq):
        return None
    path, value = _path(node.left), _constant(node.comparators[0])
    if len(path) < 3 or path[0] != "entries" or not isinstance(path[1], int) or value is None:
        return None
    part = _PARTS.get(path[2:])
    return Expectation(path[1], part, value) if part else None


def _path(node: ast.expr) -> tuple[str | int, ...]:
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=inner, attr=name) if _path(inner):
            return (*_path(inner), name)
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as key)) if _path(inner):
            return (*_path(inner), key)
    return ()


def _constant(node: ast.expr) -> Value | None:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = _constant(left), _constant(right)
            return one + other if isinstance(one, str) and isinstance(other, str) else None
        case ast.Tuple(elts=parts) if all(
            isinstance(p, ast.Constant) and isinstance(p.value, int) for p in parts
        ):
            return ast.literal_eval(node)  # type: ignore[no-any-return]
    return None


# ------------------------------------------------------------------ what we read


def outcomes(archive: Path) -> Iterator[Outcome]:
    """Every expectation of every document in the archive."""
    with tarfile.open(archive) as tar:
        for member in sorted(tar, key=lambda one: one.name):
            file = tar.extractfile(member)
            if file is not None:
                yield from _outcomes(member.name, file.read())


def _outcomes(name: str, body: bytes) -> Iterator[Outcome]:
    text = body.decode("utf-8", "replace")
    expected = expectations(text)
    headers = {key.lower(): value for key, value in _HEADER.findall(text)}
    address = headers.get("content-location") or HOME + name
    try:
        entries = feed.written(Document(body, headers, address), SOURCE) if expected else []
    except Unreadable as error:
        for one in expected:
            yield Outcome(name, one, str(error), _claimed(name, body) or "not read")
        return
    for one in expected:
        if one.entry >= len(entries):
            yield Outcome(name, one, "no such entry", _claimed(name, body) or "no entry")
            continue
        ours, right = _ours(entries[one.entry], one, address)
        yield Outcome(name, one, ours, "" if right else _reason(name, body, one, entries[one.entry]))


def _ours(entry: Written, expected: Expectation, address: str) -> tuple[str, bool]:
    """What we have for a part of an entry, and whether it is what is expected, as we write it."""
    value = expected.value
    if expected.part in ("date", "other date"):
        moment = dates.parse(entry.date, SOURCE.zone, NOW)
        return str(moment), moment == _moment(value)
    assert isinstance(value, str)
    written: Mapping[str, tuple[str, str]] = {
        "title": (plain(entry.title, MAX_TITLE), plain(value, MAX_TITLE)),
        "link": (web_link(entry.link, address), web_link(value, address)),
        "id": (clean(entry.id, 500), clean(value, 500)),
        "text": (plain(entry.text, MAX_TEXT), plain(value, MAX_TEXT)),
    }
    ours, wanted_text = written[expected.part]
    return ours, ours == wanted_text


def _moment(value: Value) -> datetime | None:
    if isinstance(value, str):
        return dates.parse(value, SOURCE.zone, NOW)
    moment = datetime(*value[:6], tzinfo=UTC)  # type: ignore[misc,arg-type]
    return moment if dates.EARLIEST <= moment <= NOW + dates.AHEAD else None


# ------------------------------------------------------------------ why it may differ


def _claimed(name: str, body: bytes) -> str:
    """Why a document is of no format that we claim; empty where it is of one."""
    if "/cdf/" in name or re.search(rb"<(CHANNEL|channel)[^>]*\b(HREF|href|LASTMOD)=", body):
        return "dead format (CDF)"
    if b"<!ENTITY" in body:
        return "refused (declares entities)"
    return ""


def _reason(name: str, body: bytes, expected: Expectation, entry: Written) -> str:
    if reason := _claimed(name, body):
        return reason
    if "/sanitize/" in name or "&lt;!" in str(expected.value):
        return "sanitising (we keep no markup at all)"
    if "/base/" in name or b"xml:base" in body:
        return "relative links inside documents"
    if expected.part == "text" and len(entry.text) > len(str(expected.value)):
        return "taste (the longest text counts)"
    if expected.part == "other date":
        return "taste (the date of publication counts)"
    if expected.part == "link" and not entry.link:
        return "taste (a licence is no page)"
    return "differs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("archive", nargs="?", type=Path, default=ARCHIVE)
    parser.add_argument("--all", action="store_true", help="list every document that differs")
    chosen = parser.parse_args()
    found = list(outcomes(chosen.archive))
    for part in ("title", "link", "id", "date", "other date", "text"):
        ours = [one for one in found if one.expected.part == part]
        print(f"{part:12}{sum(not one.reason for one in ours):5} of {len(ours)}")
    for reason, number in Counter(one.reason for one in found if one.reason).most_common():
        print(f"{number:5}  {reason}")
    for one in found:
        if one.reason and (chosen.all or one.reason == "differs"):
            print(
                f"{one.document}: {one.expected.part}: {one.reason}\n    wanted {one.expected.value!r:.150}"
            )
            print(f"    ours   {one.ours!r:.150}")


if __name__ == "__main__":
    main()
