"""The editor on the web pages: both views of a file; what is tried, saved, taken back and refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.edit import BY_HAND
from monitor.storage.edits import Edit
from tests.fakes import NOON
from tests.rules import MAGNETS
from tests.webapp import WebApp, entered, said

EDIT = "/watchlists/magnets/edit"
COMMENTED = "# Ours alone.\n" + MAGNETS.replace("alert: 60", "alert: 60  # since May")


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[WebApp]:
    made = WebApp(tmp_path / "monitor.db")
    yield made
    made.close()


# ------------------------------------------------------------------ two views of one file


def test_the_form_shows_what_the_file_says(pages: WebApp) -> None:
    fields = pages.form(EDIT)
    assert fields["f.alert"] == "60"
    assert fields["f.must.0.any"] == "rare earth\nmagnet\n稀土"
    assert fields["f.must.0.weight"] == "60"
    assert "kept as it is: 2 stages" in said(pages.get(EDIT))


def test_the_form_asks_first_what_is_looked_for_then_from_which_score_and_last_where_it_is_told(
    pages: WebApp,
) -> None:
    page = pages.get(EDIT).text
    names = ("f.title", "f.must.0.any", "f.alert", "f.digest", "f.send.slack")
    order = [page.index(f'name="{name}"') for name in names]
    assert order == sorted(order)


def test_a_destination_that_is_none_is_not_folded_away(pages: WebApp) -> None:
    page = pages.send(EDIT, pages.form(EDIT) | {"f.send.email": "nobody", "do": "save"}).text
    assert "<details open><summary>Where it is told" in page
    assert "<details><summary>Where it is told" in pages.get(EDIT).text


def test_what_was_not_changed_is_the_same_to_the_byte_in_both_views(pages: WebApp) -> None:
    for text in (COMMENTED, "\ufeff" + COMMENTED.replace("\n", "\r\n")):
        pages.by_hand("magnets", text)
        for view in ("form", "yaml"):
            answer = pages.send(EDIT, pages.form(f"{EDIT}?view={view}") | {"do": "save"})
            assert "nothing changed" in said(answer)
            assert pages.text() == text


def test_the_form_changes_its_lines_and_no_others(pages: WebApp) -> None:
    pages.by_hand("magnets", COMMENTED)
    fields = pages.form(EDIT) | {"f.alert": "70", "f.any.0.any": "loan\nbillion\n贷款\ngrant", "do": "save"}
    assert pages.send(EDIT, fields).status_code == 303
    expected = COMMENTED.replace("alert: 60", "alert: 70").replace("贷款]", "贷款, grant]")
    assert pages.text() == expected


def test_lines_end_as_they_did(pages: WebApp) -> None:
    pages.by_hand("magnets", MAGNETS.replace("\n", "\r\n"))
    fields = pages.form(f"{EDIT}?view=yaml")
    pages.send(EDIT, fields | {"text": fields["text"].replace("alert: 60", "alert: 70"), "do": "save"})
    assert pages.text() == MAGNETS.replace("alert: 60", "alert: 70").replace("\n", "\r\n")


def test_to_switch_the_view_keeps_what_was_entered(pages: WebApp) -> None:
    turned = pages.send(EDIT, pages.form(EDIT) | {"f.alert": "70", "why": "too many", "do": "switch"})
    fields = entered(turned)
    assert "alert: 70" in fields["text"]
    assert (fields["view"], fields["why"]) == ("yaml", "too many")
    back = entered(pages.send(EDIT, fields | {"do": "switch"}))
    assert (back["view"], back["f.alert"]) == ("form", "70")
    assert pages.edits() == []
    assert pages.text() == MAGNETS


def test_with_a_mistake_one_stays_in_the_form_that_has_it(pages: WebApp) -> None:
    answer = pages.send(EDIT, pages.form(EDIT) | {"f.alert": "many", "do": "switch"})
    assert answer.status_code == 422
    assert entered(answer)["f.alert"] == "many"
    assert "Write a whole number from 0 to 100" in said(answer)


# ------------------------------------------------------------------ groups


def test_a_group_is_added_by_a_form_in_each_section(pages: WebApp) -> None:
    fields = pages.form(EDIT)
    for section in ("must", "any", "less", "not"):
        fields |= {f"add.{section}.name": f"more {section}", f"add.{section}.terms": "gallium\n镓"}
    answer = pages.send(EDIT, fields | {"add.any.points": "7", "do": "save"})
    assert answer.status_code == 303, said(answer)
    shown = pages.form(EDIT)
    assert [shown[key] for key in ("f.must.1.any", "f.any.1.any", "f.less.0.any", "f.not.0.any")] == [
        "gallium\n镓"
    ] * 4
    assert (shown["f.any.1.weight"], shown["f.less.0.weight"]) == ("7", "")


def test_a_group_that_cannot_be_added_comes_back_with_the_mistakes(pages: WebApp) -> None:
    fields = {"add.any.terms": "@no-such-name", "add.any.points": "200", "do": "try"}
    answer = pages.send(EDIT, pages.form(EDIT) | fields)
    words = said(answer)
    assert "Write what to call it" in words
    assert "no-such-name" in words
    assert "Write a whole number from 0 to 100" in words
    assert entered(answer)["add.any.terms"] == "@no-such-name"


def test_a_group_is_taken_out_and_nothing_is_saved_yet(pages: WebApp) -> None:
    answer = pages.send(EDIT, pages.form(EDIT) | {"drop": "any.0", "f.alert": "70"})
    fields = entered(answer)
    assert "f.any.0.any" not in fields
    assert fields["f.alert"] == "70"
    assert pages.text() == MAGNETS
    pages.send(EDIT, fields | {"do": "save"})
    assert "money" not in pages.text()


@pytest.mark.parametrize("group", ["must.0", "any.7", "stages.0", "../x", "any.٣"])
def test_a_group_that_cannot_be_taken_out_is_told(pages: WebApp, group: str) -> None:
    answer = pages.send(EDIT, pages.form(EDIT) | {"drop": group, "f.alert": "70"})
    assert 'class="message bad"' in answer.text
    assert entered(answer)["f.alert"] == "70"


# ------------------------------------------------------------------ saving and taking back


def test_a_saved_edit_is_in_force_at_once_and_says_what_it_changed(pages: WebApp) -> None:
    fields = pages.form(EDIT) | {"f.alert": "70", "why": "too many", "do": "save"}
    answer = pages.send(EDIT, fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "../../watchlists/magnets?edit=1")
    assert pages.alert() == 70
    shown = pages.get("/watchlists/magnets?edit=1")
    assert "Saved as edit 1: too many. It is in force." in said(shown)
    assert "<del>alert: 60</del>" in shown.text
    assert "<ins>alert: 70</ins>" in shown.text
    made = pages.edits()[0]
    assert (made.who, made.why) == ("ann on the web page", "too many")


def test_what_was_saved_is_taken_back_to_the_byte(pages: WebApp) -> None:
    pages.send(EDIT, pages.form(EDIT) | {"f.alert": "70", "do": "save"})
    answer = pages.post("/edits/1/revert")
    assert answer.headers["location"] == "../../watchlists/magnets?edit=2"
    assert pages.text() == MAGNETS
    assert pages.alert() == 60


def test_a_later_edit_is_not_taken_back_unasked(pages: WebApp) -> None:
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 70"))
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 80"), "eve")
    answer = pages.post("/edits/1/revert")
    assert answer.status_code == 409
    assert "edit 2 by eve" in said(answer)
    assert "<ins>alert: 80</ins>" in answer.text
    assert "alert: 80" in pages.text()
    again = dict(re.findall(r'name="(force)" value="(\d+)"', answer.text))
    assert pages.post("/edits/1/revert", again).status_code == 303
    assert pages.text() == MAGNETS


def test_who_agreed_to_lose_one_edit_does_not_lose_another(pages: WebApp) -> None:
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 70"))
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 80"))
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 90"))
    assert pages.post("/edits/1/revert", {"force": "2"}).status_code == 409
    assert "alert: 90" in pages.text()


def test_nothing_that_a_page_only_shows_changes_anything(pages: WebApp) -> None:
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 70"))
    pages.by_hand("magnets", MAGNETS)
    for path in ("/watchlists/", "/watchlists/magnets", EDIT, "/watchlists/magnets/history", "/edits/1"):
        assert pages.get(path).status_code == 200
    assert len(pages.edits()) == 1


def test_a_watchlist_is_deleted_after_a_question_and_brought_back(pages: WebApp) -> None:
    question = pages.get("/watchlists/magnets/delete")
    base = dict(re.findall(r'name="(base)" value="(\w+)"', question.text))
    assert pages.text() == MAGNETS
    answer = pages.post("/watchlists/magnets/delete", base | {"why": "done with"})
    assert answer.headers["location"] == "../../watchlists/?edit=1"
    assert not (pages.folder / "magnets.yaml").exists()
    assert pages.alert() is None
    assert "Deleted magnets.yaml as edit 1: done with." in said(pages.get("/watchlists/?edit=1"))
    pages.post("/edits/1/revert")
    assert pages.text() == MAGNETS


def test_what_changed_after_the_question_is_not_deleted(pages: WebApp) -> None:
    question = pages.get("/watchlists/magnets/delete")
    base = dict(re.findall(r'name="(base)" value="(\w+)"', question.text))
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 70"))
    answer = pages.post("/watchlists/magnets/delete", base)
    assert answer.status_code == 409
    assert (pages.folder / "magnets.yaml").exists()


# ------------------------------------------------------------------ a new one


def test_a_new_watchlist_is_shown_in_the_editor_before_it_is_saved(pages: WebApp) -> None:
    asked = {"name": "gallium", "title": "Gallium", "words": "gallium\n镓"}
    answer = pages.send("/watchlists/new", asked)
    assert answer.status_code == 200
    fields = entered(answer)
    assert (fields["base"], fields["f.must.0.any"]) == ("", "gallium\n镓")
    assert not (pages.folder / "gallium.yaml").exists()
    saved = pages.send("/watchlists/gallium/edit", fields | {"do": "save"})
    assert saved.headers["location"] == "../../watchlists/gallium?edit=1"
    assert pages.alert("gallium") == 60


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "magnets"),
        ("name", "history"),
        ("name", "../etc"),
        ("title", ""),
        ("words", ""),
        ("words", "@no"),
        ("words", "\x82"),
    ],
)
def test_a_mistake_in_a_new_one_is_told_at_its_field(pages: WebApp, field: str, value: str) -> None:
    asked = {"name": "gallium", "title": "Gallium", "words": "gallium"} | {field: value}
    answer = pages.send("/watchlists/new", asked)
    assert answer.status_code == 422
    assert f'id="{field}-mistake"' in answer.text


def test_a_name_that_another_took_meanwhile_is_told(pages: WebApp) -> None:
    fields = entered(pages.send("/watchlists/new", {"name": "tin", "title": "Tin", "words": "tin"}))
    theirs = MAGNETS.replace("watchlist: magnets", "watchlist: tin")
    pages.by_hand("tin", theirs)
    answer = pages.send("/watchlists/tin/edit", fields | {"do": "save"})
    assert answer.status_code == 409
    assert pages.text("tin") == theirs


# ------------------------------------------------------------------ mistakes (fault 78)

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
BAD = [
    ("alias bomb", MAGNETS + BOMB, 18, "anchors and aliases"),
    ("duplicate key", MAGNETS + "alert: 70\n", 18, "the key 'alert' appears twice"),
    ("tab", MAGNETS.replace("  - name: money", "\t- name: money"), 8, "a tab"),
    ("python object", MAGNETS + 'about: !!python/object/apply:os.system ["x"]\n', 18, "about"),
    ("half-written", MAGNETS + 'about: "half', 18, "quotes"),
    ("unknown key", MAGNETS.replace("alert: 60", "alret: 60"), 16, "did you mean 'alert'?"),
]


@pytest.mark.parametrize(("text", "line", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_text_is_refused_with_its_line_and_the_old_list_stays_in_force(
    pages: WebApp, text: str, line: int, words: str
) -> None:
    fields = pages.form(f"{EDIT}?view=yaml") | {"text": text, "why": "why not"}
    for do in ("try", "save", "switch"):
        answer = pages.send(EDIT, fields | {"do": do})
        assert answer.status_code == 422
        assert f"magnets.yaml:{line}" in said(answer)
        assert words in said(answer)
        shown = entered(answer)
        assert (shown["text"], shown["why"], shown["view"]) == (text, "why not", "yaml")
    assert pages.text() == MAGNETS
    assert pages.edits() == []
    assert pages.alert() == 60


def test_five_megabytes_are_refused(pages: WebApp) -> None:
    fields = pages.form(f"{EDIT}?view=yaml")
    assert pages.send(EDIT, fields | {"text": "#" * 5_000_000, "do": "save"}).status_code == 413
    answer = pages.send(EDIT, fields | {"text": MAGNETS + "# " + "x" * 1_000_001, "do": "save"})
    assert "is larger than 1 MB" in said(answer)
    assert pages.text() == MAGNETS


def test_tickers_that_look_like_other_things_are_read_as_text(pages: WebApp) -> None:
    fields = pages.form(EDIT) | {"f.must.0.any": "NO\n1e3\n2026-11-10\non", "do": "save"}
    assert pages.send(EDIT, fields).status_code == 303
    assert pages.form(EDIT)["f.must.0.any"] == "NO\n1e3\n2026-11-10\non"
    assert pages.alert() == 60


def test_a_byte_order_mark_is_kept_and_not_shown(pages: WebApp) -> None:
    pages.by_hand("magnets", "\ufeff" + MAGNETS)
    fields = pages.form(EDIT) | {"f.alert": "70", "do": "save"}
    assert pages.send(EDIT, fields).status_code == 303
    assert pages.text() == "\ufeff" + MAGNETS.replace("alert: 60", "alert: 70")


def test_a_name_that_another_file_needs_is_told_where_it_is_missed(tmp_path: Path) -> None:
    concepts = "concepts:\n  ore: {terms: {en: [ore]}}\n  tin: {terms: {en: [tin]}}\n"
    using = MAGNETS.replace("watchlist: magnets", "watchlist: ores").replace("rare earth,", '"@ore",')
    pages = WebApp(tmp_path / "monitor.db", more={"concepts": concepts, "ores": using})
    fields = pages.form("/watchlists/concepts/edit")
    assert fields["view"] == "yaml"
    text = concepts.replace("  ore: {terms: {en: [ore]}}\n", "")
    answer = pages.send("/watchlists/concepts/edit", fields | {"text": text, "do": "save"})
    assert answer.status_code == 422
    assert "ores.yaml:5" in said(answer)
    assert pages.text("concepts") == concepts
    pages.close()


def test_hostile_words_are_shown_as_text(pages: WebApp) -> None:
    hostile = '"><script>alert(1)</script></textarea>'
    fields = pages.form(f"{EDIT}?view=yaml") | {"text": f"{hostile}: 1\n", "why": hostile, "do": "try"}
    answer = pages.send(EDIT, fields)
    assert "<script>alert" not in answer.text
    assert entered(answer)["text"] == f"{hostile}: 1\n"


# ------------------------------------------------------------------ the history


def test_what_was_done_by_hand_is_noticed_and_can_be_filed(pages: WebApp) -> None:
    pages.save("magnets", MAGNETS.replace("alert: 60", "alert: 70"))
    pages.by_hand("magnets", MAGNETS.replace("alert: 60", "alert: 80"))
    shown = pages.get("/watchlists/magnets/history")
    assert "changed by hand since the last edit" in said(shown)
    assert "<ins>alert: 80</ins>" in shown.text
    answer = pages.post("/watchlists/magnets/history")
    assert answer.headers["location"] == "../../edits/2"
    assert [one.who for one in pages.edits()] == [BY_HAND, "bob"]


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", (1, 1)),
        ("a\nb\n", "a\nb\nb\n", (1, 0)),
        ("a\nb\nb\n", "a\nb\n", (0, 1)),
        ("a\nb\nc\nd\n", "x\nb\nc\ny\n", (2, 2)),
        ("", "a\nb\n", (2, 0)),
    ],
)
def test_the_history_says_how_many_lines_came_and_went(
    pages: WebApp, before: str, after: str, counts: tuple[int, int]
) -> None:
    with pages.storage() as storage, storage.write():
        storage.edits.add(Edit("magnets.yaml", NOON, "ann", "", before.encode(), after.encode()))
    rows = pages.get("/api/edits.json").json()["rows"]
    assert (rows[-1]["added"], rows[-1]["removed"]) == counts


@pytest.mark.parametrize(
    "path",
    [
        "/edits/9",
        "/edits/99999999999999999999",
        f"/edits/{'9' * 5000}",
        "/watchlists/none",
        "/watchlists/none/edit",
        "/watchlists/none/history",
    ],
)
def test_what_is_not_there_has_no_page(pages: WebApp, path: str) -> None:
    assert pages.get(path).status_code == 404


def test_words_in_an_address_are_no_words_of_ours(pages: WebApp) -> None:
    for query in ("edit=9", "edit=x", "edit=1&saved=all", "edit=" + "9" * 40):
        assert "Saved" not in said(pages.get(f"/watchlists/magnets?{query}"))
