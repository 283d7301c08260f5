"""Numbers and days as publishers write them: read whole, or not at all."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.numbers import Order, Style, day, days_in, number

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "style", "expected"),
    [
        ("563,000", "1,234.5", 563_000),
        ("563.000", "1.234,5", 563_000),
        ("563 000", "1 234,5", 563_000),
        ("1.234,5", "1.234,5", 1234.5),
        ("1,234.50", "1,234.5", 1234.5),
        ("261.3", "1,234.5", 261.3),
        ("261,3", "1.234,5", 261.3),
        ("-12", "1,234.5", -12),
        ("−12", "1,234.5", -12),
        ("+0.5", "1,234.5", 0.5),
        ("$1,200", "1,234.5", 1200),
        ("¥ 563,000", "1,234.5", 563_000),
        ("１２３", "1,234.5", 123),
        ("1\u00a0234,5", "1 234,5", 1234.5),
        ("1.2e6", "1,234.5", 1_200_000),
        (120.42, "1,234.5", 120.42),
        (0, "1,234.5", 0),
        ("1,23", "1,234.5", None),
        ("12,3456", "1,234.5", None),
        ("1.234.5", "1,234.5", None),
        ("56.3万", "1,234.5", None),
        ("12 t", "1,234.5", None),
        ("W", "1,234.5", None),
        ("--", "1,234.5", None),
        ("", "1,234.5", None),
        ("NaN", "1,234.5", None),
        (True, "1,234.5", None),
        (None, "1,234.5", None),
        (math.nan, "1,234.5", None),
        (math.inf, "1,234.5", None),
        (10**400, "1,234.5", None),
        ("9" * 500, "1,234.5", None),
        ("1e999", "1,234.5", None),
        ([1], "1,234.5", None),
    ],
)
def test_a_number_is_read_as_its_style_has_it(written: object, style: Style, expected: float | None) -> None:
    assert number(written, style) == expected


@pytest.mark.parametrize(
    ("written", "order", "expected"),
    [
        ("2026-11-24", "ymd", date(2026, 11, 24)),
        ("2026.11.24", "ymd", date(2026, 11, 24)),
        ("2026年11月24日", "ymd", date(2026, 11, 24)),
        ("20261124", "ymd", date(2026, 11, 24)),
        ("24 November 2026", "ymd", date(2026, 11, 24)),
        ("Nov. 24, 2026", "ymd", date(2026, 11, 24)),
        ("2026-10", "ymd", date(2026, 10, 1)),
        ("2026-9", "ymd", date(2026, 9, 1)),
        ("202610", "ymd", date(2026, 10, 1)),
        ("2026年10月", "ymd", date(2026, 10, 1)),
        ("October 2026", "ymd", date(2026, 10, 1)),
        ("Sept. 2026", "ymd", date(2026, 9, 1)),
        ("2024", "ymd", date(2024, 1, 1)),
        (2024, "ymd", date(2024, 1, 1)),
        ("1900", "ymd", date(1900, 1, 1)),
        ("24/11/2026", "dmy", date(2026, 11, 24)),
        ("11/24/2026", "mdy", date(2026, 11, 24)),
        ("11/12/2026", "ymd", None),
        ("2026-11-23T20:00:00Z", "ymd", date(2026, 11, 24)),
        ("2026-11-24 09:30", "ymd", date(2026, 11, 24)),
        ("2026-02-30", "ymd", None),
        ("2026-13", "ymd", None),
        ("2027-01-01", "ymd", None),
        ("0001", "ymd", None),
        ("soon", "ymd", None),
        ("", "ymd", None),
    ],
)
def test_a_day_is_read_in_the_zone_of_the_source(
    written: object, order: Order, expected: date | None
) -> None:
    assert day(written, "Asia/Shanghai", NOW, order) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026年11月24日稀土价格指数", [date(2026, 11, 24)]),
        ("11月24日，指数为", [date(2026, 11, 24)]),
        ("12月30日，指数为", [date(2025, 12, 30)]),
        ("On 23 November 2026 and Nov 24, 2026", [date(2026, 11, 23), date(2026, 11, 24)]),
        ("Exports in October 2026", [date(2026, 10, 1)]),
        ("of 2026/11/23", [date(2026, 11, 23)]),
        ("version 1.2.3 of 99 pages", []),
    ],
)
def test_days_are_found_in_a_text(text: str, expected: list[date]) -> None:
    assert sorted({found for _, found in days_in(text, "Asia/Shanghai", NOW)}) == expected


@given(st.text(max_size=80))
def test_no_text_is_too_odd(text: str) -> None:
    for style in ("1,234.5", "1.234,5", "1 234,5"):
        read = number(text, style)
        assert read is None or math.isfinite(read)
    for order in ("ymd", "dmy", "mdy"):
        found = day(text, "UTC", NOW, order)
        assert found is None or found <= date(2026, 11, 25)
    assert all(found <= date(2026, 11, 25) for _, found in days_in(text, "UTC", NOW))
