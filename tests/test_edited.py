"""What an edit changes, in words."""

from __future__ import annotations

import pytest

from monitor.edited import reached, summary
from monitor.folder import LEDGERS
from monitor.watchlists import build
from tests import rules
from tests.conftest import ROOT

OLD = rules.MAGNETS
CONCEPTS = "concepts:\n  money:\n    terms: {en: [loan, grant], zh: [贷款]}\n  ree:\n    terms: {en: [REE]}\n"


def told(old: dict[str, str], new: dict[str, str]) -> str | None:
    return summary(build(old)[0], build(new)[0])


def of_magnets(new: str) -> str | None:
    return told({"magnets.yaml": OLD}, {"magnets.yaml": new})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("alert: 60", "alert: 65", "alert 60 -> 65"),
        ("[loan, billion, 贷款]", "[loan, grant, fund, bond]", "3 terms added, 2 taken out"),
        ("[loan, billion, 贷款]", "[loan]", "2 terms taken out"),
        ("[loan, billion, 贷款]", "[loan, billion, 贷款, {near: [a, b]}, [c, d]]", "4 terms added"),
        ("weight: 20", "weight: 25", "money 20 points -> 25 points"),
        ("    weight: 20\n", "", "money 20 points -> the usual points"),
        ("- name: money", "- name: funds", "1 group added (funds), 1 group taken out (money)"),
        ("title: Rare", "title: More rare", "title changed"),
        ("alert: 60", "alert: 60\ntiers: {4: -9}\nsend: {slack: ['#a']}", "tiers changed, send changed"),
        ("alert: 60", "alert: 60  # as agreed", "comments and layout only"),
        ("    weight: 20\n", "    weight: 20\n    in: [title]\n", "conditions changed"),
        ("any: [proposed, proposal]", "any: [proposed]", "1 term taken out, stages changed"),
    ],
)
def test_a_change_of_a_watchlist_is_told_in_its_own_words(old: str, new: str, said: str) -> None:
    assert old in OLD
    assert of_magnets(OLD.replace(old, new)) == f"magnets: {said}"


def test_several_changes_stand_in_one_line() -> None:
    new = OLD.replace("[loan, billion,", "[loan, grant,").replace("alert: 60", "alert: 65")
    assert of_magnets(new) == "magnets: 1 term added, 1 taken out, alert 60 -> 65"


def test_nothing_is_said_where_nothing_differs() -> None:
    assert of_magnets(OLD) is None


def test_a_watchlist_that_comes_or_goes_is_told_with_its_size() -> None:
    said = "2 groups, 11 terms, alert 60"
    assert told({}, {"magnets.yaml": OLD}) == f"magnets: new, {said}"
    assert told({"magnets.yaml": OLD}, {}) == f"magnets: taken out, {said}"


def test_concepts_are_told_by_name() -> None:
    new = CONCEPTS.replace("loan, grant", "loan, bond, fund").replace("ree:", "rare-earths:")
    assert told({"concepts.yaml": CONCEPTS}, {"concepts.yaml": new}) == (
        "concepts: rare-earths added\nconcepts: ree taken out\nconcepts: money: 2 terms added, 1 taken out"
    )
    about = CONCEPTS.replace("  ree:\n", "  ree:\n    about: Elements.\n")
    assert told({"concepts.yaml": CONCEPTS}, {"concepts.yaml": about}) == "concepts: ree: changed"


def test_entities_and_kinds_are_told_by_name_too() -> None:
    entity = "entities:\n  dfc: {name: DFC, kind: agency, terms: {en: [=DFC]}}\n"
    kind = "kinds:\n  recap: {any: [looking back]}\n"
    assert told({"entities.yaml": entity}, {"entities.yaml": entity.replace("=DFC", "=DFC, US DFC")}) == (
        "entities: dfc: 1 term added"
    )
    assert told({"kinds.yaml": kind}, {"kinds.yaml": kind.replace("looking back", "a look back")}) == (
        "kinds: recap: 1 term added, 1 taken out"
    )


def test_a_file_that_was_bad_is_not_compared() -> None:
    bad = OLD.replace("alert:", "alret:")
    assert told({"magnets.yaml": bad}, {"magnets.yaml": OLD}) == (
        "magnets: it cannot be read as it was, so nothing is compared"
    )


def test_a_watchlist_is_reached_by_its_own_file_and_by_every_meaning() -> None:
    cats = OLD.replace("watchlist: magnets", "watchlist: cats")
    old = {"magnets.yaml": OLD, "cats.yaml": cats, "concepts.yaml": CONCEPTS}
    before = build(old)[0]

    def after(file: str, text: str) -> list[str]:
        return reached(before, build(old | {file: text})[0])

    assert after("magnets.yaml", OLD.replace("alert: 60", "alert: 70")) == ["magnets"]
    assert after("magnets.yaml", OLD + "# a note\n") == []
    assert after("dogs.yaml", OLD.replace("watchlist: magnets", "watchlist: dogs")) == ["dogs"]
    assert after("concepts.yaml", CONCEPTS.replace("grant", "bond")) == ["cats", "magnets"]
    assert after("concepts.yaml", CONCEPTS + "# a note\n") == []


def test_ledgers_are_told_by_name() -> None:
    text = (ROOT / "watchlists" / LEDGERS).read_text("utf-8")
    old = {LEDGERS: text}
    assert "\n  deals:\n" in text
    titled = text.replace("\n    title: ", "\n    title: The ", 1)
    assert told(old, old | {LEDGERS: titled}) == "ledgers: deals: changed"
    assert told(old, old | {LEDGERS: f"{text}\n# as agreed\n"}) == "ledgers: comments and layout only"
