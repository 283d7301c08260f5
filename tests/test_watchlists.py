"""The files in `watchlists/`: what they become, what is said of bad ones, what stays in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from monitor.errors import Invalid, Problem
from monitor.folder import read_directory
from monitor.rule import (
    PROSE,
    WEIGHTS,
    AnyOf,
    Condition,
    Phrase,
    Send,
    Unless,
    Watchlist,
    Words,
    walk,
)
from monitor.vocabulary import MAX_MACROS
from monitor.watchlists import DEFAULT_TIERS, Rulebook, build, in_force

CONCEPTS = """\
concepts:
  rare-earths:
    terms:
      en: [rare earth, =REE]
      zh: [稀土]
    also: ["@ndpr"]
    unless: [rare earth hypothesis]
  ndpr:
    terms: {en: ["=NdPr", "neodym*"]}
"""
ENTITIES = """\
entities:
  mp:
    name: MP Materials
    kind: company
    country: US
    tickers: ["NYSE:MP"]
    roles: [magnet]
    terms: {en: [MP Materials]}
  vac:
    name: Vacuumschmelze
    kind: company
    roles: [magnet]
    terms: {en: [Vacuumschmelze, =VAC]}
    unless: [VAC Bank]
  exim:
    name: Export-Import Bank
    kind: agency
    terms: {en: [=EXIM]}
"""
MAGNETS = """\
watchlist: magnets
title: Magnets
must:
  - name: material
    any: ["@rare-earths", magnet]
any:
  - name: maker
    any: ["@role/magnet"]
    in: [title]
    weight: 25
"""
LOANS = """\
watchlist: loans
title: Loans
must:
  - name: lender
    any: ["@kind/agency"]
stages:
  - {id: proposed, any: [proposes]}
  - {id: approved, any: ["approv*"]}
"""
FILES = {"concepts.yaml": CONCEPTS, "entities.yaml": ENTITIES, "magnets.yaml": MAGNETS, "loans.yaml": LOANS}


def built(**changes: str) -> Rulebook:
    rulebook, found = build(with_changes(**changes))
    assert found == ()
    return rulebook


def with_changes(**changes: str) -> dict[str, str]:
    return FILES | {f"{name}.yaml": text for name, text in changes.items()}


def problems(files: Mapping[str, str | Invalid]) -> tuple[Problem, ...]:
    return build(files)[1]


def watchlist(rulebook: Rulebook, name: str) -> Watchlist:
    return next(w for w in rulebook.watchlists if w.id == name)


def phrases(condition: Condition) -> set[str]:
    """Everything that is looked for anywhere in a condition, as a file has it."""
    return {one.written for part in walk(condition) if isinstance(part, Words) for one in part.lookups}


# ------------------------------------------------------------------ a valid set


def test_names_are_compiled_once_for_all_edits_of_watchlists() -> None:
    one, other = built(), built(loans=FILES["loans.yaml"] + "# a remark\n")
    assert one.vocabulary.macro("exim") is other.vocabulary.macro("exim")


def test_a_valid_set_builds_every_watchlist() -> None:
    rulebook = built()
    assert [w.id for w in rulebook.watchlists] == ["magnets", "loans"]
    assert dict(rulebook.texts) == FILES


def test_a_watchlist_has_the_documented_defaults() -> None:
    made = watchlist(built(), "loans")
    assert (made.alert, made.digest, made.weights) == (60, 35, WEIGHTS)
    assert made.tiers == DEFAULT_TIERS
    assert made.send == Send()
    assert (made.must[0].weight, made.must[0].shared) == (30, True)
    (words,) = (part for part in walk(made.must[0].condition) if isinstance(part, Words))
    assert words.fields == set(PROSE)


def test_what_is_written_replaces_the_defaults() -> None:
    text = LOANS + "alert: 50\ndigest: 20\nweights: {body: 1}\ntiers: {1: 12}\nsend: {slack: ['#loans']}\n"
    made = watchlist(built(loans=text), "loans")
    assert (made.alert, made.digest, made.weights) == (50, 20, {**WEIGHTS, "body": 1.0})
    assert made.tiers == DEFAULT_TIERS | {1: 12}
    assert made.send == Send(slack=("#loans",))


@pytest.mark.parametrize(("key", "weight"), [("must", 30), ("any", 10), ("less", 30), ("not", 0)])
def test_each_kind_of_group_has_its_own_weight(key: str, weight: int) -> None:
    start = "watchlist: loans\ntitle: L\nmust: [{name: m, any: [x]}]\n"
    text = f"{start}{key}: [{{name: g, any: [y]}}]\n" if key != "must" else start
    assert watchlist(built(loans=text), "loans").groups[-1].weight == weight


def test_a_macro_brings_its_terms_with_the_way_they_came() -> None:
    group = watchlist(built(), "magnets").must[0].condition
    assert isinstance(group, AnyOf)
    plain, macro = group.of
    assert isinstance(plain, Words)
    assert plain.lookups == {Phrase("magnet")}
    assert isinstance(macro, Unless)
    assert phrases(macro.absent) == {"rare earth hypothesis"}
    assert isinstance(macro.part, AnyOf)
    assert macro.part.name == "rare-earths"
    own, also = macro.part.of
    assert phrases(own) == {"rare earth", "=REE", "稀土"}
    assert isinstance(also, AnyOf)
    assert (also.name, phrases(also)) == ("ndpr", {"=NdPr", "neodym*"})


def test_a_role_and_a_kind_take_in_their_entities() -> None:
    rulebook = built()
    makers = watchlist(rulebook, "magnets").any[0].condition
    (guarded,) = (part for part in walk(makers) if isinstance(part, Unless))
    assert phrases(makers) == {"MP Materials", "Vacuumschmelze", "=VAC", "VAC Bank"}
    assert (phrases(guarded.part), phrases(guarded.absent)) == ({"Vacuumschmelze", "=VAC"}, {"VAC Bank"})
    assert phrases(watchlist(rulebook, "loans").must[0].condition) == {"=EXIM"}


def test_entities_are_kept_for_naming_them() -> None:
    entity = built().entities["mp"]
    assert (entity.name, entity.kind, entity.country) == ("MP Materials", "company", "US")
    assert entity.tickers == ("NYSE:MP",)


def test_stages_are_numbered_in_the_order_in_which_they_stand() -> None:
    stages = watchlist(built(), "loans").stages
    assert [(s.id, s.number) for s in stages] == [("proposed", 0), ("approved", 1)]


def test_a_macro_that_is_used_twice_is_one_object() -> None:
    twice = MAGNETS.replace('["@rare-earths", magnet]', '["@ndpr", "@rare-earths"]')
    condition = watchlist(built(magnets=twice), "magnets").must[0].condition
    assert [part.name for part in walk(condition) if isinstance(part, AnyOf)].count("ndpr") == 1


def test_macros_that_double_at_every_step_stay_small() -> None:
    """Forty doublings would be a million million terms."""
    doubling = "".join(f"  c{n}:\n    also: ['@c{n + 1}', '@c{n + 1}']\n" for n in range(40))
    text = CONCEPTS + doubling + "  c40:\n    terms: {en: [x]}\n"
    used = MAGNETS.replace("magnet]", '"@c0"]')
    condition = watchlist(built(concepts=text, magnets=used), "magnets").must[0].condition
    assert "x" in phrases(condition)
    assert len(list(walk(condition))) < 100


@pytest.mark.parametrize("word", ["NO", "on", '"1e3"', '"2026"'])
def test_words_that_look_like_something_else_are_terms(word: str) -> None:
    made = watchlist(built(magnets=MAGNETS.replace("magnet]", f"{word}]")), "magnets")
    assert word.strip('"') in phrases(made.must[0].condition)


# ------------------------------------------------------------------ bad files


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        pytest.param(MAGNETS + "\tdigest: 3\n", 11, "tab", "spaces", id="tab"),
        pytest.param(MAGNETS + "title: B\n", 11, "'title' appears twice", "keep one", id="key twice"),
        pytest.param(MAGNETS + "alret: 50\n", 11, "unknown key 'alret'", "'alert'", id="key misspelt"),
        pytest.param(MAGNETS + "alert: 101\n", 11, "alert: ", "'101'", id="threshold too high"),
        pytest.param(MAGNETS + "digest: -1\n", 11, "digest: ", "'-1'", id="threshold below zero"),
        pytest.param(MAGNETS + "alert: 59.5\n", 11, "valid integer", "'59.5'", id="threshold with a point"),
        pytest.param(MAGNETS + "weights: {body: 1.5}\n", 11, "body: ", "'1.5'", id="share above one"),
        pytest.param(MAGNETS + "tiers: {5: 3}\n", 11, "tiers: ", "'5'", id="no such tier"),
        pytest.param(
            MAGNETS + "alert: 30\ndigest: 40\n", 12, "above the alert", "lower", id="digest above alert"
        ),
        pytest.param(
            MAGNETS + "send:\n  slack: [signals]\n", 12, "not a Slack channel", "", id="Slack channel"
        ),
        pytest.param(
            MAGNETS + "send:\n  email: [desk]\n", 12, "not an e-mail address", "", id="e-mail address"
        ),
        pytest.param(MAGNETS.replace("magnet]", "1e3]"), 5, "is not text", "quotes", id="1e3 as a term"),
        pytest.param(MAGNETS.replace("magnet]", "2026]"), 5, "'2026' is not text", "quotes", id="a year"),
        pytest.param(MAGNETS.replace("magnet]", '"*"]'), 5, "no letters", "write words", id="only a star"),
        pytest.param(
            MAGNETS.replace("magnet]", '"=a*b"]'), 5, "stars that cannot stand there", "without =", id="star"
        ),
        pytest.param(
            MAGNETS.replace("in: [title]", "in: [titel]"), 9, "'source' or 'text'", "'titel'", id="field"
        ),
        pytest.param(
            MAGNETS.replace("@rare-earths", "@rare-earth"), 5, "'@rare-earth'", "'@rare-earths'", id="macro"
        ),
        pytest.param(
            MAGNETS.replace("@rare-earths", "@zzz"), 5, "'@zzz'", "concepts.yaml", id="macro like no other"
        ),
        pytest.param(
            MAGNETS.replace("watchlist: m", "watchlist: n"), 1, "the id is not", "nagnets.yaml", id="id"
        ),
        pytest.param(
            MAGNETS.replace("watchlist: m", "watchlist: M"), 1, "pattern", "'Magnets'", id="capital in id"
        ),
        pytest.param("watchlist: magnets\ntitle: M\nmust: []\n", 3, "must: ", "'[]'", id="no must"),
        pytest.param(
            "watchlist: magnets\ntitle: Magn", 1, "'must' is missing", "add 'must:'", id="half-written"
        ),
        pytest.param(MAGNETS[:70], 5, "not valid YAML", "quotes", id="half-written term"),
        pytest.param("", 1, "is empty", "shipped files", id="empty"),
        pytest.param(MAGNETS + "about: &a x\n", 11, "anchors", "both places", id="anchor"),
        pytest.param(
            MAGNETS + f"about: {'[' * 5000}\n", 11, "nested too deeply", "flatten", id="deep nesting"
        ),
        pytest.param(
            MAGNETS + "about: !!python/object/apply:os.system [id]\n", 11, "not text", "", id="object"
        ),
    ],
)
def test_a_bad_watchlist_is_told_with_file_line_and_remedy(
    text: str, line: int, message: str, remedy: str
) -> None:
    rulebook, (problem,) = build(with_changes(magnets=text))
    assert (problem.file, problem.line) == ("magnets.yaml", line)
    assert message in problem.message
    assert remedy in problem.remedy
    assert [w.id for w in rulebook.watchlists] == ["loans"]


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        pytest.param(
            "concepts", CONCEPTS + '    also: ["@rare-earths"]\n', 2, "leads back", id="cyclic macro"
        ),
        pytest.param("concepts", CONCEPTS + '    unless: ["@ndpr"]\n', 2, "leads back", id="macro of itself"),
        pytest.param("concepts", CONCEPTS.replace("en: [", "english: ["), 4, "pattern", id="language"),
        pytest.param("concepts", "concepts: []\n", 1, "concepts: ", id="a list for a mapping"),
        pytest.param("entities", ENTITIES.replace("agency", "agnecy"), 17, "kind: ", id="kind of entity"),
        pytest.param("entities", ENTITIES.replace("country: US", "country: USA"), 5, "country", id="country"),
        pytest.param("entities", ENTITIES.replace("  vac:", "  ndpr:"), 9, "concept too", id="name taken"),
        pytest.param("entities", ENTITIES.replace("VAC Bank", "'@vacbank'"), 9, "'@vacbank'", id="macro"),
    ],
)
def test_a_fault_in_the_vocabulary_is_told_where_it_stands(
    name: str, text: str, line: int, message: str
) -> None:
    found = [p for p in problems(with_changes(**{name: text})) if p.file == f"{name}.yaml"]
    assert (found[0].line, message in found[0].message) == (line, True), found


def test_a_chain_of_macros_without_end_is_told() -> None:
    chain = "".join(f"  c{n}:\n    also: ['@c{n + 1}']\n" for n in range(600))
    found = problems(with_changes(concepts=CONCEPTS + chain + "  c600: {terms: {en: [x]}}\n"))
    assert f"at the end of {MAX_MACROS + 1} macros" in found[0].message
    assert found[0].remedy == "flatten them"


def test_all_problems_of_all_files_are_told_at_once() -> None:
    bad = with_changes(magnets=MAGNETS + "alret: 1\nalert: 101\n", loans="", concepts=CONCEPTS + "x: 1\n")
    assert [(p.file, p.line) for p in problems(bad)] == [
        ("concepts.yaml", 10),
        ("loans.yaml", 1),
        ("magnets.yaml", 11),
        ("magnets.yaml", 12),
    ]


def test_two_files_with_one_watchlist_are_told() -> None:
    found = problems(FILES | {"more.yaml": MAGNETS})
    assert found[0].file == "more.yaml"


# ------------------------------------------------------------------ the directory


def test_a_directory_gives_each_file_or_why_it_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "magnets.yaml").write_bytes(b"\xef\xbb\xbf" + MAGNETS.encode())
    (tmp_path / "latin.yaml").write_bytes(b"watchlist: latin\ntitle: caf\xe9\n")
    (tmp_path / "huge.yaml").write_bytes(b"# " + b"x" * 5_000_000)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "sources.yaml").write_text("sources: []\n")
    (tmp_path / ".magnets.yaml").write_text("half")
    (tmp_path / "notes.txt").write_text("not ours")
    found = read_directory(tmp_path)
    assert set(found) == {"magnets.yaml", "latin.yaml", "huge.yaml", "folder.yaml"}
    assert found["magnets.yaml"] == MAGNETS
    told = [(p.file, p.line) for t in found.values() if isinstance(t, Invalid) for p in t.problems]
    assert told == [("folder.yaml", 0), ("huge.yaml", 0), ("latin.yaml", 2)]


def test_a_file_that_cannot_be_read_is_a_problem_and_the_others_stay() -> None:
    unreadable = Invalid((Problem("magnets.yaml", 0, "cannot be read"),))
    rulebook, found = build({**FILES, "magnets.yaml": unreadable})
    assert found == unreadable.problems
    assert [w.id for w in rulebook.watchlists] == ["loans"]
    assert "magnets.yaml" not in rulebook.texts


# ------------------------------------------------------------------ what is in force


def test_without_problems_the_files_are_in_force_as_they_are() -> None:
    rulebook, found = in_force(FILES, {"old.yaml": MAGNETS})
    assert (found, dict(rulebook.texts)) == ((), FILES)


def test_a_bad_file_keeps_its_last_good_text_and_the_others_stay_current() -> None:
    now = with_changes(magnets=MAGNETS + "alret: 1\n", loans=LOANS + "alert: 90\n")
    rulebook, found = in_force(now, FILES)
    assert [p.file for p in found] == ["magnets.yaml"]
    assert watchlist(rulebook, "magnets").alert == 60
    assert watchlist(rulebook, "loans").alert == 90
    assert dict(rulebook.texts) == now | {"magnets.yaml": MAGNETS}


def test_a_new_file_that_is_bad_leaves_the_others_as_they_are() -> None:
    rulebook, found = in_force(FILES | {"more.yaml": "half"}, FILES)
    assert [p.file for p in found] == ["more.yaml"]
    assert dict(rulebook.texts) == FILES


def test_a_deleted_watchlist_is_gone() -> None:
    now = {name: text for name, text in FILES.items() if name != "loans.yaml"}
    rulebook, found = in_force(now, FILES)
    assert (found, [w.id for w in rulebook.watchlists]) == ((), ["magnets"])


def test_a_deleted_concept_file_that_others_need_falls_back_together() -> None:
    now = {name: text for name, text in FILES.items() if name != "concepts.yaml"}
    rulebook, found = in_force(now | {"loans.yaml": LOANS + "alert: 90\n"}, FILES)
    assert [(p.file, p.line) for p in found] == [("magnets.yaml", 5)]
    assert dict(rulebook.texts) == FILES
    assert {w.id for w in rulebook.watchlists} == {"magnets", "loans"}


def test_a_bad_concept_file_keeps_its_last_good_text_for_all_that_need_it() -> None:
    rulebook, found = in_force(with_changes(concepts="concepts:\n"), FILES)
    assert {p.file for p in found} == {"concepts.yaml", "magnets.yaml"}
    assert dict(rulebook.texts) == FILES


def test_at_the_first_start_what_is_good_is_in_force_and_the_rest_is_told() -> None:
    rulebook, found = in_force(with_changes(magnets="half"), {})
    assert [p.file for p in found] == ["magnets.yaml"]
    assert [w.id for w in rulebook.watchlists] == ["loans"]
    assert "magnets.yaml" not in rulebook.texts


def test_what_is_in_force_is_always_without_problems() -> None:
    """What falls back is checked as a whole: no half of a rulebook ever comes to be used."""
    for name in FILES:
        for text in ("", "half", "watchlist: other\n"):
            rulebook, found = in_force(FILES | {name: text}, FILES)
            assert found
            assert problems(rulebook.texts) == ()
            assert len(rulebook.watchlists) == 2
