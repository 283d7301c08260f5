"""An index of faults names the tests in which each is stood."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path


def missing(places: Iterable[str]) -> list[str]:
    """Those of the tests, each written as `module.function`, that there are not."""
    return [place for place in places if place.partition(".")[2] not in _functions(place.partition(".")[0])]


def _functions(module: str) -> set[str]:
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
