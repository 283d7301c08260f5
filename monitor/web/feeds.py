"""What was told, for feed readers: of each watchlist, and of all; and as a table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import atom, wording
from monitor.atom import Feed
from monitor.model import Alert, Reason
from monitor.storage import Storage
from monitor.storage.database import ALL
from monitor.web.house import House
from monitor.web.pages import SEALED
from monitor.web.tables import Asked, Table

ENTRIES = 50
_HEADERS = SEALED | {"Cache-Control": "private, no-cache"}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert, frozen as it was when it was decided."""

    id: Annotated[str, Field(description="Its name, which never changes.")]
    at: Annotated[datetime, Field(description="When it was decided.")]
    watchlist: Annotated[str, Field(description="The watchlist that told it.")]
    score: Annotated[int, Field(description="What the watchlist gave it, of 100.")]
    threshold: Annotated[int, Field(description="The score that an alert takes.")]
    parts: Annotated[tuple[str, ...], Field(description="What the score is made of, the weightiest first.")]
    reason: Annotated[Reason, Field(description="Why it was told.")]
    stage: Annotated[str, Field(description="How far the matter has come; empty where nothing says.")]
    title: Annotated[str, Field(description="The headline, as the outlet has it.")]
    link: Annotated[str, Field(description="Where the outlet has it.")]
    outlet: Annotated[str, Field(description="Who published it.")]
    source: Annotated[str, Field(description="The source by its id.")]
    tier: Annotated[int, Field(description="1 primary source, 2 wire, 3 trade press, 4 general press.")]
    lang: Annotated[str, Field(description="The language of the headline (ISO 639-1).")]
    published: Annotated[datetime, Field(description="When it was published.")]
    story: Annotated[str, Field(description="The story that it belongs to.")]
    item: Annotated[int, Field(description="The number of the item.")]
    facts: Annotated[str, Field(description="Who, how much and where, in words.")]
    news: Annotated[str, Field(description="What is new against what was told before.")]
    words: Annotated[tuple[str, ...], Field(description="The words that made it fire.")]
    why: Annotated[str, Field(description="The score with its weightiest parts.")]


class Feeds:
    """The feeds. Its routes have to come before those of the watchlists, whose names they end."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/today.atom", self.all), Route("/watchlists/{name}.atom", self.one)]

    def tables(self) -> tuple[Table, ...]:
        filters = {"watchlist": "Those of one watchlist, by its name."}
        return (
            Table("alerts", "What was decided to be told, newest first.", AlertRow, _alerts, filters, _rows),
        )

    def all(self, request: Request) -> Response:
        return self._answer(request, Feed("today", "Signal Monitor", self._url, "today"), "")

    def one(self, request: Request) -> Response:
        """The newest alerts of one watchlist. Raises 404 where there is none of that name."""
        name = request.path_params["name"]
        found = self._house.in_force.rulebook.watchlist(name)
        if found is None:
            raise HTTPException(404)
        about = Feed(f"watchlist {name}", f"{found.title} · Signal Monitor", self._url, f"watchlists/{name}")
        return self._answer(request, about, name)

    @property
    def _url(self) -> str:
        return self._house.settings.web.links

    def _answer(self, request: Request, about: Feed, watchlist: str) -> Response:
        """The feed, or that it is as the reader has it (RFC 9110, section 13.1.2)."""
        with self._house.reading() as storage:
            body = atom.feed(about, list(storage.alerts.latest(ENTRIES, watchlist)))
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = _HEADERS | {"ETag": tag}
        if _has(request.headers.get("if-none-match", ""), tag):
            return Response(None, 304, headers)
        return Response(body, media_type="application/atom+xml", headers=headers)


def _alerts(storage: Storage, asked: Asked) -> Iterator[Alert]:
    return storage.alerts.latest(ALL, asked.get("watchlist", ""))


def _rows(_: Storage, found: Sequence[Alert]) -> list[AlertRow]:
    return [_alert(one) for one in found]


def _alert(alert: Alert) -> AlertRow:
    return AlertRow(
        id=alert.id,
        at=alert.created,
        watchlist=alert.watchlist,
        score=alert.score,
        threshold=alert.threshold,
        parts=tuple(f"{name} {points:+d}" for name, points in alert.parts),
        reason=alert.reason,
        stage=alert.stage,
        title=alert.title,
        link=alert.link,
        outlet=alert.source_name,
        source=alert.source,
        tier=alert.tier,
        lang=alert.lang,
        published=alert.published,
        story=alert.story,
        item=alert.item,
        facts=wording.facts(alert),
        news=wording.news(alert),
        words=alert.hits,
        why=wording.why(alert),
    )


def _has(sent: str, tag: str) -> bool:
    """Does the reader have what this names? A proxy that packs it makes the name a weak one."""
    known = (one.strip().removeprefix("W/") for one in sent.split(","))
    return sent.strip() == "*" or tag in known
