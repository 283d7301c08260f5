"""Companies that no file lists, by the shape of their names. Pure; every pattern is bounded.

A run of capitalised words that ends in what companies are called by, or stands before a ticker, or
does at the start of a sentence what companies do; of Chinese, Japanese and Korean what stands with
their words for a company.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from monitor.rule import Field
from monitor.text import fold


class Name(NamedTuple):
    """A name as it stands; `ticker` as EXCHANGE:SYMBOL where one follows."""

    field: Field
    start: int
    end: int
    words: str
    ticker: str = ""
    sure: float = 0.6


_UPPER = r"[A-ZÀ-ÖØ-Þ]"
_WORD = (
    rf"(?:{_UPPER}[\w’'.-]{{0,24}}(?<![.'’-])|[a-z]-?{_UPPER}[\w-]{{1,20}}|\d[A-Z]\w{{0,10}}|&"
    rf"|and(?=\s{_UPPER}))"
)
_FORM = (
    r"(?:Inc|Incorporated|Corp|Corporation|Ltd|Limited|LLC|L\.L\.C|PLC|plc|LP|Co|Company|Pty|GmbH|AG|SE"
    r"|SA|S\.A|SAS"
    r"|S\.p\.A|SpA|SRL|BV|B\.V|NV|N\.V|AS|ASA|AB|Oy|Oyj|Bhd|Berhad|Sdn|Tbk|JSC|OJSC|PJSC|Pvt|KK"
    r"|Co\.,\sLtd)\.?(?!\w)"
)
_CALLED = (
    r"(?:Resources|Minerals|Metals|Materials|Mining|Mines|Group|Holdings?|Technologies|Technology"
    r"|Magnetics|Magnets"
    r"|Elements|Energy|Rare\sEarths|Rare\sMetals|Lithium|Graphite|Antimony|Tungsten|Exploration|Partners"
    r"|Capital"
    r"|Ventures|Solutions|Industries|Systems|Recycling|Refining|Steel|Chemicals?|Alloys|Motors|Gold"
    r"|Copper|Nickel"
    r"|Cobalt|Uranium|Critical\sMetals|Tailings|Labs|Innovations|Enterprises|International|Electric"
    r"|Motor|Power)(?!\w)"
)
_RUN = re.compile(rf"(?<![\w@.-])(?:{_WORD}\s){{0,5}}?{_WORD}(?:,?\s{_FORM}){{1,2}}")
_NAMED = re.compile(rf"(?<![\w@.-])(?:{_WORD}\s){{1,4}}{_CALLED}(?:,?\s{_FORM})?")
_TICKER = re.compile(
    rf"(?<![\w@.-])(?P<name>(?:{_WORD}\s){{0,5}}{_WORD}(?:,?\s{_FORM})?)\s?[(（]\s?"
    r"(?P<exchange>NYSE(?:\sAmerican)?|NASDAQ|Nasdaq|ASX|TSXV|TSX-V|TSX|CSE|LSE|AIM|OTCQX|OTCQB|OTC|HKEX"
    r"|HKG|SSE|SZSE|TSE|KRX"
    r"|KOSDAQ|EBR|EPA|FRA|FSE|NSE|BSE|JSE|SGX|MYX)\s?(?::\s?|\s)(?P<symbol>[A-Z0-9.]{1,8})(?![a-z])"
)
_DOES = (
    r"(?:receives|secures|signs|inks|lands|wins|breaks\sground|begins|starts|commissions|opens|launches"
    r"|plans|picks|selects|raises"
    r"|acquires|enters|completes|requests|applies|gets|taps|closes|joins|partners|expands|invests"
    r"|announces|halts|scraps|suspends"
    r"|will\sbuild|to\sbuild|to\sinvest|to\ssupply|has\ssigned|has\ssecured|has\sreceived)(?!\w)"
)
_DID = (
    r"(?:received|secured|signed|inked|landed|won|broke\sground|began|started|opened|launched|picked"
    r"|selected|raised|acquired"
    r"|entered|completed|requested|applied|got|closed|announced)(?!\w)"
)
_SUBJECT = re.compile(
    rf"(?:^|(?<=[.!?:;]\s)"
    rf"|(?<=\s[–-]\s))(?P<name>(?:{_UPPER}[\w’'-]{{1,24}}\s){{0,2}}{_UPPER}[\w-]{{2,24}})\s{_DOES}"
    rf"|(?:^|(?<=[.!?:;]\s)"
    rf"|(?<=\s[–-]\s))(?P<names>(?:{_UPPER}[\w’'-]{{1,24}}\s){{1,2}}{_UPPER}[\w-]{{2,24}})\s{_DID}"
)
_JOINED = re.compile(
    rf"(?:,\s(?:and\s)?|\s(?:and|with|&|und|et|y|e|dan|và)\s)(?P<name>(?:{_WORD}\s)?{_UPPER}[\w-]{{2,20}}"
    rf"|[A-Z]{{3,6}})(?![\w'’]|\s{_UPPER})"
)
_JOINS = re.compile(
    rf"(?<![\w’'-]\s)(?<![\w-])(?P<name>{_UPPER}[\w-]{{2,20}})\s(?:and|&|und|et|y|e|dan|và)\s$"
)
# What such a name is made of beside what is the company's own.
_COMMON_WORDS = """
    rare earth earths critical minerals mineral metals metal mining magnets magnet magnetics energy
    group materials technologies technology resources strategic supply chain heavy light new first north
    south east west american global international national the a an and of for in to us u.s. usa lithium
    gold copper nickel cobalt graphite permanent battery processing refining recycling power electric
    green clean project projects plant factory production joint partners capital company corporation
    solutions industries government state federal market prices price industry sector department office
    defense defence trade export exports deal it this that these its he she they we president minister
    chairman chief executive ceo governor senator critics analysts experts investors officials shares
    sources miner miners producer producers maker makers firm firms construction work talks uranium
    tungsten antimony steel high low more two three four five several exclusive update breaking letter
    letters financing loan billion million january february march april may june july august september
    october november december monday tuesday wednesday thursday friday why how what when where who with
    from by as on at after before amid over under q1 q2 q3 q4 shareholders board council committee
    congress parliament court bank agency ministry authority fund programme program initiative act
    summit forum university institute association alliance partnership agreement dod doe exim dfc osc ev
    evs ndfeb ndpr mou loi eu uk solvent separation facility building mine mines oxide alloy alloys
    automotive defence aerospace tech start-up startup security govt centre center uni team startup
    series campus washington beijing tokyo seoul canberra brussels reuters bloomberg xinhua nikkei
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_NEVER = re.compile(
    r"\b(?:Department|Ministry|Ministries|Minister|Bank|Agency|University|Uni|Institute|Association|Act"
    r"|Initiative|Programs?"
    r"|Programme|Office|Council|Committee|Commission|Congress|Senate|Survey|Authority|Bureau|Board"
    r"|Agreement|Governor"
    r"|President|Secretary|Senator|Street|County|Times|Post|Journal|News|Weekly|Review|Reuters|Bloomberg"
    r"|Nikkei|Market"
    r"|Exchange|Fund|Alliance|Partnership|Strategy|Plan|Project|Mission|Summit|Forum|Army|Navy|Force"
    r"|Laboratory"
    r"|Critical\sMinerals$|Critical\sMaterials$|Strategic\sMinerals$|U\.S|US|China|Chinese|Supply\sChain"
    r"|Securities"
    r"|Global\sMarkets|Intelligence|Analytics|Research|Rating|Ratings|Capital\sMarkets|Consulting"
    r"|Insights?)\b"
)

_STOP = (
    "的在了和与與及或对對由从從向将將为為等把被是获獲给給发發于於因以其该該这這那有年月日下第批家各称稱据據座种種条條"
    "，。、；：（）《》“”0-9A-Za-z\\s"
)
_CHINESE = re.compile(
    rf"(?P<name>[^\W{_STOP}]{{2,8}}?(?:股份有限公司|有限责任公司|有限公司|股份公司|集团公司|集团|集團"
    rf"|稀土公司))"
)
_SHORT = re.compile(
    rf"(?<![^\W{_STOP}])(?P<name>[^\W{_STOP}吨噸万萬产產性能业業建设]{{2,4}}"
    r"(?:股份|磁材|永磁|磁业|磁業|钨业|鎢業|矿业|礦業|锂业|鋰業|新材料|高科|科技))"
)
_SIX = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{3,16})[（(](?P<symbol>(?:00|30|60|68)\d{4}|\d{4}\.HK)(?:\.(?:SZ|SH))?[)）]"
)
_JAPANESE = re.compile(r"(?P<name>株式会社[\u30a0-\u30ff\u4e00-\u9fff]{2,10}"
r"|[\u30a0-\u30ff\u4e00-\u9fff]{2,10}株式会社"
                       r"|(?<![\u30a0-\u30ff\u4e00-\u9fff])[\u30a0-\u30ff\u4e00-\u9fff]{1,6}(?:金属鉱山"
                       r"|金属|鉱業|化学工業|化学|電工|マテリアル|商事|物産))")  # fmt: skip
# In a text without them the same characters are Chinese.
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_KOREAN = re.compile(r"(?P<name>(?:㈜|\(주\)|주식회사\s?)[가-힣A-Z]{2,12}|[가-힣A-Z]{2,12}(?:㈜|\(주\)"
r"|주식회사)"
                     r"|(?<![가-힣])[가-힣]{2,6}(?:에너빌리티|머티리얼즈|머티리얼|마그넷|홀딩스"
                     r"|인터내셔널|에너지솔루션|아연))")  # fmt: skip
_GENERAL = (
    "中国|国家|本|该|上市|旗下|子|控股|稀土|磁材|永磁|多家|各大|六大|五大|四大|两大|大型|龙头|国有|央企|生产|出口|分离"
    "|相关|外国|美国|日本|高|新|我国|先进|关键|战略|有色|国内|海外|外资|民营|行业|头部|下游|上游|一家|这家|两家|部分"
    "|中國|國家|該|大型|龍頭|國有|生產|分離|相關|外國|美國|我國|先進|關鍵|戰略|國內|海外|行業|頭部"
    "|欧洲|歐洲|欧盟|歐盟|韩国|韓國|印度|越南|亚洲|亞洲|西方|本土|本地|当地|當地|全球|世界|进口|進口|境外|境内|境內"
    "|美|日|中|韩|韓|欧|歐|产|產|制|製|高端|低端|性能|轻|輕|重|大|小|二|三|四|五|六|七|商务部|商務部|五角大楼|政府"
    "|军工|軍工|国防|國防|金属|金屬|矿产|礦產|锂|钨|锑|镓|锗|石墨|稀有|贵|烧结|燒結|钕铁硼|釹鐵硼|钐钴|釤鈷"
)
_FORMS = "集团|集團|公司|有限公司|股份|稀土|磁材|永磁|企业|矿业|科技|新材料|稀土公司|高科|金属|金屬|商事|物産"
# `俄克拉何马州磁材`: a magnet plant of a state rather than a company; `赣州稀土集团` is one.
_GENERIC_CHINESE = re.compile(
    f"^(?:(?:{_GENERAL}){{1,8}}(?:{_FORMS})|\\w{{1,8}}[州省市县縣](?:磁材|永磁|金属|金屬))$"
)
_PAID = re.compile(
    rf"[$€£]\s?[\d.,]+\s?(?:million|billion|mn?|bn?)?\s(?:[a-z-]+\s){{0,2}}(?:for|to"
    rf"|in)\s(?P<name>{_UPPER}[\w-]{{2,20}})(?![\w’']|\s{_UPPER})"
)
_GOT = re.compile(
    rf"(?<![\w-])(?P<name>{_UPPER}[\w-]{{2,20}})\s\([^()]{{1,40}}\)(?:\sand|,|\sgot|\sreceived"
    rf"|\sgets)(?!\w)"
)
_OWNER = re.compile(rf"(?P<name>{_UPPER}[\w-]{{2,20}})(?:['’]s?)\s(?:[\w-]+\s){{0,3}}$")
# What stands before a name and is none of it: `North Carolina's`, `Exclusive-`, `and`.
_LEAD = re.compile(r"(?:[\w\s.-]{1,40}['’]s\s|(?:and|&|Exclusive-|The)[\s]?)(?=\w)")
_EXCHANGE = {"Nasdaq": "NASDAQ", "TSX-V": "TSXV", "NYSE American": "NYSE"}
_PERSON = re.compile(
    rf"(?:Sen(?:ator|\.)|Gov(?:ernor|\.)|Rep(?:resentative|\.)|Minister|President|Secretary|Chairman"
    rf"|Chair|Mayor|Premier|Chancellor|Lawmaker|Mr\.?|Ms\.?|CEO"
    rf"|Ambassador"
    rf"|Director)\s(?:{_WORD}\s){{0,2}}?(?P<last>{_UPPER}[\w’'-]{{1,24}})(?:\s{_UPPER}[\w’'-]{{1,24}})?"
)
# So many at most of each form are taken from a field.
_MOST = 40


def named(field: Field, text: str) -> Iterator[Name]:
    """Every name that has the shape of a company's, form by form; they may overlap."""
    titled = _is_title_case(text) if field == "title" else False
    for count, found in enumerate(_TICKER.finditer(text)):
        if count < _MOST and _own(found["name"]):
            exchange = _EXCHANGE.get(found["exchange"], found["exchange"])
            yield _name(field, found, "name", f"{exchange}:{found['symbol']}", 0.9)
    for form, sure in ((_RUN, 0.8), (_NAMED, 0.6), (_SUBJECT, 0.5), (_PAID, 0.5), (_GOT, 0.5)):
        for count, found in enumerate(form.finditer(text)):
            if count >= _MOST or (titled and form is _NAMED):
                continue
            group = found.lastgroup or 0
            if _own(found[group]) and not _NEVER.search(found[group]):
                yield _name(field, found, group, "", sure)
    for form in (_SIX, _CHINESE, _SHORT, _KOREAN, *([_JAPANESE] if _KANA.search(text) else [])):
        for count, found in enumerate(form.finditer(text)):
            if count < _MOST and not _GENERIC_CHINESE.search(found["name"]):
                symbol = found["symbol"] if form is _SIX else ""
                yield _name(field, found, "name", symbol, 0.6)


def persons(text: str) -> frozenset[str]:
    """The words of names that follow a title such as Senator or CEO."""
    found = (word for one in _PERSON.finditer(text) for word in one[0].split()[1:])
    return frozenset(word.strip(".,'’").removesuffix("'s") for word in found)


def beside(field: Field, text: str, start: int, end: int) -> Iterator[Name]:
    """A name joined to that of a company which stands at `start` to `end`: `and Astron`, `with Traxys`."""
    offset = max(0, start - 40)
    after = _JOINED.match(text, end, min(len(text), end + 40))
    before = _JOINS.search(text[offset:start])
    for found, shift in ((after, 0), (before, offset)):
        if found and _own(found["name"]) and not _NEVER.search(found["name"]):
            one = _name(field, found, "name", "", 0.6)
            yield one._replace(start=one.start + shift, end=one.end + shift)


def owner(field: Field, text: str, start: int) -> Iterator[Name]:
    """The name whose project stands at `start`: `Barrick's` before `Reko Diq`."""
    offset = max(0, start - 40)
    found = _OWNER.search(text[offset:start])
    if found and _own(found["name"]) and not _NEVER.search(found["name"]):
        yield Name(field, offset + found.start("name"), offset + found.end("name"), found["name"], "", 0.7)


def called(name: str) -> Iterator[str]:
    """What people call a company of this name for short, folded: its first words and its initials."""
    words = name.split(" (", maxsplit=1)[0].split()
    for count in (1, 2):
        if len(words) > count and len(words[0]) > 2 and _own(f"{' '.join(words[:count])} x"):
            yield fold(" ".join(words[:count])).text
    if len(words) > 2:
        yield fold("".join(word[0] for word in words if word[0].isupper())).text


def _name(field: Field, found: re.Match[str], group: str | int, ticker: str, sure: float) -> Name:
    start, end = found.span(group)
    lead = _LEAD.match(found[group])
    start += lead.end() if lead else 0
    return Name(field, start, end, found.string[start:end].strip(" ,"), ticker, sure)


def parts(name: Name) -> Iterator[Name]:
    """The names on both sides of an `and`, where each has words of its own."""
    left, joint, right = name.words.partition(" and ")
    if joint and _own(left) and _own(right):
        yield name._replace(words=left, end=name.start + len(left))
        yield name._replace(words=right, start=name.end - len(right))
    else:
        yield name


def _own(words: str) -> bool:
    """Is there a word in it that is the company's own?"""
    plain = [word.strip(".,&’'").removesuffix("'s").removesuffix("’s").lower() for word in words.split()]
    return any(word and word not in _COMMON and not word.isdigit() for word in plain[:-1] or plain)


def _is_title_case(text: str) -> bool:
    """Do most words of a headline begin with a capital?"""
    words = [word for word in text.split() if len(word) > 3 and word[0].isalpha()]
    return sum(word[0].isupper() for word in words) > 0.6 * len(words)


_ENDINGS = re.compile(
    rf"(?:,?\s+{_FORM})+$|(?:股份有限公司|有限责任公司|有限公司|集团公司|股份公司)$|株式会社|㈜|\(주\)"
    rf"|주식회사",
    re.IGNORECASE,
)


def short(words: str) -> str:
    """A name without the form of the company: `VHM Limited` is `VHM`."""
    return _ENDINGS.sub("", words).strip(" ,.") or words
