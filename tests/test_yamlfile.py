"""A YAML file somebody edits: what is read, and what is said with line and remedy."""

from __future__ import annotations

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field

from monitor.errors import Invalid, Problem
from monitor.yamlfile import MAX_BYTES, Strict, check, decode, read


def _lower(text: str) -> str:
    if text != text.lower():
        raise ValueError(f"'{text}' has capitals: write it small")
    return text


class Part(Strict):
    """An entry of a list in the file that the tests read."""

    id: Annotated[str, AfterValidator(_lower)]
    words: list[str] = Field(default_factory=list)


class Small(Strict):
    """A file that the tests read."""

    name: str
    count: Annotated[int, Field(ge=0, le=100)] = 0
    parts: list[Part] = Field(default_factory=list)
    tags: dict[str, list[str]] = Field(default_factory=dict)
    with_: Annotated[str, Field(alias="with")] = ""


GOOD = """\
name: Magnets
count: 7
parts:
  - id: first
    words: [rare earth, 稀土]
"""


def told(text: str) -> tuple[Problem, ...] | None:
    """What is said about a text; None where it is read."""
    try:
        read("small.yaml", text, Small)
    except Invalid as error:
        return error.problems
    return None


def problems(text: str) -> tuple[Problem, ...]:
    found = told(text)
    assert found
    return found


def the_problem(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


# ------------------------------------------------------------------ what is read


def test_a_valid_file_is_read_with_its_defaults() -> None:
    value = read("small.yaml", GOOD, Small).value
    assert (value.name, value.count, value.with_, value.tags) == ("Magnets", 7, "", {})
    assert value.parts == [Part(id="first", words=["rare earth", "稀土"])]


@pytest.mark.parametrize("word", ["NO", "no", "on", "off", "yes", "12:30", "1_0:20", "EXIM", "ON"])
def test_words_that_older_yaml_takes_for_something_else_stay_text(word: str) -> None:
    assert read("small.yaml", f"name: {word}\n", Small).value.name == word


@pytest.mark.parametrize("style", ["'{}'", '"{}"', "|-\n  {}", ">-\n  {}"], ids=["'", '"', "|", ">"])
def test_quoted_and_block_text_is_plain_text(style: str) -> None:
    name = read("small.yaml", f"name: {style.format('1e3')}\n", Small).value.name
    assert (name, type(name)) == ("1e3", str)


def test_an_alias_of_a_key_is_what_the_file_says() -> None:
    assert read("small.yaml", GOOD + "with: care\n", Small).value.with_ == "care"


def test_windows_line_ends_are_read() -> None:
    assert read("small.yaml", GOOD.replace("\n", "\r\n"), Small).value.count == 7


def test_a_python_tag_makes_no_object() -> None:
    """A tag is ignored or refused; what it names is never made."""
    value = read("small.yaml", "!!python/object:os.stat_result\n" + GOOD, Small).value
    assert type(value) is Small


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        pytest.param(GOOD + "tags:\n\ta: [b]\n", 7, "a tab is used to indent", "spaces", id="tab"),
        pytest.param(GOOD + "count: 8\n", 6, "'count' appears twice", "keep one", id="key twice"),
        pytest.param(GOOD + "cuont: 8\n", 6, "unknown key 'cuont'", "'count'", id="key misspelt"),
        pytest.param(GOOD + "    wrods: []\n", 6, "unknown key 'wrods'", "'words'", id="inner key misspelt"),
        pytest.param(GOOD + "zzz: 8\n", 6, "unknown key 'zzz'", "take it out", id="key like no other"),
        pytest.param(GOOD + "12: x\n", 6, "'12' is not a key", "take it out", id="a number for a key"),
        pytest.param("count: 7\n", 1, "'name' is missing", "add 'name:'", id="key missing"),
        pytest.param(GOOD + "  - words: [a]\n", 6, "'id' is missing", "add 'id:'", id="inner key missing"),
        pytest.param("name: 1e3\n", 1, "is not text", "quotes", id="a word that is a number"),
        pytest.param("name: 2026-03-02\n", 1, "is not text", "quotes", id="a word that is a date"),
        pytest.param("name: true\n", 1, "is not text", "quotes", id="a word that is a truth"),
        pytest.param("name:\n", 1, "is not text", "quotes", id="nothing for a word"),
        pytest.param("name: a\ncount: 101\n", 2, "count: ", "'101'", id="out of range"),
        pytest.param("name: a\ncount: '7'\n", 2, "valid integer", "'7'", id="text for a number"),
        pytest.param(GOOD + "  - id: Second\n", 6, "write it small", "", id="our own check"),
        pytest.param("name: &a b\nwith: *a\n", 1, "anchors and aliases", "both places", id="anchor"),
        pytest.param("name: &a b\n", 1, "anchors and aliases", "both places", id="anchor never used"),
        pytest.param("name: b\nwith: *a\n", 2, "anchors and aliases", "both places", id="alias of nothing"),
        pytest.param("<<: &a {name: b}\n", 1, "anchors and aliases", "both places", id="merge key"),
        pytest.param("name: &a [*a]\n", 1, "anchors and aliases", "both places", id="alias to itself"),
        pytest.param('name: "Magn', 1, "not valid YAML", "quotes", id="half-written quotes"),
        pytest.param(GOOD + "  - id: b\n    wor", 7, "not valid YAML", "indentation", id="half-written key"),
        pytest.param(GOOD + "tags: {a: [b, c", 6, "not valid YAML", "quotes", id="half-written list"),
        pytest.param("name: a: b\n", 1, "not valid YAML", "quotes", id="a colon too many"),
        pytest.param("", 1, "is empty", "shipped files", id="empty"),
        pytest.param("# nothing here yet\n", 1, "is empty", "shipped files", id="only a comment"),
        pytest.param("- a\n- b\n", 1, "is empty or not", "shipped files", id="a list"),
        pytest.param("just words\n", 1, "is empty or not", "shipped files", id="a sentence"),
        pytest.param(GOOD + "---\n" + GOOD, 6, "another document", "quotes", id="two documents"),
        pytest.param("name: a\nwith: b\x07\n", 2, "control character", "delete", id="control character"),
        pytest.param("name: a\ncount: 2026-13-45\n", 2, "month must be", "quotes", id="month 13"),
        pytest.param("name: a\ncount: !!int b\n", 2, "invalid literal", "quotes", id="number that is none"),
        pytest.param(f"name: a\ncount: {'9' * 5000}\n", 2, "not valid YAML", "", id="number without end"),
        pytest.param("name: !!python/object/apply:os.system [id]\n", 1, "is not text", "quotes", id="object"),
        pytest.param(
            "name: !!python/name:os.system x\n", 1, "is not text", "quotes", id="name of a function"
        ),
        pytest.param("name: !secret x\n", 1, "is not text", "quotes", id="tag of our own making"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_remedy(text: str, line: int, message: str, remedy: str) -> None:
    problem = the_problem(text)
    assert (problem.file, problem.line) == ("small.yaml", line)
    assert message in problem.message
    assert remedy in problem.remedy


def test_all_problems_are_told_at_once_in_the_order_of_the_lines() -> None:
    found = problems("nmae: a\ncount: 101\nparts:\n  - id: Second\n")
    assert [p.line for p in found] == [1, 1, 2, 4]


def test_a_value_without_end_is_cut_in_the_message() -> None:
    assert len(str(the_problem(f"name: [{'x' * 5000}]\n"))) < 200


def test_aliases_that_stand_for_gigabytes_are_refused_where_they_begin() -> None:
    """Nine to the fiftieth strings: no answer at all unless refused before anything walks them."""
    lines = ["name: &n0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"k{n}: &n{n} [{', '.join([f'*n{n - 1}'] * 9)}]" for n in range(1, 50)]
    assert the_problem("\n".join(lines)).line == 1


def test_one_long_text_aliased_many_times_is_refused_too() -> None:
    """Copying it out at each place would take hundreds of gigabytes."""
    text = f"name: &a |\n  {'x' * 400_000}\nparts: [{', '.join(['*a'] * 100_000)}]\n"
    assert "anchors" in the_problem(text).message


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param("[" * 200_000, id="lists on one line"),
        pytest.param("[" * 30 + "]" * 30, id="lists that are closed"),
        pytest.param("{a: " * 50_000, id="mappings on one line"),
        pytest.param("[\n" * 50_000, id="lists over many lines"),
    ],
)
def test_deep_nesting_is_refused_with_its_line(inner: str) -> None:
    problem = the_problem(f"name: a\ntags: {inner}\n")
    assert (problem.message, problem.remedy) == ("is nested too deeply", "flatten it")
    assert problem.line >= 2


@given(st.text(st.sampled_from("ab: -[]{}&*!|>#%@'\"\n\t\x00?,<~1é稀"), max_size=30))
def test_any_text_is_read_or_told_about(text: str) -> None:
    """No other error than Invalid, and never one without a problem that names the file."""
    found = told(text)
    assert found is None or (found and all(p.file == "small.yaml" and p.message for p in found))


# ------------------------------------------------------------------ bytes


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    assert decode("small.yaml", b"\xef\xbb\xbfname: a\n") == "name: a\n"


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        pytest.param(b"name: a\nwith: caf\xe9\n", 2, "is not UTF-8", id="Latin 1"),
        pytest.param("name: 稀土\n".encode("gb18030"), 1, "is not UTF-8", id="GB 18030"),
        pytest.param("name: a\n".encode("utf-16"), 1, "is not UTF-8", id="UTF-16"),
        pytest.param(b"x" * 5_000_000, 0, "larger than 1 MB", id="5 MB"),
        pytest.param(b"x" * (MAX_BYTES + 1), 0, "larger than 1 MB", id="a byte too many"),
    ],
)
def test_bytes_that_cannot_be_a_file_of_ours_are_told(body: bytes, line: int, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode("small.yaml", body)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("small.yaml", line)
    assert message in problem.message
    assert problem.remedy


def test_a_file_of_just_the_limit_is_read() -> None:
    assert len(decode("small.yaml", b"x" * MAX_BYTES)) == MAX_BYTES


# ------------------------------------------------------------------ parts


def test_a_problem_can_point_at_any_place_of_a_document() -> None:
    document = read("small.yaml", GOOD, Small)
    assert document.problem(("parts", 0, "words", 1), "m", "r") == Problem("small.yaml", 5, "m", "r")
    assert document.problem(("parts", 0, "no such key"), "m").line == 4
    assert document.problem(("parts", 9), "m").line == 3


def test_a_part_is_checked_on_its_own_with_the_lines_of_the_file() -> None:
    document = read("small.yaml", GOOD, Small)
    assert check(document, ("parts", 0), {"id": "first"}, Part).id == "first"
    with pytest.raises(Invalid) as caught:
        check(document, ("parts", 0), {"id": "First"}, Part)
    assert [p.line for p in caught.value.problems] == [4]
