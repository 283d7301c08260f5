"""Figures that a text states: amounts of money, dates, numbers of official announcements.

Written forms of English, Chinese, Japanese, Korean, German, French, Spanish, Portuguese, Italian,
Russian, Vietnamese, Malay, Indonesian and Thai. Every pattern is bounded: linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from monitor.rule import Money, Number, Span


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as stated. `start` and `end` are offsets into the text."""

    start: int
    end: int
    currency: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Day:
    """A date as stated; `day` is 0 where only the month is."""

    start: int
    end: int
    date: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Announcement:
    """The number of an announcement; `year` is 0 where it is not stated."""

    start: int
    end: int
    number: int
    year: int


# ------------------------------------------------------------------ money

_SCALES = {
    Decimal(10) ** 3: "thousand тыс tausend mille mil nghìn ngàn ribu 千",
    Decimal(10) ** 4: "万 萬 만",
    Decimal(10) ** 5: "lakh lakhs",
    Decimal(10) ** 6: "million millions mn mln mio mm m millionen million(en) millones millón milhões milhão "
    "milioni milione млн triệu juta juta ล้าน 百万 백만",
    Decimal(10) ** 7: "crore crores cr 千万 천만",
    Decimal(10) ** 8: "亿 億 억",
    Decimal(10) ** 9: "billion billions bn b milliarden milliarde mrd milliard milliards miliardi miliardo "
    "bilhões bilhão bi tỷ tỉ bilion miliar млрд พันล้าน 十亿",
    Decimal(10) ** 12: "trillion tn trn billionen 兆 万亿 조",
}
_SIGNS = {
    "AUD": "A$ AU$ AUD",
    "CAD": "C$ CA$ CAD",
    "USD": "US$ USD $ dollar dollars dolar dólar dólares dollari dollaro 美元 美金 米ドル ドル 달러 долларов "
    "доллар đô la usd ดอลลาร์ ดอลลาร์สหรัฐ",
    "EUR": "€ EUR euro euros 欧元 ユーロ 유로 евро",
    "GBP": "£ GBP pounds 英镑 ポンド 파운드",
    "CNY": "RMB CNY yuan 元 人民币 위안 юаней",
    "JPY": "¥ JPY yen 日元 円 엔",
    "KRW": "₩ KRW won 韩元 ウォン 원",
    "INR": "₹ INR Rs Rs. rupees rupee",
    "MYR": "RM MYR ringgit",
    "BRL": "R$ BRL reais",
    "THB": "THB baht บาท",
    "VND": "VND đồng",
    "IDR": "Rp IDR rupiah",
}
_SCALE = {word.lower(): scale for scale, words in _SCALES.items() for word in words.split()}
_SIGN = {word.lower(): code for code, words in _SIGNS.items() for word in words.split()}
_SIGN |= {"đô la": "USD"}


def _choice(words: dict[str, Decimal] | dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MONEY = re.compile(
    rf"(?:(?<![^\W\d_])(?P<before>{_choice(_SIGN)})\s?)?"
    r"(?<![\d.,])(?P<number>\d{1,3}(?:[.,]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,4})?)"
    rf"(?:[\s-]?(?P<scale>{_choice(_SCALE)})\.?(?![a-zà-ÿ]))?"
    rf"(?:[\s-]?(?:de |d['’]|di |of )?(?:U\.?S\.?[\s-])?(?P<after>{_choice(_SIGN)})(?![a-zà-ÿ]))?",
    re.IGNORECASE,
)


def amounts(text: str) -> Iterator[Amount]:
    """Every amount with a currency, in order."""
    for found in _MONEY.finditer(text):
        currency = _SIGN.get((found["before"] or found["after"] or "").lower())
        if currency and not (found["before"] and found["scale"] is None and found["after"] is None
                             and found["number"] == "0"):  # fmt: skip
            scale = (found["scale"] or "").lower()
            value = _number(found["number"], scale) * _SCALE.get(scale, Decimal(1))
            yield Amount(found.start(), found.end(), currency, value)


_POINTED = "thousand million millions mn mm m billion billions bn b trillion tn lakh crore"
_ENGLISH = frozenset(_POINTED.split())


def _number(text: str, scale: str) -> Decimal:
    """1,250 and 1.250 and 1,8 as their writers mean them; English points are decimal."""
    comma, point = text.count(","), text.count(".")
    if comma and point:
        mark = max(",", ".", key=text.rfind)
        other = "," if mark == "." else "."
        return Decimal(text.replace(other, "").replace(mark, "."))
    groups = re.fullmatch(r"\d{1,3}(?:([.,])\d{3})+", text)
    if groups and (groups[1] == "," or point > 1 or (scale and scale not in _ENGLISH and scale.isascii())):
        return Decimal(re.sub("[.,]", "", text))
    return Decimal(text.replace(",", "."))


# ------------------------------------------------------------------ dates

_MONTHS = (
    "january januar janvier enero janeiro gennaio januari jan",
    "february februar février fevrier febrero fevereiro febbraio februari feb",
    "march märz mars marzo março maret mac mar",
    "april avril abril aprile apr",
    "may mai mayo maio maggio mei",
    "june juni juin junio junho giugno jun",
    "july juli juillet julio julho luglio julai jul",
    "august août aout agosto agustus ogos aug",
    "september septembre septiembre setembro settembre sept sep",
    "october oktober octobre octubre outubro ottobre oct okt",
    "november novembre noviembre novembro nov",
    "december dezember décembre diciembre dezembro dicembre desember disember dec dez",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_DAYS = (
    re.compile(r"(?<!\d)(?P<y>\d{4})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월](?:\s?(?P<d>\d{1,2})\s?[日일号])?"),
    re.compile(r"(?<![\d/.-])(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"ngày (?P<d>\d{1,2}) tháng (?P<m>\d{1,2}) năm (?P<y>\d{4})", re.IGNORECASE),
    re.compile(
        rf"(?<!\d)(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th|er)?\.?\s(?:of\s|de\s)?)?"
        rf"(?<![^\W\d_])(?P<m>{_NAMES})\.?,?\s(?:de\s|of\s)?(?P<y>\d{{4}})(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![^\W\d_])(?P<m>{_NAMES})\.?\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y>\d{{4}})(?!\d)",
        re.IGNORECASE,
    ),
)


def days(text: str) -> Iterator[Day]:
    """Every date with a year that the text states, form by form."""
    for form in _DAYS:
        for found in form.finditer(text):
            month = found["m"].lower()
            number = _MONTH.get(month) or int(month)
            day = int(found["d"] or 0)
            if 1 <= number <= 12 and day <= 31:
                yield Day(found.start(), found.end(), (int(found["y"]), number, day))


# ------------------------------------------------------------------ announcements

_PAPER = "announcement|notice|order|decree|notification|proclamation|bulletin|circular"
_NUMBERS = (
    re.compile(r"(?P<y>\d{4})\s?年\s?第?\s?(?P<n>\d{1,4})\s?[号號]"),
    re.compile(r"[〔\[(【［（](?P<y>\d{4})[〕\])】］）]\s?第?\s?(?P<n>\d{1,4})\s?[号號]"),
    re.compile(r"(?:公告|令|通告)\s?第?\s?(?P<n>\d{1,4})\s?[号號](?P<y>)"),
    re.compile(r"(?<!年)第\s?(?P<n>\d{1,4})\s?[号號]\s?(?:公告|令|通告)(?P<y>)"),
    re.compile(
        rf"\b(?:{_PAPER})s?\s(?:\[?\(?(?P<y>\d{{4}})\)?\]?,?\s)?(?:no\.?\s?|number\s|#\s?)"
        r"(?P<n>\d{1,4})\b(?!\s?(?:of|\()\s?\d{4})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:(?:{_PAPER})s?\s(?:no\.?\s?|number\s|#\s?)?|no\.\s?)"
        r"(?P<n>\d{1,4})\s?(?:of\s|/|\(|,\s)\s?(?P<y>(?:19|20)\d{2})\b",
        re.IGNORECASE,
    ),
)


def announcements(text: str) -> Iterator[Announcement]:
    """Every announcement that the text names by its number, form by form."""
    for form in _NUMBERS:
        for found in form.finditer(text):
            yield Announcement(found.start(), found.end(), int(found["n"]), int(found["y"] or 0))


# ------------------------------------------------------------------ asking


def stated(text: str, wanted: Money | Span | Number) -> Iterator[tuple[int, int]]:
    """Where the text states a figure that is wanted."""
    if isinstance(wanted, Money):
        for amount in amounts(text):
            if amount.currency == wanted.currency and wanted.least <= amount.value <= wanted.most:
                yield amount.start, amount.end
    elif isinstance(wanted, Span):
        for day in days(text):
            if _within(day.date, wanted):
                yield day.start, day.end
    else:
        for number in announcements(text):
            if wanted.number in (0, number.number) and wanted.year in (0, number.year):
                yield number.start, number.end


def _within(date: tuple[int, int, int], wanted: Span) -> bool:
    """A month alone is within where any of its days is."""
    last = date if date[2] else (*date[:2], 31)
    return wanted.first <= last and date <= wanted.last
