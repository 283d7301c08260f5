"""What is followed from rung to rung: all ledgers, and the rows of each as a table or as a pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import countries, ladder, sheet, wording
from monitor.errors import MonitorError
from monitor.facts import figure
from monitor.ladder import Column
from monitor.ledger import Ledger
from monitor.sheet import Row
from monitor.web import ledgerrows
from monitor.web.addresses import Paging, address
from monitor.web.house import House
from monitor.web.pages import page, slashed
from monitor.web.tables import Table

# Rows of a page of a table, and of a column of the pipeline.
ROWS, STACKED = 100, 25
# The kinds of detail that the table has room for, the first first.
SHOWN = ("amount", "product", "agency", "owner", "country", "items")
MOST_SHOWN = 4
_FIXED = (("title", ""), ("rung", "rung"), ("since", "since"), ("last", "last news"), ("due", "due"))

_SORTS = (
    ("", "most pressing"), ("-last", "last news"), ("-since", "newest step"), ("due", "due"),
    ("rung", "rung"), ("-amount", "amount"), ("title", "title"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: the address that sorts by it, and how it is sorted now."""

    words: str
    href: str
    sorted: str
    num: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the page shows it."""

    path: str
    title: str
    rung: str
    place: str
    rival: str
    status: str
    since: str
    last: str
    by: str
    due: str
    overdue: bool
    open: bool
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """A column of the pipeline; `more` rows are not shown, but at the address `all`."""

    title: str
    count: int
    money: str
    lines: tuple[Line, ...]
    more: int
    all: str
    aside: bool


class LedgerPages:
    """The pages /ledgers/ and /ledgers/{ledger}."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._ledgers = ledgerrows.Ledgers(house)

    def routes(self) -> list[Route]:
        return [
            Route("/ledgers", slashed),
            Route("/ledgers/", self.all),
            Route("/ledgers/{ledger}", self.ledger),
        ]

    def tables(self) -> tuple[Table, ...]:
        return self._ledgers.tables()

    def all(self, request: Request) -> Response:
        """Every ledger, with how many rows stand on which rung."""
        with self._house.reading() as storage:
            found = [(one, self._ledgers.rows(storage, one)) for one in self._house.in_force.rulebook.ledgers]
        rows = [(ledgerrows.ledger_row(ledger, rows), _counts(ledger, rows)) for ledger, rows in found]
        return page(request, self._house, "ledgers.html", {"rows": rows, "day": self._day})

    def ledger(self, request: Request) -> Response:
        """The rows of one, as they are asked for."""
        ledger = ledger_at(self._house, request)
        asked, problem = _asked(request), ""
        with self._house.reading() as storage:
            all_ = self._ledgers.rows(storage, ledger)
        try:
            found = ledgerrows.chosen(ledger, all_, asked)
        except MonitorError as error:
            problem, asked, found = str(error), {}, ledgerrows.chosen(ledger, all_, {})
        pipeline = asked.get("view") == "pipeline"
        shown: dict[str, object] = {
            "ledger": ledger,
            "asked": {name: asked.get(name, "") for name in (*ledgerrows.FILTERS, "view")},
            "narrowed": any(asked.get(name) for name in ledgerrows.FILTERS if name != "sort"),
            "problem": problem,
            "all": len(all_),
            "count": len(found),
            "overdue": sum(row.overdue for row in found),
            "countries": _countries(all_),
            "sorts": _sorts(asked.get("sort", "")),
            "api": urlencode({"ledger": ledger.id} | _without(asked, "page", "view")),
            "to_table": address({**asked, "view": "", "page": ""}),
            "to_pipeline": address({**asked, "view": "pipeline", "page": "", "sort": ""}),
        }
        shown |= self._pipeline(ledger, found, asked) if pipeline else self._table(ledger, found, asked)
        name = "pipeline.html" if pipeline else "ledger.html"
        return page(request, self._house, name, shown, status=400 if problem else 200)

    def _table(self, ledger: Ledger, found: list[Row], asked: Mapping[str, str]) -> dict[str, object]:
        there = sheet.columns(ledger, found)
        kinds = [kind for kind in (*SHOWN, *there) if kind in there]
        kinds = list(dict.fromkeys(kinds))[:MOST_SHOWN]
        paging = Paging(asked, ROWS, -(-len(found) // ROWS))
        first = paging.skip
        heads = [*_FIXED, *((kind, kind) for kind in kinds)]
        return {
            "heads": [self._head(name, words or ledger.title, asked) for name, words in heads],
            "lines": [self._line(ledger, row, kinds) for row in found[first : first + ROWS]],
            "first": first + 1,
        } | paging.links(len(found) - first)

    def _head(self, name: str, words: str, asked: Mapping[str, str]) -> Head:
        now = asked.get("sort", "")
        sorted_ = {name: "ascending", f"-{name}": "descending"}.get(now, "")
        newest = name in ("since", "last", "amount")  # of these one wants the newest, the most first
        other = {"": f"-{name}" if newest else name, "ascending": f"-{name}", "descending": name}[sorted_]
        return Head(words, address({**asked, "sort": other, "page": ""}), sorted_, name == "amount")

    def _pipeline(self, ledger: Ledger, found: list[Row], asked: Mapping[str, str]) -> dict[str, object]:
        columns = ladder.columns(ledger, found)
        return {"stacks": [self._stack(ledger, column, asked) for column in columns]}

    def _stack(self, ledger: Ledger, column: Column, asked: Mapping[str, str]) -> Stack:
        return Stack(
            column.title or "on no rung",
            len(column.rows),
            _money(column.dollars, column.counted, column.others),
            tuple(self._line(ledger, row, ["amount", "country"]) for row in column.rows[:STACKED]),
            max(len(column.rows) - STACKED, 0),
            address({**asked, "rung": column.title, "view": "", "page": ""}),
            column.aside or column.ends,
        )

    def _line(self, ledger: Ledger, row: Row, kinds: Iterable[str]) -> Line:
        return Line(
            entry_path(ledger, row.key), row.title, row.rung, row.place, row.rival, row.status,
            self._day(row.since), self._day(row.last), sheet.by_whom(row.source, row.tier, self._names),
            wording.calendar(row.due) if row.due else "", row.overdue, row.open,
            tuple((kind, said(kind, row.detail(kind))) for kind in kinds),
        )  # fmt: skip

    @property
    def _names(self) -> Mapping[str, str]:
        return self._house.in_force.called

    def _day(self, moment: datetime | date | None) -> str:
        if isinstance(moment, datetime):
            return wording.day(moment, self._house.zone)
        return wording.calendar(moment) if moment else ""


def ledger_at(house: House, request: Request) -> Ledger:
    """The ledger that an address names. Raises 404 where there is none."""
    found = house.in_force.rulebook.ledger(request.path_params["ledger"])
    if found is None:
        raise HTTPException(404)
    return found


def entry_path(ledger: Ledger, key: str) -> str:
    """The address of a row, as seen from the first page."""
    return f"ledgers/{quote(ledger.id)}/{quote(key)}"


def _counts(ledger: Ledger, rows: list[Row]) -> list[tuple[str, int, str]]:
    """Each rung on which there is anybody, how many, and the query that shows them."""
    columns = ladder.columns(ledger, rows)
    return [(c.title, len(c.rows), address({"rung": c.title})) for c in columns if c.rows and c.title]


def _sorts(asked: str) -> list[tuple[str, str]]:
    """What can be chosen to sort by, what is asked for among it."""
    known = dict(_SORTS)
    way = " downwards" if asked.startswith("-") else ""
    return [*known.items(), *([] if asked in known else [(asked, asked.removeprefix("-") + way)])]


def _countries(rows: list[Row]) -> list[tuple[str, str]]:
    """The code and the name of each country that a row has, by name."""
    codes = {code for row in rows for code in row.detail("country").replace(",", " ").split()}
    return sorted(((code, countries.name(code)) for code in codes), key=lambda one: one[1])


def said(kind: str, words: str) -> str:
    """A detail as people write it: countries by their names, days as days."""
    return wording.nations(words) if kind == "country" else wording.dated(words)


def _money(dollars: Decimal, counted: int, others: int) -> str:
    """What the amounts on a rung come to, and what is not in that."""
    said = [f"${figure(dollars)} in {counted} row{'s' if counted > 1 else ''}"] if counted else []
    said += [f"{others} in other currencies"] if others else []
    return ", ".join(said)


def _asked(request: Request) -> dict[str, str]:
    """What is asked for by names that are known; of one that comes twice the last."""
    known = (*ledgerrows.FILTERS, "view", "page")
    return {name: value for name, value in request.query_params.items() if name in known and value}


def _without(asked: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in asked.items() if name not in names}
