"""The demo's invented news, and a local HTTP server that publishes it as feeds, hour by hour.

The server behaves as real ones do: validators, four formats, and faults (a page gone, a login
page, an outage, a frozen feed).
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from monitor.model import Source
from monitor.section import duration

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHOWN = 30
# The week and the morning after it, when the last digest goes out.
SPAN = timedelta(days=7, hours=13)


@dataclass(frozen=True, slots=True)
class DemoItem:
    """An entry as it is published; `at` is when, `date` what the feed says (None: nothing)."""

    source: str
    number: int
    at: datetime
    title: str
    text: str
    guid: str
    link: str
    date: datetime | None
    redate: bool
    edit: tuple[datetime, str, str] | None

    def as_of(self, now: datetime) -> DemoItem:
        """The entry as it stands at `now`: edited, and redated where the feed does that."""
        date = now if self.redate else self.date
        if self.edit and now >= self.edit[0]:
            return replace(self, title=self.edit[1], text=self.edit[2], date=date)
        return replace(self, date=date)


@dataclass(frozen=True, slots=True)
class DemoSource:
    source: Source
    format: str
    fault: str
    items: tuple[DemoItem, ...]


@dataclass(frozen=True, slots=True)
class DemoWeek:
    """The whole week, from its first moment in UTC."""

    begins: datetime
    sources: tuple[DemoSource, ...]


def load() -> DemoWeek:
    """The week that comes with the package."""
    text = files("monitor").joinpath("demo_news.yaml").read_text("utf-8")
    written = YAML(typ="safe", pure=True).load(text)
    begins = datetime(written["week"].year, written["week"].month, written["week"].day, tzinfo=UTC)
    zones = {s["id"]: s["zone"] for s in written["sources"]}
    by_source: dict[str, list[DemoItem]] = {name: [] for name in zones}
    for number, item in enumerate(written["items"]):
        by_source[item["source"]].append(_item(number, item, begins, zones[item["source"]]))
    return DemoWeek(begins, tuple(_source(s, by_source[s["id"]]) for s in written["sources"]))


def _source(written: dict[str, Any], items: list[DemoItem]) -> DemoSource:
    every = duration(written["every"])
    assert isinstance(every, timedelta)
    source = Source(
        id=written["id"],
        name=written["name"],
        kind="feed",
        url="",
        tier=written["tier"],
        lang=written["lang"],
        zone=written["zone"],
        country=written["country"],
        every=every,
        quiet_after=timedelta(days=4),
    )
    newest_first = tuple(sorted(items, key=lambda item: item.at, reverse=True))
    return DemoSource(source, written["format"], written.get("fault", ""), newest_first)


def _item(number: int, written: dict[str, Any], begins: datetime, zone: str) -> DemoItem:
    at = _at(written["at"], number, begins, zone)
    edit = written.get("edit")
    if edit:
        after = duration(edit["after"])
        assert isinstance(after, timedelta)
        edit = (
            at + after,
            edit.get("title", written.get("title", "")),
            edit.get("text", written.get("text", "")),
        )
    link = written.get("link", f"https://{written['source']}.example/{begins.year}/{number}")
    return DemoItem(
        source=written["source"],
        number=number,
        at=at,
        title=written.get("title") or "",
        text=written.get("text") or "",
        guid=written.get("id", f"{written['source']}-{number}"),
        link=link,
        date=_date(written.get("date"), at),
        redate=bool(written.get("redate")),
        edit=edit,
    )


def _at(text: str, number: int, begins: datetime, zone: str) -> datetime:
    if text == "before":
        return begins - timedelta(hours=2 + number % 40)
    day, clock = text.split()
    hour, minute = clock.split(":")
    if day == "after":
        return begins + SPAN + timedelta(hours=int(hour), minutes=int(minute))
    local = datetime(begins.year, begins.month, begins.day, int(hour), int(minute), tzinfo=ZoneInfo(zone))
    return (local + timedelta(days=DAYS.index(day))).astimezone(UTC)


def _date(written: object, at: datetime) -> datetime | None:
    if written is None:
        return at
    if written == "none":
        return None
    return datetime.fromisoformat(str(written)).replace(tzinfo=UTC)


# ------------------------------------------------------------------ documents


def document(source: DemoSource, now: datetime) -> str:
    """The feed as it stands at `now`."""
    shown = [item.as_of(now) for item in source.items if item.at <= now][:SHOWN]
    return {"rss": _rss, "rdf": _rdf, "atom": _atom, "json": _json}[source.format](source.source, shown)


def _rss(source: Source, items: list[DemoItem]) -> str:
    entries = "".join(
        f"<item><title>{escape(i.title)}</title><link>{escape(i.link)}</link>"
        f'<guid isPermaLink="false">{escape(i.guid)}</guid>'
        f"<description>{escape(i.text)}</description>"
        + (f"<pubDate>{format_datetime(i.date)}</pubDate>" if i.date else "")
        + "</item>"
        for i in items
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{escape(source.name)}</title><link>https://{source.id}.example/</link>"
        f"<description>{escape(source.name)}</description>{entries}</channel></rss>"
    )


def _rdf(source: Source, items: list[DemoItem]) -> str:
    entries = "".join(
        f"<item rdf:about={quoteattr(i.guid)}><title>{escape(i.title)}</title>"
        f"<link>{escape(i.link)}</link><description>{escape(i.text)}</description>"
        + (f"<dc:date>{i.date.isoformat()}</dc:date>" if i.date else "")
        + "</item>"
        for i in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="https://{source.id}.example/"><title>{escape(source.name)}</title>'
        f"<link>https://{source.id}.example/</link></channel>{entries}</rdf:RDF>"
    )


def _atom(source: Source, items: list[DemoItem]) -> str:
    entries = "".join(
        f'<entry><title type="text">{escape(i.title)}</title><link href={quoteattr(i.link)}/>'
        f'<id>{escape(i.guid)}</id><summary type="html">{escape(i.text)}</summary>'
        + (f"<updated>{i.date.isoformat()}</updated>" if i.date else "")
        + "</entry>"
        for i in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(source.name)}</title><id>https://{source.id}.example/</id>{entries}</feed>"
    )


def _json(source: Source, items: list[DemoItem]) -> str:
    entries = [
        {"id": i.guid, "url": i.link, "title": i.title, "content_html": i.text}
        | ({"date_published": i.date.isoformat()} if i.date else {})
        for i in items
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": source.name, "items": entries}
    return json.dumps(feed, ensure_ascii=False)


# ------------------------------------------------------------------ the server

LOGIN = "<!doctype html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"


class DemoServer:
    """Serves the week on a free port of 127.0.0.1, as of what `clock` says. A context manager."""

    def __init__(self, week: DemoWeek, clock: Callable[[], datetime]) -> None:
        self._week = week
        self._clock = clock
        self._sources = {source.source.id: source for source in week.sources}
        handler = type("Handler", (_Handler,), {"server_": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> DemoServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def sources(self) -> list[Source]:
        """The sources with their addresses on this server."""
        base = f"http://127.0.0.1:{self._server.server_port}"
        return [replace(s.source, url=f"{base}/{s.source.id}") for s in self._week.sources]

    def answer(self, path: str) -> tuple[int, str]:
        """Status and body for a path, at this moment of the week."""
        source = self._sources.get(path.strip("/"))
        if source is None:
            return 404, ""
        now = self._clock()
        day = (now - self._week.begins) / timedelta(days=1)
        if source.fault == "gone" and day >= 2:
            return 404, ""
        if source.fault == "down" and 1 <= day < 2:
            return 503, ""
        if source.fault == "html" and day >= 3:
            return 200, LOGIN
        if source.fault == "slow":
            time.sleep(0.05)
        return 200, document(source, self._week.begins if source.fault == "frozen" else now)


class _Handler(BaseHTTPRequestHandler):
    server_: DemoServer

    def do_GET(self) -> None:
        status, body = self.server_.answer(self.path)
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, body = 304, ""
        data = body.encode()
        self.send_response(status)
        if status == 200:
            self.send_header("ETag", tag)
            self.send_header("Content-Type", _type(body))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nobody reads the server's log."""


def _type(body: str) -> str:
    if body.startswith("{"):
        return "application/feed+json; charset=utf-8"
    return "text/html; charset=utf-8" if body.startswith("<!doctype") else "application/xml; charset=utf-8"
