"""Changing watchlists with the commands: by options, in an editor, taking back, starting new ones."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor import schemas
from tests import rules
from tests.conftest import ROOT
from tests.desk import SETTINGS, Desk

FILE = Path("watchlists/magnets.yaml")
EDIT = ("watchlists", "edit", "magnets")


@pytest.fixture
def own_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The editor of the user: a script that a test writes; the file's path is `file`."""
    script = tmp_path / "editor.py"
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    return script


def editor_does(script: Path, *lines: str) -> None:
    head = ["import sys", "from pathlib import Path", "file = Path(sys.argv[1])", "text = file.read_bytes()"]
    script.write_text("\n".join([*head, *lines]), "utf-8")


REPLACE = "file.write_bytes(text.replace(b'alert: 60', b'alert: 70'))"

# ------------------------------------------------------------------ by options


def test_values_and_terms_are_changed_by_options_and_the_rest_stays(desk: Desk) -> None:
    options = ("--set", "alert=70", "--add", "must[0].any=镝", "--remove", "any[money].any=billion", "--yes")
    said = desk.run(*EDIT, *options, "--why", "fewer alerts", "--who", "Anna").stdout
    expected = rules.MAGNETS.replace("alert: 60", "alert: 70").replace("稀土]", "稀土, 镝]")
    assert FILE.read_text("utf-8") == expected.replace(" billion,", "")
    assert "-alert: 60\n+alert: 70\n" in said
    assert "magnets: 1 term added, 1 taken out, alert 60 -> 70\n" in said
    assert said.endswith("Saved as edit 1. To take it back: monitor watchlists revert 1\n")
    assert "alert from 70" in desk.run("watchlists", "show", "magnets").stdout


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("title=Magnets: all", 'title: "Magnets: all"'),
        ("title='2025'", 'title: "2025"'),
        ("weights.body=0.4", "weights: {body: 0.4}"),
        ("must[0].in_order=false", "    in_order: false"),
        ("any[money].weight=5", "    weight: 5"),
    ],
)
def test_a_value_is_a_number_a_truth_value_or_text(desk: Desk, asked: str, line: str) -> None:
    desk.run(*EDIT, "--set", asked, "--yes")
    assert line in FILE.read_text("utf-8").splitlines()


def test_what_a_change_would_have_done_to_the_stored_items_is_said(desk: Desk) -> None:
    desk.filled()
    said = desk.run(*EDIT, "--set", "alert=95", "--yes").stdout
    assert "magnets: alert 60 -> 95\nmagnets: last 30 days: 3 alerts -> 0 (lost 3, gained 0)\n" in said
    said = desk.run(*EDIT, "--from-file", "-", "--yes", stdin=FILE.read_text("utf-8") + "# note\n").stdout
    assert "magnets: comments and layout only\nSaved" in said


def test_it_asks_before_it_saves_and_no_means_no(desk: Desk) -> None:
    before = FILE.read_bytes()
    assert "Save this?" in desk.run(*EDIT, "--set", "alert=70", stdin="n\n", code=1).stderr
    assert FILE.read_bytes() == before
    desk.run(*EDIT, "--set", "alert=70", stdin="y\n")
    assert b"alert: 70" in FILE.read_bytes()


def test_a_mistake_is_told_with_its_line_and_nothing_is_saved(desk: Desk) -> None:
    before = FILE.read_bytes()
    said = desk.run(*EDIT, "--set", "alert=20", "--yes", code=1).stderr
    assert said.startswith("magnets.yaml:17: the digest threshold is above the alert threshold (lower ")
    assert FILE.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "alert"), "'alert' is not a change: write a place and a value, such as alert=70"),
        (("--set", "must[9].weight=1"), "there is no must[9]: the list has 1"),
        (("--remove", "must[0].any=cat"), "'cat' is not in must[0].any"),
        (("--add", "title=cat"), "title is not a list"),
    ],
)
def test_a_change_that_makes_no_sense_is_said(desk: Desk, options: tuple[str, str], said: str) -> None:
    assert desk.run(*EDIT, *options, "--yes", code=1).stderr == f"error: {said}\n"


def test_two_ways_at_once_are_wrong_usage(desk: Desk) -> None:
    desk.run(*EDIT, "--set", "alert=70", "--from-file", "-", code=2)


def test_what_the_file_says_already_is_no_edit(desk: Desk) -> None:
    said = desk.run(*EDIT, "--set", "alert=60", "--add", "must[0].any=magnet", "--yes").stderr
    assert said == "Nothing to change: the file says so already.\n"
    assert desk.json("watchlists", "history") == []


def test_a_whole_text_comes_from_a_file_or_standard_input(desk: Desk) -> None:
    Path("new.yaml").write_bytes(rules.MAGNETS.replace("\n", "\r\n").encode())
    desk.run(*EDIT, "--from-file", "new.yaml", "--yes")
    assert FILE.read_bytes() == Path("new.yaml").read_bytes()
    desk.run(*EDIT, "--from-file", "-", "--yes", stdin=rules.MAGNETS)
    assert FILE.read_bytes() == rules.MAGNETS.encode()


def test_a_script_says_from_which_text_it_started(desk: Desk) -> None:
    base = hashlib.sha256(FILE.read_bytes()).hexdigest()
    desk.run(*EDIT, "--set", "alert=70", "--yes", "--who", "Anna", "--why", "fewer")
    late = (*EDIT, "--from-file", "-", "--base", base, "--yes")
    said = desk.run(*late, stdin=rules.MAGNETS + "# mine\n", code=1).stderr
    assert "-alert: 60\n+alert: 70\n" in said
    assert said.splitlines()[-1].startswith("error: magnets.yaml was changed by Anna at ")
    assert said.endswith("(fewer); nothing was overwritten\n")
    assert b"# mine" not in FILE.read_bytes()


def test_of_two_processes_with_one_text_one_saves_and_one_is_told(desk: Desk) -> None:
    base = hashlib.sha256(FILE.read_bytes()).hexdigest()
    command = [sys.executable, "-m", "monitor", *EDIT, "--base", base, "--yes", "--set"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen([*command, f"alert={alert}"], env=environment, stderr=subprocess.PIPE, text=True)
        for alert in (70, 80)
    ]
    said = [one.communicate()[1] for one in both]
    assert sorted(one.returncode for one in both) == [0, 1]
    assert sum("nothing was overwritten" in text for text in said) == 1
    assert len(desk.json("watchlists", "history")) == 1


def test_a_machine_gets_the_edit_as_json(desk: Desk) -> None:
    (made,) = desk.json(*EDIT, "--set", "alert=70", "--yes", "--who", "Anna")
    assert (made["id"], made["file"], made["who"], made["added"], made["removed"]) == (
        1, "magnets.yaml", "Anna", 1, 1,
    )  # fmt: skip
    assert made["after"] == hashlib.sha256(FILE.read_bytes()).hexdigest()


def test_concepts_and_sources_are_edited_by_the_same_door(desk: Desk) -> None:
    desk.run("watchlists", "edit", "sources", "--set", "sources[press].tier=4", "--yes")
    assert "tier: 4" in Path("watchlists/sources.yaml").read_text("utf-8")
    said = desk.run("watchlists", "edit", "sources", "--set", "sources[press].tier=9", "--yes", code=1).stderr
    assert said.startswith("sources.yaml:")
    said = desk.run("watchlists", "edit", "concepts", "--set", "a=1", "--yes", code=1).stderr
    assert said == "error: no watchlist is called 'concepts': there are magnets, sources\n"


# ------------------------------------------------------------------ in an editor


def test_the_editor_gets_the_bytes_and_what_it_saves_is_saved(desk: Desk, own_editor: Path) -> None:
    FILE.write_bytes(b"\xef\xbb\xbf" + rules.MAGNETS.replace("\n", "\r\n").encode())
    before = FILE.read_bytes()
    editor_does(own_editor, REPLACE)
    said = desk.run(*EDIT, stdin="too many alerts\ny\n")
    assert FILE.read_bytes() == before.replace(b"alert: 60", b"alert: 70")
    assert "magnets: alert 60 -> 70" in said.stdout
    assert [e["why"] for e in desk.json("watchlists", "history")] == ["too many alerts"]


def test_the_schema_is_beside_what_is_edited(desk: Desk, own_editor: Path) -> None:
    editor_does(own_editor, "assert (file.parent / 'schema' / 'watchlist.json').is_file()", REPLACE)
    desk.run(*EDIT, "--yes")
    assert b"alert: 70" in FILE.read_bytes()


def test_an_editor_that_changes_nothing_makes_no_edit(desk: Desk, own_editor: Path) -> None:
    editor_does(own_editor)
    assert desk.run(*EDIT).stderr == "Nothing changed.\n"


def test_a_mistake_goes_back_to_the_editor(desk: Desk, own_editor: Path) -> None:
    editor_does(
        own_editor,
        "new = b'alert: 70' if b'alret' in text else b'alret: 70'",
        "file.write_bytes(text.replace(b'alret: 70', new).replace(b'alert: 60', new))",
    )
    said = desk.run(*EDIT, stdin="y\n\ny\n").stderr
    assert "magnets.yaml:16: unknown key 'alret' (did you mean 'alert'?)" in said
    assert b"alert: 70" in FILE.read_bytes()


def test_a_mistake_can_be_discarded(desk: Desk, own_editor: Path) -> None:
    editor_does(own_editor, "file.write_bytes(b'nonsense')")
    before = FILE.read_bytes()
    assert desk.run(*EDIT, stdin="n\n", code=1).stderr.endswith("Discarded.\n")
    assert FILE.read_bytes() == before


def test_a_text_that_cannot_be_saved_is_kept_for_its_writer(desk: Desk, own_editor: Path) -> None:
    editor_does(
        own_editor,
        REPLACE,
        f"there = Path({str(FILE.absolute())!r})",
        "there.write_bytes(there.read_bytes() + b'# theirs\\n')",
    )
    said = desk.run(*EDIT, "--yes", code=1).stderr
    assert "+# theirs\n" in said
    assert "magnets.yaml was changed by hand at " in said
    kept = Path(next(line for line in said.splitlines() if "is kept in" in line).split(" in ")[1])
    assert kept.read_bytes() == rules.MAGNETS.replace("alert: 60", "alert: 70").encode()
    assert FILE.read_bytes() == rules.MAGNETS.encode() + b"# theirs\n"
    shutil.rmtree(kept.parent)


# ------------------------------------------------------------------ history, diff, revert


def test_history_diff_and_revert(desk: Desk) -> None:
    desk.run(*EDIT, "--set", "alert=70", "--yes", "--who", "Anna", "--why", "fewer alerts")
    FILE.write_bytes(FILE.read_bytes() + b"# by hand\n")
    table = desk.run("watchlists", "history", "magnets").stdout.splitlines()
    assert [line.split()[0] for line in table] == ["edit", "2", "1"]
    assert "by hand" in table[1]
    assert "Anna" in table[2]
    assert "+1 -1" in table[2]
    assert "fewer alerts" in table[2]
    assert "-alert: 60\n+alert: 70\n" in desk.run("watchlists", "diff", "1").stdout
    refused = desk.run("watchlists", "revert", "1", code=1).stderr
    assert "take back 2 first, newest first, or all at once with --force" in refused
    assert "Saved as edit 3" in desk.run("watchlists", "revert", "2").stdout
    (made,) = desk.json("watchlists", "revert", "1", "--who", "Ben")
    assert (made["id"], made["why"]) == (4, "takes back edit 1: fewer alerts")
    assert FILE.read_text("utf-8") == rules.MAGNETS


def test_before_the_first_edit_there_is_no_history(desk: Desk) -> None:
    assert desk.run("watchlists", "history").stdout == "No edit yet.\n"
    said = desk.run("watchlists", "diff", "1", code=1).stderr
    assert said == "error: there is no edit 1: monitor watchlists history shows them\n"


# ------------------------------------------------------------------ new


@pytest.mark.parametrize("name", ["gallium", "rare-earth-recycling", "2025", "words"])
def test_a_new_watchlist_is_sound_and_fires_on_its_name(desk: Desk, name: str) -> None:
    desk.run("watchlists", "new", name, "--title", 'What: it\'s "called"')
    assert "2 watchlists and 2 sources, no problem found." in desk.run("watchlists", "check").stdout
    headline = f"Export ban on {name.replace('-', ' ')} announced"
    (told,) = [
        json.loads(line)
        for line in desk.run(
            "explain", "--text", "-", "--watchlist", name, "--json", stdin=headline
        ).stdout.splitlines()
    ]
    assert told["score"] >= 60
    assert Path(f"watchlists/{name}.yaml").read_text("utf-8").startswith(schemas.first_line("x"))
    assert Path("watchlists/schema/watchlist.json").is_file()


def test_a_new_watchlist_can_start_from_another(desk: Desk) -> None:
    desk.run("watchlists", "new", "cats", "--from", "magnets")
    expected = rules.MAGNETS.replace("watchlist: magnets", "watchlist: cats")
    assert Path("watchlists/cats.yaml").read_text("utf-8") == expected.replace("Rare earth magnets", "Cats")
    assert "no problem found" in desk.run("watchlists", "check").stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("magnets", "error: magnets.yaml exists already, last changed by hand at "),
        ("concepts", "error: concepts.yaml is not a watchlist: choose another name"),
        ("../x", "error: '../x' cannot be a watchlist's name"),
    ],
)
def test_a_new_watchlist_needs_a_name_of_its_own(desk: Desk, name: str, said: str) -> None:
    assert desk.run("watchlists", "new", name, code=1).stderr.startswith(said)
    assert FILE.read_text("utf-8") == rules.MAGNETS


def test_what_came_with_the_package_is_unpacked_before_it_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    own = tmp_path / "empty"
    own.mkdir()
    monkeypatch.chdir(own)
    shipped = (ROOT / "watchlists" / "exim-dfc.yaml").read_bytes()
    said = desk.run("watchlists", "edit", "exim-dfc", "--set", "alert=70", "--yes").stderr
    assert "The watchlists are in watchlists/ now" in said
    assert (own / "watchlists" / "exim-dfc.yaml").read_bytes() == shipped.replace(b"alert: 60", b"alert: 70")
    assert (ROOT / "watchlists" / "exim-dfc.yaml").read_bytes() == shipped
    assert (own / "watchlists" / "schema" / "watchlist.json").is_file()


def test_shipped_files_are_not_edited_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    catalogue = Path("watchlists/sources.yaml").absolute()
    own = tmp_path / "empty"
    own.mkdir()
    monkeypatch.chdir(own)
    Path("monitor.toml").write_text(f'{SETTINGS}[paths]\nsources = "{catalogue}"\n', "utf-8")
    said = desk.run("watchlists", "edit", "exim-dfc", "--set", "alert=70", "--yes", code=1).stderr
    assert said == "error: there is no folder watchlists: make it, or set paths.watchlists\n"


# ------------------------------------------------------------------ schema


def test_a_schema_is_printed_or_all_are_written(desk: Desk) -> None:
    assert desk.run("watchlists", "schema").stdout == schemas.schema("watchlist")
    assert desk.run("watchlists", "schema", "sources").stdout == schemas.schema("sources")
    assert desk.run("watchlists", "schema", "--write").stdout == "Written to watchlists/schema/\n"
    assert {p.stem for p in Path("watchlists/schema").iterdir()} == set(schemas.NAMES)
    desk.run("watchlists", "schema", "cats", code=2)
