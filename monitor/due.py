"""The rows of a ledger x the day -> what falls due: days ahead, when it is past and nothing was seen, and
after long silence; and for a digest all that lies ahead. Pure; days are in UTC.

What was past before a row was first filed is not told: it is history. Rows on which the same falls due
on the same day are told together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from monitor.digest import Ahead
from monitor.ledger import Deadline, Entry, Ledger
from monitor.model import Entry as Item
from monitor.model import Hit, Part, Verdict
from monitor.rule import Watchlist
from monitor.wording import stage_name

# The internal source whose items these are, and their language.
SOURCE, LANG = "ledgers", "en"
MAX_NAMED = 12
DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due on some rows of a ledger. `event` is the same however often it is looked for."""

    ledger: Ledger
    event: str
    what: str
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        named = [entry.title for entry in self.entries]
        more = len(named) - 1
        return f"{named[0]}{f' and {more} more' if more else ''}: {self.what}"

    @property
    def item(self) -> Item:
        """It as an item to be filed."""
        key = "/".join((self.ledger.id, self.event, *(entry.key for entry in self.entries)))
        alias = sha256(key.encode()).hexdigest()[:32]
        link = _link(self.ledger, self.entries)
        return Item(alias, alias, link, self.title, "\n".join(self._lines()), None)

    def _lines(self) -> Iterator[str]:
        for entry in self.entries[:MAX_NAMED]:
            since = f" since {entry.standing.since:%d %b %Y}" if entry.standing.since else ""
            yield f"{entry.title}: {stage_name(entry.rung)}{since}"
            seed = self.ledger.seed(entry.key)
            if seed and seed.progress:
                yield f"Progress would be: {seed.progress}"
            if seed and seed.breach:
                yield f"Breach would be: {seed.breach}"
        if len(self.entries) > MAX_NAMED:
            yield f"… and {len(self.entries) - MAX_NAMED} more: monitor {self.ledger.id}"

    def verdict(self, watchlist: Watchlist) -> Verdict:
        """What it is to a watchlist that feeds the ledger: all there is."""
        start = self.title.find(self.what)
        hit = Hit("title", start, start + len(self.what), self.what, self.event)
        part = Part("must", "falls due", 100, met=True, hits=(hit,))
        return Verdict(watchlist.id, 100, (part,), "", watchlist.alert, watchlist.digest, watchlist.snooze)


def due(
    ledger: Ledger, entries: Iterable[Entry], told: Collection[tuple[str, str]], now: datetime
) -> list[Due]:
    """What is to be told now. `told` has the key and the event of all that was."""
    together: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        for event, what in _events(ledger, entry, now):
            if (entry.key, event) not in told:
                together[event, what].append(entry)
    return [Due(ledger, event, what, tuple(rows)) for (event, what), rows in sorted(together.items())]


def _events(ledger: Ledger, entry: Entry, now: datetime) -> Iterator[tuple[str, str]]:
    for deadline in _awaited(ledger, entry):
        yield from _deadline(deadline, entry, now)
    for end, what in _fell_silent(ledger, entry):
        if end <= now:
            yield f"silent/{entry.last.date()}", what


def _deadline(deadline: Deadline, entry: Entry, now: datetime) -> Iterator[tuple[str, str]]:
    """Days ahead, and the day after, unless something was seen since it was told ahead."""
    today, day = now.astimezone(UTC).date(), deadline.day
    if deadline.day - deadline.ahead <= today <= day:
        yield f"{day}/ahead", f"{deadline.what} {_in(day, today)} ({_date(day)})"
    elif today > day >= entry.filed.date() and not entry.heard(deadline):
        yield f"{day}/past", f"{deadline.what}: due {_date(day)}, nothing seen"


def _in(day: date, today: date) -> str:
    days = (day - today).days
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _fell_silent(ledger: Ledger, entry: Entry) -> Iterator[tuple[datetime, str]]:
    """When a row has been silent too long, once for each step that nothing followed; of what was long silent
    when first filed, never."""
    rung = ledger.rung(entry.rung)
    if ledger.silent is None or (rung and rung.ends):
        return
    if (end := entry.last + ledger.silent) >= entry.filed:
        yield end, f"no step for {ledger.silent.days} days"


# ------------------------------------------------------------------ for a digest


def ahead(
    ledger: Ledger, entries: Iterable[Entry], since: datetime, until: datetime, days: int = DAYS_AHEAD
) -> list[Ahead]:
    """What falls due within so many days of `until`, and what passed in [since, until) with nothing seen,
    a day or the time within which a row is to move: that first, then the next day first.

    A day has passed when it is over. Each is told as passed in one span only, of those that follow each
    other.
    """
    together: dict[tuple[date, bool, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        for deadline in _awaited(ledger, entry):
            overdue = _passed(deadline, entry, since, until)
            if overdue or 0 <= (deadline.day - until.astimezone(UTC).date()).days <= days:
                together[deadline.day, overdue, deadline.what].append(entry)
        for end, what in _fell_silent(ledger, entry):
            if since <= end < until:
                together[end.astimezone(UTC).date(), True, what].append(entry)
    made = (
        Ahead(ledger.watchlists, day, what, tuple(row.title for row in rows), _link(ledger, rows), overdue)
        for (day, overdue, what), rows in together.items()
    )
    return sorted(made, key=lambda one: (not one.overdue, one.day, one.what))


def _awaited(ledger: Ledger, entry: Entry) -> list[Deadline]:
    """The deadlines that hold where the row stands: none where it has ended."""
    seed, rung = ledger.seed(entry.key), ledger.rung(entry.rung)
    if seed is None or (rung and rung.ends):
        return []
    return [deadline for deadline in seed.deadlines if entry.awaits(deadline)]


def _passed(deadline: Deadline, entry: Entry, since: datetime, until: datetime) -> bool:
    over = datetime.combine(deadline.day + timedelta(days=1), time(), UTC)
    return since <= over < until and deadline.day >= entry.filed.date() and not entry.heard(deadline)


def _link(ledger: Ledger, rows: Iterable[Entry]) -> str:
    """An address that bears one of these rows out."""
    seeds = (ledger.seed(row.key) for row in rows)
    return next((seed.link for seed in seeds if seed and seed.link), "")
