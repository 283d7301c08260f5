"""What a Slack message says and cannot be made to say."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from monitor.channels.settings import SlackSettings
from monitor.channels.slack import Slack, blocks, escape, fallback, label
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.links import web_link
from monitor.model import Alert, Reason
from monitor.outbox import Delivery, Destination, State
from tests.fakes import NOON, an_alert
from tests.standin import ALERTS, GENERAL, NO_LIMITS, StandIn

HOSTILE = {
    "long": "Rare earth magnets " * 600,
    "one-word": "x" * 10_000,
    "ampersands": "&" * 3000,
    "brackets": "<>" * 1500,
    "emoji": "\U0001f9f2" * 1000,
    "right-to-left": "\u202eKA-8 EMCA\u202c approved",
    "spaces": " " * 40,
    "broadcast": "<!channel> <!here> <!everyone> @channel @here",
    "user": "<@U0ALICE01> and <!subteam^S1>",
    "link": "><https://evil.test|ACME 8-K",
    "whole-link": "<https://evil.test|ACME 8-K>",
    "entities": "&lt;!channel&gt; &amp;lt;!channel&amp;gt;",
    "pipes": "a|b|c> |",
    "markdown": "*bold* _it_ ~no~ `code` ```x``` \\ > quote",
    "lines": "first\nsecond\r\n> third",
    "chinese": "商务部公告稀土出口管制" * 300,
}
LINKS = {
    "plain": "https://example.com/news/1",
    "query": "https://example.com/?a=1&b=2&lt=3&amp;c",
    "pipe-and-bracket": web_link("https://example.com/a|b>c<d e"),
    "long": "https://example.com/" + "a" * 1980,
    "none": "",
    "long-ampersands": "https://example.com/?" + "&" * 1900,
}


def delivery(alert: Alert, channel: str = GENERAL, number: str = "delivery-1") -> Delivery:
    return Delivery(number, alert, Destination("slack", channel), State.PENDING, 0, NOON)


def hostile(text: str, link: str = LINKS["plain"]) -> Alert:
    """An alert whose every text is the hostile one."""
    return an_alert(
        title=text,
        link=link,
        watchlist_title=text,
        source_name=text,
        excerpt=text,
        stage=text,
        hits=(text,) * 6,
        parts=((text, 40), (text, 20)),
        who=(text, text),
    )


def texts(made: list[dict[str, Any]]) -> list[str]:
    section, context = made
    return [section["text"]["text"], *(element["text"] for element in context["elements"])]


# ------------------------------------------------------------------ without the stand-in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R&D <b>", "R&amp;D &lt;b&gt;"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
        ("a \"b\" 'c' | d", "a \"b\" 'c' | d"),
        ("", ""),
    ],
)
def test_escaping_is_what_slack_asks_for_and_no_more(text: str, expected: str) -> None:
    assert escape(text) == expected
    assert html.unescape(expected) == text


@pytest.mark.parametrize("limit", [1, 2, 10, 150, 900])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_label_is_within_its_limit_after_escaping(name: str, limit: int) -> None:
    made = label(HOSTILE[name], limit)
    assert len(made) <= limit
    assert not set("<>|") & set(made)
    assert "&" not in re.sub(r"&(amp|lt|gt);", "", made), "no entity is cut in half"


def test_a_label_that_fits_is_whole() -> None:
    assert label("MP Materials & DoD: 110 $/kg floor", 900) == "MP Materials &amp; DoD: 110 $/kg floor"
    assert label("商务部公告2025年第61号", 900) == "商务部公告2025年第61号"


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("name", HOSTILE)
def test_every_text_is_within_slacks_limits_and_holds_no_link_but_ours(name: str, link: str) -> None:
    alert = hostile(HOSTILE[name], LINKS[link])
    section, *context = texts(blocks(alert))
    assert 0 < len(section) <= 3000
    assert all(0 < len(text) <= 2000 for text in context)
    assert 0 < len(fallback(alert)) <= 500
    live = re.findall(r"<([^>|]*)[|>]", "".join([section, *context, fallback(alert)]))
    assert [html.unescape(found) for found in live] in ([], [alert.link])


@pytest.mark.parametrize("link", ["plain", "query", "pipe-and-bracket", "long"])
def test_the_headline_leads_to_the_true_link(link: str) -> None:
    section = texts(blocks(an_alert(link=LINKS[link])))[0]
    found = re.search(r"<([^|>]+)\|([^>]+)>", section)
    assert found
    assert (html.unescape(found[1]), found[2]) == (LINKS[link], "EXIM approves loan 1")


def test_a_message_reads_well() -> None:
    """What it is about first, then why and where from; nothing is fetched for a preview."""
    alert = an_alert(who=("MP Materials (MP)",), reason=Reason.EDITED)
    section, context = blocks(alert)
    assert section["text"]["text"].splitlines() == [
        "*EXIM and DFC financing* · Edited · board approval",
        "<https://example.com/1|EXIM approves loan 1>",
        "MP Materials (MP)",
        "The board approved a loan.",
    ]
    assert [element["text"] for element in context["elements"]] == [
        "Source 1, primary source, 2 Mar 2026 12:00 UTC",
        "score 82 of 100 (alert from 60): US lender named +40, money or a commitment +20",
        "words: EXIM, loan",
    ]
    assert all(e["verbatim"] for e in (section["text"], *context["elements"])), "Slack links nothing itself"
    assert fallback(alert) == "EXIM and DFC financing: EXIM approves loan 1 (Edited · board approval)"


def test_a_server_that_is_not_there_is_an_unclear_end_not_a_loss() -> None:
    channel = Slack(SlackSettings.model_validate({"token": "xoxb-1", "api_url": "http://127.0.0.1:1/api/"}))
    with pytest.raises(DeliveryUnknown, match="URLError"):
        channel.send(delivery(an_alert()))


# ------------------------------------------------------------------ judged by the stand-in


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_posts_and_does_nothing(shared: Path, tmp_path: Path, name: str) -> None:
    alert = hostile(HOSTILE[name])
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        receipt = slack.channel().send(delivery(alert))
        found = slack.audit(["delivery-1"])
        (message,) = slack.entries("message")
    assert receipt.place == f"{GENERAL}:{message['ts']}"
    assert (found["posts"], found["lost"], found["errors"]) == (1, [], {})
    assert (found["mentions"], found["truncated"], found["unthreaded"]) == ([], [], [])
    ((_, url, text),) = found["links"]
    assert url == alert.link
    shown = html.unescape(text).replace("\u200b", "").replace("¦", "|")
    assert shown.rstrip("…").strip() in HOSTILE[name] + " "
    assert message["unfurl_links"] is False
    assert message["unfurl_media"] is False


@pytest.mark.parametrize("link", LINKS)
def test_any_link_posts_with_the_true_address(shared: Path, tmp_path: Path, link: str) -> None:
    alert = hostile("R&D | a <b> " * 100, LINKS[link])
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        slack.channel().send(delivery(alert))
        found = slack.audit(["delivery-1"])
    assert (found["lost"], found["errors"], found["mentions"], found["truncated"]) == ([], {}, [], [])
    assert {html.unescape(url) for _, url, _ in found["links"]} <= {LINKS[link]}
    assert bool(found["links"]) == (link not in ("none", "long-ampersands"))


def test_the_message_carries_the_deliverys_id_and_is_found_by_it(shared: Path, tmp_path: Path) -> None:
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        channel = slack.channel()
        receipt = channel.send(delivery(an_alert()))
        assert channel.find(delivery(an_alert())) == receipt
        assert channel.find(delivery(an_alert(), number="another")) is None
        assert channel.find(delivery(an_alert(), ALERTS)) is None, "another channel is another message"


@pytest.mark.parametrize(
    ("code", "waits"),
    [
        ("service_unavailable", 30),
        ("token_revoked", 600),
        ("account_inactive", 600),
        ("missing_scope", 600),
        ("not_in_channel", 600),
        ("invalid_blocks", None),
        ("restricted_action", None),
    ],
)
def test_what_an_error_of_slacks_leads_to(shared: Path, tmp_path: Path, code: str, waits: int | None) -> None:
    """Busy: soon again. Ours to mend: parked. Our message itself: given up."""
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        slack.fault("error", error=code)
        with pytest.raises(DeliveryFailed, match=f"Slack: {code}") as caught:
            slack.channel().send(delivery(an_alert()))
    error = caught.value
    assert error.retryable == (waits is not None)
    assert (error.retry_after.total_seconds() if error.retry_after else None) == waits
    assert error.subject == f"slack:{GENERAL}"
