"""What a message says, in what order, and what it cannot be made to say."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.examples import examples
from monitor.feedback import Fate, Mark, Opinion, Person, Proposal, Quiet, Scope
from monitor.links import web_link
from monitor.message import FALLBACK, MAX_TOLD, PLAIN, SIGNS, compose, marked, plain
from monitor.model import Alert, Reason
from monitor.outbox import Batch, Delivery, Notice, Standing
from monitor.talk import Block
from tests import blocks
from tests.fakes import NOON, an_alert
from tests.standin import NO_LIMITS, StandIn
from tests.strange import HOSTILE, LINKS, a_delivery, messages_of

WEB = "https://desk.example.com/"
ALICE = Person("U0ALICE01", "alice")
DATE = "<!date^1772452800^{date_short_pretty} {time}|2 Mar 2026 12:00 UTC>"
ROW = "[Useful] [Noise] [Why?] [Mute…]"
LOAN = an_alert(
    reason=Reason.MOVED,
    was="letter-of-interest",
    who=("EXIM", "MP Materials (NYSE:MP)"),
    entities=("exim", "mp"),
    facts=(("agency", "EXIM"), ("company", "MP Materials (NYSE:MP)"), ("amount", "$1.25bn loan")),
    parts=(("US lender named", 40), ("money", 20), ("tier 1 source", 8), ("opinion", -5)),
)


def lines(alert: Alert, *, parent: str = "", **became: object) -> list[str]:
    """The lines that a reader sees of an alert, from what became of it."""
    standing = Standing(**became)  # type: ignore[arg-type]
    return blocks.lines(compose(a_delivery(alert, standing=standing, parent=parent), web=WEB).blocks)


def pressable(alert: Alert, **became: object) -> dict[str, Block]:
    standing = Standing(**became)  # type: ignore[arg-type]
    return blocks.buttons(compose(a_delivery(alert, standing=standing)).blocks)


# ------------------------------------------------------------------ an alert


def test_what_happened_who_and_how_much_come_first() -> None:
    assert lines(LOAN) == [
        "*▲ Stage moved: letter of interest → board approval*",
        "EXIM · MP Materials (NYSE:MP) · *$1.25bn loan*",
        "EXIM approves loan 1",
        f"*Primary source* · Source 1 · {DATE} · EXIM and DFC financing",
        "The board approved a *loan*.",
        "Score 82 of 100 · US lender named\u00a0+40 · money\u00a0+20 · tier 1 source\u00a0+8",
        "<https://example.com/1|Source> · <https://desk.example.com/stories/story-1|Web desk>",
        ROW,
    ]


def test_a_reply_says_what_is_new_and_little_else() -> None:
    alert = replace(LOAN, reason=Reason.FACT, was="", news=("amount: $1bn → $1.25bn loan",))
    assert lines(alert, parent="C1:1.0") == [
        "*◆ New fact · board approval*",
        "EXIM · MP Materials (NYSE:MP)",
        "*Amount: $1bn → $1.25bn loan*",
        "EXIM approves loan 1",
        f"*Primary source* · Source 1 · {DATE} · EXIM and DFC financing",
        "The board approved a *loan*.",
        ROW,
    ]


@pytest.mark.parametrize(
    ("news", "said"),
    [
        pytest.param(("letter of interest → board approval",), [], id="the step that the reason names"),
        pytest.param(
            ("EXIM / MP Materials: letter of interest → board approval", "amount: $1bn"),
            ["*Amount: $1bn*"],
            id="that step, of a row with the name of a party",
        ),
        pytest.param(
            ("Reko Diq: letter of interest → board approval",),
            ["*Reko Diq*"],
            id="that step, of a row with a name of its own",
        ),
        pytest.param(
            ("a primary source says it",), [], id="that it is a primary source, which is said below"
        ),
        pytest.param(("date: 2026-12-01 → 2027-11-10",), ["*Date: 1 Dec 2026 → 10 Nov 2027*"], id="days"),
        pytest.param(("corrected or denied",), ["*Corrected or denied*"], id="something else"),
        pytest.param(("a: b", "c"), ["*A: b; c*"], id="several"),
    ],
)
def test_what_is_new_is_not_said_twice(news: tuple[str, ...], said: list[str]) -> None:
    shown = lines(replace(LOAN, news=news))
    assert shown[2:-6] == said


def test_a_confirmation_does_not_say_again_that_a_primary_source_says_it() -> None:
    news = ("Deal: a primary source says approval", "amount: $2bn")
    alert = replace(LOAN, reason=Reason.CONFIRMED, was="board-approval", news=news)
    assert lines(alert)[0] == "*✓ Confirmed · board approval*"
    assert "*Amount: $2bn*" in lines(alert)
    assert "says" not in "".join(lines(alert)[:3])


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        pytest.param({"tier": 3}, f"*Reported* · Source 1, trade press · {DATE}", id="reported"),
        pytest.param(
            {"published": datetime.fromisoformat("2026-03-02T00:00:00+00:00")},
            "*Primary source* · Source 1 · 2 Mar 2026",
            id="a day without a time",
        ),
        pytest.param({"reason": Reason.SERIES}, f"*Data* · Source 1 · {DATE}", id="a series"),
        pytest.param({"reason": Reason.OVERDUE}, f"*From the ledger* · {DATE}", id="a deadline"),
    ],
)
def test_where_and_when_it_was_published(changes: dict[str, Any], origin: str) -> None:
    alert = an_alert(**changes)
    assert f"{origin} · EXIM and DFC financing" in lines(alert)


@pytest.mark.parametrize(
    ("reason", "was", "said"),
    [
        (Reason.MOVED, "signing", "Stage moved: signing → board approval"),
        (Reason.REVERSED, "signing", "Reversed: signing → board approval"),
        (Reason.MOVED, "board-approval", "Stage moved · board approval"),
        (Reason.CONFIRMED, "signing", "Confirmed · board approval"),
        (Reason.FACT, "signing", "New fact · board approval"),
        (Reason.FIRST, "", "First report · board approval"),
    ],
)
def test_only_what_moved_has_from_and_to(reason: Reason, was: str, said: str) -> None:
    assert lines(an_alert(reason=reason, was=was))[0] == f"*{SIGNS[reason]} {said}*"


def test_what_a_rule_states_has_no_score() -> None:
    shown = "\n".join(lines(an_alert(reason=Reason.SERIES, parts=(("5 % in a day", 100),))))
    assert "Rule: 5 % in a day" in shown
    assert "Score" not in shown + "\n".join(lines(an_alert(reason=Reason.OVERDUE)))


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (("amount", "THB 9.2bn ($294.33m at 0.0319928, 2026-02)"), "*THB 9.2bn ($294.33m)*"),
        (("amount", "$185m loan"), "*$185m loan*"),
        (("date", "2026-03-01"), "date 1 Mar 2026"),
        (("date", "2026-13-01"), "date 2026-13-01"),
        (("date", "2028"), "date 2028"),
    ],
)
def test_a_fact_is_told_at_a_glance(fact: tuple[str, str], said: str) -> None:
    made = compose(a_delivery(replace(LOAN, facts=(("company", "MP"), fact))))
    assert blocks.lines(made.blocks)[1] == f"MP · {said}"
    assert f"MP · {said.strip('*')}" in made.text


def test_names_stand_in_for_facts_that_are_not_known() -> None:
    assert lines(replace(LOAN, facts=()))[1] == "EXIM · MP Materials (NYSE:MP)"


def test_every_reason_has_a_sign_of_its_own_that_is_no_emoji() -> None:
    assert set(SIGNS) == set(Reason)
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert all(ord(sign) < 0x2800 and len(sign) == 1 for sign in SIGNS.values())


# ------------------------------------------------------------------ the words


@pytest.mark.parametrize(
    ("text", "hits", "expected"),
    [
        ("EXIM loans, a loan and a Loan", ("loan", "EXIM"), "*EXIM* loans, a *loan* and a *Loan*"),
        ("决定对镓、锗相关物项实施出口管制", ("镓", "出口管制"), "决定对*镓*、锗相关物项实施*出口管制*"),
        ("a loan deal, a deal", ("deal", "loan deal"), "a *loan deal*, a *deal*"),
        ("costs $1.1 (a+b)", ("$1.1", "(a+b)"), "costs *$1.1* *(a+b)*"),
        ("MP and MP's", ("MP",), "*MP* and *MP*'s"),
        ("nothing of it", ("loan",), "nothing of it"),
        ("no words", (), "no words"),
        ("blank words", ("", " "), "blank words"),
    ],
)  # fmt: skip
def test_the_words_that_made_it_fire_are_bold(text: str, hits: tuple[str, ...], expected: str) -> None:
    runs = marked(text, hits)
    shown = "".join(f"*{run['text']}*" if "style" in run else run["text"] for run in runs)
    assert shown == expected


def test_an_excerpt_that_is_the_headline_is_not_shown_again() -> None:
    alert = an_alert(title="Quota raised", excerpt="Quota raised.")
    assert not any(part["type"] == "rich_text_quote" for part in _parts(alert))


def _parts(alert: Alert) -> list[Block]:
    made = compose(a_delivery(alert)).blocks
    return [part for block in made if block["type"] == "rich_text" for part in block["elements"]]


CHINESE = an_alert(
    title="对镓实施出口管制", lang="zh", gloss=(("镓", "gallium"), ("出口管制", "export control"))
)


@pytest.mark.parametrize("parent", ["", "C1:1.0"])
def test_words_of_another_language_are_said_in_english(parent: str) -> None:
    assert "*镓* gallium · *出口管制* export control" in lines(CHINESE, parent=parent)


# ------------------------------------------------------------------ what became of it


def test_what_became_of_it_stands_below_the_headline() -> None:
    primary = ("EXIM newsroom", "https://exim.example.com/9")
    outlets = tuple(f"Paper {n}" for n in range(7))
    shown = lines(replace(LOAN, tier=2), stage="signing", outlets=outlets, primary=primary)
    assert shown[3] == "Now *signing* · confirmed by EXIM newsroom · in 7 outlets"
    assert "<https://exim.example.com/9|Primary document>" in shown[7]


@pytest.mark.parametrize(
    "became",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"stage": "board-approval"}, id="the stage it told"),
        pytest.param({"outlets": ("Source 1",)}, id="its own outlet"),
        pytest.param({"primary": ("Source 1", "https://example.com/1")}, id="it is the primary source"),
    ],
)
def test_what_it_said_itself_is_no_later_news(became: dict[str, Any]) -> None:
    assert lines(LOAN, **became) == lines(LOAN)


@pytest.mark.parametrize("opinion", Opinion)
def test_a_mark_is_shown_with_who_made_it_and_can_be_undone(opinion: Opinion) -> None:
    mark = Mark("alert-1", opinion, ALICE, NOON)
    assert lines(LOAN, mark=mark)[-2:] == [
        f"*Marked {opinion}* by alice · {DATE}",
        "[Undo] [Why?] [Mute…]",
    ]
    assert set(pressable(LOAN, mark=mark)) == {"undo", "why", "mute"}


def _quiet(number: int, scope: Scope = Scope.ENTITY, **changes: object) -> Quiet:
    values: dict[str, object] = {"name": f"Firm {number}", "who": ALICE, "number": number}
    values |= {"value": "mp", "destination": "slack:C1", "at": NOON, "until": NOON} | changes
    return Quiet(scope, **values)  # type: ignore[arg-type]


def test_each_quiet_says_whose_it_is_and_has_its_button() -> None:
    shown = compose(a_delivery(LOAN, standing=Standing(quiets=(_quiet(7), _quiet(8, Scope.STORY))))).blocks
    assert f"*Muted* Firm 7 until {DATE} · by alice [Unmute]" in blocks.lines(shown)
    assert f"*Snoozed* this story until {DATE} · by alice [Unmute]" in blocks.lines(shown)
    values = [one["accessory"]["value"] for one in shown if "accessory" in one]
    assert values == ["7", "8"]


def test_a_quiet_that_was_taken_back_is_gone_and_many_are_counted() -> None:
    assert lines(LOAN, quiets=(_quiet(1, ended=NOON),)) == lines(LOAN)
    assert "and 2 more mutes" in lines(LOAN, quiets=tuple(_quiet(n) for n in range(5)))


# ------------------------------------------------------------------ what can be pressed


def test_the_buttons_are_named_as_presses_are_read() -> None:
    made = compose(a_delivery(LOAN)).blocks
    assert made[-1]["block_id"] == "alert"
    assert list(blocks.buttons(made)) == ["useful", "noise", "why", "mute"]
    assert list(pressable(LOAN, quiets=(_quiet(1),)))[-1] == "unmute"


def test_the_menu_mutes_each_entity_by_its_place_the_source_the_watchlist_and_the_story() -> None:
    groups = pressable(LOAN)["mute"]["option_groups"]
    assert [group["label"]["text"] for group in groups] == [
        "Mute EXIM",
        "Mute MP Materials (NYSE:MP)",
        "Mute source Source 1",
        "Mute watchlist EXIM and DFC financing",
        "Snooze this story",
    ]
    assert [option["value"] for group in groups for option in group["options"]] == [
        f"{what}:{days}"
        for what in ("entity:0", "entity:1", "source", "watchlist", "story")
        for days in (1, 7, 30)
    ]


def test_an_entity_without_an_id_cannot_be_muted() -> None:
    """As of alerts that were filed before they had them."""
    groups = pressable(replace(LOAN, entities=()))["mute"]["option_groups"]
    assert len(groups) == 3


# ------------------------------------------------------------------ the notification


@pytest.mark.parametrize(
    ("alert", "said"),
    [
        pytest.param(
            LOAN,
            "▲ Stage moved: letter of interest → board approval\n"
            "EXIM · MP Materials (NYSE:MP) · $1.25bn loan\nEXIM approves loan 1",
            id="facts",
        ),
        pytest.param(
            replace(LOAN, reason=Reason.FACT, was="", news=("amount: $1bn → $1.25bn loan",)),
            "◆ New fact · board approval\nEXIM · MP Materials (NYSE:MP) · Amount: $1bn → $1.25bn loan\n"
            "EXIM approves loan 1",
            id="what is new",
        ),
        pytest.param(
            CHINESE,
            "● First report · board approval\n镓 gallium, 出口管制 export control\n对镓实施出口管制",
            id="another language",
        ),
    ],
)
def test_a_notification_says_what_happened_then_the_headline(alert: Alert, said: str) -> None:
    assert compose(a_delivery(alert)).text == said


# ------------------------------------------------------------------ notices and batches


def test_a_notice_is_its_lines_and_an_offer_can_be_taken() -> None:
    notice = Notice("n1", "2 sources need a look", ("EXIM: silent for 9 h", "R&D: 403"), NOON)
    made = compose(a_delivery(notice))
    assert made.text == "2 sources need a look\nEXIM: silent for 9 h\nR&amp;D: 403"
    assert blocks.lines(made.blocks) == [
        "*2 sources need a look*",
        "EXIM: silent for 9 h",
        "R&amp;D: 403",
    ]
    offered = compose(a_delivery(replace(notice, offer="p-7"))).blocks
    assert offered[-1]["block_id"] == "offer"
    assert {name: one["value"] for name, one in blocks.buttons(offered).items()} == {
        "accept": "p-7",
        "dismiss": "p-7",
    }


@pytest.mark.parametrize("fate", [Fate.ACCEPTED, Fate.DISMISSED])
def test_an_answered_offer_says_by_whom_and_offers_nothing(fate: Fate) -> None:
    offer = Proposal("p-7", "loans", "Add it?", NOON, fate=fate, who="<@U0ALICE01>", at=NOON)
    notice = Notice("n1", "A change", ("Add it?",), NOON, offer="p-7")
    delivery = a_delivery(notice, standing=Standing(offer=offer))
    said = f"*{fate.value.capitalize()}* by &lt;@U0ALICE01&gt; · {DATE}"
    made = compose(delivery).blocks
    assert blocks.lines(made)[-1] == said
    assert blocks.buttons(made) == {}
    assert plain(delivery).text.splitlines() == ["*A change*", "Add it?", said]


def test_a_long_notice_says_how_much_is_left_off() -> None:
    notice = Notice("n1", "Trouble", tuple(f"line {n}" for n in range(60)), NOON)
    shown = blocks.lines(compose(a_delivery(notice)).blocks)
    assert shown[1:40] == [f"line {n}" for n in range(39)]
    assert shown[40:] == ["and 21 more"]


def a_batch(count: int) -> Batch:
    many = tuple(an_alert(n, facts=(("amount", f"${n}m"), ("country", "US"))) for n in range(count))
    return Batch("b1", f"{count} alerts since 22:00", "quiet hours", many, NOON)


def test_a_batch_has_two_lines_of_each_alert_in_order() -> None:
    made = compose(a_delivery(a_batch(2)))
    assert blocks.lines(made.blocks) == [
        "*2 alerts since 22:00*",
        "quiet hours",
        "*● First report · board approval* · $0m",
        "EXIM approves loan 0 · Source 1",
        "*● First report · board approval* · $1m",
        "EXIM approves loan 1 · Source 1",
    ]
    assert made.text == "2 alerts since 22:00\nEXIM approves loan 0\nEXIM approves loan 1"


def test_a_batch_says_of_whom_and_what_is_new() -> None:
    alert = replace(LOAN, reason=Reason.FACT, was="", news=("amount: $1bn → $1.25bn loan",))
    lender = replace(LOAN, facts=(("agency", "EXIM"), ("amount", "$210m guarantee")), news=())
    made = compose(a_delivery(Batch("b1", "2 alerts", "", (alert, lender), NOON)))
    assert blocks.lines(made.blocks)[1::2] == [
        "*◆ New fact · board approval* · MP Materials (NYSE:MP) · *Amount: $1bn → $1.25bn loan*",
        "*▲ Stage moved: letter of interest → board approval* · EXIM · $210m guarantee",
    ]


def test_two_hundred_alerts_fit_and_the_rest_is_counted() -> None:
    """Fault 40."""
    made = compose(a_delivery(a_batch(200))).blocks
    assert len(made) <= 50
    shown = blocks.lines(made)
    assert [line for line in shown if line.startswith("EXIM")] == [
        f"EXIM approves loan {n} · Source 1" for n in range(MAX_TOLD)
    ]
    assert shown[-1] == f"and {200 - MAX_TOLD} more: `monitor alerts`"


# ------------------------------------------------------------------ without blocks


def test_the_plain_text_is_complete() -> None:
    primary = ("EXIM newsroom", "https://exim.example.com/9")
    standing = Standing(
        "signing", ("a", "b"), primary, Mark("alert-1", Opinion.NOISE, ALICE, NOON), (_quiet(7),)
    )
    alert = replace(LOAN, tier=2, gloss=(("镓", "gallium"),))
    made = plain(a_delivery(alert, standing=standing))
    assert made.blocks == ()
    assert made.text.splitlines() == [
        "*▲ Stage moved: letter of interest → board approval*",
        "EXIM · MP Materials (NYSE:MP) · $1.25bn loan",
        "<https://example.com/1|EXIM approves loan 1>",
        "Now signing · confirmed by EXIM newsroom · in 2 outlets",
        f"*Reported* · Source 1, wire · {DATE} · EXIM and DFC financing",
        "“The board approved a loan.”",
        "*镓* gallium",
        "Score 82 of 100 · US lender named\u00a0+40 · money\u00a0+20 · tier 1 source\u00a0+8",
        "<https://exim.example.com/9|Primary document>",
        f"*Muted* Firm 7 until {DATE} · by alice",
        f"*Marked noise* by alice · {DATE}",
    ]


def test_a_plain_batch_tells_as_many_as_fit_in_order_and_counts_the_rest() -> None:
    said = plain(a_delivery(a_batch(200))).text
    told = [line for line in said.splitlines() if line.startswith("<")]
    assert told == [f"<https://example.com/{n}|EXIM approves loan {n}>" for n in range(len(told))]
    assert said.endswith(f"and {200 - len(told)} more: `monitor alerts`")
    assert len(told) > 20


# ------------------------------------------------------------------ whatever comes in


def check(delivery: Delivery, links: set[str]) -> None:
    composed = compose(delivery, web=WEB)
    assert blocks.problems(composed.blocks) == []
    assert 0 < blocks.size(composed.text) <= FALLBACK
    desk = "https://desk.example.com/stories/story-1"
    assert blocks.live(composed) <= links | {desk}
    without = plain(delivery)
    assert 0 < blocks.size(without.text) <= PLAIN
    assert without.text.strip()
    assert blocks.live(without) <= links


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_stays_within_limits_and_does_nothing(name: str, link: str) -> None:
    """Faults 37 to 40: no mention, no link but the true ones, within limits after escaping."""
    for delivery in messages_of(HOSTILE[name], LINKS[link]):
        check(delivery, {web_link(LINKS[link])} - {""})


words = st.lists(st.text(max_size=60) | st.sampled_from(list(HOSTILE.values())), max_size=4).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(words, st.sampled_from(list(LINKS.values())) | st.text(max_size=60))
def test_any_text_stays_within_limits_and_does_nothing(text: str, link: str) -> None:
    for delivery in messages_of(text, link):
        check(delivery, {web_link(link)} - {""})


@pytest.mark.parametrize("link", ["plain", "query", "raw", "long", "long-ampersands"])
def test_the_headline_leads_to_the_true_link(link: str) -> None:
    (paragraph, *_) = _parts(an_alert(link=LINKS[link]))
    last = paragraph["elements"][-1]
    assert (last["url"], last["text"]) == (web_link(LINKS[link]), "EXIM approves loan 1")


# ------------------------------------------------------------------ judged by the stand-in


def test_the_stand_in_takes_every_example(shared: Path, tmp_path: Path) -> None:
    deliveries = [
        replace(delivery, id=f"d{number}", destination=a_delivery(LOAN).destination, parent="")
        for number, (_, delivery) in enumerate(examples(NOON))
    ]
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        channel = slack.channel()
        for delivery in deliveries:
            channel.send(delivery)
        found = slack.audit([delivery.id for delivery in deliveries])
    assert (found["lost"], found["errors"], found["mentions"], found["truncated"]) == ([], {}, [], [])
    assert not any("evil" in url for _, url, _ in found["links"])


@pytest.mark.parametrize("name", HOSTILE)
def test_the_stand_in_takes_hostile_text_and_finds_it_dead(shared: Path, tmp_path: Path, name: str) -> None:
    """Faults 37 to 39; each message as blocks and as plain text."""
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        channel = slack.channel()
        ids = []
        for link in ("plain", "raw", "none"):
            for number, delivery in enumerate(messages_of(HOSTILE[name], LINKS[link])):
                ids.append(f"{link}-{number}")
                channel.send(replace(delivery, id=ids[-1], parent=""))
        for number, delivery in enumerate(messages_of(HOSTILE[name])):
            ids.append(f"refused-{number}")
            slack.fault("error", error="invalid_blocks")
            channel.send(replace(delivery, id=ids[-1], parent=""))
        found = slack.audit(ids)
    assert (found["lost"], found["mentions"], found["truncated"]) == ([], [], [])
    assert set(found["errors"]) == {"invalid_blocks"}
    assert found["errors"]["invalid_blocks"] == 6, "only those that were asked for"
    true = {web_link(LINKS["plain"]), web_link(LINKS["raw"])}
    assert {html.unescape(url) for _, url, _ in found["links"]} <= true


def test_a_link_has_the_label_that_it_was_given(shared: Path, tmp_path: Path) -> None:
    """Fault 38."""
    alert = an_alert(title="><https://evil.test|ACME 8-K", link=LINKS["raw"])
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        slack.channel().send(a_delivery(alert))
        (headline, _) = slack.audit(["delivery-1"])["links"]
    _, url, label = headline
    assert url == "https://example.com/a%7Cb%3Ec%3Cd%20e"
    assert label.replace("\u200b", "") == "><https://evil.test|ACME 8-K"


def test_what_became_of_it_is_drawn_into_the_message_that_stands(shared: Path, tmp_path: Path) -> None:
    """An update takes the same blocks as the first post."""
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        channel = slack.channel()
        place = channel.send(a_delivery(LOAN)).place
        mark = Mark("alert-1", Opinion.USEFUL, ALICE, NOON + timedelta(minutes=1))
        later = a_delivery(LOAN, standing=Standing("signing", mark=mark, quiets=(_quiet(1),)))
        channel.update(replace(later, receipt=place))
        ((update,), errors) = slack.entries("update"), slack.audit()["errors"]
    assert errors == {}
    assert list(blocks.buttons(update["message"]["blocks"])) == ["undo", "why", "mute", "unmute"]
