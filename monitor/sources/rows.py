"""A listing page -> its rows: link, title, text and date, by selectors or by how such pages are made.

Without selectors the dates lead: on a page of news every entry shows its day, so the smallest part of
the page that holds one date and a link is an entry. Where dates and links take turns in one part, each
date goes with the links beside it. What is navigation by its element, role or class is left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor import dates, page

MAX_ROWS = 2000
MAX_TITLE = 1000
MAX_TEXT = 2000
# A date with more words beside it in its piece of text is part of a sentence, not a label.
_LABEL = 25
_SKIP = "nav, footer, aside, select, [role=navigation], [role=contentinfo], [role=search]"
_SKIP_CLASSES = frozenset(
    {
        "nav", "navbar", "navigation", "menu", "footer", "breadcrumb", "breadcrumbs", "sidebar",
        "pagination", "pager", "share",
    }
)  # fmt: skip
_MAIN = "main, [role=main]"
_HEADING = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HEADINGS = ", ".join(sorted(_HEADING))


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a listing; `link` is absolute, `date` empty where there is none.

    `node` is the part of the page it was found in.
    """

    link: str
    title: str
    text: str
    date: str
    node: LexborNode = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class How:
    """What to know of a page to read it: the base of its links, which links count, 2/3/2026."""

    base: str
    wanted: Callable[[str], bool] = lambda _: True
    month_first: bool = False


class Layout:
    """A page in the order of reading: its elements by number, and where dates and links stand."""

    def __init__(self, tree: LexborHTMLParser, how: How) -> None:
        self._how = how
        self._tree = tree
        self.nodes: list[LexborNode] = []
        self.parents: list[int] = []
        self.numbers: dict[int, int] = {}
        self.dates: list[tuple[int, str]] = []
        self.links: dict[int, str] = {}
        skipped = {node.mem_id for node in tree.css(_SKIP)}
        root = tree.root
        for node in root.traverse(include_text=True) if root else ():
            self._take(node, skipped)

    def _take(self, node: LexborNode, skipped: set[int]) -> None:
        parent = self.numbers.get(node.parent.mem_id, -1) if node.parent else -1
        if node.parent and node.parent.mem_id in skipped:
            skipped.add(node.mem_id)
        number = len(self.nodes)
        self.nodes.append(node)
        self.parents.append(parent)
        self.numbers[node.mem_id] = number
        if node.tag in {"script", "style", "template", "noscript"} or _is_navigation(node):
            skipped.add(node.mem_id)
        if node.mem_id in skipped:
            return
        if date := self._date(node):
            self.dates.append((number, date))
        elif node.tag == "a":
            link = page.address(node, self._how.base)
            if link and self._how.wanted(link):
                self.links[number] = link

    def _date(self, node: LexborNode) -> str:
        if node.tag == "time":
            return time_of(node)
        if node.tag != "-text" or (node.parent and node.parent.tag == "time" and time_of(node.parent)):
            return ""
        text = (node.text_content or "")[:1000]
        if len(text) > 200:
            return ""
        found = dates.find(text, month_first=self._how.month_first)
        if len(found) != 1:
            return ""
        beside = len(text.strip()) - (found[0].end - found[0].start)
        allowed = 3 if self._within_link(node) else _LABEL
        return found[0].moment.isoformat() if beside <= allowed else ""

    def _within_link(self, node: LexborNode) -> bool:
        number = self.numbers[node.mem_id]
        return any(self.nodes[n].tag == "a" for n in self.above(number))

    def above(self, number: int) -> Iterator[int]:
        """The elements around one, nearest first."""
        while (number := self.parents[number]) >= 0:
            yield number

    def inside(self, places: Sequence[int]) -> list[int]:
        """How many of these places each element holds."""
        counts = [0] * len(self.nodes)
        for place in places:
            counts[place] += 1
        for number in range(len(counts) - 1, 0, -1):
            if (parent := self.parents[number]) >= 0:
                counts[parent] += counts[number]
        return counts

    @cached_property
    def ends(self) -> list[int]:
        """Behind the last element inside each element."""
        ends = [number + 1 for number in range(len(self.nodes))]
        for number in range(len(ends) - 1, 0, -1):
            if (parent := self.parents[number]) >= 0:
                ends[parent] = max(ends[parent], ends[number])
        return ends


def time_of(node: LexborNode) -> str:
    """What a `time` element says for machines, where that is a date."""
    said = (node.attributes.get("datetime") or "").strip()[:40]
    return said if dates.find(said) else ""


def _is_navigation(node: LexborNode) -> bool:
    if node.tag in {"-text", "html", "body", "main"}:
        return False
    named = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"[:500]
    return not _SKIP_CLASSES.isdisjoint(named.lower().split())


# ------------------------------------------------------------------ without selectors


def automatic(tree: LexborHTMLParser, how: How) -> list[Row]:
    """The entries of a page as its dates show them; those of its main part, where it marks one.

    Without dates, the links whose addresses name a day.
    """
    layout = Layout(tree, how)
    found = [row for container, dated in _containers(layout) for row in _rows(layout, container, dated)]
    if len(found) < 2:
        found = list(_dated_links(layout))
    return _once(_in_main(layout, tree, found))[:MAX_ROWS]


def by_address(tree: LexborHTMLParser, how: How) -> list[Row]:
    """The links of a page whose addresses name a day or a month, whatever dates it shows."""
    layout = Layout(tree, how)
    return _in_main(layout, tree, list(_dated_links(layout)))[:MAX_ROWS]


def _containers(layout: Layout) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """The smallest part around each date that has a link, with the dates that it is smallest for."""
    links = layout.inside(list(layout.links))
    counted = layout.inside([place for place, _ in layout.dates])
    groups: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for place, date in layout.dates:
        container = next((n for n in layout.above(place) if links[n]), None)
        if container is not None:
            groups[container].append((place, date))
    for container, dated in sorted(groups.items()):
        if len(dated) == counted[container]:  # else a date of the page among those of its entries
            yield container, dated


def _rows(layout: Layout, container: int, dated: list[tuple[int, str]]) -> Iterator[Row]:
    end = layout.ends[container]
    places = [place for place in layout.links if container <= place < end]
    node = layout.nodes[container]
    if len(dated) == 1:
        chosen = _headlines(layout, places, node)
        for link, title in chosen:
            yield Row(link, title, _teaser(node, title) if len(chosen) == 1 else "", dated[0][1], node)
        return
    for date, beside in _turns(dated, places, container, end):
        for link, title in _headlines(layout, beside, None):
            yield Row(link, title, "", date, layout.nodes[beside[0]])


def _turns(
    dated: list[tuple[int, str]], links: list[int], start: int, end: int
) -> Iterator[tuple[str, list[int]]]:
    """Dates and links that take turns: each date with the links after it, or all with those before."""
    edges = [start, *(place for place, _ in dated), end]
    between = [links[bisect_left(links, a) : bisect_left(links, b)] for a, b in pairwise(edges)]
    after, before = between[1:], between[:-1]
    chosen = after if sum(map(bool, after)) >= sum(map(bool, before)) else before
    return ((date, found) for (_, date), found in zip(dated, chosen, strict=True) if found)


def _headlines(layout: Layout, places: list[int], around: LexborNode | None) -> list[tuple[str, str]]:
    """The links that are headlines, with their titles: those in headings, else the long ones, else the
    longest; image and title that lead to the same place count once."""
    titles: dict[str, str] = {}
    headed: set[str] = set()
    for place in places:
        link, node = layout.links[place], layout.nodes[place]
        title = title_of(node)
        if len(title) > len(titles.get(link, "")):
            titles[link] = title
        titles.setdefault(link, "")
        if node.css_first(_HEADINGS) or any(layout.nodes[n].tag in _HEADING for n in layout.above(place)):
            headed.add(link)
    headed &= {link for link, title in titles.items() if title}
    chosen = headed or {link for link, title in titles.items() if _long(title)}
    if not chosen:
        chosen = {max(titles, key=lambda link: len(titles[link]))}
        heading = page.words(around.css_first(_HEADINGS), MAX_TITLE) if around else ""
        titles |= {link: heading for link in chosen if heading}
    return [(link, title) for link, title in titles.items() if link in chosen]


def _long(title: str) -> bool:
    return len(title) >= (20 if title.isascii() else 8)


def title_of(node: LexborNode) -> str:
    """What a link says: its heading or its words, whole where they are cut short and it says so."""
    said = page.words(node.css_first(_HEADINGS) or node, MAX_TITLE)
    full = (node.attributes.get("title") or "").strip()[:MAX_TITLE]
    stem = said.rstrip(" .…")
    if not said or (len(full) > len(said) and full.startswith(stem)):
        said = full or said
    image = node.css_first("img[alt]") if not said else None
    return said or ((image.attributes.get("alt") or "").strip()[:MAX_TITLE] if image else "")


def _teaser(node: LexborNode, title: str) -> str:
    said = (page.words(part, MAX_TEXT) for part in node.css("p")[:3])
    return " ".join(text for text in said if text not in title and len(text) > _LABEL)


def _dated_links(layout: Layout) -> Iterator[Row]:
    """The links whose addresses name a day or month; of those to one place, the one that says most."""
    best: dict[str, tuple[str, LexborNode]] = {}
    for place, link in layout.links.items():
        title = title_of(layout.nodes[place]) if link_date(link) else ""
        if len(title) > len(best.get(link, ("", None))[0]):
            best[link] = (title, layout.nodes[place])
    for link, (title, node) in best.items():
        yield Row(link, title, "", link_date(link), node)


def link_date(link: str) -> str:
    """The day, or the first of the month, that an address names; empty where it names none."""
    found = dates.in_link(link) or dates.month_in_link(link)
    return found.isoformat() if found else ""


def _in_main(layout: Layout, tree: LexborHTMLParser, found: list[Row]) -> list[Row]:
    main = {layout.numbers[node.mem_id] for node in tree.css(_MAIN) if node.mem_id in layout.numbers}
    inside = [row for row in found if not main.isdisjoint(layout.above(layout.numbers[row.node.mem_id]))]
    return inside if len(inside) >= 2 else found


def _once(found: list[Row]) -> list[Row]:
    kept: dict[tuple[str, str], Row] = {}
    for row in found:
        kept.setdefault((row.link, row.title), row)
    return list(kept.values())


# ------------------------------------------------------------------ a selector for what was found


def proposal(tree: LexborHTMLParser, found: Sequence[Row]) -> str:
    """A selector that chooses the parts of the page in which these rows were found, and nothing more.

    Empty where there is none among the simple ones: element with a class, or within one of a class.
    """
    nodes = [row.node for row in found]
    around = [node.parent for node in nodes if node.parent]
    cards = all(node.tag == "a" for node in nodes) and len(around) == len(nodes)
    for chosen in ([around] if cards else []) + [nodes]:
        places = {node.mem_id for node in chosen}
        if len(places) < len(found):
            continue
        for css in _signatures(chosen):
            if {node.mem_id for node in tree.css(css)[: MAX_ROWS + 1]} == places:
                return css
    return ""


def _signatures(nodes: Sequence[LexborNode]) -> Iterator[str]:
    """Selectors that may choose these, the most telling first."""
    *marked, bare = _shared(nodes) or [""]
    parents = [node.parent for node in nodes if node.parent]
    above = _shared(parents)[:-1] if len(parents) == len(nodes) else []
    yield from marked
    yield from (f"{parent} > {own}" for parent in above for own in (*marked, bare) if own)
    if bare:
        yield bare


def _shared(nodes: Sequence[LexborNode]) -> list[str]:
    """Element with a class, an id or nothing, as all of these have it; the most telling first."""
    tags = {node.tag for node in nodes}
    if len(tags) != 1:
        return []
    (tag,) = tags
    counted = Counter(
        mark
        for node in nodes
        for mark in {
            *(f".{name}" for name in (node.attributes.get("class") or "").split()),
            f"#{node.attributes.get('id') or ''}",
        }
    )
    marks = [mark for mark, n in counted.items() if n == len(nodes) and page.is_simple_name(mark[1:])]
    return [*(f"{tag}{mark}" for mark in sorted(marks)), str(tag)]


# ------------------------------------------------------------------ by selectors


def drop(tree: LexborHTMLParser, css: str) -> None:
    """Take parts out of a page. What stands in one of them goes with it, and is not touched again."""
    nodes = tree.css(css)
    chosen = {node.mem_id for node in nodes}
    known: dict[int, bool] = {}
    for node in [node for node in nodes if not _is_within(node, chosen, known)]:
        node.decompose()


def _is_within(node: LexborNode, chosen: set[int], known: dict[int, bool]) -> bool:
    """Whether a part stands in one of those chosen; `known` keeps what was found on the way."""
    way: list[int] = []
    above = node.parent
    within = False
    while above is not None:
        if above.mem_id in chosen or above.mem_id in known:
            within = above.mem_id in chosen or known[above.mem_id]
            break
        way.append(above.mem_id)
        above = above.parent
    known.update(dict.fromkeys(way, within))
    return within


def innermost(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Without those that hold others of them: tables for layout are rows of rows."""
    chosen = {node.mem_id for node in nodes}
    outer: set[int] = set()
    for node in nodes:
        above = node.parent
        while above is not None and above.mem_id not in outer:
            if above.mem_id in chosen:
                outer.add(above.mem_id)
            above = above.parent
    return [node for node in nodes if node.mem_id not in outer]


def beside(layout: Layout, nodes: Sequence[LexborNode], *, after: bool) -> list[str]:
    """For each part of a page the date that stands nearest before it, or after its beginning."""
    places = [place for place, _ in layout.dates]
    told = []
    for node in nodes:
        at = bisect_left(places, layout.numbers[node.mem_id]) - (not after)
        told.append(layout.dates[at][1] if 0 <= at < len(places) else "")
    return told
