"""The files of the folder of watchlists: which of them mean what, and their texts."""

from __future__ import annotations

from pathlib import Path

from monitor.errors import Invalid, Problem
from monitor.yamlfile import decode

CONCEPTS, ENTITIES, KINDS, SOURCES = "concepts.yaml", "entities.yaml", "kinds.yaml", "sources.yaml"
LEDGERS = "ledgers.yaml"
# What gives names to meanings, and what is no watchlist.
NAMES = (CONCEPTS, ENTITIES, KINDS)
SHARED = (*NAMES, LEDGERS)


def read_directory(directory: Path) -> dict[str, str | Invalid]:
    """The text of each watchlist file, or why it could not be read. The catalogue is not one."""
    found: dict[str, str | Invalid] = {}
    for path in sorted(directory.glob("*.yaml")):
        if path.name == SOURCES or path.name.startswith("."):
            continue
        try:
            found[path.name] = decode(path.name, path.read_bytes())
        except Invalid as error:
            found[path.name] = error
        except OSError as error:
            problem = Problem(path.name, 0, f"cannot be read: {error.strerror}")
            found[path.name] = Invalid((problem,))
    return found
