"""The tables of a web page, as grids of text: a cell is found by words of its row and of its column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.numbers import number
from monitor.text import clean, fold

MAX_TABLES, MAX_ROWS, MAX_COLUMNS = 30, 1000, 60
MAX_CELL = 300
MAX_DEPTH = 1000
# In which of its first cells a row has its label.
LABELS = 3
# Elements that stay open until they are closed: not those that the next one of their kind ends.
_TAG = re.compile(
    r"<(/?)(?!(?:p|li|tr|t[dh]|tbody|thead|tfoot|d[td]|option|br|hr|img|input|meta|link|col|wbr|source"
    r"|area|base|embed|param|track)\b)[a-z][a-z0-9]*",
    re.IGNORECASE,
)
_AROUND = re.compile(r" ?([()]) ?")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with every cell in each place that it spans. `heads` counts the rows of headings."""

    rows: tuple[tuple[str, ...], ...]
    heads: int

    def cell(self, row: str, column: str | int) -> str | None:
        """The cell of the first row and first column whose labels hold these words.

        Case, width, brackets' kind and the spaces about them do not matter. A number is the place of
        a column, from 1.
        """
        wanted = _folded(row)
        for cells in self.rows[self.heads :]:
            if any(wanted in _folded(cell) for cell in cells[:LABELS]):
                place = column - 1 if isinstance(column, int) else self._column(column)
                return cells[place] if place is not None and 0 <= place < len(cells) else None
        return None

    def _column(self, words: str) -> int | None:
        """Where the headings, read from above, hold all of the words."""
        wanted = _folded(words).split()
        width = max((len(cells) for cells in self.rows[: self.heads]), default=0)
        for place in range(width):
            heading = _folded(
                " ".join(cells[place] for cells in self.rows[: self.heads] if place < len(cells))
            )
            if all(word in heading for word in wanted):
                return place
        return None


def _folded(text: str) -> str:
    return _AROUND.sub(r"\1", " ".join(fold(text).text.split()))


def too_deep(markup: str) -> bool:
    """Is a page nested deeper than any that somebody reads? A parser takes the square of the depth."""
    depth = 0
    for found in _TAG.finditer(markup):
        depth = max(depth + (-1 if found[1] else 1), 0)
        if depth > MAX_DEPTH:
            return True
    return False


def grids(page: LexborHTMLParser) -> Iterator[Grid]:
    """The tables of a page that hold no other, as far as they are of a size that somebody reads."""
    tables = page.css("table")[: 10 * MAX_TABLES]
    outer = {above.mem_id for table in tables if (above := _table_around(table)) is not None}
    for table in [t for t in tables if t.mem_id not in outer][:MAX_TABLES]:
        yield _grid(table)


def _table_around(table: LexborNode) -> LexborNode | None:
    above = table.parent
    while above is not None and above.tag != "table":
        above = above.parent
    return above


def _grid(table: LexborNode) -> Grid:
    rows: list[tuple[str, ...]] = []
    hanging: dict[int, tuple[int, str]] = {}  # column -> for how many rows more, and what
    heads, open_ = 0, True
    for line in table.css("tr")[:MAX_ROWS]:
        cells: dict[int, str] = {}
        for place, (left, text) in list(hanging.items()):
            cells[place] = text
            hanging.pop(place)
            if left > 1:
                hanging[place] = (left - 1, text)
        nodes = [node for node in line.iter() if node.tag in ("td", "th")]
        _lay(nodes, cells, hanging)
        rows.append(tuple(cells.get(place, "") for place in range(max(cells, default=-1) + 1)))
        open_ = open_ and _is_heading(nodes)
        heads += open_
    return Grid(tuple(rows), heads)


def _lay(nodes: list[LexborNode], cells: dict[int, str], hanging: dict[int, tuple[int, str]]) -> None:
    """Put the cells of a row in the places that are free, each as wide and as deep as it says."""
    place = 0
    for node in nodes:
        text = clean(node.text(separator=" "), MAX_CELL)
        for _ in range(_span(node, "colspan", MAX_COLUMNS)):
            while place in cells:
                place += 1
            if place >= MAX_COLUMNS:
                return
            cells[place] = text
            deep = _span(node, "rowspan", MAX_ROWS)
            if deep > 1:
                hanging[place] = (deep - 1, text)


def _span(node: LexborNode, name: str, most: int) -> int:
    written = node.attributes.get(name) or ""
    return (
        min(max(int(written), 1), most) if written.isascii() and written.isdigit() and len(written) < 6 else 1
    )


def _is_heading(nodes: list[LexborNode]) -> bool:
    """Nothing but headings, or nothing that is a number other than a year."""
    if nodes and all(node.tag == "th" for node in nodes):
        return True
    numbers = (number(clean(node.text(), MAX_CELL)) for node in nodes)
    return not any(n is not None and not (n == int(n) and 1900 <= n <= 2100) for n in numbers)
