"""Matching and judging, beside the bare scan and a loop of regular expressions, in one run.

    python -m benchmarks.match [--rounds 15] [--items 1000]

Ours is all of the work: fold, scan, edges of words, conditions, verdicts with score and parts;
documents of 50 items are matched, then judged, as a poll does it. Bare is `ahocorasick_rs` alone
over the same terms in the same text, lower-cased. CPU seconds of one thread; all take turns in
each round, and each ratio is the median over the rounds.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor import watchlists
from monitor.conditions import Evidence
from monitor.folder import read_directory
from monitor.installation import shipped
from monitor.match import Matcher
from monitor.model import Content, Origin
from monitor.rule import PROSE, Group, Phrase, Watchlist, Words
from monitor.score import Judges

FEW, MANY, TERMS, DOCUMENT = 1_000, 10_000, 10, 50
# The weights of the must groups that the terms of a watchlist are spread over.
SHAPES = {"one must group of 10 terms": (60,), "two must groups of 5 terms": (30, 30)}

Part = TypeVar("Part")

# ------------------------------------------------------------------ texts and terms

WORDS = """
first: Northgate Kestrel Ironwood Halcyon Meridian Redstone Granite Pinnacle Harbor Osprey
second: Copper River Lake Summit Ridge Valley Stone Creek Bay Field Falcon Harvest Union
trade: Materials Mining Resources Energy Capital Logistics Metals Power Foods Motors
end: Corp Inc Ltd Holdings Partners Trust Group Associates
what: output revenue backlog dividend permit refinery smelter tariff licence tender merger stake bond
metal: lithium copper nickel graphite gallium germanium tungsten antimony silver zinc
how: quarterly annual revised long-term strategic domestic emergency conditional audited
did: raised cut reaffirmed delayed approved suspended announced completed withdrew
where: Texas Nevada Ontario Queensland Namibia Chile Estonia Vietnam Kazakhstan Brazil
who: analysts regulators lawmakers suppliers shareholders Beijing’s negotiators
syllable: al ber cor dan el far gor hal in jor kel lor mar nor or pel quin ros sol tan
"""
TEMPLATES = {
    "known": ["{first} {second} {trade}"],
    "sentence": [
        "{known} {did} its {how} {what} after {who} questioned the pace of {metal} demand in {where}. ",
        "Shares of {known} moved {number} percent on volume of {number} million, said {who}. ",
        "The {what} would cost about ${number} million and create {number} jobs in {where} by March. ",
        "The {how} {what} follows a drop of {number} percent in {metal} prices – according to {who}. ",
        "{known} and {known} {did} a {what} covering {number} tonnes of {metal} a year from {where}. ",
    ],
    "term": [
        *["{first}{syllable}{syllable} {second} {trade} {end}"] * 8,
        *["{letter}{letter}{letter}{letter}{letter}"] * 2,
        *["{how} {metal} {what} {where}", "{metal} {what} {did} {where}", "{what} {number} {where}"] * 3,
        "{han}{han}{han}{han}",
    ],
}
CHOICES = {
    **TEMPLATES,
    **{name: words.split() for name, words in (line.split(": ") for line in WORDS.strip().splitlines())},
    "number": [str(n) for n in range(2, 900)],
    "letter": list("ABCDEFGHJKLMNPQRSTUVWXYZ"),
    "han": list(
        "稀土镓锗锂铜镍钨锑出口管制许可证审查投资收购上市公司矿业电池材料价格上涨产能项目批准分析认为影响"
    ),
}


class Drawn(dict[str, str]):
    """Fills a template: each name is drawn anew, and what is drawn may be a template."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)

    def __missing__(self, name: str) -> str:
        drawn = self.random.choice(CHOICES[name])
        return drawn.format_map(self) if "{" in drawn else drawn


def contents(items: int, sentences: int = 6) -> list[Content]:
    """News of about a hundred characters a sentence; one item in twenty is Chinese."""
    drawn = Drawn(1)
    made = []
    for number in range(items):
        name = "han" if number % 20 == 0 else "sentence"
        title, *rest = (
            "".join(drawn[name] for _ in range(30 if name == "han" else 1)) for _ in range(sentences)
        )
        made.append(Content(title.strip(), "".join(rest)))
    return made


def terms(count: int) -> list[str]:
    """Companies, tickers, topics and Chinese words; one in 500 is a company that the news knows."""
    drawn = Drawn(2)
    made: dict[str, None] = {}
    while len(made) < count:
        made[drawn["known" if len(made) % 500 == 0 else "term"]] = None
    return list(made)


def rules(written: Sequence[str], weights: Sequence[int]) -> list[Watchlist]:
    """Watchlists as their files compile to."""

    def group(number: int, words: Sequence[str]) -> Group:
        phrases = frozenset(Phrase(word) for word in words)
        return Group(f"group {number}", Words(phrases, frozenset(PROSE)), weights[number])

    def watchlist(number: int, words: Sequence[str]) -> Watchlist:
        parts = parted(words, TERMS // len(weights))
        return Watchlist(f"w{number}", "W", must=tuple(group(n, part) for n, part in enumerate(parts)))

    return [watchlist(number, words) for number, words in enumerate(parted(written, TERMS))]


def parted(whole: Sequence[Part], size: int) -> Iterator[Sequence[Part]]:
    return (whole[start : start + size] for start in range(0, len(whole), size))


# ------------------------------------------------------------------ what takes turns

Runner = Callable[[], int]


def ours(rulebook: Sequence[Watchlist], items: Sequence[Content]) -> Runner:
    """Answers how many verdicts there were, and reads their scores and parts."""
    matcher, judges, origin = Matcher(rulebook), Judges(rulebook), Origin(tier=3)

    def run() -> int:
        verdicts = 0
        for document in parted(items, DOCUMENT):
            for evidence in [Evidence(matcher.find(content), origin) for content in document]:
                for _, verdict in judges.verdicts(evidence):
                    verdicts += verdict.score > 0 and len(verdict.parts) > 0
        return verdicts

    return run


def bare(written: Sequence[str], items: Sequence[Content]) -> Runner:
    automaton = AhoCorasick([term.lower() for term in written], matchkind=MatchKind.Standard)
    texts = joined(items)
    return lambda: sum(
        len(automaton.find_matches_as_indexes(text.lower(), overlapping=True)) for text in texts
    )


def expressions(written: Sequence[str], items: Sequence[Content]) -> Runner:
    """One alternation per watchlist, over text that is lower-cased once."""
    compiled = [re.compile("|".join(re.escape(t.lower()) for t in words)) for words in parted(written, TERMS)]
    texts = joined(items)
    return lambda: sum(bool(one.search(low)) for low in map(str.lower, texts) for one in compiled)


def joined(items: Sequence[Content]) -> list[str]:
    return [f"{content.title} {content.summary}" for content in items]


def measured(runners: Mapping[str, tuple[Runner, int]], rounds: int) -> dict[str, list[float]]:
    """Microseconds an item of each, round by round. With each runner comes how many items it reads."""
    times: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, (run, items) in runners.items():
            started = time.process_time()
            run()
            times[name].append((time.process_time() - started) / items * 1e6)
    return times


# ------------------------------------------------------------------ the report


def ratio(times: Mapping[str, Sequence[float]], over: str, under: str) -> float:
    return statistics.median(a / b for a, b in zip(times[over], times[under], strict=True))


def told(what: str, figure: float, least: float = 0.0, most: float = float("inf")) -> bool:
    """Print one target with what was measured. True where it is reached."""
    reached = least <= figure <= most
    target = f"at least {least:.2f}" if least else f"at most {most:.2f}"
    print(f"  {'PASS' if reached else 'FAIL'}  {what:46}{figure:8.2f}   {target}")
    return reached


def compare(shape: str, items: Sequence[Content], long: Sequence[Content], rounds: int) -> bool:
    weights, few, many = SHAPES[shape], terms(FEW * TERMS), terms(MANY * TERMS)
    mine, more = rules(few, weights), rules(many, weights)
    sample = items[1:6]
    runners = {
        "bare": (bare(few, items), len(items)),
        "ours": (ours(mine, items), len(items)),
        "ten times the watchlists": (ours(more, items), len(items)),
        "bare, ten times the terms": (bare(many, items), len(items)),
        "ten times the text": (ours(mine, long), len(long)),
        "re": (expressions(few, sample), len(sample)),
    }
    print(f"{shape}: {FEW:,} watchlists, {runners['ours'][0]() / len(items):.2f} verdicts an item;", end=" ")
    print(f"{MANY:,}: {runners['ten times the watchlists'][0]() / len(items):.2f}")
    times = measured(runners, rounds)
    for name, each in times.items():
        middle = statistics.median(each)
        print(f"        {name:40}{middle:10.1f} µs an item{1e6 / middle:12,.0f} items a second")
    reached = [
        told("speed of the bare scan that we reach", ratio(times, "bare", "ours"), least=1 / 3),
        told("times as fast as an alternation per watchlist", ratio(times, "re", "ours"), least=20),
        told("cost of ten times the watchlists", ratio(times, "ten times the watchlists", "ours"), most=2),
        told("cost of ten times the text", ratio(times, "ten times the text", "ours"), most=11),
    ]
    return all(reached)


def shipped_watchlists(items: Sequence[Content], rounds: int) -> None:
    rulebook, _ = watchlists.in_force(read_directory(shipped()), {})
    times = measured({"shipped": (ours(rulebook.watchlists, items), len(items))}, rounds)
    middle = statistics.median(times["shipped"])
    print(f"the shipped watchlists: {middle:.1f} µs an item, {1e6 / middle:,.0f} items a second")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--items", type=int, default=1_000)
    arguments = parser.parse_args()
    items, long = contents(arguments.items), contents(max(1, arguments.items // 10), sentences=60)
    size = statistics.mean(len(text) for text in joined(items))
    print(f"{len(items):,} items of {size:.0f} characters; CPU time, medians of {arguments.rounds} rounds")
    reached = [compare(shape, items, long, arguments.rounds) for shape in SHAPES]
    shipped_watchlists(items, arguments.rounds)
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
