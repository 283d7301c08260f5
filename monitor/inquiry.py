"""An item, or a text -> what each watchlist makes of it, and what really came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor import explain, history, wording
from monitor.conditions import Evidence
from monitor.explain import Explanation
from monitor.links import web_link
from monitor.live import InForce
from monitor.match import Matcher
from monitor.model import Content, Item
from monitor.rule import Watchlist
from monitor.score import evaluate
from monitor.storage import Storage
from monitor.text import clean


@dataclass(frozen=True, slots=True)
class Answer:
    """What each watchlist makes of what was asked about: a stored item, or a text. `stored` is true where one
    was asked for by number or link; without an `item` there is none such."""

    item: Item | None
    explanations: tuple[Explanation, ...]
    stored: bool = False


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Asks with the rules of now, or with `drafts`, which are not in force. `zone` is for reading times."""

    storage: Storage
    in_force: InForce
    now: datetime
    zone: str = "UTC"
    drafts: tuple[Watchlist, ...] = ()

    def about(self, wanted: str) -> Answer:
        """An item by its number or link; any other text, with its title in the first line, as it is."""
        wanted = wanted.strip()
        if _is_address(wanted):
            item = self.find(wanted)
            return Answer(item, tuple(self.of_item(item)) if item else (), stored=True)
        title, _, text = wanted.partition("\n")
        return Answer(None, tuple(self.of_text(title, text)))

    def find(self, wanted: str) -> Item | None:
        """A stored item by its number or its link."""
        items = self.storage.items
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 16 and (found := items.get(int(wanted))):
            return found
        return next(iter(items.by_link({wanted, web_link(wanted)})), None)

    def of_text(self, title: str, text: str = "") -> list[Explanation]:
        """What the watchlists make of a text that is not stored."""
        evidence = Evidence(self._matcher.find(Content(clean(title), clean(text))))
        return list(self._explanations(evidence, None, None))

    def of_item(self, item: Item) -> list[Explanation]:
        """What they make of a stored item and its page, and what came of it."""
        unread = self.evidence(item, read=False) if self.storage.looks.last(item.id) else None
        return list(self._explanations(self.evidence(item), item, unread))

    def evidence(self, item: Item, *, read: bool = True) -> Evidence:
        """What the rules find in an item, and with `read` in its page."""
        body = self.storage.looks.body if read else lambda _: ""
        (past,) = history.stored([item], self.in_force.sources, body)
        return Evidence(self._matcher.find(past.content), past.origin)

    @property
    def _matcher(self) -> Matcher:
        return Matcher(self.drafts) if self.drafts else self.in_force.matcher

    def _explanations(
        self, evidence: Evidence, item: Item | None, unread: Evidence | None
    ) -> Iterator[Explanation]:
        for watchlist in self.drafts or self.in_force.watchlists:
            verdict = evaluate(watchlist, evidence)
            result = explain.held_back(watchlist, verdict, self.now)
            if item is not None and not self.drafts:
                result = self._told(item, watchlist.id, scores=bool(verdict.score)) or result
            without = evaluate(watchlist, unread) if unread else None
            yield Explanation(watchlist, verdict, result or explain.outcome(verdict), evidence, without)

    def _told(self, item: Item, watchlist: str, *, scores: bool) -> str:
        """What really came of a stored item: told when, or silent why."""
        sent = [a for a in self.storage.alerts.of_item(item.id) if a.watchlist == watchlist]
        if sent:
            times = ", ".join(f"{a.reason.value} {wording.at(a.created, self.zone)}" for a in sent)
            return f"alert: {times}"
        filed = self.storage.signals.of_item(item.id, watchlist)
        if filed is None or not scores or not filed.silence:
            return ""
        return f"no alert: it {filed.silence}"


def _is_address(wanted: str) -> bool:
    """Is it the number or the link of an item, and no text?"""
    return (wanted.isascii() and wanted.isdigit()) or (
        wanted.startswith(("http://", "https://")) and len(wanted.split()) == 1
    )
