"""A file's new content, all of it or nothing, whatever fails and whenever the power goes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def body(path: Path) -> bytes | None:
    """What the file says now; None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def written_aside(path: Path, content: bytes) -> Iterator[Path]:
    """The content on disk beside `path`, with that file's mode and owner; gone at the end unless renamed.

    One writer at a time: what a crash left there is overwritten. Raises OSError.
    """
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, so that no link is followed
            _as_before(path, descriptor)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        yield aside
    finally:
        aside.unlink(missing_ok=True)


def _as_before(path: Path, descriptor: int) -> None:
    with suppress(FileNotFoundError):
        was = path.stat()
        with suppress(PermissionError):  # only root gives files away
            os.fchown(descriptor, was.st_uid, was.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(was.st_mode))


def put(aside: Path, path: Path) -> None:
    """Let the prepared file take the place of `path`, and make it last."""
    aside.replace(path)
    sync(path.parent)


def delete(path: Path) -> None:
    """Take the file away, and make it last."""
    path.unlink()
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make what was renamed in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
