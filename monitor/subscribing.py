"""`[[subscribers]]`: who gets the digest, as it is written in the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from monitor.section import Section, known_zone
from monitor.subscriber import DAYS, EVERY_DAY, Subscriber

ENGLISH = "en"
_NUMBERS = {written: number for number, day in enumerate(DAYS) for written in (day, day[:3])}


def _weekday(text: object) -> object:
    number = _NUMBERS.get(text.strip().lower()) if isinstance(text, str) else None
    if number is None:
        raise ValueError(f"'{text}' is not a weekday: write mon, tue, wed, thu, fri, sat or sun")
    return number


def _address(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError(f"{text!r} is not one address: write one like desk@example.com")
    return text


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError(f"{text!r} is not an hour of the day: write one like 07:30")
    return text


_Weekday = Annotated[int, BeforeValidator(_weekday)]


def _ordered(days: tuple[int, ...]) -> tuple[int, ...]:
    if not days:
        raise ValueError("name one weekday at least, or leave the key out for every day")
    return tuple(sorted(set(days)))


def _spoken(language: str) -> str:
    if language == ENGLISH:
        return language
    from monitor.labels import languages  # what a language takes is loaded where one is asked for

    known = ", ".join(languages())
    if language not in languages():
        raise ValueError(f"'{language}' is not a language of the digest: write one of {known}")
    return language


class SubscriberSettings(Section):
    """One `[[subscribers]]`. `digest_at` is local time in `zone`.

    Without `weekdays` a daily edition comes every day and a weekly one on Mondays. A story below the
    `threshold` is left out; `quiet_days` says whether a day without news is worth a mail.
    """

    name: Annotated[str, StringConstraints(min_length=1, pattern=r"^[\w.@ -]*\w[\w.@ -]*$")]
    email: Annotated[str, AfterValidator(_address)] = ""
    digest_at: Annotated[str, AfterValidator(_clock)] = "07:30"
    zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    watchlists: tuple[str, ...] = ("*",)
    weekdays: Annotated[tuple[_Weekday, ...], AfterValidator(_ordered)] | None = None
    edition: Literal["daily", "weekly"] = "daily"
    threshold: Annotated[int, Field(ge=0, le=100)] = 0
    language: Annotated[str, AfterValidator(_spoken)] = ENGLISH
    quiet_days: Literal["mail", "none"] = "mail"

    @field_validator("edition")
    @classmethod
    def _once_a_week(cls, edition: str, info: ValidationInfo) -> str:
        days = info.data.get("weekdays") or ()
        if edition == "weekly" and len(days) > 1:
            named = ", ".join(DAYS[day][:3] for day in days)
            raise ValueError(f"a weekly edition comes on one day: name one of {named} in weekdays")
        return edition

    def subscriber(self) -> Subscriber:
        """The value that everything else knows."""
        return Subscriber(
            name=self.name,
            email=self.email,
            digest_at=self.digest_at,
            zone=self.zone,
            watchlists=self.watchlists,
            weekdays=self.weekdays or ((0,) if self.edition == "weekly" else EVERY_DAY),
            edition=self.edition,
            threshold=self.threshold,
            language=self.language,
            on_quiet_days=self.quiet_days == "mail",
        )


def namesakes(written: Iterable[SubscriberSettings]) -> Iterator[Mapping[str, Any]]:
    """Each subscriber whose name another before it has, as pydantic would tell of it.

    A digest is one per name and date: of two of one name, the second would get none. Names that differ in
    case and punctuation alone would share a file.
    """
    first: dict[str, str] = {}
    for number, one in enumerate(written):
        slug = one.subscriber().slug
        if slug in first:
            other = f"'{first[slug]}'" if first[slug] != one.name else "so"
            message = f"another subscriber is called {other}: give each a name of its own"
            yield {"loc": ("subscribers", number, "name"), "type": "value_error", "msg": message}
        first.setdefault(slug, one.name)
