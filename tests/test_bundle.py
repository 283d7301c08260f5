"""A zip of watchlists: the same bytes for the same files, and nothing out of what is not sound (fault 88)."""

from __future__ import annotations

import io
import re
import tracemalloc
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.bundle import MOST_FILES, packed, unpacked
from monitor.errors import Invalid, MonitorError
from tests import zips
from tests.zips import GOOD, zipped

NAMES = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,20}\.yaml\Z")

HOSTILE = {
    "a step up": (zipped(("../evil.yaml", GOOD)), "leads out of the folder"),
    "a step up within": (zipped(("a/../../evil.yaml", GOOD)), "leads out of the folder"),
    "an absolute path": (zipped(("/etc/evil.yaml", GOOD)), "leads out of the folder"),
    "a drive": (zipped(("C:evil.yaml", GOOD)), "leads out of the folder"),
    "a path of Windows": (zipped(("..\\evil.yaml", GOOD)), "leads out of the folder"),
    "a share of Windows": (zipped(("\\\\evil\\x.yaml", GOOD)), "leads out of the folder"),
    "a name with a NUL": (zips.renamed(b"go.yaml\0a"), "leads out of the folder"),
    "a folder": (zipped(("lists/", b"")), "is a folder"),
    "a file in a folder": (zipped(("lists/good.yaml", GOOD)), "leads out of the folder"),
    "a link": (zips.linked(), "is a link or a device"),
    "encrypted": (zips.encrypted(), "is encrypted"),
    "a zip in it": (zipped(("more.zip", zipped(("good.yaml", GOOD)))), "cannot be the name of a watchlist"),
    "a zip called YAML": (zipped(("good.yaml", zipped(("a.yaml", GOOD)))), "is a zip itself"),
    "two of a name": (zips.twice(), "is in the zip twice"),
    "a hidden file": (zipped((".good.yaml", GOOD)), "cannot be the name of a watchlist"),
    "another kind of file": (zipped(("good.py", GOOD)), "cannot be the name of a watchlist"),
    "capitals": (zipped(("Good.yaml", GOOD)), "cannot be the name of a watchlist"),
    "no name": (zipped((".yaml", GOOD)), "cannot be the name of a watchlist"),
    "a name that turns around": (zipped(("good\u202elmay.yaml", GOOD)), "cannot be the name of a watchlist"),
    "a long name": (zipped(("a" * 101 + ".yaml", GOOD)), "cannot be the name of a watchlist"),
    "a large file": (zipped(("good.yaml", b"0" * 1_000_001)), "is larger than 1 MB"),
    "a bomb": (zipped(("good.yaml", b"0" * 900_000)), "becomes more than 100 times as large"),
    "unusually packed": (zips.unusual(), "is packed in an unusual way"),
    "a bomb that lies": (zips.lying(), "no zip to be read"),
    "cut off": (zips.cut(zipped(("good.yaml", GOOD))), "no zip to be read"),
    "damaged": (zips.broken(), "no zip to be read"),
    "no zip": (b"name: Good\n", "no zip to be read"),
    "nothing": (b"", "no zip to be read"),
    "empty": (zipped(), "there is no file in the zip"),
    "10,000 files": (zipped(*zips.numbered(10_000)), "larger than 1 MB"),
    "301 files": (zipped(*zips.numbered(MOST_FILES + 1)), "there are 301 files in the zip; 300 at most"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_sound_is_refused_in_words(name: str) -> None:
    body, says = HOSTILE[name]
    with pytest.raises(MonitorError, match=says):
        unpacked(body)


@pytest.mark.parametrize("body", [zips.lying(), zips.lying(1_000_000), zips.overlapping()])
def test_a_bomb_takes_no_more_memory_than_it_may(body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(MonitorError):
            unpacked(body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8_000_000


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Invalid) as told:
        unpacked(zipped(("../evil.yaml", GOOD), ("good.yaml", GOOD), ("A\x1b[1m.yaml", GOOD)))
    assert [problem.file for problem in told.value.problems] == ["../evil.yaml", "A?[1m.yaml"]
    assert all(problem.remedy for problem in told.value.problems)


def test_files_that_are_large_together_are_refused() -> None:
    body = b"".join(b"%d\n" % number for number in range(150_000))[:990_000]
    many = zipped(*((f"a-{number}.yaml", body) for number in range(13)))
    with pytest.raises(MonitorError, match=r"larger than (1 MB|12 MB unpacked): take in fewer"):
        unpacked(many)


@given(
    st.dictionaries(
        NAMES, st.binary(max_size=200).filter(lambda body: not body.startswith(b"PK")), min_size=1
    )
)
def test_what_was_packed_comes_out_as_it_went_in(files: dict[str, bytes]) -> None:
    assert unpacked(packed(files)) == files
    assert packed(dict(reversed(files.items()))) == packed(files)


def test_a_zip_is_the_same_bytes_on_every_machine() -> None:
    entry = ZipFile(io.BytesIO(packed({"good.yaml": GOOD}))).infolist()[0]
    assert (entry.date_time, entry.create_system) == ((1980, 1, 1, 0, 0, 0), 3)


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_zip_with_a_wrong_byte_never_does_more_than_say_so(place: int, byte: int) -> None:
    body = bytearray(zipped(("good.yaml", GOOD), ("other.yaml", GOOD * 9), how=ZIP_STORED))
    body[place % len(body)] = byte
    try:
        found = unpacked(bytes(body))
    except MonitorError:
        return
    assert all(re.fullmatch(r"[a-z0-9-]+\.yaml", name) for name in found)
