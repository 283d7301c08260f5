"""Files from elsewhere -> what each would change, and then the changes, through the one door for edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.edit import Change, Copy, Editor, diff
from monitor.errors import Invalid, MonitorError, Problem
from monitor.folder import SHARED
from monitor.storage.edits import Edit, digest

# A file may need another one first: so often those that were refused are tried again.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Brought:
    """A file from elsewhere beside the one that is here: `state` is new, changed or same, `base` the digest
    of the one here, `problems` what it would bring, each at its line; with one, it is not taken in."""

    file: str
    state: str
    base: str
    body: bytes
    diff: str
    problems: tuple[Problem, ...]

    @property
    def good(self) -> bool:
        return self.state != "same" and not self.problems


@dataclass(frozen=True, slots=True)
class Comparison:
    """The files by name; `breaks` are the problems that all of them together would bring to other files."""

    files: tuple[Brought, ...]
    breaks: tuple[Problem, ...]


def compared(editor: Editor, files: Mapping[str, bytes]) -> Comparison:
    """What taking all of these in would change, with nothing saved."""
    here = {file: editor.there(file) for file in sorted(files)}
    differ = [one.change(files[file], "") for file, one in here.items() if digest(files[file]) != one.base]
    problems = editor.problems(*differ)
    return Comparison(
        tuple(_brought(one, files[file], problems) for file, one in here.items()),
        tuple(one for one in problems if one.file not in here),
    )


def _brought(here: Copy, body: bytes, problems: Sequence[Problem]) -> Brought:
    same = digest(body) == here.base
    return Brought(
        file=here.file,
        state="same" if same else "new" if here.body is None else "changed",
        base=here.base,
        body=body,
        diff=diff(here.file, here.body, body),
        problems=() if same else tuple(one for one in problems if one.file == here.file),
    )


def take(
    editor: Editor, changes: Sequence[Change], now: datetime
) -> tuple[list[Edit], dict[str, MonitorError]]:
    """Save them one by one, those first that others need. Answers the edits, and why the rest was refused."""
    edits: list[Edit] = []
    refused: dict[str, MonitorError] = {}
    waiting = sorted(changes, key=lambda change: (change.file not in SHARED, change.file))
    for _ in range(ROUNDS):
        before = len(edits)
        for change in waiting:
            try:
                edits.append(editor.save(change, now))
                refused.pop(change.file, None)
            except MonitorError as error:
                refused[change.file] = error
        waiting = [change for change in waiting if isinstance(refused.get(change.file), Invalid)]
        if not waiting or len(edits) == before:
            break
    return edits, refused
