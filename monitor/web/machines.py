"""Every table of the desk for machines: described, as JSON, and as CSV for spreadsheets."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from monitor import __version__, cells
from monitor.errors import MonitorError
from monitor.storage import Storage
from monitor.web import described
from monitor.web.described import FURTHEST, MOST_ROWS, PAGING, ROWS, Column
from monitor.web.house import House
from monitor.web.pages import SEALED, page, slashed
from monitor.web.tables import PIECE, Table

# Excel takes a file for its own code page unless it begins so.
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for; `limit` None: all."""

    table: Table
    filters: dict[str, str]
    limit: int | None
    offset: int

    def read(self, storage: Storage, more: int = 0) -> Iterator[Any]:
        """The rows that are wanted, and so many more."""
        end = None if self.limit is None else self.offset + self.limit + more
        return self.table.rows(storage, self.filters, self.offset, end)


class _Senseless(Exception):
    """What was asked for is nothing that there is; `known` is what there is."""

    def __init__(self, status: int, why: str, known: Iterable[str] = ()) -> None:
        super().__init__(why)
        self.status, self.known = status, list(known)


class Machines:
    """The pages below /api/. Every table is served alike, whatever is in it."""

    def __init__(self, house: House, tables: Sequence[Table]) -> None:
        self._house = house
        self._tables = {table.name: table for table in sorted(tables, key=lambda table: table.name)}
        assert len(self._tables) == len(tables), "two tables have one name"

    def routes(self) -> list[Route]:
        return [
            Route("/api", slashed),
            Route("/api/", self.list),
            Route("/api/openapi.json", self.openapi),
            Route("/api/{table}.json", self.json),
            Route("/api/{table}.csv", self.csv),
        ]

    def list(self, request: Request) -> Response:
        """The tables, readable by people."""
        address = self._house.settings.web.url or f"{request.url.scheme}://{request.url.netloc}"
        shown = {
            "tables": self._columns,
            "address": address,
            "paging": PAGING,
        }
        return page(request, self._house, "api.html", shown)

    def openapi(self, _: Request) -> Response:
        return Response(self._described, media_type="application/json", headers=SEALED)

    @cached_property
    def _columns(self) -> Sequence[tuple[Table, Sequence[Column]]]:
        return [(table, described.columns(table)) for table in self._tables.values()]

    @cached_property
    def _described(self) -> bytes:
        return json.dumps(described.openapi(self._tables.values(), __version__), ensure_ascii=False).encode()

    def json(self, request: Request) -> Response:
        """One page of rows: `table`, `rows`, and `next`, the address of what follows or null."""
        try:
            wanted = self._wanted(request, ROWS)
            with self._house.reading() as storage:
                found = list(wanted.read(storage, more=1))
        except (_Senseless, MonitorError, sqlite3.Error) as error:
            return _refused(error)
        limit = wanted.limit or ROWS
        following = _next(wanted, limit) if len(found) > limit else None
        rows = TypeAdapter(tuple[wanted.table.row, ...]).dump_json(tuple(found[:limit]))  # type: ignore[name-defined]
        body = b'{"table": %b, "rows": %b, "next": %b}' % (
            json.dumps(wanted.table.name).encode(),
            rows,
            json.dumps(following).encode(),
        )
        return Response(body, media_type="application/json", headers=SEALED)

    def csv(self, request: Request) -> Response:
        """The rows as a file, a piece at a time. What can go wrong goes wrong before the first is sent."""
        with ExitStack() as opened:
            try:
                wanted = self._wanted(request, None)
                storage = opened.enter_context(self._house.reading())
                rows = wanted.read(storage)
                first = list(islice(rows, PIECE))
            except (_Senseless, MonitorError, sqlite3.Error) as error:
                return _refused(error)
            pieces = _pieces(wanted.table, first, rows, opened.pop_all())
        name = f"{wanted.table.name}-{self._house.clock():%Y-%m-%d}.csv"
        headers = SEALED | {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(
            pieces, media_type="text/csv; charset=utf-8; header=present", headers=headers
        )

    def _wanted(self, request: Request, usual: int | None) -> _Wanted:
        """What is asked for. Raises _Senseless."""
        table = self._tables.get(request.path_params["table"])
        if table is None:
            raise _Senseless(404, "There is no such table.", self._tables)
        asked = request.query_params
        known = (*table.filters, *PAGING)
        if unknown := next((name for name in asked if name not in known), None):
            raise _Senseless(400, f"There is no filter {unknown[:60]!r}: leave it out.", known)
        limit = _number("limit", asked.get("limit", ""), 1, MOST_ROWS) if "limit" in asked else usual
        offset = _number("offset", asked.get("offset", "0"), 0, FURTHEST)
        return _Wanted(table, {name: asked.get(name, "") for name in table.filters}, limit, offset)


def _pieces(table: Table, first: list[Any], rows: Iterator[Any], opened: ExitStack) -> Iterator[bytes]:
    """The file. What is `opened` is closed at its end, or when nobody wants more of it."""
    names = [field.name for field in fields(table.row)]
    with opened:
        yield (BOM + cells.lines([names])).encode()
        piece = first
        while piece:
            yield cells.lines([getattr(row, name) for name in names] for row in piece).encode()
            piece = list(islice(rows, PIECE))


def _number(name: str, text: str, least: int, most: int) -> int:
    number = int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else -1
    if not least <= number <= most:
        raise _Senseless(400, f"{name} is a number from {least} to {most}.")
    return number


def _next(wanted: _Wanted, limit: int) -> str:
    """Where the rows are that follow, seen from these."""
    asked = {name: value for name, value in wanted.filters.items() if value}
    return "?" + urlencode(asked | {"limit": limit, "offset": wanted.offset + limit})


def _refused(error: Exception) -> Response:
    """Why there are no rows, in JSON whatever was asked for."""
    status = error.status if isinstance(error, _Senseless) else 400
    known = error.known if isinstance(error, _Senseless) else []
    words = str(error)
    if isinstance(error, sqlite3.Error):
        status, words = 503, "The database cannot be read just now: try again in a minute."
    body = json.dumps({"error": words, "known": known}, ensure_ascii=False)
    return Response(body, status, media_type="application/json", headers=SEALED)
