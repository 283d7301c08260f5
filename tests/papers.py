"""What a source of each kind says when it has these stories: documents made from its own entry.

An entry of the catalogue holds selectors, paths or patterns. The documents here are built from
them, so that an entry that contradicts itself, or its kind, cannot be read and is found out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from monitor.model import Source
from monitor.sources.congress import CongressFile
from monitor.sources.edgar import EdgarFile
from monitor.sources.federal_register import FederalRegisterFile
from monitor.sources.json_list import EntryFile, JsonFile
from monitor.sources.listing import ListingFile
from monitor.sources.seriesfile import SeriesFile, SeriesPart
from monitor.sources.usaspending import UsaspendingFile

# What makes a story the one that is to be told, of numbers too.
NEWS = "wins a loan"


@dataclass(frozen=True)
class Story:
    """One thing to report. One that `moved` has another identifier and link than before."""

    source: str
    number: int
    title: str
    when: datetime
    moved: bool = False

    @property
    def slug(self) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
        return f"{words}-{self.number}" + ("-moved" if self.moved else "")


@dataclass(frozen=True)
class Paper:
    """A document; `further` are those that it leads to, by address."""

    body: bytes
    type: str = "text/html; charset=utf-8"
    further: Mapping[str, bytes] = field(default_factory=dict)


def paper(source: Source, stories: Sequence[Story]) -> Paper:
    """What the source says, the newest story first."""
    return _KINDS[source.kind](source, sorted(stories, key=lambda story: story.when, reverse=True))


def as_json(value: object, further: Mapping[str, bytes] | None = None) -> Paper:
    return Paper(json.dumps(value, ensure_ascii=False).encode(), "application/json", further or {})


# ------------------------------------------------------------------ feeds


def _feed(source: Source, stories: Sequence[Story]) -> Paper:
    return _atom(source, stories) if ".atom" in source.url or "=atom" in source.url else _rss(source, stories)


def _rss(source: Source, stories: Sequence[Story]) -> Paper:
    items = "".join(
        f"<item><title>{escape(s.title)}</title><link>{urljoin(source.url, f'/story/{s.slug}')}</link>"
        f"<guid isPermaLink='false'>{s.slug}</guid><pubDate>{format_datetime(s.when)}</pubDate>"
        "<description>A short report.</description></item>"
        for s in stories
    )
    head = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>News</title>"
    return Paper(f"{head}{items}</channel></rss>".encode(), "application/rss+xml")


def _atom(source: Source, stories: Sequence[Story]) -> Paper:
    entries = "".join(
        f"<entry><id>urn:x:{s.slug}</id><title>{escape(s.title)}</title>"
        f"<link href='{urljoin(source.url, f'/story/{s.slug}')}'/><updated>{s.when.isoformat()}</updated>"
        "<summary>A short report.</summary></entry>"
        for s in stories
    )
    head = "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom'><title>N</title>"
    return Paper(f"{head}{entries}</feed>".encode(), "application/atom+xml")


# ------------------------------------------------------------------ pages

# Links that an entry's `only` asks for; those of the other pages name their day.
_LINKS = {
    "exim-news": "/news/{slug}",
    "dfc-press-releases": "/media/press-releases/{slug}",
    "dfc-newsroom": "/media/press-releases/{slug}",
    "dfc-transactions": "/files/{slug}.xlsx",
    "mofcom-export-control-home": "/article/gndt/{month}/{number}.html",
    "mofcom-security-control": "/art/{year}/art_{slug}.html",
    "boi-thailand-osos": "/EN/news/{number}/{slug}/",
}


def _listing(source: Source, stories: Sequence[Story]) -> Paper:
    options = source.options_as(ListingFile)
    if options.watch:
        said = "".join(f"<p>{escape(story.title)}</p>" for story in stories)
        body = f"<{options.watch}><h1>{escape(source.name)}</h1>{said}</{options.watch}>"
    else:
        body = _around(options.row).format("".join(_row(source, options, story) for story in stories))
    return Paper(f"<!doctype html><html><head><title>News</title></head><body>{body}</body></html>".encode())


def _around(row: str) -> str:
    if row.startswith("table"):
        return "<table>{}</table>"
    return "<main><div>{}</div></main>" if row else "<main><ul>{}</ul></main>"


def _row(source: Source, options: ListingFile, story: Story) -> str:
    there = story.when.astimezone(ZoneInfo(source.zone))
    form = _LINKS.get(source.id, "/news/{year}/{day}/{slug}.html")
    link = form.format(
        slug=story.slug, number=story.number, year=there.year, month=f"{there:%Y%m}", day=f"{there:%m/%d}"
    )
    anchor = f"<a href='{link}'>{escape(story.title)}</a>"
    said = f"{there:%Y-%m-%d}" if source.lang in ("zh", "ja", "ko") else f"{there.day} {there:%B %Y}"
    marked = f"<span class='{options.date.removeprefix('.')}'>{said}</span>" if options.date else said
    if options.row.startswith("table"):
        return f"<tr><td>LYC</td><td>{marked}</td><td>{anchor}</td></tr>"
    if options.row.startswith("a["):
        return f"<p>{anchor} {marked}</p>"
    if options.row:
        return f"<div class='{options.row.removeprefix('.')}'>{marked} <h3>{anchor}</h3></div>"
    return f"<li><span>{marked}</span> {anchor}</li>"


# ------------------------------------------------------------------ JSON by paths


def _json(source: Source, stories: Sequence[Story]) -> Paper:
    options = source.options_as(JsonFile)
    assert options.entry is not None
    path = options.items.partition("||")[0].strip()
    rows = [_json_row(source, options, options.entry, story) for story in stories]
    return as_json(rows if path == "@" else _nested(path.split("."), rows))


def _nested(names: Sequence[str], rows: list[Any], *, each: bool = False) -> dict[str, Any]:
    """Rows where a path looks for them: data.groups[].row."""
    name, *rest = names
    many = name.endswith("[]")
    if not rest:
        value: Any = rows[0] if each and not many else rows
    elif many:
        value = [_nested(rest, [row], each=True) for row in rows]
    else:
        value = _nested(rest, rows, each=each)
    return {name.removesuffix("[]"): value}


def _json_row(source: Source, options: JsonFile, entry: EntryFile, story: Story) -> dict[str, Any]:
    there = story.when.astimezone(ZoneInfo(source.zone))
    said = f"{there:%d/%m/%Y %H:%M}" if entry.date_order == "dmy" else there.isoformat()
    row: dict[str, Any] = {}
    for path, values in options.only.items():
        _put(row, path, values[0])
    link = story.slug if "{" in entry.link else f"/story/{story.slug}"
    for words, value in (
        (entry.id, story.slug),
        (entry.title, story.title),
        (entry.link, link),
        (entry.date, said),
    ):
        *others, last = re.findall(r"\{([^{}]+)\}", words) or [words]
        for other in others:
            _put(row, other, "Issuer")
        _put(row, last, value)
    return row


def _put(row: dict[str, Any], path: str, value: object) -> None:
    """A value where a path looks for it, unless there is one."""
    path = re.sub(r"^not_null\((\w+).*", r"\1", path)
    *above, last = path.split(".")
    for name in above:
        bare = re.sub(r"\[\d*\]$", "", name)
        inner = row.setdefault(bare, {} if bare == name else [{}])
        row = inner[0] if isinstance(inner, list) else inner
    if last:
        row.setdefault(last, value)


# ------------------------------------------------------------------ agencies


def _register(source: Source, stories: Sequence[Story]) -> Paper:
    options = source.options_as(FederalRegisterFile)
    agencies = [{"name": slug, "slug": slug} for slug in options.agencies]
    results = [
        {
            "title": s.title,
            "type": "Notice",
            "document_number": s.slug,
            "html_url": f"https://www.federalregister.gov/d/{s.slug}",
            "filed_at" if options.inspection else "publication_date": s.when.isoformat(),
            "agencies": agencies,
        }
        for s in stories
    ]
    return as_json({"count": len(results), "results": results})


def _edgar(source: Source, stories: Sequence[Story]) -> Paper:
    kind = source.options_as(EdgarFile).feed
    return {"current": _current, "submissions": _submissions, "search": _found}[kind](source, stories)


def _accession(story: Story) -> str:
    return f"0001234567-26-{story.number + 1000 * story.moved:06}"


def _current(source: Source, stories: Sequence[Story]) -> Paper:
    entries = "".join(
        f"<entry><title>8-K - {escape(s.title)} (0001234567) (Filer)</title>"
        f"<updated>{s.when.isoformat()}</updated>"
        f"<link href='https://www.sec.gov/Archives/{_accession(s)}-index.htm'/>"
        f"<id>urn:tag:sec.gov,2008:accession-number={_accession(s)}</id></entry>"
        for s in stories
    )
    head = "<?xml version='1.0' encoding='ISO-8859-1'?><feed xmlns='http://www.w3.org/2005/Atom'><title>N</title>"
    return Paper(f"{head}{entries}</feed>".encode("latin-1", "xmlcharrefreplace"), "application/atom+xml")


def _submissions(source: Source, stories: Sequence[Story]) -> Paper:
    number = re.findall(r"\d+", source.url)[-1]
    recent = {
        "accessionNumber": [_accession(s) for s in stories],
        "filingDate": [f"{s.when:%Y-%m-%d}" for s in stories],
        "acceptanceDateTime": [f"{s.when:%Y-%m-%dT%H:%M:%S.000Z}" for s in stories],
        "form": ["8-K" for _ in stories],
        "primaryDocument": ["form8k.htm" for _ in stories],
        "primaryDocDescription": [s.title for s in stories],
    }
    return as_json({"cik": number, "name": source.name, "tickers": [], "filings": {"recent": recent}})


def _found(source: Source, stories: Sequence[Story]) -> Paper:
    hits = [
        {
            "_id": f"{_accession(s)}:form8k.htm",
            "_source": {
                "adsh": _accession(s),
                "ciks": ["0001234567"],
                "display_names": [s.title],
                "form": "8-K",
                "file_date": f"{s.when:%Y-%m-%d}",
            },
        }
        for s in stories
    ]
    return as_json({"hits": {"hits": hits}})


def _gdelt(source: Source, stories: Sequence[Story]) -> Paper:
    articles = [
        {
            "url": f"https://paper.example.com/{s.slug}",
            "title": s.title,
            "seendate": f"{s.when:%Y%m%dT%H%M%SZ}",
            "domain": "paper.example.com",
        }
        for s in stories
    ]
    return as_json({"articles": articles})


def _awards(source: Source, stories: Sequence[Story]) -> Paper:
    amount = "Loan Value" if source.options_as(UsaspendingFile).awards == "loans" else "Award Amount"
    results = [
        {
            "generated_internal_id": s.slug.upper(),
            "Recipient Name": s.title,
            "Awarding Agency": "Department of War",
            "Last Modified Date": f"{s.when:%Y-%m-%d %H:%M:%S}",
            amount: 58_500_000,
        }
        for s in stories
    ]
    return as_json({"results": results})


def _regulations(source: Source, stories: Sequence[Story]) -> Paper:
    data = [
        {"id": s.slug.upper(), "attributes": {"title": s.title, "postedDate": f"{s.when:%Y-%m-%dT%H:%M:%SZ}"}}
        for s in stories
    ]
    return as_json({"data": data})


def _congress(source: Source, stories: Sequence[Story]) -> Paper:
    if source.options_as(CongressFile).what == "bills":
        bills = [
            {
                "congress": 119,
                "type": "HR",
                "number": str(s.number),
                "title": s.title,
                "latestAction": {"text": "Referred.", "actionDate": f"{s.when:%Y-%m-%d}"},
            }
            for s in stories
        ]
        return as_json({"bills": bills})
    at = f"{source.url}/committee-meeting/119/house"
    listed = [{"url": f"{at}/{s.number}", "updateDate": s.when.isoformat()} for s in stories]
    further = {f"{at}/{s.number}": json.dumps({"committeeMeeting": _meeting(s)}).encode() for s in stories}
    return as_json({"committeeMeetings": listed}, further)


def _meeting(story: Story) -> dict[str, object]:
    named = {"congress": 119, "chamber": "House", "eventId": str(story.number)}
    return named | {"title": story.title, "updateDate": story.when.isoformat()}


# ------------------------------------------------------------------ numbers

_MONTH = timedelta(days=31)
USUAL, MOVED = 261.3, 361.3


def _series(source: Source, stories: Sequence[Story]) -> Paper:
    """A number for each of the last months, or days; the newest story makes it leap."""
    options = source.options_as(SeriesFile)
    told = any(NEWS in story.title for story in stories)
    newest = max(story.when for story in stories)
    if options.format == "page":
        return _index(source, options, newest, told=told)
    days = [newest - n * _MONTH for n in range(0 if told else 1, 4)]
    rows: list[dict[str, object]] = [
        {name: value for part in options.series for name, value in _cells(part, day).items()}
        | {part.value: MOVED if told and not n else USUAL for part in options.series}
        for n, day in enumerate(days)
    ]
    if options.rows:
        return as_json(_nested(options.rows.split("."), list(rows)))
    names = list(rows[0])
    return as_json([names, *([str(row[name]) for name in names] for row in rows)])


def _cells(part: SeriesPart, day: datetime) -> dict[str, object]:
    """The day of a row, and what narrows it down."""
    if len(part.day) > 1:
        when: dict[str, object] = dict(zip(part.day, (day.year, day.month, day.day), strict=False))
    else:
        when = {part.day[0]: f"{day:%Y-%m}"}
    return when | dict(part.where)


def _index(source: Source, options: SeriesFile, newest: datetime, *, told: bool) -> Paper:
    """A page that leads to that of the day or month, which holds the number."""
    there = urljoin(source.url, f"/table/{newest:%Y%m%d%H}.html")
    value = MOVED if told else USUAL
    day = newest if told else newest - timedelta(days=2)
    line = f"<li>{escape(options.follow)} <a href='{there}'>{newest:%b %Y}</a></li>"
    index = f"<html><body><ul>{line}</ul></body></html>".encode()
    heads = "".join(f"<th>{escape(str(part.column))}</th>" for part in options.series)
    cells = "".join(f"<td>{value:,}</td>" for _ in options.series)
    month = newest if told else newest - _MONTH
    table = (
        f"<h1>{escape(options.follow)}, {month:%b %Y}</h1><table><tr><th>Commodity</th>{heads}</tr>"
        f"<tr><td>{escape(options.series[0].row)}</td>{cells}</tr></table>"
    )
    sentence = f"<p>{day:%Y-%m-%d} {escape(options.follow)}为{value}</p>"
    body = table if options.series[0].row else sentence
    return Paper(index, further={there: f"<html><body>{body}</body></html>".encode()})


_KINDS: Mapping[str, Callable[[Source, Sequence[Story]], Paper]] = {
    "feed": _feed,
    "listing": _listing,
    "json": _json,
    "federal-register": _register,
    "edgar": _edgar,
    "gdelt": _gdelt,
    "usaspending": _awards,
    "regulations": _regulations,
    "congress": _congress,
    "series": _series,
}
