"""`monitor series`: the numbers that are followed, how they moved, and what they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from monitor.app import App
from monitor.board import Row, followed, row
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import MonitorError
from monitor.model import Point, Source
from monitor.moves import label, percent, value
from monitor.series import Followed

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 20


@click.command("series")
@click.argument("name", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="The history of one series as CSV, corrections included.")
@output.json_option
@pass_session
def series_(session: Session, name: str | None, *, as_csv: bool, as_json: bool) -> None:
    """Every series of numbers: the last one, how it moved over 1, 7 and 30 days, whether it is late.

    NAME is a source, a series, or both as SOURCE/SERIES.

    \b
    Example:
      monitor series
      monitor series ac-rei-index/index --csv
    """
    with session.app() as app:
        found = [(source, one) for source, one in followed(app.in_force.enabled()) if _is(name, source, one)]
        if name and not found:
            raise MonitorError(f"no series is called '{name}': see monitor series")
        if as_csv:
            if len(found) != 1:
                raise click.UsageError("--csv is for one series: name it as SOURCE/SERIES")
            _history(app, *found[0])
            return
        rows = [(_row(app, source, one, points), points) for source, one, points in _filed(app, found)]
        for shown, _ in rows if as_json else ():
            output.print_json(shown)
        if as_json:
            return
        if not rows:
            echo("No series is followed: add a source of kind series (docs/sources.md).")
            return
        heads = ("series", "name", "last", "of", "1 d", "7 d", "30 d", "lately", "state")
        output.table(heads, [_cells(shown, points) for shown, points in rows])


def _is(name: str | None, source: Source, one: Followed) -> bool:
    return name is None or name in (source.id, one.id, f"{source.id}/{one.id}", one.name)


def _filed(
    app: App, found: Sequence[tuple[Source, Followed]]
) -> Iterator[tuple[Source, Followed, list[Point]]]:
    known = {source.id: app.storage.points.known(source.id) for source, _ in found}
    for source, one in found:
        yield source, one, [p for p in known[source.id] if p.series == one.id]


def _history(app: App, source: Source, one: Followed) -> None:
    """Each number by its day; one that was corrected stands once for each value it had."""
    name = f"{source.id}/{one.id}"
    points = app.storage.points.history(source.id, one.id)
    rows = ((name, one.unit, point.at, point.value, point.seen or "") for point in points)
    output.print_csv(("series", "unit", "at", "value", "seen"), rows)


def _row(app: App, source: Source, one: Followed, points: Sequence[Point]) -> Row:
    return row(source, one, points, {w.id for w in app.in_force.watchlists}, app.clock())


def _cells(shown: Row, points: Sequence[Point]) -> tuple[str, ...]:
    last = f"{value(shown.value)} {shown.unit}".strip() if shown.value is not None else ""
    day = label(shown.at, points) if shown.at else ""
    changes = (f"{'-' if c < 0 else '+'}{percent(abs(c))}" if c is not None else "" for c in shown.changes)
    return (shown.series, shown.name, last, day, *changes, spark([p.value for p in points]), shown.state)


def spark(values: Sequence[float]) -> str:
    """The last numbers as a line of bars, the lowest and the highest of them at its ends."""
    shown = values[-WIDTH:]
    low, high = min(shown, default=0), max(shown, default=0)
    if low == high:
        return BARS[0] * len(shown)
    return "".join(BARS[round((v - low) / (high - low) * (len(BARS) - 1))] for v in shown)
