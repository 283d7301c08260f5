"""How commands print: tables and bars for people, JSON lines for machines, logs to stderr.

What only a terminal needs is loaded when there is one: a poll by the clock has none.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import click
from pydantic import BaseModel

from monitor import cells, wording
from monitor.errors import Invalid, MonitorError, Problem

FAILURE = 1
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, a line per row.")


def jsonable(value: Any) -> Any:
    """Dataclasses, models, times and paths as JSON has them; times in ISO 8601."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: jsonable(getattr(value, name)) for name in names}
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [jsonable(item) for item in value]
    return value


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    click.echo(json.dumps(jsonable(value), ensure_ascii=False))


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """CSV on stdout, without formulas; numbers and days in full."""
    for row in (columns, *rows):
        sys.stdout.write(cells.lines([row]))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as wide as the terminal; what stands in the cells is never read as markup."""
    terminal = import_module("monitor.commands.terminal")
    terminal.table(columns, rows, None if sys.stdout.isatty() else 160)


def when(moment: datetime | None, zone: str) -> str:
    """A moment for a cell; empty for none."""
    return wording.at(moment, zone) if moment else ""


def problems(found: Iterable[Problem]) -> None:
    """Each problem on a line of stderr."""
    for problem in found:
        click.secho(str(problem), fg="red", err=True)


def standing(found: Collection[Problem]) -> None:
    """How the files stand, after they changed: each problem, or that there is none any more."""
    problems(found)
    good = "The files are good again.", "green"
    words, colour = ("What was good before stays in force.", "red") if found else good
    click.secho(words, fg=colour, err=True)


@contextmanager
def errors() -> Iterator[None]:
    """Our own errors become a line on stderr and exit code 1."""
    try:
        yield
    except Invalid as error:
        problems(error.problems)
        sys.exit(FAILURE)
    except MonitorError as error:
        click.secho(f"error: {error}", fg="red", err=True)
        sys.exit(FAILURE)
    except sqlite3.Error as error:  # locked for long, the disk full, the file read-only
        click.secho(f"error: the database cannot be used: {error}", fg="red", err=True)
        sys.exit(FAILURE)


class Bar(Protocol):
    """What long work tells how far it is; its one task is number 0."""

    task_ids: Any

    def update(self, task_id: Any, **known: Any) -> None: ...

    def advance(self, task_id: Any, advance: float = 1) -> None: ...


class _NoBar:
    """Shows nothing."""

    task_ids = (0,)

    def update(self, task_id: Any, **known: Any) -> None:
        pass

    def advance(self, task_id: Any, advance: float = 1) -> None:
        pass


def above(bar: Bar) -> Callable[[str], None]:
    """Prints lines above a bar where both share a terminal; else to stdout as ever."""

    def write(text: str) -> None:
        if sys.stdout.isatty() and not isinstance(bar, _NoBar):
            import_module("monitor.commands.terminal").above(bar, text)
        else:
            click.echo(text)
            sys.stdout.flush()

    return write


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Bar]:
    """A bar on stderr with one task, number 0; nothing where stderr is not a terminal.

    Without a total it only counts.
    """
    if not sys.stderr.isatty():
        yield _NoBar()
        return
    with import_module("monitor.commands.terminal").progress(label, total) as bar:
        yield bar


def logs(*, verbose: bool) -> None:
    """Logs on stderr: warnings, and with `verbose` what is done."""
    handler: logging.Handler
    if sys.stderr.isatty():
        handler, form = import_module("monitor.commands.terminal").handler(), "%(message)s"
    else:
        handler = logging.StreamHandler(sys.stderr)
        form = "%(asctime)s %(levelname)s %(message)s"
    handler.setFormatter(logging.Formatter(form))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # What it fails at comes to us as an error, and is said once, in our words.
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    logging.getLogger("monitor").setLevel(logging.INFO if verbose else logging.WARNING)
