"""Labelled items: what a person says an item is, for measuring what the product makes of it.

One JSON object a line, with at least `id`, `title`, `text` and `labels` (ids of the watchlists that
should alert); `date`, `lang`, `url`, `story` (a name shared by all that report one event) and `facts`
(`agency`, `amount_usd`, `companies`, `countries`, `stage`) where they are known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from monitor.errors import Invalid, Problem
from monitor.text import clean, language


@dataclass(frozen=True, slots=True)
class Stated:
    """The facts of an item, by name; what it does not state is empty.

    `agency` has one name or several with ";" between, `amount` is in USD, `countries` are ISO 3166.
    """

    agency: str = ""
    amount: Decimal | None = None
    companies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled item."""

    id: str
    title: str
    text: str
    lang: str
    labels: frozenset[str]
    link: str = ""
    day: date | None = None
    story: str = ""
    stated: Stated = Stated()

    @property
    def published(self) -> datetime | None:
        """Noon of its day."""
        return datetime.combine(self.day, time(12), UTC) if self.day else None


def read(file: str, lines: Iterable[str]) -> Iterator[Labelled]:
    """The items of a file. Raises Invalid at the first line that is none."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _item(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
            remedy = "one JSON object a line with id, title, text and labels"
            raise Invalid((Problem(file, number, "is not a labelled item", remedy),)) from None


def _item(written: dict[str, Any]) -> Labelled:
    title, text = clean(str(written["title"])), clean(str(written.get("text") or ""))
    return Labelled(
        str(written["id"]),
        title,
        text,
        str(written.get("lang") or language(f"{title} {text}", "en")),
        frozenset(str(label) for label in written.get("labels") or ()),
        str(written.get("url") or ""),
        date.fromisoformat(written["date"]) if written.get("date") else None,
        str(written.get("story") or ""),
        _stated(written.get("facts") or {}),
    )


def _stated(written: dict[str, Any]) -> Stated:
    amount = written.get("amount_usd")
    return Stated(
        str(written.get("agency") or ""),
        Decimal(str(amount)) if amount is not None else None,
        tuple(map(str, written.get("companies") or ())),
        tuple(map(str, written.get("countries") or ())),
        str(written.get("stage") or ""),
    )
