"""Series of numbers -> the rows of a board: the last one, how it moved, how the series is doing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.model import Point, Source
from monitor.series import Followed, Late, change, doubtful, late, usual
from monitor.sources import KINDS

SPANS = tuple(timedelta(days=n) for n in (1, 7, 30))


@dataclass(frozen=True, slots=True)
class Row:
    """A series as it stands; `changes` over 1, 7 and 30 days, as shares, None where there is none."""

    series: str
    name: str
    unit: str
    value: float | None
    at: date | None
    changes: tuple[float | None, ...]
    state: str
    tell: tuple[str, ...]


def followed(sources: Iterable[Source]) -> Iterator[tuple[Source, Followed]]:
    """Every series of these sources; one of a kind that cannot be read yet has none."""
    for source in sources:
        for one in KINDS[source.kind].follow(source) if source.kind in KINDS else ():
            yield source, one


def row(
    source: Source, one: Followed, points: Sequence[Point], watchlists: Collection[str], now: datetime
) -> Row:
    """A series with its numbers, which are in the order of their days, beside the watchlists there are."""
    unknown = [name for name in one.tell if name not in watchlists]
    last = points[-1] if points else None
    return Row(
        f"{source.id}/{one.id}",
        one.name,
        one.unit,
        last.value if last else None,
        last.at if last else None,
        tuple(over(points, span) for span in SPANS),
        f"no watchlist is called {unknown[0]}" if unknown else state(one, points, now),
        one.tell,
    )


def over(points: Sequence[Point], span: timedelta) -> float | None:
    """By what share the last number differs from the last one so much older."""
    older = [p for p in points if p.at <= points[-1].at - span]
    return change(older[-1], points[-1]) if older else None


def state(one: Followed, points: Sequence[Point], now: datetime) -> str:
    """In a word how the series is doing."""
    if not points:
        return "no number yet"
    if doubtful(points):
        return "implausible"
    rules = [rule for rule in one.rules if isinstance(rule, Late)] or [Late(max(usual(points), SPANS[0]), "")]
    return "late" if any(late(points, rule, now) for rule in rules) else "ok"
