"""Hours as people write them, in the settings and in a watchlist's file -> Hours."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, StringConstraints, model_validator
from pydantic import Field as Key

from monitor.holding import WEEKDAYS, Hours, Window, possible
from monitor.section import known_zone

_TIME = r"([01]?\d|2[0-3]):([0-5]\d)"
_WINDOW = rf"{_TIME}\s*-\s*({_TIME}|24:00)"
# Hours that leave no moment open in a month of winter and one of summer leave none ever.
_PROBES = (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 7, 6, tzinfo=UTC))


def window(text: str) -> Window:
    """`22:00-07:00` -> Window. Raises ValueError, which shows how to write one."""
    if not re.fullmatch(_WINDOW, text.strip()):
        raise ValueError(f"'{text[:40]}' is not a stretch of the day: write 22:00-07:00, in quotes")
    start, _, end = text.partition("-")
    made = Window(_time(start), _time(end))
    if made.start == made.end:
        raise ValueError(f"'{text}' ends where it begins: write 22:00-07:00")
    return made


def _time(text: str) -> time:
    hour, _, minute = text.strip().partition(":")
    return time(int(hour) % 24, int(minute))


def _checked(text: str) -> str:
    window(text)
    return text


def _zone(text: str) -> str:
    return known_zone(text) if text else text


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Exchange = Literal["", "NYSE", "ASX", "SSE", "HKEX", "TSE", "LSE"]
_Window = Annotated[str, StringConstraints(max_length=40), AfterValidator(_checked)]


class WrittenHours(BaseModel):
    """The keys of hours. Without any, nothing is ever held."""

    zone: Annotated[
        str,
        AfterValidator(_zone),
        Key(
            description="The zone of `quiet` and `weekdays`: America/New_York; that of the settings if empty."
        ),
    ] = ""
    quiet: list[_Window] = []
    weekdays: list[Weekday] = []
    market: Exchange = ""
    primary: bool = True

    @model_validator(mode="after")
    def _leave_a_moment(self) -> WrittenHours:
        """Of rules that never agree each is sound by itself."""
        if len(self.quiet) > 1 or (self.quiet and self.market) or (self.weekdays and self.market):
            hours = self.hours()
            if not all(possible(hours, probe) for probe in _PROBES):
                raise ValueError("these hours leave no moment at which an alert may go: shorten quiet")
        return self

    def hours(self) -> Hours:
        return Hours(
            self.zone,
            tuple(window(text) for text in self.quiet),
            frozenset(WEEKDAYS.index(day) for day in self.weekdays),
            self.market,
            self.primary,
        )
