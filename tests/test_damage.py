"""A database file with a page of rubbish in it: what is said, and what is never done."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.desk import Desk

DATABASE = Path("monitor.db")
# Tables and indexes that `doctor` reads itself, and ones that only a check looks at.
PLACES = ["items", "items_first_seen", "alerts", "signals", "deliveries", "digests", "items_search_data"]


def damage(name: str) -> bytes:
    """Overwrite the first page of a table or index; answers the file as it then is."""
    with closing(sqlite3.connect(DATABASE)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
        (size,) = raw.execute("PRAGMA page_size").fetchone()
        (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [name]).fetchone()
    with DATABASE.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x5a" * size)
    return DATABASE.read_bytes()


@pytest.mark.parametrize("place", PLACES)
def test_doctor_finds_the_damage_and_says_what_to_do(desk: Desk, place: str) -> None:
    desk.filled()
    damage(place)
    (found,) = desk.json("doctor", code=1)
    assert (found["status"], found["subject"]) == ("WRONG", "database")
    assert found["detail"].startswith("monitor.db is damaged (")
    assert found["detail"].endswith("): restore a backup")
    (line,) = desk.run("doctor", code=1).output.splitlines()
    assert line.startswith("WRONG  database: monitor.db is damaged")


@pytest.mark.parametrize("place", PLACES)
def test_a_backup_of_it_fails_and_keeps_the_one_before(desk: Desk, place: str) -> None:
    desk.filled()
    desk.run("backup", "copy.db")
    good = Path("copy.db").read_bytes()
    broken = damage(place)
    result = desk.run("backup", "copy.db", code=1)
    assert "copy.db: the backup failed" in result.stderr
    assert Path("copy.db").read_bytes() == good
    assert not list(desk.folder.glob("*.part*")), "nothing half-made is left behind"
    assert DATABASE.read_bytes() == broken, "what may still be rescued is not touched"


@pytest.mark.parametrize("command", ["alerts", "sources list", "run --once", "digest", "explain 1"])
@pytest.mark.parametrize("place", ["sources", "rules", "_sqlite_migrations"])
def test_a_command_that_cannot_work_on_it_says_so_in_a_line(desk: Desk, place: str, command: str) -> None:
    desk.filled()
    damage(place)
    result = desk.run(*command.split(), code=1)
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert "malformed" in line
    assert result.stdout == ""


def test_a_backup_leaves_nothing_beside_it(desk: Desk) -> None:
    desk.filled()
    desk.run("backup", "copy.db")
    assert sorted(path.name for path in desk.folder.glob("copy*")) == ["copy.db"]
    Path("copy.db.part").write_text("from a backup that was cut off")
    desk.run("backup", "copy.db")
    assert sorted(path.name for path in desk.folder.glob("copy*")) == ["copy.db"]
