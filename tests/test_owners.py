"""Whose an entity is: told by its id, refused where nobody bears it, and given for every plant shipped."""

from __future__ import annotations

import pytest

from monitor.errors import Problem
from monitor.folder import read_directory
from monitor.watchlists import Rulebook, build
from tests.conftest import ROOT

ENTITIES = """\
entities:
  mountain-pass:
    name: Mountain Pass
    owner: {owner}
    kind: plant
    terms: {{en: [Mountain Pass]}}
  mp-materials:
    name: MP Materials
    kind: company
    terms: {{en: [MP Materials]}}
"""


def read(owner: str) -> tuple[Rulebook, tuple[Problem, ...]]:
    return build({"entities.yaml": ENTITIES.format(owner=owner)})


def test_an_owner_may_stand_further_down_the_file() -> None:
    rulebook, found = read("mp-materials")
    assert found == ()
    assert rulebook.entities["mountain-pass"].owner == "mp-materials"
    assert rulebook.entities["mp-materials"].owner == ""


@pytest.mark.parametrize(
    ("owner", "remedy"),
    [
        pytest.param("mp-material", "did you mean 'mp-materials'?", id="mistyped"),
        pytest.param("qqqq", "add it to entities.yaml", id="unlike any"),
    ],
)
def test_an_owner_that_is_no_entity_is_told_with_its_line_and_the_remedy(owner: str, remedy: str) -> None:
    _, found = read(owner)
    assert found == (Problem("entities.yaml", 4, f"no entity is '{owner}'", remedy),)


def test_every_plant_that_is_shipped_names_its_owner() -> None:
    rulebook, found = build(read_directory(ROOT / "watchlists"))
    plants = [entity for entity in rulebook.entities.values() if entity.kind == "plant"]
    assert found == ()
    assert len(plants) > 100
    assert [plant.id for plant in plants if not plant.owner] == []


def test_no_ticker_is_that_of_two_companies() -> None:
    """Names of one company under several ids (a short name, a plant's company) may share theirs."""
    rulebook, _ = build(read_directory(ROOT / "watchlists"))
    bearers: dict[str, set[str]] = {}
    for entity in rulebook.entities.values():
        if entity.kind == "company":
            for ticker in entity.tickers:
                bearers.setdefault(ticker, set()).add(entity.name)
    assert {ticker: names for ticker, names in bearers.items() if len(names) > 1} == {}
