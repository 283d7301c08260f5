"""The state of an editor -> what its page shows: sections with their groups, mistakes, faults at their lines,
changes line by line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from monitor.edit import diff
from monitor.errors import Problem
from monitor.form import ALERT, DIGEST, EMAIL, SLACK, TITLES, Field, Form
from monitor.groups import SECTIONS, Section
from monitor.storage.edits import Edit
from monitor.watchlists import USUAL
from monitor.web.drafting import Drafted

MOST_LINES = 600
_SAYS: dict[Section, str] = {
    "must": "Every one of these groups has to be met, or nothing is told.",
    "any": "Each group that is met adds its points.",
    "less": "Each group that is met takes its points off.",
    "not": "Where one of these is met, nothing is told.",
}
_THRESHOLDS, _DESTINATIONS = (ALERT, DIGEST), (SLACK, EMAIL)
_LABELS = {"any": "Any of these", "all": "All of these", "regex": "Pattern", "weight": "Points"}


@dataclass(frozen=True, slots=True)
class Input:
    """A field as it is shown: what stands in it, and what is wrong with it."""

    name: str
    label: str
    kind: Literal["lines", "line", "number"]
    text: str
    hint: str
    mistake: str

    @property
    def rows(self) -> int:
        return min(max(self.text.count("\n") + 2, 3), 14)


@dataclass(frozen=True, slots=True)
class Group:
    """A group; one that is not `whole` says more than its inputs show, which is kept."""

    key: str
    name: str
    inputs: tuple[Input, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A section, its groups, and the inputs of one to be added."""

    section: Section
    title: str
    says: str
    groups: tuple[Group, ...]
    new: tuple[Input, ...]

    @property
    def begun(self) -> bool:
        """Whether something is entered of the one to be added."""
        return any(one.text or one.mistake for one in self.new)


@dataclass(frozen=True, slots=True)
class Whole:
    """What holds for a watchlist as a whole: its title, from which scores it is told, and to whom."""

    named: tuple[Input, ...]
    thresholds: tuple[Input, ...]
    destinations: tuple[Input, ...]

    @property
    def addressed(self) -> str:
        """Whom it names, in a line; empty where it names nobody."""
        return ", ".join(line for one in self.destinations for line in one.text.splitlines() if line.strip())

    @property
    def mistaken(self) -> bool:
        """Whether a destination is none."""
        return any(one.mistake for one in self.destinations)


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem, and the line that it stands on."""

    problem: Problem
    text: str

    @property
    def place(self) -> str:
        return f"{self.problem.file}:{self.problem.line}" if self.problem.line else self.problem.file


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a diff: `+` is new, `-` is gone, `@` says where one is, a space stays as it was."""

    kind: Literal["+", "-", "@", " "]
    text: str


def whole(state: Drafted, made: Form) -> Whole:
    """The fields that belong to no group."""
    fields = [one for one in made.fields if one.key.split(".")[0] not in SECTIONS]

    def inputs(keys: Iterable[str]) -> tuple[Input, ...]:
        return tuple(_input(state, one) for one in fields if one.key in keys)

    named = [one.key for one in fields if one.key not in (*_THRESHOLDS, *_DESTINATIONS)]
    return Whole(inputs(named), inputs(_THRESHOLDS), inputs(_DESTINATIONS))


def parts(state: Drafted, made: Form) -> tuple[Part, ...]:
    """The four sections."""
    return tuple(
        Part(
            section,
            TITLES[section],
            _SAYS[section],
            tuple(
                Group(
                    group.key,
                    group.name,
                    tuple(_input(state, one) for one in made.fields if one.key.startswith(f"{group.key}.")),
                    group.whole,
                )
                for group in made.groups
                if group.section == section
            ),
            tuple(_new(state, section)),
        )
        for section in SECTIONS
    )


def _input(state: Drafted, field: Field) -> Input:
    name = f"f.{field.key}"
    section, _, rest = field.key.partition(".")
    label = _LABELS[rest.rpartition(".")[2]] if section in SECTIONS else field.label
    return Input(
        name, label, field.kind, state.entered.get(name, field.text), field.hint, state.mistakes.get(name, "")
    )


def _new(state: Drafted, section: Section) -> Iterator[Input]:
    def asked(part: str, label: str, kind: Literal["lines", "line", "number"], hint: str = "") -> Input:
        name = f"add.{section}.{part}"
        return Input(name, label, kind, state.entered.get(name, ""), hint, state.mistakes.get(name, ""))

    yield asked("name", "Name of the new group", "line")
    yield asked("terms", _LABELS["any"], "lines", "A term a line; any one of them will do")
    if section in USUAL:
        yield asked("points", _LABELS["weight"], "number", f"empty: the usual {USUAL[section]}")


def faults(text: str, problems: Iterable[Problem], file: str) -> tuple[Fault, ...]:
    """Each problem with the line of the text that it stands on; one of another file has none."""
    lines = re.split(r"\r\n|\n|\r", text)
    return tuple(
        Fault(one, lines[one.line - 1][:200] if one.file == file and 0 < one.line <= len(lines) else "")
        for one in problems
    )


def changes(diff: str) -> tuple[Line, ...]:
    """A unified diff line by line, without its head; the last one says how much of a long one is left out."""
    found: list[Line] = []
    for number, line in enumerate(diff.removesuffix("\n").split("\n") if diff else ()):
        if number < 2 and line.startswith(("---", "+++")):
            continue
        kind = line[:1]
        if kind in ("+", "-", " "):
            found.append(Line(kind, line[1:].rstrip("\r")))  # type: ignore[arg-type]
        else:
            found.append(Line("@", _place(line)))
    left = len(found) - MOST_LINES
    return tuple(found) if left <= 0 else (*found[:MOST_LINES], Line("@", f"{left:,} more lines"))


def changed(edit: Edit) -> tuple[Line, ...]:
    """What an edit changed, in the same way."""
    return changes(diff(edit.file, edit.before, edit.after))


def _place(line: str) -> str:
    """Where a part of a diff stands, in words: "@@ -254,4 +254,4 @@" is "from line 254"."""
    found = re.match(r"@@ -\d+(?:,\d+)? \+(\d+)", line)
    return f"from line {max(int(found[1]), 1)}" if found else line.strip("@ ")
