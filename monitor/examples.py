"""Invented messages, one of every kind that Slack gets: to see how they look before any was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.feedback import Fate, Mark, Opinion, Person, Proposal, Quiet, Scope
from monitor.model import Alert, Reason
from monitor.outbox import UNTOUCHED, Batch, Delivery, Destination, Message, Notice, Standing, State

SLACK = Destination("slack", "#signals")
ALICE, BOB = Person("U0ALICE01", "Alice Marsh"), Person("U0BOB0001", "Bob Okafor")
MONSTROUS = (
    "Lynas & <partners> *sign* an agreement to <!channel> https://evil.test supply heavy rare earths | "
)


def examples(now: datetime) -> tuple[tuple[str, Delivery], ...]:
    """Each with what it is an example of."""
    loan = _loan(now)
    return (
        ("First report", _sent(loan)),
        ("Reply: stage moved, with money", _sent(_moved(now), parent=True)),
        ("Reply: a new fact", _sent(_larger(now), parent=True)),
        ("The first message, kept up to date", _sent(loan, _since(loan))),
        ("Chinese, from a primary source", _sent(_chinese(now))),
        ("Marked as noise", _sent(loan, Standing(mark=Mark(loan.id, Opinion.NOISE, ALICE, now)))),
        ("Muted", _sent(loan, Standing(quiets=_quiets(now)))),
        ("Held overnight, told together", _sent(_batch(now))),
        ("Notice to the operator", _sent(_notice(now))),
        ("Offer", _sent(_offer(now))),
        ("Offer, accepted", _sent(_offer(now), Standing(offer=_accepted(now)))),
        ("A series moved", _sent(_series(now))),
        ("Overdue", _sent(_overdue(now))),
        ("Taken back", _sent(_reversed(now))),
        ("A monstrous title", _sent(_monstrous(now))),
    )


def _sent(message: Message, standing: Standing = UNTOUCHED, *, parent: bool = False) -> Delivery:
    place = "C0SIGNALS:1764079500.000100" if parent else ""
    return Delivery(
        message.id,
        message,
        SLACK,
        State.SENT,
        1,
        message.created,
        finished=message.created,
        parent=place,
        standing=standing,
    )


# ------------------------------------------------------------------ alerts


def _loan(now: datetime) -> Alert:
    return Alert(
        id="example-1",
        watchlist="exim-dfc",
        watchlist_title="US public money",
        reason=Reason.FIRST,
        score=78,
        threshold=60,
        stage="letter-of-interest",
        title="Exim weighs up to $1.1 billion for Barrick's Reko Diq copper mine",
        link="https://news.example.com/markets/exim-weighs-reko-diq",
        source="news",
        source_name="Harbour News",
        tier=2,
        lang="en",
        published=now - timedelta(minutes=6),
        excerpt=(
            "The US Export-Import Bank has sent Barrick a letter of interest for as much as $1.1 billion in "
            "debt towards Reko Diq, according to two people who have seen the letter."
        ),
        hits=("US Export-Import Bank", "letter of interest", "Exim", "Barrick", "debt"),
        parts=(("US lender named", 30), ("money or a commitment", 20), ("critical minerals project", 16)),
        item=1,
        story="s1",
        created=now,
        who=("EXIM", "Barrick (NYSE:B)"),
        facts=(
            ("agency", "EXIM"),
            ("company", "Barrick (NYSE:B)"),
            ("amount", "up to $1.1bn loan"),
            ("country", "Pakistan"),
        ),
        thread="s1",
        entities=("exim", "barrick"),
    )


def _moved(now: datetime) -> Alert:
    return replace(
        _loan(now),
        id="example-2",
        reason=Reason.MOVED,
        score=94,
        was="letter-of-interest",
        stage="board-approval",
        title="EXIM board approves $1.25 billion loan for Reko Diq",
        link="https://www.exim.example/news/reko-diq-approval",
        source="exim",
        source_name="EXIM newsroom",
        tier=1,
        excerpt=(
            "The Board of Directors today approved a direct loan of $1.25 billion to Reko Diq Mining Company."
        ),
        hits=("Board of Directors", "approved", "direct loan", "EXIM"),
        facts=(("agency", "EXIM"), ("company", "Barrick (NYSE:B)"), ("amount", "$1.25bn loan")),
        news=("letter of interest → board approval", "amount: up to $1.1bn → $1.25bn loan"),
    )


def _larger(now: datetime) -> Alert:
    return replace(
        _moved(now),
        id="example-3",
        reason=Reason.FACT,
        was="",
        title="IFC joins Reko Diq financing with $700 million",
        link="https://news.example.com/markets/ifc-reko-diq",
        source_name="Harbour News",
        tier=2,
        excerpt="",
        news=("agency: IFC", "date: 30 Jun 2027 → 31 Mar 2027"),
    )


def _since(alert: Alert) -> Standing:
    outlets = (
        "Harbour News",
        "EXIM newsroom",
        "Mining Ledger",
        "The Courier",
        "Dawn Post",
        "Ore Daily",
        "FX",
    )
    primary = ("EXIM newsroom", "https://www.exim.example/news/reko-diq-approval")
    mark = Mark(alert.id, Opinion.USEFUL, BOB, alert.created + timedelta(minutes=4))
    return Standing("board-approval", outlets, primary, mark)


def _chinese(now: datetime) -> Alert:
    return replace(
        _loan(now),
        id="example-4",
        watchlist="china-countermoves",
        watchlist_title="Chinese measures and reactions",
        score=91,
        stage="announced",
        title="商务部 海关总署公告2026年第71号 公布对镓、锗相关物项实施出口管制的决定",
        link="https://www.mofcom.example/zwgk/art/2026/71.html",
        source="mofcom",
        source_name="MOFCOM announcements",
        tier=1,
        lang="zh",
        published=now.replace(hour=0, minute=0, second=0, microsecond=0),
        excerpt="根据《中华人民共和国出口管制法》，经国务院批准，决定对镓、锗相关物项实施出口管制，自公布之日起正式实施。",
        hits=("商务部", "镓", "锗", "出口管制"),
        parts=(("a Chinese measure by its name in the headline", 9), ("China in the headline", 22)),
        story="s4",
        thread="s4",
        who=("MOFCOM",),
        facts=(("agency", "MOFCOM"), ("document", "No. 71 of 2026"), ("product", "gallium, germanium")),
        gloss=(
            ("商务部", "Ministry of Commerce"),
            ("镓", "gallium"),
            ("锗", "germanium"),
            ("出口管制", "export control"),
        ),
        entities=("mofcom",),
    )


def _reversed(now: datetime) -> Alert:
    return replace(
        _loan(now),
        id="example-5",
        reason=Reason.REVERSED,
        score=88,
        was="board-approval",
        stage="cancelled",
        title="Correction: EXIM withdraws commitment to Cobalt Ridge refinery",
        excerpt="EXIM has withdrawn its commitment to the refinery, a spokesperson said.",
        facts=(("agency", "EXIM"), ("project", "Cobalt Ridge refinery"), ("amount", "$210m guarantee")),
        hits=("EXIM", "withdrawn", "commitment"),
    )


def _series(now: datetime) -> Alert:
    return replace(
        _loan(now),
        id="example-6",
        watchlist_title="Magnet metals",
        reason=Reason.SERIES,
        score=100,
        stage="",
        title="NdPr oxide 563,000 CNY/t, up 5.2 % in a day (535,000 on 23 Nov)",
        source_name="Metal prices",
        tier=1,
        excerpt="24 Nov 2026: 563,000; 23 Nov 2026: 535,000; 20 Nov 2026: 533,500",
        hits=(),
        parts=(("5 % in a day", 100),),
        facts=(),
        who=(),
        entities=(),
    )


def _overdue(now: datetime) -> Alert:
    return replace(
        _series(now),
        id="example-7",
        watchlist_title="ASEAN accords",
        reason=Reason.OVERDUE,
        title="Malaysia supply accord: first shipment: due 31 October 2026, nothing seen",
        link="",
        source_name="Ledgers",
        excerpt="Malaysia supply accord: in force since 12 Mar 2026",
        parts=(("falls due", 100),),
    )


def _monstrous(now: datetime) -> Alert:
    return replace(
        _loan(now),
        id="example-8",
        title=MONSTROUS * 40,
        excerpt=MONSTROUS * 8,
        source_name="<https://evil.test|Reuters> " * 9,
        watchlist_title="& " * 200,
        facts=(("company", "<@U0ALICE01> " * 30), ("amount", "$1.25bn " * 30)),
        hits=("heavy rare earths", "Lynas"),
    )


# ------------------------------------------------------------------ the rest


def _quiets(now: datetime) -> tuple[Quiet, ...]:
    week = now + timedelta(days=7)
    return (
        Quiet(Scope.ENTITY, "barrick", "Barrick (NYSE:B)", str(SLACK), ALICE, now, week, 1),
        Quiet(Scope.STORY, "s1", "this story", str(SLACK), BOB, now, now + timedelta(days=1), 2),
    )


def _batch(now: datetime) -> Batch:
    made = (_loan(now), _chinese(now), _series(now), _reversed(now))
    return Batch("example-batch", "4 alerts since 22:00", "held by quiet hours, 22:00 to 07:00", made, now)


def _notice(now: datetime) -> Notice:
    lines = (
        "MOFCOM announcements: silent for 9 h, usually every 40 min: open the page and look",
        "EXIM newsroom: answered 403 since 06:12: set http.contact, or ask for access",
        "Well again: Mining Ledger",
    )
    return Notice("example-notice", "2 sources need a look", lines, now)


def _offer(now: datetime) -> Notice:
    lines = (
        "11 of 14 noise clicks in US public money name “magnet school”.",
        "Add it as a not-group? It would have removed 11 alerts marked noise and none marked useful.",
    )
    return Notice("example-offer", "A change to US public money", lines, now, offer="example-offer")


def _accepted(now: datetime) -> Proposal:
    return Proposal("example-offer", "exim-dfc", "Add it?", now, fate=Fate.ACCEPTED, who=ALICE.name, at=now)
