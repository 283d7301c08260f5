"""The one door for changes of the watchlist files: validated, whole, never over somebody else's, kept."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from monitor.edit import BY_HAND, Change, Copy, Editor, diff
from monitor.errors import Busy, Conflict, Invalid, MonitorError
from monitor.folder import read_directory
from monitor.lock import locked
from monitor.storage import Storage
from monitor.storage.edits import Edit, digest
from monitor.watchlists import Rulebook, build
from tests import rules
from tests.conftest import ROOT
from tests.fakes import NOON
from tests.test_edit_text import texts

MINUTE = timedelta(minutes=1)
FILE = "magnets.yaml"
OLD = rules.MAGNETS.encode()
NEW = OLD.replace(b"alert: 60", b"alert: 70")
BAD = OLD.replace(b"alert: 60", b"alret: 60")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return rules.write(tmp_path / "watchlists")


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with Storage(tmp_path / "monitor.db") as opened:
        yield opened


@pytest.fixture
def editor(folder: Path, storage: Storage) -> Editor:
    return Editor(folder, storage)


def save(editor: Editor, body: bytes | None, who: str = "Anna", why: str = "") -> Edit:
    return editor.save(editor.copy("magnets").change(body, who, why), NOON)


def only_files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


# ------------------------------------------------------------------ saving


def test_a_change_is_on_disk_and_in_the_history(editor: Editor, folder: Path, storage: Storage) -> None:
    made = save(editor, NEW, "Anna", "too many alerts")
    assert (folder / FILE).read_bytes() == NEW
    assert storage.edits.get(made.id) == made
    assert made == Edit(FILE, NOON, "Anna", "too many alerts", OLD, NEW, made.id)
    assert only_files(folder) == {FILE, "sources.yaml"}


def test_a_new_file_has_no_before_and_a_deleted_one_no_after(editor: Editor, folder: Path) -> None:
    cats = OLD.replace(b"watchlist: magnets", b"watchlist: cats")
    made = editor.save(Change("cats.yaml", "", cats, "Anna"), NOON)
    assert (made.before, made.after) == (None, cats)
    gone = editor.save(Change("cats.yaml", digest(cats), None, "Anna"), NOON)
    assert (gone.before, gone.after) == (cats, None)
    assert not (folder / "cats.yaml").exists()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_the_file_keeps_its_mode(editor: Editor, folder: Path, mode: int) -> None:
    (folder / FILE).chmod(mode)
    save(editor, NEW)
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == mode


def test_a_link_stays_one_and_the_file_behind_it_changes(
    editor: Editor, folder: Path, tmp_path: Path
) -> None:
    real = (folder / FILE).rename(tmp_path / "real.yaml")
    (folder / FILE).symlink_to(real)
    save(editor, NEW)
    assert (folder / FILE).is_symlink()
    assert real.read_bytes() == NEW


def test_what_somebody_writes_about_an_edit_is_kept_on_one_printable_line(editor: Editor) -> None:
    made = save(editor, NEW, " Anna\x1b[31m ", "one\ntwo\r\n\tthree")
    assert (made.who, made.why) == ("Anna[31m", "one two three")


def test_nothing_to_change_is_said(editor: Editor) -> None:
    with pytest.raises(MonitorError, match=r"magnets\.yaml: nothing changed"):
        save(editor, OLD)


@pytest.mark.parametrize(
    "name", ["../magnets", "a/b", ".magnets", "Magnets", "", "magnets.yaml.yaml", "a\nb"]
)
def test_a_name_that_leads_elsewhere_is_refused(editor: Editor, name: str) -> None:
    with pytest.raises(MonitorError, match="cannot be a watchlist's name"):
        editor.copy(name)
    with pytest.raises(MonitorError, match="cannot be a watchlist's name"):
        editor.save(Change(name, "", NEW, "Anna"), NOON)


def test_an_unknown_watchlist_is_answered_with_those_there_are(editor: Editor) -> None:
    with pytest.raises(MonitorError, match="no watchlist is called 'cats': there are magnets, sources"):
        editor.copy("cats")


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BAD, "magnets.yaml:16: unknown key 'alret' (did you mean 'alert'?)"),
        (b"\xff" + OLD, "magnets.yaml:1: is not UTF-8 text (save it as UTF-8)"),
        (OLD.replace(b"loan,", b'"@nobody",'), "magnets.yaml:9: '@nobody' is not a concept or entity"),
        (OLD.replace(b"magnets\n", b"cats\n", 1), "magnets.yaml:1: the id is not the file's name"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_remedy_and_the_old_one_stays(
    editor: Editor, folder: Path, storage: Storage, body: bytes, said: str
) -> None:
    with pytest.raises(Invalid) as caught:
        save(editor, body)
    assert str(caught.value).startswith(said)
    assert (folder / FILE).read_bytes() == OLD
    assert storage.edits.latest(9) == []


def test_a_change_that_breaks_another_file_is_refused(editor: Editor, folder: Path) -> None:
    concepts = b"concepts:\n  money:\n    terms: {en: [loan]}\n"
    (folder / "concepts.yaml").write_bytes(concepts)
    (folder / FILE).write_bytes(OLD.replace(b"loan,", b'"@money",'))
    with pytest.raises(Invalid, match=r"^magnets\.yaml:9: '@money' is not a concept or entity"):
        editor.save(editor.copy("concepts").change(concepts.replace(b"money", b"funds"), "Anna"), NOON)
    assert (folder / "concepts.yaml").read_bytes() == concepts


def test_what_was_wrong_with_other_files_before_does_not_block(editor: Editor, folder: Path) -> None:
    (folder / "cats.yaml").write_bytes(BAD)
    assert save(editor, NEW).after == NEW


def test_a_bad_file_can_be_mended_but_not_left_bad(editor: Editor, folder: Path) -> None:
    (folder / FILE).write_bytes(BAD)
    with pytest.raises(Invalid, match="unknown key 'alret'"):
        save(editor, BAD + b"# more\n")
    assert save(editor, OLD).before == BAD


def test_what_is_in_force_is_not_built_anew_for_a_draft(folder: Path, storage: Storage) -> None:
    in_force, _ = build(read_directory(folder))
    seen: list[Rulebook] = []
    Editor(folder, storage, lambda before, _: seen.append(before)).draft(Copy(FILE, OLD).change(NEW, "Anna"))
    assert seen[0] is in_force


def test_what_was_tried_is_not_built_anew_when_it_comes_into_force(folder: Path, storage: Storage) -> None:
    seen: list[Rulebook] = []
    editor = Editor(folder, storage, lambda _, after: seen.append(after))
    editor.draft(editor.copy("magnets").change(NEW, "Anna"))
    save(editor, NEW)
    assert build(read_directory(folder))[0] is seen[0]


def test_the_catalogue_is_checked_as_a_catalogue(editor: Editor, folder: Path) -> None:
    copy = editor.copy("sources")
    assert copy.body is not None
    with pytest.raises(Invalid, match=r"sources\.yaml:\d+: unknown key 'tear'"):
        editor.save(copy.change(copy.body.replace(b"tier", b"tear"), "Anna"), NOON)
    paused = copy.body + b"    disabled: for a test\n"
    assert editor.save(copy.change(paused, "Anna"), NOON).after == paused


# ------------------------------------------------------------------ two at once


def test_the_second_of_two_is_told_who_was_first_and_nothing_is_overwritten(
    editor: Editor, folder: Path
) -> None:
    mine, theirs = editor.copy("magnets"), editor.copy("magnets")
    editor.save(theirs.change(NEW, "Anna", "fewer alerts"), NOON)
    with pytest.raises(Conflict) as caught:
        editor.save(mine.change(OLD + b"# mine\n", "Ben"), NOON)
    assert str(caught.value) == (
        "magnets.yaml was changed by Anna at 2 Mar 2026 12:00 UTC (fewer alerts); nothing was overwritten"
    )
    assert "-alert: 60\n+alert: 70\n" in caught.value.diff
    assert (folder / FILE).read_bytes() == NEW


def test_a_change_by_hand_is_told_as_such(editor: Editor, folder: Path) -> None:
    copy = editor.copy("magnets")
    (folder / FILE).write_bytes(NEW)
    os.utime(folder / FILE, (NOON.timestamp(), NOON.timestamp()))
    with pytest.raises(Conflict, match="was changed by hand at 2 Mar 2026 12:00 UTC; nothing"):
        editor.save(copy.change(OLD + b"# mine\n", "Ben"), NOON)
    (folder / FILE).unlink()
    with pytest.raises(Conflict, match="was deleted by hand; nothing was overwritten"):
        editor.save(copy.change(OLD + b"# mine\n", "Ben"), NOON)
    assert not (folder / FILE).exists()


def test_a_new_file_does_not_take_the_place_of_one(editor: Editor, folder: Path) -> None:
    with pytest.raises(Conflict, match="exists already, last changed by hand at"):
        editor.save(Change(FILE, "", NEW, "Ben"), NOON)
    assert (folder / FILE).read_bytes() == OLD


def test_of_many_threads_with_one_text_exactly_one_saves(folder: Path, tmp_path: Path) -> None:
    base = digest(OLD)
    start = threading.Barrier(5)
    won: list[bytes] = []
    lost: list[Conflict] = []

    def work(number: int) -> None:
        body = OLD.replace(b"alert: 60", f"alert: 6{number}".encode())
        with Storage(tmp_path / "monitor.db") as own:
            start.wait()
            try:
                won.append(
                    Editor(folder, own).save(Change(FILE, base, body, f"w{number}"), NOON).after or b""
                )
            except Conflict as error:
                lost.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 4)
    assert (folder / FILE).read_bytes() == won[0]
    with Storage(tmp_path / "monitor.db") as opened:
        assert [edit.after for edit in opened.edits.latest(9)] == won


class SavedByHand(Storage):
    """A database at whose write lock somebody's editor saves the file."""

    def __init__(self, path: Path, file: Path) -> None:
        super().__init__(path)
        self.file = file
        self.writes = 0

    @contextmanager
    def write(self) -> Iterator[None]:
        self.writes += 1
        if self.writes == 2:  # the first is to notice what was done by hand before
            self.file.write_bytes(OLD + b"# by hand\n")
        with super().write():
            yield


def test_a_save_by_hand_in_the_last_moment_is_noticed(folder: Path, tmp_path: Path) -> None:
    with SavedByHand(tmp_path / "other.db", folder / FILE) as storage:
        editor = Editor(folder, storage)
        with pytest.raises(Conflict, match="by hand"):
            save(editor, NEW)
        assert storage.edits.latest(9) == []
    assert (folder / FILE).read_bytes() == OLD + b"# by hand\n"
    assert only_files(folder) == {FILE, "sources.yaml"}


def test_an_edit_waits_for_another_and_says_so_in_the_end(folder: Path) -> None:
    with (
        locked(folder / ".lock", lambda _: "never"),
        pytest.raises(Busy, match=f"^taken by {os.getpid()}$"),
        locked(folder / ".lock", lambda holder: f"taken by {holder}", wait=0.1),
    ):
        pass


# ------------------------------------------------------------------ whole or not at all

DYING = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from monitor.edit import Editor
from monitor.storage import Storage

def die(event, _):
    if event == "{event}":
        os.kill(os.getpid(), signal.SIGKILL)

with Storage(Path("monitor.db")) as storage:
    editor = Editor(Path("watchlists"), storage)
    copy = editor.copy("magnets")
    sys.addaudithook(die)
    editor.save(copy.change(copy.body.replace(b"alert: 60", b"alert: 70"), "Anna"), datetime.now(UTC))
"""


def test_a_process_that_dies_before_the_rename_leaves_the_old_file_whole(
    folder: Path, storage: Storage, editor: Editor
) -> None:
    command = [sys.executable, "-c", DYING.format(event="os.rename")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder.parent, env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (folder / FILE).read_bytes() == OLD
    assert storage.edits.latest(9) == []
    assert save(editor, NEW).before == OLD, "and the next edit goes through"
    assert only_files(folder) == {FILE, "sources.yaml"}


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_left(
    editor: Editor, folder: Path, storage: Storage
) -> None:
    (folder / f".{FILE}.new").mkdir()
    with pytest.raises(MonitorError, match=r"magnets\.yaml: cannot be written: "):
        save(editor, NEW)
    assert (folder / FILE).read_bytes() == OLD
    assert storage.edits.latest(9) == []
    (folder / ".lock").unlink()
    (folder / ".lock").mkdir()
    with pytest.raises(MonitorError, match=r"\.lock: cannot be written: Is a directory"):
        save(editor, NEW)


# ------------------------------------------------------------------ taking back


def test_a_revert_is_a_new_edit_that_brings_the_bytes_back(editor: Editor, folder: Path) -> None:
    made = save(editor, NEW, "Anna", "fewer alerts")
    back = editor.revert(made.id, "Ben", "", NOON + MINUTE)
    assert (folder / FILE).read_bytes() == OLD
    assert (back.id, back.who, back.why) == (made.id + 1, "Ben", "takes back edit 1: fewer alerts")
    again = editor.revert(back.id, "Ben", "no, keep it", NOON + MINUTE)
    assert (folder / FILE).read_bytes() == NEW
    assert again.why == "no, keep it"


def test_a_new_file_is_deleted_by_its_revert_and_comes_back_by_the_next(editor: Editor, folder: Path) -> None:
    cats = OLD.replace(b"watchlist: magnets", b"watchlist: cats")
    made = editor.save(Change("cats.yaml", "", cats, "Anna"), NOON)
    back = editor.revert(made.id, "Anna", "", NOON)
    assert not (folder / "cats.yaml").exists()
    editor.revert(back.id, "Anna", "", NOON)
    assert (folder / "cats.yaml").read_bytes() == cats


def test_an_edit_that_others_build_on_is_taken_back_only_by_force(editor: Editor, folder: Path) -> None:
    first = save(editor, NEW)
    second = save(editor, NEW + b"# more\n", "Ben", "a note")
    with pytest.raises(Conflict) as caught:
        editor.revert(first.id, "Anna", "", NOON)
    assert str(caught.value) == (
        "magnets.yaml was changed since edit 1, the last time by Ben at 2 Mar 2026 12:00 UTC (a note): "
        f"take back {second.id} first, newest first, or all at once with --force"
    )
    assert "+# more" in caught.value.diff
    assert (folder / FILE).read_bytes() == NEW + b"# more\n"
    assert editor.revert(first.id, "Anna", "", NOON, force=True).after == OLD


def test_what_was_changed_by_hand_can_be_brought_back(editor: Editor, folder: Path) -> None:
    made = save(editor, NEW)
    (folder / FILE).write_bytes(b"\xff not even text")
    os.utime(folder / FILE, (NOON.timestamp(), NOON.timestamp()))
    by_hand, first = editor.history(NOON + MINUTE, 9, "magnets")
    assert first == made
    assert (by_hand.who, by_hand.at, by_hand.before) == (BY_HAND, NOON, NEW)
    assert editor.history(NOON + MINUTE, 9) == [by_hand, made], "noticed once"
    editor.revert(by_hand.id, "Anna", "", NOON)
    assert (folder / FILE).read_bytes() == NEW


def test_a_revert_to_a_text_that_is_bad_now_is_refused(editor: Editor, folder: Path) -> None:
    (folder / FILE).write_bytes(BAD)
    made = save(editor, OLD)
    with pytest.raises(Invalid, match="unknown key 'alret'"):
        editor.revert(made.id, "Anna", "", NOON)
    assert (folder / FILE).read_bytes() == OLD


def test_an_unknown_edit_is_said(editor: Editor) -> None:
    with pytest.raises(MonitorError, match="there is no edit 7: monitor watchlists history shows them"):
        editor.revert(7, "Anna", "", NOON)


@settings(deadline=None, max_examples=60)
@given(texts(), texts())
def test_edit_then_revert_gives_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    first, second = before.encode(), after.encode()
    (folder / "w.yaml").write_bytes(first)
    (folder / "concepts.yaml").write_text("concepts: {rare-earths: {terms: {en: [rare earth]}}}\n", "utf-8")
    with Storage(folder / "monitor.db") as storage:
        editor = Editor(folder, storage)
        if first == second:
            second += b"\n# more"
        made = editor.save(editor.copy("w").change(second, "Anna"), NOON)
        assert (folder / "w.yaml").read_bytes() == second
        back = editor.revert(made.id, "Anna", "", NOON)
        assert (folder / "w.yaml").read_bytes() == first
        editor.revert(back.id, "Anna", "", NOON)
        assert (folder / "w.yaml").read_bytes() == second


# ------------------------------------------------------------------ before it is saved


def test_a_draft_shows_problems_diff_and_what_it_would_do_and_saves_nothing(
    folder: Path, storage: Storage
) -> None:
    asked: list[tuple[int, int]] = []

    def preview(before: Rulebook, after: Rulebook) -> str | None:
        asked.append((before.watchlists[0].alert, after.watchlists[0].alert))
        return "two alerts fewer a day"

    editor = Editor(folder, storage, preview)
    copy = editor.copy("magnets")
    draft = editor.draft(copy.change(NEW, "Anna"))
    assert (draft.problems, draft.summary, asked) == ((), "two alerts fewer a day", [(60, 70)])
    assert "-alert: 60\n+alert: 70\n" in draft.diff
    bad = editor.draft(copy.change(BAD, "Anna"))
    assert (len(bad.problems), bad.summary, len(asked)) == (1, None, 1)
    assert (folder / FILE).read_bytes() == OLD


def test_the_preview_is_not_asked_while_others_wait_for_the_save(folder: Path, storage: Storage) -> None:
    def preview(before: Rulebook, after: Rulebook) -> str | None:
        raise AssertionError("a back-test takes its time")

    assert save(Editor(folder, storage, preview), NEW).after == NEW


def test_a_diff_tells_of_a_last_line_without_a_break() -> None:
    assert diff("f", b"a\n", b"a") == "--- f\n+++ f\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n"
    assert diff("f", None, b"a\n").startswith("--- /dev/null\n+++ f\n")
    assert diff("f", b"a\n", b"a\n") == ""
