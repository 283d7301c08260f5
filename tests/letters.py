"""Invented digests: a rich day, a quiet one, one that is blind, late, weekly, huge, hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from monitor.digest import (
    Activity,
    Ahead,
    Coverage,
    Digest,
    Ill,
    Material,
    Moved,
    Pipeline,
    Stuck,
    Trend,
)
from monitor.edition import Edition
from monitor.letter import Links
from monitor.precision import Week
from monitor.subscriber import Subscriber
from monitor.telling import Section, Story
from tests.fakes import NOON

DAY = date(2026, 3, 2)  # a Monday
SUBSCRIBER = Subscriber("desk", "desk@example.com", "07:00", "America/New_York")
EDITION = Edition(DAY, NOON, NOON - timedelta(days=1), NOON)
WEB = Links("https://monitor.example", "https://monitor.example/unsubscribe/token")
HOSTILE = (
    "</td></table><script>alert('x')</script> “EXIM” & <b>DFC</b>\r\nBcc: x@example.com\u2028\u202eevil\x00"
)


def hours(count: float) -> datetime:
    """So long before the edition was written."""
    return NOON - timedelta(hours=count)


def a_move(number: int = 1, **changes: object) -> Moved:
    values: dict[str, object] = {
        "watchlists": ("loans",),
        "ledger": "Deals",
        "title": f"Deal {number}",
        "key": f"deal-{number}",
        "what": "moved",
        "was": "letter of interest",
        "now": "approval",
        "at": hours(3),
        "source": "EXIM newsroom",
        "tier": 1,
        "link": f"https://exim.example/{number}",
        "facts": "EXIM · $1.25bn loan · PK",
    }
    return Moved(**(values | changes))  # type: ignore[arg-type]


def a_story(number: int = 1, **changes: object) -> Story:
    values: dict[str, object] = {
        "id": f"story-{number}",
        "title": f"Ministry grants loan number {number} for a rare earth plant",
        "link": f"https://news.example/{number}",
        "source_name": "Mining Weekly",
        "tier": 3,
        "when": hours(4),
        "score": 60,
        "stage": "board approval",
        "excerpt": f"The board said yes on Friday, for the {number}th time.",
        "words": ("loan", "rare earth"),
        "outlets": ((f"Outlet {number}", f"https://outlet.example/{number}"),),
        "alerted": False,
    }
    return Story(**(values | changes))  # type: ignore[arg-type]


def a_section(*stories: Story, watchlist: str = "loans", title: str = "Loans & grants") -> Section:
    return Section(watchlist, title, stories)


def a_trend(number: int = 1, **changes: object) -> Trend:
    values: dict[str, object] = {
        "watchlists": ("magnets",),
        "id": f"series-{number}",
        "name": f"Series {number}",
        "unit": "CNY/kg",
        "link": f"https://series.example/{number}",
        "value": "405.50",
        "when": "27 Feb 2026",
        "day": 0.012,
        "week": -0.034,
        "month": 0.121,
        "points": tuple(float(400 + (7 * number * n) % 23) for n in range(30)),
    }
    return Trend(**(values | changes))  # type: ignore[arg-type]


def ill(number: int, **changes: object) -> Ill:
    values: dict[str, object] = {
        "name": f"Source {number}",
        "tier": 2,
        "brief": "failing",
        "detail": "answered 500 three times",
    }
    return Ill(**(values | changes))  # type: ignore[arg-type]


# ------------------------------------------------------------------ whole digests

REKO_DIQ = a_move(
    title="EXIM–Barrick, Reko Diq",
    facts="EXIM · Barrick (NYSE:B) · $1.25bn loan · PK",
    source="EXIM newsroom",
)
STORIES = (
    a_section(
        a_story(
            1,
            title="EXIM board approves $1.25 billion for the Reko Diq copper and gold mine in Pakistan",
            source_name="Export-Import Bank of the United States",
            tier=1,
            score=100,
            alerted=True,
            facts="EXIM · Barrick (NYSE:B) · $1.25bn loan · PK, US",
            outlets=tuple((f"Outlet {n}", f"https://outlet.example/{n}") for n in range(6)),
        ),
        a_story(
            2,
            title="DFC weighs equity stake in Serra Verde after Brazil visit, people familiar say",
            source_name="Reuters",
            tier=2,
            score=81,
            stage="reported",
            news="the amount is stated for the first time: $465m",
            facts="DFC · Serra Verde · $465m equity · BR",
            also=("Heavy rare earths",),
            outlets=tuple((f"Outlet {n}", f"https://outlet.example/{n}") for n in range(14)),
        ),
        a_story(3, title="Senate panel adds $300m for antimony stockpile", score=67, stage="committee"),
        a_story(4, title="Nyrstar asks Australia for more smelter support", score=52, stage="", outlets=()),
    ),
    a_section(
        a_story(
            5,
            title="商务部公告2026年第12号：对部分中重稀土相关物项实施出口管制",
            source_name="MOFCOM announcements",
            tier=1,
            score=90,
            alerted=True,
            stage="in force",
            lang="zh",
            facts="MOFCOM · export control · CN",
            gloss=(("出口管制", "export control"), ("中重稀土", "medium and heavy rare earths")),
            when=datetime(2026, 3, 2, tzinfo=NOON.tzinfo),
        ),
        a_story(
            6, title="Lynas says Kalgoorlie separates first heavy rare earths", score=74, stage="start-up"
        ),
        watchlist="controls",
        title="Chinese export controls",
    ),
    a_section(
        a_story(
            7, title="Noveon and ReElement sign magnet-to-oxide recycling deal", score=63, stage="signed"
        ),
        a_story(8, title="e-VAC begins shipments from Sumter, South Carolina", score=58, stage="shipping"),
        watchlist="magnets",
        title="Magnet plants",
    ),
)
COVERAGE = Coverage(
    43,
    45,
    ill=(
        Ill("MOFCOM announcements", 1, "silent 9 h", "usually every 3 h; nothing new since 1 Mar 22:00"),
        Ill("Mining.com", 3, "failing", "answered 503 since 1 Mar 18:40"),
    ),
)
ACTIVITY = (
    Activity("loans", "Loans & grants", (*((n * 5) % 7 for n in range(29)), 4)),
    Activity("controls", "Chinese export controls", (*(9 if n == 21 else n % 3 for n in range(29)), 2)),
    Activity("magnets", "Magnet plants", (*(int(n % 6 == 0) for n in range(29)), 2)),
)
PIPELINES = (
    Pipeline(
        ("loans",),
        "US public money",
        (
            ("letter of interest", 14, 1),
            ("application", 6, 0),
            ("approval", 4, 1),
            ("signed", 9, 0),
            ("first disbursement", 2, 0),
        ),
    ),
)
RICH = Digest(
    SUBSCRIBER,
    EDITION,
    moved=(
        REKO_DIQ,
        a_move(
            2, title="MP Materials: Mountain Pass heavy separation", was="", now="announced", what="opened"
        ),
        a_move(
            3,
            title="Syrah: Vidalia expansion loan",
            was="signed",
            now="suspended",
            what="reversed",
            reverses=True,
            source="DOE LPO",
            facts="DOE · Syrah (ASX:SYR) · $102m loan · US",
        ),
    ),
    sections=STORIES,
    again=(7, 3),
    trends=(
        a_trend(1, name="NdPr oxide, China, ex works", value="405.50"),
        a_trend(
            2, name="Dysprosium oxide, Europe", unit="USD/kg", value="870.00", day=None, week=0.0, month=1.38
        ),
        a_trend(
            3,
            name="Chinese magnet exports",
            unit="t",
            value="6,357",
            day=None,
            week=None,
            month=-0.052,
            step=-0.052,
            year=0.12,
            against="Jan 2026",
            was="6,375",
            doubt="63,570 on 1 Mar: implausible",
        ),
    ),
    ahead=(
        Ahead(
            ("loans",), DAY - timedelta(days=1), "Financial close", ("DFC–TechMet: Trident",), overdue=True
        ),
        Ahead(
            ("controls",),
            DAY + timedelta(days=2),
            "Comment period ends",
            ("USTR section 301: magnets",),
            "https://ustr.example",
        ),
        Ahead(("loans",), DAY + timedelta(days=9), "Final terms expected", ("EXIM–Perpetua: Stibnite",)),
    ),
    stuck=(
        Stuck(
            ("loans",),
            "held",
            "#deals",
            2,
            "outside its hours",
            ("Senate panel adds $300m for antimony",),
            NOON + timedelta(hours=2),
        ),
        Stuck(("loans",), "parked", "ops@example.com", 1, "the mail server answered 535"),
    ),
    coverage=COVERAGE,
    weeks=(Week("loans", DAY, 6, 2, 3), Week("controls", DAY, 3, 0, 0), Week("magnets", DAY, 0, 0, 4)),
    activity=ACTIVITY,
    pipelines=PIPELINES,
    items=1321,
    watchlists=(
        ("loans", "Loans & grants"),
        ("controls", "Chinese export controls"),
        ("magnets", "Magnet plants"),
    ),
)
QUIET = Digest(
    SUBSCRIBER,
    EDITION,
    again=(4, 2),
    ahead=RICH.ahead[1:],
    coverage=COVERAGE,
    items=412,
    activity=ACTIVITY,
    watchlists=RICH.watchlists,
)
BLIND = replace(
    QUIET,
    coverage=Coverage(11, 45, new=2, ill=tuple(ill(n) for n in range(32))),
    items=9,
    again=(0, 0),
    ahead=(),
)
LATE = replace(
    RICH,
    edition=Edition(DAY, hours(3), hours(72), NOON),
)
WEEKLY = replace(
    RICH,
    subscriber=replace(SUBSCRIBER, edition="weekly", weekdays=(0,), watchlists=("loans", "controls")),
    edition=Edition(DAY, NOON, NOON - timedelta(days=7), NOON),
)
STORY = replace(RICH, moved=(), stuck=(), trends=())
CHINESE = replace(RICH, subscriber=replace(SUBSCRIBER, language="zh", zone="Asia/Shanghai"))
HOSTILE_DAY = Digest(
    replace(SUBSCRIBER, name=HOSTILE),
    EDITION,
    moved=tuple(
        a_move(n, title=HOSTILE * 3, was=HOSTILE, now=HOSTILE, facts=HOSTILE, source=HOSTILE, link=link)
        for n, link in enumerate(("javascript:alert(1)", 'https://x.example/"onclick="x', "data:text/html,x"))
    ),
    sections=(
        a_section(
            a_story(
                1,
                title=HOSTILE,
                link="javascript:alert(1)",
                source_name=HOSTILE,
                stage=HOSTILE,
                excerpt=HOSTILE,
                words=(HOSTILE,),
                facts=HOSTILE,
                news=HOSTILE,
                also=(HOSTILE,),
                gloss=((HOSTILE, HOSTILE),),
                lang='"><b>',
                outlets=((HOSTILE, "javascript:alert(1)"), ("Two", "https://two.example/<b>")),
            ),
            a_story(2, title="w" * 3000, source_name="n" * 200),
            title=HOSTILE,
        ),
    ),
    trends=(a_trend(name=HOSTILE, unit=HOSTILE, value=HOSTILE, when=HOSTILE, link="ftp://x.example"),),
    ahead=(Ahead(("loans",), DAY, HOSTILE, (HOSTILE,), "file:///etc/passwd"),),
    stuck=(Stuck(("loans",), "dead", HOSTILE, 3, HOSTILE, (HOSTILE,)),),
    coverage=Coverage(1, 2, ill=(Ill(HOSTILE, 1, HOSTILE, HOSTILE),)),
    weeks=(Week(HOSTILE, DAY, 1, 1, 1),),
    activity=(Activity("loans", HOSTILE, (1, 2, 3)),),
    pipelines=(Pipeline(("loans",), HOSTILE, ((HOSTILE, 2, 1),)),),
    watchlists=(("loans", HOSTILE),),
)


def huge(stories: int = 800) -> Digest:
    """More of everything than any mail can hold."""
    long = "稀土出口管制 and a title without end " * 140
    told = tuple(
        a_story(
            n,
            title=f"{n} {long}"[:5000],
            lang="zh",
            score=100 - n % 70,
            news=long,
            facts=long,
            outlets=tuple((f"Outlet {n}/{m}", f"https://outlet.example/{n}/{m}") for m in range(6)),
        )
        for n in range(stories)
    )
    return replace(
        RICH,
        moved=tuple(a_move(n, title=f"{n} {long}", facts=long) for n in range(200)),
        sections=tuple(
            a_section(*told[n::8], watchlist=f"list-{n}", title=f"Watchlist {n} {long}") for n in range(8)
        ),
        trends=tuple(a_trend(n) for n in range(100)),
        ahead=tuple(Ahead(("loans",), DAY, long, (long,) * 50) for _ in range(80)),
        stuck=tuple(Stuck(("loans",), "failed", long, 3, long, (long,) * 20) for _ in range(60)),
        coverage=Coverage(100, 400, ill=tuple(ill(n, detail=long) for n in range(300))),
        weeks=tuple(Week(f"list-{n}", DAY, n, n, n) for n in range(60)),
        activity=tuple(Activity(f"list-{n}", long, tuple(range(30))) for n in range(60)),
        pipelines=tuple(
            Pipeline(("loans",), long, tuple((long, n, n) for n in range(40))) for _ in range(20)
        ),
        watchlists=tuple((f"list-{n}", long) for n in range(60)),
    )


NOTHING = Material(EDITION.since, EDITION.until)

DAYS = {
    "rich": RICH,
    "story": STORY,
    "quiet": QUIET,
    "blind": BLIND,
    "late": LATE,
    "weekly": WEEKLY,
    "chinese": CHINESE,
    "hostile": HOSTILE_DAY,
}
