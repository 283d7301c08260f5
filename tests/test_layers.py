"""The shape of the house: imports point one way, files and functions stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "monitor"

# A module may import those of a lower rank only; the members of one rank do not know each other.
_RANKED = """
machine months nesting markets subscriber charts drawing cells

holding web.people web.passwords

monitor rule errors section text links dates inflection kept rhythm charset pattern manners finding
request bcubed meaning web web.admission web.sessions web.bodies

web.carried fact edition names countries labelled feedback capping hours searching

web.addresses web.visitor model talk precision phrases figures yamlnodes guard numbers mailbag robots
gunzip

yamlfile scalars ledger traits quantities rates

match written sourcefile entries items stories wording cadence ledgers reach history difference outbox
article looks sources.jsonbody series sources.tables page xmltree turns exchange

atom bundle refusal sources.wellformed kind said novelty ledgerfile muting hushed blockkit examples

message terms conditions folder fetch extract moves sources.seriesfile channels channels.settings
channels.smtp_hearing web.settings storage.moments storage.database watchdog sources.feed sources.gdelt
sources.usaspending sources.regulations sources.congress sources.mailbox sources.rows opml alerts sums
agencies lands sheet pieces crew channels.slack_envelope

companies vocabulary score lacking outline pool sources.series imap sources.json_list
sources.federal_register sources.edgar sources.listing sources.sitemap storage.outcomes

watchlists change backtest lint plausible doors telling suggestions

facts sources channels.console channels.slack channels.slack_check explain rehearsal digest labels
preview channels.slack_line channels.slack_screen channels.smtp_line

catalogue evaluate discover headline moved due rungs trends stuck board ladder storage.alarms
storage.schema storage.sources storage.items storage.signals storage.alerts storage.digests storage.rules
storage.looks storage.points storage.archive storage.backfills storage.facts storage.stories
storage.ledgers documents storage.talks channels.slack_socket storage.subscriptions storage.edits
storage.hosts edited yamledit atomic

storage.batches letter recipient subscribing

channels.email

storage.deliveries storage.feedback config schemas starter proposals

storage.threads storage.told installation

storage lock form

batching groups opinions

deliver live schedule edit modalview

taking placing keeping proposing inquiry trial web.house web.tables checkup web.drafting adding
web.itemrows

judging web.pages gathering web.credentials web.described web.reasons recall correcting web.joining
web.layout web.checks web.silencing web.probe

room web.statics web.pulse web.storyrows web.doorstep web.machines web.feeds web.edits web.additions
web.deliveries web.roster web.upkeep web.ledgerrows web.series

web.archive web.today web.watchlists web.leaving web.entrance web.search web.sources web.ledgers
web.timeline

web.why web.trying web.suggesting web.bringing web.entry web.stories

working web.editing

pressing web.site

pipeline reading mailing watching backfill replay deadlines studying web.serving

modal slash home

answering

talking

app demo_feeds

demo daemon commands.output commands.terminal commands

commands.session commands.past

commands.check commands.door

commands.run commands.sources commands.watchlists commands.items commands.alerts commands.digest
commands.doctor commands.demo commands.evaluate commands.backtest commands.series commands.ledgers
commands.stories commands.precision commands.backfill commands.web

commands.watchlist_edits commands.source_edits commands.digests

cli

__main__
"""
RANKS = tuple(tuple(row.split()) for row in _RANKED.split("\n\n"))
RANK = {name: number for number, names in enumerate(RANKS) for name in names}
MAX_FILE, MAX_FUNCTION, MAX_REGISTRY = 400, 60, 60

# Only these modules may know a library that we may one day have to replace.
ONLY_IN = {
    "httpx": {"fetch", "guard", "exchange"},
    "httptools": {"exchange"},
    "feedparser": {"sources.feed"},
    "apscheduler": {"schedule"},
    "slack_sdk": {"channels.slack", "channels.slack_check", "channels.slack_screen", "channels.slack_socket"},
    "websockets": {"channels.slack_line"},
    "smtplib": {"channels.smtp_line", "channels.smtp_hearing"},
    "imaplib": {"imap"},
    "sqlite_utils": {name for name in RANK if name.startswith("storage")},
    "ruamel": {"yamlnodes", "yamledit", "scalars", "demo_feeds"},
    "protego": {"robots"},
    "ahocorasick_rs": {"match"},
    "re2": {"match", "pattern"},
    "rich": {"commands.terminal"},
    "pebble": {"pool"},
    "pypdf": {"extract"},
    "trafilatura": {"extract"},
    "holidays": {"markets"},
    "starlette": {name for name in RANK if name.startswith("web.")},
    "uvicorn": {"web.serving"},
    "python_multipart": {"web.bodies"},
    "babel": {"labels"},
    "css_inline": {"letter"},
    "jmespath": {"sources.json_list", "sources.series", "sources.seriesfile"},
}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name or "monitor"] = path
    return found


_INSIDE = {f"monitor.{name}" for name in modules()}


@cache
def imports(path: Path) -> set[str]:
    """Every module that a file imports, from anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            # A module that is taken out of its package is all that is asked of the package.
            found |= named if named <= _INSIDE else {node.module, *named}
    return found


def own(imported: set[str]) -> set[str]:
    names = {name.removeprefix("monitor.") for name in imported if name.startswith("monitor.")}
    return names & set(RANK)


def test_every_module_has_a_rank() -> None:
    assert set(modules()) == set(RANK)


@pytest.mark.parametrize(("name", "path"), modules().items(), ids=modules())
def test_imports_point_down(name: str, path: Path) -> None:
    upward = {other for other in own(imports(path)) - {name} if RANK[other] >= RANK[name]}
    assert not upward, f"{name} (rank {RANK[name]}) imports {sorted(upward)}"


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_known_in_its_place_only(library: str) -> None:
    users = {
        name
        for name, path in modules().items()
        if any(found.split(".")[0] == library for found in imports(path))
    }
    assert users <= ONLY_IN[library]
    assert users, f"{library} is not used at all: take it out of the list"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = text.count("\n")
    assert lines <= (
        MAX_REGISTRY if path.parent.name in ("sources", "channels") and path.stem == "__init__" else MAX_FILE
    )
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION, f"{node.name} is too long"


def test_nine_functions_in_ten_are_under_thirty_lines() -> None:
    sizes = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in modules().values()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert sizes[len(sizes) // 2] <= 12
    assert sizes[len(sizes) * 9 // 10] <= 30


def test_decisions_read_no_clock_and_no_network() -> None:
    pure = (
        "text",
        "cells",
        "searching",
        "hushed",
        "web.addresses",
        "atom",
        "bundle",
        "months",
        "nesting",
        "markets",
        "holding",
        "capping",
        "charset",
        "page",
        "sources.rows",
        "dates",
        "links",
        "entries",
        "rhythm",
        "watchdog",
        "refusal",
        "outbox",
        "blockkit",
        "message",
        "examples",
        "preview",
        "sources.wellformed",
        "items",
        "match",
        "rule",
        "inflection",
        "figures",
        "countries",
        "names",
        "meaning",
        "rates",
        "quantities",
        "said",
        "sums",
        "agencies",
        "companies",
        "lands",
        "facts",
        "terms",
        "vocabulary",
        "conditions",
        "score",
        "stories",
        "alerts",
        "cadence",
        "looks",
        "plausible",
        "article",
        "manners",
        "robots",
        "edition",
        "digest",
        "telling",
        "headline",
        "charts",
        "drawing",
        "labels",
        "letter",
        "explain",
        "change",
        "lacking",
        "reach",
        "history",
        "difference",
        "mailbag",
        "backtest",
        "rehearsal",
        "suggestions",
        "web.reasons",
        "lint",
        "numbers",
        "form",
        "groups",
        "web.drafting",
        "web.joining",
        "web.layout",
        "due",
        "moved",
        "rungs",
        "pieces",
        "series",
        "moves",
        "muting",
        "precision",
        "phrases",
        "proposals",
        "recipient",
        "web.admission",
        "web.people",
        "trends",
        "stuck",
        "sheet",
        "ladder",
        "board",
    )
    for name in pure:
        text = modules()[name].read_text("utf-8")
        assert "datetime.now" not in text
        assert not {"monitor.storage", "monitor.fetch", "time", "socket"} & imports(modules()[name])


def test_every_module_says_what_it_is_for() -> None:
    for name, path in modules().items():
        if name != "commands.__init__":
            assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{name} has no docstring"


def test_a_poll_loads_no_rules_channels_or_tables_before_it_needs_them() -> None:
    """Starting up is a good part of a poll that finds nothing new."""
    dear = {"re2", "jinja2", "slack_sdk", "smtplib", "apscheduler", "rich", "ruamel", "sqlite_utils"}
    dear |= {"monitor.match", "monitor.written", "feedparser", "websockets", "starlette", "uvicorn"}
    code = "import sys, monitor.__main__, monitor.commands.run; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert dear & set(loaded.stdout.split()) == set()
