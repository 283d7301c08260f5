"""Entries x what was filed before -> what is new, what was edited, what is the same.

Identity is the guid, else the link, else the content; never a date, never the order. A guid that
changed under the same link and title (a site that moved) is the same item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.model import Entry, Item
from monitor.text import fold

# A page that rewords itself on every fetch must not fill the disk.
MAX_REVISIONS = 20
# A smaller document may well be all new.
RENUMBERED_FROM = 5


@dataclass(frozen=True, slots=True)
class Filing:
    """What to do with an entry. `old` is the item as filed, for an edit or a new identity."""

    kind: Literal["new", "edited", "renumbered"]
    entry: Entry
    old: Item | None = None


def decide(entries: Iterable[Entry], known: Mapping[str, Item]) -> list[Filing]:
    """What is to be filed, in the order of the document, oldest last as feeds have it.

    `known` holds items by key, by `alias:` and alias and, where a document looks wholly new, by
    `title:` and folded title: a site that changed all its identifiers and links at once.
    """
    document = list(entries)
    if renumbered := _renumbered(document, known):
        return renumbered
    filings: list[Filing] = []
    present = {known[entry.key].id for entry in document if entry.key in known}
    for entry in document:
        old = known.get(entry.key) or _moved(entry, known, present)
        if old is None:
            filings.append(Filing("new", entry))
        elif _edited(entry, old) and old.revision < MAX_REVISIONS:
            filings.append(Filing("edited", entry, old))
    return filings


def unknown(entries: Sequence[Entry], known: Mapping[str, Item]) -> bool:
    """Is nothing of a document of some size known by its identity?"""
    return len(entries) >= RENUMBERED_FROM and not known


def _renumbered(document: Sequence[Entry], known: Mapping[str, Item]) -> list[Filing]:
    """Items known again by their titles, the rest new; empty unless most of the document is."""
    found: list[Filing] = []
    taken: set[int] = set()
    for entry in document:
        old = known.get(f"title:{fold(entry.title).text}")
        if old is None or old.id in taken:
            found.append(Filing("new", entry))
        else:
            taken.add(old.id)
            found.append(Filing("renumbered", entry, old))
    return found if len(taken) >= max(RENUMBERED_FROM, len(document) / 2) else []


def _moved(entry: Entry, known: Mapping[str, Item], present: set[int]) -> Item | None:
    """The item that this entry was under another guid, if that one is not there beside it.

    Entries of one document that share link and title and say different things are different.
    """
    old = known.get(f"alias:{entry.alias}")
    if old is None or (old.id in present and entry.text != old.text):
        return None
    present.add(old.id)
    return old


def _edited(entry: Entry, old: Item) -> bool:
    return (entry.title, entry.text) != (old.title, old.text)
