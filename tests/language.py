"""The rule language as a desk writes it: a condition in YAML, judged on a few words of text."""

from __future__ import annotations

from monitor.conditions import UNKNOWN, Evidence, longest
from monitor.match import Matcher
from monitor.model import Content, Origin
from monitor.rule import Condition, Group, Watchlist
from monitor.watchlists import build

ENTITIES = """\
entities:
  dfc:
    name: Development Finance Corporation
    kind: agency
    country: US
    roles: [lender]
    terms: {en: ["=DFC", Development Finance Corporation]}
    unless: [freight corridor]
  mp:
    name: MP Materials
    kind: company
    tickers: ["NYSE:MP"]
    roles: [mine, magnet]
    terms: {en: [MP Materials, "=MP"], zh: [MP材料]}
    not_near: [parliament]
    within: 4
  vac:
    name: Vacuumschmelze
    kind: company
    roles: [magnet]
    terms: {en: [Vacuumschmelze, "=VAC"]}
    beside: [magnet, "@rare-earths"]
"""
CONCEPTS = """\
concepts:
  rare-earths:
    terms:
      en: [rare earth, "=REE"]
      zh: [稀土]
    also: ["@ndpr"]
  ndpr:
    terms: {en: [neodymium], zh: [钕]}
  approval:
    terms:
      en: [approve~, {near: [green, light], within: 0, in_order: true}]
      zh: [批准]
"""
KINDS = """\
kinds:
  opinion:
    about: What somebody thinks of it.
    any: [opinion, op-ed, {all: [I, believe]}, 评论]
  market-report:
    any: [CAGR, market size]
    not: [loan]
"""
MEANINGS = {"entities.yaml": ENTITIES, "concepts.yaml": CONCEPTS, "kinds.yaml": KINDS}


def watchlist(text: str, **meanings: str) -> Watchlist:
    """The watchlist `w` of this text, which need not say its name."""
    files = MEANINGS | {f"{name}.yaml": written for name, written in meanings.items()}
    rulebook, problems = build(files | {"w.yaml": f"watchlist: w\ntitle: W\n{text}"})
    assert not problems, problems
    return rulebook.watchlists[0]


def condition(written: str, **meanings: str) -> Condition:
    """A condition in YAML, as a must group has it."""
    return watchlist(f"must:\n  - {written}\n", **meanings).must[0].condition


def judged(asked: Condition, content: Content, origin: Origin = UNKNOWN) -> list[str] | None:
    """The words with which a condition holds in an item; None where it does not hold."""
    matcher = Matcher([Watchlist("w", "W", must=(Group("g", asked, 30),))])
    hits = Evidence(matcher.find(content), origin).hits(asked)
    return None if hits is None else [hit.words for hit in longest(hits)]


def met(written: str, title: str, summary: str = "", **meanings: str) -> list[str] | None:
    """The words with which a written condition holds in a title and a summary."""
    return judged(condition(written, **meanings), Content(title, summary))
