"""What is asked of a server, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Asking:
    """What a kind may need to know to ask: the time, the newest publication known, the secret."""

    now: datetime
    newest: datetime | None = None
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the past, from `since` up to `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a status says where it comes from this server, the remedy, and the pause it wants."""

    status: int
    says: str
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a server. Address, headers and body may hold a secret and are never shown.

    A `page` was made for people: robots.txt says whether we may read it.
    """

    url: str = field(repr=False)
    method: Literal["GET", "POST"] = "GET"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    refusals: tuple[Refusal, ...] = ()
    page: bool = False

    def refusal(self, status: int) -> Refusal:
        """What that status says here; an empty one where the server's own words are all there is."""
        return next((r for r in self.refusals if r.status == status), Refusal(status, ""))


@dataclass(frozen=True, slots=True)
class Document:
    """A body that came whole. `headers` in lower case; `url` is where it came from in the end."""

    body: bytes
    headers: Mapping[str, str]
    url: str
