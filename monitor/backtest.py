"""Items of the past x watchlists -> what would have been told, and what a change gains and loses.

As in the running product a story is told once, however many copies of it there are; and what was found to add
nothing to a story is silent after it. Pure.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Generic, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from monitor import stories
from monitor.alerts import points
from monitor.conditions import Evidence
from monitor.difference import differences
from monitor.history import Past
from monitor.match import Matcher
from monitor.model import Verdict
from monitor.rule import Watchlist
from monitor.score import Judges, evaluate

# So many stories at most are remembered as told; the oldest are forgotten first.
MAX_STORIES = 50_000
MAX_REASONS = 3
# Where an item has no date.
UNDATED = datetime.min.replace(tzinfo=UTC)

Level = Literal["alert", "digest", "copy", "muted", "silent"]


# ------------------------------------------------------------------ what comes of it


@dataclass(frozen=True, slots=True)
class Fired:
    """An item that would have been told at once. `parts` is the score's parts, the weightiest first."""

    item: int
    when: datetime | None
    title: str
    link: str
    score: int
    stage: str
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """An item that a change of rules gains or loses. `why` is the groups that made or lost it."""

    kind: Literal["gained", "lost"]
    item: int
    when: datetime | None
    title: str
    link: str
    before: int
    after: int
    why: str
    stage: str = ""


class Scored(Protocol):
    """A score, and until when what it is of is not to be told."""

    @property
    def score(self) -> int: ...
    @property
    def muted(self) -> datetime | None: ...


class Telling(Protocol):
    """What an item tells: see `Past`."""

    @property
    def story(self) -> str: ...
    @property
    def repeats(self) -> bool: ...


class _Dated(Protocol):
    @property
    def when(self) -> datetime | None: ...
    @property
    def item(self) -> int: ...


T = TypeVar("T", bound=_Dated)


class Newest(Generic[T]):
    """The newest of what is added, at most `limit`; the rest is only counted."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[datetime, int, T]] = []
        self.count = 0

    def add(self, one: T) -> None:
        self.count += 1
        entry = one.when or UNDATED, one.item, one
        if len(self._heap) < self._limit:
            heapq.heappush(self._heap, entry)
        elif self._heap:
            heapq.heappushpop(self._heap, entry)

    def __iter__(self) -> Iterator[T]:
        return (one for *_, one in sorted(self._heap, reverse=True))


@dataclass(slots=True)
class Result:
    """What one watchlist made of history. `days` counts alerts and digest entries by local day."""

    watchlist: str
    fired: Newest[Fired]
    gained: Newest[Changed]
    lost: Newest[Changed]
    levels: Counter[Level] = field(default_factory=Counter)
    before: int = 0
    stays: int = 0
    days: dict[date, Counter[Level]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a watchlist makes of an item, and what comes of it."""

    level: Level
    verdict: Verdict


class Told:
    """Which stories were told, as items come in their order. A story is told once, in the digest or at once;
    at once also after the digest had it."""

    def __init__(self) -> None:
        self._told: dict[Hashable, tuple[datetime, Level]] = {}

    def level(
        self, copy: Hashable, when: datetime, one: Telling, verdict: Scored, alert: int, digest: int
    ) -> Level:
        """What comes of an item that scores so much, by these thresholds. `copy` is the same for all copies
        of a headline."""
        level: Level = "alert" if verdict.score >= alert else "digest"
        if verdict.score < digest:
            return "silent"
        if level == "alert" and verdict.muted is not None and when < verdict.muted:
            return "muted"
        if self._knows(copy, when, level) or (one.repeats and self._knows(one.story, when, level)):
            return "copy"
        for told in filter(None, (copy, one.story)):
            if len(self._told) >= MAX_STORIES:
                del self._told[next(iter(self._told))]
            self._told[told] = when, level
        return level

    def _knows(self, story: Hashable, when: datetime, level: Level) -> bool:
        told, as_ = self._told.get(story, (None, level))
        return told is not None and abs(when - told) < stories.WINDOW and as_ in ("alert", level)


# ------------------------------------------------------------------ going through history


class Backtest:
    """Goes through items in the order in which they came; memory does not grow with their number.

    With `before`, what the watchlists make of it is compared with what those made of it; one that
    is on one side only gains or loses all.
    """

    def __init__(
        self,
        watchlists: Sequence[Watchlist],
        before: Sequence[Watchlist] = (),
        *,
        limit: int = 20,
        zone: str = "UTC",
    ) -> None:
        self._matcher = Matcher([*watchlists, *before])
        self._after, self._before = _Side(watchlists), _Side(before)
        self._zone = ZoneInfo(zone)
        names = dict.fromkeys(watchlist.id for watchlist in (*watchlists, *before))
        self.results = {name: Result(name, Newest(limit), Newest(limit), Newest(limit)) for name in names}
        self.compares = bool(before)
        self.items = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    @property
    def weeks(self) -> float:
        """How long the time was that the items are of; 0 where they have no dates."""
        if self.first is None or self.last is None:
            return 0.0
        return max(1.0, (self.last - self.first).total_seconds() / 86_400) / 7

    def add(self, past: Past) -> None:
        """Judge one more item."""
        self.items += 1
        if past.when is not None:
            self.first = min(self.first or past.when, past.when)
            self.last = max(self.last or past.when, past.when)
        evidence = Evidence(self._matcher.find(past.content), past.origin)
        after = self._after.judge(past, evidence)
        before = self._before.judge(past, evidence) if self.compares else {}
        for name in after.keys() | before.keys():
            self._count(past, self.results[name], after.get(name))
            if self.compares:
                self._compare(past, evidence, name, before.get(name), after.get(name))

    def _count(self, past: Past, result: Result, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        result.levels[outcome.level] += 1
        if past.when is not None and outcome.level in ("alert", "digest"):
            day = past.when.astimezone(self._zone).date()
            result.days.setdefault(day, Counter())[outcome.level] += 1
        if outcome.level == "alert":
            verdict, content = outcome.verdict, past.content
            result.fired.add(
                Fired(
                    past.id,
                    past.when,
                    content.title,
                    content.link,
                    verdict.score,
                    verdict.stage,
                    points(verdict),
                )
            )

    def _compare(
        self, past: Past, evidence: Evidence, name: str, old: Outcome | None, new: Outcome | None
    ) -> None:
        was, is_ = (one is not None and one.level == "alert" for one in (old, new))
        result = self.results[name]
        result.before += was
        result.stays += was and is_
        if was == is_:
            return
        before = old or self._before.unconcerned(name, evidence)
        after = new or self._after.unconcerned(name, evidence)
        (result.gained if is_ else result.lost).add(changed(past, before, after))


class _Side:
    """One set of watchlists, and which stories they have told."""

    def __init__(self, watchlists: Sequence[Watchlist]) -> None:
        # What is snoozed is tried all the same: the question is what the rule is worth.
        self._watchlists = {watchlist.id: replace(watchlist, snooze=None) for watchlist in watchlists}
        self._judges = Judges(self._watchlists.values())
        self._told = {watchlist.id: Told() for watchlist in watchlists}

    def judge(self, past: Past, evidence: Evidence) -> dict[str, Outcome]:
        """What each watchlist that has something to say makes of an item."""
        outcomes = {}
        for watchlist, verdict in self._judges.verdicts(evidence):
            if verdict.score:
                outcomes[watchlist.id] = Outcome(self._level(past, verdict), verdict)
        return outcomes

    def unconcerned(self, name: str, evidence: Evidence) -> Outcome | None:
        """What a watchlist that had nothing to say says when asked; None where there is none."""
        watchlist = self._watchlists.get(name)
        return Outcome("silent", evaluate(watchlist, evidence)) if watchlist else None

    def _level(self, past: Past, verdict: Verdict) -> Level:
        copy, told = stories.fingerprint(past.content.title, past.id), self._told[verdict.watchlist]
        return told.level(copy, past.when or UNDATED, past, verdict, verdict.alert, verdict.digest)


# ------------------------------------------------------------------ why


def changed(past: Past, before: Outcome | None, after: Outcome | None) -> Changed:
    """An item that is gained, or lost; None where the watchlist is new, or gone."""
    gained = after is not None and after.level == "alert"
    teller = after if gained else before
    return Changed(
        kind="gained" if gained else "lost",
        item=past.id,
        when=past.when,
        title=past.content.title,
        link=past.content.link,
        before=before.verdict.score if before else 0,
        after=after.verdict.score if after else 0,
        why=why(before, after),
        stage=teller.verdict.stage if teller else "",
    )


def why(old: Outcome | None, new: Outcome | None) -> str:
    """What makes the difference, in words; None where the watchlist is new, or gone."""
    if old is None:
        return "the watchlist is new"
    if new is None:
        return "the watchlist is gone"
    for one, now in ((new, "now"), (old, "before")):
        if one.level == "copy":
            return f"{now} another copy of its story is told"
        if one.level == "muted":
            return f"{now} it is muted"
    return "; ".join(list(differences(old.verdict, new.verdict))[:MAX_REASONS]) or "the order of items"


# ------------------------------------------------------------------ in a line


def summary(before: Watchlist | None, after: Watchlist | None, items: Iterable[Past], days: int = 30) -> str:
    """What a change of one watchlist does: "last 30 days: 41 alerts -> 38 (lost 5, gained 2)"."""
    trial = Backtest([after] if after else [], [before] if before else [], limit=0)
    for past in items:
        trial.add(past)
    if not trial.items:
        return f"last {days} days: no stored items to try it on"
    fired = sum(result.levels["alert"] for result in trial.results.values())
    if before is None:
        return f"last {days} days: {alerts(fired)}"
    (was, gained, lost) = (
        sum(each)
        for each in zip(
            *((r.before, r.gained.count, r.lost.count) for r in trial.results.values()), strict=True
        )
    )
    net = f"lost {lost}, gained {gained}" if lost or gained else "the same ones"
    return f"last {days} days: {alerts(was)} -> {fired} ({net})"


def alerts(count: int) -> str:
    """So many alerts, in words."""
    return f"{count} alert" + ("" if count == 1 else "s")
