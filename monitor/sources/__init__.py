"""The kinds of source. A kind is one module here with a `parse`, and one line in KINDS."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from monitor.model import Reading, Source
from monitor.sources import feed


class Parse(Protocol):
    """What a kind of source does: a body -> its entries.

    `headers` are the answer's, in lower case; `url` is where the body came from at last, for
    relative links. Raises Unreadable where the body is not what the kind promises; one bad
    entry is set aside with its reason and never stops the others.
    """

    def __call__(
        self, body: bytes, headers: Mapping[str, str], url: str, source: Source, now: datetime
    ) -> Reading: ...


KINDS: Mapping[str, Parse] = {"feed": feed.parse}
