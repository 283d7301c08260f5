"""Names to write as terms: what they stand for, and which of them somebody means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.suggestions import like, suggestions
from monitor.watchlists import build

CONCEPTS = """\
concepts:
  gallium:
    terms: {en: [gallium, "=Ga"], zh: [镓, 金属镓], ja: [ガリウム]}
  export-control:
    terms: {en: [export control, gallium ban], zh: [出口管制]}
  all-metals:
    also: ["@gallium"]
"""
ENTITIES = """\
entities:
  mp-materials:
    name: MP Materials
    kind: company
    tickers: ["NYSE:MP"]
    roles: [magnet]
    terms: {en: [MP Materials]}
"""
KNOWN = suggestions(build({"concepts.yaml": CONCEPTS, "entities.yaml": ENTITIES})[0].vocabulary)


def test_each_says_what_it_stands_for() -> None:
    assert {one.term: one.says for one in KNOWN} == {
        "@gallium": "gallium: 镓, ガリウム, Ga, 金属镓, 5 words in 3 languages",
        "@export-control": "export control: 出口管制, gallium ban, 3 words in 2 languages",
        "@all-metals": "all metals: made of others",
        "@mp-materials": "MP Materials, company: 1 word in 1 language",
        "@kind/company": "every company: 1 name",
        "@role/magnet": "whoever is of the role magnet: 1 name",
    }


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("gal", "@gallium"),
        ("@gal", "@gallium"),
        ("Gallium", "@gallium"),
        ("镓", "@gallium"),
        ("鎵", "@gallium"),
        ("管制", "@export-control"),
        ("export-c", "@export-control"),
        ("@role/m", "@role/magnet"),
        ("NYSE:MP", "@mp-materials"),
        ("ban", "@export-control"),
    ],
)
def test_what_is_typed_finds_it(typed: str, first: str) -> None:
    assert like(KNOWN, typed, 3)[0].term == first


@pytest.mark.parametrize("typed", ["", "@", "  ", "zinc", '"><script>'])
def test_what_is_like_nothing_finds_nothing(typed: str) -> None:
    assert like(KNOWN, typed, 3) == []


@given(st.text(max_size=20), st.integers(0, 5))
def test_whatever_is_typed_there_are_at_most_so_many(typed: str, limit: int) -> None:
    assert len(like(KNOWN, typed, limit)) <= limit
