"""Texts and links that mean to be something else in a message, and messages made of nothing but them."""

from __future__ import annotations

from datetime import timedelta

from monitor.feedback import Fate, Mark, Opinion, Person, Proposal, Quiet, Scope
from monitor.links import web_link
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Destination, Message, Notice, Standing, State
from tests.fakes import NOON, an_alert

HOSTILE = {
    "long": "Rare earth magnets " * 600,
    "one-word": "x" * 10_000,
    "ampersands": "&" * 3000,
    "one ampersand": "&",
    "brackets": "<>" * 1500,
    "emoji": "\U0001f9f2" * 1000,
    "right-to-left": "\u202eKA-8 EMCA\u202c approved",
    "spaces": " " * 40,
    "nothing to be seen": "\u200b\u2060\ufeff",
    "nothing": "",
    "broadcast": "<!channel> <!here> <!everyone> @channel @here",
    "user": "<@U0ALICE01> and <!subteam^S1> and <#C0GENERAL>",
    "link": "><https://evil.test|ACME 8-K",
    "whole-link": "<https://evil.test|ACME 8-K>",
    "bare-link": "See https://evil.test/?a=1&b=2 or www.evil.test or mailto://evil.test",
    "entities": "&lt;!channel&gt; &amp;lt;!channel&amp;gt;",
    "pipes": "a|b|c> |",
    "markdown": "*bold* _it_ ~no~ `code` ```x``` \\ > quote *",
    "date": "<!date^1^{date}^https://evil.test|now>",
    "lines": "first\nsecond\r\n> third\u2028fourth",
    "controls": "a\x00b\x07c\ud800d",
    "chinese": "商务部公告稀土出口管制" * 300,
}
LINKS = {
    "plain": "https://example.com/news/1",
    "query": "https://example.com/?a=1&b=2&lt=3&amp;c",
    "pipe-and-bracket": web_link("https://example.com/a|b>c<d e"),
    "raw": "https://example.com/a|b>c<d e",
    "long": "https://example.com/" + "a" * 1980,
    "none": "",
    "long-ampersands": "https://example.com/?" + "&" * 1900,
    "script": "javascript:alert(1)",
    "with-a-password": "https://example.com@evil.test/",
    "newline": "https://example.com/\n<https://evil.test|x>",
}


def alert_of(text: str, link: str = LINKS["plain"]) -> Alert:
    """An alert whose every text is this one."""
    return an_alert(
        title=text,
        link=link,
        watchlist_title=text,
        source_name=text,
        excerpt=text,
        stage=text,
        was="x",
        hits=(text,) * 6,
        parts=((text, 40), (text, 20)),
        who=(text, text),
        entities=("a", "b"),
        facts=(("company", text), ("amount", text), ("date", text)),
        news=(text, text),
        gloss=((text, text), (text, text)),
        also=(("other", text),),
    )


def standing_of(text: str, link: str = LINKS["plain"]) -> Standing:
    """The same of all that became of it."""
    who = Person("U0ALICE01", text)
    quiets = (
        Quiet(scope, text, text, "slack:C1", who, NOON, NOON + timedelta(days=7), number)
        for number, scope in enumerate((*Scope, *Scope))
    )
    mark = Mark("alert-1", Opinion.NOISE, who, NOON)
    offer = Proposal("p1", "w", text, NOON, fate=Fate.ACCEPTED, who=text, at=NOON)
    return Standing(text, (text, text), (text, link), mark, tuple(quiets), offer)


def messages_of(text: str, link: str = LINKS["plain"]) -> list[Delivery]:
    """One delivery of every kind, made of this text and link."""
    alert, standing = alert_of(text, link), standing_of(text, link)
    return [
        a_delivery(alert),
        a_delivery(alert, standing=standing),
        a_delivery(alert, standing=standing, parent="C0GENERAL:1.0"),
        a_delivery(Notice("n", text, (text,) * 60, NOON, offer="p1")),
        a_delivery(Notice("n", text, (text,), NOON, offer="p1"), standing=standing),
        a_delivery(Batch("b", text, text, (alert,) * 200, NOON)),
    ]


def a_delivery(
    message: Message, *, standing: Standing | None = None, parent: str = "", number: str = "delivery-1"
) -> Delivery:
    to = Destination("slack", "C0GENERAL")
    shown = standing or Standing()
    return Delivery(number, message, to, State.PENDING, 0, NOON, parent=parent, standing=shown)
