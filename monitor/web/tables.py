"""A table of the desk: what it holds, in rows that pages, JSON and CSV are all made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from monitor.storage import Storage

# What was asked for, by the names of the table's filters; a filter that is not there is empty.
Asked = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """`row` is a frozen dataclass whose fields are described: `Annotated[str, Field(description="...")]` of
    pydantic; they are texts, numbers, truths, moments, days, or tuples of these. `filters` has each filter
    with what it means. `read` raises MonitorError where a filter makes no sense; it answers the newest, or
    the most pressing, first.
    """

    name: str
    says: str
    row: type[Any]
    read: Callable[[Storage, Asked], Iterable[Any]]
    filters: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Tabular(Protocol):
    """A family that lists things."""

    def tables(self) -> tuple[Table, ...]: ...
