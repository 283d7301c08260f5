"""A source of any kind, as its entry in the catalogue has it: asked, read, and polled as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from monitor.catalogue import parse
from monitor.config import KeySettings
from monitor.model import Entry, Reading, Source
from monitor.request import Asking, Document, Request, Span
from monitor.sources import KINDS
from tests.fakes import NOON, Answer
from tests.webs import World

SECRETS = {"regulations_gov": "s3cret-regs", "congress_gov": "s3cret-congress", "mailbox": "s3cret mail/pass"}


def a_kind(entry: str) -> Source:
    """The source that an entry makes: `entry` holds its keys, a line each."""
    lines = "".join(f"    {line}\n" for line in entry.strip().splitlines())
    (source,), problems = parse("sources.yaml", f"sources:\n  - id: one\n{lines}", SECRETS)
    assert not problems
    return source


def problem(entry: str) -> str:
    """What the catalogue says of a bad entry."""
    lines = "".join(f"    {line}\n" for line in entry.strip().splitlines())
    _, problems = parse("sources.yaml", f"sources:\n  - id: one\n{lines}", SECRETS)
    return " ".join(str(p) for p in problems)


def ask(source: Source, now: datetime = NOON, newest: datetime | None = None) -> Request:
    return KINDS[source.kind].ask(source, Asking(now, newest, SECRETS.get(source.key, "")))


def page(source: Source, span: Span, number: int, now: datetime = NOON) -> Request | None:
    turn = KINDS[source.kind].page
    assert turn is not None
    return turn(source, span, number, Asking(now, None, SECRETS.get(source.key, "")))


def asked(request: Request | None) -> dict[str, str]:
    """The parameters of its address."""
    assert request is not None
    return dict(parse_qsl(urlsplit(request.url).query))


def read(source: Source, body: object, headers: Mapping[str, str] | None = None) -> Reading:
    """What its kind makes of a body: bytes as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return KINDS[source.kind].read(Document(raw, headers or {}, source.url), source, NOON)


def only(reading: Reading) -> Entry:
    (entry,) = reading.entries
    return entry


class KindWorld(World):
    """An installation with one source, `one`, of the entry given; `{base}` in it is the local server.

    Whatever is asked of the server, path or query, it answers `answer`; the keys are those of SECRETS.
    """

    def __init__(self, folder: Path, entry: str, *, keys: Mapping[str, str] = SECRETS) -> None:
        self.entry = entry
        self.answer: Answer = (404, {}, b"")
        super().__init__(folder)
        self.settings = self.settings.model_copy(update={"keys": KeySettings.model_validate(keys)})
        self.restart()

    def __enter__(self) -> KindWorld:
        super().__enter__()
        return self

    def list_sources(self, ids: object, path: str = "") -> None:
        lines = "".join(f"    {line}\n" for line in self.entry.strip().splitlines())
        self.write("sources", f"sources:\n  - id: one\n{lines.replace('{base}', self.web.base)}")

    def _answer(self, path: str, headers: dict[str, str]) -> Answer:
        return self.answer

    def answers_json(self, body: object, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = (200, named, json.dumps(body).encode())

    @property
    def titles(self) -> list[str]:
        rows = self.app.storage.db.execute("SELECT title FROM items ORDER BY id")
        return [str(row[0]) for row in rows]

    def everything_stored(self) -> str:
        """All that is in the database, as text."""
        return "\n".join(self.app.storage.db.conn.iterdump())
