"""A watchlist x the items of some days -> what it would have told, and what another would instead. Pure.

The dear part, which items score how much, does not depend on thresholds: `marks` is worked out once for a set
of rules, and `compared` goes over what scores as often as somebody moves a slider.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor import stories
from monitor.backtest import UNDATED, Changed, Level, Outcome, Told, changed
from monitor.conditions import Evidence
from monitor.history import Past
from monitor.match import Matcher
from monitor.rule import Watchlist, Words
from monitor.score import Judges, evaluate

# Thresholds for which the alerts are counted, and the steps of the histogram: 0-4, 5-9, ..., 100.
STEP = 5
STEPS = range(0, 101, STEP)


class Mark(NamedTuple):
    """An item that a watchlist scores. `copy` is the same for all copies of a headline; `story` and `repeats`
    are as of `Past`; `muted` is until when what it says is not to be told."""

    item: int
    when: datetime
    score: int
    copy: str
    muted: datetime | None = None
    story: str = ""
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A watchlist, what finds its words, and the items that it scores, in the order in which they came."""

    watchlist: Watchlist
    matcher: Matcher
    marks: tuple[Mark, ...]


def rehearsed(watchlist: Watchlist, pasts: Iterable[Past]) -> Rehearsed:
    """Go over items, in the order in which they came.

    What is snoozed is tried all the same: the question is what the rule is worth.
    """
    tried = replace(watchlist, snooze=None)
    matcher = Matcher([tried])
    return Rehearsed(tried, matcher, tuple(_marks(tried, matcher, pasts)))


def _marks(watchlist: Watchlist, matcher: Matcher, pasts: Iterable[Past]) -> Iterator[Mark]:
    sieve, judges = _sieve(watchlist), Judges([watchlist])
    for past in pasts:
        if sieve is not None and not sieve.find(past.content).present:
            continue
        evidence = Evidence(matcher.find(past.content), past.origin)
        for _, verdict in judges.verdicts(evidence):
            if verdict.score:
                copy, when = stories.fingerprint(past.content.title, past.id), past.when or UNDATED
                yield Mark(past.id, when, verdict.score, copy, verdict.muted, past.story, past.repeats)


def _sieve(watchlist: Watchlist) -> Matcher | None:
    """What finds the rarest words of which a must needs one; None where none needs any.

    Most items have none of them, and to see that takes a fraction of looking for all.
    """
    needed = [group.condition for group in watchlist.must if group.condition.needs is not None]
    rarest = min(needed, key=lambda condition: condition.common, default=None)
    return Matcher((), (Words(rarest.needs or frozenset()),)) if rarest else None


# ------------------------------------------------------------------ what comes of it


def levels(marks: Iterable[Mark], alert: int, digest: int) -> dict[int, Level]:
    """What comes of each item that scores, by these thresholds."""
    told = Told()
    return {one.item: told.level(one.copy, one.when, one, one, alert, digest) for one in marks}


def at_thresholds(marks: Sequence[Mark]) -> tuple[tuple[int, int], ...]:
    """How many alerts there would be with each threshold."""
    return tuple((step, _alerts(levels([m for m in marks if m.score >= step], step, step))) for step in STEPS)


def histogram(marks: Iterable[Mark]) -> tuple[int, ...]:
    """How many items score 0 to 4 (but not 0), 5 to 9, and so on up to 100."""
    counts = Counter(one.score // STEP for one in marks)
    return tuple(counts[step // STEP] for step in STEPS)


def _alerts(levels: Mapping[int, Level]) -> int:
    return sum(level == "alert" for level in levels.values())


@dataclass(frozen=True, slots=True)
class Day:
    """How many alerts there were on a local day, and how many there would have been."""

    day: date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a change would have done: alerts `before` and `after`, how many of them are the same, what is
    gained and lost (the newest of each, and how many in all), and entries of the digest that come and go.

    `new` where there was no watchlist before. `thresholds` has how many alerts each would give, `scores` the
    histogram, both by the rules as they would be. The items are of so many `weeks`.
    """

    new: bool
    weeks: float
    before: int
    after: int
    stays: int
    gained: tuple[Changed, ...]
    lost: tuple[Changed, ...]
    gains: int
    losses: int
    digest_gains: int
    digest_losses: int
    days: tuple[Day, ...]
    thresholds: tuple[tuple[int, int], ...]
    scores: tuple[int, ...]

    @property
    def pace(self) -> tuple[float, float]:
        """Alerts a week, before and after."""
        return self.before / self.weeks, self.after / self.weeks

    @property
    def same(self) -> bool:
        """Does it change nothing that is told or listed?"""
        return not (self.gains or self.losses or self.digest_gains or self.digest_losses)


def compared(
    pasts: Mapping[int, Past],
    before: Rehearsed | None,
    after: Rehearsed,
    limit: int = 20,
    zone: str = "UTC",
) -> Comparison:
    """What comes of the items by one watchlist and by the other; None: there was none.

    `pasts` are the items by number, of which both have gone over.
    """
    was = levels(before.marks, before.watchlist.alert, before.watchlist.digest) if before else {}
    is_ = levels(after.marks, after.watchlist.alert, after.watchlist.digest)
    old, new = ({number for number, level in some.items() if level == "alert"} for some in (was, is_))

    def newest(numbers: set[int]) -> tuple[Changed, ...]:
        ordered = sorted(numbers, key=lambda one: (pasts[one].when or UNDATED, one), reverse=True)
        return tuple(
            changed(pasts[one], _outcome(before, pasts[one], was), _outcome(after, pasts[one], is_))
            for one in ordered[:limit]
        )

    return Comparison(
        new=before is None,
        weeks=_weeks(pasts.values()),
        before=len(old),
        after=len(new),
        stays=len(old & new),
        gained=newest(new - old),
        lost=newest(old - new),
        gains=len(new - old),
        losses=len(old - new),
        digest_gains=_come(was, is_),
        digest_losses=_come(is_, was),
        days=tuple(_days(pasts, old, new, ZoneInfo(zone))),
        thresholds=at_thresholds(after.marks),
        scores=histogram(after.marks),
    )


def _outcome(rules: Rehearsed | None, past: Past, levels: Mapping[int, Level]) -> Outcome | None:
    """What a watchlist makes of an item, with the parts of its score."""
    if rules is None:
        return None
    evidence = Evidence(rules.matcher.find(past.content), past.origin)
    return Outcome(levels.get(past.id, "silent"), evaluate(rules.watchlist, evidence))


def _come(was: Mapping[int, Level], is_: Mapping[int, Level]) -> int:
    """How many are listed in the digest only, and were neither listed nor told."""
    told = ("alert", "digest")
    return sum(level == "digest" and was.get(number) not in told for number, level in is_.items())


def _weeks(pasts: Iterable[Past]) -> float:
    """How long the time was that the items are of: a day at least."""
    moments = [past.when for past in pasts if past.when]
    span = (max(moments) - min(moments)).total_seconds() / 86_400 if moments else 0.0
    return max(1.0, span) / 7


def _days(pasts: Mapping[int, Past], old: set[int], new: set[int], zone: ZoneInfo) -> Iterator[Day]:
    """Each day from the first item's to the last one's."""
    moments = [past.when for past in pasts.values() if past.when]
    if not moments:
        return

    def local(numbers: Iterable[int]) -> Counter[date]:
        return Counter(_day(when, zone) for one in numbers if (when := pasts[one].when))

    was, is_ = local(old), local(new)
    first, last = _day(min(moments), zone).toordinal(), _day(max(moments), zone).toordinal()
    for number in range(first, last + 1):
        day = date.fromordinal(number)
        yield Day(day, was[day], is_[day])


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
