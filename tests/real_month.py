"""Real and labelled items as thirty days of history, 1 February to 2 March 2026.

What the captured data dates in these days keeps its day: headlines by Google News in English and Korean,
the wires of February, titles of MOFCOM and of the Federal Register, measures by Global Trade Alert,
passages of Chinese television, and the prices of four metals. Days have no hours there: the items of a
day are spread over its waking hours, in the order of the file.

The labelled items are of 25 years. Their stories are put on these days in the order in which they began:
those with a label at even distances, the others between them, those without any date dealt evenly among
them in the order of the file. Items of a story follow at their real distance in days, shrunk where the
month is too short for all of it, and those of one day at 40 minutes.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from itertools import accumulate
from pathlib import Path

from monitor import labelled
from monitor.labelled import Labelled
from tests.month import DAY, HOUR, Catalogue, Page, Press, Report, by_source, paragraph, rows

BEGINS = datetime(2026, 2, 1, 12, tzinfo=UTC)
DAYS = 30
ENDS = BEGINS + DAYS * DAY
SAME_DAY = timedelta(minutes=40)
NEWS = "domain/rare_earth_news_2026q1_en_ko.json.gz"
PRICES = "domain/komis_minor_metal_prices.json.gz"
MEASURES = "domain/gta_critical_minerals_interventions.json.gz"
MOFCOM = "domain/mofcom_export_control_items.jsonl.gz"
TELEVISION = "headlines/zh_xinwenlianbo_relevant.jsonl.gz"
WIRES = "headlines/en_wire_2026-02.jsonl.gz"
REGISTER = "us/federal_register_relevant.jsonl.gz"
METALS = {
    "네오디뮴 (Nd)": ("nd", "Neodymium"),
    "세륨 (Ce)": ("ce", "Cerium"),
    "망간 (Mn)": ("mn", "Manganese"),
    "창연 (Bi)": ("bi", "Bismuth"),
}
KOMIS = """\
sources:
  - id: komis
    name: KOMIS prices
    kind: series
    url: https://www.komis.or.kr/Komis/RsrcPrice/MinorMetals
    tier: 3
    lang: ko
    zone: Asia/Seoul
    every: 1d
    format: json
    rows: rows
    series:
{series}
    rules: [{{change: 5%, within: 7d}}, {{change: 15%, within: 30d}}]
    tell: [china-countermoves]
"""
# Lines without an address, by what their feed is called.
FEEDS = {
    "prnewswire": "https://www.prnewswire.com",
    "PR Newswire Releases": "https://www.prnewswire.com",
    "US Army News (DVIDS)": "https://www.dvidshub.net",
    "US Navy News (DVIDS)": "https://www.dvidshub.net",
    "US Department of Defense News": "https://www.war.gov",
    "Pentagon Press Releases": "https://www.war.gov",
    "Financial Stability Board": "https://www.fsb.org",
}


def press(shared: Path) -> tuple[Press, Catalogue]:
    """The month's servers, and the sources they are of."""
    catalogue = Catalogue()
    dated = [report for report in _dated(shared / "real", catalogue) if BEGINS <= report.at < ENDS]
    with (shared / "eval" / "dev.jsonl").open(encoding="utf-8") as lines:
        reports = [*dated, *_labelled(list(labelled.read("dev.jsonl", lines)), catalogue)]
    pages = {catalogue.add(_komis()): _prices(shared / "real" / PRICES)}
    return Press(by_source(reports), pages=pages), catalogue


# ------------------------------------------------------------------ what has its day


def _dated(real: Path, catalogue: Catalogue) -> Iterator[Report]:
    """The lines of the month, those of a day spread from 6 to 22 h UTC."""
    lines: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for day, source, title, html, link in _lines(real, catalogue):
        if BEGINS.date().isoformat() <= day <= ENDS.date().isoformat():
            lines[day, source].append((title, html, link))
    for (day, source), found in lines.items():
        dawn = datetime.combine(date.fromisoformat(day), time(6), UTC)
        for number, (title, html, link) in enumerate(dict.fromkeys(found)):
            at = dawn + number * (16 * HOUR / len(found))
            yield Report(at, source, title, html, link, f"{day}/{number}")


def _lines(real: Path, catalogue: Catalogue) -> Iterator[tuple[str, str, str, str, str]]:
    """Day, source, title, text and address of every line."""
    google = catalogue.named("google-news-rare-earths")
    for row in rows(real / NEWS):
        yield row["date"], google, row["title"], "", row["url"]
    for row in rows(real / MOFCOM):
        yield row["date"], catalogue.host(row["url"], "zh"), row["title"], "", row["url"]
    for row in rows(real / REGISTER):
        yield row["d"], catalogue.host(row["u"], "en"), row["t"], paragraph(row["a"] or ""), row["u"]
    for row in rows(real / MEASURES):
        source = catalogue.host(row["link"], "en")
        yield row["dateISO"], source, row["title"], row["description"], row["link"]
    for row in rows(real / TELEVISION):
        title, _, html = row["text"].partition("\n")
        yield row["d"], catalogue.host("https://tv.cctv.com", "zh"), title, html.split("[查看原文]")[0], ""
    for row in rows(real / WIRES):
        link = row["u"] or ""
        source = catalogue.host(link or FEEDS[row["s"]], "en")
        yield row["d"], source, unescape(row["t"]), row["a"] or "", link


def _komis() -> str:
    listed = (
        f"      - {{id: {name}, name: {called}, value: {name}, date: day, unit: USD/kg}}"
        for name, called in METALS.values()
    )
    return KOMIS.format(series="\n".join(listed))


def _prices(path: Path) -> Page:
    """The prices up to today, as a document."""
    days: dict[str, dict[str, object]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for metal in json.load(file)["metals"]:
            name, _ = METALS[metal["name"]]
            for point in metal["history"]:
                price = point["value"] / (1 if metal["today"]["unit"] == "USD/kg" else 1000)
                days[point["date"].replace(".", "-")][name] = price

    def page(now: datetime) -> bytes:
        there = [{"day": day} | days[day] for day in sorted(days) if day < f"{now:%Y-%m-%d}"]
        return json.dumps({"rows": there}).encode()

    return page


# ------------------------------------------------------------------ what is put on a day


def _labelled(items: Sequence[Labelled], catalogue: Catalogue) -> Iterator[Report]:
    for at, item in placed(items):
        source = catalogue.host(item.link, item.lang)
        yield Report(at, source, item.title, paragraph(item.text), item.link, item.id)


def placed(items: Sequence[Labelled]) -> Iterator[tuple[datetime, Labelled]]:
    """Each item with its moment of the month."""
    stories: dict[str, list[Labelled]] = defaultdict(list)
    for item in items:
        stories[item.story or item.id].append(item)
    ordered = _in_order(list(stories.values()))
    weights = [1.0 if any(item.labels for item in story) else 0.1 for story in ordered]
    for story, end, weight in zip(ordered, accumulate(weights), weights, strict=True):
        yield from _told(story, BEGINS + (end - weight / 2) / sum(weights) * DAYS * DAY)


def _in_order(stories: Sequence[list[Labelled]]) -> list[list[Labelled]]:
    """By the day on which each began, those without one dealt evenly among the others."""
    dated = sorted((story for story in stories if _first(story)), key=_known_first)
    undated = [story for story in stories if not _first(story)]
    placed = [
        ((number + 0.5) / len(group), story)
        for group in (dated, undated)
        for number, story in enumerate(group)
    ]
    return [story for _, story in sorted(placed, key=lambda one: one[0])]


def _first(story: Iterable[Labelled]) -> date | None:
    return min((item.day for item in story if item.day), default=None)


def _known_first(story: Iterable[Labelled]) -> date:
    return _first(story) or date.max


def _told(story: Sequence[Labelled], begins: datetime) -> Iterator[tuple[datetime, Labelled]]:
    """The items of a story from its beginning on."""
    first = _known_first(story)
    last = max((item.day or first for item in story), default=first)
    room = ENDS - begins - HOUR
    shrunk = min(1.0, room / (last - first)) if last > first else 1.0
    at = begins
    for item in sorted(story, key=lambda one: (one.day or last, one.id)):
        at = max(
            begins + ((item.day or last) - first) * shrunk, at + SAME_DAY if item is not story[0] else at
        )
        yield min(at, ENDS - timedelta(minutes=1)), item
