"""Names for meanings: what they take in, what guards them, and where their words are looked for."""

from __future__ import annotations

import pytest

from monitor.conditions import UNKNOWN, Evidence
from monitor.match import Matcher
from monitor.model import Content, Hit
from monitor.rule import PROSE, Figure, Group, Watchlist, Words, walk
from monitor.terms import Unresolved
from monitor.vocabulary import MAX_MACROS, Compiler, Vocabulary
from monitor.written import ConceptFile, ConditionFile, EntityFile, KindFile
from tests.language import condition, met


def vocabulary(**concepts: ConceptFile | EntityFile | KindFile) -> Vocabulary:
    made = Vocabulary()
    for name, written in concepts.items():
        made.add(name, written)
    return made


def concept(*terms: str, also: tuple[str, ...] = ()) -> ConceptFile:
    return ConceptFile(terms={"en": list(terms)}, also=list(also))


def hits(written: str, title: str) -> list[Hit]:
    asked = condition(written)
    found = Matcher([Watchlist("w", "W", must=(Group("g", asked, 1),))]).find(Content(title))
    return list(Evidence(found, UNKNOWN).hits(asked) or ())


# ------------------------------------------------------------------ what people call it


@pytest.mark.parametrize(
    ("name", "terms", "says"),
    [
        pytest.param("us-lender", (), "US lender", id="a state, as it is written"),
        pytest.param("announcement-number", (), "announcement", id="without what only orders the file"),
        ("rare-earths", ("rare-earths", "rare earth"), "rare earths"),
        ("ndpr", ("=PrNd", "=NdPr"), "NdPr"),
        ("united-states", ("=US", "United States"), "United States"),
        ("impose-verb", ("impose~",), "impose"),
        ("step-in-force", (), "in force"),
        ("money-words", (), "money"),
        ("verbena", (), "verbena"),
    ],
)
def test_a_concept_is_called_what_its_terms_spell(name: str, terms: tuple[str, ...], says: str) -> None:
    assert vocabulary(**{name: concept(*terms)}).concepts[name].says == says


# ------------------------------------------------------------------ what a name stands for


@pytest.mark.parametrize(
    ("written", "title", "words"),
    [
        pytest.param('{any: ["@rare-earths"]}', "REE and 稀土", ["REE", "稀土"], id="every spelling"),
        pytest.param('{any: ["@rare-earths"]}', "钕价上涨", ["钕"], id="what it takes in"),
        pytest.param('{any: ["@dfc"]}', "The DFC signs", ["DFC"], id="entity"),
        pytest.param('{any: ["@role/magnet"]}', "MP Materials", ["MP Materials"], id="role"),
        pytest.param('{any: ["@role/mine"]}', "MP Materials, DFC", ["MP Materials"], id="role of one"),
        pytest.param('{any: ["@kind/agency"]}', "MP Materials, DFC", ["DFC"], id="kind of entity"),
        pytest.param(
            '{any: ["@approval"]}', "gives a green light", ["green", "light"], id="a condition in it"
        ),
        pytest.param('{any: ["@approval"]}', "a light green", None, id="a condition in it that fails"),
        pytest.param('{any: ["@approval"]}', "获批准", ["批准"], id="Chinese"),
        pytest.param('{any: ["@text/opinion"]}', "Opinion: why", ["Opinion"], id="kind of text"),
        pytest.param('{any: ["@text/opinion"]}', "I do believe", ["I", "believe"], id="kind of text, nested"),
        pytest.param('{any: ["@text/market-report"]}', "CAGR of a loan", None, id="kind of text, guarded"),
        pytest.param(
            '{near: ["@dfc", "@approval"], within: 2}',
            "DFC has approved",
            ["DFC", "approved"],
            id="near names",
        ),
        pytest.param('{all: ["@rare-earths", "@dfc"]}', "DFC and REE", ["DFC", "REE"], id="all names"),
    ],
)
def test_a_name_finds_what_it_stands_for(written: str, title: str, words: list[str] | None) -> None:
    assert met(written, title) == words


def test_a_hit_tells_the_way_from_the_rule_to_the_term() -> None:
    (hit,) = hits('{any: ["@rare-earths"]}', "neodymium")
    assert (hit.term, hit.via) == ("neodymium", ("rare-earths", "ndpr"))
    (hit,) = hits('{any: ["@role/lender"]}', "DFC")
    assert (hit.term, hit.via) == ("=DFC", ("role/lender", "dfc"))


# ------------------------------------------------------------------ what guards it


@pytest.mark.parametrize(
    ("written", "title", "summary", "words"),
    [
        pytest.param('{any: ["@dfc"]}', "DFC opens", "the freight corridor", None, id="unless, anywhere"),
        pytest.param(
            '{any: ["@dfc"], in: [title]}', "DFC opens", "the freight corridor", None, id="though asked"
        ),
        pytest.param(
            '{any: ["@role/lender"]}', "DFC: freight corridor", "", None, id="unless through a role"
        ),
        pytest.param('{any: ["@mp"]}', "MP in parliament", "", None, id="not_near, near"),
        pytest.param('{any: ["@mp"]}', "MP", "a parliament", ["MP"], id="not_near, elsewhere"),
        pytest.param('{any: ["@mp"]}', "MP x x x x x parliament", "", ["MP"], id="not_near, own distance"),
        pytest.param('{any: ["@vac"]}', "VAC expands", "a magnet maker", ["VAC"], id="beside, there"),
        pytest.param('{any: ["@vac"]}', "VAC expands", "", None, id="beside, lacking"),
        pytest.param('{any: ["@vac"]}', "VAC expands", "钕", ["VAC"], id="beside a name"),
        pytest.param('{any: ["@vac"], in: [title]}', "VAC expands", "REE", ["VAC"], id="beside, elsewhere"),
        pytest.param('{any: ["@vac", "@dfc"]}', "VAC and DFC", "", ["DFC"], id="each has its own guard"),
    ],
)
def test_a_meaning_is_told_from_its_namesakes(
    written: str, title: str, summary: str, words: list[str] | None
) -> None:
    assert met(written, title, summary) == words


# ------------------------------------------------------------------ where it looks


def test_every_word_of_a_compiled_rule_is_told_where_to_look() -> None:
    asked = condition('{any: ["@vac", "@approval", {amount: at least USD 5m}], not: [x], not_near: [y]}')
    parts = list(walk(asked))
    assert {part.fields for part in parts if isinstance(part, Words | Figure)} == {frozenset(PROSE)}


def test_what_is_inside_looks_where_it_and_what_is_around_it_say() -> None:
    asked = condition("{any: [a1, {any: [b1], in: [title, link]}, {any: [c1], in: [link]}], in: [title]}")
    found = {
        one.written: part.fields for part in walk(asked) if isinstance(part, Words) for one in part.lookups
    }
    assert found == {"a1": {"title"}, "b1": {"title"}, "c1": set()}


def test_a_name_in_two_rules_is_one_object_in_each_place() -> None:
    made = vocabulary(a=concept("x"))
    one, other = made.placed(made.macro("a")), made.placed(made.macro("a"))
    assert one is other
    assert made.placed(made.macro("a"), frozenset({"title"})) is not one


# ------------------------------------------------------------------ mistakes


def test_names_that_lead_in_a_circle_are_told_with_the_way() -> None:
    made = vocabulary(a=concept(also=("@b",)), b=concept(also=("@c",)), c=concept(also=("@a",)))
    with pytest.raises(Unresolved, match=r"'@a' leads back to itself: a > b > c > a"):
        made.macro("a")


@pytest.mark.parametrize("guard", ["unless", "not_near", "beside"])
def test_a_circle_through_a_guard_is_told(guard: str) -> None:
    made = vocabulary(a=ConceptFile.model_validate({"terms": {"en": ["x"]}, guard: ["@a"]}))
    with pytest.raises(Unresolved, match="leads back"):
        made.macro("a")


def test_a_chain_too_long_is_told_and_one_that_fits_is_not() -> None:
    def chain(length: int) -> Vocabulary:
        return vocabulary(
            **{f"c{n}": concept(also=(f"@c{n + 1}",)) for n in range(length)}, **{f"c{length}": concept("x")}
        )

    assert chain(MAX_MACROS).macro("c0")
    with pytest.raises(Unresolved, match="flatten"):
        chain(MAX_MACROS + 1).macro("c0")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("rare-earth", "'@rare-earths'"), ("zzz", "concepts.yaml"), ("text/opinon", "'@text/opinion'")],
)
def test_a_name_that_nothing_has_is_told_with_the_nearest(name: str, remedy: str) -> None:
    made = vocabulary(opinion=KindFile(any=["x"]))
    made.add("rare-earths", concept("x"))
    with pytest.raises(Unresolved) as caught:
        made.macro(name)
    assert remedy in caught.value.remedy


def test_what_cannot_be_compiled_is_noted_with_its_path_and_holds_nowhere() -> None:
    noted: list[tuple[tuple[int | str, ...], str]] = []
    compiler = Compiler(Vocabulary(), lambda path, error: noted.append((path, error.message)))
    written = ConditionFile.model_validate({"any": ["*", {"all": ["x", "@y"]}], "amount": "much"})
    made = compiler.condition(written, ("must", 0))
    assert [path for path, _ in noted] == [
        ("must", 0, "any", 0),
        ("must", 0, "any", 1, "all", 1),
        ("must", 0, "amount"),
    ]
    found = Matcher([Watchlist("w", "W", must=(Group("g", made, 1),))]).find(Content("x y much"))
    assert Evidence(found).hits(made) is None
