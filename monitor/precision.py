"""What people said of alerts -> how many of those told were worth it, by watchlist and week. Pure.

A week is that of ISO 8601, Monday to Sunday; an alert counts in the week in which it was decided.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.feedback import Opinion, Said

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Week:
    """One watchlist in one week, that begins on the Monday `first`."""

    watchlist: str
    first: date
    useful: int
    noise: int
    unmarked: int

    @property
    def told(self) -> int:
        return self.useful + self.noise + self.unmarked

    @property
    def precision(self) -> float | None:
        """The share that was useful, 0 to 1, of those that somebody marked; None where nobody did."""
        marked = self.useful + self.noise
        return self.useful / marked if marked else None

    @property
    def name(self) -> str:
        """As ISO 8601 writes it: 2026-W10."""
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02}"


def weeks(said: Iterable[Said], zone: str = "UTC") -> tuple[Week, ...]:
    """The newest week first, the watchlists of each by name. An alert counts once for a watchlist, however
    often it is given; its last opinion counts."""
    once = {(one.alert, one.watchlist): one for one in said}
    counts: dict[tuple[date, str], Counter[Opinion | None]] = defaultdict(Counter)
    for one in once.values():
        counts[monday(one.told, zone), one.watchlist][one.opinion] += 1
    made = (
        Week(watchlist, first, found[Opinion.USEFUL], found[Opinion.NOISE], found[None])
        for (first, watchlist), found in counts.items()
    )
    return tuple(sorted(made, key=lambda week: (-week.first.toordinal(), week.watchlist)))


def standing(found: Iterable[Week], today: date) -> tuple[Week, ...]:
    """The week of `today`; of a watchlist that nobody marked in it the week before too, where somebody did.
    By watchlist, the newer week first."""
    this = _monday(today)
    found = sorted(found, key=lambda week: (week.watchlist, -week.first.toordinal()))
    marked = {week.watchlist for week in found if week.first == this and week.precision is not None}
    return tuple(
        week
        for week in found
        if week.first == this
        or (week.first == this - WEEK and week.precision is not None and week.watchlist not in marked)
    )


def monday(moment: datetime, zone: str = "UTC") -> date:
    """The first day of the week that a moment falls in, as people in that zone count it."""
    return _monday(moment.astimezone(ZoneInfo(zone)).date())


def _monday(day: date) -> date:
    return date.fromordinal(day.toordinal() - day.weekday())


def sentence(week: Week) -> str:
    """A week in words: "magnets, 2026-W10: 3 of 4 marked were useful (75 %), 6 not marked"."""
    return f"{week.watchlist}, {week.name}: {opinion(week)}"


def opinion(week: Week) -> str:
    """What was thought of its alerts: "3 of 4 marked were useful (75 %), 6 not marked"."""
    marked = week.useful + week.noise
    if week.precision is None:
        return f"{week.told} told, none marked"
    worth = f"{week.useful} of {marked} marked were useful ({round(100 * week.precision)} %)"
    rest = f", {week.unmarked} not marked" if week.unmarked else ""
    return f"{worth}{rest}"
