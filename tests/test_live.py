"""Files that are edited while the monitor runs: a good save counts at once, a bad one changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.folder import SOURCES as CATALOGUE
from monitor.live import InForce, Live
from monitor.model import Content
from monitor.storage import Storage
from tests.fakes import NOON
from tests.webs import WATCHLIST, World, post

SOURCES = "sources:\n  - {id: one, url: 'https://one.example.com/feed'}\n"
TWO_SOURCES = SOURCES + "  - {id: two, url: 'https://two.example.com/feed'}\n"
BAD: dict[str, str | bytes] = {
    "half written": WATCHLIST[: len(WATCHLIST) // 2].rstrip("}\n"),
    "empty": "",
    "tab": WATCHLIST.replace("  - {", "\t- {"),
    "unknown key": WATCHLIST + "colour: red\n",
    "duplicate key": WATCHLIST + "alert: 70\n",
    "no concept": WATCHLIST.replace("[loan,", '["@no-such", loan,'),
    "alias bomb": "a: &a [x]\n" + WATCHLIST + "".join(f"k{n}: &k{n} [*a, *a]\n" for n in range(9)),
    "python object": WATCHLIST + "about: !!python/object/apply:os.system ['true']\n",
    "5 MB": WATCHLIST + "# " + "x" * 5_000_000,
    "not UTF-8": WATCHLIST.encode() + b"about: \xff\xfe\n",
    "wrong type": WATCHLIST.replace("alert: 60", "alert: high"),
    "another name": WATCHLIST.replace("watchlist: magnets", "watchlist: other"),
    "thresholds": WATCHLIST.replace("digest: 30", "digest: 90"),
    "a number for a word": WATCHLIST.replace("[loan,", "[1e3,"),
    "deep": "a: " + "[" * 100_000,
}


class Folder:
    """A folder of files with the database beside it, and what is in force."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.storage = Storage(path / "monitor.db")
        self.write("magnets.yaml", WATCHLIST)
        self.write(CATALOGUE, SOURCES)
        self.live = self.start()

    def start(self) -> Live:
        """The process starts (again)."""
        self.live = Live(self.path, self.path / CATALOGUE, self.storage, NOON)
        return self.live

    def write(self, name: str, text: str | bytes) -> None:
        (self.path / name).write_bytes(text.encode() if isinstance(text, str) else text)

    def refresh(self) -> bool:
        return self.live.refresh(self.storage, NOON)

    @property
    def now(self) -> InForce:
        return self.live.now

    @property
    def thresholds(self) -> dict[str, int]:
        return {w.id: w.alert for w in self.now.watchlists}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    yield made
    made.storage.close()


def test_a_save_is_picked_up_and_only_a_save(folder: Folder) -> None:
    before = folder.now
    assert not folder.refresh()
    assert folder.now is before
    folder.write("magnets.yaml", WATCHLIST.replace("alert: 60", "alert: 100"))
    assert folder.refresh()
    assert folder.thresholds == {"magnets": 100}
    assert not folder.refresh()
    assert not folder.now.problems


def test_files_that_come_and_go_are_picked_up(folder: Folder) -> None:
    folder.write("other.yaml", WATCHLIST.replace("magnets", "other"))
    folder.write(CATALOGUE, TWO_SOURCES)
    assert folder.refresh()
    assert (set(folder.thresholds), list(folder.now.sources)) == ({"magnets", "other"}, ["one", "two"])
    (folder.path / "other.yaml").unlink()
    assert folder.refresh()
    assert set(folder.thresholds) == {"magnets"}
    folder.start()
    assert set(folder.thresholds) == {"magnets"}


def test_new_words_are_matched_at_once(folder: Folder) -> None:
    assert not folder.now.matcher.find(Content("A grant")).present
    folder.write("magnets.yaml", WATCHLIST.replace("[loan,", "[loan, grant,"))
    folder.refresh()
    assert folder.now.matcher.find(Content("A grant")).present


@pytest.mark.parametrize("name", BAD)
def test_a_bad_save_is_told_and_the_last_good_one_stays_also_after_a_restart(
    folder: Folder, name: str
) -> None:
    folder.write("other.yaml", WATCHLIST.replace("magnets", "other"))
    folder.refresh()
    folder.write("magnets.yaml", BAD[name])
    assert folder.refresh()
    for _ in range(2):
        assert folder.thresholds == {"magnets": 60, "other": 60}
        assert {p.file for p in folder.now.problems} == {"magnets.yaml"}
        folder.start()
    folder.write("magnets.yaml", WATCHLIST.replace("alert: 60", "alert: 70"))
    assert folder.refresh()
    assert (folder.thresholds, folder.now.problems) == ({"magnets": 70, "other": 60}, ())


@pytest.mark.parametrize("name", ["tab", "unknown key", "duplicate key", "no concept", "wrong type"])
def test_a_bad_save_is_told_with_its_line(folder: Folder, name: str) -> None:
    folder.write("magnets.yaml", BAD[name])
    folder.refresh()
    assert all(p.line > 1 and p.message for p in folder.now.problems)


def test_a_bad_file_at_the_first_start_leaves_the_others_in_force(folder: Folder) -> None:
    folder.write("broken.yaml", "watchlist: [")
    folder.refresh()
    folder.start()
    assert set(folder.thresholds) == {"magnets"}
    assert {p.file for p in folder.now.problems} == {"broken.yaml"}


def test_a_bad_concept_file_leaves_the_watchlists_that_need_it_as_they_were(folder: Folder) -> None:
    folder.write("concepts.yaml", "concepts:\n  money:\n    terms: {en: [loan], zh: [贷款]}\n")
    folder.write("magnets.yaml", WATCHLIST.replace("[loan, 贷款]", '["@money"]'))
    folder.refresh()
    assert not folder.now.problems
    for bad in ("concepts: {", "concepts: {}\n", "concepts:\n  money:\n    also: ['@money']\n"):
        folder.write("concepts.yaml", bad)
        folder.refresh()
        for _ in range(2):
            assert folder.thresholds == {"magnets": 60}
            assert folder.now.matcher.find(Content("A loan")).present
            assert folder.now.problems
            folder.start()


def test_a_byte_order_mark_and_windows_line_ends_are_read(folder: Folder) -> None:
    text = WATCHLIST.replace("alert: 60", "alert: 61").replace("\n", "\r\n")
    folder.write("magnets.yaml", b"\xef\xbb\xbf" + text.encode())
    folder.refresh()
    assert (folder.thresholds, folder.now.problems) == ({"magnets": 61}, ())


# ------------------------------------------------------------------ the catalogue


@pytest.mark.parametrize("bad", ["sources: [", "", "\tsources:", "sources: {}", "other: []", b"\xff\xfe\x00"])
def test_a_bad_catalogue_keeps_the_last_good_one_also_after_a_restart(
    folder: Folder, bad: str | bytes
) -> None:
    folder.write(CATALOGUE, TWO_SOURCES)
    folder.refresh()
    folder.write(CATALOGUE, bad)
    assert folder.refresh()
    for _ in range(2):
        assert [s.id for s in folder.now.enabled()] == ["one", "two"]
        assert {p.file for p in folder.now.problems} == {CATALOGUE}
        folder.start()


def test_a_catalogue_that_is_gone_keeps_its_sources(folder: Folder) -> None:
    (folder.path / CATALOGUE).unlink()
    assert folder.refresh()
    assert list(folder.now.sources) == ["one"]
    assert folder.now.problems


def test_one_bad_source_costs_only_itself(folder: Folder) -> None:
    folder.write(CATALOGUE, TWO_SOURCES.replace("https://one.example.com/feed", "file:///etc/passwd"))
    folder.refresh()
    assert list(folder.now.sources) == ["two"]
    assert [(p.file, p.line) for p in folder.now.problems] == [(CATALOGUE, 2)]


def test_a_disabled_source_is_known_and_not_polled(folder: Folder) -> None:
    folder.write(CATALOGUE, TWO_SOURCES.replace("{id: two,", "{id: two, disabled: closed down,"))
    folder.refresh()
    assert list(folder.now.sources) == ["one", "two"]
    assert [s.id for s in folder.now.enabled()] == ["one"]


def test_a_source_with_a_new_address_starts_afresh_without_a_flood(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.serve()
        world.list_sources(["one"], path="moved/")
        assert world.app.reload(world.app.storage) == ()
        report = world.serve(*(post(n) for n in range(50)), source="moved/one")
        assert (report.new, report.first_looks, report.alerts) == (50, 1, 0)
        assert world.serve(post(50), source="moved/one").alerts == 1


def test_a_source_that_leaves_and_comes_back_goes_on_where_it_was(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.serve(post(1))
        world.list_sources(["other"])
        world.app.reload(world.app.storage)
        assert set(world.poll().failed) == {"other"}
        world.list_sources(["one"])
        world.app.reload(world.app.storage)
        report = world.serve(post(1), post(2))
        assert (report.new, report.first_looks, report.alerts) == (1, 0, 1)
