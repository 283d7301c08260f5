"""All watchlists as one file, and back: a zip of the files, flat. Pure.

What is taken in comes from anywhere. All of it is looked at before any of it is used, and where one file is
not as it should be, none is.
"""

from __future__ import annotations

import io
import re
import stat
import zlib
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from monitor.errors import Invalid, MonitorError, Problem
from monitor.yamlfile import MAX_BYTES

# Of the zip itself; of its files, in number and unpacked; and how many times as large a file may become,
# which of YAML is some ten. Deflate makes 1,032 of it (https://www.bamsoftware.com/hacks/zipbomb/).
MOST_ZIP, MOST_FILES, MOST_UNPACKED, MOST_RATIO = 1_000_000, 300, 12_000_000, 100
# What is smaller is no bomb, however well it packs.
_SMALL = 20_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\.yaml")
# The first moment that a zip knows, so that the same files are the same bytes.
_ALWAYS = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1
# What zipfile raises where a zip is damaged, cut off, or of a kind that it does not know.
_UNREADABLE = (BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files by name as one zip: the same bytes for the same files."""
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as bundle:
        for name in sorted(files):
            info = ZipInfo(name, _ALWAYS)
            info.compress_type, info.create_system = ZIP_DEFLATED, 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            bundle.writestr(info, files[name])
    return made.getvalue()


def unpacked(body: bytes) -> dict[str, bytes]:
    """The files by name, in its order. Raises Invalid with everything that is wrong, MonitorError where it is
    no zip at all, or too much."""
    if len(body) > MOST_ZIP:
        raise MonitorError(f"the zip is larger than {MOST_ZIP // 1_000_000} MB: take in fewer files at once")
    try:
        with ZipFile(io.BytesIO(body)) as bundle:
            entries = bundle.infolist()
            _refuse_strange(entries)
            return _read(bundle, entries)
    except _UNREADABLE as error:
        kind = type(error).__name__
        raise MonitorError(f"that is no zip to be read ({kind}): pack the .yaml files once more") from None


def _refuse_strange(entries: list[ZipInfo]) -> None:
    """Raises before anything is unpacked, by what the zip says of itself."""
    if not entries:
        raise MonitorError("there is no file in the zip: pack the .yaml files themselves")
    if len(entries) > MOST_FILES:
        raise MonitorError(f"there are {len(entries):,} files in the zip; {MOST_FILES} at most are taken in")
    problems = []
    seen: set[str] = set()
    for info in entries:
        why = _strange(info, seen)
        seen.add(info.filename)
        if why:
            problems.append(Problem(_shown(info.orig_filename), 0, *why))
    if problems:
        raise Invalid(tuple(problems))
    if sum(info.file_size for info in entries) > MOST_UNPACKED:
        raise MonitorError(_too_much())


def _strange(info: ZipInfo, seen: set[str]) -> tuple[str, str] | None:
    """What is not as it should be about an entry, and the remedy; None where all is well."""
    name, mode = info.orig_filename, info.external_attr >> 16
    if info.is_dir() or stat.S_ISDIR(mode):
        return "is a folder", "pack the .yaml files themselves, without a folder"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is a link or a device, and no file", "pack the file itself"
    if "/" in name or "\\" in name or ":" in name or name != info.filename:
        return "leads out of the folder of watchlists, or into another", "pack the .yaml files without a path"
    if not _NAME.fullmatch(name):
        return "cannot be the name of a watchlist", "use small letters, digits and hyphens, and .yaml"
    if name in seen:
        return "is in the zip twice", "take one of them out"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted", "pack it without a password"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "is packed in an unusual way", "pack it as ordinary programs do"
    if info.file_size > MAX_BYTES:
        return "is larger than 1 MB", "split or shorten it"
    if info.file_size > max(_SMALL, MOST_RATIO * info.compress_size):
        return f"becomes more than {MOST_RATIO} times as large", "pack the file that you mean"
    return None


def _read(bundle: ZipFile, entries: list[ZipInfo]) -> dict[str, bytes]:
    """The bytes of each file, never more than are allowed: what a zip says of itself may be untrue."""
    found: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for info in entries:
        with bundle.open(info) as packed_file:
            body = packed_file.read(min(MAX_BYTES, left) + 1)
        left -= len(body)
        if left < 0 or len(body) > MAX_BYTES:
            raise MonitorError(_too_much())
        if body.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            raise Invalid((Problem(_shown(info.filename), 0, "is a zip itself", "take it out"),))
        found[info.filename] = body
    return found


def _too_much() -> str:
    return f"the files are larger than {MOST_UNPACKED // 1_000_000} MB unpacked: take in fewer at once"


def _shown(name: str) -> str:
    """The name of an entry, printable and short."""
    text = "".join(character if character.isprintable() else "?" for character in name)
    return text[:80] or "(without a name)"
