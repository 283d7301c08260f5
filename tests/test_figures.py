"""Amounts, dates and announcement numbers, in the written forms of every language that is claimed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.figures import READERS, Amount, amounts, announcements, days, meets
from monitor.rule import Money, Number, Span
from monitor.terms import days as written_days

AMOUNTS = {
    "USD": (
        ("US$50 million", "5e7"),
        ("USD 50 million", "5e7"),
        ("$50m", "5e7"),
        ("$50M", "5e7"),
        ("$50 mn", "5e7"),
        ("50 million dollars", "5e7"),
        ("$1.25 billion", "1.25e9"),
        ("$1,250,000", "1250000"),
        ("USD1.2bn", "1.2e9"),
        ("$415 Million", "4.15e8"),
        ("$135-million", "1.35e8"),
        ("$3.5B", "3.5e9"),
        ("$120MM", "1.2e8"),
        ("US $700 million", "7e8"),
        ("50 million U.S. dollars", "5e7"),
        ("US dollars 50 million", "5e7"),
        ("$0.5 billion", "5e8"),
        ("2,5 Mrd. US-Dollar", "2.5e9"),
        ("2 milliards de dollars", "2e9"),
        ("200 millones de dólares", "2e8"),
        ("US$ 1.500 millones", "1.5e9"),
        ("2 mil millones de dólares", "2e9"),
        ("US$ 2 bilhões", "2e9"),
        ("5000万美元", "5e7"),
        ("12.5億美元", "1.25e9"),
        ("3亿5000万美元", "3.5e8"),
        ("5千万美元", "5e7"),
        ("10余亿美元", "1e9"),
        ("3億米ドル", "3e8"),
        ("5000万ドル", "5e7"),
        ("3억달러", "3e8"),
        ("2000만 달러", "2e7"),
        ("300 млн долларов", "3e8"),
        ("1,5 миллиарда долларов", "1.5e9"),
        ("50 triệu USD", "5e7"),
        ("2 tỷ đô la", "2e9"),
        ("USD100 juta", "1e8"),
        ("USD 2 miliar", "2e9"),
        ("1.2 พันล้านดอลลาร์", "1.2e9"),
        ("50 ล้านดอลลาร์สหรัฐ", "5e7"),
    ),
    "EUR": (
        ("€300 million", "3e8"),
        ("300 Millionen Euro", "3e8"),
        ("300 Mio. Euro", "3e8"),
        ("1,5 Milliarden Euro", "1.5e9"),
        ("2 Mrd. €", "2e9"),
        ("EUR 100m", "1e8"),
        ("300 millions d'euros", "3e8"),
        ("1 200 millions d’euros", "1.2e9"),
        ("500 M€", "5e8"),
        ("3 Md€", "3e9"),
        ("1.200 millones de euros", "1.2e9"),
        ("1,2 miliardi di euro", "1.2e9"),
        ("300 milioni di euro", "3e8"),
        ("3000万欧元", "3e7"),
        ("50億ユーロ", "5e9"),
        ("2억 유로", "2e8"),
        ("2 млрд евро", "2e9"),
    ),
    "CNY": (
        ("1.5亿元", "1.5e8"),
        ("20亿元人民币", "2e9"),
        ("人民币5亿元", "5e8"),
        ("5亿多元", "5e8"),
        ("1万亿元", "1e12"),
        ("500 million yuan", "5e8"),
        ("RMB 2 billion", "2e9"),
        ("20億人民元", "2e9"),
        ("10억 위안", "1e9"),
        ("10 млн юаней", "1e7"),
    ),
    "JPY": (
        ("100亿日元", "1e10"),
        ("100億円", "1e10"),
        ("1兆2000億円", "1.2e12"),
        ("¥5.2 trillion", "5.2e12"),
        ("100억 엔", "1e10"),
    ),
    "KRW": (
        ("1조원", "1e12"),
        ("5000억원", "5e11"),
        ("1조 2000억원", "1.2e12"),
        ("500 billion won", "5e11"),
        ("500億ウォン", "5e10"),
    ),
    "AUD": (
        ("A$1.25 billion", "1.25e9"),
        ("AU$1bn", "1e9"),
        ("50 million Australian dollars", "5e7"),
        ("5亿澳元", "5e8"),
        ("3億豪ドル", "3e8"),
    ),
    "CAD": (
        ("C$300 million", "3e8"),
        ("CAD 40 million", "4e7"),
        ("3亿加元", "3e8"),
    ),
    "GBP": (
        ("£65 million", "6.5e7"),
        ("1亿英镑", "1e8"),
    ),
    "INR": (
        ("₹1,345 crore", "1.345e10"),
        ("Rs. 500 crore", "5e9"),
        ("Rs 7,280 crore", "7.28e10"),
        ("₹50 lakh", "5e6"),
    ),
    "MYR": (
        ("RM500 juta", "5e8"),
        ("RM1.2 bilion", "1.2e9"),
        ("100 million ringgit", "1e8"),
        ("1亿林吉特", "1e8"),
    ),
    "BRL": (
        ("R$ 1,5 bilhão", "1.5e9"),
        ("R$ 200 milhões", "2e8"),
        ("500 mil reais", "500000"),
    ),
    "THB": (
        ("500 ล้านบาท", "5e8"),
        ("2 หมื่นล้านบาท", "2e10"),
        ("1 billion baht", "1e9"),
    ),
    "VND": (
        ("500 tỷ đồng", "5e11"),
        ("5 nghìn tỷ đồng", "5e12"),
    ),
    "IDR": (
        ("Rp 5 triliun", "5e12"),
        ("Rp1,2 triliun", "1.2e12"),
        ("Rp 500 miliar", "5e11"),
    ),
    "RUB": (("500 млн рублей", "5e8"),),
    "HKD": (
        ("HK$500 million", "5e8"),
        ("3亿港元", "3e8"),
    ),
    "TWD": (
        ("NT$30 billion", "3e10"),
        ("5億新臺幣", "5e8"),
    ),
}
DATES = (
    ("10 November 2026", (2026, 11, 10)),
    ("November 10, 2026", (2026, 11, 10)),
    ("Nov. 10, 2026", (2026, 11, 10)),
    ("the 10th of November, 2026", (2026, 11, 10)),
    ("10 Nov 2026", (2026, 11, 10)),
    ("November 2026", (2026, 11, 0)),
    ("2026-11-10", (2026, 11, 10)),
    ("2026/11/10", (2026, 11, 10)),
    ("2026年11月10日", (2026, 11, 10)),
    ("2026 年 11 月 10 号", (2026, 11, 10)),
    ("2026年11月", (2026, 11, 0)),
    ("令和8年11月10日", (2026, 11, 10)),
    ("2026년 11월 10일", (2026, 11, 10)),
    ("10. November 2026", (2026, 11, 10)),
    ("10.11.2026", (2026, 11, 10)),
    ("3. März 2026", (2026, 3, 3)),
    ("1er novembre 2026", (2026, 11, 1)),
    ("10 décembre 2026", (2026, 12, 10)),
    ("10 de noviembre de 2026", (2026, 11, 10)),
    ("1º de março de 2026", (2026, 3, 1)),
    ("30 settembre 2026", (2026, 9, 30)),
    ("10 ноября 2026 года", (2026, 11, 10)),
    ("в ноябре 2026 года", (2026, 11, 0)),
    ("ngày 10 tháng 11 năm 2026", (2026, 11, 10)),
    ("ngày 10/11/2026", (2026, 11, 10)),
    ("tháng 11/2026", (2026, 11, 0)),
    ("10 Ogos 2026", (2026, 8, 10)),
    ("10 Disember 2026", (2026, 12, 10)),
    ("10 Agustus 2026", (2026, 8, 10)),
    ("10 พฤศจิกายน 2569", (2026, 11, 10)),
    ("15 เมษายน พ.ศ. 2569", (2026, 4, 15)),
)
NUMBERS: tuple[tuple[str, list[tuple[int, int]]], ...] = (
    ("Announcement No. 61 of 2025", [(61, 2025)]),
    ("Announcement No.61, 2025", [(61, 2025)]),
    ("Announcement No. 61 (2025)", [(61, 2025)]),
    ("Announcement [2025] No. 61", [(61, 2025)]),
    ("Announcement 61 of 2025", [(61, 2025)]),
    ("No. 61/2025", [(61, 2025)]),
    ("Announcement No. 61", [(61, 0)]),
    ("Announcements Nos. 61 and 62", [(61, 0), (62, 0)]),
    ("Announcements No. 55, 56, 57 and 58 of 2025", [(55, 2025), (56, 2025), (57, 2025), (58, 2025)]),
    ("Announcements No. 55 to 58", [(55, 0), (56, 0), (57, 0), (58, 0)]),
    ("Proclamation No. 10908", [(10908, 0)]),
    ("商务部公告2025年第61号", [(61, 2025)]),
    ("商務部公告2025年第61號", [(61, 2025)]),
    ("公告〔2025〕61号", [(61, 2025)]),
    ("公告第61号（2025年）", [(61, 2025)]),
    ("第61号公告", [(61, 0)]),
    ("国务院令第803号", [(803, 0)]),
    ("2025年第55、56、57、58号", [(55, 2025), (56, 2025), (57, 2025), (58, 2025)]),
    ("2025年第55号至58号", [(55, 2025)]),
    ("2025年第55至58号", [(55, 2025), (56, 2025), (57, 2025), (58, 2025)]),
    ("상무부 공고 2025년 제61호", [(61, 2025)]),
    ("Bekanntmachung Nr. 61 von 2025", [(61, 2025)]),
    ("avis n° 61 de 2025", [(61, 2025)]),
    ("anuncio n.º 61 de 2025", [(61, 2025)]),
    ("anúncio nº 61 de 2025", [(61, 2025)]),
    ("annuncio n. 61 del 2025", [(61, 2025)]),
    ("объявление № 61 за 2025 год", [(61, 2025)]),
    ("Thông báo số 61/2025", [(61, 2025)]),
    ("Pengumuman No. 61 Tahun 2025", [(61, 2025)]),
    ("ประกาศฉบับที่ 61 ปี 2568", [(61, 2025)]),
)


@pytest.mark.parametrize(
    ("currency", "text", "value"),
    [pytest.param(code, text, value, id=text) for code, cases in AMOUNTS.items() for text, value in cases],
)
def test_an_amount_is_read(currency: str, text: str, value: str) -> None:
    for place in (text, f"，{text}。", f"({text})"):
        (amount,) = amounts(place)
        assert (amount.currency, amount.value) == (currency, Decimal(value))


@pytest.mark.parametrize(
    "text",
    [
        "50 million tonnes",
        "2,500 tonnes",
        "Formula 1",
        "50 million",
        "a 10 per cent duty",
        "3亿吨",
        "1.2 m wide",
    ],
)
def test_a_number_without_a_currency_is_no_amount(text: str) -> None:
    assert list(amounts(text)) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("$50-60 million", ["5e7"], id="of the second the sign is not said"),
        pytest.param("$50 million to $100 million", ["5e7", "1e8"], id="both in full"),
        pytest.param("between $50 and $60 million", ["5e7", "6e7"], id="the scale is said once"),
        pytest.param("from $5 in 2024", ["5"], id="a year is no range"),
    ],
)
def test_a_range_gives_its_ends(text: str, values: list[str]) -> None:
    assert [amount.value for amount in amounts(text)] == [Decimal(value) for value in values]


@pytest.mark.parametrize(("text", "date"), [pytest.param(*case, id=case[0]) for case in DATES])
def test_a_date_is_read(text: str, date: tuple[int, int, int]) -> None:
    for place in (text, f"({text})", f"{text}."):
        assert date in [day.date for day in days(place)]
        assert {day.date for day in days(place)} <= {date, (*date[:2], 0)}


@pytest.mark.parametrize(
    "text", ["2026-13-01", "11月10日", "10 May", "1234567 2026", "32.13.2026", "v2026.1.2.3"]
)
def test_what_is_no_full_date_is_none(text: str) -> None:
    assert list(days(text)) == []


@pytest.mark.parametrize(("text", "numbers"), [pytest.param(*case, id=case[0]) for case in NUMBERS])
def test_the_number_of_an_announcement_is_read(text: str, numbers: list[tuple[int, int]]) -> None:
    assert sorted({(one.number, one.year) for one in announcements(text)}) == numbers


@pytest.mark.parametrize(
    "text", ["page 3 of 10", "chapter No. 5 of 10", "第3章", "2025年第3季度", "Notice", "No. 61"]
)
def test_what_is_no_announcement_gives_none(text: str) -> None:
    assert list(announcements(text)) == []


@pytest.mark.parametrize(
    ("wanted", "date", "met"),
    [
        pytest.param("2026-11-10", (2026, 11, 10), True, id="the day"),
        pytest.param("2026-11-10", (2026, 11, 11), False, id="the day after"),
        pytest.param("2026-11-10", (2026, 11, 0), True, id="a month that holds it"),
        pytest.param("2026-11", (2026, 11, 30), True, id="in the month"),
        pytest.param("2026-11", (2026, 11, 0), True, id="the month"),
        pytest.param("2026-11", (2026, 12, 0), False, id="another month"),
        pytest.param("2026-11-01 to 2027-01", (2027, 1, 31), True, id="the last day of a stretch"),
        pytest.param("2026-11-01 to 2027-01", (2027, 2, 0), False, id="after it"),
        pytest.param("from 2026-11-10", (2026, 11, 0), True, id="a month that reaches it"),
        pytest.param("from 2026-11-10", (2026, 10, 0), False, id="a month before it"),
        pytest.param("until 2026-11", (2026, 11, 30), True, id="until the end of a month"),
        pytest.param("until 2026-11", (2026, 12, 1), False, id="after that"),
    ],
)
def test_a_date_is_within_the_days_that_are_wanted(
    wanted: str, date: tuple[int, int, int], met: bool
) -> None:
    (day,) = days(f"{date[0]}年{date[1]}月" + (f"{date[2]}日" if date[2] else ""))
    assert meets(day, written_days(wanted)) is met


def test_both_bounds_of_an_amount_count_and_the_currency_too() -> None:
    wanted = Money("USD", Decimal(5), Decimal(6))
    values = [Decimal(value) for value in ("4.99", "5", "6", "6.01")]
    assert [meets(Amount(0, 1, "USD", value), wanted) for value in values] == [False, True, True, False]
    assert not meets(Amount(0, 1, "EUR", Decimal(5)), wanted)


def test_a_number_without_its_year_is_met_where_the_year_is_not_asked() -> None:
    (one,) = announcements("Announcement No. 61")
    assert meets(one, Number(61))
    assert meets(one, Number())
    assert not meets(one, Number(61, 2025))
    assert not meets(one, Span((2025, 1, 1), (2025, 12, 31)))


PIECES = st.sampled_from(
    [
        *"$€¥0123456789.,-–/ 年月日号第至、[]()",
        "million",
        "亿",
        "元",
        "May",
        "No.",
        "公告",
        " to ",
        "ngày ",
        "т",
        "\n",
    ]
)


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=25).map("".join)))
def test_any_text_can_be_read_and_each_figure_lies_in_it(text: str) -> None:
    for read in READERS.values():
        for figure in read(text):
            assert 0 <= figure.start < figure.end <= len(text)
