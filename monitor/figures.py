"""Figures that a text states: amounts of money, dates, numbers of official announcements.

Written forms of English, Chinese, Japanese, Korean, German, French, Spanish, Portuguese, Italian,
Russian, Vietnamese, Malay, Indonesian and Thai. Every pattern is bounded: linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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

# An underscore stands for a space.
_SCALES = {
    3: "thousand тыс тысяч тысячи tausend mille mila mil nghìn ngàn ribu 千 천",
    4: "万 萬 만",
    5: "lakh lakhs",
    6: "million millions mn mln mio mm m millionen millones millón milhões milhão milioni milione млн "
    "миллион миллиона миллионов triệu juta ล้าน 百万 百萬 백만",
    7: "crore crores cr 千万 千萬 천만",
    8: "亿 億 억",
    9: "billion billions bn bln b milliarden milliarde mrd md mds milliard milliards miliardi miliardo "
    "bilhões bilhão bi mil_millones mil_milhões tỷ tỉ bilion miliar milyar млрд миллиард миллиарда "
    "миллиардов พันล้าน 十亿 十億 십억",
    10: "百亿 百億 백억 หมื่นล้าน",
    11: "千亿 千億 천억 แสนล้าน",
    12: "trillion trillions tn trn billionen billones trilhões trilhão triliun trilion trilyun трлн "
    "nghìn_tỷ ngàn_tỷ nghìn_tỉ ล้านล้าน 兆 万亿 萬億 조",
}
_SIGNS = {
    "AUD": "A$ AU$ AUD australian_dollars australian_dollar 澳元 豪ドル 호주달러 호주_달러",
    "CAD": "C$ CA$ CAD canadian_dollars canadian_dollar 加元 加币 カナダドル 캐나다달러 캐나다_달러",
    "HKD": "HK$ HKD 港元 港币 港幣",
    "TWD": "NT$ TWD 新台币 新臺幣 台币",
    "SGD": "S$ SGD 新加坡元",
    "USD": "US$ USD $ dollar dollars dolar dólar dólares dollari dollaro 美元 美金 米ドル ドル 달러 долларов "
    "доллара доллар đô_la ดอลลาร์ ดอลลาร์สหรัฐ เหรียญสหรัฐ",
    "EUR": "€ EUR euro euros 欧元 歐元 ユーロ 유로 евро ยูโร",
    "GBP": "£ GBP pounds 英镑 英鎊 ポンド 파운드",
    "CHF": "CHF swiss_francs 瑞士法郎 franken",
    "CNY": "RMB CNY yuan 元 人民币 人民幣 人民元 위안 юаней юаня หยวน nhân_dân_tệ",
    "JPY": "¥ JPY yen 日元 日圆 日圓 円 엔 иен",
    "KRW": "₩ KRW won 韩元 韓元 ウォン 원",
    "INR": "₹ INR Rs Rs. rupees rupee 卢比",
    "RUB": "₽ RUB рублей рубля руб",
    "MYR": "RM MYR ringgit 林吉特 令吉 링깃",
    "BRL": "R$ BRL reais",
    "THB": "THB baht บาท 泰铢 泰銖",
    "VND": "VND đồng 越南盾",
    "IDR": "Rp Rp. IDR rupiah 印尼盾",
}
_SCALE = {
    w.lower().replace("_", " "): Decimal(10) ** n for n, words in _SCALES.items() for w in words.split()
}
_SIGN = {w.lower().replace("_", " "): code for code, words in _SIGNS.items() for w in words.split()}
# In these a single point is always decimal: 1.250 million is one and a quarter.
_POINTED = "thousand million millions mn mm m billion billions bn bln b trillion trillions tn lakh crore"
_ENGLISH = frozenset(_POINTED.split())
CURRENCIES = frozenset(_SIGNS)


def _choice(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_ANY_SIGN, _ANY_SCALE = _choice(_SIGN), _choice(_SCALE)
_MONEY = re.compile(
    rf"(?:(?<![^\W\d_])(?P<before>{_ANY_SIGN})\s?)?"
    r"(?<![\d.,])(?P<number>(?:(?<![^\W_])|(?<=\d))\d{1,3}(?:\s\d{3}){1,3}(?:,\d{1,2})?(?![\d.])"
    r"|\d{1,3}(?:[.,]\d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,4})?)"
    # 50 of 50 to 60 million, and of $50-$60 million
    rf"(?:(?=\s?(?:[-–—~]|to|and|bis|à|a|至)\s?(?:{_ANY_SIGN})?\s?\d{{1,4}}(?:[.,]\d{{1,2}})?[\s-]?"
    rf"(?P<shared>{_ANY_SCALE})(?![a-zà-ÿ]))"
    rf"|[\s-]?[余餘]?(?P<scale>{_ANY_SCALE})\.?(?![a-zà-ÿ])[多余餘]?)?"
    r"(?:\s?(?P<more>\d{1,4})(?P<lesser>千万|千萬|万|萬|만|亿|億|억))?"
    rf"(?(before)|(?:[\s-]?(?:de |d['’]|di |of )?(?:U\.?S\.?[\s-])?(?P<after>{_ANY_SIGN})(?![a-zà-ÿ]))?)",
    re.IGNORECASE,
)

_COUNTED = "one two three four five six seven eight nine ten"
_WORTH = {
    "half a": Decimal("0.5"),
    "a quarter of a": Decimal("0.25"),
    "a": Decimal(1),
    "eine": Decimal(1),
    **{word: Decimal(number) for number, word in enumerate(_COUNTED.split(), 1)},
}
_WORDED = re.compile(
    rf"(?<!\w)(?P<number>{_choice(_WORTH)})\s(?P<scale>million|billion|trillion|millionen|milliarden?)"
    rf"\s(?P<after>{_ANY_SIGN})(?![^\W\d_])",
    re.IGNORECASE,
)


def amounts(text: str) -> Iterator[Amount]:
    """Every amount with a currency, in order; then those whose number is a word."""
    for found in _MONEY.finditer(text):
        currency = _SIGN.get((found["before"] or found["after"] or "").lower())
        if currency:
            yield Amount(found.start(), found.end(), currency, _value(found))
    for found in _WORDED.finditer(text):
        value = _WORTH[found["number"].lower()] * _SCALE[found["scale"].lower()]
        yield Amount(found.start(), found.end(), _SIGN[found["after"].lower()], value)


def _value(found: re.Match[str]) -> Decimal:
    scale = (found["scale"] or found["shared"] or "").lower()
    value = _number(found["number"], scale) * _SCALE.get(scale, Decimal(1))
    if found["more"] and _SCALE[found["lesser"]] < _SCALE.get(scale, Decimal(0)):
        value += int(found["more"]) * _SCALE[found["lesser"]]
    return value


def _number(text: str, scale: str) -> Decimal:
    """1,250 and 1.250 and 1 250 and 1,8 as their writers mean them."""
    text = re.sub(r"\s", "", text)
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
    "january januar janvier enero janeiro gennaio januari jan января январь январе มกราคม",
    "february februar février febrero fevereiro febbraio februari feb февраля февраль феврале กุมภาพันธ์",
    "march märz mars marzo março maret mac mar марта март марте มีนาคม",
    "april avril abril aprile apr апреля апрель апреле เมษายน",
    "may mai mayo maio maggio mei мая май мае พฤษภาคม",
    "june juni juin junio junho giugno jun июня июнь июне มิถุนายน",
    "july juli juillet julio julho luglio julai jul июля июль июле กรกฎาคม",
    "august août aout agosto agustus ogos aug августа август августе สิงหาคม",
    "september septembre septiembre setembro settembre sept sep сентября сентябрь сентябре กันยายน",
    "october oktober octobre octubre outubro ottobre oct okt октября октябрь октябре ตุลาคม",
    "november novembre noviembre novembro nov ноября ноябрь ноябре พฤศจิกายน",
    "december dezember décembre diciembre dezembro dicembre desember disember dec dez декабря декабре ธันวาคม",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAMES = _choice(_MONTH)
_DAYS = (
    re.compile(
        r"(?<!\d)(?P<y>\d{4}|令和\s?\d{1,2})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월](?:\s?(?P<d>\d{1,2})\s?[日일号號])?"
    ),
    re.compile(r"(?<![\d/.-])(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?![\d/-]|\.\d)"),
    re.compile(r"(?<![\d/.-])(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})(?![\d/-]|\.\d)"),
    re.compile(r"ngày (?P<d>\d{1,2})([/.-])(?P<m>\d{1,2})\2(?P<y>\d{4})(?!\d)", re.IGNORECASE),
    re.compile(
        r"(?:(?:ngày )?(?P<d>\d{1,2}) )?tháng (?P<m>\d{1,2})(?: năm |, |/)(?P<y>\d{4})(?!\d)", re.IGNORECASE
    ),
    re.compile(
        rf"(?<!\d)(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|°)?\.?\s(?:of\s|de\s)?)?"
        rf"(?<![^\W\d_])(?P<m>{_NAMES})\.?,?\s(?:de\s|of\s|พ\.ศ\.\s?|ค\.ศ\.\s?)?(?P<y>\d{{4}})(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![^\W\d_])(?P<m>{_NAMES})\.?\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y>\d{{4}})(?!\d)",
        re.IGNORECASE,
    ),
)
# The first year of Reiwa is 2019; the Buddhist year runs 543 ahead.
_REIWA, _BUDDHIST, _FIRST_BUDDHIST = 2018, 543, 2400


def days(text: str) -> Iterator[Day]:
    """Every date with a year that the text states, form by form."""
    for form in _DAYS:
        for found in form.finditer(text):
            month = found["m"].lower()
            number = _MONTH.get(month) or int(month)
            day = int(found["d"] or 0)
            if 1 <= number <= 12 and day <= 31:
                yield Day(found.start(), found.end(), (_year(found["y"]), number, day))


def _year(text: str) -> int:
    if text.startswith("令和"):
        return _REIWA + int(text[2:])
    year = int(text)
    return year - _BUDDHIST if year >= _FIRST_BUDDHIST else year


# ------------------------------------------------------------------ announcements

_PAPER = (
    "announcement|notice|order|decree|notification|proclamation|bulletin|circular|bekanntmachung|verordnung"
    "|annonce|avis|décret|arrêté|anuncio|aviso|decreto|resolución|anúncio|portaria|resolução|annuncio|avviso"
    "|объявлени[еяию]|постановлени[еяию]|приказ[ау]?|указ[ау]?|thông báo|quyết định|nghị định|pengumuman"
    "|peraturan|keputusan|notis|ประกาศ"
)
_MARK = r"nos?\.?|numbers?|nomor|bil\.|nr\.?|n[°º]|n\.\s?[°ºo]|n\.|№|#|số|ฉบับที่"
_OF = r"of|von|vom|de|du|del|da|за|от|năm|tahun|ปี(?:\s?พ\.ศ\.)?"
_MORE = r"(?:(?:\s?[号號]?\s?[、,，]|\s?(?:[和及与至&–-]|and|to))\s?第?\d{1,4})"
_NUMBERS = (
    re.compile(
        rf"(?P<y>\d{{4}})\s?[年년]?\s?[第제]?\s?(?<=[年第년제 ])(?P<n>\d{{1,4}}{_MORE}{{0,9}})\s?[号號호]"
    ),
    re.compile(rf"[〔\[(【［（](?P<y>\d{{4}})[〕\])】］）]\s?第?\s?(?P<n>\d{{1,4}}{_MORE}{{0,9}})\s?[号號]"),
    re.compile(
        rf"(?:公告|令|通告|공고|고시)\s?[第제]?\s?(?P<n>\d{{1,4}}{_MORE}{{0,9}})\s?[号號호]"
        r"(?:\s?[（(](?P<y>\d{4})年?[）)])?"
    ),
    re.compile(rf"(?<!年)第\s?(?P<n>\d{{1,4}}{_MORE}{{0,9}})\s?[号號]\s?(?:公告|令|通告)(?P<y>)"),
    re.compile(
        rf"(?<!\w)(?:{_PAPER})s?\s?(?:\[?\(?(?P<y>\d{{4}})\)?\]?,?\s)?(?:{_MARK})\s?"
        rf"(?P<n>\d{{1,5}}{_MORE}{{0,9}})(?!\d)"
        rf"(?:(?:\s(?:{_OF})\s|\s?/\s?|,\s|\s?\()(?P<z>(?:19|20|25)\d{{2}})(?!\d))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<!\w)(?:(?:{_PAPER})s?\s|(?:no\.|№)\s?)"
        r"(?P<n>\d{1,5})(?:\sof\s|\s?/\s?|\s?\(|,\s|\sот\s|\sза\s)(?P<y>(?:19|20)\d{2})\b",
        re.IGNORECASE,
    ),
)
_MOST = 50


def announcements(text: str) -> Iterator[Announcement]:
    """Every announcement that the text names by its number, form by form; of a list each."""
    for form in _NUMBERS:
        for found in form.finditer(text):
            named = found.groupdict()
            year = named["y"] or named.get("z") or ""
            numbers = _numbers(found["n"])
            if not year and len(numbers) > 1 and 1900 <= numbers[-1] < 2100:
                year = str(numbers.pop())
            for number in numbers:
                yield Announcement(found.start(), found.end(), number, _year(year or "0"))


def _numbers(listed: str) -> list[int]:
    """Each number of a list, with those between where it says from and to."""
    numbers: list[int] = []
    for joint, digits in re.findall(r"([至–-]|to)?\s?第?(\d+)", listed):
        number = int(digits)
        if joint and numbers and number - numbers[-1] < _MOST:
            numbers += range(numbers[-1] + 1, number)
        numbers.append(number)
    return numbers


# ------------------------------------------------------------------ asking


Figure = Amount | Day | Announcement
READERS: Mapping[type, Callable[[str], Iterator[Figure]]] = {
    Money: amounts,
    Span: days,
    Number: announcements,
}


def meets(figure: Figure, wanted: Money | Span | Number) -> bool:
    """Is it one that is wanted?"""
    match figure, wanted:
        case Amount(), Money():
            return figure.currency == wanted.currency and wanted.least <= figure.value <= wanted.most
        case Day(), Span():
            return _within(figure.date, wanted)
        case Announcement(), Number():
            return wanted.number in (0, figure.number) and wanted.year in (0, figure.year)
    return False


def _within(date: tuple[int, int, int], wanted: Span) -> bool:
    """A month alone is within where any of its days is."""
    last = date if date[2] else (*date[:2], 31)
    return wanted.first <= last and date <= wanted.last
