"""Who comes to the pages, and what they may do there."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 60
# Counts seconds, from wherever.
Monotonic = Callable[[], float]


class Role(StrEnum):
    """A reader sees every page; an editor changes things too."""

    READER = "reader"
    EDITOR = "editor"


@dataclass(frozen=True, slots=True)
class Person:
    """`name` signs what they change; it may be empty."""

    name: str
    role: Role


def spelt(name: str) -> str:
    """A name as it is shown: one line of at most LONGEST characters, whatever was entered."""
    plain = "".join(one if one.isprintable() else " " for one in unicodedata.normalize("NFC", name))
    return " ".join(plain.split())[:LONGEST].strip()


def account(name: str) -> str:
    """What is the same for all ways to write a name, so that nobody passes for another by a capital."""
    return unicodedata.normalize("NFKC", spelt(name)).casefold()
