"""What stands in an address of ours: numbers, filters, and which page of a long list is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.convertors import Convertor, register_url_convertor

from monitor.errors import MonitorError

MOST = 200
_DIGITS = "[0-9]{1,15}"
_NUMBER = re.compile(_DIGITS)


class _File(Convertor[str]):
    """{name:file} of a route: the name of a file without .yaml."""

    regex = "[a-z0-9][a-z0-9-]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _Number(Convertor[int]):
    """{number:number} of a route."""

    regex = _DIGITS

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("file", _File())
register_url_convertor("number", _Number())


def beginning(text: str, zone: str) -> datetime:
    """The beginning of a day as an address or a form has it, in UTC. Raises MonitorError."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MonitorError("the day is written like 2026-11-24") from None


def number(text: str) -> int:
    """A number as an address has it; 0 where it is none."""
    return int(text) if _NUMBER.fullmatch(text) else 0


@dataclass(frozen=True, slots=True)
class Paging:
    """The page `number` of a list, from 1, of `rows` each, and `most` of them; `asked` are its filters by
    name."""

    asked: Mapping[str, str]
    rows: int
    most: int = MOST

    @property
    def number(self) -> int:
        """The first where nothing that makes sense is asked for, the last where it lies beyond."""
        return max(min(number(self.asked.get("page", "")), self.most), 1)

    @property
    def skip(self) -> int:
        """How many rows come before."""
        return (self.number - 1) * self.rows

    def links(self, found: int) -> dict[str, str]:
        """The addresses of the pages before (`newer`) and after (`older`), empty where there is none; `found`
        are the rows of this one, and one more where there are more."""
        more = found > self.rows and self.number < self.most
        return {
            "newer": self._address(self.number - 1) if self.number > 1 else "",
            "older": self._address(self.number + 1) if more else "",
        }

    def _address(self, number: int) -> str:
        kept = {name: value for name, value in self.asked.items() if value and name != "page"}
        return address(kept | ({"page": str(number)} if number > 1 else {}))


def address(asked: Mapping[str, str]) -> str:
    """The same page with these filters; those that are empty are left out."""
    return "?" + urlencode({name: value for name, value in asked.items() if value})
