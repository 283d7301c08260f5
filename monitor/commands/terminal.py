"""Tables, bars and coloured logs, by rich."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], width: int | None) -> None:
    """Print a table; None is as wide as the terminal."""
    made = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        made.add_row(*(escape(str(cell)) for cell in row))
    Console(width=width, highlight=False).print(made)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Progress]:
    """A bar on stderr with one task, number 0."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,  # a pipe gets what is printed, not the bar's terminal
    ) as bar:
        bar.add_task(label, total=total)
        yield bar


def above(bar: Progress, text: str) -> None:
    """Print text, with its colours, above the bar."""
    bar.console.print(Text.from_ansi(text), soft_wrap=True)


def handler() -> logging.Handler:
    """Writes logs to stderr."""
    return RichHandler(console=Console(stderr=True), show_path=False, markup=False)
