"""Amounts of money in an item, and which of them is the one that it is about. Pure.

The public money that an agency moves comes before the whole cost, the price of a partnership, the
value of a company and what is told of other deals; of a plant the investment that is stated.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from monitor import figures
from monitor.fact import Sum
from monitor.model import Hit
from monitor.rule import PROSE, Field
from monitor.said import Said, Window


@dataclass(frozen=True, slots=True)
class Stated:
    """An amount as it stands, how well it is bound to the public money of the item, in points."""

    field: Field
    start: int
    end: int
    sum: Sum
    points: int


# What money is for, by the words beside it; the first that stands nearest counts.
_PURPOSES = {
    "loan": r"loans?|lend(?:s|ing|er)?|lent|debt|credit|financing"
    r"|darlehen|kredit\w*|fremdfinanzierung|finanzierung|prêt|crédit|financement|préstamo|crédito"
    r"|financiación"
    r"|financiamiento|prestito|finanziamento|debito|empréstimo|financiamento|khoản\svay|tín\sdụng"
    r"|pinjaman|pembiayaan"
    r"|贷款|貸款|信贷|融资|融資|貸付|借款|대출|융자",
    "guarantee": r"guarantees?|guaranty|insurance|garantie|bürgschaft|garantía|garanzia|garantia"
    r"|bảo\slãnh|jaminan"
    r"|担保|擔保|保証|保险|보증|보험",
    "equity": r"equity|stakes?|shares?|warrants?|beteiligung|eigenkapital|participation|capital"
    r"|participación"
    r"|partecipazione|participação|cổ\sphần|ekuiti|saham|股权|股權|入股|出資|出资|지분|출자",
    "grant": r"grants?|awards?|awarded|subsid(?:y|ies)|incentives?|contracts?|funding|funds|funded"
    r"|zuschuss|förderung"
    r"|fördermittel|subvention|aide|subvención|ayuda|sovvenzione|contributo|subvenção|trợ\scấp|geran|hibah"
    r"|拨款|撥款|补助|補助|补贴|補貼|资助|資助|助成|보조금|지원금",
    "price floor": r"price\sfloor|floor\sprice|minimum\sprice|底价|最低价|最低価格|가격\s?하한"
    r"|最低価格保証",
}
_PURPOSE = {
    name: re.compile(
        rf"(?<![^\W\d_])(?:{words})(?![a-zà-ÿ])|(?:{words})(?=[\u3000-\u9fff가-힣])", re.IGNORECASE
    )
    for name, words in _PURPOSES.items()
}
_INTEREST = re.compile(
    r"(?<!\w)(?:letters?\sof\s(?:interest|intent|support)|LOIs?|interessenbekundung"
    r"|lettres?\sd['’]int\w+|lettera\sdi\sinteresse"
    r"|carta\sde\sinter[eé]s\w*)(?!\w)|意向书|意向書|関心表明|의향서",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"(?<!\w)(?:federal|government|public|taxpayers?|treasury|Pentagon|Washington|Canberra|Ottawa|Tokyo"
    r"|Berlin|Paris|Seoul|Brussels|U\.?S\.?\s(?:loan"
    r"|funding|grant|backing)"
    r"|staatlich\w*|öffentlich\w*|l['’]état|public[oa]|政府|国家|정부)(?!\w)",
    re.IGNORECASE,
)
_GIVES = re.compile(
    r"(?<!\w)(?:approv\w+|award\w*|lend\w*|provid\w+|grant\w*|commit\w*|pledg\w+|giv\w+|gave|allocat\w+"
    r"|extend\w*|offer\w*"
    r"|gets?|receiv\w+|secur\w+|win\w*|won|land\w*|clear\w*|fund\w*|back\w*|contribut\w+|apport\w+"
    r"|gewähr\w*"
    r"|bewillig\w*|erhält"
    r"|riceve|recib\w+|receb\w+|accord\w+|reçoit|request\w*|seek\w*|appl\w+)(?!\w)|批准|提供|授予|获得"
    r"|獲得|承诺|承認|승인|제공|지원",
    re.IGNORECASE,
)
_INVESTS = re.compile(
    r"(?<!\w)(?:invest\w*|spend\w*|spent|plants?|factory|facility|capex|build\w*|expan\w+|restart\w*"
    r"|construct\w*|usine|werk"
    r"|planta|fábrica|impianto|nhà\smáy|kilang)(?!\w)|投资|投資|总投资|建设|투자|공장|工厂",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"^\s(?:\w+\s){0,2}from\s(?:the\s)?(?:\w+\s)?(?:government|treasury|Washington|Canberra|Ottawa|Tokyo"
    r"|Berlin|Paris"
    r"|Seoul|Brussels|London)(?!\w)",
    re.IGNORECASE,
)
# What stands straight after an amount that is no such money.
_DEAL = re.compile(
    r"^[\s-]{0,2}(?:[\w.-]+\s){0,2}?(?:partnership|agreement|deal|pact|package)(?!\w)"
    r"|^\s?(?:规模的?合作|的?合作|규모)"
)
_TOTAL = re.compile(
    r"^[\s-]{0,2}(?:[\w.-]+\s){0,2}?(?:partnership|agreement|deal|pact|valuation|value|market|revenues?"
    r"|sales|round|private"
    r"|privately|in\sprivate|of\sprivate|cap|capitali[sz]ation|package|programme?|industry|tariffs?"
    r"|trade|imports?|exports?"
    r"|profit|loss|order|backlog|invoice|penalt\w+|fine)(?!\w)|^[\s]?(?:市场|市值|规模|的?合作|市場|시장"
    r"|규모)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"(?:existing|already|earlier|previous(?:ly)?|total(?:l?ing)?|valued\sat|valuation\sof|unlock\w*"
    r"|on\stop\sof"
    r"|(?:stake|holding|tally|exposure)\s(?:now\s)?(?:at|of|to)|adds?\sup\sto|added\sup\sto|adding\sup\sto"
    r"|(?:brings?|bringing|brought|takes?|taking|took|lifts?|lifting|raises|raising)\s[\w\s]{0,30}\sto"
    r"|had\s(?:already|earlier)\s[\w\s]{0,24}|summing\sto|altogether|combined"
    r"|alongside|within|as\spart\sof|part\sof|out\sof|taking\s[\w\s]{0,30}to|raised|stake\sto"
    r"|target(?:s|ing)?(?:\sof)?|wants\sto\sreach|hopes\s\w+\s\w+|compared\s(?:to|with)"
    r"|up\sfrom|now|followed\sby|nach\s[\w\s]{0,30}über|after\san?\s[\w\s]{0,30}|in\sexcess\sof"
    r"|threshold\sof|累计|总计|合计|增至|累計|合計|누계|总额达|估值|市值|累計|總計|누적)"
    r"\s?(?:a|an|the|its|of|its|some|about|around|over|nearly|more\sthan|up\sto|US)?\s?$",
    re.IGNORECASE,
)
# What the money builds, said right after it: `a $7.4bn smelter` is a cost, `$35m for a smelter` is not.
_COST = re.compile(
    r"^[\s-](?!for\s|to\s|from\s|in\s)(?:[\w'’-]+\s){0,3}?(?:plant|smelter|project|facility|factory|mine"
    r"|refinery|campus|complex"
    r"|site|hub)(?!\w)",
    re.IGNORECASE,
)
_PLUS = re.compile(
    r"(?<!\w)(?:plus|and|as\swell\sas|along\swith|und|sowie|et|y|e)(?!\w)|以及|和", re.IGNORECASE
)
_RISING = frozenset(("to", "auf", "à", "a", "至", "到", "增至"))
_POOL = re.compile(
    r"\d\s?(?:million|billion|m|bn|mn|亿|万)?\s(?:of|out\sof|from)\s(?:a\s|the\s|its\s)?$", re.IGNORECASE
)
_UNIT = re.compile(
    r"^\s?(?:/|per\s|a\s|an\s|por\s|par\s|pro\s|al\s|il\s)\s?(?:kilogram\w*|kg|kilo|tonnes?|tons?|t\b|lb"
    r"|pound|share|barrel"
    r"|year|ounce|unit|mtu|tonne\w*|acción|aktie)|^\s?(?:/|每)\s?(?:吨|公斤|千克|kg)|^\s?(?:a"
    r"|per)\s(?:metric\s)?ton"
    r"|^(?:/吨|一吨)",
    re.IGNORECASE,
)
_UNIT_BEFORE = re.compile(r"(?:每吨|每噸|每公斤|每千克|每股|톤당|トンあたり|per\s(?:kg|tonne"
r"|share)\s)[^\d。；，,]{0,10}$", re.IGNORECASE)  # fmt: skip
_UP_TO = re.compile(
    r"(?:up\sto|as\smuch\sas|at\smost|max(?:imum)?(?:\sof)?|not\sexceed(?:ing)?|fino\sa|bis\szu"
    r"|jusqu['’]à|hasta|até"
    r"|tối\sđa|lên\s(?:tới|đến)|hingga|sehingga|sampai|最高|最多|至多|不超过|不超過|上限|最大"
    r"|최대)\s?(?:US|A|C)?\s?$",
    re.IGNORECASE,
)
_PAYS = ("lender-us", "lender-allied", "purse-defense", "purse-energy", "purse-other")
_PAYING = ("agency", "programme", "ministry", "body")
# The amount that a headline binds to an agency or instrument is the item's.
TITLED = 6
# Bound to both a payer and an instrument; of several such the largest is meant.
BOUND = 7
_WIDTH, _MOST = 70, 60


def stated(said: Said) -> tuple[Stated, ...]:
    """Every amount of money, the one that the item is about first. Prices of a unit are none."""
    payers = tuple(
        hit
        for entity, hits in said.named(*_PAYING)
        if any(role in _PAYS for role in entity.roles)
        for hit in hits
    )
    found = [one for field in PROSE for one in _in_field(said, field, payers)]
    worth: dict[tuple[str, Decimal], list[int]] = defaultdict(list)
    titled = {(one.sum.currency, one.sum.value) for one in found if one.field == "title"}
    for one in found:
        worth[one.sum.currency, one.sum.value].append(one.points)

    def points(one: Stated) -> int:
        key = one.sum.currency, one.sum.value
        good, bad = max(worth[key]), min(0, *worth[key]) if len(worth[key]) > 1 else 0
        return good + bad + 2 * (key in titled)

    weighed = [replace(one, sum=_whole(one.sum, found), points=points(one)) for one in found]
    return tuple(
        sorted(weighed, key=lambda one: (-one.points, -_size(one.sum), PROSE.index(one.field), one.start))
    )


def _whole(sum_: Sum, found: Sequence[Stated]) -> Sum:
    """With what other places say of the same amount: what it is for, and that it is the most."""
    same = [one.sum for one in found if (one.sum.currency, one.sum.value) == (sum_.currency, sum_.value)]
    purpose = sum_.purpose or next((one.purpose for one in same if one.purpose), "")
    return sum_._replace(purpose=purpose, up_to=any(one.up_to for one in same))


def _size(sum_: Sum) -> Decimal:
    """For putting the larger first: of other currencies roughly."""
    return sum_.value if sum_.currency in {"USD", "EUR", "GBP", "AUD", "CAD"} else sum_.value / 100


def _in_field(said: Said, field: Field, payers: Sequence[Hit]) -> Iterator[Stated]:
    text = said.text(field)
    found = sorted(islice(figures.amounts(text), _MOST), key=lambda one: one.start)
    for number, one in enumerate(found):
        before = text[max(0, one.start - 40) : one.start]
        after = text[one.end : one.end + 40]
        if one.value < 1000 or _UNIT.search(after) or _UNIT_BEFORE.search(before):
            continue
        window = _window(said, field, found, number)
        purpose = _purpose(text, window, one)
        sum_ = Sum(one.value, one.currency, bool(_UP_TO.search(before)), purpose)
        yield Stated(field, one.start, one.end, sum_, _points(said, text, window, one, payers, purpose))


def _window(said: Said, field: Field, found: list[figures.Amount], number: int) -> Window:
    """Around an amount, up to its neighbours."""
    one = found[number]
    window = said.around(field, one.start, one.end, _WIDTH)
    before = found[number - 1] if number else None
    if before and _shares(said.text(field)[before.end : one.start]):
        before = found[number - 2] if number > 1 else None
    left = max(window.start, before.end if before else 0)
    right = min(window.end, found[number + 1].start if number + 1 < len(found) else window.end)
    return Window(field, min(left, one.start), max(right, one.end))


def _shares(between: str) -> bool:
    """Does what is said of an amount hold for the next too: `by 400m to 1.65bn`, `277m plus a loan of`?"""
    return between.strip().lower() in _RISING or bool(len(between) < 60 and _PLUS.search(between))


def _points(
    said: Said, text: str, window: Window, one: figures.Amount, payers: Sequence[Hit], purpose: str
) -> int:
    before, after = text[window.start : one.start], text[one.end : window.end]
    near = f"{before} {after}"
    cost = _COST.search(after)
    if cost and not any(pattern.search(cost[0]) for pattern in _PURPOSE.values()):
        return 1
    points = 0
    if any(window.holds(hit) for hit in payers):
        points += 5
    elif any(
        hit.field == window.field
        and said.sentence(hit.field, hit.start) == said.sentence(window.field, one.start)
        for hit in payers
    ):
        points += 1
    bound = points > 1 or bool(purpose or _INTEREST.search(near) or _FROM.search(after))
    points += 2 * bool(purpose or _INTEREST.search(near))
    points += sum(bool(words.search(near)) for words in (_PUBLIC, _GIVES, _INVESTS))
    points = min(points, BOUND)
    total = _TOTAL.search(after) and not (_DEAL.search(after) and not payers)
    if total:
        points -= 4
    told = _OTHER.search(before)
    if told:
        points -= 4
    if _POOL.search(text[max(0, one.start - 24) : one.start]):
        points -= 6
    bound = bound or bool(_DEAL.search(after) and not payers)
    if window.field == "title" and bound and points >= 0 and not total and not told:
        points += TITLED
    return points


def _purpose(text: str, window: Window, one: figures.Amount) -> str:
    """The word for it that stands nearest, what follows before what precedes."""
    best: tuple[int, str] | None = None
    for name, pattern in _PURPOSE.items():
        for found in pattern.finditer(text, window.start, window.end):
            away = found.start() - one.end if found.start() >= one.end else one.start - found.end() + 8
            if away >= 0 and (best is None or away < best[0]):
                best = away, name
    return best[1] if best else ""
