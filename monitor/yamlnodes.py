"""YAML text -> its nodes, each with the line it stands on; every fault in words.

YAML 1.2 by ruamel.yaml, so that NO, on and 12:30 stay text. Anchors and aliases are refused
before anything walks them: a few lines of them can stand for gigabytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from monitor.errors import Invalid, Problem

MAX_DEPTH = 20
_NO_ANCHORS = "anchors and aliases are not used here"

Path = tuple[int | str, ...]


class _Composer(Composer):
    """Refuses every anchor and alias where it stands, before anything is made of it."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if getattr(event, "anchor", None) is not None:
            raise ComposerError(None, None, _NO_ANCHORS, event.start_mark)
        return super().compose_node(parent, index)


class _Constructor(RoundTripConstructor):
    """Tells where a value stands that looks like a number or date and is none."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - ruamel's own
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from None


def compose(text: str) -> Any:
    """The nodes of a text that `plain` reads, each with where it begins and ends in it."""
    return _loader().compose(text)


def _loader() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer, yaml.Constructor, yaml.max_depth = _Composer, _Constructor, MAX_DEPTH
    return yaml


@lru_cache(maxsize=32)
def parse(file: str, text: str) -> CommentedMap:
    """The nodes of a file. Kept, for nothing changes them: of many files one is edited at a time."""
    try:
        node = _loader().load(text)
    except MarkedYAMLError as error:
        raise Invalid((_syntax(file, error),)) from None
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise Invalid((Problem(file, line, "has a control character in it", "delete it"),)) from None
    except (YAMLError, ValueError, RecursionError) as error:
        message = str(error).strip().splitlines()[0]
        raise Invalid((Problem(file, 0, f"is not valid YAML: {message}"),)) from None
    if not isinstance(node, CommentedMap):
        remedy = "start from one of the shipped files"
        raise Invalid((Problem(file, 1, "is empty or not a list of 'key: value' lines", remedy),))
    return node


def _syntax(file: str, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    message = (error.problem or error.context or "is not valid YAML").strip()
    if message == _NO_ANCHORS:
        return Problem(file, line, message, "write the value out in both places")
    if isinstance(error, MaxDepthExceededError):
        return Problem(file, line, "is nested too deeply", "flatten it")
    if "'\\t'" in message:
        return Problem(file, line, "a tab is used to indent", "indent with spaces")
    if "duplicate key" in message:
        key = message.split('"')[1]
        return Problem(file, line, f"the key '{key}' appears twice", "keep one of the two")
    return Problem(file, line, f"is not valid YAML: {message}", "check quotes and indentation")


def plain(node: object) -> Any:
    """Ordinary dicts, lists and scalars."""
    if isinstance(node, Mapping):
        return {_key(key): plain(value) for key, value in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [plain(value) for value in node]
    return _scalar(node)


def _key(key: object) -> object:
    return str(key) if isinstance(key, str) else key


def _scalar(value: object) -> object:
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def place(node: object, path: Path) -> tuple[int, Path]:
    """The line (from 1) of the deepest part of `path` that the file has, and what it has of the path.

    A step that the file does not have is passed over: it tells which of several forms was read.
    """
    line = 1
    there: list[int | str] = []
    for step in path:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0] + 1
        else:
            continue
        node = node[step]
        there.append(step)
    return line, tuple(there)
