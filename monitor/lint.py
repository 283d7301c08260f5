"""Watchlists x what is known of them and of the news -> what is likely not meant. Pure.

These are warnings: the file says what it may say, and yet a group can never be met, a threshold
never be reached, a term never fires or fires on something else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.conditions import Evidence, longest
from monitor.history import Past
from monitor.match import Matcher
from monitor.model import Source
from monitor.reach import EVERYWHERE, Reach
from monitor.rule import FIELDS, Condition, Field, Group, Lookup, Watchlist, Words, walk
from monitor.score import Judges
from monitor.text import language

# Fewer items than this say nothing about what never occurs.
ENOUGH_ITEMS = 3000
# A term is noise from so many hits, where at most this share of them is in signals, while the other
# spellings of the same meaning have the second share: a general word is at home in many items.
NOISE_HITS, NOISE_SHARE, HOME_SHARE = 50, 0.05, 0.1
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is probably not meant. `terms` are those it is about, the telling ones first."""

    watchlist: str
    message: str
    remedy: str = ""
    group: str = ""
    terms: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"'{self.group}': " if self.group else ""
        return f"{where}{self.message}" + (f" ({self.remedy})" if self.remedy else "")


# ------------------------------------------------------------------ without data


def static(
    watchlists: Iterable[Watchlist],
    sources: Sequence[Source],
    now: datetime,
    fields: frozenset[Field] = EVERYWHERE,
) -> Iterator[Finding]:
    """What can be told from the files alone. `fields` are those that items are known to have."""
    reach = Reach(fields, sources)
    for watchlist in watchlists:
        impossible = list(_impossible(watchlist, reach))
        yield from impossible
        if not any(finding.group in {g.name for g in watchlist.must} for finding in impossible):
            yield from _thresholds(watchlist, reach, sources)
        yield from _ended(watchlist, now)


def _impossible(watchlist: Watchlist, reach: Reach) -> Iterator[Finding]:
    """Groups that no item can meet, and those that rule themselves out."""
    for kind, groups in (
        ("must", watchlist.must),
        ("any", watchlist.any),
        ("less", watchlist.less),
        ("not", watchlist.exclude),
    ):
        for group in groups:
            why = reach.why_never(group.condition)
            if why:
                yield _never(watchlist, kind, group, f"can never be met: {why}")
            elif kind in ("must", "any"):
                yield from _excluded(watchlist, kind, group, reach)
    for stage in watchlist.stages:
        why = reach.why_never(stage.condition)
        if why:
            yield Finding(watchlist.id, f"stage '{stage.id}' can never be told: {why}", "change its words")


def _never(watchlist: Watchlist, kind: str, group: Group, message: str) -> Finding:
    remedy = (
        "so this watchlist never fires; change the group" if kind == "must" else "change it or take it out"
    )
    return Finding(watchlist.id, f"this {kind} group {message}", remedy, group.name)


def _excluded(watchlist: Watchlist, kind: str, group: Group, reach: Reach) -> Iterator[Finding]:
    for other in watchlist.exclude:
        if reach.takes(group.condition, other.condition):
            message = f"counts for nothing: the not group '{other.name}' rules out all that meets it"
            yield _never(watchlist, kind, group, message)


def _thresholds(watchlist: Watchlist, reach: Reach, sources: Sequence[Source]) -> Iterator[Finding]:
    most = most_points(watchlist, reach, sources)
    if most < watchlist.digest:
        yield Finding(
            watchlist.id,
            f"can never tell anything: at most {most} points, and the digest takes {watchlist.digest}",
            "lower 'digest' and 'alert', or raise a weight",
        )
    elif most < watchlist.alert:
        yield Finding(
            watchlist.id,
            f"can never alert: at most {most} points, and an alert takes {watchlist.alert}",
            "lower 'alert' or raise a weight",
        )


def most_points(watchlist: Watchlist, reach: Reach, sources: Sequence[Source]) -> int:
    """The best score an item can get: every must and any group in its best field, the best tier."""
    groups = (g for g in (*watchlist.must, *watchlist.any) if not reach.why_never(g.condition))
    tiers = {source.tier for source in sources} or set(watchlist.tiers)
    best = max((watchlist.tiers.get(tier, 0) for tier in tiers), default=0)
    return min(100, sum(round(g.weight * _best_share(g, watchlist, reach)) for g in groups) + max(0, best))


def _best_share(group: Group, watchlist: Watchlist, reach: Reach) -> float:
    if not group.shared:
        return 1.0
    return max((watchlist.weights[field] for field in reach.places(group.condition)), default=1.0)


def _ended(watchlist: Watchlist, now: datetime) -> Iterator[Finding]:
    if watchlist.expires is not None and watchlist.expired(now):
        message = f"expired on {watchlist.expires:%Y-%m-%d}: it is no longer judged"
        yield Finding(watchlist.id, message, "move 'expires' or take the file away")
    if watchlist.snooze is not None:
        ended = watchlist.snooze <= now
        message = f"{'was' if ended else 'is'} snoozed until {watchlist.snooze:%Y-%m-%d %H:%M} UTC"
        yield Finding(watchlist.id, message, "take 'snooze' out" + ("" if ended else " to be told again"))
    for mute in watchlist.mutes:
        if mute.until <= now:
            why = f" ({mute.why})" if mute.why else ""
            message = f"a mute{why} ended on {mute.until:%Y-%m-%d}"
            yield Finding(watchlist.id, message, "take it out, or move 'until'")


# ------------------------------------------------------------------ with data


@dataclass(slots=True)
class _Count:
    """In how many items a term met a group, and how many of these are signals."""

    hits: int = 0
    signals: int = 0

    def without(self, other: _Count) -> _Count:
        return _Count(self.hits - other.hits, self.signals - other.signals)


class Census:
    """What items say of the rules, added up item by item; memory grows with the terms only."""

    def __init__(self, watchlists: Sequence[Watchlist]) -> None:
        self._watchlists = watchlists
        self._matcher = Matcher(watchlists)
        self._judges = Judges(watchlists)
        self._groups = [(w, group) for w in watchlists for group in (*w.must, *w.any)]
        self._by_lookup: dict[Lookup, list[int]] = defaultdict(list)
        for number, (_, group) in enumerate(self._groups):
            for lookup in lookups(group.condition):
                self._by_lookup[lookup].append(number)
        self._counts: list[dict[tuple[tuple[str, ...], str], _Count]] = [
            defaultdict(_Count) for _ in self._groups
        ]
        self._present: Counter[Lookup] = Counter()
        self._langs: Counter[str] = Counter()
        self._fields: set[Field] = set()
        self.items = 0

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that items have; all of them while too few were looked at."""
        return frozenset(self._fields) if self.items >= ENOUGH_ITEMS else EVERYWHERE

    def add(self, past: Past) -> None:
        """Count one more item."""
        self.items += 1
        self._langs[past.origin.lang] += 1
        self._fields.update(field for field in FIELDS if getattr(past.content, field))
        evidence = Evidence(self._matcher.find(past.content), past.origin)
        present = evidence.found.present
        if not present:
            return
        self._present.update(present)
        signals = {
            w.id for w, verdict in self._judges.verdicts(evidence) if verdict.score >= max(1, w.digest)
        }
        for number in {n for lookup in present for n in self._by_lookup.get(lookup, ())}:
            watchlist, group = self._groups[number]
            hits = longest(evidence.hits(group.condition) or ())
            for spelling in {(hit.via[-1:], hit.term) for hit in hits}:
                count = self._counts[number][spelling]
                count.hits += 1
                count.signals += watchlist.id in signals

    def findings(self) -> Iterator[Finding]:
        """What the items say; nothing about what never occurs while they are few."""
        for watchlist in self._watchlists:
            yield from self._noise(watchlist)
            if self.items >= ENOUGH_ITEMS:
                yield from self._silent(watchlist)

    def _noise(self, watchlist: Watchlist) -> Iterator[Finding]:
        """Terms that mostly stand for something else, once each, those with most hits first."""
        found: dict[str, tuple[int, int, str]] = {}
        for (owner, group), counts in zip(self._groups, self._counts, strict=True):
            if owner is watchlist:
                for term, count in _noisy(counts):
                    found[term] = max(found.get(term, (0, 0, "")), (count.hits, count.signals, group.name))
        for term, (hits, signals, name) in sorted(found.items(), key=lambda one: (-one[1][0], one[0])):
            message = f"'{term}' is ambiguous: {hits} hits, {signals} in signals"
            remedy = "say what it is beside, or not near"
            yield Finding(watchlist.id, message, remedy, name, (term,))

    def _silent(self, watchlist: Watchlist) -> Iterator[Finding]:
        """Musts whose words never occur, one by one; all other such terms together."""
        for group in watchlist.must:
            words = lookups(group.condition)
            if words and not any(word in self._present for word in words):
                message = f"none of its {len(words)} terms is in any of {self.items:,} items"
                remedy = "look for what the news says: monitor search WORDS"
                yield Finding(watchlist.id, message, remedy, group.name, self._ordered(words))
        words = {word for condition in watchlist.conditions for word in lookups(condition)}
        silent = {word for word in words if word not in self._present}
        if silent:
            message = f"{len(silent):,} of {len(words):,} terms are in none of {self.items:,} items"
            yield Finding(watchlist.id, message, "", "", self._ordered(silent))

    def _ordered(self, words: Iterable[Lookup]) -> tuple[str, ...]:
        """First those of scripts that many of the items are in: there they might have occurred."""
        written = {word.written for word in words}
        return tuple(sorted(written, key=lambda w: (-self._langs[language(w, "en")], not w.isascii(), w)))


def _noisy(counts: Mapping[tuple[tuple[str, ...], str], _Count]) -> Iterator[tuple[str, _Count]]:
    """The terms of a group that are noise beside the others of their meaning, or else of the group."""
    everything, meanings = _Count(), defaultdict[tuple[str, ...], _Count](_Count)
    for (meaning, _), count in counts.items():
        for total in (everything, meanings[meaning]):
            total.hits += count.hits
            total.signals += count.signals
    for (meaning, term), count in counts.items():
        if count.hits >= NOISE_HITS and count.signals <= NOISE_SHARE * count.hits:
            others = meanings[meaning].without(count)
            others = others if others.hits else everything.without(count)
            if others.signals and others.signals >= HOME_SHARE * others.hits:
                yield term, count


def lookups(condition: Condition) -> set[Lookup]:
    """Every phrase and pattern in a condition."""
    return {one for part in walk(condition) if isinstance(part, Words) for one in part.lookups}
