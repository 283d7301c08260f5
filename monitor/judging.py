"""What the watchlists make of one item -> signals filed, its story and ledgers kept, and what is to be
told in the outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from monitor import alerts, holding, muting
from monitor.deliver import destinations, enqueue
from monitor.fact import NO_FACTS, Fact, Facts, filled
from monitor.holding import NEVER_HELD, Hold, Hours
from monitor.keeping import Keeping
from monitor.live import InForce
from monitor.model import Alert, Item, Reason, Seen, Signal, Source, Verdict
from monitor.novelty import Known
from monitor.outbox import Destination, Told
from monitor.placing import Placing
from monitor.storage import Storage

if TYPE_CHECKING:
    from monitor.conditions import Evidence
    from monitor.ledger import Entry, Ledger
    from monitor.rule import Watchlist

log = logging.getLogger(__name__)

# What no source wrote: it states what the rule says, and nothing else is its story.
_BY_RULE = (Reason.SERIES, Reason.OVERDUE)
Scored = tuple["Watchlist", Verdict]
Decided = tuple[Alert | alerts.Silence, frozenset[Destination]]


@dataclass(frozen=True, slots=True)
class Routes:
    """What a journey needs of the settings: the channels that are on, Slack's default, the secrets.

    `per_hour` is how many pages of one source are read in full; 0: none. `hours` are those of watchlists
    that name none.
    """

    on: frozenset[str] = frozenset()
    slack_channel: str = "#signals"
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    per_hour: int = 0
    hours: Hours = NEVER_HELD

    def secret(self, name: str) -> str:
        return self.secrets.get(name, "")

    def of(self, watchlist: Watchlist) -> frozenset[Destination]:
        """Where the alerts of a watchlist go."""
        return frozenset(destinations(watchlist, self.on, self.slack_channel))

    def hold(self, watchlist: Watchlist, alert: Alert, now: datetime) -> Hold | None:
        """What holds an alert of a watchlist; None where it may go at once."""
        hours = self.hours if watchlist.send.hold is None else watchlist.send.hold
        return holding.hold(hours.within(self.hours.zone), alert.tier, now)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of an item: how many signals were filed and held back in a flood, what is told, its
    story, what it states, and the stage that its weightiest watchlist sees."""

    signals: int = 0
    told: tuple[Alert, ...] = ()
    held: int = 0
    story: str = ""
    facts: Facts = NO_FACTS
    stage: str = ""

    @property
    def alerts(self) -> int:
        return len(self.told)


@dataclass(frozen=True, slots=True)
class _Case:
    """An item in its story, before anything is told of it: what was told of the story to whom, and what
    the story's items state."""

    source: Source
    told: tuple[Told, ...]
    stated: tuple[Fact, ...]
    recent: int

    def readers(self) -> frozenset[Destination]:
        return frozenset(told.to for told in self.told)

    def seen(self, item: int, to: frozenset[Destination], score: int | None) -> Seen:
        """What some readers were told of the item and its story."""
        theirs = [told for told in self.told if told.to in to]
        return Seen(any(told.item == item for told in theirs), bool(theirs), score, self.recent)

    def known(self, watchlist: str) -> Known:
        """What a watchlist has told of the story."""
        stages = frozenset(told.stage for told in self.told if told.watchlist == watchlist)
        return Known(self.stated, stages, min((told.tier for told in self.told), default=None))


class Judging:
    """Files what the watchlists make of items, by the rules of now, in the caller's transaction."""

    def __init__(self, storage: Storage, in_force: InForce, routes: Routes, now: datetime) -> None:
        self.storage = storage
        self.in_force = in_force
        self.routes = routes
        self.now = now
        self._ledgers = Keeping(storage, in_force, now)

    @cached_property
    def _stories(self) -> Placing:
        """Made when something scores: most polls find nothing new, and compile no rules."""
        return Placing(self.storage, self.in_force.field_words, self.now)

    def file(
        self,
        source: Source,
        item: Item,
        verdicts: Iterable[Scored],
        *,
        before: Evidence | None = None,
        baseline: bool = False,
        body: str = "",
        reason: Reason = Reason.FIRST,
    ) -> Judged:
        """File what scores. `before` holds what stood there before an edit, `body` the page as read.

        Where several watchlists would tell the same readers, the one that scores it highest does.
        """
        scored = sorted((one for one in verdicts if self._counts(*one)), key=lambda one: -one[1].score)
        if not scored:
            return Judged()
        if baseline:
            return self._file_past(source, item, scored)
        facts = NO_FACTS if reason in _BY_RULE else self.in_force.facts(item, source, body)
        stage = self.in_force.leading(scored)
        story = self._story(item, facts, stage.id if stage else "", body, reason)
        case = self._case(source, story)
        shown = filled(facts, case.stated)
        told: list[Alert] = []
        held = 0
        reached: frozenset[Destination] = frozenset()
        for watchlist, verdict in scored:
            score = None if before is None else self.in_force.score(watchlist, before)
            signal = Signal(
                item,
                verdict,
                story,
                baseline=False,
                decided=self.now,
                body=body,
                reason=reason,
                facts=facts,
                shown=shown,
                also=self._also(watchlist, scored),
            )
            to = self.routes.of(watchlist) - reached
            decisions = list(self._decide(self._named(signal), watchlist, case, to, score))
            self.storage.signals.save(signal, _silence(decisions))
            for decision, readers in decisions:
                if isinstance(decision, alerts.Silence):
                    log.debug("%s: %s", item.title, decision.why)
                    held += decision.held
                    continue
                self._tell(watchlist, decision, readers)
                told.append(decision)
                reached |= readers
        self.storage.facts.save(item.id, facts)
        self.storage.threads.touch(story, self.now)
        return Judged(len(scored), tuple(told), held, story, shown, stage.says if stage else "")

    def _tell(self, watchlist: Watchlist, alert: Alert, readers: frozenset[Destination]) -> None:
        hold = self.routes.hold(watchlist, alert, self.now)
        enqueue(self.storage, alert, sorted(readers, key=str), self.now, hold)

    def _file_past(self, source: Source, item: Item, scored: Sequence[Scored]) -> Judged:
        """File what was there before: it is told to nobody, and studied later (`study`), since a first look
        at all sources finds thousands."""
        for watchlist, verdict in scored:
            signal = Signal(item, verdict, f"s{item.id}", baseline=True, decided=self.now)
            decision = alerts.decide(signal, watchlist, source, Seen(), self.now)
            self.storage.signals.save(signal, _silence([(decision, frozenset())]))
        return Judged(len(scored))

    def study(self, source: Source, item: Item, verdicts: Iterable[Scored], body: str = "") -> None:
        """Read the facts of what was there before, and put it into its story and the ledgers, untold."""
        scored = sorted((one for one in verdicts if self._counts(*one)), key=lambda one: -one[1].score)
        facts = self.in_force.facts(item, source, body)
        stage = self.in_force.leading(scored)
        story = self._stories.join(item, facts, stage.id if stage else "", body)
        for _, verdict in scored:
            signal = Signal(item, verdict, story, baseline=True, decided=self.now, body=body, facts=facts)
            self._ledgers.file(signal, source)
        self.storage.facts.save(item.id, facts)
        self.storage.stories.rename([item.id], story)

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        return self.in_force.rulebook.ledgers

    def rows(self, ledger: Ledger) -> list[Entry]:
        """Every row of a ledger, those that the file gives with them."""
        return self._ledgers.rows(ledger)

    def place(self, source: Source, item: Item) -> str:
        """The story of an item that no watchlist scores."""
        return self._stories.join(item, self.in_force.facts(item, source), "")

    def alone(self, item: Item) -> str:
        """A story of its own, that nothing else joins."""
        return self._stories.alone(item)

    def _follows(self, watchlist: Watchlist) -> bool:
        """Does a ledger follow its stages?"""
        return any(watchlist.id in ledger.watchlists for ledger in self.in_force.rulebook.ledgers)

    def _counts(self, watchlist: Watchlist, verdict: Verdict) -> bool:
        return bool(verdict.score) and verdict.score >= watchlist.digest and not watchlist.expired(self.now)

    def _story(self, item: Item, facts: Facts, stage: str, body: str, reason: Reason) -> str:
        if reason in _BY_RULE:
            return self.alone(item)
        return self._stories.join(item, facts, stage, body)

    def _case(self, source: Source, story: str) -> _Case:
        told = tuple(self.storage.alerts.of_story(story))
        stated = tuple(self.storage.facts.of_story(story))
        return _Case(source, told, stated, self.storage.alerts.told(source.id, self.now - alerts.FLOOD))

    def _named(self, signal: Signal) -> Signal:
        """The same, with those who are in it and what its words mean in English."""
        book, verdict = self.in_force.rulebook, signal.verdict
        who = alerts.involved(verdict, book.entities)
        return replace(
            signal,
            who=tuple(map(alerts.called, who)),
            entities=tuple(entity.id for entity in who),
            gloss=alerts.gloss(verdict, signal.item.lang, book.entities, book.vocabulary.concepts),
        )

    def _also(self, watchlist: Watchlist, scored: Sequence[Scored]) -> tuple[tuple[str, str], ...]:
        """The other watchlists that would tell the same readers."""
        to = self.routes.of(watchlist)
        return tuple(
            (other.id, other.title)
            for other, verdict in scored
            if other.id != watchlist.id and verdict.score >= other.alert and self.routes.of(other) <= to
        )

    def _decide(
        self, signal: Signal, watchlist: Watchlist, case: _Case, to: frozenset[Destination], score: int | None
    ) -> Iterator[Decided]:
        """What is told to those who know the story, and what to those who do not."""
        kept = self._ledgers.file(signal, case.source)
        changes = kept.changes if self._follows(watchlist) else None
        signal = replace(signal, thread=kept.thread)
        if not to:
            yield alerts.Silence("is told by another watchlist, to the same readers"), to
        knowing = to & case.readers()
        for readers in (knowing, to - knowing):
            if readers:
                seen = case.seen(signal.item.id, readers, score)
                known = case.known(watchlist.id)
                decision = alerts.decide(
                    signal, watchlist, case.source, seen, self.now, known=known, changes=changes
                )
                yield from self._heard(decision, readers)

    def _heard(self, decision: Alert | alerts.Silence, readers: frozenset[Destination]) -> Iterator[Decided]:
        """The same, but for the readers who asked not to hear of it for a while."""
        if isinstance(decision, alerts.Silence):
            yield decision, readers
            return
        quiets = self.storage.feedback.quiets(self.now)
        muted = {to: found[0] for to in readers if (found := muting.over(quiets, decision, to, self.now))}
        if readers - muted.keys():
            yield decision, readers - muted.keys()
        for to, quiet in muted.items():
            yield alerts.Silence(muting.silence(quiet)), frozenset({to})


def _silence(decided: Sequence[Decided]) -> str:
    """Why nobody is told; empty where somebody is."""
    why = [decision.why for decision, _ in decided if isinstance(decision, alerts.Silence)]
    return why[0] if len(why) == len(decided) and why else ""
