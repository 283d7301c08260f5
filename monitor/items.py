"""Entries x what was filed before -> what is new, what was edited, what is the same.

Identity is the guid, else the link, else the content; never a date, never the order. A guid that
changed under the same link and title (a site that moved) is the same item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from monitor.model import Entry, Item

# A page that rewords itself on every fetch must not fill the disk.
MAX_REVISIONS = 20


@dataclass(frozen=True, slots=True)
class Filing:
    """What to do with an entry. `old` is the item as filed, for an edit."""

    kind: Literal["new", "edited"]
    entry: Entry
    old: Item | None = None


def decide(entries: Iterable[Entry], known: Mapping[str, Item]) -> list[Filing]:
    """What is to be filed, in the order of the document, oldest last as feeds have it.

    `known` holds items by key, and by `alias:` and alias.
    """
    filings: list[Filing] = []
    aliases: set[str] = set()
    for entry in entries:
        old = known.get(entry.key) or known.get(f"alias:{entry.alias}")
        if old is None and entry.alias not in aliases:
            filings.append(Filing("new", entry))
        elif old is not None and _edited(entry, old) and old.revision < MAX_REVISIONS:
            filings.append(Filing("edited", entry, old))
        aliases.add(entry.alias)
    return filings


def _edited(entry: Entry, old: Item) -> bool:
    return (entry.title, entry.text) != (old.title, old.text)
