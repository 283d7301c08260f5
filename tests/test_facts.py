"""What an item states, read with the shipped files: invented items, a table for each kind of fact."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import watchlists
from monitor.fact import Facts, Kind, Sum
from monitor.facts import Reader, money
from monitor.folder import read_directory
from monitor.model import Content, Origin

ROOT = Path(__file__).parent.parent
SURE = 0.5


@pytest.fixture(scope="module")
def reader() -> Reader:
    rulebook, problems = watchlists.build(read_directory(ROOT / "watchlists"))
    assert not problems
    return Reader(rulebook)


def read(reader: Reader, title: str, text: str = "", lang: str = "en", link: str = "") -> Facts:
    return reader.read(Content(title, text, link=link), Origin(lang=lang), date(2025, 11, 10))


def sure(facts: Facts, kind: Kind) -> list[str]:
    return [fact.value for fact in facts.of(kind) if fact.sure >= SURE]


# ------------------------------------------------------------------ money

AMOUNTS = [
    ("EXIM approves $310 million loan for Dubbo", "The mine costs $1.1 billion in all.", "USD 310000000"),
    (
        "Acme Magnets forges $1.1 billion partnership with the US government",
        "The Office of Strategic Capital lends $410m; $300m is private.",
        "USD 410000000",
    ),
    (
        "Ohio allocates $12 million for magnet plant",
        "The company spends over $400m on the plant; the Pentagon provides $71m for equipment.",
        "USD 71000000",
    ),
    (
        "Magnet maker to build factory in Texas",
        "It invests half a billion dollars in the plant.",
        "USD 500000000",
    ),
    (
        "DFC lends to rare earth miner",
        "The letter is for $150m, on top of an existing $900m debt package.",
        "USD 150000000",
    ),
    (
        "DOE gives $90 million grant",
        "It is $90 million of $3 billion DOE grants for batteries.",
        "USD 90000000",
    ),
    (
        "EXIM letters for Varnel Graphite now add up to US$700 million",
        "Varnel Graphite has a second letter of interest from US EXIM, of up to US$400 million.",
        "USD 400000000",
    ),
    (
        "Polmere wins another $40 mln from US, DFC stake at $120m",
        "",
        "USD 40000000",
    ),
    (
        "Orvane and Apple announce $300 million magnet partnership",
        "Apple prepays $90 million.",
        "USD 300000000",
    ),
    (
        "Lithium Americas lands $1.8 bln conditional federal loan",
        "A carmaker had already agreed to put in $500 million.",
        "USD 1800000000",
    ),
    ("美国进出口银行拟贷款4.5亿美元支持稀土项目", "项目总投资30亿美元。", "USD 450000000"),
    (
        "EXIM bietet Darlehen",
        "Die US-EXIM gewährt ein Darlehen von bis zu 2 Milliarden Dollar.",
        "USD 2000000000",
    ),
]


@pytest.mark.parametrize(("title", "text", "value"), AMOUNTS)
def test_the_amount_of_an_item_is_the_public_money_that_moves(
    reader: Reader, title: str, text: str, value: str
) -> None:
    first = read(reader, title, text).first(Kind.AMOUNT)
    assert first is not None
    assert first.value == value
    assert first.sure >= SURE


def test_a_price_of_a_kilogram_is_no_amount(reader: Reader) -> None:
    assert not sure(read(reader, "Neodymium trades around $66,000 per tonne"), Kind.AMOUNT)


def test_up_to_and_the_purpose_are_told_with_the_amount(reader: Reader) -> None:
    first = read(reader, "EXIM offers loan of up to $200m for rare earths").first(Kind.AMOUNT)
    assert first is not None
    assert first.label == "up to $200m loan"


def test_another_currency_is_converted_at_the_rate_of_the_month(reader: Reader) -> None:
    first = read(reader, "Export Finance Australia lends A$100 million to rare earth refinery").first(
        Kind.AMOUNT
    )
    assert first is not None
    assert first.sum is not None
    assert first.sum.rated == date(2025, 11, 1)
    assert first.sum.usd == (first.sum.value * (first.sum.rate or 0)).quantize(Decimal("0.01"))
    assert Decimal(60_000_000) < first.sum.usd < Decimal(70_000_000)


def test_money_is_shown_with_what_it_was_converted_at() -> None:
    sum_ = Sum(
        Decimal(180_000_000),
        "AUD",
        False,
        "equity",
        Decimal(119_790_000),
        Decimal("0.6655"),
        date(2024, 1, 1),
    )
    assert money(sum_) == "A$180m ($119.79m at 0.6655, 2024-01) equity"


# ------------------------------------------------------------------ agencies

AGENCIES = [
    ("U.S. EXIM sends letter of interest for Nolans", "", "exim"),
    ("Pentagon's Office of Strategic Capital lends for magnets", "", "osc"),
    ("China tightens export controls on dysprosium", "Beijing wants licences from now on.", "mofcom"),
    ("2026年第一批稀土开采总量控制指标下达", "", "miit"),
    ("United States and Cambodia sign Agreement on Reciprocal Trade", "", "white-house"),
    ("Malaysia keeps raw rare earth ban, says Zafrul", "The US deal changes nothing.", "miti-malaysia"),
    ("JOGMEC takes stake in rare earth project", "", "jogmec"),
    ("Make More in America money for magnet plant", "", "exim"),
    ("Energy Department closes loan for lithium mine", "The loan is of $900 million.", "doe-lpo"),
    ("Energy Department gives grants to battery recyclers", "Grants of $90 million.", "doe"),
    (
        "Canberra lends to rare earths refinery",
        "The loan is from Export Finance Australia.",
        "efa",
    ),
    (
        "Ottawa lends C$100m for heavy rare earths",
        "Canada Infrastructure Bank provides the loan.",
        "canada-infrastructure-bank",
    ),
    ("China issues first 2024 rare earth quota", "Mining quota 100,000 tonnes.", "miit"),
    (
        "China signs rules: rare earth resources belong to the state",
        "The State Council decreed it.",
        "state-council",
    ),
    ("泰美签署关键矿产合作谅解备忘录", "泰国总理与特朗普签署。", "white-house"),
]


@pytest.mark.parametrize(("title", "text", "agency"), AGENCIES)
def test_the_agency_is_the_one_that_acts(reader: Reader, title: str, text: str, agency: str) -> None:
    assert sure(read(reader, title, text), Kind.AGENCY)[:1] == [agency]


def test_one_that_backed_it_before_does_not_act_now(reader: Reader) -> None:
    facts = read(reader, "Lynas signs MoU with Noveon", "Its Pentagon-backed plant in Texas is uncertain.")
    assert not sure(facts, Kind.AGENCY)


def test_ministries_that_announce_together_are_both_sure(reader: Reader) -> None:
    facts = read(reader, "商务部、海关总署决定对稀土相关物项实施出口管制", lang="zh")
    assert sure(facts, Kind.AGENCY)[:2] == ["mofcom", "gacc"]


def test_one_that_is_implied_is_less_sure_than_one_that_is_named(reader: Reader) -> None:
    named = read(reader, "MOFCOM announces export controls on tungsten").first(Kind.AGENCY)
    implied = read(reader, "China announces export controls on tungsten").first(Kind.AGENCY)
    assert named is not None
    assert implied is not None
    assert implied.sure < named.sure


# ------------------------------------------------------------------ companies

COMPANIES = [
    ("Lynas signs MoU with Noveon on magnets", "", ["lynas", "noveon"]),
    ("Zanadu Resources (ASX: ZAN) raises A$20m for rare earths", "", ["zanadu resources"]),
    ("Rare earth grant", "DOE awarded $50 million for Qvartz Metals Inc. in Utah.", ["qvartz metals"]),
    ("北方稀土与福岭磁材有限公司合资建厂", "", ["northern-rare-earth", "福岭磁材"]),
    ("EXIM board supports critical minerals", "Chair Jovanovic spoke in Washington.", []),
    ("China Widens Export Controls On Rare Earth Magnets", "Monday was quiet.", []),
    ("Senator Alba Keene announces $50 million for rare earths", "", []),
]


@pytest.mark.parametrize(("title", "text", "companies"), COMPANIES)
def test_companies_are_found_whether_a_file_lists_them_or_not(
    reader: Reader, title: str, text: str, companies: list[str]
) -> None:
    assert sorted(sure(read(reader, title, text), Kind.COMPANY)) == sorted(companies)


def test_a_listed_company_is_shown_with_its_ticker(reader: Reader) -> None:
    first = read(reader, "MP Materials opens magnet plant").first(Kind.COMPANY)
    assert first is not None
    assert first.label == "MP Materials (NYSE:MP)"


@pytest.mark.parametrize(
    ("title", "text", "company"),
    [
        (
            "Shovels in the ground for magnet maker",
            "Work has begun at MP's $100 million magnet plant.",
            "mp-materials",
        ),
        ("Vacuumschmelze gets dysprosium for its magnets", "", "vacuumschmelze"),
        ("LS전선, 미국에 희토류 영구자석 공장", "", "ls-cable"),
        ("ASM, 오창에 희토류 금속 공장 준공", "", "australian-strategic-materials"),
    ],
)
def test_companies_are_known_by_what_people_call_them(
    reader: Reader, title: str, text: str, company: str
) -> None:
    assert company in sure(read(reader, title, text), Kind.COMPANY)


@pytest.mark.parametrize(
    "title",
    [
        "合建第二座磁材厂 稀土管制",
        "稀土管制：境外产磁材须许可",
        "美国本土磁材厂投产 稀土",
        "稀土管制：重稀土與磁材",
        "稀有・种金属管制 稀土",
        "稀土：俄州磁材厂获贷款",
    ],
)
def test_common_nouns_of_a_chinese_text_are_no_names(reader: Reader, title: str) -> None:
    assert not [fact for fact in read(reader, title, lang="zh").all if fact.kind is Kind.COMPANY]


def test_a_company_that_others_are_compared_with_is_no_party(reader: Reader) -> None:
    facts = read(
        reader, "Noveon opens magnet plant in Texas", "It is smaller than rival MP Materials in Fort Worth."
    )
    assert sure(facts, Kind.COMPANY) == ["noveon"]


# ------------------------------------------------------------------ countries

COUNTRIES = [
    ("US EXIM approves loan for Reko Diq", "", {"US", "PK"}),
    ("China suspends export controls after talks with the US", "", {"CN", "US"}),
    ("Noveon opens plant in Texas to cut dependence on China", "China dominates magnets.", {"US"}),
    ("Lynas and JS Link plan Malaysian magnet plant", "", {"MY", "AU", "KR"}),
    ("China bans technology for magnets", "Shares of US processors rose.", {"CN"}),
    ("Cabinet approves magnet scheme", "India wants 6,000 tonnes a year.", {"IN"}),
    ("Magnet plant for Sumter County, South Carolina", "", {"US"}),
    ("日정부, 희토류 재활용 지원사업 착수…中 의존 상황 완화 포석", "", {"JP"}),
]


@pytest.mark.parametrize(("title", "text", "countries"), COUNTRIES)
def test_countries_are_those_of_the_event(reader: Reader, title: str, text: str, countries: set[str]) -> None:
    lang = "ko" if "희토류" in title else "en"
    assert set(sure(read(reader, title, text, lang), Kind.COUNTRY)) == countries


# ------------------------------------------------------------------ the rest


def test_capacity_date_and_document_are_read(reader: Reader) -> None:
    facts = read(
        reader,
        "Noveon plans 3 ktpa NdFeB plant by late 2027: AP088123XX",
        link="https://www.federalregister.gov/documents/2025/11/03/2025-12345/x",
    )
    (capacity,) = facts.of(Kind.CAPACITY)
    assert capacity.output is not None
    assert (capacity.output.tonnes, capacity.output.product) == (Decimal(3000), "ndfeb")
    assert facts.values(Kind.DATE) == ("2027",)
    assert facts.values(Kind.DOCUMENT) == ("AP088123XX", "FR 2025-12345")


def test_an_announcement_of_china_has_its_year_and_number(reader: Reader) -> None:
    facts = read(reader, "商务部公告2025年第61号：对稀土物项实施出口管制", lang="zh")
    assert facts.values(Kind.DOCUMENT) == ("CN 2025-61",)


def test_the_name_of_the_publisher_is_no_part_of_the_headline(reader: Reader) -> None:
    facts = read(reader, "Lynas opens rare earth plant in Kalgoorlie - China Daily")
    assert "CN" not in facts.values(Kind.COUNTRY)


def test_what_stands_where_is_kept(reader: Reader) -> None:
    content = Content("US EXIM lends $50m to Lynas", "Kuantan makes 9,000 t a year.")
    for fact in reader.read(content).all:
        assert getattr(content, fact.field)[fact.start : fact.end] == fact.words
        assert 0 <= fact.sure <= 1


PIECES = st.sampled_from(
    [
        "China",
        "EXIM",
        "$5m",
        "loan",
        "Lynas",
        "and",
        "(",
        "ASX:",
        "。",
        "稀土",
        "公司",
        "2025年",
        "第61号",
        "t/y",
        "A",
        "\n",
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=60))
def test_any_text_is_read_and_read_alike_again(reader: Reader, pieces: list[str]) -> None:
    content = Content(" ".join(pieces[:12]), " ".join(pieces))
    facts = reader.read(content)
    assert facts == reader.read(content)
    for fact in facts.all:
        assert getattr(content, fact.field)[fact.start : fact.end] == fact.words
