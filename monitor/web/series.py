"""The numbers that are followed: all series on a board, and each with its chart, its moves and its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote, urlencode

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import board, drawing, moves, wording
from monitor.drawing import Drawing, Mark
from monitor.model import Alert, Point, Source
from monitor.series import Followed, Level, usual
from monitor.storage import Storage
from monitor.web.house import House
from monitor.web.pages import page, slashed
from monitor.web.tables import Asked, Table

# Of the last days of a series so many are drawn on the board, so many values stand on a page, and so many of
# its moves.
LATELY, VALUES, MOVES = 60, 400, 50
# A gap of so many times what is usual between two numbers is one.
GAP = 2
_STATES = {
    "ok": ("good", "fresh"),
    "late": ("warn", "late: the next number has not come in time"),
    "implausible": ("bad", "implausible: look at the source"),
    "no number yet": ("", "no number yet: it is read at the next poll"),
}
_WHICH = {"source": "Only series of this source, by its id.", "series": "Only this series, by its id."}


@dataclass(frozen=True, slots=True)
class SeriesRow:
    source: Annotated[str, Field(description="The id of the source.")]
    series: Annotated[str, Field(description="The id of the series in it.")]
    name: Annotated[str, Field(description="What it is called.")]
    value: Annotated[float | None, Field(description="The last number.")]
    unit: Annotated[str, Field(description="What it is measured in.")]
    day: Annotated[date | None, Field(description="The day that it stands for.")]
    change_1: Annotated[float | None, Field(description="Change against a day before, as a share: 0.05.")]
    change_7: Annotated[float | None, Field(description="Change against 7 days before, as a share.")]
    change_30: Annotated[float | None, Field(description="Change against 30 days before, as a share.")]
    state: Annotated[str, Field(description="ok, late, implausible, or what is wrong.")]
    rules: Annotated[tuple[str, ...], Field(description="What is told of it.")]
    tell: Annotated[tuple[str, ...], Field(description="The watchlists that are told.")]


@dataclass(frozen=True, slots=True)
class PointRow:
    source: Annotated[str, Field(description="The id of the source.")]
    series: Annotated[str, Field(description="The id of the series in it.")]
    unit: Annotated[str, Field(description="What it is measured in.")]
    day: Annotated[date, Field(description="The day, or the first of the month or year, that it stands for.")]
    value: Annotated[float, Field(description="The number.")]
    seen: Annotated[datetime | None, Field(description="When this value was filed.")]


@dataclass(frozen=True, slots=True)
class Move:
    """Something that was told of a series: on which of its days, in which words, in which story."""

    day: date | None
    when: datetime
    words: str
    story: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series on the board."""

    path: str
    name: str
    source: str
    last: str
    day: str
    changes: tuple[str, ...]
    state: tuple[str, str]
    rules: tuple[str, ...]
    tell: tuple[str, ...]
    fired: Move | None
    lately: Drawing


class SeriesPages:
    """The pages below /series/."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/series", slashed),
            Route("/series/", self.all),
            Route("/series/{source}/{series}", self.one),
        ]

    def tables(self) -> tuple[Table, ...]:
        return (
            Table("series", "The numbers that are followed, as they stand.", SeriesRow, self._rows, _WHICH),
            Table(
                "points", "Every number ever filed, corrected ones too; of each series the newest first.",
                PointRow, self._points, _WHICH,
            ),
        )  # fmt: skip

    def all(self, request: Request) -> Response:
        """The board: what is wrong first, then by name."""
        with self._house.reading() as storage:
            lines = [
                self._line(storage, source, one, points) for source, one, points in self._filed(storage, {})
            ]
        lines.sort(key=lambda line: (line.state[0] not in ("bad", "warn"), line.name.casefold()))
        return page(request, self._house, "series.html", {"lines": lines})

    def one(self, request: Request) -> Response:
        """One series."""
        asked = request.path_params
        with self._house.reading() as storage:
            found = next(iter(self._filed(storage, asked)), None)
            if found is None:
                raise HTTPException(404)
            source, one, points = found
            told = _moves(storage, source, one, MOVES)
            line = self._line(storage, source, one, points)
        newest = points[::-1][:VALUES]
        days = moves.labels((point.at for point in newest), points)
        shown = {
            "line": line,
            "source": source,
            "published": one.link or source.url,
            "chart": _chart(one, points, told),
            "told": [(moves.label(m.day, points) if m.day else "", m) for m in told],
            "values": list(zip(days, (moves.value(p.value) for p in newest), newest, strict=True)),
            "more": max(len(points) - VALUES, 0),
            "api": urlencode({"source": source.id, "series": one.id}),
            "titles": {w.id: w.title for w in self._house.in_force.watchlists},
        }
        return page(request, self._house, "oneseries.html", shown)

    # -------------------------------------------------------------- reading

    def _filed(self, storage: Storage, asked: Asked) -> Iterator[tuple[Source, Followed, list[Point]]]:
        """Each series that is asked for with its numbers as they stand."""
        known: dict[str, list[Point]] = {}
        for source, one in board.followed(self._house.in_force.enabled()):
            wanted = asked.get("source") or source.id, asked.get("series") or one.id
            if wanted == (source.id, one.id):
                if source.id not in known:
                    known = {source.id: storage.points.known(source.id)}
                yield source, one, [point for point in known[source.id] if point.series == one.id]

    def _row(self, source: Source, one: Followed, points: Sequence[Point]) -> board.Row:
        known = {watchlist.id for watchlist in self._house.in_force.watchlists}
        return board.row(source, one, points, known, self._house.clock())

    def _rows(self, storage: Storage, asked: Asked) -> Iterator[SeriesRow]:
        for source, one, points in self._filed(storage, asked):
            row = self._row(source, one, points)
            day, week, month = row.changes
            yield SeriesRow(
                source.id, one.id, one.name, row.value, one.unit, row.at, day, week, month, row.state,
                tuple(rule.name for rule in one.rules), one.tell,
            )  # fmt: skip

    def _points(self, storage: Storage, asked: Asked) -> Iterator[PointRow]:
        """Those too of what is not followed any more."""
        followed = board.followed(self._house.in_force.sources.values())
        units = {(source.id, one.id): one.unit for source, one in followed}
        for source, series in storage.points.series():
            if (asked.get("source") or source, asked.get("series") or series) == (source, series):
                for point in storage.points.newest(source, series):
                    unit = units.get((source, series), "")
                    yield PointRow(source, series, unit, point.at, point.value, point.seen)

    def _line(self, storage: Storage, source: Source, one: Followed, points: Sequence[Point]) -> Line:
        row = self._row(source, one, points)
        last = f"{moves.value(row.value)} {row.unit}".strip() if row.value is not None else ""
        lately = [point.value for point in points[-LATELY:]]
        return Line(
            f"series/{quote(source.id)}/{quote(one.id)}", one.name, source.name, last,
            moves.label(row.at, points) if row.at else "", tuple(map(_changed, row.changes)),
            _STATES.get(row.state, ("bad", row.state)), tuple(rule.name for rule in one.rules), one.tell,
            next(iter(_moves(storage, source, one, 1)), None),
            drawing.spark(lately, title=one.name, said=f"The last {len(lately)} numbers, {last} at the end"),
        )  # fmt: skip


def _moves(storage: Storage, source: Source, one: Followed, most: int) -> list[Move]:
    """What was told of a series, the newest first; what several watchlists were told once."""
    found: dict[str, Alert] = {}
    for key, alert in storage.alerts.of_series(source.id, one.id, most * 4):
        found.setdefault(key, alert)
    told = [Move(moves.day_of(key), a.created, a.title, a.story) for key, a in found.items()]
    return told[:most]


def _changed(share: float | None) -> str:
    if share is None:
        return ""
    return f"{'+' if share > 0 else '-' if share < 0 else ''}{moves.percent(abs(share))}"


def _chart(one: Followed, points: Sequence[Point], told: Sequence[Move]) -> Drawing:
    """The line of all numbers, with the levels that are watched where they are near, and what was told."""
    values = [point.value for point in points]
    low, high = min(values, default=0.0), max(values, default=0.0)
    near = (low - (high - low), high + (high - low))
    marks = [
        Mark(rule.level, rule.name) for rule in one.rules
        if isinstance(rule, Level) and near[0] <= rule.level <= near[1]
    ]  # fmt: skip
    said = "No number yet"
    if points:
        first, last = points[0], points[-1]
        span = f"from {moves.label(first.at, points)} to {moves.label(last.at, points)}"
        said = f"{len(points)} numbers {span}, between {moves.value(low)} and {moves.value(high)}"
        said += f"; last {moves.value(last.value)}"
    days = {move.day for move in told if move.day}
    if days:
        said += ". Rings mark what was told"
    return drawing.line(
        [(point.at, point.value) for point in points], title=one.name, said=f"{said}.",
        gap=usual(points).days * GAP, marks=marks, dots=days, name=one.unit or "value",
        say=moves.value, day=wording.calendar,
    )  # fmt: skip
