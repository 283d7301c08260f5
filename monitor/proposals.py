"""What people marked as noise -> a change of the watchlist that would have kept it from them. Pure.

Two kinds: a not group for a phrase that many alerts marked as noise name and no useful one does, and a
mute of a source that gives mostly noise. Nothing is guessed from the letters: a change is proposed with
the figures that the changed watchlist itself gives on the marked alerts. The same marks always lead to
the same proposal.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import phrases, watchlists, yamledit
from monitor.conditions import Evidence
from monitor.errors import MonitorError
from monitor.feedback import Opinion, Proposal
from monitor.folder import CONCEPTS, ENTITIES, KINDS
from monitor.history import Past
from monitor.match import Matcher
from monitor.rule import Watchlist
from monitor.score import evaluate
from monitor.yamlfile import plain

# How far back marks count, and how many of noise a watchlist needs before anything is proposed.
SINCE, ENOUGH = timedelta(days=60), 5
# So much of the noise, and so many items of it, a phrase has to name.
SHARE, LEAST = 0.4, 3
# Such a share of what the best phrase names is nearly as much.
NEARLY = 0.75
# Two words name a thing ("magnet school"); more are a piece of a sentence, and one has many meanings.
LENGTHS = (2, 3, 4, 1)
# So many marks of noise, and such a share of all its marks, make a source one of mostly noise.
SOURCE_SHARE, MUTED_FOR = 0.8, timedelta(days=90)
# At most so many phrases are tried out: each means to compile the watchlist.
TRIED = 4
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """An alert of a watchlist with the item as the rules read it, and what was said of it."""

    alert: str
    past: Past
    opinion: Opinion | None = None

    @property
    def source(self) -> str:
        return self.past.origin.id


@dataclass(frozen=True, slots=True)
class _Case:
    """A watchlist as written and compiled, the alerts that it would still tell, and what it finds in them."""

    texts: Mapping[str, str]
    watchlist: Watchlist
    examples: tuple[Example, ...]
    read: Mapping[str, Evidence]
    now: datetime

    def of(self, opinion: Opinion | None) -> list[Example]:
        return [example for example in self.examples if example.opinion is opinion]


def propose(
    texts: Mapping[str, str],
    name: str,
    examples: Sequence[Example],
    known: Collection[Proposal],
    now: datetime,
) -> Proposal | None:
    """The best change of one watchlist; None where the marks speak for none.

    `texts` are the files in force. `known` is what was proposed before: nothing is proposed twice, and
    where a phrase was turned down, no other that names mostly the same alerts.
    """
    texts = {file: texts[file] for file in (CONCEPTS, ENTITIES, KINDS, f"{name}.yaml") if file in texts}
    once = {example.alert: example for example in sorted(examples, key=lambda e: (e.past.id, e.alert))}
    if sum(example.opinion is Opinion.NOISE for example in once.values()) < ENOUGH:
        return None
    watchlist = _built(texts, name)
    if watchlist is None:
        return None
    read = _read([watchlist], once.values())
    told = tuple(example for example in once.values() if _tells(watchlist, read[example.alert], now))
    case = _Case(texts, watchlist, told, read, now)
    if len(case.of(Opinion.NOISE)) < ENOUGH:  # the watchlist was changed since
        return None
    theirs = [proposal for proposal in known if proposal.watchlist == name]
    made = (*_phrases(case, theirs), *_sources(case, theirs))
    changed = [(proposal, watchlist) for proposal in made if (watchlist := _changed(case, proposal))]
    read = _read([watchlist for _, watchlist in changed], case.examples) if changed else {}
    verified = (_verified(case, proposal, watchlist, read) for proposal, watchlist in changed)
    return next((proposal for proposal in verified if proposal), None)


def applied(text: str, proposal: Proposal) -> str:
    """The watchlist's text with the change; the same text where it has it already. Raises MonitorError."""
    if proposal.source:
        assert proposal.until is not None
        if any(_mutes(mute, proposal) for mute in _listed(text, "mute")):
            return text
        return yamledit.add_mute(text, proposal.source, proposal.until.date(), "mostly marked as noise")
    if any(group.get("name") == proposal.group for group in _listed(text, "not")):
        return text
    return yamledit.add_group(text, "not", proposal.group, proposal.words)


def _listed(text: str, section: str) -> list[dict[str, object]]:
    """What a section of a watchlist lists, as far as it is what it should be."""
    return [one for one in plain("", text).get(section) or () if isinstance(one, dict)]


def _mutes(mute: Mapping[str, object], proposal: Proposal) -> bool:
    assert proposal.until is not None
    until = proposal.until.date().isoformat()
    return mute.get("from") == {"id": [proposal.source]} and str(mute.get("until")) >= until


# ------------------------------------------------------------------ what could be changed


def _phrases(case: _Case, known: Collection[Proposal]) -> Iterator[Proposal]:
    """Not groups, the best first: of those that would take nearly as much noise as any, the one that takes
    least that nobody marked, then the one of the length that says best what is meant and little else.

    A word alone ("board") is as often one of the trade's own: it must take nothing that nobody marked.
    """
    opinions = {example.alert: example.opinion for example in case.examples}
    least = max(LEAST, SHARE * len(case.of(Opinion.NOISE)))
    naming = _naming(case)
    before = [naming.get(word, frozenset()) for one in known for word in one.words]
    ranked = []
    for phrase, alerts in phrases.whole(naming).items():
        if any(len(alerts & theirs) > len(alerts) / 2 for theirs in before):
            continue
        counts = Counter(opinions[alert] for alert in alerts)
        noise, useful, others = (counts[what] for what in (Opinion.NOISE, Opinion.USEFUL, None))
        length = phrases.length(phrase)
        if noise >= least and not useful and others <= (noise if length > 1 else 0):
            ranked.append((noise, others, length, phrase))
    nearly = NEARLY * max((noise for noise, *_ in ranked), default=0)
    best = sorted(
        ranked, key=lambda one: (one[0] < nearly, one[1], LENGTHS.index(min(one[2], 4)), -one[0], one[3])
    )
    yield from (_not_group(case, phrase) for *_, phrase in best[:TRIED])


def _naming(case: _Case) -> dict[str, frozenset[str]]:
    """Every phrase, and the alerts that name it."""
    naming: dict[str, set[str]] = defaultdict(set)
    for example in case.examples:
        for phrase in _named(case.watchlist, example, case.read[example.alert]):
            naming[phrase].add(example.alert)
    return {phrase: frozenset(alerts) for phrase, alerts in naming.items() if len(alerts) >= LEAST}


def _named(watchlist: Watchlist, example: Example, evidence: Evidence) -> set[str]:
    """The phrases of title and summary, but for what the watchlist itself looks for there."""
    looked_for = [
        hit for group in (*watchlist.must, *watchlist.any) for hit in evidence.hits(group.condition) or ()
    ]
    found: set[str] = set()
    for field in ("title", "summary"):
        own = [(hit.start, hit.end) for hit in looked_for if hit.field == field]
        found |= set(phrases.phrases(getattr(example.past.content, field), own))
    return found


def _not_group(case: _Case, phrase: str) -> Proposal:
    name = case.watchlist.id
    number = _id(name, "not", phrase)
    return Proposal(number, name, "", case.now, group=f"noise: {phrase}", words=(phrase,))


def _sources(case: _Case, known: Collection[Proposal]) -> Iterator[Proposal]:
    """Mutes of sources that give mostly noise, the one that gives most of it first."""
    counts: dict[str, Counter[Opinion | None]] = defaultdict(Counter)
    for example in case.examples:
        counts[example.source][example.opinion] += 1
    ranked = sorted(counts, key=lambda source: (-counts[source][Opinion.NOISE], source))
    for source in ranked:
        noise, useful, others = (counts[source][what] for what in (Opinion.NOISE, Opinion.USEFUL, None))
        proposal = Proposal(
            _id(case.watchlist.id, "source", source), case.watchlist.id, "", case.now,
            source=source, until=case.now + MUTED_FOR,
        )  # fmt: skip
        mostly = noise >= ENOUGH and noise >= SOURCE_SHARE * (noise + useful) and others <= noise
        if source and mostly and source not in {one.source for one in known}:
            yield proposal


def _id(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


# ------------------------------------------------------------------ what it would have done


def _changed(case: _Case, proposal: Proposal) -> Watchlist | None:
    """The watchlist as it would be; None where the file cannot be changed so."""
    file = f"{case.watchlist.id}.yaml"
    try:
        text = applied(case.texts[file], proposal)
    except MonitorError:
        return None
    return _built({**case.texts, file: text}, case.watchlist.id)


def _verified(
    case: _Case, proposal: Proposal, changed: Watchlist, read: Mapping[str, Evidence]
) -> Proposal | None:
    """The proposal with its figures, by the watchlist as it would be; None where it does not do enough."""
    gone = [example for example in case.examples if not _tells(changed, read[example.alert], case.now)]
    noise, useful, others = (
        [example for example in gone if example.opinion is opinion]
        for opinion in (Opinion.NOISE, Opinion.USEFUL, None)
    )
    enough = len(noise) >= SHARE * len(case.of(Opinion.NOISE)) and len({e.past.id for e in noise}) >= LEAST
    if not proposal.source and (useful or not enough):
        return None
    examples = tuple(example.past.content.title for example in noise[:_EXAMPLES])
    costs = f"It would have removed {len(noise)} noise and {len(useful)} useful"
    costs += f", and {len(others)} that nobody marked" if others else ""
    return replace(proposal, says=f"{_why(case, proposal, len(noise))} {costs}.", examples=examples)


def _why(case: _Case, proposal: Proposal, noise: int) -> str:
    if not proposal.source:
        clicks = len(case.of(Opinion.NOISE))
        return f"{noise} of {clicks} noise clicks name '{proposal.words[0]}': add a not-group?"
    marked = [e for e in case.examples if e.source == proposal.source and e.opinion]
    name = next((e.past.content.source for e in marked if e.past.content.source), proposal.source)
    bad = sum(example.opinion is Opinion.NOISE for example in marked)
    days = MUTED_FOR.days
    return f"{bad} of {len(marked)} clicks on alerts from '{name}' say noise: mute it here for {days} days?"


def _built(texts: Mapping[str, str], name: str) -> Watchlist | None:
    rulebook, _ = watchlists.build(texts)
    return rulebook.watchlist(name)


def _read(of: Sequence[Watchlist], examples: Iterable[Example]) -> dict[str, Evidence]:
    """What watchlists find in each alert's item."""
    matcher = Matcher(of)
    return {e.alert: Evidence(matcher.find(e.past.content), e.past.origin) for e in examples}


def _tells(watchlist: Watchlist, evidence: Evidence, now: datetime) -> bool:
    """Whether it would be told as the watchlist is; that this is snoozed as a whole changes nothing."""
    verdict = evaluate(replace(watchlist, snooze=None), evidence)
    return verdict.score >= watchlist.alert and (verdict.muted is None or verdict.muted <= now)
