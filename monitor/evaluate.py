"""Labelled items x rulebook -> how often the watchlists are right. Pure but for the clock-free file.

A labelled item is one JSON object a line, with at least `id`, `title`, `text` and `labels` (ids of
the watchlists that should alert). The file is one stream with an empty history.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor import stories
from monitor.conditions import Evidence
from monitor.errors import Invalid, Problem
from monitor.match import Matcher
from monitor.model import Content, Origin, Verdict
from monitor.rule import Watchlist
from monitor.score import evaluate
from monitor.text import clean, language


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled item."""

    id: str
    title: str
    text: str
    lang: str
    labels: frozenset[str]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled item with what each watchlist made of it."""

    item: Labelled
    verdicts: tuple[Verdict, ...]
    story: str

    @property
    def alerts(self) -> frozenset[str]:
        return frozenset(v.watchlist for v in self.verdicts if v.score and v.score >= v.alert)

    @property
    def digest(self) -> frozenset[str]:
        return frozenset(v.watchlist for v in self.verdicts if v.score and v.score >= v.digest)


@dataclass(slots=True)
class Tally:
    """Counts of right alerts, false ones and misses."""

    right: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.false) if self.right + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        doubled = 2 * self.right
        return doubled / (doubled + self.false + self.missed) if doubled else 0.0


@dataclass(slots=True)
class Result:
    """The tallies, in all, by watchlist and by language."""

    overall: Tally = field(default_factory=Tally)
    watchlists: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    languages: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def read(file: str, lines: Iterable[str]) -> Iterator[Labelled]:
    """The items of a file. Raises Invalid at the first line that is none."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            written = json.loads(line)
            title, text = clean(str(written["title"])), clean(str(written.get("text") or ""))
            lang = str(written.get("lang") or language(f"{title} {text}", "en"))
            labels = frozenset(str(label) for label in written.get("labels") or ())
            yield Labelled(str(written["id"]), title, text, lang, labels, str(written.get("url") or ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            remedy = "one JSON object a line with id, title, text and labels"
            raise Invalid((Problem(file, number, "is not a labelled item", remedy),)) from None


def seen(item: Labelled, matcher: Matcher) -> Evidence:
    """What stands in a labelled item."""
    found = matcher.find(Content(item.title, item.text, link=item.link))
    return Evidence(found, Origin(lang=item.lang))


def judge(items: Iterable[Labelled], watchlists: Sequence[Watchlist], matcher: Matcher) -> Iterator[Judged]:
    """What every watchlist makes of every item, in the order of the file."""
    for number, item in enumerate(items):
        evidence = seen(item, matcher)
        verdicts = tuple(evaluate(watchlist, evidence) for watchlist in watchlists)
        yield Judged(item, verdicts, stories.fingerprint(item.title, number))


def count(judged: Iterable[Judged]) -> Result:
    """Compare alerts with labels."""
    result = Result()
    for one in judged:
        for name in (verdict.watchlist for verdict in one.verdicts):
            fired, wanted = name in one.alerts, name in one.item.labels
            for tally in (result.overall, result.watchlists[name], result.languages[one.item.lang]):
                tally.right += fired and wanted
                tally.false += fired and not wanted
                tally.missed += wanted and not fired
    return result


def as_json(one: Judged) -> dict[str, Any]:
    """An item's outcome for machines. Of the facts only the stage is told, by its first ladder."""
    stage = next((v.stage for v in one.verdicts if v.watchlist in one.alerts and v.stage), None)
    return {
        "id": one.item.id,
        "scores": {v.watchlist: v.score for v in one.verdicts},
        "alerts": sorted(one.alerts),
        "digest": sorted(one.digest),
        "story": one.story if one.digest else None,
        "facts": {"stage": stage.replace("-", " ") if stage else None},
    }
