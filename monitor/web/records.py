"""What is kept and told, as tables: alerts, digests and edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from monitor import wording
from monitor.model import Alert, Reason
from monitor.outbox import State
from monitor.storage import Storage
from monitor.storage.archive import Kept
from monitor.storage.edits import Headline
from monitor.web.tables import Asked, Table

# No table holds more.
_ALL = 10_000_000
# Digests that are read at once.
_PIECE = 200


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert, frozen as it was when it was decided."""

    id: Annotated[str, Field(description="Its name, which never changes.")]
    at: Annotated[datetime, Field(description="When it was decided.")]
    watchlist: Annotated[str, Field(description="The watchlist that told it.")]
    score: Annotated[int, Field(description="What the watchlist gave it, of 100.")]
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


@dataclass(frozen=True, slots=True)
class DigestRow:
    """One digest of one subscriber."""

    day: Annotated[date, Field(description="The day it is for.")]
    subscriber: Annotated[str, Field(description="Who gets it.")]
    subject: Annotated[str, Field(description="Its subject; empty until it is written.")]
    state: Annotated[State, Field(description="How far it has come.")]
    since: Annotated[datetime, Field(description="It tells what happened from here on")]
    until: Annotated[datetime, Field(description="up to here.")]
    due: Annotated[datetime | None, Field(description="When it was due, where that was kept.")]
    finished: Annotated[datetime | None, Field(description="When it was sent or last tried.")]
    attempts: Annotated[int, Field(description="How often it was tried.")]
    error: Annotated[str, Field(description="Why it could not be sent.")]


@dataclass(frozen=True, slots=True)
class EditRow:
    """One change of one file."""

    edit: Annotated[int, Field(description="Its number: /edits/NUMBER shows what it changed.")]
    at: Annotated[datetime, Field(description="When it was saved.")]
    file: Annotated[str, Field(description="Which file.")]
    who: Annotated[str, Field(description="Who changed it.")]
    why: Annotated[str, Field(description="Why, as they said.")]
    did: Annotated[str, Field(description="made, changed or deleted.")]


class Records:
    """The tables of what is kept; they have no pages of their own here."""

    def tables(self) -> tuple[Table, ...]:
        watchlist = {"watchlist": "Those of one watchlist, by its name."}
        return (
            Table("alerts", "What was decided to be told, newest first.", AlertRow, _alerts, watchlist),
            Table(
                "digests",
                "The digests that were made, the newest day first.",
                DigestRow,
                _digests,
                {"subscriber": "Those of one subscriber, by name."},
            ),
            Table(
                "edits",
                "The history of the watchlists and the catalogue, newest first.",
                EditRow,
                _edits,
                {"file": "Those of one file, such as exim-dfc.yaml."},
            ),
        )


def _alerts(storage: Storage, asked: Asked) -> Iterator[AlertRow]:
    return map(_alert, storage.alerts.latest(_ALL, asked.get("watchlist", "")))


def _alert(alert: Alert) -> AlertRow:
    return AlertRow(
        id=alert.id,
        at=alert.created,
        watchlist=alert.watchlist,
        score=alert.score,
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


def _digests(storage: Storage, asked: Asked) -> Iterator[DigestRow]:
    after: tuple[str, str] | None = None
    while found := storage.archive.latest(_PIECE, after, of=asked.get("subscriber", "")):
        yield from map(_digest, found)
        after = found[-1].day.isoformat(), found[-1].subscriber


def _digest(kept: Kept) -> DigestRow:
    return DigestRow(
        day=kept.day,
        subscriber=kept.subscriber,
        subject=kept.subject,
        state=kept.state,
        since=kept.since,
        until=kept.until,
        due=kept.hour,
        finished=kept.finished,
        attempts=kept.attempts,
        error=kept.error,
    )


def _edits(storage: Storage, asked: Asked) -> Iterator[EditRow]:
    return map(_edit, storage.edits.headlines(asked.get("file", "")))


def _edit(one: Headline) -> EditRow:
    did = "made" if one.made else "deleted" if one.deleted else "changed"
    return EditRow(one.id, one.at, one.file, one.who, one.why, did)
