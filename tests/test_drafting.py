"""What an editor sends -> the text of the file; groups put in and taken out; two texts joined."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import groups, watchlists
from monitor.edit import Copy
from monitor.form import form
from monitor.vocabulary import Vocabulary
from monitor.web.bodies import Sent
from monitor.web.drafting import FORM, YAML, drafted, shown, written
from monitor.web.joining import joined
from monitor.web.layout import changes, faults, parts
from monitor.written import WatchlistFile
from monitor.yamledit import Uneditable, remove_entry
from monitor.yamlfile import read
from tests.conftest import ROOT
from tests.rules import LOANS, MAGNETS

COPY = Copy("magnets.yaml", MAGNETS.encode())
SHIPPED = sorted(path.stem for path in (ROOT / "watchlists").glob("*.yaml"))
NAMES = ("base", "view", "text", "drop", "f.alert", "f.must.0.any", "add.any.name", "add.any.terms")


def draft(copy: Copy = COPY, **fields: str) -> Sent:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return Sent(tuple({"text": written(copy), "base": copy.base, "view": "form", **named}.items()))


@pytest.fixture(scope="module")
def shipped() -> Vocabulary:
    files = (ROOT / "watchlists").glob("*.yaml")
    return watchlists.build({path.name: path.read_text("utf-8") for path in files})[0].vocabulary


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_file_goes_through_both_views_unchanged(name: str, shipped: Vocabulary) -> None:
    path = ROOT / "watchlists" / f"{name}.yaml"
    copy = Copy(path.name, path.read_bytes())
    state = shown(copy, name, copy.base, written(copy), FORM)
    fields = {"f." + one.key: one.text for one in state.form.fields} if state.form else {}
    fields |= {"base": copy.base, "view": state.view, "text": written(copy).replace("\n", "\r\n")}
    made = drafted(copy, name, Sent(tuple(fields.items())), shipped)
    assert made.body == copy.body
    assert (made.mistakes, made.problems) == ({}, ())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60), max_size=9))
def test_whatever_is_sent_comes_to_a_state(fields: dict[str, str]) -> None:
    for copy in (COPY, Copy("magnets.yaml", None)):
        made = drafted(copy, "magnets", Sent(tuple(fields.items())), Vocabulary())
        if made.form:
            parts(made, made.form)
        assert made.text is not None or made.mistakes or made.problems


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), min_size=1, max_size=5))
def test_terms_that_were_entered_are_in_the_file_or_are_mistakes(terms: list[str]) -> None:
    made = drafted(COPY, "magnets", draft(f__any__0__any="\r\n".join(terms)), Vocabulary())
    if made.text is not None:
        value = read(COPY.file, made.text, WatchlistFile).value
        listed = value.any[0].any or []
        assert "\n".join(map(str, listed)) == (made.form or form(value)).fields[-2].text or listed
        assert made.problems == ()


def test_a_text_without_a_form_is_shown_as_it_is() -> None:
    made = drafted(COPY, "magnets", draft(text="watchlist: ["), Vocabulary())
    assert (made.view, made.form, made.carried) == (YAML, None, "watchlist: [")
    assert made.problems


# ------------------------------------------------------------------ groups


def test_a_group_goes_with_its_lines_and_comments_elsewhere_stay() -> None:
    text = "must:\n  - any: [a]\n  # of b\n  - name: b\n    any: [b]\n# end\nalert: 60\n"
    assert remove_entry(text, ("must", 0)) == "must:\n  # of b\n  - name: b\n    any: [b]\n# end\nalert: 60\n"
    assert remove_entry(text, ("must", 1)) == "must:\n  - any: [a]\n  # of b\n# end\nalert: 60\n"


@pytest.mark.parametrize("section", ["must", "any"])
def test_a_group_in_braces_goes_too(section: str) -> None:
    after = groups.without(LOANS, f"{section}.0")
    assert "subject" not in after if section == "must" else "money" not in after.partition("any:")[2]


def test_what_is_no_group_cannot_be_taken_out() -> None:
    for group in ("must.1", "stages.0", "must.x", "", "must.0.any"):
        with pytest.raises(Uneditable):
            groups.without(MAGNETS, group)


def test_a_group_is_what_was_entered_of_it() -> None:
    made = groups.added({"any.name": " ore ", "any.terms": "a\n\na\nb", "not.points": "", "less.name": ""})
    assert [(one.section, one.name, one.terms) for one in made] == [("any", "ore", ("a", "b"))]


# ------------------------------------------------------------------ two who changed the same


def test_where_both_changed_a_number_mine_stands_for_me_to_see() -> None:
    theirs = Copy(COPY.file, MAGNETS.replace("alert: 60", "alert: 80").encode())
    mine = drafted(COPY, "magnets", draft(f__alert="70"), Vocabulary())
    found = joined(mine, COPY.body, theirs)
    assert found.whole
    assert found.state.base == theirs.base
    assert found.state.text == MAGNETS.replace("alert: 60", "alert: 70")


def test_a_text_as_yaml_is_not_joined_and_not_lost() -> None:
    mine = drafted(COPY, "magnets", draft(view="yaml", text=LOANS), Vocabulary())
    found = joined(mine, COPY.body, Copy(COPY.file, MAGNETS.replace("60", "80").encode()))
    assert not found.whole
    assert found.state.text == LOANS


@pytest.mark.parametrize("theirs", [b"", b"watchlist: [", b"\xff\xfe", None])
def test_what_they_made_may_be_anything(theirs: bytes | None) -> None:
    mine = drafted(COPY, "magnets", draft(f__alert="70"), Vocabulary())
    found = joined(mine, COPY.body, Copy(COPY.file, theirs))
    assert found.state.text == MAGNETS.replace("alert: 60", "alert: 70")


# ------------------------------------------------------------------ what the page shows


def test_a_diff_is_its_lines_without_its_head() -> None:
    found = changes("--- a.yaml\n+++ a.yaml\n@@ -1 +1 @@\n-- one\n+++ two\n same\n")
    assert [(one.kind, one.text) for one in found] == [
        ("@", "from line 1"),
        ("-", "- one"),
        ("+", "++ two"),
        (" ", "same"),
    ]
    assert changes("") == ()


def test_a_fault_has_its_line_and_one_of_another_file_has_none() -> None:
    copy = Copy("a.yaml", None)
    found = shown(copy, "a", "", "watchlist: a\nalret: 1\n", YAML)
    first = faults(found.carried, found.problems, copy.file)
    assert ("a.yaml:2", "alret: 1") in [(one.place, one.text) for one in first]
    assert all(one.text == "" for one in faults(found.carried, found.problems, "b.yaml"))
