"""A story as it came about: each item with what it added, why it joined, what it scored and what was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor import looks, wording
from monitor.fact import Fact, Facts, Kind, labels
from monitor.feedback import Mark
from monitor.ledger import Entry, Ledger, Step
from monitor.links import web_link
from monitor.live import InForce
from monitor.model import Alert, Item
from monitor.storage import Storage
from monitor.storage.signals import FiledSignal
from monitor.storage.stories import Member
from monitor.web.itemrows import headline
from monitor.web.storyrows import fate

# So many of the last steps of a ledger's row are shown: its own page has all.
STEPS = 8


@dataclass(frozen=True, slots=True)
class Scored:
    """What a watchlist gives an item, on which words, and why that is not told where it is not. `threshold`
    is 0 where there is no such watchlist any more."""

    watchlist: str
    title: str
    score: int
    threshold: int
    stage: str
    words: tuple[str, ...]
    silence: str


@dataclass(frozen=True, slots=True)
class Alerted:
    """An alert on an item; `sent` is what became of it, where it did not go out."""

    id: str
    when: datetime
    reason: str
    to: str
    news: str
    facts: str
    why: str
    gloss: tuple[tuple[str, str], ...]
    sent: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Telling:
    """An item of a story. `tier` is 0 where its source is watched no more; `why` says why it is there;
    `added` and `stage` what it states that no item before it did; `page` how far its page was read, in
    `versions`, the last of which has this `sha256`."""

    number: int
    title: str
    link: str
    lang: str
    outlet: str
    tier: int
    when: str
    why: str
    added: str
    stage: str
    alerts: tuple[Alerted, ...]
    scores: tuple[Scored, ...]
    page: str
    versions: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a ledger's row and who says it; `here` where an item of the story does."""

    when: datetime
    rung: str
    source: str
    link: str
    here: bool
    undone: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """A row of a ledger that the story is evidence for, where it stands, and its last steps, with how many
    came `earlier`; it `went_on` where steps came after those of the story."""

    ledger: str
    ledger_title: str
    key: str
    title: str
    rung: str
    steps: tuple[Rung, ...]
    earlier: int
    went_on: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Reads a story, with the rules of now. `zone` is for reading times."""

    storage: Storage
    in_force: InForce
    zone: str

    def tellings(self, members: Sequence[Member], first: int, most: int) -> list[Telling]:
        """So many of the items, in the order in which they came, from the one after `first` others on."""
        upto = [one.item for one in members[: first + most]]
        shown = members[first : first + most]
        numbers = [one.item for one in shown]
        items = {one.id: one for one in self.storage.items.get_many(numbers)}
        stated = self.storage.facts.of_items(upto)
        signals = self.storage.signals.of_items(upto)
        alerts = self.storage.told.beside(numbers)
        filed = _Filed(self, numbers, alerts)
        known: set[tuple[Kind, str]] = set()
        stages: set[str] = set()
        made = []
        for member in members[: first + most]:
            new = _new(stated.get(member.item), known)
            stage = _stage(signals.get(member.item, ()), stages)
            if member.item in items:
                made.append(
                    filed.telling(member, items[member.item], new, stage, signals.get(member.item, ()))
                )
        return made

    def followed(self, story: str, items: Collection[int]) -> list[Followed]:
        """The rows of ledgers that items of the story are evidence for."""
        return [
            _followed(ledger, entry, items, self.in_force)
            for ledger in self.in_force.rulebook.ledgers
            for entry in self.storage.ledgers.of_story(ledger, story)
        ]

    def at(self, moment: datetime) -> str:
        return wording.when(moment, self.zone)


class _Filed:
    """What is filed of the items that are shown, read in a query each."""

    def __init__(
        self, timeline: Timeline, items: Sequence[int], alerts: Mapping[int, Sequence[Alert]]
    ) -> None:
        storage = timeline.storage
        names = [alert.id for found in alerts.values() for alert in found]
        self._timeline = timeline
        self._alerts = alerts
        self._states = storage.told.states(names)
        self._marks = storage.feedback.marks_of(names)
        self._words = storage.signals.words_of(items)
        self._seen = storage.looks.seen(items)
        self._watchlists = {one.id: one for one in timeline.in_force.watchlists}

    def telling(
        self, member: Member, item: Item, new: Facts, stage: str, signals: Iterable[FiledSignal]
    ) -> Telling:
        source = self._timeline.in_force.sources.get(item.source)
        title, outlet = headline(item, self._timeline.in_force)
        seen = self._seen.get(item.id, [])
        look = self._timeline.storage.looks.get(item.id)
        return Telling(
            number=item.id,
            title=title,
            link=item.link,
            lang=item.lang,
            outlet=outlet,
            tier=source.tier if source else 0,
            when=self._timeline.at(item.when),
            why=f"joined because {member.because}" if member.because else "came first",
            added=wording.stated(labels(new)),
            stage=wording.stage_name(stage),
            alerts=tuple(map(self._alerted, reversed(self._alerts.get(item.id, ())))),
            scores=tuple(map(self._scored, signals)),
            page=looks.progress(look, [one.seen for one in seen], self._timeline.at),
            versions=len(seen),
            sha256=seen[-1].sha256 if seen else "",
        )

    def _alerted(self, alert: Alert) -> Alerted:
        return Alerted(
            id=alert.id,
            when=alert.created,
            reason=wording.reason(alert),
            to=wording.titles(alert),
            news=wording.news(alert),
            facts=wording.facts(alert),
            why=wording.why(alert),
            gloss=alert.gloss,
            sent=fate(self._states.get(alert.id, ())),
            mark=self._marks.get(alert.id),
        )

    def _scored(self, signal: FiledSignal) -> Scored:
        watchlist = self._watchlists.get(signal.watchlist)
        return Scored(
            watchlist=signal.watchlist if watchlist else "",
            title=watchlist.title if watchlist else signal.watchlist,
            score=signal.score,
            threshold=watchlist.alert if watchlist else 0,
            stage=wording.stage_name(signal.stage),
            words=self._words.get((signal.item, signal.watchlist), ()),
            silence=signal.silence,
        )


def _new(facts: Facts | None, known: set[tuple[Kind, str]]) -> Facts:
    """What of these no item before stated; from now on they are known."""
    new: list[Fact] = [one for one in facts.all if (one.kind, one.value) not in known] if facts else []
    known |= {(one.kind, one.value) for one in new}
    return Facts(tuple(new))


def _stage(signals: Iterable[FiledSignal], known: set[str]) -> str:
    """The stage that an item tells first, by the watchlist that gives it most; empty where it was told."""
    stage = next((one.stage for one in signals if one.stage), "")
    if stage in known:
        return ""
    known.add(stage)
    return stage


def _followed(ledger: Ledger, entry: Entry, items: Collection[int], in_force: InForce) -> Followed:
    rungs = tuple(_rung(ledger, step, items, in_force) for step in entry.steps)
    last = max((n for n, one in enumerate(rungs) if one.here), default=len(rungs))
    return Followed(
        ledger.id, ledger.title, entry.key, entry.title, ledger.called(entry.rung),
        rungs[-STEPS:], max(len(rungs) - STEPS, 0), len(rungs) - 1 > last,
    )  # fmt: skip


def _rung(ledger: Ledger, step: Step, items: Collection[int], in_force: InForce) -> Rung:
    link = web_link(step.link or step.source)
    source = in_force.name_of(step.source)
    host = urlsplit(link).hostname if source == link else None
    rung = ledger.called(step.rung) or step.rung
    return Rung(step.at, rung, step.by or host or source, link, step.item in items, step.undone)
