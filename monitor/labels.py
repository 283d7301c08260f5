"""The words of the digest, in the reader's language: labels, plurals, days, numbers.

A language is a file in `labels/`: its Babel locale, its texts with {placeholders}, and one text for each of
its plural categories where a count decides (Unicode CLDR). What a file lacks is said in English. What comes
from sources and rules (titles, stages, names) is never translated.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from monitor.wording import timeless

ENGLISH = "en"
_OTHER = "other"
# Babel writes no number of more digits than a Decimal has, and nobody reads one.
_READABLE = 1e15
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

Forms = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Labels:
    """The texts of a language by name, each by plural category; a text without a count has only "other"."""

    language: str
    locale: Locale
    texts: Mapping[str, Forms]

    def __call__(self, name: str, /, **values: object) -> str:
        """A text with its values, numbers as the language writes them. `count` chooses the plural.

        Raises KeyError for a name or a value that is missing: a mistake in a template.
        """
        forms = self.texts[name]
        count = values.get("count")
        chosen = self.locale.plural_form(count) if isinstance(count, int) else _OTHER
        text = forms.get(chosen) or forms[_OTHER]
        return text.format_map({key: self._written(value) for key, value in values.items()})

    def _written(self, value: object) -> str:
        return self.number(value) if isinstance(value, int | float) else str(value)

    def number(self, value: float) -> str:
        """1,250.5; of what is too large to be read, how large it is: 1e+300."""
        return format_decimal(value, locale=self.locale) if abs(value) < _READABLE else f"{value:.3g}"

    def percent(self, share: float | None) -> str:
        """A change with its sign and one decimal: 0.0512 is "+5.1%"; a dash where there is none."""
        if share is None:
            return "–"
        pattern = self.locale.percent_formats[None].pattern
        if abs(share) >= _READABLE:
            return f"{share:+.3g} × 100%"
        if abs(share) < 10:
            pattern = pattern.replace("##0", "##0.0")
        size = format_percent(abs(share), format=pattern, locale=self.locale)
        return size if abs(share) < 0.0005 else f"{'+' if share > 0 else '−'}{size}"

    def share(self, share: float) -> str:
        """A part of a whole, in whole percent: "75%"."""
        return format_percent(share, locale=self.locale)

    def full_day(self, day: date) -> str:
        """Monday, 2 March 2026."""
        return format_date(day, "full", self.locale)

    def weekday(self, day: date) -> str:
        """Mon 2 Mar."""
        return format_skeleton("MMMEd", _noon(day), locale=self.locale)

    def day(self, day: date, beside: date | None = None) -> str:
        """2 Mar; with the year where it is not that of the day that it stands beside."""
        far = beside is not None and day.year != beside.year
        return format_skeleton("yMMMd" if far else "MMMd", _noon(day), locale=self.locale)

    def clock(self, moment: datetime, zone: str) -> str:
        """12:05."""
        return format_skeleton("Hm", moment.astimezone(ZoneInfo(zone)), locale=self.locale, tzinfo=None)

    def moment(self, moment: datetime, zone: str, beside: date) -> str:
        """The hour where it is on the day that it stands beside, else the day and the hour; a day alone
        where the hour is not known."""
        if timeless(moment):
            return self.day(moment.date(), beside)
        local = moment.astimezone(ZoneInfo(zone)).date()
        hour = self.clock(moment, zone)
        return hour if local == beside else f"{self.day(local, beside)} {hour}"

    def full_moment(self, moment: datetime, zone: str) -> str:
        """Mon 2 Mar 12:05."""
        return f"{self.weekday(moment.astimezone(ZoneInfo(zone)).date())} {self.clock(moment, zone)}"

    def duration(self, length: timedelta) -> str:
        """In its largest unit: 40 min, 3 h, 2 days."""
        if length < _HOUR:
            return self("duration.minutes", count=length // timedelta(minutes=1))
        if length < 2 * _DAY:
            return self("duration.hours", count=round(length / _HOUR))
        return self("duration.days", count=round(length / _DAY))


def _noon(day: date) -> datetime:
    """A skeleton is filled from a moment only."""
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 (no zone: only its day is written)


@cache
def labels(language: str) -> Labels:
    """The labels of a language; in English where there is no such file."""
    if language not in languages():
        return labels(ENGLISH)
    locale, texts = _read(language)
    _, english = _read(ENGLISH)
    return Labels(language, locale, {**english, **texts})


def language_name(code: str) -> str:
    """A language (ISO 639-1) by its English name; the code itself where it has none."""
    return str(Locale.parse(ENGLISH).languages.get(code, code))


@cache
def languages() -> tuple[str, ...]:
    """The languages that there are labels in."""
    folder = files("monitor") / "labels"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def _read(language: str) -> tuple[Locale, dict[str, Forms]]:
    written = tomllib.loads((files("monitor") / "labels" / f"{language}.toml").read_text("utf-8"))
    return Locale.parse(written.pop("locale")), dict(_flat(written))


def _flat(written: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Forms]]:
    """Every text by its dotted name."""
    for key, value in written.items():
        if isinstance(value, str):
            yield before + key, {_OTHER: value}
        elif _OTHER in value:
            yield before + key, value
        else:
            yield from _flat(value, f"{before}{key}.")
