"""Changes of a YAML text that touch only the lines they are about.

Nothing is printed anew: a change is a cut and an insertion at the places that the parser gives, so
that comments, order, quotes and line endings stay. What comes out is read again, and has to say
what was asked for; a text that cannot be changed so is refused, never damaged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from monitor.errors import Invalid, MonitorError
from monitor.scalars import Scalar, flow, scalar
from monitor.yamlfile import Path, plain
from monitor.yamlnodes import compose

Node = Any  # of ruamel.yaml, which gives its nodes no types
WIDTH = 110
_BOM = "\ufeff"
_WHOLE = "tag:yaml.org,2002:int"
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\[([^\]]+)\]")


class Uneditable(MonitorError):
    """The change cannot be made in place; the message says why."""


def path(text: str) -> Path:
    """`must[0].any`, or by a group's name `must[lender named].any` -> the steps. Raises Uneditable."""
    steps: list[int | str] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if not found:
            raise Uneditable(f"'{text}' is not a place in the file: write it like must[0].any or alert")
        steps.append(int(found[2]) if found[2] else found[1] or found[3])
        at = found.end()
    return tuple(steps)


def set_value(text: str, where: Path, value: Scalar) -> str:
    """Give a key another value; a key that is not there comes last in its part of the file."""
    return _Edit(text).set(where, value)


def add_term(text: str, where: Path, term: str) -> str:
    """Put a term at the end of a list, which is made if need be. Unchanged if it is there already."""
    return _Edit(text).add(where, term)


def remove_term(text: str, where: Path, term: str) -> str:
    """Take a term out of a list, however often it is there. Raises Uneditable where it is not."""
    without = _Edit(text).remove(where, term)
    while term in _Edit(without).terms(where):
        without = _Edit(without).remove(where, term)
    return without


def add_group(
    text: str, section: str, name: str, terms: Sequence[str], *, weight: int | None = None,
    places: Sequence[str] = (),
) -> str:  # fmt: skip
    """Put a group at the end of `must`, `any`, `less` or `not`, which is made if need be."""
    group: dict[str, Any] = {"name": name, "any": list(terms)}
    group |= {"in": list(places)} if places else {}
    group |= {"weight": weight} if weight is not None else {}
    return _Edit(text).add_group(section, group)


def remove_entry(text: str, where: Path) -> str:
    """Take an entry out of a list, whatever it holds: ("must", 1). Raises Uneditable where there is none."""
    return _Edit(text).remove_entry(where)


def add_mute(text: str, source: str, until: date, why: str) -> str:
    """Mute a source until a day, at the end of `mute`, which is made if need be."""
    return _Edit(text).add_group("mute", {"from": {"id": [source]}, "until": until.isoformat(), "why": why})


def add_entries(text: str, section: str, entries: Sequence[Mapping[str, Scalar]]) -> str:
    """Put entries at the end of a list of them, with a blank line before each where the others have one."""
    return _Edit(text).add_entries(section, entries)


class _Edit:
    """One change of one text, made once. Every method answers the whole new text."""

    def __init__(self, text: str) -> None:
        self._bom = _BOM if text.startswith(_BOM) else ""
        self._text = text.removeprefix(_BOM)
        self._values = plain("", self._text)
        self._root = compose(self._text)
        self._newline: str = (re.findall(r"\r\n|\n|\r", self._text) or ["\n"])[0]

    # -------------------------------------------------------------- the changes

    def set(self, where: Path, value: Scalar) -> str:
        node, rest, found = self._deepest(where)
        expected = self._values
        if not rest:
            if not isinstance(node, ScalarNode):
                raise Uneditable(f"{written(where)} is a list or a group of keys, not a value")
            _put(expected, found, value)
            return self._checked(self._replace_scalar(node, value), expected)
        _put(expected, (*found, *rest), value)
        return self._checked(self._insert_key(node, rest, where, scalar(value)), expected)

    def add(self, where: Path, term: str) -> str:
        if term in self.terms(where):
            return self._bom + self._text
        node, rest, found = self._deepest(where)
        expected = self._values
        if rest:
            _put(expected, (*found, *rest), [term])
            return self._checked(self._insert_key(node, rest, where, f"[{scalar(term)}]"), expected)
        _get(expected, found).append(term)
        return self._checked(self._append(node, scalar(term), [scalar(term)]), expected)

    def remove(self, where: Path, term: str) -> str:
        node, _, _ = self._deepest(where)
        if term not in self.terms(where):
            raise Uneditable(f"'{term}' is not in {written(where)}")
        number = next(n for n, item in enumerate(node.value) if _is_term(item, term))
        return self.remove_entry((*where, number))

    def remove_entry(self, where: Path) -> str:
        node, rest, found = self._deepest(where[:-1])
        number = where[-1]
        if (
            rest
            or not isinstance(node, SequenceNode)
            or not isinstance(number, int)
            or number >= len(node.value)
        ):
            raise Uneditable(f"there is no {written(where)}")
        expected = self._values
        del _get(expected, found)[number]
        cut = self._cut_flow if node.flow_style else self._cut_block
        return self._checked(cut(node, number), expected)

    def add_group(self, section: str, group: dict[str, Any]) -> str:
        node, rest, _ = self._deepest((section,))
        if not rest and not isinstance(node, SequenceNode):
            raise Uneditable(f"{section} is not a list")
        expected = self._values
        expected.setdefault(section, []).append(group)
        lines = [f"{key}: {flow(value)}" for key, value in group.items()]
        if not rest:
            return self._checked(self._append(node, "{" + ", ".join(lines) + "}", lines), expected)
        block = [f"{section}:", *(f"{'    ' if n else '  - '}{line}" for n, line in enumerate(lines))]
        return self._checked(self._insert_lines(self._tail(node), ["", *block]), expected)

    def add_entries(self, section: str, entries: Sequence[Mapping[str, Scalar]]) -> str:
        node, rest, _ = self._deepest((section,))
        if rest or not isinstance(node, SequenceNode) or node.flow_style or not node.value:
            raise Uneditable(
                f"{section}: there is no list with an entry of its own lines to put another after"
            )
        first, last = node.value[0], node.value[-1]
        expected = self._values
        expected[section] += [dict(entry) for entry in entries]
        column = " " * (self._dash(first) - self._line_start(first.start_mark.index))
        spaced = re.search(r"(\r\n|\n|\r)[ \t]*\1", self._text[first.start_mark.index : self._tail(last)])
        lines: list[str] = []
        for entry in entries:
            lines += [""] if spaced else []
            keys = [f"{key}: {flow(value)}" for key, value in entry.items()]
            lines += [f"{column}{'  ' if n else '- '}{line}" for n, line in enumerate(keys)]
        return self._checked(self._insert_lines(self._tail(last), lines), expected)

    def terms(self, where: Path) -> list[str]:
        """The terms of a list; none where there is no such list yet. Raises Uneditable."""
        node, rest, _ = self._deepest(where)
        if rest:
            return []
        if not isinstance(node, SequenceNode):
            raise Uneditable(f"{written(where)} is not a list")
        return [item.value for item in node.value if isinstance(item, ScalarNode)]

    # -------------------------------------------------------------- finding the place

    def _deepest(self, where: Path) -> tuple[Node, Path, Path]:
        """The last node on the way that exists, the steps that are missing, and those taken."""
        node = self._root
        taken: list[int | str] = []
        for number, step in enumerate(where):
            found = _child(node, step)
            if found is None:
                return node, self._missing(node, where, number), tuple(taken)
            node, key = found
            taken.append(key)
        return node, (), tuple(taken)

    def _missing(self, node: Node, where: Path, number: int) -> Path:
        """The rest of the way, if keys can be added there."""
        rest = tuple(int(step) if str(step).isdecimal() else step for step in where[number:])
        if isinstance(node, SequenceNode):
            raise Uneditable(f"there is no {written(where[: number + 1])}: the list has {len(node.value)}")
        if not isinstance(node, MappingNode):
            raise Uneditable(f"there is no {written(where)} in the file")
        return rest

    def _tail(self, node: Node) -> int:
        """Where the last character of a node stands, plus one, without what only follows it."""
        if not isinstance(node, ScalarNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._tail(last[1] if isinstance(last, tuple) else last)
        end = node.end_mark.index
        inside = self._text[node.start_mark.index : end]
        return int(node.start_mark.index) + len(inside.rstrip()) if inside.strip() else int(end)

    def _line_start(self, at: int) -> int:
        return max(self._text.rfind("\n", 0, at), self._text.rfind("\r", 0, at)) + 1

    def _line_end(self, at: int) -> int:
        """Where the line ends, its break not counted."""
        found = re.compile(r"[\r\n]").search(self._text, at)
        return found.start() if found else len(self._text)

    def _next_line(self, at: int) -> int:
        found = re.compile(r"\r\n|\n|\r").search(self._text, at)
        return found.end() if found else len(self._text)

    # -------------------------------------------------------------- cutting and inserting

    def _splice(self, start: int, end: int, new: str) -> str:
        return self._text[:start] + new + self._text[end:]

    def _replace_scalar(self, node: ScalarNode, value: Scalar) -> str:
        start, end = node.start_mark.index, self._tail(node)
        space = " " if start == end and self._text[start - 1 : start] in {":", "-"} else ""
        return self._splice(start, end, space + scalar(value, node.style or ""))

    def _insert_key(self, node: Node, rest: Path, where: Path, value: str) -> str:
        key, *deeper = (scalar(step) for step in rest)
        for step in reversed(deeper):
            value = f"{{{step}: {value}}}"
        if node.flow_style:
            return self._append(node, f"{key}: {value}", [])
        if not node.value:
            raise Uneditable(f"{written(where)}: there is nothing to put it after")
        column = node.value[0][0].start_mark.column
        return self._insert_lines(self._tail(node), [" " * column + f"{key}: {value}"])

    def _insert_lines(self, after: int, lines: list[str]) -> str:
        """New lines below the one that holds this place; a missing break at the end stays missing."""
        end = self._line_end(after)
        return self._splice(end, end, "".join(self._newline + line for line in lines))

    def _append(self, node: Node, flow: str, block: list[str]) -> str:
        """A new last entry of a list, or of a mapping in braces."""
        if not node.value:
            return self._splice(node.start_mark.index + 1, node.start_mark.index + 1, flow)
        last = node.value[-1][1] if isinstance(node.value[-1], tuple) else node.value[-1]
        after = self._tail(last)
        if node.flow_style:
            return self._splice(after, after, self._room(node, after, flow) + flow)
        column = self._dash(node.value[0]) - self._line_start(node.value[0].start_mark.index)
        lines = [" " * column + ("  " if n else "- ") + line for n, line in enumerate(block)]
        return self._insert_lines(after, lines)

    def _room(self, node: Node, after: int, new: str) -> str:
        """What stands between the last entry and a new one: a space, or a break where the line is full."""
        begin = self._line_start(after)
        if self._line_end(after) - begin + len(new) + 2 <= WIDTH:
            return ", "
        line: str = self._text[begin : self._line_end(after)]
        column = len(line) - len(line.lstrip(" -"))
        deeper = 2 if begin <= node.start_mark.index else 0
        return "," + self._newline + " " * (column + deeper)

    def _dash(self, item: Node) -> int:
        return self._text.rindex("-", 0, item.start_mark.index)

    def _cut_block(self, node: Node, number: int) -> str:
        item = node.value[number]
        dash, tail = self._dash(item), self._tail(item)
        if len(node.value) == 1:
            return self._splice(dash, tail, "  []")  # deeper than its key, which may stand right above
        start, end = self._line_start(dash), self._next_line(tail)
        if self._line_end(tail) == end:  # the last line of a text that ends without a break
            start = self._line_end(self._tail(node.value[number - 1]))
        return self._splice(start, end, "")

    def _cut_flow(self, node: Node, number: int) -> str:
        """Without an entry and one of the commas beside it, and without its line where it has one alone."""
        items, text = node.value, self._text
        start, end = items[number].start_mark.index, items[number].end_mark.index
        if len(items) == 1:
            return self._splice(node.start_mark.index + 1, node.end_mark.index - 1, "")
        before = text[items[number - 1].end_mark.index : start] if number else "\n"
        follows = items[number + 1].start_mark.index if number + 1 < len(items) else None
        if not re.search(r"[\r\n]", before):
            return self._splice(items[number - 1].end_mark.index, end, "")
        if follows is None and "#" in before:  # a comment of the entry before, whose comma may stay
            return self._cut_last(start, end)
        if follows is None:
            return self._splice(items[number - 1].end_mark.index, end, "")
        if not re.search(r"[\r\n]", text[end:follows]):
            return self._splice(start, follows, "")
        if not text[self._line_start(start) : start].strip():
            return self._splice(self._line_start(start), self._next_line(end), "")
        return self._splice(start, text.index(",", end) + 1, "")

    def _cut_last(self, start: int, end: int) -> str:
        """Without the last entry and its own comma, and without its line where it has one alone."""
        comma = re.compile(r"[ \t]*,").match(self._text, end)
        end = comma.end() if comma else end
        begin, rest = self._line_start(start), self._text[end : self._line_end(end)].strip()
        if not self._text[begin:start].strip() and (not rest or rest.startswith("#")):
            return self._splice(begin, self._next_line(end), "")
        return self._splice(start, end, "")

    def _checked(self, text: str, expected: Any) -> str:
        """The new text, if it says what it should."""
        try:
            says = plain("", text)
        except Invalid:
            says = None
        if says != expected:
            raise Uneditable("this change cannot be made in place: edit the file by hand")
        return self._bom + text


# ------------------------------------------------------------------ nodes and values


def _child(node: Node, step: int | str) -> tuple[Node, int | str] | None:
    """The part of a node under a key or number, or of the name or id; with its key as values have it."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, int(key.value) if key.tag == _WHOLE else key.value
    if isinstance(node, SequenceNode):
        for number, item in enumerate(node.value):
            if str(number) == str(step) or (isinstance(step, str) and _named(item, step)):
                return item, number
    return None


def _named(item: Node, name: str) -> bool:
    return isinstance(item, MappingNode) and any(
        key.value in {"name", "id"} and value.value == name for key, value in item.value
    )


def _is_term(item: Node, term: str) -> bool:
    return isinstance(item, ScalarNode) and item.value == term


def _get(values: Any, where: Path) -> Any:
    for step in where:
        values = values[step]
    return values


def _put(values: Any, where: Path, value: object) -> None:
    *way, last = where
    for step in way:
        values = values.setdefault(step, {}) if isinstance(values, dict) else values[step]
    values[last] = value


def written(where: Path) -> str:
    """A path as people write it: must[0].any."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return "".join(steps).removeprefix(".")
