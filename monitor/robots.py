"""What a robots.txt (RFC 9309) lets us read: pages only; feeds and interfaces are made for robots."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from protego import Protego

AGENT = "SignalMonitor"
# RFC 9309 section 2.5: at least 500 KiB are to be read; no more are.
MAX_BYTES = 512_000
MAX_DELAY = 60.0
_DISALLOW = re.compile(r"^\s*disallow\s*:", re.IGNORECASE)
_RULE = re.compile(r"^\s*(dis)?allow\s*:", re.IGNORECASE)
_MAX_LINES = 5000


@dataclass(frozen=True, slots=True)
class Robots:
    """A robots.txt, read. An empty text allows everything."""

    text: str
    _parsed: Protego = field(repr=False, compare=False)

    @classmethod
    def read(cls, text: str) -> Robots:
        """Never raises: what is no rule is no rule."""
        return cls(text, Protego.parse(text))

    @property
    def delay(self) -> float:
        """The seconds it asks to leave between two requests, at most a minute."""
        return min(self._parsed.crawl_delay(AGENT) or 0.0, MAX_DELAY)

    def forbids(self, url: str) -> str:
        """The line that forbids this address to us; empty where it may be read."""
        if self._parsed.can_fetch(url, AGENT):
            return ""
        lines = self.text.splitlines()[:_MAX_LINES]
        alone = [n for n, line in enumerate(lines) if _DISALLOW.match(line) and _alone(line, url)]
        ours = [n for n in alone if not Protego.parse(_only(lines, n)).can_fetch(url, AGENT)]
        # The most specific rule decides (RFC 9309 section 2.2.2).
        found = max((lines[n].partition("#")[0].strip() for n in ours), key=len, default="Disallow")
        return found[:200]


def _alone(line: str, url: str) -> bool:
    """Whether the line forbids the address to anybody: a first, cheap look."""
    return not Protego.parse(f"User-agent: *\n{line}").can_fetch(url, AGENT)


def _only(lines: list[str], number: int) -> str:
    """The text with one rule left, in its own group."""
    return "\n".join(line for n, line in enumerate(lines) if n == number or not _RULE.match(line))


def address(url: str) -> str:
    """Where the robots.txt for a page is."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"
