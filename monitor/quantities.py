"""Capacities, planned dates and numbers of documents that a text states. Pure; every pattern is bounded.

Written forms of English, Chinese, Japanese, Korean, German, French, Spanish, Italian, Portuguese,
Vietnamese, Malay and Indonesian.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from monitor import figures


@dataclass(frozen=True, slots=True)
class Tonnes:
    """A yearly capacity or output; `end` is where its words end."""

    start: int
    end: int
    tonnes: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """A day, month or year that is planned for: `2026-11-10`, `2026-11` or `2026`."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document by its number."""

    start: int
    end: int
    value: str


# ------------------------------------------------------------------ capacity

_NUMBER = r"(?<![\d.,])(?P<number>\d{1,3}(?:[,. ]\d{3}){1,3}(?!\d)|\d{1,7}(?:[.,]\d{1,2})?)"
_YEARLY = (
    r"(?:/|\s?per\s|\s?a\s|\s?an\s|\s?each\s)\s?(?:year|annum|yr|y\b|a\b)|\s?p\.?a\.?(?![a-z])|\s?pro\sJahr"
    r"|\s?(?:jährlich|yearly|annually)|\s(?:par\san|al\saño|anuales|por\sano|all['’]anno|setahun"
    r"|per\stahun)"
    r"|\s?(?:mỗi\snăm|/năm|một\snăm)|\s?/\s?년|[/每]年"
)
_TON = r"(?:metric\s)?(?:tonnes|tonne|tons|ton|mt|t)|tonnen|tonnellate|toneladas|tonelada|tấn|tan"
_ASIA = r"\s?(?P<scale>万|萬|千|만|천)?\s?(?:吨|噸|トン|톤)"
_OUTPUT = r"(?:年产|年產|年生产|年处理|年處理|年産|产能|產能|年間|연간|연산)"
_CAPACITY = tuple(
    (re.compile(form, re.IGNORECASE), unit)
    for form, unit in (
        (rf"{_NUMBER}[\s-]?(?:ktpa|ktpy|kt/y|kt/a|kt\sper\syear|kt\sa\syear)(?![a-z])", 1000),
        (rf"{_NUMBER}[\s-]?(?P<metric>mtpa|mtpy|tpa|tpy|t/y|t/a)(?![a-z])", 1),
        (rf"{_NUMBER}[\s-]?(?:kt|thousand\s(?:{_TON}))(?:{_YEARLY})", 1000),
        (rf"{_NUMBER}[\s-]?(?:{_TON})(?:\s[\w'’.-]{{1,15}}){{0,6}}?(?:{_YEARLY})", 1),
        (
            (
                rf"{_NUMBER}[\s-]?(?:{_TON})(?:\s[\w.-]{{2,15}}){{0,5}}?"
                r"[\s-](?:capacity|plant|facility|factory|output)(?![a-z])"
            ),
            1,
        ),
        (
            (
                r"(?:capacity|output|production|produce|kapazität|capacité|capacidad"
                r"|capacidade)[^.\d]{0,25}"
                rf"{_NUMBER}[\s-]?(?:{_TON})(?![a-z])"
            ),
            1,
        ),
        (rf"{_OUTPUT}[^。\d]{{0,10}}{_NUMBER}{_ASIA}", 1),
        (rf"{_NUMBER}{_ASIA}(?:/年|/年度|每年|／年|/년)", 1),
    )
)
# MTPA is metric tonnes a year to a factory, millions of tonnes to a mine, which writes small numbers.
_MINE = 100
_TENS = {"万": 10_000, "萬": 10_000, "千": 1000, "만": 10_000, "천": 1000}
_MOST_TONNES = Decimal(1_000_000_000)


def capacities(text: str) -> Iterator[Tonnes]:
    """Every yearly capacity in tonnes, each number once, in order."""
    found: dict[int, Tonnes] = {}
    for form, unit in _CAPACITY:
        for one in form.finditer(text):
            start = one.start("number")
            said = one.groupdict()
            value = _plain(one["number"]) * unit * _TENS.get(said.get("scale") or "", 1)
            if (said.get("metric") or "").lower().startswith("m") and value < _MINE:
                value *= 1_000_000
            if 0 < value < _MOST_TONNES:
                found.setdefault(start, Tonnes(start, one.end(), value))
    yield from (found[start] for start in sorted(found))


def _plain(written: str) -> Decimal:
    """10,000 and 10.000 and 10 000 are ten thousand; 1.5 and 1,5 one and a half."""
    if re.fullmatch(r"\d{1,3}(?:[,. ]\d{3})+", written):
        return Decimal(re.sub(r"\D", "", written))
    return Decimal(written.replace(",", "."))


# ------------------------------------------------------------------ planned dates

_AHEAD = (
    r"by(?:\sthe\send\sof)?|from|until|till|in|before|after|starting(?:\sin)?|beginning(?:\sin)?"
    r"|expected(?:\sin|\sby)?"
    r"|through|since|bis|ab|ende|d['’]ici|à\spartir\sde|en|desde|para|entro(?:\sil)?|dal|até|em|từ|vào"
    r"|sebelum"
    r"|pada|mulai|menjelang|tahun|năm"
)
_PART = (
    r"(?:the\s)?(?:(?:early|mid|late|end|spring|summer|autumn|fall|winter|(?:first|second)\shalf(?:\sof)?"
    r"|(?:first|second|third|fourth)\squarter(?:\sof)?|Q[1-4]|H[12]|l['’]automne|anfang|mitte|ende"
    r"|fin|finales\sde|début|cuối|đầu|akhir|awal)[\s-]){0,2}"
)
_YEARS = (
    re.compile(rf"(?<!\w)(?:{_AHEAD})\s{_PART}(?P<y>20[1-4]\d)(?![\d年])", re.IGNORECASE),
    re.compile(
        r"(?<!\w)(?:early|mid|late|end|Q[1-4]|H[12])(?:[\s-](?:of\s)?"
        r"|(?:\s\w{2,6}){0,2}\s)(?P<y>20[1-4]\d)(?!\d)", re.IGNORECASE
    ),
    re.compile(
        r"(?P<y>20[1-4]\d)\s?(?:年|년)\s?(?:底|初|末|中|春|夏|秋|冬|上半年|下半年|第[一二三四]季度|前|起"
        r"|말|초"
        r"|까지|부터|までに|まで|に|투산|投产)"
    ),
)  # fmt: skip


def plans(text: str) -> Iterator[Plan]:
    """Every day and month stated, and every year with a word that makes it a plan, in order."""
    found: list[Plan] = []
    for day in figures.days(text):
        year, month, number = day.date
        value = f"{year:04}-{month:02}" + (f"-{number:02}" if number else "")
        found.append(Plan(day.start, day.end, value))
    for form in _YEARS:
        for one in form.finditer(text):
            if not any(p.start < one.end("y") and one.start("y") < p.end for p in found):
                found.append(Plan(one.start(), one.end(), one["y"]))
    yield from sorted(found, key=lambda plan: (plan.start, -plan.end))


# ------------------------------------------------------------------ documents

_AP = re.compile(r"(?<![A-Za-z\d])AP\s?-?(\d{6})\s?([A-Z]{2})(?![A-Za-z\d])")
_ACCESSION = re.compile(r"(?<!\d)\d{10}-\d{2}-\d{6}(?!\d)")
_REGISTER = re.compile(
    r"(?:FR\sDoc(?:ument)?\.?|Federal\sRegister(?:\sdocument)?|documents/\d{4}/\d\d/\d\d/|document\snumber)"
    r"[\s:,]{0,3}(?:No\.?|number)?\s?(?P<n>(?:[A-Z]\d-|E\d-)?20\d{2}-\d{5}|\d{2}-\d{4,5})(?!\d)",
    re.IGNORECASE,
)


def papers(text: str, *, chinese: bool) -> Iterator[Paper]:
    """Numbers of documents: EXIM's AP numbers, the Federal Register's, the SEC's accession numbers,
    and announcements, as `CN 2025-61` where `chinese` says that they are China's. Each number once."""
    seen: set[str] = set()
    for one in _papers(text, chinese=chinese):
        if one.value not in seen:
            seen.add(one.value)
            yield one


def _papers(text: str, *, chinese: bool) -> Iterator[Paper]:
    for one in _AP.finditer(text):
        yield Paper(one.start(), one.end(), f"AP{one[1]}{one[2]}")
    for one in _ACCESSION.finditer(text):
        yield Paper(one.start(), one.end(), one[0])
    for one in _REGISTER.finditer(text):
        yield Paper(one.start(), one.end(), f"FR {one['n']}")
    if chinese:
        for number in figures.announcements(text):
            year = number.year or _year_near(text, number.start)
            value = f"CN {year}-{number.number}" if year else f"CN {number.number}"
            yield Paper(number.start, number.end, value)


def _year_near(text: str, start: int) -> int:
    """The last year that is written shortly before, 0 where there is none."""
    years = re.findall(r"(?<!\d)(20[0-4]\d)(?!\d)", text[max(0, start - 30) : start])
    return int(years[-1]) if years else 0
