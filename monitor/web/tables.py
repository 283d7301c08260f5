"""A table of the desk: what it holds, in rows that pages, JSON and CSV are all made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, runtime_checkable

from monitor.storage import Storage

# So many rows are made at once.
PIECE = 200
# What was asked for, by the names of the table's filters; a filter that is not there is empty.
Asked = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """`row` is a frozen dataclass whose fields are described: `Annotated[str, Field(description="...")]` of
    pydantic; they are texts, numbers, truths, moments, days, or tuples of these. `filters` has each filter
    with what it means. `read` raises MonitorError where a filter makes no sense; it answers all that there
    are, the newest, or the most pressing, first, and holds few of them at a time. Where a row costs more than
    to know that it is there, `read` answers what is known of them, and `made` makes rows of a piece of that.
    """

    name: str
    says: str
    row: type[Any]
    read: Callable[[Storage, Asked], Iterable[Any]]
    filters: Mapping[str, str] = field(default_factory=dict)
    made: Callable[[Storage, Sequence[Any]], Iterable[Any]] | None = None

    def rows(self, storage: Storage, asked: Asked, first: int = 0, end: int | None = None) -> Iterator[Any]:
        """The rows from the one with this number on, from 0, up to that one; those before cost little."""
        found = islice(self.read(storage, asked), first, end)
        if self.made is None:
            yield from found
            return
        while piece := list(islice(found, PIECE)):
            yield from self.made(storage, piece)


@runtime_checkable
class Tabular(Protocol):
    """A family that lists things."""

    def tables(self) -> tuple[Table, ...]: ...
