"""What is kept between runs: the same values come back, and nothing that goes wrong is noticed."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from monitor.errors import Invalid
from monitor.kept import MAX_FILES, keep, recall
from monitor.yamlfile import Strict, plain, read

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
KEYS = st.text(st.characters(codec="utf-8"), max_size=3) | st.integers() | st.booleans()
VALUES = st.recursive(
    SCALARS | st.text(st.characters(codec="utf-8"), max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)
GOOD = "name: Magnets\ntiers: {1: 8}\nwords: [稀土]\n"


class Named(Strict):
    """A file that the tests read."""

    name: str
    tiers: dict[int, int] = Field(default_factory=dict)
    words: list[str] = Field(default_factory=list)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where things are kept; it is made when first used."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "signal-monitor"


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_was_kept_comes_back_the_same_in_every_type(value: dict[Any, Any]) -> None:
    text = repr(value)
    keep(text, value)
    assert repr(recall(text)) == text


def test_of_another_text_nothing_is_known(folder: Path) -> None:
    keep("a: 1\n", {"a": 1})
    assert recall("a: 1\n ") is None


def test_what_cannot_be_written_is_not_kept(folder: Path) -> None:
    keep("time", {"until": datetime(2026, 12, 31, tzinfo=UTC)})
    keep("number", {"x": float("nan")})
    keep("key", {(1, 2): "x"})
    assert files(folder) == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda body: b"", id="empty"),
        pytest.param(lambda body: body[:-5], id="cut off"),
        pytest.param(lambda body: body.replace(b"Magnets", b"Magnetz"), id="a letter changed"),
        pytest.param(lambda body: b"\xff\x00" + body, id="not text"),
        pytest.param(lambda body: body.partition(b"\n")[2], id="no digest"),
    ],
)
def test_a_damaged_file_is_as_good_as_none_and_is_written_anew(folder: Path, damage: Any) -> None:
    expected = plain("w.yaml", GOOD)
    (kept,) = files(folder)
    kept.write_bytes(damage(kept.read_bytes()))
    assert recall(GOOD) is None
    assert plain("w.yaml", GOOD) == expected
    assert recall(GOOD) == expected


def test_a_folder_that_cannot_be_made_keeps_nothing_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert read("w.yaml", GOOD, Named).value.name == "Magnets"
    assert recall(GOOD) is None


@pytest.mark.parametrize("named", ["", "relative/folder"])
def test_without_a_folder_of_its_own_the_home_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    monkeypatch.setenv("HOME", str(tmp_path))
    keep(GOOD, {"name": "Magnets"})
    assert len(files(tmp_path / ".cache" / "signal-monitor")) == 1


def test_the_oldest_goes_where_there_are_too_many(folder: Path) -> None:
    folder.mkdir()
    for number in range(MAX_FILES):
        (folder / f"{number}.json").touch()
        os.utime(folder / f"{number}.json", (number, number))
    keep(GOOD, {"name": "Magnets"})
    left = {file.name for file in files(folder)}
    assert len(left) == MAX_FILES
    assert "0.json" not in left
    assert "1.json" in left
    assert recall(GOOD) == {"name": "Magnets"}


# ------------------------------------------------------------------ reading files


def test_a_file_is_read_from_what_was_kept(folder: Path) -> None:
    """What is kept under the text of a file is believed, whatever the text says."""
    keep(GOOD, {"name": "Kept", "tiers": {1: 2}})
    value = read("w.yaml", GOOD, Named).value
    assert (value.name, value.tiers) == ("Kept", {1: 2})


def test_a_file_reads_the_same_the_second_time(folder: Path) -> None:
    first, second = (read("w.yaml", GOOD, Named).value for _ in range(2))
    assert first == second == Named(name="Magnets", tiers={1: 8}, words=["稀土"])
    assert len(files(folder)) == 1


def test_a_file_with_a_date_is_kept(folder: Path) -> None:
    plain("w.yaml", "until: 2026-12-31\n")
    assert recall("until: 2026-12-31\n") == {"until": date(2026, 12, 31)}


def test_what_is_no_yaml_is_not_kept(folder: Path) -> None:
    with pytest.raises(Invalid):
        read("w.yaml", "name: [a\n", Named)
    assert files(folder) == []


def test_a_problem_names_its_line_though_nothing_was_parsed(folder: Path) -> None:
    plain("w.yaml", "name: Magnets\nwords:\n  - a\n  - 7\n")
    for _ in range(2):
        with pytest.raises(Invalid) as caught:
            read("other.yaml", "name: Magnets\nwords:\n  - a\n  - 7\n", Named)
        assert [(p.file, p.line) for p in caught.value.problems] == [("other.yaml", 4)]
    document = read("w.yaml", GOOD, Named)
    assert document.problem(("words", 0), "is short").line == 3


def test_a_kept_file_is_json_that_the_user_alone_may_read(folder: Path) -> None:
    plain("w.yaml", GOOD)
    (kept,) = files(folder)
    assert json.loads(kept.read_bytes().partition(b"\n")[2])["name"] == "Magnets"
    assert kept.stat().st_mode & 0o077 == 0
