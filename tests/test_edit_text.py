"""Changes of a YAML text that touch only the lines they are about."""

from __future__ import annotations

import difflib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import Invalid
from monitor.yamledit import (
    Uneditable,
    add_entries,
    add_group,
    add_term,
    path,
    remove_term,
    set_value,
    written,
)
from monitor.yamlfile import plain

TEXT = """\
# About this file.
watchlist: x
title: 'It''s "x"'   # shown
must:
  - name: "the x"    # first
    any: [a, "b, c", # two
      d]             # tail
    weight: 40
  - any:
      - foo          # f
      # about bar
      - "bar"
less:
- {name: m, any: [q]}
about: >-
  folded
  text
# before alert
alert: 60            # z
tiers: {1: 8}
"""


def changed(old: str, new: str) -> list[str]:
    """The lines that went and came, with their sign."""
    told = difflib.ndiff(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return [line for line in told if line[0] in "+-"]


def test_a_number_is_set_where_it_stands() -> None:
    assert changed(TEXT, set_value(TEXT, ("alert",), 70)) == [
        "- alert: 60            # z\n",
        "+ alert: 70            # z\n",
    ]


@pytest.mark.parametrize(
    ("where", "value", "line"),
    [
        ("title", "It's y", "+ title: 'It''s y'   # shown\n"),
        ("must[0].name", 'the "y"', '+   - name: "the \\"y\\""    # first\n'),
        ("must[the x].weight", 5, "+     weight: 5\n"),
        ("less[m].name", "n, o", '+ - {name: "n, o", any: [q]}\n'),
        ("less[0].weight", 5, "+ - {name: m, any: [q], weight: 5}\n"),
        ("tiers.1", -3, "+ tiers: {1: -3}\n"),
        ("tiers.4", -3, "+ tiers: {1: 8, 4: -3}\n"),
        ("must[1].name", "no", "+     name: no\n"),
        ("must[1].any[0]", "2025", '+       - "2025"          # f\n'),
        ("about", "one: line", '+ about: "one: line"\n'),
        ("weights.body", 0.3, "+ weights: {body: 0.3}\n"),
        ("owner", "true", '+ owner: "true"\n'),
        ("snooze", "2026-03-01", '+ snooze: "2026-03-01"\n'),
        ("owner", "", '+ owner: ""\n'),
        ("owner", "two\nlines", '+ owner: "two\\nlines"\n'),
    ],
)
def test_a_value_is_quoted_as_it_was_or_has_to_be(where: str, value: str | float, line: str) -> None:
    new = set_value(TEXT, path(where), value)
    assert [one for one in changed(TEXT, new) if one[0] == "+"] == [line]


def test_a_new_key_comes_last_in_its_part() -> None:
    new = set_value(TEXT, ("must", 0, "at_least"), 2)
    assert changed(TEXT, new) == ["+     at_least: 2\n"]
    assert plain("x", new)["must"][0]["at_least"] == 2


@pytest.mark.parametrize(
    ("where", "term", "lines"),
    [
        (
            "must[0].any",
            "=EXIM",
            ["-       d]             # tail\n", '+       d, "=EXIM"]             # tail\n'],
        ),
        ("must[1].any", "baz: 1", ['+       - "baz: 1"\n']),
        ("less[0].any", "2025", ["- - {name: m, any: [q]}\n", '+ - {name: m, any: [q, "2025"]}\n']),
        ("must[1].not", "z", ["+     not: [z]\n"]),
        ("send.slack", "#x", ['+ send: {slack: ["#x"]}\n']),
        ("must[0].any", "a", []),
    ],
)
def test_a_term_is_put_at_the_end_of_its_list(where: str, term: str, lines: list[str]) -> None:
    assert changed(TEXT, add_term(TEXT, path(where), term)) == lines


def test_a_full_line_is_broken_as_the_files_break_it() -> None:
    text = f"any: [{'word ' * 19}a]\n"
    longer = add_term(text, ("any",), "another word")
    assert longer == f"any: [{'word ' * 19}a,\n  another word]\n"
    assert add_term(longer, ("any",), "third") == longer.replace("another word]", "another word, third]")


@pytest.mark.parametrize(
    ("where", "term", "lines"),
    [
        ("must[0].any", "a", ['-     any: [a, "b, c", # two\n', '+     any: ["b, c", # two\n']),
        ("must[0].any", "b, c", ['-     any: [a, "b, c", # two\n', "+     any: [a, # two\n"]),
        ("must[0].any", "d", ["-       d]             # tail\n", "+       ]             # tail\n"]),
        ("must[1].any", "foo", ["-       - foo          # f\n"]),
        ("must[1].any", "bar", ['-       - "bar"\n']),
        ("less[0].any", "q", ["- - {name: m, any: [q]}\n", "+ - {name: m, any: []}\n"]),
    ],
)
def test_a_term_goes_without_its_neighbours(where: str, term: str, lines: list[str]) -> None:
    assert changed(TEXT, remove_term(TEXT, path(where), term)) == lines


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: [\n  x,\n  y,\n  z\n]\n", "a: [\n  y,\n  z\n]\n"),
        ("a: [y,\n  x, z]\n", "a: [y,\n  z]\n"),
        ("a: [y,\n  x,\n  z]\n", "a: [y,\n  z]\n"),
        ("a: [x, # of x\n  z]\n", "a: [ # of x\n  z]\n"),
        ("a: [y,\n  x]\n", "a: [y]\n"),
        ("a: [\n  y, # of y\n  x, # of x\n]\n", "a: [\n  y, # of y\n]\n"),
        ("a: [\n  y, # of y\n  x,]\n", "a: [\n  y, # of y\n  ]\n"),
        ("a: [x, y, x]\n", "a: [y]\n"),
        ("a: [x,]\n", "a: []\n"),
        ("a:\n- x\n", "a:\n  []\n"),
        ("a:\n  - x # of x\nb: 1\n", "a:\n    [] # of x\nb: 1\n"),
        ("a:\n  - y\n  - x", "a:\n  - y"),
        ("a:\n  - x\n  - y", "a:\n  - y"),
    ],
)
def test_every_way_of_writing_a_list_gives_up_a_term(before: str, after: str) -> None:
    assert remove_term(before, ("a",), "x") == after


def test_a_group_is_put_into_its_section_as_the_section_is_written() -> None:
    new = add_group(TEXT, "must", "money", ["loan", "@amount"], weight=10, places=["title"])
    assert changed(TEXT, new) == [
        "+   - name: money\n",
        '+     any: [loan, "@amount"]\n',
        "+     in: [title]\n",
        "+     weight: 10\n",
    ]
    assert changed(TEXT, add_group(TEXT, "less", "n", ["o"])) == ["+ - name: n\n", "+   any: [o]\n"]
    flow = add_group("must: [{name: a, any: [b]}]\n", "must", "c", ["d"])
    assert flow == "must: [{name: a, any: [b]}, {name: c, any: [d]}]\n"


def test_a_section_that_is_not_there_is_made() -> None:
    new = add_group(TEXT, "not", "jewellery", ["wedding ring"])
    assert new == TEXT + "\nnot:\n  - name: jewellery\n    any: [wedding ring]\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: set_value(TEXT, ("must", 7, "weight"), 1), "there is no must[7]: the list has 2"),
        (lambda: set_value(TEXT, ("must",), 1), "must is a list or a group of keys, not a value"),
        (lambda: set_value(TEXT, ("alert", "x"), 1), "there is no alert.x in the file"),
        (lambda: add_term(TEXT, ("alert",), "x"), "alert is not a list"),
        (lambda: remove_term(TEXT, ("must", 0, "any"), "zz"), "'zz' is not in must[0].any"),
        (lambda: remove_term(TEXT, ("must", 0, "none"), "zz"), "'zz' is not in must[0].none"),
        (lambda: add_group(TEXT, "alert", "a", ["b"]), "alert is not a list"),
        (lambda: path("must[0"), "'must[0' is not a place in the file: write it like must[0].any or alert"),
    ],
)
def test_what_cannot_be_done_is_said(change: Callable[[], object], said: str) -> None:
    with pytest.raises(Uneditable) as caught:
        change()
    assert str(caught.value) == said


def test_a_line_that_would_become_part_of_what_stands_before_it_is_refused() -> None:
    with pytest.raises(Uneditable, match="cannot be made in place"):
        set_value("alert: 60\nabout: |\n  Ends without a break", ("digest",), 40)


def test_a_text_that_is_no_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(Invalid, match="2: the key 'a' appears twice"):
        set_value("a: 1\na: 2\n", ("a",), 3)


def test_a_place_reads_as_it_is_written() -> None:
    assert path("must[lender named].any[2]") == ("must", "lender named", "any", 2)
    assert path("concepts.rare-earths.terms.en") == ("concepts", "rare-earths", "terms", "en")
    assert written(("must", 0, "any")) == "must[0].any"


# ------------------------------------------------------------------ any text

WORDS = st.sampled_from(
    ["rare earth", "稀土", "=DFC", "approv*", "@rare-earths", "2025", "12:30", "yes", "null", "a: b", "it's",
     'say "x"', "#metals", "- x", "[x]", "{x}", "x # y", "đất hiếm", "&a", "!t", "%d", "back\\slash", "1e3",
     "approve~"]
)  # fmt: skip
COMMENTS = st.sampled_from(["", "  # a, [comment]: {with} signs", " # 注"])
BETWEEN = st.sampled_from(["", "\n", "# a line\n", "    # set in\n\n"])


@st.composite
def lists(draw: st.DrawFn, indent: str) -> str:
    """`any:` with terms in it, in one of the ways in which people write that."""
    terms = [
        f"'{word.replace(chr(39), chr(39) * 2)}'" if draw(st.booleans()) else _double(word)
        for word in draw(st.lists(WORDS, min_size=1, max_size=6, unique=True))
    ]
    match draw(st.sampled_from(["line", "lines", "one each", "block", "flat block"])):
        case "line":
            return f"any: [{', '.join(terms)}]{draw(COMMENTS)}\n"
        case "lines":
            breaks = [draw(st.sampled_from([", ", ",\n" + indent + "  "])) for _ in terms[1:]]
            inner = terms[0] + "".join(b + term for b, term in zip(breaks, terms[1:], strict=True))
            return f"any: [{inner}{draw(st.sampled_from(['', ',', ' ']))}]{draw(COMMENTS)}\n"
        case "one each":
            inner = "".join(f"{indent}  {term},{draw(COMMENTS)}\n" for term in terms)
            return f"any: [{draw(COMMENTS)}\n{inner}{indent}  ]\n"
        case "block":
            return "any:\n" + "".join(
                f"{indent}  - {term}{draw(COMMENTS)}\n{draw(BETWEEN)}" for term in terms
            )
        case _:
            return "any:\n" + "".join(f"{indent}- {term}{draw(COMMENTS)}\n" for term in terms)


def _double(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A watchlist in any layout, with any line endings, with or without a mark and a last break."""
    alert = f"{draw(BETWEEN)}alert:   {draw(st.integers(40, 100))}{draw(COMMENTS)}\n"
    groups = "".join(
        f"{draw(BETWEEN)}  - name: group {number}{draw(COMMENTS)}\n"
        f"    {draw(lists('    '))}    weight: {number}\n"
        for number in range(draw(st.integers(1, 3)))
    )
    parts = ["title: T\n", f"must:\n{groups}", alert, "about: |\n  One.\n\n  Two.\n"]
    text = draw(BETWEEN) + "watchlist: w\n" + "".join(draw(st.permutations(parts)))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    if draw(st.booleans()) and not text.rstrip().endswith("Two."):
        text = text.rstrip("\r\n")
    return draw(st.sampled_from(["", "\ufeff"])) + text


@settings(deadline=None, max_examples=60)
@given(texts(), st.integers(40, 100))
def test_setting_a_value_changes_one_line_of_any_text(text: str, value: int) -> None:
    new = set_value(text, ("alert",), value)
    old_lines, new_lines = text.splitlines(keepends=True), new.splitlines(keepends=True)
    pairs = zip(old_lines, new_lines, strict=True)
    different = [(old, now) for old, now in pairs if old != now]
    assert all("alert:" in old and str(value) in now for old, now in different)
    assert len(different) <= 1
    assert plain("w", new.removeprefix("\ufeff"))["alert"] == value


@settings(deadline=None, max_examples=60)
@given(texts(), st.sampled_from(["new", "=NEW", "no: no", "新"]))
def test_adding_and_removing_a_term_gives_any_text_back(text: str, term: str) -> None:
    where = ("must", 0, "any")
    new = add_term(text, where, term)
    assert plain("w", new.removeprefix("\ufeff"))["must"][0]["any"][-1] == term
    assert len(changed(text, new)) <= 3
    assert remove_term(new, where, term) == text


@settings(deadline=None, max_examples=60)
@given(texts(), st.data())
def test_removing_a_term_leaves_every_other_line_of_any_text(text: str, data: st.DataObject) -> None:
    where = ("must", 0, "any")
    terms = plain("w", text.removeprefix("\ufeff"))["must"][0]["any"]
    gone = data.draw(st.sampled_from(terms))
    new = remove_term(text, where, gone)
    assert plain("w", new.removeprefix("\ufeff"))["must"][0]["any"] == [t for t in terms if t != gone]
    assert len(changed(text, new)) <= 4
    comments = [line.split("#", 1)[1] for line in text.splitlines() if line.strip().startswith("#")]
    assert all(comment in new for comment in comments)


@settings(deadline=None, max_examples=60)
@given(texts(), st.lists(WORDS, min_size=1, max_size=3))
def test_adding_a_group_only_adds_lines_to_any_text(text: str, terms: list[str]) -> None:
    new = add_group(text, "not", "other", terms)
    added = [line for line in changed(text, new) if line[0] == "+"]
    assert len(added) <= 5
    assert plain("w", new.removeprefix("\ufeff"))["not"] == [{"name": "other", "any": terms}]


# ------------------------------------------------------------------ entries of a list

ONE = "sources:\n- id: a  # first\n  url: https://a.example/\n"
NEW: dict[str, str | int] = {"id": "b", "name": "B: all", "tier": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(ONE, ONE + '- id: b\n  name: "B: all"\n  tier: 1\n', id="as the others"),
        pytest.param(
            ONE.replace("\n", "\r\n"),
            (ONE + '- id: b\n  name: "B: all"\n  tier: 1\n').replace("\n", "\r\n"),
            id="line ends of Windows",
        ),
        pytest.param(ONE.rstrip(), ONE + '- id: b\n  name: "B: all"\n  tier: 1', id="no line end at the end"),
    ],
)
def test_an_entry_goes_to_the_end_of_a_list(before: str, after: str) -> None:
    assert add_entries(before, "sources", [NEW]) == after


@pytest.mark.parametrize("text", ["sources: []\n", "sources: [{id: a}]\n", "other: 1\n"])
def test_an_entry_is_not_put_where_the_list_has_no_lines_of_its_own(text: str) -> None:
    with pytest.raises(Uneditable, match="no list with an entry of its own lines"):
        add_entries(text, "sources", [NEW])
