"""How deep the elements of HTML stand in each other, counted before anything parses them.

The parser's time grows with the square of the nesting, so that a few hundred kilobytes of unclosed
elements hold it up for minutes.
"""

from __future__ import annotations

import re
from collections import Counter

# Browsers stop at 512.
MAX_NESTING = 500
# Opening and closing tags; the largest front pages have some 20,000. Whatever tricks hide the nesting
# from the count, so many are parsed within seconds.
MAX_TAGS = 40_000

_TAG = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][a-zA-Z0-9]*))")
# Never closed, or closed by the next of its kind, or drawn: these do not pile up.
_FLAT = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
        "optgroup", "html", "head", "body", "path", "circle", "rect", "use", "line", "polygon",
        "polyline", "ellipse", "stop",
    }
)  # fmt: skip
_SKIPPED = {"": re.compile("-->"), "script": re.compile("</script", re.IGNORECASE)}


def readable(markup: str) -> int:
    """How many characters can be parsed: up to MAX_TAGS; -1 where elements nest deeper than MAX_NESTING."""
    if markup.count("<") <= MAX_NESTING:
        return len(markup)
    open_: Counter[str] = Counter()
    at = depth = tags = 0
    while found := _TAG.search(markup, at):
        at, tags = found.end(), tags + 1
        if tags > MAX_TAGS:
            return found.start()
        name = (found[3] or "").lower()
        if name in _SKIPPED and not found[2]:
            end = _SKIPPED[name].search(markup, at)
            at = end.end() if end else len(markup)
        elif name not in _FLAT and not (found[2] and not open_[name]):
            step = -1 if found[2] else 1
            open_[name] += step
            depth += step
            if depth > MAX_NESTING:
                return -1
    return len(markup)
