"""Capacities, planned dates and documents, form by form; rates of exchange; names of companies."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest

from monitor import names, quantities, rates
from monitor.errors import Invalid
from monitor.fact import Sum

CAPACITIES = [
    ("3ktpy of permanent magnets", 3000),
    ("10,000-t magnet factory", 10_000),
    ("6,000 MTPA", 6000),
    ("a concentrator of 2.5 Mtpa", 2_500_000),
    ("2,000 t a year", 2000),
    ("1.5 kt per year", 1500),
    ("17 500 t/a", 17_500),
    ("年产5000吨钕铁硼", 5000),
    ("产能1.2万吨", 12_000),
    ("1.2万吨/年", 12_000),
    ("年間3000トン", 3000),
    ("연간 1000톤", 1000),
    ("2 000 tonnes d'aimants par an", 2000),
    ("1.000 Tonnen pro Jahr", 1000),
    ("2,000 tấn mỗi năm", 2000),
]


@pytest.mark.parametrize(("text", "tonnes"), CAPACITIES)
def test_a_capacity_is_read(text: str, tonnes: int) -> None:
    assert [one.tonnes for one in quantities.capacities(text)] == [tonnes]


@pytest.mark.parametrize("text", ["sold 500 t of oxide", "3,000 jobs a year", "2025", "5 t"])
def test_other_figures_are_no_capacity(text: str) -> None:
    assert not list(quantities.capacities(text))


PLANS = [
    ("suspended until November 10, 2026", ["2026-11-10"]),
    ("by late 2027", ["2027"]),
    ("commercial from 2026 and full in 2028", ["2026", "2028"]),
    ("预计2026年底投产", ["2026"]),
    ("2027年上半年", ["2027"]),
    ("dès 2027, à partir de 2028", ["2028"]),
    ("ab 2026", ["2026"]),
    ("the class of 1999", []),
]


@pytest.mark.parametrize(("text", "values"), PLANS)
def test_a_planned_date_is_read(text: str, values: list[str]) -> None:
    assert [one.value for one in quantities.plans(text)] == values


DOCUMENTS = [
    ("Commitment: AP089448XX & AP089448XA", ["AP089448XX", "AP089448XA"]),
    ("accession number 0001104659-25-123456", ["0001104659-25-123456"]),
    ("FR Doc. 2025-12345", ["FR 2025-12345"]),
    ("公告2025年第61号", ["CN 2025-61"]),
    ("2025年第55号、56号", ["CN 2025-55", "CN 2025-56"]),
    ("工信部联原〔2023〕23号", ["CN 2023-23"]),
    ("Announcement No. 61 of 2025", ["CN 2025-61"]),
]


@pytest.mark.parametrize(("text", "values"), DOCUMENTS)
def test_a_document_is_read_by_its_number(text: str, values: list[str]) -> None:
    assert [one.value for one in quantities.papers(text, chinese=True)] == values


def test_an_announcement_of_nobody_in_china_is_no_chinese_one() -> None:
    assert not list(quantities.papers("Announcement No. 61 of 2025", chinese=False))


# ------------------------------------------------------------------ rates

TABLE = "# From a test.\nmonth,AUD,VND\n2025-10,0.65,\n2025-11,0.66,0.000038\n"


def test_the_rate_is_that_of_the_month_or_the_last_before() -> None:
    table = rates.table(TABLE)
    assert table.at("AUD", date(2025, 10, 31)) == (Decimal("0.65"), date(2025, 10, 1))
    assert table.at("AUD", date(2026, 3, 1)) == (Decimal("0.66"), date(2025, 11, 1))
    assert table.at("AUD", date(2019, 3, 1)) == (Decimal("0.65"), date(2025, 10, 1))
    assert table.at("XXX", None) is None


def test_a_table_laid_over_another_adds_and_corrects() -> None:
    both = rates.table(TABLE).over(rates.shipped())
    assert both.at("AUD", date(2025, 11, 5)) == (Decimal("0.66"), date(2025, 11, 1))
    assert both.at("VND", None) == (Decimal("0.000038"), date(2025, 11, 1))
    assert both.at("EUR", date(2025, 11, 5)) == rates.shipped().at("EUR", date(2025, 11, 5))


def test_a_line_that_is_no_rate_is_told_with_its_number() -> None:
    with pytest.raises(Invalid) as caught:
        rates.table("month,AUD\n2025-10,many\n", "mine.csv")
    assert caught.value.problems[0].line == 2


def test_the_shipped_table_says_where_it_is_from() -> None:
    assert "European Central Bank" in rates.shipped().source


def test_what_no_table_has_stays_unconverted() -> None:
    assert rates.shipped().converted(Sum(Decimal(5), "XAU"), None).usd is None
    assert rates.shipped().converted(Sum(Decimal(5), "USD"), None).usd == Decimal(5)


# ------------------------------------------------------------------ names

NAMES = [
    ("Qvartz Minerals Ltd signs a deal", "Qvartz Minerals Ltd"),
    ("The plant of Zanadu Rare Earths is late", "Zanadu Rare Earths"),
    ("It sold ore to Brontë Lithium Corp.", "Brontë Lithium Corp."),
    ("福岭稀土集团公告", "福岭稀土集团"),
    ("株式会社ゼンドウは", "株式会社ゼンドウ"),
    ("㈜한빛자석은", "㈜한빛자석은"),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_name_is_known_by_its_shape(text: str, name: str) -> None:
    assert name in {one.words for one in names.named("summary", text)}


NO_NAMES = [
    "Critical Minerals are scarce",
    "The Department of Energy",
    "国有稀土集团",
    "Rare Earth Magnets rise",
]


@pytest.mark.parametrize("text", NO_NAMES)
def test_general_words_are_no_name(text: str) -> None:
    assert not list(names.named("summary", text))


def test_a_name_is_found_in_time_however_hostile_the_text() -> None:
    began = time.perf_counter()
    for piece in ("Aa ", "A", "(ASX: ", "稀土", "A & ", "1,000 ", "Aa's "):
        text = piece * (8000 // len(piece))
        list(names.named("summary", text))
        list(quantities.capacities(text))
        list(quantities.plans(text))
        list(quantities.papers(text, chinese=True))
    assert time.perf_counter() - began < 5
