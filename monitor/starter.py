"""The first text of a new watchlist: one with comments that fires on its own name, or another's copy."""

from __future__ import annotations

from pathlib import Path

from monitor.yamledit import set_value

_TEMPLATE = Path(__file__).parent / "templates" / "watchlist.yaml"


def starter(name: str, title: str) -> str:
    """A watchlist that is sound as it stands: its name's words, and a sign that something happened."""
    text = renamed(_TEMPLATE.read_text("utf-8"), name, title)
    return set_value(text, ("must", 0, "any", 0), name.replace("-", " ").strip())


def renamed(text: str, name: str, title: str) -> str:
    """The same watchlist under another name and title."""
    return set_value(set_value(text, ("watchlist",), name), ("title",), title)
