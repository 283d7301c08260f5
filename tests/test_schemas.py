"""The JSON Schemas: published as the command prints them, named by each file, and true of it."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from monitor import schemas
from monitor.starter import starter
from monitor.yamlfile import plain
from tests.conftest import ROOT

FOLDER = ROOT / "watchlists"
FILES = sorted(FOLDER.glob("*.yaml"))


def keys(part: Any) -> list[tuple[str, Any]]:
    """Every key that a schema names, anywhere in it."""
    if isinstance(part, dict):
        return [*part.get("properties", {}).items(), *(k for value in part.values() for k in keys(value))]
    return [k for value in part for k in keys(value)] if isinstance(part, list) else []


def as_json(value: object) -> object:
    """What JSON makes of a YAML file's values: names are text, days are written out."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


@pytest.mark.parametrize("name", schemas.NAMES)
def test_what_is_published_is_what_the_command_prints(name: str) -> None:
    """If not: monitor watchlists schema --write, in the checkout."""
    assert (FOLDER / "schema" / f"{name}.json").read_text("utf-8") == schemas.schema(name)


def test_nothing_else_is_published() -> None:
    assert {p.stem for p in (FOLDER / "schema").iterdir()} == set(schemas.NAMES)


@pytest.mark.parametrize("name", schemas.NAMES)
def test_a_schema_says_what_it_is_and_what_each_key_means(name: str) -> None:
    made = json.loads(schemas.schema(name))
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["title"]
    assert made["description"]
    assert made["additionalProperties"] is False
    found = keys(made)
    assert len(found) > 10
    assert all(part["description"] for _, part in found)


def test_keys_are_named_as_files_write_them() -> None:
    named = {key for key, _ in keys(json.loads(schemas.schema("watchlist")))}
    assert {"not", "in", "from"} <= named
    assert not {key for key in named if key.endswith("_")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_file_names_its_schema(path: Path) -> None:
    first = path.read_text("utf-8").splitlines(keepends=True)[0]
    assert first == schemas.first_line(path.name)
    assert (FOLDER / first.split("$schema=")[1].strip()).is_file()


def test_a_new_watchlist_names_the_schema() -> None:
    assert starter("x", "X").startswith(schemas.first_line("x.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_file_is_as_its_schema_says(path: Path) -> None:
    name = path.stem if path.stem in schemas.NAMES else "watchlist"
    validator = jsonschema.Draft202012Validator(json.loads(schemas.schema(name)))
    validator.check_schema(validator.schema)
    values = as_json(plain(path.name, path.read_text("utf-8")))
    assert [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(values)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("watchlist", "watchlist: x\ntitle: X\nmust: [{any: [a], wieght: 3}]\n"),
        ("watchlist", "watchlist: x\ntitle: X\nmust: []\n"),
        ("watchlist", "watchlist: x\ntitle: X\nmust: [{any: [a]}]\nkinds: {Opinion: 3}\n"),
        ("concepts", "concepts: {Bad Name: {terms: {en: [a]}}}\n"),
        ("sources", "sources: [{id: a, url: 'https://e.test/', every: soon}]\n"),
    ],
)
def test_a_mistake_is_one_by_the_schema_too(name: str, text: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schemas.schema(name)))
    assert not validator.is_valid(as_json(plain(name, text)))
