"""The tables of sources, items and deliveries: every field is described, and rows are what pages show."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest

from monitor.web.deliveries import Deliveries
from monitor.web.search import Search
from monitor.web.sources import Sources
from monitor.web.tables import Table
from tests.livepages import Live
from tests.webs import World, post


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, "one", "two") as made:
        made.serve(post(1, "Weather"))
        made.serve(post(1, "Weather"), post(2))
        yield made


@pytest.fixture
def tables(world: World) -> dict[str, Table]:
    house = Live(world).house
    families = (Sources(house), Search(house), Deliveries(house))
    return {table.name: table for family in families for table in family.tables()}


def test_every_field_is_described(tables: dict[str, Table]) -> None:
    assert set(tables) == {"sources", "items", "deliveries", "destinations"}
    for table in tables.values():
        hints = get_type_hints(table.row, include_extras=True)
        assert dataclasses.is_dataclass(table.row)
        for field in dataclasses.fields(table.row):
            assert get_origin(hints[field.name]) is Annotated, field.name
            assert get_args(hints[field.name])[1].description.endswith(".")


@pytest.mark.parametrize(
    ("name", "asked", "first"),
    [
        ("sources", {"state": "well"}, "one"),
        ("sources", {}, "two"),
        ("items", {"q": "loan"}, 2),
        ("deliveries", {"state": "waiting"}, None),
        ("destinations", {}, "console:"),
    ],
)
def test_a_table_is_read_by_its_filters(
    world: World, tables: dict[str, Table], name: str, asked: dict[str, str], first: object
) -> None:
    rows = list(tables[name].rows(world.app.storage, asked))
    assert isinstance(rows[0], tables[name].row)
    key = {"sources": "id", "items": "number", "destinations": "to"}.get(name)
    assert key is None or getattr(rows[0], key) == first
