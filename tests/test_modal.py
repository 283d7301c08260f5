"""The modal in which a watchlist is changed: from the first view to the saved edit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import form, modalview, watchlists
from monitor.talk import View
from monitor.written import WatchlistFile
from monitor.yamledit import Uneditable
from monitor.yamlfile import read
from tests import rules
from tests.office import ALICE, BOB, Office
from tests.screen import FakeScreen, check_view, elements, inputs, words
from tests.test_edit_text import texts

PATTERN = """\
watchlist: pattern
title: A watchlist with a very long title that no modal has room for
must:
  - name: by pattern
    regex: (?i)rare earths?
    weight: 60
  - name: many
    any: [{many}]
not:
  - any: [magnet school]
"""
LOAN = "EXIM approves loan for rare earth magnet plant"
SCHOOL = "Magnet school opens with a loan"
MANY = PATTERN.format(many=", ".join(f"term {n}" for n in range(400)))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, pattern=MANY)
    assert made.live.now.problems == ()
    yield made
    made.storage.close()


def edited(office: Office) -> list[tuple[str, str]]:
    return [(edit.file, edit.who) for edit in office.storage.edits.latest(10)]


def text(office: Office, name: str = "magnets") -> str:
    return (office.folder / f"{name}.yaml").read_text("utf-8")


def said(view: View) -> str:
    return words(view["blocks"])


# ------------------------------------------------------------------ opening and choosing


def test_the_modal_opens_before_the_database_is_asked(office: Office) -> None:
    name = office.watch()
    loading, choice = office.screen.views[name]
    assert "Loading" in said(loading)
    assert "Rare earth magnets (magnets)" in said(choice)


def test_a_trigger_that_expired_is_answered_politely(office: Office) -> None:
    office.screen = FakeScreen(expired=True)
    assert "type /signals watch again" in office.type("watch magnets")


def test_a_long_title_is_shortened(office: Office) -> None:
    view = office.view(office.watch("pattern"))
    assert len(view["title"]["text"]) <= 24
    assert "A watchlist with a very long title that no modal has room for" in said(view)


def test_an_unknown_name_gets_the_nearest(office: Office) -> None:
    assert "Did you mean magnets?" in said(office.view(office.watch("magnts")))


def test_two_hundred_watchlists_are_paged(tmp_path: Path) -> None:
    more = {
        f"w{n:03}": rules.MAGNETS.replace("watchlist: magnets", f"watchlist: w{n:03}") for n in range(200)
    }
    office = Office(tmp_path, **more)
    name = office.watch()
    seen = [len(elements(office.view(name))["watch_choose"]["options"])]
    for _ in range(2):
        button = elements(office.view(name))["watch_page.next"]
        view = office.press(name, "watch_page.next", value=button["value"])
        seen.append(len(elements(view)["watch_choose"]["options"]))
    assert seen == [100, 100, 1]
    assert "watch_page.next" not in elements(office.view(name))
    assert said(office.press(name, "watch_choose", chosen="w199")).startswith("*Rare earth magnets*")
    office.storage.close()


def test_a_name_that_is_too_long_for_a_menu_can_be_chosen(tmp_path: Path) -> None:
    long = "w" * 200
    office = Office(tmp_path, **{long: rules.MAGNETS.replace("watchlist: magnets", f"watchlist: {long}")})
    name = office.watch()
    values = [one["value"] for one in elements(office.view(name))["watch_choose"]["options"]]
    view = office.press(name, "watch_choose", chosen=max(values, key=len))
    assert json.loads(view["private_metadata"])["name"] == long
    office.storage.close()


@pytest.mark.parametrize("page", ["-1", "99999999", "x", "", "²"])
def test_a_page_that_is_none_shows_one_that_is(office: Office, page: str) -> None:
    assert "Which watchlist?" in said(office.press(office.watch(), "watch_page", value=page))


# ------------------------------------------------------------------ the form


def test_each_group_that_is_a_list_has_an_input(office: Office) -> None:
    view = office.view(office.watch("magnets"))
    shown = {block.partition(":")[2]: text for block, text in inputs(view).items()}
    assert shown == {
        "alert": "60",
        "digest": "40",
        "send.slack": "",
        "must.0.any": "rare earth\nmagnet\n稀土",
        "any.0.any": "loan\nbillion\n贷款",
    }


def test_a_group_that_does_not_fit_is_for_the_full_editor(office: Office) -> None:
    office.web = "https://desk.example"
    view = office.view(office.watch("pattern"))
    assert {block.partition(":")[2] for block in inputs(view)} >= {"must.0.regex", "not.0.any"}
    assert "Only in the full editor: Has to be there: many" in said(view)
    assert "<https://desk.example/watchlists/pattern|Open the full editor>" in said(view)


def test_who_may_not_edit_sees_it_and_how_to_become_one_who_may(office: Office) -> None:
    view = office.view(office.watch("magnets", BOB))
    assert "submit" not in view
    assert inputs(view) == {}
    assert "rare earth, magnet, 稀土" in said(view)
    assert 'editors = ["U0BOB0001"]' in said(view)


def test_a_form_sent_by_who_may_not_edit_changes_nothing(office: Office) -> None:
    name = office.watch("magnets")
    assert "for those whom the settings name" in said(office.submit(name, BOB, alert="70"))
    assert text(office) == rules.MAGNETS


# ------------------------------------------------------------------ mistakes at their fields


@pytest.mark.parametrize(
    ("field", "entry", "says"),
    [
        ("must.0.any", "", "Write one term at least"),
        ("must.0.any", "\n".join(map(str, range(10_000))), "10,000 terms are more than a form takes"),
        ("must.0.any", "x" * 201, "longer than 200 characters"),
        ("must.0.any", "***", "no letters to look for"),
        ("must.0.any", "@nothing", "is not a concept or entity"),
        ("alert", "101", "Write a whole number from 0 to 100"),
        ("alert", "", "Write a whole number from 0 to 100"),
        ("alert", "²", "Write a whole number from 0 to 100"),
        ("digest", "61", "above the 60"),
        ("send.slack", "#good\nnot a channel", "'not a channel' is not a Slack channel"),
    ],
)
def test_a_mistake_is_named_at_its_field(office: Office, field: str, entry: str, says: str) -> None:
    name = office.watch("magnets")
    sent = office.submission(name, ALICE, **{field.replace(".", "_"): entry})
    errors = office.desk.check(sent).errors
    assert {block.partition(":")[2] for block in errors} == {field}
    assert set(errors) <= set(inputs(office.view(name)))
    assert says in "".join(errors.values())


@pytest.mark.parametrize("entry", ["(?=magnet)", "(a", "", r"(a)\1", "x*"])
def test_a_pattern_that_is_no_good_is_named_at_its_field(office: Office, entry: str) -> None:
    sent = office.submission(office.watch("pattern"), must_0_regex=entry)
    assert {block.partition(":")[2] for block in office.desk.check(sent).errors} == {"must.0.regex"}


def test_a_pattern_that_would_backtrack_elsewhere_is_linear_here(office: Office) -> None:
    sent = office.submission(office.watch("pattern"), must_0_regex="(a+)+b")
    assert office.desk.check(sent).errors == {}


@pytest.mark.parametrize("typed", ["", "   ", "Big Name", "../etc", "concepts", "magnets", "a" * 80])
def test_a_new_watchlist_needs_a_name_that_is_free(office: Office, typed: str) -> None:
    name = office.watch()
    office.press(name, "watch_new")
    sent = office.submission(name, name=typed, title="Gallium", words="gallium")
    assert {block.partition(":")[2] for block in office.desk.check(sent).errors} == {"name"}


def test_every_mistake_is_named_at_once(office: Office) -> None:
    name = office.watch()
    office.press(name, "watch_new")
    sent = office.submission(name, name="", title="", words="@nothing")
    assert {block.partition(":")[2] for block in office.desk.check(sent).errors} == {"name", "title", "words"}


def test_a_form_of_another_release_is_not_believed(office: Office) -> None:
    name = office.watch("magnets")
    view = office.view(name)
    for private in ("", "[]", "{}", '{"name": 1, "base": 2}', "\x00"):
        office.screen.views[name] = [{**view, "private_metadata": private}]
        assert "of an earlier release" in said(office.submit(name))


def test_a_file_that_is_none_of_ours_is_not_touched(office: Office) -> None:
    name = office.watch("magnets")
    view = office.view(name)
    private = json.dumps({"name": "../../secrets", "base": ""})
    office.screen.views[name] = [{**view, "private_metadata": private}]
    assert "cannot be a watchlist's name" in said(office.submit(name))


# ------------------------------------------------------------------ previewing and saving


def test_a_preview_says_what_would_be_gained_and_lost(office: Office) -> None:
    office.file(LOAN)
    office.file(SCHOOL)
    name = office.watch("magnets")
    view = office.press(name, "watch_preview", must_0_any="rare earth\nsolar")
    assert "loses 1" in said(view)
    assert SCHOOL in said(view)
    assert "Nothing is saved yet" in said(view)
    assert "rare earth\nsolar" in inputs(view).values()
    assert text(office) == rules.MAGNETS


def test_a_preview_with_mistakes_names_them_and_keeps_what_was_entered(office: Office) -> None:
    view = office.press(office.watch("magnets"), "watch_preview", alert="many")
    assert "Write a whole number from 0 to 100" in said(view)
    assert "many" in inputs(view).values()


def test_what_is_saved_says_who_and_how_to_take_it_back(office: Office) -> None:
    before = text(office)
    name = office.watch("magnets")
    view = office.submit(name, alert="70", any_0_any="loan\nbillion\n贷款\ngrant", send_slack="#metals")
    assert "alert: 70" in text(office)
    assert "any: [loan, billion, 贷款, grant]" in text(office)
    assert "Saved as edit 1 by alice in Slack" in said(view)
    assert "monitor watchlists revert 1" in said(view)
    assert edited(office) == [("magnets.yaml", "alice in Slack")]
    assert "Saved as edit 2" in said(office.press(name, "watch_undo", value="1"))
    assert text(office) == before


def test_only_who_may_edit_takes_an_edit_back(office: Office) -> None:
    name = office.watch("magnets")
    office.submit(name, alert="70")
    assert "for those whom the settings name" in said(office.press(name, "watch_undo", value="1", who=BOB))
    assert "alert: 70" in text(office)


@pytest.mark.parametrize("value", ["", "x", "99", "9" * 40])
def test_an_edit_that_is_none_cannot_be_taken_back(office: Office, value: str) -> None:
    name = office.watch("magnets")
    view = office.press(name, "watch_undo", value=value)
    assert edited(office) == []
    assert "our side" not in said(view)


def test_a_form_without_a_change_saves_nothing(office: Office) -> None:
    assert "Nothing is changed yet" in said(office.submit(office.watch("magnets")))
    assert edited(office) == []


def test_a_new_watchlist_is_sound_and_looks_for_its_words(office: Office) -> None:
    name = office.watch()
    office.press(name, "watch_new")
    view = office.submit(name, name="gallium-quota", title="Gallium", words="gallium\n镓")
    assert "Saved as edit 1 by alice in Slack" in said(view)
    with office.room() as room:
        assert room.in_force.problems == ()
        assert "gallium-quota" in {one.id for one in room.in_force.watchlists}
    value = read("x.yaml", text(office, "gallium-quota"), WatchlistFile).value
    assert value.must[0].any == ["gallium", "镓"]


# ------------------------------------------------------------------ another was faster


def save(office: Office, old: str, new: str, who: str = "bob in Slack") -> None:
    with office.room() as room:
        copy = room.editor.copy("magnets")
        assert copy.body
        room.editor.save(copy.change(copy.body.replace(old.encode(), new.encode()), who), office.now)


def test_a_conflict_shows_what_the_other_did_and_offers_both(office: Office) -> None:
    name = office.watch("magnets")
    save(office, "[rare earth, magnet, 稀土]", "[rare earth, 稀土, neodymium]")
    view = office.submit(name, must_0_any="rare earth\nmagnet\n稀土\ngallium", alert="70")
    assert "was changed by bob in Slack" in said(view)
    assert "neodymium" in said(view)
    assert "gallium" not in text(office)
    assert inputs(view)[next(b for b in inputs(view) if b.endswith("must.0.any"))] == (
        "rare earth\n稀土\nneodymium\ngallium"
    )
    assert "Saved" in said(office.submit(name))
    assert "[rare earth, 稀土, neodymium, gallium]" in text(office)
    assert "alert: 70" in text(office)


def test_a_conflict_with_a_change_by_hand_takes_nothing_of_it_out(office: Office) -> None:
    name = office.watch("magnets")
    (office.folder / "magnets.yaml").write_text(rules.MAGNETS.replace("magnet,", "neodymium,"), "utf-8")
    office.live.refresh(office.storage, office.now)
    view = office.submit(name, must_0_any="rare earth\n稀土\ngallium")
    assert "Nothing was saved and nothing overwritten" in said(view)
    assert "neodymium" in said(view)
    assert "gallium" in said(view)


def test_what_two_wrote_is_never_cut_short(office: Office) -> None:
    """A field that was cut short would take the rest out of the file with the next save."""
    many = [f"term {number:04} {'x' * 80}" for number in range(30)]
    save(office, "[loan, billion, 贷款]", f"[{', '.join(many)}]", "alice")
    name = office.watch("magnets")
    save(office, many[-1], f"{many[-1]}, {'z' * 199}", "bob")
    view = office.submit(name, any_0_any="\n".join([*many, "y" * 199]))
    assert "Adds points: money (+20). " in said(view), "only in the full editor"
    assert "Saved" in said(office.submit(name, alert="70"))
    assert all(one in text(office) for one in (*many, "z" * 199))


def test_what_another_took_out_is_said(office: Office) -> None:
    name = office.watch("magnets")
    money = rules.MAGNETS[rules.MAGNETS.index("any:\n  - name: money") : rules.MAGNETS.index("stages:")]
    save(office, money, "")
    view = office.submit(name, any_0_any="loan\ngrant")
    assert "No longer there: Adds points: money (+20)" in said(view)


def test_a_group_that_moved_is_found_by_its_name(office: Office) -> None:
    name = office.watch("magnets")
    save(office, "any:\n  - name: money", "any:\n  - name: first\n    any: [first]\n  - name: money")
    view = office.submit(name, any_0_any="loan\nbillion\n贷款\ngrant")
    shown = {block.partition(":")[2]: entry for block, entry in inputs(view).items()}
    assert shown["any.0.any"] == "first"
    assert shown["any.1.any"] == "loan\nbillion\n贷款\ngrant"


terms = st.lists(st.sampled_from(["a1", "b1", "c1", "d1", "e1", "f1"]), max_size=6, unique=True)


@given(terms, terms, terms)
def test_both_sides_of_a_merge_count(base: list[str], mine: list[str], theirs: list[str]) -> None:
    def made(listed: list[str]) -> form.Form:
        return form.Form("", (form.Field("must.0.any", "what", "", "lines", "\n".join(listed)),))

    entered, lost = form.merged(made(base), {"must.0.any": "\n".join(mine)}, made(theirs))
    merged = set(form.lines(entered.get("must.0.any", "\n".join(theirs))))
    assert lost == ()
    assert merged == (set(theirs) | (set(mine) - set(base))) - (set(base) - set(mine))


# ------------------------------------------------------------------ any watchlist


@pytest.mark.parametrize("name", ["exim-dfc", "magnet-plants", "china-countermoves", "asean-accords"])
def test_what_ships_has_a_form_that_changes_nothing_by_itself(name: str) -> None:
    path = Path(__file__).parent.parent / "watchlists" / f"{name}.yaml"
    value = read(path.name, path.read_text("utf-8"), WatchlistFile).value
    made = form.form(value)
    assert made.changed({field.key: field.text for field in made.fields}) == ()
    check_view(modalview.edit(modalview.Draft(name, "0" * 64), made, {}))
    check_view(modalview.shown(made, "why"))


def test_a_form_of_long_terms_in_any_script_stays_within_a_view() -> None:
    groups = "".join(f"  - name: g{n}\n    any: [{'稀土' * 90}, {n}x]\n" for n in range(80))
    source = f"watchlist: big\ntitle: Big\nmust:\n{groups}"
    made = form.form(read("big.yaml", source, WatchlistFile).value)
    view = modalview.edit(modalview.Draft("big", "0" * 64), made, {})
    check_view(view)
    assert "Only in the full editor" in said(view)


@settings(deadline=None, max_examples=30)
@given(texts(), st.text(max_size=40))
def test_what_is_entered_is_refused_or_is_what_the_file_says(source: str, entry: str) -> None:
    try:
        value = read("x.yaml", source, WatchlistFile).value
    except Exception:  # noqa: BLE001 - not every text is a watchlist
        return
    made = form.form(value)
    for field in made.fields:
        entered = {field.key: entry}
        vocabulary = watchlists.build({})[0].vocabulary
        if form.mistakes(value, entered, vocabulary) or field.kind != "lines":
            continue
        try:
            changed = form.applied(source, made, entered)
        except Uneditable:
            continue
        after = form.form(read("x.yaml", changed, WatchlistFile).value)
        same = after.field(field.what)
        assert same is not None
        assert set(form.lines(same.text)) == set(form.lines(entry))
