"""Items of the past for the commands that try rules on them: stored ones, or those of a file."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

import click

from monitor import history, trial
from monitor.commands import output
from monitor.errors import MonitorError
from monitor.history import Past
from monitor.model import Source
from monitor.storage import Storage

DAYS = trial.DAYS
STEP = 100
days_option = click.option(
    "--days", type=click.IntRange(1, 36_500), help=f"Only the last so many days [stored items: {DAYS}]."
)
file_option = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Try it on the items of this file (JSON lines; .gz too) instead of the stored ones.",
)


@dataclass(frozen=True, slots=True)
class Lot:
    """Items of the past, how many there are at most, and what to call them."""

    items: Iterator[Past]
    total: int
    what: str

    def through(self) -> Iterator[Past]:
        """The items, with a bar."""
        with output.progress("going through items", self.total) as bar:
            for number, past in enumerate(self.items):
                yield past
                if number % STEP == 0:
                    bar.update(bar.task_ids[0], completed=number)


NOTHING = Lot(iter(()), 0, "no items")


def stored(storage: Storage, sources: Mapping[str, Source], days: int | None, now: datetime) -> Lot:
    """Items filed in the last days, as `trial` has them."""
    since = trial.since(storage, days or DAYS, now)
    what = f"stored items of the last {days or DAYS} days"
    total = storage.items.count(since, now + timedelta(days=1))
    return Lot(trial.stored(storage, sources, since), total, what)


@contextmanager
def in_file(path: Path, sources: Mapping[str, Source], days: int | None, now: datetime) -> Iterator[Lot]:
    """The items of a file, in its order; without `days` all of them."""
    try:
        with _open(path) as lines:
            total = sum(1 for _ in lines)
        with _open(path) as lines:
            items = history.read(path.name, lines, sources, now)
            if days is not None:
                since = now - timedelta(days=days)
                items = (past for past in items if past.when and past.when >= since)
            yield Lot(items, total, f"items of {path.name}")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise MonitorError(f"{path}: cannot be read: {error}") from error


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")
