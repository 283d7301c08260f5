"""A YAML file somebody edits -> a checked value, or every problem at once with line and remedy.

A text that was read before is not parsed again, and then its parser is not even loaded: that
takes longer than all else.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from monitor import kept
from monitor.errors import Invalid, Problem

MAX_BYTES = 1_000_000
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
        nodes = _nodes()
        line, _ = nodes.place(nodes.parse(self.file, self.text), path)
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
        node, known = _nodes().parse(file, text), _keys(model)
        problems = {_explain(file, node, path, detail, known) for detail in error.errors()}
        raise Invalid(tuple(sorted(problems))) from None


def plain(file: str, text: str) -> dict[Any, Any]:
    """The values of a file as ordinary dicts, lists and scalars. Raises Invalid where it is no YAML.

    A text that was read before, by whatever process, is not parsed again.
    """
    known = kept.recall(text)
    if known is None:
        known = _nodes().plain(_nodes().parse(file, text))
        kept.keep(text, known)
    return known


def _nodes() -> Any:
    return import_module("monitor.yamlnodes")


@cache
def _keys(model: type[Strict]) -> set[str]:
    """Every key that may appear anywhere in the file."""

    def walk(schema: Any) -> set[str]:
        if isinstance(schema, dict):
            found = set(schema.get("properties", {}))
            return found.union(*(walk(v) for v in schema.values()))
        return set().union(*(walk(v) for v in schema)) if isinstance(schema, list) else set()

    return walk(model.model_json_schema(by_alias=True))


def _explain(file: str, node: object, base: Path, detail: ErrorDetails, known: set[str]) -> Problem:
    where, path = _nodes().place(node, (*base, *detail["loc"]))
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
