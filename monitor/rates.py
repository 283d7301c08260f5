"""What a unit of a currency was worth in US dollars, month by month.

The table that ships says where it is from. A table of the same form laid over it adds currencies
and months, or corrects them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files

from monitor.errors import Invalid, Problem
from monitor.fact import Sum

SHIPPED = "rates.csv"
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rates:
    """Averages by currency and month, the months of each in order; `source` is what the table says."""

    months: Mapping[str, tuple[tuple[date, Decimal], ...]]
    source: str = ""

    def at(self, currency: str, day: date | None) -> tuple[Decimal, date] | None:
        """The rate of the day's month, else the last one before it, else the first there is.

        Without a day the last. None for a currency that the table lacks.
        """
        known = self.months.get(currency)
        if not known:
            return None
        before = [one for one in known if day is None or one[0] <= day]
        month, rate = (before or known[:1])[-1]
        return rate, month

    def converted(self, sum_: Sum, day: date | None) -> Sum:
        """The same with its equivalent in US dollars; as it was where no rate is known."""
        if sum_.currency == "USD":
            return _with_usd(sum_, sum_.value, None, None)
        known = self.at(sum_.currency, day)
        if known is None:
            return sum_
        rate, month = known
        return _with_usd(sum_, (sum_.value * rate).quantize(_CENT), rate, month)

    def over(self, other: Rates) -> Rates:
        """These where they say something, else those of the other table."""
        merged = {
            currency: tuple(sorted({**dict(other.months.get(currency, ())), **dict(own)}.items()))
            for currency in {**other.months, **self.months}
            for own in (self.months.get(currency, ()),)
        }
        return replace(self, months=merged, source=self.source or other.source)


def _with_usd(sum_: Sum, usd: Decimal, rate: Decimal | None, rated: date | None) -> Sum:
    """The sum with its equivalent."""
    return sum_._replace(usd=usd, rate=rate, rated=rated)


def table(text: str, file: str = SHIPPED) -> Rates:
    """Read a table: lines with # say the source, the first other line is `month,EUR,AUD,…`, then one
    line a month such as `2025-11,1.1563,0.6510`; a field may be empty. Raises Invalid."""
    lines = text.splitlines()
    numbered = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    source = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
    months: dict[str, dict[date, Decimal]] = {}
    rows = list(csv.reader(line for _, line in numbered))
    heads = rows[0] if rows else []
    for (number, _), row in zip(numbered[1:], rows[1:], strict=True):
        try:
            month = date.fromisoformat(f"{row[0].strip()}-01")
            for currency, written in zip(heads[1:], row[1:], strict=True):
                if written.strip():
                    months.setdefault(currency.strip(), {})[month] = _positive(written)
        except (ValueError, InvalidOperation, IndexError):
            problem = Problem(file, number, "is no line of rates", "write 2025-11,1.1563,… under month,EUR,…")
            raise Invalid((problem,)) from None
    return Rates({code: tuple(sorted(known.items())) for code, known in months.items()}, source)


def _positive(written: str) -> Decimal:
    rate = Decimal(written.strip())
    if not (rate.is_finite() and rate > 0):
        raise ValueError(written)
    return rate


@cache
def shipped() -> Rates:
    """The table that comes with the product."""
    return table(files("monitor").joinpath(SHIPPED).read_text("utf-8"))
