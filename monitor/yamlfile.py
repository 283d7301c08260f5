"""A YAML file somebody edits -> a checked value, or every problem at once with line and remedy.

YAML 1.2 by ruamel.yaml, so that NO, on and 12:30 stay text. Anchors and aliases are refused
before anything walks them: a few lines of them can stand for gigabytes.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from monitor import kept
from monitor.errors import Invalid, Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
_NO_ANCHORS = "anchors and aliases are not used here"

Path = tuple[int | str, ...]


class Strict(BaseModel):
    """Base of what a file may hold: no unknown key, no silent conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


Model = TypeVar("Model", bound=Strict)


@dataclass(frozen=True)
class Document(Generic[Model]):
    """A checked file. `problem()` makes a Problem that points at a path in it."""

    file: str
    value: Model
    text: str

    def problem(self, path: Path, message: str, remedy: str = "") -> Problem:
        line, _ = _place(_parse(self.file, self.text), path)
        return Problem(self.file, line, message, remedy)


def decode(file: str, body: bytes) -> str:
    """The text of a file's bytes; refuses what is too large or not UTF-8."""
    if len(body) > MAX_BYTES:
        raise Invalid((Problem(file, 0, "is larger than 1 MB", "split or shorten it"),))
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise Invalid((Problem(file, line, "is not UTF-8 text", "save it as UTF-8"),)) from None


def read(file: str, text: str, model: type[Model]) -> Document[Model]:
    """Parse and check `text`. Raises Invalid with every problem found, sorted by line."""
    return Document(file, _validate(file, text, (), plain(file, text), model), text)


def check(document: Document[Any], path: Path, part: object, model: type[Model]) -> Model:
    """Check one part of a document on its own. Raises Invalid with its problems only."""
    return _validate(document.file, document.text, path, part, model)


def _validate(file: str, text: str, path: Path, value: object, model: type[Model]) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        node, known = _parse(file, text), _keys(model)
        problems = {_explain(file, node, path, detail, known) for detail in error.errors()}
        raise Invalid(tuple(sorted(problems))) from None


def plain(file: str, text: str) -> dict[Any, Any]:
    """The values of a file as ordinary dicts, lists and scalars. Raises Invalid where it is no YAML.

    A text that was read before, by whatever process, is not parsed again.
    """
    known = kept.recall(text)
    if known is None:
        known = _plain(_parse(file, text))
        kept.keep(text, known)
    return known


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
def _parse(file: str, text: str) -> CommentedMap:
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


def _plain(node: object) -> Any:
    """Ordinary dicts, lists and scalars."""
    if isinstance(node, Mapping):
        return {_key(key): _plain(value) for key, value in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_plain(value) for value in node]
    return _scalar(node)


def _key(key: object) -> object:
    return str(key) if isinstance(key, str) else key


def _scalar(value: object) -> object:
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def _place(node: object, path: Path) -> tuple[int, Path]:
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


def _keys(model: type[Strict]) -> set[str]:
    """Every key that may appear anywhere in the file."""

    def walk(schema: Any) -> set[str]:
        if isinstance(schema, dict):
            found = set(schema.get("properties", {}))
            return found.union(*(walk(v) for v in schema.values()))
        return set().union(*(walk(v) for v in schema)) if isinstance(schema, list) else set()

    return walk(model.model_json_schema(by_alias=True))


def _explain(file: str, node: object, base: Path, detail: ErrorDetails, known: set[str]) -> Problem:
    where, path = _place(node, (*base, *detail["loc"]))
    kind = detail["type"]
    last = next((step for step in reversed(detail["loc"]) if step != "[key]"), "")
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, known, 1)
        remedy = f"did you mean '{near[0]}'?" if near else "take it out"
        return Problem(file, where, f"unknown key '{key}'", remedy)
    if kind == "missing":
        return Problem(file, where, f"the key '{last}' is missing", f"add '{last}:'")
    if kind == "string_type":
        return Problem(file, where, f"'{str(detail['input'])[:40]}' is not text", "put it in quotes")
    if kind == "invalid_key":
        return Problem(file, where, f"'{last}' is not a key that can stand here", "take it out")
    message = detail["msg"].removeprefix("Value error, ")
    remedy = "" if kind == "value_error" else f"it is '{str(detail['input'])[:40]}' now"
    return Problem(file, where, f"{key}: {message[0].lower()}{message[1:]}", remedy)
