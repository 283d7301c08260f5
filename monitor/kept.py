"""What a text was read as, kept in the user's cache folder: parsing YAML takes far longer than JSON.

Each file is named by the text it is of, so that none is ever out of date. Where the folder cannot
be used, or a file in it is damaged, nothing is known and the text is parsed.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from monitor import __version__

# Count on where the same text is to be read as something else than before.
FORMAT = f"{__version__}/1"
MAX_FILES = 2000
# The one key of a mapping that stands for what JSON has no word for: as a list of pairs a mapping
# whose keys are not all text, as text a date.
_OTHER = ""


def recall(text: str) -> dict[Any, Any] | None:
    """The mapping that was kept for a text, or None."""
    try:
        digest, _, body = _path(text).read_bytes().partition(b"\n")
        if sha256(body).hexdigest().encode() != digest:
            return None
        known = json.loads(body, object_hook=_mapping)
    except (OSError, RuntimeError, ValueError, TypeError):
        return None
    return known if isinstance(known, dict) else None


def keep(text: str, value: dict[Any, Any]) -> None:
    """Keep what a text was read as; what cannot be written is not kept, such as a time."""
    try:
        body = json.dumps(_written(value), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return
    with suppress(OSError, RuntimeError):
        path = _path(text)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(path, sha256(body).hexdigest().encode() + b"\n" + body)
        _thin_out(path.parent)


def _path(text: str) -> Path:
    """Raises RuntimeError where the user has no home."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    folder = named if named.is_absolute() else Path.home() / ".cache"
    key = sha256(f"{FORMAT}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
    return folder / "signal-monitor" / f"{key}.json"


def _replace(path: Path, body: bytes) -> None:
    """Whole or not at all, whoever else writes the same."""
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        part = Path(file.name)
        try:
            file.write(body)
            file.close()
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def _thin_out(folder: Path) -> None:
    """Delete the oldest files where there are too many."""
    files = list(folder.iterdir())
    if len(files) > MAX_FILES:
        files.sort(key=lambda file: file.stat().st_mtime)
        for file in files[: len(files) - MAX_FILES]:
            file.unlink(missing_ok=True)


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(one) for one in value]
    if type(value) is date:
        return {_OTHER: value.isoformat()}
    if not isinstance(value, dict):
        return value
    if all(isinstance(key, str) for key in value) and _OTHER not in value:
        return {key: _written(one) for key, one in value.items()}
    if not all(isinstance(key, str | int | float | None) for key in value):
        raise TypeError("a key that cannot be written")
    return {_OTHER: [[key, _written(one)] for key, one in value.items()]}


def _mapping(read: dict[str, Any]) -> dict[Any, Any] | date:
    other = read.get(_OTHER)
    if other is None:
        return read
    return date.fromisoformat(other) if isinstance(other, str) else dict(other)
