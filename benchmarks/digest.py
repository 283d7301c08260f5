"""A digest of 800 stories, from what happened to the letter, beside bare renderings of as much.

    python -m benchmarks.digest [--stories 800] [--runs 5]

Floors in the same run: Jinja2 alone, that fills in titles and links of the same stories, and css-inline alone
on the page that came out. A letter is tried in several sizes before it fits, and has a text with everything.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import css_inline
import jinja2

from benchmarks.timed import told
from monitor.digest import Coverage, Material, compose
from monitor.edition import Edition
from monitor.letter import BUDGET, Links, weight, write
from monitor.model import Item, Source
from monitor.rule import Watchlist
from monitor.subscriber import Subscriber
from monitor.telling import Candidate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DESK = Subscriber("desk", "", "07:00", "America/New_York")
WATCHLISTS = tuple(Watchlist(f"list-{n}", f"Watchlist {n}", must=()) for n in range(8))
OUTLETS = 4

BARE = (
    "<table>{% for c in candidates %}<tr><td class=a>"
    "<a class=t href='{{ c.item.link }}'>{{ c.item.title }}</a><br>"
    "{{ c.item.text }} {{ c.source.name }} {{ c.score }}</td></tr>{% endfor %}</table>"
)
STYLED = "<html><head><style>.a{color:#123}.t{color:#456}</style></head><body>%s</body></html>"


def material(stories: int) -> Material:
    """So many stories, each carried by several outlets, one in four Chinese."""
    found = []
    for number in range(stories * OUTLETS):
        story, outlet = divmod(number, OUTLETS)
        words = (
            "商务部对中重稀土相关物项实施出口管制"
            if story % 4 == 0
            else "Ministry grants a loan for rare earths"
        )
        item = Item(
            number + 1,
            f"source-{outlet}",
            f"https://news.example/{story}/{outlet}",
            f"{words}, report {story}",
            f"{words}. " * 8,
            "zh" if story % 4 == 0 else "en",
            NOON - timedelta(minutes=story),
            NOON - timedelta(minutes=story - outlet),
        )
        source = Source(
            f"source-{outlet}", f"Outlet {outlet}", "feed", "https://news.example/", outlet + 1, "en"
        )
        name = WATCHLISTS[story % len(WATCHLISTS)].id
        score = 40 + story % 60
        found.append(Candidate(name, score, "board-approval", f"story-{story}", item, source, ("loan",)))
    return Material(NOON - timedelta(days=1), NOON, tuple(found), coverage=Coverage(43, 45))


def seconds(runs: int, work: Callable[[], object]) -> float:
    """The median of so many runs."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stories", type=int, default=800)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    happened = material(asked.stories)
    edition = Edition(NOON.date(), NOON, happened.since, NOON)
    links = Links("https://monitor.example")
    template = jinja2.Environment(autoescape=True).from_string(BARE)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False)
    bare = STYLED % template.render(candidates=happened.candidates)

    composed = compose(DESK, edition, happened, WATCHLISTS)
    letter = write(composed, links)
    floor = seconds(
        asked.runs, lambda: inliner.inline(STYLED % template.render(candidates=happened.candidates))
    )
    composing = seconds(asked.runs, lambda: compose(DESK, edition, happened, WATCHLISTS))
    writing = seconds(asked.runs, lambda: write(composed, links))
    items = len(happened.candidates)
    print(f"{asked.stories} stories, {items} items; bare page {len(bare.encode()) / 1e6:.1f} MB")
    print(f"  compose {composing:.3f} s, write {writing:.3f} s, bare render and inlining {floor:.3f} s")
    print(f"  HTML {weight(letter.html)} bytes on the wire, text {len(letter.text.encode()) / 1e3:.0f} kB")
    reached = [
        told("compose and write", composing + writing, 2.0, " s"),
        told("compose and write, times the bare page", (composing + writing) / floor, 12),
        told("share of the budget", weight(letter.html) / BUDGET, 1.0),
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    raise SystemExit(main())
