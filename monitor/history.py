"""Items of the past as the rules read them: out of the database, or of a file of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.dates import parse
from monitor.errors import Invalid, Problem
from monitor.model import Content, Item, Origin, Source
from monitor.text import clean, language, plain

# What a key may be called in a file; the first that is there counts.
_NAMES = {
    "title": ("title", "t"),
    "text": ("text", "summary", "x"),
    "date": ("published", "date", "d"),
    "link": ("url", "link", "u"),
    "source": ("source", "s"),
}


@dataclass(frozen=True, slots=True)
class Past:
    """An item of the past. `id` is its number in the database, or its line in the file. `story` is the one
    that it was found to tell, where that is known; `repeats`: it was silent, for it added nothing to that."""

    id: int
    when: datetime | None
    content: Content
    origin: Origin = field(default_factory=Origin)
    story: str = ""
    repeats: bool = False


def stored(
    items: Iterable[Item],
    sources: Mapping[str, Source],
    body: Callable[[int], str] = lambda _: "",
    told: Callable[[int], tuple[str, bool]] = lambda _: ("", False),
) -> Iterator[Past]:
    """Filed items; of one whose source is no longer in the catalogue only the language is known.

    `body` knows the text of an item's page by the item's number, where that was read; `told` its `story`, and
    whether it `repeats`.
    """
    for item in items:
        source = sources.get(item.source)
        name = source.name if source else ""
        origin = source.origin(item.lang) if source else Origin(item.source, lang=item.lang)
        content = Content(item.title, item.text, body(item.id), item.link, name)
        yield Past(item.id, item.when, content, origin, *told(item.id))


def read(file: str, lines: Iterable[str], sources: Mapping[str, Source], now: datetime) -> Iterator[Past]:
    """Lines of JSON with at least a title; raises Invalid at the first that is none.

    Known keys: title or t; text, summary or x; published, date or d; url, link or u; source or s; lang.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            written = json.loads(line)
            yield _past(number, {key: _first(written, names) for key, names in _NAMES.items()},
                        str(written.get("lang") or ""), sources, now)  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError):
            remedy = "one JSON object a line, with a title and as known text, date, url, source and lang"
            raise Invalid((Problem(file, number, "is not an item", remedy),)) from None


def _first(written: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((str(written[name]) for name in names if written.get(name)), "")


def _past(
    number: int, written: Mapping[str, str], lang: str, sources: Mapping[str, Source], now: datetime
) -> Past:
    title, text = clean(written["title"]), plain(written["text"])
    if not title:
        raise ValueError("an item has a title")
    lang = lang or language(f"{title} {text}", "en")
    source = sources.get(written["source"])
    content = Content(title, text, link=written["link"], source=source.name if source else written["source"])
    origin = source.origin(lang) if source else Origin(written["source"], lang=lang)
    return Past(number, parse(written["date"], "UTC", now), content, origin)
