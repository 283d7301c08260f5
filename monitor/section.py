"""What every section of the settings, and every file, shares: strictness, durations and zones."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WRITTEN = r"^(\d{1,5})\s*([smhd])$"


class Section(BaseModel):
    """A section of `monitor.toml`: no unknown key, values from the environment are converted."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def duration(text: object) -> object:
    """`90s`, `30m`, `6h`, `7d` -> timedelta; anything else is an error that shows how."""
    if isinstance(text, timedelta):
        return text
    found = re.fullmatch(_WRITTEN, text) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"'{text}' is not a duration: write 90s, 30m, 6h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Duration = Annotated[
    timedelta,
    BeforeValidator(duration, json_schema_input_type=Annotated[str, StringConstraints(pattern=_WRITTEN)]),
]


def known_zone(text: str) -> str:
    """An IANA time zone that this machine knows. Raises ValueError."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{text}' is not a time zone: write one like America/New_York") from None
    return text


class ReadingSettings(Section):
    """`[reading]`. `deadline`: seconds for one page; `per_hour`: pages of one source."""

    enabled: bool = True
    deadline: Annotated[float, Field(gt=0, le=120)] = 10.0
    workers: Annotated[int, Field(ge=1, le=32)] = 2
    per_hour: Annotated[int, Field(ge=1, le=10_000)] = 60
