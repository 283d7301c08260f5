"""What the product made of labelled items x their labels -> how often it is right. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.bcubed import Agreement, agreement
from monitor.conditions import Evidence
from monitor.fact import NO_FACTS, Fact, Facts, Kind
from monitor.labelled import Labelled, Stated
from monitor.match import Matcher
from monitor.model import Alert, Content, Origin, Verdict
from monitor.rule import Watchlist
from monitor.score import evaluate
from monitor.text import fold

# A fact that is less sure is not counted as stated.
SURE = 0.5
# So near an amount is right (rounding, another day's rate), so alike a set of names or countries.
NEAR_AMOUNT, ALIKE = 0.03, 2 / 3
FACTS = ("agency", "amount", "companies", "countries", "stage")
# The Department of Defense has been called the Department of War since September 2025.
_ONE_NAME = {"dow": "dod", "department of war": "dod", "department of defense": "dod", "pentagon": "dod"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled item with what each watchlist made of it, its story, what it states, what was told."""

    item: Labelled
    verdicts: tuple[Verdict, ...]
    story: str = ""
    facts: Facts = NO_FACTS
    stage: str = ""
    told: tuple[Alert, ...] = ()

    @property
    def alerts(self) -> frozenset[str]:
        return frozenset(v.watchlist for v in self.verdicts if v.score and v.score >= v.alert)

    @property
    def digest(self) -> frozenset[str]:
        return frozenset(v.watchlist for v in self.verdicts if v.score and v.score >= v.digest)

    @property
    def stated(self) -> Stated:
        """What it states, as a labelled item has it."""
        agencies = [fact.label for fact in self._sure(Kind.AGENCY)]
        sums = [fact.sum.usd for fact in self._sure(Kind.AMOUNT) if fact.sum]
        return Stated(
            agencies[0] if agencies else "",
            sums[0] if sums else None,
            tuple(dict.fromkeys(map(_called, self._sure(Kind.COMPANY)))),
            tuple(dict.fromkeys(fact.value for fact in self._sure(Kind.COUNTRY))),
            self.stage,
        )

    def _sure(self, kind: Kind) -> list[Fact]:
        return [fact for fact in self.facts.of(kind) if fact.sure >= SURE]


def _called(company: Fact) -> str:
    """A company's name without its tickers; in another script as the item has it."""
    return company.label.split(" (")[0] if company.words.isascii() else company.words


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
class Share:
    """How many were right, of how many that were stated."""

    right: int = 0
    of: int = 0

    @property
    def rate(self) -> float:
        return self.right / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """How many stories were told for the first time, how many there were, and how often told ones spoke
    again."""

    first: int
    stories: int
    again: int


@dataclass(slots=True)
class Result:
    """The tallies, in all, by watchlist and by language; stories; facts; what was told."""

    overall: Tally = field(default_factory=Tally)
    watchlists: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    languages: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    stories: Agreement | None = None
    facts: dict[str, Share] = field(default_factory=lambda: {name: Share() for name in FACTS})
    told: Told | None = None


def seen(item: Labelled, matcher: Matcher) -> Evidence:
    """What stands in a labelled item."""
    found = matcher.find(Content(item.title, item.text, link=item.link))
    return Evidence(found, Origin(lang=item.lang))


def judge(items: Iterable[Labelled], watchlists: Sequence[Watchlist], matcher: Matcher) -> Iterator[Judged]:
    """What every watchlist makes of every item by itself, in the order of the file."""
    for item in items:
        evidence = seen(item, matcher)
        yield Judged(item, tuple(evaluate(watchlist, evidence) for watchlist in watchlists))


# ------------------------------------------------------------------ counting


def count(judged: Iterable[Judged]) -> Result:
    """Compare what was made of items with their labels."""
    result, every = Result(), list(judged)
    for one in every:
        _alerts(one, result)
        if one.item.labels:
            _facts(one, result.facts)
    storied = [one for one in every if one.item.story]
    if storied:
        wanted = {one.item.id: one.item.story for one in storied}
        result.stories = agreement(wanted, {one.item.id: one.story or one.item.id for one in storied})
    result.told = _told(every)
    return result


def _alerts(one: Judged, result: Result) -> None:
    for name in (verdict.watchlist for verdict in one.verdicts):
        fired, wanted = name in one.alerts, name in one.item.labels
        for tally in (result.overall, result.watchlists[name], result.languages[one.item.lang]):
            tally.right += fired and wanted
            tally.false += fired and not wanted
            tally.missed += wanted and not fired


def _told(judged: Sequence[Judged]) -> Told:
    """An item without a named story is one of its own."""
    stories = {one.item.story or one.item.id for one in judged if one.item.labels}
    opened: set[str] = set()
    again = 0
    for one in judged:
        for _ in one.told:
            again += one.story in opened
            opened.add(one.story)
    return Told(len(opened), len(stories), again)


def wrong(one: Judged) -> list[str]:
    """The facts of an item that are not as a person has them."""
    wanted, got = one.item.stated, one.stated
    return [name for name in FACTS if getattr(wanted, name) and not _RIGHT[name](wanted, got)]


def _facts(one: Judged, shares: dict[str, Share]) -> None:
    missed = wrong(one)
    for name in FACTS:
        if getattr(one.item.stated, name):
            shares[name].of += 1
            shares[name].right += name not in missed


def _agency(wanted: Stated, got: Stated) -> bool:
    """One of several named is enough."""
    return bool(_agencies(wanted.agency) & _agencies(got.agency))


def _agencies(names: str) -> set[str]:
    found = set()
    for name in re.split(r"[;/]", fold(names).text):
        words = " ".join(name.split())
        for old, new in _ONE_NAME.items():
            words = re.sub(rf"\b{old}\b", new, words)
        found.add(words)
    return found - {""}


def _amount(wanted: Stated, got: Stated) -> bool:
    assert wanted.amount is not None
    if got.amount is None:
        return False
    return abs(float(got.amount) - float(wanted.amount)) <= NEAR_AMOUNT * float(wanted.amount)


def _companies(wanted: Stated, got: Stated) -> bool:
    """One name may be the longer form of the other."""
    names, told = [_name(n) for n in wanted.companies], [_name(n) for n in got.companies]
    met = sum(any(_one_name(a, b) for b in told) for a in names)
    right = sum(any(_one_name(a, b) for b in names) for a in told)
    return (met + right) / (len(names) + len(told)) >= ALIKE


_FORMS = re.compile(r"\b(?:inc|corp|corporation|ltd|limited|plc|group|holdings?|co|company)\b\.?")


def _name(name: str) -> str:
    return re.sub(r"\W", "", _FORMS.sub(" ", fold(name).text))


def _one_name(one: str, other: str) -> bool:
    return bool(one and other) and (one in other or other in one)


def _countries(wanted: Stated, got: Stated) -> bool:
    names, told = set(wanted.countries), set(got.countries)
    return 2 * len(names & told) / (len(names) + len(told)) >= ALIKE


def _stage(wanted: Stated, got: Stated) -> bool:
    return _words(wanted.stage) == _words(got.stage)


def _words(stage: str) -> list[str]:
    """Without case, hyphens and the plural."""
    return [word.removesuffix("s") for word in fold(stage).text.replace("-", " ").split()]


_RIGHT: dict[str, Callable[[Stated, Stated], bool]] = {
    "agency": _agency,
    "amount": _amount,
    "companies": _companies,
    "countries": _countries,
    "stage": _stage,
}


# ------------------------------------------------------------------ for machines


def as_json(one: Judged) -> dict[str, Any]:
    """An item's outcome for machines."""
    got = one.stated
    return {
        "id": one.item.id,
        "scores": {v.watchlist: v.score for v in one.verdicts},
        "alerts": sorted(one.alerts),
        "digest": sorted(one.digest),
        "story": one.story or None,
        "reasons": [alert.reason.value for alert in one.told],
        "facts": {
            "agency": got.agency or None,
            "amount_usd": _number(got),
            "companies": list(got.companies),
            "countries": list(got.countries),
            "stage": got.stage or None,
        },
    }


def _number(stated: Stated) -> int | None:
    return None if stated.amount is None else int(stated.amount)
