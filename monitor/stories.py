"""Which items tell the same story: here, copies of one headline across outlets.

A story is known by a fingerprint of its headline, without the outlet's name that aggregators
and wires append. Headlines too short to be particular never join.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from monitor.text import fold, searchable

# A wire story runs for a day or two; the same headline after that is another event.
WINDOW = timedelta(days=3)
_OUTLET = re.compile(r"\s+[-–—|]\s+[^-–—|]{2,40}$")
_ENOUGH = 4


def fingerprint(title: str, item: int) -> str:
    """The story that a headline belongs to; one of its own for `item` where it says too little."""
    bare = _OUTLET.sub("", title) if len(_words(_OUTLET.sub("", title))) >= _ENOUGH else title
    words = _words(bare)
    if len(words) < _ENOUGH:
        return f"item-{item}"
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def _words(title: str) -> list[str]:
    return re.findall(r"\w+", searchable(fold(title).text))
