"""An alert in words, and what it is made of: shared by every channel, the digest and the desk."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from monitor import countries
from monitor.fact import Kind
from monitor.model import Alert, Reason

# What moves from one rung to another; a confirmation or a contradiction is about the rung it is on.
_STEPS = (Reason.MOVED, Reason.REVERSED)
# How news begins of which only the source is new.
PRIMARY = "a primary source says"
_PARTIES = ("agency", "company", "project")
_DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])", re.ASCII)
# Stages that are more than their words.
_SPELT = {"mou": "MoU"}
TIERS = {1: "primary source", 2: "wire", 3: "trade press", 4: "press"}


def reason(alert: Alert) -> str:
    """What kind of news this is and on which rung: "First report · approval", "Stage moved: letter of
    interest → approval"."""
    said = alert.reason.value.capitalize()
    if alert.was and alert.was != alert.stage and alert.reason in _STEPS:
        return f"{said}: {stage_name(alert.was)} → {stage_name(alert.stage or 'unknown')}"
    return f"{said} · {stage_name(alert.stage)}" if alert.stage else said


def title(text: str, outlet: str) -> str:
    """A title to read and to open: one of hardly a letter says who published it, "> (Reuters)"."""
    if not text:
        return "(without a title)"
    return text if sum(map(str.isalnum, text)) > 1 else f"{text} ({outlet})"


def stage_name(stage: str) -> str:
    """A stage as people write it: "letter of interest", "MoU"."""
    return _SPELT.get(stage, stage.replace("-", " "))


def titles(alert: Alert) -> str:
    """The watchlists that tell it: "US public money, Magnet plants"."""
    return ", ".join((alert.watchlist_title, *(title for _, title in alert.also)))


def facts(alert: Alert) -> str:
    """Who, how much, where: "EXIM · Barrick (NYSE:B) · $1.25bn loan · Pakistan, United States"; without
    facts the names that made it fire."""
    return stated(alert.facts) or ", ".join(alert.who)


def stated(labels: Iterable[tuple[str, str]]) -> str:
    """Facts in words, from the kind and the words of each: "Barrick (NYSE:B) · $1.25bn loan"."""
    return " · ".join(_said(kind, words) for kind, words in labels)


def _said(kind: str, words: str) -> str:
    return nations(words) if kind == Kind.COUNTRY.value else dated(words)


def nations(codes: str) -> str:
    """Countries by their names: "PK, US" is "Pakistan, United States"."""
    return ", ".join(map(countries.name, codes.split(", "))) if codes else ""


def news(alert: Alert) -> str:
    """What is new against what was told before; empty for a first report."""
    return "; ".join(map(dated, alert.news))


def new(alert: Alert) -> str:
    """What is new against what was told, but for what the reason and the origin say: the step, and that it
    is a primary source that says so."""
    known = PRIMARY if alert.tier == 1 or alert.reason is Reason.CONFIRMED else None
    told = "; ".join(
        dated(words)
        for words in (_less_step(alert, one) for one in alert.news)
        if words and not (known and known in words)
    ).strip()
    return told[:1].upper() + told[1:]


def _less_step(alert: Alert, words: str) -> str:
    """News without the step that the reason names; what is left of it is the row of the ledger that moved,
    which is said where no party is that has its name."""
    step = f"{stage_name(alert.was)} → {stage_name(alert.stage)}"
    if not alert.was or not words.endswith(step):
        return words
    row = words.removesuffix(step).removesuffix(": ")
    parties = (name for kind, told in alert.facts if kind in _PARTIES for name in told.split(", "))
    return "" if any(name and name in row for name in parties) else row


def why(alert: Alert) -> str:
    """The score with its weightiest parts: "82 of 100: US lender named +30, ..."."""
    parts = ", ".join(f"{name} {points:+d}" for name, points in alert.parts[:5])
    return f"score {alert.score} of 100 (alert from {alert.threshold}): {parts}"


def origin(alert: Alert, zone: str = "UTC") -> str:
    """Who published it and when: "EXIM newsroom, primary source, 24 Nov 2026 14:05 UTC"."""
    return f"{alert.source_name}, {TIERS.get(alert.tier, 'press')}, {at(alert.published, zone)}"


def many(count: int, one: str, more: str = "") -> str:
    """How many of a thing: "1 alert", "2,000 alerts", "2 stories"."""
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def dated(words: str) -> str:
    """The days in it as people write them: 2026-12-01 is 1 Dec 2026."""
    return _DAY.sub(_day, words)


def _day(found: re.Match[str]) -> str:
    try:
        stated = date.fromisoformat(found[0])
    except ValueError:  # no such day: as it was stated
        return found[0]
    return calendar(stated)


def timeless(moment: datetime) -> bool:
    """Midnight UTC stands for a day whose time is not known."""
    return moment.time() == time()


def calendar(day: date) -> str:
    """A day as people write it: 24 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def day(moment: datetime, zone: str = "UTC") -> str:
    """The day of a moment, as it was stated where its time is not known: 24 Nov 2026."""
    local = moment if timeless(moment) else moment.astimezone(ZoneInfo(zone))
    return calendar(local)


def at(moment: datetime, zone: str = "UTC") -> str:
    """A moment for reading: 24 Nov 2026 14:05 and the zone's short name."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y %H:%M %Z}"


def when(moment: datetime, zone: str = "UTC") -> str:
    """The same; the day alone where the hour is not known."""
    return day(moment, zone) if timeless(moment) else at(moment, zone)
